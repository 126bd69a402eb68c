#include "nworld.h"

#include "cleanup.h"
#include "hearing.h"
#include "idlconn.h"
#include "ovn-nb-idl.h"
#include "unit.h"

static char *
datapaths(struct nworld *w)
{
    return nworld_sb(w, "{\"op\":\"select\",\"table\":\"Datapath_Binding\","
                        "\"where\":[],\"columns\":[\"tunnel_key\","
                        "\"external_ids\"]}");
}

static void
test_follows(void **state)
{
    struct nworld *w = *state;

    nworld_nb(w, GLOBAL SWITCH("sw0"));
    nworld_catch_up(w);
    assert_true(north_is_settled(w->north));
    char *one OWNED_STRING = datapaths(w);
    assert_non_null(strstr(one, "sw0"));

    nworld_nb(w, SWITCH("sw1"));
    nworld_catch_up(w);
    char *two OWNED_STRING = datapaths(w);
    assert_non_null(strstr(two, "sw1"));

    nworld_nb(w, "{\"op\":\"delete\",\"table\":\"Logical_Switch\",\"where\":"
                 "[[\"name\",\"==\",\"sw0\"]]}");
    nworld_catch_up(w);
    char *three OWNED_STRING = datapaths(w);
    assert_null(strstr(three, "sw0"));
    assert_non_null(strstr(three, "sw1"));
}

static bool
is_empty(struct nworld *w, const char *table)
{
    char *select OWNED_STRING = xasprintf(
        "{\"op\":\"select\",\"table\":\"%s\",\"where\":[],"
        "\"columns\":[\"_uuid\"]}", table);
    char *answer OWNED_STRING = nworld_sb(w, select);

    return strstr(answer, "\"rows\":[]") != NULL;
}

/* Flows that are not to be Southbound: those of before go, and the rest is
 * there, load balancers without their group. */
static void
test_leaves_out_flows(void **state)
{
    struct nworld *w = *state;

    nworld_nb(w, GLOBAL "{\"op\":\"insert\",\"table\":\"Load_Balancer\","
                 "\"uuid-name\":\"lb\",\"row\":{\"name\":\"lb0\",\"vips\":"
                 "[\"map\",[[\"10.0.0.9:80\",\"10.0.0.1:80\"]]]}},"
                 "{\"op\":\"insert\",\"table\":\"Logical_Switch\",\"row\":"
                 "{\"name\":\"sw0\",\"load_balancer\":"
                 "[\"named-uuid\",\"lb\"]}},"
                 "{\"op\":\"insert\",\"table\":\"Logical_Switch\",\"row\":"
                 "{\"name\":\"sw1\",\"load_balancer\":"
                 "[\"named-uuid\",\"lb\"]}}");
    nworld_catch_up(w);
    assert_false(is_empty(w, "Logical_Flow"));
    assert_false(is_empty(w, "Logical_DP_Group"));
    assert_false(is_empty(w, "Load_Balancer"));

    north_free(w->north);
    w->north = north_new(&(struct north_config) {
        .nb_remote = w->nb.remote, .sb_remote = w->sb.remote,
        .no_sb_flows = true,
    });
    nworld_catch_up(w);
    assert_true(is_empty(w, "Logical_Flow"));
    assert_true(is_empty(w, "Logical_DP_Group"));
    assert_true(is_empty(w, "Load_Balancer"));
    assert_false(is_empty(w, "Datapath_Binding"));

    nworld_nb(w, SWITCH("sw2"));
    nworld_catch_up(w);
    char *after OWNED_STRING = datapaths(w);
    assert_non_null(strstr(after, "sw2"));
    assert_true(is_empty(w, "Logical_Flow"));
}

