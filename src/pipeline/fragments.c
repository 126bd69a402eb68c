#include "fragments.h"

/* A fragment that waits. */
struct part {
    struct frag_part at;
    struct dp_packet *packet;
};

/* What is there of a packet. */
struct datagram {
    struct hmap_node node;      /* In fragments->by_key. */
    struct ovs_list order_node; /* In fragments->by_age. */
    struct frag_key key;
    long long expires_ms;
    struct part *parts; /* In no order, without overlaps. */
    size_t n, allocated;
    uint32_t n_bytes;   /* Of data in 'parts'. */
    uint32_t end;       /* Of all data; 0: not known yet. */
    uint32_t max_end;   /* Of 'parts'. */
};

struct fragments {
    struct hmap by_key;
    struct ovs_list by_age; /* Oldest first. */
    struct fragment_counts counts;
};

BUILD_ASSERT_DECL(sizeof(struct frag_key)
                  == 2 * sizeof(struct in6_addr) + 4 + 2 + 2 + 4);

struct fragments *
fragments_new(void)
{
    struct fragments *f = xzalloc(sizeof *f);

    hmap_init(&f->by_key);
    ovs_list_init(&f->by_age);
    return f;
}

/* All its fragments end; 'count' says how. */
static void
datagram_free(struct fragments *f, struct datagram *d, uint64_t *count)
{
    for (size_t i = 0; i < d->n; i++) {
        f->counts.n_held_bytes -= dp_packet_size(d->parts[i].packet);
        dp_packet_delete(d->parts[i].packet);
    }
    f->counts.n_held -= d->n;
    *count += d->n;
    hmap_remove(&f->by_key, &d->node);
    ovs_list_remove(&d->order_node);
    free(d->parts);
    free(d);
}

void
fragments_free(struct fragments *f)
{
    if (f) {
        struct datagram *d;

        LIST_FOR_EACH_SAFE (d, order_node, &f->by_age) {
            datagram_free(f, d, &f->counts.n_lost);
        }
        hmap_destroy(&f->by_key);
        free(f);
    }
}

void
fragments_expire(struct fragments *f, long long now_ms)
{
    struct datagram *d;

    LIST_FOR_EACH_SAFE (d, order_node, &f->by_age) {
        if (d->expires_ms > now_ms) {
            break;
        }
        datagram_free(f, d, &f->counts.n_lost);
    }
}

const struct fragment_counts *
fragments_counts(const struct fragments *f)
{
    return &f->counts;
}

static struct datagram *
find(struct fragments *f, const struct frag_key *key, long long now_ms)
{
    uint32_t hash = hash_bytes(key, sizeof *key, 0);
    struct datagram *d;

    HMAP_FOR_EACH_WITH_HASH (d, node, hash, &f->by_key) {
        if (!memcmp(&d->key, key, sizeof *key)) {
            return d;
        }
    }
    d = xzalloc(sizeof *d);
    d->key = *key;
    d->expires_ms = now_ms + FRAGMENTS_TIMEOUT_MS;
    hmap_insert(&f->by_key, &d->node, hash);
    ovs_list_push_back(&f->by_age, &d->order_node);
    return d;
}

/* Does 'at' fit to what is there?  An overlap serves nobody but who wants to
 * slip something past a filter. */
static bool
fits(const struct datagram *d, const struct frag_part *at)
{
    if (d->n >= FRAGMENTS_MAX_PARTS
        || (d->end && at->end > d->end)
        || (!at->more && (d->end || at->end < d->max_end))) {
        return false;
    }
    for (size_t i = 0; i < d->n; i++) {
        if (at->start < d->parts[i].at.end && d->parts[i].at.start < at->end) {
            return false;
        }
    }
    return true;
}

static bool
is_duplicate(const struct datagram *d, const struct frag_part *at)
{
    for (size_t i = 0; i < d->n; i++) {
        if (d->parts[i].at.start == at->start
            && d->parts[i].at.end == at->end
            && d->parts[i].at.more == at->more) {
            return true;
        }
    }
    return false;
}

