/* Packets through flows, as data.
 *
 * Each file packets/NAME.rt is a network and questions, a line each:
 *
 *   switch NAME KEY            router NAME KEY
 *   port DATAPATH KEY NAME     peer PORT PORT
 *   redirect DATAPATH KEY NAME PORT
 *   group DATAPATH KEY NAME PORT...
 *   set NAME ADDRESS...        security PORT MAC ADDRESS...
 *   known-mac PORT ADDRESS MAC
 *   known-fdb DATAPATH MAC PORT
 *   backends DATAPATH IP:PORT,...
 *   dns DATAPATH NAME ADDRESS...
 *   flow DATAPATH ingress|egress STAGE PRIORITY MATCH => ACTIONS
 *   packet MICROFLOW
 *   time SECONDS               (passes)
 *
 * and, behind a packet, its whole verdict, in order:
 *
 *   output PORT [: MATCH]      (MATCH holds for the packet that left)
 *   drop REASON                event NAME, punt NAME, log, mac PORT,
 *   depends FIELD              fdb PORT, bind PORT
 *   independent FIELD */

#include "unit.h"

#include <dirent.h>
#include <errno.h>

#include "netload.h"
#include "packet_spec.h"
#include "packet_twins.h"
#include "pipeline.h"
#include "question.h"

struct script {
    const char *file;
    int line;
    struct network *network;
    struct pipeline *pipeline;
    struct pipe_verdict verdict;
    bool has_verdict;
    size_t n_expected; /* Effects of the verdict that were named. */
    long long now_ms;
    struct twins twins;
};

