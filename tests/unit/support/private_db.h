/* A private ovsdb-server with one empty database, for the length of a test. */

#ifndef PRIVATE_DB_H
#define PRIVATE_DB_H 1

#include "ovs.h"

#include <sys/types.h>

struct private_db {
    char *dir;    /* Holds everything; removed at the end. */
    char *remote; /* "unix:..." */
    pid_t pid;    /* Of the server. */
};

/* 'schema' is a name in the folder of OVN's schemas, "ovn-nb" or "ovn-sb".
 * Ends the test program with a message if there can be no database. */
void private_db_start(struct private_db *, const char *schema);
void private_db_stop(struct private_db *);
/* As 'kill -9' and starting it again do it. */
void private_db_restart(struct private_db *);
/* The halves of it. */
void private_db_kill(struct private_db *);
void private_db_revive(struct private_db *);

/* Runs operations (text of a JSON array's elements, RFC 7047) on 'database'
 * and returns the answer, the caller's. */
char *private_db_transact(const struct private_db *, const char *database,
                          const char *operations);

#endif /* private_db.h */
