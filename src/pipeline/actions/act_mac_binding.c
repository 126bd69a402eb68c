/* "get_arp(PORT, IP);", "put_arp(PORT, IP, MAC);", "R = lookup_arp(PORT, IP,
 * MAC);", "R = lookup_arp_ip(PORT, IP);" and the same of IPv6: look-ups in
 * what the network knows (MAC_Binding), and learning, which is an effect. */

#include "pipe_private.h"

static void
get_mac_execute(struct pipe_state *s, const struct lact *lact,
                bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    const struct net_port *port = pipe_read_port(s, &call->args[0]);
    struct in6_addr ip = pipe_read_ip(s, &call->args[1]);
    struct eth_addr mac = eth_addr_zero;
    struct flow_wildcards wc;

    s->run->verdict->dependencies |= DEPENDS_ON_MACS;
    bool found = port && network_find_mac(s->run->pipeline->network, port,
                                          &ip, &mac);
    flow_wildcards_init_catchall(&wc);
    WC_MASK_FIELD(&wc, dl_dst);
    pipe_disown(s, &wc);
    s->flow.dl_dst = found ? mac : eth_addr_zero;
    s->reassigned = true;
    pipe_note(s, lact, found ? ETH_ADDR_FMT : "no MAC binding",
              ETH_ADDR_ARGS(mac));
}

static void
put_mac_execute(struct pipe_state *s, const struct lact *lact,
                bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    const struct net_port *port = pipe_read_port(s, &call->args[0]);
    struct in6_addr ip = pipe_read_ip(s, &call->args[1]);
    struct eth_addr mac = pipe_read_mac(s, &call->args[2]);

    pipe_note(s, lact, NULL);
    if (port) {
        struct pipe_effect *effect = pipe_add_effect(s, EFFECT_MAC);

        effect->port = port;
        effect->mac.ip = ip;
        effect->mac.mac = mac;
    }
}

/* Is there a MAC, and that of the third argument, if there is one? */
static void
lookup_mac_execute(struct pipe_state *s, const struct lact *lact,
                   bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    const struct net_port *port = pipe_read_port(s, &call->args[0]);
    struct in6_addr ip = pipe_read_ip(s, &call->args[1]);
    struct eth_addr mac;

    s->run->verdict->dependencies |= DEPENDS_ON_MACS;
    bool found = port && network_find_mac(s->run->pipeline->network, port,
                                          &ip, &mac);
    if (call->n_args > 2) {
        struct eth_addr wanted = pipe_read_mac(s, &call->args[2]);

        found = found && eth_addr_equals(mac, wanted);
    }
    pipe_store_bit(s, lact, found);
}

const struct lact_class act_get_arp = {
    .name = "get_arp",
    .prereqs = "ip4",
    .args = { ARG_PORT, ARG_IPV4 },
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = get_mac_execute,
};

const struct lact_class act_get_nd = {
    .name = "get_nd",
    .prereqs = "ip6",
    .args = { ARG_PORT, ARG_IPV6 },
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = get_mac_execute,
};

const struct lact_class act_put_arp = {
    .name = "put_arp",
    .args = { ARG_PORT, ARG_IPV4, ARG_MAC },
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = put_mac_execute,
};

const struct lact_class act_put_nd = {
    .name = "put_nd",
    .args = { ARG_PORT, ARG_IPV6, ARG_MAC },
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = put_mac_execute,
};

const struct lact_class act_lookup_arp = {
    .name = "lookup_arp",
    .result = RESULT_BIT,
    .args = { ARG_PORT, ARG_IPV4, ARG_MAC },
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = lookup_mac_execute,
};

const struct lact_class act_lookup_nd = {
    .name = "lookup_nd",
    .result = RESULT_BIT,
    .args = { ARG_PORT, ARG_IPV6, ARG_MAC },
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = lookup_mac_execute,
};

const struct lact_class act_lookup_arp_ip = {
    .name = "lookup_arp_ip",
    .result = RESULT_BIT,
    .args = { ARG_PORT, ARG_IPV4 },
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = lookup_mac_execute,
};

const struct lact_class act_lookup_nd_ip = {
    .name = "lookup_nd_ip",
    .result = RESULT_BIT,
    .args = { ARG_PORT, ARG_IPV6 },
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = lookup_mac_execute,
};
