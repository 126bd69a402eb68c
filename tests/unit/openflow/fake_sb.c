#include "fake_sb.h"

#include "sb_activity.h"

void
fake_sb_init(struct sb *sb)
{
    *sb = (struct sb){ .ready = true, .state = SB_VIP_EMPTY };
    hmap_init(&sb->rows);
    hmap_init(&sb->pending);
    smap_init(&sb->policy.keys);
}

static void
clear(struct hmap *rows)
{
    struct sb_event *row;

    HMAP_FOR_EACH_POP (row, by_event, rows) {
        event_uninit(&row->event);
        smap_destroy(&row->info);
        free(row->chassis);
        free(row);
    }
}

void
fake_sb_uninit(struct sb *sb)
{
    clear(&sb->rows);
    clear(&sb->pending);
    hmap_destroy(&sb->rows);
    hmap_destroy(&sb->pending);
    smap_destroy(&sb->policy.keys);
    free(sb->uuids);
}

void
fake_sb_set_policy(struct sb *sb, const char *key, const char *value)
{
    smap_replace(&sb->policy.keys, key, value);
    sb->policy_seqno++;
}

void
fake_sb_set_state(struct sb *sb, enum sb_vip_state state)
{
    if (sb->state != state) {
        sb->state = state;
        sb->seqno++;
    }
}

static bool
is_refused(const struct smap *keys)
{
    return smap_get_node(keys, SB_EVENT_REFUSED) != NULL;
}

static struct sb_event *
find(const struct hmap *rows, const struct event *event, bool refused)
{
    struct sb_event *row;

    HMAP_FOR_EACH_WITH_HASH (row, by_event, event_hash(event), rows) {
        if (event_equals(&row->event, event)
            && is_refused(&row->info) == refused) {
            return row;
        }
    }
    return NULL;
}

static struct sb_event *
add(struct hmap *rows, const struct event *event)
{
    struct sb_event *row = xzalloc(sizeof *row);

    row->valid = true;
    uuid_generate(&row->uuid);
    event_clone(&row->event, event);
    smap_init(&row->info);
    event_to_info(event, &row->info);
    hmap_insert(rows, &row->by_event, event_hash(event));
    return row;
}

struct sb_event *
fake_sb_add_row(struct sb *sb, const struct event *event)
{
    sb->changed = true;
    return add(&sb->rows, event);
}

struct sb_event *
fake_sb_add_admitted(struct sb *sb, const struct event *event)
{
    struct sb_event *row = fake_sb_add_row(sb, event);

    smap_add(&row->info, SB_EVENT_ADMITTED, "10.0.0.9");
    return row;
}

void
fake_sb_annotate(struct sb *sb, struct sb_event *row, const char *key,
                 const char *value)
{
    sb->changed = true;
    if (value) {
        smap_replace(&row->info, key, value);
    } else {
        smap_remove(&row->info, key);
    }
}

void
fake_sb_delete_rows(struct sb *sb)
{
    sb->changed = true;
    clear(&sb->rows);
}

void
fake_sb_confirm(struct sb *sb)
{
    struct sb_event *row;

    HMAP_FOR_EACH (row, by_event, &sb->pending) {
        if (is_refused(&row->info)
            || !sb_event_find_admitted(sb, &row->event)) {
            struct sb_event *added = fake_sb_add_row(sb, &row->event);

            smap_destroy(&added->info);
            smap_clone(&added->info, &row->info);
            added->chassis = xstrdup(FAKE_CHASSIS);
        }
    }
    clear(&sb->pending);
}

void
fake_sb_settle(struct sb *sb)
{
    sb->changed = false;
}

/* --- sb.h --- */

bool
sb_is_ready(const struct sb *sb)
{
    return sb->ready;
}

const struct sb_event *
sb_event_next_same(const struct sb *sb, const struct event *event,
                   const struct sb_event *last)
{
    const struct sb_event *row;
    bool found = !last;

    HMAP_FOR_EACH_WITH_HASH (row, by_event, event_hash(event), &sb->rows) {
        if (found && event_equals(&row->event, event)) {
            return row;
        }
        found = found || row == last;
    }
    return NULL;
}

