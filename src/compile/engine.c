#include "engine.h"

const struct ovsdb_idl_table_class *const ctable_classes[N_CTABLES] = {
#define CTABLE(ID, NAME) [CT_##ID] = &nbrec_table_##NAME,
#include "tables.def"
};

static uint32_t
cnode_hash(uint16_t kind, const struct uuid *key)
{
    return hash_int(kind, uuid_hash(key));
}

struct cnode *
cnode_find(const struct compile *c, uint16_t kind, const struct uuid *key)
{
    struct cnode *node;

    HMAP_FOR_EACH_WITH_HASH (node, by_key, cnode_hash(kind, key),
                             &c->nodes) {
        if (node->kind == kind && uuid_equals(&node->key, key)) {
            return node;
        }
    }
    return NULL;
}

struct cnode *
cnode_get(struct compile *c, uint16_t kind, const struct uuid *key)
{
    struct cnode *node = cnode_find(c, kind, key);

    if (!node) {
        node = xzalloc(sizeof *node);
        node->key = *key;
        node->kind = kind;
        hmap_insert(&c->nodes, &node->by_key, cnode_hash(kind, key));
        if (kind == KIND_OPTION) {
            hmapx_add(&c->options, node);
        }
    }
    return node;
}

void
cnode_mark(struct compile *c, struct cnode *node)
{
    if (!node->dirty) {
        if (node->orphan) {
            node->orphan = false;
            ovs_list_remove(&node->in_queue);
        }
        node->dirty = true;
        ovs_list_push_back(&c->dirty[node->kind], &node->in_queue);
    }
}

static struct cedge *
next_reader(const struct cedge *edge)
{
    return CONTAINER_OF(edge->in_source.next, struct cedge, in_source);
}

static void
add_reader(struct cnode *source, struct cedge *edge)
{
    if (source->readers) {
        ovs_list_push_back(&source->readers->in_source, &edge->in_source);
    } else {
        ovs_list_init(&edge->in_source);
        source->readers = edge;
    }
}

static void
remove_reader(struct cedge *edge)
{
    struct cnode *source = edge->source;
    struct cedge *next = next_reader(edge);

    if (source->readers == edge) {
        source->readers = next == edge ? NULL : next;
    }
    ovs_list_remove(&edge->in_source);
}

void
cnode_mark_readers(struct compile *c, struct cnode *node)
{
    struct cedge *edge = node->readers;

    if (edge) {
        do {
            cnode_mark(c, edge->reader);
            edge = next_reader(edge);
        } while (edge != node->readers);
    }
}

/* A node that nobody reads any more is looked at when the run ends. */
static void
consider_orphan(struct compile *c, struct cnode *node)
{
    if (!node->readers && !node->dirty && !node->orphan
        && node->kind < KIND_UNIT) {
        node->orphan = true;
        ovs_list_push_back(&c->orphans, &node->in_queue);
    }
}

static void
forget_reads(struct compile *c, struct cedge *edge)
{
    while (edge) {
        struct cedge *next = edge->next;

        if (edge->source->noted == edge->reader) {
            edge->source->noted = NULL;
        }
        remove_reader(edge);
        consider_orphan(c, edge->source);
        free(edge);
        c->n_edges--;
        edge = next;
    }
}

void
cctx_note(struct cctx *ctx, struct cnode *source)
{
    /* A node that reads one of its own or a later kind would not be computed
     * again: a mistake in features.def or views.def. */
    ovs_assert(source->kind < ctx->node->kind);
    if (source->noted != ctx->node) {
        struct cedge *edge = xmalloc(sizeof *edge);

        edge->source = source;
        edge->reader = ctx->node;
        edge->next = ctx->node->reads;
        ctx->node->reads = edge;
        add_reader(source, edge);
        source->noted = ctx->node;
        ctx->compile->n_edges++;
    }
}

static void
free_value(struct compile *c, struct cnode *node)
{
    if (!node->value) {
        return;
    }
    if (node->kind >= KIND_UNIT) {
        cemitted_release(c, node->value);
    } else if (node->kind >= KIND_VIEW) {
        cview_classes[node->kind - KIND_VIEW]->free(node->value);
    } else if (node->kind >= KIND_RELATION) {
        free(node->value);
    } else if (node->kind >= KIND_FACT) {
        free(node->value);
    } else {
        cspeech_free(node->value);
    }
    node->value = NULL;
}

