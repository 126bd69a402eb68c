#include "cli_service.h"

#include "cleanup.h"
#include "cli_noun.h"
#include "cli_output.h"

#define COMMIT_MS 10000

static const struct cli_command *const verbs[] = {
    &cli_service_add,  &cli_service_list, &cli_service_show,
    &cli_service_idle, &cli_service_wake, &cli_service_stay_awake,
    &cli_service_remove,
};

int
cli_service_find(const struct nb_admin *admin, const char *name,
                 struct nb_admin_lb *lb)
{
    switch (nb_admin_find(admin, name, lb)) {
    case NB_ADMIN_FOUND:
        return CLI_OK;
    case NB_ADMIN_NONE:
        cli_error("there is no load balancer \"%s\"; \"rouse service list\" "
                  "shows the services, ovn-nbctl lb-list all load balancers",
                  name);
        return CLI_NOT_FOUND;
    case NB_ADMIN_AMBIGUOUS:
        cli_error("several load balancers have the name \"%s\"; give the UUID "
                  "of one (ovn-nbctl lb-list shows them)",
                  name);
        return CLI_USAGE;
    }
    OVS_NOT_REACHED();
}

int
cli_service_find_service(const struct nb_admin *admin, const char *name,
                         struct nb_service **svc)
{
    struct nb_admin_lb lb;
    int status = cli_service_find(admin, name, &lb);

    if (status) {
        return status;
    }
    *svc = nb_service_parse(&lb.row);
    if (!*svc) {
        cli_error("load balancer \"%s\" has no rouse-driver; set one with "
                  "\"rouse service add %s --driver DRIVER\"",
                  name, name);
        return CLI_NOT_FOUND;
    }
    return CLI_OK;
}

int
cli_service_commit(struct cli_conn *conn, const struct cli *cli)
{
    long long give_up_ms =
        time_msec() + (cli->timeout_ms ? cli->timeout_ms : COMMIT_MS);

    for (;;) {
        cli_conn_run(conn);
        switch (nb_admin_status(conn->admin)) {
        case NB_ADMIN_DONE:
            return CLI_OK;
        case NB_ADMIN_REFUSED:
            cli_error("%s", nb_admin_error(conn->admin));
            return CLI_FAILED;
        case NB_ADMIN_GONE:
            cli_error("%s", nb_admin_error(conn->admin));
            return CLI_NOT_FOUND;
        case NB_ADMIN_PENDING:
            break;
        }
        if (time_msec() >= give_up_ms) {
            cli_error("the Northbound database has not confirmed the change "
                      "in time; it may or may not have been made");
            return CLI_TIMED_OUT;
        }
        cli_conn_block(conn, give_up_ms);
    }
}

static void
print_help(void)
{
    puts("usage: rouse service VERB [OPTION]... [NAME]...\n"
         "\n"
         "Services are load balancers that may sleep.\n"
         "\n"
         "Verbs:");
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
        printf("  %-10s  %s\n", strchr(verbs[i]->name, ' ') + 1,
               verbs[i]->summary);
    }
    puts("\n"
         "\"rouse service VERB --help\" says more, and so does rouse(8).");
}

int
cli_service(int argc, char *argv[])
{
    const char *word = argc > 1 ? argv[1] : NULL;

    if (word && (!strcmp(word, "--help") || !strcmp(word, "-h"))) {
        print_help();
        return cli_finish_output(CLI_OK);
    }
    for (size_t i = 0; word && i < ARRAY_SIZE(verbs); i++) {
        if (!strcmp(word, strchr(verbs[i]->name, ' ') + 1)) {
            return cli_command_run(verbs[i], argc - 1, argv + 1);
        }
    }
    if (word) {
        cli_error("\"%s\" is not something to do with a service; see \"rouse "
                  "service --help\"",
                  word);
    } else {
        cli_error("say what to do with a service; see \"rouse service "
                  "--help\"");
    }
    return CLI_USAGE;
}
