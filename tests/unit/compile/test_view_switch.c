#include "lb_world.h"
#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static void
test_ports(void **state OVS_UNUSED)
{
    const char *unknown = "unknown";
    struct smap proxy = SMAP_CONST2(&proxy, "arp_proxy", "10.0.0.9",
                                    "router-port", "r1-s1");
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    nb_world_compile(&l.w);
    view_reader_init(&r, &l.w);
    const struct vswitch *s1 = view_switch(r.ctx, &l.s1->header_.uuid);
    const struct vswitch *pub = view_switch(r.ctx, &l.pub->header_.uuid);
    assert_int_equal(s1->n_router_ports, 1);
    assert_true(uuid_equals(&s1->router_ports[0], &l.s1_r1->header_.uuid));
    assert_false(s1->has_localnet || s1->has_unknown || s1->has_vtep
                 || s1->has_arp_proxy || s1->only_router_ports);
    assert_true(pub->has_localnet);
    assert_int_equal(pub->n_localnet_ports, 1);
    view_reader_uninit(&r);

    nbrec_logical_switch_port_set_addresses(l.p1, &unknown, 1);
    nbrec_logical_switch_port_set_options(l.s1_r1, &proxy);
    nb_world_compile(&l.w);
    view_reader_init(&r, &l.w);
    s1 = view_switch(r.ctx, &l.s1->header_.uuid);
    assert_true(s1->has_unknown && s1->has_arp_proxy);
    view_reader_uninit(&r);

    /* Nothing goes to a port that is disabled. */
    bool no = false;
    nbrec_logical_switch_port_set_enabled(l.p1, &no, 1);
    nb_world_compile(&l.w);
    view_reader_init(&r, &l.w);
    assert_false(view_switch(r.ctx, &l.s1->header_.uuid)->has_unknown);
    view_reader_uninit(&r);

    nbrec_logical_switch_set_ports(l.s1, &l.s1_r1, 1);
    nb_world_compile(&l.w);
    view_reader_init(&r, &l.w);
    assert_true(view_switch(r.ctx, &l.s1->header_.uuid)->only_router_ports);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

/* ACLs count directly and by groups of ports. */
static void
test_acls(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_acl *acl = nbrec_acl_insert(l.w.txn);
    struct nbrec_port_group *pg = nbrec_port_group_insert(l.w.txn);
    nbrec_acl_set_action(acl, "allow-related");
    nbrec_port_group_set_name(pg, "pg");
    nbrec_port_group_set_ports(pg, &l.p1, 1);
    nb_world_compile(&l.w);
    view_reader_init(&r, &l.w);
    assert_false(view_switch(r.ctx, &l.s1->header_.uuid)->has_acls);
    view_reader_uninit(&r);
    nbrec_port_group_set_acls(pg, &acl, 1);
    nb_world_compile(&l.w);
    view_reader_init(&r, &l.w);
    assert_true(view_switch(r.ctx, &l.s1->header_.uuid)->has_acls);
    assert_true(view_switch(r.ctx, &l.s1->header_.uuid)->has_stateful_acls);
    assert_false(view_switch(r.ctx, &l.pub->header_.uuid)->has_acls);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

static void
add_backend(void *lb)
{
    lb_set_vip(lb, "10.9.0.1:80", "10.0.1.2:80");
}

static void
take_vip(void *lb)
{
    struct smap none = SMAP_INITIALIZER(&none);

    nbrec_load_balancer_set_vips(lb, &none);
}

/* That there are VIPs matters; what they are does not. */
static void
test_lb(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_load_balancer *lb = lb_add(&l.w, "lb0", "10.9.0.1:80", "",
                                            "tcp");
    lb_on_switch(l.s1, lb);
    const struct uuid *key = &l.s1->header_.uuid;
    assert_false(view_changes(&l.w, CV_SWITCH, key, add_backend, lb));
    assert_true(view_changes(&l.w, CV_SWITCH, key, take_vip, lb));
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_acls),
        cmocka_unit_test(test_lb),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
