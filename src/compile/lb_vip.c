/* VIPs and their backends, parsed: addresses, or templates of them.
 *
 * Texts become part of matches and actions, so nothing passes that is not an
 * address, a port or a variable's name. */

#include "lb.h"
#include "template.h"

/* 0.0.0.0 and ::, which are nobody's. */
static bool
is_any(const struct endpoint *ep)
{
    static const struct in6_addr any4 = {
        .s6_addr = { [10] = 0xff, [11] = 0xff },
    };

    return ipv6_addr_equals(&ep->addr, &any4)
           || ipv6_addr_equals(&ep->addr, &in6addr_any);
}

static void
uninit_address(struct lb_address *at)
{
    free(at->ip);
    free(at->port);
    free(at->s);
}

static struct lb_address
address_of(const struct endpoint *ep)
{
    struct lb_address at = { .ep = *ep };
    struct ds s = DS_EMPTY_INITIALIZER;

    ipv6_format_mapped(&ep->addr, &s);
    at.ip = ds_steal_cstr(&s);
    at.port = ep->port ? xasprintf("%"PRIu16, ep->port) : NULL;
    ds_init(&s);
    endpoint_format(ep, &s);
    at.s = ds_steal_cstr(&s);
    return at;
}

void
lb_vip_uninit(struct lb_vip *vip)
{
    for (size_t i = 0; i < vip->n_backends; i++) {
        uninit_address(&vip->backends[i].at);
    }
    uninit_address(&vip->at);
    free(vip->backends);
    free(vip->backends_s);
}

static void
add_backend(struct lb_vip *vip, const struct lb_address *at)
{
    vip->backends = xrealloc(vip->backends, (vip->n_backends + 1)
                             * sizeof *vip->backends);
    vip->backends[vip->n_backends++] = (struct lb_backend) { *at, true };
}

/* --- Addresses --- */

static char *
check_backends(const struct endpoint *vip, const struct endpoints *eps)
{
    for (size_t i = 0; i < eps->n; i++) {
        const struct endpoint *ep = &eps->list[i];

        if (endpoint_is_ipv4(ep) != endpoint_is_ipv4(vip)) {
            return xstrdup("has a backend of another address family");
        } else if (is_any(ep)) {
            return xstrdup("has a backend that is no host's address");
        } else if (!ep->port != !vip->port) {
            return xasprintf("has a port %s its backends",
                             vip->port ? "unlike" : "on only");
        }
    }
    return NULL;
}

static char *
parse_plain(const char *key, const char *value, struct lb_vip *vip)
{
    struct endpoints eps = { .n = 0 };
    struct endpoint ep;
    char *why, *bad;

    if (!endpoint_parse(key, &ep) || is_any(&ep)) {
        return xstrdup("is no address, with or without a port");
    }
    if (endpoints_parse(value, &eps, &bad)) {
        why = check_backends(&ep, &eps);
    } else {
        why = xasprintf("has a backend \"%s\" that is no address", bad);
        free(bad);
    }
    if (!why) {
        vip->is_ipv4 = endpoint_is_ipv4(&ep);
        vip->at = address_of(&ep);
        for (size_t i = 0; i < eps.n; i++) {
            struct lb_address at = address_of(&eps.list[i]);

            add_backend(vip, &at);
        }
    }
    endpoints_uninit(&eps);
    return why;
}

/* --- Templates --- */

static bool
is_ip(const char *s, bool is_ipv4)
{
    struct in6_addr ip6;
    ovs_be32 ip4;

    return (s[0] == '^' && template_span(s) == strlen(s))
           || (is_ipv4 ? ip_parse(s, &ip4) : ipv6_parse(s, &ip6));
}

static bool
is_port(const char *s)
{
    unsigned int port;

    return (s[0] == '^' && template_span(s) == strlen(s))
           || (str_to_uint(s, 10, &port) && port && port <= UINT16_MAX
               && strspn(s, "0123456789") == strlen(s));
}

/* "IP", "IP:PORT", "[IP]:PORT". */
static bool
parse_template_address(const char *text, bool is_ipv4, struct lb_address *at)
{
    const char *end = text[0] == '[' ? strchr(text, ']') : NULL;
    const char *colon = end ? end + 1
                        : text[0] == '^' || is_ipv4 ? strchr(text, ':')
                        : NULL;
    size_t n = end ? end - text - 1
               : colon ? (size_t) (colon - text) : strlen(text);

    *at = (struct lb_address) { .ip = xmemdup0(text + (end ? 1 : 0), n) };
    if (colon && *colon) {
        at->port = xstrdup(*colon == ':' ? colon + 1 : "");
    }
    if (!is_ip(at->ip, is_ipv4) || (at->port && !is_port(at->port))) {
        uninit_address(at);
        return false;
    }
    at->s = !at->port ? xstrdup(at->ip)
            : xasprintf(is_ipv4 ? "%s:%s" : "[%s]:%s", at->ip, at->port);
    return true;
}

static char *
parse_template(const char *key, const char *value, struct lb_vip *vip)
{
    char *copy, *save = NULL, *why = NULL;

    if (!parse_template_address(key, vip->is_ipv4, &vip->at)) {
        return xstrdup("is neither variables nor an address");
    }
    copy = xstrdup(value);
    for (char *item = strtok_r(copy, ",", &save); item && !why;
         item = strtok_r(NULL, ",", &save)) {
        struct lb_address at;

        if (parse_template_address(item, vip->is_ipv4, &at)) {
            /* As it stands: a variable may be several backends. */
            free(at.s);
            at.s = xstrdup(item);
            add_backend(vip, &at);
        } else {
            why = xasprintf("has a backend \"%s\" that is neither variables "
                            "nor an address", item);
        }
    }
    free(copy);
    if (why) {
        lb_vip_uninit(vip);
    }
    return why;
}

char *
lb_vip_parse(const struct nbrec_load_balancer *row, const char *key,
             const char *value, struct lb_vip *vip)
{
    *vip = (struct lb_vip) { .n_backends = 0 };
    if (!smap_get_bool(&row->options, "template", false)) {
        return parse_plain(key, value, vip);
    }
    vip->is_ipv4 = strcmp(smap_get_def(&row->options, "address-family",
                                       "ipv4"), "ipv6");
    return parse_template(key, value, vip);
}
