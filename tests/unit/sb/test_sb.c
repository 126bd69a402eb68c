/* sb.c, sb_backends.c and sb_write.c against a database. */

#include "unit.h"

#include "cleanup.h"
#include "private_db.h"
#include "sb.h"

#define LB_TEXT "00000001-0000-0002-0000-000300000004"

struct fixture {
    struct private_db db;
    struct sb *sb;
};

static void
change_db(struct fixture *f, const char *operations)
{
    free(private_db_transact(&f->db, "OVN_Southbound", operations));
}

#define ENCAP                                                                 \
    "{\"op\":\"insert\",\"table\":\"Encap\",\"uuid-name\":\"e%d\","           \
    "\"row\":{\"type\":\"vxlan\",\"ip\":\"192.0.2.%d\"}}"
#define CHASSIS                                                               \
    "{\"op\":\"insert\",\"table\":\"Chassis\",\"row\":{\"name\":\"ch%d\","    \
    "\"encaps\":[\"named-uuid\",\"e%d\"]}}"

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    private_db_start(&f->db, "ovn-sb");
    for (int i = 1; i <= 2; i++) {
        char *ops OWNED_STRING = xasprintf(ENCAP "," CHASSIS, i, i, i, i);

        change_db(f, ops);
    }
    f->sb = sb_new(&(struct sb_options) {
        .remote = f->db.remote, .backends = true, .chassis = "ch2",
    });
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    sb_free(f->sb);
    private_db_stop(&f->db);
    free(f);
    return 0;
}

static void
turn(struct fixture *f, long long int deadline_ms)
{
    sb_wait(f->sb);
    poll_timer_wait_until(deadline_ms);
    poll_block();
    sb_run(f->sb);
    assert_case(time_msec() < deadline_ms, "waited in vain");
}

static void
wait_connected(struct fixture *f)
{
    long long int deadline = time_msec() + UNIT_PATIENCE_MS;

    sb_run(f->sb);
    while (!sb_is_connected(f->sb)) {
        turn(f, deadline);
    }
}

static void
wait_events(struct fixture *f, size_t n)
{
    long long int deadline = time_msec() + UNIT_PATIENCE_MS;

    sb_run(f->sb);
    while (sb_n_events(f->sb) != n) {
        turn(f, deadline);
    }
}

/* Returns after how many turns it is. */
static int
wait_written(struct fixture *f, const struct event *event)
{
    long long int deadline = time_msec() + UNIT_PATIENCE_MS;
    int n_turns = 0;

    while (sb_event_is_pending(f->sb, event, false)) {
        turn(f, deadline);
        n_turns++;
    }
    return n_turns;
}

static struct event
make_event(int i)
{
    return (struct event) {
        .kind = EVENT_empty_lb_backends,
        .vip = xasprintf("10.0.%d.%d:80", i / 250, i % 250),
        .protocol = xstrdup("tcp"),
        .lb = { { 1, 2, 3, 4 } },
    };
}

#define ROW(INFO, SEQ)                                                        \
    "{\"op\":\"insert\",\"table\":\"Controller_Event\",\"row\":{"             \
    "\"event_type\":\"empty_lb_backends\",\"seq_num\":" SEQ ","               \
    "\"event_info\":[\"map\",[" INFO "]]}}"
#define MAP(KEY, VALUE) "[\"" KEY "\",\"" VALUE "\"]"
#define INFO(VIP)                                                             \
    MAP("vip", VIP) "," MAP("protocol", "tcp") ","                            \
    MAP("load_balancer", LB_TEXT)

/* Who is in the same process need not wait for the row. */
static void
test_next_new(void **state)
{
    struct fixture *f = *state;
    struct event one = make_event(1), two = make_event(2);
    struct event other = make_event(4);

    const struct smap admitted = SMAP_CONST1(&admitted, SB_EVENT_ADMITTED,
                                             "10.0.0.9");
    const struct smap *keys;

    wait_connected(f);
    assert_null(sb_event_next_new(f->sb, &keys));
    sb_event_insert(f->sb, &one, &admitted);
    sb_event_insert(f->sb, &two, &admitted);
    sb_event_insert(f->sb, &one, &admitted);
    sb_event_insert(f->sb, &other, NULL);
    sb_flush(f->sb);
    assert_true(event_equals(sb_event_next_new(f->sb, &keys), &one));
    assert_true(event_equals(sb_event_next_new(f->sb, &keys), &two));
    assert_true(smap_equal(keys, &admitted));
    assert_null(sb_event_next_new(f->sb, &keys));

    /* What is written before anybody asks is news no more. */
    wait_written(f, &two);
    struct event three = make_event(3);
    sb_event_insert(f->sb, &three, &admitted);
    wait_written(f, &three);
    assert_null(sb_event_next_new(f->sb, &keys));
    event_uninit(&one);
    event_uninit(&two);
    event_uninit(&three);
    event_uninit(&other);
}

