/* Random packets, and their twins, on the flows that ovn-northd wrote for a
 * network with nearly everything in it (tests/data/pipeline/rich.json). */

#include "unit.h"

#include "netload.h"
#include "packet_twins.h"

#define N_PACKETS 800
#define N_PAST 10 /* Then nothing has been before. */

/* What packets are made of: all that the network speaks of. */
struct pool {
    struct eth_addr macs[128];
    struct in6_addr ips[256]; /* IPv4 mapped. */
    const struct net_port *ports[64];
    size_t n_macs, n_ips, n_ports;
};

/* Collects the addresses of a text. */
static void
collect_words(struct pool *pool, const char *text)
{
    char *copy = xstrdup(text), *save = NULL;

    for (char *word = strtok_r(copy, " ,;=/[]{}()\"", &save); word;
         word = strtok_r(NULL, " ,;=/[]{}()\"", &save)) {
        char *colon = strchr(word, ':');
        ovs_be32 ip4;

        if (pool->n_macs < ARRAY_SIZE(pool->macs)
            && eth_addr_from_string(word, &pool->macs[pool->n_macs])) {
            pool->n_macs++;
        } else if (pool->n_ips < ARRAY_SIZE(pool->ips)
                   && ipv6_parse(word, &pool->ips[pool->n_ips])) {
            pool->n_ips++;
        } else if (pool->n_ips < ARRAY_SIZE(pool->ips)) {
            if (colon) {
                *colon = '\0'; /* "IP:PORT" */
            }
            if (ip_parse(word, &ip4)) {
                in6_addr_set_mapped_ipv4(&pool->ips[pool->n_ips++], ip4);
            }
        }
    }
    free(copy);
}

static void
collect(struct pool *pool, const struct json *json)
{
    if (json->type == JSON_STRING) {
        collect_words(pool, json_string(json));
    } else if (json->type == JSON_ARRAY) {
        for (size_t i = 0; i < json_array(json)->n; i++) {
            collect(pool, json_array(json)->elems[i]);
        }
    } else if (json->type == JSON_OBJECT) {
        struct shash_node *node;

        SHASH_FOR_EACH (node, json_object(json)) {
            collect(pool, node->data);
        }
    }
}

static void
collect_ports(struct pool *pool, const struct network *network)
{
    for (uint32_t key = 1; key < 16; key++) {
        const struct net_datapath *dp = network_find_datapath(network, key);
        const struct net_port *port;

        if (dp) {
            HMAP_FOR_EACH (port, by_key, &dp->ports) {
                if (pool->n_ports < ARRAY_SIZE(pool->ports)) {
                    pool->ports[pool->n_ports++] = port;
                }
            }
        }
    }
}

static struct in6_addr
pick_ip(struct twins *t, const struct pool *pool, bool v4)
{
    const struct in6_addr *ip;

    do {
        ip = &pool->ips[twins_random(t) % pool->n_ips];
    } while (IN6_IS_ADDR_V4MAPPED(ip) != v4);
    return *ip;
}

static void
put_transport(struct twins *t, struct flow *flow, bool v4)
{
    static const uint16_t ports[] = { 22, 53, 67, 68, 80, 443, 546, 547 };
    static const uint8_t types[] = { 3, 8, 0, 128, 133, 135, 136, 143 };
    uint32_t dice = twins_random(t);

    switch (dice % 4) {
    case 0:
        flow->nw_proto = IPPROTO_UDP;
        break;
    case 1:
        flow->nw_proto = v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
        flow->tp_src = htons(types[dice / 4 % ARRAY_SIZE(types)]);
        return;
    default:
        flow->nw_proto = IPPROTO_TCP;
        flow->tcp_flags = htons(dice / 64 % 8 ? TCP_SYN : TCP_ACK);
        break;
    }
    flow->tp_dst = htons(ports[dice / 4 % ARRAY_SIZE(ports)]);
    flow->tp_src = htons(dice / 32 % 4 ? 1024 + dice / 128 % 60000
                         : ports[dice / 128 % ARRAY_SIZE(ports)]);
}

static struct dp_packet *
random_packet(struct twins *t, const struct pool *pool)
{
    struct flow flow = {
        .dl_src = pool->macs[twins_random(t) % pool->n_macs],
        .dl_dst = pool->macs[twins_random(t) % pool->n_macs],
        .nw_ttl = twins_random(t) % 8 ? 64 : 1,
    };
    uint32_t dice = twins_random(t) % 8;
    bool v4 = dice < 5;
    struct in6_addr src = pick_ip(t, pool, v4), dst = pick_ip(t, pool, v4);

    if (twins_random(t) % 8 == 0) {
        flow.dl_dst = eth_addr_broadcast;
    }
    if (v4) {
        flow.dl_type = htons(dice ? ETH_TYPE_IP : ETH_TYPE_ARP);
        flow.nw_src = in6_addr_get_mapped_ipv4(&src);
        flow.nw_dst = in6_addr_get_mapped_ipv4(&dst);
    } else {
        flow.dl_type = htons(ETH_TYPE_IPV6);
        flow.ipv6_src = src;
        flow.ipv6_dst = dst;
    }
    if (flow.dl_type == htons(ETH_TYPE_ARP)) {
        flow.nw_proto = 1 + twins_random(t) % 2;
        flow.nw_ttl = 0;
        flow.arp_sha = flow.dl_src;
    } else {
        put_transport(t, &flow, v4);
    }

    struct dp_packet *packet = dp_packet_new(128);
    flow_compose(packet, &flow, NULL, 0);
    return packet;
}

static void
random_packets(void **state OVS_UNUSED)
{
    struct json *tables = json_from_file(getenv("NETWORK"));
    struct svec problems = SVEC_EMPTY_INITIALIZER;
    struct network *network = network_new();
    struct pool pool = { .n_macs = 0 };
    struct twins twins;

    assert_case(tables->type == JSON_OBJECT, "%s", json_string(tables));
    netload(network, tables, &problems);
    assert_case(!problems.n, "%s", problems.names[0]);
    collect(&pool, tables);
    collect_ports(&pool, network);
    assert_true(pool.n_macs > 5 && pool.n_ips > 5 && pool.n_ports > 5);

    twins_init(&twins, network);
    for (int i = 0; i < N_PACKETS; i++) {
        struct dp_packet *packet = random_packet(&twins, &pool);
        const struct net_port *port
            = pool.ports[twins_random(&twins) % pool.n_ports];

        twins_check(&twins, port->name, packet, port, time_msec());
        dp_packet_delete(packet);
        if (i % N_PAST == N_PAST - 1) {
            struct twins next;

            twins_init(&next, network);
            next.random = twins.random;
            next.n_checked = twins.n_checked;
            twins_uninit(&twins);
            twins = next;
        }
    }
    /* Twins of verdicts on nearly all of the packet cannot be made. */
    assert_case(twins.n_checked > N_PACKETS * 2, "only %"PRIuSIZE" twins",
                twins.n_checked);
    twins_uninit(&twins);
    network_free(network);
    svec_destroy(&problems);
    json_destroy(tables);
}

int
main(int argc OVS_UNUSED, char *argv[])
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(random_packets) };

    set_program_name(argv[0]);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    int failed = cmocka_run_group_tests_name("wildcards", tests, NULL, NULL);
    ovsrcu_exit();
    return failed;
}
