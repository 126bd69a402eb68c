/* A verdict as JSON. */

#include "cli_trace.h"

static const char *const shown_fields[] = {
    "eth.src", "eth.dst", "eth.type", "vlan.tci", "ip.proto", "ip.dscp",
    "ip.ttl", "ip4.src", "ip4.dst", "ip6.src", "ip6.dst", "tcp.src",
    "tcp.dst", "udp.src", "udp.dst", "sctp.src", "sctp.dst", "icmp4.type",
    "icmp4.code", "icmp6.type", "icmp6.code", "nd.target", "nd.sll",
    "nd.tll", "arp.op", "arp.spa", "arp.tpa", "arp.sha", "arp.tha",
};

/* The value as OVN writes such a field. */
static void
format_value(const struct symbol *symbol, ovs_u128 value, struct ds *ds)
{
    struct constant c = constant_from_u64(0);

    c.value = value;
    c.form = (symbol->width == 48 ? FORM_ETHERNET
              : symbol->width == 128 ? FORM_IPV6
              : symbol->width == 32 ? FORM_IPV4 : FORM_DECIMAL);
    constant_format(&c, ds);
}

static struct json *
packet_fields(const struct network *network, const struct dp_packet *packet)
{
    struct json *fields = json_object_create();
    struct flow flow;

    flow_extract(CONST_CAST(struct dp_packet *, packet), &flow);
    for (size_t i = 0; i < ARRAY_SIZE(shown_fields); i++) {
        const struct symbol *symbol
            = symtab_find(network_symtab(network), shown_fields[i]);
        struct ds ds = DS_EMPTY_INITIALIZER;

        if (symbol->prereqs
            && !expr_evaluate(symbol->prereqs, &lenv_empty, 0, &flow)) {
            continue;
        }
        struct lfield field = { .symbol = symbol, .width = symbol->width };
        format_value(symbol, lfield_read(&field, &flow), &ds);
        json_object_put(fields, shown_fields[i],
                        json_string_create_nocopy(ds_steal_cstr(&ds)));
    }
    return fields;
}

static const char *const effect_names[] = {
    [EFFECT_OUTPUT] = "output", [EFFECT_MAC] = "mac", [EFFECT_FDB] = "fdb",
    [EFFECT_EVENT] = "event", [EFFECT_BIND] = "bind",
    [EFFECT_PUNT] = "punt", [EFFECT_LOG] = "log", [EFFECT_DROP] = "drop",
};

static struct json *
effect_json(const struct network *network, const struct pipe_effect *e)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "effect", effect_names[e->type]);
    if (e->port) {
        json_object_put_string(json, "port", e->port->name);
    }
    if (e->packet) {
        json_object_put(json, "packet", packet_fields(network, e->packet));
    }
    if (e->event) {
        json_object_put_string(json, "name", e->event->name);
        json_object_put(json, "args", smap_to_json(&e->event->args));
    }
    if (e->type == EFFECT_MAC || e->type == EFFECT_FDB) {
        json_object_put(json, "mac", json_string_create_nocopy(
            xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(e->mac.mac))));
    }
    if (e->type == EFFECT_MAC) {
        struct ds ds = DS_EMPTY_INITIALIZER;

        ipv6_format_mapped(&e->mac.ip, &ds);
        json_object_put(json, "ip",
                        json_string_create_nocopy(ds_steal_cstr(&ds)));
    }
    if (e->type == EFFECT_DROP) {
        json_object_put_string(json, "reason", drop_reason_name(e->reason));
    }
    if (e->flow) {
        json_object_put(json, "flow", json_string_create_nocopy(
            xasprintf(UUID_FMT, UUID_ARGS(&e->flow->uuid))));
    }
    return json;
}

/* A default that only goes on to the next stage is left out, as in
 * ovn-trace(8): where it is all there is, nothing is looked up. */
static void
path_match(void *path_, uint8_t stage OVS_UNUSED, const struct lflow *flow)
{
    struct trace_path *path = path_;

    if (flow && !(lflow_is_only_next(flow) && !strcmp(flow->match, "1"))) {
        json_array_add(path->flows, json_string_create_nocopy(
            xasprintf(UUID_FMT, UUID_ARGS(&flow->uuid))));
    }
}

void
trace_path_init(struct trace_path *path)
{
    *path = (struct trace_path) {
        .observer = { .aux = path, .match = path_match },
        .flows = json_array_create_empty(),
    };
}

struct json *
trace_json(const struct network *network, const struct pipe_verdict *v,
           struct trace_path *path)
{
    struct json *effects = json_array_create_empty();
    struct json *json = json_object_create();
    struct ds ds = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < v->n; i++) {
        json_array_add(effects, effect_json(network, &v->effects[i]));
    }
    json_object_put(json, "effects", effects);
    json_object_put(json, "flows", path->flows);
    path->flows = NULL;
    for (size_t i = 0; i < sizeof v->wc; i++) {
        ds_put_format(&ds, "%02x", ((const uint8_t *) &v->wc)[i]);
    }
    json_object_put(json, "wildcards",
                    json_string_create_nocopy(ds_steal_cstr(&ds)));
    return json;
}
