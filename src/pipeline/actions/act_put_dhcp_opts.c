/* "R = put_dhcp_opts(offerip = ..., ...);": a DHCP request becomes its reply
 * (RFC 2131, 2132). */

#include "pipe_reply.h"

#define DHCP_MAGIC 0x63825363
#define DHCP_HEADER 236 /* Up to the magic number. */
#define DHCP_MIN_OPTIONS 64

enum { DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5, NAK = 6, INFORM = 8 };
enum { OPT_REQUESTED_IP = 50, OPT_TYPE = 53, OPT_SERVER_ID = 54,
       OPT_BOOTFILE = 67, OPT_NEXT_SERVER = 253, OPT_BOOTFILE_ALT = 254,
       OPT_END = 255 };

static const struct lact_key keys[] = {
#define DHCP_OPTION(NAME, CODE, TYPE) { NAME, VALUE_##TYPE, CODE == 0 },
#include "dhcp_options.def"
};

/* The code of each of 'keys'. */
static const uint8_t codes[] = {
#define DHCP_OPTION(NAME, CODE, TYPE) CODE,
#include "dhcp_options.def"
};

static void
put_dhcp_opts_parse(struct lact_parser *p, struct lact *lact)
{
    lact_args_parse(p, lact, keys, ARRAY_SIZE(keys));
}

struct request {
    const uint8_t *header;
    uint8_t type;
    ovs_be32 requested; /* Option 50, or ciaddr. */
    bool has_requested;
};

static bool
parse_request(const struct pipe_state *s, struct request *r)
{
    size_t size;
    const uint8_t *p = reply_udp_payload(s, &size);
    const uint8_t *end = p ? p + size : NULL;
    ovs_be32 magic;

    memset(r, 0, sizeof *r);
    if (!p || s->flow.dl_type != htons(ETH_TYPE_IP)
        || !(r->header = reply_take(&p, end, DHCP_HEADER))
        || r->header[0] != 1) {
        return false;
    }

    const uint8_t *m = reply_take(&p, end, sizeof magic);
    if (!m || memcmp(m, (ovs_be32[]) { htonl(DHCP_MAGIC) }, sizeof magic)) {
        return false;
    }
    memcpy(&r->requested, r->header + 12, 4);
    while (p < end && *p != OPT_END) {
        uint8_t code = *p++;
        const uint8_t *length, *value;

        if (!code) {
            continue;
        }
        length = reply_take(&p, end, 1);
        value = length ? reply_take(&p, end, *length) : NULL;
        if (!value) {
            return false;
        }
        if (code == OPT_TYPE && *length == 1) {
            r->type = *value;
        } else if (code == OPT_REQUESTED_IP && *length == 4) {
            memcpy(&r->requested, value, 4);
            r->has_requested = true;
        }
    }
    return r->type == DISCOVER || r->type == REQUEST || r->type == INFORM;
}

static void
put_routes(struct ofpbuf *b, const struct constant_set *set)
{
    for (size_t i = 0; i + 1 < set->n_integers; i += 2) {
        const struct constant *net = &set->integers[i];
        uint32_t mask = net->masked ? net->mask.u64.lo : UINT32_MAX;
        int plen = ip_count_cidr_bits(htonl(mask));
        ovs_be32 be = htonl(net->value.u64.lo);

        reply_put_u8(b, plen);
        ofpbuf_put(b, &be, DIV_ROUND_UP(plen, 8));
        reply_put_be32(b, set->integers[i + 1].value.u64.lo);
    }
}

static void
put_value(struct ofpbuf *b, enum lact_value type, const struct lact_arg *arg)
{
    const struct constant_set *set = &arg->set;
    uint64_t first = set->n_integers ? set->integers[0].value.u64.lo
                     : arg->word && !strcmp(arg->word, "true");

    switch (type) {
    case VALUE_IPV4:
    case VALUE_HOST_ID:
        for (size_t i = 0; i < set->n_integers; i++) {
            reply_put_be32(b, set->integers[i].value.u64.lo);
        }
        if (set->strings.n) {
            ofpbuf_put(b, set->strings.names[0],
                       strlen(set->strings.names[0]));
        }
        break;
    case VALUE_STR:
        ofpbuf_put(b, set->strings.names[0], strlen(set->strings.names[0]));
        break;
    case VALUE_DOMAINS: {
        char *copy = xstrdup(set->strings.names[0]), *save = NULL;
        for (char *name = strtok_r(copy, ", ", &save); name;
             name = strtok_r(NULL, ", ", &save)) {
            reply_put_domain(b, name);
        }
        free(copy);
        break;
    }
    case VALUE_STATIC_ROUTES: put_routes(b, set); break;
    case VALUE_UINT16: reply_put_be16(b, first); break;
    case VALUE_UINT32: reply_put_be32(b, first); break;
    case VALUE_BOOL:
    case VALUE_UINT8:
    default: reply_put_u8(b, first); break;
    }
}

