#include "cli_compile.h"

#include "row.h"

/* A flow of one datapath. */
struct line {
    const struct json *flow;
    const char *pipeline;
    long long table, priority;
};

/* Flows of a datapath. */
struct lines {
    struct line *list;
    size_t n, allocated;
};

static void
add_line(struct shash *by_datapath, const char *datapath,
         const struct json *flow)
{
    struct lines *lines = shash_find_data(by_datapath, datapath);

    if (!lines) {
        return; /* Not asked for. */
    }
    if (lines->n == lines->allocated) {
        lines->list = x2nrealloc(lines->list, &lines->allocated,
                                 sizeof *lines->list);
    }
    lines->list[lines->n++] = (struct line) {
        .flow = flow,
        .pipeline = row_string(flow, "pipeline"),
        .table = row_integer(flow, "table_id"),
        .priority = row_integer(flow, "priority"),
    };
}

/* Adds flows to the datapaths in 'by_datapath'. */
static void
sort_by_datapath(const struct json *tables, struct shash *by_datapath)
{
    const struct json *flows = row_column(tables, "Logical_Flow");
    const struct json *groups = row_column(tables, "Logical_DP_Group");
    struct shash by_id = SHASH_INITIALIZER(&by_id);

    for (size_t i = 0; i < row_array_n(groups); i++) {
        const struct json *group = json_array(groups)->elems[i];

        shash_add(&by_id, row_string(group, "_uuid"), group);
    }
    for (size_t i = 0; i < row_array_n(flows); i++) {
        const struct json *flow = json_array(flows)->elems[i];
        const struct json *group = shash_find_data(
            &by_id, row_string(flow, "logical_dp_group"));
        char **datapaths;
        size_t n = group ? row_strings(group, "datapaths", &datapaths)
                   : row_strings(flow, "logical_datapath", &datapaths);

        for (size_t j = 0; j < n; j++) {
            add_line(by_datapath, datapaths[j], flow);
        }
        free(datapaths);
    }
    shash_destroy(&by_id);
}

static int
compare_lines(const void *a_, const void *b_)
{
    const struct line *a = a_, *b = b_;
    int cmp = strcmp(b->pipeline, a->pipeline);

    if (!cmp) {
        cmp = a->table < b->table ? -1 : a->table > b->table;
    }
    if (!cmp) {
        cmp = a->priority > b->priority ? -1 : a->priority < b->priority;
    }
    if (!cmp) {
        cmp = strcmp(row_string(a->flow, "match"),
                     row_string(b->flow, "match"));
    }
    return cmp ? cmp : strcmp(row_string(a->flow, "actions"),
                              row_string(b->flow, "actions"));
}

static void
print_lines(const struct json *datapath, struct lines *lines)
{
    const char *pipeline = "";

    qsort(lines->list, lines->n, sizeof *lines->list, compare_lines);
    for (size_t i = 0; i < lines->n; i++) {
        const struct line *line = &lines->list[i];

        if (strcmp(pipeline, line->pipeline)) {
            pipeline = line->pipeline;
            printf("Datapath: \"%s\" (%s)  Pipeline: %s\n",
                   row_map_get(datapath, "external_ids", "name"),
                   row_string(datapath, "_uuid"), pipeline);
        }
        printf("  table=%-2lld(%-19s), priority=%-5lld, match=(%s), "
               "action=(%s)\n", line->table,
               row_map_get(line->flow, "external_ids", "stage-name"),
               line->priority, row_string(line->flow, "match"),
               row_string(line->flow, "actions"));
    }
}

static bool
is_called(const struct json *datapath, const char *name)
{
    return (!strcmp(row_map_get(datapath, "external_ids", "name"), name)
            || !strcmp(row_string(datapath, "_uuid"), name));
}

static int
compare_datapaths(const void *a_, const void *b_)
{
    const struct json *const *a = a_, *const *b = b_;
    int cmp = strcmp(row_map_get(*a, "external_ids", "name"),
                     row_map_get(*b, "external_ids", "name"));

    return cmp ? cmp : strcmp(row_string(*a, "_uuid"),
                              row_string(*b, "_uuid"));
}

/* Those of that name, or all, in order; the caller's. */
static const struct json **
find_datapaths(const struct json *tables, const char *name, size_t *n)
{
    const struct json *rows = row_column(tables, "Datapath_Binding");
    const struct json **found = xcalloc(row_array_n(rows) + 1, sizeof *found);

    *n = 0;
    for (size_t i = 0; i < row_array_n(rows); i++) {
        const struct json *row = json_array(rows)->elems[i];

        if (!name || is_called(row, name)) {
            found[(*n)++] = row;
        }
    }
    qsort(found, *n, sizeof *found, compare_datapaths);
    return found;
}

bool
cli_compile_print(const struct json *tables, const char *name)
{
    struct shash by_datapath = SHASH_INITIALIZER(&by_datapath);
    struct shash_node *node;
    size_t n;
    const struct json **datapaths = find_datapaths(tables, name, &n);

    for (size_t i = 0; i < n; i++) {
        shash_add_once(&by_datapath, row_string(datapaths[i], "_uuid"),
                       xzalloc(sizeof(struct lines)));
    }
    sort_by_datapath(tables, &by_datapath);
    for (size_t i = 0; i < n; i++) {
        print_lines(datapaths[i],
                    shash_find_data(&by_datapath,
                                    row_string(datapaths[i], "_uuid")));
    }
    SHASH_FOR_EACH (node, &by_datapath) {
        struct lines *lines = node->data;

        free(lines->list);
        free(lines);
    }
    shash_destroy(&by_datapath);
    free(datapaths);
    return n > 0 || !name;
}
