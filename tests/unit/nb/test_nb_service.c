#include "unit.h"

#include "cleanup.h"
#include "nb.h"

/* A service whose row has these columns, given as "key|value|key|value". */
static struct nb_service *
parse(const char *vips_text, const char *ids_text)
{
    struct smap vips OWNED_SMAP = SMAP_INITIALIZER(&vips);
    struct smap ids OWNED_SMAP = SMAP_INITIALIZER(&ids);
    const struct {
        const char *text;
        struct smap *map;
    } columns[] = { { vips_text, &vips }, { ids_text, &ids } };

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        char *copy OWNED_STRING = xstrdup(columns[i].text);
        char *rest = copy, *key, *value;

        while ((key = strsep(&rest, "|")) && *key
               && (value = strsep(&rest, "|"))) {
            smap_add(columns[i].map, key, value);
        }
    }
    return nb_service_parse(&(struct nb_row) {
        .uuid = { { 1, 2, 3, 4 } },
        .name = "web",
        .vips = &vips,
        .external_ids = &ids,
    });
}

#define EXEC "rouse-driver|exec|"

static void
test_defaults(void **state)
{
    struct nb_service *svc = parse("10.0.0.1:80|", EXEC);

    assert_string_equal(svc->label, "web");
    assert_string_equal(svc->protocol, "tcp");
    assert_string_equal(svc->target, "");
    assert_int_equal(svc->wake_timeout_s, 60);
    assert_int_equal(svc->hold, 1024);
    assert_int_equal(svc->drain_s, 2);
    assert_int_equal(svc->on_fail, ON_FAIL_RESET);
    assert_int_equal(svc->state, SERVICE_UNKNOWN);
    assert_int_equal(svc->request, REQUEST_NONE);
    assert_int_equal(svc->needs.n, 0);
    assert_null(svc->error);
    assert_null(svc->demand);
    assert_true(diag_is_empty(&svc->diag));
    assert_true(nb_service_is_empty(svc));
    assert_false(nb_service_is_restorable(svc));
    nb_service_free(svc);
}

static void
test_no_service(void **state)
{
    assert_null(parse("10.0.0.1:80|", "rouse-target|x|"));
    nb_service_free(NULL);
}

static void
test_all_keys(void **state)
{
    struct nb_service *svc = parse(
        "10.0.0.1:80|172.16.0.1:80|",
        EXEC "rouse-target|run it|rouse-wake-timeout|3600|rouse-hold|1|"
        "rouse-drain|0|rouse-on-fail|drop|rouse-needs|db, cache  db|"
        "rouse-state|failed|rouse-state-since|2026-11-23T00:13:58.123Z|"
        "rouse-error|broken|rouse-request|idle|rouse-demand|1|"
        "rouse-reject|true|rouse-backends|10.0.0.1:80=172.16.0.2:80|");

    assert_string_equal(svc->target, "run it");
    assert_int_equal(svc->wake_timeout_s, 3600);
    assert_int_equal(svc->hold, 1);
    assert_int_equal(svc->drain_s, 0);
    assert_int_equal(svc->on_fail, ON_FAIL_DROP);
    assert_int_equal(svc->needs.n, 2);
    assert_string_equal(svc->needs.names[1], "cache");
    assert_int_equal(svc->state, SERVICE_FAILED);
    assert_true(svc->since_wall_ms == 1795392838123LL);
    assert_string_equal(svc->error, "broken");
    assert_int_equal(svc->request, REQUEST_IDLE);
    assert_string_equal(svc->demand, "1");
    assert_true(svc->reject);
    assert_string_equal(nb_service_saved(svc, "10.0.0.1:80"),
                        "172.16.0.2:80");
    assert_false(nb_service_is_empty(svc));
    assert_true(diag_is_empty(&svc->diag));
    nb_service_free(svc);
}

