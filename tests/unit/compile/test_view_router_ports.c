#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static void
set_option(void *l_)
{
    struct lr_world *l = l_;

    lr_world_set_port_option(l->r1_s1, "gateway_mtu", "1400");
}

static void
set_networks(void *l_)
{
    const char *network = "10.0.7.1/24";
    struct lr_world *l = l_;

    nbrec_logical_router_port_set_networks(l->r1_s1, &network, 1);
}

static void
break_mac(void *l_)
{
    struct lr_world *l = l_;

    nbrec_logical_router_port_set_mac(l->r1_s1, "");
}

/* Only addresses matter here, and those of ports with a MAC. */
static void
test_ports(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    const struct uuid *key = &l.r1->header_.uuid;
    assert_false(view_changes(&l.w, CV_ROUTER_PORTS, key, set_option, &l));
    assert_true(view_changes(&l.w, CV_ROUTER_PORTS, key, set_networks, &l));
    view_reader_init(&r, &l.w);
    assert_int_equal(view_router_ports(r.ctx, key)->n, 2);
    view_reader_uninit(&r);
    assert_true(view_changes(&l.w, CV_ROUTER_PORTS, key, break_mac, &l));
    view_reader_init(&r, &l.w);
    assert_int_equal(view_router_ports(r.ctx, key)->n, 1);
    assert_string_equal(view_router_ports(r.ctx, key)->ports[0].name,
                        "r1-pub");
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
