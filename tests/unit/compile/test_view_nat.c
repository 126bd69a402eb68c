#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static const struct vnat *
view(struct lr_world *l, const struct nbrec_nat *nat, struct view_reader *r)
{
    nb_world_compile(&l->w);
    view_reader_init(r, &l->w);
    return view_nat(r->ctx, &nat->header_.uuid);
}

static void
test_parse(void **state OVS_UNUSED)
{
    struct smap options = SMAP_CONST2(&options, "stateless", "true",
                                      "add_route", "true");
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_nat *nat = lr_world_add_nat(&l, "dnat_and_snat",
                                             "192.0.2.9", "10.0.1.2");
    nbrec_nat_set_options(nat, &options);
    nbrec_nat_set_external_port_range(nat, "1000-2000");
    nbrec_nat_set_external_mac(nat, "0A:00:00:00:02:09");
    const struct vnat *v = view(&l, nat, &r);
    assert_null(v->problem);
    assert_int_equal(v->type, VNAT_DNAT_AND_SNAT);
    assert_true(v->stateless && v->adds_route && !v->is_distributed);
    assert_string_equal(v->ports, "1000-2000");
    assert_null(v->mac);
    view_reader_uninit(&r);

    /* The MAC matters with a port, and only where both ways are changed. */
    nbrec_nat_set_logical_port(nat, "p\"1");
    v = view(&l, nat, &r);
    assert_true(v->is_distributed);
    assert_string_equal(v->mac, "0a:00:00:00:02:09");
    assert_string_equal(v->json_port, "\"p\\\"1\"");
    assert_true(view_router_nat(r.ctx,
                                &l.r1->header_.uuid)->has_distributed);
    view_reader_uninit(&r);
    nbrec_nat_set_type(nat, "dnat");
    v = view(&l, nat, &r);
    assert_false(v->is_distributed || v->stateless);
    assert_false(view_router_nat(r.ctx,
                                 &l.r1->header_.uuid)->has_distributed);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

static void
test_problems(void **state OVS_UNUSED)
{
    static const struct {
        const char *type, *external, *logical, *ports, *mac, *column;
    } cases[] = {
        { "snat", "x", "10.0.1.2", "", NULL, "external_ip" },
        { "snat", "192.0.2.0/24", "10.0.1.2", "", NULL, "external_ip" },
        { "snat", "192.0.2.9", "", "", NULL, "logical_ip" },
        { "dnat", "192.0.2.9", "10.0.1.0/24", "", NULL, "logical_ip" },
        { "snat", "192.0.2.9", "fd00::/64", "", NULL, "logical_ip" },
        { "snat", "192.0.2.9", "10.0.1.2", "0", NULL,
          "external_port_range" },
        { "snat", "192.0.2.9", "10.0.1.2", "9-8", NULL,
          "external_port_range" },
        { "snat", "192.0.2.9", "10.0.1.2", "1-65536", NULL,
          "external_port_range" },
        { "snat", "192.0.2.9", "10.0.1.2", "1); drop", NULL,
          "external_port_range" },
        { "snat", "192.0.2.9", "10.0.1.2", "80", NULL, NULL },
        { "dnat", "192.0.2.9", "10.0.1.2", "", "x", "external_mac" },
    };
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_nat *nat = lr_world_add_nat(&l, "snat", "", "");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        nbrec_nat_set_type(nat, cases[i].type);
        nbrec_nat_set_external_ip(nat, cases[i].external);
        nbrec_nat_set_logical_ip(nat, cases[i].logical);
        nbrec_nat_set_external_port_range(nat, cases[i].ports);
        nbrec_nat_set_external_mac(nat, cases[i].mac);
        const struct vnat *v = view(&l, nat, &r);
        assert_case(nullable_string_is_equal(v->column, cases[i].column),
                    "case %"PRIuSIZE": %s: %s", i, v->column, v->problem);
        view_reader_uninit(&r);
    }
    lr_world_uninit(&l);
}

/* The name of a set becomes part of a match, without quotes. */
static void
test_sets(void **state OVS_UNUSED)
{
    static const struct {
        const char *name;
        bool good;
    } cases[] = {
        { "as1", true }, { "a.b_c", true }, { "1as", false },
        { "a b", false }, { "", false }, { "a) || (1", false },
    };
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_nat *nat = lr_world_add_nat(&l, "snat", "192.0.2.9",
                                             "10.0.1.2");
    struct nbrec_address_set *as = nbrec_address_set_insert(l.w.txn);
    nbrec_nat_set_allowed_ext_ips(nat, as);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        nbrec_address_set_set_name(as, cases[i].name);
        const struct vnat *v = view(&l, nat, &r);
        assert_case(!v->problem == cases[i].good, "\"%s\"", cases[i].name);
        view_reader_uninit(&r);
    }
    nbrec_address_set_set_name(as, "as1");
    nbrec_nat_set_exempted_ext_ips(nat, as);
    assert_string_equal(view(&l, nat, &r)->column, "exempted_ext_ips");
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_problems),
        cmocka_unit_test(test_sets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
