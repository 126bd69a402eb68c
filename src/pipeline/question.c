#include "question.h"

static void
find_port(void *port_, enum expr_ref_type type, const char *name)
{
    const char **port = port_;

    if (type == REF_PORT && !*port) {
        *port = name;
    }
}

struct dp_packet *
question_packet(const struct network *network, const char *datapath,
                const char *text, const struct net_port **inport,
                char **error)
{
    struct expr *expr = expr_parse(text, network_symtab(network), error);
    struct dp_packet *packet = NULL;
    const char *name = NULL;
    struct flow flow;

    if (!expr) {
        return NULL;
    }
    expr_for_each_ref(expr, find_port, &name);

    const struct net_port *port = name ? network_find_port(network, name)
                                       : NULL;
    if (!port) {
        *error = name ? xasprintf("there is no port \"%s\"", name)
                      : xstrdup("no inport: write 'inport == \"PORT\"'");
    } else if (datapath && strcmp(datapath, port->datapath->name)) {
        *error = xasprintf("port \"%s\" is not in datapath \"%s\"", name,
                           datapath);
    } else if (expr_to_flow(expr, network_env(network), port->datapath->key,
                            &flow, error)) {
        *inport = net_datapath_find_port(port->datapath,
                                         flow.regs[LREG_INPORT]);
        if (*inport) {
            packet = dp_packet_new(128);
            flow_compose(packet, &flow, NULL, 0);
        } else {
            *error = xstrdup("no inport: write 'inport == \"PORT\"'");
        }
    }
    expr_free(expr);
    return packet;
}
