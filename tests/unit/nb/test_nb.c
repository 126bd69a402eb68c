/* nb.c and nb_write.c against a database. */

#include "unit.h"

#include "cleanup.h"
#include "nb.h"
#include "private_db.h"

struct fixture {
    struct private_db db;
    struct nb *nb;
};

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    private_db_start(&f->db, "ovn-nb");
    f->nb = nb_new(&(struct nb_options) {
        .remote = f->db.remote, .lock = "test",
    });
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    nb_free(f->nb);
    private_db_stop(&f->db);
    free(f);
    return 0;
}

static char *
transact(struct fixture *f, const char *operations)
{
    return private_db_transact(&f->db, "OVN_Northbound", operations);
}

static void
change_db(struct fixture *f, const char *operations)
{
    free(transact(f, operations));
}

static void
turn(struct nb *nb, long long int deadline_ms)
{
    nb_wait(nb);
    poll_timer_wait_until(deadline_ms);
    poll_block();
    nb_run(nb);
    assert_case(time_msec() < deadline_ms, "waited in vain");
}

static void
wait_lock(struct nb *nb)
{
    long long int deadline = time_msec() + UNIT_PATIENCE_MS;

    nb_run(nb);
    while (!nb_is_ready(nb) || !nb_has_lock(nb)) {
        turn(nb, deadline);
    }
}

static const struct nb_service *
wait_service(struct nb *nb, const char *name)
{
    long long int deadline = time_msec() + UNIT_PATIENCE_MS;
    const struct nb_service *svc;

    nb_run(nb);
    while (!(svc = nb_service_find(nb, name, NULL))) {
        turn(nb, deadline);
    }
    return svc;
}

/* Writes a change and waits for the answer. */
static enum nb_ticket_status
write_and_wait(struct nb *nb, const struct nb_change *change)
{
    long long int deadline = time_msec() + UNIT_PATIENCE_MS;
    uint64_t ticket = nb_write(nb, change);
    enum nb_ticket_status status;

    while ((status = nb_ticket_status(nb, ticket)) == NB_TICKET_PENDING) {
        turn(nb, deadline);
    }
    nb_ticket_forget(nb, ticket);
    return status;
}

#define INSERT(NAME, VIPS, OPTIONS, IDS)                                      \
    "{\"op\":\"insert\",\"table\":\"Load_Balancer\",\"row\":{\"name\":\""     \
    NAME "\",\"vips\":[\"map\",[" VIPS "]],\"options\":[\"map\",[" OPTIONS    \
    "]],\"external_ids\":[\"map\",[" IDS "]]}}"
#define MAP(KEY, VALUE) "[\"" KEY "\",\"" VALUE "\"]"
#define WEB                                                                   \
    INSERT("web", MAP("10.0.0.1:80", "1.1.1.1:80") ","                       \
           MAP("10.0.0.1:81", ""), MAP("reject", "true"),                     \
           MAP("rouse-driver", "exec") "," MAP("other", "stays"))

