/* The fast path: tc programs on the ports and on the TAP to the daemon.
 *
 * fastpath_port: ingress of each port.  A packet that has an entry is
 * rewritten and redirected; every other one goes to the TAP, with the port's
 * number in an 802.1ad tag.
 *
 * fastpath_tap: ingress of the TAP.  A frame of the daemon's leaves by the
 * port whose number is in its tag.
 *
 * Under either of BSD-2-Clause and GPL-2.0, as the kernel wants it for some
 * helpers.
 *
 * The tag, and not another header, because pushing it moves no byte: checksum
 * and segmentation offload of the packet stay as they are.  Helpers are those
 * of Linux 5.15. */

#include <stddef.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include "fastpath_neighbor.bpf.h"
#include "fastpath_shared.h"

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 65536);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct fp_key4);
    __type(value, struct fp_entry);
} flows4 SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 65536);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct fp_key6);
    __type(value, struct fp_entry);
} flows6 SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, FP_N_OPENINGS);
    __type(key, struct fp_opening_key);
    __type(value, struct fp_opening);
} openings SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct fp_allowance);
} allowance SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct fp_passages);
} passages SEC(".maps");

/* What is too large for the stack. */
struct scratch {
    struct fp_opening_key what;
    struct fp_entry entry;
    union {
        struct fp_key4 v4;
        struct fp_key6 v6;
    } key, answer;
};

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct scratch);
} scratches SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct fp_config);
} config SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, FP_MAX_PORTS);
    __type(key, __u32);
    __type(value, struct fp_port);
} ports SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, FP_MAX_PORTS);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, __u32);   /* ifindex */
    __type(value, __u32); /* number */
} numbers SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, FP_MAX_PORTS);
    __type(key, __u32);
    __type(value, struct fp_meter);
} meters SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, FP_N_COUNTERS);
    __type(key, __u32);
    __type(value, __u64);
} counters SEC(".maps");

static __always_inline void
add(__u32 counter, __u64 more)
{
    __u64 *n = bpf_map_lookup_elem(&counters, &counter);

    if (n) {
        *n += more;
    }
}

static __always_inline void
count(__u32 counter)
{
    add(counter, 1);
}

/* Token bucket of a port; CPUs that race make it a little inexact. */
static __always_inline int
is_over_limit(__u32 number, const struct fp_config *cfg)
{
    struct fp_meter *m = bpf_map_lookup_elem(&meters, &number);

    if (!m) {
        return 1;
    }

    __u64 now = bpf_ktime_get_ns();
    __u64 credit = m->credit_ns + (now - m->last_ns);

    if (credit > cfg->slow_burst_ns) {
        credit = cfg->slow_burst_ns;
    }
    m->last_ns = now;
    if (credit < cfg->slow_cost_ns) {
        m->credit_ns = credit;
        __sync_fetch_and_add(&m->limited, 1);
        return 1;
    }
    m->credit_ns = credit - cfg->slow_cost_ns;
    __sync_fetch_and_add(&m->slow, 1);
    return 0;
}

static __always_inline int
to_daemon(struct __sk_buff *skb, const struct fp_config *cfg, __u32 reason)
{
    __u32 ifindex = skb->ifindex;
    __u32 *number = bpf_map_lookup_elem(&numbers, &ifindex);

    if (!number) {
        count(FP_UNKNOWN);
        return TC_ACT_SHOT;
    }
    if (is_over_limit(*number, cfg)) {
        count(FP_LIMITED);
        return TC_ACT_SHOT;
    }
    count(reason);
    if (bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021AD), *number)) {
        return TC_ACT_SHOT;
    }
    return bpf_redirect(cfg->tap_ifindex, 0);
}

/* What the parser found. */
struct packet {
    __u32 l3; /* Length of the IP header... */
    __u32 l4; /* ...and of the one behind it. */
    __u8 proto;
    __u8 ttl;
    __u8 tos;
    __u8 seen; /* FP_SEEN_*. */
    __u8 syn; /* TCP flags of the first one, or 0. */
};

