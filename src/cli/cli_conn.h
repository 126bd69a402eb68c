/* Connections to the databases for the length of one command. */

#ifndef CLI_CLI_CONN_H
#define CLI_CLI_CONN_H 1

#include "cli_command.h"
#include "compile.h"
#include "idlconn.h"
#include "nb.h"
#include "nb_admin.h"
#include "sb.h"

enum cli_need {
    CLI_NEED_NB = 1 << 0,    /* Services, to read. */
    CLI_NEED_SB = 1 << 1,    /* Events. */
    CLI_NEED_ADMIN = 1 << 2, /* Load balancers, to change. */
    CLI_NEED_COMPILE = 1 << 3, /* The whole of NB, for compile_new(). */
};

/* Those that were not asked for, or could do without, are NULL. */
struct cli_conn {
    struct nb *nb;
    struct sb *sb;
    struct nb_admin *admin;
    struct idlconn *compile;
};

/* Connects and waits until the content of the 'required' databases is here, at
 * most for --timeout, or a few seconds.  Of the 'optional' ones, those that
 * are late are left out.  Returns CLI_OK, or prints why not and returns
 * another exit status; in any case cli_conn_close() is due. */
int cli_conn_open(struct cli_conn *, const struct cli *, unsigned required,
                  unsigned optional);
void cli_conn_close(struct cli_conn *);

void cli_conn_run(struct cli_conn *);
/* Sleeps until one of the databases has something new, or 'until_ms'. */
void cli_conn_block(struct cli_conn *, long long until_ms);

/* Waits for the answers of 'n' questions, until their deadlines. */
struct cli_rpc;
void cli_rpc_block(struct cli_rpc *const rpcs[], size_t n);

#endif /* cli/cli_conn.h */
