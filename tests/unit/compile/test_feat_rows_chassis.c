#include "lr_world.h"

#include "unit.h"

static void
test_gateway_chassis(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_port(&l);
    nb_world_compile(&l.w);
    const char *row = nb_world_row(&l.w, "HA_Chassis",
                                   "[\"chassis-name\",\"ch1\"]");
    assert_non_null(row);
    assert_non_null(strstr(row, "\"chassis\":[\"set\",[]]"));

    /* Once the chassis is there, the row refers to it. */
    nb_world_set_fact(&l.w, CFACT_CHASSIS, "ch1",
                      "00000000-0000-0000-0000-000000000007");
    nb_world_compile(&l.w);
    row = nb_world_row(&l.w, "HA_Chassis", "ch1");
    assert_non_null(strstr(row, "000000000007"));
    assert_non_null(nb_world_row(&l.w, "HA_Chassis_Group",
                                 "\"name\":\"r1-pub\""));

    /* Two groups of one name would be one too many. */
    nbrec_ha_chassis_group_set_name(
        nbrec_ha_chassis_group_insert(l.w.txn), "r1-pub");
    nb_world_compile(&l.w);
    assert_report(&l, "HA_Chassis_Group has the port's name");
    lr_world_uninit(&l);
}

static void
test_group(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_ha_chassis_group *group
        = nbrec_ha_chassis_group_insert(l.w.txn);
    struct nbrec_ha_chassis *members[2];
    nbrec_ha_chassis_group_set_name(group, "hg");
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        members[i] = nbrec_ha_chassis_insert(l.w.txn);
        nbrec_ha_chassis_set_chassis_name(members[i], "ch1");
        nbrec_ha_chassis_set_priority(members[i], i + 1);
    }
    nbrec_ha_chassis_group_set_ha_chassis(group, members, 2);
    nbrec_logical_router_port_set_ha_chassis_group(l.r1_pub, group);
    nb_world_compile(&l.w);
    assert_non_null(nb_world_row(&l.w, "HA_Chassis_Group",
                                 "\"name\":\"hg\""));
    assert_non_null(nb_world_row(&l.w, "HA_Chassis", "\"priority\":2"));
    assert_null(nb_world_row(&l.w, "HA_Chassis", "\"priority\":1,"));
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gateway_chassis),
        cmocka_unit_test(test_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
