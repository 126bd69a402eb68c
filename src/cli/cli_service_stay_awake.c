#include "cli_service.h"

#include "cleanup.h"
#include "cli_output.h"
#include "timefmt.h"

#define YEAR_S (366LL * 24 * 3600)

/* "90", "90s", "15m", "8h", "2d". */
static bool
parse_duration(const char *s, long long int *seconds)
{
    static const struct {
        char letter;
        int seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    size_t len = strlen(s);
    char *digits OWNED_STRING = xstrdup(s);
    long long int factor = 1;

    for (size_t i = 0; len && i < ARRAY_SIZE(units); i++) {
        if (s[len - 1] == units[i].letter) {
            factor = units[i].seconds;
            digits[len - 1] = '\0';
        }
    }
    if (!str_to_llong(digits, 10, seconds) || *seconds < 1
        || *seconds > YEAR_S) {
        return false;
    }
    *seconds *= factor;
    return *seconds <= YEAR_S;
}

/* The value of rouse-stay-awake, the caller's: "" takes it away.  NULL if the
 * options make no sense. */
static char *
make_veto(const struct cli *cli)
{
    const char *for_ = cli_value_get(cli, "for");
    bool end = cli_value_is_set(cli, "end");
    long long int seconds;

    if (for_ && end) {
        cli_error("--for and --end exclude each other");
        return NULL;
    } else if (end) {
        return xstrdup("");
    } else if (!for_) {
        return xstrdup("always");
    } else if (!parse_duration(for_, &seconds)) {
        cli_error("--for takes a time such as 90s, 15m, 8h or 2d, up to a "
                  "year, not \"%s\"", for_);
        return NULL;
    }
    return timefmt_rfc3339(time_wall_msec() + seconds * 1000);
}

static int
change(const struct cli *cli, struct cli_conn *conn, const char *veto)
{
    for (size_t i = 0; i < cli->n_operands; i++) {
        struct nb_admin_add add;
        struct nb_service *svc;
        int status = cli_service_find_service(conn->admin, cli->operands[i],
                                              &svc);

        if (status) {
            return status;
        }
        nb_admin_add_init(&add);
        add.lb = svc->uuid;
        smap_replace(&add.policy, "rouse-stay-awake", veto);
        nb_admin_add_take(conn->admin, &add);
        nb_admin_add_uninit(&add);
        nb_service_free(svc);
    }
    return cli_service_commit(conn, cli);
}

static void
print(const struct cli *cli, const char *veto)
{
    struct json *array;

    if (!cli->json) {
        for (size_t i = 0; i < cli->n_operands; i++) {
            if (!veto[0]) {
                printf("%s: may sleep\n", cli->operands[i]);
            } else if (!strcmp(veto, "always")) {
                printf("%s: stays awake\n", cli->operands[i]);
            } else {
                printf("%s: stays awake until %s\n", cli->operands[i], veto);
            }
        }
        return;
    }
    array = json_array_create_empty();
    for (size_t i = 0; i < cli->n_operands; i++) {
        struct json *object = json_object_create();

        json_object_put_string(object, "name", cli->operands[i]);
        json_object_put(object, "stay_awake",
                        cli_json_string(veto[0] ? veto : NULL));
        json_array_add(array, object);
    }
    cli_json_print_take(&array);
}

static int
stay_awake_run(struct cli *cli)
{
    char *veto OWNED_STRING = make_veto(cli);
    struct cli_conn conn;
    int status;

    if (!veto) {
        return CLI_USAGE;
    }
    status = cli_conn_open(&conn, cli, CLI_NEED_ADMIN, 0);
    if (!status) {
        status = change(cli, &conn, veto);
    }
    if (!status) {
        print(cli, veto);
    }
    cli_conn_close(&conn);
    return status;
}

static const struct cli_option options[] = {
    { "for", 0, "TIME", "that long, e.g. 90s, 15m, 8h, 2d (for ever)" },
    { "end", 0, NULL, "they may sleep again" },
    { NULL, 0, NULL, NULL },
};

const struct cli_command cli_service_stay_awake = {
    .name = "service stay-awake",
    .operands = "NAME...",
    .summary = "keep services from going to sleep by themselves",
    .details = "Does not wake one that sleeps, nor keep \"rouse service "
               "idle\" from idling it.\n",
    .options = options,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = stay_awake_run,
};