static void
test_put_to_sleep_and_restore(void **state)
{
    struct fixture *f = *state;
    const struct nb_service *svc;
    struct nb_change change = { .kind = NB_PUT_TO_SLEEP };

    change_db(f, WEB);
    wait_lock(f->nb);
    svc = wait_service(f->nb, "web");
    change.service = svc->uuid;

    /* Twice: what has been saved must survive that. */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(write_and_wait(f->nb, &change),
                         NB_TICKET_COMMITTED);
        svc = nb_service_get(f->nb, &change.service);
        assert_string_equal(smap_get(svc->vips, "10.0.0.1:80"), "");
        assert_string_equal(nb_service_saved(svc, "10.0.0.1:80"),
                            "1.1.1.1:80");
        assert_null(nb_service_saved(svc, "10.0.0.1:81"));
        assert_int_equal(svc->state, SERVICE_IDLING);
        assert_true(svc->reject);
        char *row OWNED_STRING = transact(
            f, "{\"op\":\"select\",\"table\":\"Load_Balancer\",\"where\":[],"
            "\"columns\":[\"options\",\"external_ids\"]}");
        assert_non_null(strstr(row, "\"event\",\"true\""));
        assert_null(strstr(row, "\"reject\""));
        assert_non_null(strstr(row, "\"other\",\"stays\""));
    }

    /* Somebody fills the other VIP: theirs stays. */
    change_db(f, "{\"op\":\"mutate\",\"table\":\"Load_Balancer\","
              "\"where\":[],\"mutations\":[[\"vips\",\"delete\",[\"set\","
              "[\"10.0.0.1:81\"]]],[\"vips\",\"insert\",[\"map\",["
              MAP("10.0.0.1:81", "9.9.9.9:9") "]]]]}");
    change.kind = NB_RESTORE;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(write_and_wait(f->nb, &change),
                         NB_TICKET_COMMITTED);
        svc = nb_service_get(f->nb, &change.service);
        assert_string_equal(smap_get(svc->vips, "10.0.0.1:80"),
                            "1.1.1.1:80");
        assert_string_equal(smap_get(svc->vips, "10.0.0.1:81"),
                            "9.9.9.9:9");
        assert_int_equal(svc->state, SERVICE_AWAKE);
        assert_false(svc->reject);
    }
}

/* Queued in one go, made in order: each sees what the one before has done. */
static void
test_changes_of_one_row_in_order(void **state)
{
    struct fixture *f = *state;
    const struct nb_service *svc;
    long long int deadline = time_msec() + UNIT_PATIENCE_MS;
    struct nb_change change = { .kind = NB_SET_STATE };
    uint64_t last;

    change_db(f, WEB);
    wait_lock(f->nb);
    svc = wait_service(f->nb, "web");
    change.service = svc->uuid;
    change.state = SERVICE_FAILED;
    change.error = "an error";
    nb_ticket_forget(f->nb, nb_write(f->nb, &change));
    change.kind = NB_PUT_TO_SLEEP;
    nb_ticket_forget(f->nb, nb_write(f->nb, &change));
    change.kind = NB_SET_DEMAND;
    change.demand = "1";
    nb_ticket_forget(f->nb, nb_write(f->nb, &change));
    change.kind = NB_RESTORE;
    nb_ticket_forget(f->nb, nb_write(f->nb, &change));
    change.kind = NB_SET_STATE;
    change.state = SERVICE_IDLING;
    change.error = NULL;
    last = nb_write(f->nb, &change);
    while (nb_ticket_status(f->nb, last) == NB_TICKET_PENDING) {
        turn(f->nb, deadline);
    }
    svc = nb_service_get(f->nb, &change.service);
    assert_string_equal(smap_get(svc->vips, "10.0.0.1:80"), "1.1.1.1:80");
    assert_int_equal(svc->state, SERVICE_IDLING);
    assert_string_equal(svc->demand, "1");
    assert_null(svc->error);
}

static void
test_state_since_is_when_it_began(void **state)
{
    struct fixture *f = *state;
    const struct nb_service *svc;
    long long int since;
    struct nb_change change = { .kind = NB_SET_STATE,
                                .state = SERVICE_WAKING };

    change_db(f, WEB);
    wait_lock(f->nb);
    change.service = wait_service(f->nb, "web")->uuid;
    write_and_wait(f->nb, &change);
    svc = nb_service_get(f->nb, &change.service);
    since = svc->since_wall_ms;
    assert_true(since > 0);
    change.error = "delayed";
    write_and_wait(f->nb, &change);
    svc = nb_service_get(f->nb, &change.service);
    assert_string_equal(svc->error, "delayed");
    assert_true(svc->since_wall_ms == since);
}

