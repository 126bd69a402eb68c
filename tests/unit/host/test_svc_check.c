#include "svc_check.h"

#include <netinet/in.h>

#include "probe_packet.h"

#include "unit.h"

/* A port p1 with a service behind it, and what it was asked. */
struct scene {
    struct svc_checks *checks;
    struct dp_packet *asked;  /* The last packet, or NULL. */
    size_t n_asked;
    bool here;                /* The port is bound. */
    struct svec found;        /* "online" and "offline", in order. */
};

static const struct eth_addr service_mac = { { { 0x0a, 0, 0, 0, 0, 1 } } };
static const struct eth_addr check_mac = { { { 0x0a, 0, 0, 0, 0, 9 } } };

static bool
find_mac(void *s_, const char *logical_port,
         const struct in6_addr *ip OVS_UNUSED, struct eth_addr *mac)
{
    struct scene *s = s_;

    *mac = service_mac;
    return s->here && !strcmp(logical_port, "p1");
}

static void
send_packet(void *s_, const char *logical_port, struct dp_packet **packet)
{
    struct scene *s = s_;

    assert_string_equal(logical_port, "p1");
    dp_packet_delete(s->asked);
    s->asked = *packet;
    *packet = NULL;
    s->n_asked++;
}

static void
found(void *s_, const struct uuid *row, bool online)
{
    struct scene *s = s_;

    assert_int_equal(row->parts[0], 7);
    svec_add(&s->found, online ? "online" : "offline");
}

static const struct svc_check_ops ops = {
    .find_mac = find_mac, .send = send_packet, .found = found,
};

static struct sb_service
service(bool udp)
{
    struct sb_service s = {
        .row = { { 7, 0, 0, 0 } }, .logical_port = "p1", .at.port = 80,
        .udp = udp, .src_mac = check_mac, .interval_ms = 5000,
        .timeout_ms = 3000, .n_success = 1, .n_failure = 2,
    };
    ovs_be32 ip;

    ip_parse("10.0.0.1", &ip);
    in6_addr_set_mapped_ipv4(&s.at.addr, ip);
    ip_parse("10.0.0.9", &s.src_ip);
    return s;
}

static void
init(struct scene *s, bool udp)
{
    struct sb_service row = service(udp);

    *s = (struct scene) { .here = true, .found = SVEC_EMPTY_INITIALIZER };
    s->checks = svc_checks_new(&ops, s);
    svc_checks_set(s->checks, &row, 0);
    svc_checks_run(s->checks, 0);
}

static void
uninit(struct scene *s)
{
    svc_checks_free(s->checks);
    dp_packet_delete(s->asked);
    svec_destroy(&s->found);
}

static struct flow
asked(struct scene *s)
{
    struct flow flow;

    assert_non_null(s->asked);
    flow_extract(s->asked, &flow);
    return flow;
}

/* The service's answer to what it was asked, a SYN: with 'flags' and a number
 * that is 'off' from the right one. */
static bool
answer_tcp(struct scene *s, uint16_t flags, uint32_t off)
{
    struct flow flow = asked(s);
    const struct tcp_header *syn = dp_packet_l4(s->asked);
    struct probe_path back = {
        .eth_src = flow.dl_dst, .eth_dst = flow.dl_src,
        .dport = ntohs(flow.tp_src),
    };
    in6_addr_set_mapped_ipv4(&back.src, flow.nw_dst);
    in6_addr_set_mapped_ipv4(&back.dst, flow.nw_src);
    struct dp_packet *packet = probe_compose(&back, ntohs(flow.tp_dst), 1,
                                             flags);
    struct tcp_header *tcp = dp_packet_l4(packet);
    uint32_t seq = ntohl(get_16aligned_be32(&syn->tcp_seq));

    put_16aligned_be32(&tcp->tcp_ack, htonl(seq + 1 + off));
    bool taken = svc_checks_answer(s->checks, "p1", packet);
    dp_packet_delete(packet);
    return taken;
}

static void
assert_found(struct scene *s, const char *expected)
{
    char *text = svec_join(&s->found, " ", "");

    assert_string_equal(text, expected);
    free(text);
}

static void
test_tcp(void **state OVS_UNUSED)
{
    struct scene s;

    init(&s, false);
    struct flow flow = asked(&s);
    assert_true(eth_addr_equals(flow.dl_src, check_mac));
    assert_true(eth_addr_equals(flow.dl_dst, service_mac));
    assert_int_equal(flow.nw_proto, IPPROTO_TCP);
    assert_int_equal(ntohs(flow.tp_dst), 80);
    assert_int_equal(ntohs(flow.tcp_flags), TCP_SYN);

    /* Another number, and what is no answer. */
    assert_false(answer_tcp(&s, TCP_SYN | TCP_ACK, 5));
    assert_false(answer_tcp(&s, TCP_SYN, 0));
    assert_found(&s, "");
    assert_true(answer_tcp(&s, TCP_SYN | TCP_ACK, 0));
    assert_found(&s, "online");
    /* The connection was ended. */
    assert_int_equal(s.n_asked, 2);
    assert_int_equal(ntohs(asked(&s).tcp_flags), TCP_RST);

    /* Not before the interval is over; then two refusals. */
    svc_checks_run(s.checks, 4999);
    assert_int_equal(s.n_asked, 2);
    svc_checks_run(s.checks, 5000);
    assert_int_equal(s.n_asked, 3);
    assert_true(answer_tcp(&s, TCP_RST | TCP_ACK, 0));
    assert_false(answer_tcp(&s, TCP_RST | TCP_ACK, 0));
    assert_found(&s, "online");
    svc_checks_run(s.checks, 10000);
    assert_true(answer_tcp(&s, TCP_RST | TCP_ACK, 0));
    assert_found(&s, "online offline");
    svc_checks_run(s.checks, 15000);
    assert_true(answer_tcp(&s, TCP_SYN | TCP_ACK, 0));
    assert_found(&s, "online offline online");
    uninit(&s);
}

