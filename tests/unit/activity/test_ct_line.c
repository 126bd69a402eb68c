#include "unit.h"

#include <netinet/in.h>

#include "ct_line.h"

static void
assert_addr(const struct in6_addr *addr, const char *expected)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr ip4;

    if (IN6_IS_ADDR_V4MAPPED(addr)) {
        ip4.s_addr = in6_addr_get_mapped_ipv4(addr);
        inet_ntop(AF_INET, &ip4, text, sizeof text);
    } else {
        inet_ntop(AF_INET6, addr, text, sizeof text);
    }
    assert_string_equal(text, expected);
}

struct line_case {
    const char *line;
    uint8_t proto;
    const char *src, *dst;
    uint16_t sport, dport, zone;
    int64_t timeout_s;
    uint64_t n_packets, n_bytes;
    bool open;
};

/* As Open vSwitch 3.1.0 prints them; the kernel's have counters. */
static const struct line_case cases[] = {
    { "tcp,orig=(src=10.0.0.2,dst=192.168.1.100,sport=37322,dport=80),"
      "reply=(src=10.0.0.3,dst=10.0.0.2,sport=80,dport=37322),zone=1,"
      "timeout=29,mark=2,protoinfo=(state=TIME_WAIT)",
      IPPROTO_TCP, "10.0.0.2", "192.168.1.100", 37322, 80, 1, 29, 0, 0,
      false },
    { "tcp,orig=(src=10.0.0.2,dst=192.168.1.100,sport=37322,dport=80),"
      "reply=(src=10.0.0.3,dst=10.0.0.2,sport=80,dport=37322),"
      "timeout=86399,protoinfo=(state=ESTABLISHED)\nudp,orig=(x)",
      IPPROTO_TCP, "10.0.0.2", "192.168.1.100", 37322, 80, 0, 86399, 0, 0,
      true },
    /* One side has closed, the other has not: it may answer yet. */
    { "tcp,orig=(src=10.0.0.2,dst=192.168.1.100,sport=37322,dport=80),"
      "reply=(src=10.0.0.3,dst=10.0.0.2,sport=80,dport=37322),id=0,zone=1,"
      "status=0,timeout=29,protoinfo=(state_orig=FIN_WAIT_2,"
      "state_reply=ESTABLISHED,wscale_orig=10)",
      IPPROTO_TCP, "10.0.0.2", "192.168.1.100", 37322, 80, 1, 29, 0, 0,
      true },
    { "tcp,orig=(src=10.0.0.2,dst=192.168.1.100,sport=37322,dport=80),"
      "reply=(src=10.0.0.3,dst=10.0.0.2,sport=80,dport=37322),id=0,zone=1,"
      "status=0,timeout=29,protoinfo=(state_orig=FIN_WAIT_2,"
      "state_reply=CLOSING,wscale_orig=10)",
      IPPROTO_TCP, "10.0.0.2", "192.168.1.100", 37322, 80, 1, 29, 0, 0,
      false },
    /* It has just begun. */
    { "tcp,orig=(src=10.0.0.2,dst=192.168.1.100,sport=37322,dport=80),"
      "reply=(src=10.0.0.3,dst=10.0.0.2,sport=80,dport=37322),id=0,zone=1,"
      "status=0,timeout=29,protoinfo=(state_orig=SYN_SENT,"
      "state_reply=CLOSED,wscale_orig=10)",
      IPPROTO_TCP, "10.0.0.2", "192.168.1.100", 37322, 80, 1, 29, 0, 0,
      true },
    { "udp,orig=(src=fd00::1,dst=fd00::2,sport=1,dport=53,packets=3,"
      "bytes=180),reply=(src=fd00::3,dst=fd00::1,sport=53,dport=1,packets=2,"
      "bytes=120),zone=65535,timeout=170,labels=0x2",
      IPPROTO_UDP, "fd00::1", "fd00::2", 1, 53, 65535, 170, 5, 300, true },
    { "icmp,orig=(src=10.0.0.2,dst=10.0.0.3,id=17,type=8,code=0),"
      "reply=(src=10.0.0.3,dst=10.0.0.2,id=17,type=0,code=0),zone=4",
      IPPROTO_ICMP, "10.0.0.2", "10.0.0.3", 0, 0, 4, -1, 0, 0, true },
    { "sctp,orig=(src=10.0.0.2,dst=10.0.0.3,sport=5,dport=6),reply=(src="
      "10.0.0.3,dst=10.0.0.2,sport=6,dport=5),protoinfo=(state=CLOSED,"
      "vtag_orig=1,vtag_reply=2)",
      IPPROTO_SCTP, "10.0.0.2", "10.0.0.3", 5, 6, 0, -1, 0, 0, false },
};

static void
lines_are_parsed(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct line_case *c = &cases[i];
        struct watch_conn conn;

        assert_case(ct_line_parse(c->line, &conn), "%s", c->line);
        assert_int_equal(conn.proto, c->proto);
        assert_addr(&conn.src, c->src);
        assert_addr(&conn.dst, c->dst);
        assert_int_equal(conn.sport, c->sport);
        assert_int_equal(conn.dport, c->dport);
        assert_int_equal(conn.zone, c->zone);
        assert_int_equal(conn.timeout_s, c->timeout_s);
        assert_int_equal(conn.n_packets, c->n_packets);
        assert_int_equal(conn.n_bytes, c->n_bytes);
        assert_case(conn.open == c->open, "%s", c->line);
    }
}

static void
what_is_no_connection_is_refused(void **state OVS_UNUSED)
{
    static const char *const bad[] = {
        "", "\n", "tcp", "tcp,", "tcp,orig", "tcp,orig=", "tcp,orig=(",
        "tcp,orig=()", "tcp,orig=(src=10.0.0.1)",
        "tcp,orig=(src=10.0.0.1,dst=x)", "gre,orig=(src=1.1.1.1,dst=2.2.2.2)",
        "tcp,reply=(src=10.0.0.1,dst=10.0.0.2)", "tcp,orig=(src=,dst=)",
        "tcp\norig=(src=10.0.0.1,dst=10.0.0.2)", ",,,", "))))", "((((",
        "tcp,orig=((src=10.0.0.1,dst=10.0.0.2",
        "ovs-vswitchd: no datapath",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct watch_conn conn;

        assert_case(!ct_line_parse(bad[i], &conn), "%s", bad[i]);
    }
}

/* Whatever a line is cut to or has in it, nothing else is read. */
static void
mangled_lines_do_no_harm(void **state OVS_UNUSED)
{
    random_set_seed(1);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t len = strlen(cases[i].line);

        for (int round = 0; round < 2000; round++) {
            char *line = xmemdup0(cases[i].line, random_range(len + 1));
            struct watch_conn conn;

            for (size_t j = 0; line[0] && j < random_range(4); j++) {
                line[random_range(strlen(line))]
                    = "(),=\n:0z\x80"[random_range(9)];
            }
            ignore(ct_line_parse(line, &conn));
            free(line);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_parsed),
        cmocka_unit_test(what_is_no_connection_is_refused),
        cmocka_unit_test(mangled_lines_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
