/* DHCP, answered for a port without a server.  Stages ls_in_dhcp_options,
 * dhcp_response, ls_out_acl.
 *
 * Sources: ovn-northd(8); DHCP_Options and Logical_Switch_Port in
 * ovn-nb(5). */

#include "dhcp_args.h"
#include "feat_port.h"

/* What asks: the port itself, or for an external port a localnet port, on the
 * chassis that has the external one. */
struct client {
    struct cctx *ctx;
    const struct nbrec_logical_switch_port *lsp;
    const struct vport *port;
    const struct vport *inport;
    const struct vswitch_mode *mode;
    const char *resident; /* " && is_chassis_resident(...)" or "". */
};

static void
emit_options(const struct client *c, const char *match, const char *actions,
             const char *protocol)
{
    cflow_emit(c->ctx, &(struct cflow) {
        .dp = &c->port->ls,
        .stage = LS_IN_DHCP_OPTIONS,
        .priority = 100,
        .match = match,
        .actions = actions,
        .meter = copp_meter(c->ctx, &c->mode->copp, protocol),
        .port = c->inport->name,
    });
}

static void
emit_response(const struct client *c, const char *match, const char *actions)
{
    cflow_emit(c->ctx, &(struct cflow) {
        .dp = &c->port->ls,
        .stage = LS_IN_DHCP_RESPONSE,
        .priority = 100,
        .match = match,
        .actions = actions,
        .port = c->inport->name,
    });
}

/* The answer passes the ACLs. */
static void
emit_admission(struct cctx *ctx, const struct vport *port,
               const struct vswitch_mode *mode, const char *rest)
{
    char *match = xasprintf("outport == %s && %s", port->json_name, rest);

    cflow_emit(ctx, &(struct cflow) {
        .dp = &port->ls,
        .stage = LS_OUT_ACL,
        .priority = 34000,
        .match = match,
        .actions = mode->stateful ? "ct_commit; next;" : "next;",
        .port = port->name,
    });
    free(match);
}

/* --- Version 4 --- */

struct dhcpv4 {
    struct caddr cidr;
    char *server_ip, *server_mac;
    char *options; /* All but the address. */
};

static void
dhcpv4_uninit(struct dhcpv4 *d)
{
    caddr_uninit(&d->cidr);
    free(d->server_ip);
    free(d->server_mac);
    free(d->options);
}

static bool
dhcpv4_parse_server(struct cctx *ctx, const char *port,
                    const struct smap *options, struct dhcpv4 *d)
{
    const char *mac_s = smap_get_def(options, "server_mac", "");
    const char *ip_s = smap_get_def(options, "server_id", "");
    struct eth_addr mac;
    ovs_be32 ip;

    if (!eth_addr_from_string(mac_s, &mac) || !ip_parse(ip_s, &ip)
        || !smap_get(options, "lease_time")) {
        creport(ctx, port, "dhcpv4_options",
                "give them server_id=IPv4 address, server_mac=MAC and "
                "lease_time=SECONDS", "the options lack one of these: DHCP "
                "requests are not answered");
        return false;
    }
    d->server_ip = xasprintf(IP_FMT, IP_ARGS(ip));
    d->server_mac = xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
    return true;
}

static char *
dhcpv4_format(struct cctx *ctx, const struct nbrec_logical_switch_port *lsp,
              const struct nbrec_dhcp_options *row, const struct caddr *cidr)
{
    const char *hostname = smap_get(&lsp->options, "hostname");
    struct dhcp_args args = {
        .ctx = ctx, .port = lsp->name, .column = "dhcpv4_options",
    };
    struct smap options;

    smap_clone(&options, &row->options);
    smap_remove(&options, "server_mac");
    smap_replace_nocopy(&options, "netmask",
                        xasprintf(IP_FMT,
                                  IP_ARGS(be32_prefix_mask(cidr->plen))));
    if (hostname) {
        smap_replace_nocopy(&options, "hostname",
                            *hostname == '"' ? xstrdup(hostname)
                                             : json_quote(hostname));
    }
    char *s = dhcp_args_format(&args, &options);
    smap_destroy(&options);
    return s;
}

static bool
dhcpv4_init(struct dhcpv4 *d, struct cctx *ctx,
            const struct nbrec_logical_switch_port *lsp,
            const struct nbrec_dhcp_options *row)
{
    *d = (struct dhcpv4) { .server_ip = NULL };
    if (!caddr_parse(row->cidr, &d->cidr) || !d->cidr.is_ipv4) {
        creport(ctx, lsp->name, "dhcpv4_options",
                "refer to options whose cidr is as 10.0.0.0/24",
                "the options are for \"%s\": DHCP requests are not answered",
                row->cidr);
        return false;
    }
    if (!dhcpv4_parse_server(ctx, lsp->name, &row->options, d)) {
        return false;
    }
    d->options = dhcpv4_format(ctx, lsp, row, &d->cidr);
    return true;
}

