#include "cli_service.h"

#include "cleanup.h"
#include "cli_output.h"
#include "cli_view.h"
#include "driver.h"

static const struct cli_option options[] = {
    { "vip", 0, "VIP", "address, e.g. 10.0.0.100:80 (repeatable)" },
    { "backends", 0, "B,B...", "backends of the --vip before it" },
    { "protocol", 0, "PROTOCOL", "tcp (default), udp or sctp" },
    { "switch", 0, "NAME", "logical switch to attach it to (repeatable)" },
    { "router", 0, "NAME", "logical router to attach it to (repeatable)" },
    { "driver", 0, "DRIVER", "how its backends are started and stopped" },
    { "target", 0, "TARGET", "what the driver starts and stops" },
    { "wake-timeout", 0, "SECONDS", "time to wake, 1 to 3600 (60)" },
    { "hold", 0, "PACKETS", "held per VIP and chassis, 1 to 65536 (1024)" },
    { "on-fail", 0, "ACTION", "answer clients with reset (default) or drop" },
    { "needs", 0, "NAME,NAME...", "services that must be awake first" },
    { "drain", 0, "SECONDS", "time for connections to end, 0 to 3600 (2)" },
    { "wake-from", 0, "PREFIX,...", "only these addresses may wake it" },
    { "ignore-from", 0, "PREFIX,...", "these addresses may not" },
    { "wake-on", 0, "KIND,...", "of tcp, udp, sctp (default) and icmp" },
    { "wake-budget", 0, "RATE,...", "wakes, e.g. 60/1h,source:6/1h" },
    { "wake-after", 0, "N/TIME", "packets a source must send, e.g. 3/10s" },
    { "idle-after", 0, "SECONDS", "sleep after so long a silence" },
    { "min-awake", 0, "SECONDS", "be awake for that long first (0)" },
    { "idle-connections", 0, "WORD", "open ones: keep (default) or ignore" },
    { "idle-backoff", 0, "N", "wait up to N times longer if woken early (8)" },
    { "idle-dry-run", 0, "BOOL", "true: only say when it would sleep" },
    { "schedule", 0, "HOURS", "e.g. \"awake Mon-Fri 08:00-18:00\"" },
    { "asleep", 0, NULL, "from the start: its backends do not run" },
    { NULL, 0, NULL, NULL },
};

/* Options that set a key of external_ids to a number. */
struct number_option {
    const char *option;
    const char *key;
    unsigned int min, max;
};

static const struct number_option numbers[] = {
    { "wake-timeout", "rouse-wake-timeout", 1, 3600 },
    { "hold", "rouse-hold", 1, 65536 },
    { "drain", "rouse-drain", 0, 3600 },
};

/* Options that set a key to what admit_policy_check() takes. */
static const struct {
    const char *option;
    const char *key;
} admissions[] = {
    { "wake-from", "rouse-wake-from" },
    { "ignore-from", "rouse-ignore-from" },
    { "wake-on", "rouse-wake-on" },
    { "wake-budget", "rouse-wake-budget" },
    { "wake-after", "rouse-wake-after" },
};

/* What "add" is about to do. */
struct addition {
    const struct cli *cli;
    const char *name;
    bool exists;
    bool was_service;
    struct nb_admin_lb lb; /* If it exists. */
    struct nb_admin_add add;
};

static bool
take_numbers(struct addition *a)
{
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        const struct number_option *number = &numbers[i];
        const char *s = cli_value_get(a->cli, number->option);
        unsigned int value;

        if (s && !s[0]) {
            smap_replace(&a->add.policy, number->key, "");
        } else if (s) {
            if (s[0] == '-' || !str_to_uint(s, 10, &value)
                || value < number->min || value > number->max) {
                cli_error("--%s takes a whole number from %u to %u, not "
                          "\"%s\"",
                          number->option, number->min, number->max, s);
                return false;
            }
            smap_replace(&a->add.policy, number->key, s);
        }
    }
    return true;
}

static bool
take_admission(struct addition *a)
{
    for (size_t i = 0; i < ARRAY_SIZE(admissions); i++) {
        const char *s = cli_value_get(a->cli, admissions[i].option);
        char *problem OWNED_STRING
            = s && s[0] ? admit_policy_check(admissions[i].key, s) : NULL;

        if (problem) {
            cli_error("--%s: %s", admissions[i].option, problem);
            return false;
        } else if (s) {
            smap_replace(&a->add.policy, admissions[i].key, s);
        }
    }
    return true;
}

