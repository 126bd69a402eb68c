#include "dp_rule.h"

#include <netinet/in.h>

#define RULE_ORIGIN (FP_OPENED | FP_ANSWERS)

uint32_t
flow_key_hash(const struct flow_key *key)
{
    return (key->is_ipv6 ? hash_bytes(&key->v6, sizeof key->v6, 1)
            : hash_bytes(&key->v4, sizeof key->v4, 0));
}

/* MACs are 12 bytes in front of all that. */
BUILD_ASSERT_DECL(offsetof(struct fp_key4, eth_dst) == 4);
BUILD_ASSERT_DECL(offsetof(struct fp_key4, src) == 16);
BUILD_ASSERT_DECL(offsetof(struct fp_key6, eth_dst) == 4);
BUILD_ASSERT_DECL(offsetof(struct fp_key6, src) == 16);

uint32_t
flow_key_hash_ends(const struct flow_key *key)
{
    return (key->is_ipv6
            ? hash_bytes(key->v6.src, sizeof key->v6 - 16, key->v6.ifindex)
            : hash_bytes(&key->v4.src, sizeof key->v4 - 16,
                         key->v4.ifindex));
}

bool
flow_key_has_ends_of(const struct flow_key *a, const struct flow_key *b)
{
    return (a->is_ipv6 == b->is_ipv6
            && (a->is_ipv6
                ? a->v6.ifindex == b->v6.ifindex
                  && !memcmp(a->v6.src, b->v6.src, sizeof a->v6 - 16)
                : a->v4.ifindex == b->v4.ifindex
                  && !memcmp(&a->v4.src, &b->v4.src, sizeof a->v4 - 16)));
}

bool
flow_key_equals(const struct flow_key *a, const struct flow_key *b)
{
    return (a->is_ipv6 == b->is_ipv6
            && (a->is_ipv6 ? !memcmp(&a->v6, &b->v6, sizeof a->v6)
                : !memcmp(&a->v4, &b->v4, sizeof a->v4)));
}

/* Ports, and where the header of layer 4 ends. */
static enum arrival_type
parse_transport(struct arrival *a, uint8_t proto, uint8_t ports[4])
{
    const uint8_t *l4 = a->header + a->l4;
    uint16_t left = a->header_size - a->l4;

    if (proto == IPPROTO_UDP && left >= UDP_HEADER_LEN) {
        a->l4_end = a->l4 + UDP_HEADER_LEN;
        memcpy(ports, l4, 4);
        return ARRIVAL_PLAIN;
    }
    if (proto == IPPROTO_TCP && left >= TCP_HEADER_LEN) {
        uint16_t length = (l4[12] >> 4) * 4;

        if (length < TCP_HEADER_LEN || length > left) {
            return ARRIVAL_OTHER;
        }
        a->l4_end = a->l4 + length;
        memcpy(ports, l4, 4);
        a->tcp_flags = l4[13];
        return (l4[13] & (TCP_FIN | TCP_SYN | TCP_RST) ? ARRIVAL_CHANGE
                : ARRIVAL_PLAIN);
    }
    return ARRIVAL_OTHER;
}

static enum arrival_type
arrival_init_ipv4(struct arrival *a, int ifindex)
{
    struct fp_key4 *k = &a->key.v4;
    const uint8_t *ip = a->header + ETH_HEADER_LEN;

    if (a->header_size < ETH_HEADER_LEN + IP_HEADER_LEN || ip[0] != 0x45
        || (ip[6] & 0x3f) || ip[7]) {
        return ARRIVAL_OTHER;
    }
    a->l4 = ETH_HEADER_LEN + IP_HEADER_LEN;

    uint8_t ports[4];
    enum arrival_type type = parse_transport(a, ip[9], ports);
    k->ifindex = ifindex;
    memcpy(k->eth_dst, a->header, 6);
    memcpy(k->eth_src, a->header + 6, 6);
    memcpy(&k->src, ip + 12, 4);
    memcpy(&k->dst, ip + 16, 4);
    if (type != ARRIVAL_OTHER) {
        memcpy(&k->sport, ports, 2);
        memcpy(&k->dport, ports + 2, 2);
        k->proto = ip[9];
    }
    return type;
}

static enum arrival_type
arrival_init_ipv6(struct arrival *a, int ifindex)
{
    struct fp_key6 *k = &a->key.v6;
    const uint8_t *ip = a->header + ETH_HEADER_LEN;

    if (a->header_size < ETH_HEADER_LEN + IPV6_HEADER_LEN) {
        return ARRIVAL_OTHER;
    }
    a->l4 = ETH_HEADER_LEN + IPV6_HEADER_LEN;
    a->key.is_ipv6 = true;

    uint8_t ports[4];
    enum arrival_type type = parse_transport(a, ip[6], ports);
    k->ifindex = ifindex;
    memcpy(k->eth_dst, a->header, 6);
    memcpy(k->eth_src, a->header + 6, 6);
    memcpy(k->src, ip + 8, 16);
    memcpy(k->dst, ip + 24, 16);
    if (type != ARRIVAL_OTHER) {
        memcpy(&k->sport, ports, 2);
        memcpy(&k->dport, ports + 2, 2);
        k->proto = ip[6];
    }
    return type;
}

