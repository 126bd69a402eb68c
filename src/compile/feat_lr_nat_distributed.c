/* NAT on routers with distributed gateway ports: at the gateway port, on its
 * chassis or, with external_mac and logical_port, where the logical port is.
 *
 * Source: ovn-northd(8), "on Distributed Routers". */

#include "rnat.h"

#define ETHERNET_SIZE 14

/* " && is_chassis_resident(GATEWAY)" for NAT that is not distributed. */
static char *
central(const struct rnat *n)
{
    return n->is_distributed
           ? xstrdup("")
           : xasprintf(" && is_chassis_resident(%s)", n->json_resident);
}

static void
emit_unsnat(struct cctx *ctx, const struct rnat *n)
{
    char *where = central(n);
    char *match = xasprintf("ip && %s.dst == %s && inport == %s", n->ip,
                            n->external, n->gateway->json_name);

    rnat_emit(ctx, n, LR_IN_UNSNAT, 100,
              xasprintf("%s && flags.loopback == 0%s", match, where),
              xstrdup(n->nat->stateless ? "next;" : "ct_snat_in_czone;"));
    if (!n->nat->stateless) {
        rnat_emit(ctx, n, LR_IN_UNSNAT, 100,
                  xasprintf("%s && flags.loopback == 1 && "
                            "flags.use_snat_zone == 1%s", match, where),
                  xstrdup("ct_snat;"));
    }
    free(match);
    free(where);
}

static void
emit_dnat(struct cctx *ctx, const struct rnat *n)
{
    const struct vnat *nat = n->nat;
    char *where = central(n);
    char *match = xasprintf("ip && %s.dst == %s && inport == %s%s", n->ip,
                            n->external, n->gateway->json_name, where);

    if (nat->exempted) {
        rnat_emit(ctx, n, LR_IN_DNAT, 102,
                  xasprintf("%s && %s.src == $%s", match, n->ip,
                            nat->exempted),
                  xstrdup("next;"));
    }
    rnat_emit(ctx, n, LR_IN_DNAT, 100,
              nat->allowed ? xasprintf("%s && %s.src == $%s", match, n->ip,
                                       nat->allowed)
                           : xstrdup(match),
              nat->stateless
              ? xasprintf("%s.dst=%s; next;", n->ip, n->logical)
              : xasprintf("ct_dnat_in_czone(%s%s%s);", n->logical,
                          nat->ports ? "," : "",
                          nat->ports ? nat->ports : ""));
    free(match);

    match = xasprintf("ip && %s.src == %s && outport == %s%s", n->ip,
                      n->logical, n->gateway->json_name, where);
    char *mac = n->is_distributed ? xasprintf("eth.src = %s; ", n->mac)
                                  : xstrdup("");
    rnat_emit(ctx, n, LR_OUT_UNDNAT, 100, match,
              xasprintf("%s%s", mac, nat->stateless ? "next;"
                                                    : "ct_dnat_in_czone;"));
    free(mac);
    free(where);
}

static void
emit_snat(struct cctx *ctx, const struct rnat *n)
{
    const struct vnat *nat = n->nat;
    uint16_t priority = nat->logical.plen + 1 + 128;
    char *match = xasprintf("ip && %s.src == %s && outport == %s && "
                            "is_chassis_resident(%s)", n->ip, n->logical,
                            n->gateway->json_name, n->json_resident);
    char *allowed = nat->allowed ? xasprintf(" && %s.dst == $%s", n->ip,
                                             nat->allowed)
                                 : xstrdup("");
    char *mac = n->is_distributed ? xasprintf("eth.src = %s; ", n->mac)
                                  : xstrdup("");
    char *to = xasprintf("(%s%s%s);", n->external, nat->ports ? "," : "",
                         nat->ports ? nat->ports : "");

    if (nat->exempted) {
        rnat_emit(ctx, n, LR_OUT_SNAT, priority + 2,
                  xasprintf("%s && %s.dst == $%s", match, n->ip,
                            nat->exempted),
                  xstrdup("next;"));
    }
    if (nat->stateless) {
        rnat_emit(ctx, n, LR_OUT_SNAT, priority,
                  xasprintf("%s%s", match, allowed),
                  xasprintf("%s%s.src=%s; next;", mac, n->ip, n->external));
    } else {
        rnat_emit(ctx, n, LR_OUT_SNAT, priority,
                  xasprintf("%s%s", match, allowed),
                  xasprintf("%sct_snat_in_czone%s", mac, to));
        rnat_emit(ctx, n, LR_OUT_SNAT, priority + 1,
                  xasprintf("%s%s && reg9[4] == 1", match, allowed),
                  xasprintf("%sreg9[4] = 0; ct_snat%s", mac, to));
    }
    free(to);
    free(mac);
    free(allowed);
    free(match);
}

