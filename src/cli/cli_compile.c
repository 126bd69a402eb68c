/* "rouse compile": the logical flows of a Northbound database, printed. */

#include "cleanup.h"
#include "cli_command.h"
#include "cli_noun.h"
#include "cli_output.h"
#include "compile.h"
#include "idlconn.h"
#include "ovn-nb-idl.h"

static const struct cli_option options[] = {
    {"nb", 0, "REMOTE", "the database; as --ovnnb-db"},
    {NULL, 0, NULL, NULL},
};

#define DEFAULT_TIMEOUT_MS 10000

/* What the compiler says, as Southbound tables. */
struct output {
    struct json *tables; /* Table -> array of rows. */
};

static struct json *
output_table(struct output *out, const char *table)
{
    struct json *rows = shash_find_data(json_object(out->tables), table);

    if (!rows) {
        rows = json_array_create_empty();
        json_object_put(out->tables, table, rows);
    }
    return rows;
}

static struct json *
uuid_json(const struct uuid *uuid)
{
    return json_array_create_2(
        json_string_create("uuid"),
        json_string_create_nocopy(xasprintf(UUID_FMT, UUID_ARGS(uuid))));
}

static void *
add_flow(void *out_, const struct uuid *id, const struct cflow *flow)
{
    const struct cstage_info *stage = cstage_info(flow->stage);
    struct json *row = json_object_create();
    struct json *ids = json_array_create_empty();
    struct json *tags = json_array_create_empty();
    struct json *none = json_array_create_2(json_string_create("set"),
                                            json_array_create_empty());

    json_object_put(row, "_uuid", uuid_json(id));
    json_object_put(row, flow->dps->n == 1 ? "logical_datapath"
                                           : "logical_dp_group",
                    uuid_json(flow->dps->n == 1 ? flow->dps->uuids
                                                : &flow->dps->id));
    json_object_put_string(row, "pipeline",
                           stage->pipeline == CPIPELINE_INGRESS ? "ingress"
                                                                : "egress");
    json_object_put(row, "table_id", json_integer_create(stage->table));
    json_object_put(row, "priority", json_integer_create(flow->priority));
    json_object_put_string(row, "match", flow->match);
    json_object_put_string(row, "actions", flow->actions);
    if (flow->meter) {
        json_object_put_string(row, "controller_meter", flow->meter);
        json_destroy(none);
    } else {
        json_object_put(row, "controller_meter", none);
    }
    json_array_add(ids, json_array_create_2(json_string_create("stage-name"),
                                            json_string_create(stage->name)));
    json_array_add(ids, json_array_create_2(
                       json_string_create("stage-hint"),
                       json_string_create_nocopy(
                           xasprintf("%08x", flow->hint.parts[0]))));
    json_object_put(row, "external_ids",
                    json_array_create_2(json_string_create("map"), ids));
    if (flow->port) {
        json_array_add(tags,
                       json_array_create_2(json_string_create("in_out_port"),
                                           json_string_create(flow->port)));
    }
    json_object_put(row, "tags",
                    json_array_create_2(json_string_create("map"), tags));
    json_array_add(output_table(out_, "Logical_Flow"), row);
    return NULL;
}

static void
set_row(void *out_, const char *table, const struct uuid *uuid,
        const struct json *row)
{
    struct json *copy = json_deep_clone(row);

    json_object_put(copy, "_uuid", uuid_json(uuid));
    json_array_add(output_table(out_, table), copy);
}

static const char *
get(const struct json *row, const char *column)
{
    return json_string(shash_find_data(json_object(row), column));
}

static long long
get_integer(const struct json *row, const char *column)
{
    return json_integer(shash_find_data(json_object(row), column));
}

static int
compare_flows(const void *a_, const void *b_)
{
    const struct json *a = *(struct json *const *) a_;
    const struct json *b = *(struct json *const *) b_;
    int cmp = strcmp(get(b, "pipeline"), get(a, "pipeline"));

    if (!cmp) {
        cmp = get_integer(a, "table_id") - get_integer(b, "table_id");
    }
    if (!cmp) {
        cmp = get_integer(b, "priority") - get_integer(a, "priority");
    }
    cmp = cmp ? cmp : strcmp(get(a, "match"), get(b, "match"));
    return cmp ? cmp : strcmp(get(a, "actions"), get(b, "actions"));
}

static const char *
uuid_of(const struct json *value)
{
    return json_string(json_array(value)->elems[1]);
}

