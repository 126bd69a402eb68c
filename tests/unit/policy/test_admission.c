#include "unit.h"

#include "admission.h"
#include "cleanup.h"

static const struct uuid web = { { 1, 2, 3, 4 } };
static const struct uuid mail = { { 5, 6, 7, 8 } };

struct fixture {
    struct admission *admission;
    struct admit_policy policy;
    long long now_ms;
};

static void
setup(struct fixture *f, const char *key, const char *value)
{
    struct smap ids OWNED_SMAP = SMAP_INITIALIZER(&ids);
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;

    *f = (struct fixture) {
        .admission = admission_new(4), .now_ms = 1000000,
    };
    if (key) {
        smap_add(&ids, key, value);
    }
    admit_policy_parse(&ids, "web", &f->policy, &diag);
    assert_case(diag_is_empty(&diag) || f->policy.is_bad, "%s", value);
}

static void
teardown(struct fixture *f)
{
    admission_free(f->admission);
    admit_policy_uninit(&f->policy);
}

static struct opening
opening(enum packet_kind kind, const char *source)
{
    struct opening o = { .kind = kind };
    struct in_addr ip4;

    if (inet_pton(AF_INET, source, &ip4) == 1) {
        in6_addr_set_mapped_ipv4(&o.source, ip4.s_addr);
    } else {
        assert_int_equal(inet_pton(AF_INET6, source, &o.source), 1);
    }
    return o;
}

static enum refusal
ask_about(struct fixture *f, const struct uuid *service, const char *source,
          bool pending)
{
    return admission_ask(f->admission, &f->policy,
                         &(struct admission_question) {
                             .service = *service,
                             .opening = opening(PACKET_TCP, source),
                             .is_pending = pending,
                         }, f->now_ms);
}

static enum refusal
ask(struct fixture *f, const char *source)
{
    return ask_about(f, &web, source, false);
}

static void
assert_refusal(enum refusal got, enum refusal expected)
{
    assert_string_equal(refusal_name(got), refusal_name(expected));
}

static void
names(void **state OVS_UNUSED)
{
    for (size_t i = 1; i < N_REFUSALS; i++) {
        assert_int_equal(refusal_from_name(refusal_name(i)), i);
        assert_true(strlen(refusal_text(i)) > 5);
    }
    assert_int_equal(refusal_from_name("none"), REFUSAL_NONE);
    assert_int_equal(refusal_from_name("nonsense"), REFUSAL_NONE);
}

static void
numbers(void **state OVS_UNUSED)
{
    uint64_t n[N_REFUSALS] = {
        [REFUSAL_CLOSING] = 3, [REFUSAL_UNLISTED] = UINT64_C(1) << 40,
    };
    char *text OWNED_STRING = refusals_format(n);

    assert_string_equal(text, "closing=3 unlisted-source=1099511627776");
    refusals_add_text(n, text);
    assert_int_equal(n[REFUSAL_CLOSING], 6);
    assert_int_equal(n[REFUSAL_UNLISTED], UINT64_C(1) << 41);
    refusals_add_text(n, "closing closing= =1 closing=x closing=-1 none=7 "
                      "other=4 closing=99999999999999999999");
    assert_int_equal(n[REFUSAL_CLOSING], 6);
    assert_int_equal(refusals_sum(n), 6 + (UINT64_C(1) << 41));
}

static void
only_what_opens(void **state OVS_UNUSED)
{
    static const struct {
        enum packet_kind kind;
        bool established;
        enum refusal refusal;
    } cases[] = {
        { PACKET_TCP, false, REFUSAL_NONE },
        { PACKET_UDP, false, REFUSAL_NONE },
        { PACKET_SCTP, false, REFUSAL_NONE },
        { PACKET_ICMP, false, REFUSAL_PROTOCOL },
        { PACKET_OTHER, false, REFUSAL_PROTOCOL },
        { PACKET_ONGOING, false, REFUSAL_NOT_OPENING },
        { PACKET_CLOSING, false, REFUSAL_CLOSING },
        { PACKET_ONGOING, true, REFUSAL_NONE },
        { PACKET_CLOSING, true, REFUSAL_NONE },
    };
    struct fixture f;

    setup(&f, NULL, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        /* That others wait makes none of them open anything. */
        for (int pending = 0; pending < 2; pending++) {
            assert_refusal(
                admission_ask(f.admission, &f.policy,
                              &(struct admission_question) {
                                  .service = web,
                                  .opening = opening(cases[i].kind,
                                                     "10.0.0.1"),
                                  .is_established = cases[i].established,
                                  .is_pending = pending,
                              }, f.now_ms),
                cases[i].refusal);
        }
    }
    teardown(&f);
}

