/* Load_Balancer rows, parsed. */

#include "lb.h"

static enum lb_responder
parse_responder(struct cctx *ctx, const struct nbrec_load_balancer *row)
{
    const char *value = smap_get_def(&row->options, "neighbor_responder",
                                     "reachable");

    if (!strcmp(value, "all")) {
        return LB_RESPOND_ALL;
    } else if (!strcmp(value, "none")) {
        return LB_RESPOND_NONE;
    } else if (strcmp(value, "reachable")) {
        creport(ctx, row->name, "options:neighbor_responder",
                "write all, none or reachable",
                "\"%s\" is not known: routers answer ARP for VIPs in their "
                "networks only", value);
    }
    return LB_RESPOND_REACHABLE;
}

static unsigned int
parse_affinity(struct cctx *ctx, const struct nbrec_load_balancer *row)
{
    const char *value = smap_get(&row->options, "affinity_timeout");
    unsigned int timeout;

    if (!value) {
        return 0;
    }
    if (!str_to_uint(value, 10, &timeout)) {
        creport(ctx, row->name, "options:affinity_timeout",
                "write a number of seconds, 1 to 65535",
                "\"%s\" is no number: connections of a client may go to "
                "different backends", value);
        return 0;
    }
    return MIN(timeout, UINT16_MAX);
}

static char *
format_hash_fields(const struct lb *lb)
{
    const struct nbrec_load_balancer *row = lb->row;
    struct svec fields = SVEC_EMPTY_INITIALIZER;

    if (!row->n_selection_fields) {
        return xstrdup("");
    }
    for (size_t i = 0; i < row->n_selection_fields; i++) {
        const char *field = row->selection_fields[i];

        if (!strncmp(field, "tp_", 3)) {
            svec_add_nocopy(&fields, xasprintf("%s_%s", lb->protocol,
                                               field + 3));
        } else {
            svec_add(&fields, field);
        }
    }
    svec_sort_unique(&fields);
    char *list = svec_join(&fields, ",", "");
    char *text = xasprintf("; hash_fields=\"%s\"", list);
    free(list);
    svec_destroy(&fields);
    return text;
}

/* The backends that are up. */
void
lb_vip_format_backends(struct lb_vip *vip)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < vip->n_backends; i++) {
        if (vip->backends[i].up) {
            if (s.length) {
                ds_put_char(&s, ',');
            }
            endpoint_format(&vip->backends[i].ep, &s);
        }
    }
    free(vip->backends_s);
    vip->backends_s = ds_steal_cstr(&s);
}

/* 0.0.0.0 and ::, which are nobody's. */
static bool
is_any(const struct endpoint *ep)
{
    static const struct in6_addr any4 = {
        .s6_addr = { [10] = 0xff, [11] = 0xff },
    };

    return ipv6_addr_equals(&ep->addr, &any4)
           || ipv6_addr_equals(&ep->addr, &in6addr_any);
}

/* NULL, or why 'key' and 'value' are of no use. */
static char *
parse_vip(const char *key, const char *value, struct lb_vip *vip)
{
    struct endpoints eps = { .n = 0 };
    char *why = NULL, *bad;

    if (!endpoint_parse(key, &vip->ep) || is_any(&vip->ep)) {
        return xstrdup("is no address, with or without a port");
    }
    vip->is_ipv4 = endpoint_is_ipv4(&vip->ep);
    if (!endpoints_parse(value, &eps, &bad)) {
        why = xasprintf("has a backend \"%s\" that is no address", bad);
        free(bad);
    }
    for (size_t i = 0; i < eps.n && !why; i++) {
        if (endpoint_is_ipv4(&eps.list[i]) != vip->is_ipv4) {
            why = xstrdup("has a backend of another address family");
        } else if (is_any(&eps.list[i])) {
            why = xstrdup("has a backend that is no host's address");
        } else if (!eps.list[i].port != !vip->ep.port) {
            why = xasprintf("has a port %s its backends",
                            vip->ep.port ? "unlike" : "on only");
        }
    }
    if (!why) {
        vip->n_backends = eps.n;
        vip->backends = eps.n ? xmalloc(eps.n * sizeof *vip->backends)
                              : NULL;
        for (size_t i = 0; i < eps.n; i++) {
            vip->backends[i] = (struct lb_backend) { eps.list[i], true };
        }
    }
    endpoints_uninit(&eps);
    return why;
}

