/* Tokens, and the places of errors. */

#include "unit.h"

#include "lex.h"

/* The kinds of tokens in a text, by their names. */
static char *
kinds(const char *text)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct lex lex;

    for (lex_init(&lex, text); lex.token.type != LEX_END; lex_next(&lex)) {
        ds_put_format(&s, "%s ", lex_type_name(lex.token.type));
    }
    if (lex.error) {
        ds_put_cstr(&s, lex.error);
    }
    lex_uninit(&lex);
    ds_chomp(&s, ' ');
    return ds_steal_cstr(&s);
}

static void
tokens(void **state)
{
    static const struct {
        const char *text;
        const char *kinds;
    } cases[] = {
        { "", "" },
        { " /* a */ // b", "" },
        { "ip4.src", "identifier" },
        { "$as @pg \"x y\"", "$address_set @port_group string" },
        { "== != <= >= < > ! && ||", "== != <= >= < > ! && ||" },
        { "a<->b--;c=d", "identifier <-> identifier -- ; identifier = "
                         "identifier" },
        { "reg0[0..5]", "identifier [ integer .. integer ]" },
        { "10.0.0.3:80", "integer : integer" },
        { "[fd00::1]:80", "[ integer ] : integer" },
        { "10.0.0.0/8 0x1/1 fe80::/10", "masked integer masked integer masked "
                                        "integer" },
        { "5/* half */ 6//", "integer integer" },
        { "face face:1", "identifier identifier : integer" },
        { "ip.ttl--;", "identifier -- ;" },
        { "a\n ?", "identifier line 2, column 2: unexpected character '?'" },
        { "\"\\q\"", "line 1, column 1: bad string: bad escape \\q" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *found = kinds(cases[i].text);

        assert_case(!strcmp(found, cases[i].kinds), "%s: %s", cases[i].text,
                    found);
        free(found);
    }
}

static void
values_are_handed_out(void **state)
{
    struct lex lex;
    uint64_t number;
    char *text;

    lex_init(&lex, "4000 \"a\" name 5");
    assert_true(lex_force_uint(&lex, 4000, &number));
    assert_int_equal(number, 4000);
    assert_true(lex_force_string(&lex, &text));
    assert_string_equal(text, "a");
    free(text);
    assert_false(lex_match_id(&lex, "other"));
    assert_int_equal(lex_peek(&lex), LEX_INTEGER);
    assert_true(lex_take_id(&lex, &text));
    assert_string_equal(text, "name");
    free(text);
    assert_false(lex_force_uint(&lex, 4, &number));
    assert_false(lex_force_end(&lex));
    assert_string_equal(lex.error,
                        "line 1, column 15: expected an integer up to 4");
    lex_uninit(&lex);
}

/* The first error is the one that counts, and nothing is read behind it. */
static void
first_error_stays(void **state)
{
    struct lex lex;

    lex_init(&lex, "a ? b");
    lex_next(&lex);
    assert_int_equal(lex.token.type, LEX_END);
    assert_false(lex_force(&lex, LEX_ID));
    assert_false(lex_error(&lex, "another"));
    char *error = lex_steal_error(&lex);
    assert_string_equal(error, "line 1, column 3: unexpected character '?'");
    free(error);
    lex_uninit(&lex);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens),
        cmocka_unit_test(values_are_handed_out),
        cmocka_unit_test(first_error_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
