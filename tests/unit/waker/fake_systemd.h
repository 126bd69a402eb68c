/* A message bus with systemd on it, both made up, in a thread of its own: for
 * what a real one cannot be made to do.  tests/drivers/ runs the driver
 * against a real systemd.
 *
 * The name of a unit says what becomes of it:
 *   good.service     starts and stops, is active
 *   fast.service     its job is removed before the call is answered
 *   failed.service   does not start (result "failed"), state "failed"
 *   cancel.service   its job is cancelled
 *   slow.service     its job never ends; "activating"
 *   absent.service   NoSuchUnit
 *   masked.service   UnitMasked
 *   denied.service   AccessDenied
 *   odd.service      answers of the wrong types
 *   bye.service      the bus closes the connection
 *   main.service     active, and its main process is this one
 */

#ifndef FAKE_SYSTEMD_H
#define FAKE_SYSTEMD_H 1

#include "ovs.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>

struct fake_systemd {
    char dir[32];
    char socket[64];
    char address[80];
    bool is_absent; /* There is a bus, but no systemd on it. */
    int listen_fd;
    int stop_fds[2];
    pthread_t thread;
    bool close; /* The connection being served is to be closed. */
    char log[4096];
};

static inline void
fake_signal_removed(sd_bus *bus, const char *path, const char *unit,
                    const char *result)
{
    sd_bus_message *m = NULL;

    if (sd_bus_message_new_signal(bus, &m, "/org/freedesktop/systemd1",
                                  "org.freedesktop.systemd1.Manager",
                                  "JobRemoved") >= 0) {
        sd_bus_message_set_sender(m, "org.freedesktop.systemd1");
        sd_bus_message_append(m, "uoss", 7, path, unit, result);
        sd_bus_send(bus, m, NULL);
        sd_bus_message_unref(m);
    }
}

static inline int
fake_act(struct fake_systemd *fs, sd_bus_message *m)
{
    sd_bus *bus = sd_bus_message_get_bus(m);
    const char *unit, *mode;

    if (sd_bus_message_read(m, "ss", &unit, &mode) < 0
        || strcmp(mode, "replace")) {
        return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_INVALID_ARGS, "?");
    } else if (!strcmp(unit, "absent.service")) {
        return sd_bus_reply_method_errorf(
            m, "org.freedesktop.systemd1.NoSuchUnit", "Unit not found.");
    } else if (!strcmp(unit, "masked.service")) {
        return sd_bus_reply_method_errorf(
            m, "org.freedesktop.systemd1.UnitMasked", "Unit is masked.");
    } else if (!strcmp(unit, "denied.service")) {
        return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_ACCESS_DENIED,
                                          "Permission denied");
    } else if (!strcmp(unit, "odd.service")) {
        return sd_bus_reply_method_return(m, "u", 5);
    } else if (!strcmp(unit, "bye.service")) {
        fs->close = true;
        return 1;
    }

    char path[100];
    snprintf(path, sizeof path, "/org/freedesktop/systemd1/job/%"PRIu32,
             hash_string(unit, 0));
    const char *result = !strcmp(unit, "failed.service")   ? "failed"
                         : !strcmp(unit, "cancel.service") ? "canceled"
                                                           : "done";
    /* Somebody else's job ends, too. */
    fake_signal_removed(bus, "/org/freedesktop/systemd1/job/999", "x.service",
                        "failed");
    if (!strcmp(unit, "fast.service")) {
        fake_signal_removed(bus, path, unit, result);
    }
    int retval = sd_bus_reply_method_return(m, "o", path);
    if (strcmp(unit, "fast.service") && strcmp(unit, "slow.service")) {
        fake_signal_removed(bus, path, unit, result);
    }
    return retval;
}

static inline int
fake_get(sd_bus_message *m)
{
    const char *interface, *property;
    char *unit = NULL;
    int retval;

    sd_bus_path_decode(sd_bus_message_get_path(m),
                       "/org/freedesktop/systemd1/unit", &unit);
    if (!unit || sd_bus_message_read(m, "ss", &interface, &property) < 0) {
        retval = sd_bus_reply_method_errorf(m, SD_BUS_ERROR_INVALID_ARGS, "?");
    } else if (!strcmp(unit, "odd.service")) {
        retval = sd_bus_reply_method_return(m, "u", 5);
    } else if (!strcmp(unit, "absent.service")) {
        retval = sd_bus_reply_method_errorf(
            m, "org.freedesktop.systemd1.NoSuchUnit", "Unit not found.");
    } else if (!strcmp(property, "ActiveState")) {
        const char *state = !strcmp(unit, "failed.service") ? "failed"
                            : !strcmp(unit, "slow.service") ? "activating"
                                                            : "active";
        retval = sd_bus_reply_method_return(m, "v", "s", state);
    } else if (!strcmp(unit, "vm.target")) {
        retval = sd_bus_reply_method_errorf(
            m, SD_BUS_ERROR_UNKNOWN_INTERFACE, "Unknown interface.");
    } else if (!strcmp(property, "Result")) {
        retval = sd_bus_reply_method_return(
            m, "v", "s", !strcmp(unit, "failed.service") ? "exit-code"
                                                         : "success");
    } else {
        retval = sd_bus_reply_method_return(
            m, "v", "u", !strcmp(unit, "main.service") ? getpid() : 0);
    }
    free(unit);
    return retval;
}

