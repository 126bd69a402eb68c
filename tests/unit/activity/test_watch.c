#include "unit.h"

#include <netinet/in.h>

#include "cleanup.h"
#include "watch.h"

#define START 1000000
#define SLACK 200

static const struct uuid lb = { .parts = { 1, 2, 3, 4 } };
static const struct uuid lb2 = { .parts = { 5, 6, 7, 8 } };

/* What was reported in a look. */
struct seen {
    int n;
    struct uuid lb;
    struct activity_report report;
};

static void
take_report(void *seen_, const struct uuid *uuid,
            const struct activity_report *report)
{
    struct seen *seen = seen_;

    seen->n++;
    seen->lb = *uuid;
    seen->report = *report;
}

static void
set(struct watch *w, const struct uuid *uuid, const char *vip,
    const char *idle_after, const char *ignore_from)
{
    struct smap vips OWNED_SMAP = SMAP_INITIALIZER(&vips);
    struct smap ids OWNED_SMAP = SMAP_INITIALIZER(&ids);
    struct service_policy policy;

    smap_add(&vips, vip, "");
    if (idle_after) {
        smap_add(&ids, "rouse-idle-after", idle_after);
    }
    if (ignore_from) {
        smap_add(&ids, "rouse-ignore-from", ignore_from);
    }
    service_policy_init(&policy, uuid, "tcp", &vips, &ids);
    watch_set(w, &policy);
    service_policy_uninit(&policy);
}

static struct watch_conn
conn_to(const char *src, uint16_t sport, const char *vip, int64_t timeout_s)
{
    struct endpoint from, to;

    assert_true(endpoint_parse(src, &from));
    assert_true(endpoint_parse(vip, &to));
    return (struct watch_conn) {
        .src = from.addr, .dst = to.addr, .sport = sport, .dport = to.port,
        .zone = 1, .proto = IPPROTO_TCP, .open = true,
        .timeout_s = timeout_s,
    };
}

/* One look with 'n' connections; what it reports. */
static struct seen
look(struct watch *w, int64_t at_ms, const struct watch_conn *conns, size_t n)
{
    struct seen seen = { .n = 0 };

    watch_begin(w, at_ms, SLACK);
    for (size_t i = 0; i < n; i++) {
        watch_add(w, &conns[i]);
    }
    watch_end(w, take_report, &seen);
    return seen;
}

static void
connections_come_and_go(void **state OVS_UNUSED)
{
    struct watch *w = watch_new(START);
    struct watch_conn conns[] = {
        conn_to("10.0.0.2", 1, "10.0.0.9:80", 86400),
        conn_to("10.0.0.2", 2, "10.0.0.9:80", 86400),
        conn_to("10.0.0.2", 3, "10.0.0.9:81", 86400),
        conn_to("10.0.0.2", 65535, "10.0.0.8:80", 86400),
    };
    struct seen seen;

    set(w, &lb, "10.0.0.9:80", "8", NULL);
    seen = look(w, START, NULL, 0);
    assert_int_equal(seen.n, 0);
    /* New ones are activity. */
    seen = look(w, START + 2000, conns, 4);
    assert_int_equal(seen.n, 1);
    assert_true(uuid_equals(&seen.lb, &lb));
    assert_int_equal(seen.report.n_connections, 2);
    assert_true(seen.report.last_ms >= START + 2000);
    /* That it goes on in silence is no news... */
    conns[0].timeout_s = conns[1].timeout_s = 86398;
    seen = look(w, START + 4000, conns, 4);
    assert_int_equal(seen.n, 0);
    /* ...but its end is, and when the last packet was stays. */
    seen = look(w, START + 6000, NULL, 0);
    assert_int_equal(seen.n, 1);
    assert_int_equal(seen.report.n_connections, 0);
    assert_true(seen.report.last_ms < START + 4000);
    seen = look(w, START + 8000, NULL, 0);
    assert_int_equal(seen.n, 0);
    watch_free(w);
}

/* A packet puts off a connection's end.  Time-outs are in whole seconds, and a
 * look is late by up to its slack: for a quiet connection that differs by
 * either does not look like a packet, a packet always does. */
static void
packets_are_seen_by_timeouts(void **state OVS_UNUSED)
{
    struct watch *w = watch_new(START);
    int64_t ends_ms = START + 86400 * 1000;
    int64_t quiet_since;
    struct seen seen;

    set(w, &lb, "10.0.0.9:80", "4", NULL);
    random_set_seed(7);
    struct watch_conn conn = conn_to("10.0.0.2", 1, "10.0.0.9:80", 86400);
    seen = look(w, START, &conn, 1);
    assert_int_equal(seen.n, 1);
    quiet_since = seen.report.last_ms;
    for (int64_t now = START + 1000; now < START + 60000; now += 1000) {
        conn.timeout_s = (ends_ms - now - random_range(SLACK)) / 1000;
        seen = look(w, now, &conn, 1);
        assert_case(!seen.n || seen.report.last_ms == quiet_since,
                    "%"PRId64": moved", now - START);
    }
    /* Packets twice a second: said again now and then. */
    int n_reports = 0;
    for (int64_t now = START + 60000; now < START + 80000; now += 1000) {
        ends_ms = now - 250 + 86400 * 1000;
        conn.timeout_s = (ends_ms - now - random_range(SLACK)) / 1000;
        seen = look(w, now, &conn, 1);
        if (seen.n) {
            n_reports++;
            assert_case(seen.report.last_ms >= now, "%"PRId64, now - START);
        }
    }
    assert_case(n_reports >= 5 && n_reports <= 20, "%d reports", n_reports);
    watch_free(w);
}

