/* "rouse lflow-list": the logical flows that this machine's `rouse host` has
 * made, whether or not they are Southbound. */

#include "cli_compile.h"
#include "cli_host.h"
#include "cli_noun.h"
#include "cli_output.h"

static int
run(struct cli *cli)
{
    const char *datapath = cli->n_operands ? cli->operands[0] : NULL;
    struct json *tables = cli_host_tables(cli);
    int status = CLI_OK;

    if (!tables) {
        return CLI_NO_CONNECTION;
    }
    if (cli->json) {
        cli_json_print_line_take(&tables);
    } else if (!cli_compile_print(tables, datapath)) {
        cli_error("%s: there is no such switch or router; \"ovn-nbctl show\" "
                  "lists those that there are", datapath);
        status = CLI_NOT_FOUND;
    }
    json_destroy(tables);
    return cli_finish_output(status);
}

static const struct cli_option options[] = {
    CLI_HOST_OPTION,
    { NULL, 0, NULL, NULL },
};

static const struct cli_command command = {
    .name = "lflow-list",
    .operands = "[DATAPATH]",
    .summary = "Print the logical flows of \"rouse host\"",
    .details = "Those of all switches and routers, or of one: its name or "
               "UUID.  They are what\npackets of this machine meet now, as "
               "\"ovn-sbctl lflow-list\" prints those that are\nSouthbound "
               "(with --southbound-flows).  With --json, all tables that go "
               "with\nthem, as \"rouse trace --flows\" takes them.  The "
               "daemon is found by its control\nsocket in $ROUSE_RUNDIR or "
               "/var/run/rouse.\n",
    .options = options,
    .max_operands = 1,
    .run = run,
};

int
cli_lflow_list(int argc, char *argv[])
{
    return cli_command_run(&command, argc, argv);
}
