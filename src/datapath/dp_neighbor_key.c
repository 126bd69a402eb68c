/* Questions for neighbours and their answers, as packets and as keys. */

#include "dp_neighbor.h"

static bool
is_arp_request(const struct fp_arp *a, size_t size)
{
    static const uint8_t zero[6];

    return (size >= sizeof *a && a->eth_type == htons(ETH_TYPE_ARP)
            && a->hrd == htons(1) && a->pro == htons(ETH_TYPE_IP)
            && a->hln == 6 && a->pln == 4 && a->op == htons(ARP_OP_REQUEST)
            && !memcmp(a->sha, a->eth_src, 6) && !memcmp(a->tha, zero, 6));
}

static bool
is_solicitation(const struct fp_nd *nd, size_t size)
{
    static const uint8_t zero[4];

    return (size == sizeof *nd && nd->eth_type == htons(ETH_TYPE_IPV6)
            && nd->version == htonl(0x60000000)
            && nd->length == htons(32) && nd->next == IPPROTO_ICMPV6
            && nd->hop_limit == 255 && nd->type == ND_NEIGHBOR_SOLICIT
            && !nd->code && !memcmp(nd->flags, zero, sizeof zero)
            && nd->option == ND_OPT_SOURCE_LINKADDR
            && nd->option_length == 1 && !memcmp(nd->mac, nd->eth_src, 6));
}

bool
neighbor_key_init(struct fp_neighbor_key *key, const struct dp_packet *packet,
                  int ifindex)
{
    size_t size = dp_packet_size(packet);
    const struct fp_arp *arp = dp_packet_data(packet);
    const struct fp_nd *nd = dp_packet_data(packet);

    memset(key, 0, sizeof *key);
    key->ifindex = ifindex;
    if (is_arp_request(arp, size)) {
        memcpy(key->eth_dst, arp->eth_dst, 12);
        memcpy(key->src, arp->spa, 4);
        memcpy(key->dst, arp->tpa, 4);
        return true;
    }
    if (is_solicitation(nd, size)) {
        memcpy(key->eth_dst, nd->eth_dst, 12);
        memcpy(key->src, nd->src, 16);
        memcpy(key->dst, nd->target, 16);
        memcpy(key->ip_dst, nd->dst, 16);
        return true;
    }
    return false;
}

static bool
is_arp_key(const struct fp_neighbor_key *key)
{
    return !(key->ip_dst[0] | key->ip_dst[1] | key->ip_dst[2]
             | key->ip_dst[3]);
}

static void
fill_arp(const struct fp_neighbor_key *key, struct fp_arp *a)
{
    memset(a, 0, sizeof *a);
    memcpy(a->eth_dst, key->eth_dst, 12);
    a->eth_type = htons(ETH_TYPE_ARP);
    a->hrd = htons(1);
    a->pro = htons(ETH_TYPE_IP);
    a->hln = 6;
    a->pln = 4;
    a->op = htons(ARP_OP_REQUEST);
    memcpy(a->sha, key->eth_src, 6);
    memcpy(a->spa, key->src, 4);
    memcpy(a->tpa, key->dst, 4);
}

static void
set_nd_checksum(struct fp_nd *nd)
{
    uint32_t sum = csum_continue(0, nd->src, 32);

    nd->checksum = 0;
    sum = csum_add16(csum_add16(sum, htons(IPPROTO_ICMPV6)), htons(32));
    nd->checksum = csum_finish(csum_continue(sum, &nd->type, 32));
}

static void
fill_nd(const struct fp_neighbor_key *key, struct fp_nd *nd)
{
    memset(nd, 0, sizeof *nd);
    memcpy(nd->eth_dst, key->eth_dst, 12);
    nd->eth_type = htons(ETH_TYPE_IPV6);
    nd->version = htonl(0x60000000);
    nd->length = htons(32);
    nd->next = IPPROTO_ICMPV6;
    nd->hop_limit = 255;
    memcpy(nd->src, key->src, 16);
    memcpy(nd->dst, key->ip_dst, 16);
    nd->type = ND_NEIGHBOR_SOLICIT;
    memcpy(nd->target, key->dst, 16);
    nd->option = ND_OPT_SOURCE_LINKADDR;
    nd->option_length = 1;
    memcpy(nd->mac, key->eth_src, 6);
    set_nd_checksum(nd);
}

struct dp_packet *
neighbor_compose(const struct fp_neighbor_key *key)
{
    struct dp_packet *packet = dp_packet_new(sizeof(struct fp_nd));

    if (is_arp_key(key)) {
        fill_arp(key, dp_packet_put_uninit(packet, sizeof(struct fp_arp)));
    } else {
        fill_nd(key, dp_packet_put_uninit(packet, sizeof(struct fp_nd)));
    }
    return packet;
}

