/* A D-Bus connection to systemd that is driven by the poll loop.
 *
 * in:     where the bus is
 * out:    an sd_bus to send calls on, and why it cannot be had
 * owner:  the caller, by sd_bus_close_unref()
 * thread: one; connecting, too, goes on in systemd_bus_run() */

#ifndef WAKER_SYSTEMD_BUS_H
#define WAKER_SYSTEMD_BUS_H 1

#include "ovs.h"

#include <systemd/sd-bus.h>

#define SYSTEMD_BUS_MANAGER                                                   \
    "org.freedesktop.systemd1", "/org/freedesktop/systemd1",                  \
        "org.freedesktop.systemd1.Manager"

/* Begins to connect to 'where': "system", "user" or a D-Bus address.  0 and
 * the caller's '*bus', or a positive errno. */
int systemd_bus_open(const char *where, sd_bus **bus) OVS_WARN_UNUSED_RESULT;

/* Receives, dispatches to callbacks, sends.  0 or a positive errno. */
int systemd_bus_run(sd_bus *) OVS_WARN_UNUSED_RESULT;
void systemd_bus_wait(sd_bus *);

/* Adds ".service" where 'name' has no suffix of a unit, as systemctl does;
 * the caller's.  NULL if it is no unit's name. */
char *systemd_unit_name(const char *name);

/* What an error answer about 'unit' means to the user; the caller's. */
char *systemd_bus_explain(const sd_bus_error *, const char *unit,
                          const char *where);

#endif /* waker/systemd_bus.h */