static void
emit_v4_address(const struct client *c, const struct dhcpv4 *d,
                const char *mac, const char *ip)
{
    char *who = xasprintf("inport == %s && eth.src == %s",
                          c->inport->json_name, mac);
    char *put = xasprintf("reg0[3] = put_dhcp_opts(offerip = %s, %s); next;",
                          ip, d->options);
    char *turn = xasprintf("eth.dst = eth.src; eth.src = %s; ip4.src = %s; "
                           "udp.src = 67; udp.dst = 68; outport = inport; "
                           "flags.loopback = 1; output;",
                           d->server_mac, d->server_ip);
    char *discover = xasprintf("%s && ip4.src == 0.0.0.0 "
                               "&& ip4.dst == 255.255.255.255 "
                               "&& udp.src == 68 && udp.dst == 67%s",
                               who, c->resident);
    char *renew = xasprintf("%s && ip4.src == %s "
                            "&& ip4.dst == {%s, 255.255.255.255} "
                            "&& udp.src == 68 && udp.dst == 67%s",
                            who, ip, d->server_ip, c->resident);
    char *response = xasprintf("%s && ip4 && udp.src == 68 && udp.dst == 67 "
                               "&& reg0[3]%s", who, c->resident);

    emit_options(c, discover, put, "dhcpv4-opts");
    emit_options(c, renew, put, "dhcpv4-opts");
    emit_response(c, response, turn);
    free(who);
    free(put);
    free(turn);
    free(discover);
    free(renew);
    free(response);
}

static void
emit_v4(const struct client *c, const struct dhcpv4 *d)
{
    for (size_t i = 0; i < c->port->n_addrs; i++) {
        const struct caddrs *addrs = &c->port->addrs[i];

        for (size_t j = 0; j < addrs->n; j++) {
            if (caddr_contains(&d->cidr, &addrs->ips[j].ip)) {
                emit_v4_address(c, d, addrs->mac_s, addrs->ips[j].s);
                break;
            }
        }
    }
}

static void
admit_v4(struct cctx *ctx, const struct vport *port,
         const struct vswitch_mode *mode, const struct dhcpv4 *d)
{
    char *rest = xasprintf("eth.src == %s && ip4.src == %s && udp "
                           "&& udp.src == 67 && udp.dst == 68",
                           d->server_mac, d->server_ip);

    emit_admission(ctx, port, mode, rest);
    free(rest);
}

/* --- Version 6 --- */

struct dhcpv6 {
    struct caddr cidr;
    char *server_mac, *server_ip;
    char *options;
    bool stateless;
};

static void
dhcpv6_uninit(struct dhcpv6 *d)
{
    caddr_uninit(&d->cidr);
    free(d->server_mac);
    free(d->server_ip);
    free(d->options);
}

static bool
dhcpv6_init(struct dhcpv6 *d, struct cctx *ctx,
            const struct nbrec_logical_switch_port *lsp,
            const struct nbrec_dhcp_options *row)
{
    struct dhcp_args args = {
        .ctx = ctx, .port = lsp->name, .column = "dhcpv6_options", .v6 = true,
    };
    const char *id = smap_get_def(&row->options, "server_id", "");
    struct caddrs server = { .n = 0 };
    struct eth_addr mac;
    struct smap options;

    *d = (struct dhcpv6) { .server_mac = NULL };
    if (!caddr_parse(row->cidr, &d->cidr) || d->cidr.is_ipv4
        || !eth_addr_from_string(id, &mac)) {
        creport(ctx, lsp->name, "dhcpv6_options",
                "refer to options whose cidr is as fd00::/64, and give them "
                "server_id=MAC", "the options are for \"%s\", server_id "
                "\"%s\": DHCPv6 requests are not answered", row->cidr, id);
        return false;
    }
    caddrs_set_mac(&server, mac);
    caddrs_add_link_local(&server);
    d->server_mac = xstrdup(server.mac_s);
    d->server_ip = xstrdup(server.ips[0].s);
    caddrs_uninit(&server);
    d->stateless = smap_get_bool(&row->options, "dhcpv6_stateless", false);
    smap_clone(&options, &row->options);
    smap_remove(&options, "dhcpv6_stateless");
    d->options = dhcp_args_format(&args, &options);
    smap_destroy(&options);
    return true;
}

