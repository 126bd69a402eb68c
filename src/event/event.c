#include "event.h"

#include "vip.h"

/* Codes of the fields in the metadata of a trigger_event packet. */
enum {
    FIELD_VIP = 1,
    FIELD_PROTOCOL = 2,
    FIELD_LOAD_BALANCER = 3,
};

static const struct {
    enum event_kind kind;
    const char *name;
} kinds[] = {
#define EVENT(ID, NAME, TEXT) { EVENT_##NAME, #NAME },
#include "events.def"
#undef EVENT
};

void
event_uninit(struct event *event)
{
    free(event->vip);
    free(event->protocol);
    event->vip = event->protocol = NULL;
}

void
event_clone(struct event *dst, const struct event *src)
{
    *dst = (struct event) {
        .kind = src->kind,
        .vip = xstrdup(src->vip),
        .protocol = xstrdup(src->protocol),
        .lb = src->lb,
    };
}

bool
event_equals(const struct event *a, const struct event *b)
{
    return a->kind == b->kind && uuid_equals(&a->lb, &b->lb)
           && !strcmp(a->vip, b->vip) && !strcmp(a->protocol, b->protocol);
}

uint32_t
event_hash(const struct event *event)
{
    return hash_string(event->vip, uuid_hash(&event->lb) + event->kind);
}

const char *
event_kind_name(enum event_kind kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (kinds[i].kind == kind) {
            return kinds[i].name;
        }
    }
    return "unknown";
}

bool
event_kind_from_name(const char *name, enum event_kind *kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (!strcmp(kinds[i].name, name)) {
            *kind = kinds[i].kind;
            return true;
        }
    }
    return false;
}

static bool
protocol_is_known(const char *protocol)
{
    return !strcmp(protocol, "tcp") || !strcmp(protocol, "udp")
           || !strcmp(protocol, "sctp");
}

/* Where fields of the metadata are collected: bytes are borrowed from it. */
struct fields {
    const char *vip, *protocol, *lb;
    size_t vip_len, protocol_len, lb_len;
};

static void
take_field(struct fields *fields, uint16_t code, const char *s, size_t len)
{
    switch (code) {
    case FIELD_VIP:
        fields->vip = s;
        fields->vip_len = len;
        break;
    case FIELD_PROTOCOL:
        fields->protocol = s;
        fields->protocol_len = len;
        break;
    case FIELD_LOAD_BALANCER:
        fields->lb = s;
        fields->lb_len = len;
        break;
    default:
        /* A newer OVN may say more: what is not known does not matter. */
        break;
    }
}

/* A null byte inside a text is no text: whoever reads it as a string would
 * see less of it than its length says. */
static bool
is_text(const char *s, size_t len)
{
    return !s || !memchr(s, '\0', len);
}

/* Makes an event of texts that may be anything.  Takes ownership of 'vip' and
 * 'protocol' whatever happens. */
static bool
make_event(enum event_kind kind, char *vip, char *protocol, const char *lb,
           struct event *event)
{
    struct endpoint ep;
    struct uuid uuid;

    if (!*protocol) {
        free(protocol);
        protocol = xstrdup("tcp");
    }
    if (!endpoint_parse(vip, &ep) || !protocol_is_known(protocol)
        || !uuid_from_string(&uuid, lb)) {
        free(vip);
        free(protocol);
        return false;
    }
    *event = (struct event) {
        .kind = kind, .vip = vip, .protocol = protocol, .lb = uuid,
    };
    return true;
}

enum event_error
event_from_userdata(const void *data, size_t size, struct event *event)
{
    struct ofpbuf b = ofpbuf_const_initializer(data, size);
    struct fields fields = { .vip = NULL };
    enum event_kind kind;

    const ovs_be32 *id = ofpbuf_try_pull(&b, sizeof *id);
    if (!id) {
        return EVENT_TRUNCATED;
    }
    kind = ntohl(get_unaligned_be32(id));
    if (!strcmp(event_kind_name(kind), "unknown")) {
        return EVENT_UNKNOWN_KIND;
    }
    while (b.size) {
        const ovs_be16 *header = ofpbuf_try_pull(&b, 2 * sizeof *header);
        if (!header) {
            return EVENT_TRUNCATED;
        }
        uint16_t code = ntohs(get_unaligned_be16(header));
        uint16_t len = ntohs(get_unaligned_be16(header + 1));
        const char *bytes = ofpbuf_try_pull(&b, len);
        if (!bytes) {
            return EVENT_TRUNCATED;
        }
        take_field(&fields, code, bytes, len);
    }
    if (!fields.vip || !fields.lb || !is_text(fields.vip, fields.vip_len)
        || !is_text(fields.protocol, fields.protocol_len)
        || !is_text(fields.lb, fields.lb_len)) {
        return EVENT_INCOMPLETE;
    }

    char *lb = xmemdup0(fields.lb, fields.lb_len);
    bool ok = make_event(kind, xmemdup0(fields.vip, fields.vip_len),
                         xmemdup0(fields.protocol ? fields.protocol : "",
                                  fields.protocol_len),
                         lb, event);
    free(lb);
    return ok ? EVENT_OK : EVENT_INCOMPLETE;
}

bool
event_from_info(const char *event_type, const struct smap *info,
                const char *row_name, struct event *event, struct diag *diag)
{
    static const char table[] = "Controller_Event";
    const char *vip = smap_get(info, "vip");
    const char *lb = smap_get(info, "load_balancer");
    const char *protocol = smap_get_def(info, "protocol", "");
    enum event_kind kind;

    if (!event_kind_from_name(event_type, &kind)) {
        diag_set(diag, table, row_name, "event_type",
                 "\"%s\" is not an event that Rouse knows", event_type);
    } else if (!vip) {
        diag_set(diag, table, row_name, "event_info:vip", "is missing");
    } else if (!lb) {
        diag_set(diag, table, row_name, "event_info:load_balancer",
                 "is missing");
    } else if (!make_event(kind, xstrdup(vip), xstrdup(protocol), lb,
                           event)) {
        diag_set(diag, table, row_name, "event_info",
                 "vip \"%s\", protocol \"%s\", load_balancer \"%s\" do not "
                 "name a VIP of a load balancer", vip, protocol, lb);
    } else {
        return true;
    }
    diag_set_remedy(diag, "write ADDRESS:PORT, tcp, udp or sctp, and the "
                    "UUID of a Northbound Load_Balancer");
    return false;
}

void
event_to_info(const struct event *event, struct smap *info)
{
    smap_replace(info, "vip", event->vip);
    smap_replace(info, "protocol", event->protocol);
    smap_replace_nocopy(info, "load_balancer",
                        xasprintf(UUID_FMT, UUID_ARGS(&event->lb)));
}