static void
add_vip(struct cctx *ctx, struct lb *lb, const struct smap_node *node)
{
    struct lb_vip vip = { .n_backends = 0 };
    char *why = parse_vip(node->key, node->value, &vip);

    if (why) {
        creport(ctx, lb->row->name, "vips",
                "write ADDRESS:PORT to ADDRESS:PORT,ADDRESS:PORT..., or "
                "addresses without ports on both sides",
                "VIP \"%s\" %s: nothing is done for it", node->key, why);
        free(why);
        return;
    }

    struct ds s = DS_EMPTY_INITIALIZER;
    endpoint_format(&vip.ep, &s);
    vip.vip_s = ds_steal_cstr(&s);
    ipv6_string_mapped(vip.ip_s, &vip.ep.addr);
    lb->vips[lb->n_vips++] = vip;
}

/* The VIPs as they are, or as they will be once a write that is under way has
 * come back.  Health checks follow the row: without them nobody knows whether
 * such a backend is to be used. */
static void
read_vips(struct cctx *ctx, const struct nbrec_load_balancer *row,
          struct smap *vips)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &row->vips) {
        const char *value = node->value;

        if (!value[strspn(value, ", \t")] && !row->n_health_check) {
            char *name = xasprintf(UUID_FMT" %s",
                                   UUID_ARGS(&row->header_.uuid), node->key);
            const char *fact = cctx_fact(ctx, CFACT_FORECAST, name);

            value = fact ? fact : value;
            free(name);
        }
        smap_add(vips, node->key, value);
    }
}

bool
lb_parse(struct cctx *ctx, const struct nbrec_load_balancer *row,
         struct lb *lb)
{
    const struct smap_node *node;

    *lb = (struct lb) { .row = row };
    smap_init(&lb->vip_map);
    lb->protocol = row->protocol && row->protocol[0] ? row->protocol : "tcp";
    if (smap_get_bool(&row->options, "template", false)) {
        creport(ctx, row->name, "options:template",
                "write a load balancer without variables",
                "templates are not done: nothing is done for its VIPs");
        return false;
    }
    lb->reject = smap_get_bool(&row->options, "reject", false);
    lb->event = smap_get_bool(&row->options, "event", false);
    lb->skip_snat = smap_get_bool(&row->options, "skip_snat", false);
    lb->responder = parse_responder(ctx, row);
    lb->affinity = parse_affinity(ctx, row);
    lb->hash_fields = format_hash_fields(lb);
    lb->vips = xmalloc(MAX(1, smap_count(&row->vips)) * sizeof *lb->vips);
    read_vips(ctx, row, &lb->vip_map);
    SMAP_FOR_EACH (node, &lb->vip_map) {
        add_vip(ctx, lb, node);
    }
    lb_health_apply(ctx, lb);
    for (size_t i = 0; i < lb->n_vips; i++) {
        lb_vip_format_backends(&lb->vips[i]);
    }
    return true;
}

void
lb_uninit(struct lb *lb)
{
    for (size_t i = 0; i < lb->n_vips; i++) {
        free(lb->vips[i].vip_s);
        free(lb->vips[i].backends);
        free(lb->vips[i].backends_s);
    }
    free(lb->vips);
    smap_destroy(&lb->vip_map);
    free(lb->hash_fields);
}

void
lb_put_vip(const struct lb *lb, const struct lb_vip *vip, bool protocol,
           struct ds *s)
{
    ds_put_format(s, "ip%d.dst == %s", vip->is_ipv4 ? 4 : 6, vip->ip_s);
    if (protocol) {
        ds_put_format(s, " && %s", lb->protocol);
    }
    if (vip->ep.port) {
        ds_put_format(s, " && %s.dst == %"PRIu16, lb->protocol,
                      vip->ep.port);
    }
}

void
lb_put_ct_lb(const struct lb *lb, const struct lb_vip *vip, struct ds *s)
{
    ds_put_format(s, "ct_lb_mark(backends=%s%s);", vip->backends_s,
                  lb->hash_fields);
}

uint16_t
lb_priority(const struct lb_vip *vip)
{
    return vip->ep.port ? 120 : 110;
}

bool
lb_is_router_vip(struct cctx *ctx, const struct uuid *router, const char *ip)
{
    size_t n;
    const struct uuid *lbs = cctx_named(ctx, CR_LB_OF_VIP, ip, &n);

    for (size_t i = 0; i < n; i++) {
        const struct vlb_use *use = view_lb_use(ctx, &lbs[i]);

        if (use && cdps_contains(use->routers, router)) {
            return true;
        }
    }
    return false;
}
