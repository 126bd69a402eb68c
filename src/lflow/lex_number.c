#include "lex_number.h"

#define DIGITS "0123456789"
#define HEX_DIGITS DIGITS "abcdefABCDEF"

/* Each reads one number in one form at 's': its length, or 0. */

static size_t
read_ethernet(const char *s, ovs_u128 *value)
{
    uint64_t mac = 0;
    size_t n = 0;

    for (int i = 0; i < ETH_ADDR_LEN; i++) {
        size_t digits = strspn(s + n, HEX_DIGITS);
        if (digits < 1 || digits > 2) {
            return 0;
        }
        mac = mac << 8 | strtoul(s + n, NULL, 16);
        n += digits;
        if (i < ETH_ADDR_LEN - 1 && s[n++] != ':') {
            return 0;
        }
    }
    if (s[n] == ':') {
        return 0; /* Longer: an IPv6 address. */
    }
    *value = (ovs_u128) { .u64 = { .lo = mac } };
    return n;
}

static size_t
read_ipv6(const char *s, ovs_u128 *value)
{
    char text[INET6_ADDRSTRLEN];
    size_t n = strspn(s, HEX_DIGITS ":.");
    struct in6_addr addr;
    ovs_be64 be[2];

    if (n >= sizeof text) {
        return 0;
    }
    memcpy(text, s, n);
    text[n] = '\0';
    if (!strchr(text, ':') || inet_pton(AF_INET6, text, &addr) != 1) {
        return 0;
    }
    memcpy(be, &addr, sizeof be);
    *value = (ovs_u128) {
        .u64 = { .hi = ntohll(be[0]), .lo = ntohll(be[1]) },
    };
    return n;
}

static size_t
read_ipv4(const char *s, ovs_u128 *value)
{
    uint32_t ip = 0;
    size_t n = 0;

    for (int i = 0; i < 4; i++) {
        size_t digits = strspn(s + n, DIGITS);
        if (!digits || digits > 3) {
            return 0;
        }
        int byte = atoi(s + n);
        if (byte > 255) {
            return 0;
        }
        ip = ip << 8 | byte;
        n += digits;
        if (i < 3 && s[n++] != '.') {
            return 0;
        }
    }
    *value = (ovs_u128) { .u64 = { .lo = ip } };
    return n;
}

static size_t
read_hex(const char *s, ovs_u128 *value, const char **problem)
{
    if (s[0] != '0' || (s[1] != 'x' && s[1] != 'X')) {
        return 0;
    }

    ovs_u128 x = OVS_U128_ZERO;
    size_t n = 2;
    for (; s[n] && strchr(HEX_DIGITS, s[n]); n++) {
        if (x.u64.hi >> 60) {
            *problem = "the number has more than 128 bits";
        }
        x = u128_shift_left(x, 4);
        x.u64.lo |= hexit_value(s[n]);
    }
    if (n == 2) {
        *problem = "no digits behind 0x";
    }
    *value = x;
    return n;
}

static size_t
read_decimal(const char *s, ovs_u128 *value, const char **problem)
{
    uint64_t x = 0;
    size_t n = 0;

    for (; s[n] >= '0' && s[n] <= '9'; n++) {
        int digit = s[n] - '0';
        if (x > (UINT64_MAX - digit) / 10) {
            *problem = "a decimal number must be below 2**64: use 0x";
        }
        x = x * 10 + digit;
    }
    if (n > 1 && s[0] == '0') {
        *problem = "a decimal number must not begin with 0";
    }
    *value = (ovs_u128) { .u64 = { .lo = x } };
    return n;
}

static size_t
read_any(const char *s, enum constant_form *form, ovs_u128 *value,
         const char **problem)
{
    size_t n;

    *form = FORM_ETHERNET;
    if ((n = read_ethernet(s, value))) {
        return n;
    }
    *form = FORM_IPV6;
    if ((n = read_ipv6(s, value))) {
        return n;
    }
    *form = FORM_IPV4;
    if ((n = read_ipv4(s, value))) {
        return n;
    }
    *form = FORM_HEX;
    if ((n = read_hex(s, value, problem))) {
        return n;
    }
    *form = FORM_DECIMAL;
    return read_decimal(s, value, problem);
}

/* Reads the mask at 's' for a value of the given form. */
static size_t
read_mask(const char *s, enum constant_form form, ovs_u128 *mask,
          const char **problem)
{
    enum constant_form mask_form;
    size_t n = read_any(s, &mask_form, mask, problem);
    int width = form == FORM_IPV4 ? 32 : form == FORM_IPV6 ? 128 : 0;

    if (!n) {
        *problem = "expected a mask behind '/'";
    } else if (width && mask_form == FORM_DECIMAL) {
        if (mask->u64.lo > width) {
            *problem = "the prefix is longer than the address";
            return n;
        }
        int plen = mask->u64.lo;
        *mask = u128_shift_left(u128_ones(plen), width - plen);
    } else if (mask_form != form
               && !(form == FORM_DECIMAL && mask_form == FORM_HEX)
               && !(form == FORM_HEX && mask_form == FORM_DECIMAL)) {
        *problem = "value and mask must be written in the same form";
    }
    return n;
}

size_t
lex_number(const char *s, struct constant *c, const char **problem)
{
    if (*s != ':' && !strchr(HEX_DIGITS, *s)) {
        return 0;
    }

    size_t n = read_any(s, &c->form, &c->value, problem);
    c->masked = false;
    c->mask = OVS_U128_MAX;
    if (!n || *problem || s[n] != '/' || s[n + 1] == '/' || s[n + 1] == '*') {
        return n;
    }

    c->masked = true;
    n += 1 + read_mask(s + n + 1, c->form, &c->mask, problem);
    /* "10.0.0.1/24" is 10.0.0.0/24, as with stock OVN. */
    c->value = ovs_u128_and(c->value, c->mask);
    return n;
}
