/* Names and errors; the connection itself is tested with the driver. */

#include "driver_fixture.h"

#include "systemd_bus.h"

static void
unit_names_are_completed(void **state OVS_UNUSED)
{
    static const char *const cases[][2] = {
        { "web", "web.service" },
        { "web.service", "web.service" },
        { "web.v1", "web.v1.service" },
        { "web.target", "web.target" },
        { "vm@red.service", "vm@red.service" },
        { "vm@red", "vm@red.service" },
        { "a\\x2db", "a\\x2db.service" },
        { "", NULL },
        { ".service", NULL },
        { ".", NULL },
        { "vm@", NULL },
        { "vm@.service", NULL },
        { "@x", NULL },
        { "a b", NULL },
        { "a/b", NULL },
        { "*", NULL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *name = systemd_unit_name(cases[i][0]);
        if (!name != !cases[i][1] || (name && strcmp(name, cases[i][1]))) {
            fail_msg("\"%s\" became \"%s\"", cases[i][0], name);
        }
        free(name);
    }

    char *long_name = xasprintf("%0250d", 1);
    assert_null(systemd_unit_name(long_name));
    free(long_name);
}

static void
errors_are_explained(void **state OVS_UNUSED)
{
    static const struct {
        sd_bus_error error;
        const char *part;
    } cases[] = {
        { SD_BUS_ERROR_MAKE_CONST("org.freedesktop.systemd1.NoSuchUnit", "x"),
          "does not exist on bus system" },
        { SD_BUS_ERROR_MAKE_CONST(SD_BUS_ERROR_SERVICE_UNKNOWN, "x"),
          "no systemd on bus system" },
        { SD_BUS_ERROR_MAKE_CONST(
              SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, "y"),
          "(y); run the waker as root" },
        { SD_BUS_ERROR_MAKE_CONST("some.other.Error", "z"),
          "unit \"web.service\": z" },
        { SD_BUS_ERROR_MAKE_CONST("some.other.Error", NULL),
          "unit \"web.service\": some.other.Error" },
        { SD_BUS_ERROR_NULL, "unit \"web.service\": " },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *s = systemd_bus_explain(&cases[i].error, "web.service",
                                      "system");
        assert_contains(s, cases[i].part);
        free(s);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unit_names_are_completed),
        cmocka_unit_test(errors_are_explained),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
