/* Events: facts of the network that somebody else must act on.
 *
 * in:    the userdata of a trigger_event packet, or a Controller_Event row
 * out:   struct event, the one shape of the fact inside Rouse
 * owner: an event owns its strings; event_clone() is a deep copy
 *
 * Kinds are listed in events.def.  Today there is one, "empty_lb_backends"
 * (ovn-sb(5), table Controller_Event): a packet reached a load balancer VIP
 * that has no backends.
 *
 * Two events with the same key (event_equals()) are the same request, however
 * many packets, chassis or rows it came by.  Chassis, row and sequence number
 * are not part of the key.
 *
 * Does not know databases or OpenFlow: rows arrive as string maps, packets as
 * bytes.  Any input may be malformed; nothing here asserts on it. */

#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H 1

#include "ovs.h"
#include "diag.h"

enum event_kind {
#define EVENT(ID, NAME, TEXT) EVENT_##NAME = ID,
#include "events.def"
#undef EVENT
};

struct event {
    enum event_kind kind;
    char *vip;      /* As in Load_Balancer.vips: "10.0.0.1:80", "10.0.0.1". */
    char *protocol; /* "tcp", "udp" or "sctp". */
    struct uuid lb; /* UUID of the Northbound Load_Balancer row. */
};

void event_uninit(struct event *);
void event_clone(struct event *dst, const struct event *src);
bool event_equals(const struct event *, const struct event *);
uint32_t event_hash(const struct event *);

/* Name of the kind as in Controller_Event.event_type. */
const char *event_kind_name(enum event_kind);
bool event_kind_from_name(const char *name, enum event_kind *kind)
    OVS_WARN_UNUSED_RESULT;

enum event_error {
    EVENT_OK,
    EVENT_UNKNOWN_KIND, /* A kind that this Rouse does not know. */
    EVENT_TRUNCATED,    /* Shorter than its own lengths say. */
    EVENT_INCOMPLETE,   /* A field that the kind needs is missing or bad. */
};

/* Decodes the userdata that stock ovn-controller's trigger_event action
 * carries, from the event id on (after the opcode and its padding):
 * be32 id, then {be16 code; be16 length; bytes} each.  Unknown codes are
 * skipped.  On EVENT_OK the caller must event_uninit() '*event'; otherwise it
 * is untouched. */
enum event_error event_from_userdata(const void *data, size_t size,
                                     struct event *event);

/* Reads a row.  Unknown keys are ignored.  A missing "protocol" is "tcp", as
 * in Load_Balancer.protocol.  On failure fills 'diag' (row 'row_name') and
 * leaves '*event' untouched. */
bool event_from_info(const char *event_type, const struct smap *event_info,
                     const char *row_name, struct event *event,
                     struct diag *diag) OVS_WARN_UNUSED_RESULT;

/* Adds the event's keys to 'info'. */
void event_to_info(const struct event *, struct smap *info);

#endif /* event/event.h */
