/* Whether backends listen, for drivers that know the processes behind them.
 *
 * in:     a service's backends, and the places (processes in network
 *         namespaces) where they should listen
 * out:    open, or what is not open yet
 * owner:  the caller; all arguments are copied
 * thread: one
 *
 * Which backend belongs to which place is found by address: a backend whose
 * address a place's network namespace has must be listened for there.  A
 * backend whose address is nowhere to be seen (it is not there yet, or it is
 * translated on the way) must be listened for at any address but loopback; of
 * several such backends with the same port, each wants a place of its own, as
 * far as there are places. */

#ifndef WAKER_PORT_CHECK_H
#define WAKER_PORT_CHECK_H 1

#include "ovs.h"

struct port_check;

enum port_check_unowned {
    PORT_CHECK_UNOWNED_ANYWHERE, /* As above. */
    PORT_CHECK_UNOWNED_IGNORED,  /* Such backends are taken to listen. */
};

enum port_check_result {
    PORT_CHECK_PENDING, /* Looks again when port_check_wait() says so. */
    PORT_CHECK_OPEN,    /* All backends are listened for. */
    PORT_CHECK_CLOSED,  /* Not all within PORT_CHECK_WATCH_MS, or a place is
                         * gone; port_check_why(). */
};

/* How long a closed port is watched.  The pauses between two looks grow with
 * that time, to an eighth of it. */
#define PORT_CHECK_WATCH_MS 1000

/* 'protocol' is that of the load balancer; 'backends' are "ADDRESS:PORT";
 * those without a port are not checked. */
struct port_check *port_check_new(const char *protocol,
                                  const struct svec *backends,
                                  enum port_check_unowned);
void port_check_free(struct port_check *); /* Takes NULL. */

/* Adds the place of process 'pid', called 'name' in messages ("container
 * \"web\"").  With 'trusted', whatever should be listened for there is taken
 * to be.  'proc' is "/proc".  0 or a positive errno; a trusted place is added
 * in any case. */
int port_check_add(struct port_check *, const char *proc, pid_t pid,
                   const char *name, bool trusted) OVS_WARN_UNUSED_RESULT;

enum port_check_result port_check_run(struct port_check *);
void port_check_wait(struct port_check *);

/* What is missing; borrowed. */
const char *port_check_why(const struct port_check *);

#endif /* waker/port_check.h */
