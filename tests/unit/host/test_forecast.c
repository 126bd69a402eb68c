/* forecast.c between an nb, a north and a database. */

#include "unit.h"

#include "cleanup.h"
#include "forecast.h"
#include "hearing.h"
#include "private_db.h"

#define LB "11111111-1111-4111-8111-000000000001"
#define VIP "10.0.0.1:80"

struct fixture {
    struct private_db nb_db, sb_db;
    struct smap heard; /* hearing_sink()'s. */
    struct nb *nb;
    struct north *north;
    struct forecast *forecast;
};

/* --- The world --- */

static void
change_db(struct fixture *f, const char *operations)
{
    char *answer OWNED_STRING = private_db_transact(
        &f->nb_db, "OVN_Northbound", operations);

    assert_case(!strstr(answer, "error"), "%s: %s", operations, answer);
}

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);
    const struct csink sink = hearing_sink(&f->heard);

    smap_init(&f->heard);
    private_db_start(&f->nb_db, "ovn-nb");
    private_db_start(&f->sb_db, "ovn-sb");
    f->nb = nb_new(&(struct nb_options) {
        .remote = f->nb_db.remote, .lock = "rouse_test",
    });
    f->north = north_new(&(struct north_config) {
        .nb_remote = f->nb_db.remote,
        .sb_remote = f->sb_db.remote,
        .sink = &sink,
    });
    f->forecast = forecast_new(f->nb, f->north);
    change_db(f,
              "{\"op\":\"insert\",\"table\":\"NB_Global\",\"row\":{}},"
              "{\"op\":\"insert\",\"table\":\"Load_Balancer\",\"uuid\":\""
              LB "\",\"row\":{\"name\":\"lb\",\"vips\":[\"map\",[[\"" VIP
              "\",\"\"]]],\"external_ids\":[\"map\",[[\"rouse-driver\","
              "\"exec\"],[\"rouse-backends\",\"10.0.1.1:80\"]]]}},"
              "{\"op\":\"insert\",\"table\":\"Logical_Switch\",\"row\":{"
              "\"name\":\"sw\",\"load_balancer\":[\"set\",[[\"uuid\",\"" LB
              "\"]]]}}");
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    forecast_free(f->forecast);
    north_free(f->north);
    nb_free(f->nb);
    private_db_stop(&f->nb_db);
    private_db_stop(&f->sb_db);
    smap_destroy(&f->heard);
    free(f);
    return 0;
}

static void
turn(struct fixture *f)
{
    nb_run(f->nb);
    north_run(f->north);
    forecast_run(f->forecast);
    nb_wait(f->nb);
    north_wait(f->north);
    poll_timer_wait(20);
    poll_block();
}

static void
wait_heard(struct fixture *f, const char *part)
{
    long long deadline = time_msec() + UNIT_PATIENCE_MS;

    while (!strstr(smap_get_def(&f->heard, "lb", ""), part)) {
        assert_case(time_msec() < deadline, "%s, without %s",
                    smap_get_def(&f->heard, "lb", "nothing"), part);
        turn(f);
    }
}

static struct nb_change
restore(void)
{
    struct nb_change change = { .kind = NB_RESTORE };

    assert_true(uuid_from_string(&change.service, LB));
    return change;
}

static void
start(struct fixture *f)
{
    struct nb_change change = restore();
    long long deadline = time_msec() + UNIT_PATIENCE_MS;

    wait_heard(f, "\"" VIP "\",\"\"");
    while (!nb_has_lock(f->nb) || !nb_service_get(f->nb, &change.service)) {
        assert_true(time_msec() < deadline);
        turn(f);
    }
}

/* --- Tests --- */

/* Told before the transaction is even sent; the row then speaks for itself,
 * and can be emptied again. */
static void
test_ahead(void **state)
{
    struct fixture *f = *state;
    struct nb_change change = restore();
    long long deadline = time_msec() + UNIT_PATIENCE_MS;

    start(f);
    uint64_t ticket = nb_write(f->nb, &change);
    assert_true(forecast_run(f->forecast));
    assert_false(forecast_run(f->forecast));
    north_run(f->north);
    assert_non_null(strstr(smap_get(&f->heard, "lb"), "10.0.1.1:80"));
    assert_int_equal(nb_ticket_status(f->nb, ticket), NB_TICKET_PENDING);
    assert_false(north_vip_has_backends(f->north, &change.service, VIP));

    while (nb_ticket_status(f->nb, ticket) == NB_TICKET_PENDING
           || !north_vip_has_backends(f->north, &change.service, VIP)) {
        assert_true(time_msec() < deadline);
        turn(f);
        assert_non_null(strstr(smap_get(&f->heard, "lb"), "10.0.1.1:80"));
    }
    nb_ticket_forget(f->nb, ticket);
    change_db(f, "{\"op\":\"update\",\"table\":\"Load_Balancer\",\"where\":"
                 "[],\"row\":{\"vips\":[\"map\",[[\"" VIP "\",\"\"]]]}}");
    wait_heard(f, "\"" VIP "\",\"\"");
}

/* What comes to nothing is taken back. */
static void
test_failure(void **state)
{
    struct fixture *f = *state;
    struct nb_change change = restore();
    long long deadline = time_msec() + UNIT_PATIENCE_MS;

    start(f);
    private_db_kill(&f->nb_db);
    uint64_t ticket = nb_write(f->nb, &change);
    assert_true(forecast_run(f->forecast));
    north_run(f->north);
    assert_non_null(strstr(smap_get(&f->heard, "lb"), "10.0.1.1:80"));
    while (nb_ticket_status(f->nb, ticket) == NB_TICKET_PENDING) {
        assert_true(time_msec() < deadline);
        turn(f);
    }
    assert_int_equal(nb_ticket_status(f->nb, ticket), NB_TICKET_FAILED);
    nb_ticket_forget(f->nb, ticket);
    private_db_revive(&f->nb_db);
    wait_heard(f, "\"" VIP "\",\"\"");
}

/* VIPs that are somebody else's to fill are not foreseen. */
static void
test_keep_vips(void **state)
{
    struct fixture *f = *state;
    struct nb_change change = restore();
    struct uuid service;

    start(f);
    change.keep_vips = true;
    nb_ticket_forget(f->nb, nb_write(f->nb, &change));
    assert_int_equal(nb_next_restore(f->nb, &service), 0);
    change.keep_vips = false;
    uint64_t ticket = nb_write(f->nb, &change);
    assert_int_equal(nb_next_restore(f->nb, &service), ticket);
    assert_true(uuid_equals(&service, &change.service));
    assert_int_equal(nb_next_restore(f->nb, &service), 0);
    nb_ticket_forget(f->nb, ticket);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ahead, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failure, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keep_vips, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
