/* Packets through flows, as data: packet_script FILE...
 *
 * A file packets/NAME.rt or actions/act_NAME.rt is a network and questions, a
 * line each (and lines of action_script.h):
 *
 *   switch NAME KEY            router NAME KEY
 *   port DATAPATH KEY NAME     peer PORT PORT
 *   redirect DATAPATH KEY NAME PORT
 *   group DATAPATH KEY NAME PORT...
 *   set NAME ADDRESS...        security PORT MAC ADDRESS...
 *   known-mac PORT ADDRESS MAC
 *   known-fdb DATAPATH MAC PORT
 *   backends DATAPATH IP:PORT,...
 *   hairpin DATAPATH VIP IP      (options:hairpin_snat_ip)
 *   dns DATAPATH NAME ADDRESS...
 *   flow DATAPATH ingress|egress STAGE PRIORITY MATCH => ACTIONS
 *   type PORT TYPE             (of Port_Binding)
 *   resident PORT yes|no
 *   time SECONDS               (passes)
 *   expire                     (what was learned and is too old goes)
 *   suppose [FLAG,...]...      (connections as these, not real ones)
 *   payload HEX                (of the next packet, behind its headers)
 *   packet MICROFLOW
 *   frame PORT HEX             (with lengths and checksums put right)
 *   raw-frame PORT HEX         (as it is)
 *   again                      (the same packet)
 *   end MICROFLOW              (its connection: pipeline_end_connection())
 *
 * and, behind a packet, its whole verdict, in order:
 *
 *   output PORT [: MATCH]      (MATCH holds for the packet that left)
 *   drop REASON                event NAME, punt NAME, log, mac PORT,
 *                              fdb PORT, bind PORT
 *
 * and of the packet that was named last, or of the verdict:
 *
 *   bytes OFS HEX              (from the layer 4 header on)
 *   l4-size N                  queue N
 *   argument KEY VALUE         (of an event or log)
 *   depends FIELD              independent FIELD
 *   dependencies WORD...       (ct, macs, fdb, time, size, bytes: all)
 *   learn                      (MAC_Binding and FDB take what was learned) */

#include "unit.h"

#include <errno.h>

#include "action_script.h"
#include "lex.h"
#include "packet_spec.h"
#include "packet_twins.h"
#include "pipeline.h"
#include "question.h"
#include "still_pipeline.h"
#include "verdict_check.h"