/* Packets to the external address from inside come in again by the gateway
 * port, as if from outside. */
static void
emit_hairpin(struct cctx *ctx, const struct rnat *n)
{
    const char *port = n->gateway->json_name;

    rnat_emit(ctx, n, LR_OUT_CHK_DNAT_LOCAL, 50,
              xasprintf("ip && %s.dst == %s && is_chassis_resident(%s)",
                        n->ip, n->external, n->json_resident),
              xstrdup("reg9[4] = 1; next;"));
    rnat_emit(ctx, n, LR_OUT_EGR_LOOP, 100,
              xasprintf("%s.dst == %s && outport == %s && "
                        "is_chassis_resident(%s)", n->ip, n->external, port,
                        n->json_resident),
              xstrdup("clone { ct_clear; inport = outport; outport = \"\"; "
                      "eth.dst <-> eth.src; flags = 0; flags.loopback = 1; "
                      "flags.use_snat_zone = reg9[4]; reg0 = 0; reg1 = 0; "
                      "reg2 = 0; reg3 = 0; reg4 = 0; reg5 = 0; reg6 = 0; "
                      "reg7 = 0; reg8 = 0; reg9 = 0; reg9[0] = 1; "
                      "next(pipeline=ingress, table=0); };"));
    rnat_emit(ctx, n, LR_IN_ARP_RESOLVE, 150,
              xasprintf("inport == %s && outport == %s && %s.dst == %s",
                        port, port, n->ip, n->external),
              xstrdup("drop;"));
    rnat_emit(ctx, n, LR_IN_ARP_RESOLVE, 100,
              xasprintf("outport == %s && %s == %s", port,
                        rflow_reg0(n->nat->external.is_ipv4), n->external),
              xasprintf("eth.dst = %s; next;", n->mac));
    if (n->nat->type == VNAT_SNAT) {
        rnat_emit(ctx, n, LR_IN_IP_INPUT, 120,
                  xasprintf("inport == %s && %s.src == %s", port, n->ip,
                            n->external),
                  xstrdup("next;"));
    }
}

/* Stateless NAT for some addresses outside only. */
static void
emit_stateless_sets(struct cctx *ctx, const struct rnat *n)
{
    const struct vnat *nat = n->nat;
    const char *set = nat->allowed ? nat->allowed : nat->exempted;

    if (!nat->stateless || !set) {
        return;
    }
    rnat_emit(ctx, n, LR_IN_GW_REDIRECT, 75,
              xasprintf("outport == %s && %s.src == $%s",
                        n->gateway->json_name, n->ip, set),
              nat->allowed ? xasprintf("outport = %s; next;",
                                       n->gateway->json_redirect)
                           : xstrdup("drop;"));
    if (nat->allowed) {
        rnat_emit(ctx, n, LR_IN_GW_REDIRECT, 70,
                  xasprintf("ip && %s.dst == %s", n->ip, n->external),
                  xstrdup("drop;"));
    }
}

/* The port's gateway_mtu, for what comes to the external MAC. */
static void
emit_admission(struct cctx *ctx, const struct rnat *n)
{
    const struct vrport *port = n->gateway;
    char *match = xasprintf("eth.dst == %s && inport == %s && "
                            "is_chassis_resident(%s)", n->mac,
                            port->json_name, n->json_resident);
    char *actions = xasprintf("xreg0[0..47] = %s; next;", port->addrs.mac_s);

    if (!port->mtu) {
        rnat_emit(ctx, n, LR_IN_ADMISSION, 50, match, actions);
        return;
    }
    if (port->mtu_bypass) {
        rnat_emit(ctx, n, LR_IN_ADMISSION, 55,
                  xasprintf("%s && (%s)", match, port->mtu_bypass),
                  xstrdup(actions));
    }
    rnat_emit(ctx, n, LR_IN_ADMISSION, 50, match,
              xasprintf("reg9[1] = check_pkt_larger(%u); %s",
                        port->mtu + ETHERNET_SIZE, actions));
    free(actions);
}

