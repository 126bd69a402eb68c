/* Connections that conntrack has, as pipeline_each_connection() tells them. */

#include "unit.h"

#include <netinet/in.h>

#include "network.h"
#include "pipe_private.h"
#include "pipeline.h"

struct found {
    int n;
    struct pipe_connection last;
};

static void
take(void *found_, const struct pipe_connection *conn)
{
    struct found *found = found_;

    found->n++;
    found->last = *conn;
}

static struct found
find_all(struct pipeline *pipeline)
{
    struct found found = { .n = 0 };

    pipeline_each_connection(pipeline, take, &found);
    return found;
}

/* Commits 'flow' in zone 7. */
static void
track(struct pipeline *pipeline, const struct flow *flow)
{
    struct dp_packet *packet = dp_packet_new(0);
    struct dp_packet_batch batch;
    struct flow again;

    flow_compose(packet, flow, NULL, 64);
    flow_extract(packet, &again);
    dp_packet_batch_init_packet(&batch, packet);
    conntrack_execute(pipeline->ct, &batch, flow->dl_type, false, true, 7,
                      NULL, NULL, flow->tp_src, flow->tp_dst, NULL, NULL,
                      time_msec(), 0);
    dp_packet_delete_batch(&batch, true);
}

static struct flow
tcp_flow(uint16_t flags, bool reply)
{
    struct flow flow = {
        .dl_type = htons(ETH_TYPE_IP),
        .nw_src = htonl(reply ? 0x0a000009 : 0x0a000002),
        .nw_dst = htonl(reply ? 0x0a000002 : 0x0a000009),
        .nw_proto = IPPROTO_TCP,
        .nw_ttl = 64,
        .tp_src = htons(reply ? 80 : 4000),
        .tp_dst = htons(reply ? 4000 : 80),
        .tcp_flags = htons(flags),
    };

    return flow;
}

static void
connections_are_told(void **state OVS_UNUSED)
{
    struct network *network = network_new();
    struct pipeline *pipeline = pipeline_new(network);
    struct flow flow = tcp_flow(TCP_SYN, false);
    struct in6_addr src = in6_addr_mapped_ipv4(htonl(0x0a000002));
    struct in6_addr dst = in6_addr_mapped_ipv4(htonl(0x0a000009));
    struct found found;

    assert_int_equal(find_all(pipeline).n, 0);
    track(pipeline, &flow);
    found = find_all(pipeline);
    assert_int_equal(found.n, 1);
    assert_true(ipv6_addr_equals(&found.last.src, &src));
    assert_true(ipv6_addr_equals(&found.last.dst, &dst));
    assert_int_equal(found.last.sport, 4000);
    assert_int_equal(found.last.dport, 80);
    assert_int_equal(found.last.proto, IPPROTO_TCP);
    assert_int_equal(found.last.zone, 7);
    assert_true(found.last.open);
    assert_true(found.last.timeout_s > 0);

    flow = tcp_flow(TCP_RST | TCP_ACK, true);
    track(pipeline, &flow);
    found = find_all(pipeline);
    assert_int_equal(found.n, 1);
    assert_false(found.last.open);
    pipeline_free(pipeline);
    network_free(network);
}

static void
what_has_no_ports_has_none(void **state OVS_UNUSED)
{
    struct network *network = network_new();
    struct pipeline *pipeline = pipeline_new(network);
    struct flow flow = {
        .dl_type = htons(ETH_TYPE_IPV6),
        .nw_proto = IPPROTO_ICMPV6,
        .nw_ttl = 64,
        .tp_src = htons(ICMP6_ECHO_REQUEST),
    };
    struct found found;

    assert_int_equal(inet_pton(AF_INET6, "fd00::2", &flow.ipv6_src), 1);
    assert_int_equal(inet_pton(AF_INET6, "fd00::9", &flow.ipv6_dst), 1);
    track(pipeline, &flow);
    found = find_all(pipeline);
    assert_int_equal(found.n, 1);
    assert_true(ipv6_addr_equals(&found.last.dst, &flow.ipv6_dst));
    assert_int_equal(found.last.sport, 0);
    assert_int_equal(found.last.dport, 0);
    assert_true(found.last.open);
    pipeline_free(pipeline);
    network_free(network);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_are_told),
        cmocka_unit_test(what_has_no_ports_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
