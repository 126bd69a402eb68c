#include "cli_daemons.h"

#include <glob.h>

#include "cleanup.h"
#include "cli_conn.h"
#include "cli_output.h"
#include "cli_rpc.h"
#include "cli_table.h"

#define MAX_DEPTH 8

/* --- Asking --- */

/* A daemon's answer is a string that contains JSON. */
static void
take_answer(struct cli_daemon *daemon, const struct cli_rpc *rpc)
{
    const struct json *result = cli_rpc_result(rpc);

    if (!result) {
        daemon->problem = xstrdup(cli_rpc_problem(rpc));
        daemon->gone = cli_rpc_is_refused(rpc);
        return;
    }
    if (result->type == JSON_STRING) {
        daemon->status = json_from_string(json_string(result));
    }
    if (!daemon->status || daemon->status->type != JSON_OBJECT) {
        json_destroy(daemon->status);
        daemon->status = NULL;
        daemon->problem = xstrdup("its answer is not what \"rouse status\" "
                                  "expects; is it another version?");
    }
}

/* Length of "DIR/rouse-hold" in "DIR/rouse-hold.123.ctl". */
static size_t
role_length(const char *path)
{
    const char *name = strrchr(path, '/');

    name = name ? name + 1 : path;
    return name - path + strcspn(name, ".");
}

/* A daemon that was killed leaves its socket behind.  Once another one has
 * taken its place, that is nothing to worry about. */
static void
find_replaced(struct cli_daemons *daemons)
{
    for (size_t i = 0; i < daemons->n; i++) {
        struct cli_daemon *gone = &daemons->list[i];
        size_t n = role_length(gone->path);

        for (size_t j = 0; j < daemons->n && gone->gone; j++) {
            const struct cli_daemon *other = &daemons->list[j];

            if (other->status && role_length(other->path) == n
                && !memcmp(other->path, gone->path, n)) {
                gone->replaced = true;
            }
        }
    }
}

void
cli_daemons_ask(struct cli_daemons *daemons, long long deadline_ms)
{
    const char *rundir = getenv("ROUSE_RUNDIR");
    char *pattern OWNED_STRING =
        xasprintf("%s/*.ctl", rundir && rundir[0] ? rundir : "/var/run/rouse");
    struct cli_rpc **rpcs;
    glob_t paths;

    *daemons = (struct cli_daemons) {.n = 0};
    if (glob(pattern, 0, NULL, &paths)) {
        return;
    }
    daemons->n = paths.gl_pathc;
    daemons->list = xcalloc(daemons->n, sizeof *daemons->list);
    rpcs = xcalloc(daemons->n, sizeof *rpcs);
    for (size_t i = 0; i < daemons->n; i++) {
        char *remote OWNED_STRING = xasprintf("unix:%s", paths.gl_pathv[i]);
        struct json *params = json_array_create_empty();

        daemons->list[i].path = xstrdup(paths.gl_pathv[i]);
        rpcs[i] = cli_rpc_new(remote, "rouse/status", &params, deadline_ms);
    }
    globfree(&paths);
    cli_rpc_block(rpcs, daemons->n);
    for (size_t i = 0; i < daemons->n; i++) {
        take_answer(&daemons->list[i], rpcs[i]);
        cli_rpc_free(rpcs[i]);
    }
    free(rpcs);
    find_replaced(daemons);
}

void
cli_daemons_uninit(struct cli_daemons *daemons)
{
    for (size_t i = 0; i < daemons->n; i++) {
        free(daemons->list[i].path);
        json_destroy(daemons->list[i].status);
        free(daemons->list[i].problem);
    }
    free(daemons->list);
}

static bool
is_connected(const struct json *json, int depth)
{
    const struct shash_node *node;

    if (json->type != JSON_OBJECT || depth > MAX_DEPTH) {
        return true;
    }
    SHASH_FOR_EACH (node, json_object(json)) {
        const struct json *value = node->data;

        if ((!strcmp(node->name, "connected") && value->type == JSON_FALSE)
            || !is_connected(value, depth + 1)) {
            return false;
        }
    }
    return true;
}

bool
cli_daemon_is_healthy(const struct cli_daemon *daemon)
{
    return daemon->replaced
           || (daemon->status && is_connected(daemon->status, 0));
}

struct json *
cli_daemons_to_json(const struct cli_daemons *daemons)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < daemons->n; i++) {
        const struct cli_daemon *daemon = &daemons->list[i];
        struct json *object = json_object_create();

        json_object_put_string(object, "socket", daemon->path);
        json_object_put(object, "healthy",
                        json_boolean_create(cli_daemon_is_healthy(daemon)));
        json_object_put(object, "status",
                        daemon->status ? json_clone(daemon->status)
                                       : json_null_create());
        json_object_put(object, "problem", cli_json_string(daemon->problem));
        json_array_add(array, object);
    }
    return array;
}

/* --- For people --- */

static bool
is_scalar(const struct json *json)
{
    return json->type != JSON_OBJECT && json->type != JSON_ARRAY;
}

