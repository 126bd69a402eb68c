/* "bind_vport("VPORT", inport);" */

#include "pipe_private.h"

static void
bind_vport_execute(struct pipe_state *s, const struct lact *lact,
                   bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    uint32_t key = pipe_read(s, &call->args[0]).u64.lo;
    const struct net_port *port
        = network_find_port(s->run->pipeline->network, call->port);
    const struct net_port *parent = net_datapath_find_port(s->datapath, key);

    pipe_note(s, lact, NULL);
    if (port && parent) {
        struct pipe_effect *effect = pipe_add_effect(s, EFFECT_BIND);

        effect->port = port;
        effect->parent = parent;
    }
}

const struct lact_class act_bind_vport = {
    .name = "bind_vport",
    .args = { ARG_NAME, ARG_PORT },
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .uninit = lact_call_uninit,
    .execute = bind_vport_execute,
};
