#include "lr_world.h"

#include "unit.h"

static void
test_session(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_bfd *bfd = nbrec_bfd_insert(l.w.txn);
    nbrec_bfd_set_logical_port(bfd, "r1-pub");
    nbrec_bfd_set_dst_ip(bfd, "192.0.2.9");
    struct nbrec_logical_router_static_route *route
        = lr_world_add_route(&l, "10.74.0.0/16", "192.0.2.9");
    nbrec_logical_router_static_route_set_bfd(route, bfd);
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_ip_input r1 110 (ip4.dst == 192.0.2.1 && "
                "udp.dst == 3784) (handle_bfd_msg(); )");
    assert_non_null(nb_world_row(&l.w, "BFD", "\"dst_ip\":\"192.0.2.9\""));
    assert_report(&l, "the route is used whether its next hop is there");
    assert_int_equal(nb_world_count(&l.w, "10.74.0.0/16 && udp.dst == 3784"),
                     1);

    nbrec_bfd_set_logical_port(bfd, "nosuch");
    nb_world_compile(&l.w);
    assert_null(nb_world_row(&l.w, "BFD", "192.0.2.9"));
    assert_report(&l, "has a port \"nosuch\"");
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
