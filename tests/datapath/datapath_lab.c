/* The datapath with a network from a file, for tests: no databases.
 *
 *   datapath_lab --flows FILE [--name NAME] [--mode fast|open|slow|packet]
 *                [--max-flows N] [--idle-ms N] [--slow-pps N]
 *                --control SOCKET [INTERFACE[.VLAN]=LOGICAL_PORT]...
 *
 * FILE is as for "rouse trace --flows".  Commands on SOCKET (ovs-appctl -t):
 *
 *   lab/stats              counters, JSON
 *   lab/open               how many connections conntrack has open, after
 *                          all have been made known to it
 *   lab/port INTERFACE     counters of a port, JSON
 *   lab/flows              entries, JSON
 *   lab/link INTERFACE     what is known of it
 *   lab/add INTERFACE LOGICAL_PORT, lab/remove INTERFACE
 *   lab/add-flow DATAPATH ingress|egress STAGE PRIORITY MATCH ACTIONS
 *   lab/remove-flow        the one added last
 *   lab/changed, lab/flush, lab/adopt
 *   lab/replay             what an event held goes through the pipeline again
 *   exit [--remove] */

#include "ovs.h"

#include <errno.h>
#include <getopt.h>

#include "datapath.h"
#include "netload.h"

struct held {
    struct ovs_list node;
    struct dp_packet *packet;
    char *inport;
};

struct lab {
    struct network *network;
    struct pipeline *pipeline;
    struct datapath *datapath;
    struct ovs_list held; /* Contains "struct held"s. */
    const struct lflow *added;
    bool exiting, removing;
};

static enum datapath_fate
lab_effect(void *lab_, struct pipe_effect *effect,
           const struct net_port *inport, long long now_ms OVS_UNUSED)
{
    struct lab *lab = lab_;

    switch (effect->type) {
    case EFFECT_MAC:
        network_set_mac(lab->network, effect->port, &effect->mac);
        datapath_network_changed(lab->datapath);
        return DATAPATH_CONSUMED;
    case EFFECT_FDB:
        network_set_fdb(lab->network, effect->port->datapath,
                        effect->mac.mac, effect->port->key);
        datapath_network_changed(lab->datapath);
        return DATAPATH_CONSUMED;
    case EFFECT_EVENT: {
        struct held *held = xzalloc(sizeof *held);

        held->packet = pipe_effect_steal_packet(effect);
        held->inport = xstrdup(inport->name);
        ovs_list_push_back(&lab->held, &held->node);
        return DATAPATH_HELD;
    }
    default:
        return DATAPATH_CONSUMED;
    }
}

static void
drop_held(struct lab *lab)
{
    struct held *held;

    LIST_FOR_EACH_POP (held, node, &lab->held) {
        datapath_forget(lab->datapath, DROP_SHUTDOWN);
        dp_packet_delete(held->packet);
        free(held->inport);
        free(held);
    }
}

static void
reply_json(struct unixctl_conn *conn, struct json *json)
{
    char *text = json_to_string(json, JSSF_SORT);

    unixctl_command_reply(conn, text);
    free(text);
    json_destroy(json);
}

static void
put(struct json *object, const char *name, uint64_t value)
{
    json_object_put(object, name, json_integer_create(value));
}

static void
count_open(void *n_, const struct pipe_connection *connection)
{
    size_t *n = n_;

    *n += connection->open;
}

static void
lab_stats(struct unixctl_conn *conn, int argc OVS_UNUSED,
          const char *argv[] OVS_UNUSED, void *lab_)
{
    struct lab *lab = lab_;
    struct datapath_stats s;
    struct json *object = json_object_create();
    const char *why = datapath_why_slow(lab->datapath);
    size_t n_open = 0;

    datapath_get_stats(lab->datapath, &s);
    json_object_put(object, "slow", custody_to_json(&s.slow));
    json_object_put(object, "balances",
                    json_boolean_create(custody_balances(&s.slow)));
    json_object_put(object, "settled", json_boolean_create(
        datapath_is_settled(lab->datapath)));
    put(object, "fast_packets", s.fast_packets);
    put(object, "fast_bytes", s.fast_bytes);
    put(object, "answered", s.answered);
    put(object, "limited", s.limited);
    put(object, "opened", s.opened);
    put(object, "lost", s.lost);
    put(object, "n_flows", s.n_flows);
    put(object, "flows_added", s.flows_added);
    put(object, "flows_idle", s.flows_idle);
    put(object, "flows_ended", s.flows_ended);
    put(object, "flows_changed", s.flows_changed);
    put(object, "flows_evicted", s.flows_evicted);
    put(object, "flows_adopted", s.flows_adopted);
    put(object, "flows_refused", s.flows_refused);
    pipeline_each_connection(lab->pipeline, count_open, &n_open);
    put(object, "conntrack_open", n_open);
    json_object_put_string(object, "why_slow", why ? why : "");
    reply_json(conn, object);
}

