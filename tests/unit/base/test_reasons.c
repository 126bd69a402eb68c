#include "unit.h"

#include "reasons.h"

static void
every_reason_has_a_name_and_a_text(void **state OVS_UNUSED)
{
#define REASON(NUMBER, NAME, TEXT)                                            \
    assert_int_equal(DROP_##NAME, NUMBER);                                    \
    assert_string_equal(drop_reason_name(NUMBER), #NAME);                     \
    assert_string_equal(drop_reason_text(DROP_##NAME), TEXT);
#include "reasons.def"
#undef REASON
}

/* Counters in logs and in the command line are told apart by these. */
static void
names_are_unique(void **state OVS_UNUSED)
{
    struct sset names = SSET_INITIALIZER(&names);

#define REASON(NUMBER, NAME, TEXT) assert_non_null(sset_add(&names, #NAME));
#include "reasons.def"
#undef REASON
    assert_true(sset_count(&names) < N_DROP_REASONS);
    sset_destroy(&names);
}

static void
numbers_that_are_not_in_use_have_no_name(void **state OVS_UNUSED)
{
    static const int numbers[] = { 0, N_DROP_REASONS, 1000, -1, INT_MAX,
                                   INT_MIN };

    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        assert_string_equal(drop_reason_name(numbers[i]), "unknown");
        assert_string_equal(drop_reason_text(numbers[i]), "unknown reason");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_has_a_name_and_a_text),
        cmocka_unit_test(names_are_unique),
        cmocka_unit_test(numbers_that_are_not_in_use_have_no_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
