#include "nb_world.h"

#include "unit.h"

struct scene {
    struct nb_world w;
    struct nbrec_logical_switch *ls;
    struct nbrec_logical_switch_port *port;
};

static void
scene_init(struct scene *s)
{
    const char *address = "0a:00:00:00:00:01 10.0.0.1 fd00::1";

    nb_world_init(&s->w);
    s->ls = nb_world_add_switch(&s->w, "sw0");
    s->port = nb_world_add_port(&s->w, s->ls, "p1");
    nbrec_logical_switch_port_set_addresses(s->port, &address, 1);
}

/* Where nobody answers for a port. */
static void
test_silence(void **state OVS_UNUSED)
{
    static const char *const types[] = { "virtual", "external", "nonsense" };
    struct smap passthru = SMAP_CONST1(&passthru, "vlan-passthru", "true");
    struct scene s;

    scene_init(&s);
    nb_world_compile(&s.w);
    assert_int_equal(nb_world_count(&s.w, "arp.op = 2"), 1);
    assert_int_equal(nb_world_count(&s.w, "nd_na {"), 1);
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        nbrec_logical_switch_port_set_type(s.port, types[i]);
        nb_world_compile(&s.w);
        assert_int_equal(nb_world_count(&s.w, "arp.op = 2"), 0);
    }
    nbrec_logical_switch_port_set_type(s.port, "");
    nb_world_compile(&s.w);
    assert_int_equal(nb_world_count(&s.w, "arp.op = 2"), 1);
    nbrec_logical_switch_set_other_config(s.ls, &passthru);
    nb_world_compile(&s.w);
    assert_int_equal(nb_world_count(&s.w, "arp.op = 2"), 0);
    nb_world_uninit(&s.w);
}

/* A virtual port is claimed by its parents, those that there are. */
static void
test_virtual(void **state OVS_UNUSED)
{
    struct smap options = SMAP_INITIALIZER(&options);
    struct scene s;

    scene_init(&s);
    struct nbrec_logical_switch_port *v = nb_world_add_port(&s.w, s.ls,
                                                            "v\"");
    nbrec_logical_switch_port_set_type(v, "virtual");
    smap_add(&options, "virtual-ip", "10.0.0.9");
    smap_add(&options, "virtual-parents", "p1,p2,,p1");
    nbrec_logical_switch_port_set_options(v, &options);
    nb_world_compile(&s.w);
    assert_int_equal(nb_world_count(&s.w, "bind_vport(\"v\\\"\", inport)"),
                     1);
    nb_world_add_port(&s.w, s.ls, "p2");
    nb_world_compile(&s.w);
    assert_int_equal(nb_world_count(&s.w, "bind_vport("), 2);
    smap_replace(&options, "virtual-ip", "10.0.0.9/24");
    nbrec_logical_switch_port_set_options(v, &options);
    nb_world_compile(&s.w);
    assert_int_equal(nb_world_count(&s.w, "bind_vport("), 0);
    char *report = nb_world_report(&s.w, "options:virtual-ip");
    assert_non_null(report);
    free(report);
    smap_destroy(&options);
    nb_world_uninit(&s.w);
}

static void
test_forwarding_group(void **state OVS_UNUSED)
{
    static const char *const bad_vips[] = {
        "", "garbage", "fd00::1", "10.0.0.0/24",
    };
    const char *ports[] = { "a\"b", "c" };
    struct scene s;

    scene_init(&s);
    struct nbrec_forwarding_group *g = nbrec_forwarding_group_insert(s.w.txn);
    nbrec_forwarding_group_set_name(g, "g");
    nbrec_forwarding_group_set_vmac(g, "0a:00:00:00:00:50");
    nbrec_forwarding_group_set_vip(g, "10.0.0.50");
    nbrec_forwarding_group_set_child_port(g, ports, 2);
    nbrec_logical_switch_set_forwarding_groups(s.ls, &g, 1);
    nb_world_compile(&s.w);
    assert_flow(&s.w, "ls_in_l2_lkup sw0 50 (eth.dst == 0a:00:00:00:00:50) "
                      "(fwd_group(childports=\"a\\\"b\",\"c\");)");
    for (size_t i = 0; i < ARRAY_SIZE(bad_vips); i++) {
        nbrec_forwarding_group_set_vip(g, bad_vips[i]);
        nb_world_compile(&s.w);
        assert_int_equal(nb_world_count(&s.w, "fwd_group"), 0);
        char *report = nb_world_report(&s.w, "\"g\": vip");
        assert_non_null(report);
        free(report);
    }
    nb_world_uninit(&s.w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_virtual),
        cmocka_unit_test(test_forwarding_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