static inline int
fake_filter(sd_bus_message *m, void *fs_, sd_bus_error *error OVS_UNUSED)
{
    struct fake_systemd *fs = fs_;
    const char *member = sd_bus_message_get_member(m);
    const char *destination = sd_bus_message_get_destination(m);

    if (!member || !sd_bus_message_is_method_call(m, NULL, NULL)) {
        return 0;
    }
    size_t len = strlen(fs->log);
    snprintf(fs->log + len, sizeof fs->log - len, "%s ", member);
    if (!strcmp(member, "Hello")) {
        return sd_bus_reply_method_return(m, "s", ":1.7");
    } else if (!strcmp(member, "AddMatch") || !strcmp(member, "RemoveMatch")) {
        return sd_bus_reply_method_return(m, "");
    } else if (fs->is_absent || !destination) {
        return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_SERVICE_UNKNOWN,
                                          "not there");
    } else if (!strcmp(member, "Subscribe")) {
        return sd_bus_reply_method_return(m, "");
    } else if (!strcmp(member, "StartUnit") || !strcmp(member, "StopUnit")) {
        return fake_act(fs, m);
    }
    return fake_get(m);
}

/* Serves one connection to its end, or until the thread is to stop. */
static inline void
fake_serve_bus(struct fake_systemd *fs, int fd)
{
    sd_bus *bus = NULL;
    sd_id128_t id;

    sd_id128_randomize(&id);
    if (sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, fd, fd) < 0
        || sd_bus_set_server(bus, 1, id) < 0
        || sd_bus_set_anonymous(bus, 1) < 0
        || sd_bus_add_filter(bus, NULL, fake_filter, fs) < 0
        || sd_bus_start(bus) < 0) {
        abort();
    }
    fs->close = false;
    while (!fs->close) {
        int retval = sd_bus_process(bus, NULL);

        if (retval < 0) {
            break;
        } else if (!retval) {
            struct pollfd fds[2] = {
                { .fd = fd, .events = sd_bus_get_events(bus) },
                { .fd = fs->stop_fds[0], .events = POLLIN },
            };
            poll(fds, 2, -1);
            if (fds[1].revents) {
                break;
            }
        }
    }
    sd_bus_flush_close_unref(bus);
}

static inline void *
fake_bus_main(void *fs_)
{
    struct fake_systemd *fs = fs_;

    for (;;) {
        struct pollfd fds[2] = {
            { .fd = fs->listen_fd, .events = POLLIN },
            { .fd = fs->stop_fds[0], .events = POLLIN },
        };
        poll(fds, 2, -1);
        if (fds[1].revents) {
            return NULL;
        }
        int fd = accept4(fs->listen_fd, NULL, NULL,
                         SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            fake_serve_bus(fs, fd);
        }
    }
}

static inline void
fake_systemd_start(struct fake_systemd *fs)
{
    struct sockaddr_un sun = { .sun_family = AF_UNIX };

    memset(fs, 0, sizeof *fs);
    strcpy(fs->dir, "/tmp/rouse-test-bus-XXXXXX");
    assert_non_null(mkdtemp(fs->dir));
    snprintf(fs->socket, sizeof fs->socket, "%s/bus", fs->dir);
    snprintf(fs->address, sizeof fs->address, "unix:path=%s", fs->socket);
    strcpy(sun.sun_path, fs->socket);
    fs->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fs->listen_fd, (struct sockaddr *) &sun,
                          sizeof sun), 0);
    assert_int_equal(listen(fs->listen_fd, 50), 0);
    assert_int_equal(pipe(fs->stop_fds), 0);
    assert_int_equal(pthread_create(&fs->thread, NULL, fake_bus_main, fs), 0);
}

static inline void
fake_systemd_stop(struct fake_systemd *fs)
{
    ignore(write(fs->stop_fds[1], "x", 1));
    pthread_join(fs->thread, NULL);
    close(fs->stop_fds[0]);
    close(fs->stop_fds[1]);
    close(fs->listen_fd);
    unlink(fs->socket);
    rmdir(fs->dir);
}

#endif /* fake_systemd.h */
