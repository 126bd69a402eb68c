#include "ipam.h"

/* More than these of a subnet are not given out: 2 MiB of bits. */
#define MAX_ADDRESSES (1u << 24)

void
ipam_init(struct ipam *ipam)
{
    *ipam = (struct ipam) { .macs = HMAPX_INITIALIZER(&ipam->macs) };
}

void
ipam_uninit(struct ipam *ipam)
{
    bitmap_free(ipam->used);
    hmapx_destroy(&ipam->macs);
}

bool
ipam_set_subnet(struct ipam *ipam, const char *cidr)
{
    ovs_be32 ip;
    unsigned int plen;
    char *error = ip_parse_cidr(cidr, &ip, &plen);

    if (error || plen > 30) {
        free(error);
        return false;
    }

    uint64_t n = UINT64_C(1) << (32 - plen);
    ipam->has_ip4 = true;
    ipam->base = ntohl(ip & be32_prefix_mask(plen));
    ipam->n = MIN(n, MAX_ADDRESSES);
    ipam->used = bitmap_allocate(ipam->n);
    /* The network, its first address (a router's), the broadcast address. */
    bitmap_set1(ipam->used, 0);
    bitmap_set1(ipam->used, 1);
    if (ipam->n == n) {
        bitmap_set1(ipam->used, ipam->n - 1);
    }
    return true;
}

bool
ipam_set_prefix(struct ipam *ipam, const char *prefix)
{
    /* As an address, "fd00::", or with a length that must be 64. */
    char *copy = xstrdup(prefix);
    char *slash = strchr(copy, '/');
    bool ok = !slash || !strcmp(slash, "/64");

    if (slash) {
        *slash = '\0';
    }
    ok = ok && ipv6_parse(copy, &ipam->prefix);
    free(copy);
    ipam->has_ip6 |= ok;
    return ok;
}

bool
ipam_exclude(struct ipam *ipam, const char *range)
{
    char *first = xstrdup(range);
    char *dots = strstr(first, "..");
    ovs_be32 from, to;

    if (dots) {
        *dots = '\0';
    }
    bool ok = ip_parse(first, &from) && ip_parse(dots ? dots + 2 : first, &to)
              && ntohl(from) <= ntohl(to);
    free(first);
    if (!ok) {
        return false;
    }

    uint64_t start = MAX(ntohl(from), ipam->base);
    uint64_t end = MIN(ntohl(to), (uint64_t) ipam->base + ipam->n - 1);
    for (uint64_t ip = start; ip <= end; ip++) {
        bitmap_set1(ipam->used, ip - ipam->base);
    }
    return true;
}

bool
ipam_is_on(const struct ipam *ipam)
{
    return ipam->has_ip4 || ipam->has_ip6 || ipam->mac_only;
}

bool
ipam_take_ip4(struct ipam *ipam, ovs_be32 ip)
{
    uint32_t i = ntohl(ip) - ipam->base;

    if (!ipam->has_ip4 || ntohl(ip) < ipam->base || i >= ipam->n
        || bitmap_is_set(ipam->used, i)) {
        return false;
    }
    bitmap_set1(ipam->used, i);
    return true;
}

ovs_be32
ipam_allocate_ip4(struct ipam *ipam)
{
    if (!ipam->has_ip4) {
        return 0;
    }
    ipam->next = bitmap_scan(ipam->used, false, ipam->next, ipam->n);
    if (ipam->next >= ipam->n) {
        return 0;
    }
    bitmap_set1(ipam->used, ipam->next);
    return htonl(ipam->base + ipam->next);
}

bool
ipam_take_mac(struct ipam *ipam, struct eth_addr mac)
{
    void *key = (void *) (uintptr_t) eth_addr_to_uint64(mac);

    return hmapx_add(&ipam->macs, key) != NULL;
}

struct eth_addr
ipam_allocate_mac(struct ipam *ipam, const struct uuid *owner)
{
    uint32_t low = uuid_hash(owner);
    struct eth_addr mac = ipam->oui;

    /* At most as often as there are ports in the switch. */
    do {
        mac.ea[3] = low >> 16;
        mac.ea[4] = low >> 8;
        mac.ea[5] = low++;
    } while (!ipam_take_mac(ipam, mac));
    return mac;
}

struct in6_addr
ipam_ip6(const struct ipam *ipam, struct eth_addr mac)
{
    struct in6_addr ip;

    in6_generate_eui64(mac, &ipam->prefix, &ip);
    return ip;
}
