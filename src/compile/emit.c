/* What units emit, counted: a flow or row is there while somebody wants it. */

#include "engine.h"
#include "template.h"

/* --- Flows --- */

static void
digest_text(const char *text, uint64_t out[2])
{
    ovs_u128 hash = { .u64 = { .lo = 0, .hi = 0 } };

    if (text) {
        hash_bytes128(text, strlen(text), 1, &hash);
    }
    out[0] = hash.u64.lo;
    out[1] = hash.u64.hi;
}

static struct uuid
digest_flow(const struct cflow *flow)
{
    struct {
        struct uuid dps;
        uint64_t match[2], actions[2], meter[2], port[2];
        uint32_t stage, priority;
    } facts = {
        .dps = flow->dps->id,
        .stage = flow->stage,
        .priority = flow->priority,
    };
    BUILD_ASSERT_DECL(sizeof facts == 16 + 4 * 16 + 8);
    struct uuid id;
    ovs_u128 hash;

    digest_text(flow->match, facts.match);
    digest_text(flow->actions, facts.actions);
    digest_text(flow->meter, facts.meter);
    digest_text(flow->port, facts.port);
    hash_bytes128(&facts, sizeof facts, 0, &hash);
    memcpy(&id, &hash, sizeof id);
    return id;
}

static struct cflow_node *
find_flow(const struct compile *c, const struct uuid *id)
{
    struct cflow_node *flow;

    HMAP_FOR_EACH_WITH_HASH (flow, node, uuid_hash(id), &c->flows) {
        if (uuid_equals(&flow->id, id)) {
            return flow;
        }
    }
    return NULL;
}

static void
tell_added(struct compile *c, size_t i, struct cflow_node *node,
           const struct cflow *flow)
{
    const struct csink *sink = &c->sinks[i];

    if (sink->add_flow) {
        void *handle = sink->add_flow(sink->aux, &node->id, flow);

        if (c->handles[i] >= 0) {
            node->handles[c->handles[i]] = handle;
        }
    }
}

static struct cflow_node *
add_flow(struct compile *c, const struct cflow *flow)
{
    const struct uuid id = digest_flow(flow);
    struct cflow_node *node = find_flow(c, &id);

    if (!node) {
        node = xzalloc(sizeof *node
                       + c->n_handles * sizeof node->handles[0]);
        node->id = id;
        node->dps = flow->dps;
        cdps_use(c, flow->dps);
        hmap_insert(&c->flows, &node->node, uuid_hash(&id));
        for (size_t i = 0; i < c->n_sinks; i++) {
            tell_added(c, i, node, flow);
        }
        c->changed = true;
    } else if (c->replay >= 0 && c->sinks[c->replay].add_flow) {
        cdps_tell(c, flow->dps);
        tell_added(c, c->replay, node, flow);
    }
    node->n_refs++;
    return node;
}

static void
release_flow(struct compile *c, struct cflow_node *node)
{
    if (--node->n_refs) {
        return;
    }
    for (size_t i = 0; i < c->n_sinks; i++) {
        if (c->sinks[i].remove_flow) {
            c->sinks[i].remove_flow(c->sinks[i].aux, &node->id,
                                    c->handles[i] < 0 ? NULL
                                    : node->handles[c->handles[i]]);
        }
    }
    c->changed = true;
    hmap_remove(&c->flows, &node->node);
    cdps_unuse(c, node->dps);
    free(node);
}

/* What the unit emits is told to the reader alone. */
static void
read_flow(struct compile *c, const struct cflow *flow)
{
    const struct uuid id = digest_flow(flow);

    c->n_read++;
    if (c->reader->add_flow) {
        cdps_tell(c, flow->dps);
        c->reader->add_flow(c->reader->aux, &id, flow);
    }
}

static void
note_flow(struct cemitted *emitted, struct cflow_node *node)
{
    if (emitted->n_flows == emitted->allocated_flows) {
        emitted->flows = x2nrealloc(emitted->flows,
                                    &emitted->allocated_flows,
                                    sizeof *emitted->flows);
    }
    emitted->flows[emitted->n_flows++] = node;
}

