#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

/* Equal sets are one. */
static void
test_interned(void **state OVS_UNUSED)
{
    struct uuid a[] = { { { 2, 0, 0, 0 } }, { { 1, 0, 0, 0 } },
                        { { 2, 0, 0, 0 } } };
    struct uuid b[] = { { { 1, 0, 0, 0 } }, { { 2, 0, 0, 0 } } };
    struct uuid c[] = { { { 1, 0, 0, 0 } } };
    struct view_reader r;
    struct nb_world w;

    nb_world_init(&w);
    view_reader_init(&r, &w);
    const struct cdps *x = cdps_get(r.ctx, a, 3);
    const struct cdps *y = cdps_get(r.ctx, b, 2);
    const struct cdps *z = cdps_get(r.ctx, c, 1);
    assert_ptr_equal(x, y);
    assert_ptr_not_equal(x, z);
    assert_int_equal(x->n, 2);
    assert_true(cdps_contains(x, &b[1]));
    assert_false(cdps_contains(z, &b[1]));
    assert_false(cdps_contains(NULL, &b[1]));
    assert_ptr_equal(cdps_find(r.ctx, &x->id), x);

    struct uuid id = x->id;
    cdps_unref(x);
    assert_non_null(cdps_find(r.ctx, &id));
    cdps_unref(y);
    assert_null(cdps_find(r.ctx, &id));
    cdps_unref(z);
    cdps_unref(NULL);
    view_reader_uninit(&r);
    nb_world_uninit(&w);
}

/* A set that a flow uses has a row, if it is more than one datapath. */
static void
test_group_row(void **state OVS_UNUSED)
{
    struct uuid list[] = { { { 1, 0, 0, 0 } }, { { 2, 0, 0, 0 } } };
    struct view_reader r;
    struct nb_world w;

    nb_world_init(&w);
    view_reader_init(&r, &w);
    const struct cdps *set = cdps_get(r.ctx, list, 2);
    assert_null(nb_world_row(&w, "Logical_DP_Group", ""));
    cflow_emit(r.ctx, &(struct cflow) {
        .dps = set, .stage = LS_IN_LB, .match = "1", .actions = "next;",
    });
    assert_non_null(nb_world_row(&w, "Logical_DP_Group",
                                 "00000002-0000-0000-0000-000000000000"));
    cdps_unref(set);
    view_reader_uninit(&r);
    assert_null(nb_world_row(&w, "Logical_DP_Group", ""));
    nb_world_uninit(&w);
}

static void
test_digest(void **state OVS_UNUSED)
{
    struct uuid a = uuid_digest("a", "bc", NULL);
    struct uuid b = uuid_digest("ab", "c", NULL);
    struct uuid again = uuid_digest("a", "bc", NULL);

    assert_true(uuid_equals(&a, &again));
    assert_false(uuid_equals(&a, &b));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interned),
        cmocka_unit_test(test_group_row),
        cmocka_unit_test(test_digest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
