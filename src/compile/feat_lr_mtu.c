/* Packets that do not fit: ICMP "fragmentation needed", "packet too big".
 *
 * Sources: ovn-northd(8) lr_in_chk_pkt_len, lr_in_larger_pkts, lr_in_ip_input;
 * ovn-nb(5) gateway_mtu. */

#include "rflow.h"

#define ETHERNET_SIZE 14

/* The error, from the address 'ip' of the port with 'mac'. */
static char *
error_actions(const struct caddr *ip, const char *mac, unsigned int mtu)
{
    const char *what
        = ip->is_ipv4
          ? "icmp4.type = 3; /* Destination Unreachable. */ "
            "icmp4.code = 4; /* Frag Needed and DF was Set. */ icmp4"
          : "icmp6.type = 2; /* Packet Too Big. */ icmp6.code = 0; icmp6";
    const char *family = rflow_ip(ip->is_ipv4);

    return xasprintf("icmp%s_error {reg9[0] = 1; reg9[1] = 0; eth.dst = %s; "
                     "%s.dst = %s.src; %s.src = %s; ip.ttl = 255; "
                     "%s.frag_mtu = %u; next(pipeline=ingress, table=0); };",
                     family + 2, mac, family, family, family, ip->s, what,
                     mtu);
}

static void
emit_error(struct cctx *ctx, const struct vrouter *router,
           enum cstage stage, char *match, const struct caddr *ip,
           char *actions)
{
    struct cflow flow = {
        .dp = &router->uuid,
        .stage = stage,
        .priority = 150,
        .meter = rflow_meter(ctx, router,
                             ip->is_ipv4 ? "icmp4-error" : "icmp6-error"),
    };

    rflow_emit_nocopy(ctx, &flow, match, actions);
}

/* What comes in by the port and was too large for it. */
static void
emit_input(struct cctx *ctx, const struct vrport *port,
           const struct vrouter *router, bool ipv4)
{
    const struct caddr *ip = caddrs_first(&port->addrs, ipv4);

    if (ip) {
        emit_error(ctx, router, LR_IN_IP_INPUT,
                   xasprintf("inport == %s && %s && reg9[1] && reg9[0] == 0",
                             port->json_name, rflow_ip(ipv4)),
                   ip, error_actions(ip, port->addrs.mac_s, port->mtu));
    }
}

/* What comes in by 'other' and is too large for the port. */
static void
emit_output(struct cctx *ctx, const struct vrport *port,
            const struct vrouter *router, const struct vrouter_port *other,
            bool ipv4)
{
    const struct caddr *ip = caddrs_first(&other->addrs, ipv4);

    if (ip) {
        emit_error(ctx, router, LR_IN_LARGER_PKTS,
                   xasprintf("inport == %s && outport == %s && %s && "
                             "reg9[1] && reg9[0] == 0", other->json_name,
                             port->json_name, rflow_ip(ipv4)),
                   ip, error_actions(ip, other->addrs.mac_s, port->mtu));
    }
}

static void
emit_check(struct cctx *ctx, const struct vrport *port)
{
    struct cflow flow = {
        .dp = &port->router,
        .stage = LR_IN_CHK_PKT_LEN,
        .priority = 50,
    };

    rflow_emit_nocopy(ctx, &flow,
                      xasprintf("outport == %s", port->json_name),
                      xasprintf("reg9[1] = check_pkt_larger(%u); next;",
                                port->mtu + ETHERNET_SIZE));
    if (port->mtu_bypass) {
        flow.priority = 55;
        rflow_emit_nocopy(ctx, &flow,
                          xasprintf("outport == %s && (%s)",
                                    port->json_name, port->mtu_bypass),
                          xstrdup("next;"));
    }
}

static void
compile_port(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router_port *lrp = row;
    const struct vrport *port = view_router_port(ctx, &lrp->header_.uuid);
    const struct vrouter *router = rflow_router(ctx, port);
    const struct vrouter_ports *ports;

    if (!router || !port->mtu) {
        return;
    }
    emit_check(ctx, port);
    emit_input(ctx, port, router, true);
    emit_input(ctx, port, router, false);
    ports = view_router_ports(ctx, &port->router);
    for (size_t i = 0; ports && i < ports->n; i++) {
        if (!uuid_equals(&ports->ports[i].uuid, &port->uuid)) {
            emit_output(ctx, port, router, &ports->ports[i], true);
            emit_output(ctx, port, router, &ports->ports[i], false);
        }
    }
}

const struct cunit_class cunit_lr_mtu = {
    .table = CT_LRP,
    .compile = compile_port,
};
