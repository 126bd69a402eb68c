#include "lr_world.h"
#include "nb_rows.h"

#include "unit.h"

static struct nbrec_meter *
add_meter(struct nb_world *w, const char *name, int rate)
{
    struct nbrec_meter *meter = nb_rows_add_meter(w, name);

    nb_rows_limit_meter(w, meter, rate);
    nbrec_meter_band_set_burst_size(meter->bands[0], 3);
    return meter;
}

static void
test_rows(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_meter *meter = add_meter(&w, "m", 100);
    nb_world_compile(&w);
    const char *row = nb_world_row(&w, "Meter", "\"name\":\"m\"");
    assert_non_null(row);
    assert_non_null(strstr(row, "\"unit\":\"pktps\""));
    assert_string_equal(nb_world_row(&w, "Meter_Band", "100"),
                        "{\"action\":\"drop\",\"burst_size\":3,"
                        "\"rate\":100}");

    nbrec_meter_band_set_rate(meter->bands[0], 200);
    nb_world_compile(&w);
    assert_null(nb_world_row(&w, "Meter_Band", "100"));
    assert_non_null(nb_world_row(&w, "Meter_Band", "200"));
    nb_world_uninit(&w);
}

/* A fair meter has a copy for each ACL that logs with it. */
static void
test_fair(void **state OVS_UNUSED)
{
    bool yes = true;
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_meter *meter = add_meter(&w, "m", 100);
    struct nbrec_acl *acl = nbrec_acl_insert(w.txn);
    nbrec_acl_set_meter(acl, "m");
    nb_world_compile(&w);
    assert_null(nb_world_row(&w, "Meter", "m__"));
    nbrec_meter_set_fair(meter, &yes, 1);
    nb_world_compile(&w);
    char *name = xasprintf("\"m__"UUID_FMT"\"",
                           UUID_ARGS(&acl->header_.uuid));
    assert_non_null(nb_world_row(&w, "Meter", name));
    assert_non_null(nb_world_row(&w, "Meter", "\"name\":\"m\""));
    nbrec_acl_set_meter(acl, "other");
    nb_world_compile(&w);
    assert_null(nb_world_row(&w, "Meter", name));
    free(name);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_fair),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