static void
put_option(struct ofpbuf *b, const struct lact_arg *arg)
{
    uint8_t storage[512];
    struct ofpbuf value = OFPBUF_STUB_INITIALIZER(storage);

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (!strcmp(keys[i].name, arg->key)
            && codes[i] && codes[i] < OPT_NEXT_SERVER) {
            put_value(&value, keys[i].value, arg);
            reply_put_u8(b, codes[i]);
            reply_put_u8(b, MIN(value.size, 255));
            ofpbuf_put(b, value.data, MIN(value.size, 255));
        }
    }
    ofpbuf_uninit(&value);
}

static ovs_be32
address(const struct lact_args *args, const char *key)
{
    const struct lact_arg *arg = lact_args_find(args, key);

    return arg ? htonl(arg->set.integers[0].value.u64.lo) : 0;
}

static void
compose(struct ofpbuf *b, const struct lact_args *args,
        const struct request *r, uint8_t type)
{
    ovs_be32 offer = type == NAK ? 0 : address(args, "offerip");
    ovs_be32 next = address(args, "next_server");
    const char *bootfile = lact_args_text(args, "bootfile_name_alt");
    uint8_t *header = ofpbuf_put(b, r->header, DHCP_HEADER);

    next = next ? next : address(args, "server_id");
    header[0] = 2; /* BOOTREPLY */
    memcpy(header + 16, &offer, 4);
    memcpy(header + 20, &next, 4);
    if (bootfile) {
        ovs_strlcpy((char *) header + 108, bootfile, 128);
    }
    reply_put_be32(b, DHCP_MAGIC);
    reply_put_u8(b, OPT_TYPE);
    reply_put_u8(b, 1);
    reply_put_u8(b, type);
    for (size_t i = 0; i < args->n; i++) {
        const char *key = args->args[i].key;

        if (type != NAK || !strcmp(key, "server_id")) {
            put_option(b, &args->args[i]);
        }
    }
    reply_put_u8(b, OPT_END);
    while (b->size < DHCP_HEADER + 4 + DHCP_MIN_OPTIONS) {
        reply_put_u8(b, 0);
    }
}

static bool
put_dhcp_opts(struct pipe_state *s, const struct lact_args *args)
{
    struct ofpbuf payload;
    struct request r;

    pipe_flush(s);
    s->run->verdict->dependencies |= DEPENDS_ON_BYTES;
    if (!parse_request(s, &r)) {
        return false;
    }

    uint8_t type = r.type == DISCOVER ? OFFER : ACK;
    if (r.type == REQUEST && r.requested
        && r.requested != address(args, "offerip")) {
        type = NAK;
    }
    ofpbuf_init(&payload, 512);
    compose(&payload, args, &r, type);
    reply_replace_payload(s, UDP_HEADER_LEN, &payload);
    ofpbuf_uninit(&payload);
    return true;
}

static void
put_dhcp_opts_execute(struct pipe_state *s, const struct lact *lact,
                      bool last OVS_UNUSED)
{
    const struct lact_args *args = (const struct lact_args *) lact;
    /* A question has no options, and is taken for a good request. */
    bool done = s->run->pipeline->supposition || put_dhcp_opts(s, args);

    pipe_store_bit(s, lact, done);
}

const struct lact_class act_put_dhcp_opts = {
    .name = "put_dhcp_opts",
    .result = RESULT_BIT,
    .size = sizeof(struct lact_args),
    .parse = put_dhcp_opts_parse,
    .format = lact_args_format,
    .uninit = lact_args_uninit,
    .execute = put_dhcp_opts_execute,
};
