#include "lb.h"

#include "lb_world.h"

#include "unit.h"

struct scene {
    struct nb_world w;
    struct nbrec_load_balancer *row;
};

static void
init(struct scene *s, const char *family)
{
    nb_world_init(&s->w);
    s->row = lb_add(&s->w, "lb0", "10.0.0.1:80", "", "tcp");
    if (family) {
        lb_set_option(s->row, "template", "true");
        lb_set_option(s->row, "address-family", family);
    }
}

/* What is neither a name nor an address would break out of the flow. */
static void
test_templates(void **state OVS_UNUSED)
{
    static const struct {
        const char *family, *key, *value, *ip, *port, *s;
    } cases[] = {
        { "ipv4", "^V", "^B", "^V", NULL, "^V" },
        { "ipv4", "^V:^P", "^B:^P,10.0.0.1:80", "^V", "^P", "^V:^P" },
        { "ipv4", "10.0.0.1:^P", "", "10.0.0.1", "^P", "10.0.0.1:^P" },
        { "ipv6", "^V:80", "^B", "^V", "80", "[^V]:80" },
        { "ipv6", "[fd00::1]:^P", "[^B]:80", "fd00::1", "^P",
          "[fd00::1]:^P" },
        { "ipv6", "fd00::1", "^B", "fd00::1", NULL, "fd00::1" },
        { "ipv4", "", "^B", NULL, NULL, NULL },
        { "ipv4", "^", "^B", NULL, NULL, NULL },
        { "ipv4", "^V || 1", "^B", NULL, NULL, NULL },
        { "ipv4", "^V:", "^B", NULL, NULL, NULL },
        { "ipv4", "^V:0", "^B", NULL, NULL, NULL },
        { "ipv4", "^V:65536", "^B", NULL, NULL, NULL },
        { "ipv4", "^V:^", "^B", NULL, NULL, NULL },
        { "ipv4", "fd00::1", "^B", NULL, NULL, NULL },
        { "ipv6", "10.0.0.1:80", "^B", NULL, NULL, NULL },
        { "ipv6", "[^V", "^B", NULL, NULL, NULL },
        { "ipv6", "[^V]x", "^B", NULL, NULL, NULL },
        { "ipv4", "^V", "^B); drop", NULL, NULL, NULL },
        { "ipv4", "^V", "^B,x", NULL, NULL, NULL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct lb_vip vip;
        struct scene s;

        init(&s, cases[i].family);
        char *why = lb_vip_parse(s.row, cases[i].key, cases[i].value, &vip);
        assert_case(!why == !!cases[i].ip, "\"%s\"=\"%s\": %s",
                    cases[i].key, cases[i].value, why);
        if (!why) {
            assert_string_equal(vip.at.ip, cases[i].ip);
            assert_true(nullable_string_is_equal(vip.at.port,
                                                 cases[i].port));
            assert_string_equal(vip.at.s, cases[i].s);
            lb_vip_uninit(&vip);
        }
        free(why);
        nb_world_uninit(&s.w);
    }
}

static void
test_plain(void **state OVS_UNUSED)
{
    struct lb_vip vip;
    struct scene s;

    init(&s, NULL);
    assert_null(lb_vip_parse(s.row, "[fd00:0::1]:080",
                             "[fd00::2]:81,[fd00::3]:82", &vip));
    assert_false(vip.is_ipv4);
    assert_string_equal(vip.at.ip, "fd00::1");
    assert_string_equal(vip.at.port, "80");
    assert_string_equal(vip.at.s, "[fd00::1]:80");
    assert_int_equal(vip.n_backends, 2);
    assert_string_equal(vip.backends[1].at.s, "[fd00::3]:82");
    assert_true(vip.backends[1].up);
    lb_vip_uninit(&vip);
    /* Variables are nothing without the option. */
    char *why = lb_vip_parse(s.row, "^V:80", "", &vip);
    assert_non_null(why);
    free(why);
    nb_world_uninit(&s.w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_plain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
