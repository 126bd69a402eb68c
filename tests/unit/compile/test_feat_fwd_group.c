#include "lr_world.h"

#include "unit.h"

struct scene {
    struct nb_world w;
    struct nbrec_forwarding_group *group;
};

static void
init(struct scene *s)
{
    const char *children[] = { "p1", "p\"2" };

    nb_world_init(&s->w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&s->w, "sw0");
    s->group = nbrec_forwarding_group_insert(s->w.txn);
    nbrec_forwarding_group_set_name(s->group, "g");
    nbrec_forwarding_group_set_vip(s->group, "10.0.0.9");
    nbrec_forwarding_group_set_vmac(s->group, "0a:00:00:00:00:09");
    nbrec_forwarding_group_set_child_port(s->group, children, 2);
    nbrec_logical_switch_set_forwarding_groups(ls, &s->group, 1);
    nb_world_compile(&s->w);
}

static void
test_group(void **state OVS_UNUSED)
{
    struct scene s;

    init(&s);
    assert_flow(&s.w, "ls_in_l2_lkup sw0 50 (eth.dst == 0a:00:00:00:00:09) "
                "(fwd_group(childports=\"p\\\"2\",\"p1\");)");
    assert_int_equal(nb_world_count(&s.w, "ls_in_arp_rsp sw0 50 "
                     "(arp.tpa == 10.0.0.9 && arp.op == 1) (eth.dst = "
                     "eth.src; eth.src = 0a:00:00:00:00:09; "), 1);
    nbrec_forwarding_group_set_liveness(s.group, true);
    nb_world_compile(&s.w);
    assert_flow(&s.w, "ls_in_l2_lkup sw0 50 (eth.dst == 0a:00:00:00:00:09) "
                "(fwd_group(liveness=\"true\",childports=\"p\\\"2\","
                "\"p1\");)");
    nb_world_uninit(&s.w);
}

static void
test_bad(void **state OVS_UNUSED)
{
    static const char *const vips[] = { "x", "10.0.0.0/24", "fd00::1" };
    struct scene s;

    init(&s);
    for (size_t i = 0; i < ARRAY_SIZE(vips); i++) {
        nbrec_forwarding_group_set_vip(s.group, vips[i]);
        nb_world_compile(&s.w);
        assert_report(&s, "nothing reaches");
        assert_int_equal(nb_world_count(&s.w, "fwd_group("), 0);
    }
    nbrec_forwarding_group_set_vip(s.group, "10.0.0.9");
    nbrec_forwarding_group_set_vmac(s.group, "x");
    nb_world_compile(&s.w);
    assert_report(&s, "vmac: \"x\" is no MAC");
    assert_int_equal(nb_world_count(&s.w, "fwd_group("), 0);
    nb_world_uninit(&s.w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_group),
        cmocka_unit_test(test_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
