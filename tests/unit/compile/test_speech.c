#include "lb_world.h"
#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static bool
speaks(enum ctable table, const void *row, enum crelation relation,
       const char *name)
{
    struct uuid key = uuid_digest(name, NULL);
    struct cspeech *s = xzalloc(sizeof *s);
    bool found = false;

    cspeech_of(table, row, s);
    for (size_t i = 0; i < s->n; i++) {
        found |= s->words[i].relation == relation
                 && uuid_equals(&s->words[i].key, &key);
    }
    cspeech_free(s);
    return found;
}

static void
test_lb(void **state OVS_UNUSED)
{
    struct smap mappings = SMAP_CONST1(&mappings, "10.0.0.2", "p:1:10.0.0.9");
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "[fd00:0::1]:80", "", "tcp");
    nbrec_load_balancer_set_ip_port_mappings(lb, &mappings);
    assert_true(speaks(CT_LB, lb, CR_LB_OF_VIP, "fd00::1"));
    /* Without a check, nobody looks at the port. */
    assert_false(speaks(CT_LB, lb, CR_LB_OF_BACKEND_PORT, "p:1"));
    struct nbrec_load_balancer_health_check *hc
        = nbrec_load_balancer_health_check_insert(w.txn);
    nbrec_load_balancer_set_health_check(lb, &hc, 1);
    assert_true(speaks(CT_LB, lb, CR_LB_OF_BACKEND_PORT, "p:1"));
    lb_set_vip(lb, "junk", "");
    assert_false(speaks(CT_LB, lb, CR_LB_OF_VIP, "fd00::1"));
    nb_world_uninit(&w);
}

static void
test_ports(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    assert_true(speaks(CT_LSP, l.s1_r1, CR_LSP_NAMED, "s1-r1"));
    assert_true(speaks(CT_LSP, l.s1_r1, CR_LSP_OF_LRP, "r1-s1"));
    nbrec_logical_switch_port_set_type(l.s1_r1, "");
    assert_false(speaks(CT_LSP, l.s1_r1, CR_LSP_OF_LRP, "r1-s1"));
    nbrec_logical_switch_port_set_parent_name(l.p1, "vm");
    assert_true(speaks(CT_LSP, l.p1, CR_LSP_OF_PARENT, "vm"));
    assert_true(speaks(CT_LRP, l.r1_s1, CR_LRP_NAMED, "r1-s1"));
    nbrec_logical_router_port_set_peer(l.r1_s1, "other");
    assert_true(speaks(CT_LRP, l.r1_s1, CR_LRP_OF_PEER, "other"));
    lr_world_uninit(&l);
}

static void
test_addresses(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_nat *nat = lr_world_add_nat(&l, "snat", "2001:db8:0::8",
                                             "fd00::/64");
    assert_true(speaks(CT_NAT, nat, CR_NAT_OF_IP, "2001:db8::8"));
    nbrec_nat_set_external_ip(nat, "x");
    assert_false(speaks(CT_NAT, nat, CR_NAT_OF_IP, "x"));
    struct nbrec_logical_router_static_route *route
        = lr_world_add_route(&l, "10.7.0.0/16", "192.0.2.2");
    assert_true(speaks(CT_ROUTE, route, CR_ROUTE_OF_KEY,
                       "10.7.0.0/16 dst "));
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lb),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