void
cnode_remove(struct compile *c, struct cnode *node)
{
    if (node->dirty || node->orphan) {
        ovs_list_remove(&node->in_queue);
    }
    hmap_remove(&c->nodes, &node->by_key);
    if (node->kind == KIND_OPTION) {
        hmapx_find_and_delete(&c->options, node);
    }
    forget_reads(c, node->reads);
    free_value(c, node);
    free(node);
}

static bool
is_needed(const struct cnode *node)
{
    if (node->readers) {
        return true;
    } else if (node->kind >= KIND_VIEW) {
        return false;
    } else if (node->kind >= KIND_RELATION) {
        const struct crelated *related = node->value;

        return related && related->n;
    }
    return node->kind < KIND_FACT && node->value;
}

static void
collect_orphans(struct compile *c)
{
    while (!ovs_list_is_empty(&c->orphans)) {
        struct cnode *node = CONTAINER_OF(ovs_list_pop_front(&c->orphans),
                                          struct cnode, in_queue);

        node->orphan = false;
        if (!is_needed(node)) {
            cnode_remove(c, node);
        }
    }
}

/* Returns true if the value is another now. */
static bool
compute_view(struct compile *c, struct cnode *node)
{
    const struct cview_class *class = cview_classes[node->kind - KIND_VIEW];
    struct cctx ctx = { .compile = c, .node = node };
    void *old = node->value;

    node->value = class->compute(&ctx, &node->key);
    bool same = old && node->value ? class->equal
                                         && class->equal(old, node->value)
                                   : old == node->value;
    if (old) {
        class->free(old);
    }
    return !same;
}

static bool
compute_fact(struct compile *c, struct cnode *node)
{
    char *old = node->value;

    node->value = cfact_compute(c, node);
    bool same = nullable_string_is_equal(old, node->value);
    free(old);
    return !same;
}

static void
compute_unit(struct compile *c, struct cnode *node)
{
    const struct cunit_class *class = cunit_classes[node->kind - KIND_UNIT];
    struct cemitted *old = node->value;
    struct cemitted *emitted = xzalloc(sizeof *emitted);
    struct cctx ctx = { .compile = c, .node = node, .emitted = emitted };
    const void *row = cctx_row(&ctx, class->table, &node->key);

    if (!c->reader) {
        node->value = emitted;
    }
    if (row) {
        class->compile(&ctx, row);
        cemitted_trim(emitted);
    }
    if (c->reader) {
        cemitted_release(c, emitted);
        return;
    }
    if (emitted->n_reports) {
        ovs_list_push_back(&c->reporting, &emitted->in_reporting);
        emitted->reported = ++c->reports_seqno;
    }
    cemitted_release(c, old);
}

void
cnode_compute(struct compile *c, struct cnode *node)
{
    struct cedge *reads = node->reads;
    bool changed = false;

    /* Readings of before go last: what is read again stays. */
    node->reads = NULL;
    for (struct cedge *edge = reads; edge; edge = edge->next) {
        if (edge->source->noted == node) {
            edge->source->noted = NULL;
        }
    }
    c->n_computed++;
    if (node->kind >= KIND_UNIT) {
        compute_unit(c, node);
    } else if (node->kind >= KIND_VIEW) {
        changed = compute_view(c, node);
    } else if (node->kind >= KIND_FACT && node->kind <= KIND_OPTION) {
        changed = compute_fact(c, node);
    }
    forget_reads(c, reads);
    if (changed) {
        cnode_mark_readers(c, node);
    }
}

/* Rows and relations have no value of their own to compute: they are marked
 * when they have changed. */
static bool
is_passive(uint16_t kind)
{
    return kind < KIND_FACT || (kind >= KIND_RELATION && kind < KIND_VIEW);
}

static void
compute_dirty(struct compile *c)
{
    for (uint16_t kind = 0; kind < N_KINDS; kind++) {
        while (!ovs_list_is_empty(&c->dirty[kind])) {
            struct cnode *node = CONTAINER_OF(
                ovs_list_pop_front(&c->dirty[kind]), struct cnode, in_queue);

            node->dirty = false;
            if (is_passive(kind)) {
                cnode_mark_readers(c, node);
                consider_orphan(c, node);
            } else if (kind < KIND_UNIT && !node->readers) {
                consider_orphan(c, node);
            } else {
                cnode_compute(c, node);
            }
        }
    }
}

/* --- Reading --- */