/* Ports at 'l4', and whether the packet is an ordinary one. */
static __always_inline int
parse_transport(void *l4, void *end, struct packet *p)
{
    if (p->proto == IPPROTO_UDP) {
        p->l4 = sizeof(struct udphdr);
        return l4 + sizeof(struct udphdr) <= end;
    }
    if (p->proto != IPPROTO_TCP || l4 + sizeof(struct tcphdr) > end) {
        return 0;
    }

    __u8 flags = ((__u8 *) l4)[13] & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK);

    if (flags & TCP_SYN) {
        if (flags & (TCP_FIN | TCP_RST)) {
            return 0;
        }
        p->syn = flags;
    } else if (flags & TCP_RST) {
        return 0;
    }
    p->seen = ((flags & TCP_FIN ? FP_SEEN_FIN : 0)
               | (flags & TCP_SYN ? 0 : FP_SEEN_MORE));
    p->l4 = (((__u8 *) l4)[12] >> 4) * 4;
    return 1;
}

static __always_inline struct fp_entry *
find4(struct __sk_buff *skb, void *data, void *end, struct packet *p)
{
    struct iphdr *ip = data + ETH_HLEN;
    struct fp_key4 key = { .ifindex = skb->ifindex };

    if ((void *) (ip + 1) > end || *(__u8 *) ip != 0x45
        || ip->frag_off & bpf_htons(0x3fff)) {
        return NULL;
    }
    p->l3 = sizeof *ip;
    p->proto = ip->protocol;
    p->ttl = ip->ttl;
    p->tos = ip->tos;
    if (!parse_transport(ip + 1, end, p)) {
        return NULL;
    }
    copy(key.eth_dst, data, 12);
    key.src = ip->saddr;
    key.dst = ip->daddr;
    copy(&key.sport, ip + 1, 4);
    key.proto = p->proto;
    return bpf_map_lookup_elem(&flows4, &key);
}

static __always_inline struct fp_entry *
find6(struct __sk_buff *skb, void *data, void *end, struct packet *p)
{
    struct ipv6hdr *ip = data + ETH_HLEN;
    struct fp_key6 key = { .ifindex = skb->ifindex };

    if ((void *) (ip + 1) > end) {
        return NULL;
    }
    p->l3 = sizeof *ip;
    p->proto = ip->nexthdr;
    p->ttl = ip->hop_limit;
    p->tos = bpf_ntohs(*(__be16 *) ip) >> 4;
    if (!parse_transport(ip + 1, end, p)) {
        return NULL;
    }
    copy(key.eth_dst, data, 12);
    copy(key.src, &ip->saddr, 32);
    copy(&key.sport, ip + 1, 4);
    key.proto = p->proto;
    return bpf_map_lookup_elem(&flows6, &key);
}

static __always_inline int
is_applicable(struct __sk_buff *skb, const struct fp_entry *e,
              const struct fp_config *cfg, const struct packet *p)
{
    __u32 length = skb->gso_size ? skb->gso_size + p->l3 + p->l4
                                 : skb->len - ETH_HLEN;

    return (e->generation == cfg->generation
            && length <= e->mtu
            && p->ttl > e->ttl_dec
            && (!(e->flags & FP_CHECK_TTL) || p->ttl == e->ttl)
            && (p->tos & e->tos_mask) == e->tos);
}

/* One more connection, if there is still leave for that. */
static __always_inline int
take_leave(void)
{
    __u32 zero = 0;
    struct fp_allowance *a = bpf_map_lookup_elem(&allowance, &zero);

    if (!a || a->left <= 0) {
        return 0;
    }
    __sync_fetch_and_add(&a->left, -1);
    return 1;
}

/* Fills in 's' for the connection that a packet begins.  0 if the verifier
 * could not be shown that its headers are there. */
static __always_inline int
read_beginning(struct __sk_buff *skb, struct scratch *s, int is_ipv6)
{
    void *data = (void *) (long) skb->data;
    void *end = (void *) (long) skb->data_end;

    __builtin_memset(s, 0, sizeof *s);
    s->what.ifindex = skb->ifindex;
    s->what.is_ipv6 = is_ipv6;
    if (is_ipv6) {
        struct ipv6hdr *ip = data + ETH_HLEN;
        struct fp_key6 *k = &s->key.v6;

        if ((void *) (ip + 1) + 4 > end) {
            return 0;
        }
        copy(s->what.src, &ip->saddr, 32);
        k->ifindex = skb->ifindex;
        copy(k->eth_dst, data, 12);
        copy(k->src, &ip->saddr, 32);
        copy(&k->sport, ip + 1, 4);
        k->proto = IPPROTO_TCP;
        s->what.dport = k->dport;
    } else {
        struct iphdr *ip = data + ETH_HLEN;
        struct fp_key4 *k = &s->key.v4;

        if ((void *) (ip + 1) + 4 > end) {
            return 0;
        }
        s->what.src[0] = k->src = ip->saddr;
        s->what.dst[0] = k->dst = ip->daddr;
        k->ifindex = skb->ifindex;
        copy(k->eth_dst, data, 12);
        copy(&k->sport, ip + 1, 4);
        k->proto = IPPROTO_TCP;
        s->what.dport = k->dport;
    }
    copy(s->what.eth_dst, data, 12);
    return 1;
}

