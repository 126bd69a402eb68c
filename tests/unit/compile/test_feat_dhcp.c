#include "nb_world.h"

#include "unit.h"

struct scene {
    struct nb_world w;
    struct nbrec_logical_switch_port *port;
    struct nbrec_dhcp_options *options;
};

static void
scene_init(struct scene *s)
{
    const char *address = "0a:00:00:00:00:01 10.0.0.1 fd00::1";

    nb_world_init(&s->w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&s->w, "sw0");
    s->port = nb_world_add_port(&s->w, ls, "p1");
    s->options = nbrec_dhcp_options_insert(s->w.txn);
    nbrec_logical_switch_port_set_addresses(s->port, &address, 1);
    nbrec_dhcp_options_set_cidr(s->options, "10.0.0.0/24");
    nbrec_logical_switch_port_set_dhcpv4_options(s->port, s->options);
}

/* Options that make a server, and one more. */
static void
set_options(struct scene *s, const char *key, const char *value)
{
    struct smap options = SMAP_INITIALIZER(&options);

    smap_add(&options, "server_id", "10.0.0.254");
    smap_add(&options, "server_mac", "0a:00:00:00:00:fe");
    smap_add(&options, "lease_time", "3600");
    smap_replace(&options, key, value);
    nbrec_dhcp_options_set_options(s->options, &options);
    smap_destroy(&options);
    nb_world_compile(&s->w);
}

static void
assert_reported(const struct scene *s, const char *part, bool there)
{
    char *report = nb_world_report(&s->w, part);

    if (there) {
        assert_non_null(report);
    } else {
        assert_null(report);
    }
    free(report);
}

/* What is one value gets into the action, and nothing else does. */
static void
test_values(void **state OVS_UNUSED)
{
    static const char *const good[] = {
        "1500", "10.0.0.1", "{8.8.8.8, 8.8.4.4}", "\"a \\\"text\\\"\"",
        "{10.1.0.0/16,10.0.0.1}", "{\"a\", \"b\"}",
    };
    static const char *const bad[] = {
        "", "1); drop; (", "10.0.0.1, x = 2", "{1.2.3.4", "1.2.3.4}",
        "\"open", "\"a\" \"b\"", "{}", "a b", "{1};", "\"a\\",
    };
    struct scene s;

    scene_init(&s);
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        char *part = xasprintf("dns_server = %s, lease_time", good[i]);

        set_options(&s, "dns_server", good[i]);
        assert_int_equal(nb_world_count(&s.w, part), 2);
        assert_reported(&s, "no value", false);
        free(part);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        set_options(&s, "dns_server", bad[i]);
        assert_int_equal(nb_world_count(&s.w, "put_dhcp_opts"), 2);
        assert_int_equal(nb_world_count(&s.w, "dns_server"), 0);
        assert_reported(&s, "no value", true);
    }
    set_options(&s, "no_such_option", "1");
    assert_int_equal(nb_world_count(&s.w, "no_such_option"), 0);
    assert_reported(&s, "no_such_option", true);
    nb_world_uninit(&s.w);
}

static void
test_server(void **state OVS_UNUSED)
{
    struct scene s;

    scene_init(&s);
    set_options(&s, "mtu", "1400");
    assert_int_equal(nb_world_count(
        &s.w, "put_dhcp_opts(offerip = 10.0.0.1, lease_time = 3600, "
              "mtu = 1400, "), 2);
    assert_int_equal(nb_world_count(&s.w, "ls_in_dhcp_response sw0 100"), 1);
    set_options(&s, "server_mac", "garbage");
    assert_int_equal(nb_world_count(&s.w, "put_dhcp_opts"), 0);
    assert_reported(&s, "dhcpv4_options", true);

    /* Not for an address of another network. */
    set_options(&s, "mtu", "1400");
    nbrec_dhcp_options_set_cidr(s.options, "10.9.0.0/24");
    nb_world_compile(&s.w);
    assert_int_equal(nb_world_count(&s.w, "put_dhcp_opts"), 0);
    nb_world_uninit(&s.w);
}

static void
test_v6(void **state OVS_UNUSED)
{
    struct scene s;

    scene_init(&s);
    struct smap options = SMAP_CONST1(&options, "server_id",
                                      "0a:00:00:00:00:fe");
    nbrec_logical_switch_port_set_dhcpv4_options(s.port, NULL);
    nbrec_logical_switch_port_set_dhcpv6_options(s.port, s.options);
    nbrec_dhcp_options_set_options(s.options, &options);
    nb_world_compile(&s.w);
    assert_reported(&s, "dhcpv6_options", true);
    nbrec_dhcp_options_set_cidr(s.options, "fd00::/64");
    nb_world_compile(&s.w);
    assert_int_equal(nb_world_count(
        &s.w, "put_dhcpv6_opts(ia_addr = fd00::1, "
              "server_id = 0a:00:00:00:00:fe)"), 1);
    assert_int_equal(nb_world_count(&s.w, "ip6.src == fe80::800:ff:fe00:fe"),
                     1);
    nb_world_uninit(&s.w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_server),
        cmocka_unit_test(test_v6),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
