/* The datapaths of flows and load balancers. */

#include "net_backends.h"
#include "netsink_private.h"

struct sink_where *
sink_where_get(struct netsink *sink, const struct uuid *uuids, size_t n)
{
    uint32_t hash = hash_bytes(uuids, n * sizeof *uuids, 0);
    struct sink_where *where;

    HMAP_FOR_EACH_WITH_HASH (where, node, hash, &sink->wheres) {
        if (where->n == n
            && !memcmp(where->uuids, uuids, n * sizeof *uuids)) {
            where->n_users++;
            return where;
        }
    }
    where = xzalloc(sizeof *where + n * sizeof *uuids);
    where->n_users = 1;
    where->n = n;
    memcpy(where->uuids, uuids, n * sizeof *uuids);
    hmap_insert(&sink->wheres, &where->node, hash);
    return where;
}

/* Of the row with that UUID; NULL if there is none. */
static struct net_datapath *
find_datapath(const struct netsink *sink, const struct uuid *uuid)
{
    const struct sink_row *row = sink_find(sink, SINK_datapath, uuid);

    return row ? row->datapath : NULL;
}

static void
free_backends(const struct netsink *sink, struct sink_where *where)
{
    for (size_t i = 0; i < where->n; i++) {
        struct net_datapath *dp = find_datapath(sink, &where->uuids[i]);

        if (dp) {
            net_datapath_detach_backends(dp, where->backends);
        }
    }
    net_backends_uninit(where->backends);
    free(where->backends);
}

void
sink_where_unuse(struct netsink *sink, struct sink_where *where)
{
    if (--where->n_users) {
        return;
    }
    if (where->backends) {
        free_backends(sink, where);
    }
    hmap_remove(&sink->wheres, &where->node);
    free(where->datapaths);
    free(where);
}

void
sink_where_look_up(const struct netsink *sink, struct sink_where *where)
{
    if (where->datapaths) {
        return;
    }
    where->n_datapaths = 0;
    where->datapaths = xcalloc(where->n + 1, sizeof *where->datapaths);
    for (size_t i = 0; i < where->n; i++) {
        const struct net_datapath *dp = find_datapath(sink,
                                                      &where->uuids[i]);

        if (dp) {
            where->datapaths[where->n_datapaths++] = dp->flows;
        }
    }
}

struct net_backends *
sink_where_backends(const struct netsink *sink, struct sink_where *where)
{
    if (!where->backends) {
        where->backends = xmalloc(sizeof *where->backends);
        net_backends_init(where->backends);
        for (size_t i = 0; i < where->n; i++) {
            struct net_datapath *dp = find_datapath(sink, &where->uuids[i]);

            if (dp) {
                net_datapath_attach_backends(dp, where->backends);
            }
        }
    }
    return where->backends;
}

static bool
has_datapath(const struct sink_where *where, const struct uuid *uuid)
{
    for (size_t i = 0; i < where->n; i++) {
        if (uuid_equals(&where->uuids[i], uuid)) {
            return true;
        }
    }
    return false;
}

static void
forget_datapaths(struct sink_where *where)
{
    free(where->datapaths);
    where->datapaths = NULL;
}

void
sink_wheres_put_datapath(struct netsink *sink, const struct sink_row *row)
{
    struct sink_where *where;

    HMAP_FOR_EACH (where, node, &sink->wheres) {
        forget_datapaths(where);
        if (where->backends && has_datapath(where, &row->uuid)) {
            net_datapath_attach_backends(row->datapath, where->backends);
        }
    }
}

void
sink_wheres_take_datapath(struct netsink *sink)
{
    struct sink_where *where;

    HMAP_FOR_EACH (where, node, &sink->wheres) {
        forget_datapaths(where);
    }
}
