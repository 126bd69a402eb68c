/* "rouse trace": what would become of a packet. */

#include "cli_trace.h"

#include "cleanup.h"
#include "cli_host.h"
#include "cli_noun.h"
#include "cli_output.h"
#include "netload.h"
#include "question.h"
#include "vip.h"

static const struct cli_option options[] = {
    {"db", 0, "REMOTE", "Southbound database, as in ovn-trace(8)"},
    CLI_HOST_OPTION,
    {"flows", 0, "FILE", "Southbound tables as JSON instead of a database"},
    {"ct", 0, "FLAGS", "ct_state of the next ct_next; default trk,est"},
    {"lb-dst", 0, "IP[:PORT]", "backend to prefer"},
    {"select-id", 0, "ID", "what select() is to choose"},
    {"minimal", 0, NULL, "print only what changes the packet"},
    {"as-ovn-trace", 0, NULL, "where ovn-trace differs from OVN, do likewise"},
    {"batch", 0, NULL, "read questions from stdin: a JSON object a line"},
    {"pcap", 0, "FILE", "trace the packets of a file"},
    {"inport", 0, "PORT", "where the packets of --pcap come in"},
    {NULL, 0, NULL, NULL},
};

#define MAX_CT_STATES 64

/* What a trace supposes, and the memory for it. */
struct question {
    struct pipe_supposition supposition;
    uint8_t ct_states[MAX_CT_STATES];
};

struct trace {
    struct network *network;
    struct pipeline *pipeline;
    bool json;
    enum trace_style style;
};

static bool
parse_ct(const char *text, uint8_t *state)
{
    char *copy OWNED_STRING = xstrdup(text), *save = NULL;

    *state = CS_TRACKED;
    for (char *word = strtok_r(copy, ", ", &save); word;
         word = strtok_r(NULL, ", ", &save)) {
        uint32_t bit = ct_state_from_string(word);

        if (!bit) {
            cli_error("--ct: \"%s\" is none of trk, new, est, rel, rpl, "
                      "inv, dnat, snat", word);
            return false;
        }
        *state |= bit;
    }
    return true;
}

static bool
question_add_ct(struct question *q, const char *text)
{
    if (q->supposition.n_ct_states >= MAX_CT_STATES) {
        cli_error("more than %d times --ct", MAX_CT_STATES);
        return false;
    }
    return parse_ct(text, &q->ct_states[q->supposition.n_ct_states++]);
}

static bool
question_set_lb(struct question *q, const char *text)
{
    struct endpoint endpoint;

    if (text && !endpoint_parse(text, &endpoint)) {
        cli_error("--lb-dst: \"%s\" is no address", text);
        return false;
    }
    if (text) {
        q->supposition.lb_ip = endpoint.addr;
        q->supposition.lb_port = endpoint.port;
    }
    return true;
}

static bool
question_init(struct question *q, const struct cli *cli)
{
    const char *id = cli_value_get(cli, "select-id");

    memset(q, 0, sizeof *q);
    q->supposition.ct_states = q->ct_states;
    q->supposition.select_id = -1;
    q->supposition.like_ovn_trace = cli_value_is_set(cli, "as-ovn-trace");
    if (id && !str_to_int(id, 10, &q->supposition.select_id)) {
        cli_error("--select-id: \"%s\" is no number", id);
        return false;
    }
    for (size_t i = 0; i < cli->n_values; i++) {
        if (!strcmp(cli->values[i].option->name, "ct")
            && !question_add_ct(q, cli->values[i].arg)) {
            return false;
        }
    }
    return question_set_lb(q, cli_value_get(cli, "lb-dst"));
}

/* Takes the packet. */
static void
trace_packet(struct trace *trace, struct dp_packet *packet,
             const struct net_port *inport)
{
    struct pipe_verdict verdict;
    struct trace_text text;
    struct trace_path path;

    pipe_verdict_init(&verdict);
    trace_text_init(&text, trace->network, trace->style);
    trace_path_init(&path);
    pipeline_run(trace->pipeline, &packet, inport, time_msec(),
                 trace->json ? &path.observer : &text.observer, &verdict);
    if (trace->json) {
        struct json *json = trace_json(trace->network, &verdict, &path);

        cli_json_print_line_take(&json);
    } else {
        trace_text_verdict(&verdict);
    }
    json_destroy(path.flows);
    pipe_verdict_uninit(&verdict);
}

static int
ask(struct trace *trace, const struct question *q, const char *datapath,
    const char *microflow)
{
    const struct net_port *inport;
    char *error = NULL;
    struct dp_packet *packet = question_packet(
        trace->network, datapath, microflow, &inport, &error);

    if (!packet) {
        cli_error("%s", error);
        free(error);
        return CLI_USAGE;
    }
    pipeline_suppose(trace->pipeline, &q->supposition);
    trace_packet(trace, packet, inport);
    return CLI_OK;
}

static const char *
member(const struct json *json, const char *name)
{
    const struct json *value = shash_find_data(json_object(json), name);

    return value && value->type == JSON_STRING ? json_string(value) : NULL;
}

