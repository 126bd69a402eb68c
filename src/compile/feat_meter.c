/* Rows Meter and Meter_Band.  A fair meter is copied for each ACL that logs
 * with it, so that one does not eat the other's share.
 *
 * Sources: Meter in ovn-nb(5), ovn-sb(5). */

#include "rows.h"
#include "views.h"

static void
emit_band(struct cctx *ctx, const struct nbrec_meter_band *band)
{
    struct json *row = json_object_create();

    row_put_string(row, "action", band->action);
    row_put_integer(row, "rate", band->rate);
    row_put_integer(row, "burst_size", band->burst_size);
    crow_emit(ctx, "Meter_Band", &band->header_.uuid, &row);
}

/* With its bands. */
static void
emit_meter(struct cctx *ctx, const struct nbrec_meter *meter,
           const char *name, const struct uuid *uuid)
{
    struct uuid *bands = xmalloc(MAX(meter->n_bands, 1) * sizeof *bands);
    size_t n = 0;

    for (size_t i = 0; i < meter->n_bands; i++) {
        const struct nbrec_meter_band *band
            = get_band(ctx, &meter->bands[i]->header_.uuid);

        if (band) {
            emit_band(ctx, band);
            bands[n++] = band->header_.uuid;
        }
    }
    if (n) {
        struct json *row = json_object_create();

        row_put_string(row, "name", name);
        row_put_string(row, "unit", meter->unit);
        row_put_uuids(row, "bands", bands, n);
        crow_emit(ctx, "Meter", uuid, &row);
    }
    free(bands);
}

static void
compile_meter(struct cctx *ctx, const void *row)
{
    const struct nbrec_meter *meter = row;

    emit_meter(ctx, meter, meter->name, &meter->header_.uuid);
}

const struct cunit_class cunit_meter = {
    .table = CT_METER,
    .compile = compile_meter,
};

static void
compile_acl(struct cctx *ctx, const void *row)
{
    const struct nbrec_acl *acl = row;
    const struct uuid *uuid = acl->meter
                              ? cctx_named1(ctx, CR_METER_NAMED, acl->meter)
                              : NULL;
    const struct nbrec_meter *meter = uuid ? get_meter(ctx, uuid) : NULL;

    if (meter && meter->n_fair && meter->fair[0]) {
        char *name = xasprintf("%s__"UUID_FMT, meter->name,
                               UUID_ARGS(&acl->header_.uuid));
        struct uuid copy = uuid_digest("Meter", name, NULL);

        emit_meter(ctx, meter, name, &copy);
        free(name);
    }
}

const struct cunit_class cunit_acl_meter = {
    .table = CT_ACL,
    .compile = compile_acl,
};
