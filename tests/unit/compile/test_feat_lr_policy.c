#include "lr_world.h"

#include "unit.h"

static struct nbrec_logical_router_policy *
add(struct lr_world *l, const char *action)
{
    struct nbrec_logical_router_policy *policy
        = nbrec_logical_router_policy_insert(l->w.txn);

    nbrec_logical_router_policy_set_priority(policy, 7);
    nbrec_logical_router_policy_set_match(policy, "ip4.src == 10.0.1.2");
    nbrec_logical_router_policy_set_action(policy, action);
    nbrec_logical_router_set_policies(l->r1, &policy, 1);
    return policy;
}

#define FLOW "lr_in_policy r1 7 (ip4.src == 10.0.1.2) "

static void
test_actions(void **state OVS_UNUSED)
{
    struct smap mark = SMAP_CONST1(&mark, "pkt_mark", "8");
    struct smap none = SMAP_CONST1(&none, "pkt_mark", "many");
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_logical_router_policy *policy = add(&l, "allow");
    nbrec_logical_router_policy_set_options(policy, &mark);
    nb_world_compile(&l.w);
    assert_flow(&l.w, FLOW "(pkt.mark = 8; reg8[0..15] = 0; next;)");
    nbrec_logical_router_policy_set_options(policy, &none);
    nb_world_compile(&l.w);
    assert_flow(&l.w, FLOW "(reg8[0..15] = 0; next;)");
    assert_report(&l, "\"many\" is no mark");
    nbrec_logical_router_policy_set_action(policy, "drop");
    nb_world_compile(&l.w);
    assert_flow(&l.w, FLOW "(drop;)");
    lr_world_uninit(&l);
}

static void
test_nexthops(void **state OVS_UNUSED)
{
    const char *hops[] = { "192.0.2.5", "192.0.2.6" };
    const char *bad[] = { "192.0.2.5", "10.99.0.1" };
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_logical_router_policy *policy = add(&l, "reroute");
    nb_world_compile(&l.w);
    assert_report(&l, "the policy has no effect");

    nbrec_logical_router_policy_set_nexthops(policy, hops, 1);
    nb_world_compile(&l.w);
    assert_flow(&l.w, FLOW "(reg0 = 192.0.2.5; reg1 = 192.0.2.1; "
                "eth.src = 0a:00:00:00:02:01; outport = \"r1-pub\"; "
                "flags.loopback = 1; reg8[0..15] = 0; next;)");
    nbrec_logical_router_policy_set_nexthops(policy, hops, 2);
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "select(1, 2);"), 1);
    assert_int_equal(nb_world_count(&l.w, "lr_in_policy_ecmp r1 100"), 2);
    nbrec_logical_router_policy_set_nexthops(policy, bad, 2);
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, FLOW), 0);
    assert_report(&l, "leads to \"10.99.0.1\"");
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_actions),
        cmocka_unit_test(test_nexthops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
