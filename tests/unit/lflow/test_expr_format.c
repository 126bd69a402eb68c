/* Matches as text: the same meaning, the same form. */

#include "unit.h"

#include "lflow_world.h"

static struct lflow_world world;

static char *
format(const char *text)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    char *error = NULL;
    struct expr *expr = expr_parse(text, world.symtab, &error);

    assert_case(expr != NULL, "%s: %s", text, error);
    expr_format(expr, &ds);
    expr_free(expr);
    return ds_steal_cstr(&ds);
}

static void
forms(void **state)
{
    static const struct {
        const char *text;
        const char *want; /* NULL: the same. */
    } cases[] = {
        { "1", NULL },
        { "0", NULL },
        { "ip4", NULL },
        { "!eth.bcast", NULL },
        { "! (eth.bcast)", "!eth.bcast" },
        { "ct.new", NULL },
        { "!ct.new", NULL },
        { "ct.new == 1", NULL },
        { "eth.dst[40]", NULL },
        { "tcp.dst==80", "tcp.dst == 80" },
        { "80 == tcp.dst", "tcp.dst == 80" },
        { "!(tcp.dst == 80)", NULL },
        { "tcp.dst == {80,443}", "tcp.dst == {80, 443}" },
        { "tcp.dst == {80}", "tcp.dst == {80}" },
        { "1024 <= tcp.src <= 2048", "tcp.src >= 1024 && tcp.src <= 2048" },
        { "reg0 == 0x10/0xf0", NULL },
        { "ip4.src == 10.0.0.1/8", "ip4.src == 10.0.0.0/8" },
        { "ip6.dst == FD00:0::1", "ip6.dst == fd00::1" },
        { "eth.src == 0:1:2:3:4:5", "eth.src == 00:01:02:03:04:05" },
        { "ip4.src == {$a, 10.0.0.1}", "ip4.src == {10.0.0.1, $a}" },
        { "inport == @pg", NULL },
        { "inport == \"a \\\"b\\\\\"", NULL },
        { "is_chassis_resident(\"p\")", NULL },
        { "!is_chassis_resident(\"p\")", NULL },
        { "ip4 && (tcp || udp) && !(ip.is_frag || reg0 == 1)", NULL },
        { "((ip4)) && ((tcp && udp))", "ip4 && tcp && udp" },
        { "!(!eth.bcast)", "!!eth.bcast" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *text = format(cases[i].text);
        const char *want = cases[i].want ? cases[i].want : cases[i].text;

        assert_case(!strcmp(text, want), "%s became %s", cases[i].text, text);
        free(text);
    }
}

/* Parse, format, parse: the same tree, and the same text for good. */
static void
round_trips(void **state)
{
    struct dice dice = { 23 };

    for (int i = 0; i < 2000; i++) {
        char *text = lflow_world_random_match(&dice);
        char *once = format(text), *twice = format(once);
        char *error = NULL;
        struct expr *a = expr_parse(text, world.symtab, &error);
        struct expr *b = expr_parse(once, world.symtab, &error);

        assert_case(!strcmp(once, twice), "%s\n%s\n%s", text, once, twice);
        assert_case(expr_equals(a, b), "%s\n%s", text, once);
        expr_free(a);
        expr_free(b);
        free(text);
        free(once);
        free(twice);
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
        cmocka_unit_test(forms),
        cmocka_unit_test(round_trips),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
