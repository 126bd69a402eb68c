/* What the pipeline learned by itself, and forgets. */

#include "unit.h"

#include "learned.h"

static struct learned_key
key(uint32_t kind, uint16_t sport)
{
    struct learned_key k;

    memset(&k, 0, sizeof k);
    k.kind = kind;
    k.datapath = 3;
    k.sport = sport;
    return k;
}

static void
use_keeps_alive(void **state)
{
    const struct learned_value value = { .port = 80, .timeout_ms = 100 };
    struct learned *learned = learned_new();
    struct learned_key k = key(LEARNED_AFFINITY, 1);

    assert_null(learned_get(learned, &k, 0));
    learned_put(learned, &k, &value, 0);
    assert_int_equal(learned_get(learned, &k, 99)->port, 80);
    assert_non_null(learned_get(learned, &k, 198));
    assert_null(learned_get(learned, &k, 298));
    /* Gone for good, not only for that moment. */
    learned_expire(learned, 298);
    assert_null(learned_get(learned, &k, 200));
    learned_free(learned);
    learned_free(NULL);
}

static void
keys_differ_in_each_part(void **state)
{
    const struct learned_value value = { .timeout_ms = 100 };
    struct learned *learned = learned_new();
    struct learned_key k = key(LEARNED_AFFINITY, 1), other;

    learned_put(learned, &k, &value, 0);
    other = key(LEARNED_ECMP, 1);
    assert_null(learned_get(learned, &other, 1));
    other = key(LEARNED_AFFINITY, 2);
    assert_null(learned_get(learned, &other, 1));
    other = k;
    other.mac.ea[5] = 1;
    assert_null(learned_get(learned, &other, 1));
    other = k;
    other.src.s6_addr[15] = 1;
    assert_null(learned_get(learned, &other, 1));
    learned_free(learned);
}

static void
the_newest_counts(void **state)
{
    struct learned_value value = { .port = 1, .timeout_ms = 100 };
    struct learned *learned = learned_new();
    struct learned_key k = key(LEARNED_AFFINITY, 1);

    learned_put(learned, &k, &value, 0);
    value.port = 2;
    value.timeout_ms = 1000;
    learned_put(learned, &k, &value, 50);
    assert_int_equal(learned_get(learned, &k, 500)->port, 2);
    learned_free(learned);
}

/* Memory is bounded; what expired makes room. */
static void
bounded(void **state)
{
    const struct learned_value value = { .timeout_ms = 100 };
    struct learned *learned = learned_new();
    struct learned_key k = key(LEARNED_AFFINITY, 0);
    struct learned_key last = key(LEARNED_ECMP, 9);

    for (uint32_t i = 0; i < 65536; i++) {
        k.sport = i;
        learned_put(learned, &k, &value, 0);
    }
    learned_put(learned, &last, &value, 1);
    assert_null(learned_get(learned, &last, 2));
    assert_non_null(learned_get(learned, &k, 2));
    learned_put(learned, &last, &value, 150);
    assert_non_null(learned_get(learned, &last, 151));
    learned_free(learned);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(use_keeps_alive),
        cmocka_unit_test(keys_differ_in_each_part),
        cmocka_unit_test(the_newest_counts),
        cmocka_unit_test(bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
