/* What the fast path in the kernel and the daemon both know: keys, entries,
 * and the other maps.
 *
 * Keys are compared as bytes, so no key has padding that is not named, and
 * all of it is zero.  Whoever changes a layout here adds 1 to FP_LAYOUT: it is
 * a part of the name of the folder that the maps are pinned in, so that a
 * daemon never meets maps of another layout. */

#ifndef DATAPATH_FASTPATH_SHARED_H
#define DATAPATH_FASTPATH_SHARED_H 1

#include <linux/types.h>

#define FP_LAYOUT 3

#define FP_MAX_PORTS 65535
#define FP_N_NEIGHBORS 16384
#define FP_N_OPENINGS 4096

/* A packet of a flow, IPv4. */
struct fp_key4 {
    __u32 ifindex; /* Where it enters. */
    __u8 eth_dst[6];
    __u8 eth_src[6];
    __be32 src;
    __be32 dst;
    __be16 sport;
    __be16 dport;
    __u8 proto; /* IPPROTO_TCP or IPPROTO_UDP. */
    __u8 zero[3];
};

/* Likewise, IPv6. */
struct fp_key6 {
    __u32 ifindex;
    __u8 eth_dst[6];
    __u8 eth_src[6];
    __be32 src[4];
    __be32 dst[4];
    __be16 sport;
    __be16 dport;
    __u8 proto;
    __u8 zero[3];
};

enum {
    FP_NAT = 1 << 0,       /* Addresses or ports are rewritten. */
    FP_CHECK_TTL = 1 << 1, /* Only packets with this 'ttl'. */
    FP_CONNECTION = 1 << 2, /* The daemon's: depends on conntrack... */
    FP_REPLY = 1 << 3,      /* ...and is the answers' direction. */
    FP_ONE_WAY = 1 << 5, /* Likewise, while there are no answers. */
    FP_OPENED = 1 << 6,  /* Made by the kernel of a fp_opening... */
    FP_ANSWERS = 1 << 7, /* ...for what the server says. */
    FP_PEER = 1 << 4, /* Handed to the other end of the way out's veth. */
};

/* What was seen of a connection. */
enum {
    FP_SEEN_FIN = 1 << 0,
    FP_SEEN_MORE = 1 << 1, /* Than SYNs. */
};

/* What becomes of the packets. */
struct fp_entry {
    /* Written by the daemon. */
    __u64 generation; /* Void unless it is fp_config's. */
    __u32 out_ifindex;
    __u16 flags;
    __u16 mtu; /* Of the way out, without Ethernet header. */
    __u8 eth_dst[6];
    __u8 eth_src[6];
    __be16 sport;
    __be16 dport;
    __u32 ip_diff;   /* One's complement: IPv4 header, addresses only... */
    __u32 addr_diff; /* ...pseudo header... */
    __u32 port_diff; /* ...ports. */
    __u8 ttl;
    __u8 ttl_dec;
    __u8 tos; /* Only packets with these bits... */
    __u8 tos_mask; /* ...of these. */
    __be32 src[4];
    __be32 dst[4];

    /* Written by the kernel. */
    __u64 used_ns; /* CLOCK_MONOTONIC_COARSE. */
    __u64 packets;
    __u64 bytes;
    __u32 seen; /* Of enum below, among them. */

    /* FP_OPENED: the MACs of the other direction's key, which may take another
     * way. */
    __u8 other_dst[6];
    __u8 other_src[6];
};

/* A client that has connected to a server's port before, and does so again
 * from another port of its own: TCP. */
struct fp_opening_key {
    __u32 ifindex;
    __u8 eth_dst[6];
    __u8 eth_src[6];
    __be32 src[4]; /* IPv4: the first word. */
    __be32 dst[4];
    __be16 dport;
    __u8 is_ipv6;
    __u8 zero;
};

/* The entries that such a connection gets, but for the client's port. */
struct fp_opening {
    __u64 generation; /* Void unless it is fp_config's 'openings'. */
    struct fp_entry there;
    struct fp_entry back;
};

/* The only element of the map "allowance". */
struct fp_allowance {
    __s64 left; /* Connections that the kernel may open by itself. */
};

/* The only element of the map "passages": how often the program went to open a
 * connection, and came back.  Where both are the same it is nowhere there. */
struct fp_passages {
    __u64 begun;
    __u64 ended;
};

