#include "host_options.h"

#include "cleanup.h"
#include "nb.h"

static const struct role_usage usage = {
    .synopsis = "host [OPTION]...",
    .summary = "Makes this machine a virtual network, with databases, "
               "packets, and services\nthat sleep and wake.",
    .own_databases = true,
};

static void
parse(int argc, char *argv[], struct host_options *own,
      struct daemon_options *daemon)
{
    const struct role_option first_options[] = {
        { "dir", "DIR", "sockets and databases of a private instance",
          &own->dir, NULL },
        { "nb", "DATABASE", "Northbound database that runs elsewhere",
          &own->remotes[DATABASE_NB], NULL },
        { "sb", "DATABASE", "Southbound database that runs elsewhere",
          &own->remotes[DATABASE_SB], NULL },
        { "ovs", "DATABASE", "Open_vSwitch database that runs elsewhere",
          &own->remotes[DATABASE_OVS], NULL },
        { "schema-dir", "DIRS", "where the databases' schemas are",
          &own->schema_dir, NULL },
        { "packets", "HOW", "\"open\" (eBPF, the default), \"fast\" (eBPF "
          "opens no connections), \"slow\" (no cache) or \"socket\"",
          &own->packets, NULL },
        { "timeout", "SECONDS", "of services without a time-out of their "
          "own (60)", &own->timeout, NULL },
        { "no-compile", NULL, "take flows from Southbound; ovn-northd makes "
          "them", NULL, &own->no_compile },
        { "southbound-flows", NULL, "write flows Southbound, too, for "
          "ovn-sbctl lflow-list and ovn-trace", NULL, &own->sb_flows },
        { "no-waker", NULL, "wake nothing: \"rouse waker\" runs elsewhere",
          NULL, &own->no_waker },
    };
    struct role_option list[ARRAY_SIZE(first_options) + N_WAKER_OPTIONS];

    memcpy(list, first_options, sizeof first_options);
    waker_options_list(&own->waker, &list[ARRAY_SIZE(first_options)]);
    int first = daemon_options_parse(argc, argv, &usage, list,
                                     ARRAY_SIZE(list), daemon);
    if (first < argc) {
        ovs_fatal(0, "\"%s\": no argument is taken; see rouse host --help",
                  argv[first]);
    }
    /* As the other daemons call them. */
    if (!own->remotes[DATABASE_NB]) {
        own->remotes[DATABASE_NB] = STEAL(daemon->nb_remote);
    }
    if (!own->remotes[DATABASE_SB]) {
        own->remotes[DATABASE_SB] = STEAL(daemon->sb_remote);
    }
}

void
host_options_uninit(struct host_options *own)
{
    free(own->dir);
    for (size_t i = 0; i < N_DATABASES; i++) {
        free(own->remotes[i]);
    }
    free(own->schema_dir);
    free(own->packets);
    free(own->timeout);
    waker_options_uninit(&own->waker);
}

/* What options say that cannot be taken as it is; ends the process if one of
 * them is bad. */
static void
read_values(struct host_options *own)
{
    static const char *const modes[] = {
        [DATAPATH_OPEN] = "open",
        [DATAPATH_FAST] = "fast",
        [DATAPATH_SLOW] = "slow",
        [DATAPATH_PACKET] = "socket",
    };
    unsigned int timeout_s = 60;
    size_t mode = 0;

    waker_options_config(&own->waker);
    while (own->packets && mode < ARRAY_SIZE(modes)
           && strcmp(own->packets, modes[mode])) {
        mode++;
    }
    if (mode == ARRAY_SIZE(modes)) {
        ovs_fatal(0, "--packets=%s: write \"open\", \"fast\", \"slow\" or "
                  "\"socket\"", own->packets);
    }
    own->mode = mode;
    if (own->no_compile && own->sb_flows) {
        ovs_fatal(0, "--southbound-flows: with --no-compile they are "
                  "ovn-northd's; leave one of the two out");
    }
    if (own->timeout && (!str_to_uint(own->timeout, 10, &timeout_s)
                         || !timeout_s || timeout_s > 3600)) {
        ovs_fatal(0, "--timeout=%s: write a number from 1 to 3600",
                  own->timeout);
    }
    own->holder = (struct holder_config) {
        .policy = { .n_packets = SERVICE_HOLD_DEFAULT,
                    .timeout_ms = timeout_s * 1000LL },
    };
}

void
host_options_parse(int argc, char *argv[], struct host_options *own,
                   struct daemon_options *daemon)
{
    parse(argc, argv, own, daemon);
    read_values(own);
}
