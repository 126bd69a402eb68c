/* "rouse flows": the fast path of this machine's `rouse host`. */

#include "cleanup.h"
#include "cli_host.h"
#include "cli_noun.h"
#include "cli_output.h"
#include "cli_table.h"
#include "timefmt.h"

#define COUNT_DEFAULT 100

/* --- Asking --- */

/* One more than 'count', to know if there are more.  The caller's; NULL if
 * nobody has answered, which was told then. */
static struct json *
ask(const struct cli *cli, unsigned int count)
{
    char *number OWNED_STRING = xasprintf("%u", MIN(count, UINT_MAX - 1) + 1);
    const char *port_arg = cli_value_get(cli, "port");
    const char *address_arg = cli_value_get(cli, "address");
    char *port OWNED_STRING =
        port_arg ? xasprintf("port=%s", port_arg) : NULL;
    char *address OWNED_STRING =
        address_arg ? xasprintf("address=%s", address_arg) : NULL;
    const char *words[4] = { number };
    char *socket OWNED_STRING = NULL;
    size_t n = 1;

    if (port) {
        words[n++] = port;
    }
    if (address) {
        words[n++] = address;
    }
    return cli_host_ask(cli, &socket, "rouse/flows", words, JSON_ARRAY);
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
    CLI_HOST_OPTION,
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
