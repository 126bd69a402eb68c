/* Matches as text: what is understood, what is written out again, and what is
 * said about mistakes. */

#include "unit.h"

#include "lflow_world.h"

static struct lflow_world world;

static char *
format(const struct expr *expr)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    expr_format(expr, &s);
    return ds_steal_cstr(&s);
}

/* Written in one way, formatted in another. */
static void
formats(void **state)
{
    static const struct {
        const char *text;
        const char *formatted; /* NULL: as written. */
    } cases[] = {
        { "1", NULL },
        { "((ip4))", "ip4" },
        { "ip4 && tcp && ip4.src == 10.0.0.1", NULL },
        { "(ip4 && (tcp && (udp)))", "ip4 && tcp && udp" },
        { "(ip4 || ip6) && tcp", NULL },
        { "80 == tcp.dst", "tcp.dst == 80" },
        { "1024 <= tcp.src <= 49151",
          "tcp.src >= 1024 && tcp.src <= 49151" },
        { "ip && 5 > ip6.label >= 2",
          "ip && ip6.label < 5 && ip6.label >= 2" },
        { "reg0[0]", NULL },
        { "!reg0[0..3]", NULL },
        { "!(reg0 || ct.new)", NULL },
        { "!!(!(ct.new))", "!!!ct.new" },
        { "!ct.new && ct.est", NULL },
        { "!(tcp.dst == 80)", NULL },
        { "!(ip4.src == $as || ct.rpl)", NULL },
        { "vlan.present == 0", "!vlan.present" },
        { "vlan.present != 0", "vlan.present" },
        { "ip4.src == 10.0.0.1/24", "ip4.src == 10.0.0.0/24" },
        { "ip4.src == 10.0.0.0/255.0.255.0", NULL },
        { "ip6.src == fe80::/10", NULL },
        { "ip6.dst == {::1, fd00::/8}", NULL },
        { "eth.dst == 01:00:5e:00:00:00/ff:ff:ff:00:00:00", NULL },
        { "eth.dst == A:B:C:D:E:F", "eth.dst == 0a:0b:0c:0d:0e:0f" },
        { "reg0 == {1 2, 0x3, 4/0x7,}", "reg0 == {1, 2, 0x3, 4/7}" },
        { "xxreg0 == 0x0123456789abcdef0123456789abcdef",
          "xxreg0 == 0x123456789abcdef0123456789abcdef" },
        { "inport == {\"a\\\"b\", \"\\u00e9\"}",
          "inport == {\"a\\\"b\", \"\u00e9\"}" },
        { "inport == @pg && outport == {\"x\", @pg}", NULL },
        { "ip4.dst == {$as, 10.0.0.1} /* why */ // because",
          "ip4.dst == {10.0.0.1, $as}" },
        { "is_chassis_resident(\"cr-lr0\") && !is_chassis_resident(\"p\")",
          NULL },
        { "reg0\n==\n1", "reg0 == 1" },
        { "tcp.flags[1] && reg9[16..31] == 5", NULL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *wanted = (cases[i].formatted ? cases[i].formatted
                              : cases[i].text);
        char *error = NULL;
        struct expr *expr = expr_parse(cases[i].text, world.symtab, &error);

        assert_case(expr, "%s: %s", cases[i].text, error);
        char *text = format(expr);
        assert_case(!strcmp(text, wanted), "%s: formatted %s, not %s",
                    cases[i].text, text, wanted);
        free(text);
        expr_free(expr);
    }
}

static void
errors(void **state)
{
    static const struct {
        const char *text;
        const char *error; /* Or its beginning. */
    } cases[] = {
        { "", "line 1, column 1: expected field, constant, \"!\" or \"(\" but "
              "the text ends" },
        { "ip4 &&", "line 1, column 7: expected field" },
        { "ip4 &&\n  foo == 1", "line 2, column 3: expected field name but "
                                "found 'foo'" },
        { "ip4 & reg0[1]", "line 1, column 5: unexpected character '&'" },
        { "ip4 && tcp || udp", "line 1, column 12: && and || together" },
        { "ip4.dst == ^vip_1 && tcp", "line 1, column 12: the template variable "
                                      "^vip_1 is not supported" },
        { "ip4.dst == ^", "line 1, column 12: the template variable ^ is" },
        { "(ip4", "line 1, column 5: expected ) but the text ends" },
        { "ip4)", "line 1, column 4: expected end of text but found ')'" },
        { "tcp.dst", "line 1, column 8: expected relational operator" },
        { "!(!reg0)", "line 1, column 8: expected relational operator" },
        { "tcp.dst == ", "line 1, column 12: expected constant" },
        { "tcp.dst == {}", "line 1, column 13: expected constant" },
        { "tcp.dst == \"x\"", "line 1, column 15: tcp.dst is compared with "
                              "integers" },
        { "inport == 5", "line 1, column 12: inport is compared with names" },
        { "inport == {\"a\", 5}", "line 1, column 19: a set may not contain" },
        { "tcp.dst == 65536", "line 1, column 17: the constant has 17 bits, "
                              "tcp.dst only 16" },
        { "ip4.src == fe80::1", "line 1, column 19: the constant has 128" },
        { "inport != \"x\"", "line 1, column 14: the nominal field inport" },
        { "!(inport == \"x\")", "line 1, column 16: the nominal field" },
        { "ip.proto < 6", "line 1, column 13: the nominal field ip.proto" },
        { "ip.proto == 6/7", "line 1, column 16: the nominal field ip.proto "
                             "knows no masks" },
        { "!ip4", "line 1, column 5: the nominal predicate ip4" },
        { "ip4 == 2", "line 1, column 8: expected an integer up to 1" },
        { "!tcp.dst == 80", "line 1, column 10: put the operand of !" },
        { "tcp.dst < {1, 2}", "line 1, column 17: a set can be compared" },
        { "reg0 < 4/6", "line 1, column 11: a masked constant" },
        { "reg0[32]", "line 1, column 8: reg0 has only 32 bits" },
        { "reg0[3..2]", "line 1, column 10: the bits 3 to 2" },
        { "inport[0]", "line 1, column 7: the string field inport" },
        { "eth.type[0]", "line 1, column 9: the nominal field eth.type" },
        { "1 < reg0 > 3", "line 1, column 12: a range is written" },
        { "reg0 == 010", "line 1, column 9: a decimal number must not" },
        { "reg0 == 18446744073709551616", "line 1, column 9: a decimal" },
        { "reg0 == 0x", "line 1, column 9: no digits behind 0x" },
        { "reg0 == 5x", "line 1, column 9: bad number: '5x'" },
        { "ip4.src == 10.0.0.0/33", "line 1, column 12: the prefix is" },
        { "ip4.src == 10.0.0.0/", "line 1, column 12: expected a mask" },
        { "inport == \"x", "line 1, column 11: the string does not end" },
        { "ip4 /* x", "line 1, column 5: the comment does not end" },
        { "icmp4.frag_mtu == 5", "line 1, column 20: icmp4.frag_mtu can be" },
        { "is_chassis_resident(p)", "line 1, column 21: expected string" },
        { "2", "line 1, column 1: expected an integer up to 1" },
        { "ip4 \x01", "line 1, column 5: unexpected byte 0x01" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *error = NULL;
        struct expr *expr = expr_parse(cases[i].text, world.symtab, &error);

        assert_case(!expr, "%s: no error", cases[i].text);
        assert_case(!strncmp(error, cases[i].error, strlen(cases[i].error)),
                    "%s:\n%s\nnot\n%s", cases[i].text, error, cases[i].error);
        free(error);
    }
}

static void
deep_nesting_is_refused(void **state)
{
    char text[2 * 100000 + 10];
    char *error = NULL;

    memset(text, '(', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_null(expr_parse(text, world.symtab, &error));
    assert_non_null(strstr(error, "nested deeper"));
    free(error);
    memset(text, '!', sizeof text - 1);
    assert_null(expr_parse(text, world.symtab, &error));
    assert_non_null(strstr(error, "nested deeper"));
    free(error);
}

/* Parsed, written, parsed: the same tree. */
static void
check_round_trip(const char *text, void *aux)
{
    char *error = NULL;
    struct expr *first = expr_parse(text, world.symtab, &error);

    assert_case(first, "%s: %s", text, error);
    char *formatted = format(first);
    struct expr *second = expr_parse(formatted, world.symtab, &error);
    assert_case(second, "%s\nwritten as %s:\n%s", text, formatted, error);
    assert_case(expr_equals(first, second), "%s\nis not\n%s", text, formatted);

    struct expr *copy = expr_clone(first);
    assert_true(expr_equals(first, copy));
    expr_free(first);
    assert_true(expr_equals(second, copy));
    expr_free(copy);
    expr_free(second);
    free(formatted);
}

static void
northd_matches(void **state)
{
    size_t n = lflow_world_for_each_line("matches.txt", check_round_trip,
                                         NULL);

    assert_in_range(n, 500, SIZE_MAX);
}

static void
random_matches(void **state)
{
    struct dice dice = { 5 };

    for (int i = 0; i < 2000; i++) {
        char *text = lflow_world_random_match(&dice);

        check_round_trip(text, NULL);
        free(text);
    }
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
        cmocka_unit_test(formats),
        cmocka_unit_test(errors),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(northd_matches),
        cmocka_unit_test(random_matches),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
