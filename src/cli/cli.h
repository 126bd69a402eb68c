/* The command line: rouse service, rouse events, rouse status.
 *
 * in:    arguments; both OVN databases; the control sockets of local daemons
 * out:   tables or JSON on stdout, "rouse: ..." on stderr, an exit status;
 *        changes of the Northbound database through nb_admin.h
 * owner: nothing outlives cli_main()
 * thread: one; blocks only in cli_conn.c
 *
 * Each noun has its file (nouns.def).  Does not wake anything itself: it asks
 * the waker by way of the database, and watches. */

#ifndef CLI_CLI_H
#define CLI_CLI_H 1

/* Exit statuses, as in rouse(8). */
enum cli_exit {
    CLI_OK = 0,
    CLI_FAILED = 1,        /* E.g. the wake failed. */
    CLI_USAGE = 2,         /* The command line is wrong. */
    CLI_NOT_FOUND = 3,     /* No such load balancer, or it is no service. */
    CLI_TIMED_OUT = 4,     /* Not finished within --timeout. */
    CLI_NO_CONNECTION = 5, /* A database cannot be reached. */
};

/* argv[0] is the program, argv[1] the noun.  Returns the exit status. */
int cli_main(int argc, char *argv[]);

/* A line per noun, for "rouse --help". */
void cli_print_nouns(void);

#endif /* cli/cli.h */
