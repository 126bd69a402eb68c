/* What holds for the whole Southbound database: SB_Global's copy of options,
 * and what chassis may write where role-based access control is on.
 *
 * The rights are those that stock ovn-northd 23.03 grants to the role
 * "ovn-controller" (ovn-sb(5), RBAC_Permission). */

#include "rows.h"
#include "feature.h"

struct permission {
    const char *table;
    const char *authorization; /* Column that must name the client; or "". */
    bool insert_delete;
    const char *update[8];
};

static const struct permission permissions[] = {
    { "Chassis", "name", true,
      { "encaps", "external_ids", "nb_cfg", "other_config",
        "transport_zones", "vtep_logical_switches" } },
    { "Chassis_Private", "name", true,
      { "chassis", "external_ids", "nb_cfg", "nb_cfg_timestamp" } },
    { "Encap", "chassis_name", true, { "ip", "options", "type" } },
    { "Controller_Event", "", true,
      { "chassis", "event_info", "event_type", "seq_num" } },
    { "Port_Binding", "", false,
      { "additional_chassis", "additional_encap", "chassis", "encap",
        "options", "up", "virtual_parent" } },
    { "MAC_Binding", "", true,
      { "datapath", "ip", "logical_port", "mac", "timestamp" } },
    { "Service_Monitor", "", false, { "status" } },
    { "IGMP_Group", "", true, { "address", "chassis", "datapath", "ports" } },
    { "BFD", "", false, { "status" } },
    { "FDB", "", true, { "dp_key", "mac", "port_key" } },
};

static struct uuid
emit_permission(struct cctx *ctx, const struct permission *p)
{
    struct uuid uuid = uuid_digest("RBAC_Permission", p->table, NULL);
    char *authorization = CONST_CAST(char *, p->authorization);
    struct json *row = json_object_create();
    size_t n = 0;

    while (n < ARRAY_SIZE(p->update) && p->update[n]) {
        n++;
    }
    row_put_string(row, "table", p->table);
    row_put_strings(row, "authorization", &authorization, 1);
    row_put_bool(row, "insert_delete", p->insert_delete);
    row_put_strings(row, "update", (char *const *) p->update, n);
    crow_emit(ctx, "RBAC_Permission", &uuid, &row);
    return uuid;
}

static void
emit_role(struct cctx *ctx)
{
    struct uuid uuid = uuid_digest("RBAC_Role", "ovn-controller", NULL);
    struct json *row = json_object_create();
    struct row_map map = row_map_start();

    row_put_string(row, "name", "ovn-controller");
    for (size_t i = 0; i < ARRAY_SIZE(permissions); i++) {
        struct uuid permission = emit_permission(ctx, &permissions[i]);

        row_map_add_uuid(&map, permissions[i].table, &permission);
    }
    row_map_put(row, "permissions", &map);
    crow_emit(ctx, "RBAC_Role", &uuid, &row);
}

static void
report_options(struct cctx *ctx, const struct nbrec_nb_global *global)
{
    static const struct {
        const char *name;
        const char *problem;
    } others[] = {
        { "debug_drop_domain_id", "packets that are dropped are not sampled" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (smap_get(&global->options, others[i].name)) {
            char *column = xasprintf("options:%s", others[i].name);

            creport(ctx, global->name, column, "remove it", "%s",
                    others[i].problem);
            free(column);
        }
    }
}

static void
compile_global(struct cctx *ctx, const void *global_)
{
    const struct nbrec_nb_global *global = global_;
    struct json *row = json_object_create();

    row_put_map(row, "options", &global->options);
    row_put_bool(row, "ipsec", global->ipsec);
    crow_emit(ctx, "SB_Global", &global->header_.uuid, &row);
    emit_role(ctx);
    report_options(ctx, global);
}

const struct cunit_class cunit_global = {
    .table = CT_GLOBAL,
    .compile = compile_global,
};
