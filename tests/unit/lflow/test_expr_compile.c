/* Compiled matches mean what evaluating them says, for random matches and
 * random packets; and large ones stay small. */

#include "unit.h"

#include "lflow_world.h"

enum { N_MATCHES = 3000, N_PACKETS = 100 };

static struct expr *
parse(const struct lflow_world *world, const char *text)
{
    char *error = NULL;
    struct expr *expr = expr_parse(text, world->symtab, &error);

    if (!expr) {
        fail_msg("%s: %s", text, error);
    }
    return expr;
}

static struct expr_rules
compile(const struct lflow_world *world, const struct expr *expr)
{
    struct expr_rules rules;
    char *error = NULL;

    if (!expr_compile(expr, &world->env, 7, &rules, &error)) {
        fail_msg("%s", error);
    }
    return rules;
}

static void
random_matches(void **state)
{
    struct dice dice = { 20261123 };
    struct lflow_world world;
    size_t n_true = 0, n_conj = 0;

    lflow_world_init(&world);
    for (int i = 0; i < N_MATCHES; i++) {
        char *text = lflow_world_random_match(&dice);
        struct expr *expr = parse(&world, text);
        struct expr_rules rules = compile(&world, expr);

        n_conj += rules.n_conj > 0;
        for (int j = 0; j < N_PACKETS; j++) {
            struct flow flow;

            lflow_world_random_flow(&dice, &flow);
            bool wanted = expr_evaluate(expr, &world.env, 7, &flow);
            if (expr_rules_match(&rules, &flow) != wanted) {
                fail_msg("match %d: %s\nis %s, compiled not, for\n%s", i, text,
                         wanted ? "true" : "false",
                         flow_to_string(&flow, NULL));
            }
            n_true += wanted;
        }
        expr_rules_uninit(&rules);
        expr_free(expr);
        free(text);
    }
    print_message("# %"PRIuSIZE" of %d packets matched, %"PRIuSIZE
                  " conjunctive matches\n",
                  n_true, N_MATCHES * N_PACKETS, n_conj);
    assert_in_range(n_true, N_MATCHES * N_PACKETS / 10,
                    N_MATCHES * N_PACKETS * 9 / 10);
    assert_true(n_conj > 10);
    lflow_world_uninit(&world);
}

struct northd {
    struct lflow_world world;
    struct dice dice;
    size_t n_rules;
};

static void
check_northd_match(const char *text, void *northd_)
{
    struct northd *northd = northd_;
    struct expr *expr = parse(&northd->world, text);
    struct expr_rules rules = compile(&northd->world, expr);

    northd->n_rules += rules.n;
    for (int i = 0; i < 50; i++) {
        struct flow flow;

        lflow_world_random_flow(&northd->dice, &flow);
        assert_case(expr_rules_match(&rules, &flow)
                    == expr_evaluate(expr, &northd->world.env, 7, &flow),
                    "%s", text);
    }
    expr_rules_uninit(&rules);
    expr_free(expr);
}

static void
northd_matches(void **state)
{
    struct northd northd = { .dice = { 8 } };

    lflow_world_init(&northd.world);
    size_t n = lflow_world_for_each_line("matches.txt", check_northd_match,
                                         &northd);
    print_message("# %"PRIuSIZE" matches, %"PRIuSIZE" rules\n", n,
                  northd.n_rules);
    assert_in_range(n, 500, SIZE_MAX);
    assert_in_range(northd.n_rules, n / 2, 4 * n);
    lflow_world_uninit(&northd.world);
}

/* "FIELD == {1,000 addresses}". */
static void
put_addresses(struct ds *s, const char *comparison, int second)
{
    ds_put_format(s, "%s {", comparison);
    for (uint32_t i = 0; i < 1000; i++) {
        ds_put_format(s, "10.%d.%d.%d,", second, i * 17 / 256 % 256,
                      i * 17 % 256);
    }
    ds_put_char(s, '}');
}

/* Cross products of address sets do not explode. */
static void
large_acl(void **state)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct lflow_world world;

    lflow_world_init(&world);
    put_addresses(&s, "ip4.src ==", 1);
    put_addresses(&s, " && ip4.dst ==", 2);
    ds_put_cstr(&s, " && tcp.dst == {80, 443} && inport == @pg");
    struct expr *expr = parse(&world, ds_cstr(&s));
    long long start = time_usec();
    struct expr_rules rules = compile(&world, expr);
    long long spent = time_usec() - start;
    print_message("# %"PRIuSIZE" rules in %lld us\n", rules.n, spent);
    assert_in_range(rules.n, 2000, 2020);

    struct flow flow = {
        .regs[LREG_INPORT] = 2,
        .dl_type = htons(ETH_TYPE_IP),
        .nw_proto = IPPROTO_TCP,
        .nw_src = htonl(0x0a010000 + 17 * 900),
        .nw_dst = htonl(0x0a020000 + 17 * 33),
        .tp_dst = htons(443),
    };
    assert_true(expr_rules_match(&rules, &flow));
    flow.nw_dst = htonl(0x0a020000 + 17 * 33 + 1);
    assert_false(expr_rules_match(&rules, &flow));
    expr_rules_uninit(&rules);
    expr_free(expr);
    ds_destroy(&s);
    lflow_world_uninit(&world);
}

/* What would be too many rules is refused, with words that help. */
static void
too_large(void **state)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct lflow_world world;
    struct expr_rules rules;
    char *error = NULL;

    lflow_world_init(&world);
    for (int i = 0; i < 200; i++) {
        char *comparison = xasprintf("%s(reg%d[0] && ip4.src !=",
                                     i ? " || " : "", i % 10);

        put_addresses(&s, comparison, i);
        ds_put_char(&s, ')');
        free(comparison);
    }
    struct expr *expr = parse(&world, ds_cstr(&s));
    assert_false(expr_compile(expr, &world.env, 7, &rules, &error));
    assert_non_null(strstr(error, "split it into several flows"));
    free(error);
    expr_free(expr);
    ds_destroy(&s);
    lflow_world_uninit(&world);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_matches),
        cmocka_unit_test(northd_matches),
        cmocka_unit_test(large_acl),
        cmocka_unit_test(too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
