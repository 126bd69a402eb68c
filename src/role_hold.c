#include "role_hold.h"

#include <getopt.h>

#include "ovs.h"
#include "cleanup.h"
#include "custody.h"
#include "holder.h"
#include "of_switch.h"
#include "openflow.h"
#include "options.h"
#include "sb.h"
#include "sb_activity.h"
#include "vswitchd.h"
#include "watcher.h"

VLOG_DEFINE_THIS_MODULE(role_hold);

/* How long it may take at the end to say so to the database. */
#define LEAVE_MS 1000

/* What the Open_vSwitch database says of this chassis. */
struct chassis {
    char *system_id;
    char *remote; /* Southbound database. */
    char *bridge; /* Integration bridge. */
};

struct role_hold {
    struct daemon_options *options; /* Borrowed. */
    struct holder_config config;
    struct ovsdb_idl *ovs;          /* Open_vSwitch database. */
    struct custody custody;
    const char *vswitchd_target;    /* Its control socket, or NULL. */

    /* All of these, or none while the chassis is not configured. */
    struct chassis chassis;
    struct openflow *openflow;
    struct sb *sb;
    struct holder *holder;
    struct watcher *watcher;
    struct vswitchd *vswitchd;
    bool exiting;
};

static void
chassis_uninit(struct chassis *chassis)
{
    free(chassis->system_id);
    free(chassis->remote);
    free(chassis->bridge);
    *chassis = (struct chassis) { .system_id = NULL };
}

static struct ovsdb_idl *
open_ovs_database(const char *remote)
{
    struct ovsdb_idl *idl = ovsdb_idl_create(remote, &ovsrec_idl_class, false,
                                             true);

    ovsdb_idl_add_table(idl, &ovsrec_table_open_vswitch);
    ovsdb_idl_add_column(idl, &ovsrec_open_vswitch_col_external_ids);
    ovsdb_idl_add_column(idl, &ovsrec_open_vswitch_col_ssl);
    ovsdb_idl_add_table(idl, &ovsrec_table_ssl);
    ovsdb_idl_add_column(idl, &ovsrec_ssl_col_private_key);
    ovsdb_idl_add_column(idl, &ovsrec_ssl_col_certificate);
    ovsdb_idl_add_column(idl, &ovsrec_ssl_col_ca_cert);
    ovsdb_idl_add_column(idl, &ovsrec_ssl_col_bootstrap_ca_cert);
    return idl;
}

/* A key of external_ids as ovn-controller reads it: KEY-SYSTEM_ID, for one of
 * several chassis that share a database, before KEY. */
static const char *
chassis_key(const struct smap *ids, const char *key, const char *system_id)
{
    char *own_key OWNED_STRING = xasprintf("%s-%s", key, system_id);
    const char *own = smap_get(ids, own_key);

    return own ? own : smap_get(ids, key);
}

/* Reads the chassis' configuration.  False, with a hint in the log, while it
 * is incomplete. */
static bool
read_chassis(const struct role_hold *role, struct chassis *chassis)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 1);
    const struct ovsrec_open_vswitch *cfg
        = ovsrec_open_vswitch_first(role->ovs);

    if (!cfg) {
        return false;
    }
    const char *id = smap_get(&cfg->external_ids, "system-id");
    if (!id) {
        VLOG_WARN_RL(&rl, "Open_vSwitch: external_ids:system-id is missing; "
                     "set it as for ovn-controller(8)");
        return false;
    }
    const char *remote = role->options->sb_remote;
    if (!remote) {
        remote = chassis_key(&cfg->external_ids, "ovn-remote", id);
    }
    if (!remote) {
        VLOG_WARN_RL(&rl, "Open_vSwitch: external_ids:ovn-remote is missing; "
                     "set it as for ovn-controller(8)");
        return false;
    }
    const char *bridge = chassis_key(&cfg->external_ids, "ovn-bridge", id);
    chassis->system_id = xstrdup(id);
    chassis->remote = xstrdup(remote);
    chassis->bridge = xstrdup(bridge ? bridge : "br-int");
    return true;
}

/* Key, certificate and CA: from the command line, else from the Open_vSwitch
 * database, as ovn-controller(8) has it. */
static void
update_ssl(const struct role_hold *role)
{
    const struct ovsrec_ssl *ssl = ovsrec_ssl_first(role->ovs);
    const struct ssl_options *options = &role->options->ssl;

    if (!options->private_key && !options->ca_cert && ssl) {
        stream_ssl_set_key_and_cert(ssl->private_key, ssl->certificate);
        stream_ssl_set_ca_cert_file(ssl->ca_cert, ssl->bootstrap_ca_cert);
    } else {
        ssl_options_refresh(options);
    }
}