/* What is deleted behind its back, and a server that dies. */
static void
test_repairs(void **state)
{
    struct nworld *w = *state;

    nworld_nb(w, GLOBAL SWITCH("sw0") "," SWITCH("sw1"));
    nworld_catch_up(w);
    char *flows OWNED_STRING = nworld_uuids(w, "Logical_Flow");
    free(nworld_sb(w, "{\"op\":\"delete\",\"table\":\"Logical_Flow\","
                      "\"where\":[]},"
                      "{\"op\":\"delete\",\"table\":\"Multicast_Group\","
                      "\"where\":[]},"
                      "{\"op\":\"delete\",\"table\":\"IP_Multicast\","
                      "\"where\":[]},"
                      "{\"op\":\"delete\",\"table\":\"Datapath_Binding\","
                      "\"where\":[]}"));
    nworld_catch_up(w);
    nworld_catch_up(w);
    char *flows_again OWNED_STRING = nworld_uuids(w, "Logical_Flow");
    assert_string_equal(flows_again, flows);
    nworld_nb(w, SWITCH("sw2"));
    nworld_catch_up(w);
    char *repaired OWNED_STRING = datapaths(w);
    assert_non_null(strstr(repaired, "sw0"));
    assert_non_null(strstr(repaired, "sw1"));
    assert_non_null(strstr(repaired, "sw2"));

    private_db_restart(&w->sb);
    nworld_nb(w, SWITCH("sw3"));
    nworld_catch_up(w);
    char *restarted OWNED_STRING = datapaths(w);
    assert_non_null(strstr(restarted, "sw0"));
    assert_non_null(strstr(restarted, "sw3"));

    private_db_restart(&w->nb);
    nworld_nb(w, SWITCH("sw4"));
    nworld_catch_up(w);
    char *again OWNED_STRING = datapaths(w);
    assert_non_null(strstr(again, "sw0"));
    assert_non_null(strstr(again, "sw4"));
}

/* Another process before it: rows that nobody wants go, keys stay. */
static void
test_takes_over(void **state)
{
    struct nworld *w = *state;

    nworld_nb(w, GLOBAL "{\"op\":\"insert\",\"table\":\"Logical_Switch\","
                 "\"row\":{\"name\":\"sw0\"},\"uuid\":"
                 "\"11111111-1111-4111-8111-111111111111\"}");
    free(nworld_sb(w, "{\"op\":\"insert\",\"table\":\"Datapath_Binding\","
                      "\"row\":{\"tunnel_key\":4242,\"external_ids\":[\"map\","
                      "[[\"logical-switch\","
                      "\"11111111-1111-4111-8111-111111111111\"]]]}},"
                      "{\"op\":\"insert\",\"table\":\"Address_Set\",\"row\":"
                      "{\"name\":\"old\"}}"));
    nworld_catch_up(w);
    char *kept OWNED_STRING = datapaths(w);
    assert_non_null(strstr(kept, "\"tunnel_key\":4242"));
    assert_non_null(strstr(kept, "sw0"));
    char *sets OWNED_STRING = nworld_sb(w, "{\"op\":\"select\",\"table\":"
                                           "\"Address_Set\",\"where\":[]}");
    assert_null(strstr(sets, "\"old\""));

    /* A new start finds everything as it should be. */
    north_free(w->north);
    w->north = nworld_start(w);
    nworld_catch_up(w);
    char *same OWNED_STRING = datapaths(w);
    assert_non_null(strstr(same, "\"tunnel_key\":4242"));
    struct json *status OWNED_JSON = north_status(w->north);
    char *text OWNED_STRING = json_to_string(status, JSSF_SORT);
    assert_case(strstr(text, "\"southbound_failures\":0"), "%s", text);
}

/* Somebody looks: '*told' is what there is.  False if there is nothing to look
 * at. */
static bool
tell(struct north *north, struct smap *told)
{
    const struct csink sink = hearing_sink(told);
    size_t cursor = 0;

    do {
        if (!north_tell(north, &sink, 1, &cursor)) {
            return false;
        }
    } while (cursor);
    return true;
}

static bool
is_told(struct north *north, const char *name, const char *part)
{
    struct smap told = SMAP_INITIALIZER(&told);
    bool found = tell(north, &told)
                 && strstr(smap_get_def(&told, name, ""), part);

    smap_destroy(&told);
    return found;
}

