/* What the files of the datapath share. */

#ifndef DATAPATH_DP_PRIVATE_H
#define DATAPATH_DP_PRIVATE_H 1

#include "datapath.h"
#include "dp_cache.h"
#include "dp_fastpath.h"
#include "dp_port.h"
#include "dp_rule.h"
#include "dp_transport.h"

struct datapath {
    struct network *network;
    struct pipeline *pipeline;
    const struct datapath_ops *ops;
    void *aux;
    char *name;
    char *instance; /* "rouse-NAME". */

    struct transport *transport;
    struct fastpath *fastpath; /* NULL: packet sockets. */
    struct cache *cache;       /* NULL: no entries. */
    struct neighbors *neighbors; /* NULL if 'cache' is. */
    char *why_slow;
    struct fp_config config;
    struct dp_ports ports;
    struct nln_notifier *links;

    struct custody custody;
    uint64_t generation;     /* Of the flows that the cache was told of. */
    long long next_sweep_ms;
    long long next_expiry_ms; /* Of neighbours. */
    bool adopted;            /* datapath_adopt() was called. */
    uint32_t unanswered[1024]; /* Hashes of keys: connection_goes_on(). */
    struct openings *openings; /* NULL if 'cache' is. */
    bool is_busy;            /* Frames came in since the entries' turn. */
    bool more;               /* Work was left over by the latest run. */
};

/* dp_slow.c: a packet through the pipeline, and what comes of it.  'port' is
 * where it came in, or NULL if it was made here. */
void slow_run(struct datapath *, struct dp_packet **,
              const struct net_port *inport, struct dp_port *port,
              long long now_ms);
/* A frame of an interface. */
void slow_receive(struct datapath *, struct dp_packet **, uint16_t number,
                  long long now_ms);
void slow_send(struct datapath *, struct dp_packet **,
               const struct net_port *outport, struct dp_port *from);

/* dp_ask.c: a packet's path through the pipeline, and whether entries still
 * hold. */
void ask_observe(struct pipe_observer *, struct cache_path *);
/* True if packets that leave by 'port' leave by an interface that entries can
 * redirect to. */
bool ask_output(const struct datapath *, const struct net_port *,
                struct rule_output *);
/* What the pipeline says of a made-up packet... */
struct ask_question {
    const struct flow_key *key;
    const struct fp_entry *like; /* Its TTL and TOS. */
    uint8_t tcp_flags;
    long long now_ms;
};
/* ...if there can be an entry: that, and what it depends on. */
struct ask_answer {
    struct fp_entry rule;
    struct cache_path path;
    unsigned int dependencies;
    bool matched_src; /* The sender's port was looked at by itself. */
};
/* False if there can be none; conntrack has seen the packet, anyway. */
bool ask_pipeline(struct datapath *, const struct ask_question *,
                  struct ask_answer *);

/* Conntrack has a connection for such packets where they come in, or had one
 * a moment ago. */
bool ask_was_known(struct datapath *, const struct ask_question *);
/* Takes the connection that such a packet, a RST, would end out of conntrack:
 * nothing of it is in the way of the next. */
void ask_to_end(struct datapath *, const struct ask_question *);

/* Both leave work over in 'more'. */
void ask_neighbors(struct datapath *, size_t max, long long now_ms);
void ask_doubtful(struct datapath *, size_t max, long long now_ms);
/* Asks for 'flow', which may be no more afterwards. */
void ask_flow(struct datapath *, struct cache_flow *, long long now_ms);

#endif /* datapath/dp_private.h */
