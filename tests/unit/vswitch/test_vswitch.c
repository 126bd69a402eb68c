/* The Open_vSwitch database, by a real ovsdb-server. */

#include "unit.h"

#include "cleanup.h"
#include "private_db.h"
#include "vswitch.h"

struct world {
    struct private_db db;
    struct vswitch *vs;
};

/* Runs until the database answers 'operations' with 'wanted' in it. */
static void
expect(struct world *w, const char *operations, const char *wanted)
{
    long long deadline_ms = time_msec() + UNIT_PATIENCE_MS;

    for (;;) {
        vswitch_run(w->vs);
        vswitch_wait(w->vs);
        char *answer OWNED_STRING = private_db_transact(
            &w->db, "Open_vSwitch", operations);
        if (strstr(answer, wanted)) {
            poll_immediate_wake();
            poll_block();
            return;
        }
        assert_case(time_msec() < deadline_ms, "%s: %s, not %s", operations,
                    answer, wanted);
        poll_timer_wait(5);
        poll_block();
    }
}

static void
run_until_seqno(struct world *w, uint64_t seqno)
{
    long long deadline_ms = time_msec() + UNIT_PATIENCE_MS;

    while (vswitch_seqno(w->vs) <= seqno || !vswitch_is_ready(w->vs)) {
        assert_true(time_msec() < deadline_ms);
        vswitch_run(w->vs);
        vswitch_wait(w->vs);
        poll_timer_wait(5);
        poll_block();
    }
}

/* Changes the database, and runs until that has been seen. */
static void
change(struct world *w, const char *operations)
{
    uint64_t seqno = vswitch_seqno(w->vs);

    free(private_db_transact(&w->db, "Open_vSwitch", operations));
    run_until_seqno(w, seqno);
}

/* As ovs-vsctl adds a port. */
static void
add_port(struct world *w, const char *name, const char *type,
         const char *iface_id)
{
    char *operations OWNED_STRING = xasprintf(
        "{\"op\":\"insert\",\"table\":\"Interface\",\"uuid-name\":\"i\","
        "\"row\":{\"name\":\"%s\",\"type\":\"%s\",\"external_ids\":"
        "[\"map\",[[\"iface-id\",\"%s\"]]]}},"
        "{\"op\":\"insert\",\"table\":\"Port\",\"uuid-name\":\"p\","
        "\"row\":{\"name\":\"%s\",\"interfaces\":[\"named-uuid\",\"i\"]}},"
        "{\"op\":\"mutate\",\"table\":\"Bridge\",\"where\":[[\"name\",\"==\","
        "\"br-int\"]],\"mutations\":[[\"ports\",\"insert\",[\"named-uuid\","
        "\"p\"]]]},"
        "{\"op\":\"mutate\",\"table\":\"Open_vSwitch\",\"where\":[],"
        "\"mutations\":[[\"next_cfg\",\"+=\",1]]}",
        name, type, iface_id, name);

    change(w, operations);
}

static void
start(struct world *w)
{
    private_db_start(&w->db, "../openvswitch/vswitch");
    w->vs = vswitch_new(w->db.remote, "br-int");
    run_until_seqno(w, 0);
}

static void
finish(struct world *w)
{
    vswitch_free(w->vs);
    private_db_stop(&w->db);
}

#define SELECT(TABLE, WHERE, COLUMNS)                                         \
    "{\"op\":\"select\",\"table\":\"" TABLE "\",\"where\":[" WHERE            \
    "],\"columns\":[" COLUMNS "]}"

static void
makes_what_is_missing(void **state OVS_UNUSED)
{
    struct world w;

    start(&w);
    expect(&w, SELECT("Bridge", "", "\"name\",\"fail_mode\""),
           "\"fail_mode\":\"secure\",\"name\":\"br-int\"");
    expect(&w, SELECT("Open_vSwitch", "", "\"external_ids\""), "system-id");
    assert_true(vswitch_is_ready(w.vs));
    assert_true(vswitch_has_lock(w.vs));
    assert_true(shash_is_empty(vswitch_ports(w.vs)));
    assert_non_null(vswitch_chassis(w.vs)->system_id);
    assert_string_equal(vswitch_chassis(w.vs)->encap_ip, "127.0.0.1");

    /* The bridge's own interface is no error. */
    vswitch_ack(w.vs);
    expect(&w, SELECT("Interface", "", "\"ofport\""), "\"ofport\":65534");
    finish(&w);
}

