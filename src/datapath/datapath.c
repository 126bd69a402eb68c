#include "datapath.h"

#include <errno.h>

#include "cleanup.h"
#include "dp_connection.h"
#include "dp_opening.h"
#include "dp_private.h"
#include "dp_sock.h"
#include "dp_tap.h"

VLOG_DEFINE_THIS_MODULE(datapath);

/* Of one run: frames, entries and answers asked for (fewer while there are
 * frames, which wait meanwhile), entries swept over. */
#define RUN_FRAMES 64
#define RUN_ASKS 64
#define RUN_ASKS_BUSY 16
#define RUN_SWEEP 256

/* A frame for all of many ports takes as long as many frames: whoever else has
 * work in this loop waits for no longer than this, and one frame. */
#define RUN_MS 5

/* Counters are read this often, and conntrack hears of connections. */
#define SWEEP_MS 1000
#define KEEP_MS 10000

/* Neighbours that nobody asks for are looked for this often. */
#define EXPIRY_MS 60000

/* A port may save up packets to the pipeline for so long. */
#define BURST_NS 20000000

static void
link_changed(const struct rtnetlink_change *change, void *d_)
{
    struct datapath *d = d_;

    if (!change) {
        dp_ports_changed(&d->ports, NULL, 0);
    } else if (change->ifname) {
        dp_ports_changed(&d->ports, change->ifname, change->if_index);
    }
}

