/* A network from rows: good ones, and each kind of bad one, which is told and
 * left out while the others go on. */

#include "unit.h"

#include "netload.h"

#define UUID1 "\"11111111-1111-1111-1111-111111111111\""
#define UUID2 "\"22222222-2222-2222-2222-222222222222\""
#define UUID3 "\"33333333-3333-3333-3333-333333333333\""
#define DATAPATH                                                              \
    "\"Datapath_Binding\": [{\"_uuid\": [\"uuid\", " UUID1 "], "              \
    "\"tunnel_key\": 1, \"external_ids\": [\"map\", [[\"name\", \"sw\"], "    \
    "[\"logical-switch\", \"x\"]]]}]"
#define PORT                                                                  \
    "\"Port_Binding\": [{\"_uuid\": [\"uuid\", " UUID2 "], "                  \
    "\"datapath\": [\"uuid\", " UUID1 "], \"logical_port\": \"p\", "          \
    "\"tunnel_key\": 5, \"type\": \"\"}]"

struct loaded {
    struct network *network;
    struct svec problems;
};

static void
load(const char *text, struct loaded *l)
{
    struct json *tables = json_from_string(text);

    assert_case(tables->type != JSON_STRING, "%s: %s", text,
                json_string(tables));
    l->network = network_new();
    svec_init(&l->problems);
    netload(l->network, tables, &l->problems);
    json_destroy(tables);
}

static void
unload(struct loaded *l)
{
    network_free(l->network);
    svec_destroy(&l->problems);
}

static void
good_rows(void **state)
{
    struct loaded l;

    load("{" DATAPATH ", " PORT ", "
         "\"Multicast_Group\": [{\"name\": \"g\", \"tunnel_key\": 32768, "
         "\"datapath\": [\"uuid\", " UUID1 "], "
         "\"ports\": [\"uuid\", " UUID2 "]}], "
         "\"Logical_Flow\": [{\"_uuid\": [\"uuid\", " UUID3 "], "
         "\"logical_datapath\": [\"uuid\", " UUID1 "], "
         "\"pipeline\": \"ingress\", \"table_id\": 0, \"priority\": 1, "
         "\"match\": \"inport == \\\"p\\\"\", \"actions\": \"next;\", "
         "\"external_ids\": [\"map\", [[\"stage-name\", \"s\"]]]}], "
         "\"DNS\": [{\"records\": [\"map\", [[\"A.b\", \"10.0.0.1\"]]], "
         "\"datapaths\": [\"uuid\", " UUID1 "]}], "
         "\"MAC_Binding\": [{\"logical_port\": \"p\", \"ip\": \"10.0.0.9\", "
         "\"mac\": \"00:00:00:00:00:09\"}], "
         "\"FDB\": [{\"dp_key\": 1, \"port_key\": 5, "
         "\"mac\": \"00:00:00:00:00:08\"}], "
         "\"Load_Balancer\": [{\"name\": \"lb\", \"vips\": [\"map\", "
         "[[\"10.9.9.9:80\", \"10.0.0.1:80\"]]], "
         "\"datapaths\": [\"uuid\", " UUID1 "]}]}", &l);
    assert_case(!l.problems.n, "%s", l.problems.names[0]);

    struct net_datapath *dp = network_find_datapath(l.network, 1);
    assert_string_equal(dp->name, "sw");
    assert_false(dp->is_router);
    struct net_port *port = network_find_port(l.network, "p");
    assert_int_equal(port->key, 5);
    assert_int_equal(net_datapath_find_group(dp, 32768)->n_ports, 1);
    assert_string_equal(smap_get(&dp->dns, "a.b"), "10.0.0.1");

    struct flow flow = { .regs[LREG_INPORT] = 5 };
    const struct lflow *lflow = ldatapath_lookup(
        dp->flows, PIPELINE_INGRESS, 0, &flow, NULL);
    assert_non_null(lflow);
    assert_string_equal(lflow->stage_name, "s");

    struct eth_addr mac;
    struct in6_addr ip;
    uint32_t key;
    in6_addr_set_mapped_ipv4(&ip, htonl(0x0a000009));
    assert_true(network_find_mac(l.network, port, &ip, &mac));
    mac = (struct eth_addr) ETH_ADDR_C(00, 00, 00, 00, 00, 08);
    assert_true(network_find_fdb(l.network, dp, mac, &key));
    assert_int_equal(key, 5);
    in6_addr_set_mapped_ipv4(&ip, htonl(0x0a000001));
    assert_true(net_datapath_has_backend(dp, &ip, 80));
    unload(&l);
}