/* Only one of two writes. */
static void
test_stands_by(void **state)
{
    struct nworld *w = *state;

    nworld_nb(w, GLOBAL SWITCH("sw0"));
    nworld_catch_up(w);
    struct north *other = nworld_start(w);
    long long deadline = time_msec() + 300;
    while (time_msec() < deadline) {
        north_run(other);
        north_wait(other);
        nworld_turn(w, deadline);
    }
    assert_true(north_is_active(w->north));
    assert_false(north_is_active(other));

    /* And only one has something to show. */
    struct smap told = SMAP_INITIALIZER(&told);
    assert_true(tell(w->north, &told));
    assert_false(tell(other, &told));
    smap_destroy(&told);

    /* The one goes, the other takes over. */
    north_free(w->north);
    w->north = other;
    nworld_nb(w, SWITCH("sw1"));
    nworld_catch_up(w);
    char *rows OWNED_STRING = datapaths(w);
    assert_non_null(strstr(rows, "sw1"));
}

/* "Up" comes back, and how far the chassis are. */
static void
check_told_back(struct nworld *w)
{
    nworld_nb(w, GLOBAL "{\"op\":\"insert\",\"table\":\"Logical_Switch_Port\","
                 "\"row\":{\"name\":\"p\"},\"uuid-name\":\"p\"},"
                 "{\"op\":\"insert\",\"table\":\"Logical_Switch\",\"row\":"
                 "{\"name\":\"sw0\",\"ports\":[\"named-uuid\",\"p\"]}}");
    nworld_catch_up(w);
    free(nworld_sb(w, "{\"op\":\"update\",\"table\":\"Port_Binding\","
                      "\"where\":[[\"logical_port\",\"==\",\"p\"]],"
                      "\"row\":{\"up\":true}},"
                      "{\"op\":\"insert\",\"table\":\"Chassis_Private\","
                      "\"row\":{\"name\":\"ch\",\"nb_cfg\":0}}"));
    long long deadline = time_msec() + UNIT_PATIENCE_MS;
    for (;;) {
        char *port OWNED_STRING = private_db_transact(
            &w->nb, "OVN_Northbound",
            "{\"op\":\"select\",\"table\":\"Logical_Switch_Port\",\"where\":"
            "[],\"columns\":[\"up\"]},{\"op\":\"select\",\"table\":"
            "\"NB_Global\",\"where\":[],\"columns\":[\"hv_cfg\"]}");

        if (strstr(port, "\"up\":true") && strstr(port, "\"hv_cfg\":0")) {
            break;
        }
        assert_case(time_msec() < deadline, "%s", port);
        nworld_turn(w, time_msec() + 20);
    }
}

static void
test_tells_back(void **state)
{
    check_told_back(*state);
}

static long long
n_runs(const struct nworld *w)
{
    struct json *status OWNED_JSON = north_status(w->north);

    return json_integer(shash_find_data(json_object(status), "runs"));
}

/* By another's connection, whose lock somebody else has: what is told back
 * does not wait for it, and what the other one alone reads is not compiled. */
