#include "unit.h"

#include "cleanup.h"
#include "cli_table.h"

static const char *const headers[] = { "NAME", "STATE", "ERROR" };

/* Formats cells, row by row up to a NULL. */
static char *
format(const char *const cells[], size_t max_width)
{
    struct ds out = DS_EMPTY_INITIALIZER;
    struct cli_table table;

    cli_table_init(&table, headers, ARRAY_SIZE(headers));
    for (size_t i = 0; cells[i]; i++) {
        cli_table_put(&table, cells[i]);
    }
    cli_table_format(&table, max_width, &out);
    cli_table_uninit(&table);
    return ds_steal_cstr(&out);
}

static void
columns_are_as_wide_as_their_content(void **state OVS_UNUSED)
{
    const char *cells[] = { "web", "asleep", "", "database", "awake", "none",
                            NULL };
    char *s OWNED_STRING = format(cells, 0);

    assert_string_equal(s, "NAME      STATE   ERROR\n"
                           "web       asleep\n"
                           "database  awake   none\n");
}

static void
no_rows_leave_the_headers(void **state OVS_UNUSED)
{
    const char *cells[] = { NULL };
    char *s OWNED_STRING = format(cells, 10);

    assert_string_equal(s, "NAME  STATE  ERROR\n");
}

static void
the_widest_column_gives_way(void **state OVS_UNUSED)
{
    const char *cells[] = { "web", "failed",
                            "container \"x\" does not exist", NULL };
    char *s OWNED_STRING = format(cells, 30);

    assert_string_equal(s, "NAME  STATE   ERROR\n"
                           "web   failed  container \"x\"...\n");
}

static void
no_column_becomes_too_narrow(void **state OVS_UNUSED)
{
    const char *cells[] = { "a-long-name", "a-long-state", "a-long-error",
                            NULL };
    char *s OWNED_STRING = format(cells, 5);

    assert_string_equal(s, "NAME    STATE   ERROR\n"
                           "a-l...  a-l...  a-l...\n");
}

static void
characters_count_and_not_bytes(void **state OVS_UNUSED)
{
    const char *cells[] = { "m\xc3\xa4\xc3\xb6", "x", "y", "abcd", "x", "y",
                            NULL };
    char *s OWNED_STRING = format(cells, 0);

    assert_string_equal(s, "NAME  STATE  ERROR\n"
                           "m\xc3\xa4\xc3\xb6   x      y\n"
                           "abcd  x      y\n");
}

static void
characters_are_not_cut_in_half(void **state OVS_UNUSED)
{
    const char *cells[] = { "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
                            "\xc3\xa4\xc3\xa4\xc3\xa4", "x", "y", NULL };
    char *s OWNED_STRING = format(cells, 20);

    assert_string_equal(s, "NAME    STATE  ERROR\n"
                           "\xc3\xa4\xc3\xa4\xc3\xa4...  x      y\n");
}

static void
control_characters_are_replaced(void **state OVS_UNUSED)
{
    const char *cells[] = { "a\nb", "\x1b[2J", "\x7f", NULL };
    char *s OWNED_STRING = format(cells, 0);

    assert_string_equal(s, "NAME  STATE  ERROR\n"
                           "a?b   ?[2J   ?\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_wide_as_their_content),
        cmocka_unit_test(no_rows_leave_the_headers),
        cmocka_unit_test(the_widest_column_gives_way),
        cmocka_unit_test(no_column_becomes_too_narrow),
        cmocka_unit_test(characters_count_and_not_bytes),
        cmocka_unit_test(characters_are_not_cut_in_half),
        cmocka_unit_test(control_characters_are_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
