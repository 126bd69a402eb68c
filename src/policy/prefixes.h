/* Sets of addresses, as users write them: "10.0.0.0/8, 192.168.1.7 fd00::/8".
 *
 * Items are separated by blanks or commas; each is an address or a prefix of
 * either family.  Addresses are kept as IPv6, IPv4 ones mapped; an IPv6 prefix
 * never covers an IPv4 address, not even "::/0".  Plain values; any thread. */

#ifndef POLICY_PREFIXES_H
#define POLICY_PREFIXES_H 1

#include "ovs.h"

struct prefix {
    struct in6_addr addr; /* Without bits past 'len'. */
    unsigned int len;     /* Of 128; an IPv4 prefix has 96 more than it is
                           * written with. */
};

/* Owned array. */
struct prefixes {
    struct prefix *list;
    size_t n;
};

/* Appends the items of 's' to '*prefixes', which must be initialised.  On
 * failure nothing is appended and '*bad', if not NULL, is the offending item,
 * the caller's. */
bool prefixes_parse(const char *s, struct prefixes *prefixes, char **bad)
    OVS_WARN_UNUSED_RESULT;
void prefixes_uninit(struct prefixes *);
bool prefixes_contain(const struct prefixes *, const struct in6_addr *);
/* Appends what prefixes_parse() takes. */
void prefixes_format(const struct prefixes *, struct ds *);

#endif /* policy/prefixes.h */
