#include "waker_options.h"

void
waker_options_list(struct waker_options *own,
                   struct role_option list[N_WAKER_OPTIONS])
{
    const struct role_option options[] = {
        { "exec-dir", "DIR", "programs of the exec driver "
          "(/etc/rouse/exec.d)", &own->exec_dir, NULL },
        { "container-socket", "SOCKET", "of Docker or Podman (default: "
          "where they have it)", &own->container_socket, NULL },
        { "containers", "PATTERNS", "containers that services may name "
          "(default: any)", &own->containers, NULL },
        { "systemd-bus", "BUS", "\"system\", \"user\" or a D-Bus address "
          "(system)", &own->systemd_bus, NULL },
        { "systemd-units", "PATTERNS", "units that services may name "
          "(default: any)", &own->systemd_units, NULL },
        { "max-wakes", "N", "start at most N services at the same time (64)",
          &own->max_wakes, NULL },
    };

    BUILD_ASSERT(ARRAY_SIZE(options) == N_WAKER_OPTIONS);
    memcpy(list, options, sizeof options);
}

struct waker_config
waker_options_config(const struct waker_options *own)
{
    unsigned int max_wakes = WAKER_MAX_WAKES_DEFAULT;

    if (own->max_wakes && (!str_to_uint(own->max_wakes, 10, &max_wakes)
                           || !max_wakes || max_wakes > 4096)) {
        ovs_fatal(0, "--max-wakes=%s: write a number from 1 to 4096",
                  own->max_wakes);
    }
    return (struct waker_config) {
        .drivers = {
            .exec_dir = own->exec_dir,
            .container_socket = own->container_socket,
            .containers = own->containers,
            .systemd_bus = own->systemd_bus,
            .systemd_units = own->systemd_units,
        },
        .max_wakes = max_wakes,
    };
}

void
waker_options_uninit(struct waker_options *own)
{
    free(own->exec_dir);
    free(own->container_socket);
    free(own->containers);
    free(own->systemd_bus);
    free(own->systemd_units);
    free(own->max_wakes);
}
