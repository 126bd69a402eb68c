#include "lb_world.h"
#include "nb_rows.h"

#include "unit.h"

static void
test_lookup(void **state OVS_UNUSED)
{
    struct smap records = SMAP_CONST1(&records, "vm1.ovn.org", "10.0.0.4");
    struct smap others = SMAP_CONST1(&others, "vm1.ovn.org", "10.0.0.5");
    struct smap none = SMAP_INITIALIZER(&none);
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls[2] = {
        nb_world_add_switch(&w, "sw0"), nb_world_add_switch(&w, "sw1"),
    };
    struct nbrec_dns *dns = nbrec_dns_insert(w.txn);
    nbrec_dns_set_records(dns, &records);
    nb_world_compile(&w);
    assert_null(nb_world_row(&w, "DNS", ""));

    for (size_t i = 0; i < 2; i++) {
        nbrec_logical_switch_set_dns_records(ls[i], &dns, 1);
    }
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_dns_lookup sw0 100 (udp.dst == 53) "
                    "(reg0[4] = dns_lookup(); next;)");
    assert_flow(&w, "ls_in_dns_response sw1 100 (udp.dst == 53 && reg0[4]) "
                    "(eth.dst <-> eth.src; ip4.src <-> ip4.dst; "
                    "udp.dst = udp.src; udp.src = 53; outport = inport; "
                    "flags.loopback = 1; output;)");
    assert_flow(&w, "ls_out_acl sw0 34000 (udp.src == 53) (next;)");
    const char *row = nb_world_row(&w, "DNS", "vm1.ovn.org");
    assert_non_null(row);
    assert_non_null(strstr(row, "10.0.0.4"));
    assert_non_null(strstr(row, "\"dns_id\""));
    char *id = xasprintf(UUID_FMT, UUID_ARGS(&ls[1]->header_.uuid));
    assert_non_null(strstr(row, id));
    free(id);

    /* Names are the row's: no flow is another. */
    nbrec_dns_set_records(dns, &others);
    nb_world_compile(&w);
    assert_int_equal(w.n_added, 0);
    assert_non_null(nb_world_row(&w, "DNS", "10.0.0.5"));

    nbrec_dns_set_records(dns, &none);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "dns_lookup()"), 0);
    nb_world_uninit(&w);
}

/* Where connections are tracked the answer is one, too. */
static void
test_commit(void **state OVS_UNUSED)
{
    struct smap records = SMAP_CONST1(&records, "vm1.ovn.org", "10.0.0.4");
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    struct nbrec_dns *dns = nbrec_dns_insert(w.txn);
    nb_rows_add_meter(&w, "m");
    nbrec_logical_switch_set_copp(ls, nb_rows_add_copp(&w, "dns", "m"));
    nbrec_dns_set_records(dns, &records);
    nbrec_logical_switch_set_dns_records(ls, &dns, 1);
    lb_on_switch(ls, lb_add(&w, "lb0", "10.0.0.1:80", "", "tcp"));
    nb_world_compile(&w);
    assert_flow(&w, "ls_out_acl sw0 34000 (udp.src == 53) "
                    "(ct_commit; next;)");
    assert_flow(&w, "ls_in_dns_lookup sw0 100 (udp.dst == 53) "
                    "(reg0[4] = dns_lookup(); next;) m");
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookup),
        cmocka_unit_test(test_commit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