static void
packets_are_seen_by_counters(void **state OVS_UNUSED)
{
    struct watch *w = watch_new(START);
    struct watch_conn conn = conn_to("10.0.0.2", 1, "10.0.0.9:80", -1);
    struct seen seen;

    set(w, &lb, "10.0.0.9:80", "4", NULL);
    conn.n_packets = 10;
    conn.n_bytes = 1000;
    seen = look(w, START + 1000, &conn, 1);
    assert_int_equal(seen.report.n_packets, 10);
    assert_int_equal(seen.report.last_ms, START + 1000);
    seen = look(w, START + 5000, &conn, 1);
    assert_int_equal(seen.n, 0);
    conn.n_packets = 12;
    conn.n_bytes = 1200;
    seen = look(w, START + 6000, &conn, 1);
    assert_int_equal(seen.report.n_packets, 12);
    assert_int_equal(seen.report.n_bytes, 1200);
    assert_int_equal(seen.report.last_ms, START + 6000);
    /* Another one, with the same ports. */
    conn.n_packets = 1;
    conn.n_bytes = 100;
    seen = look(w, START + 12000, &conn, 1);
    assert_int_equal(seen.report.n_packets, 13);
    watch_free(w);
}

static void
closed_ones_and_twins_do_not_count(void **state OVS_UNUSED)
{
    struct watch *w = watch_new(START);
    struct watch_conn conns[] = {
        conn_to("10.0.0.2", 1, "10.0.0.9:80", 86400),
        conn_to("10.0.0.2", 1, "10.0.0.9:80", 86400), /* Another zone. */
        conn_to("10.0.0.2", 2, "10.0.0.9:80", 29),    /* Closed. */
    };
    struct seen seen;

    conns[1].zone = 2;
    conns[2].open = false;
    set(w, &lb, "10.0.0.9:80", "4", NULL);
    seen = look(w, START + 1000, conns, 3);
    assert_int_equal(seen.n, 1);
    assert_int_equal(seen.report.n_connections, 1);
    watch_free(w);
}

static void
ignored_sources_do_not_count(void **state OVS_UNUSED)
{
    struct watch *w = watch_new(START);
    struct watch_conn conns[] = {
        conn_to("10.0.0.2", 1, "10.0.0.9:80", 86400),
        conn_to("10.1.0.2", 1, "10.0.0.9:80", 86400),
    };
    struct seen seen;

    set(w, &lb, "10.0.0.9:80", "4", "10.0.0.0/24");
    seen = look(w, START + 1000, conns, 1);
    assert_int_equal(seen.n, 0);
    seen = look(w, START + 2000, conns, 2);
    assert_int_equal(seen.report.n_connections, 1);
    watch_free(w);
}

static void
vips_are_told_apart(void **state OVS_UNUSED)
{
    struct watch *w = watch_new(START);
    struct watch_conn udp = conn_to("10.0.0.2", 1, "10.0.0.9:80", 100);
    struct watch_conn any = conn_to("10.0.0.2", 1, "10.0.0.7:1234", 100);
    struct watch_conn v6 = conn_to("fd00::2", 1, "[fd00::9]:80", 100);
    struct seen seen;

    udp.proto = IPPROTO_UDP;
    set(w, &lb, "10.0.0.9:80", "4", NULL);
    set(w, &lb2, "10.0.0.7", "4", NULL);
    seen = look(w, START + 1000, &udp, 1);
    assert_int_equal(seen.n, 0);
    /* A VIP without a port has all of them, of all protocols. */
    any.proto = IPPROTO_UDP;
    seen = look(w, START + 2000, &any, 1);
    assert_int_equal(seen.n, 1);
    assert_true(uuid_equals(&seen.lb, &lb2));
    /* A policy that changes. */
    set(w, &lb, "[fd00::9]:80", "4", NULL);
    any.timeout_s = 99;
    struct watch_conn both[] = { any, v6 };
    seen = look(w, START + 3000, both, 2);
    assert_int_equal(seen.n, 1);
    assert_true(uuid_equals(&seen.lb, &lb));
    watch_free(w);
}

static void
only_services_that_go_to_sleep_are_watched(void **state OVS_UNUSED)
{
    struct watch *w = watch_new(START);

    set(w, &lb, "10.0.0.9:80", NULL, "10.0.0.0/8");
    assert_int_equal(watch_count(w), 0);
    set(w, &lb, "10.0.0.9:80", "40", NULL);
    set(w, &lb2, "10.0.0.8:80", "3600", NULL);
    assert_int_equal(watch_count(w), 2);
    assert_int_equal(watch_look_period_ms(w), 10000);
    assert_int_equal(watch_beat_period_ms(w), 10000);
    watch_remove(w, &lb);
    assert_int_equal(watch_count(w), 1);
    assert_int_equal(watch_look_period_ms(w), 10000);
    assert_int_equal(watch_beat_period_ms(w), 60000);
    set(w, &lb2, "10.0.0.8:80", NULL, NULL);
    assert_int_equal(watch_count(w), 0);
    watch_free(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_come_and_go),
        cmocka_unit_test(packets_are_seen_by_timeouts),
        cmocka_unit_test(packets_are_seen_by_counters),
        cmocka_unit_test(closed_ones_and_twins_do_not_count),
        cmocka_unit_test(ignored_sources_do_not_count),
        cmocka_unit_test(vips_are_told_apart),
        cmocka_unit_test(only_services_that_go_to_sleep_are_watched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
