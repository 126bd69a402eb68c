/* Entries of the fast path, for people: which there are, chosen by port and
 * address, and as JSON. */

#include "dp_private.h"

#include <netinet/in.h>

/* --- Which --- */

/* Where a packet came from and goes to, before or after the entry. */
struct ends {
    struct in6_addr src, dst; /* IPv4 as mapped addresses. */
    uint16_t sport, dport;
};

static struct in6_addr
to_in6(bool is_ipv6, const ovs_be32 *ip)
{
    struct in6_addr addr;

    if (!is_ipv6) {
        return in6_addr_mapped_ipv4(*ip);
    }
    memcpy(&addr, ip, sizeof addr);
    return addr;
}

static struct ends
ends_before(const struct flow_key *key)
{
    bool is_ipv6 = key->is_ipv6;

    return (struct ends) {
        .src = to_in6(is_ipv6, is_ipv6 ? key->v6.src : &key->v4.src),
        .dst = to_in6(is_ipv6, is_ipv6 ? key->v6.dst : &key->v4.dst),
        .sport = ntohs(is_ipv6 ? key->v6.sport : key->v4.sport),
        .dport = ntohs(is_ipv6 ? key->v6.dport : key->v4.dport),
    };
}

static struct ends
ends_after(const struct cache_flow *flow)
{
    const struct fp_entry *e = &flow->entry;

    if (!(e->flags & FP_NAT)) {
        return ends_before(&flow->key);
    }
    return (struct ends) {
        .src = to_in6(flow->key.is_ipv6, e->src),
        .dst = to_in6(flow->key.is_ipv6, e->dst),
        .sport = ntohs(e->sport),
        .dport = ntohs(e->dport),
    };
}

static bool
has_end(const struct ends *ends, const struct in6_addr *addr)
{
    return ipv6_addr_equals(&ends->src, addr)
           || ipv6_addr_equals(&ends->dst, addr);
}

static bool
address_matches(const struct cache_flow *flow, const struct in6_addr *addr)
{
    struct ends before = ends_before(&flow->key);
    struct ends after = ends_after(flow);

    return has_end(&before, addr) || has_end(&after, addr);
}

/* "" if it has gone. */
static const char *
interface_name(const struct datapath *d, uint32_t ifindex)
{
    const struct dp_iface *iface = dp_ports_find_ifindex(&d->ports, ifindex);

    return iface ? iface->name : "";
}

static uint32_t
in_ifindex(const struct cache_flow *flow)
{
    return flow->key.is_ipv6 ? flow->key.v6.ifindex : flow->key.v4.ifindex;
}

static const struct net_port *
hop_port(const struct datapath *d, const struct cache_hop *hop,
         const struct net_datapath **dp)
{
    *dp = network_find_datapath(d->network, hop->datapath);
    return *dp ? net_datapath_find_port(*dp, hop->port) : NULL;
}

static bool
port_matches(const struct datapath *d, const struct cache_flow *flow,
             const char *name)
{
    if (!strcmp(name, interface_name(d, in_ifindex(flow)))
        || !strcmp(name, interface_name(d, flow->entry.out_ifindex))) {
        return true;
    }
    for (size_t i = 0; i < flow->path.n; i++) {
        const struct net_datapath *dp;
        const struct net_port *port = hop_port(d, &flow->path.hops[i], &dp);

        if (port && !strcmp(name, port->name)) {
            return true;
        }
    }
    return false;
}

/* --- As JSON --- */

/* "sw0:sw0-p1 > lr0:lrp0 > ...". */
static char *
format_path(const struct datapath *d, const struct cache_flow *flow)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (flow->adopted) {
        ds_put_cstr(&s, "of an earlier start, not asked for yet");
    }
    for (size_t i = 0; i < flow->path.n; i++) {
        const struct net_datapath *dp;
        const struct net_port *port = hop_port(d, &flow->path.hops[i], &dp);

        ds_put_format(&s, "%s%s:%s", i ? " > " : "", dp ? dp->name : "?",
                      port ? port->name : "?");
    }
    return ds_steal_cstr(&s);
}

static void
put_integer(struct json *object, const char *name, long long value)
{
    json_object_put(object, name, json_integer_create(value));
}

/* "10.0.0.1:80" or "[fd00::1]:80". */
static void
put_end(struct json *object, const char *name, const struct in6_addr *addr,
        uint16_t port)
{
    bool is_ipv6 = !IN6_IS_ADDR_V4MAPPED(addr);
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, is_ipv6 ? "[" : "");
    ipv6_format_mapped(addr, &s);
    ds_put_format(&s, "%s:%"PRIu16, is_ipv6 ? "]" : "", port);
    json_object_put_string(object, name, ds_cstr(&s));
    ds_destroy(&s);
}

/* "tcp", from where to where, by which interfaces; what NAT made of it. */
static void
put_ends(struct json *object, const struct datapath *d,
         const struct cache_flow *flow)
{
    uint8_t proto = flow->key.is_ipv6 ? flow->key.v6.proto
                                      : flow->key.v4.proto;
    struct ends ends = ends_before(&flow->key);

    json_object_put_string(object, "protocol",
                           proto == IPPROTO_TCP ? "tcp" : "udp");
    put_end(object, "source", &ends.src, ends.sport);
    put_end(object, "destination", &ends.dst, ends.dport);
    ends = ends_after(flow);
    put_end(object, "new_source", &ends.src, ends.sport);
    put_end(object, "new_destination", &ends.dst, ends.dport);
    json_object_put_string(object, "in", interface_name(d, in_ifindex(flow)));
    json_object_put_string(object, "out",
                           interface_name(d, flow->entry.out_ifindex));
}

static struct json *
flow_to_json(const struct datapath *d, const struct cache_flow *flow,
             long long now_ms)
{
    struct json *object = json_object_create();
    struct fp_entry entry = flow->entry;
    struct ds s = DS_EMPTY_INITIALIZER;

    fastpath_get(d->fastpath, &flow->key, &entry);
    long long now_ns = fastpath_now_ns();
    flow_key_format(&flow->key, &s);
    json_object_put_string(object, "key", ds_cstr(&s));
    ds_clear(&s);
    rule_format(&flow->key, &entry, &s);
    json_object_put_string(object, "actions", ds_cstr(&s));
    ds_destroy(&s);
    put_ends(object, d, flow);

    char *path = format_path(d, flow);
    json_object_put_string(object, "path", path);
    free(path);
    put_integer(object, "packets", flow->packets + entry.packets);
    put_integer(object, "bytes", flow->bytes + entry.bytes);
    put_integer(object, "age_ms", now_ms - flow->created_ms);
    put_integer(object, "idle_ms",
                MAX(0, now_ns - (long long) entry.used_ns) / 1000000);
    return object;
}

struct json *
datapath_flows_to_json(struct datapath *d,
                       const struct datapath_flow_filter *filter,
                       long long now_ms)
{
    struct json *array = json_array_create_empty();

    if (d->cache) {
        size_t n = cache_count(d->cache), shown = 0;
        const struct cache_flow **flows = xcalloc(MAX(n, 1), sizeof *flows);

        n = cache_list(d->cache, flows, n);
        for (size_t i = 0; i < n && shown < filter->max; i++) {
            if ((!filter->port || port_matches(d, flows[i], filter->port))
                && (!filter->address
                    || address_matches(flows[i], filter->address))) {
                json_array_add(array, flow_to_json(d, flows[i], now_ms));
                shown++;
            }
        }
        free(flows);
    }
    return array;
}
