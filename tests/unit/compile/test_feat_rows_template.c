#include "lr_world.h"
#include "nb_rows.h"

#include "unit.h"

static void
test_row(void **state OVS_UNUSED)
{
    struct smap vars = SMAP_CONST1(&vars, "VIP", "10.0.0.1");
    struct smap none = SMAP_INITIALIZER(&none);
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_chassis_template_var *row
        = nb_rows_add_template_var(&w, "ch1", &vars);
    nb_world_compile(&w);
    assert_string_equal(nb_world_row(&w, "Chassis_Template_Var", ""),
                        "{\"chassis\":\"ch1\",\"variables\":[\"map\","
                        "[[\"VIP\",\"10.0.0.1\"]]]}");
    nbrec_chassis_template_var_set_variables(row, &none);
    nb_world_compile(&w);
    assert_string_equal(nb_world_row(&w, "Chassis_Template_Var", ""),
                        "{\"chassis\":\"ch1\",\"variables\":[\"map\",[]]}");
    nbrec_chassis_template_var_delete(row);
    nb_world_compile(&w);
    assert_null(nb_world_row(&w, "Chassis_Template_Var", ""));
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
