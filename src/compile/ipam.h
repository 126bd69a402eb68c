/* The addresses of a switch that are given out: plain values. */

#ifndef COMPILE_IPAM_H
#define COMPILE_IPAM_H 1

#include "ovs.h"

struct ipam {
    bool has_ip4;         /* There is a subnet... */
    uint32_t base;        /* ...its address, host byte order... */
    uint32_t n;           /* ...and addresses... */
    unsigned long *used;  /* ...of which these are not given out. */
    uint32_t next;        /* Nothing is free before it. */
    bool has_ip6;
    struct in6_addr prefix;
    bool mac_only;
    struct eth_addr oui;  /* Its first three bytes. */
    struct hmapx macs;    /* Used, as integers. */
};

void ipam_init(struct ipam *);
void ipam_uninit(struct ipam *);

/* False: cannot be used, and nothing has changed. */
bool ipam_set_subnet(struct ipam *, const char *cidr);
bool ipam_set_prefix(struct ipam *, const char *prefix);
/* "IP" or "IP..IP". */
bool ipam_exclude(struct ipam *, const char *range);

/* Something is given out at all? */
bool ipam_is_on(const struct ipam *);

/* False if it is used, or not one of the subnet. */
bool ipam_take_ip4(struct ipam *, ovs_be32);
/* The lowest free one; 0 if there is none. */
ovs_be32 ipam_allocate_ip4(struct ipam *);
bool ipam_take_mac(struct ipam *, struct eth_addr);
/* One that depends on 'owner', so that it stays the same. */
struct eth_addr ipam_allocate_mac(struct ipam *, const struct uuid *owner);
struct in6_addr ipam_ip6(const struct ipam *, struct eth_addr);

#endif /* compile/ipam.h */
