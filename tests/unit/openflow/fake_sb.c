#include "fake_sb.h"

void
fake_sb_init(struct sb *sb)
{
    *sb = (struct sb){ .ready = true, .state = SB_VIP_EMPTY };
    hmap_init(&sb->rows);
    hmap_init(&sb->pending);
}

static void
clear(struct hmap *rows)
{
    struct sb_event *row;

    HMAP_FOR_EACH_POP (row, by_event, rows) {
        event_uninit(&row->event);
        smap_destroy(&row->info);
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
}

void
fake_sb_set_state(struct sb *sb, enum sb_vip_state state)
{
    if (sb->state != state) {
        sb->state = state;
        sb->seqno++;
    }
}

static struct sb_event *
find(const struct hmap *rows, const struct event *event)
{
    struct sb_event *row;

    HMAP_FOR_EACH_WITH_HASH (row, by_event, event_hash(event), rows) {
        if (event_equals(&row->event, event)) {
            return row;
        }
    }
    return NULL;
}

static struct sb_event *
add(struct hmap *rows, const struct event *event)
{
    struct sb_event *row = xzalloc(sizeof *row);

    ovs_assert(!find(rows, event));
    row->valid = true;
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
        if (!find(&sb->rows, &row->event)) {
            fake_sb_add_row(sb, &row->event);
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
sb_event_find(const struct sb *sb, const struct event *event)
{
    return find(&sb->rows, event);
}

bool
sb_events_changed(const struct sb *sb)
{
    return sb->changed;
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
sb_event_insert(struct sb *sb, const struct event *event)
{
    sb->n_inserts++;
    if (!find(&sb->pending, event)) {
        add(&sb->pending, event);
    }
}

bool
sb_event_is_pending(const struct sb *sb, const struct event *event)
{
    return find(&sb->pending, event) != NULL;
}
