/* Answers to questions for a neighbour, in the fast path's programs.
 *
 * Under either of BSD-2-Clause and GPL-2.0, as they are. */

#ifndef DATAPATH_FASTPATH_NEIGHBOR_BPF_H
#define DATAPATH_FASTPATH_NEIGHBOR_BPF_H 1

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include "fastpath_shared.h"

#define copy(DST, SRC, N) __builtin_memcpy(DST, SRC, N)

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, FP_N_NEIGHBORS);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct fp_neighbor_key);
    __type(value, struct fp_neighbor);
} neighbors SEC(".maps");

static __always_inline __u16
fold(__u64 sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16);
}

/* The answer to a question for a neighbour, or NULL. */
static __always_inline struct fp_neighbor *
find_neighbor(const struct fp_neighbor_key *key, const struct fp_config *cfg)
{
    struct fp_neighbor *n = bpf_map_lookup_elem(&neighbors, key);

    if (!n || n->generation != cfg->generation) {
        return NULL;
    }
    __sync_fetch_and_add(&n->packets, 1);
    n->used_ns = bpf_ktime_get_coarse_ns();
    return n;
}

/* Turns a request whose answer is known into it. */
static __always_inline int
answer_arp(struct __sk_buff *skb, const struct fp_config *cfg)
{
    struct fp_neighbor_key key = { .ifindex = skb->ifindex };
    struct fp_neighbor *n;
    struct fp_arp a;

    if (bpf_skb_load_bytes(skb, 0, &a, sizeof a)
        || a.hrd != bpf_htons(1) || a.pro != bpf_htons(ETH_P_IP)
        || a.hln != 6 || a.pln != 4 || a.op != bpf_htons(1)
        || __builtin_memcmp(a.sha, a.eth_src, 4)
        || __builtin_memcmp(a.sha + 4, a.eth_src + 4, 2)
        || (a.tha[0] | a.tha[1] | a.tha[2] | a.tha[3] | a.tha[4]
            | a.tha[5])) {
        return 0;
    }
    copy(key.eth_dst, a.eth_dst, 12);
    copy(key.src, a.spa, 4);
    copy(key.dst, a.tpa, 4);
    n = find_neighbor(&key, cfg);
    if (!n) {
        return 0;
    }
    a.op = bpf_htons(2);
    copy(a.eth_dst, key.eth_src, 6);
    copy(a.eth_src, n->mac, 6);
    copy(a.tha, key.eth_src, 6);
    copy(a.sha, n->mac, 6);
    copy(a.spa, key.dst, 4);
    copy(a.tpa, key.src, 4);
    return !bpf_skb_store_bytes(skb, 0, &a, sizeof a,
                                BPF_F_RECOMPUTE_CSUM);
}

/* Folded, not complemented, with the pseudo header. */
static __always_inline __u16
nd_sum(const struct fp_nd *nd)
{
    __u32 words[16];

    copy(words, nd->src, sizeof words);
    return fold((__u64) (__u32) bpf_csum_diff(NULL, 0, words, sizeof words, 0)
                + bpf_htons(32) + bpf_htons(IPPROTO_ICMPV6));
}

static __always_inline int
is_solicitation(const struct fp_nd *nd)
{
    return (nd->version == bpf_htonl(0x60000000)
            && nd->length == bpf_htons(32) && nd->next == IPPROTO_ICMPV6
            && nd->hop_limit == 255 && nd->type == 135 && nd->code == 0
            && !(nd->flags[0] | nd->flags[1] | nd->flags[2] | nd->flags[3])
            && nd->option == 1 && nd->option_length == 1
            && !__builtin_memcmp(nd->mac, nd->eth_src, 4)
            && !__builtin_memcmp(nd->mac + 4, nd->eth_src + 4, 2)
            && nd_sum(nd) == 0xffff);
}

static __always_inline int
answer_nd(struct __sk_buff *skb, const struct fp_config *cfg)
{
    struct fp_neighbor_key key = { .ifindex = skb->ifindex };
    struct fp_neighbor *n;
    struct fp_nd nd;

    if (skb->len != sizeof nd || bpf_skb_load_bytes(skb, 0, &nd, sizeof nd)
        || !is_solicitation(&nd)) {
        return 0;
    }
    copy(key.eth_dst, nd.eth_dst, 12);
    copy(key.src, nd.src, 16);
    copy(key.dst, nd.target, 16);
    copy(key.ip_dst, nd.dst, 16);
    n = find_neighbor(&key, cfg);
    if (!n) {
        return 0;
    }
    copy(nd.eth_dst, key.eth_src, 6);
    copy(nd.eth_src, n->mac, 6);
    copy(nd.src, key.dst, 16);
    copy(nd.dst, key.src, 16);
    nd.type = 136;
    nd.flags[0] = n->nd_flags;
    nd.option = 2;
    copy(nd.mac, n->mac, 6);
    nd.checksum = 0;
    nd.checksum = ~nd_sum(&nd);
    return !bpf_skb_store_bytes(skb, 0, &nd, sizeof nd,
                                BPF_F_RECOMPUTE_CSUM);
}

#endif /* datapath/bpf/fastpath_neighbor.bpf.h */
