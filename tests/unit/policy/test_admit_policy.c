#include "unit.h"

#include "admit_policy.h"
#include "cleanup.h"

static struct admit_policy
parse(const char *key, const char *value, struct diag *diag)
{
    struct smap ids OWNED_SMAP = SMAP_INITIALIZER(&ids);
    struct admit_policy policy;

    smap_add(&ids, "rouse-driver", "exec");
    if (key) {
        smap_add(&ids, key, value);
    }
    admit_policy_parse(&ids, "web", &policy, diag);
    return policy;
}

static void
defaults(void **state OVS_UNUSED)
{
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;
    struct admit_policy policy = parse(NULL, NULL, &diag);

    assert_true(diag_is_empty(&diag));
    assert_int_equal(policy.kinds, PACKET_TCP | PACKET_UDP | PACKET_SCTP);
    assert_false(policy.has_from);
    assert_int_equal(policy.after.n, 0);
    assert_int_equal(policy.service.n, 0);
    assert_int_equal(policy.source.n, 0);
    assert_false(admit_policy_is_strict(&policy));
    admit_policy_uninit(&policy);
}

static void
lists(void **state OVS_UNUSED)
{
    struct admit_policy policy = parse("rouse-wake-from",
                                       "10.0.0.0/8 fd00::/8", NULL);

    assert_true(policy.has_from);
    assert_int_equal(policy.from.n, 2);
    assert_true(admit_policy_is_strict(&policy));
    admit_policy_uninit(&policy);

    /* An empty list is one, too: nobody is on it. */
    policy = parse("rouse-wake-from", "", NULL);
    assert_true(policy.has_from);
    assert_int_equal(policy.from.n, 0);
    admit_policy_uninit(&policy);

    policy = parse("rouse-ignore-from", "10.0.0.7", NULL);
    assert_false(policy.has_from);
    assert_int_equal(policy.ignore.n, 1);
    admit_policy_uninit(&policy);
}

static void
wake_on(void **state OVS_UNUSED)
{
    struct admit_policy policy = parse("rouse-wake-on", "icmp", NULL);

    assert_int_equal(policy.kinds, PACKET_ICMP);
    assert_true(admit_policy_is_strict(&policy));
    policy = parse("rouse-wake-on", "udp, sctp icmp", NULL);
    assert_int_equal(policy.kinds, PACKET_UDP | PACKET_SCTP | PACKET_ICMP);
    policy = parse("rouse-wake-on", "tcp,udp,sctp", NULL);
    assert_false(admit_policy_is_strict(&policy));
}

struct rate_case {
    const char *text;
    unsigned int n;
    long long within_ms;
};

static void
rates(void **state OVS_UNUSED)
{
    static const struct rate_case cases[] = {
        { "3/10", 3, 10000 },     { "3/10s", 3, 10000 },
        { "1/2m", 1, 120000 },    { "60/1h", 60, 3600000 },
        { "1000000/366d", 1000000, 366LL * 86400000 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct admit_policy policy = parse("rouse-wake-after",
                                           cases[i].text, NULL);

        assert_int_equal(policy.after.n, cases[i].n);
        assert_int_equal(policy.after.within_ms, cases[i].within_ms);
    }

    struct admit_policy policy = parse("rouse-wake-budget",
                                       "60/1h,source:6/1m", NULL);
    assert_int_equal(policy.service.n, 60);
    assert_int_equal(policy.service.within_ms, 3600000);
    assert_int_equal(policy.source.n, 6);
    assert_int_equal(policy.source.within_ms, 60000);
    policy = parse("rouse-wake-budget", "source:6/1m", NULL);
    assert_int_equal(policy.service.n, 0);
    assert_int_equal(policy.source.n, 6);
}

struct bad_case {
    const char *key;
    const char *value;
    bool nobody;
};

/* Each is said, names its key, and has its default; but who may wake is never
 * made out to be everybody. */
static void
what_cannot_be_read(void **state OVS_UNUSED)
{
    static const struct bad_case cases[] = {
        { "rouse-wake-from", "10.0.0.0/33", true },
        { "rouse-wake-from", "office", true },
        { "rouse-ignore-from", "10.0.0.1 10.0.0", true },
        { "rouse-wake-on", "", false },
        { "rouse-wake-on", "tcp syn", false },
        { "rouse-wake-on", "ongoing", false },
        { "rouse-wake-on", "TCP", false },
        { "rouse-wake-after", "", false },
        { "rouse-wake-after", "3", false },
        { "rouse-wake-after", "3/", false },
        { "rouse-wake-after", "/3s", false },
        { "rouse-wake-after", "0/3s", false },
        { "rouse-wake-after", "3/0s", false },
        { "rouse-wake-after", "-3/3s", false },
        { "rouse-wake-after", "3/3w", false },
        { "rouse-wake-after", "3/3s ", false },
        { "rouse-wake-after", "3/367d", false },
        { "rouse-wake-after", "1000001/1s", false },
        { "rouse-wake-after", "99999999999999999999/1s", false },
        { "rouse-wake-budget", "", false },
        { "rouse-wake-budget", "6/1h,client:1/1h", false },
        { "rouse-wake-budget", "source:", false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct bad_case *c = &cases[i];
        struct diag diag OWNED_DIAG = DIAG_INITIALIZER;
        struct admit_policy policy = parse(c->key, c->value, &diag);
        char *problem OWNED_STRING = admit_policy_check(c->key, c->value);

        assert_case(!diag_is_empty(&diag) && diag.column
                    && strstr(diag.column, c->key), "%s=%s", c->key,
                    c->value);
        assert_case(policy.is_bad == c->nobody, "%s=%s", c->key, c->value);
        assert_case(!policy.after.n && !policy.service.n && !policy.source.n
                    && policy.kinds == (PACKET_TCP | PACKET_UDP
                                        | PACKET_SCTP),
                    "%s=%s", c->key, c->value);
        assert_case(problem != NULL, "%s=%s", c->key, c->value);
        admit_policy_uninit(&policy);
    }
}

static void
checking(void **state OVS_UNUSED)
{
    assert_null(admit_policy_check("rouse-wake-from", "10.0.0.0/8"));
    assert_null(admit_policy_check("rouse-wake-budget", "1/1s"));
    assert_null(admit_policy_check("rouse-target", "anything"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(lists),
        cmocka_unit_test(wake_on),
        cmocka_unit_test(rates),
        cmocka_unit_test(what_cannot_be_read),
        cmocka_unit_test(checking),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
