#include "unit.h"

#include "cleanup.h"
#include "service_policy.h"

static const struct uuid lb = { .parts = { 1, 2, 3, 4 } };

static void
add_all(struct smap *map, const char *const pairs[][2])
{
    smap_init(map);
    for (size_t i = 0; pairs[i][0]; i++) {
        smap_add(map, pairs[i][0], pairs[i][1]);
    }
}

static void
a_policy_is_read_as_it_was_written(void **state OVS_UNUSED)
{
    const char *const vip_pairs[][2] = {
        { "192.168.1.100:80", "10.0.0.3:80" }, { "[fd00::1]:80", "" },
        { "nonsense", "" }, { NULL, NULL },
    };
    const char *const id_pairs[][2] = {
        { "rouse-driver", "exec" }, { "rouse-idle-after", "30" },
        { "rouse-ignore-from", "10.0.0.0/8, \"quoted\"" }, { NULL, NULL },
    };
    struct smap vips OWNED_SMAP, ids OWNED_SMAP;
    struct service_policy policy, again;
    char *why;

    add_all(&vips, vip_pairs);
    add_all(&ids, id_pairs);
    service_policy_init(&policy, &lb, "udp", &vips, &ids);
    assert_false(service_policy_is_empty(&policy));
    assert_int_equal(policy.vips.n, 2);
    assert_null(smap_get(&policy.keys, "rouse-driver"));

    char *text OWNED_STRING = service_policy_to_text(&policy);
    assert_string_equal(text,
                        "{\"protocol\":\"udp\",\"rouse-idle-after\":\"30\","
                        "\"rouse-ignore-from\":\"10.0.0.0/8, \\\"quoted\\\"\","
                        "\"vips\":\"192.168.1.100:80,[fd00::1]:80\"}");
    assert_true(service_policy_from_text(&lb, text, &again, &why));
    assert_true(uuid_equals(&again.lb, &lb));
    assert_string_equal(again.protocol, "udp");
    assert_true(smap_equal(&again.keys, &policy.keys));
    assert_int_equal(again.vips.n, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(endpoint_equals(&again.vips.list[i],
                                    &policy.vips.list[i]));
    }
    service_policy_uninit(&policy);
    service_policy_uninit(&again);
}

static void
a_service_without_keys_has_no_policy(void **state OVS_UNUSED)
{
    const char *const id_pairs[][2] = {
        { "rouse-driver", "exec" }, { "rouse-state", "awake" },
        { NULL, NULL },
    };
    struct smap none = SMAP_INITIALIZER(&none);
    struct smap ids OWNED_SMAP;
    struct service_policy policy;

    add_all(&ids, id_pairs);
    service_policy_init(&policy, &lb, "tcp", &none, &ids);
    assert_true(service_policy_is_empty(&policy));
    service_policy_uninit(&policy);
}

struct bad_case {
    const char *text;
    const char *why;
};

static void
what_is_no_policy_is_refused(void **state OVS_UNUSED)
{
    static const struct bad_case cases[] = {
        { "", "" },
        { "{", "" },
        { "[]", "no JSON object" },
        { "3", "" },
        { "{\"vips\": 3}", "\"vips\" is no string" },
        { "{\"vips\": \"10.0.0.1:80,x\"}", "no list of VIPs" },
        { "{\"rouse-idle-after\": null}", "\"rouse-idle-after\"" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct service_policy policy;
        char *why = NULL;

        assert_case(!service_policy_from_text(&lb, cases[i].text, &policy,
                                              &why), "%s", cases[i].text);
        assert_case(strstr(why, cases[i].why) != NULL, "%s: %s",
                    cases[i].text, why);
        free(why);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_is_read_as_it_was_written),
        cmocka_unit_test(a_service_without_keys_has_no_policy),
        cmocka_unit_test(what_is_no_policy_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
