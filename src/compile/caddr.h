/* Addresses of a port: a MAC and IP addresses, with or without networks.
 *
 * All texts that flows need are made once.  Source: ovn-nb(5),
 * Logical_Switch_Port.addresses, Logical_Router_Port.networks. */

#ifndef COMPILE_CADDR_H
#define COMPILE_CADDR_H 1

#include "ovs.h"

/* An address in its network: "10.0.0.5/24", or /32 (/128) without one. */
struct caddr {
    bool is_ipv4;
    struct in6_addr ip; /* Mapped, if IPv4. */
    unsigned int plen;  /* Of the family: 0 to 32 or 128. */
    char *s;            /* "10.0.0.5" */
    char *network_s;    /* "10.0.0.0/24", "10.0.0.5" for a full prefix. */
    char *broadcast_s;  /* IPv4: "10.0.0.255"; else NULL. */
    char *solicited_s;  /* IPv6: "ff02::1:ff00:5"; else NULL. */
};

struct caddrs {
    struct eth_addr mac;
    char *mac_s; /* "0a:00:00:00:00:01", NULL if there is none. */
    struct caddr *ips;
    size_t n, allocated;
};

/* "10.0.0.5", "10.0.0.5/24", "fd00::1/64".  False if it is none of them. */
bool caddr_parse(const char *, struct caddr *) OVS_WARN_UNUSED_RESULT;
void caddr_init(struct caddr *, const struct in6_addr *, unsigned int plen);
void caddr_uninit(struct caddr *);
/* Is 'ip' (mapped, if IPv4) in the address' network? */
bool caddr_contains(const struct caddr *, const struct in6_addr *ip);

/* "MAC IP IP..." or "MAC".  False and empty if it is not. */
bool caddrs_parse(const char *, struct caddrs *) OVS_WARN_UNUSED_RESULT;
void caddrs_set_mac(struct caddrs *, struct eth_addr);
/* '*addr' is taken. */
void caddrs_add(struct caddrs *, struct caddr *addr);
/* The IPv6 link-local address that belongs to the MAC, with plen 64. */
void caddrs_add_link_local(struct caddrs *);
void caddrs_uninit(struct caddrs *);
void caddrs_clone(struct caddrs *, const struct caddrs *);
bool caddrs_equal(const struct caddrs *, const struct caddrs *);
bool caddrs_has(const struct caddrs *, bool ipv4);
/* The first of the family, or NULL. */
const struct caddr *caddrs_first(const struct caddrs *, bool ipv4);

#endif /* compile/caddr.h */
