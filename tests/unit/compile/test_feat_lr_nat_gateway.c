#include "lr_world.h"

#include "unit.h"

static void
test_types(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_router(&l);
    struct nbrec_nat *nat = lr_world_add_nat(&l, "snat", "192.0.2.9",
                                             "10.0.1.0/24");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_unsnat r1 90 (ip && ip4.dst == 192.0.2.9) "
                "(ct_snat;)");
    assert_flow(&l.w, "lr_out_snat r1 25 (ip && ip4.src == 10.0.1.0/24 && "
                "(!ct.trk || !ct.rpl)) (ct_snat(192.0.2.9);)");
    assert_flow(&l.w, "lr_out_undnat r1 50 (ip) "
                "(flags.loopback = 1; ct_dnat;)");

    nbrec_nat_set_type(nat, "dnat_and_snat");
    nbrec_nat_set_logical_ip(nat, "10.0.1.2");
    nbrec_nat_set_external_port_range(nat, "3000-4000");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_dnat r1 100 (ip && ip4.dst == 192.0.2.9) "
                "(flags.loopback = 1; ct_dnat(10.0.1.2,3000-4000);)");

    struct smap stateless = SMAP_CONST1(&stateless, "stateless", "true");
    nbrec_nat_set_options(nat, &stateless);
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_dnat r1 100 (ip && ip4.dst == 192.0.2.9) "
                "(flags.loopback = 1; ip4.dst=10.0.1.2; next;)");
    assert_flow(&l.w, "lr_out_snat r1 33 (ip && ip4.src == 10.0.1.2) "
                "(ip4.src=192.0.2.9; next;)");
    lr_world_uninit(&l);
}

static void
test_sets(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_router(&l);
    struct nbrec_address_set *as = nbrec_address_set_insert(l.w.txn);
    nbrec_address_set_set_name(as, "as1");
    struct nbrec_nat *nat = lr_world_add_nat(&l, "dnat", "192.0.2.9",
                                             "10.0.1.2");
    nbrec_nat_set_allowed_ext_ips(nat, as);
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_dnat r1 100 (ip && ip4.dst == 192.0.2.9 && "
                "ip4.src == $as1) (flags.loopback = 1; ct_dnat(10.0.1.2);)");

    nbrec_nat_set_allowed_ext_ips(nat, NULL);
    nbrec_nat_set_exempted_ext_ips(nat, as);
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_dnat r1 102 (ip && ip4.dst == 192.0.2.9 && "
                "ip4.src == $as1) (next;)");

    /* A name is not to break out of the match. */
    nbrec_address_set_set_name(as, "x || ip4");
    nb_world_compile(&l.w);
    assert_report(&l, "name is no identifier");
    assert_int_equal(nb_world_count(&l.w, "x || ip4"), 0);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_sets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
