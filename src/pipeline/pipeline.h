/* The interpreter: a packet and the network's flows in, a verdict out.
 *
 * in:     a frame, the logical port it came in by, the network
 * out:    a verdict: frames to send, facts learned, events, drops
 * owner:  the pipeline owns conntrack; a verdict owns its frames; the network
 *         is borrowed
 * thread: one (conntrack's own helpers aside); nothing blocks
 *
 * What a verdict says happened, happened in the order of its list.  Running a
 * packet changes conntrack and nothing else: facts and events are told, and
 * the caller writes them down (network_set_mac(), Southbound, hold/).
 *
 * Wildcards: a 1-bit for each bit of the *arriving* packet that the verdict
 * depended on.  A verdict that came about through conntrack, a table of
 * learned facts or a meter says so ('dependencies'), since another packet with
 * the same bits may fare differently. */

#ifndef PIPELINE_PIPELINE_H
#define PIPELINE_PIPELINE_H 1

#include "fragments.h"
#include "network.h"
#include "ovs.h"
#include "reasons.h"

struct pipeline;
struct pipe_observer;

struct pipeline *pipeline_new(const struct network *);
void pipeline_free(struct pipeline *);

/* Connections go on without the pipeline seeing all of their packets: TCP
 * sequence numbers that it has not seen make no packet invalid. */
void pipeline_trust_sequences(struct pipeline *);

/* Whether 'packet' is one of an established connection, there where packets
 * that come in by 'port' are tracked first.  It may be looked at again. */
bool pipeline_is_established(struct pipeline *, const struct dp_packet *,
                             const struct net_port *port, long long now_ms);
/* Likewise, or was until less than PIPE_LIMBO_MS ago. */
bool pipeline_was_established(struct pipeline *, const struct dp_packet *,
                              const struct net_port *port, long long now_ms);
#define PIPE_LIMBO_MS 24000

/* What connection tracking answers in a what-if (ovn-trace(8), --ct): then no
 * connection is looked up or committed, and NAT is done as if there had been
 * none before.  Borrowed until it is replaced; NULL, the default, for real
 * connections. */
struct pipe_supposition {
    const uint8_t *ct_states; /* CS_* flags for each ct_next in turn... */
    size_t n_ct_states;       /* ...and when they are used up, trk|est. */
    struct in6_addr lb_ip;    /* Backend to prefer; all-zeros for none... */
    uint16_t lb_port;         /* ...and its port, or 0. */
    int select_id;            /* For select(); -1: by hash. */
    bool like_ovn_trace; /* Where ovn-trace differs from what OVN does with
                          * packets, do as ovn-trace (doc/lflow.md). */
};
void pipeline_suppose(struct pipeline *, const struct pipe_supposition *);

/* A time that has passed for what the pipeline learned by itself: affinity of
 * load balancers, symmetric replies; and for fragments that wait. */
void pipeline_expire(struct pipeline *, long long now_ms);

/* What became of fragments whose verdict was DROP_FRAGMENT_QUEUED: they wait
 * for the others of their packet, which leave in the verdict of the last. */
const struct fragment_counts *pipeline_fragments(const struct pipeline *);

/* A connection, by the packet that began it; addresses IPv6 or IPv4-mapped. */
struct pipe_connection {
    struct in6_addr src, dst;
    uint16_t sport, dport; /* Host byte order; 0 if there are none. */
    uint8_t proto;
    uint16_t zone;
    bool open;             /* It can carry packets yet. */
    uint32_t timeout_s;    /* It ends by itself after that. */
};
void pipeline_each_connection(struct pipeline *,
                              void (*cb)(void *aux,
                                         const struct pipe_connection *),
                              void *aux);

/* What a verdict depended on besides the packet's bits. */
enum pipe_dependency {
    DEPENDS_ON_CT = 1 << 0,
    DEPENDS_ON_MACS = 1 << 1,
    DEPENDS_ON_FDB = 1 << 2,
    DEPENDS_ON_TIME = 1 << 3,  /* A learned flow with a timeout, a meter. */
    DEPENDS_ON_SIZE = 1 << 4,  /* check_pkt_larger(). */
    DEPENDS_ON_BYTES = 1 << 5, /* More of the packet than its flow. */
};

