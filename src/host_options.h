/* Options of "rouse host". */

#ifndef HOST_OPTIONS_H
#define HOST_OPTIONS_H 1

#include "databases.h"
#include "fabric.h"
#include "options.h"
#include "waker_options.h"

/* Their arguments, owned (NULL where not given), and what some say. */
struct host_options {
    char *dir;
    char *remotes[N_DATABASES];
    char *schema_dir;
    char *packets;
    char *timeout;
    bool no_waker;
    bool no_compile;
    bool sb_flows;
    struct waker_options waker;

    enum datapath_mode mode;
    struct holder_config holder;
};

/* Parses "host ...".  Bad usage, --help and --version end the process. */
void host_options_parse(int argc, char *argv[], struct host_options *,
                        struct daemon_options *);
void host_options_uninit(struct host_options *);

#endif /* host_options.h */
