/* Actions: everything that ovn-northd writes is read and written again; what
 * is wrong is told with its place. */

#include "unit.h"

#include <errno.h>

#include "act_table.h"
#include "lflow.h"

struct fixture {
    struct symtab *symtab;
    struct lact_context context;
};

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    f->symtab = symtab_new();
    f->context = (struct lact_context) {
        .symtab = f->symtab, .actions = &act_table,
        .pipeline = PIPELINE_INGRESS, .stage = 7,
    };
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    symtab_free(f->symtab);
    free(f);
    return 0;
}

/* Parses, formats, parses that, and compares.  Returns what it looks like. */
static char *
round_trip(const struct fixture *f, const char *text)
{
    struct lacts a, b;
    struct expr *prereqs_a, *prereqs_b;
    char *error;
    struct ds ds = DS_EMPTY_INITIALIZER;

    assert_case(lacts_parse(text, &f->context, &a, &prereqs_a, &error),
                "%s: %s", text, error);
    lacts_format(&a, &ds);
    assert_case(lacts_parse(ds_cstr(&ds), &f->context, &b, &prereqs_b,
                            &error), "%s from %s: %s", ds_cstr(&ds), text,
                error);
    assert_case(lacts_equal(&a, &b), "%s is not %s", ds_cstr(&ds), text);
    assert_case(!prereqs_a == !prereqs_b
                && (!prereqs_a || expr_equals(prereqs_a, prereqs_b)),
                "other prerequisites: %s", text);
    lacts_uninit(&a);
    lacts_uninit(&b);
    expr_free(prereqs_a);
    expr_free(prereqs_b);
    return ds_steal_cstr(&ds);
}

/* The file named by ACTIONS has what ovn-northd 23.03 wrote for rich networks,
 * one string of actions a line, one line of each shape. */
static void
northd_actions(void **state)
{
    const char *name = getenv("ACTIONS");
    struct ds line = DS_EMPTY_INITIALIZER;
    int n = 0;

    assert_non_null(name);
    FILE *file = fopen(name, "r");
    assert_case(file != NULL, "%s: %s", name, strerror(errno));
    while (!ds_get_line(&line, file)) {
        free(round_trip(*state, ds_cstr(&line)));
        n++;
    }
    fclose(file);
    ds_destroy(&line);
    assert_true(n > 100);
}

