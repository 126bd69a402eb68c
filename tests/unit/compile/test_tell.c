#include "nb_told.h"

#include "unit.h"

static void
add_switches(struct nb_world *w, const char *prefix, int n)
{
    for (int i = 0; i < n; i++) {
        char *name = xasprintf("%s%d", prefix, i);

        nb_world_add_switch(w, name);
        free(name);
    }
    nb_world_compile(w);
}

/* However small the pieces, and none larger than it must be. */
static void
test_pieces(void **state OVS_UNUSED)
{
    struct nb_told told;
    struct nb_world w;
    size_t most = 0, n_pieces = 0;
    bool more;

    nb_world_init(&w);
    add_switches(&w, "sw", 20);
    nb_told_check(&w, 1);
    nb_told_check(&w, 100);
    nb_told_check(&w, SIZE_MAX);

    nb_told_init(&told, &w);
    do {
        size_t before = told.n;

        more = nb_told_go_on(&told, 10);
        most = MAX(most, told.n - before);
        n_pieces++;
    } while (more);
    assert_true(n_pieces > 20);
    assert_true(most < told.n / 5);
    nb_told_uninit(&told);
    nb_world_uninit(&w);
}

static struct sset
ids(const struct shash *flows)
{
    struct sset set = SSET_INITIALIZER(&set);
    const struct shash_node *node;

    SHASH_FOR_EACH (node, flows) {
        sset_add(&set, node->name);
    }
    return set;
}

/* Rows come and go between pieces, so that the compiler's table is another
 * one; what is there all the time is told. */
static void
test_changes_between(void **state OVS_UNUSED)
{
    struct nb_told told;
    struct nb_world w;
    const char *id;

    nb_world_init(&w);
    add_switches(&w, "sw", 10);
    for (size_t n_before = 1; n_before <= 4; n_before++) {
        struct sset before = ids(&w.flows);

        nb_told_init(&told, &w);
        for (size_t i = 0; i < n_before; i++) {
            assert_true(nb_told_go_on(&told, 30));
        }
        add_switches(&w, "more", 30 << n_before);
        while (nb_told_go_on(&told, 30)) {
            continue;
        }
        SSET_FOR_EACH (id, &before) {
            assert_true(!shash_find(&w.flows, id)
                        || sset_contains(&told.flows, id));
        }
        sset_destroy(&before);
        nb_told_uninit(&told);
    }
    nb_world_uninit(&w);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_changes_between),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
