#include "template.h"

#include "lr_world.h"
#include "nb_rows.h"
#include "view_world.h"

#include "unit.h"

static void
assert_expands(struct nb_world *w, const char *text, const char *expected)
{
    struct view_reader r;

    nb_world_compile(w);
    view_reader_init(&r, w);
    char *expanded = template_expand(r.ctx, text);
    assert_case(nullable_string_is_equal(expanded, expected),
                "%s becomes %s", text, expanded);
    free(expanded);
    view_reader_uninit(&r);
}

static void
test_span(void **state OVS_UNUSED)
{
    assert_int_equal(template_span("^VIP_1.a:80"), 8);
    assert_int_equal(template_span("VIP"), 0);
    assert_int_equal(template_span("^1"), 0);
    assert_int_equal(template_span("^"), 0);
    assert_int_equal(template_span("^^A"), 0);
}

/* Variables of the own chassis, once it is known which that is. */
static void
test_expand(void **state OVS_UNUSED)
{
    struct smap vars = SMAP_CONST2(&vars, "A", "10.0.0.1", "B", "^A");
    struct smap others = SMAP_CONST1(&others, "A", "10.0.0.2");
    struct nb_world w;

    nb_world_init(&w);
    nb_rows_add_template_var(&w, "ch1", &vars);
    nb_rows_add_template_var(&w, "ch2", &others);
    assert_expands(&w, "ip4.dst == ^A", NULL);
    nb_world_set_fact(&w, CFACT_SELF, "chassis", "ch1");
    assert_expands(&w, "ip4.dst == ^A", "ip4.dst == 10.0.0.1");
    assert_expands(&w, "^A:^A,^", "10.0.0.1:10.0.0.1,^");
    /* One that is not there stays, and what comes out is not looked at. */
    assert_expands(&w, "^AB ^B", "^AB ^A");
    assert_expands(&w, "none", NULL);
    nb_world_set_fact(&w, CFACT_SELF, "chassis", "ch2");
    assert_expands(&w, "^A ^B", "10.0.0.2 ^B");
    nb_world_uninit(&w);
}

/* Flows and rows follow the variable. */
static void
test_flows(void **state OVS_UNUSED)
{
    struct smap vips = SMAP_CONST1(&vips, "^A:80", "^B");
    struct smap options = SMAP_CONST1(&options, "template", "true");
    struct smap vars = SMAP_CONST2(&vars, "A", "10.9.0.1", "B",
                                   "10.0.0.1:80");
    struct smap moved = SMAP_CONST2(&moved, "A", "10.9.0.2", "B",
                                    "10.0.0.1:80");
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    struct nbrec_load_balancer *lb = nbrec_load_balancer_insert(w.txn);
    nbrec_load_balancer_set_vips(lb, &vips);
    nbrec_load_balancer_set_options(lb, &options);
    nbrec_logical_switch_set_load_balancer(ls, &lb, 1);
    struct nbrec_chassis_template_var *row
        = nb_rows_add_template_var(&w, "ch1", &vars);
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_lb sw0 120 (ct.new && ip4.dst == ^A && "
                    "tcp.dst == 80) (reg0[1] = 0; "
                    "ct_lb_mark(backends=^B);)");
    nb_world_set_fact(&w, CFACT_SELF, "chassis", "ch1");
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_lb sw0 120 (ct.new && ip4.dst == 10.9.0.1 && "
                    "tcp.dst == 80) (reg0[1] = 0; "
                    "ct_lb_mark(backends=10.0.0.1:80);)");
    assert_non_null(nb_world_row(&w, "Load_Balancer",
                                 "[\"10.9.0.1:80\",\"10.0.0.1:80\"]"));
    nbrec_chassis_template_var_set_variables(row, &moved);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "10.9.0.1"), 0);
    assert_int_equal(nb_world_count(&w, "ip4.dst == 10.9.0.2 && "), 2);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_span),
        cmocka_unit_test(test_expand),
        cmocka_unit_test(test_flows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