/* Each: tables, and what is said of them (NULL: nothing). */
static void
bad_rows(void **state)
{
    static const struct {
        const char *tables;
        const char *problem;
    } cases[] = {
        { "[]", NULL },
        { "{\"Datapath_Binding\": 5}", NULL },
        { "{\"Datapath_Binding\": [5, null, \"x\"]}", NULL },
        { "{\"Datapath_Binding\": [{}]}", "Datapath_Binding" },
        { "{\"Datapath_Binding\": [{\"_uuid\": [\"uuid\", " UUID1 "], "
          "\"tunnel_key\": 0}]}", "tunnel_key" },
        { "{\"Datapath_Binding\": [{\"_uuid\": [\"uuid\", " UUID1 "], "
          "\"tunnel_key\": 4294967296}]}", "tunnel_key" },
        { "{\"Datapath_Binding\": [{\"_uuid\": [\"uuid\", " UUID1 "], "
          "\"tunnel_key\": 1}, {\"_uuid\": [\"uuid\", " UUID2 "], "
          "\"tunnel_key\": 1}]}", "used twice" },
        { "{" PORT "}", "Port_Binding \"p\"" },
        { "{" DATAPATH ", \"Port_Binding\": [{\"datapath\": [\"uuid\", "
          UUID1 "], \"logical_port\": \"p\", \"tunnel_key\": 32768}]}",
          "Port_Binding \"p\"" },
        { "{" DATAPATH ", \"Port_Binding\": [{\"datapath\": [\"uuid\", "
          UUID1 "], \"tunnel_key\": 1}]}", "Port_Binding" },
        { "{" DATAPATH ", \"Port_Binding\": [{\"datapath\": [\"uuid\", "
          UUID1 "], \"logical_port\": \"p\", \"tunnel_key\": 1, "
          "\"port_security\": \"rubbish\"}]}", "no MAC with addresses" },
        { "{" DATAPATH ", \"Multicast_Group\": [{\"name\": \"g\", "
          "\"datapath\": [\"uuid\", " UUID1 "], \"tunnel_key\": 5}]}",
          "Multicast_Group \"g\"" },
        { "{" DATAPATH ", \"Logical_Flow\": [{\"_uuid\": [\"uuid\", " UUID3
          "], \"logical_datapath\": [\"uuid\", " UUID1 "], "
          "\"table_id\": 33, \"priority\": 1}]}", "bad table_id" },
        { "{" DATAPATH ", \"Logical_Flow\": [{\"_uuid\": [\"uuid\", " UUID3
          "], \"logical_datapath\": [\"uuid\", " UUID1 "], "
          "\"table_id\": 0, \"priority\": 65536}]}", "bad table_id or pri" },
        { "{" DATAPATH ", \"Logical_Flow\": [{\"_uuid\": [\"uuid\", " UUID3
          "], \"logical_datapath\": [\"uuid\", " UUID1 "], "
          "\"table_id\": 0, \"priority\": 1, \"match\": \"fish\", "
          "\"actions\": \"next;\"}]}", "match: line 1, column 1" },
        { "{" DATAPATH ", \"Logical_Flow\": [{\"_uuid\": [\"uuid\", " UUID3
          "], \"logical_datapath\": [\"uuid\", " UUID1 "], "
          "\"table_id\": 0, \"priority\": 1, \"match\": \"1\", "
          "\"actions\": \"fish;\"}]}", "\"fish\" is not supported" },
        /* A flow of datapaths that are not there is nobody's. */
        { "{\"Logical_Flow\": [{\"_uuid\": [\"uuid\", " UUID3
          "], \"logical_datapath\": [\"uuid\", " UUID1 "], "
          "\"table_id\": 0, \"priority\": 1, \"match\": \"fish\"}]}", NULL },
        { "{\"MAC_Binding\": [{\"logical_port\": \"p\", \"ip\": \"x\"}]}",
          "is no address" },
        { "{\"MAC_Binding\": [{\"logical_port\": \"p\", \"ip\": \"fd00::1\", "
          "\"mac\": \"x\"}]}", "no MAC" },
        { "{\"FDB\": [{\"dp_key\": 7, \"mac\": \"x\"}]}", NULL },
        { "{" DATAPATH ", \"Load_Balancer\": [{\"name\": \"lb\", \"vips\": "
          "[\"map\", [[\"10.9.9.9:80\", \"rubbish\"]]], "
          "\"datapaths\": [\"uuid\", " UUID1 "]}]}",
          "Load_Balancer lb: bad backends" },
        { "{\"DNS\": [{\"records\": 5, \"datapaths\": {}}], "
          "\"Address_Set\": [{\"name\": \"a\", \"addresses\": \"x\"}], "
          "\"Port_Group\": [{\"name\": \"5_\"}, {}], "
          "\"Logical_DP_Group\": [{}]}", NULL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct loaded l;

        load(cases[i].tables, &l);
        if (cases[i].problem) {
            assert_case(l.problems.n == 1
                        && strstr(l.problems.names[0], cases[i].problem),
                        "%s: %s", cases[i].tables,
                        l.problems.n ? l.problems.names[0] : "no problem");
        } else {
            assert_case(!l.problems.n, "%s: %s", cases[i].tables,
                        l.problems.names[0]);
        }
        unload(&l);
    }
}

/* The bad row is left out, the good one stays. */
static void
others_go_on(void **state)
{
    struct loaded l;

    load("{" DATAPATH ", \"Port_Binding\": [{}, {\"datapath\": [\"uuid\", "
         UUID1 "], \"logical_port\": \"p\", \"tunnel_key\": 1}, "
         "{\"datapath\": [\"uuid\", " UUID1 "], \"logical_port\": \"p\", "
         "\"tunnel_key\": 2}]}", &l);
    assert_int_equal(l.problems.n, 2);
    assert_int_equal(network_find_port(l.network, "p")->key, 1);
    unload(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_rows),
        cmocka_unit_test(bad_rows),
        cmocka_unit_test(others_go_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
