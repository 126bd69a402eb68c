#include "unit.h"

#include "cleanup.h"
#include "cli_output.h"

static void
text_is_cleaned(void **state OVS_UNUSED)
{
    struct ds ds OWNED_DS = DS_EMPTY_INITIALIZER;

    cli_put_clean(&ds, "a\tb\x1b[0m\x7f \xc3\xa4");
    assert_string_equal(ds_cstr(&ds), "a?b?[0m? \xc3\xa4");
}

static void
lists_become_arrays(void **state OVS_UNUSED)
{
    struct json *json OWNED_JSON = cli_json_list("10.0.0.1:80, 10.0.0.2:80,");
    char *s OWNED_STRING = json_to_string(json, 0);
    struct json *empty OWNED_JSON = cli_json_list("");

    assert_string_equal(s, "[\"10.0.0.1:80\",\"10.0.0.2:80\"]");
    assert_int_equal(json_array(empty)->n, 0);
}

static void
missing_strings_are_null(void **state OVS_UNUSED)
{
    struct json *null OWNED_JSON = cli_json_string(NULL);
    struct json *text OWNED_JSON = cli_json_string("x");

    assert_int_equal(null->type, JSON_NULL);
    assert_string_equal(json_string(text), "x");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_cleaned),
        cmocka_unit_test(lists_become_arrays),
        cmocka_unit_test(missing_strings_are_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
