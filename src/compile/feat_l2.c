/* Switching: admission, learning of addresses behind "unknown" ports, lookup
 * of destinations.  Stages ls_in_check_port_sec to put_fdb, external_port to
 * l2_unknown, ls_out_check_port_sec, apply_port_sec.
 *
 * Sources: ovn-northd(8); Logical_Switch_Port in ovn-nb(5). */

#include "feat_port.h"

/* Flows that each switch has. */
struct common_flow {
    enum cstage stage;
    uint16_t priority;
    const char *match;
    const char *actions;
};

static const struct common_flow common_flows[] = {
    { LS_IN_CHECK_PORT_SEC, 100, "eth.src[40]", "drop;" },
    { LS_IN_CHECK_PORT_SEC, 50, "1",
      "reg0[15] = check_in_port_sec(); next;" },
    { LS_IN_APPLY_PORT_SEC, 50, "reg0[15] == 1", "drop;" },
    { LS_IN_APPLY_PORT_SEC, 0, "1", "next;" },
    { LS_IN_LOOKUP_FDB, 0, "1", "next;" },
    { LS_IN_PUT_FDB, 0, "1", "next;" },
    { LS_IN_QOS_MARK, 0, "1", "next;" },
    { LS_IN_QOS_METER, 0, "1", "next;" },
    { LS_IN_ARP_RSP, 0, "1", "next;" },
    { LS_IN_DHCP_OPTIONS, 0, "1", "next;" },
    { LS_IN_DHCP_RESPONSE, 0, "1", "next;" },
    { LS_IN_DNS_LOOKUP, 0, "1", "next;" },
    { LS_IN_DNS_RESPONSE, 0, "1", "next;" },
    { LS_IN_EXTERNAL_PORT, 0, "1", "next;" },
    { LS_IN_L2_LKUP, 70, "eth.mcast", "outport = \"_MC_flood\"; output;" },
    { LS_IN_L2_LKUP, 0, "1", "outport = get_fdb(eth.dst); next;" },
    { LS_IN_L2_UNKNOWN, 0, "1", "output;" },
    { LS_OUT_QOS_MARK, 0, "1", "next;" },
    { LS_OUT_QOS_METER, 0, "1", "next;" },
    { LS_OUT_CHECK_PORT_SEC, 100, "eth.mcast", "reg0[15] = 0; next;" },
    { LS_OUT_CHECK_PORT_SEC, 0, "1",
      "reg0[15] = check_out_port_sec(); next;" },
    { LS_OUT_APPLY_PORT_SEC, 50, "reg0[15] == 1", "drop;" },
    { LS_OUT_APPLY_PORT_SEC, 0, "1", "output;" },
};

static void
compile_switch(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_switch *ls = row;
    const struct uuid *dp = &ls->header_.uuid;
    const struct vswitch *sw = view_switch(ctx, dp);

    if (!sw) {
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(common_flows); i++) {
        const struct common_flow *flow = &common_flows[i];

        cflow_emit(ctx, &(struct cflow) {
            .dp = dp,
            .stage = flow->stage,
            .priority = flow->priority,
            .match = flow->match,
            .actions = flow->actions,
        });
    }
    if (!sw->vlan_passthru) {
        cflow_emit(ctx, &(struct cflow) {
            .dp = dp,
            .stage = LS_IN_CHECK_PORT_SEC,
            .priority = 100,
            .match = "vlan.present",
            .actions = "drop;",
        });
    }
    cflow_emit(ctx, &(struct cflow) {
        .dp = dp,
        .stage = LS_IN_L2_UNKNOWN,
        .priority = 50,
        .match = "outport == \"none\"",
        .actions = sw->has_unknown ? "outport = \"_MC_unknown\"; output;"
                                   : "drop;",
    });
    cflow_emit(ctx, &(struct cflow) {
        .dp = dp,
        .stage = LS_IN_L2_LKUP,
        .priority = 110,
        .match = "eth.dst == $svc_monitor_mac && (tcp || icmp || icmp6)",
        .actions = "handle_svc_check(inport);",
        .meter = copp_meter(ctx, &sw->copp, "svc-monitor"),
    });
}

const struct cunit_class cunit_ls_l2 = {
    .table = CT_LS,
    .compile = compile_switch,
};

/* --- Ports --- */

/* A flow that matches "FIELD == PORT REST". */
static void
emit_port_flow(struct cctx *ctx, const struct vport *port,
               struct cflow flow, const char *field, const char *rest)
{
    char *match = xasprintf("%s == %s%s", field, port->json_name, rest);

    flow.dp = &port->ls;
    flow.match = match;
    flow.port = port->name;
    cflow_emit(ctx, &flow);
    free(match);
}

