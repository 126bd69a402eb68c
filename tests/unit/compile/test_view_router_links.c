#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static const struct vrouter_links *
view(struct lr_world *l, struct view_reader *r)
{
    nb_world_compile(&l->w);
    view_reader_init(r, &l->w);
    return view_router_links(r->ctx, &l->r1->header_.uuid);
}

static void
test_links(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct lr_world l;
    bool no = false;

    lr_world_init(&l);
    struct nbrec_nat *nat = lr_world_add_nat(&l, "dnat_and_snat",
                                             "192.0.2.9", "10.0.1.2");
    nbrec_nat_set_external_mac(nat, "0A:00:00:00:02:09");
    const struct vrouter_links *v = view(&l, &r);
    assert_int_equal(v->n_links, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(v->links[i].floods && v->links[i].enabled);
        assert_false(v->links[i].takes_nat_macs);
    }
    /* A router on no chassis does no NAT. */
    assert_int_equal(v->nat_macs.n, 0);
    view_reader_uninit(&r);

    lr_world_set_gateway_port(&l);
    nbrec_logical_switch_port_set_enabled(l.s1_r1, &no, 1);
    v = view(&l, &r);
    assert_int_equal(v->nat_macs.n, 1);
    assert_string_equal(v->nat_macs.names[0], "0a:00:00:00:02:09");
    for (size_t i = 0; i < 2; i++) {
        bool is_pub = uuid_equals(&v->links[i].ls, &l.pub->header_.uuid);

        assert_true(v->links[i].takes_nat_macs == is_pub);
        assert_true(v->links[i].enabled == is_pub);
    }
    view_reader_uninit(&r);

    /* Of a switch with nothing else there is nobody to be asked. */
    nbrec_logical_switch_set_ports(l.s1, &l.s1_r1, 1);
    nbrec_logical_router_port_set_enabled(l.r1_pub, &no, 1);
    v = view(&l, &r);
    assert_int_equal(v->n_links, 1);
    assert_false(v->links[0].floods);
    view_reader_uninit(&r);
    nbrec_logical_router_set_enabled(l.r1, &no, 1);
    assert_null(view(&l, &r));
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