static void
test_insert(void **state)
{
    struct fixture *f = *state;
    const struct sb_event *row;
    struct event event = make_event(1);

    change_db(f, ROW(INFO("10.9.9.9:80"), "41"));
    wait_connected(f);
    wait_events(f, 1);
    sb_event_insert(f->sb, &event, NULL);
    sb_event_insert(f->sb, &event, NULL);
    assert_true(sb_event_is_pending(f->sb, &event, false));
    assert_null(sb_event_find(f->sb, &event));
    wait_written(f, &event);

    /* Confirmed: then the row is here, too. */
    row = sb_event_find(f->sb, &event);
    assert_non_null(row);
    assert_true(row->valid);
    assert_int_equal(row->seq_num, 42);
    assert_string_equal(row->chassis, "ch2");
    assert_string_equal(smap_get(&row->info, "vip"), "10.0.0.1:80");
    assert_string_equal(smap_get(&row->info, "load_balancer"), LB_TEXT);
    assert_int_equal(sb_n_events(f->sb), 2);
    assert_ptr_equal(sb_event_get(f->sb, &row->uuid), row);

    /* One that is there is not written again. */
    sb_event_insert(f->sb, &event, NULL);
    wait_written(f, &event);
    assert_int_equal(sb_n_events(f->sb), 2);
    event_uninit(&event);
}

/* A row that says what was refused neither is in the way of one that wakes nor
 * waits for it. */
static void
test_refused_and_admitted(void **state)
{
    struct fixture *f = *state;
    struct event event = make_event(1);
    const struct sb_event *row = NULL;
    size_t n = 0;

    const struct smap refused = SMAP_CONST1(&refused, SB_EVENT_REFUSED,
                                            "closing=1");
    const struct smap admitted = SMAP_CONST1(&admitted, SB_EVENT_ADMITTED,
                                             "10.0.0.9");
    wait_connected(f);
    for (int i = 0; i < 2; i++) {
        sb_event_insert(f->sb, &event, &refused);
        assert_true(sb_event_is_pending(f->sb, &event, true));
        assert_int_equal(sb_event_is_pending(f->sb, &event, false), 0);
        sb_event_insert(f->sb, &event, &admitted);
        assert_true(sb_event_is_pending(f->sb, &event, false));
        wait_written(f, &event);
    }
    wait_events(f, 3);
    while ((row = sb_event_next_same(f->sb, &event, row)) != NULL) {
        n++;
    }
    assert_int_equal(n, 3);
    row = sb_event_find_admitted(f->sb, &event);
    assert_string_equal(smap_get(&row->info, SB_EVENT_ADMITTED), "10.0.0.9");

    sb_event_annotate(f->sb, &row->uuid, &refused);
    assert_true(sb_event_is_annotated(f->sb, &row->uuid));
    long long int deadline = time_msec() + UNIT_PATIENCE_MS;
    while (sb_event_is_annotated(f->sb, &row->uuid)) {
        turn(f, deadline);
        row = sb_event_find_admitted(f->sb, &event);
    }
    assert_string_equal(smap_get(&row->info, SB_EVENT_REFUSED), "closing=1");
    event_uninit(&event);
}

