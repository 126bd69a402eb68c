#include "unit.h"

#include "cleanup.h"
#include "custody.h"

static void
balances_only_if_each_packet_went_somewhere(void **state OVS_UNUSED)
{
    struct custody c = { .received = 0 };

    assert_true(custody_balances(&c));
    c.received = 10;
    assert_false(custody_balances(&c));
    c.held = 2;
    c.consumed = 1;
    c.dropped[DROP_VIP_FULL] = 3;
    c.dropped[DROP_SHUTDOWN] = 3;
    assert_false(custody_balances(&c));
    c.dropped[DROP_TRUNCATED]++;
    assert_true(custody_balances(&c));
    c.injected = 1;
    assert_false(custody_balances(&c));
    c.sent = 1;
    assert_true(custody_balances(&c));
}

static void
every_reason_is_part_of_the_sum(void **state OVS_UNUSED)
{
    struct custody c = { .received = 0 };

    for (size_t i = 0; i < N_DROP_REASONS; i++) {
        c.dropped[i] = 1;
        assert_int_equal(custody_dropped(&c), i + 1);
    }
}

static void
counters_may_be_larger_than_32_bits(void **state OVS_UNUSED)
{
    struct custody c = { .received = 5ULL << 40, .sent = 2ULL << 40,
                         .consumed = 3ULL << 40 };

    assert_true(custody_balances(&c));
}

static void
text_leaves_out_reasons_that_did_not_occur(void **state OVS_UNUSED)
{
    struct custody c = { .received = 3, .held = 1 };
    struct ds ds OWNED_DS = DS_EMPTY_INITIALIZER;

    c.dropped[DROP_VIP_FULL] = 2;
    custody_format(&c, &ds);
    assert_string_equal(ds_cstr(&ds),
                        "received 3\n"
                        "injected 0\n"
                        "sent 0\n"
                        "consumed 0\n"
                        "held 1\n"
                        "dropped VIP_FULL 2 (too many packets held for this "
                        "VIP)\n");
}

static void
json_has_all_counters(void **state OVS_UNUSED)
{
    struct custody c = { .received = 5ULL << 40, .injected = 2, .sent = 3,
                         .consumed = 4, .held = 5 };

    c.dropped[DROP_DEADLINE] = 6;
    struct json *json OWNED_JSON = custody_to_json(&c);
    char *s OWNED_STRING = json_to_string(json, JSSF_SORT);
    assert_string_equal(s, "{\"consumed\":4,\"dropped\":{\"DEADLINE\":6},"
                           "\"held\":5,\"injected\":2,"
                           "\"received\":5497558138880,\"sent\":3}");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(balances_only_if_each_packet_went_somewhere),
        cmocka_unit_test(every_reason_is_part_of_the_sum),
        cmocka_unit_test(counters_may_be_larger_than_32_bits),
        cmocka_unit_test(text_leaves_out_reasons_that_did_not_occur),
        cmocka_unit_test(json_has_all_counters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
