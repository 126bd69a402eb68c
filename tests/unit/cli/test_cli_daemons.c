#include "unit.h"

#include "cleanup.h"
#include "cli_daemons.h"

static char *
format(const char *text)
{
    struct json *json OWNED_JSON = json_from_string(text);
    struct ds out = DS_EMPTY_INITIALIZER;

    cli_daemons_format(json, 2, &out);
    return ds_steal_cstr(&out);
}

static void
objects_of_scalars_take_one_line(void **state OVS_UNUSED)
{
    char *s OWNED_STRING = format(
        "{\"role\": \"hold\", \"wakes\": 3, \"error\": null,"
        " \"switch\": {\"flows\": 2, \"connected\": true}}");

    assert_string_equal(s, "  error: -\n"
                           "  role: hold\n"
                           "  switch: connected yes, flows 2\n"
                           "  wakes: 3\n");
}

static void
deeper_objects_are_indented(void **state OVS_UNUSED)
{
    char *s OWNED_STRING = format(
        "{\"custody\": {\"dropped\": {\"VIP_FULL\": 1}, \"held\": 0}}");

    assert_string_equal(s, "  custody:\n"
                           "    dropped: VIP_FULL 1\n"
                           "    held: 0\n");
}

static void
arrays_of_objects_become_tables(void **state OVS_UNUSED)
{
    char *s OWNED_STRING = format(
        "{\"held\": [{\"vip\": \"10.0.0.1:80\", \"packets\": 1},"
        " {\"vip\": \"10.0.0.2:80\", \"bytes\": 60}], \"jobs\": []}");

    assert_string_equal(s, "  held:\n"
                           "    bytes  packets  vip\n"
                           "    -      1        10.0.0.1:80\n"
                           "    60     -        10.0.0.2:80\n"
                           "  jobs: none\n");
}

static void
anything_else_is_shown_as_it_is(void **state OVS_UNUSED)
{
    char *list OWNED_STRING = format("[1, \"a\"]");
    char *empty OWNED_STRING = format("[{}, {}]");
    char *dirty OWNED_STRING = format("{\"a\\n\": \"\\u001b[2J\"}");

    assert_string_equal(list, "  [1,\"a\"]\n");
    assert_string_equal(empty, "");
    assert_string_equal(dirty, "  a?: ?[2J\n");
}

static void
a_very_deep_object_comes_to_an_end(void **state OVS_UNUSED)
{
    struct ds text OWNED_DS = DS_EMPTY_INITIALIZER;

    for (int i = 0; i < 100; i++) {
        ds_put_cstr(&text, "{\"a\": ");
    }
    ds_put_cstr(&text, "1");
    ds_put_char_multiple(&text, '}', 100);

    char *s OWNED_STRING = format(ds_cstr(&text));
    assert_non_null(s);
}

static bool
is_healthy(const char *text)
{
    struct json *json OWNED_JSON = json_from_string(text);

    return cli_daemon_is_healthy(&(struct cli_daemon) { .status = json });
}

static void
a_lost_connection_is_a_fault_wherever_it_stands(void **state OVS_UNUSED)
{
    assert_true(is_healthy("{\"a\": {\"connected\": true}, \"b\": false}"));
    assert_false(is_healthy("{\"connected\": false}"));
    assert_false(is_healthy("{\"a\": {\"b\": {\"connected\": false}}}"));
    assert_false(cli_daemon_is_healthy(&(struct cli_daemon) {
        .status = NULL }));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_of_scalars_take_one_line),
        cmocka_unit_test(deeper_objects_are_indented),
        cmocka_unit_test(arrays_of_objects_become_tables),
        cmocka_unit_test(anything_else_is_shown_as_it_is),
        cmocka_unit_test(a_very_deep_object_comes_to_an_end),
        cmocka_unit_test(a_lost_connection_is_a_fault_wherever_it_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
