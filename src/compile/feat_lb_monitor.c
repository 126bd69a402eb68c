/* Health checks: Service_Monitor rows of the backends behind a switch port,
 * and answers to ARP for the address that the checks come from.
 *
 * A row may be asked for by several load balancers and is one: the port makes
 * it, for the first that asks. */

#include "lb.h"
#include "rows.h"

struct monitor {
    const struct vport *port;
    const struct nbrec_load_balancer *lb;
    const struct nbrec_load_balancer_health_check *hc;
    struct sset seen; /* "IP PORT PROTOCOL" */
};

struct eth_addr
lb_monitor_mac(struct cctx *ctx)
{
    const char *option = cctx_option(ctx, "svc_monitor_mac");
    struct eth_addr mac;

    if (!option || !eth_addr_from_string(option, &mac)) {
        const struct nbrec_nb_global *global = get_global(ctx);
        struct uuid uuid = global ? global->header_.uuid : UUID_ZERO;

        /* The same after each restart. */
        memcpy(&mac, &uuid, sizeof mac);
        mac.ea[0] = (mac.ea[0] & ~1) | 2;
    }
    return mac;
}

static void
emit_arp(struct cctx *ctx, const struct uuid *ls, ovs_be32 source)
{
    const struct eth_addr mac = lb_monitor_mac(ctx);
    char *match = xasprintf("arp.tpa == "IP_FMT" && arp.op == 1",
                            IP_ARGS(source));
    char *actions = xasprintf(
        "eth.dst = eth.src; eth.src = "ETH_ADDR_FMT"; arp.op = 2; "
        "/* ARP reply */ arp.tha = arp.sha; arp.sha = "ETH_ADDR_FMT"; "
        "arp.tpa = arp.spa; arp.spa = "IP_FMT"; outport = inport; "
        "flags.loopback = 1; output;", ETH_ADDR_ARGS(mac),
        ETH_ADDR_ARGS(mac), IP_ARGS(source));

    cflow_emit(ctx, &(struct cflow) {
        .dp = ls,
        .stage = LS_IN_ARP_RSP,
        .priority = 110,
        .match = match,
        .actions = actions,
    });
    free(match);
    free(actions);
}

static void
emit_row(struct cctx *ctx, struct monitor *m, const struct endpoint *ep,
         ovs_be32 source)
{
    const struct eth_addr mac = lb_monitor_mac(ctx);
    const char *protocol = m->lb->protocol && m->lb->protocol[0]
                           ? m->lb->protocol : "tcp";
    char ip[INET6_ADDRSTRLEN];

    ipv6_string_mapped(ip, &ep->addr);
    char *key = xasprintf("%s %"PRIu16" %s", ip, ep->port, protocol);
    if (sset_add(&m->seen, key)) {
        struct uuid uuid = uuid_digest("Service_Monitor", m->port->name, key,
                                       NULL);
        struct json *row = json_object_create();
        char *text = xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));

        row_put_string(row, "logical_port", m->port->name);
        row_put_string(row, "ip", ip);
        row_put_integer(row, "port", ep->port);
        row_put_string(row, "protocol", protocol);
        row_put_string(row, "src_mac", text);
        free(text);
        text = xasprintf(IP_FMT, IP_ARGS(source));
        row_put_string(row, "src_ip", text);
        free(text);
        row_put_map(row, "options", &m->hc->options);
        crow_emit(ctx, "Service_Monitor", &uuid, &row);
        emit_arp(ctx, &m->port->ls, source);
    }
    free(key);
}

static void
emit_backend(struct cctx *ctx, struct monitor *m, const struct endpoint *ep)
{
    char ip[INET6_ADDRSTRLEN];
    const char *mapping;
    ovs_be32 source;
    char *lport;

    ipv6_string_mapped(ip, &ep->addr);
    mapping = smap_get(&m->lb->ip_port_mappings, ip);
    if (mapping && lb_mapping_parse(mapping, &lport, &source)) {
        if (!strcmp(lport, m->port->name)) {
            emit_row(ctx, m, ep, source);
        }
        free(lport);
    }
}

/* The backends of the VIP that 'm->hc' is for. */
static void
emit_check(struct cctx *ctx, struct monitor *m)
{
    const struct smap_node *node;
    struct endpoint wanted, vip;

    if (!endpoint_parse(m->hc->vip, &wanted) || !wanted.port
        || !endpoint_is_ipv4(&wanted)) {
        return;
    }
    SMAP_FOR_EACH (node, &m->lb->vips) {
        struct endpoints eps = { .n = 0 };

        if (endpoint_parse(node->key, &vip) && endpoint_equals(&vip, &wanted)
            && endpoints_parse(node->value, &eps, NULL)) {
            for (size_t i = 0; i < eps.n; i++) {
                if (eps.list[i].port && endpoint_is_ipv4(&eps.list[i])) {
                    emit_backend(ctx, m, &eps.list[i]);
                }
            }
        }
        endpoints_uninit(&eps);
    }
}

static void
emit_lb(struct cctx *ctx, struct monitor *m, const struct uuid *key)
{
    const struct vlb_use *use = view_lb_use(ctx, key);

    m->lb = get_lb(ctx, key);
    if (!m->lb || !use || (!use->switches && !use->routers)
        || (m->lb->protocol && !strcmp(m->lb->protocol, "sctp"))) {
        return;
    }
    for (size_t i = 0; i < m->lb->n_health_check; i++) {
        m->hc = get_hc(ctx, &m->lb->health_check[i]->header_.uuid);
        if (m->hc) {
            emit_check(ctx, m);
        }
    }
}

static void
compile(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_switch_port *lsp = row;
    size_t n;
    const struct uuid *lbs = cctx_named(ctx, CR_LB_OF_BACKEND_PORT, lsp->name,
                                        &n);
    struct monitor m = { .port = NULL };

    if (n) {
        m.port = view_switch_port(ctx, &lsp->header_.uuid);
    }
    if (!m.port || uuid_is_zero(&m.port->ls) || !m.port->enabled) {
        return;
    }
    sset_init(&m.seen);
    for (size_t i = 0; i < n; i++) {
        emit_lb(ctx, &m, &lbs[i]);
    }
    sset_destroy(&m.seen);
}

const struct cunit_class cunit_lsp_monitors = {
    .table = CT_LSP,
    .compile = compile,
};
