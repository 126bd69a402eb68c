#include "lr_world.h"

#include "unit.h"

static void
test_rows(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_mirror *mirror = nbrec_mirror_insert(l.w.txn);
    nbrec_mirror_set_name(mirror, "m");
    nbrec_mirror_set_filter(mirror, "to-lport");
    nbrec_mirror_set_sink(mirror, "10.0.0.9");
    nbrec_mirror_set_type(mirror, "gre");
    nbrec_mirror_set_index(mirror, 7);
    nb_world_compile(&l.w);
    assert_string_equal(nb_world_row(&l.w, "Mirror", ""),
                        "{\"external_ids\":[\"map\",[]],\"filter\":"
                        "\"to-lport\",\"index\":7,\"name\":\"m\",\"sink\":"
                        "\"10.0.0.9\",\"type\":\"gre\"}");

    nbrec_logical_switch_port_set_mirror_rules(l.p1, &mirror, 1);
    nb_world_compile(&l.w);
    char *rules = xasprintf("\"mirror_rules\":[\"set\",[[\"uuid\",\""
                            UUID_FMT"\"]]]",
                            UUID_ARGS(&mirror->header_.uuid));
    const char *port = nb_world_row(&l.w, "Port_Binding", "\"p1\"");
    assert_non_null(strstr(port, rules));
    free(rules);
    assert_null(nb_world_report(&l.w, "mirror_rules"));

    /* This process forwards the packets, and copies none. */
    nb_world_set_fact(&l.w, CFACT_SELF, "chassis", "ch1");
    nb_world_compile(&l.w);
    assert_report(&l, "mirror_rules: packets of the port are not copied");
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