/* The caller's. */
static char *
scalar_text(const struct json *json)
{
    switch (json->type) {
    case JSON_STRING:
        return xstrdup(json_string(json));
    case JSON_TRUE:
        return xstrdup("yes");
    case JSON_FALSE:
        return xstrdup("no");
    case JSON_NULL:
        return xstrdup("-");
    default:
        return json_to_string(json, JSSF_SORT);
    }
}

static bool
is_array_of_objects(const struct json *json)
{
    if (json->type != JSON_ARRAY || !json_array(json)->n) {
        return false;
    }
    for (size_t i = 0; i < json_array(json)->n; i++) {
        if (json_array(json)->elems[i]->type != JSON_OBJECT) {
            return false;
        }
    }
    return true;
}

/* A column for each member that any of the objects has. */
static void
collect_columns(const struct json *array, struct sset *columns)
{
    for (size_t i = 0; i < json_array(array)->n; i++) {
        const struct shash_node *node;

        SHASH_FOR_EACH (node, json_object(json_array(array)->elems[i])) {
            sset_add(columns, node->name);
        }
    }
}

static void
format_table(const struct json *array, int indent, struct ds *out)
{
    struct sset columns = SSET_INITIALIZER(&columns);
    struct ds text OWNED_DS = DS_EMPTY_INITIALIZER;
    struct cli_table table;
    const char **headers;
    char *save = NULL;
    size_t n;

    collect_columns(array, &columns);
    headers = sset_sort(&columns);
    n = sset_count(&columns);
    cli_table_init(&table, headers, n);
    for (size_t i = 0; i < json_array(array)->n && n; i++) {
        const struct shash *object = json_object(json_array(array)->elems[i]);

        for (size_t j = 0; j < n; j++) {
            const struct json *value = shash_find_data(object, headers[j]);
            char *cell OWNED_STRING =
                value ? scalar_text(value) : xstrdup("-");

            cli_table_put(&table, cell);
        }
    }
    if (n) {
        cli_table_format(&table, 0, &text);
    }
    for (char *line = strtok_r(ds_cstr(&text), "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        ds_put_char_multiple(out, ' ', indent);
        ds_put_format(out, "%s\n", line);
    }
    cli_table_uninit(&table);
    free(headers);
    sset_destroy(&columns);
}

static bool
has_only_scalars(const struct json *object)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, json_object(object)) {
        const struct json *value = node->data;

        if (!is_scalar(value)) {
            return false;
        }
    }
    return true;
}

/* "connected yes, flows 3" */
static void
format_inline(const struct json *object, struct ds *out)
{
    const struct shash_node **nodes = shash_sort(json_object(object));

    for (size_t i = 0; i < shash_count(json_object(object)); i++) {
        char *text OWNED_STRING = scalar_text(nodes[i]->data);

        ds_put_cstr(out, i ? ", " : "");
        cli_put_clean(out, nodes[i]->name);
        ds_put_char(out, ' ');
        cli_put_clean(out, text);
    }
    free(nodes);
}

static void
format_member(const char *name, const struct json *value, int indent,
              struct ds *out)
{
    bool is_object = value->type == JSON_OBJECT;

    ds_put_char_multiple(out, ' ', indent);
    cli_put_clean(out, name);
    ds_put_char(out, ':');
    if (is_array_of_objects(value)
        || (is_object && !has_only_scalars(value) && indent < MAX_DEPTH * 2)) {
        ds_put_char(out, '\n');
        cli_daemons_format(value, indent + 2, out);
        return;
    }
    ds_put_char(out, ' ');
    if (is_object && shash_is_empty(json_object(value))) {
        ds_put_cstr(out, "none");
    } else if (is_object && has_only_scalars(value)) {
        format_inline(value, out);
    } else if (value->type == JSON_ARRAY && !json_array(value)->n) {
        ds_put_cstr(out, "none");
    } else {
        char *text OWNED_STRING = scalar_text(value);

        cli_put_clean(out, text);
    }
    ds_put_char(out, '\n');
}

void
cli_daemons_format(const struct json *json, int indent, struct ds *out)
{
    if (is_array_of_objects(json)) {
        format_table(json, indent, out);
    } else if (json->type == JSON_OBJECT) {
        const struct shash_node **nodes = shash_sort(json_object(json));

        for (size_t i = 0; i < shash_count(json_object(json)); i++) {
            format_member(nodes[i]->name, nodes[i]->data, indent, out);
        }
        free(nodes);
    } else {
        char *text OWNED_STRING = scalar_text(json);

        ds_put_char_multiple(out, ' ', indent);
        cli_put_clean(out, text);
        ds_put_char(out, '\n');
    }
}

void
cli_daemon_print(const struct cli_daemon *daemon)
{
    struct ds out OWNED_DS = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&out, "daemon ");
    cli_put_clean(&out, daemon->path);
    ds_put_cstr(&out, ": ");
    if (daemon->status) {
        ds_put_format(&out, "%s\n",
                      cli_daemon_is_healthy(daemon)
                          ? "answers"
                          : "answers, not connected");
        cli_daemons_format(daemon->status, 2, &out);
    } else {
        cli_put_clean(&out, daemon->problem);
        ds_put_cstr(&out,
                    daemon->replaced ? "; the file can be removed\n" : "\n");
    }
    fputs(ds_cstr(&out), stdout);
}
