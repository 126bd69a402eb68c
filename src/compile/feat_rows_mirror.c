/* Rows Mirror: chassis copy the packets of ports to their sinks.
 *
 * Sources: Mirror in ovn-nb(5), ovn-sb(5). */

#include "rows.h"
#include "views.h"

static void
compile(struct cctx *ctx, const void *row_)
{
    static const struct smap none = SMAP_INITIALIZER(&none);
    const struct nbrec_mirror *mirror = row_;
    struct json *row = json_object_create();

    row_put_string(row, "name", mirror->name);
    row_put_string(row, "filter", mirror->filter);
    row_put_string(row, "sink", mirror->sink);
    row_put_string(row, "type", mirror->type);
    row_put_integer(row, "index", mirror->index);
    row_put_map(row, "external_ids", &none);
    crow_emit(ctx, "Mirror", &mirror->header_.uuid, &row);
}

const struct cunit_class cunit_mirror = {
    .table = CT_MIRROR,
    .compile = compile,
};
