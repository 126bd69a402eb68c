#include "fuzz_network.h"

#include <stdlib.h>

#include "netload.h"

/* Neighbours that the routers know. */
static const struct {
    const char *port;
    const char *ip;
} neighbours[] = {
    { "lr0-public", "172.16.0.252" }, { "lr0-public", "172.16.0.253" },
    { "lr0-public", "172.16.0.99" }, { "lr0-public", "fd00:72::3" },
    { "gw0-public", "172.16.0.252" }, { "gw0-public", "fd00:72::3" },
    { "lr0-sw1", "20.0.0.9" }, { "x-a", "10.9.0.9" }, { "x-a", "fd09::99" },
};

/* By L4 destination port, so that the fuzzer's dictionary has them all. */
static const struct {
    const char *match;
    const char *actions;
} extra_flows[] = {
    { "tcp.dst == 1", "tcp_reset { eth.dst <-> eth.src; ip4.dst <-> ip4.src; "
      "outport = inport; flags.loopback = 1; output; };" },
    { "ip6 && tcp.dst == 1", "tcp_reset { ip6.dst <-> ip6.src; "
      "outport = inport; flags.loopback = 1; output; };" },
    { "sctp.dst == 1", "sctp_abort { eth.dst <-> eth.src; "
      "ip4.dst <-> ip4.src; outport = inport; flags.loopback = 1; "
      "output; };" },
    { "tcp.dst == 2", "reg0[0] = lookup_arp_ip(inport, ip4.src); "
      "sample(probability=65535,collector_set=1,obs_domain=1,obs_point=1); "
      "set_queue(3); set_meter(1000, 100); next;" },
    { "ip6 && tcp.dst == 2", "reg0[0] = lookup_nd_ip(inport, ip6.src); "
      "next;" },
    { "tcp.dst == 3", "ct_lb(backends=10.9.0.2:80,10.9.0.3:81);" },
    { "sctp.dst == 3", "ct_lb_mark(backends=10.9.0.2:80);" },
    { "ip6 && udp.dst == 3", "ct_lb_mark(backends=[fd09::2]:80);" },
    { "ip4 && icmp4", "ct_lb_mark(backends=10.9.0.2);" },
    { "ip6 && icmp6.type == 128", "ct_snat(fd09::9);" },
    { "tcp.dst == 4", "ct_snat(10.9.0.9,1000-1003);" },
    { "udp.dst == 4", "ct_dnat_in_czone(10.9.0.4);" },
    { "ip6 && tcp.dst == 4", "ct_snat_in_czone(fd09::9,1000-1003);" },
    { "ip4 && tcp.dst == 5", "ip4.src <-> ip4.dst; tcp.src <-> tcp.dst; "
      "ip.dscp = 9; ip.ecn = 1; ip.ttl--; next;" },
    { "ip6 && tcp.dst == 5", "ip6.src <-> ip6.dst; tcp.src <-> tcp.dst; "
      "ip.dscp = 9; ip.ttl--; next;" },
    { "ip4 && udp.dst == 5", "ip4.src = 9.9.9.9; udp.dst = 9; ip.ttl--; "
      "pkt.mark = 7; next;" },
    { "ip6 && udp.dst == 5", "ip6.dst = fd09::7; udp.src = 9; next;" },
    { "sctp.dst == 5", "sctp.src <-> sctp.dst; ip.ttl = 9; next;" },
    { "ip6 && icmp6.type == 129", "ip6.dst = fd09::7; ip6.src = fd09::8; "
      "next;" },
    { "vlan.present && tcp.dst == 6", "vlan.vid = 5; vlan.pcp = 3; next;" },
    { "vlan.present && tcp.dst == 7", "vlan.tci = 0; next;" },
    { "tcp.dst == 8", "vlan.tci = 0x1005; next;" },
    { "ip4 && tcp.dst == 9", "icmp4_error { icmp4.type = 3; icmp4.code = 4; "
      "icmp4.frag_mtu = 1400; ip4.dst <-> ip4.src; outport = inport; "
      "flags.loopback = 1; output; };" },
    { "ip6 && tcp.dst == 9", "icmp6_error { icmp6.type = 2; icmp6.code = 0; "
      "icmp6.frag_mtu = 1400; ip6.dst <-> ip6.src; outport = inport; "
      "flags.loopback = 1; output; };" },
    { "tcp.dst == 10", "ct_commit { ct_mark = 5/7; ct_label.label = reg0; "
      "}; next;" },
    { "tcp.dst == 11", "ct_next;" },
    { "tcp.dst == 12", "ct_next; ct_commit_nat;" },
    { "tcp.dst == 13", "clone { tcp.dst = 14; next; }; ct_clear; next;" },
    { "tcp.dst == 14", "push(xxreg0); pop(xxreg1); "
      "next(pipeline=ingress, table=0);" },
    { "udp.dst == 67", "reg0[3] = put_dhcp_opts(offerip = 10.9.0.2, "
      "netmask = 255.255.255.0, router = {10.9.0.1, 10.9.0.254}, "
      "dns_server = 10.9.0.1, mtu = 1442, lease_time = 3600, "
      "server_id = 10.9.0.1, hostname = \"h\", "
      "ip_forward_enable = true, tftp_server = \"t\", "
      "bootfile_name_alt = \"b\", domain_search_list = \"a.org, b.org\", "
      "classless_static_route = {30.0.0.0/24, 10.9.0.4, 0.0.0.0/0, "
      "10.9.0.1}); next;" },
    { "ip6 && udp.dst == 547", "reg0[3] = put_dhcpv6_opts("
      "ia_addr = fd09::2, dns_server = {fd09::1, fd09::53}, "
      "domain_search = \"x.org\", server_id = 00:00:00:10:00:01); next;" },
    { "nd_rs", "reg0[5] = put_nd_ra_opts(addr_mode = \"dhcpv6_stateful\", "
      "mtu = 1400, prefix = fd09::/64, slla = 00:00:00:00:00:09, "
      "rdnss = {fd09::1, fd09::2}, dnssl = \"a.org, b.org\", "
      "router_preference = \"LOW\", "
      "route_info = \"HIGH-fd01::/64,LOW-fd02::/48\"); next;" },
    { "udp.dst == 53", "reg0[4] = dns_lookup(); next;" },
    { "arp", "arp.op = 2; arp.tha = arp.sha; arp.sha = 00:00:00:00:00:09; "
      "arp.tpa <-> arp.spa; reg0[0] = lookup_arp(inport, arp.spa, arp.sha); "
      "put_arp(inport, arp.spa, arp.sha); next;" },
    { "nd_ns", "nd_na { nd.tll = 00:00:00:00:00:09; ip6.src = nd.target; "
      "outport = inport; flags.loopback = 1; output; };" },
    { "nd_na", "put_nd(inport, nd.target, nd.tll); nd.target = fd09::1; "
      "nd.tll = 00:00:00:00:00:01; next;" },
};

