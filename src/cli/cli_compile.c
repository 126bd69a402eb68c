/* "rouse compile": the logical flows of a Northbound database, printed. */

#include "cli_compile.h"

#include "cli_command.h"
#include "cli_conn.h"
#include "cli_file.h"
#include "cli_noun.h"
#include "cli_output.h"
#include "compile.h"
#include "tables_sink.h"

static const struct cli_option options[] = {
    {"nb", 0, "DATABASE", "a file, or a remote as for --ovnnb-db"},
    {NULL, 0, NULL, NULL},
};

/* How long a file may take to be served. */
#define SERVE_MS 10000

static void
print_report(void *aux OVS_UNUSED, const struct diag *diag)
{
    struct ds text = DS_EMPTY_INITIALIZER;

    diag_format(diag, &text);
    cli_error("%s", ds_cstr(&text));
    ds_destroy(&text);
}

/* The database of --nb: a file is served by '*file', the caller's. */
static bool
use_database(struct cli *cli, struct cli_file **file)
{
    const char *nb = cli_value_get(cli, "nb");

    *file = NULL;
    if (nb && cli_file_is_one(nb)) {
        *file = cli_file_serve(nb, cli->timeout_ms ? cli->timeout_ms
                                                   : SERVE_MS);
        if (!*file) {
            return false;
        }
        nb = cli_file_remote(*file);
    }
    if (nb) {
        free(cli->nb_remote);
        cli->nb_remote = xstrdup(nb);
    }
    return true;
}

static int
run(struct cli *cli)
{
    struct json *tables = json_object_create();
    struct csink sink = tables_sink(tables);
    struct cli_file *file;
    struct cli_conn conn;
    int status;

    if (!use_database(cli, &file)) {
        json_destroy(tables);
        return CLI_FAILED;
    }
    status = cli_conn_open(&conn, cli, CLI_NEED_COMPILE, 0);
    if (!status) {
        struct compile *compile = compile_new(conn.compile->idl, &sink, 1);

        compile_run(compile);
        compile_for_each_report(compile, 0, print_report, NULL);
        if (cli->json) {
            cli_json_print_line_take(&tables);
        } else {
            cli_compile_print(tables, NULL);
        }
        compile_free(compile);
    }
    cli_conn_close(&conn);
    cli_file_free(file);
    json_destroy(tables);
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