/* The answer as the fast path would give it. */
static void
answer_arp(const struct fp_neighbor_key *key, const uint8_t mac[6],
           struct fp_arp *a)
{
    fill_arp(key, a);
    memcpy(a->eth_dst, key->eth_src, 6);
    memcpy(a->eth_src, mac, 6);
    a->op = htons(ARP_OP_REPLY);
    memcpy(a->sha, mac, 6);
    memcpy(a->spa, key->dst, 4);
    memcpy(a->tha, key->eth_src, 6);
    memcpy(a->tpa, key->src, 4);
}

static void
answer_nd(const struct fp_neighbor_key *key, const uint8_t mac[6],
          uint8_t flags, struct fp_nd *nd)
{
    fill_nd(key, nd);
    memcpy(nd->eth_dst, key->eth_src, 6);
    memcpy(nd->eth_src, mac, 6);
    memcpy(nd->src, key->dst, 16);
    memcpy(nd->dst, key->src, 16);
    nd->type = ND_NEIGHBOR_ADVERT;
    nd->flags[0] = flags;
    nd->option = ND_OPT_TARGET_LINKADDR;
    memcpy(nd->mac, mac, 6);
    set_nd_checksum(nd);
}

bool
neighbor_from_answer(const struct fp_neighbor_key *key,
                     const struct dp_packet *answer, struct fp_neighbor *n)
{
    const uint8_t *data = dp_packet_data(answer);
    size_t size = dp_packet_size(answer);

    memset(n, 0, sizeof *n);
    if (is_arp_key(key)) {
        struct fp_arp expected;

        if (size < sizeof expected) {
            return false;
        }
        memcpy(n->mac, data + 6, 6);
        answer_arp(key, n->mac, &expected);
        return !memcmp(data, &expected, sizeof expected);
    }

    struct fp_nd expected;
    if (size != sizeof expected) {
        return false;
    }
    memcpy(n->mac, data + 6, 6);
    n->nd_flags = data[offsetof(struct fp_nd, flags)];
    answer_nd(key, n->mac, n->nd_flags, &expected);
    return !memcmp(data, &expected, sizeof expected);
}

bool
neighbor_from_verdict(const struct fp_neighbor_key *key,
                      const struct pipe_verdict *v,
                      const struct net_port *inport, struct fp_neighbor *n)
{
    return (v->n == 1 && v->effects[0].type == EFFECT_OUTPUT
            && v->effects[0].port == inport
            && !(v->dependencies & ~(DEPENDS_ON_MACS | DEPENDS_ON_FDB))
            && neighbor_from_answer(key, v->effects[0].packet, n));
}

bool
neighbor_from_first_verdict(const struct fp_neighbor_key *key,
                            const struct pipe_verdict *v,
                            const struct net_port *inport,
                            struct fp_neighbor *n)
{
    bool is_answered = false;

    for (size_t i = 0; i < v->n; i++) {
        const struct pipe_effect *e = &v->effects[i];

        if (e->type == EFFECT_OUTPUT && e->port == inport && !is_answered
            && neighbor_from_answer(key, e->packet, n)) {
            is_answered = true;
        } else if (e->type != EFFECT_MAC && e->type != EFFECT_FDB) {
            return false;
        }
    }
    return is_answered;
}

static void
address_to_one(struct fp_neighbor_key *key, const uint8_t mac[6])
{
    memcpy(key->eth_dst, mac, 6);
    if (!is_arp_key(key)) {
        memcpy(key->ip_dst, key->dst, sizeof key->ip_dst);
    }
}

static void
address_to_all(struct fp_neighbor_key *key)
{
    if (is_arp_key(key)) {
        memset(key->eth_dst, 0xff, sizeof key->eth_dst);
    } else {
        struct in6_addr target, group;
        struct eth_addr mac;

        memcpy(&target, key->dst, sizeof target);
        in6_addr_solicited_node(&group, &target);
        ipv6_multicast_to_ethernet(&mac, &group);
        memcpy(key->ip_dst, &group, sizeof key->ip_dst);
        memcpy(key->eth_dst, &mac, sizeof key->eth_dst);
    }
}

void
neighbor_key_forms(const struct fp_neighbor_key *key, const uint8_t mac[6],
                   struct fp_neighbor_key forms[NEIGHBOR_N_FORMS])
{
    forms[0] = forms[1] = forms[2] = *key;
    address_to_all(&forms[1]);
    address_to_one(&forms[2], mac);
}
