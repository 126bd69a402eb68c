/* Pieces of replies. */

#include "unit.h"

#include "pipe_reply.h"

static void
domains(void **state)
{
    static const struct {
        const char *name;
        const char *want; /* With '.' for each length. */
        size_t size;
    } cases[] = {
        { "", "\0", 1 },
        { "a", "\1a\0", 3 },
        { "a.bc", "\1a\2bc\0", 6 },
        { "a.bc.", "\1a\2bc\0", 6 },
        { "..a..", "\1a\0", 3 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ofpbuf b;

        ofpbuf_init(&b, 0);
        reply_put_domain(&b, cases[i].name);
        assert_int_equal(b.size, cases[i].size);
        assert_memory_equal(b.data, cases[i].want, b.size);
        ofpbuf_uninit(&b);
    }
}

/* A label has 63 bytes at most: the length byte has no room for more. */
static void
long_labels(void **state)
{
    char name[200];
    struct ofpbuf b;

    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ofpbuf_init(&b, 0);
    reply_put_domain(&b, name);
    for (const uint8_t *p = b.data; *p; p += 1 + *p) {
        assert_true(*p <= 63);
        assert_true(p + 1 + *p < (uint8_t *) ofpbuf_tail(&b));
    }
    ofpbuf_uninit(&b);
}

static void
taking(void **state)
{
    const uint8_t bytes[] = { 1, 2, 3 };
    const uint8_t *p = bytes, *end = bytes + sizeof bytes;

    assert_ptr_equal(reply_take(&p, end, 2), bytes);
    assert_ptr_equal(p, bytes + 2);
    assert_null(reply_take(&p, end, 2));
    assert_ptr_equal(p, bytes + 2);
    assert_ptr_equal(reply_take(&p, end, 1), bytes + 2);
    assert_null(reply_take(&p, end, 1));
    assert_non_null(reply_take(&p, end, 0));
}

static void
numbers(void **state)
{
    static const uint8_t want[] = {
        1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 9,
        0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8,
    };
    const ovs_u128 ip = {
        .u64 = { .hi = UINT64_C(0xfd) << 56, .lo = 8 },
    };
    struct ofpbuf b;

    ofpbuf_init(&b, 0);
    reply_put_u8(&b, 1);
    reply_put_be16(&b, 0x0203);
    reply_put_be32(&b, 0x04050607);
    reply_put_mac(&b, 9);
    reply_put_ipv6(&b, ip);
    assert_int_equal(b.size, sizeof want);
    assert_memory_equal(b.data, want, sizeof want);
    ofpbuf_uninit(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domains), cmocka_unit_test(long_labels),
        cmocka_unit_test(taking), cmocka_unit_test(numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