static void
disconnect_chassis(struct role_hold *role)
{
    vswitchd_free(role->vswitchd);
    watcher_free(role->watcher);
    holder_free(role->holder);
    openflow_free(role->openflow);
    sb_free(role->sb);
    role->vswitchd = NULL;
    role->watcher = NULL;
    role->holder = NULL;
    role->openflow = NULL;
    role->sb = NULL;
    chassis_uninit(&role->chassis);
}

static void
connect_chassis(struct role_hold *role, struct chassis *chassis)
{
    char *target OWNED_STRING = xasprintf("unix:%s/%s.mgmt", ovs_rundir(),
                                          chassis->bridge);
    struct sb_options sb_options = {
        .remote = chassis->remote,
        .backends = true,
        .policies = true,
        .activity = SB_ACTIVITY_OWN,
        .marks = true,
        .chassis = chassis->system_id,
    };

    role->chassis = *chassis;
    *chassis = (struct chassis) { .system_id = NULL };
    VLOG_INFO("chassis %s: switch %s, Southbound database %s",
              role->chassis.system_id, target, role->chassis.remote);
    role->sb = sb_new(&sb_options);
    role->openflow = openflow_new(target, &role->custody);
    role->holder = holder_new(&role->config, &of_holder_switch,
                              role->openflow, role->sb, &role->custody);
    role->watcher = watcher_new(role->sb);
    role->vswitchd = vswitchd_new(role->vswitchd_target, role->watcher);
}

static bool
chassis_equals(const struct chassis *a, const struct chassis *b)
{
    return nullable_string_is_equal(a->system_id, b->system_id)
           && nullable_string_is_equal(a->remote, b->remote)
           && nullable_string_is_equal(a->bridge, b->bridge);
}

/* Follows the chassis' configuration: a new one means new connections, and
 * what is held is given up. */
static void
follow_configuration(struct role_hold *role)
{
    struct chassis chassis = { .system_id = NULL };

    ovsdb_idl_run(role->ovs);
    if (!ovsdb_idl_has_ever_connected(role->ovs)
        || !read_chassis(role, &chassis)) {
        return;
    }
    update_ssl(role);
    if (!chassis_equals(&chassis, &role->chassis)) {
        disconnect_chassis(role);
        connect_chassis(role, &chassis);
    }
    chassis_uninit(&chassis);
}

static struct json *
status(const struct role_hold *role)
{
    struct json *json = json_object_create();
    struct json *sw = json_object_create();
    struct json *southbound = json_object_create();

    json_object_put_string(json, "role", "hold");
    if (role->holder) {
        json_object_put_string(json, "chassis", role->chassis.system_id);
        json_object_put_string(sw, "bridge", role->chassis.bridge);
        json_object_put_string(southbound, "remote", role->chassis.remote);
        json_object_put(json, "held",
                        holder_held(role->holder, time_msec()));
        json_object_put(json, "refused", holder_refusals(role->holder));
        json_object_put(json, "limits", holder_limits(role->holder));
        json_object_put(json, "watch", watcher_status(role->watcher));
        json_object_put(json, "vswitchd", vswitchd_status(role->vswitchd));
    }
    json_object_put(sw, "connected",
                    json_boolean_create(
                        role->openflow
                        && openflow_is_connected(role->openflow)));
    json_object_put(southbound, "connected",
                    json_boolean_create(role->sb
                                        && sb_is_connected(role->sb)));
    json_object_put(json, "switch", sw);
    json_object_put(json, "southbound", southbound);
    json_object_put(json, "custody", custody_to_json(&role->custody));
    json_object_put(json, "balanced",
                    json_boolean_create(custody_balances(&role->custody)));
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
    struct role_hold *role = role_;

    role->exiting = true;
    unixctl_command_reply(conn, NULL);
}

static void
loop(struct role_hold *role, struct unixctl_server *unixctl)
{
    while (!role->exiting) {
        follow_configuration(role);
        if (role->holder) {
            sb_run(role->sb);
            openflow_run(role->openflow);
            holder_run(role->holder, time_msec());
            watcher_run(role->watcher, time_msec());
            vswitchd_run(role->vswitchd, time_msec());
        }
        unixctl_server_run(unixctl);

        ovsdb_idl_wait(role->ovs);
        if (role->holder) {
            vswitchd_wait(role->vswitchd);
            sb_wait(role->sb);
            openflow_wait(role->openflow);
            holder_wait(role->holder);
        }
        unixctl_server_wait(unixctl);
        if (role->exiting) {
            poll_immediate_wake();
        }
        poll_block();
    }
}

