/* sb_chassis.c, sb_binding.c, sb_learned.c and sb_services.c against a
 * database. */

#include "unit.h"

#include "cleanup.h"
#include "private_db.h"
#include "sb_chassis.h"

struct world {
    struct private_db db;
    struct sb_chassis *chassis;
    size_t n_resets;
    struct sset macs, fdbs; /* What has been told, and not taken back. */
    size_t n_services;      /* Told. */
    struct sb_service service; /* The last one told. */
    bool service_gone;
};

static void
reset(void *w_)
{
    struct world *w = w_;

    w->n_resets++;
    sset_clear(&w->macs);
    sset_clear(&w->fdbs);
}

static void
tell(struct sset *facts, char *text, bool gone)
{
    if (gone) {
        sset_find_and_delete(facts, text);
    } else {
        sset_add(facts, text);
    }
    free(text);
}

static void
told_mac(void *w_, const struct sb_mac *mac, bool gone)
{
    struct world *w = w_;

    tell(&w->macs, xasprintf("%s "IP_FMT" "ETH_ADDR_FMT, mac->logical_port,
                             IP_ARGS(in6_addr_get_mapped_ipv4(&mac->ip)),
                             ETH_ADDR_ARGS(mac->mac)), gone);
}

static void
told_fdb(void *w_, const struct sb_fdb *fdb, bool gone)
{
    struct world *w = w_;

    tell(&w->fdbs, xasprintf("%"PRIu32" %"PRIu32" "ETH_ADDR_FMT,
                             fdb->datapath, fdb->port,
                             ETH_ADDR_ARGS(fdb->mac)), gone);
}

static void
told_service(void *w_, const struct sb_service *service, bool gone)
{
    struct world *w = w_;

    w->n_services++;
    w->service = *service;
    w->service_gone = gone;
}

static const struct sb_chassis_learned_ops ops = {
    .reset = reset, .mac = told_mac, .fdb = told_fdb,
    .service = told_service,
};

static void
turn(struct world *w)
{
    sb_chassis_wait(w->chassis);
    poll_timer_wait(5);
    poll_block();
    sb_chassis_run(w->chassis);
}

/* Runs until a row of 'table' for which 'where' holds has 'wanted' in its
 * 'column'; "" for "there is one", NULL for "there is none". */
static void
expect(struct world *w, const char *table, const char *where,
       const char *column, const char *wanted)
{
    long long deadline_ms = time_msec() + UNIT_PATIENCE_MS;
    char *operations OWNED_STRING = xasprintf(
        "{\"op\":\"select\",\"table\":\"%s\",\"where\":[%s],\"columns\":"
        "[\"%s\"]}", table, where, column);

    for (;;) {
        char *answer OWNED_STRING = private_db_transact(
            &w->db, "OVN_Southbound", operations);
        bool none = strstr(answer, "\"rows\":[]") != NULL;

        if (wanted ? !none && strstr(answer, wanted) : none) {
            return;
        }
        assert_case(time_msec() < deadline_ms, "%s: %s, not %s", operations,
                    answer, wanted ? wanted : "none");
        turn(w);
    }
}

static void
change(struct world *w, const char *operations)
{
    free(private_db_transact(&w->db, "OVN_Southbound", operations));
}

static void
start(struct world *w)
{
    *w = (struct world) { .n_resets = 0 };
    sset_init(&w->macs);
    sset_init(&w->fdbs);
    private_db_start(&w->db, "ovn-sb");
    change(w, "{\"op\":\"insert\",\"table\":\"SB_Global\",\"row\":"
           "{\"nb_cfg\":5}},"
           "{\"op\":\"insert\",\"table\":\"Datapath_Binding\",\"uuid-name\":"
           "\"d\",\"row\":{\"tunnel_key\":1}},"
           "{\"op\":\"insert\",\"table\":\"Port_Binding\",\"row\":"
           "{\"logical_port\":\"p1\",\"tunnel_key\":1,\"datapath\":"
           "[\"named-uuid\",\"d\"]}}");
    w->chassis = sb_chassis_new(w->db.remote, &ops, w);
    sb_chassis_set_identity(w->chassis, &(struct sb_chassis_identity) {
        .name = "c1", .hostname = "box", .encap_type = "geneve",
        .encap_ip = "192.0.2.1", .mappings = "phys:eth1",
    });
}

static void
finish(struct world *w)
{
    sb_chassis_free(w->chassis);
    private_db_stop(&w->db);
    sset_destroy(&w->macs);
    sset_destroy(&w->fdbs);
}

