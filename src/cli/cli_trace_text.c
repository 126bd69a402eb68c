/* A trace as text, as ovn-trace(8) prints it. */

#include "cli_trace.h"

static void
put_line(const struct trace_text *t, const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3);

static void
put_line(const struct trace_text *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    printf("%*s", t->indent * 4, "");
    vprintf(format, args);
    putchar('\n');
    va_end(args);
}

static const char *
port_name(const struct net_datapath *dp, uint32_t key)
{
    const struct net_port *port = net_datapath_find_port(dp, key);
    const struct net_group *group = net_datapath_find_group(dp, key);

    return port ? port->name : group ? group->name : "";
}

static void
text_enter(void *t_, const struct net_datapath *dp, enum lpipeline pipeline,
           const struct flow *flow)
{
    struct trace_text *t = t_;

    t->flow = *flow;
    if (t->style == TRACE_MINIMAL) {
        return;
    }

    char *title = pipeline == PIPELINE_INGRESS
        ? xasprintf("ingress(dp=\"%s\", inport=\"%s\")", dp->name,
                    port_name(dp, flow->regs[LREG_INPORT]))
        : xasprintf("egress(dp=\"%s\", inport=\"%s\", outport=\"%s\")",
                    dp->name, port_name(dp, flow->regs[LREG_INPORT]),
                    port_name(dp, flow->regs[LREG_OUTPORT]));
    putchar('\n');
    put_line(t, "%s", title);
    for (char *p = title; *p; p++) {
        *p = '-';
    }
    put_line(t, "%s", title);
    free(title);
}

static void
text_match(void *t_, uint8_t stage, const struct lflow *flow)
{
    struct trace_text *t = t_;

    if (t->style == TRACE_MINIMAL || (flow && lflow_is_only_next(flow))) {
        return;
    }
    if (!flow) {
        put_line(t, "%2d. no match (implicit drop)", stage);
        return;
    }
    put_line(t, "%2d. %s: %s, priority %d, uuid %08x", stage,
             flow->stage_name ? flow->stage_name : "", flow->match,
             flow->priority, flow->uuid.parts[0]);
}

/* Only what changes the packet is shown in the minimal form. */
static bool
changes_packet(const struct trace_text *t, const struct flow *flow)
{
    return memcmp(&t->flow.dl_dst, &flow->dl_dst,
                  sizeof *flow - offsetof(struct flow, dl_dst)) != 0;
}

static void
text_act(void *t_, const struct lact *lact, const char *note,
         const struct flow *flow)
{
    struct trace_text *t = t_;
    struct ds ds = DS_EMPTY_INITIALIZER;

    if (t->style == TRACE_MINIMAL && !changes_packet(t, flow)) {
        return;
    }
    lact_format(lact, &ds);
    if (note) {
        put_line(t, "    %s /* %s */", ds_cstr(&ds), note);
    } else {
        put_line(t, "    %s", ds_cstr(&ds));
    }
    ds_destroy(&ds);
    t->flow = *flow;
}

static void
text_fork(void *t_, bool begin)
{
    struct trace_text *t = t_;

    t->indent += begin ? 1 : -1;
}

static void
text_output(void *t_, const struct net_port *port,
            const struct flow *flow OVS_UNUSED)
{
    put_line(t_, "output(\"%s\");", port->name);
}

static void
text_drop(void *t_, enum drop_reason reason)
{
    put_line(t_, "/* drop: %s */", drop_reason_text(reason));
}

void
trace_text_init(struct trace_text *t, struct network *network,
                enum trace_style style)
{
    memset(t, 0, sizeof *t);
    t->network = network;
    t->style = style;
    t->observer = (struct pipe_observer) {
        .aux = t,
        .enter = text_enter,
        .match = text_match,
        .act = text_act,
        .fork = text_fork,
        .output = text_output,
        .drop = text_drop,
    };
}

void
trace_text_verdict(const struct pipe_verdict *v)
{
    for (size_t i = 0; i < v->n; i++) {
        const struct pipe_effect *e = &v->effects[i];

        if (e->type == EFFECT_EVENT || e->type == EFFECT_PUNT) {
            printf("# %s %s\n", e->type == EFFECT_EVENT ? "event" : "for",
                   e->event->name);
        } else if (e->type == EFFECT_MAC || e->type == EFFECT_FDB) {
            printf("# learned "ETH_ADDR_FMT" at \"%s\"\n",
                   ETH_ADDR_ARGS(e->mac.mac), e->port->name);
        }
    }
}
