#include "dp_neighbor.h"

/* Longer than any neighbour table keeps an entry without asking. */
#define IDLE_NS (3600ULL * 1000000000)

struct neighbor {
    struct hmap_node node;
    struct ovs_list by_check; /* Those asked for longest ago first. */
    struct fp_neighbor_key key;
    struct fp_neighbor value;
    uint64_t epoch; /* When it was asked for. */
};

struct neighbors {
    struct fastpath *fastpath;
    struct hmap all; /* Contains "struct neighbor"s. */
    struct ovs_list by_check;
    uint64_t epoch;
};

static uint32_t
key_hash(const struct fp_neighbor_key *key)
{
    return hash_bytes(key, sizeof *key, 0);
}

static struct neighbor *
find(const struct neighbors *n, const struct fp_neighbor_key *key)
{
    struct neighbor *neighbor;

    HMAP_FOR_EACH_WITH_HASH (neighbor, node, key_hash(key), &n->all) {
        if (!memcmp(&neighbor->key, key, sizeof *key)) {
            return neighbor;
        }
    }
    return NULL;
}

static struct neighbor *
insert(struct neighbors *n, const struct fp_neighbor_key *key,
       const struct fp_neighbor *value)
{
    struct neighbor *neighbor = xzalloc(sizeof *neighbor);

    neighbor->key = *key;
    neighbor->value = *value;
    neighbor->epoch = n->epoch;
    hmap_insert(&n->all, &neighbor->node, key_hash(key));
    ovs_list_push_back(&n->by_check, &neighbor->by_check);
    return neighbor;
}

static void
forget(struct neighbors *n, struct neighbor *neighbor)
{
    hmap_remove(&n->all, &neighbor->node);
    ovs_list_remove(&neighbor->by_check);
    free(neighbor);
}

static void
delete(struct neighbors *n, struct neighbor *neighbor)
{
    fastpath_delete_neighbor(n->fastpath, &neighbor->key);
    forget(n, neighbor);
}

/* Of an earlier start: not in 'by_check' until it is adopted. */
static void
take_up(void *n_, const struct fp_neighbor_key *key,
        const struct fp_neighbor *value)
{
    struct neighbor *neighbor = insert(n_, key, value);

    ovs_list_remove(&neighbor->by_check);
    ovs_list_init(&neighbor->by_check);
    neighbor->epoch = 0;
}

struct neighbors *
neighbors_new(struct fastpath *fastpath)
{
    struct neighbors *n = xzalloc(sizeof *n);

    n->fastpath = fastpath;
    n->epoch = 1;
    hmap_init(&n->all);
    ovs_list_init(&n->by_check);
    fastpath_each_neighbor(fastpath, take_up, n);
    return n;
}

void
neighbors_free(struct neighbors *n)
{
    struct neighbor *neighbor;

    if (n) {
        HMAP_FOR_EACH_SAFE (neighbor, node, &n->all) {
            forget(n, neighbor);
        }
        hmap_destroy(&n->all);
        free(n);
    }
}

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

void
neighbors_put(struct neighbors *n, const struct fp_neighbor_key *key,
              const struct fp_neighbor *value)
{
    struct neighbor *old = find(n, key);
    struct fp_neighbor v = *value;

    v.used_ns = fastpath_now_ns();
    if (old) {
        forget(n, old);
    }
    /* A full map takes no more: these questions go to the pipeline. */
    if (!fastpath_put_neighbor(n->fastpath, key, &v)) {
        insert(n, key, &v);
    }
}

void
neighbors_delete(struct neighbors *n, const struct fp_neighbor_key *key)
{
    struct neighbor *neighbor = find(n, key);

    if (neighbor) {
        delete(n, neighbor);
    }
}

void
neighbors_drop_interface(struct neighbors *n, int ifindex)
{
    struct neighbor *neighbor;

    HMAP_FOR_EACH_SAFE (neighbor, node, &n->all) {
        if (neighbor->key.ifindex == ifindex) {
            delete(n, neighbor);
        }
    }
}

void
neighbors_flush(struct neighbors *n)
{
    struct neighbor *neighbor;

    HMAP_FOR_EACH_SAFE (neighbor, node, &n->all) {
        delete(n, neighbor);
    }
}

void
neighbors_changed(struct neighbors *n)
{
    n->epoch++;
}

void
neighbors_adopt(struct neighbors *n)
{
    struct neighbor *neighbor;

    HMAP_FOR_EACH (neighbor, node, &n->all) {
        if (!neighbor->epoch) {
            ovs_list_remove(&neighbor->by_check);
            ovs_list_push_front(&n->by_check, &neighbor->by_check);
        }
    }
}

const struct fp_neighbor_key *
neighbors_next_doubtful(const struct neighbors *n)
{
    if (ovs_list_is_empty(&n->by_check)) {
        return NULL;
    }

    struct neighbor *first = CONTAINER_OF(ovs_list_front(&n->by_check),
                                          struct neighbor, by_check);
    return first->epoch < n->epoch ? &first->key : NULL;
}

void
neighbors_confirm(struct neighbors *n, const struct fp_neighbor_key *key,
                  const struct fp_neighbor *value)
{
    struct neighbor *neighbor = find(n, key);

    if (!neighbor) {
        return;
    }
    if (memcmp(neighbor->value.mac, value->mac, sizeof value->mac)
        || neighbor->value.nd_flags != value->nd_flags) {
        delete(n, neighbor);
        return;
    }
    neighbor->epoch = n->epoch;
    ovs_list_remove(&neighbor->by_check);
    ovs_list_push_back(&n->by_check, &neighbor->by_check);
}

struct expiry {
    struct neighbors *n;
    uint64_t now_ns;
};

static void
expire_one(void *aux, const struct fp_neighbor_key *key,
           const struct fp_neighbor *value)
{
    const struct expiry *e = aux;

    if (e->now_ns > value->used_ns && e->now_ns - value->used_ns > IDLE_NS) {
        neighbors_delete(e->n, key);
    }
}

void
neighbors_expire(struct neighbors *n)
{
    struct expiry e = { .n = n, .now_ns = fastpath_now_ns() };

    fastpath_each_neighbor(n->fastpath, expire_one, &e);
}
