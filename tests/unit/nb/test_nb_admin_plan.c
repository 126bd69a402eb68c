#include "unit.h"

#include "cleanup.h"
#include "nb_admin.h"

#define VIP "10.0.0.100:80"
#define NOW 1700000000123LL

static void
row_init(struct nb_admin_row *row, const char *backends)
{
    nb_admin_row_init(row, "web");
    smap_add(&row->vips, VIP, backends);
}

/* An addition to a row that exists. */
static void
add_init(struct nb_admin_add *add)
{
    nb_admin_add_init(add);
    add->lb.parts[0] = 1;
    add->needs_backends = true;
    smap_add(&add->policy, "rouse-driver", "exec");
}

static void
assert_key(const struct smap *map, const char *key, const char *wanted)
{
    const char *value = smap_get(map, key);

    assert_case(value && wanted ? !strcmp(value, wanted)
                                : value == wanted,
                "%s is %s, not %s", key, value ? value : "absent",
                wanted ? wanted : "absent");
}

static void
assert_refused(const struct nb_admin_add *add, struct nb_admin_row *row,
               const char *wanted)
{
    char *why OWNED_STRING = NULL;

    assert_false(nb_admin_plan_add(add, NOW, row, &why));
    assert_case(strstr(why, wanted), "\"%s\" does not say \"%s\"", why,
                wanted);
}

static void
assert_added(const struct nb_admin_add *add, struct nb_admin_row *row)
{
    char *why = NULL;
    bool ok = nb_admin_plan_add(add, NOW, row, &why);

    assert_case(ok, "refused: %s", why);
}

static void
awake_services_get_their_policy_and_nothing_else(void **state OVS_UNUSED)
{
    struct nb_admin_add add;
    struct nb_admin_row row;

    add_init(&add);
    smap_add(&add.policy, "rouse-hold", "5");
    row_init(&row, "10.0.0.2:80");
    smap_add(&row.options, "hairpin_snat_ip", "10.0.0.9");
    assert_added(&add, &row);
    assert_key(&row.vips, VIP, "10.0.0.2:80");
    assert_int_equal(smap_count(&row.options), 1);
    assert_int_equal(smap_count(&row.external_ids), 4);
    assert_key(&row.external_ids, "rouse-driver", "exec");
    assert_key(&row.external_ids, "rouse-hold", "5");
    assert_key(&row.external_ids, "rouse-state", "awake");
    assert_key(&row.external_ids, "rouse-state-since",
               "2023-11-14T22:13:20.123Z");

    /* Once more: the state is the waker's from now on. */
    smap_replace(&row.external_ids, "rouse-state", "failed");
    smap_replace(&add.policy, "rouse-hold", "");
    assert_added(&add, &row);
    assert_key(&row.external_ids, "rouse-state", "failed");
    assert_key(&row.external_ids, "rouse-hold", NULL);
    nb_admin_row_uninit(&row);
    nb_admin_add_uninit(&add);
}

static void
sleeping_and_removing_are_inverse(void **state OVS_UNUSED)
{
    struct nb_admin_add add;
    struct nb_admin_row row;
    char *why OWNED_STRING = NULL;

    add_init(&add);
    add.asleep = true;
    row_init(&row, "10.0.0.2:80,10.0.0.3:80");
    smap_add(&row.options, "reject", "true");
    smap_add(&row.external_ids, "owner", "me");
    assert_added(&add, &row);
    assert_key(&row.vips, VIP, "");
    assert_key(&row.options, "reject", NULL);
    assert_key(&row.options, "event", "true");
    assert_key(&row.external_ids, "rouse-reject", "true");
    assert_key(&row.external_ids, "rouse-backends",
               VIP "=10.0.0.2:80,10.0.0.3:80");

    assert_false(nb_admin_plan_remove(0, &row, &why));
    assert_non_null(strstr(why, "rouse service wake web"));
    assert_true(nb_admin_plan_remove(NB_ADMIN_FORCE, &row, &why));
    assert_key(&row.vips, VIP, "10.0.0.2:80,10.0.0.3:80");
    assert_key(&row.options, "reject", "true");
    assert_int_equal(smap_count(&row.options), 1);
    assert_key(&row.external_ids, "owner", "me");
    assert_int_equal(smap_count(&row.external_ids), 1);
    nb_admin_row_uninit(&row);
    nb_admin_add_uninit(&add);
}

