/* The engine with the features that there are: what is computed again, and
 * what is not. */

#include "engine.h"

#include "nb_world.h"
#include "views.h"

#include "unit.h"

static size_t
n_computed(const struct nb_world *w)
{
    struct compile_stats stats;

    compile_get_stats(w->compile, &stats);
    return stats.n_computed;
}

static void
test_cost_is_that_of_the_change(void **state OVS_UNUSED)
{
    struct nb_world w;
    size_t costs[2];

    /* A port of one switch among 3 and among 100. */
    for (int big = 0; big < 2; big++) {
        struct nbrec_logical_switch_port *port = NULL;

        nb_world_init(&w);
        for (int i = 0; i < (big ? 100 : 3); i++) {
            char *name = xasprintf("sw%d", i);
            char *port_name = xasprintf("p%d", i);

            port = nb_world_add_port(&w, nb_world_add_switch(&w, name),
                                     port_name);
            free(name);
            free(port_name);
        }
        nb_world_compile(&w);
        const char *addresses = "0a:00:00:00:00:01 10.0.0.1";
        nbrec_logical_switch_port_set_addresses(port, &addresses, 1);
        nb_world_compile(&w);
        costs[big] = n_computed(&w);
        assert_true(costs[big] > 0);

        /* Nothing has changed: nothing is computed. */
        nb_world_compile(&w);
        assert_int_equal(n_computed(&w), 0);
        nb_world_uninit(&w);
    }
    assert_int_equal(costs[0], costs[1]);
}

static void
test_nothing_stays(void **state OVS_UNUSED)
{
    struct compile_stats before, after;
    struct nb_world w;

    nb_world_init(&w);
    nb_world_compile(&w);
    compile_get_stats(w.compile, &before);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw");
    struct nbrec_logical_router *lr = nb_world_add_router(&w, "lr");
    struct nbrec_logical_switch_port *lsp = nb_world_add_port(&w, ls, "p");
    struct nbrec_logical_router_port *lrp = nb_world_add_router_port(
        &w, lr, "lrp", "0a:00:00:00:00:01", "10.0.0.1/24");
    struct smap options = SMAP_CONST1(&options, "router-port", "lrp");
    nbrec_logical_switch_port_set_type(lsp, "router");
    nbrec_logical_switch_port_set_options(lsp, &options);
    nb_world_compile(&w);
    compile_get_stats(w.compile, &after);
    assert_true(after.n_nodes > before.n_nodes);

    nbrec_logical_switch_set_ports(ls, NULL, 0);
    nbrec_logical_router_set_ports(lr, NULL, 0);
    nbrec_logical_switch_port_delete(lsp);
    nbrec_logical_router_port_delete(lrp);
    nbrec_logical_switch_delete(ls);
    nbrec_logical_router_delete(lr);
    nb_world_compile(&w);
    compile_get_stats(w.compile, &after);
    assert_int_equal(after.n_nodes, before.n_nodes);
    assert_int_equal(after.n_edges, before.n_edges);
    assert_int_equal(after.n_flows, 0);
    assert_int_equal(after.n_rows, 0);
    nb_world_uninit(&w);
}

static void
count_row(void *n, const char *table OVS_UNUSED,
          const struct uuid *uuid OVS_UNUSED,
          const struct json *row OVS_UNUSED)
{
    ++*(size_t *) n;
}

static void
test_replay(void **state OVS_UNUSED)
{
    struct nb_world w;
    size_t told[2] = { 0, 0 };
    struct csink sinks[2] = {
        { .aux = &told[0], .set_row = count_row },
        { .aux = &told[1], .set_row = count_row },
    };

    nb_world_init(&w);
    nb_world_add_port(&w, nb_world_add_switch(&w, "sw"), "p");
    struct compile *compile = compile_new(w.idl, sinks, 2);
    compile_run(compile);
    assert_true(told[0] >= 2);
    assert_int_equal(told[0], told[1]);

    /* Of two sinks one has lost what it knew. */
    size_t all = told[0];
    compile_replay(compile, 1);
    assert_true(compile_run(compile));
    assert_int_equal(told[0], all);
    assert_int_equal(told[1], 2 * all);
    assert_false(compile_run(compile));
    compile_free(compile);
    nb_world_uninit(&w);
}

static void
test_digest(void **state OVS_UNUSED)
{
    struct uuid a = uuid_digest("ab", "c", NULL);
    struct uuid b = uuid_digest("a", "bc", NULL);
    struct uuid c = uuid_digest("ab", "c", NULL);
    struct uuid d = uuid_digest("c", "ab", NULL);

    assert_true(uuid_equals(&a, &c));
    assert_false(uuid_equals(&a, &b));
    assert_false(uuid_equals(&a, &d));
}

/* Options are read one by one: another option's change costs nothing. */
static void
test_options(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_nb_global *global = nbrec_nb_global_insert(w.txn);
    nb_world_add_port(&w, nb_world_add_switch(&w, "sw"), "p");
    nb_world_compile(&w);
    struct smap options = SMAP_CONST1(&options, "no-such-option", "1");
    nbrec_nb_global_set_options(global, &options);
    nb_world_compile(&w);
    size_t others = n_computed(&w);
    struct smap relevant = SMAP_CONST1(&relevant, "ignore_lsp_down",
                                       "false");
    nbrec_nb_global_set_options(global, &relevant);
    nb_world_compile(&w);
    assert_case(n_computed(&w) > others, "%"PRIuSIZE" and %"PRIuSIZE,
                n_computed(&w), others);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cost_is_that_of_the_change),
        cmocka_unit_test(test_nothing_stays),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
