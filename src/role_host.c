#include "role_host.h"

#include <systemd/sd-daemon.h>

#include "ovs.h"
#include "cleanup.h"
#include "databases.h"
#include "fabric.h"
#include "feed.h"
#include "forecast.h"
#include "host_lflows.h"
#include "host_options.h"
#include "hostdir.h"
#include "nb.h"
#include "north.h"
#include "options.h"
#include "rest.h"
#include "sb.h"
#include "sb_chassis.h"
#include "sb_flows.h"
#include "vswitch.h"
#include "waker.h"

VLOG_DEFINE_THIS_MODULE(role_host);

/* Where the databases' files are, unless --dir says otherwise. */
#define DATA_DIR "/var/lib/rouse"

/* How long a change may wait for the fabric before it counts as done. */
#define ACK_MAX_MS 200

/* How long to wait for the children at the end; then the kernel ends them. */
#define STOP_MS 3000

/* How long to ask for the locks.  One that was killed while it started a
 * child has left them to this child, for the moment until it is a program of
 * its own. */
#define LOCK_MS 1000
#define LOCK_RETRY_MS 20

struct role_host {
    struct host_options own;
    struct daemon_options options;
    struct hostdir_lock lock;
    struct databases *databases;

    /* Once the databases are served. */
    struct vswitch *vswitch;
    struct fabric *fabric;
    struct idlconn nb_conn;  /* Shared by the next two, if there are both. */
    struct nb *nb;           /* NULL with --no-waker. */
    struct north *north;     /* NULL with --no-compile: */
    struct sb_flows *flows;  /* NULL without. */

    /* Once it is known what the chassis is called. */
    struct sb *sb;
    struct sb_chassis *chassis;
    struct waker *waker;     /* NULL with --no-waker. */
    struct forecast *forecast; /* NULL without a waker or a compiler. */

    int64_t network_cfg;     /* NB_Global.nb_cfg whose flows the network
                              * has... */
    long long network_us;    /* ...and since when. */
    int64_t nb_cfg;          /* The last that was seen... */
    long long ack_ms;        /* ...and when it counts as done at the latest. */

    bool late;               /* The last turn left out the databases. */
    struct rest rest;        /* From changes of flows and rows. */

    bool ready;
    bool exiting;
    bool cleanup; /* Nothing is to be left in the kernel. */
};

/* --- Status --- */

static struct json *
connection_status(bool connected)
{
    struct json *json = json_object_create();

    json_object_put(json, "connected", json_boolean_create(connected));
    return json;
}

/* Which of the Northbound database's configurations packets meet. */
static struct json *
network_status(const struct role_host *role)
{
    struct json *json = json_object_create();

    json_object_put(json, "nb_cfg", json_integer_create(role->network_cfg));
    json_object_put(json, "since_us", json_integer_create(role->network_us));
    return json;
}

static struct json *
status(const struct role_host *role)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "role", "host");
    json_object_put_string(json, "dir", rouse_rundir());
    json_object_put(json, "ready", json_boolean_create(role->ready));
    json_object_put(json, "databases", databases_status(role->databases));
    if (role->fabric) {
        struct json *vswitch
            = connection_status(vswitch_is_connected(role->vswitch));

        json_object_put(vswitch, "lock",
                        json_boolean_create(vswitch_has_lock(role->vswitch)));
        json_object_put(json, "vswitch", vswitch);
        json_object_put(json, "fabric",
                        fabric_status(role->fabric, time_msec()));
        json_object_put(json, "network", network_status(role));
    }
    if (role->north) {
        json_object_put(json, "compile", north_status(role->north));
    } else if (role->flows) {
        json_object_put(json, "flows", connection_status(
                            sb_flows_is_connected(role->flows)));
    }
    if (role->chassis) {
        json_object_put(json, "southbound",
                        sb_chassis_status(role->chassis));
    }
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

/* "N", "port=NAME" or "address=IP": one condition; false if it is neither.
 * 'addr' is storage for an address. */
static bool
parse_flow_filter(const char *word, struct datapath_flow_filter *filter,
                  struct in6_addr *addr)
{
    unsigned int max;

    if (!strncmp(word, "port=", 5)) {
        filter->port = word + 5;
    } else if (!strncmp(word, "address=", 8)) {
        ovs_be32 ip4;

        if (ip_parse(word + 8, &ip4)) {
            *addr = in6_addr_mapped_ipv4(ip4);
        } else if (!ipv6_parse(word + 8, addr)) {
            return false;
        }
        filter->address = addr;
    } else if (str_to_uint(word, 10, &max)) {
        filter->max = max;
    } else {
        return false;
    }
    return true;
}