static void
test_many_in_few_transactions(void **state)
{
    struct fixture *f = *state;
    const struct sb_event *row;
    struct event last;

    wait_connected(f);
    for (int i = 0; i < 1000; i++) {
        struct event event = make_event(i);

        sb_event_insert(f->sb, &event, NULL);
        event_uninit(&event);
    }
    last = make_event(999);
    int n_turns = wait_written(f, &last);
    assert_int_equal(sb_n_events(f->sb), 1000);
    /* Each transaction takes one or more. */
    assert_case(n_turns < 100, "%d turns", n_turns);
    for (row = sb_event_first(f->sb); row; row = sb_event_next(f->sb, row)) {
        sb_event_delete(f->sb, &row->uuid);
        sb_event_delete(f->sb, &row->uuid);
    }
    wait_events(f, 0);
    assert_true(sb_events_changed(f->sb));
    event_uninit(&last);
}

static void
test_annotate_and_delete(void **state)
{
    struct fixture *f = *state;
    long long int deadline = time_msec() + UNIT_PATIENCE_MS;
    struct smap keys OWNED_SMAP = SMAP_INITIALIZER(&keys);
    struct uuid uuid, gone = { { 9, 9, 9, 9 } };

    change_db(f, ROW(INFO("10.0.0.1:80"), "1"));
    wait_connected(f);
    wait_events(f, 1);
    uuid = sb_event_first(f->sb)->uuid;
    smap_add(&keys, "rouse-hold", "5");
    smap_add(&keys, "rouse-timeout", "7");
    sb_event_annotate(f->sb, &uuid, &keys);
    sb_event_annotate(f->sb, &gone, &keys);
    sb_event_delete(f->sb, &gone);
    while (!smap_get(&sb_event_first(f->sb)->info, "rouse-hold")) {
        turn(f, deadline);
    }
    assert_string_equal(smap_get(&sb_event_get(f->sb, &uuid)->info,
                                 "rouse-timeout"), "7");
    /* Both at once; a row that is deleted by somebody else is no matter. */
    smap_replace(&keys, "rouse-hold", "6");
    sb_event_annotate(f->sb, &uuid, &keys);
    sb_event_delete(f->sb, &uuid);
    sb_event_annotate(f->sb, &uuid, &keys);
    change_db(f, "{\"op\":\"delete\",\"table\":\"Controller_Event\","
              "\"where\":[]}");
    wait_events(f, 0);
    for (int i = 0; i < 5; i++) {
        sb_wait(f->sb);
        poll_timer_wait(20);
        poll_block();
        sb_run(f->sb);
    }
    assert_true(sb_is_connected(f->sb));
}

static void
test_bad_rows(void **state)
{
    struct fixture *f = *state;
    const struct sb_event *row;

    change_db(f, ROW("", "1") "," ROW(MAP("vip", "10.0.0.1:80"), "-5") ","
              ROW(MAP("vip", "x") "," MAP("load_balancer", "y"), "3"));
    wait_connected(f);
    wait_events(f, 3);
    for (row = sb_event_first(f->sb); row; row = sb_event_next(f->sb, row)) {
        assert_false(row->valid);
        assert_false(diag_is_empty(&row->diag));
        assert_null(row->chassis);
    }
}

#define LB(VIPS)                                                              \
    "{\"op\":\"insert\",\"table\":\"Load_Balancer\",\"row\":{\"name\":"       \
    "\"web\",\"vips\":[\"map\",[" VIPS "]],\"external_ids\":[\"map\",["       \
    MAP("lb_id", LB_TEXT) "]]}}"
#define MONITOR(IP, STATUS)                                                   \
    "{\"op\":\"insert\",\"table\":\"Service_Monitor\",\"row\":{\"ip\":\""     \
    IP "\",\"port\":8080,\"protocol\":\"tcp\",\"logical_port\":\"p\","        \
    "\"src_ip\":\"1.2.3.4\",\"src_mac\":\"00:00:00:00:00:01\"" STATUS "}}"
#define STATUS(S) ",\"status\":\"" S "\""

static void
wait_vip(struct fixture *f, const struct event *event,
         enum sb_vip_state wanted)
{
    long long int deadline = time_msec() + UNIT_PATIENCE_MS;

    sb_run(f->sb);
    while (sb_vip_state(f->sb, event) != wanted) {
        turn(f, deadline);
    }
}

