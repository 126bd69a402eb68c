#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static size_t
n_switches(struct nb_world *w, const struct nbrec_acl *acl)
{
    struct view_reader r;

    nb_world_compile(w);
    view_reader_init(&r, w);
    const struct vacl_use *use = view_acl_use(r.ctx, &acl->header_.uuid);
    size_t n = use->switches ? use->switches->n : 0;
    view_reader_uninit(&r);
    return n;
}

/* Directly and by groups of ports, each switch once. */
static void
test_switches(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_acl *acl = nbrec_acl_insert(w.txn);
    struct nbrec_port_group *pg = nbrec_port_group_insert(w.txn);
    struct nbrec_logical_switch *sw0 = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_switch *sw1 = nb_world_add_switch(&w, "sw1");
    struct nbrec_logical_switch_port *ports[] = {
        nb_world_add_port(&w, sw0, "a"), nb_world_add_port(&w, sw1, "b"),
        nb_world_add_port(&w, sw1, "c"),
    };
    nbrec_port_group_set_name(pg, "pg");
    nbrec_port_group_set_ports(pg, ports, 3);
    assert_int_equal(n_switches(&w, acl), 0);
    nbrec_logical_switch_set_acls(sw0, &acl, 1);
    assert_int_equal(n_switches(&w, acl), 1);
    nbrec_port_group_set_acls(pg, &acl, 1);
    assert_int_equal(n_switches(&w, acl), 2);

    struct view_reader r;
    view_reader_init(&r, &w);
    assert_int_equal(view_pg_use(r.ctx, &pg->header_.uuid)->switches->n, 2);
    view_reader_uninit(&r);
    nbrec_port_group_set_ports(pg, ports, 1);
    assert_int_equal(n_switches(&w, acl), 1);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_switches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