/* Those of a service that has none of its own are as if they had been read. */
static void
test_policies(void **state)
{
    struct smap none OWNED_SMAP = SMAP_INITIALIZER(&none);
    struct nb_service *svc = parse("10.0.0.1:80||", EXEC);
    const struct nb_policies *shared = svc->policies;
    struct admit_policy admit;
    struct idle_policy idle;

    admit_policy_parse(&none, "web", &admit, NULL);
    assert_false(admit_policy_is_strict(&shared->admit));
    assert_int_equal(shared->admit.kinds, admit.kinds);
    idle_policy_parse(&none, "web", &idle, NULL);
    assert_true(shared->idle.idle_after_ms == idle.idle_after_ms);
    assert_true(shared->idle.min_awake_ms == idle.min_awake_ms);
    assert_true(shared->idle.stay_awake_until_wall_ms
                == idle.stay_awake_until_wall_ms);
    assert_int_equal(shared->idle.backoff, idle.backoff);
    assert_int_equal(shared->idle.connections, idle.connections);
    assert_false(shared->idle.enabled || shared->idle.dry_run);
    assert_true(service_policy_is_empty(&shared->chassis));
    nb_service_free(svc);

    svc = parse("10.0.0.1:80||", EXEC "rouse-wake-from|10.0.0.0/8|"
                "rouse-idle-after|60|rouse-idle-dry-saved|sleeps=3|");
    assert_true(svc->policies->admit.has_from);
    assert_true(svc->policies->idle.enabled);
    assert_int_equal(svc->policies->dry_saved.n_sleeps, 3);
    assert_false(service_policy_is_empty(&svc->policies->chassis));
    nb_service_free(svc);

    /* Keys that all services have, and others', say nothing of a policy. */
    svc = parse("10.0.0.1:80||", EXEC "rouse-state|awake|mine|x|");
    assert_true(svc->policies == shared);
    nb_service_free(svc);
}

/* A bad value has its default, and a message that names row, column and what
 * to write instead. */
static void
test_bad_values(void **state)
{
    static const struct {
        const char *ids;
        const char *says[3];
    } cases[] = {
        { "rouse-wake-timeout|0|", { "wake-timeout", "\"0\"", "1 to 3600" } },
        { "rouse-wake-timeout|3601|", { "3601", "60 is used", "=60" } },
        { "rouse-wake-timeout|-1|", { "-1", "60 is used", "=60" } },
        { "rouse-wake-timeout|1.5|", { "1.5", "60 is used", "=60" } },
        { "rouse-wake-timeout||", { "\"\"", "60 is used", "=60" } },
        { "rouse-hold|65537|", { "rouse-hold", "65537", "=1024" } },
        { "rouse-drain|99999999999999999999|",
          { "rouse-drain", "999", "=2" } },
        { "rouse-on-fail|maybe|", { "maybe", "reset", "drop" } },
        { "rouse-state|sleepy|", { "sleepy", "rouse-state", "remove" } },
        { "rouse-state-since|now|", { "now", "since", "remove" } },
        { "rouse-request|sleep|", { "sleep", "wake", "idle" } },
        { "rouse-wake-from|nobody|", { "wake-from", "nobody", "" } },
        { "rouse-idle-after|x|", { "idle-after", "\"x\"", "" } },
        { "rouse-backends|10.0.0.1:80=x|", { "backends", "\"x\"", "VIP=" } },
        { "rouse-backends|nonsense|", { "backends", "nonsense", "VIP=" } },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *ids OWNED_STRING = xasprintf(EXEC "%s", cases[i].ids);
        struct nb_service *svc = parse("10.0.0.1:80||", ids);
        struct ds ds OWNED_DS = DS_EMPTY_INITIALIZER;

        diag_format(&svc->diag, &ds);
        for (size_t j = 0; j < ARRAY_SIZE(cases[i].says); j++) {
            assert_case(strstr(ds_cstr(&ds), cases[i].says[j]),
                        "%s: \"%s\" is not in: %s", cases[i].ids,
                        cases[i].says[j], ds_cstr(&ds));
        }
        assert_non_null(strstr(ds_cstr(&ds), "\"web\""));
        assert_int_equal(svc->wake_timeout_s, 60);
        assert_int_equal(svc->hold, 1024);
        assert_int_equal(svc->drain_s, 2);
        assert_true(smap_is_empty(&svc->backends));
        nb_service_free(svc);
    }
}

static void
test_bad_vip(void **state)
{
    struct nb_service *svc = parse("ten:80||10.0.0.1:80||", EXEC);

    assert_string_equal(svc->diag.column, "vips");
    assert_non_null(strstr(svc->diag.problem, "ten:80"));
    nb_service_free(svc);
}

