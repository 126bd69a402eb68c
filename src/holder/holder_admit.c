#include "holder.h"

#include "holder_private.h"
#include "sb_policy.h"

/* How long a refusal waits for the row of somebody else that it belongs to: a
 * clustered database that loses its leader takes rows half a minute later. */
#define REFUSAL_MS 60000

/* --- Policies for the gate --- */

static const struct smap *
service_keys(void *holder_, const struct uuid *lb)
{
    const struct holder *holder = holder_;
    const struct service_policy *policy = sb_policy_get(holder->sb, lb);

    return policy ? &policy->keys : NULL;
}

static uint64_t
policies_seqno(void *holder_)
{
    const struct holder *holder = holder_;

    return sb_policies_seqno(holder->sb);
}

const struct gate_ops holder_gate_ops = {
    .policy = service_keys, .seqno = policies_seqno,
};

/* --- Bounds --- */

static size_t
bound(size_t own, long long told, size_t otherwise)
{
    return own ? own : told ? told : otherwise;
}

void
holder_follow_limits(struct holder *holder)
{
    uint64_t seqno = sb_policies_seqno(holder->sb) + 1;
    const struct global_limits *told = sb_policy_limits(holder->sb);
    const struct hold_limits *own = &holder->config.limits;
    const struct hold_limits *otherwise = &hold_limits_default;

    if (holder->limits_seqno == seqno) {
        return;
    }
    holder->limits_seqno = seqno;
    struct hold_limits limits = {
        .n_packets = bound(own->n_packets, told->held_packets,
                           otherwise->n_packets),
        .n_bytes = bound(own->n_bytes, told->held_bytes, otherwise->n_bytes),
        .n_source_packets = bound(own->n_source_packets,
                                  told->held_per_source,
                                  otherwise->n_source_packets),
    };
    /* One source, or one queue, never has all. */
    limits.n_source_bytes = bound(own->n_source_bytes, 0,
                                  DIV_ROUND_UP(limits.n_bytes, 8));
    limits.n_queue_bytes = bound(own->n_queue_bytes, 0,
                                 MIN(otherwise->n_queue_bytes,
                                     DIV_ROUND_UP(limits.n_bytes, 2)));
    hold_set_limits(holder->hold, &limits);
}

struct json *
holder_limits(const struct holder *holder)
{
    const struct hold_limits *limits = hold_limits(holder->hold);
    struct json *json = json_object_create();

    json_object_put(json, "packets", json_integer_create(limits->n_packets));
    json_object_put(json, "bytes", json_integer_create(limits->n_bytes));
    json_object_put(json, "per_source",
                    json_integer_create(limits->n_source_packets));
    json_object_put(json, "held_packets",
                    json_integer_create(holder->custody->held));
    json_object_put(json, "held_bytes",
                    json_integer_create(hold_n_bytes(holder->hold)));
    return json;
}

/* --- Rows --- */

static void
put_address(struct smap *keys, const char *key, const struct in6_addr *addr)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    ipv6_format_mapped(addr, &ds);
    smap_replace_nocopy(keys, key, ds_steal_cstr(&ds));
}

/* A row of our own, which says that it may wake the service: whoever else
 * writes rows does so for all packets. */
void
holder_insert_row(struct holder *holder, const struct sleeper *sleeper)
{
    struct smap keys = SMAP_INITIALIZER(&keys);

    put_address(&keys, SB_EVENT_ADMITTED, &sleeper->source);
    smap_add_format(&keys, SB_EVENT_ARRIVED, "%lld",
                    sleeper->arrived_wall_ms);
    sb_event_insert(holder->sb, &sleeper->event, &keys);
    smap_destroy(&keys);
}

/* --- Refused packets --- */

static bool
is_unmarked_row(const struct holder *holder, const struct sb_event *row)
{
    const char *own = sb_own_chassis(holder->sb);

    return row && row->valid && own && row->chassis
           && !strcmp(row->chassis, own)
           && !smap_get_node(&row->info, SB_EVENT_ADMITTED)
           && !smap_get_node(&row->info, SB_EVENT_REFUSED);
}

/* Tells the waker, in the row that somebody else has written for a packet,
 * that it was refused; or that it came to its end long ago, with none. */
static void
mark_row(struct holder *holder, const struct sb_event *row)
{
    struct gate_tally *tally;

    if (!is_unmarked_row(holder, row)) {
        return;
    }
    tally = gate_tally_find(holder->gate, &row->event);
    if (tally && (refusals_sum(tally->n)
                  || !holder_is_held(holder, &row->event))) {
        struct smap keys = SMAP_INITIALIZER(&keys);

        smap_add_nocopy(&keys, xstrdup(SB_EVENT_REFUSED),
                        refusals_format(tally->n));
        if (refusals_sum(tally->n)) {
            put_address(&keys, SB_EVENT_SOURCE, &tally->source);
        }
        sb_event_annotate(holder->sb, &row->uuid, &keys);
        smap_destroy(&keys);
        gate_tally_take(holder->gate, &tally);
    }
}

void
holder_mark_refused_rows(struct holder *holder, long long now_ms)
{
    struct gate_tally *tally;
    size_t n;
    const struct uuid *changed = sb_events_changed_get(holder->sb, &n);

    for (size_t i = 0; i < n; i++) {
        mark_row(holder, sb_event_get(holder->sb, &changed[i]));
    }
    while ((tally = gate_tally_first(holder->gate)) != NULL
           && now_ms >= tally->since_ms + REFUSAL_MS) {
        gate_tally_take(holder->gate, &tally);
    }
}

void
holder_mark_refused(struct holder *holder, const struct event *event)
{
    if (holder->sw->others_write && sb_is_ready(holder->sb)) {
        mark_row(holder, sb_event_find(holder->sb, event));
    }
}

void
holder_remember_end(struct holder *holder, const struct event *event,
                    long long now_ms)
{
    if (holder->sw->others_write) {
        gate_tally_begin(holder->gate, event, now_ms);
    }
}

bool
holder_next_refused(struct holder *holder, struct holder_refused *out)
{
    struct gate_tally *tally = gate_tally_first(holder->gate);

    if (!tally) {
        return false;
    }
    *out = (struct holder_refused) {
        .source = tally->source, .last = tally->last,
    };
    memcpy(out->n, tally->n, sizeof out->n);
    event_clone(&out->event, &tally->event);
    gate_tally_take(holder->gate, &tally);
    return true;
}

struct json *
holder_refusals(const struct holder *holder)
{
    return gate_status(holder->gate);
}
