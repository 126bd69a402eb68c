#include "hold.h"

#include "hold_private.h"

/* --- Who has most --- */

/* Priorities for a heap that has the largest on top: by 'size', and among
 * equals by age.  (Once 'order' is past its bits, equals come as they may.) */
static uint64_t
size_priority(uint64_t size, uint64_t order)
{
    return (size << 28) | (~order & ((1u << 28) - 1));
}

static void
share_update(struct hold_queue *queue, struct share *share)
{
    const struct hold_packet *oldest
        = CONTAINER_OF(ovs_list_front(&share->packets), struct hold_packet,
                       in_share);

    heap_change(&queue->by_size, &share->by_size,
                size_priority(share->n, oldest->order));
}

void
queue_update_size(struct hold *hold, struct hold_queue *queue, bool was_empty)
{
    const struct hold_packet *oldest = hold_packet_first(queue);
    uint64_t priority = oldest ? size_priority(queue->n_bytes, oldest->order)
                               : 0;

    if (was_empty && oldest) {
        heap_insert(&hold->sizes, &queue->size, priority);
    } else if (!was_empty && !oldest) {
        heap_remove(&hold->sizes, &queue->size);
    } else if (oldest) {
        heap_change(&hold->sizes, &queue->size, priority);
    }
}

/* Whom a full queue loses. */
static struct hold_packet *
queue_victim(const struct hold_queue *queue)
{
    struct share *largest = CONTAINER_OF(heap_max(&queue->by_size),
                                         struct share, by_size);

    return CONTAINER_OF(ovs_list_front(&largest->packets),
                        struct hold_packet, in_share);
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

struct share *
share_ensure(struct hold *hold, struct hold_queue *queue,
             const struct in6_addr *addr)
{
    uint32_t hash = hash_bytes(addr, sizeof *addr, 0);
    struct share *share;

    HMAP_FOR_EACH_WITH_HASH (share, node, hash, &queue->shares) {
        if (ipv6_addr_equals(&share->source->addr, addr)) {
            return share;
        }
    }
    share = xzalloc(sizeof *share);
    share->source = source_ensure(hold, addr);
    ovs_list_init(&share->packets);
    hmap_insert(&queue->shares, &share->node, hash);
    heap_insert(&queue->by_size, &share->by_size, 0);
    return share;
}

void
share_add(struct hold_packet *p)
{
    struct source *source = p->share->source;

    ovs_list_push_back(&p->share->packets, &p->in_share);
    p->share->n++;
    ovs_list_push_back(&source->packets, &p->in_source);
    source->n++;
    source->n_bytes += dp_packet_size(p->packet);
    share_update(p->queue, p->share);
}

/* The share and the source go with their last packet. */
void
share_remove(struct hold *hold, struct hold_packet *p)
{
    struct share *share = p->share;
    struct source *source = share->source;

    ovs_list_remove(&p->in_share);
    ovs_list_remove(&p->in_source);
    source->n_bytes -= dp_packet_size(p->packet);
    if (!--source->n) {
        hmap_remove(&hold->sources, &source->by_addr);
        free(source);
    }
    if (--share->n) {
        share_update(p->queue, share);
    } else {
        hmap_remove(&p->queue->shares, &share->node);
        heap_remove(&p->queue->by_size, &share->by_size);
        free(share);
    }
}

/* --- Bounds --- */

void
hold_drop(struct hold *hold, struct hold_packet *p, enum drop_reason reason)
{
    dp_packet_delete(hold_packet_steal(hold, &p));
    hold->custody->dropped[reason]++;
}

void
enforce_queue_limits(struct hold *hold, struct hold_queue *queue)
{
    while (hmap_count(&queue->segments) > queue->policy.n_packets
           || queue->n_bytes > hold->limits.n_queue_bytes) {
        hold_drop(hold, queue_victim(queue), DROP_VIP_FULL);
    }
}

/* Leaves the source one packet, whatever its size: 'source' lives. */
static void
enforce_source_limits(struct hold *hold, const struct source *source)
{
    while (source->n > 1 && (source->n > hold->limits.n_source_packets
                             || source->n_bytes
                                > hold->limits.n_source_bytes)) {
        hold_drop(hold, CONTAINER_OF(ovs_list_front(&source->packets),
                                struct hold_packet, in_source),
             DROP_SOURCE_FULL);
    }
}

static void
enforce_store_limits(struct hold *hold)
{
    while (hold->custody->held > hold->limits.n_packets
           || hold->n_bytes > hold->limits.n_bytes) {
        struct hold_queue *largest = CONTAINER_OF(heap_max(&hold->sizes),
                                                  struct hold_queue, size);

        hold_drop(hold, queue_victim(largest), DROP_STORE_FULL);
    }
}

void
enforce_limits(struct hold *hold, struct hold_queue *queue,
               const struct source *source)
{
    enforce_source_limits(hold, source);
    enforce_queue_limits(hold, queue);
    enforce_store_limits(hold);
}

void
hold_set_limits(struct hold *hold, const struct hold_limits *limits)
{
    struct hold_queue *queue;
    struct source *source;

    hold->limits = *limits;
    HMAP_FOR_EACH (source, by_addr, &hold->sources) {
        enforce_source_limits(hold, source);
    }
    LIST_FOR_EACH (queue, in_store, &hold->queues) {
        enforce_queue_limits(hold, queue);
    }
    enforce_store_limits(hold);
}