/* The key of the answers to what 'there' was applied to. */
static __always_inline void
make_answer(struct scratch *s, const struct fp_entry *there, int is_ipv6)
{
    if (is_ipv6) {
        struct fp_key6 *k = &s->answer.v6;

        k->ifindex = there->out_ifindex;
        copy(k->eth_dst, there->other_dst, 12);
        copy(k->src, there->dst, 16);
        copy(k->dst, there->src, 16);
        k->sport = there->dport;
        k->dport = s->key.v6.sport;
        k->proto = IPPROTO_TCP;
    } else {
        struct fp_key4 *k = &s->answer.v4;

        k->ifindex = there->out_ifindex;
        copy(k->eth_dst, there->other_dst, 12);
        k->src = there->dst[0];
        k->dst = there->src[0];
        k->sport = there->dport;
        k->dport = s->key.v4.sport;
        k->proto = IPPROTO_TCP;
    }
}

/* Both directions' entries, of a connection that is none yet.  The answers'
 * first: there are none before this packet has left. */
static __always_inline int
put_entries(void *flows, struct scratch *s, const struct fp_opening *o,
            __be16 client_port, const struct fp_config *cfg)
{
    __u64 now = bpf_ktime_get_coarse_ns();

    s->entry = o->back;
    s->entry.dport = client_port;
    s->entry.used_ns = now;
    s->entry.generation = cfg->generation;
    if (bpf_map_update_elem(flows, &s->answer, &s->entry, BPF_NOEXIST)) {
        return 0;
    }
    s->entry = o->there;
    s->entry.sport = client_port;
    s->entry.used_ns = now;
    s->entry.generation = cfg->generation;
    if (bpf_map_update_elem(flows, &s->key, &s->entry, BPF_NOEXIST)) {
        bpf_map_delete_elem(flows, &s->answer);
        return 0;
    }
    count(FP_CONNECTED);
    return 1;
}

/* An opening is as good as it was at the look-up only if the generation is
 * asked for between both counts: the daemon changes it, and waits for those
 * that are in between. */
static __always_inline int
is_open(const struct fp_opening *o, const struct fp_config *cfg)
{
    return *(volatile __u64 *) &cfg->openings == o->generation;
}

static __always_inline int
put_if_open(struct scratch *s, const struct fp_opening *o, int is_ipv6,
            const struct fp_config *cfg)
{
    __u32 zero = 0;
    struct fp_passages *passage = bpf_map_lookup_elem(&passages, &zero);
    int done;

    if (!passage) {
        return 0;
    }
    __sync_fetch_and_add(&passage->begun, 1);
    done = (is_open(o, cfg) && take_leave()
            && put_entries(is_ipv6 ? (void *) &flows6 : (void *) &flows4, s,
                           o, is_ipv6 ? s->key.v6.sport : s->key.v4.sport,
                           cfg));
    __sync_fetch_and_add(&passage->ended, 1);
    return done;
}

/* What a client's SYN does, where the pipeline has let another of the client's
 * connections pass that differed in nothing but its port.  NULL if it has
 * not. */
static __always_inline struct fp_entry *
open_connection(struct __sk_buff *skb, const struct fp_config *cfg,
                const struct packet *p)
{
    int is_ipv6 = p->l3 != sizeof(struct iphdr);
    __u32 zero = 0;
    struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
    const struct fp_opening *o;

    if (!s || !read_beginning(skb, s, is_ipv6)) {
        return NULL;
    }
    o = bpf_map_lookup_elem(&openings, &s->what);
    if (!o || !is_open(o, cfg) || !is_applicable(skb, &o->there, cfg, p)) {
        return NULL;
    }
    make_answer(s, &o->there, is_ipv6);
    if (!put_if_open(s, o, is_ipv6, cfg)) {
        return NULL;
    }
    return (is_ipv6 ? bpf_map_lookup_elem(&flows6, &s->key)
            : bpf_map_lookup_elem(&flows4, &s->key));
}

