/* A Southbound database is filled in pieces, and is what it would be if it had
 * been filled at once. */

#include "nworld.h"

#include "cleanup.h"
#include "unit.h"

/* Enough for a dozen pieces. */
#define N_BALANCERS 400

/* Load balancers on two switches: their flows and rows refer to a group. */
static void
add_balancers(struct nworld *w)
{
    struct ds group = DS_EMPTY_INITIALIZER;
    struct ds ops = DS_EMPTY_INITIALIZER;

    for (int i = 0; i < N_BALANCERS; i++) {
        ds_put_format(&ops, "{\"op\":\"insert\",\"table\":\"Load_Balancer\","
                      "\"uuid-name\":\"lb%d\",\"row\":{\"name\":\"lb%d\","
                      "\"protocol\":\"tcp\",\"vips\":[\"map\",[["
                      "\"172.16.%d.%d:80\",\"10.0.0.1:80\"]]]}},",
                      i, i, i / 250, i % 250 + 1);
        ds_put_format(&group, "%s[\"named-uuid\",\"lb%d\"]", i ? "," : "", i);
    }
    ds_put_format(&ops, "{\"op\":\"insert\",\"table\":"
                  "\"Load_Balancer_Group\",\"uuid-name\":\"g\",\"row\":"
                  "{\"name\":\"g\",\"load_balancer\":[\"set\",[%s]]}}",
                  ds_cstr(&group));
    for (int i = 0; i < 2; i++) {
        ds_put_format(&ops, ",{\"op\":\"insert\",\"table\":"
                      "\"Logical_Switch\",\"row\":{\"name\":\"sw%d\","
                      "\"load_balancer_group\":[\"named-uuid\",\"g\"]}}", i);
    }
    nworld_nb(w, GLOBAL "{\"op\":\"comment\",\"comment\":\"\"}");
    nworld_nb(w, ds_cstr(&ops));
    ds_destroy(&ops);
    ds_destroy(&group);
}

static long long
status_of(const struct nworld *w, const char *name)
{
    struct json *status OWNED_JSON = north_status(w->north);
    const struct json *value = shash_find_data(json_object(status), name);

    assert_non_null(value);
    return json_integer(value);
}

struct content {
    char *flows, *groups, *balancers;
};

static struct content
content_of(struct nworld *w)
{
    return (struct content) {
        .flows = nworld_uuids(w, "Logical_Flow"),
        .groups = nworld_uuids(w, "Logical_DP_Group"),
        .balancers = nworld_uuids(w, "Load_Balancer"),
    };
}

static void
content_uninit(struct content *c)
{
    free(c->flows);
    free(c->groups);
    free(c->balancers);
}

static void
assert_content(struct nworld *w, const struct content *wanted)
{
    struct content c = content_of(w);

    assert_string_equal(c.flows, wanted->flows);
    assert_string_equal(c.groups, wanted->groups);
    assert_string_equal(c.balancers, wanted->balancers);
    content_uninit(&c);
}

/* Changes during a fill come after it; and a start that finds everything
 * writes no flow. */
static void
test_fill(void **state)
{
    struct nworld *w = *state;

    north_free(w->north);
    add_balancers(w);
    w->north = nworld_start(w);
    long long deadline = time_msec() + UNIT_PATIENCE_MS;
    while (!north_is_ready(w->north)) {
        assert_true(time_msec() < deadline);
        nworld_turn(w, deadline);
    }
    nworld_nb(w, "{\"op\":\"update\",\"table\":\"Load_Balancer\",\"where\":"
                 "[[\"name\",\"==\",\"lb399\"]],\"row\":{\"vips\":"
                 "[\"map\",[]]}},"
                 "{\"op\":\"update\",\"table\":\"Load_Balancer\",\"where\":"
                 "[[\"name\",\"==\",\"lb398\"]],\"row\":{\"vips\":"
                 "[\"map\",[[\"172.16.9.9:80\",\"10.0.0.1:80\"]]]}}");
    nworld_catch_up(w);
    assert_true(status_of(w, "southbound_transactions") > 8);
    struct content content = content_of(w);
    assert_int_equal(strlen(content.groups), UUID_LEN);

    north_free(w->north);
    w->north = nworld_start(w);
    nworld_catch_up(w);
    assert_content(w, &content);
    assert_int_equal(status_of(w, "southbound_failures"), 0);
    content_uninit(&content);
}

/* A server that is gone, with half of it. */
static void
test_lost(void **state)
{
    struct nworld *w = *state;

    add_balancers(w);
    nworld_catch_up(w);
    struct content content = content_of(w);

    /* All is deleted, and comes again; also if that is cut short. */
    for (int n_turns = 1; n_turns < 16; n_turns *= 2) {
        free(nworld_sb(w, "{\"op\":\"delete\",\"table\":\"Logical_Flow\","
                          "\"where\":[]},"
                          "{\"op\":\"delete\",\"table\":\"Load_Balancer\","
                          "\"where\":[]}"));
        for (int i = 0; i < n_turns; i++) {
            nworld_turn(w, time_msec() + 100);
        }
        private_db_restart(&w->sb);
        nworld_catch_up(w);
        assert_content(w, &content);
    }
    content_uninit(&content);
}

/* Two address sets, each longer than a piece, whose names are exchanged. */
static char *
address_sets(const char *op, const char *one, const char *two)
{
    struct ds ops = DS_EMPTY_INITIALIZER;

    for (int i = 0; i < 2; i++) {
        ds_put_format(&ops, "%s{\"op\":\"%s\",\"table\":\"Address_Set\","
                      "\"row\":{\"name\":\"%s\",\"addresses\":[\"set\",[",
                      i ? "," : "", op, i ? two : one);
        for (int j = 0; j < 2500; j++) {
            ds_put_format(&ops, "%s\"10.%d.%d.%d\"", j ? "," : "", 100 + i,
                          j / 250, j % 250);
        }
        ds_put_cstr(&ops, "]]}");
        if (!strcmp(op, "update")) {
            ds_put_format(&ops, ",\"where\":[[\"addresses\",\"includes\","
                          "\"10.%d.0.0\"]]", 100 + i);
        }
        ds_put_char(&ops, '}');
    }
    return ds_steal_cstr(&ops);
}

/* What cannot be done in pieces is done at once. */
static void
test_refused(void **state)
{
    struct nworld *w = *state;
    char *before OWNED_STRING = address_sets("insert", "a", "b");
    char *after OWNED_STRING = address_sets("update", "b", "a");

    nworld_nb(w, GLOBAL "{\"op\":\"comment\",\"comment\":\"\"}");
    nworld_nb(w, before);
    nworld_catch_up(w);
    north_free(w->north);
    nworld_nb(w, after);
    w->north = nworld_start(w);
    nworld_catch_up(w);
    assert_int_equal(status_of(w, "southbound_failures"), 1);

    char *set OWNED_STRING = nworld_sb(
        w, "{\"op\":\"select\",\"table\":\"Address_Set\",\"where\":"
           "[[\"name\",\"==\",\"b\"]]}");
    assert_non_null(strstr(set, "\"10.100.0.0\""));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fill, nworld_set_up,
                                        nworld_tear_down),
        cmocka_unit_test_setup_teardown(test_lost, nworld_set_up,
                                        nworld_tear_down),
        cmocka_unit_test_setup_teardown(test_refused, nworld_set_up,
                                        nworld_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