/* The waker waits for the marks of this chassis no more. */
static void
leave(struct role_hold *role)
{
    long long deadline_ms = time_msec() + LEAVE_MS;

    if (!role->sb) {
        return;
    }
    sb_activity_end(role->sb);
    while (sb_is_connected(role->sb) && !sb_activity_is_written(role->sb)
           && time_msec() < deadline_ms) {
        sb_run(role->sb);
        sb_wait(role->sb);
        poll_timer_wait_until(deadline_ms);
        poll_block();
    }
}

/* --- Options --- */

static const struct role_usage usage = {
    .synopsis = "hold [OPTION]... [OVS-DATABASE]",
    .summary = "Holds packets that reach sleeping load balancers, and "
               "replays them\nonce their services are awake.  Runs on a "
               "chassis, beside ovn-controller.",
    .positional = "OVS-DATABASE is the Open_vSwitch database of the chassis "
                  "(default:\nthe socket in Open vSwitch's run directory).",
};

/* Reads an option's number into '*value' if it was given. */
static void
number_option(const char *name, const char *text, long long max,
              long long *value)
{
    if (text
        && (!str_to_llong(text, 10, value) || *value < 1 || *value > max)) {
        ovs_fatal(0, "--%s=%s: write a number from 1 to %lld", name, text,
                  max);
    }
}

static void
read_limits(struct holder_config *config, char *packets, char *bytes,
            char *source, char *timeout)
{
    long long value;

    /* 0: not given. */
    value = 0;
    number_option("max-packets", packets, 1 << 24, &value);
    config->limits.n_packets = value;
    value = 0;
    number_option("max-bytes", bytes, 1LL << 36, &value);
    config->limits.n_bytes = value;
    value = 0;
    number_option("max-per-source", source, 1 << 24, &value);
    config->limits.n_source_packets = value;
    value = 60;
    number_option("timeout", timeout, 3600, &value);
    config->policy = (struct hold_policy) {
        .n_packets = 1024, .timeout_ms = value * 1000,
    };
}

int
role_hold_main(int argc, char *argv[])
{
    char *packets OWNED_STRING = NULL;
    char *bytes OWNED_STRING = NULL;
    char *source OWNED_STRING = NULL;
    char *timeout OWNED_STRING = NULL;
    char *vswitchd OWNED_STRING = NULL;
    const struct role_option role_options[] = {
        { "max-packets", "N", "hold at most N packets in all", &packets,
          NULL },
        { "max-bytes", "N", "hold at most N bytes in all", &bytes, NULL },
        { "max-per-source", "N", "hold at most N packets of one source",
          &source, NULL },
        { "timeout", "SECONDS", "refuse after SECONDS where the service "
          "has no time-out of its own (60)", &timeout, NULL },
        { "vswitchd", "SOCKET", "control socket of ovs-vswitchd (by its "
          "pidfile)", &vswitchd, NULL },
    };
    struct daemon_options options = { .role = "hold" };
    struct role_hold role = { .options = &options };

    int first = daemon_options_parse(argc, argv, &usage, role_options,
                                     ARRAY_SIZE(role_options), &options);
    if (argc - first > 1) {
        ovs_fatal(0, "at most one argument is taken, the Open_vSwitch "
                  "database; see rouse hold --help");
    }
    read_limits(&role.config, packets, bytes, source, timeout);
    role.vswitchd_target = vswitchd;
    char *ovs_remote OWNED_STRING
        = first < argc ? xstrdup(argv[first])
                       : xasprintf("unix:%s/db.sock", ovs_rundir());

    struct unixctl_server *unixctl = daemon_options_start(&options);
    unixctl_command_register("rouse/status", "", 0, 0, unixctl_status,
                             &role);
    unixctl_command_register("exit", "", 0, 0, unixctl_exit, &role);
    role.ovs = open_ovs_database(ovs_remote);
    daemon_options_ready();
    loop(&role, unixctl);

    leave(&role);
    disconnect_chassis(&role);
    ovsdb_idl_destroy(role.ovs);
    unixctl_server_destroy(unixctl);
    daemon_options_uninit(&options);
    return EXIT_SUCCESS;
}