static void
unixctl_flows(struct unixctl_conn *conn, int argc, const char *argv[],
              void *role_)
{
    struct datapath_flow_filter filter = { .max = 100 };
    struct role_host *role = role_;
    struct in6_addr addr;

    for (int i = 1; i < argc; i++) {
        if (!parse_flow_filter(argv[i], &filter, &addr)) {
            char *error OWNED_STRING = xasprintf(
                "%s: write a number of flows, port=NAME or address=IP",
                argv[i]);

            unixctl_command_reply_error(conn, error);
            return;
        }
    }
    if (!role->fabric) {
        unixctl_command_reply_error(conn, "not ready yet");
        return;
    }
    struct json *json OWNED_JSON = fabric_flows(role->fabric, &filter,
                                                time_msec());
    char *s OWNED_STRING = json_to_string(json, JSSF_SORT);
    unixctl_command_reply(conn, s);
}

static void
unixctl_exit(struct unixctl_conn *conn, int argc, const char *argv[],
             void *role_)
{
    struct role_host *role = role_;

    if (argc > 1 && strcmp(argv[1], "--cleanup")) {
        unixctl_command_reply_error(conn, "\"exit\" takes --cleanup or "
                                    "nothing");
        return;
    }
    role->exiting = true;
    role->cleanup = argc > 1;
    unixctl_command_reply(conn, NULL);
}

/* --- The loop --- */

/* A name for what outlives this process in the kernel: another instance, of
 * another directory, has another one.  The caller's. */
static char *
instance_name(const struct host_options *own)
{
    return own->dir ? xasprintf("%08"PRIx32,
                                hash_string(rouse_rundir(), 0))
                    : xstrdup("host");
}

/* Waits a little, unless it is too late. */
static bool
may_try_again(long long deadline_ms)
{
    if (time_msec() >= deadline_ms) {
        return false;
    }
    poll_timer_wait(LOCK_RETRY_MS);
    poll_block();
    return true;
}

/* One replica of the Northbound database for waker and compiler: the former
 * runs it and writes, the latter has seen all changes at the end of a turn. */
static void
open_nb(struct role_host *role, const char *remote)
{
    compile_open(&role->nb_conn, remote, true);
    role->nb = nb_new(&(struct nb_options) {
        .conn = &role->nb_conn,
        .lock = WAKER_LOCK,
    });
}

/* Hand over to the fabric as soon as there are databases. */
static void
start_fabric(struct role_host *role)
{
    const char *nb = databases_remote(role->databases, DATABASE_NB);
    const char *sb = databases_remote(role->databases, DATABASE_SB);
    char *name OWNED_STRING = instance_name(&role->own);
    long long deadline_ms = time_msec() + LOCK_MS;
    char *error = NULL;

    role->vswitch = vswitch_new(databases_remote(role->databases,
                                                 DATABASE_OVS), "br-int");
    const struct fabric_config config = {
        .name = name,
        .mode = role->own.mode,
        .holder = role->own.holder,
    };
    while (!(role->fabric = fabric_new(&config, role->vswitch, &error))) {
        if (!may_try_again(deadline_ms)) {
            ovs_fatal(0, "%s", error);
        }
        free(error);
    }
    if (role->own.no_compile) {
        role->flows = sb_flows_new(sb, &feed_flows_ops,
                                   fabric_sink(role->fabric));
    } else {
        struct csink sink = feed_compile_sink(fabric_sink(role->fabric));

        if (!role->own.no_waker) {
            open_nb(role, nb);
        }
        role->north = north_new(&(struct north_config) {
            .nb_remote = nb, .sb_remote = sb, .sink = &sink,
            .nb = role->nb ? &role->nb_conn : NULL,
            .no_sb_flows = !role->own.sb_flows,
        });
    }
}

/* See fabric_set_vip_backends(). */
static const char *
find_vip_backends(void *role_, const struct uuid *lb, const char *vip)
{
    const struct role_host *role = role_;
    const struct nb_service *svc = nb_service_get(role->nb, lb);

    return svc ? vip_find_value(svc->vips, vip) : NULL;
}

