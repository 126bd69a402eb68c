#include "lr_world.h"

#include "unit.h"

static void
test_rules(void **state OVS_UNUSED)
{
    const char *dscp = "dscp", *bandwidth[] = { "burst", "rate" };
    const int64_t value = 48, limits[] = { 20, 100 };
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls[] = {
        nb_world_add_switch(&w, "sw0"), nb_world_add_switch(&w, "sw1"),
    };
    struct nbrec_qos *qos = nbrec_qos_insert(w.txn);
    nbrec_qos_set_match(qos, "ip4");
    nbrec_qos_set_priority(qos, 77);
    nbrec_qos_set_direction(qos, "from-lport");
    nbrec_qos_set_action(qos, &dscp, &value, 1);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "qos_mark sw0 77"), 0);

    for (size_t i = 0; i < 2; i++) {
        nbrec_logical_switch_set_qos_rules(ls[i], &qos, 1);
    }
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_qos_mark sw0 77 (ip4) (ip.dscp = 48; next;)");
    assert_flow(&w, "ls_in_qos_mark sw1 77 (ip4) (ip.dscp = 48; next;)");
    assert_int_equal(nb_world_count(&w, "set_meter"), 0);

    nbrec_qos_set_direction(qos, "to-lport");
    nbrec_qos_set_action(qos, NULL, NULL, 0);
    nbrec_qos_set_bandwidth(qos, bandwidth, limits, 2);
    nb_world_compile(&w);
    assert_flow(&w, "ls_out_qos_meter sw0 77 (ip4) (set_meter(100, 20); "
                    "next;)");
    assert_int_equal(nb_world_count(&w, "ip.dscp"), 0);
    nbrec_qos_set_bandwidth(qos, bandwidth + 1, limits + 1, 1);
    nb_world_compile(&w);
    assert_flow(&w, "ls_out_qos_meter sw0 77 (ip4) (set_meter(100); next;)");

    /* A burst without a rate limits nothing. */
    nbrec_qos_set_bandwidth(qos, bandwidth, limits, 1);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "set_meter"), 0);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
