/* Cutting packets, and what a fragment says. */

#include "unit.h"

#include "frag_packet.h"
#include "packet_spec.h"

struct parts {
    struct dp_packet *list[16];
    size_t n;
};

static void
collect(void *parts_, struct dp_packet **packet)
{
    struct parts *parts = parts_;

    assert_true(parts->n < ARRAY_SIZE(parts->list));
    parts->list[parts->n++] = *packet;
    *packet = NULL;
}

/* Takes 'hex': Ethernet and the rest. */
static struct dp_packet *
from_hex(const char *hex, struct flow *flow)
{
    struct dp_packet *packet = dp_packet_new(256);

    packet_put_hex(packet, hex);
    flow_extract(packet, flow);
    return packet;
}

/* Cuts the packet; each part has the size, start and 'more' that are wanted,
 * and they have all its data. */
static void
check_split(const char *hex, uint16_t mru, size_t n_want)
{
    struct flow flow;
    struct dp_packet *whole = from_hex(hex, &flow);
    struct parts parts = { .n = 0 };
    size_t data = 0, overhead = 0;

    assert_int_equal(frag_split(whole, flow.dl_type, mru, collect, &parts),
                     n_want > 1);
    assert_int_equal(parts.n, n_want > 1 ? n_want : 0);
    for (size_t i = 0; i < parts.n; i++) {
        struct dp_packet *packet = parts.list[i];
        struct frag_key key;
        struct frag_part part;

        const char *problem = packet_check(packet);
        assert_case(!problem, "%s, cut to %d, part %"PRIuSIZE": %s", hex, mru,
                    i, problem);
        assert_true(frag_parse(packet, flow.dl_type, 9, &key, &part));
        assert_int_equal(key.zone, 9);
        assert_int_equal(ntohl(key.id), 7);
        assert_true(part.ip_size <= mru);
        assert_int_equal(part.more, i + 1 < parts.n);
        assert_int_equal(part.start, data);
        assert_int_equal(dp_packet_size(packet),
                         part.head + part.end - part.start);
        assert_memory_equal((char *) dp_packet_data(packet) + part.head,
                            (char *) dp_packet_data(whole) + part.head + data,
                            part.end - part.start);
        data = part.end;
        overhead = part.head;
        dp_packet_delete(packet);
    }
    if (parts.n) {
        assert_int_equal(overhead + data, dp_packet_size(whole));
    }
    dp_packet_delete(whole);
}

#define ETH "0a0000000002 0a0000000001"
#define DATA24 "03e80035 0018 0000 000102030405060708090a0b0c0d0e0f"
/* Don't fragment is set: who sent fragments so gets them so. */
#define V4 ETH "0800 4500002c 00074000 40110000 01010101 02020202" DATA24
/* A router alert. */
#define V4_OPTION \
    ETH "0800 46000030 00070000 40110000 01010101 02020202 94040000" DATA24
#define ADDRESSES_V6 "fd000000000000000000000000000001" \
                     "fd000000000000000000000000000002"
#define V6 ETH "86dd 60000000 0020 2c40" ADDRESSES_V6 "11000000 00000007" \
           DATA24
/* Hop-by-hop options before, destination options behind. */
#define V6_OPTIONS ETH "86dd 60000000 0030 0040" ADDRESSES_V6 \
                   "2c00010400000000 3c000000 00000007 1100010400000000" \
                   DATA24
#define V4_VLAN ETH "8100 0005 0800 4500002c 00070000 40110000 01010101" \
                "02020202" DATA24

static void
split(void **state OVS_UNUSED)
{
    check_split(V4, 44, 1);
    check_split(V4, 43, 2);
    check_split(V4, 28, 3);
    check_split(V4, 27, 1); /* There is no room for any data. */
    check_split(V4_OPTION, 32, 3);
    check_split(V4_VLAN, 36, 2);
    check_split(V6, 72, 1);
    check_split(V6, 64, 2);
    check_split(V6, 56, 3);
    check_split(V6_OPTIONS, 64, 4);
    check_split(ETH "0806 0001", 20, 1);
}

static void
flags_stay(void **state OVS_UNUSED)
{
    struct flow flow;
    struct dp_packet *whole = from_hex(V4, &flow);
    struct parts parts = { .n = 0 };

    assert_true(frag_split(whole, flow.dl_type, 36, collect, &parts));
    for (size_t i = 0; i < parts.n; i++) {
        const struct ip_header *ip = dp_packet_l3(parts.list[i]);

        assert_true(ip->ip_frag_off & htons(IP_DONT_FRAGMENT));
        dp_packet_delete(parts.list[i]);
    }
    dp_packet_delete(whole);
}

/* Nobody reads behind the end (a sanitizer sees that) or believes lengths. */
static void
cut_off(void **state OVS_UNUSED)
{
    static const char *const packets[] = {
        V4, V4_OPTION, V6, V6_OPTIONS, V4_VLAN,
    };

    for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
        struct flow flow;
        struct dp_packet *whole = from_hex(packets[i], &flow);

        for (size_t size = ETH_HEADER_LEN; size < dp_packet_size(whole);
             size++) {
            struct dp_packet *packet = packet_truncated(whole, size);
            struct parts parts = { .n = 0 };
            struct frag_key key;
            struct frag_part part;
            struct flow its;

            flow_extract(packet, &its);
            assert_false(frag_parse(packet, flow.dl_type, 0, &key, &part));
            frag_split(packet, flow.dl_type, 60, collect, &parts);
            for (size_t j = 0; j < parts.n; j++) {
                dp_packet_delete(parts.list[j]);
            }
            dp_packet_delete(packet);
        }
        dp_packet_delete(whole);
    }
}

int
main(int argc OVS_UNUSED, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split),
        cmocka_unit_test(flags_stay),
        cmocka_unit_test(cut_off),
    };

    set_program_name(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
