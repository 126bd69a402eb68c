#include "fabric.h"

#include "cleanup.h"
#include "fabric_private.h"

VLOG_DEFINE_THIS_MODULE(fabric);

/* How often what the pipeline learned by itself is looked through. */
#define EXPIRE_MS 5000

/* How long entries of an earlier start may go on unasked. */
#define ADOPT_MAX_MS 3000

/* --- What verdicts say besides packets --- */

static void
take_mac(struct fabric *f, const struct pipe_effect *effect)
{
    struct eth_addr old;
    bool known = network_find_mac(f->network, effect->port, &effect->mac.ip,
                                  &old);

    if (known && eth_addr_equals(old, effect->mac.mac)) {
        return;
    }
    if (network_set_mac(f->network, effect->port, &effect->mac) && known) {
        f->ports_changed = true;
    }
    if (f->chassis) {
        sb_chassis_learn_mac(f->chassis, &(struct sb_mac) {
            .logical_port = effect->port->name,
            .ip = effect->mac.ip,
            .mac = effect->mac.mac,
        });
    }
}

static void
take_fdb(struct fabric *f, const struct pipe_effect *effect)
{
    const struct net_datapath *dp = effect->port->datapath;
    uint32_t old;
    bool known = network_find_fdb(f->network, dp, effect->mac.mac, &old);

    if (known && old == effect->port->key) {
        return;
    }
    network_set_fdb(f->network, dp, effect->mac.mac, effect->port->key);
    if (known) {
        f->ports_changed = true;
    }
    if (f->chassis) {
        sb_chassis_learn_fdb(f->chassis, &(struct sb_fdb) {
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
take_effect(void *f_, struct pipe_effect *effect,
            const struct net_port *inport, long long now_ms OVS_UNUSED)
{
    struct fabric *f = f_;

    switch (effect->type) {
    case EFFECT_EVENT:
        return fabric_take_event(f, effect, inport);
    case EFFECT_MAC:
        take_mac(f, effect);
        break;
    case EFFECT_FDB:
        take_fdb(f, effect);
        break;
    case EFFECT_BIND:
        if (f->chassis) {
            sb_chassis_bind_virtual(f->chassis, effect->port->name,
                                    effect->parent->name);
        }
        break;
    case EFFECT_LOG:
        take_log(effect);
        break;
    case EFFECT_PUNT:
        fabric_check_punt(f, effect);
        break;
    case EFFECT_OUTPUT:
    case EFFECT_DROP:
        break;
    }
    return DATAPATH_CONSUMED;
}

static void
link_changed(void *f_, const struct datapath_link *link OVS_UNUSED)
{
    struct fabric *f = f_;

    f->ports_changed = true;
}

static const struct datapath_ops datapath_ops = {
    .effect = take_effect,
    .intercept = fabric_intercept,
    .link = link_changed,
};

/* --- What others have learned --- */

static void
forget_learned(void *f_)
{
    struct fabric *f = f_;

    network_forget_learned(f->network);
    svc_checks_clear(f->checks);
    datapath_network_changed(f->datapath);
}

static void
told_mac(void *f_, const struct sb_mac *told, bool gone)
{
    struct fabric *f = f_;
    struct net_mac mac = { .ip = told->ip, .mac = told->mac };
    const struct net_port *port = network_find_port(f->network,
                                                    told->logical_port);

    if (!port) {
        f->untold = f->untold || !gone;
        return;
    } else if (gone) {
        network_remove_mac(f->network, port, &told->ip);
    } else {
        network_set_mac(f->network, port, &mac);
    }
    datapath_network_changed(f->datapath);
}

static void
told_fdb(void *f_, const struct sb_fdb *told, bool gone)
{
    struct fabric *f = f_;
    const struct net_datapath *dp = network_find_datapath(f->network,
                                                          told->datapath);

    if (!dp) {
        f->untold = f->untold || !gone;
        return;
    } else if (gone) {
        network_remove_fdb(f->network, dp, told->mac);
    } else {
        network_set_fdb(f->network, dp, told->mac, told->port);
    }
    datapath_network_changed(f->datapath);
}

const struct sb_chassis_learned_ops fabric_learned_ops = {
    .reset = forget_learned, .mac = told_mac, .fdb = told_fdb,
    .service = fabric_check_told,
};

/* --- Life --- */

struct fabric *
fabric_new(const struct fabric_config *config, struct vswitch *vswitch,
           char **error)
{
    struct fabric *f = xzalloc(sizeof *f);

    f->network = network_new();
    f->pipeline = pipeline_new(f->network);
    f->sink = netsink_new(f->network);
    f->vswitch = vswitch;
    f->holder_config = config->holder;
    fabric_ports_init(f);
    fabric_hold_init(f);
    fabric_check_init(f);
    f->datapath = datapath_new(&(struct datapath_config) {
        .network = f->network,
        .pipeline = f->pipeline,
        .ops = &datapath_ops,
        .aux = f,
        .name = config->name,
        .mode = config->mode,
    }, error);
    if (!f->datapath) {
        fabric_free(f);
        return NULL;
    }
    const char *why = datapath_why_slow(f->datapath);
    if (why) {
        VLOG_WARN("no fast path, all packets take the slow one: %s", why);
    }
    return f;
}

static void
free_all(struct fabric *f, bool remove)
{
    if (f) {
        watcher_free(f->watcher);
        fabric_hold_uninit(f);
        fabric_ports_uninit(f);
        svc_checks_free(f->checks);
        if (remove) {
            datapath_free_and_remove(f->datapath);
        } else {
            datapath_free(f->datapath);
        }
        netsink_free(f->sink);
        pipeline_free(f->pipeline);
        network_free(f->network);
        free(f);
    }
}

void
fabric_free(struct fabric *f)
{
    free_all(f, false);
}

void
fabric_free_and_remove(struct fabric *f)
{
    free_all(f, true);
}

struct netsink *
fabric_sink(struct fabric *f)
{
    return f->sink;
}

void
fabric_connect(struct fabric *f, struct sb *sb, struct sb_chassis *chassis)
{
    f->sb = sb;
    f->chassis = chassis;
    f->holder = holder_new(&f->holder_config, &fabric_holder_switch, f, sb,
                           &f->hold_custody);
    f->watcher = watcher_new(sb);
    /* Ports that are there already are bound in the next run. */
    f->vswitch_seqno = 0;
}

/* Flows are there.  The verdict on a packet depends on the ports, too, and on
 * MACs that were learned: without them, each entry of the start before would
 * be found wrong, and its connection would leave the fast path.  A Southbound
 * database that cannot be reached is not waited for for ever. */
static bool
knows_the_rest(struct fabric *f, long long now_ms)
{
    if (!f->adopt_ms) {
        f->adopt_ms = now_ms + ADOPT_MAX_MS;
    }
    return (now_ms >= f->adopt_ms
            || (vswitch_is_ready(f->vswitch) && f->chassis
                && sb_chassis_is_registered(f->chassis)));
}

void
fabric_set_vip_backends(struct fabric *f, fabric_vip_backends *cb, void *aux)
{
    f->vip_backends = cb;
    f->vip_backends_aux = aux;
}

void
fabric_run(struct fabric *f, bool complete, long long now_ms)
{
    f->now_ms = now_ms;
    if (netsink_has_changes(f->sink)) {
        datapath_network_changes(f->datapath, now_ms);
    }
    if (netsink_commit(f->sink)) {
        f->ports_changed = true;
        if (f->untold && f->chassis) {
            /* The Southbound database may have been faster than the flows. */
            f->untold = false;
            sb_chassis_tell_learned(f->chassis);
        }
    }
    fabric_ports_run(f);
    if (complete && !f->complete && knows_the_rest(f, now_ms)) {
        f->complete = true;
        datapath_adopt(f->datapath);
    }
    datapath_run_frames(f->datapath, now_ms);
    fabric_hold_run(f);
    /* After a change there is much to ask; who waits for that change, to be
     * woken, does not wait for that. */
    datapath_run_entries(f->datapath, now_ms);
    fabric_watch_run(f);
    fabric_check_run(f);
    pipeline_expire(f->pipeline, now_ms);
}

void
fabric_run_packets(struct fabric *f, long long now_ms)
{
    f->now_ms = now_ms;
    datapath_run_frames(f->datapath, now_ms);
    fabric_hold_run(f);
}

bool
fabric_is_settled(const struct fabric *f)
{
    return datapath_is_settled(f->datapath);
}

void
fabric_wait(struct fabric *f, long long now_ms)
{
    fabric_hold_wait(f);
    fabric_watch_wait(f);
    svc_checks_wait(f->checks);
    datapath_wait(f->datapath, now_ms);
    if (f->ports_changed) {
        poll_immediate_wake();
    }
    poll_timer_wait_until(now_ms + EXPIRE_MS);
}

/* --- Status --- */

static struct json *
datapath_status(struct fabric *f)
{
    struct json *json = json_object_create();
    struct datapath_stats stats;
    const char *why = datapath_why_slow(f->datapath);

    datapath_get_stats(f->datapath, &stats);
    json_object_put_string(json, "instance",
                           datapath_instance(f->datapath));
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
        { "opened", stats.opened },
        { "lost", stats.lost },
        { "flows", stats.n_flows },
        { "flows_added", stats.flows_added },
        { "flows_idle", stats.flows_idle },
        { "flows_ended", stats.flows_ended },
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
fabric_status(struct fabric *f, long long now_ms)
{
    struct json *json = json_object_create();

    json_object_put(json, "network", netsink_status(f->sink));
    json_object_put(json, "datapath", datapath_status(f));
    json_object_put(json, "ports",
                    json_integer_create(shash_count(&f->ports)));
    json_object_put(json, "probes", probes_status(f->probes));
    json_object_put(json, "checks", svc_checks_status(f->checks));
    if (f->holder) {
        json_object_put(json, "held", holder_held(f->holder, now_ms));
        json_object_put(json, "watch", watcher_status(f->watcher));
        json_object_put(json, "refused", holder_refusals(f->holder));
        json_object_put(json, "limits", holder_limits(f->holder));
    }
    json_object_put(json, "holding", custody_to_json(&f->hold_custody));
    json_object_put(json, "balanced",
                    json_boolean_create(custody_balances(&f->hold_custody)));
    return json;
}

struct json *
fabric_flows(struct fabric *f, const struct datapath_flow_filter *filter,
             long long now_ms)
{
    return datapath_flows_to_json(f->datapath, filter, now_ms);
}
