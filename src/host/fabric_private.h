/* Shared by the files of the fabric only. */

#ifndef HOST_FABRIC_PRIVATE_H
#define HOST_FABRIC_PRIVATE_H 1

#include "fabric.h"
#include "probe.h"
#include "svc_check.h"
#include "watcher.h"

/* An interface that is a port now. */
struct fabric_port {
    char *interface;
    uint16_t vlan;
    char *logical_port; /* As the datapath knows it. */
    char *bound;        /* Southbound; NULL if it is not. */
    bool localnet;
    int error;          /* Of datapath_add_port(). */
    bool wanted;        /* While ports are compared with what is wanted. */
};

/* A packet that reached a sleeping VIP and that the holder has not seen. */
struct fabric_arrival {
    struct ovs_list node; /* In struct fabric's 'arrivals'. */
    struct holder_arrival in;
};

struct fabric {
    struct network *network;
    struct pipeline *pipeline;
    struct datapath *datapath;
    struct netsink *sink;
    struct vswitch *vswitch;       /* Borrowed, as the next two. */
    struct sb *sb;                 /* NULL before fabric_connect(). */
    struct sb_chassis *chassis;
    bool untold;                   /* Of a port that is not there yet. */
    bool complete;                 /* The datapath knows, too... */
    long long adopt_ms;            /* ...at the latest then; 0: not yet. */

    /* fabric_ports.c */
    struct shash ports;            /* Contains "struct fabric_port"s. */
    uint64_t vswitch_seqno;
    bool ports_changed;            /* Logical ports or links have. */

    struct watcher *watcher;       /* NULL before fabric_connect(). */

    /* fabric_hold.c */
    struct holder_config holder_config;
    struct holder *holder;         /* NULL before fabric_connect(). */
    struct custody hold_custody;   /* Of packets that the holder has had. */
    struct custody told_custody;   /* What the datapath knows of it. */
    struct ovs_list arrivals;      /* Contains "struct fabric_arrival"s. */
    struct probes *probes;
    fabric_vip_backends *vip_backends; /* Or NULL. */
    void *vip_backends_aux;
    bool replaying;                /* A held packet goes through again... */
    bool probing;                  /* ...or a packet of a probe... */
    bool raised_again;             /* ...and has raised its event. */
    bool spoken;                   /* There may be an answer already. */
    long long now_ms;              /* Of this run. */

    /* fabric_check.c */
    struct svc_checks *checks;
};

/* fabric_ports.c */
void fabric_ports_init(struct fabric *);
void fabric_ports_uninit(struct fabric *);
void fabric_ports_run(struct fabric *);

/* fabric_watch.c */
void fabric_watch_run(struct fabric *);
void fabric_watch_wait(const struct fabric *);

/* fabric_hold.c */
extern const struct holder_switch fabric_holder_switch;
void fabric_hold_init(struct fabric *);
void fabric_hold_uninit(struct fabric *);
void fabric_hold_run(struct fabric *);
void fabric_hold_wait(struct fabric *);
/* An EFFECT_EVENT; takes its packet if that is to be held. */
enum datapath_fate fabric_take_event(struct fabric *, struct pipe_effect *,
                                     const struct net_port *inport);
bool fabric_intercept(void *fabric, const struct dp_packet *,
                      const struct net_port *inport);

/* fabric_check.c: health checks. */
void fabric_check_init(struct fabric *);
void fabric_check_run(struct fabric *);
/* An EFFECT_PUNT. */
void fabric_check_punt(struct fabric *, const struct pipe_effect *);
void fabric_check_told(void *fabric, const struct sb_service *, bool gone);

#endif /* host/fabric_private.h */