static struct ldatapath *
add_extra_datapath(struct network *network)
{
    struct uuid uuid = { .parts = { 1 } };
    struct net_datapath *dp = network_add_datapath(network, &uuid, 99,
                                                   "extra", false);

    network_add_port(network, dp, 1, "x-a", PORT_VIF);
    network_add_port(network, dp, 2, "x-b", PORT_VIF);
    net_datapath_set_dns(dp, "a.b", "10.9.0.2 fd09::2 10.9.0.3");
    return dp->flows;
}

static void
add_flow(struct network *network, struct ldatapath *dp,
         const struct lflow_desc *desc)
{
    struct lflow_desc copy = *desc;
    char *error = NULL;

    copy.datapaths = &dp;
    copy.n_datapaths = 1;
    if (!ltables_add(network_tables(network), &copy, &error)) {
        ovs_fatal(0, "%s => %s: %s", desc->match, desc->actions, error);
    }
}

static void
add_extra(struct network *network)
{
    struct ldatapath *dp = add_extra_datapath(network);

    for (size_t i = 0; i < ARRAY_SIZE(extra_flows); i++) {
        add_flow(network, dp, &(struct lflow_desc) {
            .match = extra_flows[i].match,
            .actions = extra_flows[i].actions,
            .priority = 100 + i,
        });
    }
    add_flow(network, dp, &(struct lflow_desc) {
        .match = "1", .actions = "next;" });
    add_flow(network, dp, &(struct lflow_desc) {
        .stage = 1, .priority = 1, .match = "reg0[3..5] != 0",
        .actions = "outport = inport; flags.loopback = 1; output;" });
    add_flow(network, dp, &(struct lflow_desc) {
        .stage = 1, .match = "1", .actions = "outport = \"x-b\"; output;" });
    add_flow(network, dp, &(struct lflow_desc) {
        .pipeline = PIPELINE_EGRESS, .match = "1", .actions = "output;" });
    ltables_publish(network_tables(network));
}

static void
add_neighbours(struct network *network)
{
    for (size_t i = 0; i < ARRAY_SIZE(neighbours); i++) {
        struct net_mac mac = { .mac = ETH_ADDR_C(00, 00, 00, 00, bb, 01) };
        ovs_be32 ip4;

        if (ip_parse(neighbours[i].ip, &ip4)) {
            in6_addr_set_mapped_ipv4(&mac.ip, ip4);
        } else {
            ovs_assert(ipv6_parse(neighbours[i].ip, &mac.ip));
        }
        network_set_mac(network,
                        network_find_port(network, neighbours[i].port),
                        &mac);
    }
}

static int
compare_ports(const void *a_, const void *b_)
{
    const struct net_port *const *a = a_, *const *b = b_;

    return strcmp((*a)->name, (*b)->name);
}

static void
collect_ports(struct fuzz_network *world)
{
    for (uint32_t key = 1; key < 100; key++) {
        struct net_datapath *dp = network_find_datapath(world->network, key);
        struct net_port *port;

        if (!dp) {
            continue;
        }
        HMAP_FOR_EACH (port, by_key, &dp->ports) {
            ovs_assert(world->n_ports < ARRAY_SIZE(world->ports));
            world->ports[world->n_ports++] = port;
        }
    }
    qsort(world->ports, world->n_ports, sizeof *world->ports, compare_ports);
}

void
fuzz_network_init(struct fuzz_network *world)
{
    struct svec problems = SVEC_EMPTY_INITIALIZER;
    struct json *tables = json_from_file(NETWORK);

    memset(world, 0, sizeof *world);
    if (tables->type != JSON_OBJECT) {
        ovs_fatal(0, "%s: %s", NETWORK, json_string(tables));
    }
    world->network = network_new();
    netload(world->network, tables, &problems);
    if (problems.n) {
        ovs_fatal(0, "%s: %s", NETWORK, problems.names[0]);
    }
    svec_destroy(&problems);
    json_destroy(tables);
    add_extra(world->network);
    add_neighbours(world->network);
    collect_ports(world);
}
