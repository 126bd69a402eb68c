#include "lr_world.h"

#include "unit.h"

static size_t
n_flows(const struct nb_world *w, const char *port)
{
    char *quoted = xasprintf("\"%s\"", port);
    size_t n = nb_world_count(w, quoted);

    free(quoted);
    return n;
}

/* A port of a type that is not known, or in no switch, has no flows. */
static void
test_types(void **state OVS_UNUSED)
{
    const char *address = "0a:00:00:00:00:01 10.0.0.1";
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_switch_port *p = nb_world_add_port(&w, ls, "p1");
    nbrec_logical_switch_port_set_addresses(p, &address, 1);
    nb_world_compile(&w);
    assert_true(n_flows(&w, "p1") > 0);
    assert_flow(&w, "ls_in_l2_lkup sw0 50 (eth.dst == 0a:00:00:00:00:01) "
                    "(outport = \"p1\"; output;)");
    nbrec_logical_switch_port_set_type(p, "wormhole");
    nb_world_compile(&w);
    assert_int_equal(n_flows(&w, "p1"), 0);
    nbrec_logical_switch_port_set_type(p, "");
    nbrec_logical_switch_set_ports(ls, NULL, 0);
    nb_world_compile(&w);
    assert_int_equal(n_flows(&w, "p1"), 0);
    nb_world_uninit(&w);
}

/* A name does not break out of the matches and actions that it is part of. */
static void
test_quoted(void **state OVS_UNUSED)
{
    const char *address = "0a:00:00:00:00:01 10.0.0.1";
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_switch_port *p
        = nb_world_add_port(&w, ls, "a\" || \"b");
    nbrec_logical_switch_port_set_addresses(p, &address, 1);
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_l2_lkup sw0 50 (eth.dst == 0a:00:00:00:00:01) "
                    "(outport = \"a\\\" || \\\"b\"; output;)");
    assert_int_equal(nb_world_count(&w, "\"a\" || \"b\""), 0);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_quoted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
