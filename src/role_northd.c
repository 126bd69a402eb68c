#include "role_northd.h"

#include "ovs.h"
#include "cleanup.h"
#include "north.h"
#include "options.h"

struct role_northd {
    struct north *north;
    bool exiting;
};

static void
unixctl_status(struct unixctl_conn *conn, int argc, const char *argv[],
               void *role_)
{
    const struct role_northd *role = role_;
    struct json *json OWNED_JSON = north_status(role->north);

    json_object_put_string(json, "role", "northd");
    char *s OWNED_STRING = json_to_string(json, JSSF_SORT);
    unixctl_command_reply(conn, s);
}

static void
unixctl_exit(struct unixctl_conn *conn, int argc, const char *argv[],
             void *role_)
{
    struct role_northd *role = role_;

    role->exiting = true;
    unixctl_command_reply(conn, NULL);
}

static void
loop(struct role_northd *role, const struct daemon_options *options,
     struct unixctl_server *unixctl)
{
    while (!role->exiting) {
        ssl_options_refresh(&options->ssl);
        north_run(role->north);
        unixctl_server_run(unixctl);

        north_wait(role->north);
        unixctl_server_wait(unixctl);
        if (role->exiting) {
            poll_immediate_wake();
        }
        poll_block();
    }
}

static const struct role_usage usage = {
    .synopsis = "northd [OPTION]...",
    .summary = "Compiles the Northbound database into the Southbound one, as "
               "ovn-northd does.\nSeveral may run; one writes.",
    .northbound = true,
};

int
role_northd_main(int argc, char *argv[])
{
    struct daemon_options options = { .role = "northd" };
    struct role_northd role = { .exiting = false };
    int first = daemon_options_parse(argc, argv, &usage, NULL, 0, &options);

    if (first < argc) {
        ovs_fatal(0, "\"%s\": no argument is taken; see rouse northd --help",
                  argv[first]);
    }

    struct unixctl_server *unixctl = daemon_options_start(&options);
    unixctl_command_register("rouse/status", "", 0, 0, unixctl_status,
                             &role);
    unixctl_command_register("exit", "", 0, 0, unixctl_exit, &role);
    role.north = north_new(&(struct north_config) {
        .nb_remote = options.nb_remote,
        .sb_remote = options.sb_remote,
    });
    daemon_options_ready();
    loop(&role, &options, unixctl);

    north_free(role.north);
    unixctl_server_destroy(unixctl);
    daemon_options_uninit(&options);
    return EXIT_SUCCESS;
}