/* IPv4 header; 'dec' of TTL is the upper byte of a 16-bit word. */
static __always_inline void
rewrite4(struct iphdr *ip, const struct fp_entry *e)
{
    __u64 sum = (__u16) ~ip->check;

    ip->ttl -= e->ttl_dec;
    sum += (__u16) ~bpf_htons(e->ttl_dec << 8);
    if (e->flags & FP_NAT) {
        ip->saddr = e->src[0];
        ip->daddr = e->dst[0];
        sum += e->ip_diff;
    }
    ip->check = ~fold(sum);
}

/* The transport checksum.  Two calls, because of a packet with a partial
 * checksum only the pseudo header's part may change, and only the helper
 * knows.  Invalidates pointers into the packet. */
static __always_inline void
rewrite_checksum(struct __sk_buff *skb, const struct fp_entry *e,
                 const struct packet *p)
{
    __u64 flags = p->proto == IPPROTO_UDP ? BPF_F_MARK_MANGLED_0 : 0;
    __u32 offset = ETH_HLEN + p->l3 + (p->proto == IPPROTO_UDP ? 6 : 16);

    if (e->addr_diff) {
        bpf_l4_csum_replace(skb, offset, 0, e->addr_diff,
                            flags | BPF_F_PSEUDO_HDR);
    }
    if (e->port_diff) {
        bpf_l4_csum_replace(skb, offset, 0, e->port_diff, flags);
    }
}

/* An IPv6 header has no checksum that would take up its changes: if the
 * device summed up the packet (CHECKSUM_COMPLETE), that sum must be told. */
static __always_inline void
rewrite_sum6(struct __sk_buff *skb, const struct fp_entry *e)
{
    __u64 sum = (__u16) ~bpf_htons(e->ttl_dec);

    if (e->flags & FP_NAT) {
        sum += e->addr_diff;
    }
    bpf_csum_update(skb, (__u32) ((sum & 0xffffffff) + (sum >> 32)));
}

/* Rewrites the headers but for the transport checksum.  0 if the verifier
 * could not be shown that they are there. */
static __always_inline int
rewrite(void *data, void *end, const struct fp_entry *e,
        const struct packet *p)
{
    void *l4;

    if (p->l3 == sizeof(struct iphdr)) {
        struct iphdr *ip = data + ETH_HLEN;

        l4 = ip + 1;
        if (l4 + 4 > end) {
            return 0;
        }
        rewrite4(ip, e);
    } else {
        struct ipv6hdr *ip = data + ETH_HLEN;

        l4 = ip + 1;
        if (l4 + 4 > end) {
            return 0;
        }
        ip->hop_limit -= e->ttl_dec;
        if (e->flags & FP_NAT) {
            copy(&ip->saddr, e->src, 32);
        }
    }
    copy(data, e->eth_dst, 12);
    if (e->flags & FP_NAT) {
        copy(l4, &e->sport, 4);
    }
    return 1;
}

/* Straight into the namespace at the other end of a veth pair.  Up to Linux
 * 6.14 the frame keeps the type that it got here, where it was for another
 * host. */
static __always_inline int
hand_over(struct __sk_buff *skb, __u32 ifindex)
{
    if (bpf_skb_change_type(skb, PACKET_HOST)) {
        return bpf_redirect(ifindex, 0);
    }
    return bpf_redirect_peer(ifindex, 0);
}

static __always_inline int
forward(struct __sk_buff *skb, struct fp_entry *e, const struct packet *p)
{
    __sync_fetch_and_add(&e->packets, 1);
    __sync_fetch_and_add(&e->bytes, skb->len);
    e->used_ns = bpf_ktime_get_coarse_ns();
    if (p->seen & ~e->seen) {
        __sync_fetch_and_or(&e->seen, p->seen);
    }
    count(FP_HIT);
    add(FP_HIT_BYTES, skb->len);
    if (e->flags & FP_NAT) {
        rewrite_checksum(skb, e, p);
    }
    if (p->l3 != sizeof(struct iphdr)) {
        rewrite_sum6(skb, e);
    }
    return (e->flags & FP_PEER ? hand_over(skb, e->out_ifindex)
            : bpf_redirect(e->out_ifindex, 0));
}

/* A device may leave headers outside of the linear part.  Nothing more than
 * they are is asked for: of a packet on its way from a local TCP they are
 * linear, and nothing else is; to add a byte of payload takes a copy of its
 * own, which costs more than all the rest of the program. */
