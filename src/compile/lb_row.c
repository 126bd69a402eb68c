/* Southbound Load_Balancer rows: what chassis recognise hairpins by. */

#include "lb.h"
#include "rows.h"
#include "template.h"

/* Chassis take IPv6 variables in brackets, and none where we know what they
 * stand for. */
static void
put_vips(struct cctx *ctx, const struct lb *lb, struct json *row)
{
    const struct smap *vips = &lb->vip_map;
    struct smap written = SMAP_INITIALIZER(&written);
    const struct smap_node *node;

    if (!lb->is_template) {
        row_put_map(row, "vips", vips);
        return;
    }
    SMAP_FOR_EACH (node, vips) {
        struct lb_vip vip;
        char *why = lb_vip_parse(lb->row, node->key, node->value, &vip);
        char *key = why ? NULL : template_expand(ctx, vip.at.s);
        char *value = why ? NULL : template_expand(ctx, node->value);

        if (!why) {
            smap_replace(&written, key ? key : vip.at.s,
                         value ? value : node->value);
            lb_vip_uninit(&vip);
        }
        free(why);
        free(key);
        free(value);
    }
    row_put_map(row, "vips", &written);
    smap_destroy(&written);
}

void
lb_row_emit(struct cctx *ctx, const struct lb *lb,
            const struct cdps *switches)
{
    const struct nbrec_load_balancer *nb = lb->row;
    struct json *row = json_object_create();
    char *id = xasprintf(UUID_FMT, UUID_ARGS(&nb->header_.uuid));
    struct smap ids = SMAP_CONST1(&ids, "lb_id", id);
    struct smap options;

    smap_clone(&options, &nb->options);
    smap_replace(&options, "hairpin_orig_tuple", "true");
    row_put_string(row, "name", nb->name);
    put_vips(ctx, lb, row);
    row_put_optional(row, "protocol", nb->protocol);
    row_put_map(row, "options", &options);
    row_put_map(row, "external_ids", &ids);
    if (switches->n > 1) {
        row_put_uuids(row, "datapaths", NULL, 0);
        row_put_uuid(row, "datapath_group", &switches->id);
        cdps_emit(ctx, switches);
    } else {
        row_put_uuids(row, "datapaths", switches->uuids, 1);
        row_put_optional(row, "datapath_group", NULL);
    }
    crow_emit(ctx, "Load_Balancer", &nb->header_.uuid, &row);
    smap_destroy(&options);
    free(id);
}
