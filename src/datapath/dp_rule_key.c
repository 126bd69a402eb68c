/* Keys and entries as packets, as answers' keys, and as text. */

#include "dp_rule.h"

#include <netinet/in.h>

static void
compose4(const struct fp_key4 *k, const struct fp_entry *e,
         uint8_t tcp_flags, struct dp_packet *packet)
{
    struct flow flow = {
        .dl_type = htons(ETH_TYPE_IP),
        .nw_src = k->src,
        .nw_dst = k->dst,
        .nw_proto = k->proto,
        .nw_ttl = e->ttl,
        .nw_tos = e->tos,
        .tp_src = k->sport,
        .tp_dst = k->dport,
        .tcp_flags = htons(k->proto == IPPROTO_TCP ? tcp_flags : 0),
    };

    memcpy(&flow.dl_dst, k->eth_dst, ETH_ADDR_LEN);
    memcpy(&flow.dl_src, k->eth_src, ETH_ADDR_LEN);
    flow_compose(packet, &flow, NULL, 0);
}

static void
compose6(const struct fp_key6 *k, const struct fp_entry *e,
         uint8_t tcp_flags, struct dp_packet *packet)
{
    struct flow flow = {
        .dl_type = htons(ETH_TYPE_IPV6),
        .nw_proto = k->proto,
        .nw_ttl = e->ttl,
        .nw_tos = e->tos,
        .tp_src = k->sport,
        .tp_dst = k->dport,
        .tcp_flags = htons(k->proto == IPPROTO_TCP ? tcp_flags : 0),
    };

    memcpy(&flow.dl_dst, k->eth_dst, ETH_ADDR_LEN);
    memcpy(&flow.dl_src, k->eth_src, ETH_ADDR_LEN);
    memcpy(&flow.ipv6_src, k->src, sizeof flow.ipv6_src);
    memcpy(&flow.ipv6_dst, k->dst, sizeof flow.ipv6_dst);
    flow_compose(packet, &flow, NULL, 0);
}

struct dp_packet *
rule_compose(const struct flow_key *key, const struct fp_entry *entry,
             uint8_t tcp_flags)
{
    struct dp_packet *packet = dp_packet_new(0);

    if (key->is_ipv6) {
        compose6(&key->v6, entry, tcp_flags, packet);
    } else {
        compose4(&key->v4, entry, tcp_flags, packet);
    }
    return packet;
}

void
rule_reverse(const struct flow_key *key, const struct fp_entry *e,
             struct flow_key *r)
{
    memset(r, 0, sizeof *r);
    r->is_ipv6 = key->is_ipv6;
    if (key->is_ipv6) {
        r->v6.ifindex = e->out_ifindex;
        memcpy(r->v6.eth_dst, e->eth_src, 6);
        memcpy(r->v6.eth_src, e->eth_dst, 6);
        memcpy(r->v6.src, e->dst, 16);
        memcpy(r->v6.dst, e->src, 16);
        r->v6.sport = e->dport;
        r->v6.dport = e->sport;
        r->v6.proto = key->v6.proto;
    } else {
        r->v4.ifindex = e->out_ifindex;
        memcpy(r->v4.eth_dst, e->eth_src, 6);
        memcpy(r->v4.eth_src, e->eth_dst, 6);
        r->v4.src = e->dst[0];
        r->v4.dst = e->src[0];
        r->v4.sport = e->dport;
        r->v4.dport = e->sport;
        r->v4.proto = key->v4.proto;
    }
}

/* Address and port, in words and not: the same. */
static bool
is_same_end(const ovs_be32 *ip, ovs_be16 port, const ovs_be32 *ip2,
            ovs_be16 port2, size_t n)
{
    return port == port2 && !memcmp(ip, ip2, n * sizeof *ip);
}

/* The MACs that packets with 'key' have. */
static const uint8_t *
key_macs(const struct flow_key *key)
{
    return key->is_ipv6 ? key->v6.eth_dst : key->v4.eth_dst;
}

bool
rule_opening(const struct rule_pair *p, struct fp_opening_key *key,
             struct fp_opening *opening)
{
    const struct fp_key4 *v4 = &p->client.v4;
    const struct fp_key6 *v6 = &p->client.v6;
    bool is_ipv6 = p->client.is_ipv6;
    size_t n = is_ipv6 ? 4 : 1;
    const ovs_be32 *src = is_ipv6 ? v6->src : &v4->src;
    ovs_be16 sport = is_ipv6 ? v6->sport : v4->sport;

