#include "systemd_bus.h"

#include <poll.h>

/* The most messages that one systemd_bus_run() takes, so that a chatty bus
 * does not keep the loop. */
#define MESSAGES_MAX 100

static int
open_address(const char *address, sd_bus **busp)
{
    sd_bus *bus = NULL;
    int retval = sd_bus_new(&bus);

    retval = retval < 0 ? retval : sd_bus_set_address(bus, address);
    retval = retval < 0 ? retval : sd_bus_set_bus_client(bus, true);
    retval = retval < 0 ? retval : sd_bus_start(bus);
    if (retval < 0) {
        sd_bus_unref(bus);
        return retval;
    }
    *busp = bus;
    return 0;
}

int
systemd_bus_open(const char *where, sd_bus **bus)
{
    int retval = !strcmp(where, "system") ? sd_bus_open_system(bus)
                 : !strcmp(where, "user") ? sd_bus_open_user(bus)
                                          : open_address(where, bus);
    return retval < 0 ? -retval : 0;
}

int
systemd_bus_run(sd_bus *bus)
{
    for (int i = 0; i < MESSAGES_MAX; i++) {
        int retval = sd_bus_process(bus, NULL);

        if (retval <= 0) {
            return -retval;
        }
    }
    return 0;
}

void
systemd_bus_wait(sd_bus *bus)
{
    int fd = sd_bus_get_fd(bus);
    int events = sd_bus_get_events(bus);
    uint64_t timeout_us;

    if (fd < 0 || events < 0) {
        poll_immediate_wake(); /* run() will find out what is wrong. */
        return;
    }
    poll_fd_wait(fd, events);
    if (sd_bus_get_timeout(bus, &timeout_us) >= 0
        && timeout_us != UINT64_MAX) {
        /* Both clocks are CLOCK_MONOTONIC. */
        poll_timer_wait_until(timeout_us / 1000 + 1);
    }
}

char *
systemd_unit_name(const char *name)
{
    static const char *const suffixes[] = {
        ".service", ".target", ".socket", ".scope", ".slice", ".timer",
        ".path", ".mount", ".automount", ".swap", ".device",
    };
    const char *dot = strrchr(name, '.');
    const char *suffix = ".service";
    size_t len = strlen(name);

    for (size_t i = 0; dot && i < ARRAY_SIZE(suffixes); i++) {
        if (!strcmp(dot, suffixes[i])) {
            suffix = "";
            len = dot - name;
            break;
        }
    }
    /* A template ("web@.service") is nothing to be started. */
    if (!len || name[0] == '.' || name[len - 1] == '@' || name[0] == '@'
        || len + strlen(".automount") > 255
        || name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789:_.\\@-")]) {
        return NULL;
    }
    return xasprintf("%s%s", name, suffix);
}

char *
systemd_bus_explain(const sd_bus_error *error, const char *unit,
                    const char *where)
{
    const char *name = error->name ? error->name : "";
    const char *message = error->message ? error->message : name;

    if (!strcmp(name, "org.freedesktop.systemd1.NoSuchUnit")) {
        return xasprintf("unit \"%s\" does not exist on bus %s", unit, where);
    } else if (!strcmp(name, "org.freedesktop.systemd1.UnitMasked")) {
        return xasprintf("unit \"%s\" is masked; try \"systemctl unmask %s\"",
                         unit, unit);
    } else if (!strcmp(name, SD_BUS_ERROR_SERVICE_UNKNOWN)
               || !strcmp(name, SD_BUS_ERROR_NAME_HAS_NO_OWNER)) {
        return xasprintf("there is no systemd on bus %s (--systemd-bus)",
                         where);
    } else if (!strcmp(name, SD_BUS_ERROR_ACCESS_DENIED)
               || !strcmp(name,
                          SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED)
               || !strcmp(name, "org.freedesktop.PolicyKit1.Error.Failed")) {
        return xasprintf("systemd does not let the waker manage unit \"%s\" "
                         "(%s); run the waker as root or add a polkit rule",
                         unit, message);
    }
    return xasprintf("unit \"%s\": %s", unit, message);
}
