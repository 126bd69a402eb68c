#include "feed.h"

/* --- From the compiler --- */

static void *
add_compiled(void *sink, const struct uuid *id, const struct cflow *flow)
{
    const struct cstage_info *stage = cstage_info(flow->stage);

    netsink_add_flow(sink, id, &(struct netsink_flow) {
        .datapaths = flow->dps->uuids,
        .n_datapaths = flow->dps->n,
        .egress = stage->pipeline == CPIPELINE_EGRESS,
        .table = stage->table,
        .priority = flow->priority,
        .match = flow->match,
        .actions = flow->actions,
        .stage_name = stage->name,
        .meter = flow->meter,
    });
    return NULL;
}

static void
remove_compiled(void *sink, const struct uuid *id, void *handle OVS_UNUSED)
{
    netsink_remove_flow(sink, id);
}

static void
set_row(void *sink, const char *table, const struct uuid *uuid,
        const struct json *row)
{
    netsink_set_row(sink, table, uuid, row);
}

static void
remove_row(void *sink, const char *table, const struct uuid *uuid)
{
    netsink_remove_row(sink, table, uuid);
}

static void
commit(void *sink OVS_UNUSED)
{
    /* By fabric_run(), together with what else has changed. */
}

struct csink
feed_compile_sink(struct netsink *sink)
{
    return (struct csink) {
        .aux = sink,
        .add_flow = add_compiled,
        .remove_flow = remove_compiled,
        .set_row = set_row,
        .remove_row = remove_row,
        .commit = commit,
    };
}

/* --- From the Southbound database --- */

static void
add_read(void *sink, const struct uuid *id, const struct sb_flow *flow)
{
    netsink_add_flow(sink, id, &(struct netsink_flow) {
        .datapaths = flow->datapaths,
        .n_datapaths = flow->n_datapaths,
        .egress = flow->egress,
        .table = flow->table,
        .priority = flow->priority,
        .match = flow->match,
        .actions = flow->actions,
        .stage_name = flow->stage_name,
        .meter = flow->meter,
    });
}

static void
remove_read(void *sink, const struct uuid *id)
{
    netsink_remove_flow(sink, id);
}

const struct sb_flows_ops feed_flows_ops = {
    .set_row = set_row,
    .remove_row = remove_row,
    .add_flow = add_read,
    .remove_flow = remove_read,
};
