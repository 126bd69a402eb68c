#include "role_host.h"

#include <systemd/sd-daemon.h>

#include "ovs.h"
#include "cleanup.h"
#include "databases.h"
#include "hostdir.h"
#include "nb.h"
#include "options.h"
#include "sb.h"
#include "waker.h"
#include "waker_options.h"

VLOG_DEFINE_THIS_MODULE(role_host);

/* Where the databases' files are, unless --dir says otherwise. */
#define DATA_DIR "/var/lib/rouse"

/* How long to wait for the children at the end; then the kernel ends them. */
#define STOP_MS 3000

/* Arguments of the options that only this role has. */
struct own_options {
    char *dir;
    char *remotes[N_DATABASES];
    char *schema_dir;
    bool no_waker;
    struct waker_options waker;
};

struct role_host {
    struct own_options own;
    struct daemon_options options;
    struct hostdir_lock lock;
    struct databases *databases;
    struct nb *nb;       /* This and the next two: NULL with --no-waker. */
    struct sb *sb;
    struct waker *waker;
    bool ready;
    bool exiting;
};

/* --- Status --- */

static struct json *
status(const struct role_host *role)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "role", "host");
    json_object_put_string(json, "dir", rouse_rundir());
    json_object_put(json, "ready", json_boolean_create(role->ready));
    json_object_put(json, "databases", databases_status(role->databases));
    if (role->waker) {
        json_object_put(json, "waker", waker_status(role->waker));
    }
    return json;
}

static void
unixctl_status(struct unixctl_conn *conn, int argc, const char *argv[],
               void *role_)
{
    struct json *json OWNED_JSON = status(role_);
    char *s OWNED_STRING = json_to_string(json, JSSF_SORT);

    unixctl_command_reply(conn, s);
}

static void
unixctl_exit(struct unixctl_conn *conn, int argc, const char *argv[],
             void *role_)
{
    struct role_host *role = role_;

    role->exiting = true;
    unixctl_command_reply(conn, NULL);
}

/* --- The loop --- */

static void
start_waker(struct role_host *role)
{
    const struct waker_config config
        = waker_options_config(&role->own.waker);

    if (role->own.no_waker) {
        return;
    }
    role->nb = nb_new(&(struct nb_options) {
        .remote = databases_remote(role->databases, DATABASE_NB),
        .lock = WAKER_LOCK,
    });
    role->sb = sb_new(&(struct sb_options) {
        .remote = databases_remote(role->databases, DATABASE_SB),
    });
    role->waker = waker_new(role->nb, role->sb, &config);
}

/* Tells whoever started us, once everything can be used. */
static void
become_ready(struct role_host *role)
{
    if (!role->ready && databases_are_up(role->databases)) {
        role->ready = true;
        start_waker(role);
        daemon_options_ready();
        sd_notify(0, "READY=1");
        VLOG_INFO("ready; databases in %s", rouse_rundir());
    }
}

static void
run_all(struct role_host *role)
{
    ssl_options_refresh(&role->options.ssl);
    databases_run(role->databases);
    if (role->waker) {
        /* In this order, see waker.h. */
        sb_run(role->sb);
        nb_run(role->nb);
        waker_run(role->waker);
    }
    become_ready(role);
}

static void
wait_all(struct role_host *role)
{
    if (role->waker) {
        waker_wait(role->waker);
        nb_wait(role->nb);
        sb_wait(role->sb);
    }
    databases_wait(role->databases);
}

static void
loop(struct role_host *role, struct unixctl_server *unixctl)
{
    while (!role->exiting) {
        run_all(role);
        unixctl_server_run(unixctl);
        wait_all(role);
        unixctl_server_wait(unixctl);
        if (role->exiting) {
            poll_immediate_wake();
        }
        poll_block();
    }
}

/* Waits for the databases' servers to end, so that whoever starts next finds
 * their files free. */
static void
stop_databases(struct role_host *role)
{
    long long deadline_ms = time_msec() + STOP_MS;

    databases_stop(role->databases);
    for (;;) {
        databases_run(role->databases);
        if (databases_are_stopped(role->databases)
            || time_msec() >= deadline_ms) {
            return;
        }
        databases_wait(role->databases);
        poll_timer_wait_until(deadline_ms);
        poll_block();
    }
}

