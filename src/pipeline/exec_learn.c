/* MAC_Binding and FDB: look-ups in what the network knows, and learning, which
 * is an effect. */

#include "pipe_private.h"

static const struct net_port *
port_of(struct pipe_state *s, const struct lfield *field)
{
    uint32_t key = pipe_read(s, field).u64.lo;
    const struct net_port *port = net_datapath_find_port(s->datapath, key);

    return (port && port->type == PORT_CHASSIS_REDIRECT
            ? port->distributed : port);
}

static struct eth_addr
mac_of(struct pipe_state *s, const struct lfield *field)
{
    struct eth_addr mac;

    eth_addr_from_uint64(pipe_read(s, field).u64.lo, &mac);
    return mac;
}

static struct in6_addr
ip_of(struct pipe_state *s, const struct lfield *field)
{
    return pipe_u128_to_ip(pipe_read(s, field), field->width);
}

void
exec_get_mac(struct pipe_state *s, const struct lact *lact,
             bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    const struct net_port *port = port_of(s, &call->args[0]);
    struct in6_addr ip = ip_of(s, &call->args[1]);
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

void
exec_put_mac(struct pipe_state *s, const struct lact *lact,
             bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    const struct net_port *port = port_of(s, &call->args[0]);
    struct in6_addr ip = ip_of(s, &call->args[1]);
    struct eth_addr mac = mac_of(s, &call->args[2]);

    pipe_note(s, lact, NULL);
    if (port) {
        struct pipe_effect *effect = pipe_add_effect(s, EFFECT_MAC);

        effect->port = port;
        effect->mac.ip = ip;
        effect->mac.mac = mac;
    }
}

void
exec_lookup_mac(struct pipe_state *s, const struct lact *lact,
                bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    const struct net_port *port = port_of(s, &call->args[0]);
    struct in6_addr ip = ip_of(s, &call->args[1]);
    struct eth_addr mac;

    s->run->verdict->dependencies |= DEPENDS_ON_MACS;
    bool found = port && network_find_mac(s->run->pipeline->network, port,
                                          &ip, &mac);
    if (lact->type == LACT_LOOKUP_ARP || lact->type == LACT_LOOKUP_ND) {
        struct eth_addr wanted = mac_of(s, &call->args[2]);

        found = found && eth_addr_equals(mac, wanted);
    }
    pipe_write_bit(s, &call->result, found);
    pipe_note(s, lact, found ? "1" : "0");
}

void
exec_get_fdb(struct pipe_state *s, const struct lact *lact,
             bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    struct eth_addr mac = mac_of(s, &call->args[0]);
    uint32_t key;

    s->run->verdict->dependencies |= DEPENDS_ON_FDB;
    if (!network_find_fdb(s->run->pipeline->network, s->datapath, mac,
                          &key)) {
        key = 0;
    }
    pipe_write(s, &call->result, (ovs_u128) { .u64 = { .lo = key } });
    pipe_note(s, lact, key ? NULL : "no FDB entry");
}

void
exec_put_fdb(struct pipe_state *s, const struct lact *lact,
             bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    const struct net_port *port = port_of(s, &call->args[0]);
    struct eth_addr mac = mac_of(s, &call->args[1]);

    pipe_note(s, lact, NULL);
    if (port) {
        struct pipe_effect *effect = pipe_add_effect(s, EFFECT_FDB);

        effect->port = port;
        effect->mac.mac = mac;
    }
}

void
exec_lookup_fdb(struct pipe_state *s, const struct lact *lact,
                bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    uint32_t port = pipe_read(s, &call->args[0]).u64.lo;
    struct eth_addr mac = mac_of(s, &call->args[1]);
    uint32_t key;

    s->run->verdict->dependencies |= DEPENDS_ON_FDB;
    bool found = network_find_fdb(s->run->pipeline->network, s->datapath,
                                  mac, &key) && key == port;
    pipe_write_bit(s, &call->result, found);
    pipe_note(s, lact, found ? "1" : "0");
}
