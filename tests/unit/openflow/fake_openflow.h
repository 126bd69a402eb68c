/* A switch that does what a test says, behind the functions of openflow.h. */

#ifndef FAKE_OPENFLOW_H
#define FAKE_OPENFLOW_H 1

#include "openflow.h"

#define FAKE_N_DATAPATHS 8

/* A packet that the switch was sent. */
struct fake_sent {
    struct ovs_list node; /* In 'sent' of struct openflow. */
    bool is_answer;       /* By openflow_answer(), not _replay(). */
    struct dp_packet *packet;
    struct hold_origin origin;
};

struct openflow {
    struct custody *custody;   /* Borrowed. */
    bool connected;
    struct ovs_list arrivals;  /* Contains struct fake_arrival. */
    struct ovs_list sent;      /* Contains struct fake_sent, oldest first. */
    enum of_vip_state states[FAKE_N_DATAPATHS]; /* Of all VIPs. */
    uint64_t seqno;
    size_t n_forgotten;
};

void fake_openflow_init(struct openflow *, struct custody *);
void fake_openflow_uninit(struct openflow *);

/* 'packet' (taken) comes in for 'vip' on a logical port of 'datapath'. */
void fake_openflow_arrive(struct openflow *, struct dp_packet *packet,
                          const char *vip, const char *lb, uint64_t datapath);

/* Says what becomes of VIPs on 'datapath', from now on. */
void fake_openflow_set_state(struct openflow *, uint64_t datapath,
                             enum of_vip_state);

/* The oldest packet that was sent, taken out; NULL if there is none. */
struct fake_sent *fake_openflow_take_sent(struct openflow *);
void fake_sent_free(struct fake_sent *);

#endif /* tests/unit/openflow/fake_openflow.h */
