#include "nb_world.h"

#include "engine.h"
#include "nb_told.h"

#include "unit.h"

static const char *
datapath_name(struct ovsdb_idl *idl, const struct uuid *uuid)
{
    const struct nbrec_logical_switch *ls
        = nbrec_logical_switch_get_for_uuid(idl, uuid);
    const struct nbrec_logical_router *lr
        = nbrec_logical_router_get_for_uuid(idl, uuid);

    return ls ? ls->name : lr ? lr->name : "?";
}

/* Where a compiler writes to. */
struct target {
    struct ovsdb_idl *idl;
    struct shash *flows;
    struct shash *rows;
    size_t *n_added, *n_removed;
};

static void *
add_flow(void *target_, const struct uuid *id, const struct cflow *flow)
{
    struct target *t = target_;
    struct svec *texts = xmalloc(sizeof *texts);
    char key[UUID_LEN + 1];

    svec_init(texts);
    for (size_t i = 0; i < flow->dps->n; i++) {
        svec_add_nocopy(texts, xasprintf(
            "%s %s %u (%s) (%s)%s%s", cstage_info(flow->stage)->name,
            datapath_name(t->idl, &flow->dps->uuids[i]), flow->priority,
            flow->match, flow->actions, flow->meter ? " " : "",
            flow->meter ? flow->meter : ""));
    }
    snprintf(key, sizeof key, UUID_FMT, UUID_ARGS(id));
    assert_true(shash_add_once(t->flows, key, texts));
    ++*t->n_added;
    return texts;
}

static void
free_texts(struct svec *texts)
{
    svec_destroy(texts);
    free(texts);
}

static void
remove_flow(void *target_, const struct uuid *id, void *handle)
{
    struct target *t = target_;
    char key[UUID_LEN + 1];

    snprintf(key, sizeof key, UUID_FMT, UUID_ARGS(id));
    struct svec *texts = shash_find_and_delete(t->flows, key);
    assert_ptr_equal(texts, handle);
    free_texts(texts);
    ++*t->n_removed;
}

static char *
row_key(const char *table, const struct uuid *uuid)
{
    return xasprintf("%s " UUID_FMT, table, UUID_ARGS(uuid));
}

static void
set_row(void *target_, const char *table, const struct uuid *uuid,
        const struct json *row)
{
    struct target *t = target_;
    char *key = row_key(table, uuid);

    free(shash_replace(t->rows, key, json_to_string(row, JSSF_SORT)));
    free(key);
}

static void
remove_row(void *target_, const char *table, const struct uuid *uuid)
{
    struct target *t = target_;
    char *key = row_key(table, uuid);
    char *row = shash_find_and_delete(t->rows, key);

    assert_non_null(row);
    free(row);
    free(key);
}

static struct compile *
new_compile(struct target *t)
{
    struct csink sink = {
        .aux = t,
        .has_handles = true,
        .add_flow = add_flow,
        .remove_flow = remove_flow,
        .set_row = set_row,
        .remove_row = remove_row,
    };

    return compile_new(t->idl, &sink, 1);
}

void
nb_world_init(struct nb_world *w)
{
    memset(w, 0, sizeof *w);
    /* Nobody connects: ovsdb_idl_run() is never called. */
    w->idl = ovsdb_idl_create("unix:/nonexistent", &nbrec_idl_class, false,
                              true);
    compile_add_columns(w->idl);
    w->txn = ovsdb_idl_txn_create(w->idl);
    shash_init(&w->flows);
    shash_init(&w->rows);
    smap_init(&w->facts);
    smap_init(&w->seen);

    struct target *t = xmalloc(sizeof *t);
    *t = (struct target) {
        .idl = w->idl, .flows = &w->flows, .rows = &w->rows,
        .n_added = &w->n_added, .n_removed = &w->n_removed,
    };
    w->target = t;
    w->compile = new_compile(t);
}

static void
clear(struct shash *flows, struct shash *rows)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, flows) {
        free_texts(node->data);
    }
    shash_destroy(flows);
    shash_destroy_free_data(rows);
}

void
nb_world_uninit(struct nb_world *w)
{
    compile_free(w->compile);
    free(w->target);
    clear(&w->flows, &w->rows);
    smap_destroy(&w->facts);
    smap_destroy(&w->seen);
    ovsdb_idl_txn_destroy(w->txn);
    ovsdb_idl_destroy(w->idl);
}

struct nbrec_logical_switch *
nb_world_add_switch(struct nb_world *w, const char *name)
{
    struct nbrec_logical_switch *ls = nbrec_logical_switch_insert(w->txn);

    nbrec_logical_switch_set_name(ls, name);
    return ls;
}

