#include "sops.h"

#include "cleanup.h"
#include "unit.h"

static const struct uuid ONE = { { 1, 0, 0, 0 } };
#define ID "00000001-0000-0000-0000-000000000000"

/* What would be sent. */
static char *
take(struct sops *ops, size_t n_pieces)
{
    struct json *params OWNED_JSON = sops_take(ops, "DB", n_pieces);

    return json_to_string(params, 0);
}

static void
assert_taken(struct sops *ops, size_t n_pieces, const char *wanted)
{
    char *taken OWNED_STRING = take(ops, n_pieces);
    struct json *parsed OWNED_JSON = json_from_string(taken);

    assert_string_equal(taken, wanted);
    assert_case(parsed->type == JSON_ARRAY, "%s", taken);
}

static struct json *
name_row(const char *name)
{
    struct json *row = json_object_create();

    json_object_put_string(row, "name", name);
    return row;
}

static void
test_each_operation(void **state OVS_UNUSED)
{
    struct json *row OWNED_JSON = name_row("a \"b\"");
    struct sops ops;

    sops_init(&ops);
    assert_true(sops_is_empty(&ops));
    assert_taken(&ops, SIZE_MAX, "[\"DB\"]");
    sops_insert(&ops, "T", &ONE, row);
    sops_update(&ops, "T", &ONE, row);
    sops_delete(&ops, "T", &ONE);
    sops_put(&ops, "G", false, row);
    sops_put(&ops, "G", true, row);
    assert_false(sops_is_empty(&ops));
    assert_taken(
        &ops, SIZE_MAX,
        "[\"DB\","
        "{\"op\":\"insert\",\"table\":\"T\",\"uuid\":\"" ID "\","
        "\"row\":{\"name\":\"a \\\"b\\\"\"}},"
        "{\"op\":\"update\",\"table\":\"T\",\"where\":"
        "[[\"_uuid\",\"==\",[\"uuid\",\"" ID "\"]]],"
        "\"row\":{\"name\":\"a \\\"b\\\"\"}},"
        "{\"op\":\"delete\",\"table\":\"T\",\"where\":"
        "[[\"_uuid\",\"==\",[\"uuid\",\"" ID "\"]]]},"
        "{\"op\":\"insert\",\"table\":\"G\","
        "\"row\":{\"name\":\"a \\\"b\\\"\"}},"
        "{\"op\":\"update\",\"table\":\"G\",\"where\":[],"
        "\"row\":{\"name\":\"a \\\"b\\\"\"}}]");
    assert_true(sops_is_empty(&ops));
    sops_clear(&ops);
}

/* What users write into names and matches comes out as it was. */
static void
test_flow(void **state OVS_UNUSED)
{
    struct hmap table = HMAP_INITIALIZER(&table);
    struct cdps *dps = xzalloc(sizeof *dps + sizeof(struct uuid));
    struct sops ops;

    dps->table = &table;
    dps->n = 1;
    dps->uuids[0] = ONE;
    sops_init(&ops);
    sops_insert_flow(&ops, &ONE, &(struct cflow) {
        .dps = dps,
        .stage = LS_IN_PRE_LB,
        .priority = 130,
        .match = "inport == \"\\u00e4\n\"",
        .actions = "next;",
        .meter = "m",
        .port = "p\"1",
        .hint = { { 0xabc, 0, 0, 0 } },
    });

    char *taken OWNED_STRING = take(&ops, 1);
    assert_string_equal(
        taken,
        "[\"DB\",{\"op\":\"insert\",\"table\":\"Logical_Flow\","
        "\"uuid\":\"" ID "\",\"row\":{"
        "\"logical_datapath\":[\"uuid\",\"" ID "\"],"
        "\"pipeline\":\"ingress\",\"table_id\":5,\"priority\":130,"
        "\"match\":\"inport == \\\"\\\\u00e4\\n\\\"\","
        "\"actions\":\"next;\",\"controller_meter\":\"m\","
        "\"tags\":[\"map\",[[\"in_out_port\",\"p\\\"1\"]]],"
        "\"external_ids\":[\"map\",[[\"stage-hint\",\"00000abc\"],"
        "[\"stage-name\",\"ls_in_pre_lb\"]]]}}]");
    free(dps);
}

static void
add_long(struct sops *ops, char letter)
{
    char *text OWNED_STRING = xmalloc(SOPS_PIECE_SIZE + 1);

    memset(text, letter, SOPS_PIECE_SIZE);
    text[SOPS_PIECE_SIZE] = '\0';
    struct json *row OWNED_JSON = name_row(text);
    sops_insert(ops, "T", &ONE, row);
}

/* The first letters of the long names in the first piece. */
static void
assert_piece(struct sops *ops, const char *letters)
{
    char *taken OWNED_STRING = take(ops, 1);
    const char *p = taken;

    for (; *letters; letters++) {
        p = strstr(p, "\"name\":\"");
        assert_non_null(p);
        p += strlen("\"name\":\"");
        assert_int_equal(*p, *letters);
    }
    assert_null(strstr(p, "\"name\""));
}

static void
test_pieces(void **state OVS_UNUSED)
{
    struct json *row OWNED_JSON = name_row("s");
    struct sops ops, more;

    sops_init(&ops);
    sops_init(&more);
    sops_insert(&ops, "T", &ONE, row);
    add_long(&ops, 'a');
    add_long(&ops, 'b');
    ops.joined = true;
    add_long(&ops, 'c');
    add_long(&ops, 'd');
    sops_insert(&more, "T", &ONE, row);
    sops_append(&ops, &more);
    assert_true(sops_is_empty(&more));
    assert_int_equal(ops.n_pieces, 4);
    assert_piece(&ops, "sa");
    assert_piece(&ops, "bc");
    assert_int_equal(ops.n_pieces, 2);
    assert_piece(&ops, "d");
    assert_piece(&ops, "s");
    assert_true(sops_is_empty(&ops));

    /* Whatever is left goes. */
    add_long(&ops, 'e');
    sops_clear(&ops);
    assert_true(sops_is_empty(&ops));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_operation),
        cmocka_unit_test(test_flow),
        cmocka_unit_test(test_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