static void
formats(void **state)
{
    static const struct {
        const char *in;
        const char *out; /* NULL: the same. */
    } cases[] = {
        { "", "drop;" },
        { "drop;", NULL },
        { "/* drop */", "drop;" },
        { "next;", NULL },
        { "next(11);", "next(pipeline=ingress, table=11);" },
        { "next(pipeline=egress, table=3);", NULL },
        { "next(table=3);", "next(pipeline=ingress, table=3);" },
        { "vlan.pcp = 4/4;", NULL },
        { "vlan.pcp[2] = 1;", NULL },
        { "outport = \"\\\"\";", NULL },
        { "ip.ttl--;", NULL },
        { "clone { clone { output; }; next; };", NULL },
        { "ct_commit;", NULL },
        { "ct_commit { };", NULL },
        { "ct_commit(ct_mark=1, ct_label=2/3);",
          "ct_commit { ct_mark = 1; ct_label = 2/3; };" },
        { "ct_lb(backends=10.0.0.1:80,10.0.0.2; skip_snat);", NULL },
        { "ct_lb_mark(backends=[fd00::1]:80,fd00::2; hash_fields=\"ip_src\"; "
          "force_snat);", NULL },
        { "ct_snat(10.0.0.1, 1-2);", "ct_snat(10.0.0.1,1-2);" },
        { "reg8[16..31] = select(1, 2=5);",
          "reg8[16..31] = select(1=100, 2=5);" },
        { "tcp_reset;", NULL },
        { "tcp_reset { output; };", NULL },
        { "log();", NULL },
        { "fwd_group(liveness=true, childports=\"a\", \"b\");",
          "fwd_group(liveness = true, childports = \"a\", \"b\");" },
        { "sample(probability=100, collector_set=1, obs_point=@cookie);",
          "sample(probability = 100, collector_set = 1, "
          "obs_point = @cookie);" },
        { "reg0[0] = lookup_arp_ip(inport, arp.spa);", NULL },
        { "push(xxreg1); pop(xxreg1);", NULL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *out = round_trip(*state, cases[i].in);
        const char *want = cases[i].out ? cases[i].out : cases[i].in;

        assert_string_equal(out, want);
        free(out);
    }
}

static void
errors(void **state)
{
    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        { "fly;", "line 1, column 1: action \"fly\" is not supported" },
        { "reg0[0] = fly();",
          "line 1, column 11: action \"fly\" is not supported" },
        { "next", "column 5: expected ;" },
        { "next; drop; next;", "\"drop\" must be the last action" },
        { "drop; next;", "\"drop\" must be the only action" },
        { "next(33);", "expected an integer up to 32" },
        { "next(pipeline=up);", "expected \"ingress\" or \"egress\"" },
        { "reg0 = 0x100000000;", "needs 33 bits, but reg0 has only 32" },
        { "ip.proto = 6;", "ip.proto is read-only" },
        { "reg0 = reg1[0..15];", "the numbers must be equal" },
        { "outport = reg0;", "outport names a port, reg0 does not" },
        { "outport = 5;", "expected the name of a port in quotes" },
        { "reg0--;", "only ip.ttl can be decremented" },
        { "get_arp(reg0, reg1);", "expects a field with a port" },
        { "get_arp(inport, xxreg0);", "expects a field of 32 bits" },
        { "lookup_arp(inport, reg0, eth.src);", "needs a place" },
        { "reg0[0] = get_arp(inport, reg0);", "get_arp has no result" },
        { "reg0 = lookup_arp(inport, reg0, eth.src);", "is one bit" },
        { "reg0[3] = put_dhcp_opts(router = 10.0.0.1);",
          "needs the argument \"offerip\"" },
        { "reg0[3] = put_dhcp_opts(offerip = 10.0.0.1, fish = 1);",
          "put_dhcp_opts has no argument \"fish\"" },
        { "reg0[3] = put_dhcp_opts(offerip = 10.0.0.1, mtu = 65536);",
          "mtu cannot have this value" },
        { "ct_commit { reg0 = 1; };", "only assign to ct_mark" },
        { "ct_snat(10.0.0.1,5-4);", "no range of ports" },
        { "ct_lb(backends=10.0.0.1:0);", "0 is no port" },
        { "ct_lb(backends=10.0.0.1,fd00::1);", "all be IPv4 or all" },
        { "reg8[0..15] = select(1);", "needs two integers" },
        { "set_queue(61441);", "expected an integer up to 61440" },
        { "ip.ttl[0] = 1;", "" },
        { "icmp4.frag_mtu = reg0[0..15];", "takes only a constant" },
        { "clone { next;", "the text ends" },
    };
    const struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct lacts lacts;
        struct expr *prereqs;
        char *error = NULL;
        bool ok = lacts_parse(cases[i].text, &f->context, &lacts, &prereqs,
                              &error);

        assert_case(!ok, "\"%s\" was accepted", cases[i].text);
        assert_case(strstr(error, cases[i].error), "\"%s\": %s",
                    cases[i].text, error);
        assert_case(!strncmp(error, "line ", 5), "no place: %s", error);
        free(error);
    }
}

static void
nesting_is_bounded(void **state)
{
    const struct fixture *f = *state;
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct lacts lacts;
    struct expr *prereqs;
    char *error = NULL;

    for (int i = 0; i < 100000; i++) {
        ds_put_cstr(&ds, "clone {");
    }
    assert_false(lacts_parse(ds_cstr(&ds), &f->context, &lacts, &prereqs,
                             &error));
    assert_non_null(strstr(error, "nested deeper than"));
    free(error);
    ds_destroy(&ds);
}

static void
prerequisites(void **state)
{
    static const struct {
        const char *text;
        const char *prereqs;
    } cases[] = {
        { "ip.ttl--;", "ip" },
        { "arp.op = 2;", "arp" },
        { "arp { arp.op = 1; };", "ip4" },
        { "clone { ip.ttl--; };", "ip" },
        { "ct_dnat(10.0.0.1);", "ip && ip4" },
        { "reg0 = ip4.src;", "ip4" },
        { "ct_commit { ct_label = 1; };", "ip" },
    };
    const struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct lacts lacts;
        struct expr *prereqs;
        char *error = NULL;
        struct ds ds = DS_EMPTY_INITIALIZER;

        assert_true(lacts_parse(cases[i].text, &f->context, &lacts,
                                &prereqs, &error));
        assert_non_null(prereqs);
        expr_format(prereqs, &ds);
        assert_case(!strcmp(ds_cstr(&ds), cases[i].prereqs), "%s needs %s",
                    cases[i].text, ds_cstr(&ds));
        ds_destroy(&ds);
        expr_free(prereqs);
        lacts_uninit(&lacts);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(northd_actions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(formats, set_up, tear_down),
        cmocka_unit_test_setup_teardown(errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nesting_is_bounded, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(prerequisites, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("lact", tests, NULL, NULL);
}