static __always_inline void
pull_headers(struct __sk_buff *skb)
{
    void *data = (void *) (long) skb->data;
    void *end = (void *) (long) skb->data_end;
    __u32 size = ETH_HLEN + sizeof(struct iphdr) + sizeof(struct tcphdr);

    if (data + ETH_HLEN > end
        || ((struct ethhdr *) data)->h_proto == bpf_htons(ETH_P_IPV6)) {
        size += sizeof(struct ipv6hdr) - sizeof(struct iphdr);
    }
    if (size > skb->len) {
        size = skb->len;
    }
    if (data + size > end) {
        /* What could not be had is missed by those who look for it. */
        bpf_skb_pull_data(skb, size);
    }
}

SEC("tc")
int
fastpath_port(struct __sk_buff *skb)
{
    __u32 zero = 0;
    struct fp_config *cfg = bpf_map_lookup_elem(&config, &zero);
    struct packet p = { .l3 = 0 };
    struct fp_entry *e = NULL;

    if (!cfg) {
        return TC_ACT_SHOT;
    }
    if (!cfg->cache || skb->vlan_present || skb->len < ETH_HLEN) {
        return to_daemon(skb, cfg, FP_UNUSUAL);
    }

    pull_headers(skb);

    void *data = (void *) (long) skb->data;
    void *end = (void *) (long) skb->data_end;

    if (data + ETH_HLEN > end) {
        return to_daemon(skb, cfg, FP_UNUSUAL);
    }

    __be16 type = ((struct ethhdr *) data)->h_proto;
    if ((type == bpf_htons(ETH_P_ARP) && answer_arp(skb, cfg))
        || (type == bpf_htons(ETH_P_IPV6)
            && skb->len == sizeof(struct fp_nd) && answer_nd(skb, cfg))) {
        count(FP_ANSWERED);
        return bpf_redirect(skb->ifindex, 0);
    }

    /* Helpers may have made these void. */
    data = (void *) (long) skb->data;
    end = (void *) (long) skb->data_end;
    if (data + ETH_HLEN > end) {
        return to_daemon(skb, cfg, FP_UNUSUAL);
    }
    if (type == bpf_htons(ETH_P_IP)) {
        e = find4(skb, data, end, &p);
    } else if (type == bpf_htons(ETH_P_IPV6)) {
        e = find6(skb, data, end, &p);
    }
    if (p.syn == TCP_SYN && !e) {
        e = open_connection(skb, cfg, &p);
    }
    if (!p.l4
        || (p.syn && !(e && e->flags & FP_OPENED
                     && !(e->seen & FP_SEEN_FIN)))) {
        return to_daemon(skb, cfg, FP_UNUSUAL);
    }
    data = (void *) (long) skb->data;
    end = (void *) (long) skb->data_end;
    if (data + ETH_HLEN > end) {
        return to_daemon(skb, cfg, FP_UNUSUAL);
    }
    if (!e || !is_applicable(skb, e, cfg, &p) || !rewrite(data, end, e, &p)) {
        return to_daemon(skb, cfg, FP_MISS);
    }
    return forward(skb, e, &p);
}

/* The frame is for the other end of the port's veth pair, which can have it
 * directly. */
static __always_inline int
is_for_peer(struct __sk_buff *skb, const struct fp_port *port)
{
    __u8 *data = (void *) (long) skb->data;
    void *end = (void *) (long) skb->data_end;

    return (data + ETH_HLEN <= (__u8 *) end
            && (port->peer[0] | port->peer[1] | port->peer[2] | port->peer[3]
                | port->peer[4] | port->peer[5])
            && !__builtin_memcmp(data, port->peer, 4)
            && !__builtin_memcmp(data + 4, port->peer + 4, 2));
}

SEC("tc")
int
fastpath_tap(struct __sk_buff *skb)
{
    __u32 number = skb->vlan_tci;
    struct fp_port *port = NULL;

    if (skb->vlan_present) {
        port = bpf_map_lookup_elem(&ports, &number);
    }
    if (!port || !port->ifindex || bpf_skb_vlan_pop(skb)) {
        count(FP_DOWN_LOST);
        return TC_ACT_SHOT;
    }
    count(FP_DOWN);
    return (is_for_peer(skb, port) ? hand_over(skb, port->ifindex)
            : bpf_redirect(port->ifindex, 0));
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
