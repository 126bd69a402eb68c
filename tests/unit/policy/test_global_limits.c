#include "unit.h"

#include "cleanup.h"
#include "global_limits.h"

static struct global_limits
parse(const char *key, const char *value, struct diag *diag)
{
    struct smap ids OWNED_SMAP = SMAP_INITIALIZER(&ids);
    struct global_limits limits;

    smap_add(&ids, "neutron:version", "7");
    smap_add(&ids, key, value);
    global_limits_parse(&ids, &limits, diag);
    return limits;
}

static void
values(void **state OVS_UNUSED)
{
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;
    struct global_limits none = { .max_wakes = 0 };
    struct global_limits limits;

    limits = parse("rouse-max-wakes", "7", &diag);
    assert_int_equal(limits.max_wakes, 7);
    limits = parse("rouse-held-bytes", "68719476736", &diag);
    assert_int_equal(limits.held_bytes, 1LL << 36);
    limits = parse("rouse-held-packets", "1", &diag);
    assert_int_equal(limits.held_packets, 1);
    limits = parse("rouse-held-per-source", "9", &diag);
    assert_int_equal(limits.held_per_source, 9);
    assert_true(diag_is_empty(&diag));
    assert_false(global_limits_equal(&limits, &none));
    limits = parse("rouse-idle-after", "9", &diag);
    assert_true(global_limits_equal(&limits, &none));
}

static void
what_is_no_number(void **state OVS_UNUSED)
{
    static const char *const bad[] = {
        "", "0", "-1", "7 ", "many", "0x10", "16777217",
        "99999999999999999999",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct diag diag OWNED_DIAG = DIAG_INITIALIZER;
        struct global_limits limits = parse("rouse-held-packets", bad[i],
                                            &diag);

        assert_case(!limits.held_packets, "\"%s\"", bad[i]);
        assert_case(!diag_is_empty(&diag)
                    && strstr(diag.column, "rouse-held-packets"), "\"%s\"",
                    bad[i]);
    }
}

/* What chassis are told is what they read. */
static void
what_chassis_are_told(void **state OVS_UNUSED)
{
    struct smap keys OWNED_SMAP = SMAP_INITIALIZER(&keys);
    struct global_limits limits = {
        .max_wakes = 5, .held_packets = 6, .held_per_source = 7,
    }, told;

    global_limits_put_held(&limits, &keys);
    assert_int_equal(smap_count(&keys), 2);
    global_limits_parse(&keys, &told, NULL);
    limits.max_wakes = 0;
    assert_true(global_limits_equal(&told, &limits));
    assert_true(global_limits_is_held_key("rouse-held-bytes"));
    assert_false(global_limits_is_held_key("rouse-max-wakes"));
    assert_false(global_limits_is_held_key("rouse-look"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(what_is_no_number),
        cmocka_unit_test(what_chassis_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
