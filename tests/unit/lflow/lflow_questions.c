/* Random matches, random packets, and which packets each match is true for:
 * what tests/differential/expressions.py asks stock ovn-trace.
 *
 *     lflow_questions SEED N_MATCHES N_PACKETS
 *
 * prints lines: "M" and a match; "P", a packet as a microflow, a tab, and a
 * digit 0 or 1 for each match. */

#include "lflow_world.h"

#include <stdio.h>

/* Fields that name bits which another field names, too. */
static bool
is_alias(const struct symbol *symbol)
{
    return (symbol->type != SYMBOL_FIELD || strchr(symbol->name, '.') == NULL
            ? symbol->name[0] == 'x' || symbol->type != SYMBOL_FIELD
            : (!strncmp(symbol->name, "ct.", 3)
               || !strncmp(symbol->name, "ct_", 3)
               || !strncmp(symbol->name, "flags.", 6)
               || !strcmp(symbol->name, "eth.mcast")
               || !strcmp(symbol->name, "vlan.pcp")
               || !strcmp(symbol->name, "vlan.vid")));
}

static void
print_packet(const struct lflow_world *world, const struct flow *flow)
{
    const char *separator = "P ";

    for (size_t i = 0; i < symtab_n(world->symtab); i++) {
        const struct symbol *symbol = symtab_get(world->symtab, i);
        struct lfield field = { symbol, 0, symbol->width };

        if (is_alias(symbol)
            || (symbol->prereqs && !expr_evaluate(symbol->prereqs, &world->env,
                                                  7, flow))) {
            continue;
        }
        ovs_u128 value = lfield_read(&field, flow);
        printf("%s%s == ", separator, symbol->name);
        separator = " && ";
        if (!symbol->is_string) {
            printf("0x%"PRIx64"%016"PRIx64, value.u64.hi, value.u64.lo);
        } else if (value.u64.lo == 32768) {
            printf("\"_MC_flood\"");
        } else if (value.u64.lo) {
            printf("\"p%"PRIu64"\"", value.u64.lo);
        } else {
            printf("\"\"");
        }
    }
}

int
main(int argc, char *argv[])
{
    struct dice dice = { argc == 4 ? atoi(argv[1]) : 0 };
    struct lflow_world world;

    set_program_name(argv[0]);
    if (argc != 4) {
        ovs_fatal(0, "usage: %s SEED N_MATCHES N_PACKETS", argv[0]);
    }
    lflow_world_init(&world);
    int n_matches = atoi(argv[2]), n_packets = atoi(argv[3]);
    struct expr **matches = xcalloc(n_matches, sizeof *matches);

    for (int i = 0; i < n_matches; i++) {
        char *text = lflow_world_random_match(&dice);
        char *error = NULL;

        matches[i] = expr_parse(text, world.symtab, &error);
        if (!matches[i]) {
            ovs_fatal(0, "%s: %s", text, error);
        }
        printf("M %s\n", text);
        free(text);
    }
    for (int i = 0; i < n_packets; i++) {
        struct flow flow;

        lflow_world_random_flow(&dice, &flow);
        flow.nw_tos = 0; /* ovn-trace loses it from its question. */
        print_packet(&world, &flow);
        putchar('\t');
        for (int j = 0; j < n_matches; j++) {
            putchar('0' + expr_evaluate(matches[j], &world.env, 7, &flow));
        }
        putchar('\n');
    }
    for (int i = 0; i < n_matches; i++) {
        expr_free(matches[i]);
    }
    free(matches);
    lflow_world_uninit(&world);
    return 0;
}