static void
lab_open(struct unixctl_conn *conn, int argc OVS_UNUSED,
         const char *argv[] OVS_UNUSED, void *lab_)
{
    struct lab *lab = lab_;
    size_t n_open = 0;

    datapath_catch_up(lab->datapath, time_msec());
    pipeline_each_connection(lab->pipeline, count_open, &n_open);
    reply_json(conn, json_integer_create(n_open));
}

static void
lab_port(struct unixctl_conn *conn, int argc OVS_UNUSED, const char *argv[],
         void *lab_)
{
    struct lab *lab = lab_;
    struct datapath_port_stats s;
    struct json *object;

    if (!datapath_get_port_stats(lab->datapath, argv[1], 0, &s)) {
        unixctl_command_reply_error(conn, "no such port");
        return;
    }
    object = json_object_create();
    put(object, "rx_packets", s.rx_packets);
    put(object, "rx_bytes", s.rx_bytes);
    put(object, "tx_packets", s.tx_packets);
    put(object, "tx_bytes", s.tx_bytes);
    put(object, "slow_packets", s.slow_packets);
    put(object, "limited", s.limited);
    reply_json(conn, object);
}

static void
lab_link(struct unixctl_conn *conn, int argc OVS_UNUSED, const char *argv[],
         void *lab_)
{
    struct lab *lab = lab_;
    struct datapath_link link;
    struct json *object;

    if (!datapath_get_link(lab->datapath, argv[1], &link)) {
        unixctl_command_reply_error(conn, "no such port");
        return;
    }
    object = json_object_create();
    json_object_put(object, "exists", json_boolean_create(link.exists));
    json_object_put(object, "up", json_boolean_create(link.up));
    put(object, "mtu", link.mtu);
    put(object, "ifindex", link.ifindex);
    json_object_put_string(object, "error", link.error ? link.error : "");
    reply_json(conn, object);
}

static void
lab_flows(struct unixctl_conn *conn, int argc OVS_UNUSED,
          const char *argv[] OVS_UNUSED, void *lab_)
{
    struct lab *lab = lab_;

    const struct datapath_flow_filter filter = { .max = 10000 };

    reply_json(conn, datapath_flows_to_json(lab->datapath, &filter,
                                            time_msec()));
}

static void
lab_add(struct unixctl_conn *conn, int argc OVS_UNUSED, const char *argv[],
        void *lab_)
{
    struct lab *lab = lab_;
    int error = datapath_add_port(lab->datapath, argv[1], 0, argv[2]);

    if (error) {
        unixctl_command_reply_error(conn, ovs_strerror(error));
    } else {
        unixctl_command_reply(conn, NULL);
    }
}

static void
lab_remove(struct unixctl_conn *conn, int argc OVS_UNUSED,
           const char *argv[], void *lab_)
{
    struct lab *lab = lab_;

    datapath_remove_port(lab->datapath, argv[1], 0);
    unixctl_command_reply(conn, NULL);
}