static void
emit_too_big(struct cctx *ctx, const struct rnat *n)
{
    bool ipv4 = n->nat->external.is_ipv4;
    const char *port = n->gateway->json_name;
    struct cflow flow = {
        .dp = &n->router->uuid,
        .stage = LR_IN_IP_INPUT,
        .priority = 160,
        .meter = rflow_meter(ctx, n->router,
                             ipv4 ? "icmp4-error" : "icmp6-error"),
    };

    rflow_emit_nocopy(
        ctx, &flow,
        xasprintf("inport == %s && reg9[1] && reg9[0] == 0 && %s && "
                  "%s.dst == %s", port, n->ip, n->ip, n->external),
        xasprintf("icmp%s_error {reg9[0] = 1; reg9[1] = 0; "
                  "eth.dst = eth.src; eth.src = %s; %s.dst = %s.src; "
                  "%s.src = %s; ip.ttl = 254; %s.frag_mtu = %u; "
                  "outport = %s; flags.loopback = 1; output; };",
                  n->ip + 2, n->mac, n->ip, n->ip, n->ip, n->external,
                  ipv4 ? "icmp4.type = 3; /* Destination Unreachable. */ "
                         "icmp4.code = 4; "
                         "/* Frag Needed and DF was Set. */ icmp4"
                       : "icmp6.type = 2; /* Packet Too Big. */ "
                         "icmp6.code = 0; icmp6",
                  n->gateway->mtu, port));
}

/* A virtual port may be on no chassis (yet). */
static bool
is_virtual(struct cctx *ctx, const char *name)
{
    const struct uuid *uuid = cctx_named1(ctx, CR_LSP_NAMED, name);
    const struct nbrec_logical_switch_port *lsp = uuid ? get_lsp(ctx, uuid)
                                                       : NULL;

    return lsp && !strcmp(lsp->type, "virtual");
}

/* What only NAT where the logical port is has. */
static void
emit_local(struct cctx *ctx, const struct rnat *n)
{
    const struct vrport *port = n->gateway;
    bool ipv4 = n->nat->external.is_ipv4;
    char *match = xasprintf("%s.src == %s && outport == %s", n->ip,
                            n->logical, port->json_name);

    emit_admission(ctx, n);
    if (port->mtu) {
        emit_too_big(ctx, n);
    }
    rnat_emit(ctx, n, LR_IN_GW_REDIRECT, 100,
              xasprintf("%s && is_chassis_resident(%s)", match,
                        n->json_resident),
              xasprintf("eth.src = %s; %s = %s; next;", n->mac,
                        rflow_reg1(ipv4), n->external));
    if (is_virtual(ctx, n->nat->port)) {
        rnat_emit(ctx, n, LR_IN_GW_REDIRECT, 80, xstrdup(match),
                  xstrdup("drop;"));
    }
    free(match);
    if (port->is_bridged) {
        rnat_emit(ctx, n, LR_IN_ARP_RESOLVE, 90,
                  xasprintf("outport == %s && %s.src == %s && "
                            "is_chassis_resident(%s)", port->json_name,
                            n->ip, n->logical, n->json_resident),
                  xstrdup(ipv4 ? "get_arp(outport, reg0); next;"
                               : "get_nd(outport, xxreg0); next;"));
    }
}

void
rnat_emit_distributed(struct cctx *ctx, const struct rnat *n)
{
    emit_hairpin(ctx, n);
    if (rnat_is_dnat(n)) {
        emit_dnat(ctx, n);
    }
    if (rnat_is_snat(n)) {
        emit_unsnat(ctx, n);
        emit_snat(ctx, n);
    }
    if (n->is_distributed) {
        emit_local(ctx, n);
    }
    emit_stateless_sets(ctx, n);
}
