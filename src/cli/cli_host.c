#include "cli_host.h"

#include <glob.h>

#include "cleanup.h"
#include "cli_conn.h"
#include "cli_output.h"
#include "cli_rpc.h"

#define ASK_MS 5000

/* The sockets that look like a `rouse host`'s. */
static void
find_sockets(struct svec *paths)
{
    const char *rundir = getenv("ROUSE_RUNDIR");
    char *pattern OWNED_STRING =
        xasprintf("%s/rouse-host*.ctl",
                  rundir && rundir[0] ? rundir : "/var/run/rouse");
    glob_t found;

    if (!glob(pattern, 0, NULL, &found)) {
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

/* What a daemon has answered, or NULL; the caller's. */
static struct json *
parse_answer(const struct cli_rpc *rpc, enum json_type type)
{
    const struct json *result = cli_rpc_result(rpc);
    struct json *answer = result && result->type == JSON_STRING
                              ? json_from_string(json_string(result))
                              : NULL;

    if (answer && answer->type != type) {
        json_destroy(answer);
        return NULL;
    }
    return answer;
}

/* The first answer, and '*socket' is whose; of those who do not answer, all
 * that is not just a socket of a daemon that was killed is told.  The
 * caller's. */
static struct json *
take_answer(const struct cli *cli, struct cli_rpc *const rpcs[],
            const struct svec *paths, enum json_type type, char **socket)
{
    for (size_t i = 0; i < paths->n; i++) {
        struct json *answer = parse_answer(rpcs[i], type);

        if (answer) {
            free(*socket);
            *socket = xstrdup(paths->names[i]);
            return answer;
        }
    }
    for (size_t i = 0; i < paths->n; i++) {
        const char *problem = cli_rpc_problem(rpcs[i]);

        if (problem[0]) {
            cli_error("%s: %s", cli_rpc_remote(rpcs[i]), problem);
        } else {
            cli_error("%s: its answer is not what \"rouse %s\" expects; is "
                      "it another version?", cli_rpc_remote(rpcs[i]),
                      cli->command->name);
        }
    }
    return NULL;
}

static struct json *
to_array(const char *const words[])
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; words[i]; i++) {
        json_array_add(array, json_string_create(words[i]));
    }
    return array;
}

struct json *
cli_host_ask(const struct cli *cli, char **socket, const char *method,
             const char *const words[], enum json_type type)
{
    long long deadline_ms =
        time_msec() + (cli->timeout_ms ? cli->timeout_ms : ASK_MS);
    const char *given = *socket ? *socket : cli_value_get(cli, "socket");
    struct svec paths = SVEC_EMPTY_INITIALIZER;

    if (given) {
        svec_add(&paths, given);
    } else {
        find_sockets(&paths);
    }

    struct cli_rpc **rpcs = xcalloc(MAX(paths.n, 1), sizeof *rpcs);
    for (size_t i = 0; i < paths.n; i++) {
        char *remote OWNED_STRING = xasprintf("unix:%s", paths.names[i]);
        struct json *params = to_array(words);

        rpcs[i] = cli_rpc_new(remote, method, &params, deadline_ms);
    }
    cli_rpc_block(rpcs, paths.n);

    struct json *answer = take_answer(cli, rpcs, &paths, type, socket);
    for (size_t i = 0; i < paths.n; i++) {
        cli_rpc_free(rpcs[i]);
    }
    free(rpcs);
    svec_destroy(&paths);
    return answer;
}