static void
start_waker(struct role_host *role)
{
    struct waker_config config = waker_options_config(&role->own.waker);

    if (!role->own.no_waker) {
        char *journal OWNED_STRING = xasprintf("%s/waking", rouse_rundir());

        config.journal = journal;
        if (!role->nb) {
            role->nb = nb_new(&(struct nb_options) {
                .remote = databases_remote(role->databases, DATABASE_NB),
                .lock = WAKER_LOCK,
            });
        }
        role->waker = waker_new(role->nb, role->sb, &config);
        fabric_set_vip_backends(role->fabric, find_vip_backends, role);
        if (role->north) {
            role->forecast = forecast_new(role->nb, role->north);
        }
    }
}

/* Connects to the Southbound database, as the chassis that we are. */
static void
start_chassis(struct role_host *role)
{
    const char *remote = databases_remote(role->databases, DATABASE_SB);

    role->sb = sb_new(&(struct sb_options) {
        .remote = remote,
        .backends = true,
        /* The compiler tells. */
        .no_vips = !role->own.no_compile,
        .policies = true,
        .activity = SB_ACTIVITY_ALL,
        .chassis = vswitch_chassis(role->vswitch)->system_id,
    });
    role->chassis = sb_chassis_new(remote, &fabric_learned_ops,
                                   role->fabric);
    fabric_connect(role->fabric, role->sb, role->chassis);
    start_waker(role);
}

/* Starts what can be, and tells whoever started us once all is. */
static void
become_ready(struct role_host *role)
{
    if (!role->fabric && databases_are_up(role->databases)) {
        start_fabric(role);
    }
    if (role->fabric && !role->chassis && vswitch_is_ready(role->vswitch)) {
        start_chassis(role);
    }
    if (!role->ready && role->chassis) {
        role->ready = true;
        daemon_options_ready();
        sd_notify(0, "READY=1");
        VLOG_INFO("ready; databases in %s", rouse_rundir());
    }
}

static void
identify(struct role_host *role)
{
    const struct vswitch_chassis *own = vswitch_chassis(role->vswitch);

    if (own->system_id) {
        sb_set_chassis(role->sb, own->system_id);
        if (role->north) {
            north_set_self(role->north, own->system_id);
        }
        sb_chassis_set_identity(role->chassis, &(struct sb_chassis_identity) {
            .name = own->system_id,
            .hostname = own->hostname,
            .encap_type = own->encap_type,
            .encap_ip = own->encap_ip,
            .mappings = own->mappings,
        });
    }
}

/* Flows and rows to the engine; true if they are complete. */
static bool
run_feed(struct role_host *role)
{
    bool changed = role->north ? north_run(role->north)
                               : sb_flows_run(role->flows);

    if (changed || (role->north && !north_is_settled(role->north))) {
        rest_note_change(&role->rest, time_msec());
    }
    return (role->north ? north_is_ready(role->north)
            : sb_flows_is_connected(role->flows));
}

/* What the database counts as done is what the fabric does, for the packets of
 * connections that go on, too.  If it never comes to rest, because changes go
 * on, it still counts after a while. */
static void
acknowledge(struct role_host *role)
{
    int64_t nb_cfg = (role->flows ? sb_flows_nb_cfg(role->flows)
                      : sb_chassis_nb_cfg(role->chassis));

    if (nb_cfg != role->nb_cfg) {
        role->nb_cfg = nb_cfg;
        role->ack_ms = time_msec() + ACK_MAX_MS;
    }
    if (fabric_is_settled(role->fabric) || time_msec() >= role->ack_ms) {
        sb_chassis_ack(role->chassis, nb_cfg);
    }
}

static void
run_network(struct role_host *role)
{
    bool complete = run_feed(role);

    fabric_run(role->fabric, complete, time_msec());
    if (netsink_lacks(fabric_sink(role->fabric))) {
        if (role->north) {
            north_replay(role->north);
        } else {
            sb_flows_tell_again(role->flows);
        }
    }

    int64_t nb_cfg = role->north ? north_nb_cfg(role->north)
                                 : sb_flows_nb_cfg(role->flows);
    if (complete && nb_cfg != role->network_cfg) {
        role->network_cfg = nb_cfg;
        role->network_us = time_usec();
    }
}

/* What this machine has refused goes to the waker of the same process. */
static void
tell_refused(struct role_host *role)
{
    struct holder_refused refused;

    while (fabric_next_refused(role->fabric, &refused)) {
        struct ds source OWNED_DS = DS_EMPTY_INITIALIZER;

        ipv6_format_mapped(&refused.source, &source);
        waker_refused(role->waker, &refused.event.lb, refused.n,
                      ds_cstr(&source));
        event_uninit(&refused.event);
    }
}

