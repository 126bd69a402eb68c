#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static uint32_t
get(struct view_reader *r, uint32_t owner, uint32_t requested,
    const char *name)
{
    struct ckey_request request = {
        .space = { { 5, 5, 5, 5 } }, .owner = { { 1, 0, 0, owner } },
        .name = name, .requested = requested, .min = 10, .max = 13,
    };

    return ckey_get(r->ctx, &request);
}

/* Each owner has one, no two the same, and there are no more than there are. */
static void
test_unique(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct nb_world w;
    unsigned int seen = 0;

    nb_world_init(&w);
    view_reader_init(&r, &w);
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t key = get(&r, i, 0, NULL);

        assert_in_range(key, 10, 13);
        assert_false(seen & 1u << key);
        seen |= 1u << key;
        assert_int_equal(get(&r, i, 0, NULL), key);
    }
    assert_int_equal(get(&r, 4, 0, NULL), 0);
    view_reader_uninit(&r);

    /* They are free again when nobody wants them. */
    view_reader_init(&r, &w);
    assert_int_equal(get(&r, 4, 12, NULL), 12);
    view_reader_uninit(&r);
    nb_world_uninit(&w);
}

/* What is asked for comes first, then what there was before. */
static void
test_kept(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct nb_world w;

    nb_world_init(&w);
    nb_world_set_fact(&w, CFACT_TUNNEL_KEY, "port a", "11");
    nb_world_set_fact(&w, CFACT_TUNNEL_KEY, "port far", "99");
    view_reader_init(&r, &w);
    assert_int_equal(get(&r, 0, 0, "port a"), 11);
    assert_in_range(get(&r, 1, 0, "port far"), 10, 13);
    assert_int_equal(get(&r, 2, 11, NULL) == 11, 0);
    /* One that is asked for later is given, if it is free. */
    assert_int_not_equal(get(&r, 0, 11, "port a"), 0);
    view_reader_uninit(&r);
    view_reader_init(&r, &w);
    assert_int_equal(get(&r, 0, 0, "port a"), 11);
    assert_int_equal(get(&r, 0, 13, "port a"), 13);
    assert_int_equal(get(&r, 1, 11, NULL), 11);
    view_reader_uninit(&r);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unique),
        cmocka_unit_test(test_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
