#include "lb_parts.h"

#include "lr_world.h"
#include "nb_rows.h"
#include "view_world.h"

#include "unit.h"

static void
make(struct cctx *ctx, const struct lb_member *members, size_t n,
     struct vlb_parts *parts)
{
    struct lb_partition partition = { .n = 0 };

    for (size_t i = 0; i < n; i++) {
        struct uuid dp = { { 1, 0, 0, i } };

        lb_partition_add(&partition, &dp, &members[i]);
    }
    lb_partition_finish(ctx, &partition, parts);
    assert_int_equal(partition.n, 0);
}

/* Datapaths are together when all that matters of them is the same, and only
 * then. */
static void
test_partition(void **state OVS_UNUSED)
{
    static const struct lb_member members[] = {
        { .acls = false }, { .acls = true }, { .acls = false },
        { .forced = true }, { .meter = "m" }, { .meter = "m" },
        { .gateway = "cr-a", .gateway_port = "a" },
        { .gateway = "cr-b", .gateway_port = "b" },
        { .meter = "n" }, { .acls = true, .meter = "m" },
    };
    static const size_t sizes[] = { 2, 1, 1, 2, 1, 1, 1, 1 };
    struct vlb_parts parts, again, fewer;
    struct view_reader r;
    struct nb_world w;

    nb_world_init(&w);
    view_reader_init(&r, &w);
    make(r.ctx, members, ARRAY_SIZE(members), &parts);
    assert_int_equal(parts.n, ARRAY_SIZE(sizes));
    for (size_t i = 0; i < parts.n; i++) {
        assert_int_equal(parts.list[i].dps->n, sizes[i]);
    }
    assert_true(parts.list[1].acls && !parts.list[0].acls);
    assert_string_equal(parts.list[3].meter, "m");
    assert_string_equal(parts.list[4].gateway, "cr-a");
    assert_string_equal(parts.list[4].gateway_port, "a");

    make(r.ctx, members, ARRAY_SIZE(members), &again);
    assert_true(lb_parts_equal(&parts, &again));
    make(r.ctx, members, ARRAY_SIZE(members) - 1, &fewer);
    assert_false(lb_parts_equal(&parts, &fewer));
    again.list[0].acls = true;
    assert_false(lb_parts_equal(&parts, &again));
    lb_parts_uninit(&parts);
    lb_parts_uninit(&again);
    lb_parts_uninit(&fewer);

    make(r.ctx, NULL, 0, &parts);
    assert_int_equal(parts.n, 0);
    lb_parts_uninit(&parts);
    view_reader_uninit(&r);
    nb_world_uninit(&w);
}

/* A meter counts if there is one of that name. */
static void
test_meter(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct nb_world w;

    nb_world_init(&w);
    const struct uuid *key
        = &nb_rows_add_copp(&w, "reject", "m1")->header_.uuid;
    nb_world_compile(&w);
    view_reader_init(&r, &w);
    assert_null(lb_copp_meter(r.ctx, key, "reject"));
    view_reader_uninit(&r);

    nb_rows_add_meter(&w, "m1");
    nb_world_compile(&w);
    view_reader_init(&r, &w);
    assert_string_equal(lb_copp_meter(r.ctx, key, "reject"), "m1");
    assert_null(lb_copp_meter(r.ctx, key, "event-elb"));
    struct uuid zero = UUID_ZERO;
    assert_null(lb_copp_meter(r.ctx, &zero, "reject"));
    view_reader_uninit(&r);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partition),
        cmocka_unit_test(test_meter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