struct nbrec_logical_switch_port *
nb_world_add_port(struct nb_world *w, struct nbrec_logical_switch *ls,
                  const char *name)
{
    struct nbrec_logical_switch_port *lsp
        = nbrec_logical_switch_port_insert(w->txn);
    size_t n = ls->n_ports;
    struct nbrec_logical_switch_port **ports
        = xmalloc((n + 1) * sizeof *ports);

    nbrec_logical_switch_port_set_name(lsp, name);
    for (size_t i = 0; i < n; i++) {
        ports[i] = ls->ports[i];
    }
    ports[n] = lsp;
    nbrec_logical_switch_set_ports(ls, ports, n + 1);
    free(ports);
    return lsp;
}

struct nbrec_logical_router *
nb_world_add_router(struct nb_world *w, const char *name)
{
    struct nbrec_logical_router *lr = nbrec_logical_router_insert(w->txn);

    nbrec_logical_router_set_name(lr, name);
    return lr;
}

struct nbrec_logical_router_port *
nb_world_add_router_port(struct nb_world *w, struct nbrec_logical_router *lr,
                         const char *name, const char *mac,
                         const char *networks)
{
    struct nbrec_logical_router_port *lrp
        = nbrec_logical_router_port_insert(w->txn);
    size_t n = lr->n_ports;
    struct nbrec_logical_router_port **ports
        = xmalloc((n + 1) * sizeof *ports);
    struct svec words = SVEC_EMPTY_INITIALIZER;

    nbrec_logical_router_port_set_name(lrp, name);
    nbrec_logical_router_port_set_mac(lrp, mac);
    svec_parse_words(&words, networks);
    nbrec_logical_router_port_set_networks(
        lrp, (const char **) words.names, words.n);
    svec_destroy(&words);
    for (size_t i = 0; i < n; i++) {
        ports[i] = lr->ports[i];
    }
    ports[n] = lrp;
    nbrec_logical_router_set_ports(lr, ports, n + 1);
    free(ports);
    return lrp;
}

void
nb_world_set_fact(struct nb_world *w, enum cfact kind, const char *name,
                  const char *value)
{
    char *key = xasprintf("%d %s", (int) kind, name);

    compile_set_fact(w->compile, kind, name, value);
    if (value) {
        smap_replace(&w->facts, key, value);
    } else {
        smap_remove(&w->facts, key);
    }
    free(key);
}

static void
cut(char *from, size_t n)
{
    memmove(from, from + n, strlen(from + n) + 1);
}

/* Tunnel keys, and source ports of BFD sessions, depend on the order of events
 * where two rows would like the same; names of port groups, "KEY_NAME",
 * contain keys. */
static char *
without_key(const char *row)
{
    static const char *const keys[] = { "\"tunnel_key\":", "\"src_port\":" };
    char *copy = xstrdup(row);
    char *name = strstr(copy, "{\"name\":\"");

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        char *key = strstr(copy, keys[i]);

        if (key) {
            cut(key, strcspn(key, ",}"));
        }
    }
    if (name && strstr(name, "\"ports\":")) {
        size_t n;

        name += strlen("{\"name\":\"");
        n = strspn(name, "0123456789");
        if (n && name[n] == '_') {
            cut(name, n);
        }
    }
    return copy;
}

static bool
same_row(const char *a, const char *b)
{
    char *a2 = without_key(a), *b2 = without_key(b);
    bool same = !strcmp(a2, b2);

    free(a2);
    free(b2);
    return same;
}

static size_t
count_differences(const struct nb_world *w, const struct shash *flows,
                  const struct shash *rows)
{
    const struct shash_node *node;
    size_t n = 0;

    SHASH_FOR_EACH (node, &w->flows) {
        const struct svec *texts = node->data;

        if (!shash_find(flows, node->name)) {
            print_error("stale: %s\n", texts->names[0]);
            n++;
        }
    }
    SHASH_FOR_EACH (node, flows) {
        const struct svec *texts = node->data;

        if (!shash_find(&w->flows, node->name)) {
            print_error("missing: %s\n", texts->names[0]);
            n++;
        }
    }
    SHASH_FOR_EACH (node, &w->rows) {
        const char *fresh = shash_find_data(rows, node->name);

        if (!fresh || !same_row(fresh, node->data)) {
            print_error("row %s: %s, but fresh %s\n", node->name,
                        (char *) node->data, fresh ? fresh : "none");
            n++;
        }
    }
    SHASH_FOR_EACH (node, rows) {
        if (!shash_find(&w->rows, node->name)) {
            print_error("row missing: %s: %s\n", node->name,
                        (char *) node->data);
            n++;
        }
    }
    return n;
}

