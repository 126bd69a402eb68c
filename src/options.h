/* Options that rouse's daemons share, with Open vSwitch's and OVN's names.
 *
 * A daemon fills a daemon_options with daemon_options_parse(), then calls
 * daemon_options_start() once: logging, run directory, control socket, pid
 * file, detaching.  Strings are borrowed from argv, or owned where a default
 * had to be made up; daemon_options_uninit() frees those. */

#ifndef OPTIONS_H
#define OPTIONS_H 1

#include "ovs.h"

/* Files for ssl: remotes; NULL where not given. */
struct ssl_options {
    char *private_key;
    char *certificate;
    char *ca_cert;
    bool bootstrap_ca_cert;
};

/* Hands the files to libopenvswitch, which reads those again that have
 * changed; call it at every turn of the loop. */
void ssl_options_refresh(const struct ssl_options *);

struct daemon_options {
    const char *role;        /* "hold", "host" or "waker". */
    char *nb_remote;         /* --ovnnb-db, or NULL. */
    char *sb_remote;         /* --ovnsb-db, or NULL. */
    char *unixctl_path;      /* --unixctl, or NULL: a name of its own in the
                              * run directory. */
    char *pidfile;           /* --pidfile[=FILE], or NULL. */
    bool pidfile_by_default; /* --pidfile alone. */
    struct ssl_options ssl;
};

/* An option of one daemon alone, with an argument or without. */
struct role_option {
    const char *name;        /* Without dashes. */
    const char *placeholder; /* For --help: "DIR"; NULL: no argument. */
    const char *help;
    char **value;            /* Where its argument goes, owned; or */
    bool *flag;              /* what becomes true. */
};

/* What --help says beside the options. */
struct role_usage {
    const char *synopsis;    /* After "rouse ". */
    const char *summary;     /* One or two sentences. */
    const char *positional;  /* Line about positional arguments, or NULL. */
    bool northbound;         /* Takes --ovnnb-db. */
    bool own_databases;      /* Has databases of its own: no default ones. */
};

/* Parses the command line of "rouse ROLE ...", argv[0] being the role.
 * Returns the index of the first positional argument.  Bad usage, --help and
 * --version end the process. */
int daemon_options_parse(int argc, char *argv[], const struct role_usage *,
                         const struct role_option *, size_t n_role_options,
                         struct daemon_options *);
void daemon_options_uninit(struct daemon_options *);

/* Default remote of one of OVN's databases, "nb" or "sb": $OVN_NB_DB or
 * $OVN_SB_DB, else the unix socket in OVN's run directory; the caller's. */
char *default_ovn_remote(const char *db);

/* $ROUSE_RUNDIR or /var/run/rouse; borrowed. */
const char *rouse_rundir(void);

/* Makes 'dir' the run directory (and $ROUSE_RUNDIR, for children) before
 * daemon_options_start(). */
void daemon_options_set_rundir(struct daemon_options *, const char *dir);

/* Detaches if asked to, writes the pid file, opens the control socket
 * (SIGTERM, SIGINT and SIGHUP end the process and remove both).  Ends
 * the process with a message if that fails. */
struct unixctl_server *daemon_options_start(struct daemon_options *);

/* Tells whoever started the daemon that it is up. */
void daemon_options_ready(void);

#endif /* options.h */
