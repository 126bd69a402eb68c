#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static size_t
n_of(struct nb_world *w, enum crelation relation, const struct uuid *key)
{
    struct view_reader r;
    size_t n;

    view_reader_init(&r, w);
    cctx_related(r.ctx, relation, key, &n);
    view_reader_uninit(&r);
    return n;
}

/* Who speaks of whom follows the rows: in order, each once. */
static void
test_follows(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_acl *acl = nbrec_acl_insert(w.txn);
    const struct uuid *key = &acl->header_.uuid;
    struct nbrec_logical_switch *ls[5];
    for (int i = 0; i < 5; i++) {
        ls[i] = nb_world_add_switch(&w, "sw");
        nbrec_logical_switch_set_acls(ls[i], &acl, 1);
    }
    nb_world_compile(&w);
    assert_int_equal(n_of(&w, CR_LS_OF_ACL, key), 5);
    assert_int_equal(n_of(&w, CR_LS_OF_QOS, key), 0);

    struct view_reader r;
    size_t n;
    view_reader_init(&r, &w);
    const struct uuid *list = cctx_related(r.ctx, CR_LS_OF_ACL, key, &n);
    for (size_t i = 1; i < n; i++) {
        assert_true(uuid_compare_3way(&list[i - 1], &list[i]) < 0);
    }
    assert_ptr_equal(cctx_related1(r.ctx, CR_LS_OF_ACL, key), list);
    view_reader_uninit(&r);

    nbrec_logical_switch_set_acls(ls[2], NULL, 0);
    nbrec_logical_switch_delete(ls[4]);
    nb_world_compile(&w);
    assert_int_equal(n_of(&w, CR_LS_OF_ACL, key), 3);
    nb_world_uninit(&w);
}

/* A row that says two things, and then one of them twice. */
static void
test_names(void **state OVS_UNUSED)
{
    struct smap options = SMAP_CONST1(&options, "virtual-parents",
                                      "a,b,a");
    struct smap fewer = SMAP_CONST1(&fewer, "virtual-parents", "b,b");
    struct view_reader r;
    struct nb_world w;
    size_t n;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_switch_port *p = nb_world_add_port(&w, ls, "p1");
    nbrec_logical_switch_port_set_type(p, "virtual");
    nbrec_logical_switch_port_set_options(p, &options);
    nb_world_compile(&w);
    view_reader_init(&r, &w);
    cctx_named(r.ctx, CR_LSP_OF_VIRTUAL, "a", &n);
    assert_int_equal(n, 1);
    cctx_named(r.ctx, CR_LSP_OF_VIRTUAL, "b", &n);
    assert_int_equal(n, 1);
    assert_null(cctx_named1(r.ctx, CR_LSP_OF_VIRTUAL, "c"));
    view_reader_uninit(&r);

    nbrec_logical_switch_port_set_options(p, &fewer);
    nb_world_compile(&w);
    view_reader_init(&r, &w);
    assert_null(cctx_named1(r.ctx, CR_LSP_OF_VIRTUAL, "a"));
    assert_non_null(cctx_named1(r.ctx, CR_LSP_OF_VIRTUAL, "b"));
    view_reader_uninit(&r);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_follows),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