static void
the_chassis_registers(void **state OVS_UNUSED)
{
    struct world w;

    start(&w);
    expect(&w, "Chassis", "[\"name\",\"==\",\"c1\"]", "hostname", "box");
    expect(&w, "Chassis", "", "other_config", "phys:eth1");
    expect(&w, "Encap", "", "ip", "192.0.2.1");
    expect(&w, "Chassis_Private", "[\"name\",\"==\",\"c1\"]", "nb_cfg", "0");
    while (!sb_chassis_is_registered(w.chassis)) {
        turn(&w);
    }
    assert_int_equal(sb_chassis_nb_cfg(w.chassis), 5);
    sb_chassis_ack(w.chassis, 5);
    expect(&w, "Chassis_Private", "", "nb_cfg", "5");

    /* Another name: the rows of the old one go. */
    sb_chassis_set_identity(w.chassis, &(struct sb_chassis_identity) {
        .name = "c2", .hostname = "box", .encap_type = "vxlan",
        .encap_ip = "192.0.2.1", .mappings = "",
    });
    expect(&w, "Chassis", "[\"name\",\"==\",\"c2\"]", "name", "");
    expect(&w, "Chassis", "[\"name\",\"==\",\"c1\"]", "name", NULL);
    expect(&w, "Chassis_Private", "[\"name\",\"==\",\"c1\"]", "name", NULL);
    expect(&w, "Encap", "", "type", "vxlan");
    finish(&w);
}

static void
ports_are_bound_and_released(void **state OVS_UNUSED)
{
    struct world w;

    start(&w);
    sb_chassis_bind(w.chassis, "p1", true);
    sb_chassis_bind(w.chassis, "not-yet", true);
    expect(&w, "Port_Binding", "[\"up\",\"==\",true]", "chassis", "[\"uuid\"");

    /* A row that comes later; one that somebody changes. */
    change(&w, "{\"op\":\"insert\",\"table\":\"Datapath_Binding\","
           "\"uuid-name\":\"d\",\"row\":{\"tunnel_key\":2}},"
           "{\"op\":\"insert\",\"table\":\"Port_Binding\",\"row\":"
           "{\"logical_port\":\"not-yet\",\"tunnel_key\":1,\"datapath\":"
           "[\"named-uuid\",\"d\"]}},"
           "{\"op\":\"update\",\"table\":\"Port_Binding\",\"where\":"
           "[[\"logical_port\",\"==\",\"p1\"]],\"row\":{\"chassis\":"
           "[\"set\",[]],\"up\":false}}");
    expect(&w, "Port_Binding", "[\"logical_port\",\"==\",\"not-yet\"],"
           "[\"up\",\"==\",true]", "chassis", "[\"uuid\"");
    expect(&w, "Port_Binding", "[\"logical_port\",\"==\",\"p1\"],"
           "[\"up\",\"==\",true]", "chassis", "[\"uuid\"");

    sb_chassis_unbind(w.chassis, "p1");
    sb_chassis_unbind(w.chassis, "unknown");
    expect(&w, "Port_Binding", "[\"logical_port\",\"==\",\"p1\"],"
           "[\"up\",\"==\",false]", "chassis", "[\"set\",[]]");
    finish(&w);
}

static void
ports_of_others_are_left_alone(void **state OVS_UNUSED)
{
    struct world w;

    start(&w);
    change(&w, "{\"op\":\"insert\",\"table\":\"Encap\",\"uuid-name\":\"e\","
           "\"row\":{\"type\":\"geneve\",\"ip\":\"192.0.2.9\"}},"
           "{\"op\":\"insert\",\"table\":\"Chassis\",\"uuid-name\":\"c\","
           "\"row\":{\"name\":\"other\",\"encaps\":[\"named-uuid\",\"e\"]}},"
           "{\"op\":\"update\",\"table\":\"Port_Binding\",\"where\":[],"
           "\"row\":{\"chassis\":[\"named-uuid\",\"c\"],\"up\":true}}");
    expect(&w, "Chassis", "[\"name\",\"==\",\"c1\"]", "name", "");
    for (int i = 0; i < 20; i++) {
        turn(&w);
    }
    expect(&w, "Port_Binding", "[\"up\",\"==\",true]", "chassis",
           "[\"uuid\"");
    finish(&w);
}