enum pipe_effect_type {
    EFFECT_OUTPUT, /* 'packet' leaves by 'port'. */
    EFFECT_MAC,    /* 'mac' was seen at 'port'. */
    EFFECT_FDB,    /* 'mac.mac' was seen at 'port'. */
    EFFECT_EVENT,  /* trigger_event(), with the packet that raised it. */
    EFFECT_BIND,   /* 'port', of type virtual, is behind 'parent'. */
    EFFECT_PUNT,   /* 'packet' is for a service of the control plane, whose
                    * name is event->name: "igmp", "svc_check", ... */
    EFFECT_LOG,    /* An ACL's log line: event->args. */
    EFFECT_DROP,   /* A packet, or a copy of one, ended here. */
};

/* trigger_event(event = "empty_lb_backends", vip = ..., ...). */
struct pipe_event {
    char *name;
    struct smap args;
    char *meter; /* May be NULL. */
};

struct pipe_effect {
    enum pipe_effect_type type;
    const struct net_port *port; /* OUTPUT, MAC, FDB, BIND, PUNT. */
    const struct net_port *parent; /* BIND. */
    struct dp_packet *packet;    /* OUTPUT, EVENT, PUNT; owned. */
    uint32_t queue;              /* OUTPUT: set_queue(), 0 = default. */
    struct net_mac mac;          /* MAC, FDB. */
    struct pipe_event *event;    /* EVENT, PUNT, LOG; owned. */
    enum drop_reason reason;     /* DROP. */
    const struct lflow *flow;    /* The flow whose action it was, or NULL. */
};

struct pipe_verdict {
    struct pipe_effect *effects; /* In order. */
    size_t n;
    size_t allocated;
    struct flow_wildcards wc;
    /* 1-bits: of the packet's ports, as they were at any stage, what was
     * looked at for anything but finding its connection. */
    ovs_be16 matched_src, matched_dst;
    unsigned int dependencies; /* Of enum pipe_dependency. */
    uint32_t ct_states; /* CS_* that the packet had at any look-up. */
    uint64_t generation;       /* ltables_generation() at the beginning. */
};

void pipe_verdict_init(struct pipe_verdict *);
void pipe_verdict_uninit(struct pipe_verdict *);
struct dp_packet *pipe_effect_steal_packet(struct pipe_effect *);

/* Runs '*packet' (taken) that entered by 'inport' through the network until
 * nothing of it is left.  'now_ms' is conntrack's time; if it lies before
 * time_msec(), by which a thread of conntrack's expires connections, then it
 * is the latter.
 * 'observer' may be NULL. */
void pipeline_run(struct pipeline *, struct dp_packet **packet,
                  const struct net_port *inport, long long now_ms,
                  const struct pipe_observer *, struct pipe_verdict *);

/* Runs '*packet' (taken), a TCP RST, for nothing but this: connections that it
 * meets on its way are no more afterwards, as if there had never been one with
 * their addresses and ports.  Otherwise conntrack keeps what has ended for up
 * to PIPE_LIMBO_MS after its time is up, sees it no more, and yet gives the
 * next connection another source port where NAT is done, since that one is
 * taken. */
void pipeline_end_connection(struct pipeline *, struct dp_packet **packet,
                             const struct net_port *inport,
                             long long now_ms);

/* Told of each step: what "rouse trace" prints. */
struct pipe_observer {
    void *aux;

    /* A datapath's pipeline begins for the packet that 'flow' describes. */
    void (*enter)(void *aux, const struct net_datapath *, enum lpipeline,
                  const struct flow *);
    void (*leave)(void *aux);

    /* 'flow' matched in its stage; NULL if none did. */
    void (*match)(void *aux, uint8_t stage, const struct lflow *flow);

    /* An action was done; 'note' (may be NULL) is what came of it, and 'flow'
     * the packet now. */
    void (*act)(void *aux, const struct lact *, const char *note,
                const struct flow *flow);

    /* What follows happens to a copy of the packet or to one made from it,
     * until the matching call with false. */
    void (*fork)(void *aux, bool begin);

    /* A packet left by 'port', or ended here. */
    void (*output)(void *aux, const struct net_port *port,
                   const struct flow *flow);
    void (*drop)(void *aux, enum drop_reason);
};

/* Packets go through at most this many stages, and datapaths so deep, before
 * DROP_LOOP. */
#define PIPE_MAX_STAGES 4096
#define PIPE_MAX_DEPTH 64

#endif /* pipeline/pipeline.h */
