#include "nb_rows.h"

struct nbrec_acl *
nb_rows_add_acl(struct nb_world *w, const char *direction, const char *match,
                const char *action)
{
    struct nbrec_acl *acl = nbrec_acl_insert(w->txn);

    nbrec_acl_set_priority(acl, 100);
    nbrec_acl_set_direction(acl, direction);
    nbrec_acl_set_match(acl, match);
    nbrec_acl_set_action(acl, action);
    return acl;
}

struct nbrec_meter *
nb_rows_add_meter(struct nb_world *w, const char *name)
{
    struct nbrec_meter *meter = nbrec_meter_insert(w->txn);

    nbrec_meter_set_name(meter, name);
    return meter;
}

void
nb_rows_limit_meter(struct nb_world *w, struct nbrec_meter *meter,
                    int64_t rate)
{
    struct nbrec_meter_band *band = nbrec_meter_band_insert(w->txn);

    nbrec_meter_band_set_action(band, "drop");
    nbrec_meter_band_set_rate(band, rate);
    nbrec_meter_set_unit(meter, "pktps");
    nbrec_meter_set_bands(meter, &band, 1);
}

struct nbrec_copp *
nb_rows_add_copp(struct nb_world *w, const char *protocol, const char *meter)
{
    struct smap meters = SMAP_CONST1(&meters, protocol, meter);
    struct nbrec_copp *copp = nbrec_copp_insert(w->txn);

    nbrec_copp_set_meters(copp, &meters);
    return copp;
}

struct nbrec_chassis_template_var *
nb_rows_add_template_var(struct nb_world *w, const char *chassis,
                         const struct smap *variables)
{
    struct nbrec_chassis_template_var *row
        = nbrec_chassis_template_var_insert(w->txn);

    nbrec_chassis_template_var_set_chassis(row, chassis);
    nbrec_chassis_template_var_set_variables(row, variables);
    return row;
}
