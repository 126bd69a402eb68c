#include "hold.h"

#include "hold_private.h"

const struct hold_limits hold_limits_default = {
    .n_packets = 65536,
    .n_bytes = 64 * 1024 * 1024,
    .n_source_packets = 4096,
    .n_source_bytes = 8 * 1024 * 1024,
    .n_queue_bytes = 4 * 1024 * 1024,
};

struct hold *
hold_new(const struct hold_limits *limits, struct custody *custody)
{
    struct hold *hold = xzalloc(sizeof *hold);

    hold->limits = *limits;
    hold->custody = custody;
    ovs_list_init(&hold->queues);
    hmap_init(&hold->sources);
    heap_init(&hold->expiries);
    heap_init(&hold->sizes);
    return hold;
}

void
hold_free(struct hold *hold)
{
    struct hold_queue *queue;

    if (!hold) {
        return;
    }
    LIST_FOR_EACH_SAFE (queue, in_store, &hold->queues) {
        struct hold_queue *taken = queue;
        hold_queue_take(hold, &taken, DROP_SHUTDOWN);
    }
    hmap_destroy(&hold->sources);
    heap_destroy(&hold->expiries);
    heap_destroy(&hold->sizes);
    free(hold);
}

/* --- Expiry --- */

static long long
queue_deadline(const struct hold_queue *queue)
{
    const struct hold_packet *first = hold_packet_first(queue);

    return first ? first->arrived_ms + queue->policy.timeout_ms : LLONG_MAX;
}

/* Puts 'queue' where its oldest packet's deadline belongs.  The heap has the
 * largest priority on top, so priorities are deadlines counted backwards. */
static void
queue_update_expiry(struct hold *hold, struct hold_queue *queue,
                    bool was_empty)
{
    bool is_empty = ovs_list_is_empty(&queue->packets);
    uint64_t priority = UINT64_MAX - queue_deadline(queue);

    if (was_empty && !is_empty) {
        heap_insert(&hold->expiries, &queue->expiry, priority);
    } else if (!was_empty && is_empty) {
        heap_remove(&hold->expiries, &queue->expiry);
    } else if (!is_empty) {
        heap_change(&hold->expiries, &queue->expiry, priority);
    }
}

static struct hold_queue *
first_to_expire(const struct hold *hold)
{
    return heap_is_empty(&hold->expiries)
               ? NULL
               : CONTAINER_OF(heap_max(&hold->expiries), struct hold_queue,
                              expiry);
}

long long
hold_next_deadline(const struct hold *hold)
{
    const struct hold_queue *queue = first_to_expire(hold);

    return queue ? queue_deadline(queue) : LLONG_MAX;
}

struct hold_packet *
hold_packet_expired(const struct hold *hold, long long now_ms)
{
    const struct hold_queue *queue = first_to_expire(hold);

    return queue && queue_deadline(queue) <= now_ms
               ? hold_packet_first(queue)
               : NULL;
}

/* --- Queues --- */

struct hold_queue *
hold_queue_new(struct hold *hold, const char *key, void *owner,
               const struct hold_policy *policy)
{
    struct hold_queue *queue = xzalloc(sizeof *queue);

    queue->key = xstrdup(key);
    queue->owner = owner;
    queue->policy = *policy;
    ovs_list_init(&queue->packets);
    hmap_init(&queue->segments);
    hmap_init(&queue->shares);
    heap_init(&queue->by_size);
    ovs_list_push_back(&hold->queues, &queue->in_store);
    hold->n_queues++;
    return queue;
}

void
hold_queue_set_policy(struct hold *hold, struct hold_queue *queue,
                      const struct hold_policy *policy)
{
    queue->policy = *policy;
    queue_update_expiry(hold, queue, ovs_list_is_empty(&queue->packets));
    enforce_queue_limits(hold, queue);
}

void
hold_queue_take(struct hold *hold, struct hold_queue **queuep,
                enum drop_reason reason)
{
    struct hold_queue *queue = *queuep;
    struct hold_packet *p;

    *queuep = NULL;
    while ((p = hold_packet_first(queue)) != NULL) {
        hold_drop(hold, p, reason);
    }
    ovs_list_remove(&queue->in_store);
    hold->n_queues--;
    hmap_destroy(&queue->segments);
    hmap_destroy(&queue->shares);
    heap_destroy(&queue->by_size);
    free(queue->key);
    free(queue);
}

const char *
hold_queue_key(const struct hold_queue *queue)
{
    return queue->key;
}

void *
hold_queue_owner(const struct hold_queue *queue)
{
    return queue->owner;
}

size_t
hold_queue_n_packets(const struct hold_queue *queue)
{
    return hmap_count(&queue->segments);
}

size_t
hold_queue_n_bytes(const struct hold_queue *queue)
{
    return queue->n_bytes;
}