static void
test_requests(void **state)
{
    struct fixture *f = *state;
    const struct nb_service *svc;
    struct nb_change change = { .kind = NB_TAKE_REQUEST,
                                .request = REQUEST_WAKE };

    change_db(f, INSERT("web", "", "", MAP("rouse-driver", "exec") ","
                        MAP("rouse-request", "idle")));
    wait_lock(f->nb);
    change.service = wait_service(f->nb, "web")->uuid;
    assert_int_equal(write_and_wait(f->nb, &change), NB_TICKET_COMMITTED);
    svc = nb_service_get(f->nb, &change.service);
    assert_case(svc->request == REQUEST_IDLE, "another request must stay");
    change.request = REQUEST_IDLE;
    assert_int_equal(write_and_wait(f->nb, &change), NB_TICKET_COMMITTED);
    svc = nb_service_get(f->nb, &change.service);
    assert_int_equal(svc->request, REQUEST_NONE);
}

static void
test_row_that_is_gone(void **state)
{
    struct fixture *f = *state;
    const struct nb_change change = { .kind = NB_RESTORE,
                                      .service = { { 1, 2, 3, 4 } } };

    wait_lock(f->nb);
    assert_int_equal(write_and_wait(f->nb, &change), NB_TICKET_GONE);
    assert_int_equal(nb_ticket_status(f->nb, 12345), NB_TICKET_FAILED);
    nb_ticket_forget(f->nb, 0);
}

/* A text that the database refuses spoils its own change and no other's. */
static void
test_refused_change_is_found(void **state)
{
    struct fixture *f = *state;
    long long int deadline = time_msec() + UNIT_PATIENCE_MS;
    struct nb_change change = { .kind = NB_SET_STATE,
                                .state = SERVICE_FAILED };
    uint64_t tickets[9];

    for (int i = 0; i < ARRAY_SIZE(tickets); i++) {
        char *op OWNED_STRING = xasprintf(
            INSERT("s%d", "", "", MAP("rouse-driver", "exec")), i);

        change_db(f, op);
    }
    wait_lock(f->nb);
    wait_service(f->nb, "s8");
    for (int i = 0; i < ARRAY_SIZE(tickets); i++) {
        char *name OWNED_STRING = xasprintf("s%d", i);

        change.service = nb_service_find(f->nb, name, NULL)->uuid;
        change.error = i == 4 ? "not UTF-8: \xff" : NULL;
        tickets[i] = nb_write(f->nb, &change);
    }
    for (int i = 0; i < ARRAY_SIZE(tickets); i++) {
        while (nb_ticket_status(f->nb, tickets[i]) == NB_TICKET_PENDING) {
            turn(f->nb, deadline);
        }
        /* OVSDB may refuse or drop the connection; never lose the others. */
        assert_case(i == 4 || nb_ticket_status(f->nb, tickets[i])
                              == NB_TICKET_COMMITTED, "change %d", i);
        nb_ticket_forget(f->nb, tickets[i]);
    }
}

static void
test_changed_and_lookup(void **state)
{
    struct fixture *f = *state;
    long long int deadline = time_msec() + UNIT_PATIENCE_MS;
    struct uuid uuid;
    size_t n = 0;
    char *why;

    change_db(f, WEB "," INSERT("cms", MAP("10.0.0.2:80", "1.1.1.1:80"), "",
                                "") "," INSERT("twin", "", "", "") ","
              INSERT("twin", "", "", ""));
    wait_lock(f->nb);
    uuid = wait_service(f->nb, "web")->uuid;
    assert_int_equal(nb_lb_kind(f->nb, &uuid), NB_LB_SERVICE);
    assert_false(nb_lb_is_filled(f->nb, &uuid));

    assert_true(nb_lb_find(f->nb, "cms", &uuid, NULL));
    assert_int_equal(nb_lb_kind(f->nb, &uuid), NB_LB_OTHER);
    assert_true(nb_lb_is_filled(f->nb, &uuid));
    assert_null(nb_service_find(f->nb, "cms", &why));
    assert_non_null(strstr(why, "no rouse-driver"));
    free(why);
    assert_false(nb_lb_find(f->nb, "twin", &uuid, &why));
    assert_non_null(strstr(why, "2 load balancers"));
    free(why);
    assert_false(nb_lb_find(f->nb, "", &uuid, &why));
    free(why);

    while (n) {
        nb_run(f->nb);
        nb_changed_take(f->nb, &n);
    }
    change_db(f, "{\"op\":\"mutate\",\"table\":\"Load_Balancer\",\"where\":"
              "[[\"name\",\"==\",\"web\"]],\"mutations\":[[\"external_ids\","
              "\"delete\",[\"set\",[\"rouse-driver\"]]]]}");
    assert_true(nb_lb_find(f->nb, "web", &uuid, NULL));
    while (nb_lb_kind(f->nb, &uuid) == NB_LB_SERVICE) {
        turn(f->nb, deadline);
    }
    assert_true(uuid_equals(nb_changed_take(f->nb, &n), &uuid));
    assert_int_equal(n, 1);
    nb_changed_take(f->nb, &n);
    assert_int_equal(n, 0);
    assert_null(nb_service_first(f->nb));
}