static void
test_shares_a_replica(void **state)
{
    struct nworld *w = *state;
    struct idlconn shared, holder;

    idlconn_open(&holder, w->nb.remote, &nbrec_idl_class, true);
    ovsdb_idl_set_lock(holder.idl, "theirs");
    long long deadline = time_msec() + UNIT_PATIENCE_MS;
    for (;;) {
        idlconn_run(&holder);
        if (ovsdb_idl_has_lock(holder.idl)) {
            break;
        }
        assert_true(time_msec() < deadline);
        idlconn_wait(&holder);
        poll_timer_wait_until(deadline);
        poll_block();
    }
    compile_open(&shared, w->nb.remote, true);
    ovsdb_idl_track_add_column(shared.idl,
                               &nbrec_load_balancer_col_external_ids);
    ovsdb_idl_set_lock(shared.idl, "theirs");
    north_free(w->north);
    w->north = north_new(&(struct north_config) {
        .nb_remote = w->nb.remote, .sb_remote = w->sb.remote, .nb = &shared,
    });
    w->shared = &shared;
    check_told_back(w);
    assert_false(ovsdb_idl_has_lock(shared.idl));

    nworld_nb(w, "{\"op\":\"insert\",\"table\":\"Load_Balancer\","
                 "\"uuid-name\":\"lb\",\"row\":{\"name\":\"lb0\",\"vips\":"
                 "[\"map\",[[\"10.0.0.9:80\",\"10.0.0.1:80\"]]]}},"
                 "{\"op\":\"update\",\"table\":\"Logical_Switch\",\"where\":"
                 "[],\"row\":{\"load_balancer\":[\"named-uuid\",\"lb\"]}}");
    nworld_catch_up(w);
    char *lbs OWNED_STRING = nworld_uuids(w, "Load_Balancer");
    assert_int_equal(strlen(lbs), UUID_LEN); /* One. */
    long long before = n_runs(w);
    deadline = time_msec() + UNIT_PATIENCE_MS;
    unsigned int seqno = ovsdb_idl_get_seqno(shared.idl);
    nworld_nb(w, "{\"op\":\"update\",\"table\":\"Load_Balancer\",\"where\":"
                 "[],\"row\":{\"external_ids\":[\"map\",[[\"a\",\"b\"]]]}}");
    while (ovsdb_idl_get_seqno(shared.idl) == seqno) {
        assert_true(time_msec() < deadline);
        nworld_turn(w, time_msec() + 20);
    }
    nworld_turn(w, time_msec() + 20);
    assert_int_equal(n_runs(w), before);

    /* A server that dies: all is compiled anew, from both replicas. */
    private_db_restart(&w->nb);
    nworld_nb(w, SWITCH("sw7"));
    nworld_catch_up(w);
    char *rows OWNED_STRING = datapaths(w);
    assert_non_null(strstr(rows, "sw7"));

    north_free(w->north);
    w->north = NULL;
    w->shared = NULL;
    idlconn_close(&shared);
    idlconn_close(&holder);
}

/* --- A sink of this process --- */

static void
restart_with_sink(struct nworld *w, struct smap *heard)
{
    const struct csink sink = hearing_sink(heard);

    north_free(w->north);
    w->north = north_new(&(struct north_config) {
        .nb_remote = w->nb.remote, .sb_remote = w->sb.remote, .sink = &sink,
    });
}

static void
wait_heard(struct nworld *w, const struct smap *heard, const char *name,
           const char *part)
{
    long long deadline = time_msec() + UNIT_PATIENCE_MS;

    while (!strstr(smap_get_def(heard, name, ""), part)) {
        assert_case(time_msec() < deadline, "%s: %s, without %s", name,
                    smap_get_def(heard, name, "nothing"), part);
        nworld_turn(w, time_msec() + 20);
    }
}

static void
wait_cut_off(struct nworld *w)
{
    long long deadline = time_msec() + UNIT_PATIENCE_MS;

    while (north_is_active(w->north)) {
        assert_case(time_msec() < deadline, "still active");
        nworld_turn(w, time_msec() + 20);
    }
}

#define BALANCER(NAME, VIP, BACKENDS, UUID)                                   \
    "{\"op\":\"insert\",\"table\":\"Load_Balancer\",\"uuid\":\"" UUID "\","   \
    "\"row\":{\"name\":\"" NAME "\",\"vips\":[\"map\",[[\"" VIP "\",\""       \
    BACKENDS "\"]]]}},{\"op\":\"mutate\",\"table\":\"Logical_Switch\","       \
    "\"where\":[],\"mutations\":[[\"load_balancer\",\"insert\","             \
    "[\"set\",[[\"uuid\",\"" UUID "\"]]]]]}"
#define LB1 "11111111-1111-4111-8111-000000000001"
#define LB2 "11111111-1111-4111-8111-000000000002"

/* The Southbound server is gone for a while: the other sink is told of what
 * changes, and Southbound is right once the server is back. */
