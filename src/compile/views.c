/* The registry of views, and what several of them need. */

#include "views.h"

#include "engine.h"

#define CVIEW(ID, TYPE, NAME) extern const struct cview_class cview_##NAME;
#include "views.def"

const struct cview_class *const cview_classes[N_CVIEWS] = {
#define CVIEW(ID, TYPE, NAME) [CV_##ID] = &cview_##NAME,
#include "views.def"
};

char *
json_quote(const char *s)
{
    struct ds out = DS_EMPTY_INITIALIZER;

    json_string_escape(s, &out);
    return ds_steal_cstr(&out);
}

void
uuids_add(struct uuids *u, const struct uuid *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (u->n == u->allocated) {
            u->list = x2nrealloc(u->list, &u->allocated, sizeof *u->list);
        }
        u->list[u->n++] = list[i];
    }
}

bool
uuids_equal(const struct uuid *a, size_t n_a, const struct uuid *b,
            size_t n_b)
{
    return n_a == n_b && (!n_a || !memcmp(a, b, n_a * sizeof *a));
}

const char *
copp_meter(struct cctx *ctx, const struct uuid *uuid, const char *protocol)
{
    const struct nbrec_copp *copp = uuid_is_zero(uuid) ? NULL
                                    : get_copp(ctx, uuid);
    const char *meter = copp ? smap_get(&copp->meters, protocol) : NULL;

    return meter && cctx_named1(ctx, CR_METER_NAMED, meter) ? meter : NULL;
}