/* Options that set a key to what idle_policy_parse() takes. */
static const struct {
    const char *option;
    const char *key;
} idle_options[] = {
    { "idle-after", "rouse-idle-after" },
    { "min-awake", "rouse-min-awake" },
    { "idle-connections", "rouse-idle-connections" },
    { "idle-backoff", "rouse-idle-backoff" },
    { "idle-dry-run", "rouse-idle-dry-run" },
    { "schedule", "rouse-schedule" },
};

static bool
check_idle(const char *option, const char *key, const char *value)
{
    struct smap ids OWNED_SMAP = SMAP_INITIALIZER(&ids);
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;
    struct idle_policy policy;

    smap_add(&ids, key, value);
    idle_policy_parse(&ids, "", &policy, &diag);
    idle_policy_uninit(&policy);
    if (!diag_is_empty(&diag)) {
        cli_error("--%s: %.*s; %s", option,
                  (int) strcspn(diag.problem, ";"), diag.problem,
                  diag.remedy);
    }
    return diag_is_empty(&diag);
}

static bool
take_idle(struct addition *a)
{
    for (size_t i = 0; i < ARRAY_SIZE(idle_options); i++) {
        const char *option = idle_options[i].option;
        const char *key = idle_options[i].key;
        const char *s = cli_value_get(a->cli, option);

        if (s && s[0] && !check_idle(option, key, s)) {
            return false;
        } else if (s) {
            smap_replace(&a->add.policy, key, s);
        }
    }
    return true;
}

static bool
take_words(struct addition *a)
{
    const char *on_fail = cli_value_get(a->cli, "on-fail");
    const char *protocol = cli_value_get(a->cli, "protocol");
    const char *target = cli_value_get(a->cli, "target");
    const char *driver = cli_value_get(a->cli, "driver");

    if (on_fail && on_fail[0] && strcmp(on_fail, "reset")
        && strcmp(on_fail, "drop")) {
        cli_error("--on-fail takes reset or drop, not \"%s\"", on_fail);
        return false;
    }
    if (protocol && strcmp(protocol, "tcp") && strcmp(protocol, "udp")
        && strcmp(protocol, "sctp")) {
        cli_error("--protocol takes tcp, udp or sctp, not \"%s\"", protocol);
        return false;
    }
    if (driver && !driver_class_by_name(driver)) {
        struct ds known OWNED_DS = DS_EMPTY_INITIALIZER;

        for (size_t i = 0; driver_classes[i]; i++) {
            ds_put_format(&known, "%s%s", i ? ", " : "",
                          driver_classes[i]->name);
        }
        cli_error("there is no driver \"%s\"; there are: %s", driver,
                  ds_cstr(&known));
        return false;
    }
    if (on_fail) {
        smap_replace(&a->add.policy, "rouse-on-fail", on_fail);
    }
    if (target) {
        smap_replace(&a->add.policy, "rouse-target", target);
    }
    if (driver) {
        smap_replace(&a->add.policy, "rouse-driver", driver);
    }
    return true;
}

/* --vip and --backends come in pairs; the latter may be missing. */
static bool
take_vips(struct addition *a)
{
    const char *vip = NULL;

    for (size_t i = 0; i < a->cli->n_values; i++) {
        const struct cli_value *value = &a->cli->values[i];

        if (!strcmp(value->option->name, "vip")) {
            vip = value->arg;
            if (vip_find_key(&a->add.vips, vip)) {
                cli_error("VIP \"%s\" appears twice", vip);
                return false;
            }
            smap_add(&a->add.vips, vip, "");
        } else if (!strcmp(value->option->name, "backends")) {
            if (!vip) {
                cli_error("--backends \"%s\" needs a --vip before it, which "
                          "they belong to",
                          value->arg);
                return false;
            }
            smap_replace(&a->add.vips, vip, value->arg);
            vip = NULL;
        } else if (!strcmp(value->option->name, "switch")) {
            svec_add(&a->add.switches, value->arg);
        } else if (!strcmp(value->option->name, "router")) {
            svec_add(&a->add.routers, value->arg);
        }
    }
    return true;
}

static bool
check_vips(const struct addition *a)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &a->add.vips) {
        char *why OWNED_STRING = NULL;

        if (!vip_check(node->key, node->value, &why)) {
            cli_error("%s; write e.g. --vip 10.0.0.100:80 --backends "
                      "10.0.0.2:8080,10.0.0.3:8080",
                      why);
            return false;
        }
    }
    return true;
}

