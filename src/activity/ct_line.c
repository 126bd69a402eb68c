#include "ct_line.h"

#include <netinet/in.h>

/* "NAME=VALUE", not copied. */
struct field {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};

static bool
is_end(char c)
{
    return !c || c == '\n';
}

/* The next field at '*s', up to a comma that is not within parentheses; false
 * at the end of the line or of the parentheses that '*s' is in. */
static bool
next_field(const char **s, struct field *f)
{
    const char *p = *s;
    int depth = 0;

    if (is_end(*p) || *p == ')') {
        return false;
    }
    *f = (struct field) { .name = p };
    for (; !is_end(*p) && (depth || (*p != ',' && *p != ')')); p++) {
        if (*p == '=' && !f->value) {
            f->name_len = p - f->name;
            f->value = p + 1;
        }
        depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
    }
    if (f->value) {
        f->value_len = p - f->value;
    } else {
        f->name_len = p - f->name;
        f->value = p;
    }
    *s = *p == ',' ? p + 1 : p;
    return true;
}

static bool
is_named(const struct field *f, const char *name)
{
    return !strncmp(f->name, name, f->name_len) && !name[f->name_len];
}

static bool
is_value(const struct field *f, const char *value)
{
    return !strncmp(f->value, value, f->value_len) && !value[f->value_len];
}

/* Digits; 0 where there are none. */
static uint64_t
number(const struct field *f)
{
    uint64_t n = 0;

    for (size_t i = 0; i < f->value_len && i < 19; i++) {
        if (f->value[i] < '0' || f->value[i] > '9') {
            break;
        }
        n = n * 10 + (f->value[i] - '0');
    }
    return n;
}

static bool
address(const struct field *f, struct in6_addr *addr)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr ip4;

    if (f->value_len >= sizeof text) {
        return false;
    }
    memcpy(text, f->value, f->value_len);
    text[f->value_len] = '\0';
    if (inet_pton(AF_INET, text, &ip4) == 1) {
        in6_addr_set_mapped_ipv4(addr, ip4.s_addr);
        return true;
    }
    return inet_pton(AF_INET6, text, addr) == 1;
}

static void
add_counters(const struct field *f, struct watch_conn *conn)
{
    if (is_named(f, "packets")) {
        conn->n_packets += number(f);
    } else if (is_named(f, "bytes")) {
        conn->n_bytes += number(f);
    }
}

/* "(src=...,dst=...,...)" of the direction that began it.  True if both
 * addresses are there. */
static bool
parse_tuple(const char *s, struct watch_conn *conn)
{
    bool has_src = false, has_dst = false;
    struct field f;

    s += *s == '(';
    while (next_field(&s, &f)) {
        if (is_named(&f, "src")) {
            has_src = address(&f, &conn->src);
        } else if (is_named(&f, "dst")) {
            has_dst = address(&f, &conn->dst);
        } else if (is_named(&f, "sport")) {
            conn->sport = number(&f);
        } else if (is_named(&f, "dport")) {
            conn->dport = number(&f);
        } else {
            add_counters(&f, conn);
        }
    }
    return has_src && has_dst;
}

static void
parse_counters(const char *s, struct watch_conn *conn)
{
    struct field f;

    s += *s == '(';
    while (next_field(&s, &f)) {
        add_counters(&f, conn);
    }
}

/* True if the side has sent a FIN, or nothing yet. */
static bool
is_closed(const struct field *f)
{
    return is_value(f, "CLOSED") || is_value(f, "CLOSE")
           || is_value(f, "CLOSING") || is_value(f, "LAST_ACK")
           || is_value(f, "FIN_WAIT_2") || is_value(f, "TIME_WAIT");
}

/* Once both sides have sent a FIN nothing new comes, and packets of a closed
 * one go nowhere, or begin a new one. */
static void
parse_protoinfo(const char *s, struct watch_conn *conn)
{
    int n_closed = 0;
    struct field f;

    s += *s == '(';
    while (next_field(&s, &f)) {
        bool is_state = is_named(&f, "state");

        if (!is_state && !is_named(&f, "state_orig")
            && !is_named(&f, "state_reply")) {
            continue;
        }
        n_closed += is_closed(&f) ? 1 + is_state : 0;
    }
    conn->open = n_closed < 2;
}

static bool
parse_proto(const struct field *f, uint8_t *proto)
{
    static const struct {
        const char *name;
        uint8_t number;
    } protos[] = {
        { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP },
        { "sctp", IPPROTO_SCTP }, { "icmp", IPPROTO_ICMP },
        { "icmpv6", IPPROTO_ICMPV6 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(protos); i++) {
        if (is_named(f, protos[i].name)) {
            *proto = protos[i].number;
            return true;
        }
    }
    return false;
}

bool
ct_line_parse(const char *line, struct watch_conn *conn)
{
    bool has_tuple = false;
    struct field f;

    *conn = (struct watch_conn) { .timeout_s = -1, .open = true };
    if (!next_field(&line, &f) || !parse_proto(&f, &conn->proto)) {
        return false;
    }
    while (next_field(&line, &f)) {
        if (is_named(&f, "orig")) {
            has_tuple = parse_tuple(f.value, conn);
        } else if (is_named(&f, "reply")) {
            parse_counters(f.value, conn);
        } else if (is_named(&f, "zone")) {
            conn->zone = number(&f);
        } else if (is_named(&f, "timeout")) {
            conn->timeout_s = number(&f) & 0xffffffff;
        } else if (is_named(&f, "protoinfo")) {
            parse_protoinfo(f.value, conn);
        }
    }
    return has_tuple;
}