size_t
hold_n_bytes(const struct hold *hold)
{
    return hold->n_bytes;
}

const struct hold_limits *
hold_limits(const struct hold *hold)
{
    return &hold->limits;
}

size_t
hold_n_queues(const struct hold *hold)
{
    return hold->n_queues;
}

/* --- Packets --- */

static struct hold_packet *
find_copy(const struct hold_queue *queue, const struct segment *segment)
{
    struct hold_packet *p;

    HMAP_FOR_EACH_WITH_HASH (p, by_segment, segment_hash(segment),
                             &queue->segments) {
        if (segment_equals(&p->segment, segment)) {
            return p;
        }
    }
    return NULL;
}

static void
replace_bytes(struct hold *hold, struct hold_packet *p,
              struct dp_packet *packet, const struct hold_origin *origin)
{
    size_t old_size = dp_packet_size(p->packet);
    size_t new_size = dp_packet_size(packet);

    dp_packet_delete(p->packet);
    p->packet = packet;
    p->origin = *origin;
    p->queue->n_bytes += new_size - old_size;
    p->share->source->n_bytes += new_size - old_size;
    hold->n_bytes += new_size - old_size;
    queue_update_size(hold, p->queue, false);
    hold->custody->dropped[DROP_SUPERSEDED]++;
}

static void
insert_packet(struct hold *hold, struct hold_packet *p)
{
    struct hold_queue *queue = p->queue;
    bool was_empty = ovs_list_is_empty(&queue->packets);
    size_t size = dp_packet_size(p->packet);

    hmap_insert(&queue->segments, &p->by_segment, segment_hash(&p->segment));
    ovs_list_push_back(&queue->packets, &p->in_queue);
    share_add(p);
    queue->n_bytes += size;
    hold->n_bytes += size;
    hold->custody->held++;
    queue_update_expiry(hold, queue, was_empty);
    queue_update_size(hold, queue, was_empty);
}

int
hold_park(struct hold *hold, struct hold_queue *queue,
          struct dp_packet **packetp, const struct hold_origin *origin,
          long long now_ms)
{
    struct dp_packet *packet = *packetp;
    struct segment segment;
    int reason = 0;

    *packetp = NULL;
    if (!segment_from_packet(packet, &segment)) {
        reason = DROP_TRUNCATED;
    } else if (dp_packet_size(packet) > hold->limits.n_queue_bytes
               || dp_packet_size(packet) > hold->limits.n_bytes) {
        reason = DROP_TOO_LARGE;
    }
    if (reason) {
        hold->custody->dropped[reason]++;
        dp_packet_delete(packet);
        return reason;
    }

    struct hold_packet *copy = find_copy(queue, &segment);
    if (copy) {
        replace_bytes(hold, copy, packet, origin);
        enforce_limits(hold, queue, copy->share->source);
        return 0;
    }

    struct hold_packet *p = xzalloc(sizeof *p);
    p->queue = queue;
    p->share = share_ensure(hold, queue, &segment.src);
    p->order = hold->last_order++;
    p->packet = packet;
    p->segment = segment;
    p->origin = *origin;
    p->arrived_ms = now_ms;
    insert_packet(hold, p);
    enforce_limits(hold, queue, p->share->source);
    return 0;
}

struct hold_packet *
hold_packet_first(const struct hold_queue *queue)
{
    return ovs_list_is_empty(&queue->packets)
               ? NULL
               : CONTAINER_OF(ovs_list_front(&queue->packets),
                              struct hold_packet, in_queue);
}

struct hold_packet *
hold_packet_next(const struct hold_queue *queue, const struct hold_packet *p)
{
    return p->in_queue.next == &queue->packets
               ? NULL
               : CONTAINER_OF(p->in_queue.next, struct hold_packet,
                              in_queue);
}

struct hold_queue *
hold_packet_queue(const struct hold_packet *p)
{
    return p->queue;
}

const struct hold_origin *
hold_packet_origin(const struct hold_packet *p)
{
    return &p->origin;
}

const struct dp_packet *
hold_packet_bytes(const struct hold_packet *p)
{
    return p->packet;
}

long long
hold_packet_arrived_ms(const struct hold_packet *p)
{
    return p->arrived_ms;
}

struct dp_packet *
hold_packet_steal(struct hold *hold, struct hold_packet **pp)
{
    struct hold_packet *p = *pp;
    struct hold_queue *queue = p->queue;
    struct dp_packet *packet = p->packet;
    size_t size = dp_packet_size(packet);

    *pp = NULL;
    hmap_remove(&queue->segments, &p->by_segment);
    ovs_list_remove(&p->in_queue);
    share_remove(hold, p);
    queue->n_bytes -= size;
    hold->n_bytes -= size;
    hold->custody->held--;
    queue_update_expiry(hold, queue, false);
    queue_update_size(hold, queue, false);
    free(p);
    return packet;
}
