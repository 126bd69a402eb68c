/* Counters, for people. */

#include "dp_private.h"
#include "dp_tap.h"

static uint32_t
ifindex_of(const struct flow_key *key)
{
    return key->is_ipv6 ? key->v6.ifindex : key->v4.ifindex;
}

/* What flows count as of the latest sweep. */
static void
add_fast_traffic(const struct datapath *d, const struct dp_iface *iface,
                 struct datapath_port_stats *stats)
{
    size_t n = cache_count(d->cache);
    const struct cache_flow **flows = xcalloc(MAX(n, 1), sizeof *flows);

    n = cache_list(d->cache, flows, n);
    for (size_t i = 0; i < n; i++) {
        uint64_t packets = flows[i]->packets + flows[i]->entry.packets;
        uint64_t bytes = flows[i]->bytes + flows[i]->entry.bytes;

        if (ifindex_of(&flows[i]->key) == iface->link.ifindex) {
            stats->rx_packets += packets;
            stats->rx_bytes += bytes;
        }
        if (flows[i]->entry.out_ifindex == iface->link.ifindex) {
            stats->tx_packets += packets;
            stats->tx_bytes += bytes;
        }
    }
    free(flows);
}

bool
datapath_get_port_stats(struct datapath *d, const char *interface,
                        uint16_t vlan, struct datapath_port_stats *stats)
{
    const struct dp_iface *iface = dp_ports_find_iface(&d->ports, interface);
    const struct dp_port *port = iface ? dp_iface_find_port(iface, vlan)
                                       : NULL;
    struct fp_meter meter;

    if (!port) {
        return false;
    }
    *stats = port->stats;
    if (d->fastpath && iface->attached
        && !fastpath_get_meter(d->fastpath, iface->number, &meter)) {
        stats->limited = meter.limited;
    }
    if (d->cache && !vlan && iface->attached) {
        add_fast_traffic(d, iface, stats);
    }
    return true;
}

void
datapath_get_stats(struct datapath *d, struct datapath_stats *stats)
{
    memset(stats, 0, sizeof *stats);
    stats->slow = d->custody;
    if (d->fastpath) {
        stats->fast_packets = fastpath_counter(d->fastpath, FP_HIT);
        stats->fast_bytes = fastpath_counter(d->fastpath, FP_HIT_BYTES);
        stats->opened = fastpath_counter(d->fastpath, FP_CONNECTED);
        stats->answered = fastpath_counter(d->fastpath, FP_ANSWERED);
        stats->lost = tap_n_lost(d->transport);
        stats->limited = fastpath_counter(d->fastpath, FP_LIMITED);
    }
    if (d->cache) {
        const struct cache_counters *c = cache_get_counters(d->cache);

        stats->n_flows = cache_count(d->cache);
        stats->flows_added = c->added;
        stats->flows_idle = c->idle;
        stats->flows_ended = c->ended;
        stats->flows_changed = c->changed;
        stats->flows_evicted = c->evicted;
        stats->flows_adopted = c->adopted;
        stats->flows_refused = c->refused;
    }
}
