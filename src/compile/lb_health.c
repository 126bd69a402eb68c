/* Which backends of a load balancer are up, as far as health checks tell.
 *
 * The checks themselves are made by whoever serves the rows of
 * Service_Monitor (feat_lb_monitor.c); what came of them are facts. */

#include "lb.h"

bool
lb_mapping_parse(const char *value, char **lport, ovs_be32 *source)
{
    const char *colon = strrchr(value, ':');

    if (!colon || colon == value || !ip_parse(colon + 1, source)) {
        return false;
    }
    *lport = xmemdup0(value, colon - value);
    return true;
}

static struct lb_vip *
find_vip(struct lb *lb, const char *text)
{
    struct endpoint ep;

    if (endpoint_parse(text, &ep)) {
        for (size_t i = 0; i < lb->n_vips; i++) {
            if (endpoint_equals(&lb->vips[i].at.ep, &ep)) {
                return &lb->vips[i];
            }
        }
    }
    return NULL;
}

static bool
port_is_there(struct cctx *ctx, const char *lport)
{
    const struct uuid *key = cctx_named1(ctx, CR_LSP_NAMED, lport);
    const struct nbrec_logical_switch_port *lsp = key ? get_lsp(ctx, key)
                                                      : NULL;

    return lsp && (!lsp->n_enabled || lsp->enabled[0]);
}

static bool
is_up(struct cctx *ctx, const struct lb *lb, const struct endpoint *ep)
{
    char ip[INET6_ADDRSTRLEN];
    const char *mapping, *state;
    ovs_be32 source;
    char *lport;
    bool up;

    ipv6_string_mapped(ip, &ep->addr);
    mapping = smap_get(&lb->row->ip_port_mappings, ip);
    if (!mapping || !lb_mapping_parse(mapping, &lport, &source)) {
        creport(ctx, lb->row->name, "ip_port_mappings",
                "write BACKEND=PORT:SOURCE, a switch port's name and an IPv4 "
                "address", "the health of backend %s is to be checked and "
                "there is no port to do it from: it gets no traffic", ip);
        return false;
    }
    up = port_is_there(ctx, lport);
    if (up) {
        char *name = xasprintf("%s %s %"PRIu16" %s", lport, ip, ep->port,
                               lb->protocol);

        state = cctx_fact(ctx, CFACT_BACKEND, name);
        up = !state || (strcmp(state, "offline") && strcmp(state, "error"));
        free(name);
    } else {
        creport(ctx, lb->row->name, "ip_port_mappings",
                "write the name of an enabled Logical_Switch_Port",
                "there is no port \"%s\" to check backend %s from: it gets "
                "no traffic", lport, ip);
    }
    free(lport);
    return up;
}

static void
apply_check(struct cctx *ctx, struct lb *lb,
            const struct nbrec_load_balancer_health_check *hc)
{
    struct lb_vip *vip = find_vip(lb, hc->vip);
    const char *why = !vip ? "is none of the load balancer's"
                      : !strcmp(lb->protocol, "sctp") ? "is for SCTP"
                      : !vip->is_ipv4 ? "is an IPv6 address"
                      : !vip->at.ep.port ? "has no port" : NULL;

    if (why) {
        creport(ctx, lb->row->name, "health_check",
                "write the IPv4 VIP with a port, TCP or UDP, that it is for",
                "VIP \"%s\" of a health check %s: the check is not made",
                hc->vip, why);
        return;
    }
    for (size_t i = 0; i < vip->n_backends; i++) {
        vip->backends[i].up = is_up(ctx, lb, &vip->backends[i].at.ep);
    }
}

void
lb_health_apply(struct cctx *ctx, struct lb *lb)
{
    for (size_t i = 0; i < lb->row->n_health_check; i++) {
        const struct nbrec_load_balancer_health_check *hc
            = get_hc(ctx, &lb->row->health_check[i]->header_.uuid);

        if (hc) {
            apply_check(ctx, lb, hc);
        }
    }
}
