#include "unit.h"

#include "cleanup.h"
#include "dbfile.h"

static char *dir;

static char *
write_file(const char *name, const char *text)
{
    char *path = xasprintf("%s/%s", dir, name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static void
versions_compare(void **state OVS_UNUSED)
{
    static const struct {
        const char *a, *b;
        int sign;
    } cases[] = {
        { "7.0.0", "7.0.0", 0 },  { "7.0.0", "7.0.1", -1 },
        { "7.10.0", "7.9.9", 1 }, { "20.27.0", "7.0.0", 1 },
        { "7", "7.0", -1 },       { "", "1.0.0", -1 },
        { "x", "y", 0 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int cmp = dbfile_compare_versions(cases[i].a, cases[i].b);
        int back = dbfile_compare_versions(cases[i].b, cases[i].a);

        assert_case((cmp > 0) - (cmp < 0) == cases[i].sign
                    && (back > 0) - (back < 0) == -cases[i].sign,
                    "%s and %s: %d, %d", cases[i].a, cases[i].b, cmp, back);
    }
}

static char *
database_text(const char *name, const char *version)
{
    char *json OWNED_STRING = xasprintf(
        "{\"name\":\"%s\",\"version\":\"%s\",\"tables\":{}}", name, version);

    return xasprintf("OVSDB JSON %"PRIuSIZE" 0123456789\n%s\nOVSDB JSON 2 0\n"
                     "{}", strlen(json), json);
}

static void
files_are_told_apart(void **state OVS_UNUSED)
{
    char *schema OWNED_STRING = write_file(
        "db.ovsschema", "{\"name\": \"DB\", \"version\": \"2.0.0\"}");
    char *current OWNED_STRING = database_text("DB", "2.0.0");
    char *newer OWNED_STRING = database_text("DB", "2.1.0");
    char *old OWNED_STRING = database_text("DB", "1.9.9");
    char *other OWNED_STRING = database_text("Other", "2.0.0");
    const struct {
        const char *text;
        enum dbfile_state state;
    } cases[] = {
        { current, DBFILE_CURRENT },
        { newer, DBFILE_CURRENT },
        { old, DBFILE_OLD },
        { other, DBFILE_FOREIGN },
        { "OVSDB CLUSTER 10 0\n{}", DBFILE_CURRENT },
        { "", DBFILE_FOREIGN },
        { "my diary\n", DBFILE_FOREIGN },
        { "OVSDB JSON 99999999999 0\n{}", DBFILE_FOREIGN },
        { "OVSDB JSON 40 0\n{}", DBFILE_FOREIGN },
        { "OVSDB JSON 2 0\n[]\n", DBFILE_FOREIGN },
        { "OVSDB JSON -1 0\n[]\n", DBFILE_FOREIGN },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *path OWNED_STRING = write_file("file", cases[i].text);
        enum dbfile_state found = dbfile_check(path, schema);

        assert_case(found == cases[i].state, "case %"PRIuSIZE": %d, not %d",
                    i, found, cases[i].state);
    }
    assert_int_equal(dbfile_check("/no/such/file", schema), DBFILE_MISSING);
}

static void
schemas_are_found_in_order(void **state OVS_UNUSED)
{
    struct svec dirs = SVEC_EMPTY_INITIALIZER;
    char *option OWNED_STRING = xasprintf("/nowhere:%s", dir);
    char *own OWNED_STRING = write_file("x.ovsschema", "{}");
    char *error = NULL;

    dbfile_schema_dirs(option, &dirs);
    char *found OWNED_STRING = dbfile_find_schema(&dirs, "x", &error);
    assert_string_equal(found, own);
    assert_null(error);
    assert_null(dbfile_find_schema(&dirs, "vswitch", &error));
    assert_non_null(strstr(error, "openvswitch-switch"));
    assert_non_null(strstr(error, "/nowhere/openvswitch"));
    free(error);
    svec_destroy(&dirs);

    /* Those of the tests, by the environment. */
    svec_init(&dirs);
    dbfile_schema_dirs(NULL, &dirs);
    char *nb OWNED_STRING = dbfile_find_schema(&dirs, "ovn-nb", &error);
    assert_non_null(nb);
    svec_destroy(&dirs);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_compare),
        cmocka_unit_test(files_are_told_apart),
        cmocka_unit_test(schemas_are_found_in_order),
    };
    char template[] = "/tmp/rouse-unit-XXXXXX";

    dir = mkdtemp(template);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char *command OWNED_STRING = xasprintf("rm -r %s", dir);
    return system(command) ? 1 : failed;
}
