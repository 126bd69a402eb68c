#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <sys/stat.h>

#include "cleanup.h"

VLOG_DEFINE_THIS_MODULE(options);

enum {
    OPT_NB_DB = UCHAR_MAX + 1,
    OPT_SB_DB,
    OPT_UNIXCTL,
    OPT_BOOTSTRAP_CA_CERT,
    OPT_SSL_PROTOCOLS,
    OPT_SSL_CIPHERS,
    OPT_DETACH,
    OPT_MONITOR,
    OPT_NO_CHDIR,
    OPT_PIDFILE,
    OPT_OVERWRITE_PIDFILE,
    VLOG_OPTION_ENUMS,
    OPT_ROLE, /* The first of the role's own; must be last. */
};

static const struct option common_options[] = {
    { "ovnnb-db", required_argument, NULL, OPT_NB_DB },
    { "ovnsb-db", required_argument, NULL, OPT_SB_DB },
    { "unixctl", required_argument, NULL, OPT_UNIXCTL },
    { "private-key", required_argument, NULL, 'p' },
    { "certificate", required_argument, NULL, 'c' },
    { "ca-cert", required_argument, NULL, 'C' },
    { "bootstrap-ca-cert", required_argument, NULL, OPT_BOOTSTRAP_CA_CERT },
    { "ssl-protocols", required_argument, NULL, OPT_SSL_PROTOCOLS },
    { "ssl-ciphers", required_argument, NULL, OPT_SSL_CIPHERS },
    { "detach", no_argument, NULL, OPT_DETACH },
    { "monitor", no_argument, NULL, OPT_MONITOR },
    { "no-chdir", no_argument, NULL, OPT_NO_CHDIR },
    { "pidfile", optional_argument, NULL, OPT_PIDFILE },
    { "overwrite-pidfile", no_argument, NULL, OPT_OVERWRITE_PIDFILE },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    VLOG_LONG_OPTIONS,
};

void
ssl_options_refresh(const struct ssl_options *ssl)
{
    if (ssl->private_key && ssl->certificate) {
        stream_ssl_set_key_and_cert(ssl->private_key, ssl->certificate);
    }
    if (ssl->ca_cert) {
        stream_ssl_set_ca_cert_file(ssl->ca_cert, ssl->bootstrap_ca_cert);
    }
}

const char *
rouse_rundir(void)
{
    const char *dir = getenv("ROUSE_RUNDIR");

    return dir && *dir ? dir : "/var/run/rouse";
}

char *
default_ovn_remote(const char *db)
{
    const char *remote = getenv(!strcmp(db, "nb") ? "OVN_NB_DB"
                                                  : "OVN_SB_DB");
    const char *rundir = getenv("OVN_RUNDIR");

    return remote && *remote
               ? xstrdup(remote)
               : xasprintf("unix:%s/ovn%s_db.sock",
                           rundir && *rundir ? rundir : "/var/run/ovn", db);
}

static void
print_common_options(const struct role_usage *usage)
{
    if (usage->northbound) {
        printf("  --ovnnb-db=DATABASE         Northbound database (default: "
               "$OVN_NB_DB, or the\n"
               "                              socket in OVN's run "
               "directory)\n");
    }
    if (!usage->own_databases) {
        printf("  --ovnsb-db=DATABASE         Southbound database (default: "
               "%s)\n",
               usage->northbound ? "$OVN_SB_DB, or\n"
                                   "                              the socket "
                                   "in OVN's run directory"
                                 : "ovn-remote\n"
                                   "                              of the "
                                   "Open_vSwitch database");
    }
    printf("  --unixctl=SOCKET            control socket (default: one in "
           "$ROUSE_RUNDIR)\n"
           "  -h, --help                  print this and exit\n"
           "  -V, --version               print the version and exit\n");
}

static void
print_help(const char *role, const struct role_usage *usage,
           const struct role_option *own, size_t n_own)
{
    printf("usage: rouse %s\n%s\n", usage->synopsis, usage->summary);
    if (usage->positional) {
        printf("%s\n", usage->positional);
    }
    printf("\nOptions:\n");
    for (size_t i = 0; i < n_own; i++) {
        const char *placeholder = own[i].placeholder;
        char *name OWNED_STRING = xasprintf(
            "--%s%s%s", own[i].name, placeholder ? "=" : "",
            placeholder ? placeholder : "");
        printf("  %-26s  %s\n", name, own[i].help);
    }
    print_common_options(usage);
    stream_usage("DATABASE", true, false, true);
    printf("\nDaemon options:\n"
           "  --detach                run in the background\n"
           "  --monitor               run a process that starts this one "
           "again if it crashes\n"
           "  --no-chdir              stay in this directory\n"
           "  --pidfile[=FILE]        write FILE (default: "
           "%s/rouse-%s.pid)\n"
           "  --overwrite-pidfile     with --pidfile, start even if already "
           "running\n", rouse_rundir(), role);
    vlog_usage();
}

/* The common options and the role's own, for getopt_long(); the caller's. */
static struct option *
make_long_options(const struct role_option *own, size_t n_own)
{
    size_t n = ARRAY_SIZE(common_options);
    struct option *options = xcalloc(n_own + n + 1, sizeof *options);

    for (size_t i = 0; i < n_own; i++) {
        options[i] = (struct option) {
            .name = own[i].name,
            .has_arg = own[i].placeholder ? required_argument : no_argument,
            .val = OPT_ROLE + i,
        };
    }
    memcpy(&options[n_own], common_options, sizeof common_options);
    return options;
}