static bool
is_name_valid(const char *name)
{
    return *name && strlen(name) <= 8
           && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

/* Programs, maps and the TAP.  0, or a positive errno and '*error'. */
static int
open_fast(struct datapath *d, const struct datapath_config *config,
          char **error)
{
    unsigned int pps = config->slow_pps ? config->slow_pps
                                        : DATAPATH_SLOW_PPS;

    int err = fastpath_open(d->name, &d->fastpath, error);
    if (err) {
        return err;
    }

    err = tap_open(d->instance, d->fastpath, &d->transport, error);
    if (err) {
        return err;
    }

    err = fastpath_get_config(d->fastpath, &d->config);
    d->config.tap_ifindex = tap_ifindex(d->transport);
    d->config.cache = (config->mode == DATAPATH_FAST
                       || config->mode == DATAPATH_OPEN);
    d->config.openings++; /* Nobody has kept those of before right. */
    d->config.slow_cost_ns = 1000000000 / pps;
    d->config.slow_burst_ns = MAX(BURST_NS, 2 * d->config.slow_cost_ns);
    if (!err) {
        err = fastpath_set_config(d->fastpath, &d->config);
    }
    if (!err) {
        err = fastpath_attach_tap(d->fastpath, d->config.tap_ifindex);
    }
    if (err) {
        *error = xasprintf("eBPF program on the TAP: %s",
                           ovs_strerror(err));
    }
    return err;
}

static void
close_fast(struct datapath *d, bool remove)
{
    if (d->transport) {
        d->transport->class->close(d->transport, remove);
        d->transport = NULL;
    }
    fastpath_close(d->fastpath, remove);
    d->fastpath = NULL;
}

/* False, and '*error', if two would do the same. */
static bool
open_transport(struct datapath *d, const struct datapath_config *config,
               char **error)
{
    int err = 0;

    if (config->mode == DATAPATH_PACKET) {
        d->why_slow = xstrdup("not wanted");
    } else {
        err = open_fast(d, config, &d->why_slow);
    }
    if (err == EBUSY) {
        close_fast(d, false);
        *error = d->why_slow;
        d->why_slow = NULL;
        return false;
    } else if (err) {
        close_fast(d, false);
        VLOG_WARN("no fast path, all packets go through the pipeline: %s",
                  d->why_slow);
    } else if (config->mode == DATAPATH_SLOW) {
        d->why_slow = xstrdup("not wanted");
    }
    if (!d->transport) {
        d->transport = sock_open();
    }
    return true;
}

struct datapath *
datapath_new(const struct datapath_config *config, char **error)
{
    if (!is_name_valid(config->name)) {
        *error = xasprintf("\"%s\" names no datapath: 1 to 8 of a-z, 0-9 and "
                           "-", config->name);
        return NULL;
    }

    struct datapath *d = xzalloc(sizeof *d);
    d->network = config->network;
    d->pipeline = config->pipeline;
    d->ops = config->ops;
    d->aux = config->aux;
    d->name = xstrdup(config->name);
    d->instance = xasprintf("rouse-%s", config->name);
    if (!open_transport(d, config, error)) {
        free(d->name);
        free(d->instance);
        free(d);
        return NULL;
    }
    if (d->fastpath && !d->why_slow) {
        d->cache = cache_new(d->fastpath, d->network,
                             config->max_flows ? config->max_flows
                             : DATAPATH_MAX_FLOWS,
                             config->idle_ms ? config->idle_ms
                             : DATAPATH_IDLE_MS);
        connection_init(d);
        d->openings = openings_new(d, config->mode == DATAPATH_OPEN);
        cache_take_up(d->cache, time_msec());
        d->neighbors = neighbors_new(d->fastpath);
        pipeline_trust_sequences(d->pipeline);
    }
    dp_ports_init(&d->ports, d->transport, d->cache, d->neighbors, d->ops,
                  d->aux);
    d->links = rtnetlink_notifier_create(link_changed, d);
    d->generation = ltables_generation(network_tables(d->network));
    return d;
}

static void
free_all(struct datapath *d, bool remove)
{
    if (!d) {
        return;
    }
    rtnetlink_notifier_destroy(d->links);
    dp_ports_uninit(&d->ports);
    neighbors_free(d->neighbors);
    openings_free(d->openings);
    cache_free(d->cache);
    close_fast(d, remove);
    free(d->why_slow);
    free(d->name);
    free(d->instance);
    free(d);
}

void
datapath_free(struct datapath *d)
{
    free_all(d, false);
}

void
datapath_free_and_remove(struct datapath *d)
{
    free_all(d, true);
}

const char *
datapath_instance(const struct datapath *d)
{
    return d->instance;
}

const char *
datapath_why_slow(const struct datapath *d)
{
    return d->why_slow;
}

static long long
next_sweep(const struct datapath *d)
{
    return MIN(d->next_sweep_ms, openings_next_sweep(d->openings));
}

static void
sweep(struct datapath *d, long long now_ms)
{
    if (!cache_is_sweeping(d->cache)) {
        if (now_ms < next_sweep(d) && !cache_is_filling(d->cache)) {
            return;
        }
        openings_begin_sweep(d->openings, false);
    }
    cache_sweep(d->cache, RUN_SWEEP, KEEP_MS, now_ms);
    d->next_sweep_ms = now_ms + SWEEP_MS;
    if (cache_is_sweeping(d->cache)) {
        d->more = true;
    } else {
        openings_end_sweep(d->openings, now_ms);
    }
}

static void
run_cache(struct datapath *d, bool is_busy, long long now_ms)
{
    size_t n_asks = is_busy ? RUN_ASKS_BUSY : RUN_ASKS;
    uint64_t generation = ltables_generation(network_tables(d->network));

    if (generation != d->generation) {
        d->generation = generation;
        cache_flows_changed(d->cache);
        neighbors_changed(d->neighbors);
    }
    openings_run(d->openings, now_ms);
    ask_doubtful(d, n_asks, now_ms);
    ask_neighbors(d, n_asks / 4, now_ms);
    sweep(d, now_ms);
    if (now_ms >= d->next_expiry_ms) {
        neighbors_expire(d->neighbors);
        d->next_expiry_ms = now_ms + EXPIRY_MS;
    }
}

/* True if there were any. */
static bool
run_frames(struct datapath *d, long long now_ms)
{
    long long end_ms = time_msec() + RUN_MS;

    for (int i = 0; i < RUN_FRAMES && time_msec() < end_ms; i++) {
        struct dp_packet *packet;
        uint16_t number;
        int error = d->transport->class->receive(d->transport, &packet,
                                                 &number);

        if (error == EAGAIN) {
            return i > 0;
        }
        if (!error) {
            slow_receive(d, &packet, number, now_ms);
        }
    }
    d->more = true;
    return true;
}

void
datapath_run_frames(struct datapath *d, long long now_ms)
{
    d->more = false;
    rtnetlink_run();
    dp_ports_run(&d->ports);
    d->is_busy = run_frames(d, now_ms) || d->is_busy;
}

void
datapath_run_entries(struct datapath *d, long long now_ms)
{
    if (d->cache) {
        run_cache(d, d->is_busy, now_ms);
    }
    d->is_busy = false;
}

void
datapath_run(struct datapath *d, long long now_ms)
{
    datapath_run_frames(d, now_ms);
    datapath_run_entries(d, now_ms);
}

bool
datapath_is_settled(const struct datapath *d)
{
    return !d->cache || (!cache_has_doubtful(d->cache)
                         && openings_are_settled(d->openings)
                         && !neighbors_next_doubtful(d->neighbors));
}

void
datapath_wait(struct datapath *d, long long now_ms OVS_UNUSED)
{
    if (d->more || d->ports.all_changed || !datapath_is_settled(d)) {
        poll_immediate_wake();
    }
    rtnetlink_wait();
    d->transport->class->wait(d->transport);
    if (d->cache && (cache_count(d->cache)
                     || openings_are_used(d->openings))) {
        poll_timer_wait_until(next_sweep(d));
    }
}

/* All entries, at once. */
static void
sweep_all(struct datapath *d, long long now_ms)
{
    while (cache_is_sweeping(d->cache)) {
        cache_sweep(d->cache, RUN_SWEEP, KEEP_MS, now_ms);
    }
    openings_begin_sweep(d->openings, true);
    do {
        cache_sweep(d->cache, RUN_SWEEP, KEEP_MS, now_ms);
    } while (cache_is_sweeping(d->cache));
    openings_end_sweep(d->openings, now_ms);
    d->next_sweep_ms = now_ms + SWEEP_MS;
}

void
datapath_catch_up(struct datapath *d, long long now_ms)
{
    if (d->cache && openings_are_unmet(d->openings)) {
        sweep_all(d, now_ms);
    }
}

void
datapath_network_changes(struct datapath *d, long long now_ms)
{
    if (d->cache) {
        openings_void(d->openings);
        datapath_catch_up(d, now_ms);
    }
}

void
datapath_network_changed(struct datapath *d)
{
    if (d->cache) {
        cache_network_changed(d->cache);
        neighbors_changed(d->neighbors);
    }
}

void
datapath_adopt(struct datapath *d)
{
    if (d->adopted) {
        return;
    }
    d->adopted = true;
    if (d->cache) {
        cache_adopt(d->cache);
        neighbors_adopt(d->neighbors);
        fastpath_forget_strangers(d->fastpath);
    }
}

void
datapath_flush(struct datapath *d)
{
    if (!d->cache) {
        return;
    }

    /* All at once for packets; the rest is tidying up. */
    d->config.generation++;
    if (fastpath_set_config(d->fastpath, &d->config)) {
        VLOG_WARN("entries of before go one by one");
    }
    cache_flush(d->cache);
    neighbors_flush(d->neighbors);
}

int
datapath_add_port(struct datapath *d, const char *interface, uint16_t vlan,
                  const char *logical_port)
{
    return dp_ports_add(&d->ports, interface, vlan, logical_port);
}

void
datapath_remove_port(struct datapath *d, const char *interface,
                     uint16_t vlan)
{
    dp_ports_remove(&d->ports, interface, vlan);
}

uint16_t
datapath_port_number(const struct datapath *d, const char *interface,
                     uint16_t vlan)
{
    const struct dp_iface *iface = dp_ports_find_iface(&d->ports, interface);

    return iface && dp_iface_find_port(iface, vlan) ? iface->number : 0;
}

bool
datapath_get_link(const struct datapath *d, const char *interface,
                  struct datapath_link *link)
{
    const struct dp_iface *iface = dp_ports_find_iface(&d->ports, interface);

    if (iface) {
        *link = iface->link;
    }
    return iface != NULL;
}

void
datapath_replay(struct datapath *d, struct dp_packet **packet,
                const struct net_port *inport, long long now_ms)
{
    d->custody.held--;
    slow_run(d, packet, inport, NULL, now_ms);
}

void
datapath_forget(struct datapath *d, int reason)
{
    d->custody.held--;
    if (reason > 0 && reason < N_DROP_REASONS) {
        d->custody.dropped[reason]++;
    } else {
        d->custody.consumed++;
    }
}

void
datapath_inject(struct datapath *d, struct dp_packet **packet,
                const struct net_port *inport, long long now_ms)
{
    d->custody.injected++;
    slow_run(d, packet, inport, NULL, now_ms);
}

void
datapath_send(struct datapath *d, struct dp_packet **packet,
              const struct net_port *outport)
{
    d->custody.injected++;
    slow_send(d, packet, outport, NULL);
}
