/* The holder: keeps what reaches a sleeping VIP and may wake it, sees to its
 * event, replays.
 *
 * in:     packets of triggers and the state of VIPs, from a switch of either
 *         engine ('struct holder_switch'); rows (sb)
 * out:    held packets (hold), Controller_Event rows for those that may wake
 *         a service (gate), replayed packets, refusals at the deadline
 * owner:  the holder owns its hold store; switch and sb are borrowed
 * thread: one; nothing blocks
 *
 * A packet is replayed when the VIP has usable backends Southbound *and* the
 * switch's own flows for it balance instead of trigger.  Does not wake
 * anything: that is the waker's. */

#ifndef HOLDER_HOLDER_H
#define HOLDER_HOLDER_H 1

#include "ovs.h"
#include "custody.h"
#include "event.h"
#include "gate.h"
#include "hold.h"
#include "sb.h"
#include "vip.h"

/* --- The switch --- */

/* A packet that reached a sleeping VIP. */
struct holder_arrival {
    struct dp_packet *packet; /* Owned, as the event. */
    struct hold_origin origin;
    struct event event;
    bool is_established; /* Of a connection that the switch knows. */
};

/* What the switch does with a VIP now. */
enum holder_vip {
    HOLDER_VIP_UNKNOWN, /* That is not known, or about to change. */
    HOLDER_VIP_ASLEEP,  /* It raises the event. */
    HOLDER_VIP_ABSENT,  /* No flow that would get it anywhere. */
    HOLDER_VIP_OPEN,    /* Flows about its address, none of which stops it. */
    HOLDER_VIP_AWAKE,   /* A flow balances it to its backends. */
};

enum holder_replayed {
    HOLDER_REPLAYED,
    HOLDER_NO_SWITCH,    /* The switch is not there: the packet is lost. */
    HOLDER_STILL_ASLEEP, /* It raised the event once more: it stays. */
};

struct holder_switch {
    /* Steals the next packet that has arrived; false if there is none. */
    bool (*next)(void *aux, struct holder_arrival *);
    /* It may wake its service, and will be held; or NULL. */
    void (*admitted)(void *aux, struct holder_arrival *);

    /* The first call for a VIP begins to watch it; from then on seqno() grows
     * whenever the answer may have changed. */
    enum holder_vip (*vip_state)(void *aux, uint64_t datapath,
                                 const struct event *,
                                 const struct endpoint *vip);
    /* Ends the watches on 'vip', on all datapaths. */
    void (*vip_forget)(void *aux, const struct endpoint *vip,
                       const char *protocol);
    uint64_t (*seqno)(void *aux);

    /* Runs a packet through its pipeline again from the start. */
    enum holder_replayed (*replay)(void *aux, const struct dp_packet *,
                                   const struct hold_origin *);
    /* Sends a packet to where the other came from; false if it cannot. */
    bool (*answer)(void *aux, const struct dp_packet *,
                   const struct hold_origin *);

    /* Whether the VIP has usable backends, where the switch knows it before
     * the Southbound database does.  NULL: ask that. */
    enum sb_vip_state (*backends)(void *aux, const struct event *);

    /* Whether a VIP that 'backends' knew and knows no more is gone, whatever
     * vip_state() can find out. */
    bool backends_tell;

    /* Whether somebody else writes a row for each packet, whoever sent it:
     * then rows are marked by what becomes of their packets. */
    bool others_write;

    /* Whether the switch does what its flows say only some milliseconds after
     * they have changed. */
    bool lags;
};

struct holder;

struct holder_config {
    struct hold_limits limits; /* 0: as the Southbound database says, or as
                                * hold_limits_default. */
    struct hold_policy policy; /* Where a service has none of its own. */
};

struct holder *holder_new(const struct holder_config *,
                          const struct holder_switch *, void *switch_aux,
                          struct sb *, struct custody *);
void holder_free(struct holder *);
void holder_run(struct holder *, long long now_ms);
void holder_wait(struct holder *);

/* {"packets", "bytes", "per_source": N} of what may be held, and of what is:
 * {"held_packets", "held_bytes"}; the caller's. */
struct json *holder_limits(const struct holder *);

/* Steals what was refused for one event since the last time; false if nothing
 * was.  The event is the caller's.  For switches without 'others_write'. */
struct holder_refused {
    struct event event;
    uint64_t n[N_REFUSALS];  /* Packets, by reason. */
    struct in6_addr source;  /* Of the latest... */
    enum refusal last;       /* ...and why. */
};
bool holder_next_refused(struct holder *, struct holder_refused *);

/* {"closing": N}: packets that were refused, by reason; the caller's. */
struct json *holder_refusals(const struct holder *);

/* [{"vip", "protocol", "load_balancer", "packets", "bytes", "oldest_ms"}];
 * the caller's. */
struct json *holder_held(const struct holder *, long long now_ms);

#endif /* holder/holder.h */
