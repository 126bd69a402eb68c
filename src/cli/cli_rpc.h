/* One question to a JSON-RPC server, and its answer or why there is none.
 *
 * For what the database clients do not tell: which member of a cluster leads,
 * why a remote cannot be reached, what a daemon says at its control socket.
 *
 * owner: the caller owns a struct cli_rpc, and asks several at once with
 *        cli_rpc_run() and cli_rpc_wait()
 * thread: one; nothing blocks */

#ifndef CLI_CLI_RPC_H
#define CLI_CLI_RPC_H 1

#include "ovs.h"

struct cli_rpc;

/* Begins to connect to 'remote' (an active OVSDB remote) and to ask.  Takes
 * '*params', an array. */
struct cli_rpc *cli_rpc_new(const char *remote, const char *method,
                            struct json **params, long long deadline_ms);
/* "Which databases do you have?" */
struct cli_rpc *
cli_rpc_new_databases(const char *remote, long long deadline_ms);
void cli_rpc_free(struct cli_rpc *);

/* True once there is an answer or none will come. */
bool cli_rpc_run(struct cli_rpc *);
void cli_rpc_wait(const struct cli_rpc *);

const char *cli_rpc_remote(const struct cli_rpc *);
/* NULL if there is none. */
const struct json *cli_rpc_result(const struct cli_rpc *);
/* Why there is none, with what to do about it where that is known. */
const char *cli_rpc_problem(const struct cli_rpc *);
/* True if a socket is there, but whoever made it is not. */
bool cli_rpc_is_refused(const struct cli_rpc *);

/* What the answer to cli_rpc_new_databases() says of a database. */
struct cli_database {
    bool exists;
    bool clustered;
    bool connected; /* Only for a cluster: to a majority of it. */
    bool leader;
};
struct cli_database cli_rpc_database(const struct cli_rpc *, const char *name);

#endif /* cli/cli_rpc.h */
