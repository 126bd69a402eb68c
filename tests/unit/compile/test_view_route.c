#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static const struct vroute *
view(struct lr_world *l,
     const struct nbrec_logical_router_static_route *route,
     struct view_reader *r)
{
    nb_world_compile(&l->w);
    view_reader_init(r, &l->w);
    return view_route(r->ctx, &route->header_.uuid);
}

static void
test_parse(void **state OVS_UNUSED)
{
    struct smap options = SMAP_CONST1(&options, "ecmp_symmetric_reply",
                                      "true");
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_logical_router_static_route *route
        = lr_world_add_route(&l, "10.7.0.5/16", "192.0.2.2");
    nbrec_logical_router_static_route_set_options(route, &options);
    nbrec_logical_router_static_route_set_policy(route, "src-ip");
    nbrec_logical_router_static_route_set_output_port(route, "r1-pub");
    const struct vroute *v = view(&l, route, &r);
    assert_null(v->problem);
    assert_string_equal(v->key, "10.7.0.0/16 src ");
    assert_string_equal(v->nexthop.s, "192.0.2.2");
    assert_true(v->is_src && v->is_symmetric && !v->is_discard);
    assert_string_equal(v->output_port, "r1-pub");
    view_reader_uninit(&r);

    nbrec_logical_router_static_route_set_nexthop(route, "discard");
    v = view(&l, route, &r);
    assert_true(v->is_discard && !v->problem);
    const struct vrouter_routes *all
        = view_router_routes(r.ctx, &l.r1->header_.uuid);
    assert_int_equal(all->n, 1);
    assert_true(uuid_equals(&all->routes[0], &route->header_.uuid));
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

static void
test_problems(void **state OVS_UNUSED)
{
    static const struct {
        const char *prefix, *nexthop, *column;
    } cases[] = {
        { "", "192.0.2.2", "ip_prefix" }, { "x", "x", "ip_prefix" },
        { "10.0.0.0/40", "192.0.2.2", "ip_prefix" },
        { "10.0.0.0/8", "", "nexthop" },
        { "10.0.0.0/8", "192.0.2.0/24", "nexthop" },
        { "10.0.0.0/8", "fd00::1", "nexthop" },
        { "::/0", "192.0.2.2", "nexthop" },
        { "::/0", "fd00::1", NULL }, { "0.0.0.0/0", "192.0.2.2", NULL },
    };
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct vroute *v
            = view(&l, lr_world_add_route(&l, cases[i].prefix,
                                          cases[i].nexthop), &r);

        assert_case(nullable_string_is_equal(v->column, cases[i].column),
                    "%s via %s: %s", cases[i].prefix, cases[i].nexthop,
                    v->problem);
        view_reader_uninit(&r);
    }
    lr_world_uninit(&l);
}

static void
rename_route(void *route)
{
    struct smap ids = SMAP_CONST1(&ids, "name", "x");

    nbrec_logical_router_static_route_set_external_ids(route, &ids);
}

static void
change_hop(void *route)
{
    nbrec_logical_router_static_route_set_nexthop(route, "192.0.2.3");
}

static void
test_changes(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_logical_router_static_route *route
        = lr_world_add_route(&l, "10.7.0.0/16", "192.0.2.2");
    const struct uuid *key = &route->header_.uuid;
    assert_false(view_changes(&l.w, CV_ROUTE, key, rename_route, route));
    assert_true(view_changes(&l.w, CV_ROUTE, key, change_hop, route));
    assert_false(view_changes(&l.w, CV_ROUTER_ROUTES, &l.r1->header_.uuid,
                              change_hop, route));
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_problems),
        cmocka_unit_test(test_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
