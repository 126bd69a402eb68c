#include "unit.h"

#include "netsink.h"
#include "network.h"

#define DP1 "00000000-0000-0000-0000-000000000001"
#define DP2 "00000000-0000-0000-0000-000000000002"

struct world {
    struct network *network;
    struct netsink *sink;
};

static void
start(struct world *w)
{
    w->network = network_new();
    w->sink = netsink_new(w->network);
}

static void
finish(struct world *w)
{
    netsink_free(w->sink);
    network_free(w->network);
}

static struct uuid
id(unsigned int n)
{
    struct uuid uuid = { .parts = { 0, 0, 0, n } };

    return uuid;
}

/* Sets row 'n'; 'text' is JSON with apostrophes for quotation marks. */
static void
set(struct world *w, const char *table, unsigned int n, const char *text)
{
    char *copy = xstrdup(text);
    struct uuid uuid = id(n);

    for (char *p = copy; *p; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    struct json *row = json_from_string(copy);
    assert_case(row->type == JSON_OBJECT, "%s", copy);
    netsink_set_row(w->sink, table, &uuid, row);
    json_destroy(row);
    free(copy);
}

static void
unset(struct world *w, const char *table, unsigned int n)
{
    struct uuid uuid = id(n);

    netsink_remove_row(w->sink, table, &uuid);
}

static void
set_datapath(struct world *w, unsigned int n)
{
    char *text = xasprintf("{'tunnel_key':%u,'external_ids':['map',[['name',"
                           "'dp%u'],['logical-switch','x']]]}", n, n);

    set(w, "Datapath_Binding", n, text);
    free(text);
}

static void
set_port(struct world *w, unsigned int n, const char *name, unsigned int key,
         const char *more)
{
    char *text = xasprintf("{'logical_port':'%s','datapath':['uuid','" DP1
                           "'],'tunnel_key':%u,%s}", name, key, more);

    set(w, "Port_Binding", n, text);
    free(text);
}

static void
add_flow(struct world *w, unsigned int n, unsigned int dp, const char *match)
{
    struct uuid dps[] = { id(dp) }, flow = id(n);

    netsink_add_flow(w->sink, &flow, &(struct netsink_flow) {
        .datapaths = dps, .n_datapaths = 1, .table = 3, .priority = 100,
        .match = match, .actions = "drop;",
    });
}

/* Whether a packet from port 'key' matches a flow of datapath 1, table 3. */
static bool
matches(struct world *w, uint32_t key)
{
    const struct net_datapath *dp = network_find_datapath(w->network, 1);
    struct flow flow;

    memset(&flow, 0, sizeof flow);
    flow.metadata = htonll(1);
    flow.regs[14] = key;
    return ldatapath_lookup(dp->flows, PIPELINE_INGRESS, 3, &flow,
                            NULL) != NULL;
}

static void
order_does_not_matter(void **state OVS_UNUSED)
{
    struct world w;

    start(&w);
    add_flow(&w, 50, 1, "inport == \"a\"");
    set(&w, "Multicast_Group", 20, "{'datapath':['uuid','" DP1 "'],'name':"
        "'_MC_flood','tunnel_key':32768,'ports':['set',[['uuid','"
        "00000000-0000-0000-0000-00000000000a'],['uuid','"
        "00000000-0000-0000-0000-00000000000b']]]}");
    set_port(&w, 10, "a", 1, "'type':''");
    set_port(&w, 11, "b", 2, "'type':'localnet','tag':7,'options':['map',"
             "[['network_name','phys']]]");
    set_datapath(&w, 1);
    assert_true(netsink_commit(w.sink));
    assert_false(netsink_commit(w.sink));

    struct net_datapath *dp = network_find_datapath(w.network, 1);
    assert_non_null(dp);
    assert_string_equal(dp->name, "dp1");
    assert_non_null(network_find_port(w.network, "a"));
    assert_int_equal(network_find_port(w.network, "b")->type, PORT_LOCALNET);
    assert_int_equal(net_datapath_find_group(dp, 32768)->n_ports, 2);
    assert_true(matches(&w, 1));
    assert_false(matches(&w, 2));
    finish(&w);
}

static void
a_port_that_changes_stays_the_same(void **state OVS_UNUSED)
{
    struct world w;

    start(&w);
    set_datapath(&w, 1);
    set_port(&w, 10, "a", 1, "'type':''");
    netsink_commit(w.sink);
    const struct net_port *port = network_find_port(w.network, "a");
    uint16_t zone = port->zone;

    set_port(&w, 10, "a", 1, "'type':'','port_security':'00:00:00:00:00:01'");
    assert_true(netsink_commit(w.sink));
    assert_ptr_equal(network_find_port(w.network, "a"), port);
    assert_int_equal(port->zone, zone);
    assert_int_equal(port->n_security, 1);

    /* Another name is another port. */
    set_port(&w, 10, "c", 1, "'type':''");
    netsink_commit(w.sink);
    assert_null(network_find_port(w.network, "a"));
    assert_non_null(network_find_port(w.network, "c"));
    finish(&w);
}

static void
what_goes_is_gone(void **state OVS_UNUSED)
{
    struct world w;

    start(&w);
    set_datapath(&w, 1);
    set_port(&w, 10, "a", 1, "'type':''");
    set(&w, "Address_Set", 30, "{'name':'as','addresses':['set',['10.0.0.1',"
        "'10.0.0.2']]}");
    add_flow(&w, 50, 1, "inport == \"a\"");
    netsink_commit(w.sink);
    assert_true(matches(&w, 1));

    struct uuid flow = id(50);
    netsink_remove_flow(w.sink, &flow);
    assert_false(netsink_commit(w.sink));
    assert_false(matches(&w, 1));

    unset(&w, "Port_Binding", 10);
    unset(&w, "Datapath_Binding", 1);
    unset(&w, "Address_Set", 30);
    unset(&w, "Address_Set", 31);
    assert_true(netsink_commit(w.sink));
    assert_null(network_find_port(w.network, "a"));
    assert_null(network_find_datapath(w.network, 1));
    finish(&w);
}

static void
a_flow_may_change_in_one_commit(void **state OVS_UNUSED)
{
    struct uuid flow = id(50);
    struct world w;

    start(&w);
    set_datapath(&w, 1);
    set_port(&w, 10, "a", 1, "'type':''");
    set_port(&w, 11, "b", 2, "'type':''");
    add_flow(&w, 50, 1, "inport == \"a\"");
    netsink_commit(w.sink);

    /* Described anew. */
    add_flow(&w, 50, 1, "inport == \"b\"");
    netsink_commit(w.sink);
    assert_false(matches(&w, 1));
    assert_true(matches(&w, 2));

    /* Added and removed before anybody sees it; removed and added. */
    add_flow(&w, 51, 1, "inport == \"a\"");
    struct uuid other = id(51);
    netsink_remove_flow(w.sink, &other);
    netsink_remove_flow(w.sink, &flow);
    add_flow(&w, 50, 1, "inport == \"b\"");
    netsink_commit(w.sink);
    assert_false(matches(&w, 1));
    assert_true(matches(&w, 2));
    finish(&w);
}

static void
backends_are_counted(void **state OVS_UNUSED)
{
    struct in6_addr ip;
    struct world w;

    in6_addr_set_mapped_ipv4(&ip, htonl(0x0a000003));
    start(&w);
    set_datapath(&w, 1);
    set(&w, "Load_Balancer", 40, "{'name':'x','datapaths':['uuid','" DP1 "'],"
        "'vips':['map',[['1.1.1.1:80','10.0.0.3:80,10.0.0.4:80'],"
        "['1.1.1.2:80','10.0.0.3:80']]]}");
    set(&w, "Load_Balancer", 41, "{'name':'y','datapaths':['uuid','" DP1 "'],"
        "'vips':['map',[['1.1.1.3:80','10.0.0.3:80'],['1.1.1.4:80','']]]}");
    netsink_commit(w.sink);
    const struct net_datapath *dp = network_find_datapath(w.network, 1);
    assert_true(net_datapath_has_backend(dp, &ip, 80));

    unset(&w, "Load_Balancer", 40);
    netsink_commit(w.sink);
    assert_true(net_datapath_has_backend(dp, &ip, 80));
    unset(&w, "Load_Balancer", 41);
    netsink_commit(w.sink);
    assert_false(net_datapath_has_backend(dp, &ip, 80));
    finish(&w);
}

/* Load balancers of a group of datapaths, which come and go. */
static void
backends_of_a_group(void **state OVS_UNUSED)
{
    struct in6_addr ip;
    struct world w;

    in6_addr_set_mapped_ipv4(&ip, htonl(0x0a000003));
    start(&w);
    set_datapath(&w, 1);
    set(&w, "Logical_DP_Group", 30, "{'datapaths':['set',[['uuid','" DP1 "'],"
        "['uuid','" DP2 "']]]}");
    set(&w, "Load_Balancer", 40, "{'name':'x','datapath_group':['uuid',"
        "'00000000-0000-0000-0000-00000000001e'],"
        "'vips':['map',[['1.1.1.1:80','10.0.0.3:80']]]}");
    netsink_commit(w.sink);
    set_datapath(&w, 2);
    netsink_commit(w.sink);
    for (uint32_t key = 1; key <= 2; key++) {
        assert_true(net_datapath_has_backend(
            network_find_datapath(w.network, key), &ip, 80));
    }

    unset(&w, "Datapath_Binding", 1);
    netsink_commit(w.sink);
    set_datapath(&w, 1);
    netsink_commit(w.sink);
    assert_true(net_datapath_has_backend(
        network_find_datapath(w.network, 1), &ip, 80));
    unset(&w, "Load_Balancer", 40);
    netsink_commit(w.sink);
    for (uint32_t key = 1; key <= 2; key++) {
        assert_false(net_datapath_has_backend(
            network_find_datapath(w.network, key), &ip, 80));
    }
    finish(&w);
}

/* With another tunnel key a datapath is another one: its ports have gone, are
 * asked for, and are there when they have been told again. */
static void
a_key_changes(void **state OVS_UNUSED)
{
    struct world w;

    start(&w);
    set_datapath(&w, 1);
    set_port(&w, 10, "p", 5, "'type':''");
    netsink_commit(w.sink);
    assert_false(netsink_lacks(w.sink));
    set(&w, "Datapath_Binding", 1, "{'tunnel_key':77,'external_ids':['map',"
        "[['logical-switch','" DP1 "'],['name','sw']]]}");
    netsink_commit(w.sink);
    assert_true(netsink_lacks(w.sink));
    assert_false(netsink_lacks(w.sink));
    assert_null(network_find_datapath(w.network, 1));

    set_port(&w, 10, "p", 5, "'type':''");
    netsink_commit(w.sink);
    const struct net_port *port = network_find_port(w.network, "p");
    assert_non_null(port);
    assert_int_equal(port->datapath->key, 77);

    /* One that goes with its ports lacks nothing. */
    unset(&w, "Port_Binding", 10);
    unset(&w, "Datapath_Binding", 1);
    netsink_commit(w.sink);
    assert_false(netsink_lacks(w.sink));
    finish(&w);
}

static void
bad_rows_are_left_out(void **state OVS_UNUSED)
{
    static const struct {
        const char *table, *text;
    } rows[] = {
        { "Datapath_Binding", "{}" },
        { "Datapath_Binding", "{'tunnel_key':0}" },
        { "Datapath_Binding", "{'tunnel_key':'x'}" },
        { "Datapath_Binding", "{'tunnel_key':1}" }, /* Twice. */
        { "Port_Binding", "{}" },
        { "Port_Binding", "{'datapath':['uuid','" DP2 "'],'tunnel_key':1,"
          "'logical_port':'p'}" },
        { "Port_Binding", "{'datapath':['uuid','" DP1 "'],'tunnel_key':99999,"
          "'logical_port':'p'}" },
        { "Multicast_Group", "{'datapath':7,'tunnel_key':1}" },
        { "Load_Balancer", "{'datapaths':['uuid','" DP1 "'],'vips':['map',"
          "[['v','no endpoint']]]}" },
        { "Static_MAC_Binding", "{'logical_port':'a','ip':'x','mac':'y'}" },
    };
    struct world w;

    start(&w);
    set_datapath(&w, 1);
    netsink_commit(w.sink);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct json *before = netsink_status(w.sink);

        set(&w, rows[i].table, 100 + i, rows[i].text);
        add_flow(&w, 200, 1, "this is no match");
        netsink_commit(w.sink);
        struct json *after = netsink_status(w.sink);
        long long a = json_integer(shash_find_data(json_object(before),
                                                   "bad_rows"));
        long long b = json_integer(shash_find_data(json_object(after),
                                                   "bad_rows"));
        assert_case(b == a + 2, "%s %s: %lld", rows[i].table, rows[i].text,
                    b - a);
        json_destroy(before);
        json_destroy(after);
    }
    /* And they can go, and become right. */
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        unset(&w, rows[i].table, 100 + i);
    }
    netsink_commit(w.sink);
    set_port(&w, 105, "p", 5, "'type':''");
    netsink_commit(w.sink);
    assert_non_null(network_find_port(w.network, "p"));
    finish(&w);
}

