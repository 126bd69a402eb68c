#include "role_waker.h"

#include "ovs.h"
#include "cleanup.h"
#include "nb.h"
#include "options.h"
#include "sb.h"
#include "waker.h"
#include "waker_options.h"

VLOG_DEFINE_THIS_MODULE(role_waker);

struct role_waker {
    const struct daemon_options *options; /* Borrowed. */
    struct nb *nb;
    struct sb *sb;
    struct waker *waker;
    bool exiting;
};

static struct json *
connection_status(const char *remote, bool connected)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "remote", remote);
    json_object_put(json, "connected", json_boolean_create(connected));
    return json;
}

static void
unixctl_status(struct unixctl_conn *conn, int argc, const char *argv[],
               void *role_)
{
    const struct role_waker *role = role_;
    struct json *json OWNED_JSON = waker_status(role->waker);
    struct json *northbound
        = connection_status(role->options->nb_remote,
                            nb_is_connected(role->nb));

    json_object_put(northbound, "lock",
                    json_boolean_create(nb_has_lock(role->nb)));
    json_object_put_string(json, "role", "waker");
    json_object_put(json, "northbound", northbound);
    json_object_put(json, "southbound",
                    connection_status(role->options->sb_remote,
                                      sb_is_connected(role->sb)));
    char *s OWNED_STRING = json_to_string(json, JSSF_SORT);
    unixctl_command_reply(conn, s);
}

static void
unixctl_exit(struct unixctl_conn *conn, int argc, const char *argv[],
             void *role_)
{
    struct role_waker *role = role_;

    role->exiting = true;
    unixctl_command_reply(conn, NULL);
}

/* Southbound first: then what is known of a load balancer is never older than
 * the events that came of it. */
static void
loop(struct role_waker *role, struct unixctl_server *unixctl)
{
    while (!role->exiting) {
        ssl_options_refresh(&role->options->ssl);
        sb_run(role->sb);
        nb_run(role->nb);
        waker_run(role->waker);
        unixctl_server_run(unixctl);

        waker_wait(role->waker);
        nb_wait(role->nb);
        sb_wait(role->sb);
        unixctl_server_wait(unixctl);
        if (role->exiting) {
            poll_immediate_wake();
        }
        poll_block();
    }
}

static const struct role_usage usage = {
    .synopsis = "waker [OPTION]...",
    .summary = "Wakes services: reads Controller_Event rows, starts "
               "backends by their\ndrivers, restores the load balancers.  "
               "Several may run; one acts.",
    .northbound = true,
};

static void
parse_options(int argc, char *argv[], struct waker_options *own,
              struct daemon_options *options)
{
    struct role_option role_options[N_WAKER_OPTIONS];

    waker_options_list(own, role_options);
    int first = daemon_options_parse(argc, argv, &usage, role_options,
                                     ARRAY_SIZE(role_options), options);
    if (first < argc) {
        ovs_fatal(0, "\"%s\": no argument is taken; see rouse waker --help",
                  argv[first]);
    }
}

int
role_waker_main(int argc, char *argv[])
{
    struct waker_options own = { .exec_dir = NULL };
    struct daemon_options options = { .role = "waker" };
    struct role_waker role = { .options = &options };

    parse_options(argc, argv, &own, &options);
    const struct waker_config config = waker_options_config(&own);

    struct unixctl_server *unixctl = daemon_options_start(&options);
    unixctl_command_register("rouse/status", "", 0, 0, unixctl_status,
                             &role);
    unixctl_command_register("exit", "", 0, 0, unixctl_exit, &role);
    role.nb = nb_new(&(struct nb_options) {
        .remote = options.nb_remote,
        .lock = WAKER_LOCK,
    });
    role.sb = sb_new(&(struct sb_options) {
        .remote = options.sb_remote,
        .policies = true,
        .activity = SB_ACTIVITY_ALL,
    });
    role.waker = waker_new(role.nb, role.sb, &config);
    daemon_options_ready();
    loop(&role, unixctl);

    waker_free(role.waker);
    sb_free(role.sb);
    nb_free(role.nb);
    unixctl_server_destroy(unixctl);
    daemon_options_uninit(&options);
    waker_options_uninit(&own);
    return EXIT_SUCCESS;
}
