/* Fields and parts of them: reading, writing, wildcards. */

#include "unit.h"

#include "lex.h"
#include "lflow_world.h"

static struct lflow_world world;

static bool
parse(const char *text, struct lfield *f, char **error)
{
    struct lex lex;

    lex_init(&lex, text);
    bool ok = lfield_parse(&lex, world.symtab, f) && lex_force_end(&lex);
    *error = lex_steal_error(&lex);
    lex_uninit(&lex);
    return ok;
}

static void
written(void **state)
{
    static const struct {
        const char *text;
        const char *want; /* NULL: the same. */
        int ofs, width;
    } cases[] = {
        { "reg0", NULL, 0, 32 },
        { "reg0[0..31]", "reg0", 0, 32 },
        { "reg0[5]", NULL, 5, 1 },
        { "reg0[5..5]", "reg0[5]", 5, 1 },
        { "xxreg1[64..127]", NULL, 64, 64 },
        { "vlan.vid", NULL, 0, 12 },
        { "ct_label.label[4..7]", NULL, 4, 4 },
        { "inport", NULL, 0, 0 },
        { "eth.type", NULL, 0, 16 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ds ds = DS_EMPTY_INITIALIZER;
        struct lfield f, again;
        char *error;

        assert_case(parse(cases[i].text, &f, &error), "%s: %s",
                    cases[i].text, error);
        assert_case(f.ofs == cases[i].ofs && f.width == cases[i].width,
                    "%s: %d, %d", cases[i].text, f.ofs, f.width);
        lfield_format(&f, &ds);
        assert_string_equal(ds_cstr(&ds), cases[i].want ? cases[i].want
                                          : cases[i].text);
        assert_true(parse(ds_cstr(&ds), &again, &error));
        assert_true(lfield_equals(&f, &again));
        ds_destroy(&ds);
    }
}

static void
refused(void **state)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        { "", "expected field name" },
        { "5", "expected field name" },
        { "nosuch", "expected field name" },
        { "ip4", "expected field name" },
        { "reg0[32]", "reg0 has only 32 bits, not bit 32" },
        { "reg0[5..4]", "are in the wrong order" },
        { "reg0[]", "expected" },
        { "reg0[1", "expected" },
        { "reg0[1..]", "expected" },
        { "reg0[0x100000000]", "expected" },
        { "inport[0]", "string field inport has no bits" },
        { "ip.proto[0]", "nominal field ip.proto has no bits" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct lfield f;
        char *error;

        assert_case(!parse(cases[i].text, &f, &error), "%s", cases[i].text);
        assert_case(error && strstr(error, cases[i].error), "%s: %s",
                    cases[i].text, error);
        free(error);
    }
}

static bool
is_packet_field(const struct symbol *symbol)
{
    return symbol->type == SYMBOL_FIELD;
}

/* Writing changes the field, and only bits that lfield_unwildcard() names. */
static void
read_and_write(void **state)
{
    struct dice dice = { 31 };

    for (size_t i = 0; i < symtab_n(world.symtab); i++) {
        const struct symbol *symbol = symtab_get(world.symtab, i);

        if (!is_packet_field(symbol)) {
            continue;
        }
        for (int j = 0; j < 20; j++) {
            struct lfield f = { .symbol = symbol, .width = symbol->width };
            ovs_u128 value = {
                .u64 = { .hi = j & 1 ? UINT64_MAX : 0,
                         .lo = dice_roll(&dice, UINT32_MAX) },
            };
            struct flow_wildcards wc;
            struct flow before, after;

            if (symbol->level == LEVEL_ORDINAL && f.width > 1 && j & 2) {
                f.ofs = dice_roll(&dice, f.width);
                f.width = 1 + dice_roll(&dice, f.width - f.ofs);
            }
            value = ovs_u128_and(value, u128_ones(symbol->is_string ? 32
                                                  : f.width));
            if (!lfield_can_be(&f, value)) {
                continue;
            }
            lflow_world_random_flow(&dice, &before);
            after = before;
            lfield_write(&f, value, &after);
            assert_case(ovs_u128_equals(lfield_read(&f, &after), value),
                        "%s[%d, %d]", symbol->name, f.ofs, f.width);
            flow_wildcards_init_catchall(&wc);
            lfield_unwildcard(&f, &wc);
            for (size_t k = 0; k < sizeof before; k++) {
                uint8_t b = ((uint8_t *) &before)[k];
                uint8_t a = ((uint8_t *) &after)[k];
                uint8_t m = ((uint8_t *) &wc.masks)[k];

                assert_case(!((a ^ b) & ~m), "%s[%d, %d] at byte %"PRIuSIZE,
                            symbol->name, f.ofs, f.width, k);
            }
        }
    }
}

static void
possible_values(void **state)
{
    struct lfield f;
    char *error;

    assert_true(parse("arp.op", &f, &error));
    assert_true(lfield_can_be(&f, (ovs_u128) { .u64 = { .lo = 255 } }));
    assert_false(lfield_can_be(&f, (ovs_u128) { .u64 = { .lo = 256 } }));
    assert_true(parse("reg0", &f, &error));
    assert_true(lfield_can_be(&f, (ovs_u128) { .u64 = { .lo = UINT32_MAX }}));
}

static int
set_up(void **state)
{
    lflow_world_init(&world);
    return 0;
}

static int
tear_down(void **state)
{
    lflow_world_uninit(&world);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written),
        cmocka_unit_test(refused),
        cmocka_unit_test(read_and_write),
        cmocka_unit_test(possible_values),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
