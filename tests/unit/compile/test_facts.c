#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static bool
fact_is(struct nb_world *w, enum cfact kind, const char *name,
        const char *value)
{
    struct view_reader r;

    compile_run(w->compile);
    view_reader_init(&r, w);
    bool same = nullable_string_is_equal(cctx_fact(r.ctx, kind, name),
                                         value);
    view_reader_uninit(&r);
    return same;
}

static void
test_facts(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    assert_true(fact_is(&w, CFACT_CHASSIS, "ch1", NULL));
    nb_world_set_fact(&w, CFACT_CHASSIS, "ch1", "a");
    nb_world_set_fact(&w, CFACT_BACKEND, "ch1", "b");
    assert_true(fact_is(&w, CFACT_CHASSIS, "ch1", "a"));
    assert_true(fact_is(&w, CFACT_BACKEND, "ch1", "b"));
    assert_true(fact_is(&w, CFACT_CHASSIS, "ch2", NULL));
    nb_world_set_fact(&w, CFACT_CHASSIS, "ch1", "c");
    assert_true(fact_is(&w, CFACT_CHASSIS, "ch1", "c"));
    nb_world_set_fact(&w, CFACT_CHASSIS, "ch1", NULL);
    nb_world_set_fact(&w, CFACT_CHASSIS, "ch1", NULL);
    assert_true(fact_is(&w, CFACT_CHASSIS, "ch1", NULL));
    nb_world_uninit(&w);
}

/* Who has read a fact, or an option, is computed again when it changes, and
 * only then. */
static void
test_readers(void **state OVS_UNUSED)
{
    struct smap off = SMAP_CONST1(&off, "ignore_lsp_down", "false");
    struct smap also = SMAP_CONST2(&also, "ignore_lsp_down", "false",
                                   "unrelated", "x");
    const char *address = "0a:00:00:00:00:01 10.0.0.1";
    struct compile_stats stats;
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    nbrec_logical_switch_port_set_addresses(nb_world_add_port(&w, ls, "p1"),
                                            &address, 1);
    struct nbrec_nb_global *global = nbrec_nb_global_insert(w.txn);
    nbrec_nb_global_set_options(global, &off);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "ls_in_arp_rsp sw0 50"), 0);
    nb_world_set_fact(&w, CFACT_PORT_UP, "p1", "true");
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "ls_in_arp_rsp sw0 50"), 1);

    nb_world_set_fact(&w, CFACT_PORT_UP, "p9", "true");
    nb_world_compile(&w);
    compile_get_stats(w.compile, &stats);
    assert_int_equal(stats.n_computed, 0);
    nb_world_set_fact(&w, CFACT_PORT_UP, "p1", NULL);
    nbrec_nb_global_set_options(global, &also);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "ls_in_arp_rsp sw0 50"), 0);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_readers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
