/* Load_Balancer rows, parsed. */

#include "lb.h"

static enum lb_responder
parse_responder(struct cctx *ctx, const struct nbrec_load_balancer *row,
                bool is_template)
{
    const char *value = smap_get_def(&row->options, "neighbor_responder",
                                     is_template ? "none" : "reachable");

    if (!strcmp(value, "all")) {
        return LB_RESPOND_ALL;
    } else if (!strcmp(value, "none")) {
        return LB_RESPOND_NONE;
    } else if (is_template) {
        creport(ctx, row->name, "options:neighbor_responder",
                "write all or none", "\"%s\" is nothing for a template: "
                "routers do not answer ARP for its VIPs", value);
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
            ds_put_cstr(&s, vip->backends[i].at.s);
        }
    }
    free(vip->backends_s);
    vip->backends_s = ds_steal_cstr(&s);
}

static void
add_vip(struct cctx *ctx, struct lb *lb, const struct smap_node *node)
{
    struct lb_vip vip;
    char *why = lb_vip_parse(lb->row, node->key, node->value, &vip);

    if (why) {
        creport(ctx, lb->row->name, "vips",
                lb->is_template
                ? "write ^VIP:^PORT to ^BACKENDS, or to ^BACKEND:^PORT, ..."
                : "write ADDRESS:PORT to ADDRESS:PORT,ADDRESS:PORT..., or "
                  "addresses without ports on both sides",
                "VIP \"%s\" %s: nothing is done for it", node->key, why);
        free(why);
        return;
    }
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

void
lb_parse(struct cctx *ctx, const struct nbrec_load_balancer *row,
         struct lb *lb)
{
    const struct smap_node *node;

    *lb = (struct lb) { .row = row };
    smap_init(&lb->vip_map);
    lb->protocol = row->protocol && row->protocol[0] ? row->protocol : "tcp";
    lb->is_template = smap_get_bool(&row->options, "template", false);
    lb->reject = smap_get_bool(&row->options, "reject", false);
    lb->event = smap_get_bool(&row->options, "event", false);
    lb->skip_snat = smap_get_bool(&row->options, "skip_snat", false);
    lb->responder = parse_responder(ctx, row, lb->is_template);
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
}

void
lb_uninit(struct lb *lb)
{
    for (size_t i = 0; i < lb->n_vips; i++) {
        lb_vip_uninit(&lb->vips[i]);
    }
    free(lb->vips);
    smap_destroy(&lb->vip_map);
    free(lb->hash_fields);
}

void
lb_put_vip(const struct lb *lb, const struct lb_vip *vip, bool protocol,
           struct ds *s)
{
    ds_put_format(s, "ip%d.dst == %s", vip->is_ipv4 ? 4 : 6, vip->at.ip);
    if (protocol) {
        ds_put_format(s, " && %s", lb->protocol);
    }
    if (vip->at.port) {
        ds_put_format(s, " && %s.dst == %s", lb->protocol, vip->at.port);
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
    return vip->at.port ? 120 : 110;
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
