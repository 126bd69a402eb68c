/* "rouse flows": the fast path of this machine's `rouse host`. */

#include <glob.h>

#include "cleanup.h"
#include "cli_conn.h"
#include "cli_noun.h"
#include "cli_output.h"
#include "cli_rpc.h"
#include "cli_table.h"
#include "timefmt.h"

#define ASK_MS 5000
#define COUNT_DEFAULT 100

/* --- Asking --- */

/* The sockets to ask: 'given', or those that look like a `rouse host`'s. */
static void
find_sockets(const char *given, struct svec *paths)
{
    const char *rundir = getenv("ROUSE_RUNDIR");
    char *pattern OWNED_STRING =
        xasprintf("%s/rouse-host*.ctl",
                  rundir && rundir[0] ? rundir : "/var/run/rouse");
    glob_t found;

    if (given) {
        svec_add(paths, given);
    } else if (!glob(pattern, 0, NULL, &found)) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            svec_add(paths, found.gl_pathv[i]);
        }
        globfree(&found);
    }
    if (!paths->n) {
        cli_error("there is no socket %s: does \"rouse host\" run? "
                  "--socket=FILE or ROUSE_RUNDIR says where", pattern);
    }
}

/* Words for "rouse/flows"; one more than 'count', to know if there are more.
 */
static struct json *
question(const struct cli *cli, unsigned int count)
{
    struct json *params = json_array_create_empty();
    const char *port = cli_value_get(cli, "port");
    const char *address = cli_value_get(cli, "address");

    json_array_add(params, json_string_create_nocopy(
                               xasprintf("%u", MIN(count, UINT_MAX - 1) + 1)));
    if (port) {
        json_array_add(params, json_string_create_nocopy(
                                   xasprintf("port=%s", port)));
    }
    if (address) {
        json_array_add(params, json_string_create_nocopy(
                                   xasprintf("address=%s", address)));
    }
    return params;
}

/* The array of flows that a daemon has answered with, or NULL; the caller's.
 */
static struct json *
parse_answer(const struct cli_rpc *rpc)
{
    const struct json *result = cli_rpc_result(rpc);
    struct json *flows = result && result->type == JSON_STRING
                             ? json_from_string(json_string(result))
                             : NULL;

    if (flows && flows->type != JSON_ARRAY) {
        json_destroy(flows);
        return NULL;
    }
    return flows;
}

/* The first answer; of those who do not answer, all that is not just a socket
 * of a daemon that was killed is told.  The caller's. */
static struct json *
take_answer(struct cli_rpc *const rpcs[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct json *flows = parse_answer(rpcs[i]);

        if (flows) {
            return flows;
        }
    }
    for (size_t i = 0; i < n; i++) {
        const char *problem = cli_rpc_problem(rpcs[i]);

        cli_error("%s: %s", cli_rpc_remote(rpcs[i]),
                  problem[0] ? problem
                             : "its answer is not what \"rouse flows\" "
                               "expects; is it another version?");
    }
    return NULL;
}

/* The caller's; NULL if nobody has answered, which was told then. */
static struct json *
ask(const struct cli *cli, unsigned int count)
{
    long long deadline_ms =
        time_msec() + (cli->timeout_ms ? cli->timeout_ms : ASK_MS);
    struct svec paths = SVEC_EMPTY_INITIALIZER;
    struct json *flows;

    find_sockets(cli_value_get(cli, "socket"), &paths);

    struct cli_rpc **rpcs = xcalloc(MAX(paths.n, 1), sizeof *rpcs);
    for (size_t i = 0; i < paths.n; i++) {
        char *remote OWNED_STRING = xasprintf("unix:%s", paths.names[i]);
        struct json *params = question(cli, count);

        rpcs[i] = cli_rpc_new(remote, "rouse/flows", &params, deadline_ms);
    }
    cli_rpc_block(rpcs, paths.n);
    flows = take_answer(rpcs, paths.n);
    for (size_t i = 0; i < paths.n; i++) {
        cli_rpc_free(rpcs[i]);
    }
    free(rpcs);
    svec_destroy(&paths);
    return flows;
}

/* --- For people --- */

static const char *
text(const struct json *flow, const char *name)
{
    const struct json *value = flow->type == JSON_OBJECT
                                   ? shash_find_data(json_object(flow), name)
                                   : NULL;

    return value && value->type == JSON_STRING && json_string(value)[0]
               ? json_string(value)
               : "-";
}

