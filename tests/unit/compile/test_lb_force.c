#include "lb.h"

#include "lr_world.h"

#include "unit.h"

static bool
parse(struct lr_world *l, const char *value, struct lb_force *force,
      bool *bad)
{
    lr_world_set_option(l->r1, "lb_force_snat_ip", value);
    return lb_force_parse(l->r1, force, bad);
}

static void
test_values(void **state OVS_UNUSED)
{
    static const struct {
        const char *value, *ip4, *ip6;
        bool router_ip, bad;
    } cases[] = {
        { "", NULL, NULL, false, false },
        { "router_ip", NULL, NULL, true, false },
        { "10.0.0.1", "::ffff:10.0.0.1", NULL, false, false },
        { "fd00::1", NULL, "fd00::1", false, false },
        { "10.0.0.1 fd00::1", "::ffff:10.0.0.1", "fd00::1", false, false },
        { "fd00::1  10.0.0.2", "::ffff:10.0.0.2", "fd00::1", false, false },
        { "x", NULL, NULL, false, true },
        { "10.0.0.1 x", NULL, NULL, false, true },
        { "10.0.0.1/24", NULL, NULL, false, true },
        { "router_ip 10.0.0.1", NULL, NULL, false, true },
    };
    struct lr_world l;

    lr_world_init(&l);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        bool any = cases[i].ip4 || cases[i].ip6 || cases[i].router_ip;
        struct in6_addr ip4 = in6addr_any, ip6 = in6addr_any;
        struct lb_force force;
        bool bad;

        assert_case(parse(&l, cases[i].value, &force, &bad) == any, "\"%s\"",
                    cases[i].value);
        assert_case(bad == cases[i].bad, "\"%s\" is bad", cases[i].value);
        if (any) {
            assert_true(!cases[i].ip4 || ipv6_parse(cases[i].ip4, &ip4));
            assert_true(!cases[i].ip6 || ipv6_parse(cases[i].ip6, &ip6));
            assert_case(force.router_ip == cases[i].router_ip
                        && ipv6_addr_equals(&force.ip4, &ip4)
                        && ipv6_addr_equals(&force.ip6, &ip6),
                        "\"%s\" is taken for something else",
                        cases[i].value);
        }
    }
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
