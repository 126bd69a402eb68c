#include "unit.h"

#include "cleanup.h"
#include "diag.h"

static char *
format(const struct diag *diag)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    diag_format(diag, &ds);
    return ds_steal_cstr(&ds);
}

static void
says_where_what_and_what_to_write_instead(void **state OVS_UNUSED)
{
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;

    assert_true(diag_is_empty(&diag));
    diag_set(&diag, "load balancer", "web", "external_ids:rouse-driver",
             "\"%s\" is no driver", "exce");
    assert_false(diag_is_empty(&diag));
    diag_set_remedy(&diag, "write %s", "exec");

    char *s OWNED_STRING = format(&diag);
    assert_string_equal(s, "load balancer \"web\": "
                           "external_ids:rouse-driver: \"exce\" is no "
                           "driver; write exec");
}

static void
the_first_problem_stays(void **state OVS_UNUSED)
{
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;

    diag_set(&diag, "t", "r", "c", "first");
    diag_set_remedy(&diag, "one");
    diag_set(&diag, "t2", "r2", "c2", "second");
    diag_set_remedy(&diag, "two");

    char *s OWNED_STRING = format(&diag);
    assert_string_equal(s, "t \"r\": c: first; one");
}

static void
parts_may_be_missing(void **state OVS_UNUSED)
{
    struct diag diag = DIAG_INITIALIZER;
    char *s = format(&diag);

    assert_string_equal(s, "no problem");
    free(s);

    diag_set(&diag, NULL, NULL, NULL, "problem");
    s = format(&diag);
    assert_string_equal(s, "problem");
    free(s);

    diag_uninit(&diag);
    diag_set(&diag, "table", NULL, NULL, "problem");
    s = format(&diag);
    assert_string_equal(s, "table: problem");
    free(s);
    diag_uninit(&diag);
}

static void
a_remedy_goes_with_its_problem(void **state OVS_UNUSED)
{
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;

    diag_set(&diag, "t", "r", "c", "first, without a remedy");
    diag_set(&diag, "t", "r", "c", "second");
    diag_set_remedy(&diag, "for the second");
    assert_null(diag.remedy);
}

static void
can_be_used_again_after_uninit(void **state OVS_UNUSED)
{
    struct diag diag = DIAG_INITIALIZER;

    diag_set(&diag, "t", "r", "c", "first");
    diag_set_remedy(&diag, "one");
    diag_uninit(&diag);
    assert_true(diag_is_empty(&diag));
    assert_null(diag.remedy);
    diag_set(&diag, "t", "r", "c", "second");
    assert_string_equal(diag.problem, "second");
    assert_null(diag.remedy);
    diag_uninit(&diag);
    diag_uninit(&diag);
}

static void
nobody_needs_to_want_it(void **state OVS_UNUSED)
{
    diag_set(NULL, "t", "r", "c", "%d", 1);
    diag_set_remedy(NULL, "%d", 1);
}

/* The name of a row is whatever somebody wrote in a database. */
static void
names_are_not_formats(void **state OVS_UNUSED)
{
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;

    diag_set(&diag, "t", "%s%n", "c", "%s", "%s%n");
    char *s OWNED_STRING = format(&diag);
    assert_string_equal(s, "t \"%s%n\": c: %s%n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_where_what_and_what_to_write_instead),
        cmocka_unit_test(the_first_problem_stays),
        cmocka_unit_test(parts_may_be_missing),
        cmocka_unit_test(a_remedy_goes_with_its_problem),
        cmocka_unit_test(can_be_used_again_after_uninit),
        cmocka_unit_test(nobody_needs_to_want_it),
        cmocka_unit_test(names_are_not_formats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
