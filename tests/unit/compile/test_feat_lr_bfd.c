#include "lr_world.h"

#include "unit.h"

static void
test_session(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_bfd *bfd = lr_world_add_bfd(&l, "192.0.2.9");
    struct nbrec_logical_router_static_route *route
        = lr_world_add_route(&l, "10.74.0.0/16", "192.0.2.9");
    nbrec_logical_router_static_route_set_bfd(route, bfd);
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_ip_input r1 110 (ip4.dst == 192.0.2.1 && "
                "udp.dst == 3784) (handle_bfd_msg(); )");
    const char *row = nb_world_row(&l.w, "BFD", "\"dst_ip\":\"192.0.2.9\"");
    assert_non_null(row);
    assert_non_null(strstr(row, "\"status\":\"down\""));

    nbrec_bfd_set_logical_port(bfd, "nosuch");
    nb_world_compile(&l.w);
    assert_report(&l, "has a port \"nosuch\"");
    assert_int_equal(nb_world_count(&l.w, "handle_bfd_msg"), 0);
    lr_world_uninit(&l);
}

static void
say(struct lr_world *l, const struct nbrec_bfd *bfd, const char *status)
{
    char *id = xasprintf(UUID_FMT, UUID_ARGS(&bfd->header_.uuid));

    nb_world_set_fact(&l->w, CFACT_BFD, id, status);
    nb_world_compile(&l->w);
    free(id);
}

/* A route is used as long as its session is, or soon will be; what is said of
 * the session goes back. */
static void
test_status(void **state OVS_UNUSED)
{
    const char *route_flow = "lr_in_ip_routing r1 49 (reg7 == 0 && ip4.dst "
                             "== 10.74.0.0/16)";
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_bfd *bfd = lr_world_add_bfd(&l, "192.0.2.9");
    nb_world_compile(&l.w);
    assert_non_null(nb_world_row(&l.w, "NB:BFD", "admin_down"));
    struct nbrec_logical_router_static_route *route
        = lr_world_add_route(&l, "10.74.0.0/16", "192.0.2.9");
    nbrec_logical_router_static_route_set_bfd(route, bfd);
    nb_world_compile(&l.w);
    assert_non_null(nb_world_row(&l.w, "NB:BFD", "\"down\""));
    assert_int_equal(nb_world_count(&l.w, route_flow), 0);
    say(&l, bfd, "up");
    assert_non_null(nb_world_row(&l.w, "NB:BFD", "\"up\""));
    assert_non_null(nb_world_row(&l.w, "BFD", "\"status\":\"up\""));
    assert_int_equal(nb_world_count(&l.w, route_flow), 1);
    assert_int_equal(nb_world_count(&l.w, "10.74.0.0/16 && udp.dst == 3784"),
                     1);
    say(&l, bfd, "init");
    assert_int_equal(nb_world_count(&l.w, route_flow), 1);
    say(&l, bfd, "down");
    assert_int_equal(nb_world_count(&l.w, route_flow), 0);

    /* One of two hops: the other takes all. */
    struct nbrec_logical_router_static_route *other
        = lr_world_add_route(&l, "10.74.0.0/16", "192.0.2.10");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, route_flow), 1);
    assert_int_equal(nb_world_count(&l.w, "reg0 = 192.0.2.10;"), 2);
    say(&l, bfd, "up");
    assert_int_equal(nb_world_count(&l.w, "select("), 1);
    nbrec_logical_router_static_route_set_bfd(other, bfd);
    say(&l, bfd, "down");
    assert_int_equal(nb_world_count(&l.w, route_flow), 0);

    /* Nobody here speaks BFD: the routes are used, and that is said. */
    nb_world_set_fact(&l.w, CFACT_SELF, "chassis", "ch1");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "select("), 1);
    assert_report(&l, "the route is used whether its next hop is there");
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session),
        cmocka_unit_test(test_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
