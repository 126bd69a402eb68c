/* "R = put_dhcpv6_opts(ia_addr = ..., ...);": a DHCPv6 request becomes its
 * reply (RFC 8415). */

#include "pipe_reply.h"

enum { SOLICIT = 1, ADVERTISE = 2, REQUEST = 3, CONFIRM = 4, REPLY = 7,
       DECLINE = 9, INFORMATION = 11 };
enum { OPT_CLIENT_ID = 1, OPT_SERVER_ID = 2, OPT_IA_NA = 3, OPT_IA_ADDR = 5,
       OPT_DNS = 23, OPT_DOMAINS = 24, OPT_FQDN = 39 };

/* A DUID's type and at most 128 bytes (RFC 8415, 11.1): what is longer would
 * not fit into the reply. */
#define MAX_CLIENT_ID 130

static const struct lact_key keys[] = {
#define DHCPV6_OPTION(NAME, CODE, TYPE) { NAME, VALUE_##TYPE, false },
#include "dhcp_options.def"
};

static void
put_dhcpv6_opts_parse(struct lact_parser *p, struct lact *lact)
{
    lact_args_parse(p, lact, keys, ARRAY_SIZE(keys));
}

struct request {
    const uint8_t *header; /* Type and transaction. */
    const uint8_t *client_id;
    size_t client_id_size;
    uint32_t iaid;
    bool has_ia;
};

static bool
parse_option(const uint8_t **p, const uint8_t *end, struct request *r)
{
    const uint8_t *head = reply_take(p, end, 4);
    uint16_t code, size;

    if (!head) {
        return false;
    }
    code = head[0] << 8 | head[1];
    size = head[2] << 8 | head[3];

    const uint8_t *value = reply_take(p, end, size);
    if (!value) {
        return false;
    }
    if (code == OPT_CLIENT_ID) {
        if (size > MAX_CLIENT_ID) {
            return false;
        }
        r->client_id = value;
        r->client_id_size = size;
    } else if (code == OPT_IA_NA && size >= 12) {
        r->iaid = ((uint32_t) value[0] << 24 | value[1] << 16
                   | value[2] << 8 | value[3]);
        r->has_ia = true;
    }
    return true;
}

static bool
parse_request(const struct pipe_state *s, struct request *r)
{
    size_t size;
    const uint8_t *p = reply_udp_payload(s, &size);
    const uint8_t *end = p ? p + size : NULL;

    memset(r, 0, sizeof *r);
    if (!p || s->flow.dl_type != htons(ETH_TYPE_IPV6)
        || !(r->header = reply_take(&p, end, 4))) {
        return false;
    }
    while (p < end) {
        if (!parse_option(&p, end, r)) {
            return false;
        }
    }

    uint8_t type = r->header[0];
    return (r->client_id
            && (type == SOLICIT || type == REQUEST || type == CONFIRM
                || type == DECLINE || type == INFORMATION)
            && (r->has_ia || type == INFORMATION));
}

static void
put_head(struct ofpbuf *b, uint16_t code, uint16_t size)
{
    reply_put_be16(b, code);
    reply_put_be16(b, size);
}

static void
put_server_id(struct ofpbuf *b, const struct lact_arg *arg)
{
    put_head(b, OPT_SERVER_ID, 10);
    reply_put_be16(b, 3); /* DUID-LL */
    reply_put_be16(b, 1); /* Ethernet */
    reply_put_mac(b, arg->set.integers[0].value.u64.lo);
}

static void
put_address(struct ofpbuf *b, const struct lact_arg *arg, uint32_t iaid)
{
    put_head(b, OPT_IA_NA, 12 + 4 + 24);
    reply_put_be32(b, iaid);
    reply_put_be32(b, UINT32_MAX); /* T1, T2: never. */
    reply_put_be32(b, UINT32_MAX);
    put_head(b, OPT_IA_ADDR, 24);
    reply_put_ipv6(b, arg->set.integers[0].value);
    reply_put_be32(b, UINT32_MAX); /* Preferred and valid for ever. */
    reply_put_be32(b, UINT32_MAX);
}

static void
put_dns(struct ofpbuf *b, const struct lact_arg *arg)
{
    put_head(b, OPT_DNS, 16 * arg->set.n_integers);
    for (size_t i = 0; i < arg->set.n_integers; i++) {
        reply_put_ipv6(b, arg->set.integers[i].value);
    }
}

static void
put_domains(struct ofpbuf *b, const struct lact_arg *arg)
{
    struct ofpbuf name;

    ofpbuf_init(&name, 64);
    reply_put_domain(&name, arg->set.strings.names[0]);
    put_head(b, OPT_DOMAINS, name.size);
    ofpbuf_put(b, name.data, name.size);
    ofpbuf_uninit(&name);
}

static void
compose(struct ofpbuf *b, const struct lact_args *args,
        const struct request *r)
{
    bool stateless = r->header[0] == INFORMATION;

    reply_put_u8(b, r->header[0] == SOLICIT ? ADVERTISE : REPLY);
    ofpbuf_put(b, r->header + 1, 3);
    put_head(b, OPT_CLIENT_ID, r->client_id_size);
    ofpbuf_put(b, r->client_id, r->client_id_size);
    for (size_t i = 0; i < args->n; i++) {
        const struct lact_arg *arg = &args->args[i];

        if (!strcmp(arg->key, "server_id")) {
            put_server_id(b, arg);
        } else if (!strcmp(arg->key, "ia_addr") && !stateless) {
            put_address(b, arg, r->iaid);
        } else if (!strcmp(arg->key, "dns_server")) {
            put_dns(b, arg);
        } else if (!strcmp(arg->key, "domain_search")) {
            put_domains(b, arg);
        }
    }
}

static void
put_dhcpv6_opts_execute(struct pipe_state *s, const struct lact *lact,
                        bool last OVS_UNUSED)
{
    const struct lact_args *args = (const struct lact_args *) lact;
    struct request r;

    if (s->run->pipeline->supposition) {
        /* A question has no options, and is taken for a good request. */
        pipe_store_bit(s, lact, true);
        return;
    }
    pipe_flush(s);
    s->run->verdict->dependencies |= DEPENDS_ON_BYTES;

    bool ok = parse_request(s, &r);
    if (ok) {
        struct ofpbuf payload;

        ofpbuf_init(&payload, 512);
        compose(&payload, args, &r);
        reply_replace_payload(s, UDP_HEADER_LEN, &payload);
        ofpbuf_uninit(&payload);
    }
    pipe_store_bit(s, lact, ok);
}

const struct lact_class act_put_dhcpv6_opts = {
    .name = "put_dhcpv6_opts",
    .result = RESULT_BIT,
    .size = sizeof(struct lact_args),
    .parse = put_dhcpv6_opts_parse,
    .format = lact_args_format,
    .uninit = lact_args_uninit,
    .execute = put_dhcpv6_opts_execute,
};
