#include "caddr.h"

static char *
format_ip(const struct in6_addr *ip, bool is_ipv4)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (is_ipv4) {
        ds_put_format(&s, IP_FMT, IP_ARGS(in6_addr_get_mapped_ipv4(ip)));
    } else {
        ipv6_format_addr(ip, &s);
    }
    return ds_steal_cstr(&s);
}

static struct in6_addr
prefix_mask(bool is_ipv4, unsigned int plen)
{
    return ipv6_create_mask(is_ipv4 ? plen + 96 : plen);
}

void
caddr_init(struct caddr *addr, const struct in6_addr *ip, unsigned int plen)
{
    bool is_ipv4 = IN6_IS_ADDR_V4MAPPED(ip);
    struct in6_addr mask = prefix_mask(is_ipv4, plen);
    struct in6_addr network = ipv6_addr_bitand(ip, &mask);

    *addr = (struct caddr) { .is_ipv4 = is_ipv4, .ip = *ip, .plen = plen };
    addr->s = format_ip(ip, is_ipv4);
    char *base = format_ip(&network, is_ipv4);
    addr->network_s = plen == (is_ipv4 ? 32 : 128)
                      ? xstrdup(base) : xasprintf("%s/%u", base, plen);
    free(base);
    if (is_ipv4) {
        ovs_be32 ip4 = in6_addr_get_mapped_ipv4(ip);
        ovs_be32 host = ~be32_prefix_mask(plen);

        addr->broadcast_s = xasprintf(IP_FMT, IP_ARGS(ip4 | host));
    } else {
        struct in6_addr solicited;

        in6_addr_solicited_node(&solicited, ip);
        addr->solicited_s = format_ip(&solicited, false);
    }
}

bool
caddr_parse(const char *s, struct caddr *addr)
{
    struct in6_addr ip;
    unsigned int plen;
    ovs_be32 ip4;
    char *error = ip_parse_cidr(s, &ip4, &plen);

    if (!error) {
        in6_addr_set_mapped_ipv4(&ip, ip4);
    } else {
        free(error);
        error = ipv6_parse_cidr(s, &ip, &plen);
        if (error || IN6_IS_ADDR_V4MAPPED(&ip)) {
            free(error);
            return false;
        }
    }
    caddr_init(addr, &ip, plen);
    return true;
}

void
caddr_uninit(struct caddr *addr)
{
    free(addr->s);
    free(addr->network_s);
    free(addr->broadcast_s);
    free(addr->solicited_s);
}

bool
caddr_contains(const struct caddr *addr, const struct in6_addr *ip)
{
    struct in6_addr mask = prefix_mask(addr->is_ipv4, addr->plen);
    struct in6_addr a = ipv6_addr_bitand(&addr->ip, &mask);
    struct in6_addr b = ipv6_addr_bitand(ip, &mask);

    return addr->is_ipv4 == IN6_IS_ADDR_V4MAPPED(ip)
           && ipv6_addr_equals(&a, &b);
}

void
caddrs_set_mac(struct caddrs *addrs, struct eth_addr mac)
{
    addrs->mac = mac;
    free(addrs->mac_s);
    addrs->mac_s = xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
}

void
caddrs_add(struct caddrs *addrs, struct caddr *addr)
{
    if (addrs->n == addrs->allocated) {
        addrs->ips = x2nrealloc(addrs->ips, &addrs->allocated,
                                sizeof *addrs->ips);
    }
    addrs->ips[addrs->n++] = *addr;
    *addr = (struct caddr) { .s = NULL };
}

void
caddrs_add_link_local(struct caddrs *addrs)
{
    struct in6_addr ip;
    struct caddr addr;

    in6_generate_lla(addrs->mac, &ip);
    caddr_init(&addr, &ip, 64);
    caddrs_add(addrs, &addr);
}

bool
caddrs_parse(const char *s, struct caddrs *addrs)
{
    char *copy = xstrdup(s), *save = NULL;
    char *word = strtok_r(copy, " ", &save);
    struct eth_addr mac;
    bool ok = word && eth_addr_from_string(word, &mac);

    *addrs = (struct caddrs) { .n = 0 };
    if (ok) {
        caddrs_set_mac(addrs, mac);
        while (ok && (word = strtok_r(NULL, " ", &save))) {
            struct caddr addr;

            ok = caddr_parse(word, &addr);
            if (ok) {
                caddrs_add(addrs, &addr);
            }
        }
    }
    if (!ok) {
        caddrs_uninit(addrs);
    }
    free(copy);
    return ok;
}

void
caddrs_uninit(struct caddrs *addrs)
{
    for (size_t i = 0; i < addrs->n; i++) {
        caddr_uninit(&addrs->ips[i]);
    }
    free(addrs->ips);
    free(addrs->mac_s);
    *addrs = (struct caddrs) { .n = 0 };
}

void
caddrs_clone(struct caddrs *to, const struct caddrs *from)
{
    *to = (struct caddrs) { .n = 0 };
    if (from->mac_s) {
        caddrs_set_mac(to, from->mac);
    }
    for (size_t i = 0; i < from->n; i++) {
        struct caddr addr;

        caddr_init(&addr, &from->ips[i].ip, from->ips[i].plen);
        caddrs_add(to, &addr);
    }
}

bool
caddrs_equal(const struct caddrs *a, const struct caddrs *b)
{
    if (!a->mac_s != !b->mac_s || !eth_addr_equals(a->mac, b->mac)
        || a->n != b->n) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (!ipv6_addr_equals(&a->ips[i].ip, &b->ips[i].ip)
            || a->ips[i].plen != b->ips[i].plen) {
            return false;
        }
    }
    return true;
}

const struct caddr *
caddrs_first(const struct caddrs *addrs, bool ipv4)
{
    for (size_t i = 0; i < addrs->n; i++) {
        if (addrs->ips[i].is_ipv4 == ipv4) {
            return &addrs->ips[i];
        }
    }
    return NULL;
}

bool
caddrs_has(const struct caddrs *addrs, bool ipv4)
{
    return caddrs_first(addrs, ipv4) != NULL;
}