/* options:qdisc_queue_id, or -1. */
static int
parse_queue(struct cctx *ctx, const struct nbrec_logical_switch_port *lsp)
{
    const char *queue = smap_get(&lsp->options, "qdisc_queue_id");
    unsigned int id;

    if (!queue) {
        return -1;
    } else if (!str_to_uint(queue, 10, &id) || id > UINT16_MAX) {
        creport(ctx, lsp->name, "options:qdisc_queue_id",
                "write a number from 0 to 65535",
                "\"%s\" is no queue: packets take the default one", queue);
        return -1;
    }
    return id;
}

static void
emit_disabled(struct cctx *ctx, const struct vport *port)
{
    emit_port_flow(ctx, port, (struct cflow) {
        .stage = LS_IN_CHECK_PORT_SEC,
        .priority = 100,
        .actions = "reg0[15] = 1; next;",
    }, "inport", "");
    emit_port_flow(ctx, port, (struct cflow) {
        .stage = LS_IN_L2_UNKNOWN,
        .priority = 50,
        .actions = "drop;",
    }, "outport", "");
}

static void
emit_admission(struct cctx *ctx, const struct vport *port,
               const struct nbrec_logical_switch_port *lsp)
{
    int queue = port->type == VPORT_ROUTER ? -1 : parse_queue(ctx, lsp);
    char *set_queue = queue < 0 ? xstrdup("")
                                : xasprintf("set_queue(%d); ", queue);
    char *actions;

    if (queue >= 0 || port->type == VPORT_VTEP) {
        /* From a VTEP to ls_in_hairpin, which sends it on to its lookup. */
        actions = xasprintf("%s%s", set_queue, port->type == VPORT_VTEP
                            ? "reg0[14] = 1; "
                              "next(pipeline=ingress, table=16);"
                            : "reg0[15] = check_in_port_sec(); next;");
        emit_port_flow(ctx, port, (struct cflow) {
            .stage = LS_IN_CHECK_PORT_SEC,
            .priority = 70,
            .actions = actions,
        }, "inport", "");
        free(actions);
    }
    if (queue >= 0 && port->type == VPORT_LOCALNET) {
        actions = xasprintf("%soutput;", set_queue);
        emit_port_flow(ctx, port, (struct cflow) {
            .stage = LS_OUT_APPLY_PORT_SEC,
            .priority = 100,
            .actions = actions,
        }, "outport", "");
        free(actions);
    }
    free(set_queue);
}

/* Addresses behind a port with "unknown" are learned, unless its port
 * security says which they are. */
static void
emit_learning(struct cctx *ctx, const struct vport *port,
              const struct nbrec_logical_switch_port *lsp)
{
    bool learns = port->has_unknown && !lsp->n_port_security
                  && (port->type == VPORT_VIF
                      || (port->type == VPORT_LOCALNET
                          && smap_get_bool(&lsp->options,
                                           "localnet_learn_fdb", false)));

    if (learns) {
        emit_port_flow(ctx, port, (struct cflow) {
            .stage = LS_IN_LOOKUP_FDB,
            .priority = 100,
            .actions = "reg0[11] = lookup_fdb(inport, eth.src); next;",
        }, "inport", "");
        emit_port_flow(ctx, port, (struct cflow) {
            .stage = LS_IN_PUT_FDB,
            .priority = 100,
            .actions = "put_fdb(inport, eth.src); next;",
        }, "inport", " && reg0[11] == 0");
    }
}

/* Ports of routers: feat_l2_router.c. */
static void
emit_lookup(struct cctx *ctx, const struct vport *port)
{
    char *actions = port->enabled
                    ? xasprintf("outport = %s; output;", port->json_name)
                    : xstrdup("drop;");

    for (size_t i = 0; i < port->n_addrs; i++) {
        char *match = xasprintf("eth.dst == %s", port->addrs[i].mac_s);

        cflow_emit(ctx, &(struct cflow) {
            .dp = &port->ls,
            .stage = LS_IN_L2_LKUP,
            .priority = 50,
            .match = match,
            .actions = actions,
        });
        free(match);
    }
    free(actions);
}

void
feat_l2_port(const struct cport *p)
{
    if (p->port->type == VPORT_EXTERNAL) {
        return; /* Its packets come from a localnet port. */
    }
    if (p->port->enabled) {
        emit_admission(p->ctx, p->port, p->row);
    } else {
        emit_disabled(p->ctx, p->port);
    }
    emit_learning(p->ctx, p->port, p->row);
    if (p->port->type != VPORT_ROUTER) {
        emit_lookup(p->ctx, p->port);
    }
}