static void
lab_add_flow(struct unixctl_conn *conn, int argc OVS_UNUSED,
             const char *argv[], void *lab_)
{
    struct lab *lab = lab_;
    struct net_datapath *dp = network_find_datapath(lab->network,
                                                    atoi(argv[1]));
    struct lflow_desc desc = {
        .pipeline = (!strcmp(argv[2], "egress") ? PIPELINE_EGRESS
                     : PIPELINE_INGRESS),
        .stage = atoi(argv[3]),
        .priority = atoi(argv[4]),
        .match = argv[5],
        .actions = argv[6],
    };
    char *error = NULL;

    if (!dp) {
        unixctl_command_reply_error(conn, "no such datapath");
        return;
    }
    uuid_generate(&desc.uuid);
    desc.datapaths = (struct ldatapath *const *) &dp->flows;
    desc.n_datapaths = 1;
    datapath_network_changes(lab->datapath, time_msec());
    lab->added = ltables_add(network_tables(lab->network), &desc, &error);
    ltables_publish(network_tables(lab->network));
    if (error) {
        unixctl_command_reply_error(conn, error);
        free(error);
    } else {
        unixctl_command_reply(conn, NULL);
    }
}

static void
lab_remove_flow(struct unixctl_conn *conn, int argc OVS_UNUSED,
                const char *argv[] OVS_UNUSED, void *lab_)
{
    struct lab *lab = lab_;

    if (lab->added) {
        datapath_network_changes(lab->datapath, time_msec());
        ltables_remove(network_tables(lab->network), lab->added);
        ltables_publish(network_tables(lab->network));
        lab->added = NULL;
    }
    unixctl_command_reply(conn, NULL);
}

static void
lab_changed(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *lab_)
{
    datapath_network_changed(((struct lab *) lab_)->datapath);
    unixctl_command_reply(conn, NULL);
}

static void
lab_flush(struct unixctl_conn *conn, int argc OVS_UNUSED,
          const char *argv[] OVS_UNUSED, void *lab_)
{
    datapath_flush(((struct lab *) lab_)->datapath);
    unixctl_command_reply(conn, NULL);
}

static void
lab_adopt(struct unixctl_conn *conn, int argc OVS_UNUSED,
          const char *argv[] OVS_UNUSED, void *lab_)
{
    datapath_adopt(((struct lab *) lab_)->datapath);
    unixctl_command_reply(conn, NULL);
}

static void
lab_replay(struct unixctl_conn *conn, int argc OVS_UNUSED,
           const char *argv[] OVS_UNUSED, void *lab_)
{
    struct lab *lab = lab_;
    struct ovs_list held = OVS_LIST_INITIALIZER(&held);
    struct held *h;

    ovs_list_splice(&held, ovs_list_front(&lab->held), &lab->held);
    LIST_FOR_EACH_POP (h, node, &held) {
        datapath_replay(lab->datapath, &h->packet,
                        network_find_port(lab->network, h->inport),
                        time_msec());
        free(h->inport);
        free(h);
    }
    unixctl_command_reply(conn, NULL);
}

static void
lab_exit(struct unixctl_conn *conn, int argc, const char *argv[] OVS_UNUSED,
         void *lab_)
{
    struct lab *lab = lab_;

    lab->exiting = true;
    lab->removing = argc > 1;
    unixctl_command_reply(conn, NULL);
}

static void
register_commands(struct lab *lab)
{
    static const struct {
        const char *name;
        int min, max;
        unixctl_cb_func *cb;
    } commands[] = {
        { "lab/stats", 0, 0, lab_stats },
        { "lab/open", 0, 0, lab_open },
        { "lab/port", 1, 1, lab_port },
        { "lab/link", 1, 1, lab_link },
        { "lab/flows", 0, 0, lab_flows },
        { "lab/add", 2, 2, lab_add },
        { "lab/remove", 1, 1, lab_remove },
        { "lab/add-flow", 6, 6, lab_add_flow },
        { "lab/remove-flow", 0, 0, lab_remove_flow },
        { "lab/changed", 0, 0, lab_changed },
        { "lab/flush", 0, 0, lab_flush },
        { "lab/adopt", 0, 0, lab_adopt },
        { "lab/replay", 0, 0, lab_replay },
        { "exit", 0, 1, lab_exit },
    };

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        unixctl_command_register(commands[i].name, "", commands[i].min,
                                 commands[i].max, commands[i].cb, lab);
    }
}

