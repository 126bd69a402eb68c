/* Shared by the files of the engine only. */

#ifndef HOST_ENGINE_PRIVATE_H
#define HOST_ENGINE_PRIVATE_H 1

#include "engine.h"
#include "probe.h"

/* An interface that is a port now. */
struct engine_port {
    char *interface;
    uint16_t vlan;
    char *logical_port; /* As the datapath knows it. */
    char *bound;        /* Southbound; NULL if it is not. */
    bool localnet;
    int error;          /* Of datapath_add_port(). */
    bool wanted;        /* While ports are compared with what is wanted. */
};

/* A packet that reached a sleeping VIP and that the holder has not seen. */
struct engine_arrival {
    struct ovs_list node; /* In struct engine's 'arrivals'. */
    struct holder_arrival in;
};

struct engine {
    struct network *network;
    struct pipeline *pipeline;
    struct datapath *datapath;
    struct netsink *sink;
    struct vswitch *vswitch;       /* Borrowed, as the next two. */
    struct sb *sb;                 /* NULL before engine_connect(). */
    struct sb_chassis *chassis;
    bool complete;                 /* The datapath knows, too. */

    /* engine_ports.c */
    struct shash ports;            /* Contains "struct engine_port"s. */
    uint64_t vswitch_seqno;
    bool ports_changed;            /* Logical ports or links have. */

    /* engine_hold.c */
    struct holder_config holder_config;
    struct holder *holder;         /* NULL before engine_connect(). */
    struct custody hold_custody;   /* Of packets that the holder has had. */
    struct custody told_custody;   /* What the datapath knows of it. */
    struct ovs_list arrivals;      /* Contains "struct engine_arrival"s. */
    struct probes *probes;
    bool replaying;                /* A held packet goes through again... */
    bool probing;                  /* ...or a packet of a probe... */
    bool raised_again;             /* ...and has raised its event. */
    long long now_ms;              /* Of this run. */
};

/* engine_ports.c */
void engine_ports_init(struct engine *);
void engine_ports_uninit(struct engine *);
void engine_ports_run(struct engine *);

/* engine_hold.c */
extern const struct holder_switch engine_holder_switch;
void engine_hold_init(struct engine *);
void engine_hold_uninit(struct engine *);
void engine_hold_run(struct engine *);
void engine_hold_wait(struct engine *);
/* An EFFECT_EVENT; takes its packet if that is to be held. */
enum datapath_fate engine_take_event(struct engine *, struct pipe_effect *,
                                     const struct net_port *inport);
bool engine_intercept(void *engine, const struct dp_packet *,
                      const struct net_port *inport);

#endif /* host/engine_private.h */