#define script_assert(SCRIPT, CONDITION, FORMAT, ...)                         \
    assert_case(CONDITION, "%s:%d: " FORMAT, (SCRIPT)->file, (SCRIPT)->line,  \
                ##__VA_ARGS__)

static char *
word(char **rest)
{
    char *w = strsep(rest, " ");

    while (w && !*w) {
        w = strsep(rest, " ");
    }
    return w ? w : "";
}

static const char *
describe(const struct pipe_effect *e)
{
    static const char *const names[] = {
        [EFFECT_OUTPUT] = "output", [EFFECT_MAC] = "mac",
        [EFFECT_FDB] = "fdb", [EFFECT_EVENT] = "event",
        [EFFECT_BIND] = "bind", [EFFECT_PUNT] = "punt",
        [EFFECT_LOG] = "log", [EFFECT_DROP] = "drop",
    };

    return names[e->type];
}

static void
end_verdict(struct script *s)
{
    if (!s->has_verdict) {
        return;
    }
    for (size_t i = s->n_expected; i < s->verdict.n; i++) {
        const struct pipe_effect *e = &s->verdict.effects[i];

        script_assert(s, false, "before this line, unexpected: %s %s",
                      describe(e), e->port ? e->port->name
                      : e->type == EFFECT_DROP ? drop_reason_name(e->reason)
                      : "");
    }
    pipe_verdict_uninit(&s->verdict);
    s->has_verdict = false;
}

static struct net_datapath *
find_datapath(struct script *s, const char *name)
{
    for (uint32_t key = 1; key < 100; key++) {
        struct net_datapath *dp = network_find_datapath(s->network, key);

        if (dp && !strcmp(dp->name, name)) {
            return dp;
        }
    }
    script_assert(s, false, "no datapath \"%s\"", name);
    return NULL;
}

static struct net_port *
find_port(struct script *s, const char *name)
{
    struct net_port *port = network_find_port(s->network, name);

    script_assert(s, port != NULL, "no port \"%s\"", name);
    return port;
}

static void
do_packet(struct script *s, const char *microflow)
{
    const struct net_port *inport;
    char *error = NULL;
    struct dp_packet *packet = question_packet(s->network, NULL, microflow,
                                               &inport, &error);

    end_verdict(s);
    script_assert(s, packet != NULL, "%s", error);
    ltables_publish(network_tables(s->network));
    twins_check(&s->twins, microflow, packet, inport, s->now_ms);
    pipe_verdict_init(&s->verdict);
    s->has_verdict = true;
    s->n_expected = 0;
    pipeline_run(s->pipeline, &packet, inport, s->now_ms, NULL, &s->verdict);
    ovsrcu_quiesce();
}

static struct pipe_effect *
next_effect(struct script *s, enum pipe_effect_type type)
{
    script_assert(s, s->n_expected < s->verdict.n, "nothing of the kind "
                  "happened any more");

    struct pipe_effect *e = &s->verdict.effects[s->n_expected++];
    script_assert(s, e->type == type, "instead: %s %s%s", describe(e),
                  e->port ? e->port->name : "",
                  e->type == EFFECT_DROP ? drop_reason_name(e->reason) : "");
    return e;
}

static void
expect_output(struct script *s, char *rest)
{
    struct pipe_effect *e = next_effect(s, EFFECT_OUTPUT);
    const char *port = word(&rest);
    struct flow flow;

    script_assert(s, !strcmp(e->port->name, port), "it left by %s",
                  e->port->name);
    flow_extract(e->packet, &flow);

    const char *problem = is_ip_any(&flow) ? packet_check(e->packet) : NULL;
    script_assert(s, !problem, "bad packet: %s", problem);
    if (rest && !strcmp(word(&rest), ":")) {
        char *error = NULL;
        struct expr *expr = expr_parse(rest, network_symtab(s->network),
                                       &error);

        script_assert(s, expr != NULL, "%s", error);
        script_assert(s, expr_evaluate(expr, &lenv_empty, 0, &flow),
                      "it left as %s", flow_to_string(&flow, NULL));
        expr_free(expr);
    }
}

static void
expect_wildcard(struct script *s, const char *name, bool depends)
{
    const struct symbol *symbol = symtab_find(network_symtab(s->network),
                                              name);
    script_assert(s, symbol != NULL, "no field \"%s\"", name);

    struct lfield field = { .symbol = symbol, .width = symbol->width };
    ovs_u128 mask = lfield_read(&field, &s->verdict.wc.masks);
    script_assert(s, ovs_u128_is_zero(mask) == !depends,
                  "mask 0x%"PRIx64"%016"PRIx64, mask.u64.hi, mask.u64.lo);
}

static bool
do_expectation(struct script *s, const char *command, char *rest)
{
    static const struct {
        const char *name;
        enum pipe_effect_type type;
    } by_port[] = {
        { "mac", EFFECT_MAC }, { "fdb", EFFECT_FDB }, { "bind", EFFECT_BIND },
    };

    for (size_t i = 0; i < ARRAY_SIZE(by_port); i++) {
        if (!strcmp(command, by_port[i].name)) {
            struct pipe_effect *e = next_effect(s, by_port[i].type);

            script_assert(s, !strcmp(e->port->name, word(&rest)), "of %s",
                          e->port->name);
            return true;
        }
    }
    if (!strcmp(command, "output")) {
        expect_output(s, rest);
    } else if (!strcmp(command, "drop")) {
        struct pipe_effect *e = next_effect(s, EFFECT_DROP);

        script_assert(s, !strcmp(drop_reason_name(e->reason), word(&rest)),
                      "dropped: %s", drop_reason_name(e->reason));
    } else if (!strcmp(command, "log")) {
        next_effect(s, EFFECT_LOG);
    } else if (!strcmp(command, "event") || !strcmp(command, "punt")) {
        struct pipe_effect *e = next_effect(
            s, *command == 'e' ? EFFECT_EVENT : EFFECT_PUNT);

        script_assert(s, !strcmp(e->event->name, word(&rest)), "it is %s",
                      e->event->name);
    } else if (!strcmp(command, "depends")) {
        expect_wildcard(s, word(&rest), true);
    } else if (!strcmp(command, "independent")) {
        expect_wildcard(s, word(&rest), false);
    } else {
        return false;
    }
    return true;
}

static void
do_flow(struct script *s, char *rest)
{
    struct ldatapath *dp = find_datapath(s, word(&rest))->flows;
    bool egress = !strcmp(word(&rest), "egress");
    struct lflow_desc desc = {
        .datapaths = &dp, .n_datapaths = 1,
        .pipeline = egress ? PIPELINE_EGRESS : PIPELINE_INGRESS,
        .stage = atoi(word(&rest)), .priority = atoi(word(&rest)),
    };
    char *arrow = strstr(rest, "=>");
    char *error = NULL;

    script_assert(s, arrow != NULL, "no =>");
    *arrow = '\0';
    desc.match = rest;
    desc.actions = arrow + 2;
    uuid_generate(&desc.uuid);
    script_assert(s, ltables_add(network_tables(s->network), &desc, &error)
                     != NULL, "%s", error);
}

static void
do_group(struct script *s, char *rest)
{
    struct net_datapath *dp = find_datapath(s, word(&rest));
    uint32_t key = atoi(word(&rest));
    const char *name = word(&rest);
    struct net_port *ports[16];
    size_t n = 0;

    while (rest) {
        ports[n++] = find_port(s, word(&rest));
    }
    network_add_group(s->network, dp, key, name, ports, n);
}

static void
do_mac(struct script *s, char *rest)
{
    struct net_port *port = find_port(s, word(&rest));
    const char *ip = word(&rest);
    struct net_mac mac;
    ovs_be32 ip4;

    if (ip_parse(ip, &ip4)) {
        in6_addr_set_mapped_ipv4(&mac.ip, ip4);
    } else {
        script_assert(s, ipv6_parse(ip, &mac.ip), "bad address");
    }
    script_assert(s, eth_addr_from_string(word(&rest), &mac.mac), "bad MAC");
    network_set_mac(s->network, port, &mac);
}

static bool
do_port(struct script *s, const char *command, char *rest)
{
    if (!strcmp(command, "port") || !strcmp(command, "redirect")) {
        struct net_datapath *dp = find_datapath(s, word(&rest));
        uint32_t key = atoi(word(&rest));
        struct net_port *port = network_add_port(
            s->network, dp, key, word(&rest),
            *command == 'p' ? PORT_VIF : PORT_CHASSIS_REDIRECT);

        port->distributed = *command == 'p' ? NULL
                            : find_port(s, word(&rest));
    } else if (!strcmp(command, "peer")) {
        struct net_port *a = find_port(s, word(&rest));
        struct net_port *b = find_port(s, word(&rest));

        net_port_set_type(a, PORT_PATCH);
        net_port_set_type(b, PORT_PATCH);
        net_port_set_peers(a, b);
    } else if (!strcmp(command, "security")) {
        struct net_port *port = find_port(s, word(&rest));

        script_assert(s, !net_port_set_security(port, &rest, 1),
                      "bad security");
    } else {
        return false;
    }
    return true;
}

static void
do_set(struct script *s, char *rest)
{
    const char *name = word(&rest);
    char *addresses[16];
    size_t n = 0;

    while (rest) {
        addresses[n++] = word(&rest);
    }
    network_set_address_set(s->network, name, addresses, n);
}

static void
do_command(struct script *s, const char *command, char *rest)
{
    if (!strcmp(command, "switch") || !strcmp(command, "router")) {
        const char *name = word(&rest);
        struct uuid uuid;

        uuid_generate(&uuid);
        network_add_datapath(s->network, &uuid, atoi(word(&rest)), name,
                             *command == 'r');
    } else if (do_port(s, command, rest)) {
        return;
    } else if (!strcmp(command, "group")) {
        do_group(s, rest);
    } else if (!strcmp(command, "set")) {
        do_set(s, rest);
    } else if (!strcmp(command, "backends")) {
        struct net_datapath *dp = find_datapath(s, word(&rest));

        script_assert(s, net_datapath_add_backends(dp, word(&rest)),
                      "bad backends");
    } else if (!strcmp(command, "dns")) {
        struct net_datapath *dp = find_datapath(s, word(&rest));
        const char *name = word(&rest);

        net_datapath_set_dns(dp, name, rest);
    } else if (!strcmp(command, "flow")) {
        do_flow(s, rest);
    } else if (!strcmp(command, "known-mac")) {
        do_mac(s, rest);
    } else if (!strcmp(command, "known-fdb")) {
        struct net_datapath *dp = find_datapath(s, word(&rest));
        struct eth_addr mac;

        script_assert(s, eth_addr_from_string(word(&rest), &mac), "bad MAC");
        network_set_fdb(s->network, dp, mac,
                        find_port(s, word(&rest))->key);
    } else if (!strcmp(command, "time")) {
        s->now_ms += 1000LL * atoi(word(&rest));
    } else if (!strcmp(command, "packet")) {
        do_packet(s, rest);
    } else {
        script_assert(s, s->has_verdict && do_expectation(s, command, rest),
                      "what is \"%s\"?", command);
    }
}

static void
run_script(const char *file)
{
    /* Not before real time: conntrack's own thread would call connections
     * expired. */
    struct script s = { .file = file, .now_ms = time_msec() };
    struct ds line = DS_EMPTY_INITIALIZER;
    FILE *stream = fopen(file, "r");

    assert_case(stream != NULL, "%s: %s", file, strerror(errno));
    s.network = network_new();
    s.pipeline = pipeline_new(s.network);
    twins_init(&s.twins, s.network);
    while (!ds_get_line(&line, stream)) {
        char *rest = ds_cstr(&line);

        s.line++;
        rest += strspn(rest, " ");
        if (*rest && *rest != '#') {
            const char *command = word(&rest);

            do_command(&s, command, rest ? rest : "");
        }
    }
    end_verdict(&s);
    fclose(stream);
    ds_destroy(&line);
    twins_uninit(&s.twins);
    pipeline_free(s.pipeline);
    network_free(s.network);
}

static void
packets(void **state OVS_UNUSED)
{
    const char *directory = getenv("PACKETS");
    struct dirent **entries;
    int n = scandir(directory, &entries, NULL, alphasort);
    int n_scripts = 0;

    assert_case(n > 0, "%s: %s", directory, strerror(errno));
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;

        if (strlen(name) > 3 && !strcmp(name + strlen(name) - 3, ".rt")) {
            char *file = xasprintf("%s/%s", directory, name);

            run_script(file);
            free(file);
            n_scripts++;
        }
        free(entries[i]);
    }
    free(entries);
    assert_true(n_scripts > 0);
}

int
main(int argc OVS_UNUSED, char *argv[])
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(packets) };

    set_program_name(argv[0]);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    int failed = cmocka_run_group_tests_name("packets", tests, NULL, NULL);
    ovsrcu_exit();
    return failed;
}
