/* Southbound rows that say on which chassis a distributed gateway port may be:
 * HA_Chassis_Group and HA_Chassis.
 *
 * Sources: ovn-sb(5); ovn-nb(5) Gateway_Chassis, HA_Chassis_Group. */

#include "feat_rows_chassis.h"

#include "rows.h"

/* One chassis of a group. */
static struct uuid
emit_chassis(struct cctx *ctx, const char *group, const char *name,
             int64_t priority)
{
    struct uuid uuid = uuid_digest("HA_Chassis", group, name, NULL);
    const char *fact = cctx_fact(ctx, CFACT_CHASSIS, name);
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct json *row = json_object_create();
    struct uuid chassis;

    smap_add(&ids, "chassis-name", name);
    row_put_uuids(row, "chassis", &chassis,
                  fact && uuid_from_string(&chassis, fact) ? 1 : 0);
    row_put_integer(row, "priority", priority);
    row_put_map(row, "external_ids", &ids);
    crow_emit(ctx, "HA_Chassis", &uuid, &row);
    smap_destroy(&ids);
    return uuid;
}

static struct uuid
emit_group(struct cctx *ctx, const char *name, struct uuid *members, size_t n)
{
    struct uuid uuid = uuid_digest("HA_Chassis_Group", name, NULL);
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct json *row = json_object_create();

    row_put_string(row, "name", name);
    row_put_uuids(row, "ha_chassis", members, n);
    row_put_map(row, "external_ids", &ids);
    crow_emit(ctx, "HA_Chassis_Group", &uuid, &row);
    smap_destroy(&ids);
    return uuid;
}

/* Chassis by their names: one that is listed twice counts once, with its
 * highest priority. */
struct member {
    const char *name;
    int64_t priority;
};

static void
add_member(struct member *list, size_t *n, const char *name, int64_t priority)
{
    for (size_t i = 0; i < *n; i++) {
        if (!strcmp(list[i].name, name)) {
            list[i].priority = MAX(list[i].priority, priority);
            return;
        }
    }
    list[(*n)++] = (struct member) { .name = name, .priority = priority };
}

static struct uuid
emit_members(struct cctx *ctx, const char *group, const struct member *list,
             size_t n)
{
    struct uuid *uuids = xcalloc(n, sizeof *uuids);

    for (size_t i = 0; i < n; i++) {
        uuids[i] = emit_chassis(ctx, group, list[i].name, list[i].priority);
    }

    struct uuid uuid = emit_group(ctx, group, uuids, n);
    free(uuids);
    return uuid;
}

struct uuid
feat_rows_chassis_group(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_ha_chassis_group *group = get_hagroup(ctx, key);
    struct member *list;
    size_t n = 0;

    if (!group) {
        return UUID_ZERO;
    }
    list = xcalloc(group->n_ha_chassis, sizeof *list);
    for (size_t i = 0; i < group->n_ha_chassis; i++) {
        const struct nbrec_ha_chassis *row
            = get_hachassis(ctx, &group->ha_chassis[i]->header_.uuid);

        if (row) {
            add_member(list, &n, row->chassis_name, row->priority);
        }
    }

    struct uuid uuid = emit_members(ctx, group->name, list, n);
    free(list);
    return uuid;
}

struct uuid
feat_rows_chassis_of_port(struct cctx *ctx,
                          const struct nbrec_logical_router_port *lrp)
{
    const struct uuid *named = cctx_named1(ctx, CR_HAGROUP_NAMED, lrp->name);
    struct member *list;
    size_t n = 0;

    if (lrp->ha_chassis_group) {
        return feat_rows_chassis_group(ctx,
                                       &lrp->ha_chassis_group->header_.uuid);
    }
    if (named) {
        creport(ctx, lrp->name, "gateway_chassis",
                "name the HA_Chassis_Group differently",
                "a HA_Chassis_Group has the port's name: its chassis count, "
                "not the port's");
        return feat_rows_chassis_group(ctx, named);
    }
    list = xcalloc(lrp->n_gateway_chassis, sizeof *list);
    for (size_t i = 0; i < lrp->n_gateway_chassis; i++) {
        const struct nbrec_gateway_chassis *row
            = get_gwchassis(ctx, &lrp->gateway_chassis[i]->header_.uuid);

        if (row) {
            add_member(list, &n, row->chassis_name, row->priority);
        }
    }

    struct uuid uuid = emit_members(ctx, lrp->name, list, n);
    free(list);
    return uuid;
}
