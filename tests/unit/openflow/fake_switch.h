/* A switch whose side of the conversation with a struct of_vips a test plays.
 * What it was sent must be taken in order; anything unexpected fails the
 * test. */

#ifndef FAKE_SWITCH_H
#define FAKE_SWITCH_H 1

#include "of_vip.h"

/* The flows of 192.168.1.100 on datapaths 2 and 4. */
#define MATCH2 "ip,metadata=0x2,nw_dst=192.168.1.100"
#define MATCH4 "ip,metadata=0x4,nw_dst=192.168.1.100"

struct fake_switch {
    struct of_vips *vips;
    struct ovs_list sent; /* Contains struct ofpbuf: what it was sent. */
    struct endpoint vip;  /* 192.168.1.100:80. */
};

void sw_init(struct fake_switch *);
/* Nothing that was sent may be left. */
void sw_uninit(struct fake_switch *);
void sw_assert_nothing_sent(const struct fake_switch *);

/* Connects, and has the VIP watched on datapath 2, whose only flow about it
 * is 'flow'. */
void sw_watch(struct fake_switch *, const char *flow);
/* State of the VIP on 'datapath'. */
enum of_vip_state sw_state(struct fake_switch *, uint64_t datapath);

/* Takes a flow stats request for 'match' from what was sent: its xid. */
ovs_be32 sw_take_question(struct fake_switch *, const char *match);
/* Takes the start or end of a flow monitor: its id. */
uint32_t sw_take_monitor(struct fake_switch *,
                         enum ofp14_flow_monitor_command, const char *match);
/* Takes a request how many flows match 'match': its xid. */
ovs_be32 sw_take_count(struct fake_switch *, const char *match);
ovs_be32 sw_take_barrier(struct fake_switch *);

/* True if openflow.c would hand on 'msg', as 'type'. */
bool sw_is_received(const struct ofpbuf *msg, enum ofptype type);

/* Sends 'msg' (taken): a flow stats reply, a flow monitor's update. */
void sw_send_stats(struct fake_switch *, struct ofpbuf *msg);
void sw_send_update(struct fake_switch *, struct ofpbuf *msg);

/* Takes the question how many flows match 'match', and answers it. */
void sw_answer_count(struct fake_switch *, const char *match, uint32_t n);
/* Answers the question 'xid' with 'flow' (none, if NULL) in full, with the
 * barrier behind it. */
void sw_answer(struct fake_switch *, ovs_be32 xid, const char *flow);

#endif /* tests/unit/openflow/fake_switch.h */
