#include "engine.h"

#include "unit.h"

/* Stages are ovn-northd's: numbered from 0 in each pipeline, named after what
 * they are in. */
static void
test_stages(void **state OVS_UNUSED)
{
    uint64_t seen[2][2] = { { 0 } };

    for (enum cstage i = 0; i < N_CSTAGES; i++) {
        const struct cstage_info *info = cstage_info(i);
        uint64_t *tables = &seen[info->router][info->pipeline];
        const char *prefix
            = info->router ? info->pipeline == CPIPELINE_INGRESS ? "lr_in_"
                                                                 : "lr_out_"
              : info->pipeline == CPIPELINE_INGRESS ? "ls_in_" : "ls_out_";

        assert_case(!strncmp(info->name, prefix, strlen(prefix)), "%s",
                    info->name);
        assert_case(!(*tables & (UINT64_C(1) << info->table)),
                    "%s: table %d is another's", info->name, info->table);
        *tables |= UINT64_C(1) << info->table;
    }
    for (size_t i = 0; i < 4; i++) {
        uint64_t tables = seen[i / 2][i % 2];

        assert_true(tables && !(tables & (tables + 1)));
    }
    assert_int_equal(cstage_info(LS_IN_PRE_LB)->table, 5);
}

static void
test_units(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < N_CUNITS; i++) {
        assert_non_null(cunit_classes[i]->compile);
        assert_true(cunit_classes[i]->table < N_CTABLES);
        for (size_t j = 0; j < i; j++) {
            assert_ptr_not_equal(cunit_classes[i], cunit_classes[j]);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stages),
        cmocka_unit_test(test_units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