static void
test_backends(void **state)
{
    static const struct {
        const char *text;   /* rouse-backends */
        const char *parsed; /* As formatted again; NULL: an error. */
    } cases[] = {
        { "", "" },
        { "10.0.0.1:80=1.1.1.1:80", "10.0.0.1:80=1.1.1.1:80" },
        { "10.0.0.1:80=1.1.1.1:80,2.2.2.2:80 [fd00::1]:80=[fd01::1]:80",
          "10.0.0.1:80=1.1.1.1:80,2.2.2.2:80 [fd00::1]:80=[fd01::1]:80" },
        { "  10.0.0.1:80=1.1.1.1:80  ", "10.0.0.1:80=1.1.1.1:80" },
        /* Another way to write a VIP of the row: the row's is used. */
        { "[fd00:0:0::1]:80=[fd01::1]:80", "[fd00::1]:80=[fd01::1]:80" },
        /* A VIP that the row does not have stays as it is. */
        { "10.9.9.9:80=1.1.1.1:80", "10.9.9.9:80=1.1.1.1:80" },
        /* For all VIPs, each its family. */
        { "1.1.1.1:80, [fd01::1]:80 2.2.2.2:80",
          "10.0.0.1:80=1.1.1.1:80,2.2.2.2:80 [fd00::1]:80=[fd01::1]:80" },
        { "1.1.1.1:80", NULL },
        { "1.1.1.1", NULL },
        { "10.0.0.1:80=1.1.1.1:80, 2.2.2.2:80", NULL },
        { "10.0.0.1:80=1.1.1.1", NULL },
        { "10.0.0.1:80=[fd01::1]:80", NULL },
        { "10.0.0.1:80=1.1.1.1:80 10.0.0.1:80=2.2.2.2:80", NULL },
        { "=1.1.1.1:80", NULL },
        { "web=1.1.1.1:80", NULL },
    };
    struct smap vips OWNED_SMAP = SMAP_INITIALIZER(&vips);

    smap_add(&vips, "10.0.0.1:80", "");
    smap_add(&vips, "[fd00::1]:80", "");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct smap backends OWNED_SMAP = SMAP_INITIALIZER(&backends);
        char *why = NULL;
        bool ok = nb_backends_parse(cases[i].text, &vips, &backends, &why);

        assert_case(ok == (cases[i].parsed != NULL), "\"%s\": %s",
                    cases[i].text, ok ? "parsed" : why);
        assert_case(ok != (why != NULL), "\"%s\"", cases[i].text);
        if (ok) {
            char *text OWNED_STRING = nb_backends_format(&backends);

            assert_string_equal(text, cases[i].parsed);
        }
        assert_case(ok || smap_is_empty(&backends), "\"%s\"", cases[i].text);
        free(why);
    }
}

static void
test_backends_without_port(void **state)
{
    struct smap vips OWNED_SMAP = SMAP_INITIALIZER(&vips);
    struct smap backends OWNED_SMAP = SMAP_INITIALIZER(&backends);
    char *why;

    smap_add(&vips, "10.0.0.1", "");
    assert_true(nb_backends_parse("1.1.1.1,2.2.2.2", &vips, &backends, &why));
    assert_string_equal(smap_get(&backends, "10.0.0.1"), "1.1.1.1,2.2.2.2");
}

static void
test_restorable(void **state)
{
    static const struct {
        const char *vips;
        const char *backends;
        bool empty, restorable;
    } cases[] = {
        { "", "10.0.0.1:80=1.1.1.1:80", false, false },
        { "10.0.0.1:80||", "", true, false },
        { "10.0.0.1:80| , |", "10.0.0.1:80=1.1.1.1:80", true, true },
        { "10.0.0.1:80|1.1.1.1:80|", "10.0.0.1:80=1.1.1.1:80", false, false },
        { "10.0.0.1:80|1.1.1.1:80|10.0.0.1:81||", "10.0.0.1:80=1.1.1.1:80",
          true, false },
        { "10.0.0.1:80|1.1.1.1:80|10.0.0.1:81||", "10.0.0.1:81=1.1.1.1:80",
          true, true },
        { "10.0.0.1:80||", "10.0.0.1:80=", true, false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *ids OWNED_STRING = xasprintf(EXEC "rouse-backends|%s|",
                                           cases[i].backends);
        struct nb_service *svc = parse(cases[i].vips, ids);

        assert_case(nb_service_is_empty(svc) == cases[i].empty, "case %"
                    PRIuSIZE, i);
        assert_case(nb_service_is_restorable(svc) == cases[i].restorable,
                    "case %"PRIuSIZE, i);
        nb_service_free(svc);
    }
}

static void
test_states(void **state)
{
    enum service_state parsed;

    for (enum service_state s = SERVICE_ASLEEP; s <= SERVICE_FAILED; s++) {
        assert_true(service_state_from_name(service_state_name(s), &parsed));
        assert_int_equal(parsed, s);
    }
    assert_false(service_state_from_name("unknown", &parsed));
    assert_false(service_state_from_name("", &parsed));
    assert_string_equal(service_state_name((enum service_state) 99),
                        "unknown");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_no_service),
        cmocka_unit_test(test_all_keys),
        cmocka_unit_test(test_policies),
        cmocka_unit_test(test_bad_values),
        cmocka_unit_test(test_bad_vip),
        cmocka_unit_test(test_backends),
        cmocka_unit_test(test_backends_without_port),
        cmocka_unit_test(test_restorable),
        cmocka_unit_test(test_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