static void
check_fresh(struct nb_world *w)
{
    struct shash flows = SHASH_INITIALIZER(&flows);
    struct shash rows = SHASH_INITIALIZER(&rows);
    size_t ignored = 0;
    struct target t = {
        .idl = w->idl, .flows = &flows, .rows = &rows,
        .n_added = &ignored, .n_removed = &ignored,
    };
    struct compile *compile = new_compile(&t);
    const struct smap_node *fact;

    SMAP_FOR_EACH (fact, &w->facts) {
        compile_set_fact(compile, atoi(fact->key),
                         strchr(fact->key, ' ') + 1, fact->value);
    }
    compile_run(compile);
    assert_int_equal(count_differences(w, &flows, &rows), 0);
    compile_free(compile);
    clear(&flows, &rows);
}

static char *
row_text(const struct ovsdb_idl_row *row,
         const struct ovsdb_idl_table_class *class)
{
    struct ds text = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < class->n_columns; i++) {
        const struct ovsdb_idl_column *column = &class->columns[i];

        ds_put_format(&text, "%s=", column->name);
        ovsdb_datum_to_string(ovsdb_idl_read(row, column), &column->type,
                              &text);
        ds_put_char(&text, '\n');
    }
    return ds_steal_cstr(&text);
}

/* What a server would have told: rows that are not what they were. */
static void
tell_changes(struct nb_world *w)
{
    struct smap now = SMAP_INITIALIZER(&now);
    const struct smap_node *node;

    for (enum ctable table = 0; table < N_CTABLES; table++) {
        const struct ovsdb_idl_table_class *class = ctable_classes[table];

        for (const struct ovsdb_idl_row *row
                 = ovsdb_idl_first_row(w->idl, class);
             row; row = ovsdb_idl_next_row(row)) {
            char *key = xasprintf("%d " UUID_FMT, (int) table,
                                  UUID_ARGS(&row->uuid));

            smap_add_nocopy(&now, key, row_text(row, class));
        }
    }
    SMAP_FOR_EACH (node, &now) {
        const char *before = smap_get(&w->seen, node->key);
        struct uuid uuid;

        if (!before || strcmp(before, node->value)) {
            uuid_from_string(&uuid, strchr(node->key, ' ') + 1);
            compile_update_row(w->compile, atoi(node->key), &uuid);
        }
    }
    SMAP_FOR_EACH (node, &w->seen) {
        struct uuid uuid;

        if (!smap_get(&now, node->key)) {
            uuid_from_string(&uuid, strchr(node->key, ' ') + 1);
            compile_update_row(w->compile, atoi(node->key), &uuid);
        }
    }
    hmap_swap(&w->seen.map, &now.map);
    smap_destroy(&now);
}

void
nb_world_compile(struct nb_world *w)
{
    w->n_added = w->n_removed = 0;
    tell_changes(w);
    compile_run(w->compile);
    check_fresh(w);
    nb_told_check(w, 7);
}

void
nb_world_assert_flow(const struct nb_world *w, const char *text, bool there,
                     const char *file, int line)
{
    const struct shash_node *node;
    size_t prefix = strcspn(text, "(");
    bool found = false;

    SHASH_FOR_EACH (node, &w->flows) {
        const struct svec *texts = node->data;

        for (size_t i = 0; i < texts->n; i++) {
            found |= !strcmp(texts->names[i], text);
        }
    }
    if (found == there) {
        return;
    }
    SHASH_FOR_EACH (node, &w->flows) {
        const struct svec *texts = node->data;

        for (size_t i = 0; i < texts->n; i++) {
            if (!strncmp(texts->names[i], text, prefix)) {
                print_error("    %s\n", texts->names[i]);
            }
        }
    }
    print_error("%s: %s\n", there ? "no such flow" : "unwanted flow", text);
    _fail(file, line);
}

size_t
nb_world_count(const struct nb_world *w, const char *part)
{
    const struct shash_node *node;
    size_t n = 0;

    SHASH_FOR_EACH (node, &w->flows) {
        const struct svec *texts = node->data;

        for (size_t i = 0; i < texts->n; i++) {
            n += strstr(texts->names[i], part) != NULL;
        }
    }
    return n;
}

const char *
nb_world_row(const struct nb_world *w, const char *table, const char *part)
{
    const struct shash_node *node;
    size_t length = strlen(table);

    SHASH_FOR_EACH (node, &w->rows) {
        if (!strncmp(node->name, table, length) && node->name[length] == ' '
            && strstr(node->data, part)) {
            return node->data;
        }
    }
    return NULL;
}

/* The first report with 'part' in it. */
struct search {
    const char *part;
    char *found;
};

static void
search_report(void *search_, const struct diag *diag)
{
    struct search *search = search_;
    struct ds text = DS_EMPTY_INITIALIZER;

    diag_format(diag, &text);
    if (!search->found && strstr(ds_cstr(&text), search->part)) {
        search->found = ds_steal_cstr(&text);
    }
    ds_destroy(&text);
}

char *
nb_world_report(const struct nb_world *w, const char *part)
{
    struct search search = { .part = part };

    compile_for_each_report(w->compile, 0, search_report, &search);
    return search.found;
}