static const struct ovsdb_idl_row *
find_row(const struct compile *c, enum ctable table, const struct uuid *uuid)
{
    const struct ovsdb_idl_row *row
        = ovsdb_idl_get_row_for_uuid(c->nb, ctable_classes[table], uuid);

    /* Of a row that is only spoken of, the IDL keeps an empty shell. */
    return row && row->new_datum ? row : NULL;
}

const void *
cctx_row(struct cctx *ctx, enum ctable table, const struct uuid *uuid)
{
    cctx_note(ctx, cnode_get(ctx->compile, KIND_ROW + table, uuid));
    return find_row(ctx->compile, table, uuid);
}

/* The node, computed. */
static struct cnode *
read_node(struct cctx *ctx, uint16_t kind, const struct uuid *key)
{
    struct cnode *node = cnode_find(ctx->compile, kind, key);

    if (!node) {
        node = cnode_get(ctx->compile, kind, key);
        cnode_compute(ctx->compile, node);
    } else if (!node->readers
               && (node->dirty || node->orphan)) {
        /* Nobody had read it, so that it was not kept up to date. */
        ovs_list_remove(&node->in_queue);
        node->dirty = node->orphan = false;
        cnode_compute(ctx->compile, node);
    }
    cctx_note(ctx, node);
    return node;
}

const void *
cctx_view(struct cctx *ctx, enum cview view, const struct uuid *key)
{
    return read_node(ctx, KIND_VIEW + view, key)->value;
}

const struct uuid *
cctx_related(struct cctx *ctx, enum crelation relation,
             const struct uuid *key, size_t *n)
{
    struct cnode *node = cnode_get(ctx->compile, KIND_RELATION + relation,
                                   key);
    const struct crelated *related = node->value;

    cctx_note(ctx, node);
    *n = related ? related->n : 0;
    return related ? related->uuids : NULL;
}

const struct uuid *
cctx_named(struct cctx *ctx, enum crelation relation, const char *name,
           size_t *n)
{
    struct uuid key = uuid_digest(name, NULL);

    return cctx_related(ctx, relation, &key, n);
}

const struct uuid *
cctx_related1(struct cctx *ctx, enum crelation relation,
              const struct uuid *key)
{
    size_t n;
    const struct uuid *uuids = cctx_related(ctx, relation, key, &n);

    return n ? uuids : NULL;
}

const struct uuid *
cctx_named1(struct cctx *ctx, enum crelation relation, const char *name)
{
    struct uuid key = uuid_digest(name, NULL);

    return cctx_related1(ctx, relation, &key);
}

const char *
cctx_fact(struct cctx *ctx, enum cfact kind, const char *name)
{
    struct uuid key = uuid_digest(name, NULL);

    return read_node(ctx, KIND_FACT + kind, &key)->value;
}

const char *
cctx_option(struct cctx *ctx, const char *name)
{
    struct uuid key = uuid_digest(name, NULL);

    return read_node(ctx, KIND_OPTION, &key)->value;
}

bool
cctx_option_bool(struct cctx *ctx, const char *name, bool or_else)
{
    const char *value = cctx_option(ctx, name);

    return !value ? or_else
           : or_else ? strcasecmp(value, "false") != 0
                     : !strcasecmp(value, "true");
}

const struct nbrec_nb_global *
get_global(struct cctx *ctx)
{
    const struct nbrec_nb_global *global
        = nbrec_nb_global_first(ctx->compile->nb);

    return global ? cctx_row(ctx, CT_GLOBAL, &global->header_.uuid) : NULL;
}

/* --- Changes of the database --- */

static void
update_units(struct compile *c, enum ctable table, const struct uuid *uuid,
             bool exists)
{
    for (size_t i = 0; i < N_CUNITS; i++) {
        if (cunit_classes[i]->table == table) {
            struct cnode *node = cnode_find(c, KIND_UNIT + i, uuid);

            if (exists && !node) {
                cnode_mark(c, cnode_get(c, KIND_UNIT + i, uuid));
            } else if (!exists && node) {
                cnode_remove(c, node);
            }
        }
    }
}

static void
update_options(struct compile *c)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &c->options) {
        cnode_mark(c, node->data);
    }
}

void
compile_update_row(struct compile *c, enum ctable table,
                   const struct uuid *uuid)
{
    const void *row = find_row(c, table, uuid);
    struct cnode *node = cnode_find(c, KIND_ROW + table, uuid);

    if (node) {
        cnode_mark(c, node);
    }
    cspeech_update(c, table, uuid, row);
    update_units(c, table, uuid, row != NULL);
    if (table == CT_GLOBAL) {
        update_options(c);
    }
}