static long long
number(const struct json *flow, const char *name)
{
    const struct json *value = flow->type == JSON_OBJECT
                                   ? shash_find_data(json_object(flow), name)
                                   : NULL;

    return value && value->type == JSON_INTEGER ? json_integer(value) : 0;
}

/* "A", or "A=>B" if NAT makes B of it. */
static void
put_end(struct cli_table *table, const char *before, const char *after)
{
    if (strcmp(before, after)) {
        cli_table_put_format(table, "%s=>%s", before, after);
    } else {
        cli_table_put(table, before);
    }
}

static void
put_flow(struct cli_table *table, const struct json *flow)
{
    char *age OWNED_STRING = timefmt_duration(number(flow, "age_ms"));
    char *idle OWNED_STRING = timefmt_duration(number(flow, "idle_ms"));

    cli_table_put(table, text(flow, "protocol"));
    put_end(table, text(flow, "source"), text(flow, "new_source"));
    put_end(table, text(flow, "destination"), text(flow, "new_destination"));
    cli_table_put(table, text(flow, "in"));
    cli_table_put(table, text(flow, "out"));
    cli_table_put_format(table, "%lld", number(flow, "packets"));
    cli_table_put_format(table, "%lld", number(flow, "bytes"));
    cli_table_put(table, age);
    cli_table_put(table, idle);
    cli_table_put(table, text(flow, "path"));
}

static void
print_flows(const struct json *flows)
{
    static const char *const headers[] = {
        "PROTOCOL", "SOURCE", "DESTINATION", "IN",   "OUT",
        "PACKETS",  "BYTES",  "AGE",         "IDLE", "PATH",
    };
    struct cli_table table;

    cli_table_init(&table, headers, ARRAY_SIZE(headers));
    for (size_t i = 0; i < json_array(flows)->n; i++) {
        put_flow(&table, json_array(flows)->elems[i]);
    }
    cli_table_print(&table);
    cli_table_uninit(&table);
}

/* --- The command --- */

static bool
is_address(const char *s)
{
    struct in6_addr ip6;
    ovs_be32 ip4;

    return ip_parse(s, &ip4) || ipv6_parse(s, &ip6);
}

/* Leaves the first 'count'; true if there were more. */
static bool
shorten(struct json *flows, unsigned int count)
{
    struct json_array *array = &flows->array;

    if (array->n <= count) {
        return false;
    }
    while (array->n > count) {
        json_destroy(array->elems[--array->n]);
    }
    return true;
}

static int
flows_run(struct cli *cli)
{
    const char *count_arg = cli_value_get(cli, "count");
    const char *address = cli_value_get(cli, "address");
    unsigned int count = COUNT_DEFAULT;

    if (count_arg
        && (count_arg[0] == '-' || !str_to_uint(count_arg, 10, &count)
            || !count)) {
        cli_error("--count takes a number of entries, more than 0");
        return CLI_USAGE;
    } else if (address && !is_address(address)) {
        cli_error("--address takes an IPv4 or IPv6 address, without a port");
        return CLI_USAGE;
    }

    struct json *flows = ask(cli, count);
    if (!flows) {
        return CLI_NO_CONNECTION;
    }

    bool more = shorten(flows, count);
    if (cli->json) {
        cli_json_print_take(&flows);
    } else {
        print_flows(flows);
        json_destroy(flows);
    }
    if (more) {
        cli_error("note: there are more; --count=N shows more than %u", count);
    }
    return CLI_OK;
}

static const struct cli_option options[] = {
    { "port", 0, "NAME", "that pass this logical port or interface" },
    { "address", 0, "IP", "from or to this address, before or after NAT" },
    { "count", 'n', "ENTRIES", "at most so many, those used last (100)" },
    { "socket", 0, "FILE", "control socket of the \"rouse host\" to ask" },
    { NULL, 0, NULL, NULL },
};

static const struct cli_command command = {
    .name = "flows",
    .operands = "",
    .summary = "show the connections in the fast path of \"rouse host\"",
    .details = "Each entry stands for the packets of one connection in one "
               "direction that\nthe kernel forwards by itself.  A=>B is what "
               "NAT makes of an end; PATH is the\nlogical ports on the way.  "
               "The daemon is found by its control socket in\n$ROUSE_RUNDIR "
               "or /var/run/rouse.\n",
    .options = options,
    .run = flows_run,
};

int
cli_flows(int argc, char *argv[])
{
    return cli_command_run(&command, argc, argv);
}
