#include "holder.h"

#include "holder_private.h"
#include "sb_policy.h"

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

void
holder_put_address(struct smap *keys, const char *key,
                   const struct in6_addr *addr)
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

    holder_put_address(&keys, SB_EVENT_ADMITTED, &sleeper->source);
    smap_add_format(&keys, SB_EVENT_ARRIVED, "%lld",
                    sleeper->arrived_wall_ms);
    sb_event_insert(holder->sb, &sleeper->event, &keys);
    smap_destroy(&keys);
}