enum arrival_type
arrival_init(struct arrival *a, const struct dp_packet *packet, int ifindex)
{
    ovs_be16 type;

    memset(&a->key, 0, sizeof a->key);
    a->tcp_flags = 0;
    a->size = dp_packet_size(packet);
    a->header_size = MIN(a->size, RULE_MAX_HEADER);
    if (a->header_size < ETH_HEADER_LEN) {
        return ARRIVAL_OTHER;
    }
    memcpy(a->header, dp_packet_data(packet), a->header_size);
    memcpy(&type, a->header + 12, sizeof type);
    return (type == htons(ETH_TYPE_IP) ? arrival_init_ipv4(a, ifindex)
            : type == htons(ETH_TYPE_IPV6) ? arrival_init_ipv6(a, ifindex)
            : ARRIVAL_OTHER);
}

/* What a verdict may depend on of the packet. */
static void
allow(const struct arrival *a, struct flow_wildcards *wc)
{
    flow_wildcards_init_catchall(wc);
    wc->masks.packet_type = OVS_BE32_MAX;
    WC_MASK_FIELD(wc, dl_dst);
    WC_MASK_FIELD(wc, dl_src);
    WC_MASK_FIELD(wc, dl_type);
    memset(wc->masks.vlans, 0xff, sizeof wc->masks.vlans);
    WC_MASK_FIELD(wc, nw_proto);
    WC_MASK_FIELD(wc, nw_frag);
    WC_MASK_FIELD(wc, nw_ttl);
    WC_MASK_FIELD(wc, nw_tos);
    WC_MASK_FIELD(wc, tp_src);
    WC_MASK_FIELD(wc, tp_dst);
    if (a->key.is_ipv6) {
        WC_MASK_FIELD(wc, ipv6_src);
        WC_MASK_FIELD(wc, ipv6_dst);
    } else {
        WC_MASK_FIELD(wc, nw_src);
        WC_MASK_FIELD(wc, nw_dst);
    }
}

static bool
depends_on_key_alone(const struct arrival *a, const struct pipe_verdict *v)
{
    struct flow_wildcards allowed;
    const uint64_t *used = (const uint64_t *) &v->wc.masks;
    const uint64_t *ok = (const uint64_t *) &allowed.masks;

    allow(a, &allowed);
    for (size_t i = 0; i < FLOW_U64S; i++) {
        if (used[i] & ~ok[i]) {
            return false;
        }
    }
    return true;
}

/* The only output, if the verdict is nothing else. */
static const struct dp_packet *
only_output(const struct pipe_verdict *v)
{
    return (v->n == 1 && v->effects[0].type == EFFECT_OUTPUT
            && !v->effects[0].queue ? v->effects[0].packet : NULL);
}

static uint32_t
diff_fold(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    return (sum & 0xffffffff) + (sum >> 32);
}

/* What turns the one's complement sum of 'old' into that of 'new'; both 'n'
 * bytes, a multiple of 4. */
static uint32_t
diff(const void *old, const void *new, size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i += 4) {
        uint32_t a, b;

        memcpy(&a, (const uint8_t *) old + i, 4);
        memcpy(&b, (const uint8_t *) new + i, 4);
        sum += (uint64_t) ~a & 0xffffffff;
        sum += b;
    }
    return diff_fold(sum);
}

static void
set_nat4(const struct arrival *a, const uint8_t *out, struct fp_entry *e)
{
    memcpy(&e->src[0], out + 26, 4);
    memcpy(&e->dst[0], out + 30, 4);
    if (memcmp(a->header + 26, out + 26, 8)) {
        e->flags |= FP_NAT;
        e->ip_diff = e->addr_diff = diff(a->header + 26, out + 26, 8);
    }
}

static void
set_nat6(const struct arrival *a, const uint8_t *out, struct fp_entry *e)
{
    memcpy(e->src, out + 22, 16);
    memcpy(e->dst, out + 38, 16);
    if (memcmp(a->header + 22, out + 22, 32)) {
        e->flags |= FP_NAT;
        e->addr_diff = diff(a->header + 22, out + 22, 32);
    }
}

/* True if the entry turns the arriving header into 'out', but for
 * checksums. */
static bool
rewrite_makes(const struct arrival *a, const struct fp_entry *e,
              const uint8_t *out)
{
    uint8_t expected[RULE_MAX_HEADER], got[RULE_MAX_HEADER];
    size_t checksum = a->l4 + (a->header[a->l4 - (a->key.is_ipv6 ? 34 : 11)]
                               == IPPROTO_TCP ? 16 : 6);

    memcpy(expected, a->header, a->header_size);
    memcpy(got, out, a->header_size);
    memcpy(expected, e->eth_dst, 6);
    memcpy(expected + 6, e->eth_src, 6);
    if (a->key.is_ipv6) {
        expected[ETH_HEADER_LEN + 7] -= e->ttl_dec;
        memcpy(expected + 22, e->src, 16);
        memcpy(expected + 38, e->dst, 16);
    } else {
        expected[ETH_HEADER_LEN + 8] -= e->ttl_dec;
        memcpy(expected + 26, e->src, 4);
        memcpy(expected + 30, e->dst, 4);
        memset(expected + ETH_HEADER_LEN + 10, 0, 2);
        memset(got + ETH_HEADER_LEN + 10, 0, 2);
    }
    memcpy(expected + a->l4, &e->sport, 2);
    memcpy(expected + a->l4 + 2, &e->dport, 2);
    memset(expected + checksum, 0, 2);
    memset(got + checksum, 0, 2);
    return !memcmp(expected, got, a->header_size);
}

