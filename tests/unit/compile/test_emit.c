#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static const struct uuid dp = { { 1, 0, 0, 0 } };

static void
emit(struct view_reader *r, const char *match, const char *meter)
{
    cflow_emit(r->ctx, &(struct cflow) {
        .dp = &dp, .stage = LS_IN_LB, .priority = 5, .match = match,
        .actions = "next;", .meter = meter,
    });
}

/* A flow that two want is told once, and stays until neither does. */
static void
test_counted(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct nb_world w;

    nb_world_init(&w);
    view_reader_init(&r, &w);
    emit(&r, "a", NULL);
    emit(&r, "a", NULL);
    emit(&r, "b", NULL);
    emit(&r, "b", "m");
    assert_int_equal(shash_count(&w.flows), 3);
    assert_int_equal(w.n_added, 3);
    assert_flow(&w, "ls_in_lb ? 5 (b) (next;) m");
    view_reader_uninit(&r);
    assert_int_equal(shash_count(&w.flows), 0);
    assert_int_equal(w.n_removed, 3);
    nb_world_uninit(&w);
}

static struct json *
row_of(const char *name)
{
    struct json *row = json_object_create();

    json_object_put_string(row, "name", name);
    return row;
}

static void
test_rows(void **state OVS_UNUSED)
{
    struct uuid uuid = { { 9, 0, 0, 0 } };
    struct view_reader r;
    struct nb_world w;

    nb_world_init(&w);
    view_reader_init(&r, &w);
    struct json *row = row_of("one");
    crow_emit(r.ctx, "Meter", &uuid, &row);
    assert_null(row);
    assert_non_null(nb_world_row(&w, "Meter", "one"));
    row = row_of("two");
    crow_emit(r.ctx, "Mirror", &uuid, &row);
    assert_int_equal(shash_count(&w.rows), 2);
    view_reader_uninit(&r);
    assert_int_equal(shash_count(&w.rows), 0);
    nb_world_uninit(&w);
}

static void
count_report(void *n_, const struct diag *diag OVS_UNUSED)
{
    size_t *n = n_;

    ++*n;
}

static size_t
n_reports(const struct nb_world *w, unsigned int since)
{
    size_t n = 0;

    compile_for_each_report(w->compile, since, count_report, &n);
    return n;
}

/* A unit's reports go when what they are about is put right. */
static void
test_reports(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_switch_port *p = nb_world_add_port(&w, ls, "p1");
    nbrec_logical_switch_port_set_type(p, "wormhole");
    nb_world_compile(&w);
    unsigned int seqno = compile_reports_seqno(w.compile);
    char *report = nb_world_report(&w, "wormhole");
    assert_non_null(report);
    assert_non_null(strstr(report, "Logical_Switch_Port \"p1\": type: "));
    free(report);
    assert_int_equal(n_reports(&w, 0), 1);
    assert_int_equal(n_reports(&w, seqno), 0);

    /* Of another port only that is new. */
    struct nbrec_logical_switch_port *q = nb_world_add_port(&w, ls, "p2");
    nbrec_logical_switch_port_set_type(q, "tunnel");
    nb_world_compile(&w);
    assert_int_equal(n_reports(&w, 0), 2);
    assert_int_equal(n_reports(&w, seqno), 1);
    seqno = compile_reports_seqno(w.compile);

    nbrec_logical_switch_port_set_type(p, "localport");
    nbrec_logical_switch_port_set_type(q, "localport");
    nb_world_compile(&w);
    assert_int_equal(n_reports(&w, 0), 0);
    assert_int_not_equal(compile_reports_seqno(w.compile), seqno);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counted),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_reports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
