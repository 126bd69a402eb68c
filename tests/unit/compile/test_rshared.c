#include "rshared.h"

#include "lb_world.h"
#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static bool
is_shared(struct lr_world *l, const char *text)
{
    struct view_reader r;
    struct caddr ip;

    nb_world_compile(&l->w);
    view_reader_init(&r, &l->w);
    assert_true(caddr_parse(text, &ip));
    bool shared = rshared_ip(r.ctx, view_router(r.ctx, &l->r1->header_.uuid),
                             &ip);
    caddr_uninit(&ip);
    view_reader_uninit(&r);
    return shared;
}

static void
test_nat(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    assert_false(is_shared(&l, "192.0.2.1"));
    struct nbrec_nat *nat = lr_world_add_nat(&l, "dnat", "192.0.2.1",
                                             "10.0.1.2");
    assert_false(is_shared(&l, "192.0.2.1"));
    nbrec_nat_set_type(nat, "snat");
    assert_true(is_shared(&l, "192.0.2.1"));
    nbrec_nat_set_logical_ip(nat, "nonsense");
    assert_false(is_shared(&l, "192.0.2.1"));

    /* Another router's is not this one's. */
    nbrec_nat_set_logical_ip(nat, "10.0.1.2");
    nbrec_logical_router_set_nat(l.r1, NULL, 0);
    struct nbrec_logical_router *r2 = nb_world_add_router(&l.w, "r2");
    nbrec_logical_router_set_nat(r2, &nat, 1);
    assert_false(is_shared(&l, "192.0.2.1"));
    lr_world_uninit(&l);
}

static void
test_lb(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_load_balancer *lb = lb_add(&l.w, "lb0", "192.0.2.1:80", "",
                                            "tcp");
    assert_false(is_shared(&l, "192.0.2.1"));
    lb_on_router(l.r1, lb);
    assert_true(is_shared(&l, "192.0.2.1"));
    assert_false(is_shared(&l, "10.0.1.1"));
    lb_on_router(l.r1, NULL);

    lr_world_set_option(l.r1, "lb_force_snat_ip", "10.0.1.1");
    assert_true(is_shared(&l, "10.0.1.1"));
    lr_world_set_option(l.r1, "lb_force_snat_ip", "router_ip");
    assert_false(is_shared(&l, "10.0.1.1"));
    lr_world_set_option(l.r1, "dnat_force_snat_ip", "fd00:1::1");
    assert_true(is_shared(&l, "fd00:1::1"));
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nat),
        cmocka_unit_test(test_lb),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
