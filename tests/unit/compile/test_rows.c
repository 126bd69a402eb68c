#include "rows.h"

#include "unit.h"

static void
assert_row(struct json *row, const char *expected)
{
    char *text = json_to_string(row, JSSF_SORT);

    assert_string_equal(text, expected);
    free(text);
    json_destroy(row);
}

static void
test_columns(void **state OVS_UNUSED)
{
    struct uuid uuids[2] = { { { 1, 2, 3, 4 } }, { { 5, 6, 7, 8 } } };
    char *strings[] = { "b", "a", "b" };
    struct smap map = SMAP_INITIALIZER(&map);
    struct json *row = json_object_create();

    row_put_string(row, "s", "x\"y");
    row_put_optional(row, "none", NULL);
    row_put_optional(row, "empty", "");
    row_put_optional(row, "some", "z");
    row_put_integer(row, "i", -7);
    row_put_bool(row, "b", true);
    assert_row(row, "{\"b\":true,\"empty\":[\"set\",[]],\"i\":-7,"
                    "\"none\":[\"set\",[]],\"s\":\"x\\\"y\",\"some\":\"z\"}");

    row = json_object_create();
    row_put_uuid(row, "u", uuids);
    row_put_uuids(row, "us", uuids, 2);
    row_put_uuids(row, "v", NULL, 0);
    assert_row(row, "{\"u\":[\"uuid\",\"00000001-0000-0002-0000-"
                    "000300000004\"],\"us\":[\"set\",[[\"uuid\",\"00000001-"
                    "0000-0002-0000-000300000004\"],[\"uuid\",\"00000005-"
                    "0000-0006-0000-000700000008\"]]],\"v\":[\"set\",[]]}");

    /* In order, whatever the order was, and each once. */
    row = json_object_create();
    row_put_strings(row, "set", strings, 3);
    smap_add(&map, "k2", "v");
    smap_add(&map, "k1", "");
    row_put_map(row, "map", &map);
    smap_destroy(&map);
    assert_row(row, "{\"map\":[\"map\",[[\"k1\",\"\"],[\"k2\",\"v\"]]],"
                    "\"set\":[\"set\",[\"a\",\"b\"]]}");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
