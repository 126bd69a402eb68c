/* What the files of the interpreter share. */

#ifndef PIPELINE_PIPE_PRIVATE_H
#define PIPELINE_PIPE_PRIVATE_H 1

#include "lact_syntax.h"
#include "pipeline.h"

struct conntrack;
struct fragments;
struct learned;

struct pipeline {
    const struct network *network;
    struct conntrack *ct;
    struct fragments *fragments;
    const struct pipe_supposition *supposition; /* NULL: real connections. */
    struct learned *learned;
    bool has_hairpins; /* There has been a connection of a backend's with
                        * itself, and replies are to be looked for. */
};

/* One pipeline_run(). */
struct pipe_run {
    struct pipeline *pipeline;
    const struct pipe_observer *observer; /* NULL if there is none. */
    struct pipe_verdict *verdict;
    long long now_ms;
    unsigned int n_stages;   /* Looked up so far. */
    size_t n_suppositions;   /* ct_states used up. */
    struct ct_ended *ended;  /* NULL unless connections are to end. */
};

static inline bool
pipe_run_is_like_ovn_trace(const struct pipe_run *run)
{
    const struct pipe_supposition *supposition = run->pipeline->supposition;

    return supposition && supposition->like_ovn_trace;
}

/* Datapaths and forks that a packet may be deep in. */
static inline int
pipe_run_max_depth(const struct pipe_run *run)
{
    return (pipe_run_is_like_ovn_trace(run) ? PIPE_MAX_STAGES
            : PIPE_MAX_DEPTH);
}

#define PIPE_STACK_SIZE 16

/* A packet and where it is.  Copied where its way forks. */
struct pipe_state {
    struct pipe_run *run;
    struct dp_packet *packet; /* Owned; NULL once it has gone. */
    struct flow flow;         /* As assignments have left it. */
    struct flow bytes;        /* As it is in the packet, from 'dl_dst' on. */
    struct flow_wildcards own; /* 1-bits: no longer the arriving packet's. */
    struct flow_wildcards looked; /* What was looked at so far; the verdict
                                   * gets what is not 'own' before 'own'
                                   * grows, and at the end. */
    const struct net_datapath *datapath;
    enum lpipeline pipeline;
    uint8_t stage;              /* Where to look up next. */
    const struct lflow *lflow;  /* Whose actions are being done, or NULL. */
    ovs_u128 stack[PIPE_STACK_SIZE];
    size_t n_stack;
    int depth;      /* Of forks and datapaths. */
    bool go_on;     /* An action says: on with 'pipeline' and 'stage'. */
    bool halted;    /* An action says: no more of this packet. */
    bool handled;   /* Something became of it: the end is no drop. */
    bool reassigned; /* 'flow' and 'bytes' may differ. */
    uint32_t queue; /* set_queue(). */
    uint32_t frag_mtu; /* icmp4.frag_mtu of the packet. */
    uint16_t mru;   /* The packet was in fragments, of this size at most from
                     * the IP header on, and is to leave so.  Else 0. */
};

/* pipeline.c */
void pipe_do(struct pipe_state *, const struct lacts *);
void pipe_go(struct pipe_state *);
/* Another packet state for the same place; takes 'packet'. */
void pipe_state_fork(struct pipe_state *, const struct pipe_state *parent,
                     struct dp_packet **packet);
void pipe_state_uninit(struct pipe_state *);
/* Tells that what is done next, or was until now, is a copy's. */
void pipe_observe_fork(const struct pipe_state *, bool begin);
/* Does 'actions' with 'state', goes on if they say so, and ends it. */
void pipe_do_forked(struct pipe_state *, const struct lacts *actions);
/* On to a stage: in place if 'last', else with a copy of the packet. */
void pipe_next(struct pipe_state *, enum lpipeline, uint8_t stage,
               bool last);

/* pipe_verdict.c */
struct pipe_effect *pipe_add_effect(struct pipe_state *,
                                    enum pipe_effect_type);
void pipe_drop(struct pipe_state *, enum drop_reason);
struct pipe_event *pipe_event_new(const char *name);
struct pipe_event *pipe_event_from_args(const struct lact_args *,
                                        const char *name);
void pipe_punt(struct pipe_state *, const char *service,
               const struct net_port *);
void pipe_note(struct pipe_state *, const struct lact *, const char *note,
               ...) OVS_PRINTF_FORMAT(3, 4);
/* Notes what a field holds now. */
void pipe_note_value(struct pipe_state *, const struct lact *,
                     const struct lfield *);
/* The result of an action that is one bit, and a note of it. */
void pipe_store_bit(struct pipe_state *, const struct lact *, bool);

/* pipe_field.c: reading and writing fields, with wildcards. */
ovs_u128 pipe_read(struct pipe_state *, const struct lfield *);
void pipe_write(struct pipe_state *, const struct lfield *, ovs_u128);
void pipe_write_word(struct pipe_state *, const struct flow_word *);
void pipe_depend(struct pipe_state *, const struct flow_wildcards *);
/* Now on all that a flow tells of such a packet. */
void pipe_depend_on_headers(struct pipe_state *);
/* All the packet depends on now are the bits of its tuple. */
void pipe_depend_on_tuple(struct pipe_state *);
/* Likewise, but of the ports only which connection they are of. */
void pipe_depend_on_connection(struct pipe_state *);
/* The flow of the stage that the packet is in, or NULL. */
const struct lflow *pipe_look_up(struct pipe_state *);
/* These bits are no longer the arriving packet's. */
void pipe_disown(struct pipe_state *, const struct flow_wildcards *);
/* Nor are these 64-bit words of the flow, or its metadata. */
void pipe_disown_words(struct pipe_state *, size_t first, size_t n);
void pipe_disown_metadata(struct pipe_state *);
/* Tells the verdict what was looked at. */
void pipe_settle(struct pipe_state *);
struct in6_addr pipe_u128_to_ip(ovs_u128, int width);
/* A port that a field names; for a redirect port, whose it is; or NULL. */
const struct net_port *pipe_read_port(struct pipe_state *,
                                      const struct lfield *);
struct eth_addr pipe_read_mac(struct pipe_state *, const struct lfield *);
struct in6_addr pipe_read_ip(struct pipe_state *, const struct lfield *);
/* The source or destination of an IP packet, IPv4 mapped. */
struct in6_addr pipe_flow_ip(const struct flow *, bool source);
/* For choices that a connection makes once. */
uint32_t pipe_hash_tuple(struct pipe_state *);

/* pipe_packet.c: from flow to bytes and back. */
void pipe_flush(struct pipe_state *);
/* NAT has had the packet, which is no fragment, and whose tuple the verdict
 * depends on: addresses and ports become the flow's. */
void pipe_take_tuple(struct pipe_state *);
/* Extracts the packet again; metadata stay. */
void pipe_extract(struct pipe_state *);
/* The packet is another now (takes it): its headers become the flow's. */
void pipe_replace_packet(struct pipe_state *, struct dp_packet **);

/* pipe_output.c */
void pipe_enter(struct pipe_state *, const struct net_port *inport);
void pipe_output(struct pipe_state *, bool last);
/* No connection. */
void pipe_clear_ct(struct flow *);

#endif /* pipeline/pipe_private.h */
