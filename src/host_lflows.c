#include "host_lflows.h"

#include "cleanup.h"
#include "tables_sink.h"

/* Flows and rows in an answer: two milliseconds, and packets that need this
 * process wait for as long. */
#define N_AT_ONCE 100

static void
answer(struct unixctl_conn *conn, int argc OVS_UNUSED, const char *argv[],
       void *north_)
{
    struct north *const *north = north_;
    struct json *tables = json_object_create();
    struct json *json OWNED_JSON = json_object_create();
    const struct csink sink = tables_sink(tables);
    unsigned long long number;
    size_t cursor;

    json_object_put(json, "tables", tables);
    if (!str_to_ullong(argv[1], 10, &number)) {
        unixctl_command_reply_error(conn, "write the \"next\" of the answer "
                                    "before, or 0");
        return;
    }
    cursor = number;
    if (!*north || !north_tell(*north, &sink, N_AT_ONCE, &cursor)) {
        unixctl_command_reply_error(
            conn, "this process does not compile the Northbound database, or "
            "not yet; ovn-sbctl lflow-list shows what ovn-northd or another "
            "one has written Southbound");
        return;
    }
    json_object_put_format(json, "next", "%"PRIuSIZE, cursor);
    json_object_put(json, "changes",
                    json_integer_create(north_n_changes(*north)));

    char *s OWNED_STRING = json_to_string(json, 0);
    unixctl_command_reply(conn, s);
}

void
host_lflows_register(struct north **north)
{
    unixctl_command_register("rouse/lflows", "CURSOR", 1, 1, answer, north);
}
