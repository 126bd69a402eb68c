#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static const struct vrport *
view(struct lr_world *l, struct view_reader *r)
{
    nb_world_compile(&l->w);
    view_reader_init(r, &l->w);
    return view_router_port(r->ctx, &l->r1_pub->header_.uuid);
}

static void
test_addresses(void **state OVS_UNUSED)
{
    const char *networks[] = { "192.0.2.1/24", "x", "2001:db8::1/64" };
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    nbrec_logical_router_port_set_networks(l.r1_pub, networks, 3);
    const struct vrport *port = view(&l, &r);
    assert_string_equal(port->addrs.mac_s, "0a:00:00:00:02:01");
    /* With the link-local one. */
    assert_int_equal(port->addrs.n, 3);
    assert_true(uuid_equals(&port->router, &l.r1->header_.uuid));
    assert_true(uuid_equals(&port->peer_lsp, &l.pub_r1->header_.uuid));
    view_reader_uninit(&r);
    nbrec_logical_router_port_set_mac(l.r1_pub, "x");
    assert_null(view(&l, &r)->addrs.mac_s);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

/* Two router ports are peers when both say so. */
static void
test_peer(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_logical_router *r2 = nb_world_add_router(&l.w, "r2");
    struct nbrec_logical_router_port *p
        = nb_world_add_router_port(&l.w, r2, "r2-r1", "0a:00:00:00:09:01",
                                   "192.0.2.2/24");
    nbrec_logical_router_port_set_peer(l.r1_pub, "r2-r1");
    assert_true(uuid_is_zero(&view(&l, &r)->peer_lrp));
    view_reader_uninit(&r);
    nbrec_logical_router_port_set_peer(p, "r1-pub");
    assert_true(uuid_equals(&view(&l, &r)->peer_lrp, &p->header_.uuid));
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

/* Chassis of a port count unless the whole router is on one. */
static void
test_gateway(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    assert_false(view(&l, &r)->is_distributed_gateway);
    view_reader_uninit(&r);
    lr_world_set_gateway_port(&l);
    const struct vrport *port = view(&l, &r);
    assert_true(port->is_distributed_gateway);
    assert_string_equal(port->redirect, "cr-r1-pub");
    assert_string_equal(port->json_redirect, "\"cr-r1-pub\"");
    view_reader_uninit(&r);
    lr_world_set_gateway_router(&l);
    assert_false(view(&l, &r)->is_distributed_gateway);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

static void
test_options(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_port_option(l.r1_pub, "gateway_mtu", "-5");
    lr_world_set_port_option(l.r1_pub, "redirect-type", "bridged");
    lr_world_set_port_option(l.r1_pub, "mcast_flood", "true");
    const struct vrport *port = view(&l, &r);
    assert_int_equal(port->mtu, 0);
    assert_true(port->is_bridged && port->floods_multicast);
    view_reader_uninit(&r);
    lr_world_set_port_option(l.r1_pub, "gateway_mtu", "1400");
    assert_int_equal(view(&l, &r)->mtu, 1400);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_peer),
        cmocka_unit_test(test_gateway),
        cmocka_unit_test(test_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
