#include "cli_service.h"

#include "cleanup.h"
#include "cli_output.h"

static const struct cli_option options[] = {
    { "force", 0, NULL, "even asleep; its backends are not started" },
    { "delete", 0, NULL, "delete the load balancer, too" },
    { NULL, 0, NULL, NULL },
};

static int
remove_service(const struct cli *cli, struct cli_conn *conn)
{
    const char *name = cli->operands[0];
    bool delete = cli_value_is_set(cli, "delete");
    bool force = cli_value_is_set(cli, "force");
    struct nb_admin_lb lb;
    struct uuid uuid;
    int status = cli_service_find(conn->admin, name, &lb);

    if (status) {
        return status;
    }
    if (!smap_get(lb.row.external_ids, "rouse-driver") && !force) {
        cli_error("load balancer \"%s\" has no rouse-driver: it is no "
                  "service%s",
                  name, delete ? "; delete it with ovn-nbctl lb-del" : "");
        return CLI_NOT_FOUND;
    }
    uuid = lb.row.uuid;
    nb_admin_remove(conn->admin, &uuid,
                    (force ? NB_ADMIN_FORCE : 0)
                        | (delete ? NB_ADMIN_DELETE : 0));
    status = cli_service_commit(conn, cli);
    if (!status && cli->json) {
        struct json *object = json_object_create();

        json_object_put_string(object, "service", name);
        json_object_put(object, "deleted", json_boolean_create(delete));
        cli_json_print_take(&object);
    } else if (!status) {
        printf("%s: %s\n", name, delete ? "deleted" : "no service any more");
    }
    return status;
}

static int
remove_run(struct cli *cli)
{
    struct cli_conn conn;
    int status = cli_conn_open(&conn, cli, CLI_NEED_ADMIN, 0);

    if (!status) {
        status = remove_service(cli, &conn);
    }
    cli_conn_close(&conn);
    return status;
}

const struct cli_command cli_service_remove = {
    .name = "service remove",
    .operands = "NAME",
    .summary = "make a service an ordinary load balancer again",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = remove_run,
};