static void
emit_v6_address(const struct client *c, const struct dhcpv6 *d,
                const char *mac, const char *ip)
{
    char *match = xasprintf("inport == %s && eth.src == %s "
                            "&& ip6.dst == ff02::1:2 && udp.src == 546 "
                            "&& udp.dst == 547%s",
                            c->inport->json_name, mac, c->resident);
    char *response = xasprintf("%s && reg0[3]", match);
    char *put = xasprintf("reg0[3] = put_dhcpv6_opts(%s%s%s%s); next;",
                          d->stateless ? "" : "ia_addr = ",
                          d->stateless ? "" : ip,
                          d->stateless ? "" : ", ", d->options);
    char *turn = xasprintf("eth.dst = eth.src; eth.src = %s; "
                           "ip6.dst = ip6.src; ip6.src = %s; "
                           "udp.src = 547; udp.dst = 546; "
                           "outport = inport; flags.loopback = 1; output;",
                           d->server_mac, d->server_ip);

    emit_options(c, match, put, "dhcpv6-opts");
    emit_response(c, response, turn);
    free(match);
    free(response);
    free(put);
    free(turn);
}

static void
emit_v6(const struct client *c, const struct dhcpv6 *d)
{
    for (size_t i = 0; i < c->port->n_addrs; i++) {
        const struct caddrs *addrs = &c->port->addrs[i];

        for (size_t j = 0; j < addrs->n; j++) {
            if (caddr_contains(&d->cidr, &addrs->ips[j].ip)) {
                emit_v6_address(c, d, addrs->mac_s, addrs->ips[j].s);
                break;
            }
        }
    }
}

static void
admit_v6(struct cctx *ctx, const struct vport *port,
         const struct vswitch_mode *mode, const struct dhcpv6 *d)
{
    char *rest = xasprintf("eth.src == %s && ip6.src == %s && udp "
                           "&& udp.src == 547 && udp.dst == 546",
                           d->server_mac, d->server_ip);

    emit_admission(ctx, port, mode, rest);
    free(rest);
}

/* --- Ports --- */

/* What of the options could be used; 'row' is NULL if not. */
struct offers {
    const struct dhcpv4 *v4;
    const struct dhcpv6 *v6;
};

static void
emit_client(struct client *c, const struct offers *offers)
{
    if (offers->v4) {
        emit_v4(c, offers->v4);
    }
    if (offers->v6) {
        emit_v6(c, offers->v6);
    }
}

static void
emit_external(struct client *c, const struct offers *offers)
{
    const struct vswitch *sw = view_switch(c->ctx, &c->port->ls);

    char *resident = xasprintf(" && is_chassis_resident(%s)",
                               c->port->json_name);
    c->resident = resident;
    for (size_t i = 0; sw && i < sw->n_localnet_ports; i++) {
        c->inport = view_switch_port(c->ctx, &sw->localnet_ports[i]);
        if (c->inport) {
            emit_client(c, offers);
        }
    }
    free(resident);
}

static void
emit(struct client *c, const struct offers *offers)
{
    if (c->port->type == VPORT_EXTERNAL) {
        if (c->lsp->ha_chassis_group && c->port->enabled) {
            emit_external(c, offers);
        }
        return;
    }
    if (c->port->enabled) {
        c->resident = "";
        c->inport = c->port;
        emit_client(c, offers);
    }
    if (offers->v4) {
        admit_v4(c->ctx, c->port, c->mode, offers->v4);
    }
    if (offers->v6) {
        admit_v6(c->ctx, c->port, c->mode, offers->v6);
    }
}

void
feat_dhcp_port(const struct cport *p)
{
    const struct nbrec_dhcp_options *v4_row
        = p->row->dhcpv4_options
          ? get_dhcp(p->ctx, &p->row->dhcpv4_options->header_.uuid) : NULL;
    const struct nbrec_dhcp_options *v6_row
        = p->row->dhcpv6_options
          ? get_dhcp(p->ctx, &p->row->dhcpv6_options->header_.uuid) : NULL;
    struct dhcpv4 v4 = { .options = NULL };
    struct dhcpv6 v6 = { .options = NULL };
    bool has_v4 = v4_row && dhcpv4_init(&v4, p->ctx, p->row, v4_row);
    bool has_v6 = v6_row && dhcpv6_init(&v6, p->ctx, p->row, v6_row);
    struct offers offers = { has_v4 ? &v4 : NULL, has_v6 ? &v6 : NULL };
    struct client c = {
        .ctx = p->ctx, .lsp = p->row, .port = p->port, .mode = p->mode,
    };

    emit(&c, &offers);
    dhcpv4_uninit(&v4);
    dhcpv6_uninit(&v6);
}
