#include "unit.h"

#include "cleanup.h"
#include "cli_view.h"

#define VIP "10.0.0.100:80"
#define VIP6 "[fd00::100]:80"

/* A service with two VIPs; 'backends' is rouse-backends or NULL. */
static struct nb_service *
service(const char *vip_value, const char *vip6_value, const char *key,
        const char *value)
{
    struct smap ids OWNED_SMAP = SMAP_INITIALIZER(&ids);
    struct smap vips OWNED_SMAP = SMAP_INITIALIZER(&vips);

    smap_add(&vips, VIP, vip_value);
    smap_add(&vips, VIP6, vip6_value);
    smap_add(&ids, "rouse-driver", "exec");
    if (key) {
        smap_add(&ids, key, value);
    }
    return nb_service_parse(&(struct nb_row) {
        .name = "web",
        .vips = &vips,
        .external_ids = &ids,
    });
}

static void
backends_of_sleepers_are_in_parentheses(void **state OVS_UNUSED)
{
    struct nb_service *svc = service("", "[fd00::2]:80", "rouse-backends",
                                     VIP "=10.0.0.2:80");
    char *vips OWNED_STRING = cli_view_vips(svc);
    char *backends OWNED_STRING = cli_view_backends(svc);

    assert_string_equal(vips, VIP "," VIP6);
    assert_string_equal(backends, "(10.0.0.2:80) [fd00::2]:80");
    nb_service_free(svc);
}

static void
unknown_backends_are_empty_parentheses(void **state OVS_UNUSED)
{
    struct nb_service *svc = service("", "", NULL, NULL);
    char *backends OWNED_STRING = cli_view_backends(svc);

    assert_string_equal(backends, "() ()");
    nb_service_free(svc);
}

static void
a_state_that_is_not_recorded_follows_from_the_vips(void **state OVS_UNUSED)
{
    static const struct {
        const char *vip, *key, *value;
        enum service_state state;
    } cases[] = {
        { "", NULL, NULL, SERVICE_ASLEEP },
        { "10.0.0.2:80", NULL, NULL, SERVICE_AWAKE },
        { "10.0.0.2:80", "rouse-state", "nix", SERVICE_AWAKE },
        { "", "rouse-state", "waking", SERVICE_WAKING },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct nb_service *svc = service(cases[i].vip, "[fd00::2]:80",
                                         cases[i].key, cases[i].value);

        assert_case(cli_view_state(svc) == cases[i].state, "case %" PRIuSIZE,
                    i);
        nb_service_free(svc);
    }
}

static void
the_wakes_error_comes_before_the_rows(void **state OVS_UNUSED)
{
    struct nb_service *svc = service("", "", "rouse-hold", "x");
    char *row OWNED_STRING = cli_view_error(svc);

    assert_non_null(row);
    assert_non_null(strstr(row, "rouse-hold"));
    svc->error = xstrdup("gone");
    char *wake OWNED_STRING = cli_view_error(svc);
    assert_string_equal(wake, "gone");
    nb_service_free(svc);

    svc = service("10.0.0.2:80", "[fd00::2]:80", NULL, NULL);
    assert_null(cli_view_error(svc));
    nb_service_free(svc);
}

static void
ages_do_not_become_negative(void **state OVS_UNUSED)
{
    char *none OWNED_STRING = cli_view_age(0, 1000);
    char *future OWNED_STRING = cli_view_age(2000, 1000);
    char *past OWNED_STRING = cli_view_age(1000, 4200);

    assert_string_equal(none, "-");
    assert_string_equal(future, "0 ms");
    assert_string_equal(past, "3.2 s");
}

static void
json_has_what_a_program_needs(void **state OVS_UNUSED)
{
    struct nb_service *svc = service("", "[fd00::2]:80", "rouse-backends",
                                     VIP "=10.0.0.2:80");
    struct json *json OWNED_JSON = cli_view_service_json(svc);
    char *s OWNED_STRING = json_to_string(json, JSSF_SORT);

    assert_non_null(strstr(s, "\"saved_backends\":{\"" VIP
                              "\":[\"10.0.0.2:80\"]}"));
    assert_non_null(strstr(s, "\"state\":\"asleep\""));
    assert_non_null(strstr(s, "\"since\":null"));
    assert_non_null(strstr(s, "\"drain_s\":2"));
    nb_service_free(svc);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backends_of_sleepers_are_in_parentheses),
        cmocka_unit_test(unknown_backends_are_empty_parentheses),
        cmocka_unit_test(a_state_that_is_not_recorded_follows_from_the_vips),
        cmocka_unit_test(the_wakes_error_comes_before_the_rows),
        cmocka_unit_test(ages_do_not_become_negative),
        cmocka_unit_test(json_has_what_a_program_needs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
