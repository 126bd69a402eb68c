#include "nb_world.h"

#include "cleanup.h"
#include "tables_sink.h"
#include "unit.h"

static size_t
count(const struct json *tables, const char *table)
{
    const struct json *rows = shash_find_data(json_object(tables), table);

    return rows ? json_array(rows)->n : 0;
}

/* Flows and rows in their tables, with their UUIDs. */
static void
test_tables(void **state OVS_UNUSED)
{
    struct json *tables OWNED_JSON = json_object_create();
    const struct csink sink = tables_sink(tables);
    size_t cursor = 0;
    struct nb_world w;

    nb_world_init(&w);
    struct uuid uuid = nb_world_add_switch(&w, "sw0")->header_.uuid;
    nb_world_compile(&w);
    compile_tell(w.compile, &sink, SIZE_MAX, &cursor);
    assert_int_equal(count(tables, "Logical_Flow"), shash_count(&w.flows));
    assert_int_equal(count(tables, "Datapath_Binding"), 1);

    char *text OWNED_STRING = json_to_string(tables, JSSF_SORT);
    char *id OWNED_STRING = xasprintf(
        "\"_uuid\":[\"uuid\",\"" UUID_FMT "\"],\"external_ids\"",
        UUID_ARGS(&uuid));
    assert_non_null(strstr(text, id));
    assert_non_null(strstr(text, "\"pipeline\":\"ingress\""));
    nb_world_uninit(&w);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
