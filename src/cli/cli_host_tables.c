/* What the compiler of `rouse host` has made, which it tells in pieces. */

#include "cleanup.h"
#include "cli_host.h"
#include "cli_output.h"
#include "row.h"

/* How often to begin again, as it has changed meanwhile. */
#define N_TRIES 5

struct gathering {
    const struct cli *cli;
    char *socket;        /* Who answers. */
    long long end_ms;    /* LLONG_MAX unless --timeout says so. */
    struct json *tables;
    struct sset rows;    /* "TABLE UUID" of what is in there. */
    long long first;     /* How many changes there had been... */
    long long changes;   /* ...then, and at the last answer. */
};

static void
add_rows(struct gathering *g, const char *table, const struct json *rows)
{
    struct json *all = shash_find_data(json_object(g->tables), table);

    if (!all) {
        all = json_array_create_empty();
        json_object_put(g->tables, table, all);
    }
    for (size_t i = 0; i < json_array(rows)->n; i++) {
        struct json *row = json_array(rows)->elems[i];

        if (row->type == JSON_OBJECT) {
            char *key OWNED_STRING = xasprintf("%s %s", table,
                                               row_string(row, "_uuid"));

            if (sset_add(&g->rows, key)) {
                json_array_add(all, json_clone(row));
            }
        }
    }
}

static void
add_tables(struct gathering *g, const struct json *tables)
{
    const struct shash_node *node;

    if (!tables || tables->type != JSON_OBJECT) {
        return;
    }
    SHASH_FOR_EACH (node, json_object(tables)) {
        const struct json *rows = node->data;

        if (rows->type == JSON_ARRAY) {
            add_rows(g, node->name, rows);
        }
    }
}

/* The piece at '*cursor', which is moved on ("0" at the end).  False if there
 * was no answer, which was told. */
static bool
ask_piece(struct gathering *g, char **cursor)
{
    const char *words[] = { *cursor, NULL };
    struct json *answer OWNED_JSON =
        cli_host_ask(g->cli, &g->socket, "rouse/lflows", words, JSON_OBJECT);

    if (!answer) {
        return false;
    }
    add_tables(g, row_column(answer, "tables"));
    g->changes = row_integer(answer, "changes");

    char *next = xstrdup(row_string(answer, "next"));
    free(*cursor);
    *cursor = next;
    if (!next[0]) {
        cli_error("%s: its answer is not what \"rouse %s\" expects; is it "
                  "another version?", g->socket, g->cli->command->name);
        return false;
    } else if (time_msec() >= g->end_ms) {
        cli_error("%s: its answers take too long; --timeout=SECONDS allows "
                  "more", g->socket);
        return false;
    }
    return true;
}

static bool
ask_all(struct gathering *g)
{
    char *cursor OWNED_STRING = xstrdup("0");

    json_destroy(g->tables);
    g->tables = json_object_create();
    sset_clear(&g->rows);
    g->first = -1;
    do {
        if (!ask_piece(g, &cursor)) {
            return false;
        }
        g->first = g->first < 0 ? g->changes : g->first;
    } while (strcmp(cursor, "0"));
    return true;
}

struct json *
cli_host_tables(const struct cli *cli)
{
    struct gathering g = {
        .cli = cli,
        .end_ms = cli->timeout_ms ? time_msec() + cli->timeout_ms : LLONG_MAX,
        .rows = SSET_INITIALIZER(&g.rows),
    };
    bool ok = true;

    for (int i = 0; i < N_TRIES && ok && (!i || g.first != g.changes); i++) {
        ok = ask_all(&g);
    }
    if (ok && g.first != g.changes) {
        cli_error("note: the flows have changed while they were read: some "
                  "are of before, some of after");
    }
    free(g.socket);
    sset_destroy(&g.rows);
    if (!ok) {
        json_destroy(g.tables);
        return NULL;
    }
    return g.tables;
}
