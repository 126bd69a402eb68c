#include "prefixes.h"

#define SEPARATORS ", \t\n"

static void
mask_addr(struct in6_addr *addr, unsigned int len)
{
    for (unsigned int i = 0; i < sizeof addr->s6_addr; i++) {
        unsigned int bits = len > i * 8 ? MIN(len - i * 8, 8) : 0;

        addr->s6_addr[i] &= 0xff00 >> bits;
    }
}

/* Digits only, at most three. */
static bool
parse_len(const char *s, unsigned int max, unsigned int *len)
{
    *len = 0;
    if (!*s || strlen(s) > 3) {
        return false;
    }
    for (; *s; s++) {
        if (*s < '0' || *s > '9') {
            return false;
        }
        *len = *len * 10 + (*s - '0');
    }
    return *len <= max;
}

/* 'item' is cut at its slash. */
static bool
parse_item(char *item, struct prefix *prefix)
{
    char *slash = strchr(item, '/');
    unsigned int max;
    struct in_addr ip4;

    if (slash) {
        *slash = '\0';
    }
    if (inet_pton(AF_INET, item, &ip4) == 1) {
        in6_addr_set_mapped_ipv4(&prefix->addr, ip4.s_addr);
        max = 32;
    } else if (inet_pton(AF_INET6, item, &prefix->addr) == 1
               && !IN6_IS_ADDR_V4MAPPED(&prefix->addr)) {
        max = 128;
    } else {
        return false;
    }
    prefix->len = max;
    if (slash && !parse_len(slash + 1, max, &prefix->len)) {
        return false;
    }
    prefix->len += 128 - max;
    mask_addr(&prefix->addr, prefix->len);
    return true;
}

bool
prefixes_parse(const char *s, struct prefixes *prefixes, char **bad)
{
    size_t n_before = prefixes->n;
    char *copy = xstrdup(s);
    char *save = NULL;
    bool ok = true;

    for (char *item = strtok_r(copy, SEPARATORS, &save); item && ok;
         item = strtok_r(NULL, SEPARATORS, &save)) {
        /* Is cut while it is parsed; the message shows all of it. */
        char *whole = xstrdup(item);
        struct prefix prefix;

        ok = parse_item(item, &prefix);
        if (ok) {
            prefixes->list = xrealloc(prefixes->list, (prefixes->n + 1)
                                      * sizeof *prefixes->list);
            prefixes->list[prefixes->n++] = prefix;
        } else if (bad) {
            *bad = whole;
            whole = NULL;
        }
        free(whole);
    }
    free(copy);
    if (!ok) {
        prefixes->n = n_before;
    }
    return ok;
}

void
prefixes_uninit(struct prefixes *prefixes)
{
    free(prefixes->list);
    *prefixes = (struct prefixes) { .n = 0 };
}

static bool
prefix_contains(const struct prefix *prefix, const struct in6_addr *addr)
{
    unsigned int n_bytes = prefix->len / 8;
    unsigned int n_bits = prefix->len % 8;

    if (IN6_IS_ADDR_V4MAPPED(&prefix->addr) != IN6_IS_ADDR_V4MAPPED(addr)
        || memcmp(prefix->addr.s6_addr, addr->s6_addr, n_bytes)) {
        return false;
    }
    return !n_bits
           || !((prefix->addr.s6_addr[n_bytes] ^ addr->s6_addr[n_bytes])
                >> (8 - n_bits));
}

bool
prefixes_contain(const struct prefixes *prefixes, const struct in6_addr *addr)
{
    for (size_t i = 0; i < prefixes->n; i++) {
        if (prefix_contains(&prefixes->list[i], addr)) {
            return true;
        }
    }
    return false;
}

void
prefixes_format(const struct prefixes *prefixes, struct ds *ds)
{
    for (size_t i = 0; i < prefixes->n; i++) {
        const struct prefix *prefix = &prefixes->list[i];
        bool ip4 = IN6_IS_ADDR_V4MAPPED(&prefix->addr);
        unsigned int len = ip4 ? prefix->len - 96 : prefix->len;

        if (i) {
            ds_put_char(ds, ' ');
        }
        ipv6_format_mapped(&prefix->addr, ds);
        if (prefix->len < 128) {
            ds_put_format(ds, "/%u", len);
        }
    }
}