/* The table whose row 'node' is, or is a unit's; N_CTABLES: none. */
static enum ctable
table_of(const struct cnode *node)
{
    return node->kind < KIND_FACT ? node->kind - KIND_ROW
           : node->kind >= KIND_UNIT
             ? cunit_classes[node->kind - KIND_UNIT]->table : N_CTABLES;
}

/* Those that are there no longer. */
static void
rescan_gone(struct compile *c)
{
    struct gone {
        enum ctable table;
        struct uuid key;
    } *gone = NULL;
    size_t n = 0, allocated = 0;
    struct cnode *node;

    HMAP_FOR_EACH (node, by_key, &c->nodes) {
        enum ctable table = table_of(node);

        if (table != N_CTABLES && !find_row(c, table, &node->key)) {
            if (n == allocated) {
                gone = x2nrealloc(gone, &allocated, sizeof *gone);
            }
            gone[n++] = (struct gone) { table, node->key };
        }
    }
    for (size_t i = 0; i < n; i++) {
        compile_update_row(c, gone[i].table, &gone[i].key);
    }
    free(gone);
}

/* All rows that are there, and those that were. */
static void
rescan(struct compile *c)
{
    const struct ovsdb_idl_row *row;

    rescan_gone(c);
    for (enum ctable table = 0; table < N_CTABLES; table++) {
        for (row = ovsdb_idl_first_row(c->nb, ctable_classes[table]); row;
             row = ovsdb_idl_next_row(row)) {
            compile_update_row(c, table, &row->uuid);
        }
    }
}

/* Columns that nothing is compiled from; a change of them is not even told. */
static bool
is_watched(const struct ovsdb_idl_table_class *class,
           const struct ovsdb_idl_column *column)
{
    static const struct {
        const struct ovsdb_idl_table_class *table;
        const char *columns;
    } unwatched[] = {
        { &nbrec_table_nb_global, " external_ids connections ssl nb_cfg"
                                  " nb_cfg_timestamp sb_cfg sb_cfg_timestamp"
                                  " hv_cfg hv_cfg_timestamp " },
        { &nbrec_table_load_balancer, " external_ids " },
        { &nbrec_table_logical_switch_port, " up " },
        { &nbrec_table_bfd, " status " },
    };

    for (size_t i = 0; i < ARRAY_SIZE(unwatched); i++) {
        if (unwatched[i].table == class) {
            char *word = xasprintf(" %s ", column->name);
            bool found = strstr(unwatched[i].columns, word) != NULL;

            free(word);
            return !found;
        }
    }
    return true;
}

/* Has a column changed that something is compiled from?  The replica may have
 * others, for somebody else. */
static bool
is_updated(const struct ovsdb_idl_table_class *class,
           const struct ovsdb_idl_row *row)
{
    for (size_t i = 0; row->updated && i < class->n_columns; i++) {
        if (bitmap_is_set(row->updated, i)
            && is_watched(class, &class->columns[i])) {
            return true;
        }
    }
    return false;
}

/* Is the row itself another?  The IDL also tracks all rows that refer to one
 * that changed, and those that refer to them: with one load balancer its
 * group, of perhaps 100,000, and all switches that have the group. */
static bool
has_changed(const struct ovsdb_idl_table_class *class,
            const struct ovsdb_idl_row *row)
{
    return row->change_seqno[OVSDB_IDL_CHANGE_INSERT]
           || row->change_seqno[OVSDB_IDL_CHANGE_DELETE]
           || is_updated(class, row);
}

static void
update_rows(struct compile *c)
{
    const struct ovsdb_idl_row *row;

    if (c->rescan) {
        rescan(c);
        c->rescan = false;
        return;
    }
    for (enum ctable table = 0; table < N_CTABLES; table++) {
        for (row = ovsdb_idl_track_get_first(c->nb, ctable_classes[table]);
             row; row = ovsdb_idl_track_get_next(row)) {
            const struct uuid uuid = row->uuid;

            if (has_changed(ctable_classes[table], row)) {
                compile_update_row(c, table, &uuid);
            }
        }
    }
}

/* The IDL does not track a row that comes with nothing in it, as that of
 * NB_Global does when somebody has waited for the first time. */
