/* Options of whatever role runs a waker. */

#ifndef WAKER_OPTIONS_H
#define WAKER_OPTIONS_H 1

#include "options.h"
#include "waker.h"

/* Their arguments, owned; NULL where not given. */
struct waker_options {
    char *exec_dir;
    char *container_socket;
    char *containers;
    char *systemd_bus;
    char *systemd_units;
    char *max_wakes;
};

/* Fills 'list', which is for daemon_options_parse(). */
#define N_WAKER_OPTIONS 6
void waker_options_list(struct waker_options *,
                        struct role_option list[N_WAKER_OPTIONS]);
/* What they say; borrows their strings.  Ends the process with a message if
 * one of them is bad. */
struct waker_config waker_options_config(const struct waker_options *);
void waker_options_uninit(struct waker_options *);

#endif /* waker_options.h */
