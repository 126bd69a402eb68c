#include "rows_binding.h"

#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static const struct uuid dp = { { 7, 7, 7, 7 } };

static void
test_datapath(void **state OVS_UNUSED)
{
    struct smap ids = SMAP_CONST2(&ids, "neutron:network_name", "blue",
                                  "other", "x");
    struct smap more = SMAP_CONST1(&more, "interconn-ts", "ts1");
    struct view_reader r;
    struct nb_world w;

    nb_world_init(&w);
    view_reader_init(&r, &w);
    struct cdatapath d = {
        .uuid = dp, .name = "sw0", .kind = "logical-switch",
        .external_ids = &ids, .more_ids = &more, .requested_key = 42,
    };
    cdatapath_emit(r.ctx, &d);
    const char *row = nb_world_row(&w, "Datapath_Binding", "\"sw0\"");
    assert_non_null(row);
    assert_non_null(strstr(row, "\"tunnel_key\":42"));
    assert_non_null(strstr(row, "[\"name2\",\"blue\"]"));
    assert_non_null(strstr(row, "[\"interconn-ts\",\"ts1\"]"));
    assert_null(strstr(row, "other"));
    assert_int_equal(cdatapath_key(r.ctx, &dp, 42), 42);

    /* What is too big is not asked for. */
    struct uuid big = { { 8, 8, 8, 8 } };
    uint32_t key = cdatapath_key(r.ctx, &big, 1u << 24);
    assert_true(key && key < 1u << 24 && key != 42);
    view_reader_uninit(&r);
    assert_null(nb_world_row(&w, "Datapath_Binding", ""));
    nb_world_uninit(&w);
}

static void
test_port(void **state OVS_UNUSED)
{
    struct cport_binding pb = {
        .uuid = { { 1, 0, 0, 0 } }, .datapath = dp, .name = "p1",
        .type = "", .parent = "vm", .tag = 5, .requested_key = 9,
    };
    struct view_reader r;
    struct nb_world w;

    nb_world_init(&w);
    view_reader_init(&r, &w);
    smap_init(&pb.options);
    assert_true(cport_binding_emit(r.ctx, &pb));
    const char *row = nb_world_row(&w, "Port_Binding", "\"p1\"");
    assert_non_null(row);
    assert_non_null(strstr(row, "\"tunnel_key\":9"));
    assert_non_null(strstr(row, "\"parent_port\":\"vm\""));
    assert_non_null(strstr(row, "\"tag\":5"));
    assert_non_null(strstr(row, "\"ha_chassis_group\":[\"set\",[]]"));

    /* A key that another has is not given twice. */
    struct uuid other = { { 2, 0, 0, 0 } };
    uint32_t key = cport_key(r.ctx, &dp, &other, "p2", 9);
    assert_true(key && key != 9);
    view_reader_uninit(&r);
    nb_world_uninit(&w);
}

/* A datapath with as many ports as there are keys. */
static void
test_no_key_left(void **state OVS_UNUSED)
{
    struct cport_binding pb = {
        .uuid = { { 1, 0, 0, 0 } }, .datapath = dp, .name = "p1",
        .type = "",
    };
    struct view_reader r;
    struct nb_world w;

    nb_world_init(&w);
    view_reader_init(&r, &w);
    for (uint32_t i = 1; i < 1u << 15; i++) {
        struct uuid port = { { 3, 0, 0, i } };
        char name[16];

        snprintf(name, sizeof name, "q%"PRIu32, i);
        assert_int_equal(cport_key(r.ctx, &dp, &port, name, i), i);
    }
    smap_init(&pb.options);
    assert_false(cport_binding_emit(r.ctx, &pb));
    assert_null(nb_world_row(&w, "Port_Binding", "\"p1\""));
    char *report = view_reader_report(&r, "no tunnel key left");
    assert_non_null(report);
    free(report);
    view_reader_uninit(&r);
    nb_world_uninit(&w);
}

static void
test_group(void **state OVS_UNUSED)
{
    const struct uuid ports[] = { { { 1, 0, 0, 0 } }, { { 2, 0, 0, 0 } } };
    struct view_reader r;
    struct nb_world w;

    nb_world_init(&w);
    view_reader_init(&r, &w);
    cgroup_emit(r.ctx, &dp, "_MC_flood", 32768, ports, 2);
    const char *row = nb_world_row(&w, "Multicast_Group", "_MC_flood");
    assert_non_null(row);
    assert_non_null(strstr(row, "\"tunnel_key\":32768"));
    assert_non_null(strstr(row, "00000002-0000-0000-0000-000000000000"));
    view_reader_uninit(&r);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_datapath),
        cmocka_unit_test(test_port),
        cmocka_unit_test(test_no_key_left),
        cmocka_unit_test(test_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
