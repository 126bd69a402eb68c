/* Who uses which service: connections in, what a chassis reports out.
 *
 * in:     policies of services; now and then, all connections that there are
 *         ("a look")
 * out:    struct activity_report for each service that is used
 * owner:  struct watch owns what it remembers of services and connections
 * thread: one; pure: no clock, no database
 *
 * A connection is one of a service if it began with a packet to a VIP of it.
 * Its last packet is found by what differs between two looks: its counters,
 * or when it will time out, which each packet puts off.  Time-outs are known
 * to the second, so that 'last_ms' of a report may be late by that much, and
 * by a look's period; never early.
 *
 * Two services with the same VIP on different networks cannot be told apart:
 * a connection of one is a connection of both. */

#ifndef ACTIVITY_WATCH_H
#define ACTIVITY_WATCH_H 1

#include "activity.h"
#include "ovs.h"
#include "service_policy.h"

/* One direction or both of a connection, as conntrack or a fast path has it.
 * Addresses are IPv6 or IPv4-mapped, ports in host byte order, of the packet
 * that began it. */
struct watch_conn {
    struct in6_addr src;
    struct in6_addr dst;
    uint16_t sport;
    uint16_t dport;
    uint16_t zone;      /* Tells several of a tuple apart. */
    uint8_t proto;
    bool open;          /* It can carry packets to a backend yet. */
    int64_t timeout_s;  /* It ends by itself after that; -1: not known. */
    uint64_t n_packets; /* So far; 0: not counted. */
    uint64_t n_bytes;
};

struct watch;

/* Times are the chassis' (activity_clock_ms()): watching begins now. */
struct watch *watch_new(int64_t now_ms);
void watch_free(struct watch *);

/* The service's policy, as it is now; one without "rouse-idle-after" need not
 * be watched, and is not. */
void watch_set(struct watch *, const struct service_policy *);
void watch_remove(struct watch *, const struct uuid *lb);
size_t watch_count(const struct watch *);
/* Services that are watched; each is told to 'cb'. */
void watch_each(const struct watch *,
                void (*cb)(void *aux, const struct uuid *lb), void *aux);

/* How often to look, and to say so, for the most impatient service. */
long long int watch_look_period_ms(const struct watch *);
long long int watch_beat_period_ms(const struct watch *);

/* A look.  'at_ms' is when it was begun, 'slack_ms' how much later what is
 * told may have been true.  A look that is never ended does no harm: what it
 * has found counts in the next. */
void watch_begin(struct watch *, int64_t at_ms, int64_t slack_ms);
void watch_add(struct watch *, const struct watch_conn *);
/* The look is complete: calls 'report' for each service of which something
 * else is to be said than before. */
void watch_end(struct watch *,
               void (*report)(void *aux, const struct uuid *lb,
                              const struct activity_report *), void *aux);
#endif /* activity/watch.h */