void
cflow_emit(struct cctx *ctx, const struct cflow *flow_)
{
    struct cflow flow = *flow_;
    struct uuid dp;

    ovs_assert(ctx->emitted);
    if (flow.dp) {
        dp = *flow.dp;
        flow.dps = cdps_get(ctx, &dp, 1);
    }
    if (uuid_is_zero(&flow.hint)) {
        flow.hint = ctx->node->key;
    }
    char *match = template_expand(ctx, flow.match);
    char *actions = template_expand(ctx, flow.actions);
    flow.match = match ? match : flow.match;
    flow.actions = actions ? actions : flow.actions;
    if (ctx->compile->reader) {
        read_flow(ctx->compile, &flow);
    } else {
        note_flow(ctx->emitted, add_flow(ctx->compile, &flow));
    }
    free(match);
    free(actions);
    if (flow.dp) {
        cdps_unref(flow.dps);
    }
}

/* --- Rows --- */

static uint32_t
row_hash(const char *table, const struct uuid *uuid)
{
    return hash_string(table, uuid_hash(uuid));
}

struct crow_node *
crow_find(const struct compile *c, const char *table,
          const struct uuid *uuid)
{
    struct crow_node *row;

    HMAP_FOR_EACH_WITH_HASH (row, node, row_hash(table, uuid), &c->rows) {
        if (uuid_equals(&row->uuid, uuid) && !strcmp(row->table, table)) {
            return row;
        }
    }
    return NULL;
}

void
crow_add(struct compile *c, const char *table, const struct uuid *uuid,
         struct json **row, struct crow_node **added)
{
    struct crow_node *node = crow_find(c, table, uuid);
    char *text = json_to_string(*row, JSSF_SORT);
    struct uuid digest = uuid_digest(text, NULL);

    free(text);
    if (!node) {
        node = xzalloc(sizeof *node);
        node->table = table;
        node->uuid = *uuid;
        hmap_insert(&c->rows, &node->node, row_hash(table, uuid));
    }
    if (!node->n_refs++ || !uuid_equals(&digest, &node->digest)) {
        node->digest = digest;
        for (size_t i = 0; i < c->n_sinks; i++) {
            if (c->sinks[i].set_row) {
                c->sinks[i].set_row(c->sinks[i].aux, table, uuid, *row);
            }
        }
        c->changed = true;
    } else if (c->replay >= 0 && c->sinks[c->replay].set_row) {
        c->sinks[c->replay].set_row(c->sinks[c->replay].aux, table, uuid,
                                    *row);
    }
    json_destroy(*row);
    *row = NULL;
    *added = node;
}

void
crow_release(struct compile *c, struct crow_node *node)
{
    if (--node->n_refs) {
        return;
    }
    for (size_t i = 0; i < c->n_sinks; i++) {
        if (c->sinks[i].remove_row) {
            c->sinks[i].remove_row(c->sinks[i].aux, node->table,
                                   &node->uuid);
        }
    }
    c->changed = true;
    hmap_remove(&c->rows, &node->node);
    free(node);
}

static void
read_row(struct compile *c, const char *table, const struct uuid *uuid,
         struct json **row)
{
    c->n_read++;
    if (c->reader->set_row) {
        c->reader->set_row(c->reader->aux, table, uuid, *row);
    }
    json_destroy(*row);
    *row = NULL;
}

void
crow_emit(struct cctx *ctx, const char *table, const struct uuid *uuid,
          struct json **row)
{
    struct cemitted *emitted = ctx->emitted;

    ovs_assert(emitted);
    if (ctx->compile->reader) {
        read_row(ctx->compile, table, uuid, row);
        return;
    }
    if (emitted->n_rows == emitted->allocated_rows) {
        emitted->rows = x2nrealloc(emitted->rows, &emitted->allocated_rows,
                                   sizeof *emitted->rows);
    }
    crow_add(ctx->compile, table, uuid, row,
             &emitted->rows[emitted->n_rows]);
    emitted->n_rows++;
}