/* Which backends have a health check, by protocol; gone with the last row. */
static void
checks_are_known(void **state OVS_UNUSED)
{
    struct world w;

    start(&w);
    assert_false(netsink_is_monitored(w.sink, "tcp", "10.0.0.1:80"));
    for (unsigned int i = 1; i < 3; i++) {
        set(&w, "Service_Monitor", i, "{'ip':'10.0.0.1','port':80,"
            "'protocol':'tcp','logical_port':'p1'}");
    }
    set(&w, "Service_Monitor", 3, "{'ip':'10.0.0.2','port':53,"
        "'protocol':'udp','logical_port':'p1'}");
    set(&w, "Service_Monitor", 4, "{'ip':'x','port':53,'protocol':'udp'}");
    netsink_commit(w.sink);
    assert_true(netsink_is_monitored(w.sink, "tcp",
                                     "10.0.0.9:80,10.0.0.1:80"));
    assert_true(netsink_is_monitored(w.sink, "udp", "10.0.0.2:53"));
    assert_false(netsink_is_monitored(w.sink, "udp", "10.0.0.1:80"));
    assert_false(netsink_is_monitored(w.sink, "tcp", "10.0.0.1:81"));
    assert_false(netsink_is_monitored(w.sink, "tcp", ""));
    assert_false(netsink_is_monitored(w.sink, "tcp", "x"));
    unset(&w, "Service_Monitor", 1);
    netsink_commit(w.sink);
    assert_true(netsink_is_monitored(w.sink, "tcp", "10.0.0.1:80"));
    unset(&w, "Service_Monitor", 2);
    netsink_commit(w.sink);
    assert_false(netsink_is_monitored(w.sink, "tcp", "10.0.0.1:80"));
    finish(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(a_port_that_changes_stays_the_same),
        cmocka_unit_test(what_goes_is_gone),
        cmocka_unit_test(a_flow_may_change_in_one_commit),
        cmocka_unit_test(backends_are_counted),
        cmocka_unit_test(backends_of_a_group),
        cmocka_unit_test(a_key_changes),
        cmocka_unit_test(bad_rows_are_left_out),
        cmocka_unit_test(checks_are_known),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