/* Follows the needs of 'svc' and looks for 'lb' among them: "a needs b needs
 * a" would never wake. */
static bool
needs_lead_to(const struct nb_admin *admin, const struct nb_service *svc,
              const struct uuid *lb, int depth)
{
    const char *need;
    size_t i;

    if (uuid_equals(&svc->uuid, lb)) {
        return true;
    }
    SVEC_FOR_EACH(i, need, &svc->needs)
    {
        struct nb_admin_lb next_lb;
        struct nb_service *next;
        bool found;

        if (depth > 16
            || nb_admin_find(admin, need, &next_lb) != NB_ADMIN_FOUND) {
            continue;
        }
        next = nb_service_parse(&next_lb.row);
        found = next && needs_lead_to(admin, next, lb, depth + 1);
        nb_service_free(next);
        if (found) {
            return true;
        }
    }
    return false;
}

static int
take_needs(struct addition *a, const struct nb_admin *admin)
{
    const char *needs = cli_value_get(a->cli, "needs");
    char *copy OWNED_STRING = xstrdup(needs ? needs : "");
    char *save = NULL;

    for (char *need = strtok_r(copy, ", \t", &save); need;
         need = strtok_r(NULL, ", \t", &save)) {
        struct nb_service *svc;
        bool circle;
        int status;

        if (!a->exists && !strcmp(need, a->name)) {
            cli_error("\"%s\" cannot need itself", need);
            return CLI_USAGE;
        }
        status = cli_service_find_service(admin, need, &svc);
        if (status) {
            return status;
        }
        circle = a->exists && needs_lead_to(admin, svc, &a->lb.row.uuid, 0);
        nb_service_free(svc);
        if (circle) {
            cli_error("\"%s\" cannot need \"%s\", which itself needs \"%s\": "
                      "neither would ever wake",
                      a->name, need, a->name);
            return CLI_USAGE;
        }
    }
    if (needs) {
        smap_replace(&a->add.policy, "rouse-needs", needs);
    }
    return CLI_OK;
}

/* A protocol belongs to a port. */
static bool
set_protocol(struct addition *a)
{
    const char *given = cli_value_get(a->cli, "protocol");
    const struct smap_node *node;
    bool has_port = false;

    if (a->exists) {
        const char *now = a->lb.row.protocol ? a->lb.row.protocol : "tcp";

        if (given && strcmp(given, now)) {
            cli_error("load balancer \"%s\" exists and its protocol is %s; "
                      "change it with ovn-nbctl set load_balancer",
                      a->name, now);
            return false;
        }
        return true;
    }
    SMAP_FOR_EACH (node, &a->add.vips) {
        struct endpoint ep;

        has_port |= endpoint_parse(node->key, &ep) && ep.port;
    }
    if (given && !has_port) {
        cli_error("--protocol %s needs a VIP with a port, e.g. --vip "
                  "10.0.0.100:80",
                  given);
        return false;
    }
    a->add.protocol = has_port ? xstrdup(given ? given : "tcp") : NULL;
    return true;
}

/* Asks the driver whether it can work with this at all. */
static bool
check_driver(struct addition *a)
{
    struct smap vips OWNED_SMAP = SMAP_INITIALIZER(&vips);
    const struct smap *ids = a->exists ? a->lb.row.external_ids : NULL;
    const char *protocol = a->exists ? a->lb.row.protocol : a->add.protocol;
    const char *name = smap_get(&a->add.policy, "rouse-driver");
    const char *target = smap_get(&a->add.policy, "rouse-target");
    const struct driver_class *class;
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;
    const struct smap_node *node;

    name = name ? name : ids ? smap_get(ids, "rouse-driver") : NULL;
    target = target ? target : ids ? smap_get(ids, "rouse-target") : NULL;
    if (!name) {
        cli_error("\"%s\" needs a driver to be a service; choose one with "
                  "--driver (\"rouse service add --help\" lists them)",
                  a->name);
        return false;
    }
    class = driver_class_by_name(name);
    a->add.needs_backends = class && class->restores_backends;
    if (a->exists) {
        smap_clone(&vips, a->lb.row.vips);
    }
    SMAP_FOR_EACH (node, &a->add.vips) {
        smap_replace(&vips, node->key, node->value);
    }
    if (class && class->check
        && !class->check(&(struct driver_config) {.exec_dir = NULL},
                         &(struct driver_service) {
                             .name = a->name,
                             .target = target ? target : "",
                             .protocol = protocol ? protocol : "tcp",
                             .backends = &vips,
                             .vips = &vips,
                         },
                         &diag)) {
        cli_error("--target: %s%s%s", diag.problem ? diag.problem : "invalid",
                  diag.remedy ? "; " : "", diag.remedy ? diag.remedy : "");
        return false;
    }
    return true;
}