struct script {
    const char *file;
    int line;
    struct network *network;
    struct pipeline *pipeline;
    struct pipe_verdict verdict;
    bool has_verdict;
    size_t n_expected; /* Effects of the verdict that were named. */
    long long now_ms;
    struct dp_packet *packet; /* The last one that was sent, or NULL. */
    const struct net_port *inport; /* Of 'packet'. */
    bool is_raw; /* Nobody put 'packet' right. */
    struct dp_packet payload; /* Of the next. */
    struct pipe_supposition supposition;
    uint8_t ct_states[16];
    struct twins twins;
    struct action_script actions;
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

/* Sends a copy of 's->packet'. */
static void
send_packet(struct script *s)
{
    struct dp_packet *packet = dp_packet_clone(s->packet);
    struct verdict_watch watch;
    char *where = xasprintf("%s:%d", s->file, s->line);

    ltables_publish(network_tables(s->network));
    twins_check(&s->twins, where, packet, s->inport, s->now_ms);
    free(where);
    pipe_verdict_init(&s->verdict);
    s->has_verdict = true;
    s->n_expected = 0;
    verdict_watch_init(&watch, packet);
    pipeline_run(s->pipeline, &packet, s->inport, s->now_ms, &watch.observer,
                 &s->verdict);
    ovsrcu_quiesce();

    char *problem = verdict_check(&watch, &s->verdict);
    script_assert(s, !problem, "%s", problem);
}

static void
do_packet(struct script *s, const char *microflow)
{
    char *error = NULL;

    dp_packet_delete(s->packet);
    s->packet = question_packet(s->network, NULL, microflow, &s->inport,
                                &error);
    script_assert(s, s->packet != NULL, "%s", error);
    s->is_raw = false;
    dp_packet_put(s->packet, dp_packet_data(&s->payload),
                  dp_packet_size(&s->payload));
    if (dp_packet_size(&s->payload)) {
        packet_finish(s->packet);
        dp_packet_clear(&s->payload);
    }
    send_packet(s);
}

static void
do_frame(struct script *s, char *rest, bool raw)
{
    s->inport = find_port(s, word(&rest));
    dp_packet_delete(s->packet);
    s->packet = dp_packet_new(128);
    s->is_raw = raw;
    packet_put_hex(s->packet, rest);
    if (!raw) {
        packet_finish(s->packet);
    }
    send_packet(s);
}

static void
do_end(struct script *s, const char *microflow)
{
    const struct net_port *inport;
    char *error = NULL;
    struct dp_packet *packet = question_packet(s->network, NULL, microflow,
                                               &inport, &error);

    script_assert(s, packet != NULL, "%s", error);
    pipeline_end_connection(s->pipeline, &packet, inport, s->now_ms);
    ovsrcu_quiesce();
}

/* "suppose new est,rpl": in turn; nothing ends it. */
static void
do_suppose(struct script *s, char *rest)
{
    struct pipe_supposition *supposition = &s->supposition;

    *supposition = (struct pipe_supposition) { .select_id = -1 };
    while (rest && *rest) {
        char *flags = word(&rest);
        uint32_t state;
        struct ds error = DS_EMPTY_INITIALIZER;

        script_assert(s, parse_ct_state(flags, 0, &state, &error), "%s",
                      ds_cstr(&error));
        s->ct_states[supposition->n_ct_states++] = state;
    }
    supposition->ct_states = s->ct_states;
    pipeline_suppose(s->pipeline, supposition);
    s->twins.supposition = supposition;
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

    const char *problem = (is_ip_any(&flow) && !s->is_raw
                           ? packet_check(e->packet) : NULL);
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
    struct lfield field;
    struct lex lex;

    lex_init(&lex, name);
    script_assert(s, lfield_parse(&lex, network_symtab(s->network), &field),
                  "no field \"%s\"", name);
    lex_uninit(&lex);

    ovs_u128 mask = lfield_read(&field, &s->verdict.wc.masks);
    script_assert(s, ovs_u128_is_zero(mask) == !depends,
                  "mask 0x%"PRIx64"%016"PRIx64, mask.u64.hi, mask.u64.lo);
}

static const struct pipe_effect *
last_effect(struct script *s)
{
    script_assert(s, s->n_expected > 0, "of what?");
    return &s->verdict.effects[s->n_expected - 1];
}

static void
expect_bytes(struct script *s, char *rest)
{
    const struct pipe_effect *e = last_effect(s);
    size_t ofs = atoi(word(&rest));
    struct dp_packet want;
    struct flow flow;

    script_assert(s, e->packet != NULL, "there is no packet");
    flow_extract(e->packet, &flow);
    dp_packet_init(&want, 64);
    packet_put_hex(&want, rest);
    size_t size = dp_packet_size(&want);
    script_assert(s, ofs + size <= dp_packet_l4_size(e->packet),
                  "there are only %"PRIuSIZE" bytes",
                  dp_packet_l4_size(e->packet));
    const char *at = (const char *) dp_packet_l4(e->packet) + ofs;
    if (memcmp(at, dp_packet_data(&want), size)) {
        ovs_hex_dump(stderr, at, size, ofs, true);
        script_assert(s, false, "these are the bytes");
    }
    dp_packet_uninit(&want);
}

static void
expect_argument(struct script *s, char *rest)
{
    const struct pipe_effect *e = last_effect(s);
    const char *key = word(&rest);

    script_assert(s, e->event != NULL, "that has no arguments");
    const char *value = !strcmp(key, "meter") ? e->event->meter
                        : smap_get(&e->event->args, key);
    script_assert(s, value && rest && !strcmp(value, rest), "it is \"%s\"",
                  value ? value : "(nothing)");
}

static void
expect_dependencies(struct script *s, char *rest)
{
    static const char *const names[] = {
        "ct", "macs", "fdb", "time", "size", "bytes",
    };
    unsigned int want = 0;

    while (rest && *rest) {
        const char *name = word(&rest);
        size_t i = 0;

        while (i < ARRAY_SIZE(names) && strcmp(name, names[i])) {
            i++;
        }
        script_assert(s, i < ARRAY_SIZE(names), "what is \"%s\"?", name);
        want |= 1u << i;
    }
    script_assert(s, s->verdict.dependencies == want, "it depends on 0x%x",
                  s->verdict.dependencies);
}

static void
learn(struct script *s)
{
    for (size_t i = 0; i < s->verdict.n; i++) {
        const struct pipe_effect *e = &s->verdict.effects[i];

        if (e->type == EFFECT_MAC) {
            network_set_mac(s->network, e->port, &e->mac);
        } else if (e->type == EFFECT_FDB) {
            network_set_fdb(s->network, e->port->datapath, e->mac.mac,
                            e->port->key);
        }
    }
}

static bool
do_detail(struct script *s, const char *command, char *rest)
{
    if (!strcmp(command, "bytes")) {
        expect_bytes(s, rest);
    } else if (!strcmp(command, "argument")) {
        expect_argument(s, rest);
    } else if (!strcmp(command, "dependencies")) {
        expect_dependencies(s, rest);
    } else if (!strcmp(command, "learn")) {
        learn(s);
    } else if (!strcmp(command, "queue")) {
        script_assert(s, last_effect(s)->queue == atoi(rest), "it is %d",
                      last_effect(s)->queue);
    } else if (!strcmp(command, "l4-size")) {
        size_t size = dp_packet_l4_size(last_effect(s)->packet);

        script_assert(s, size == atoi(rest), "it is %"PRIuSIZE, size);
    } else {
        return false;
    }
    return true;
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
        return do_detail(s, command, rest);
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
    } else if (!strcmp(command, "type")) {
        struct net_port *port = find_port(s, word(&rest));

        net_port_set_type(port, !strcmp(rest, "l3gateway") ? PORT_L3GATEWAY
                          : !strcmp(rest, "localnet") ? PORT_LOCALNET
                          : PORT_OTHER);
    } else if (!strcmp(command, "resident")) {
        struct net_port *port = find_port(s, word(&rest));

        net_port_set_resident(s->network, port, !strcmp(rest, "yes"));
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

/* What sends a packet, or is about sending. */
static bool
do_sending(struct script *s, const char *command, char *rest)
{
    if (!strcmp(command, "packet")) {
        end_verdict(s);
        do_packet(s, rest);
    } else if (!strcmp(command, "frame") || !strcmp(command, "raw-frame")) {
        end_verdict(s);
        do_frame(s, rest, *command == 'r');
    } else if (!strcmp(command, "again")) {
        end_verdict(s);
        script_assert(s, s->packet != NULL, "no packet yet");
        send_packet(s);
    } else if (!strcmp(command, "end")) {
        end_verdict(s);
        do_end(s, rest);
    } else if (!strcmp(command, "payload")) {
        dp_packet_clear(&s->payload);
        packet_put_hex(&s->payload, rest);
    } else if (!strcmp(command, "suppose")) {
        do_suppose(s, rest);
    } else if (!strcmp(command, "time")) {
        s->now_ms += 1000LL * atoi(word(&rest));
    } else if (!strcmp(command, "expire")) {
        pipeline_expire(s->pipeline, s->now_ms);
    } else {
        return false;
    }
    return true;
}

/* What the network knows. */
static bool
do_fact(struct script *s, const char *command, char *rest)
{
    if (!strcmp(command, "backends")) {
        struct net_datapath *dp = find_datapath(s, word(&rest));

        script_assert(s, net_datapath_add_backends(dp, word(&rest)),
                      "bad backends");
    } else if (!strcmp(command, "hairpin")) {
        struct net_datapath *dp = find_datapath(s, word(&rest));
        const char *vip = word(&rest);

        script_assert(s, net_datapath_set_hairpin(dp, vip, rest),
                      "bad hairpin");
    } else if (!strcmp(command, "dns")) {
        struct net_datapath *dp = find_datapath(s, word(&rest));
        const char *name = word(&rest);

        net_datapath_set_dns(dp, name, rest);
    } else if (!strcmp(command, "known-mac")) {
        do_mac(s, rest);
    } else if (!strcmp(command, "known-fdb")) {
        struct net_datapath *dp = find_datapath(s, word(&rest));
        struct eth_addr mac;

        script_assert(s, eth_addr_from_string(word(&rest), &mac), "bad MAC");
        network_set_fdb(s->network, dp, mac,
                        find_port(s, word(&rest))->key);
    } else {
        return false;
    }
    return true;
}

/* How an action is written. */
static bool
do_syntax(struct script *s, const char *command, char *rest)
{
    char *problem;
    bool is_syntax = action_script_line(&s->actions, command, rest,
                                        &problem);

    script_assert(s, !problem, "%s", problem);
    return is_syntax;
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
    } else if (do_syntax(s, command, rest) || do_sending(s, command, rest)
               || do_port(s, command, rest) || do_fact(s, command, rest)) {
        return;
    } else if (!strcmp(command, "group")) {
        do_group(s, rest);
    } else if (!strcmp(command, "set")) {
        do_set(s, rest);
    } else if (!strcmp(command, "flow")) {
        do_flow(s, rest);
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
    s.pipeline = still_pipeline_new(s.network);
    twins_init(&s.twins, s.network);
    action_script_init(&s.actions, network_symtab(s.network));
    dp_packet_init(&s.payload, 64);
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
    script_assert(&s, !action_script_end_case(&s.actions),
                  "the last action was not looked at");
    action_script_uninit(&s.actions);
    dp_packet_delete(s.packet);
    dp_packet_uninit(&s.payload);
    fclose(stream);
    ds_destroy(&line);
    twins_uninit(&s.twins);
    pipeline_free(s.pipeline);
    network_free(s.network);
}

static void
script(void **state)
{
    run_script(*state);
}

int
main(int argc, char *argv[])
{
    int failed = 0;

    set_program_name(argv[0]);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    for (int i = 1; i < argc; i++) {
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_prestate(script, argv[i]),
        };

        failed += cmocka_run_group_tests_name(argv[i], tests, NULL, NULL);
    }
    ovsrcu_exit();
    return failed || argc < 2;
}