/* A question for a neighbour that the pipeline has answered before: ARP, whose
 * addresses are in the first words, or a solicitation of IPv6. */
struct fp_neighbor_key {
    __u32 ifindex;
    __u8 eth_dst[6];
    __u8 eth_src[6];  /* And in the question. */
    __be32 src[4];    /* Who asks... */
    __be32 dst[4];    /* ...for whom... */
    __be32 ip_dst[4]; /* ...and whom; zero for ARP. */
};

struct fp_neighbor {
    __u64 generation;
    __u8 mac[6];   /* The answer, and who gives it. */
    __u8 nd_flags; /* First byte of an advertisement's flags. */
    __u8 zero;
    __u64 used_ns;
    __u64 packets;
};

/* The only element of the map "config". */
struct fp_config {
    __u64 generation;
    __u32 tap_ifindex;
    __u32 cache;        /* 0: everything goes to the pipeline. */
    __u64 slow_cost_ns; /* 1 s / packets per second to the pipeline... */
    __u64 slow_burst_ns; /* ...and how much may be saved up. */
    __u64 openings; /* Generation of fp_openings. */
};

/* By number, for frames on their way out. */
struct fp_port {
    __u32 ifindex; /* 0: none. */
    __u8 peer[6];  /* MAC of the other end, to hand frames to; or zeros. */
    __u8 zero[2];
};

/* By number: token bucket, and what it cost. */
struct fp_meter {
    __u64 last_ns;
    __u64 credit_ns;
    __u64 slow;
    __u64 limited;
};

/* Questions and answers on the wire. */
struct fp_arp {
    __u8 eth_dst[6];
    __u8 eth_src[6];
    __be16 eth_type;
    __be16 hrd, pro;
    __u8 hln, pln;
    __be16 op;
    __u8 sha[6];
    __u8 spa[4];
    __u8 tha[6];
    __u8 tpa[4];
} __attribute__((packed));

/* A solicitation with the asker's MAC, an advertisement with the target's. */
struct fp_nd {
    __u8 eth_dst[6];
    __u8 eth_src[6];
    __be16 eth_type;
    __be32 version;
    __be16 length;
    __u8 next;
    __u8 hop_limit;
    __u8 src[16];
    __u8 dst[16];
    __u8 type;
    __u8 code;
    __be16 checksum;
    __u8 flags[4];
    __u8 target[16];
    __u8 option;
    __u8 option_length;
    __u8 mac[6];
} __attribute__((packed));

enum fp_counter {
    FP_HIT,
    FP_MISS,      /* No entry... */
    FP_UNUSUAL,   /* ...or a packet that never has one. */
    FP_LIMITED,   /* To the pipeline, but over the port's rate. */
    FP_ANSWERED,  /* Neighbour requests. */
    FP_UNKNOWN,   /* From an interface without a port, dropped. */
    FP_DOWN,      /* From the daemon to a port. */
    FP_DOWN_LOST, /* Likewise, but there is no such port. */
    FP_CONNECTED, /* Connections that the kernel opened. */
    FP_HIT_BYTES,
    FP_N_COUNTERS,
};

_Static_assert(sizeof(struct fp_key4) == 32, "padding in fp_key4");
_Static_assert(sizeof(struct fp_key6) == 56, "padding in fp_key6");
_Static_assert(sizeof(struct fp_entry) == 8 + 8 + 12 + 4 + 12 + 4 + 32 + 40,
               "padding in fp_entry");
_Static_assert(sizeof(struct fp_neighbor_key) == 64,
               "padding in fp_neighbor_key");
_Static_assert(sizeof(struct fp_neighbor) == 32, "padding in fp_neighbor");
_Static_assert(sizeof(struct fp_arp) == 42, "padding in fp_arp");
_Static_assert(sizeof(struct fp_nd) == 86, "padding in fp_nd");
_Static_assert(sizeof(struct fp_opening_key) == 52,
               "padding in fp_opening_key");
_Static_assert(sizeof(struct fp_opening) == 8 + 2 * 120,
               "padding in fp_opening");
_Static_assert(sizeof(struct fp_config) == 40, "padding in fp_config");
_Static_assert(sizeof(struct fp_port) == 12, "padding in fp_port");
_Static_assert(sizeof(struct fp_meter) == 32, "padding in fp_meter");

#endif /* datapath/bpf/fastpath_shared.h */
