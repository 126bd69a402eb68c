/* "R = get_fdb(MAC);", "put_fdb(PORT, MAC);" and "R = lookup_fdb(PORT, MAC);":
 * at which port a MAC was seen. */

#include "pipe_private.h"

static void
get_fdb_execute(struct pipe_state *s, const struct lact *lact,
                bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    struct eth_addr mac = pipe_read_mac(s, &call->args[0]);
    uint32_t key;

    s->run->verdict->dependencies |= DEPENDS_ON_FDB;
    if (!network_find_fdb(s->run->pipeline->network, s->datapath, mac,
                          &key)) {
        key = 0;
    }
    pipe_write(s, &call->result, (ovs_u128) { .u64 = { .lo = key } });
    pipe_note(s, lact, key ? NULL : "no FDB entry");
}

static void
put_fdb_execute(struct pipe_state *s, const struct lact *lact,
                bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    const struct net_port *port = pipe_read_port(s, &call->args[0]);
    struct eth_addr mac = pipe_read_mac(s, &call->args[1]);

    pipe_note(s, lact, NULL);
    if (port) {
        struct pipe_effect *effect = pipe_add_effect(s, EFFECT_FDB);

        effect->port = port;
        effect->mac.mac = mac;
    }
}

static void
lookup_fdb_execute(struct pipe_state *s, const struct lact *lact,
                   bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    uint32_t port = pipe_read(s, &call->args[0]).u64.lo;
    struct eth_addr mac = pipe_read_mac(s, &call->args[1]);
    uint32_t key;

    s->run->verdict->dependencies |= DEPENDS_ON_FDB;
    bool found = network_find_fdb(s->run->pipeline->network, s->datapath,
                                  mac, &key) && key == port;
    pipe_store_bit(s, lact, found);
}

const struct lact_class act_get_fdb = {
    .name = "get_fdb",
    .result = RESULT_PORT,
    .args = { ARG_MAC },
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = get_fdb_execute,
};

const struct lact_class act_put_fdb = {
    .name = "put_fdb",
    .args = { ARG_PORT, ARG_MAC },
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = put_fdb_execute,
};

const struct lact_class act_lookup_fdb = {
    .name = "lookup_fdb",
    .result = RESULT_BIT,
    .args = { ARG_PORT, ARG_MAC },
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = lookup_fdb_execute,
};