/* Does the flow apply to the datapath, directly or by a group? */
static bool
applies(struct output *out, const struct json *flow, const char *datapath)
{
    const struct json *one = shash_find_data(json_object(flow),
                                             "logical_datapath");
    const struct json *groups = output_table(out, "Logical_DP_Group");

    if (one) {
        return !strcmp(uuid_of(one), datapath);
    }

    const char *id = uuid_of(shash_find_data(json_object(flow),
                                             "logical_dp_group"));
    for (size_t i = 0; i < json_array(groups)->n; i++) {
        const struct json *group = json_array(groups)->elems[i];
        const struct json *members = shash_find_data(json_object(group),
                                                     "datapaths");

        if (strcmp(uuid_of(shash_find_data(json_object(group), "_uuid")),
                   id)) {
            continue;
        }
        members = json_array(members)->elems[1];
        for (size_t j = 0; j < json_array(members)->n; j++) {
            if (!strcmp(uuid_of(json_array(members)->elems[j]), datapath)) {
                return true;
            }
        }
    }
    return false;
}

static const char *
map_get(const struct json *row, const char *column, const char *key)
{
    const struct json *pairs = json_array(
        shash_find_data(json_object(row), column))->elems[1];

    for (size_t i = 0; i < json_array(pairs)->n; i++) {
        const struct json *pair = json_array(pairs)->elems[i];

        if (!strcmp(json_string(json_array(pair)->elems[0]), key)) {
            return json_string(json_array(pair)->elems[1]);
        }
    }
    return "";
}

static void
print_datapath(struct output *out, const struct json *datapath)
{
    const struct json *flows = output_table(out, "Logical_Flow");
    const char *uuid = uuid_of(shash_find_data(json_object(datapath),
                                               "_uuid"));
    const char *pipeline = "";

    for (size_t i = 0; i < json_array(flows)->n; i++) {
        const struct json *flow = json_array(flows)->elems[i];

        if (!applies(out, flow, uuid)) {
            continue;
        }
        if (strcmp(pipeline, get(flow, "pipeline"))) {
            pipeline = get(flow, "pipeline");
            printf("Datapath: \"%s\" (%s)  Pipeline: %s\n",
                   map_get(datapath, "external_ids", "name"), uuid,
                   pipeline);
        }
        printf("  table=%-2lld(%-19s), priority=%-5lld, match=(%s), "
               "action=(%s)\n", get_integer(flow, "table_id"),
               map_get(flow, "external_ids", "stage-name"),
               get_integer(flow, "priority"), get(flow, "match"),
               get(flow, "actions"));
    }
}

static void
print_text(struct output *out)
{
    struct json_array *flows = json_array(output_table(out, "Logical_Flow"));
    const struct json *datapaths = output_table(out, "Datapath_Binding");

    qsort(flows->elems, flows->n, sizeof *flows->elems, compare_flows);
    for (size_t i = 0; i < json_array(datapaths)->n; i++) {
        print_datapath(out, json_array(datapaths)->elems[i]);
    }
}

static void
print_reports(const struct compile *compile)
{
    const struct diag *diag;

    for (size_t i = 0; (diag = compile_report(compile, i)); i++) {
        struct ds text = DS_EMPTY_INITIALIZER;

        diag_format(diag, &text);
        cli_error("%s", ds_cstr(&text));
        ds_destroy(&text);
    }
}

/* Waits for the content of the database. */
static bool
fetch(const struct cli *cli, struct idlconn *conn)
{
    long long deadline = time_msec() + (cli->timeout_ms ? cli->timeout_ms
                                                        : DEFAULT_TIMEOUT_MS);

    for (;;) {
        idlconn_run(conn);
        if (idlconn_is_connected(conn)
            && ovsdb_idl_has_ever_connected(conn->idl)) {
            return true;
        }
        if (time_msec() >= deadline) {
            cli_error("%s: no answer from the Northbound database",
                      conn->remote);
            return false;
        }
        idlconn_wait(conn);
        poll_timer_wait_until(deadline);
        poll_block();
    }
}

static int
run(struct cli *cli)
{
    struct output out = { .tables = json_object_create() };
    struct csink sink = {
        .aux = &out, .add_flow = add_flow, .set_row = set_row,
    };
    const char *remote = cli_value_get(cli, "nb");
    struct idlconn conn;
    int status = CLI_FAILED;

    idlconn_open(&conn, remote ? remote : cli->nb_remote, &nbrec_idl_class, false);
    compile_add_columns(conn.idl);
    if (fetch(cli, &conn)) {
        struct compile *compile = compile_new(conn.idl, &sink, 1);

        compile_run(compile);
        if (cli->json) {
            cli_json_print_line_take(&out.tables);
        } else {
            print_text(&out);
        }
        print_reports(compile);
        compile_free(compile);
        status = CLI_OK;
    }
    idlconn_close(&conn);
    json_destroy(out.tables);
    return status;
}

static const struct cli_command command = {
    .name = "compile",
    .operands = "",
    .summary = "Print the logical flows of a Northbound database.",
    .options = options,
    .run = run,
};

int
cli_compile(int argc, char *argv[])
{
    return cli_command_run(&command, argc, argv);
}