static void
test_barrier(void **state)
{
    struct fixture *f = *state;
    long long int deadline = time_msec() + UNIT_PATIENCE_MS;
    uint64_t barrier;
    char *row;

    change_db(f, "{\"op\":\"insert\",\"table\":\"NB_Global\",\"row\":"
              "{\"nb_cfg\":7,\"hv_cfg\":7}}");
    wait_lock(f->nb);
    barrier = nb_barrier_start(f->nb);
    do {
        turn(f->nb, deadline);
        row = transact(f, "{\"op\":\"select\",\"table\":\"NB_Global\","
                       "\"where\":[],\"columns\":[\"nb_cfg\"]}");
        assert_false(nb_barrier_is_reached(f->nb, barrier));
        nb_barrier_start(f->nb);
    } while (!strstr(row, "\"nb_cfg\":8") && (free(row), true));
    free(row);
    change_db(f, "{\"op\":\"update\",\"table\":\"NB_Global\",\"where\":[],"
              "\"row\":{\"hv_cfg\":8}}");
    while (!nb_barrier_is_reached(f->nb, barrier)) {
        turn(f->nb, deadline);
    }
    nb_barrier_forget(f->nb, barrier);
    assert_false(nb_barrier_is_reached(f->nb, barrier));
}

/* The second connection gets the lock when the first is gone, and not before;
 * what the first had queued is lost then. */
static void
test_lock(void **state)
{
    struct fixture *f = *state;
    long long int deadline = time_msec() + UNIT_PATIENCE_MS;
    struct nb *other;

    wait_lock(f->nb);
    other = nb_new(&(struct nb_options) {
        .remote = f->db.remote, .lock = "test",
    });
    nb_run(other);
    while (!nb_is_connected(other)) {
        turn(other, deadline);
    }
    assert_false(nb_has_lock(other));
    nb_free(f->nb);
    f->nb = other;
    wait_lock(f->nb);
}

static void
test_rows_that_vanish_with_the_server(void **state)
{
    struct fixture *f = *state;
    long long int deadline = time_msec() + UNIT_PATIENCE_MS;
    uint64_t ticket;
    struct nb_change change = { .kind = NB_SET_STATE,
                                .state = SERVICE_AWAKE };

    change_db(f, WEB);
    wait_lock(f->nb);
    change.service = wait_service(f->nb, "web")->uuid;
    ticket = nb_write(f->nb, &change);
    private_db_restart(&f->db);
    /* Deleted while nobody watches. */
    change_db(f, "{\"op\":\"delete\",\"table\":\"Load_Balancer\","
              "\"where\":[]}");
    while (nb_service_get(f->nb, &change.service)) {
        turn(f->nb, deadline);
    }
    assert_int_not_equal(nb_ticket_status(f->nb, ticket),
                         NB_TICKET_COMMITTED);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_put_to_sleep_and_restore),
        TEST(test_changes_of_one_row_in_order),
        TEST(test_state_since_is_when_it_began),
        TEST(test_requests),
        TEST(test_row_that_is_gone),
        TEST(test_refused_change_is_found),
        TEST(test_changed_and_lookup),
        TEST(test_barrier),
        TEST(test_lock),
        TEST(test_rows_that_vanish_with_the_server),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
