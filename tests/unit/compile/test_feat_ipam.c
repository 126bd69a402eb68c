#include "nb_world.h"

#include "unit.h"

struct scene {
    struct nb_world w;
    struct nbrec_logical_switch *ls;
};

static void
scene_init(struct scene *s, const char *subnet)
{
    struct smap config = SMAP_INITIALIZER(&config);

    nb_world_init(&s->w);
    s->ls = nb_world_add_switch(&s->w, "sw0");
    smap_add(&config, "subnet", subnet);
    smap_add(&config, "exclude_ips", "10.0.0.2..10.0.0.3 10.0.0.5 x..y");
    nbrec_logical_switch_set_other_config(s->ls, &config);
    smap_destroy(&config);
}

static struct nbrec_logical_switch_port *
add_port(struct scene *s, const char *name, const char *addresses)
{
    struct nbrec_logical_switch_port *lsp = nb_world_add_port(&s->w, s->ls,
                                                              name);

    nbrec_logical_switch_port_set_addresses(lsp, &addresses, 1);
    return lsp;
}

static void
assert_given(const struct scene *s, const char *text, bool there)
{
    if (there) {
        assert_non_null(nb_world_row(&s->w, "NB:Logical_Switch_Port", text));
    } else {
        assert_null(nb_world_row(&s->w, "NB:Logical_Switch_Port", text));
    }
}

static void
test_subnet(void **state OVS_UNUSED)
{
    struct scene s;

    /* .0 the network, .1 a router's, .7 the broadcast: .4 and .6 are left,
     * the latter taken by a port. */
    scene_init(&s, "10.0.0.0/29");
    struct nbrec_logical_switch_port *p1
        = add_port(&s, "p1", "0a:00:00:00:00:01 dynamic");
    add_port(&s, "p2", "0a:00:00:00:00:02 10.0.0.6");
    nb_world_compile(&s.w);
    assert_given(&s, "\"0a:00:00:00:00:01 10.0.0.4\"", true);
    assert_given(&s, "0a:00:00:00:00:02", false);
    char *report = nb_world_report(&s.w, "x..y");
    assert_non_null(report);
    free(report);

    /* None is left. */
    add_port(&s, "p3", "0a:00:00:00:00:03 dynamic");
    nb_world_compile(&s.w);
    report = nb_world_report(&s.w, "no address is left");
    assert_non_null(report);
    free(report);

    /* What a port has been given is kept; what it asks for, it gets. */
    nbrec_logical_switch_port_set_dynamic_addresses(
        p1, "0a:00:00:00:00:01 10.0.0.4");
    nb_world_compile(&s.w);
    assert_given(&s, "\"0a:00:00:00:00:01 10.0.0.4\"", true);
    const char *wish = "dynamic 10.0.0.3";
    nbrec_logical_switch_port_set_addresses(p1, &wish, 1);
    nb_world_compile(&s.w);
    assert_given(&s, " 10.0.0.3\"", true);
    assert_given(&s, "\"0a:00:00:00:00:03 10.0.0.4\"", true);

    const char *fixed = "0a:00:00:00:00:01 10.0.0.4";
    nbrec_logical_switch_port_set_addresses(p1, &fixed, 1);
    nb_world_compile(&s.w);
    assert_given(&s, " 10.0.0.3\"", false);
    assert_given(&s, "\"0a:00:00:00:00:03\"", true);
    nb_world_uninit(&s.w);
}

/* Wishes and subnets that are none. */
static void
test_garbage(void **state OVS_UNUSED)
{
    static const char *const subnets[] = {
        "", "garbage", "10.0.0.0/31", "0.0.0.0/0", "10.0.0.0/33", "fd00::/64",
    };

    for (size_t i = 0; i < ARRAY_SIZE(subnets); i++) {
        struct scene s;

        scene_init(&s, subnets[i]);
        add_port(&s, "p1", "dynamic");
        add_port(&s, "p2", "dynamic dynamic 1.2.3.4 ff:ff:ff:ff:ff:ff");
        add_port(&s, "p3", "very dynamic");
        nb_world_compile(&s.w);
        bool on = !strcmp(subnets[i], "0.0.0.0/0");
        assert_given(&s, "dynamic_addresses", on);
        char *report = nb_world_report(&s.w, on ? "very dynamic"
                                               : "other_config:subnet");
        assert_non_null(report);
        free(report);
        nb_world_uninit(&s.w);
    }
}

static void
test_macs(void **state OVS_UNUSED)
{
    struct scene s;
    struct smap config = SMAP_INITIALIZER(&config);
    struct smap options = SMAP_CONST1(&options, "mac_prefix", "0a:0b:0c");

    nb_world_init(&s.w);
    nbrec_nb_global_set_options(nbrec_nb_global_insert(s.w.txn), &options);
    s.ls = nb_world_add_switch(&s.w, "sw0");
    smap_add(&config, "mac_only", "true");
    nbrec_logical_switch_set_other_config(s.ls, &config);
    add_port(&s, "p1", "dynamic");
    nb_world_compile(&s.w);
    assert_given(&s, "\"0a:0b:0c:", true);
    assert_given(&s, " 10.", false);

    smap_add(&config, "ipv6_prefix", "fd00::");
    nbrec_logical_switch_set_other_config(s.ls, &config);
    nb_world_compile(&s.w);
    assert_given(&s, " fd00::80b:cff:fe", true);
    smap_destroy(&config);
    nb_world_uninit(&s.w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subnet),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_macs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