static void
load_network(struct lab *lab, const char *file)
{
    struct json *json = json_from_file(file);
    struct svec problems = SVEC_EMPTY_INITIALIZER;
    const char *problem;
    size_t i;

    if (json->type != JSON_OBJECT) {
        ovs_fatal(0, "%s: %s", file, json->type == JSON_STRING
                  ? json_string(json) : "no object");
    }
    netload(lab->network, json, &problems);
    SVEC_FOR_EACH (i, problem, &problems) {
        fprintf(stderr, "%s\n", problem);
    }
    svec_destroy(&problems);
    json_destroy(json);
}

/* INTERFACE[.VLAN]=LOGICAL_PORT. */
static void
add_port(struct lab *lab, const char *spec)
{
    char *interface = xstrdup(spec);
    char *logical = strchr(interface, '=');
    uint16_t vlan = 0;

    if (!logical) {
        ovs_fatal(0, "%s: not INTERFACE=PORT", spec);
    }
    *logical++ = '\0';

    char *tag = strrchr(interface, '.');
    if (tag) {
        *tag++ = '\0';
        vlan = atoi(tag);
    }

    int error = datapath_add_port(lab->datapath, interface, vlan, logical);
    if (error) {
        ovs_fatal(error, "%s", spec);
    }
    free(interface);
}

static const struct datapath_ops lab_ops = { .effect = lab_effect };

static enum datapath_mode
parse_mode(const char *mode)
{
    return (!strcmp(mode, "packet") ? DATAPATH_PACKET
            : !strcmp(mode, "slow") ? DATAPATH_SLOW
            : !strcmp(mode, "open") ? DATAPATH_OPEN : DATAPATH_FAST);
}

/* The control socket's name. */
static const char *
parse_options(int argc, char *argv[], struct lab *lab,
              struct datapath_config *config)
{
    static const struct option options[] = {
        { "flows", required_argument, NULL, 'f' },
        { "name", required_argument, NULL, 'n' },
        { "mode", required_argument, NULL, 'm' },
        { "max-flows", required_argument, NULL, 'x' },
        { "idle-ms", required_argument, NULL, 'i' },
        { "slow-pps", required_argument, NULL, 's' },
        { "control", required_argument, NULL, 'c' },
        { NULL, 0, NULL, 0 },
    };
    const char *control = NULL;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'f': load_network(lab, optarg); break;
        case 'n': config->name = optarg; break;
        case 'm': config->mode = parse_mode(optarg); break;
        case 'x': config->max_flows = atoi(optarg); break;
        case 'i': config->idle_ms = atoi(optarg); break;
        case 's': config->slow_pps = atoi(optarg); break;
        case 'c': control = optarg; break;
        default: ovs_fatal(0, "see the source for how to use me");
        }
    }
    return control;
}

int
main(int argc, char *argv[])
{
    set_program_name("datapath_lab");
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_SYSLOG, VLL_OFF);

    struct lab lab = { .network = network_new() };
    lab.pipeline = pipeline_new(lab.network);
    ovs_list_init(&lab.held);

    struct datapath_config config = {
        .network = lab.network, .pipeline = lab.pipeline, .ops = &lab_ops,
        .aux = &lab, .name = "lab",
    };
    const char *control = parse_options(argc, argv, &lab, &config);
    struct unixctl_server *server;
    char *error = NULL;

    lab.datapath = datapath_new(&config, &error);
    if (!lab.datapath) {
        ovs_fatal(0, "%s", error);
    }
    for (int i = optind; i < argc; i++) {
        add_port(&lab, argv[i]);
    }
    register_commands(&lab);
    if (unixctl_server_create(control, &server)) {
        return 1;
    }
    while (!lab.exiting) {
        datapath_run(lab.datapath, time_msec());
        pipeline_expire(lab.pipeline, time_msec());
        unixctl_server_run(server);
        datapath_wait(lab.datapath, time_msec());
        unixctl_server_wait(server);
        if (lab.exiting) {
            poll_immediate_wake();
        }
        poll_block();
    }
    drop_held(&lab);
    if (lab.removing) {
        datapath_free_and_remove(lab.datapath);
    } else {
        datapath_free(lab.datapath);
    }
    unixctl_server_destroy(server);
    pipeline_free(lab.pipeline);
    network_free(lab.network);
    ovsrcu_exit();
    return 0;
}
