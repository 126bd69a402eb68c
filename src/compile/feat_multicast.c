/* Flooding and multicast of a switch.  Stage ls_in_l2_lkup; rows
 * Multicast_Group and IP_Multicast.
 *
 * Sources: ovn-northd(8); Logical_Switch other_config:mcast_* in ovn-nb(5);
 * Multicast_Group, IP_Multicast in ovn-sb(5). */

#include "mgroup.h"
#include "rows.h"
#include "rows_binding.h"
#include "views.h"

/* Keys of the groups, as ovn-northd has them. */
enum {
    KEY_FLOOD = 32768,
    KEY_UNKNOWN,
    KEY_MROUTER_FLOOD,
    KEY_STATIC,
    KEY_FLOOD_L2,
};

static void
emit_groups(struct cctx *ctx, const struct uuid *ls,
            const struct vmulticast *m)
{
    struct mgroups joined = mgroups_get(ctx, ls);
    struct uuids mrouter = { .n = 0 };

    uuids_add(&mrouter, m->mrouter.list, m->mrouter.n);
    uuids_add(&mrouter, joined.mrouters.list, joined.mrouters.n);
    const struct {
        const char *name;
        uint32_t key;
        const struct uuids *ports;
    } groups[] = {
        { "_MC_flood", KEY_FLOOD, &m->flood },
        { "_MC_unknown", KEY_UNKNOWN, &m->unknown },
        { "_MC_mrouter_flood", KEY_MROUTER_FLOOD, &mrouter },
        { "_MC_static", KEY_STATIC, &m->is_static },
        { "_MC_flood_l2", KEY_FLOOD_L2, &m->flood_l2 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        if (groups[i].ports->n) {
            cgroup_emit(ctx, ls, groups[i].name, groups[i].key,
                        groups[i].ports->list, groups[i].ports->n);
        }
    }
    free(mrouter.list);
    mgroups_uninit(&joined);
}

static void
emit(struct cctx *ctx, const struct uuid *ls, uint16_t priority,
     const char *match, const char *actions)
{
    cflow_emit(ctx, &(struct cflow) {
        .dp = ls,
        .stage = LS_IN_L2_LKUP,
        .priority = priority,
        .match = match,
        .actions = actions,
    });
}

static void
emit_reports(struct cctx *ctx, const struct uuid *ls)
{
    static const char *const reports[] = { "igmp", "mldv1 || mldv2" };
    const struct vswitch_mode *mode = view_switch_mode(ctx, ls);
    const char *meter = mode ? copp_meter(ctx, &mode->copp, "igmp") : NULL;

    for (size_t i = 0; i < ARRAY_SIZE(reports); i++) {
        cflow_emit(ctx, &(struct cflow) {
            .dp = ls,
            .stage = LS_IN_L2_LKUP,
            .priority = 100,
            .match = reports[i],
            .actions = "igmp;",
            .meter = meter,
        });
    }
}

/* What nobody has asked for goes to routers that relay it and to the ports
 * that want all. */
static void
emit_unregistered(struct cctx *ctx, const struct uuid *ls,
                  const struct vmulticast *m)
{
    struct ds actions = DS_EMPTY_INITIALIZER;

    if (m->relays) {
        ds_put_cstr(&actions, "clone { outport = \"_MC_mrouter_flood\"; "
                              "output; }; ");
    }
    if (m->is_static.n) {
        ds_put_cstr(&actions, "outport =\"_MC_static\"; output;");
    }
    if (!actions.length) {
        ds_put_cstr(&actions, "drop;");
    }
    emit(ctx, ls, 80, "ip4.mcast || ip6.mcast", ds_cstr(&actions));
    ds_destroy(&actions);
}

static void
emit_flows(struct cctx *ctx, const struct nbrec_logical_switch *row,
           const struct vmulticast *m)
{
    const struct uuid *ls = &row->header_.uuid;

    if (!m->snoops) {
        return;
    }
    if (!m->floods_unregistered && cctx_fact(ctx, CFACT_SELF, "chassis")) {
        creport(ctx, row->name, "other_config:mcast_snoop",
                "set other_config:mcast_flood_unregistered=true, or "
                "mcast_flood=true on the ports that are to get it",
                "groups that hosts join are not followed: multicast goes to "
                "ports with mcast_flood only");
    }
    emit_reports(ctx, ls);
    emit(ctx, ls, 85, "ip4.mcast && ip4.dst == 224.0.0.0/24",
         "outport = \"_MC_flood_l2\"; output;");
    emit(ctx, ls, 85, "ip6.mcast_flood", "outport = \"_MC_flood\"; output;");
    if (!m->floods_unregistered) {
        emit_unregistered(ctx, ls, m);
    }
}

static int
bounded(const struct smap *config, const char *key, int or_else, int min,
        int max)
{
    int value = smap_get_int(config, key, or_else);

    return value < min ? min : value > max ? max : value;
}

static void
emit_row(struct cctx *ctx, const struct nbrec_logical_switch *ls)
{
    const struct smap *config = &ls->other_config;
    char *id = xasprintf(UUID_FMT, UUID_ARGS(&ls->header_.uuid));
    struct uuid uuid = uuid_digest("IP_Multicast", id, NULL);
    int idle = bounded(config, "mcast_idle_timeout", 300, 15, 3600);
    struct json *row = json_object_create();

    row_put_uuid(row, "datapath", &ls->header_.uuid);
    row_put_bool(row, "enabled", smap_get_bool(config, "mcast_snoop", false));
    row_put_bool(row, "querier", smap_get_bool(config, "mcast_querier",
                                               true));
    row_put_string(row, "eth_src", smap_get_def(config, "mcast_eth_src", ""));
    row_put_string(row, "ip4_src", smap_get_def(config, "mcast_ip4_src", ""));
    row_put_string(row, "ip6_src", smap_get_def(config, "mcast_ip6_src", ""));
    row_put_integer(row, "table_size",
                    smap_get_uint(config, "mcast_table_size", 2048));
    row_put_integer(row, "idle_timeout", idle);
    row_put_integer(row, "query_interval",
                    bounded(config, "mcast_query_interval", idle / 2, 1,
                            3600));
    row_put_integer(row, "query_max_resp",
                    smap_get_uint(config, "mcast_query_max_response", 1));
    row_put_integer(row, "seq_no", 0);
    crow_emit(ctx, "IP_Multicast", &uuid, &row);
    free(id);
}

static void
compile(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_switch *ls = row;
    const struct vmulticast *m = view_multicast(ctx, &ls->header_.uuid);

    if (m) {
        emit_groups(ctx, &ls->header_.uuid, m);
        emit_flows(ctx, ls, m);
        emit_row(ctx, ls);
    }
}

const struct cunit_class cunit_ls_multicast = {
    .table = CT_LS,
    .compile = compile,
};
