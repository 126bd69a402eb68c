/* rouse: one program, several roles and nouns (rouse(8)). */

#include "ovs.h"
#include "cli.h"
#include "role_hold.h"
#include "role_host.h"
#include "role_northd.h"
#include "role_waker.h"

static const struct {
    const char *name;
    int (*main)(int argc, char *argv[]);
    const char *summary;
} roles[] = {
    { "hold", role_hold_main, "hold packets on a chassis (daemon)" },
    { "host", role_host_main,
      "be the virtual network of this machine (daemon)" },
    { "northd", role_northd_main,
      "compile the Northbound database (daemon)" },
    { "waker", role_waker_main, "wake services (daemon, one per cluster)" },
};

static void
print_help(void)
{
    printf("usage: rouse COMMAND [OPTION]... [ARGUMENT]...\n"
           "Scale-to-zero for virtual networks: wakes a service when a "
           "packet reaches its\naddress, and delivers that packet.\n\n"
           "Commands:\n");
    for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
        printf("  %-10s %s\n", roles[i].name, roles[i].summary);
    }
    cli_print_nouns();
    printf("\nSee rouse COMMAND --help, and rouse(8).\n");
}

int
main(int argc, char *argv[])
{
    /* First of all, while there is one thread: see fatal-signal.h. */
    ovs_cmdl_proctitle_init(argc, argv);
    set_program_name("rouse");
    fatal_ignore_sigpipe();

    const char *command = argc > 1 ? argv[1] : "--help";
    for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
        if (!strcmp(command, roles[i].name)) {
            return roles[i].main(argc - 1, argv + 1);
        }
    }
    if (!strcmp(command, "--help") || !strcmp(command, "-h")
        || !strcmp(command, "help")) {
        print_help();
        return argc > 1 ? EXIT_SUCCESS : 2;
    }
    if (!strcmp(command, "--version") || !strcmp(command, "-V")) {
        printf("rouse %s\n", ROUSE_VERSION);
        return EXIT_SUCCESS;
    }
    return cli_main(argc, argv);
}
