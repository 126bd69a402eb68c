/* "R = dns_lookup();": a query becomes its answer (RFC 1035), if the datapath
 * has a record for the name. */

#include <ctype.h>

#include "pipe_reply.h"

#define DNS_HEADER 12
#define TTL_S 3600
enum { TYPE_A = 1, TYPE_PTR = 12, TYPE_AAAA = 28, TYPE_ANY = 255 };
enum { CLASS_IN = 1 };

struct query {
    const uint8_t *header;
    const uint8_t *question; /* With type and class. */
    size_t question_size;
    char name[256]; /* In lower case. */
    uint16_t type;
};

/* The name at '*p'; without compression, which a question does not need. */
static bool
parse_name(const uint8_t **p, const uint8_t *end, char name[256])
{
    size_t n = 0;

    for (;;) {
        const uint8_t *length = reply_take(p, end, 1);
        const uint8_t *label;

        if (!length || *length > 63) {
            return false;
        }
        if (!*length) {
            name[n] = '\0';
            return n > 0;
        }
        label = reply_take(p, end, *length);
        if (!label || n + *length + 1 >= 256) {
            return false;
        }
        if (n) {
            name[n++] = '.';
        }
        for (size_t i = 0; i < *length; i++) {
            if (!label[i]) {
                return false;
            }
            name[n++] = tolower(label[i]);
        }
    }
}

static bool
parse_query(const struct pipe_state *s, struct query *q)
{
    size_t size;
    const uint8_t *p = reply_udp_payload(s, &size);
    const uint8_t *end = p ? p + size : NULL;

    if (!p || !(q->header = reply_take(&p, end, DNS_HEADER))
        || q->header[2] & 0xf8 /* A response, or another opcode. */
        || q->header[4] || q->header[5] != 1) {
        return false;
    }
    q->question = p;
    if (!parse_name(&p, end, q->name)) {
        return false;
    }

    const uint8_t *tail = reply_take(&p, end, 4);
    if (!tail || (tail[2] << 8 | tail[3]) != CLASS_IN) {
        return false;
    }
    q->type = tail[0] << 8 | tail[1];
    q->question_size = p - q->question;
    return q->type == TYPE_A || q->type == TYPE_AAAA || q->type == TYPE_PTR
           || q->type == TYPE_ANY;
}

static void
put_answer(struct ofpbuf *b, uint16_t type, const void *data, size_t size)
{
    reply_put_be16(b, 0xc000 | DNS_HEADER); /* The question's name. */
    reply_put_be16(b, type);
    reply_put_be16(b, CLASS_IN);
    reply_put_be32(b, TTL_S);
    reply_put_be16(b, size);
    ofpbuf_put(b, data, size);
}

/* The answer is a name.  Returns how many answers there are: none if it is not
 * one. */
static uint16_t
put_name(struct ofpbuf *b, const char *name)
{
    uint8_t wire[256];
    size_t n = 0;

    for (const char *label = name; *label; ) {
        size_t length = strcspn(label, ".");

        if (!length || length > 63 || n + length + 2 > sizeof wire) {
            return 0;
        }
        wire[n++] = length;
        memcpy(&wire[n], label, length);
        n += length;
        label += length + (label[length] == '.');
    }
    if (!n) {
        return 0;
    }
    wire[n++] = 0;
    put_answer(b, TYPE_PTR, wire, n);
    return 1;
}

/* Returns how many answers there are. */
static uint16_t
put_addresses(struct ofpbuf *b, const struct query *q, const char *addresses)
{
    char *copy = xstrdup(addresses), *save = NULL;
    uint16_t n = 0;

    for (char *word = strtok_r(copy, " ,", &save); word;
         word = strtok_r(NULL, " ,", &save)) {
        struct in6_addr ip6;
        ovs_be32 ip4;

        if (q->type != TYPE_AAAA && ip_parse(word, &ip4)) {
            put_answer(b, TYPE_A, &ip4, sizeof ip4);
            n++;
        } else if (q->type != TYPE_A && ipv6_parse(word, &ip6)) {
            put_answer(b, TYPE_AAAA, &ip6, sizeof ip6);
            n++;
        }
    }
    free(copy);
    return n;
}

static bool
dns_lookup(struct pipe_state *s)
{
    struct query q;

    pipe_flush(s);
    s->run->verdict->dependencies |= DEPENDS_ON_BYTES;
    if (!parse_query(s, &q)) {
        return false;
    }

    const char *value = smap_get(&s->datapath->dns, q.name);
    if (!value) {
        return false;
    }

    struct ofpbuf payload;
    ofpbuf_init(&payload, 512);
    uint8_t *header = ofpbuf_put(&payload, q.header, DNS_HEADER);
    header[2] |= 0x80; /* A response... */
    header[3] = 0x80;  /* ...from one who can recurse. */
    memset(header + 6, 0, 6);
    ofpbuf_put(&payload, q.question, q.question_size);

    uint16_t n = (q.type == TYPE_PTR ? put_name(&payload, value)
                  : put_addresses(&payload, &q, value));
    header = payload.data;
    header[6] = n >> 8;
    header[7] = n;
    reply_replace_payload(s, UDP_HEADER_LEN, &payload);
    ofpbuf_uninit(&payload);
    return true;
}

static void
dns_lookup_execute(struct pipe_state *s, const struct lact *lact,
                   bool last OVS_UNUSED)
{
    pipe_store_bit(s, lact, dns_lookup(s));
}

const struct lact_class act_dns_lookup = {
    .name = "dns_lookup",
    .result = RESULT_BIT,
    .prereqs = "udp",
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = dns_lookup_execute,
};