    /* Where the client has another address behind NAT, its port there is
     * conntrack's choice. */
    if (!is_same_end(src, sport, p->there.src, p->there.sport, n)
        || !is_same_end(src, sport, p->back.dst, p->back.dport, n)) {
        return false;
    }
    memset(key, 0, sizeof *key);
    key->is_ipv6 = is_ipv6;
    key->ifindex = is_ipv6 ? v6->ifindex : v4->ifindex;
    memcpy(key->eth_dst, key_macs(&p->client), 12);
    memcpy(key->src, src, n * sizeof *src);
    memcpy(key->dst, is_ipv6 ? v6->dst : &v4->dst, n * sizeof *src);
    key->dport = is_ipv6 ? v6->dport : v4->dport;

    memset(opening, 0, sizeof *opening);
    opening->there = p->there;
    opening->there.flags |= FP_OPENED;
    memcpy(opening->there.other_dst, key_macs(&p->server), 12);
    opening->back = p->back;
    opening->back.flags |= FP_OPENED | FP_ANSWERS;
    memcpy(opening->back.other_dst, key_macs(&p->client), 12);
    return true;
}

void
rule_find_other(const struct flow_key *key, const struct fp_entry *entry,
                struct flow_key *other)
{
    rule_reverse(key, entry, other);
    memcpy(other->is_ipv6 ? other->v6.eth_dst : other->v4.eth_dst,
           entry->other_dst, 12);
}

static void
format_eth(const uint8_t dst[6], const uint8_t src[6], struct ds *s)
{
    struct eth_addr d, o;

    memcpy(&d, dst, sizeof d);
    memcpy(&o, src, sizeof o);
    ds_put_format(s, "eth("ETH_ADDR_FMT"->"ETH_ADDR_FMT")", ETH_ADDR_ARGS(o),
                  ETH_ADDR_ARGS(d));
}

/* An address and a port. */
static void
format_end(bool is_ipv6, const ovs_be32 *ip, ovs_be16 port, struct ds *s)
{
    if (is_ipv6) {
        struct in6_addr ip6;

        memcpy(&ip6, ip, sizeof ip6);
        ds_put_char(s, '[');
        ipv6_format_addr(&ip6, s);
        ds_put_format(s, "]:%"PRIu16, ntohs(port));
    } else {
        ds_put_format(s, IP_FMT":%"PRIu16, IP_ARGS(*ip), ntohs(port));
    }
}

void
flow_key_format(const struct flow_key *key, struct ds *s)
{
    bool is_ipv6 = key->is_ipv6;
    const struct fp_key4 *k4 = &key->v4;
    const struct fp_key6 *k6 = &key->v6;

    ds_put_format(s, "in(%"PRIu32"),", is_ipv6 ? k6->ifindex : k4->ifindex);
    format_eth(is_ipv6 ? k6->eth_dst : k4->eth_dst,
               is_ipv6 ? k6->eth_src : k4->eth_src, s);
    ds_put_format(s, ",%s(",
                  (is_ipv6 ? k6->proto : k4->proto) == IPPROTO_TCP ? "tcp"
                  : "udp");
    format_end(is_ipv6, is_ipv6 ? k6->src : &k4->src,
               is_ipv6 ? k6->sport : k4->sport, s);
    ds_put_cstr(s, "->");
    format_end(is_ipv6, is_ipv6 ? k6->dst : &k4->dst,
               is_ipv6 ? k6->dport : k4->dport, s);
    ds_put_char(s, ')');
}

void
rule_format(const struct flow_key *key, const struct fp_entry *e,
            struct ds *s)
{
    format_eth(e->eth_dst, e->eth_src, s);
    if (e->flags & FP_NAT) {
        ds_put_cstr(s, ",nat(");
        format_end(key->is_ipv6, e->src, e->sport, s);
        ds_put_cstr(s, "->");
        format_end(key->is_ipv6, e->dst, e->dport, s);
        ds_put_char(s, ')');
    }
    if (e->ttl_dec) {
        ds_put_format(s, ",ttl-%"PRIu8, e->ttl_dec);
    }
    ds_put_format(s, ",%s(%"PRIu32")", e->flags & FP_PEER ? "peer" : "out",
                  e->out_ifindex);
}
