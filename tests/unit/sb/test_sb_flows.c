/* sb_flows.c against a database. */

#include "unit.h"

#include "cleanup.h"
#include "private_db.h"
#include "sb_flows.h"

struct world {
    struct private_db db;
    struct sb_flows *flows;
    struct shash rows;  /* Table UUID -> owned JSON text. */
    struct shash known; /* Match -> owned text of datapaths' number. */
    struct shash ids;   /* UUID of a flow -> owned match. */
};

static char *
key_of(const char *table, const struct uuid *uuid)
{
    return xasprintf("%s "UUID_FMT, table, UUID_ARGS(uuid));
}

static void
replace(struct shash *map, const char *key, char *value)
{
    free(shash_replace(map, key, value));
}

static void
set_row(void *w_, const char *table, const struct uuid *uuid,
        const struct json *row)
{
    struct world *w = w_;
    char *key OWNED_STRING = key_of(table, uuid);

    replace(&w->rows, key, json_to_string(row, JSSF_SORT));
}

static void
remove_row(void *w_, const char *table, const struct uuid *uuid)
{
    struct world *w = w_;
    char *key OWNED_STRING = key_of(table, uuid);

    free(shash_find_and_delete_assert(&w->rows, key));
}

static void
add_flow(void *w_, const struct uuid *uuid, const struct sb_flow *flow)
{
    struct world *w = w_;
    char *key OWNED_STRING = key_of("", uuid);

    replace(&w->ids, key, xstrdup(flow->match));
    replace(&w->known, flow->match, xasprintf("%"PRIuSIZE" %s %"PRId64,
                                              flow->n_datapaths,
                                              flow->egress ? "egress"
                                                           : "ingress",
                                              flow->table));
}

static void
remove_flow(void *w_, const struct uuid *uuid)
{
    struct world *w = w_;
    char *key OWNED_STRING = key_of("", uuid);
    char *match OWNED_STRING = shash_find_and_delete_assert(&w->ids, key);

    free(shash_find_and_delete_assert(&w->known, match));
}

static const struct sb_flows_ops ops = {
    .set_row = set_row, .remove_row = remove_row, .add_flow = add_flow,
    .remove_flow = remove_flow,
};

/* Runs until flow 'match' is described by 'wanted' (NULL: there is none). */
static void
expect_flow(struct world *w, const char *match, const char *wanted)
{
    long long deadline_ms = time_msec() + UNIT_PATIENCE_MS;

    for (;;) {
        const char *found = shash_find_data(&w->known, match);

        if (nullable_string_is_equal(found, wanted)) {
            return;
        }
        assert_case(time_msec() < deadline_ms, "flow %s: %s, not %s", match,
                    found, wanted);
        sb_flows_wait(w->flows);
        poll_timer_wait(5);
        poll_block();
        sb_flows_run(w->flows);
    }
}

static void
change(struct world *w, const char *operations)
{
    free(private_db_transact(&w->db, "OVN_Southbound", operations));
}

#define FLOW(NAME, WHERE, MATCH)                                              \
    "{\"op\":\"insert\",\"table\":\"Logical_Flow\",\"row\":{\"match\":"       \
    "\"" MATCH "\",\"actions\":\"next;\",\"pipeline\":\"egress\","            \
    "\"table_id\":4,\"priority\":7,\"" NAME "\":" WHERE "}}"

static void
start(struct world *w)
{
    shash_init(&w->rows);
    shash_init(&w->known);
    shash_init(&w->ids);
    private_db_start(&w->db, "ovn-sb");
    change(w, "{\"op\":\"insert\",\"table\":\"SB_Global\",\"row\":"
           "{\"nb_cfg\":3}},"
           "{\"op\":\"insert\",\"table\":\"Datapath_Binding\",\"uuid-name\":"
           "\"d1\",\"row\":{\"tunnel_key\":1}},"
           "{\"op\":\"insert\",\"table\":\"Datapath_Binding\",\"uuid-name\":"
           "\"d2\",\"row\":{\"tunnel_key\":2}},"
           "{\"op\":\"insert\",\"table\":\"Logical_DP_Group\",\"uuid-name\":"
           "\"g\",\"row\":{\"datapaths\":[\"set\",[[\"named-uuid\",\"d1\"],"
           "[\"named-uuid\",\"d2\"]]]}},"
           FLOW("logical_datapath", "[\"named-uuid\",\"d1\"]", "one") ","
           FLOW("logical_dp_group", "[\"named-uuid\",\"g\"]", "two"));
    w->flows = sb_flows_new(w->db.remote, &ops, w);
}

static void
finish(struct world *w)
{
    sb_flows_free(w->flows);
    private_db_stop(&w->db);
    shash_destroy_free_data(&w->rows);
    shash_destroy_free_data(&w->known);
    shash_destroy_free_data(&w->ids);
}

static void
flows_come_change_and_go(void **state OVS_UNUSED)
{
    struct world w;

    start(&w);
    expect_flow(&w, "one", "1 egress 4");
    expect_flow(&w, "two", "2 egress 4");
    assert_int_equal(sb_flows_nb_cfg(w.flows), 3);
    assert_int_equal(shash_count(&w.rows), 3);

    /* The group of a flow changes: so does the flow. */
    change(&w, "{\"op\":\"update\",\"table\":\"Logical_DP_Group\","
           "\"where\":[],\"row\":{\"datapaths\":[\"set\",[]]}}");
    expect_flow(&w, "two", "0 egress 4");
    change(&w, "{\"op\":\"delete\",\"table\":\"Logical_Flow\",\"where\":"
           "[[\"match\",\"==\",\"two\"]]}");
    expect_flow(&w, "two", NULL);
    expect_flow(&w, "one", "1 egress 4");
    finish(&w);
}

static void
rows_are_json(void **state OVS_UNUSED)
{
    struct world w;
    const struct shash_node *node;
    size_t n = 0;

    start(&w);
    expect_flow(&w, "one", "1 egress 4");
    change(&w, "{\"op\":\"insert\",\"table\":\"Address_Set\",\"row\":"
           "{\"name\":\"as\",\"addresses\":[\"set\",[\"1.1.1.1\","
           "\"1.1.1.2\"]]}},"
           FLOW("logical_datapath", "[\"set\",[]]", "none"));
    expect_flow(&w, "none", "0 egress 4");
    SHASH_FOR_EACH (node, &w.rows) {
        if (!strncmp(node->name, "Address_Set ", 12)) {
            n++;
            assert_string_equal(node->data,
                                "{\"addresses\":[\"set\",[\"1.1.1.1\","
                                "\"1.1.1.2\"]],\"name\":\"as\"}");
        }
    }
    assert_int_equal(n, 1);
    finish(&w);
}

static void
what_went_while_away_is_gone(void **state OVS_UNUSED)
{
    struct world w;

    start(&w);
    expect_flow(&w, "two", "2 egress 4");
    private_db_restart(&w.db);
    change(&w, "{\"op\":\"delete\",\"table\":\"Logical_Flow\",\"where\":"
           "[[\"match\",\"==\",\"two\"]]}");
    expect_flow(&w, "two", NULL);
    expect_flow(&w, "one", "1 egress 4");
    finish(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_come_change_and_go),
        cmocka_unit_test(rows_are_json),
        cmocka_unit_test(what_went_while_away_is_gone),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