/* True if the network is another for it. */
static bool
run_waker(struct role_host *role)
{
    tell_refused(role);
    /* A program that is started takes as long as the databases do, and who
     * waits for it waits for them, too, if they come first. */
    waker_run(role->waker);
    sb_flush(role->sb);
    bool changed = role->forecast && forecast_run(role->forecast);
    if (changed) {
        run_network(role);
    }
    return changed;
}

/* Who waits for a service waits for a packet, for a driver and for what both
 * lead to; not for what the databases have to say meanwhile.  All of it is
 * done once more after them.
 *
 * True if the databases are the next turn's: a VIP has just been opened.  To
 * be told so keeps a large database busy for milliseconds, and who answers the
 * client is to get a processor before that. */
static bool
run_waiting(struct role_host *role)
{
    if (!role->waker) {
        return false;
    }
    fabric_run_packets(role->fabric, time_msec());
    role->late = run_waker(role) && !role->late;
    return role->late;
}

static void
run_all(struct role_host *role)
{
    if (run_waiting(role)) {
        poll_immediate_wake();
        return;
    }
    ssl_options_refresh(&role->options.ssl);
    databases_run(role->databases);
    become_ready(role);
    if (!role->fabric) {
        return;
    }
    vswitch_run(role->vswitch);
    if (role->chassis) {
        identify(role);
        sb_run(role->sb);
        sb_chassis_run(role->chassis);
    }
    /* Southbound first, see waker.h. */
    if (role->nb) {
        nb_run(role->nb);
    }
    run_network(role);
    if (role->chassis) {
        acknowledge(role);
    }
    if (role->waker) {
        run_waker(role);
    }
    become_ready(role);
    if (rest_run(&role->rest, time_msec())) {
        databases_rest(role->databases);
    }
}

static void
wait_all(struct role_host *role)
{
    if (role->waker) {
        waker_wait(role->waker);
    }
    if (role->nb) {
        nb_wait(role->nb);
    }
    if (role->fabric) {
        fabric_wait(role->fabric, time_msec());
        vswitch_wait(role->vswitch);
    }
    if (role->north) {
        north_wait(role->north);
    }
    if (role->flows) {
        sb_flows_wait(role->flows);
    }
    if (role->chassis) {
        sb_chassis_wait(role->chassis);
        sb_wait(role->sb);
    }
    databases_wait(role->databases);
    rest_wait(&role->rest);
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
    const struct host_options *own = &role->own;
    char *dir OWNED_STRING = own->dir ? abs_file_name(NULL, own->dir) : NULL;
    long long deadline_ms = time_msec() + LOCK_MS;
    const char *data_dir = dir ? dir : DATA_DIR;
    char *error OWNED_STRING = NULL;

    if (dir) {
        daemon_options_set_rundir(&role->options, dir);
    }
    make_dir(rouse_rundir());
    make_dir(data_dir);
    char *problem;
    while ((problem = hostdir_lock(&role->lock, rouse_rundir()))) {
        if (!may_try_again(deadline_ms)) {
            ovs_fatal(0, "%s", problem);
        }
        free(problem);
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

    host_options_parse(argc, argv, &role.own, &role.options);
    settle(&role);

    struct unixctl_server *unixctl = daemon_options_start(&role.options);
    hostdir_lock_sign(&role.lock);
    unixctl_command_register("rouse/status", "", 0, 0, unixctl_status,
                             &role);
    unixctl_command_register("rouse/flows", "[N] [port=NAME] [address=IP]", 0,
                             3, unixctl_flows, &role);
    host_lflows_register(&role.north);
    unixctl_command_register("exit", "[--cleanup]", 0, 1, unixctl_exit,
                             &role);
    loop(&role, unixctl);

    sd_notify(0, "STOPPING=1");
    waker_free(role.waker);
    forecast_free(role.forecast);
    nb_free(role.nb);
    if (role.cleanup) {
        fabric_free_and_remove(role.fabric);
    } else {
        fabric_free(role.fabric);
    }
    sb_chassis_free(role.chassis);
    sb_free(role.sb);
    sb_flows_free(role.flows);
    north_free(role.north);
    if (role.nb_conn.idl) {
        idlconn_close(&role.nb_conn);
    }
    vswitch_free(role.vswitch);
    stop_databases(&role);
    databases_free(role.databases);
    unixctl_server_destroy(unixctl);
    hostdir_unlock(&role.lock);
    daemon_options_uninit(&role.options);
    host_options_uninit(&role.own);
    return EXIT_SUCCESS;
}
