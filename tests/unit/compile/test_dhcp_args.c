#include "dhcp_args.h"

#include "view_world.h"

#include "unit.h"

struct scene {
    struct nb_world w;
    struct view_reader r;
    struct dhcp_args args;
};

static void
init(struct scene *s, bool v6)
{
    nb_world_init(&s->w);
    view_reader_init(&s->r, &s->w);
    s->args = (struct dhcp_args) {
        .ctx = s->r.ctx, .port = "p1", .column = "dhcpv4_options", .v6 = v6,
    };
}

static void
uninit(struct scene *s)
{
    view_reader_uninit(&s->r);
    nb_world_uninit(&s->w);
}

static void
assert_args(struct scene *s, const struct smap *options, const char *text)
{
    char *args = dhcp_args_format(&s->args, options);

    assert_string_equal(args, text);
    free(args);
}

/* In the order of their names, whatever the order of the map. */
static void
test_order(void **state OVS_UNUSED)
{
    struct smap options = SMAP_INITIALIZER(&options);
    struct scene s;

    init(&s, false);
    assert_args(&s, &options, "");
    smap_add(&options, "router", "10.0.0.1");
    smap_add(&options, "lease_time", "3600");
    smap_add(&options, "dns_server", "{8.8.8.8, 8.8.4.4}");
    smap_add(&options, "domain_name", "\"ovn.org\"");
    assert_args(&s, &options, "dns_server = {8.8.8.8, 8.8.4.4}, "
                "domain_name = \"ovn.org\", lease_time = 3600, "
                "router = 10.0.0.1");
    assert_int_equal(s.r.ctx->emitted->n_reports, 0);
    smap_destroy(&options);
    uninit(&s);
}

/* What would break out of the action is left out, and the rest is told. */
static void
test_bad(void **state OVS_UNUSED)
{
    static const char *const values[] = {
        "", " ", "1; drop", "1, 2", "{1", "{}", "\"a", "a b", "\"a\" \"b\"",
        "{\"a\", \"b}", "1)", "\"a\nb\"", "{1} 2",
    };
    struct scene s;

    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        struct smap options = SMAP_CONST2(&options, "mtu", values[i],
                                          "router", "10.0.0.1");

        init(&s, false);
        char *args = dhcp_args_format(&s.args, &options);
        assert_case(!strcmp(args, "router = 10.0.0.1"), "\"%s\" makes %s",
                    values[i], args);
        free(args);
        char *report = view_reader_report(&s.r, "its option mtu has");
        assert_case(report != NULL, "\"%s\" is passed over", values[i]);
        free(report);
        uninit(&s);
    }
}

/* Each version has options of its own. */
static void
test_v6(void **state OVS_UNUSED)
{
    struct smap options = SMAP_CONST2(&options, "domain_search", "\"a\"",
                                      "router", "10.0.0.1");
    struct scene s;

    init(&s, true);
    assert_args(&s, &options, "domain_search = \"a\"");
    char *report = view_reader_report(&s.r, "no DHCPv6 option");
    assert_non_null(report);
    free(report);
    uninit(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_v6),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