/* "getopt_long() returned 'c'" for an option that libopenvswitch keeps to
 * itself.  False if it is none. */
static bool
parse_library_option(int c)
{
    switch (c) {
    case OPT_SSL_PROTOCOLS:
        stream_ssl_set_protocols(optarg);
        break;
    case OPT_SSL_CIPHERS:
        stream_ssl_set_ciphers(optarg);
        break;
    case OPT_DETACH:
        set_detach();
        break;
    case OPT_MONITOR:
        daemon_set_monitor();
        break;
    case OPT_NO_CHDIR:
        set_no_chdir();
        break;
    case OPT_OVERWRITE_PIDFILE:
        ignore_existing_pidfile();
        break;
    VLOG_OPTION_HANDLERS
    default:
        return false;
    }
    return true;
}

static void
replace_string(char **s, const char *value)
{
    free(*s);
    *s = xstrdup(value);
}

static char *
default_pidfile(const struct daemon_options *options)
{
    return xasprintf("%s/rouse-%s.pid", rouse_rundir(), options->role);
}

void
daemon_options_set_rundir(struct daemon_options *options, const char *dir)
{
    if (setenv("ROUSE_RUNDIR", dir, true)) {
        ovs_fatal(errno, "%s: cannot be the run directory", dir);
    }
    if (options->pidfile && options->pidfile_by_default) {
        free(options->pidfile);
        options->pidfile = default_pidfile(options);
    }
}

static void
parse_option(int c, const struct role_option *own,
             struct daemon_options *options)
{
    switch (c) {
    case OPT_NB_DB:
        replace_string(&options->nb_remote, optarg);
        break;
    case OPT_SB_DB:
        replace_string(&options->sb_remote, optarg);
        break;
    case OPT_UNIXCTL:
        replace_string(&options->unixctl_path, optarg);
        break;
    case 'p':
        replace_string(&options->ssl.private_key, optarg);
        break;
    case 'c':
        replace_string(&options->ssl.certificate, optarg);
        break;
    case 'C':
    case OPT_BOOTSTRAP_CA_CERT:
        replace_string(&options->ssl.ca_cert, optarg);
        options->ssl.bootstrap_ca_cert = c == OPT_BOOTSTRAP_CA_CERT;
        break;
    case OPT_PIDFILE:
        free(options->pidfile);
        options->pidfile_by_default = !optarg;
        options->pidfile = optarg ? abs_file_name(NULL, optarg)
                                  : default_pidfile(options);
        break;
    case '?':
        exit(EXIT_FAILURE);
    default:
        if (c >= OPT_ROLE && own[c - OPT_ROLE].flag) {
            *own[c - OPT_ROLE].flag = true;
        } else if (c >= OPT_ROLE) {
            replace_string(own[c - OPT_ROLE].value, optarg);
        } else if (!parse_library_option(c)) {
            ovs_fatal(0, "see rouse %s --help", options->role);
        }
    }
}

int
daemon_options_parse(int argc, char *argv[], const struct role_usage *usage,
                     const struct role_option *own, size_t n_own,
                     struct daemon_options *options)
{
    struct option *long_options = make_long_options(own, n_own);
    int c;

    do {
        c = getopt_long(argc, argv, "hVv::p:c:C:", long_options, NULL);
        if (c != -1 && c != 'h' && c != 'V') {
            parse_option(c, own, options);
        }
    } while (c != -1 && c != 'h' && c != 'V');
    free(long_options);
    if (c != -1) {
        if (c == 'h') {
            print_help(options->role, usage, own, n_own);
        } else {
            printf("rouse %s %s\n", options->role, ROUSE_VERSION);
        }
        daemon_options_uninit(options);
        exit(EXIT_SUCCESS);
    }
    if (usage->northbound) {
        options->nb_remote = options->nb_remote ? options->nb_remote
                                                : default_ovn_remote("nb");
        options->sb_remote = options->sb_remote ? options->sb_remote
                                                : default_ovn_remote("sb");
    }
    return optind;
}

void
daemon_options_uninit(struct daemon_options *options)
{
    free(options->nb_remote);
    free(options->sb_remote);
    free(options->unixctl_path);
    free(options->pidfile);
    free(options->ssl.private_key);
    free(options->ssl.certificate);
    free(options->ssl.ca_cert);
}

struct unixctl_server *
daemon_options_start(struct daemon_options *options)
{
    struct unixctl_server *unixctl;

    if (mkdir(rouse_rundir(), 0755) && errno != EEXIST) {
        ovs_fatal(errno, "%s: cannot be made; set ROUSE_RUNDIR to a "
                  "directory of yours", rouse_rundir());
    }
    if (!get_detach()) {
        vlog_set_levels(NULL, VLF_SYSLOG, VLL_OFF);
    }
    if (options->pidfile) {
        set_pidfile(options->pidfile);
    }
    ssl_options_refresh(&options->ssl);
    daemonize_start(false);
    if (!options->unixctl_path) {
        options->unixctl_path = xasprintf("%s/rouse-%s.%ld.ctl",
                                          rouse_rundir(), options->role,
                                          (long int) getpid());
    }
    int error = unixctl_server_create(options->unixctl_path, &unixctl);
    if (error) {
        ovs_fatal(error, "%s: control socket cannot be made",
                  options->unixctl_path);
    }
    return unixctl;
}

void
daemon_options_ready(void)
{
    daemonize_complete();
}
