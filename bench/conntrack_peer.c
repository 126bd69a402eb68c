#include "conntrack_peer.h"

#include "now.h"

/* The zones of the client's port, the router, and the backend's port. */
enum { ZONE_CLIENT = 1, ZONE_ROUTER, ZONE_BACKEND };

static struct dp_packet *
compose(const struct flow *flow, uint16_t tcp_flags)
{
    struct dp_packet *packet = dp_packet_new(128);
    struct flow f = *flow;

    f.tcp_flags = htons(tcp_flags);
    flow_compose(packet, &f, NULL, 0);
    pkt_metadata_init(&packet->md, u32_to_odp(UINT32_MAX));
    flow_extract(packet, &f);
    return packet;
}

static void
track(struct conntrack *ct, struct dp_packet *packet, uint16_t zone,
      bool commit, const struct nat_action_info_t *nat, long long now_ms)
{
    struct dp_packet_batch batch;

    dp_packet_batch_init_packet(&batch, packet);
    conntrack_execute(ct, &batch, htons(ETH_TYPE_IP), false, commit, zone,
                      NULL, NULL, 0, 0, NULL, nat, now_ms, 0);
}

static void
track_new(struct conntrack *ct, struct dp_packet *packet, long long now_ms)
{
    static const struct nat_action_info_t restore;
    const struct nat_action_info_t to_backend = {
        .nat_action = NAT_ACTION_DST | NAT_ACTION_DST_PORT,
        .min_addr.ipv4 = htonl(0x14000002),
        .max_addr.ipv4 = htonl(0x14000002),
        .min_port = 8080, .max_port = 8080,
    };

    track(ct, packet, ZONE_CLIENT, false, &restore, now_ms);
    track(ct, packet, ZONE_CLIENT, true, &to_backend, now_ms);
    track(ct, packet, ZONE_ROUTER, false, &restore, now_ms);
    track(ct, packet, ZONE_BACKEND, false, &restore, now_ms);
    track(ct, packet, ZONE_BACKEND, true, NULL, now_ms);
}

static void
track_established(struct conntrack *ct, struct dp_packet *packet,
                  long long now_ms)
{
    static const struct nat_action_info_t restore;

    track(ct, packet, ZONE_CLIENT, false, &restore, now_ms);
    track(ct, packet, ZONE_ROUTER, false, &restore, now_ms);
    track(ct, packet, ZONE_BACKEND, false, &restore, now_ms);
}

/* The backend's answer to the packet that 'flow' is of. */
static void
answer(struct conntrack *ct, const struct flow *flow, long long now_ms)
{
    static const struct nat_action_info_t restore;
    struct flow reply = *flow;

    reply.nw_src = htonl(0x14000002);
    reply.nw_dst = flow->nw_src;
    reply.tp_src = htons(8080);
    reply.tp_dst = flow->tp_src;

    struct dp_packet *packet = compose(&reply, TCP_SYN | TCP_ACK);
    track(ct, packet, ZONE_BACKEND, false, &restore, now_ms);
    track(ct, packet, ZONE_ROUTER, false, &restore, now_ms);
    track(ct, packet, ZONE_CLIENT, false, &restore, now_ms);
    dp_packet_delete(packet);
}

struct conntrack_peer
conntrack_peer_measure(const struct flow *flows, size_t n, long long now_ms)
{
    struct dp_packet **packets = xcalloc(n, sizeof *packets);
    struct conntrack *ct = conntrack_init();
    struct conntrack_peer peer;

    for (size_t i = 0; i < n; i++) {
        packets[i] = compose(&flows[i], TCP_SYN);
    }
    double t0 = now_cpu_ns();
    for (size_t i = 0; i < n; i++) {
        track_new(ct, packets[i], now_ms);
    }
    peer.new_ns = (now_cpu_ns() - t0) / n;

    for (size_t i = 0; i < n; i++) {
        answer(ct, &flows[i], now_ms);
        dp_packet_delete(packets[i]);
        packets[i] = compose(&flows[i], TCP_ACK);
    }
    t0 = now_cpu_ns();
    for (size_t i = 0; i < n; i++) {
        track_established(ct, packets[i], now_ms);
    }
    peer.established_ns = (now_cpu_ns() - t0) / n;

    for (size_t i = 0; i < n; i++) {
        if (!(packets[i]->md.ct_state & CS_ESTABLISHED)) {
            ovs_fatal(0, "a connection is not established");
        }
        dp_packet_delete(packets[i]);
    }
    free(packets);
    conntrack_destroy(ct);
    ovsrcu_barrier();
    return peer;
}
