#include "engine.h"

#include "cleanup.h"
#include "engine_private.h"

VLOG_DEFINE_THIS_MODULE(engine);

/* How often what the pipeline learned by itself is looked through. */
#define EXPIRE_MS 5000

/* --- What verdicts say besides packets --- */

static void
take_mac(struct engine *e, const struct pipe_effect *effect)
{
    struct eth_addr old;
    bool known = network_find_mac(e->network, effect->port, &effect->mac.ip,
                                  &old);

    if (known && eth_addr_equals(old, effect->mac.mac)) {
        return;
    }
    network_set_mac(e->network, effect->port, &effect->mac);
    if (known) {
        e->ports_changed = true;
    }
    if (e->chassis) {
        sb_chassis_learn_mac(e->chassis, &(struct sb_mac) {
            .logical_port = effect->port->name,
            .ip = effect->mac.ip,
            .mac = effect->mac.mac,
        });
    }
}

static void
take_fdb(struct engine *e, const struct pipe_effect *effect)
{
    const struct net_datapath *dp = effect->port->datapath;
    uint32_t old;
    bool known = network_find_fdb(e->network, dp, effect->mac.mac, &old);

    if (known && old == effect->port->key) {
        return;
    }
    network_set_fdb(e->network, dp, effect->mac.mac, effect->port->key);
    if (known) {
        e->ports_changed = true;
    }
    if (e->chassis) {
        sb_chassis_learn_fdb(e->chassis, &(struct sb_fdb) {
            .datapath = dp->key,
            .port = effect->port->key,
            .mac = effect->mac.mac,
        });
    }
}

static void
take_log(const struct pipe_effect *effect)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(600, 600);
    const struct smap *args = &effect->event->args;

    VLOG_INFO_RL(&rl, "acl_log: name=%s, verdict=%s, severity=%s",
                 smap_get_def(args, "name", "<unnamed>"),
                 smap_get_def(args, "verdict", "?"),
                 smap_get_def(args, "severity", "info"));
}

static enum datapath_fate
take_effect(void *e_, struct pipe_effect *effect,
            const struct net_port *inport, long long now_ms OVS_UNUSED)
{
    struct engine *e = e_;

    switch (effect->type) {
    case EFFECT_EVENT:
        return engine_take_event(e, effect, inport);
    case EFFECT_MAC:
        take_mac(e, effect);
        break;
    case EFFECT_FDB:
        take_fdb(e, effect);
        break;
    case EFFECT_BIND:
        if (e->chassis) {
            sb_chassis_bind_virtual(e->chassis, effect->port->name,
                                    effect->parent->name);
        }
        break;
    case EFFECT_LOG:
        take_log(effect);
        break;
    case EFFECT_PUNT: /* For services that this engine does not have. */
    case EFFECT_OUTPUT:
    case EFFECT_DROP:
        break;
    }
    return DATAPATH_CONSUMED;
}

static void
link_changed(void *e_, const struct datapath_link *link OVS_UNUSED)
{
    struct engine *e = e_;

    e->ports_changed = true;
}

static const struct datapath_ops datapath_ops = {
    .effect = take_effect,
    .intercept = engine_intercept,
    .link = link_changed,
};

/* --- What others have learned --- */

static void
forget_learned(void *e_)
{
    struct engine *e = e_;

    network_forget_learned(e->network);
    datapath_network_changed(e->datapath);
}

static void
told_mac(void *e_, const struct sb_mac *told, bool gone)
{
    struct engine *e = e_;
    struct net_mac mac = { .ip = told->ip, .mac = told->mac };
    const struct net_port *port = network_find_port(e->network,
                                                    told->logical_port);

    if (!port) {
        return;
    } else if (gone) {
        network_remove_mac(e->network, port, &told->ip);
    } else {
        network_set_mac(e->network, port, &mac);
    }
    datapath_network_changed(e->datapath);
}

static void
told_fdb(void *e_, const struct sb_fdb *told, bool gone)
{
    struct engine *e = e_;
    const struct net_datapath *dp = network_find_datapath(e->network,
                                                          told->datapath);

    if (!dp) {
        return;
    } else if (gone) {
        network_remove_fdb(e->network, dp, told->mac);
    } else {
        network_set_fdb(e->network, dp, told->mac, told->port);
    }
    datapath_network_changed(e->datapath);
}

const struct sb_chassis_learned_ops engine_learned_ops = {
    .reset = forget_learned, .mac = told_mac, .fdb = told_fdb,
};

/* --- Life --- */

