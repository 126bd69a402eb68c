#include "lr_world.h"

#include "unit.h"

struct scene {
    struct nb_world w;
    struct nbrec_logical_switch_port *v;
};

static void
set_options(struct scene *s, const char *ip, const char *parents)
{
    struct smap options = SMAP_CONST2(&options, "virtual-ip", ip,
                                      "virtual-parents", parents);

    nbrec_logical_switch_port_set_options(s->v, &options);
    nb_world_compile(&s->w);
}

/* Whoever of the parents claims the address has it. */
static void
test_claims(void **state OVS_UNUSED)
{
    struct scene s;

    nb_world_init(&s.w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&s.w, "sw0");
    nb_world_add_port(&s.w, ls, "p1");
    nb_world_add_port(&s.w, nb_world_add_switch(&s.w, "sw1"), "other");
    s.v = nb_world_add_port(&s.w, ls, "v");
    nbrec_logical_switch_port_set_type(s.v, "virtual");
    set_options(&s, "10.0.0.9", "p1,other,late");
    assert_flow(&s.w, "ls_in_arp_rsp sw0 100 (inport == \"p1\" && "
                "((arp.op == 1 && arp.spa == 10.0.0.9 && "
                "arp.tpa == 10.0.0.9) || (arp.op == 2 && "
                "arp.spa == 10.0.0.9))) (bind_vport(\"v\", inport); next;)");
    assert_int_equal(nb_world_count(&s.w, "bind_vport"), 1);
    nb_world_add_port(&s.w, ls, "late");
    nb_world_compile(&s.w);
    assert_int_equal(nb_world_count(&s.w, "bind_vport"), 2);

    set_options(&s, "fd00::9", "p1");
    assert_int_equal(nb_world_count(&s.w, "(inport == \"p1\" && ((nd_ns && "
                     "ip6.dst == {fd00::9, ff02::1:ff00:9} && nd.target == "
                     "fd00::9) ||(nd_na && nd.target == fd00::9))) "), 1);
    set_options(&s, "10.0.0.0/24", "p1");
    assert_report(&s, "options:virtual-ip: \"10.0.0.0/24\" is no address");
    assert_int_equal(nb_world_count(&s.w, "bind_vport"), 0);
    nb_world_uninit(&s.w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claims),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