/* {"question": "...", "ct": ["new", ...], "lb_dst": "...",
 *  "select_id": N} */
static int
ask_json(struct trace *trace, const struct cli *cli, const struct json *json)
{
    struct question q;

    if (json->type != JSON_OBJECT || !member(json, "question")) {
        cli_error("a line of --batch is no object with a \"question\"");
        return CLI_USAGE;
    }
    if (!question_init(&q, cli)) {
        return CLI_USAGE;
    }

    const struct json *ct = shash_find_data(json_object(json), "ct");
    for (size_t i = 0; ct && ct->type == JSON_ARRAY
                       && i < json_array(ct)->n; i++) {
        const struct json *state = json_array(ct)->elems[i];

        if (state->type != JSON_STRING
            || !question_add_ct(&q, json_string(state))) {
            return CLI_USAGE;
        }
    }
    if (!question_set_lb(&q, member(json, "lb_dst"))) {
        return CLI_USAGE;
    }

    const struct json *id = shash_find_data(json_object(json), "select_id");
    if (id && id->type == JSON_INTEGER) {
        q.supposition.select_id = json_integer(id);
    }
    return ask(trace, &q, NULL, member(json, "question"));
}

static int
ask_batch(struct trace *trace, const struct cli *cli)
{
    struct ds line OWNED_DS = DS_EMPTY_INITIALIZER;

    while (!ds_get_line(&line, stdin)) {
        struct json *json = json_from_string(ds_cstr(&line));
        int status = ask_json(trace, cli, json);

        json_destroy(json);
        if (status != CLI_OK) {
            /* An answer for each question. */
            puts("null");
        }
        fflush(stdout);
    }
    return CLI_OK;
}

static int
trace_pcap(struct trace *trace, const struct cli *cli, const char *file)
{
    const char *name = cli_value_get(cli, "inport");
    const struct net_port *inport
        = name ? network_find_port(trace->network, name) : NULL;
    struct dp_packet *packet;
    int error;

    if (!inport) {
        cli_error("--pcap needs --inport=PORT, and there is no \"%s\"",
                  name ? name : "");
        return CLI_USAGE;
    }

    struct pcap_file *pcap = ovs_pcap_open(file, "rb");
    if (!pcap) {
        cli_error("%s: %s", file, ovs_strerror(errno));
        return CLI_FAILED;
    }
    while (!(error = ovs_pcap_read(pcap, &packet, NULL))) {
        trace_packet(trace, packet, inport);
    }
    ovs_pcap_close(pcap);
    if (error != EOF) {
        cli_error("%s: %s", file, ovs_retval_to_string(error));
        return CLI_FAILED;
    }
    return CLI_OK;
}

static int
run_question(struct trace *trace, const struct cli *cli)
{
    const char *pcap = cli_value_get(cli, "pcap");
    struct question q;

    if (pcap) {
        return trace_pcap(trace, cli, pcap);
    }
    if (cli_value_is_set(cli, "batch")) {
        return ask_batch(trace, cli);
    }
    if (!cli->n_operands) {
        cli_error("what packet? Write a MICROFLOW, as for ovn-trace(8)");
        return CLI_USAGE;
    }
    return (question_init(&q, cli)
            ? ask(trace, &q, cli->n_operands > 1 ? cli->operands[0] : NULL,
                  cli->operands[cli->n_operands - 1])
            : CLI_USAGE);
}

static int
run_trace(struct cli *cli)
{
    struct svec problems = SVEC_EMPTY_INITIALIZER;
    struct json *tables = cli_trace_tables(cli);
    struct trace trace = {
        .json = cli->json,
        .style = cli_value_is_set(cli, "minimal") ? TRACE_MINIMAL
                 : TRACE_DETAILED,
    };

    if (!tables) {
        return CLI_FAILED;
    }
    trace.network = network_new();
    trace.pipeline = pipeline_new(trace.network);
    netload(trace.network, tables, &problems);
    json_destroy(tables);

    const char *problem;
    size_t i;
    SVEC_FOR_EACH (i, problem, &problems) {
        cli_error("%s", problem);
    }
    svec_destroy(&problems);

    int status = run_question(&trace, cli);
    pipeline_free(trace.pipeline);
    network_free(trace.network);
    return cli_finish_output(status);
}

int
cli_trace(int argc, char *argv[])
{
    static const struct cli_command command = {
        .name = "trace",
        .operands = "[DATAPATH] MICROFLOW",
        .summary = "Say what would become of a packet in the virtual network",
        .details = "MICROFLOW is a match that leaves nothing open, as for "
                   "ovn-trace(8).\nFlows that are not Southbound are those "
                   "of this machine's \"rouse host\", which\nis found by "
                   "its control socket in $ROUSE_RUNDIR or /var/run/rouse."
                   "\n",
        .options = options,
        .min_operands = 0,
        .max_operands = 2,
        .run = run_trace,
    };

    return cli_command_run(&command, argc, argv);
}
