/* The datapaths of flows that are to be added. */

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

void
sink_where_unuse(struct netsink *sink, struct sink_where *where)
{
    if (!--where->n_users) {
        hmap_remove(&sink->wheres, &where->node);
        free(where->datapaths);
        free(where);
    }
}

void
sink_where_look_up(const struct netsink *sink, struct sink_where *where)
{
    if (where->datapaths) {
        return;
    }
    where->datapaths = xcalloc(where->n + 1, sizeof *where->datapaths);
    for (size_t i = 0; i < where->n; i++) {
        const struct sink_row *row = sink_find(sink, SINK_datapath,
                                               &where->uuids[i]);

        if (row && row->datapath) {
            where->datapaths[where->n_datapaths++] = row->datapath->flows;
        }
    }
}
