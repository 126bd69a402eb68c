/* Any text as a match: it is refused, or it comes back the same from its own
 * formatting, and its compiled form agrees with it on some packets.
 *
 *     fuzz_match -max_len=400 CORPUS... */

#include "fuzz.h"

#include "lflow_world.h"

static struct lflow_world world;

int
LLVMFuzzerInitialize(int *argc OVS_UNUSED, char ***argv)
{
    fuzz_init(*argv);
    lflow_world_init(&world);
    return 0;
}

static void
check_meaning(const struct expr *expr, uint32_t seed)
{
    struct dice dice = { seed };
    struct expr_rules rules;
    char *error = NULL;

    if (!expr_compile(expr, &world.env, 7, &rules, &error)) {
        free(error);
        return;
    }
    for (int i = 0; i < 4; i++) {
        struct flow flow;

        lflow_world_random_flow(&dice, &flow);
        ovs_assert(expr_evaluate(expr, &world.env, 7, &flow)
                   == expr_rules_match(&rules, &flow));
    }
    expr_rules_uninit(&rules);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xmemdup0((const char *) data, size);
    char *error = NULL;
    struct expr *expr = expr_parse(text, world.symtab, &error);

    if (expr) {
        struct ds s = DS_EMPTY_INITIALIZER;
        struct expr *again;

        expr_format(expr, &s);
        again = expr_parse(ds_cstr(&s), world.symtab, &error);
        ovs_assert(again && expr_equals(expr, again));
        check_meaning(expr, hash_bytes(data, size, 0));
        expr_free(again);
        ds_destroy(&s);
    }
    expr_free(expr);
    free(error);
    free(text);
    return 0;
}
