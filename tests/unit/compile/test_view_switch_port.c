#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static const struct vport *
view(struct lr_world *l, struct view_reader *r)
{
    nb_world_compile(&l->w);
    view_reader_init(r, &l->w);
    return view_switch_port(r->ctx, &l->p1->header_.uuid);
}

static void
test_types(void **state OVS_UNUSED)
{
    static const struct {
        const char *type;
        enum vport_type expected;
    } cases[] = {
        { "", VPORT_VIF }, { "router", VPORT_ROUTER },
        { "localnet", VPORT_LOCALNET }, { "localport", VPORT_LOCALPORT },
        { "virtual", VPORT_VIRTUAL }, { "external", VPORT_EXTERNAL },
        { "remote", VPORT_REMOTE }, { "l2gateway", VPORT_L2GATEWAY },
        { "vtep", VPORT_VTEP }, { "Router", VPORT_OTHER },
    };
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        nbrec_logical_switch_port_set_type(l.p1, cases[i].type);
        assert_case(view(&l, &r)->type == cases[i].expected, "\"%s\"",
                    cases[i].type);
        view_reader_uninit(&r);
    }
    lr_world_uninit(&l);
}

/* What the words among the addresses mean, and what is none is no address. */
static void
test_addresses(void **state OVS_UNUSED)
{
    const char *words[] = { "dynamic", "junk", "unknown",
                            "0a:00:00:00:00:05 10.0.1.5 fd00:1::5" };
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    nbrec_logical_switch_port_set_addresses(l.p1, words, 4);
    const struct vport *port = view(&l, &r);
    assert_true(port->has_unknown);
    assert_int_equal(port->n_addrs, 1);
    assert_string_equal(port->addrs[0].mac_s, "0a:00:00:00:00:05");
    assert_int_equal(port->addrs[0].n, 2);

    /* Those of a port to a router are the router's. */
    const struct vport *lsp = view_switch_port(r.ctx,
                                               &l.s1_r1->header_.uuid);
    assert_true(uuid_equals(&lsp->lrp, &l.r1_s1->header_.uuid));
    assert_string_equal(lsp->addrs[0].mac_s, "0a:00:00:00:01:01");
    view_reader_uninit(&r);

    nbrec_logical_switch_port_set_dynamic_addresses(
        l.p1, "0a:00:00:00:00:06 10.0.1.6");
    port = view(&l, &r);
    assert_int_equal(port->n_addrs, 2);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

static void
test_up(void **state OVS_UNUSED)
{
    struct smap off = SMAP_CONST1(&off, "ignore_lsp_down", "false");
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    assert_true(view(&l, &r)->up);
    view_reader_uninit(&r);
    nbrec_nb_global_set_options(nbrec_nb_global_insert(l.w.txn), &off);
    assert_false(view(&l, &r)->up);
    assert_true(view_switch_port(r.ctx, &l.s1_r1->header_.uuid)->up);
    view_reader_uninit(&r);
    nb_world_set_fact(&l.w, CFACT_PORT_UP, "p1", "true");
    assert_true(view(&l, &r)->up);
    view_reader_uninit(&r);

    /* In no switch. */
    nbrec_logical_switch_set_ports(l.s1, NULL, 0);
    assert_true(uuid_is_zero(&view(&l, &r)->ls));
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