static void
who_may(void **state OVS_UNUSED)
{
    struct fixture f;

    setup(&f, "rouse-wake-from", "10.0.0.0/8,fd00::/8");
    assert_refusal(ask(&f, "10.9.9.9"), REFUSAL_NONE);
    assert_refusal(ask(&f, "fd00::9"), REFUSAL_NONE);
    assert_refusal(ask(&f, "11.0.0.1"), REFUSAL_UNLISTED);
    assert_refusal(ask(&f, "fe80::1"), REFUSAL_UNLISTED);
    assert_refusal(ask_about(&f, &web, "11.0.0.1", true), REFUSAL_UNLISTED);
    teardown(&f);

    setup(&f, "rouse-ignore-from", "10.0.0.0/8");
    assert_refusal(ask(&f, "10.9.9.9"), REFUSAL_IGNORED);
    assert_refusal(ask(&f, "11.0.0.1"), REFUSAL_NONE);
    teardown(&f);

    setup(&f, "rouse-wake-from", "everybody");
    assert_refusal(ask(&f, "10.9.9.9"), REFUSAL_BAD_POLICY);
    teardown(&f);
}

/* So many wakes at once, then as they are filled up again. */
static void
budget_of_the_service(void **state OVS_UNUSED)
{
    struct fixture f;

    setup(&f, "rouse-wake-budget", "2/10s");
    assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_NONE);
    assert_refusal(ask(&f, "10.0.0.2"), REFUSAL_NONE);
    assert_refusal(ask(&f, "10.0.0.3"), REFUSAL_SERVICE_BUDGET);
    /* Who joins others costs nothing and is let in. */
    assert_refusal(ask_about(&f, &web, "10.0.0.3", true), REFUSAL_NONE);
    /* Another service has its own. */
    assert_refusal(ask_about(&f, &mail, "10.0.0.3", false), REFUSAL_NONE);
    f.now_ms += 4999;
    assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_SERVICE_BUDGET);
    f.now_ms += 1;
    assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_NONE);
    assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_SERVICE_BUDGET);
    /* Never more than it holds. */
    f.now_ms += 1000000;
    assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_NONE);
    assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_NONE);
    assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_SERVICE_BUDGET);
    /* A clock that goes back takes nothing away and gives nothing. */
    f.now_ms -= 500000;
    assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_SERVICE_BUDGET);
    teardown(&f);
}

static void
budget_of_a_source(void **state OVS_UNUSED)
{
    struct fixture f;

    setup(&f, "rouse-wake-budget", "source:1/1m,3/1m");
    assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_NONE);
    /* Refused for one's own budget, one takes nothing from the service's. */
    for (int i = 0; i < 10; i++) {
        assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_SOURCE_BUDGET);
    }
    assert_refusal(ask(&f, "10.0.0.2"), REFUSAL_NONE);
    assert_refusal(ask(&f, "10.0.0.3"), REFUSAL_NONE);
    assert_refusal(ask(&f, "10.0.0.4"), REFUSAL_SERVICE_BUDGET);
    /* ...nor from one's own for the service's. */
    f.now_ms += 20000;
    assert_refusal(ask(&f, "10.0.0.4"), REFUSAL_NONE);
    teardown(&f);
}

static void
packets_within_a_time(void **state OVS_UNUSED)
{
    struct fixture f;

    setup(&f, "rouse-wake-after", "3/10s");
    assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_TOO_FEW);
    assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_TOO_FEW);
    assert_refusal(ask(&f, "10.0.0.2"), REFUSAL_TOO_FEW);
    f.now_ms += 9999;
    assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_NONE);
    /* It counts from the start again. */
    assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_TOO_FEW);
    assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_TOO_FEW);
    f.now_ms += 10000;
    assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_TOO_FEW);
    teardown(&f);
}

/* However many sources and services there are, memory has a bound; a source
 * that goes on is not forgotten. */
static void
memory_is_bounded(void **state OVS_UNUSED)
{
    struct fixture f;

    setup(&f, "rouse-wake-budget", "source:1/1h");
    assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_NONE);
    for (unsigned int i = 0; i < 3000; i++) {
        char *source OWNED_STRING = xasprintf("10.1.%u.%u", i / 250, i % 250);

        assert_refusal(ask(&f, source), REFUSAL_NONE);
        if (i % 2) {
            assert_refusal(ask(&f, "10.0.0.1"), REFUSAL_SOURCE_BUDGET);
        }
    }
    /* Of those that are gone, one is new again. */
    assert_refusal(ask(&f, "10.1.0.0"), REFUSAL_NONE);
    teardown(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(numbers),
        cmocka_unit_test(only_what_opens),
        cmocka_unit_test(who_may),
        cmocka_unit_test(budget_of_the_service),
        cmocka_unit_test(budget_of_a_source),
        cmocka_unit_test(packets_within_a_time),
        cmocka_unit_test(memory_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