static void
test_goes_on_without_southbound(void **state)
{
    struct smap heard = SMAP_INITIALIZER(&heard);
    struct nworld *w = *state;

    restart_with_sink(w, &heard);
    nworld_nb(w, GLOBAL SWITCH("sw0"));
    nworld_nb(w, BALANCER("lb1", "10.0.0.1:80", "", LB1));
    nworld_catch_up(w);
    wait_heard(w, &heard, "lb1", "10.0.0.1:80");

    private_db_kill(&w->sb);
    wait_cut_off(w);
    nworld_nb(w, "{\"op\":\"update\",\"table\":\"Load_Balancer\",\"where\":[],"
          "\"row\":{\"vips\":[\"map\",[[\"10.0.0.1:80\","
          "\"10.0.1.1:80\"]]]}}");
    wait_heard(w, &heard, "lb1", "10.0.1.1:80");
    nworld_nb(w, BALANCER("lb2", "10.0.0.2:80", "10.0.1.2:80", LB2));
    wait_heard(w, &heard, "lb2", "10.0.1.2:80");
    assert_true(is_told(w->north, "lb2", "10.0.1.2:80"));
    nworld_nb(w, "{\"op\":\"mutate\",\"table\":\"Logical_Switch\","
          "\"where\":[],\"mutations\":[[\"load_balancer\",\"delete\",[\"set\","
          "[[\"uuid\",\"" LB1 "\"]]]]]}");
    nworld_turn(w, time_msec() + 20);

    private_db_revive(&w->sb);
    nworld_catch_up(w);
    char *rows OWNED_STRING = nworld_sb(w, "{\"op\":\"select\",\"table\":"
                                    "\"Load_Balancer\",\"where\":[]}");
    assert_null(strstr(rows, "lb1"));
    assert_non_null(strstr(rows, "10.0.1.2:80"));
    struct json *status OWNED_JSON = north_status(w->north);
    char *text OWNED_STRING = json_to_string(status, JSSF_SORT);
    assert_case(strstr(text, "\"southbound_failures\":0"), "%s", text);
    smap_destroy(&heard);
}

static void
test_forecast(void **state)
{
    struct smap heard = SMAP_INITIALIZER(&heard);
    struct nworld *w = *state;
    struct uuid lb;

    assert_true(uuid_from_string(&lb, LB1));
    restart_with_sink(w, &heard);
    nworld_nb(w, GLOBAL SWITCH("sw0"));
    nworld_nb(w, BALANCER("lb1", "10.0.0.1:80", "", LB1));
    nworld_catch_up(w);
    assert_false(north_vip_has_backends(w->north, &lb, "10.0.0.1:80"));

    north_forecast(w->north, &lb, "10.0.0.1:80", "10.0.1.1:80");
    wait_heard(w, &heard, "lb1", "10.0.1.1:80");
    assert_true(is_told(w->north, "lb1", "10.0.1.1:80"));
    assert_false(north_vip_has_backends(w->north, &lb, "10.0.0.1:80"));
    north_forecast(w->north, &lb, "10.0.0.1:80", NULL);
    wait_heard(w, &heard, "lb1", "\"10.0.0.1:80\",\"\"");

    /* What the row says counts for more. */
    north_forecast(w->north, &lb, "10.0.0.1:80", "10.0.1.1:80");
    nworld_nb(w, "{\"op\":\"update\",\"table\":\"Load_Balancer\",\"where\":[],"
          "\"row\":{\"vips\":[\"map\",[[\"10.0.0.1:80\","
          "\"10.0.1.9:80\"]]]}}");
    wait_heard(w, &heard, "lb1", "10.0.1.9:80");
    assert_true(north_vip_has_backends(w->north, &lb, "10.0.0.1:80"));
    smap_destroy(&heard);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_follows, nworld_set_up,
                                        nworld_tear_down),
        cmocka_unit_test_setup_teardown(test_leaves_out_flows, nworld_set_up,
                                        nworld_tear_down),
        cmocka_unit_test_setup_teardown(test_repairs, nworld_set_up,
                                        nworld_tear_down),
        cmocka_unit_test_setup_teardown(test_takes_over, nworld_set_up,
                                        nworld_tear_down),
        cmocka_unit_test_setup_teardown(test_stands_by, nworld_set_up,
                                        nworld_tear_down),
        cmocka_unit_test_setup_teardown(test_shares_a_replica, nworld_set_up,
                                        nworld_tear_down),
        cmocka_unit_test_setup_teardown(test_tells_back, nworld_set_up,
                                        nworld_tear_down),
        cmocka_unit_test_setup_teardown(test_goes_on_without_southbound,
                                        nworld_set_up, nworld_tear_down),
        cmocka_unit_test_setup_teardown(test_forecast, nworld_set_up,
                                        nworld_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