/* TTL and TOS: demanded as far as they were looked at. */
static void
set_conditions(const struct arrival *a, const struct pipe_verdict *v,
               const uint8_t *out, struct fp_entry *e)
{
    const uint8_t *ip = a->header + ETH_HEADER_LEN;
    size_t ttl = a->key.is_ipv6 ? 7 : 8;
    uint8_t tos = (a->key.is_ipv6 ? (uint8_t) (ip[0] << 4 | ip[1] >> 4)
                   : ip[1]);

    e->ttl = ip[ttl];
    e->ttl_dec = ip[ttl] - out[ETH_HEADER_LEN + ttl];
    if (v->wc.masks.nw_ttl) {
        e->flags |= FP_CHECK_TTL;
    }
    e->tos_mask = v->wc.masks.nw_tos;
    e->tos = tos & e->tos_mask;
}

static void
set_rewrites(const struct arrival *a, const uint8_t *out, struct fp_entry *e)
{
    memcpy(e->eth_dst, out, 6);
    memcpy(e->eth_src, out + 6, 6);
    if (a->key.is_ipv6) {
        set_nat6(a, out, e);
    } else {
        set_nat4(a, out, e);
    }
    memcpy(&e->sport, out + a->l4, 2);
    memcpy(&e->dport, out + a->l4 + 2, 2);
    if (memcmp(a->header + a->l4, out + a->l4, 4)) {
        e->flags |= FP_NAT;
        e->port_diff = diff(a->header + a->l4, out + a->l4, 4);
    }
}

static uint8_t
arrival_protocol(const struct arrival *a)
{
    return a->key.is_ipv6 ? a->key.v6.proto : a->key.v4.proto;
}

/* Whatever conntrack says. */
static const char *
make_rule(const struct arrival *a, const struct pipe_verdict *v,
          const struct rule_output *where, struct fp_entry *e)
{
    const struct dp_packet *packet = only_output(v);

    if (!packet) {
        return "more or less than one output";
    }
    if (v->dependencies & ~(DEPENDS_ON_CT | DEPENDS_ON_MACS
                            | DEPENDS_ON_FDB)) {
        return "depends on time, size or payload";
    }
    if (!depends_on_key_alone(a, v)) {
        return "depends on more than the key";
    }
    if (dp_packet_size(packet) != a->size) {
        return "changes size";
    }

    const uint8_t *out = dp_packet_data(packet);
    memset(e, 0, sizeof *e);
    e->out_ifindex = where->ifindex;
    e->mtu = MIN(where->mtu, UINT16_MAX);
    if (v->dependencies & DEPENDS_ON_CT) {
        e->flags |= FP_CONNECTION;
        e->flags |= v->ct_states & CS_REPLY_DIR ? FP_REPLY : 0;
        e->flags |= v->ct_states & CS_NEW ? FP_ONE_WAY : 0;
    }
    if (!eth_addr_is_zero(where->peer)
        && !memcmp(out, &where->peer, sizeof where->peer)) {
        e->flags |= FP_PEER;
    }
    set_conditions(a, v, out, e);
    set_rewrites(a, out, e);
    return rewrite_makes(a, e, out) ? NULL : "changes other headers";
}

const char *
rule_from_verdict(const struct arrival *a, const struct pipe_verdict *v,
                  const struct rule_output *where, struct fp_entry *e)
{
    if (v->ct_states & (CS_RELATED | CS_INVALID)
        || (v->ct_states & CS_NEW && arrival_protocol(a) != IPPROTO_UDP)) {
        return "no established connection";
    }
    return make_rule(a, v, where, e);
}

const char *
rule_from_first(const struct arrival *a, const struct pipe_verdict *v,
                const struct rule_output *where, struct fp_entry *e)
{
    if (v->ct_states & (CS_RELATED | CS_INVALID | CS_ESTABLISHED)) {
        return "no new connection";
    }

    const char *why_not = make_rule(a, v, where, e);
    e->flags &= ~FP_ONE_WAY;
    return why_not;
}

bool
rule_equals(const struct fp_entry *a, const struct fp_entry *b)
{
    size_t from = offsetof(struct fp_entry, out_ifindex);

    /* Who made it makes no difference. */
    struct fp_entry copy = *a;

    copy.flags = (a->flags & ~RULE_ORIGIN) | (b->flags & RULE_ORIGIN);
    return !memcmp((const char *) &copy + from, (const char *) b + from,
                   offsetof(struct fp_entry, used_ns) - from);
}