const struct sb_event *
sb_event_find_admitted(const struct sb *sb, const struct event *event)
{
    struct sb_event *row;

    HMAP_FOR_EACH_WITH_HASH (row, by_event, event_hash(event), &sb->rows) {
        if (event_equals(&row->event, event)
            && smap_get_node(&row->info, SB_EVENT_ADMITTED)) {
            return row;
        }
    }
    return NULL;
}

const struct sb_event *
sb_event_get(const struct sb *sb, const struct uuid *uuid)
{
    struct sb_event *row;

    HMAP_FOR_EACH (row, by_event, &sb->rows) {
        if (uuid_equals(&row->uuid, uuid)) {
            return row;
        }
    }
    return NULL;
}

/* All rows, if any of them has changed. */
const struct uuid *
sb_events_changed_get(const struct sb *sb_, size_t *n)
{
    struct sb *sb = CONST_CAST(struct sb *, sb_);
    struct sb_event *row;

    *n = 0;
    if (sb->changed) {
        sb->uuids = xrealloc(sb->uuids, (hmap_count(&sb->rows) + 1)
                                        * sizeof *sb->uuids);
        HMAP_FOR_EACH (row, by_event, &sb->rows) {
            sb->uuids[(*n)++] = row->uuid;
        }
    }
    return sb->uuids;
}

const struct service_policy *
sb_policy_get(const struct sb *sb, const struct uuid *lb OVS_UNUSED)
{
    return &sb->policy;
}

const struct global_limits *
sb_policy_limits(const struct sb *sb)
{
    return &sb->limits;
}

uint64_t
sb_policies_seqno(const struct sb *sb)
{
    return sb->policy_seqno;
}

const char *
sb_own_chassis(const struct sb *sb OVS_UNUSED)
{
    return FAKE_CHASSIS;
}

void
sb_event_annotate(struct sb *sb, const struct uuid *uuid,
                  const struct smap *keys)
{
    struct sb_event *row
        = CONST_CAST(struct sb_event *, sb_event_get(sb, uuid));
    const struct smap_node *node;

    SMAP_FOR_EACH (node, keys) {
        fake_sb_annotate(sb, row, node->key, node->value);
    }
}

bool
sb_events_changed(const struct sb *sb)
{
    return sb->changed;
}

void
sb_activity_replayed(struct sb *sb, const struct uuid *lb,
                     const struct activity_replay *replay)
{
    sb->replayed_lb = *lb;
    sb->replayed = *replay;
    sb->n_replayed++;
}

void
sb_activity_forget_replay(struct sb *sb, const struct uuid *lb OVS_UNUSED)
{
    sb->n_replayed--;
}

uint64_t
sb_backends_seqno(const struct sb *sb)
{
    return sb->seqno;
}

enum sb_vip_state
sb_vip_state(const struct sb *sb, const struct event *event OVS_UNUSED)
{
    return sb->state;
}

bool
sb_datapath_is_router(const struct sb *sb, uint64_t tunnel_key)
{
    return tunnel_key == sb->router;
}

void
sb_event_insert(struct sb *sb, const struct event *event,
                const struct smap *keys)
{
    bool refused = keys && is_refused(keys);

    *(refused ? &sb->n_told : &sb->n_inserts) += 1;
    if (!find(&sb->pending, event, refused)) {
        struct sb_event *row = add(&sb->pending, event);
        const struct smap_node *node;

        SMAP_FOR_EACH (node, keys) {
            smap_replace(&row->info, node->key, node->value);
        }
    }
}

bool
sb_event_is_pending(const struct sb *sb, const struct event *event,
                    bool refused)
{
    return find(&sb->pending, event, refused) != NULL;
}

bool
sb_event_is_annotated(const struct sb *sb,
                      const struct uuid *row OVS_UNUSED)
{
    return sb->annotating;
}