static void
update_global(struct compile *c)
{
    const struct nbrec_nb_global *global = nbrec_nb_global_first(c->nb);

    if (global && !cnode_find(c, KIND_UNIT + CUNIT_global,
                              &global->header_.uuid)) {
        const struct uuid uuid = global->header_.uuid;

        compile_update_row(c, CT_GLOBAL, &uuid);
    }
}

void
compile_rescan(struct compile *c)
{
    c->rescan = true;
}

void
compile_replay(struct compile *c, size_t sink)
{
    c->replay = sink;
}

static void
mark_units(struct compile *c)
{
    struct cnode *node;

    HMAP_FOR_EACH (node, by_key, &c->nodes) {
        if (node->kind >= KIND_UNIT) {
            cnode_mark(c, node);
        }
    }
}

bool
compile_run(struct compile *c)
{
    c->n_computed = 0;
    c->changed = c->replay >= 0;
    if (c->replay >= 0) {
        cdps_replay(c);
        mark_units(c);
    }
    update_rows(c);
    update_global(c);
    compute_dirty(c);
    collect_orphans(c);
    c->replay = -1;
    for (size_t i = 0; c->changed && i < c->n_sinks; i++) {
        if (c->sinks[i].commit) {
            c->sinks[i].commit(c->sinks[i].aux);
        }
    }
    return c->changed;
}

void
compile_add_columns(struct ovsdb_idl *nb)
{
    for (enum ctable table = 0; table < N_CTABLES; table++) {
        const struct ovsdb_idl_table_class *class = ctable_classes[table];

        ovsdb_idl_add_table(nb, class);
        for (size_t i = 0; i < class->n_columns; i++) {
            if (is_watched(class, &class->columns[i])) {
                ovsdb_idl_track_add_column(nb, &class->columns[i]);
            }
        }
    }
}

void
compile_open(struct idlconn *nb, const char *remote, bool leader_only)
{
    idlconn_open(nb, remote, &nbrec_idl_class, leader_only);
    compile_add_columns(nb->idl);
}

struct compile *
compile_new(struct ovsdb_idl *nb, const struct csink *sinks, size_t n_sinks)
{
    struct compile *c = xzalloc(sizeof *c);

    ovs_assert(n_sinks <= COMPILE_MAX_SINKS);
    c->nb = nb;
    memcpy(c->sinks, sinks, n_sinks * sizeof *sinks);
    c->n_sinks = n_sinks;
    for (size_t i = 0; i < n_sinks; i++) {
        c->handles[i] = sinks[i].has_handles ? (int) c->n_handles++ : -1;
    }
    hmap_init(&c->nodes);
    hmapx_init(&c->options);
    for (size_t i = 0; i < N_KINDS; i++) {
        ovs_list_init(&c->dirty[i]);
    }
    ovs_list_init(&c->orphans);
    ovs_list_init(&c->reporting);
    c->rescan = true;
    c->replay = -1;
    for (size_t i = 0; i < N_CFACTS; i++) {
        hmap_init(&c->facts[i]);
    }
    hmap_init(&c->dps);
    hmap_init(&c->flows);
    hmap_init(&c->rows);
    hmap_init(&c->keys_by_owner);
    hmap_init(&c->keys_by_key);
    return c;
}

/* Readers before what they read: by kind, the last first. */
static void
remove_nodes(struct compile *c)
{
    struct cnode *node;

    HMAP_FOR_EACH (node, by_key, &c->nodes) {
        cnode_mark(c, node);
    }
    for (int kind = N_KINDS - 1; kind >= 0; kind--) {
        LIST_FOR_EACH_SAFE (node, in_queue, &c->dirty[kind]) {
            cnode_remove(c, node);
        }
    }
}

void
compile_free(struct compile *c)
{
    if (!c) {
        return;
    }
    c->n_sinks = 0;
    remove_nodes(c);
    cfacts_uninit(c);
    hmap_destroy(&c->nodes);
    hmapx_destroy(&c->options);
    hmap_destroy(&c->dps);
    hmap_destroy(&c->flows);
    hmap_destroy(&c->rows);
    hmap_destroy(&c->keys_by_owner);
    hmap_destroy(&c->keys_by_key);
    free(c);
}

void
compile_get_stats(const struct compile *c, struct compile_stats *stats)
{
    *stats = (struct compile_stats) {
        .n_nodes = hmap_count(&c->nodes),
        .n_edges = c->n_edges,
        .n_flows = hmap_count(&c->flows),
        .n_rows = hmap_count(&c->rows),
        .n_computed = c->n_computed,
    };
}
