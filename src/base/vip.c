#include "vip.h"

/* Copies the 'len' bytes at 's' to 'buf' as a string if they fit. */
static bool
copy_part(const char *s, size_t len, char *buf, size_t size)
{
    if (!len || len >= size) {
        return false;
    }
    memcpy(buf, s, len);
    buf[len] = '\0';
    return true;
}

static bool
parse_port(const char *s, uint16_t *port)
{
    unsigned int value = 0;

    if (!*s || strlen(s) > 5) {
        return false;
    }
    for (; *s; s++) {
        if (*s < '0' || *s > '9') {
            return false;
        }
        value = value * 10 + (*s - '0');
    }
    if (!value || value > UINT16_MAX) {
        return false;
    }
    *port = value;
    return true;
}

bool
endpoint_parse(const char *s, struct endpoint *ep)
{
    struct endpoint parsed = { .port = 0 };
    const char *address = s;
    size_t address_len = strlen(s);
    const char *port = NULL;
    char text[INET6_ADDRSTRLEN];
    struct in_addr ip4;

    if (*s == '[') {
        const char *end = strchr(s, ']');
        if (!end || (end[1] && end[1] != ':')) {
            return false;
        }
        address = s + 1;
        address_len = end - address;
        port = end[1] ? end + 2 : NULL;
    } else {
        const char *colon = strchr(s, ':');
        if (colon && !strchr(colon + 1, ':')) {
            address_len = colon - s;
            port = colon + 1;
        }
    }
    if (!copy_part(address, address_len, text, sizeof text)
        || (port && !parse_port(port, &parsed.port))) {
        return false;
    }
    if (*s != '[' && inet_pton(AF_INET, text, &ip4) == 1) {
        in6_addr_set_mapped_ipv4(&parsed.addr, ip4.s_addr);
    } else if (inet_pton(AF_INET6, text, &parsed.addr) != 1
               || (*s != '[' && port)
               || IN6_IS_ADDR_V4MAPPED(&parsed.addr)) {
        return false;
    }
    *ep = parsed;
    return true;
}

bool
endpoint_is_ipv4(const struct endpoint *ep)
{
    return IN6_IS_ADDR_V4MAPPED(&ep->addr);
}

void
endpoint_format(const struct endpoint *ep, struct ds *out)
{
    bool bracket = ep->port && !endpoint_is_ipv4(ep);

    if (bracket) {
        ds_put_char(out, '[');
    }
    ipv6_format_mapped(&ep->addr, out);
    if (bracket) {
        ds_put_char(out, ']');
    }
    if (ep->port) {
        ds_put_format(out, ":%" PRIu16, ep->port);
    }
}

bool
endpoint_equals(const struct endpoint *a, const struct endpoint *b)
{
    return ipv6_addr_equals(&a->addr, &b->addr) && a->port == b->port;
}

uint32_t
endpoint_hash(const struct endpoint *ep, uint32_t basis)
{
    return hash_int(ep->port, hash_bytes(&ep->addr, sizeof ep->addr, basis));
}

char *
endpoint_address(const struct endpoint *ep)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    ipv6_format_mapped(&ep->addr, &ds);
    return ds_steal_cstr(&ds);
}

bool
endpoints_parse(const char *s, struct endpoints *eps, char **bad)
{
    char *copy = xstrdup(s);
    char *save = NULL;
    size_t n_before = eps->n;

    for (char *item = strtok_r(copy, ", \t", &save); item;
         item = strtok_r(NULL, ", \t", &save)) {
        struct endpoint ep;

        if (!endpoint_parse(item, &ep)) {
            if (bad) {
                *bad = xstrdup(item);
            }
            eps->n = n_before;
            free(copy);
            return false;
        }
        eps->list = xrealloc(eps->list, (eps->n + 1) * sizeof *eps->list);
        eps->list[eps->n++] = ep;
    }
    free(copy);
    return true;
}

void
endpoints_uninit(struct endpoints *eps)
{
    free(eps->list);
    *eps = (struct endpoints) { .n = 0 };
}

bool
vip_check(const char *vip, const char *backends, char **why)
{
    struct endpoints eps = { .n = 0 };
    struct endpoint ep;
    char *bad = NULL;
    bool ok = false;

    *why = NULL;
    if (!endpoint_parse(vip, &ep)) {
        *why = xasprintf("\"%s\" is not ADDRESS, ADDRESS:PORT or "
                         "[ADDRESS]:PORT", vip);
    } else if (!endpoints_parse(backends, &eps, &bad)) {
        *why = xasprintf("backend \"%s\" of VIP \"%s\" is not an address"
                         "%s", bad, vip, ep.port ? " with a port" : "");
    } else {
        ok = true;
        for (size_t i = 0; ok && i < eps.n; i++) {
            if (endpoint_is_ipv4(&eps.list[i]) != endpoint_is_ipv4(&ep)) {
                *why = xasprintf("VIP \"%s\" has a backend of another "
                                 "address family", vip);
                ok = false;
            } else if (!eps.list[i].port != !ep.port) {
                *why = xasprintf("VIP \"%s\" has a port and a backend has "
                                 "none, or the other way round", vip);
                ok = false;
            }
        }
    }
    free(bad);
    endpoints_uninit(&eps);
    return ok;
}

static const struct smap_node *
find_vip(const struct smap *vips, const char *vip)
{
    const struct smap_node *node = smap_get_node(vips, vip);
    struct endpoint wanted, ep;

    if (node || !endpoint_parse(vip, &wanted)) {
        return node;
    }
    SMAP_FOR_EACH (node, vips) {
        if (endpoint_parse(node->key, &ep) && endpoint_equals(&ep, &wanted)) {
            return node;
        }
    }
    return NULL;
}

const char *
vip_find_key(const struct smap *vips, const char *vip)
{
    const struct smap_node *node = find_vip(vips, vip);

    return node ? node->key : NULL;
}

const char *
vip_find_value(const struct smap *vips, const char *vip)
{
    const struct smap_node *node = find_vip(vips, vip);

    return node ? node->value : NULL;
}