static void
add_part(struct fragments *f, struct datagram *d, const struct frag_part *at,
         struct dp_packet **packet)
{
    if (d->n >= d->allocated) {
        d->parts = x2nrealloc(d->parts, &d->allocated, sizeof *d->parts);
    }
    d->parts[d->n++] = (struct part) { .at = *at, .packet = *packet };
    d->n_bytes += at->end - at->start;
    d->max_end = MAX(d->max_end, at->end);
    if (!at->more) {
        d->end = at->end;
    }
    f->counts.n_held++;
    f->counts.n_held_bytes += dp_packet_size(*packet);
    *packet = NULL;
}

/* The whole packet of 'd', which has all parts.  NULL if it is too long. */
static struct dp_packet *
join(const struct datagram *d, uint16_t *mru)
{
    const struct part *first = d->parts;
    const struct part *newest = &d->parts[d->n - 1];

    *mru = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (!d->parts[i].at.start) {
            first = &d->parts[i];
        }
        *mru = MAX(*mru, d->parts[i].at.ip_size);
    }

    size_t head = first->at.head;
    const char *l3 = dp_packet_l3(first->packet);
    size_t l2 = l3 - (const char *) dp_packet_data(first->packet);
    if (head - l2 + d->end > UINT16_MAX) {
        return NULL;
    }

    struct dp_packet *whole = dp_packet_new(head + d->end);
    dp_packet_put(whole, dp_packet_data(first->packet), head);
    char *data = dp_packet_put_uninit(whole, d->end);
    for (size_t i = 0; i < d->n; i++) {
        const struct part *part = &d->parts[i];

        memcpy(data + part->at.start,
               (const char *) dp_packet_data(part->packet) + part->at.head,
               part->at.end - part->at.start);
    }
    whole->md = newest->packet->md;
    dp_packet_reset_offsets(whole);
    dp_packet_set_l3(whole, (char *) dp_packet_data(whole) + l2);
    frag_finish_whole(whole, d->key.dl_type, head - l2);
    return whole;
}

static void
make_room(struct fragments *f, size_t size)
{
    while (f->counts.n_held >= FRAGMENTS_MAX
           || f->counts.n_held_bytes + size > FRAGMENTS_MAX_BYTES) {
        struct datagram *oldest
            = CONTAINER_OF(ovs_list_front(&f->by_age), struct datagram,
                           order_node);

        datagram_free(f, oldest, &f->counts.n_evicted);
    }
}

struct dp_packet *
fragments_add(struct fragments *f, struct dp_packet **packet,
              ovs_be16 dl_type, uint16_t zone, long long now_ms,
              uint16_t *mru, enum drop_reason *reason)
{
    struct frag_part at;
    struct frag_key key;

    fragments_expire(f, now_ms);
    if (!frag_parse(*packet, dl_type, zone, &key, &at)) {
        *reason = DROP_MALFORMED;
        dp_packet_delete(*packet);
        *packet = NULL;
        return NULL;
    }
    make_room(f, dp_packet_size(*packet));

    struct datagram *d = find(f, &key, now_ms);
    bool duplicate = is_duplicate(d, &at);
    if (duplicate || !fits(d, &at)) {
        *reason = DROP_FRAGMENT_OVERLAP;
        if (!duplicate) {
            datagram_free(f, d, &f->counts.n_overlapped);
        }
        dp_packet_delete(*packet);
        *packet = NULL;
        return NULL;
    }
    add_part(f, d, &at, packet);
    f->counts.n_queued++;
    if (!d->end || d->n_bytes < d->end) {
        *reason = DROP_FRAGMENT_QUEUED;
        return NULL;
    }

    /* The last one did not wait. */
    struct dp_packet *whole = join(d, mru);
    f->counts.n_queued--;
    if (whole) {
        f->counts.n_joined--;
        datagram_free(f, d, &f->counts.n_joined);
    } else {
        f->counts.n_overlapped--;
        datagram_free(f, d, &f->counts.n_overlapped);
        *reason = DROP_MALFORMED;
    }
    return whole;
}
