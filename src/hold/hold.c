#include "hold.h"

#include "segment.h"

/* Packets of one source address, over all queues. */
struct source {
    struct hmap_node by_addr; /* In struct hold's 'sources'. */
    struct in6_addr addr;
    struct ovs_list packets;  /* Contains struct hold_packet's in_source. */
    size_t n;
};

struct hold_packet {
    struct hmap_node by_segment; /* In its queue's 'segments'. */
    struct ovs_list in_queue;    /* Oldest first, as the two below. */
    struct ovs_list in_source;
    struct ovs_list in_store;
    struct hold_queue *queue;
    struct source *source;
    struct dp_packet *packet;    /* Owned. */
    struct segment segment;
    struct hold_origin origin;
    long long arrived_ms;        /* Of the first copy. */
};

struct hold_queue {
    struct ovs_list in_store;    /* In struct hold's 'queues'. */
    struct heap_node expiry;     /* In struct hold's 'expiries' while it
                                  * holds packets. */
    char *key;
    void *owner;                 /* Borrowed. */
    struct hold_policy policy;
    struct ovs_list packets;     /* Contains struct hold_packet's in_queue. */
    struct hmap segments;        /* Contains struct hold_packet. */
    size_t n_bytes;
};

struct hold {
    struct hold_limits limits;
    struct custody *custody;     /* Borrowed. */
    struct ovs_list queues;      /* Contains struct hold_queue. */
    size_t n_queues;
    struct hmap sources;         /* Contains struct source. */
    struct ovs_list packets;     /* Contains struct hold_packet's in_store. */
    struct heap expiries;        /* Queues, the first to expire on top. */
    size_t n_bytes;
};

const struct hold_limits hold_limits_default = {
    .n_packets = 65536,
    .n_bytes = 64 * 1024 * 1024,
    .n_source_packets = 4096,
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
    ovs_list_init(&hold->packets);
    heap_init(&hold->expiries);
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
    ovs_list_push_back(&hold->queues, &queue->in_store);
    hold->n_queues++;
    return queue;
}

static void
drop_oldest(struct hold *hold, struct hold_packet *oldest,
            enum drop_reason reason)
{
    dp_packet_delete(hold_packet_steal(hold, &oldest));
    hold->custody->dropped[reason]++;
}

static void
enforce_queue_limits(struct hold *hold, struct hold_queue *queue)
{
    while (hmap_count(&queue->segments) > queue->policy.n_packets
           || queue->n_bytes > hold->limits.n_queue_bytes) {
        drop_oldest(hold, hold_packet_first(queue), DROP_VIP_FULL);
    }
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
        drop_oldest(hold, p, reason);
    }
    ovs_list_remove(&queue->in_store);
    hold->n_queues--;
    hmap_destroy(&queue->segments);
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
hold_n_queues(const struct hold *hold)
{
    return hold->n_queues;
}

/* --- Sources --- */

static struct source *
source_ensure(struct hold *hold, const struct in6_addr *addr)
{
    uint32_t hash = hash_bytes(addr, sizeof *addr, 0);
    struct source *source;

    HMAP_FOR_EACH_WITH_HASH (source, by_addr, hash, &hold->sources) {
        if (ipv6_addr_equals(&source->addr, addr)) {
            return source;
        }
    }
    source = xzalloc(sizeof *source);
    source->addr = *addr;
    ovs_list_init(&source->packets);
    hmap_insert(&hold->sources, &source->by_addr, hash);
    return source;
}

static void
source_release(struct hold *hold, struct source *source)
{
    if (!--source->n) {
        hmap_remove(&hold->sources, &source->by_addr);
        free(source);
    }
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
    hold->n_bytes += new_size - old_size;
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
    ovs_list_push_back(&hold->packets, &p->in_store);
    ovs_list_push_back(&p->source->packets, &p->in_source);
    p->source->n++;
    queue->n_bytes += size;
    hold->n_bytes += size;
    hold->custody->held++;
    queue_update_expiry(hold, queue, was_empty);
}

static void
enforce_limits(struct hold *hold, struct hold_queue *queue,
               const struct source *source)
{
    /* The newcomer is the last to be dropped, so 'source' lives until then:
     * each bound is at least one packet. */
    if (source->n > MAX(hold->limits.n_source_packets, 1)) {
        drop_oldest(hold,
                    CONTAINER_OF(ovs_list_front(&source->packets),
                                 struct hold_packet, in_source),
                    DROP_SOURCE_FULL);
    }
    enforce_queue_limits(hold, queue);
    while (hold->custody->held > hold->limits.n_packets
           || hold->n_bytes > hold->limits.n_bytes) {
        drop_oldest(hold,
                    CONTAINER_OF(ovs_list_front(&hold->packets),
                                 struct hold_packet, in_store),
                    DROP_STORE_FULL);
    }
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
        enforce_limits(hold, queue, copy->source);
        return 0;
    }

    struct hold_packet *p = xzalloc(sizeof *p);
    p->queue = queue;
    p->source = source_ensure(hold, &segment.src);
    p->packet = packet;
    p->segment = segment;
    p->origin = *origin;
    p->arrived_ms = now_ms;
    insert_packet(hold, p);
    enforce_limits(hold, queue, p->source);
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
    ovs_list_remove(&p->in_source);
    ovs_list_remove(&p->in_store);
    queue->n_bytes -= size;
    hold->n_bytes -= size;
    hold->custody->held--;
    queue_update_expiry(hold, queue, false);
    source_release(hold, p->source);
    free(p);
    return packet;
}