static void
ports_are_wanted_and_reported(void **state OVS_UNUSED)
{
    struct world w;

    start(&w);
    add_port(&w, "veth0", "", "sw0-p0");
    const struct vswitch_port *port = shash_find_data(vswitch_ports(w.vs),
                                                      "veth0");
    assert_non_null(port);
    assert_string_equal(port->logical_port, "sw0-p0");
    assert_null(port->problem);

    vswitch_report(w.vs, "veth0", &(struct vswitch_report) {
        .ofport = 7, .exists = true, .admin_up = true, .link_up = true,
        .ifindex = 42, .mtu = 1450,
        .mac = ETH_ADDR_C(02, 00, 00, 00, 00, 01),
    });
    vswitch_ack(w.vs);
    expect(&w, SELECT("Open_vSwitch", "", "\"cur_cfg\""), "\"cur_cfg\":1");
    expect(&w, SELECT("Interface", "[\"name\",\"==\",\"veth0\"]",
                      "\"ofport\",\"mtu\",\"ifindex\",\"mac_in_use\""),
           "{\"ifindex\":42,\"mac_in_use\":\"02:00:00:00:00:01\","
           "\"mtu\":1450,\"ofport\":7}");

    /* It goes away, and says why. */
    vswitch_report(w.vs, "veth0", &(struct vswitch_report) {
        .error = "No such device",
    });
    expect(&w, SELECT("Interface", "[\"error\",\"==\",\"No such device\"]",
                      "\"ofport\",\"link_state\",\"name\""),
           "{\"link_state\":[\"set\",[]],\"name\":\"veth0\","
           "\"ofport\":-1}");

    change(&w, "{\"op\":\"update\",\"table\":\"Bridge\",\"where\":[],"
           "\"row\":{\"ports\":[\"set\",[]]}}");
    assert_true(shash_is_empty(vswitch_ports(w.vs)));
    /* Of one that is gone: nothing happens. */
    vswitch_report(w.vs, "veth0", &(struct vswitch_report) { .ofport = 1 });
    finish(&w);
}

static void
a_type_that_is_not_for_us_is_a_problem(void **state OVS_UNUSED)
{
    static const struct {
        const char *type;
        bool ok;
    } cases[] = {
        { "", true }, { "system", true }, { "tap", true },
        { "internal", false }, { "geneve", false }, { "patch", false },
    };
    struct world w;

    start(&w);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *name OWNED_STRING = xasprintf("x%"PRIuSIZE, i);

        add_port(&w, name, cases[i].type, "lp");
        const struct vswitch_port *port
            = shash_find_data(vswitch_ports(w.vs), name);
        assert_non_null(port);
        assert_case(!port->problem == cases[i].ok, "type \"%s\": %s",
                    cases[i].type, port->problem);
    }
    finish(&w);
}

static void
the_chassis_is_read(void **state OVS_UNUSED)
{
    struct world w;

    start(&w);
    change(&w, "{\"op\":\"update\",\"table\":\"Open_vSwitch\",\"where\":[],"
           "\"row\":{\"external_ids\":[\"map\",[[\"system-id\",\"c1\"],"
           "[\"hostname\",\"box\"],[\"ovn-encap-ip\",\"192.0.2.1\"],"
           "[\"ovn-encap-ip-c1\",\"192.0.2.2\"],"
           "[\"ovn-bridge-mappings\",\"a:eth1,bad,b:br-ex,:x,y:\"]]]}}");
    const struct vswitch_chassis *chassis = vswitch_chassis(w.vs);
    assert_string_equal(chassis->system_id, "c1");
    assert_string_equal(chassis->hostname, "box");
    assert_string_equal(chassis->encap_type, "geneve");
    assert_string_equal(chassis->encap_ip, "192.0.2.2");
    assert_int_equal(smap_count(&chassis->physical), 2);
    assert_string_equal(smap_get(&chassis->physical, "a"), "eth1");
    assert_string_equal(smap_get(&chassis->physical, "b"), "br-ex");

    /* A bridge that has a port stands for that port. */
    change(&w, "{\"op\":\"insert\",\"table\":\"Interface\",\"uuid-name\":"
           "\"i\",\"row\":{\"name\":\"eth7\"}},"
           "{\"op\":\"insert\",\"table\":\"Port\",\"uuid-name\":\"p\",\"row\":"
           "{\"name\":\"eth7\",\"interfaces\":[\"named-uuid\",\"i\"]}},"
           "{\"op\":\"insert\",\"table\":\"Bridge\",\"uuid-name\":\"b\","
           "\"row\":{\"name\":\"br-ex\",\"ports\":[\"named-uuid\",\"p\"]}},"
           "{\"op\":\"mutate\",\"table\":\"Open_vSwitch\",\"where\":[],"
           "\"mutations\":[[\"bridges\",\"insert\",[\"named-uuid\","
           "\"b\"]]]}");
    assert_string_equal(smap_get(&vswitch_chassis(w.vs)->physical, "b"),
                        "eth7");
    assert_null(shash_find(vswitch_ports(w.vs), "eth7"));
    finish(&w);
}

static void
a_server_that_comes_back_is_told_again(void **state OVS_UNUSED)
{
    struct world w;

    start(&w);
    add_port(&w, "veth0", "", "p");
    private_db_restart(&w.db);
    vswitch_report(w.vs, "veth0", &(struct vswitch_report) { .ofport = 3 });
    vswitch_ack(w.vs);
    expect(&w, SELECT("Interface", "[\"name\",\"==\",\"veth0\"]",
                      "\"ofport\""), "\"ofport\":3");
    expect(&w, SELECT("Open_vSwitch", "", "\"cur_cfg\""), "\"cur_cfg\":1");
    finish(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_what_is_missing),
        cmocka_unit_test(ports_are_wanted_and_reported),
        cmocka_unit_test(a_type_that_is_not_for_us_is_a_problem),
        cmocka_unit_test(the_chassis_is_read),
        cmocka_unit_test(a_server_that_comes_back_is_told_again),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