static void
facts_are_written_and_read(void **state OVS_UNUSED)
{
    struct sb_mac mac = {
        .logical_port = "p1", .mac = ETH_ADDR_C(02, 00, 00, 00, 00, 01),
    };
    struct sb_fdb fdb = {
        .datapath = 1, .port = 1, .mac = ETH_ADDR_C(02, 00, 00, 00, 00, 02),
    };
    struct world w;

    in6_addr_set_mapped_ipv4(&mac.ip, htonl(0x0a000001));
    start(&w);
    expect(&w, "Chassis", "", "name", "c1");
    assert_int_equal(w.n_resets, 1);
    sb_chassis_learn_mac(w.chassis, &mac);
    sb_chassis_learn_fdb(w.chassis, &fdb);
    expect(&w, "MAC_Binding", "[\"ip\",\"==\",\"10.0.0.1\"]", "mac",
           "02:00:00:00:00:01");
    expect(&w, "FDB", "", "mac", "02:00:00:00:00:02");
    while (sset_is_empty(&w.macs) || sset_is_empty(&w.fdbs)) {
        turn(&w);
    }
    assert_true(sset_contains(&w.macs, "p1 10.0.0.1 02:00:00:00:00:01"));
    assert_true(sset_contains(&w.fdbs, "1 1 02:00:00:00:00:02"));

    /* It moves; it is deleted. */
    mac.mac.ea[5] = 9;
    sb_chassis_learn_mac(w.chassis, &mac);
    expect(&w, "MAC_Binding", "", "mac", "02:00:00:00:00:09");
    change(&w, "{\"op\":\"delete\",\"table\":\"FDB\",\"where\":[]}");
    while (!sset_is_empty(&w.fdbs)) {
        turn(&w);
    }
    /* One whose port nobody knows is no reason to stop. */
    mac.logical_port = "unknown";
    sb_chassis_learn_mac(w.chassis, &mac);
    sb_chassis_learn_fdb(w.chassis, &fdb);
    expect(&w, "FDB", "", "mac", "02:00:00:00:00:02");
    finish(&w);
}

static void
wait_service(struct world *w, size_t n)
{
    while (w->n_services < n) {
        turn(w);
    }
    assert_int_equal(w->n_services, n);
}

static void
services_are_told_and_judged(void **state OVS_UNUSED)
{
    struct eth_addr mac;
    struct world w;

    start(&w);
    expect(&w, "Chassis", "", "name", "c1");
    change(&w, "{\"op\":\"update\",\"table\":\"Port_Binding\",\"where\":[],"
           "\"row\":{\"mac\":[\"set\",[\"0a:00:00:00:00:01 10.0.0.1\","
           "\"0a:00:00:00:00:02 10.0.0.2 10.0.0.3\",\"unknown\"]]}},"
           "{\"op\":\"insert\",\"table\":\"Service_Monitor\",\"row\":"
           "{\"logical_port\":\"p1\",\"ip\":\"10.0.0.3\",\"port\":80,"
           "\"protocol\":\"udp\",\"src_mac\":\"0a:00:00:00:00:09\","
           "\"src_ip\":\"10.0.0.9\",\"options\":[\"map\",[[\"interval\","
           "\"0\"],[\"timeout\",\"7\"],[\"failure_count\",\"4\"]]]}}");
    wait_service(&w, 1);
    assert_false(w.service_gone);
    assert_true(w.service.udp);
    assert_int_equal(w.service.at.port, 80);
    assert_int_equal(w.service.interval_ms, 1000);
    assert_int_equal(w.service.timeout_ms, 7000);
    assert_int_equal(w.service.n_success, 1);
    assert_int_equal(w.service.n_failure, 4);
    assert_int_equal(w.service.src_ip, htonl(0x0a000009));

    /* The MAC is that of the address, of a port that is here. */
    assert_false(sb_chassis_find_mac(w.chassis, "p1", &w.service.at.addr,
                                     &mac));
    sb_chassis_bind(w.chassis, "p1", true);
    assert_true(sb_chassis_find_mac(w.chassis, "p1", &w.service.at.addr,
                                    &mac));
    assert_int_equal(mac.ea[5], 2);
    in6_addr_set_mapped_ipv4(&w.service.at.addr, htonl(0x0a000007));
    assert_true(sb_chassis_find_mac(w.chassis, "p1", &w.service.at.addr,
                                    &mac));
    assert_int_equal(mac.ea[5], 1);

    struct uuid row = w.service.row;
    sb_chassis_set_service(w.chassis, &row, false);
    expect(&w, "Service_Monitor", "", "status", "offline");
    sb_chassis_set_service(w.chassis, &row, true);
    expect(&w, "Service_Monitor", "", "status", "online");
    assert_int_equal(w.n_services, 1);

    /* What is of no use is as good as gone, and then it is gone. */
    change(&w, "{\"op\":\"update\",\"table\":\"Service_Monitor\","
           "\"where\":[],\"row\":{\"src_mac\":\"x\"}}");
    wait_service(&w, 2);
    assert_true(w.service_gone);
    change(&w, "{\"op\":\"delete\",\"table\":\"Service_Monitor\","
           "\"where\":[]}");
    wait_service(&w, 3);
    assert_true(w.service_gone && uuid_equals(&w.service.row, &row));
    sb_chassis_set_service(w.chassis, &row, false);
    sb_chassis_ack(w.chassis, 5);
    expect(&w, "Chassis_Private", "", "nb_cfg", "5");
    finish(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_chassis_registers),
        cmocka_unit_test(ports_are_bound_and_released),
        cmocka_unit_test(ports_of_others_are_left_alone),
        cmocka_unit_test(facts_are_written_and_read),
        cmocka_unit_test(services_are_told_and_judged),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
