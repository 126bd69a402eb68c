#include "lr_world.h"
#include "nb_rows.h"
#include "view_world.h"

#include "unit.h"

static void
test_helpers(void **state OVS_UNUSED)
{
    const struct uuid list[] = { { { 1, 0, 0, 0 } }, { { 2, 0, 0, 0 } } };
    struct uuids u = { .n = 0 };

    char *text = json_quote("a\"b\\");
    assert_string_equal(text, "\"a\\\"b\\\\\"");
    free(text);
    uuids_add(&u, list, 2);
    uuids_add(&u, list, 1);
    assert_int_equal(u.n, 3);
    assert_true(uuids_equal(u.list, 2, list, 2));
    assert_false(uuids_equal(u.list, 3, list, 2));
    assert_false(uuids_equal(&u.list[1], 2, list, 2));
    assert_true(uuids_equal(NULL, 0, NULL, 0));
    free(u.list);
}

/* A meter counts if there is one of that name. */
static void
test_meter(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct nb_world w;

    nb_world_init(&w);
    const struct uuid *key = &nb_rows_add_copp(&w, "dns", "m")->header_.uuid;
    nb_world_compile(&w);
    view_reader_init(&r, &w);
    assert_null(copp_meter(r.ctx, key, "dns"));
    view_reader_uninit(&r);
    nb_rows_add_meter(&w, "m");
    nb_world_compile(&w);
    view_reader_init(&r, &w);
    assert_string_equal(copp_meter(r.ctx, key, "dns"), "m");
    assert_null(copp_meter(r.ctx, key, "arp"));
    view_reader_uninit(&r);
    nb_world_uninit(&w);
}

/* Every view of a key that nothing has is NULL or empty, and none of them
 * falls over it. */
static void
test_unknown_key(void **state OVS_UNUSED)
{
    struct uuid key = { { 1, 2, 3, 4 } };
    struct view_reader r;
    struct nb_world w;

    nb_world_init(&w);
    view_reader_init(&r, &w);
    for (size_t i = 0; i < N_CVIEWS; i++) {
        bool may_be = i == CV_ACL_USE || i == CV_LB_USE;

        assert_case(!cctx_view(r.ctx, i, &key) == !may_be,
                    "view %"PRIuSIZE, i);
    }
    view_reader_uninit(&r);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_helpers),
        cmocka_unit_test(test_meter),
        cmocka_unit_test(test_unknown_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