void
cdps_emit(struct cctx *ctx, const struct cdps *dps)
{
    struct cemitted *emitted = ctx->emitted;

    ovs_assert(emitted);
    if (ctx->compile->reader) {
        cdps_tell(ctx->compile, dps);
        return;
    }
    if (emitted->n_dps == emitted->allocated_dps) {
        emitted->dps = x2nrealloc(emitted->dps, &emitted->allocated_dps,
                                  sizeof *emitted->dps);
    }
    cdps_use(ctx->compile, dps);
    emitted->dps[emitted->n_dps++] = dps;
}

/* --- Reports --- */

void
creport(struct cctx *ctx, const char *row_name, const char *column,
        const char *remedy, const char *problem, ...)
{
    struct cemitted *emitted = ctx->emitted;
    va_list args;

    ovs_assert(emitted);
    if (ctx->compile->reader) {
        return;
    }
    if (emitted->n_reports == emitted->allocated_reports) {
        emitted->reports = x2nrealloc(emitted->reports,
                                      &emitted->allocated_reports,
                                      sizeof *emitted->reports);
    }

    enum ctable table = cunit_classes[ctx->node->kind - KIND_UNIT]->table;
    struct diag *diag = &emitted->reports[emitted->n_reports++];
    va_start(args, problem);
    char *text = xvasprintf(problem, args);
    va_end(args);
    *diag = (struct diag) DIAG_INITIALIZER;
    diag_set(diag, ctable_classes[table]->name, row_name, column, "%s", text);
    if (remedy) {
        diag_set_remedy(diag, "%s", remedy);
    }
    free(text);
}

unsigned int
compile_reports_seqno(const struct compile *c)
{
    return c->reports_seqno;
}

static const struct cemitted *
reporting_unit(const struct ovs_list *node)
{
    return CONTAINER_OF(node, struct cemitted, in_reporting);
}

void
compile_for_each_report(const struct compile *c, unsigned int since,
                        compile_report_cb *cb, void *aux)
{
    const struct ovs_list *end = &c->reporting, *node = end;

    while (node->prev != end
           && reporting_unit(node->prev)->reported > since) {
        node = node->prev;
    }
    for (; node != end; node = node->next) {
        const struct cemitted *emitted = reporting_unit(node);

        for (size_t i = 0; i < emitted->n_reports; i++) {
            cb(aux, &emitted->reports[i]);
        }
    }
}

/* --- Release --- */

void
cemitted_release(struct compile *c, struct cemitted *emitted)
{
    if (!emitted) {
        return;
    }
    for (size_t i = 0; i < emitted->n_flows; i++) {
        release_flow(c, emitted->flows[i]);
    }
    for (size_t i = 0; i < emitted->n_rows; i++) {
        crow_release(c, emitted->rows[i]);
    }
    for (size_t i = 0; i < emitted->n_keys; i++) {
        ckey_unref(c, emitted->keys[i]);
    }
    for (size_t i = 0; i < emitted->n_dps; i++) {
        cdps_unuse(c, emitted->dps[i]);
    }
    for (size_t i = 0; i < emitted->n_reports; i++) {
        diag_uninit(&emitted->reports[i]);
    }
    if (emitted->n_reports) {
        ovs_list_remove(&emitted->in_reporting);
        c->reports_seqno++;
    }
    free(emitted->flows);
    free(emitted->rows);
    free(emitted->keys);
    free(emitted->dps);
    free(emitted->reports);
    free(emitted);
}

void
cemitted_trim(struct cemitted *emitted)
{
    if (emitted->n_flows < emitted->allocated_flows) {
        emitted->allocated_flows = emitted->n_flows;
        emitted->flows = xrealloc(emitted->flows,
                                  emitted->n_flows * sizeof *emitted->flows);
    }
}