/* --- Options --- */

static const struct role_usage usage = {
    .synopsis = "host [OPTION]...",
    .summary = "Makes this machine a virtual network, with databases, "
               "packets, and services\nthat sleep and wake.",
    .own_databases = true,
};

static void
parse_options(int argc, char *argv[], struct role_host *role)
{
    struct own_options *own = &role->own;
    const struct role_option first_options[] = {
        { "dir", "DIR", "sockets and databases of a private instance",
          &own->dir, NULL },
        { "nb", "DATABASE", "Northbound database that runs elsewhere",
          &own->remotes[DATABASE_NB], NULL },
        { "sb", "DATABASE", "Southbound database that runs elsewhere",
          &own->remotes[DATABASE_SB], NULL },
        { "ovs", "DATABASE", "Open_vSwitch database that runs elsewhere",
          &own->remotes[DATABASE_OVS], NULL },
        { "schema-dir", "DIRS", "where the databases' schemas are",
          &own->schema_dir, NULL },
        { "no-waker", NULL, "wake nothing: \"rouse waker\" runs elsewhere",
          NULL, &own->no_waker },
    };
    struct role_option list[ARRAY_SIZE(first_options) + N_WAKER_OPTIONS];

    memcpy(list, first_options, sizeof first_options);
    waker_options_list(&own->waker, &list[ARRAY_SIZE(first_options)]);
    int first = daemon_options_parse(argc, argv, &usage, list,
                                     ARRAY_SIZE(list), &role->options);
    if (first < argc) {
        ovs_fatal(0, "\"%s\": no argument is taken; see rouse host --help",
                  argv[first]);
    }
}

static void
own_options_uninit(struct own_options *own)
{
    free(own->dir);
    for (size_t i = 0; i < N_DATABASES; i++) {
        free(own->remotes[i]);
    }
    free(own->schema_dir);
    waker_options_uninit(&own->waker);
}

/* --- Starting --- */

static void
make_dir(const char *dir)
{
    int error = hostdir_make(dir);

    if (error) {
        ovs_fatal(error, "%s: cannot be made; choose a directory of yours "
                  "with --dir", dir);
    }
}

/* Directories, and the databases in them. */
static void
settle(struct role_host *role)
{
    struct own_options *own = &role->own;
    char *dir OWNED_STRING = own->dir ? abs_file_name(NULL, own->dir) : NULL;
    const char *data_dir = dir ? dir : DATA_DIR;
    char *error OWNED_STRING = NULL;

    if (dir) {
        daemon_options_set_rundir(&role->options, dir);
    }
    make_dir(rouse_rundir());
    make_dir(data_dir);
    char *problem OWNED_STRING = hostdir_lock(&role->lock, rouse_rundir());
    if (problem) {
        ovs_fatal(0, "%s", problem);
    }
    role->databases = databases_new(&(struct databases_config) {
        .run_dir = rouse_rundir(),
        .data_dir = data_dir,
        .log_dir = rouse_rundir(),
        .schema_dir = own->schema_dir,
        .remotes = { own->remotes[0], own->remotes[1], own->remotes[2] },
    }, &error);
    if (!role->databases) {
        ovs_fatal(0, "%s", error);
    }
}

int
role_host_main(int argc, char *argv[])
{
    struct role_host role = { .options = { .role = "host" } };

    parse_options(argc, argv, &role);
    /* Bad ones end the process here, not later. */
    waker_options_config(&role.own.waker);
    settle(&role);

    struct unixctl_server *unixctl = daemon_options_start(&role.options);
    hostdir_lock_sign(&role.lock);
    unixctl_command_register("rouse/status", "", 0, 0, unixctl_status,
                             &role);
    unixctl_command_register("exit", "", 0, 0, unixctl_exit, &role);
    loop(&role, unixctl);

    sd_notify(0, "STOPPING=1");
    waker_free(role.waker);
    sb_free(role.sb);
    nb_free(role.nb);
    stop_databases(&role);
    databases_free(role.databases);
    unixctl_server_destroy(unixctl);
    hostdir_unlock(&role.lock);
    daemon_options_uninit(&role.options);
    own_options_uninit(&role.own);
    return EXIT_SUCCESS;
}
