/* Rows as JSON, whatever is in them. */

#include "unit.h"

#include "row.h"

static struct json *row;

static int
set_up(void **state)
{
    row = json_from_string(
        "{\"_uuid\": [\"uuid\", \"u1\"], \"name\": \"n\", \"key\": 7, "
        "\"real\": 7.5, \"flag\": true, \"null\": null, "
        "\"set\": [\"set\", [\"a\", [\"uuid\", \"u2\"], 5, \"b\"]], "
        "\"empty\": [\"set\", []], \"bad_set\": [\"set\", 5], "
        "\"map\": [\"map\", [[\"k\", \"v\"], [\"n\", 5], [\"x\"], 7, "
        "[[\"uuid\", \"u3\"], [\"uuid\", \"u4\"]]]], "
        "\"bad_map\": [\"map\", {}], \"odd\": [\"map\"], \"array\": [1, 2]}");
    return row->type != JSON_OBJECT;
}

static int
tear_down(void **state)
{
    json_destroy(row);
    return 0;
}

static void
columns(void **state)
{
    struct json *array = json_array_create_empty();

    assert_non_null(row_column(row, "name"));
    assert_null(row_column(row, "nosuch"));
    assert_null(row_column(array, "name"));
    json_destroy(array);
}

static void
arrays(void **state)
{
    assert_int_equal(row_array_n(row_column(row, "array")), 2);
    assert_int_equal(row_array_n(row_column(row, "map")), 2);
    assert_int_equal(row_array_n(row_column(row, "name")), 0);
    assert_int_equal(row_array_n(row_column(row, "nosuch")), 0);
}

static void
strings(void **state)
{
    assert_string_equal(row_string(row, "name"), "n");
    assert_string_equal(row_string(row, "_uuid"), "u1");
    assert_string_equal(row_string(row, "set"), "a");
    assert_string_equal(row_string(row, "empty"), "");
    assert_string_equal(row_string(row, "nosuch"), "");
    assert_string_equal(row_string(row, "key"), "");
    assert_string_equal(row_string(row, "null"), "");
    assert_string_equal(row_string(row, "array"), "");
}

static void
sets(void **state)
{
    char **list;

    assert_int_equal(row_strings(row, "set", &list), 3);
    assert_string_equal(list[0], "a");
    assert_string_equal(list[1], "u2");
    assert_string_equal(list[2], "b");
    free(list);
    assert_int_equal(row_strings(row, "name", &list), 1);
    free(list);
    assert_int_equal(row_strings(row, "bad_set", &list), 0);
    free(list);
    assert_int_equal(row_strings(row, "nosuch", &list), 0);
    free(list);
}

static void
integers(void **state)
{
    assert_int_equal(row_integer(row, "key"), 7);
    assert_int_equal(row_integer(row, "real"), -1);
    assert_int_equal(row_integer(row, "name"), -1);
    assert_int_equal(row_integer(row, "nosuch"), -1);
    assert_int_equal(row_integer(row, "set"), -1);
}

static void
booleans(void **state)
{
    assert_true(row_boolean(row, "flag"));
    assert_false(row_boolean(row, "key"));
    assert_false(row_boolean(row, "null"));
    assert_false(row_boolean(row, "nosuch"));
}

static void
maps(void **state)
{
    assert_string_equal(row_map_get(row, "map", "k"), "v");
    assert_string_equal(row_map_get(row, "map", "u3"), "u4");
    assert_string_equal(row_map_get(row, "map", "n"), "");
    assert_string_equal(row_map_get(row, "map", "x"), "");
    assert_string_equal(row_map_get(row, "bad_map", "k"), "");
    assert_string_equal(row_map_get(row, "odd", "k"), "");
    assert_string_equal(row_map_get(row, "name", "k"), "");
    assert_string_equal(row_map_get(row, "nosuch", "k"), "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns),
        cmocka_unit_test(arrays),
        cmocka_unit_test(strings),
        cmocka_unit_test(sets),     cmocka_unit_test(integers),
        cmocka_unit_test(booleans),
        cmocka_unit_test(maps),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