struct engine *
engine_new(const struct engine_config *config, struct vswitch *vswitch,
           char **error)
{
    struct engine *e = xzalloc(sizeof *e);

    e->network = network_new();
    e->pipeline = pipeline_new(e->network);
    e->sink = netsink_new(e->network);
    e->vswitch = vswitch;
    e->holder_config = config->holder;
    engine_ports_init(e);
    engine_hold_init(e);
    e->datapath = datapath_new(&(struct datapath_config) {
        .network = e->network,
        .pipeline = e->pipeline,
        .ops = &datapath_ops,
        .aux = e,
        .name = config->name,
        .mode = config->mode,
    }, error);
    if (!e->datapath) {
        engine_free(e);
        return NULL;
    }
    const char *why = datapath_why_slow(e->datapath);
    if (why) {
        VLOG_WARN("no fast path, all packets take the slow one: %s", why);
    }
    return e;
}

void
engine_free(struct engine *e)
{
    if (e) {
        engine_hold_uninit(e);
        engine_ports_uninit(e);
        datapath_free(e->datapath);
        netsink_free(e->sink);
        pipeline_free(e->pipeline);
        network_free(e->network);
        free(e);
    }
}

struct netsink *
engine_sink(struct engine *e)
{
    return e->sink;
}

void
engine_connect(struct engine *e, struct sb *sb, struct sb_chassis *chassis)
{
    e->sb = sb;
    e->chassis = chassis;
    e->holder = holder_new(&e->holder_config, &engine_holder_switch, e, sb,
                           &e->hold_custody);
    /* Ports that are there already are bound in the next run. */
    e->vswitch_seqno = 0;
}

void
engine_run(struct engine *e, bool complete, long long now_ms)
{
    e->now_ms = now_ms;
    if (netsink_commit(e->sink)) {
        e->ports_changed = true;
    }
    if (complete && !e->complete) {
        e->complete = true;
        datapath_adopt(e->datapath);
    }
    engine_ports_run(e);
    datapath_run(e->datapath, now_ms);
    engine_hold_run(e);
    pipeline_expire(e->pipeline, now_ms);
}

void
engine_wait(struct engine *e, long long now_ms)
{
    engine_hold_wait(e);
    datapath_wait(e->datapath, now_ms);
    if (e->ports_changed) {
        poll_immediate_wake();
    }
    poll_timer_wait_until(now_ms + EXPIRE_MS);
}

/* --- Status --- */

static struct json *
datapath_status(struct engine *e)
{
    struct json *json = json_object_create();
    struct datapath_stats stats;
    const char *why = datapath_why_slow(e->datapath);

    datapath_get_stats(e->datapath, &stats);
    json_object_put(json, "fast_path", json_boolean_create(!why));
    if (why) {
        json_object_put_string(json, "why_slow", why);
    }
    const struct {
        const char *name;
        uint64_t value;
    } counters[] = {
        { "fast_packets", stats.fast_packets },
        { "fast_bytes", stats.fast_bytes },
        { "answered", stats.answered },
        { "limited", stats.limited },
        { "flows", stats.n_flows },
        { "flows_added", stats.flows_added },
        { "flows_idle", stats.flows_idle },
        { "flows_changed", stats.flows_changed },
        { "flows_evicted", stats.flows_evicted },
        { "flows_adopted", stats.flows_adopted },
        { "flows_refused", stats.flows_refused },
    };
    for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
        json_object_put(json, counters[i].name,
                        json_integer_create(counters[i].value));
    }
    json_object_put(json, "custody", custody_to_json(&stats.slow));
    json_object_put(json, "balanced",
                    json_boolean_create(custody_balances(&stats.slow)));
    return json;
}

struct json *
engine_status(struct engine *e, long long now_ms)
{
    struct json *json = json_object_create();

    json_object_put(json, "network", netsink_status(e->sink));
    json_object_put(json, "datapath", datapath_status(e));
    json_object_put(json, "ports",
                    json_integer_create(shash_count(&e->ports)));
    json_object_put(json, "probes", probes_status(e->probes));
    if (e->holder) {
        json_object_put(json, "held", holder_held(e->holder, now_ms));
    }
    json_object_put(json, "holding", custody_to_json(&e->hold_custody));
    json_object_put(json, "balanced",
                    json_boolean_create(custody_balances(&e->hold_custody)));
    return json;
}

struct json *
engine_flows(struct engine *e, size_t max, long long now_ms)
{
    return datapath_flows_to_json(e->datapath, max, now_ms);
}
