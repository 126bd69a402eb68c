/* A row of NAT, parsed. */

#include <ctype.h>

#include "views.h"

static void
set_problem(struct vnat *v, const char *column, const char *problem)
{
    if (!v->problem) {
        v->column = column;
        v->problem = problem;
    }
}

static bool
is_full(const struct caddr *ip)
{
    return ip->plen == (ip->is_ipv4 ? 32 : 128);
}

static void
parse_ips(const struct nbrec_nat *nat, struct vnat *v)
{
    bool external = caddr_parse(nat->external_ip, &v->external);
    bool logical = caddr_parse(nat->logical_ip, &v->logical);

    if (!external || !is_full(&v->external)) {
        set_problem(v, "external_ip", "is no IP address");
    } else if (!logical) {
        set_problem(v, "logical_ip", "is no IP address or network");
    } else if (!is_full(&v->logical) && v->type != VNAT_SNAT) {
        set_problem(v, "logical_ip",
                    "is a network, which only type \"snat\" takes");
    } else if (v->external.is_ipv4 != v->logical.is_ipv4) {
        set_problem(v, "logical_ip",
                    "is of another IP version than external_ip");
    }
}

/* "1000" or "1000-2000": it becomes part of an action. */
static bool
is_port_range(const char *s)
{
    unsigned int first, last;
    int end = 0;

    if (ovs_scan(s, "%u-%u%n", &first, &last, &end) && !s[end]) {
        return first && last <= 65535 && first <= last;
    }
    end = 0;
    return ovs_scan(s, "%u%n", &first, &end) && !s[end] && first
           && first <= 65535;
}

/* The name becomes part of a match, without quotes. */
static bool
is_identifier(const char *s)
{
    return s[0] && !isdigit((unsigned char) s[0])
           && !s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "abcdefghijklmnopqrstuvwxyz0123456789_.")];
}

static char *
parse_set(struct cctx *ctx, const struct nbrec_address_set *ref,
          const char *column, struct vnat *v)
{
    const struct nbrec_address_set *as
        = ref ? get_as(ctx, &ref->header_.uuid) : NULL;

    if (as && !is_identifier(as->name)) {
        set_problem(v, column, "is an address set whose name is no "
                    "identifier");
        return NULL;
    }
    return as ? xstrdup(as->name) : NULL;
}

static void
parse_rest(struct cctx *ctx, const struct nbrec_nat *nat, struct vnat *v)
{
    struct eth_addr mac;

    v->allowed = parse_set(ctx, nat->allowed_ext_ips, "allowed_ext_ips", v);
    v->exempted = parse_set(ctx, nat->exempted_ext_ips, "exempted_ext_ips",
                            v);
    if (v->allowed && v->exempted) {
        set_problem(v, "exempted_ext_ips",
                    "is set as well as allowed_ext_ips");
    }
    if (nat->external_port_range[0]) {
        if (is_port_range(nat->external_port_range)) {
            v->ports = xstrdup(nat->external_port_range);
        } else {
            set_problem(v, "external_port_range",
                        "is neither PORT nor FIRST-LAST");
        }
    }
    v->stateless = v->type == VNAT_DNAT_AND_SNAT
                   && smap_get_bool(&nat->options, "stateless", false);
    v->adds_route = smap_get_bool(&nat->options, "add_route", false);
    v->gateway_port = nat->gateway_port ? nat->gateway_port->header_.uuid
                                        : UUID_ZERO;
    if (nat->external_mac) {
        if (!eth_addr_from_string(nat->external_mac, &mac)) {
            set_problem(v, "external_mac", "is no MAC");
        } else if (nat->logical_port) {
            v->mac = xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
            v->json_port = json_quote(nat->logical_port);
            v->port = xstrdup(nat->logical_port);
            v->is_distributed = v->type == VNAT_DNAT_AND_SNAT;
        }
    }
}

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_nat *nat = get_nat(ctx, key);

    if (!nat) {
        return NULL;
    }

    struct vnat *v = xzalloc(sizeof *v);
    v->type = !strcmp(nat->type, "snat") ? VNAT_SNAT
              : !strcmp(nat->type, "dnat") ? VNAT_DNAT : VNAT_DNAT_AND_SNAT;
    parse_ips(nat, v);
    parse_rest(ctx, nat, v);
    return v;
}

static bool
equal_ip(const struct caddr *a, const struct caddr *b)
{
    return nullable_string_is_equal(a->s, b->s) && a->plen == b->plen;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vnat *a = a_, *b = b_;

    return a->type == b->type && a->problem == b->problem
           && a->column == b->column
           && equal_ip(&a->external, &b->external)
           && equal_ip(&a->logical, &b->logical)
           && a->stateless == b->stateless
           && a->adds_route == b->adds_route
           && a->is_distributed == b->is_distributed
           && nullable_string_is_equal(a->mac, b->mac)
           && nullable_string_is_equal(a->port, b->port)
           && nullable_string_is_equal(a->ports, b->ports)
           && nullable_string_is_equal(a->allowed, b->allowed)
           && nullable_string_is_equal(a->exempted, b->exempted)
           && uuid_equals(&a->gateway_port, &b->gateway_port);
}

static void
free_view(void *v_)
{
    struct vnat *v = v_;

    caddr_uninit(&v->external);
    caddr_uninit(&v->logical);
    free(v->mac);
    free(v->port);
    free(v->json_port);
    free(v->ports);
    free(v->allowed);
    free(v->exempted);
    free(v);
}

const struct cview_class cview_nat = {
    .compute = compute,
    .equal = equal,
    .free = free_view,
};

/* --- All of a router --- */

static void *
compute_router(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_logical_router *lr = get_lr(ctx, key);

    if (!lr) {
        return NULL;
    }

    struct vrouter_nat *v = xzalloc(sizeof *v);
    for (size_t i = 0; i < lr->n_nat && !v->has_distributed; i++) {
        const struct vnat *nat = view_nat(ctx, &lr->nat[i]->header_.uuid);

        v->has_distributed = nat && !nat->problem && nat->is_distributed;
    }
    return v;
}

static bool
equal_router(const void *a_, const void *b_)
{
    const struct vrouter_nat *a = a_, *b = b_;

    return a->has_distributed == b->has_distributed;
}

const struct cview_class cview_router_nat = {
    .compute = compute_router,
    .equal = equal_router,
    .free = free,
};