static void
test_vip_state(void **state)
{
    struct fixture *f = *state;
    struct event event = make_event(1);
    uint64_t seqno;

    wait_connected(f);
    assert_int_equal(sb_vip_state(f->sb, &event), SB_VIP_UNKNOWN);
    seqno = sb_backends_seqno(f->sb);
    change_db(f, LB(MAP("10.0.0.1:80", "") ","
                    MAP("[fd00::1]:80", "[fd01::1]:8080")));
    wait_vip(f, &event, SB_VIP_EMPTY);
    assert_true(sb_backends_seqno(f->sb) > seqno);

    struct event other = make_event(2);
    assert_int_equal(sb_vip_state(f->sb, &other), SB_VIP_UNKNOWN);
    free(other.vip);
    other.vip = xstrdup("[fd00:0:0::1]:80");
    assert_int_equal(sb_vip_state(f->sb, &other), SB_VIP_READY);

#define SET_VIP(VALUE)                                                        \
    "{\"op\":\"update\",\"table\":\"Load_Balancer\",\"where\":[],\"row\":"    \
    "{\"vips\":[\"map\",[" MAP("10.0.0.1:80", VALUE) "]]}}"
#define SET_STATUS(IP, S)                                                     \
    "{\"op\":\"update\",\"table\":\"Service_Monitor\",\"where\":[[\"ip\","    \
    "\"==\",\"" IP "\"]],\"row\":{\"status\":\"" S "\"}}"
    change_db(f, SET_VIP("172.16.0.1:8080,172.16.0.2:8080"));
    wait_vip(f, &event, SB_VIP_READY);
    change_db(f, MONITOR("172.16.0.1", STATUS("offline")) ","
              MONITOR("172.16.0.2", ""));
    wait_vip(f, &event, SB_VIP_UNHEALTHY);
    const struct sb_health health = sb_backends_health(
        f->sb, "172.16.0.1:8080,172.16.0.3:8080", "tcp");
    assert_int_equal(health.n_backends, 2);
    assert_int_equal(health.n_monitored, 1);
    assert_int_equal(health.n_online, 0);
    change_db(f, SET_STATUS("172.16.0.2", "online"));
    wait_vip(f, &event, SB_VIP_READY);
    change_db(f, SET_STATUS("172.16.0.2", "error"));
    wait_vip(f, &event, SB_VIP_UNHEALTHY);
    /* A backend that is not checked gets connections, too. */
    change_db(f, SET_VIP("172.16.0.1:8080,172.16.0.3:8080"));
    wait_vip(f, &event, SB_VIP_READY);
    change_db(f, SET_VIP("172.16.0.1:8080"));
    wait_vip(f, &event, SB_VIP_UNHEALTHY);
    change_db(f, "{\"op\":\"delete\",\"table\":\"Service_Monitor\","
              "\"where\":[]}");
    wait_vip(f, &event, SB_VIP_READY);
    change_db(f, "{\"op\":\"delete\",\"table\":\"Load_Balancer\","
              "\"where\":[]}");
    wait_vip(f, &event, SB_VIP_UNKNOWN);
    event_uninit(&event);
    event_uninit(&other);
}

/* What was queued is written when the server is back, once. */
static void
test_server_restarts(void **state)
{
    struct fixture *f = *state;
    struct event event = make_event(1), other = make_event(2);

    change_db(f, LB(MAP("10.0.0.1:80", "")) "," ROW(INFO("10.7.7.7:80"),
                                                    "1"));
    wait_connected(f);
    wait_vip(f, &event, SB_VIP_EMPTY);
    wait_events(f, 1);
    sb_event_insert(f->sb, &event, NULL);
    private_db_restart(&f->db);
    change_db(f, "{\"op\":\"delete\",\"table\":\"Controller_Event\","
              "\"where\":[]},{\"op\":\"delete\",\"table\":\"Load_Balancer\","
              "\"where\":[]}");
    sb_event_insert(f->sb, &other, NULL);
    wait_written(f, &event);
    wait_written(f, &other);
    wait_events(f, 2);
    assert_non_null(sb_event_find(f->sb, &event));
    assert_non_null(sb_event_find(f->sb, &other));
    assert_int_equal(sb_vip_state(f->sb, &event), SB_VIP_UNKNOWN);
    event_uninit(&event);
    event_uninit(&other);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_next_new),
        TEST(test_insert),
        TEST(test_refused_and_admitted),
        TEST(test_many_in_few_transactions),
        TEST(test_annotate_and_delete),
        TEST(test_bad_rows),
        TEST(test_vip_state),
        TEST(test_server_restarts),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
