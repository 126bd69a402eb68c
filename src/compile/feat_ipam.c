/* Addresses that a switch gives to its ports ("dynamic").  They are written to
 * Logical_Switch_Port.dynamic_addresses, and what is there is kept while it
 * can be.
 *
 * Sources: Logical_Switch other_config:subnet, exclude_ips, ipv6_prefix,
 * mac_only, Logical_Switch_Port.addresses in ovn-nb(5). */

#include "ipam.h"
#include "rows.h"
#include "views.h"

/* A port with "dynamic": what it asks for, then what it gets. */
struct lease {
    const struct nbrec_logical_switch_port *lsp;
    bool has_mac, has_ip4, has_ip6;
    struct eth_addr mac;
    ovs_be32 ip4;
    struct in6_addr ip6;
};

struct leases {
    struct cctx *ctx;
    struct ipam ipam;
    struct lease *list;
    size_t n;
};

/* --- What the switch gives out --- */

static void
parse_exclusions(struct leases *l, const struct nbrec_logical_switch *ls)
{
    const char *option = smap_get(&ls->other_config, "exclude_ips");
    char *copy = nullable_xstrdup(option), *save = NULL;

    for (char *word = copy ? strtok_r(copy, " ", &save) : NULL; word;
         word = strtok_r(NULL, " ", &save)) {
        if (!ipam_exclude(&l->ipam, word)) {
            creport(l->ctx, ls->name, "other_config:exclude_ips",
                    "write addresses and ranges as 10.0.0.4..10.0.0.9, with "
                    "spaces between", "\"%s\" is neither: it is not excluded",
                    word);
        }
    }
    free(copy);
}

static struct eth_addr
choose_oui(struct cctx *ctx)
{
    const char *option = cctx_option(ctx, "mac_prefix");
    const struct nbrec_nb_global *global;
    struct eth_addr oui = eth_addr_zero;
    int n = 0;

    if (option && ovs_scan(option, "%"SCNx8":%"SCNx8":%"SCNx8"%n",
                           &oui.ea[0], &oui.ea[1], &oui.ea[2], &n)
        && !option[n] && !eth_addr_is_multicast(oui)) {
        return oui;
    }
    /* The same after each restart. */
    global = get_global(ctx);
    if (global) {
        memcpy(oui.ea, &global->header_.uuid, 3);
    }
    oui.ea[0] = (oui.ea[0] & ~1) | 2;
    return oui;
}

static void
parse_switch(struct leases *l, const struct nbrec_logical_switch *ls)
{
    const char *subnet = smap_get(&ls->other_config, "subnet");
    const char *prefix = smap_get(&ls->other_config, "ipv6_prefix");

    if (subnet && !ipam_set_subnet(&l->ipam, subnet)) {
        creport(l->ctx, ls->name, "other_config:subnet",
                "write it as 10.0.0.0/24", "\"%s\" is no subnet of at least "
                "4 addresses: ports get no IPv4 addresses", subnet);
    }
    if (prefix && !ipam_set_prefix(&l->ipam, prefix)) {
        creport(l->ctx, ls->name, "other_config:ipv6_prefix",
                "write it as fd00::", "\"%s\" is no prefix: ports get no IPv6 "
                "addresses", prefix);
    }
    l->ipam.mac_only = smap_get_bool(&ls->other_config, "mac_only", false);
    if (l->ipam.has_ip4) {
        parse_exclusions(l, ls);
    }
    if (ipam_is_on(&l->ipam)) {
        l->ipam.oui = choose_oui(l->ctx);
    }
}

/* --- What ports ask for --- */

static const char *
find_dynamic(const struct nbrec_logical_switch_port *lsp)
{
    for (size_t i = 0; i < lsp->n_addresses; i++) {
        if (strstr(lsp->addresses[i], "dynamic")) {
            return lsp->addresses[i];
        }
    }
    return NULL;
}

/* "dynamic", "MAC dynamic", "dynamic IP IPV6".  False if it is none. */
static bool
parse_request(const char *text, struct lease *lease)
{
    char *copy = xstrdup(text), *save = NULL;
    bool ok = true;

    for (char *word = strtok_r(copy, " ", &save); word && ok;
         word = strtok_r(NULL, " ", &save)) {
        struct in6_addr ip6;
        struct eth_addr mac;
        ovs_be32 ip4;

        if (eth_addr_from_string(word, &mac)) {
            lease->mac = mac;
            lease->has_mac = true;
        } else if (ip_parse(word, &ip4)) {
            lease->ip4 = ip4;
            lease->has_ip4 = true;
        } else if (ipv6_parse(word, &ip6)) {
            lease->ip6 = ip6;
            lease->has_ip6 = true;
        } else {
            ok = !strcmp(word, "dynamic");
        }
    }
    free(copy);
    return ok;
}

static void
take_addresses(struct leases *l, const struct caddrs *addrs)
{
    if (addrs->mac_s) {
        ipam_take_mac(&l->ipam, addrs->mac);
    }
    for (size_t i = 0; i < addrs->n; i++) {
        if (addrs->ips[i].is_ipv4) {
            ipam_take_ip4(&l->ipam,
                          in6_addr_get_mapped_ipv4(&addrs->ips[i].ip));
        }
    }
}

