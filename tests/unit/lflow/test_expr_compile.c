/* Compiled matches mean what evaluating them says, for random matches and
 * random packets; and large ones stay small. */

#include "unit.h"

#include "lflow_world.h"
#include "timeval.h"

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
                         wanted ? "true" : "false", flow_to_string(&flow, NULL));
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_matches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
