/* VIPs and endpoints as OVN writes them in Load_Balancer.vips (ovn-nb(5)).
 *
 * An endpoint is an address with or without a port: "192.168.1.100:80",
 * "[fd00::1]:80", "192.168.1.100", "fd00::1".  Addresses are kept as IPv6,
 * IPv4 ones mapped (::ffff:a.b.c.d).  Plain values; any thread. */

#ifndef BASE_VIP_H
#define BASE_VIP_H 1

#include "ovs.h"

struct endpoint {
    struct in6_addr addr; /* IPv4-mapped for IPv4. */
    uint16_t port;        /* Host byte order; 0 = no port. */
};

/* A list of endpoints; owned array. */
struct endpoints {
    struct endpoint *list;
    size_t n;
};

/* Parses 's', all of it.  False and '*ep' untouched if it is no endpoint. */
bool endpoint_parse(const char *s, struct endpoint *ep)
    OVS_WARN_UNUSED_RESULT;
void endpoint_format(const struct endpoint *, struct ds *);
bool endpoint_is_ipv4(const struct endpoint *);
bool endpoint_equals(const struct endpoint *, const struct endpoint *);
uint32_t endpoint_hash(const struct endpoint *, uint32_t basis);

/* Only the address, without brackets or port; the caller's. */
char *endpoint_address(const struct endpoint *);

/* Parses "ep,ep,..." (the empty string is an empty list) and appends to
 * '*eps', which must be initialised.  On failure nothing is appended and
 * '*bad', if not NULL, is the offending item, the caller's. */
bool endpoints_parse(const char *s, struct endpoints *eps, char **bad)
    OVS_WARN_UNUSED_RESULT;
void endpoints_uninit(struct endpoints *);

/* True if OVN takes 'vip' as a key of vips and 'backends' as its value: same
 * address family, ports on both sides or on neither.  Otherwise false, with
 * the reason in '*why', the caller's. */
bool vip_check(const char *vip, const char *backends, char **why)
    OVS_WARN_UNUSED_RESULT;

/* Key of 'vips' for 'vip', which may be written in another way, and the value
 * there; or NULL. */
const char *vip_find_key(const struct smap *vips, const char *vip);
const char *vip_find_value(const struct smap *vips, const char *vip);

#endif /* base/vip.h */
