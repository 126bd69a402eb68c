/* Any Northbound database that the schema admits: nothing crashes, and what is
 * compiled change by change is what a fresh start makes of it. */

#include "garbage.h"

#include "unit.h"

static unsigned int
setting(const char *name, unsigned int or_else)
{
    const char *value = getenv(name);
    unsigned int n;

    return value && str_to_uint(value, 10, &n) ? n : or_else;
}

/* One database that lives through 'n' steps, compared after each batch. */
static void
live(uint32_t seed, unsigned int n)
{
    struct nb_world w;

    nb_world_init(&w);
    struct garbage g = { .world = &w, .state = seed, .max_rows = 8 };

    for (unsigned int i = 0; i < n; i++) {
        unsigned int batch = 1 + i % 5;

        while (batch--) {
            garbage_step(&g);
        }
        nb_world_compile(&w);
    }
    garbage_clear(&g);
    nb_world_compile(&w);
    assert_case(shash_is_empty(&w.flows) && nb_world_report(&w, "") == NULL,
                "seed %"PRIu32": something is left of an empty database",
                seed);
    nb_world_uninit(&w);
}

static void
test_garbage(void **state OVS_UNUSED)
{
    unsigned int n = setting("GARBAGE_TRANSACTIONS", 1500);
    unsigned int first = setting("GARBAGE_SEED", 1);
    const unsigned int life = 250;

    for (unsigned int seed = 0; seed * life < n; seed++) {
        print_message("# seed %u\n", first + seed);
        live(first + seed, life);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_garbage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
