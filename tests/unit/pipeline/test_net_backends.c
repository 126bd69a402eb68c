#include "unit.h"

#include "net_backends.h"
#include "vip.h"

static bool
has(const struct net_backends *set, const char *text)
{
    struct endpoint endpoint;

    assert_true(endpoint_parse(text, &endpoint));
    return net_backends_has(set, &endpoint);
}

static void
counted(void **state OVS_UNUSED)
{
    struct net_backends set;

    net_backends_init(&set);
    assert_true(net_backends_add(&set, "10.0.0.1:80,[fd00::1]:443"));
    assert_true(net_backends_add(&set, "10.0.0.1:80,10.0.0.2:80"));
    assert_true(net_backends_remove(&set, "10.0.0.1:80,10.0.0.2:80"));
    assert_true(has(&set, "10.0.0.1:80"));
    assert_true(has(&set, "[fd00::1]:443"));
    assert_false(has(&set, "10.0.0.2:80"));
    assert_true(net_backends_remove(&set, "10.0.0.1:80"));
    assert_false(has(&set, "10.0.0.1:80"));
    net_backends_uninit(&set);
}

static void
without_a_port(void **state OVS_UNUSED)
{
    struct net_backends set;

    net_backends_init(&set);
    assert_true(net_backends_add(&set, "10.0.0.1"));
    assert_true(has(&set, "10.0.0.1:80"));
    assert_true(has(&set, "10.0.0.1"));
    assert_true(net_backends_remove(&set, "10.0.0.1"));
    assert_true(net_backends_add(&set, "10.0.0.1:80"));
    assert_false(has(&set, "10.0.0.1"));
    assert_false(has(&set, "10.0.0.1:81"));
    net_backends_uninit(&set);
}

/* Neither added nor missed. */
static void
nonsense(void **state OVS_UNUSED)
{
    struct net_backends set;

    net_backends_init(&set);
    assert_false(net_backends_add(&set, "10.0.0.1:80,10.0.0.2:x"));
    assert_false(has(&set, "10.0.0.1:80"));
    assert_true(net_backends_add(&set, ""));
    assert_true(net_backends_remove(&set, "10.0.0.9:80"));
    assert_false(net_backends_remove(&set, "10.0.0.9:x"));
    assert_true(hmap_is_empty(&set.backends));
    net_backends_uninit(&set);
}

int
main(int argc OVS_UNUSED, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counted),
        cmocka_unit_test(without_a_port),
        cmocka_unit_test(nonsense),
    };

    set_program_name(argv[0]);
    return cmocka_run_group_tests_name("net_backends", tests, NULL, NULL);
}