/* Addresses of a port without "dynamic", and of a router behind it. */
static void
take_port(struct leases *l, const struct uuid *key)
{
    const struct vport *port = view_switch_port(l->ctx, key);
    const struct vrport *peer = port && !uuid_is_zero(&port->lrp)
                                ? view_router_port(l->ctx, &port->lrp)
                                : NULL;

    for (size_t i = 0; port && i < port->n_addrs; i++) {
        take_addresses(l, &port->addrs[i]);
    }
    if (peer) {
        take_addresses(l, &peer->addrs);
    }
}

static void
read_port(struct leases *l, const struct uuid *key)
{
    const struct nbrec_logical_switch_port *lsp = get_lsp(l->ctx, key);
    const char *text = lsp ? find_dynamic(lsp) : NULL;

    if (!text) {
        take_port(l, key);
        return;
    }

    struct lease lease = { .lsp = lsp };
    if (!parse_request(text, &lease)) {
        creport(l->ctx, lsp->name, "addresses",
                "write \"dynamic\", \"MAC dynamic\" or \"dynamic IP\"",
                "\"%s\" of port \"%s\" asks for something else: it gets no "
                "address", text, lsp->name);
        return;
    }
    l->list[l->n++] = lease;
}

/* --- What they get --- */

/* Addresses that are asked for by name. */
static void
take_requests(struct leases *l)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct lease *lease = &l->list[i];

        if (lease->has_mac) {
            ipam_take_mac(&l->ipam, lease->mac);
        }
        if (lease->has_ip4) {
            ipam_take_ip4(&l->ipam, lease->ip4);
        }
    }
}

/* Of what a port had, what is not another's now. */
static void
keep(struct leases *l, struct lease *lease)
{
    const char *had = lease->lsp->dynamic_addresses;
    struct caddrs addrs;

    if (!had || !caddrs_parse(had, &addrs)) {
        return;
    }
    if (!lease->has_mac && !memcmp(addrs.mac.ea, l->ipam.oui.ea, 3)) {
        lease->has_mac = ipam_take_mac(&l->ipam, addrs.mac);
        lease->mac = addrs.mac;
    }

    const struct caddr *ip = caddrs_first(&addrs, true);
    if (ip && !lease->has_ip4) {
        lease->ip4 = in6_addr_get_mapped_ipv4(&ip->ip);
        lease->has_ip4 = ipam_take_ip4(&l->ipam, lease->ip4);
    }
    caddrs_uninit(&addrs);
}

static void
allocate(struct leases *l, struct lease *lease)
{
    if (!lease->has_mac) {
        lease->mac = ipam_allocate_mac(&l->ipam,
                                       &lease->lsp->header_.uuid);
    }
    if (!lease->has_ip4 && l->ipam.has_ip4) {
        lease->ip4 = ipam_allocate_ip4(&l->ipam);
        lease->has_ip4 = lease->ip4 != 0;
        if (!lease->has_ip4) {
            creport(l->ctx, lease->lsp->name, "addresses",
                    "make other_config:subnet of the switch larger",
                    "no address is left for port \"%s\"", lease->lsp->name);
        }
    }
    if (!lease->has_ip6 && l->ipam.has_ip6) {
        lease->ip6 = ipam_ip6(&l->ipam, lease->mac);
        lease->has_ip6 = true;
    }
}

static void
emit(struct cctx *ctx, const struct lease *lease)
{
    struct json *row = json_object_create();
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, ETH_ADDR_FMT, ETH_ADDR_ARGS(lease->mac));
    if (lease->has_ip4) {
        ds_put_format(&s, " "IP_FMT, IP_ARGS(lease->ip4));
    }
    if (lease->has_ip6) {
        ds_put_char(&s, ' ');
        ipv6_format_addr(&lease->ip6, &s);
    }
    row_put_string(row, "dynamic_addresses", ds_cstr(&s));
    crow_emit(ctx, "NB:Logical_Switch_Port", &lease->lsp->header_.uuid, &row);
    ds_destroy(&s);
}

static void
compile(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_switch *ls = row;
    struct leases l = { .ctx = ctx };

    ipam_init(&l.ipam);
    parse_switch(&l, ls);
    if (ipam_is_on(&l.ipam)) {
        l.list = xmalloc(MAX(ls->n_ports, 1) * sizeof *l.list);
        for (size_t i = 0; i < ls->n_ports; i++) {
            read_port(&l, &ls->ports[i]->header_.uuid);
        }
        take_requests(&l);
        for (size_t i = 0; i < l.n; i++) {
            keep(&l, &l.list[i]);
        }
        for (size_t i = 0; i < l.n; i++) {
            allocate(&l, &l.list[i]);
            emit(ctx, &l.list[i]);
        }
        free(l.list);
    }
    ipam_uninit(&l.ipam);
}

const struct cunit_class cunit_ls_ipam = {
    .table = CT_LS,
    .compile = compile,
};