/* Finds the load balancer, if it exists. */
static int
look_up(struct addition *a, const struct nb_admin *admin)
{
    struct uuid uuid;

    if (nb_admin_find(admin, a->name, &a->lb) == NB_ADMIN_NONE
        && !uuid_from_string(&uuid, a->name)) {
        a->add.name = xstrdup(a->name);
        return CLI_OK;
    }

    int status = cli_service_find(admin, a->name, &a->lb);
    if (!status) {
        a->exists = true;
        a->was_service = smap_get(a->lb.row.external_ids, "rouse-driver");
        a->add.lb = a->lb.row.uuid;
    }
    return status;
}

/* Says what the user may not expect. */
static void
print_notes(const struct addition *a, bool has_reject, bool is_attached)
{
    if (has_reject) {
        cli_error("note: options:reject is on; it goes off while \"%s\" "
                  "sleeps and comes back when it is awake",
                  a->name);
    }
    if (!is_attached) {
        cli_error("note: \"%s\" is on no switch or router yet, so no packet "
                  "reaches it; attach it with --switch or --router, or with "
                  "ovn-nbctl ls-lb-add or lr-lb-add",
                  a->name);
    }
}

static void
report(const struct addition *a, const struct nb_admin *admin)
{
    struct svec places = SVEC_EMPTY_INITIALIZER;
    struct nb_service *svc = NULL;
    struct nb_admin_lb lb;

    if (nb_admin_find(admin, a->name, &lb) == NB_ADMIN_FOUND) {
        svc = nb_service_parse(&lb.row);
    }
    if (!svc) {
        /* Somebody was faster in taking it away. */
        return;
    }
    nb_admin_places(admin, &svc->uuid, &places, &places, &places);
    print_notes(a, smap_get_bool(lb.options, "reject", false), places.n > 0);
    if (a->cli->json) {
        struct json *object = cli_view_service_json(svc);

        json_object_put(object, "created", json_boolean_create(!a->exists));
        cli_json_print_take(&object);
    } else {
        printf("%s: %s, %s\n", a->name,
               a->was_service ? "changed"
               : a->exists    ? "now a service"
                              : "created",
               service_state_name(cli_view_state(svc)));
    }
    nb_service_free(svc);
    svec_destroy(&places);
}

static int
add(struct addition *a, struct cli_conn *conn)
{
    int status = look_up(a, conn->admin);

    if (!status) {
        status = take_needs(a, conn->admin);
    }
    if (status) {
        return status;
    }
    if (!set_protocol(a) || !check_driver(a)) {
        return CLI_USAGE;
    }
    a->add.asleep = cli_value_is_set(a->cli, "asleep");
    nb_admin_add_take(conn->admin, &a->add);
    status = cli_service_commit(conn, a->cli);
    if (!status) {
        report(a, conn->admin);
    }
    return status;
}

static int
add_run(struct cli *cli)
{
    struct addition a = {.cli = cli, .name = cli->operands[0]};
    struct cli_conn conn = {.nb = NULL};
    int status = CLI_USAGE;

    nb_admin_add_init(&a.add);
    if (!a.name[0]) {
        cli_error("a service needs a name");
    } else if (take_numbers(&a) && take_admission(&a) && take_idle(&a)
               && take_words(&a) && take_vips(&a)
               && check_vips(&a)) {
        status = cli_conn_open(&conn, cli, CLI_NEED_ADMIN, 0);
        if (!status) {
            status = add(&a, &conn);
        }
        cli_conn_close(&conn);
    }
    nb_admin_add_uninit(&a.add);
    return status;
}

static void
add_help(struct ds *out)
{
    ds_put_cstr(out, "\nDrivers:\n");
    for (size_t i = 0; driver_classes[i]; i++) {
        ds_put_format(out, "  %-10s  %s\n", driver_classes[i]->name,
                      driver_classes[i]->summary);
    }
}

const struct cli_command cli_service_add = {
    .name = "service add",
    .operands = "NAME",
    .summary = "make a load balancer a service, or change its policy",
    .details = "Without a load balancer NAME (its name or UUID), one is made "
               "from --vip and\n--backends.  An empty argument sets an "
               "option back to its default.\n",
    .help = add_help,
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = add_run,
};