static void
what_to_restore_must_be_known(void **state OVS_UNUSED)
{
    struct nb_admin_add add;
    struct nb_admin_row row;

    add_init(&add);
    row_init(&row, " ");
    assert_refused(&add, &row, "--vip " VIP " --backends");

    /* By the user, who may write the VIP in another way. */
    smap_add(&add.vips, "010.0.0.100:80", "10.0.0.2:80");
    nb_admin_row_uninit(&row);
    row_init(&row, "");
    assert_refused(&add, &row, "has no VIP");
    smap_clear(&add.vips);
    smap_add(&add.vips, VIP, "10.0.0.2:80");
    nb_admin_row_uninit(&row);
    row_init(&row, "");
    assert_added(&add, &row);
    assert_key(&row.external_ids, "rouse-backends", VIP "=10.0.0.2:80");
    assert_key(&row.external_ids, "rouse-state", "asleep");

    /* By an earlier sleep. */
    smap_clear(&add.vips);
    assert_added(&add, &row);
    assert_key(&row.external_ids, "rouse-backends", VIP "=10.0.0.2:80");

    /* By nobody, because what is there makes no sense. */
    smap_replace(&row.external_ids, "rouse-backends", "x=y");
    assert_refused(&add, &row, "nobody knows");

    /* And it need not be, if the driver does not restore. */
    add.needs_backends = false;
    assert_added(&add, &row);
    nb_admin_row_uninit(&row);
    nb_admin_add_uninit(&add);
}

static void
contradictions_are_refused(void **state OVS_UNUSED)
{
    struct nb_admin_add add;
    struct nb_admin_row row;

    add_init(&add);
    smap_add(&add.vips, VIP, "10.0.0.3:80");
    row_init(&row, "10.0.0.2:80");
    assert_refused(&add, &row, "has the backends \"10.0.0.2:80\" already");

    smap_replace(&add.vips, VIP, "10.0.0.2:80");
    assert_added(&add, &row);
    add.asleep = true;
    assert_refused(&add, &row, "rouse service idle web");

    nb_admin_row_uninit(&row);
    nb_admin_row_init(&row, "web");
    smap_clear(&add.vips);
    assert_refused(&add, &row, "ovn-nbctl lb-add");
    smap_clear(&add.policy);
    nb_admin_row_uninit(&row);
    row_init(&row, "10.0.0.2:80");
    assert_refused(&add, &row, "--driver");
    nb_admin_row_uninit(&row);
    nb_admin_add_uninit(&add);
}

static void
new_rows_take_the_vips_given(void **state OVS_UNUSED)
{
    struct nb_admin_add add;
    struct nb_admin_row row;

    add_init(&add);
    uuid_zero(&add.lb);
    nb_admin_row_init(&row, "web");
    assert_refused(&add, &row, "--vip and --backends");
    smap_add(&add.vips, VIP, "10.0.0.2:80");
    smap_add(&add.vips, "[fd00::1]:80", "[fd00::2]:80");
    add.asleep = true;
    nb_admin_row_uninit(&row);
    nb_admin_row_init(&row, "web");
    assert_added(&add, &row);
    assert_key(&row.vips, VIP, "");
    assert_key(&row.vips, "[fd00::1]:80", "");
    assert_key(&row.external_ids, "rouse-backends",
               VIP "=10.0.0.2:80 [fd00::1]:80=[fd00::2]:80");
    nb_admin_row_uninit(&row);
    nb_admin_add_uninit(&add);
}

static void
removing_needs_a_service_that_is_awake(void **state OVS_UNUSED)
{
    static const char *const busy[] = { "asleep", "waking", "idling" };
    struct nb_admin_row row;

    row_init(&row, "10.0.0.2:80");
    {
        char *why OWNED_STRING = NULL;

        assert_false(nb_admin_plan_remove(0, &row, &why));
        assert_non_null(strstr(why, "no service"));
    }
    smap_add(&row.external_ids, "rouse-driver", "exec");
    for (size_t i = 0; i < ARRAY_SIZE(busy); i++) {
        char *why OWNED_STRING = NULL;

        smap_replace(&row.external_ids, "rouse-state", busy[i]);
        assert_false(nb_admin_plan_remove(0, &row, &why));
    }
    smap_replace(&row.external_ids, "rouse-state", "awake");
    char *why OWNED_STRING = NULL;
    assert_true(nb_admin_plan_remove(0, &row, &why));
    assert_true(smap_is_empty(&row.external_ids));
    nb_admin_row_uninit(&row);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(awake_services_get_their_policy_and_nothing_else),
        cmocka_unit_test(sleeping_and_removing_are_inverse),
        cmocka_unit_test(what_to_restore_must_be_known),
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(new_rows_take_the_vips_given),
        cmocka_unit_test(removing_needs_a_service_that_is_awake),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
