/* "R = put_nd_ra_opts(addr_mode = ..., ...);": a router solicitation becomes
 * an advertisement (RFC 4861, 4191, 8106). */

#include "pipe_reply.h"

#define LIFETIME_S 65535

static const struct lact_key keys[] = {
    { "addr_mode", VALUE_STR, true },
    { "slla", VALUE_MAC, true },
    { "mtu", VALUE_UINT32, false },
    { "prefix", VALUE_IPV6, false },
    { "router_preference", VALUE_STR, false },
    { "rdnss", VALUE_IPV6, false },
    { "dnssl", VALUE_STR, false },
    { "route_info", VALUE_STR, false },
};

static void
put_nd_ra_opts_parse(struct lact_parser *p, struct lact *lact)
{
    lact_args_parse(p, lact, keys, ARRAY_SIZE(keys));
}

static uint8_t
ra_flags(const struct lact_args *args)
{
    const char *mode = lact_args_text(args, "addr_mode");
    const char *preference = lact_args_text(args, "router_preference");

    return ((!strcmp(mode, "dhcpv6_stateful") ? 0x80 | 0x40
             : !strcmp(mode, "dhcpv6_stateless") ? 0x40 : 0)
            | (!preference ? 0 : !strcasecmp(preference, "HIGH") ? 0x08
               : !strcasecmp(preference, "LOW") ? 0x18 : 0));
}

static void
put_prefix(struct ofpbuf *b, const struct constant *c, bool slaac)
{
    struct in6_addr mask = pipe_u128_to_ip(c->mask, 128);

    reply_put_u8(b, 3);
    reply_put_u8(b, 4);
    reply_put_u8(b, c->masked ? ipv6_count_cidr_bits(&mask) : 128);
    reply_put_u8(b, slaac ? 0xc0 : 0x80); /* On link; autonomous. */
    reply_put_be32(b, UINT32_MAX);
    reply_put_be32(b, UINT32_MAX);
    reply_put_be32(b, 0);
    reply_put_ipv6(b, c->value);
}

static void
put_dns_servers(struct ofpbuf *b, const struct constant_set *set)
{
    reply_put_u8(b, 25);
    reply_put_u8(b, 1 + 2 * set->n_integers);
    reply_put_be16(b, 0);
    reply_put_be32(b, UINT32_MAX);
    for (size_t i = 0; i < set->n_integers; i++) {
        reply_put_ipv6(b, set->integers[i].value);
    }
}

static void
put_dns_domains(struct ofpbuf *b, const char *text)
{
    char *copy = xstrdup(text), *save = NULL;
    struct ofpbuf names;

    ofpbuf_init(&names, 64);
    for (char *name = strtok_r(copy, ", ", &save); name;
         name = strtok_r(NULL, ", ", &save)) {
        reply_put_domain(&names, name);
    }
    while (names.size % 8) {
        reply_put_u8(&names, 0);
    }
    if (names.size <= 254 * 8) {
        reply_put_u8(b, 31);
        reply_put_u8(b, 1 + names.size / 8);
        reply_put_be16(b, 0);
        reply_put_be32(b, UINT32_MAX);
        ofpbuf_put(b, names.data, names.size);
    }
    ofpbuf_uninit(&names);
    free(copy);
}

/* "HIGH-fd00::/64,LOW-..." */
static void
put_routes(struct ofpbuf *b, const char *text)
{
    char *copy = xstrdup(text), *save = NULL;

    for (char *item = strtok_r(copy, ", ", &save); item;
         item = strtok_r(NULL, ", ", &save)) {
        char *dash = strchr(item, '-');
        struct in6_addr ip;
        unsigned int plen;
        char *error = dash ? ipv6_parse_cidr(dash + 1, &ip, &plen)
                           : xstrdup("");

        if (error) {
            free(error);
            continue;
        }
        reply_put_u8(b, 24);
        reply_put_u8(b, 3);
        reply_put_u8(b, plen);
        reply_put_u8(b, !strncasecmp(item, "HIGH", 4) ? 0x08
                     : !strncasecmp(item, "LOW", 3) ? 0x18 : 0);
        reply_put_be32(b, UINT32_MAX);
        ofpbuf_put(b, &ip, sizeof ip);
    }
    free(copy);
}

static void
put_options(struct ofpbuf *b, const struct lact_args *args)
{
    bool slaac = !strcmp(lact_args_text(args, "addr_mode"), "slaac");

    for (size_t i = 0; i < args->n; i++) {
        const struct lact_arg *arg = &args->args[i];
        const struct constant_set *set = &arg->set;

        if (!strcmp(arg->key, "slla")) {
            reply_put_u8(b, 1);
            reply_put_u8(b, 1);
            reply_put_mac(b, set->integers[0].value.u64.lo);
        } else if (!strcmp(arg->key, "mtu")) {
            reply_put_u8(b, 5);
            reply_put_u8(b, 1);
            reply_put_be16(b, 0);
            reply_put_be32(b, set->integers[0].value.u64.lo);
        } else if (!strcmp(arg->key, "prefix")) {
            put_prefix(b, &set->integers[0], slaac);
        } else if (!strcmp(arg->key, "rdnss")) {
            put_dns_servers(b, set);
        } else if (!strcmp(arg->key, "dnssl")) {
            put_dns_domains(b, set->strings.names[0]);
        } else if (!strcmp(arg->key, "route_info")) {
            put_routes(b, set->strings.names[0]);
        }
    }
}

static bool
is_solicitation(const struct pipe_state *s)
{
    return (is_icmpv6(&s->flow, NULL) && s->flow.tp_src == htons(133)
            && s->flow.tp_dst == 0 && s->flow.nw_ttl == 255
            && !(s->flow.nw_frag & FLOW_NW_FRAG_ANY)
            && dp_packet_l4(s->packet)
            && dp_packet_l4_size(s->packet) >= 8);
}

static void
put_nd_ra_opts_execute(struct pipe_state *s, const struct lact *lact,
                       bool last OVS_UNUSED)
{
    const struct lact_args *args = (const struct lact_args *) lact;
    bool ok = is_solicitation(s);

    pipe_flush(s);
    if (ok) {
        struct ofpbuf payload;

        ofpbuf_init(&payload, 256);
        reply_put_u8(&payload, 134); /* Type, code, checksum. */
        reply_put_u8(&payload, 0);
        reply_put_be16(&payload, 0);
        reply_put_u8(&payload, 255); /* Hop limit. */
        reply_put_u8(&payload, ra_flags(args));
        reply_put_be16(&payload, LIFETIME_S);
        reply_put_be32(&payload, 0); /* Reachable and retransmit times. */
        reply_put_be32(&payload, 0);
        put_options(&payload, args);
        reply_replace_payload(s, 0, &payload);
        ofpbuf_uninit(&payload);
    }
    pipe_store_bit(s, lact, ok);
}

const struct lact_class act_put_nd_ra_opts = {
    .name = "put_nd_ra_opts",
    .result = RESULT_BIT,
    .size = sizeof(struct lact_args),
    .parse = put_nd_ra_opts_parse,
    .format = lact_args_format,
    .uninit = lact_args_uninit,
    .execute = put_nd_ra_opts_execute,
};