/* Silence is a failure with TCP, and after the timeout. */
static void
test_silence(void **state OVS_UNUSED)
{
    struct scene s;

    init(&s, false);
    svc_checks_run(s.checks, 3000);
    assert_found(&s, "");
    svc_checks_run(s.checks, 5000);
    assert_int_equal(s.n_asked, 2);
    svc_checks_run(s.checks, 7999);
    assert_found(&s, "");
    svc_checks_run(s.checks, 8000);
    assert_found(&s, "offline");
    /* An answer that is too late is none. */
    assert_false(answer_tcp(&s, TCP_SYN | TCP_ACK, 0));
    uninit(&s);
}

/* With UDP it is none; an error is, if it is about the check. */
static void
test_udp(void **state OVS_UNUSED)
{
    struct scene s;

    init(&s, true);
    assert_int_equal(asked(&s).nw_proto, IPPROTO_UDP);
    svc_checks_run(s.checks, 3000);
    assert_found(&s, "online");
    for (int i = 0; i < 2; i++) {
        svc_checks_run(s.checks, 5000 + i * 5000);
        struct dp_packet *error = dp_packet_clone(s.asked);
        const char *inner = dp_packet_l3(s.asked);
        size_t size = IP_HEADER_LEN + UDP_HEADER_LEN;
        struct flow flow = asked(&s);

        /* From the service: Ethernet, IP, ICMP, and what it is about. */
        dp_packet_set_size(error, ETH_HEADER_LEN + IP_HEADER_LEN);
        struct eth_header *eth = dp_packet_data(error);
        struct ip_header *ip = dp_packet_l3(error);
        eth->eth_src = flow.dl_dst;
        eth->eth_dst = flow.dl_src;
        ip->ip_proto = IPPROTO_ICMP;
        ip->ip_tot_len = htons(IP_HEADER_LEN + ICMP_HEADER_LEN + size);
        put_16aligned_be32(&ip->ip_src, flow.nw_dst);
        put_16aligned_be32(&ip->ip_dst, flow.nw_src);
        ip->ip_csum = 0;
        ip->ip_csum = csum(ip, IP_HEADER_LEN);
        struct icmp_header *icmp = dp_packet_put_zeros(error,
                                                       ICMP_HEADER_LEN);
        icmp->icmp_type = 3;
        icmp->icmp_code = 3;
        struct udp_header *udp
            = (void *) ((char *) dp_packet_put(error, inner, size)
                        + IP_HEADER_LEN);
        ovs_be16 sport = udp->udp_src;
        udp->udp_src = htons(ntohs(sport) ^ 1);
        assert_false(svc_checks_answer(s.checks, "p1", error));
        udp->udp_src = sport;
        assert_false(svc_checks_answer(s.checks, "p2", error));
        assert_true(svc_checks_answer(s.checks, "p1", error));
        /* Cut short anywhere it is no answer, and nothing breaks. */
        for (size_t n = dp_packet_size(error) - 5; n > 0; n--) {
            dp_packet_set_size(error, n);
            assert_false(svc_checks_answer(s.checks, "p1", error));
        }
        dp_packet_delete(error);
    }
    assert_found(&s, "online offline");
    uninit(&s);
}

/* A port of another chassis is not asked; when it comes, it is, and what it
 * was does not count. */
static void
test_elsewhere(void **state OVS_UNUSED)
{
    struct scene s;

    init(&s, false);
    assert_true(answer_tcp(&s, TCP_SYN | TCP_ACK, 0));
    s.here = false;
    svc_checks_run(s.checks, 5000);
    svc_checks_run(s.checks, 10000);
    assert_int_equal(s.n_asked, 2);
    s.here = true;
    svc_checks_run(s.checks, 15000);
    assert_int_equal(s.n_asked, 3);
    assert_true(answer_tcp(&s, TCP_SYN | TCP_ACK, 0));
    assert_found(&s, "online online");
    uninit(&s);
}

/* A row that changes: what was found out stays if the place is the same. */
static void
test_changes(void **state OVS_UNUSED)
{
    struct scene s;

    init(&s, false);
    struct sb_service row = service(false);
    row.interval_ms = 1000;
    svc_checks_set(s.checks, &row, 10);
    assert_true(answer_tcp(&s, TCP_SYN | TCP_ACK, 0));
    svc_checks_run(s.checks, 1000);
    assert_true(answer_tcp(&s, TCP_SYN | TCP_ACK, 0));
    assert_found(&s, "online");

    row.at.port = 81;
    svc_checks_set(s.checks, &row, 1500);
    svc_checks_run(s.checks, 1500);
    assert_int_equal(ntohs(asked(&s).tp_dst), 81);
    svc_checks_remove(s.checks, &row.row);
    assert_false(answer_tcp(&s, TCP_SYN | TCP_ACK, 0));
    size_t n = s.n_asked;
    svc_checks_run(s.checks, 100000);
    assert_int_equal(s.n_asked, n);
    struct json *status = svc_checks_status(s.checks);
    char *text = json_to_string(status, JSSF_SORT);
    assert_string_equal(text, "{\"offline\":0,\"online\":0,\"sent\":3,"
                              "\"services\":0}");
    free(text);
    json_destroy(status);
    uninit(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tcp),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_udp),
        cmocka_unit_test(test_elsewhere),
        cmocka_unit_test(test_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
