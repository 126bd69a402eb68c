/* "rouse compile": flows as text. */

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
        lines = xzalloc(sizeof *lines);
        shash_add(by_datapath, datapath, lines);
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

static size_t
n_rows(const struct json *rows)
{
    return rows && rows->type == JSON_ARRAY ? json_array(rows)->n : 0;
}

static void
sort_by_datapath(const struct json *tables, struct shash *by_datapath)
{
    const struct json *flows = row_column(tables, "Logical_Flow");
    const struct json *groups = row_column(tables, "Logical_DP_Group");
    struct shash by_id = SHASH_INITIALIZER(&by_id);

    for (size_t i = 0; i < n_rows(groups); i++) {
        const struct json *group = json_array(groups)->elems[i];

        shash_add(&by_id, row_string(group, "_uuid"), group);
    }
    for (size_t i = 0; i < n_rows(flows); i++) {
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

void
cli_compile_print(const struct json *tables)
{
    const struct json *datapaths = row_column(tables, "Datapath_Binding");
    struct shash by_datapath = SHASH_INITIALIZER(&by_datapath);
    struct shash_node *node;

    sort_by_datapath(tables, &by_datapath);
    for (size_t i = 0; i < n_rows(datapaths); i++) {
        const struct json *datapath = json_array(datapaths)->elems[i];
        struct lines *lines = shash_find_data(
            &by_datapath, row_string(datapath, "_uuid"));

        if (lines) {
            print_lines(datapath, lines);
        }
    }
    SHASH_FOR_EACH (node, &by_datapath) {
        struct lines *lines = node->data;

        free(lines->list);
        free(lines);
    }
    shash_destroy(&by_datapath);
}
