#include "forecast.h"

/* A service that is about to be awake. */
struct restore {
    struct hmap_node node; /* In struct forecast's 'restores', by service. */
    struct uuid service;
    uint64_t ticket;
    struct smap vips;      /* Those that are filled -> backends. */
};

struct forecast {
    struct nb *nb;
    struct north *north;
    struct hmap restores; /* Contains "struct restore"s. */
};

struct forecast *
forecast_new(struct nb *nb, struct north *north)
{
    struct forecast *f = xzalloc(sizeof *f);

    f->nb = nb;
    f->north = north;
    hmap_init(&f->restores);
    return f;
}

static void
forget(struct forecast *f, struct restore *r)
{
    hmap_remove(&f->restores, &r->node);
    smap_destroy(&r->vips);
    free(r);
}

void
forecast_free(struct forecast *f)
{
    struct restore *r;

    if (f) {
        HMAP_FOR_EACH_SAFE (r, node, &f->restores) {
            forget(f, r);
        }
        hmap_destroy(&f->restores);
        free(f);
    }
}

static void
take_back(struct forecast *f, struct restore *r)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &r->vips) {
        north_forecast(f->north, &r->service, node->key, NULL);
    }
    forget(f, r);
}

static struct restore *
find(const struct forecast *f, const struct uuid *service)
{
    struct restore *r;

    HMAP_FOR_EACH_WITH_HASH (r, node, uuid_hash(service), &f->restores) {
        if (uuid_equals(&r->service, service)) {
            return r;
        }
    }
    return NULL;
}

static bool
begin(struct forecast *f, const struct uuid *service, uint64_t ticket)
{
    const struct nb_service *svc = nb_service_get(f->nb, service);
    struct restore *r = find(f, service);
    const struct smap_node *node;

    if (r) {
        take_back(f, r);
    }
    if (!svc) {
        return false;
    }
    r = xzalloc(sizeof *r);
    r->service = *service;
    r->ticket = ticket;
    smap_init(&r->vips);
    hmap_insert(&f->restores, &r->node, uuid_hash(service));
    SMAP_FOR_EACH (node, svc->vips) {
        const char *saved = nb_service_saved(svc, node->key);

        if (saved && nb_backends_are_none(node->value)) {
            smap_add(&r->vips, node->key, saved);
            north_forecast(f->north, service, node->key, saved);
        }
    }
    return !smap_is_empty(&r->vips);
}

/* Whether the row says it all by itself now, or will not any more.
 *
 * While the transaction is under way, it may be made again, and neither is
 * known.  After that the waker's own view of the row is not older than it: a
 * VIP that is empty there has not been filled, or emptied since. */
static bool
is_over(const struct forecast *f, const struct restore *r)
{
    const struct nb_service *svc = nb_service_get(f->nb, &r->service);
    const struct smap_node *node;
    bool seen = true;

    if (nb_ticket_status(f->nb, r->ticket) == NB_TICKET_PENDING) {
        return false;
    }
    SMAP_FOR_EACH (node, &r->vips) {
        if (!svc || nb_backends_are_none(smap_get(svc->vips, node->key))) {
            return true;
        }
        seen = seen && north_vip_has_backends(f->north, &r->service,
                                              node->key);
    }
    return seen;
}

bool
forecast_run(struct forecast *f)
{
    bool changed = false;
    struct uuid service;
    struct restore *r;
    uint64_t ticket;

    HMAP_FOR_EACH_SAFE (r, node, &f->restores) {
        if (is_over(f, r)) {
            take_back(f, r);
            changed = true;
        }
    }
    while ((ticket = nb_next_restore(f->nb, &service)) != 0) {
        changed = begin(f, &service, ticket) || changed;
    }
    return changed;
}
