#include "sb.h"

#include "sb_private.h"

VLOG_DEFINE_THIS_MODULE(sb);

/* A chassis needs to know of itself only. */
static void
limit_to_chassis(struct ovsdb_idl *idl, const char *chassis)
{
    struct ovsdb_idl_condition cond;

    if (chassis) {
        ovsdb_idl_condition_init(&cond);
        sbrec_chassis_add_clause_name(&cond, OVSDB_F_EQ, chassis);
        sbrec_chassis_set_condition(idl, &cond);
        ovsdb_idl_condition_destroy(&cond);
    }
}

struct sb *
sb_new(const struct sb_options *options)
{
    struct sb *sb = xzalloc(sizeof *sb);
    struct ovsdb_idl *idl;

    idlconn_open(&sb->conn, options->remote, &sbrec_idl_class,
                 options->leader_only);
    idl = sb->conn.idl;
    sb->chassis = nullable_xstrdup(options->chassis);
    ovsdb_idl_add_table(idl, &sbrec_table_controller_event);
    ovsdb_idl_track_add_column(idl, &sbrec_controller_event_col_event_type);
    ovsdb_idl_track_add_column(idl, &sbrec_controller_event_col_event_info);
    ovsdb_idl_track_add_column(idl, &sbrec_controller_event_col_chassis);
    ovsdb_idl_track_add_column(idl, &sbrec_controller_event_col_seq_num);
    ovsdb_idl_add_table(idl, &sbrec_table_chassis);
    ovsdb_idl_add_column(idl, &sbrec_chassis_col_name);
    if (options->activity != SB_ACTIVITY_ALL) {
        limit_to_chassis(idl, sb->chassis);
    }
    sb_backends_init(&sb->backends, options);
    sb_backends_add_tables(&sb->backends, idl);
    sb_policies_init(&sb->policies, options->policies);
    sb_policies_add_tables(&sb->policies, idl);
    sb_activities_init(&sb->activities, options->activity);
    sb->activities.marks = options->marks;
    sb_activities_add_tables(&sb->activities, idl);
    sb_activities_set_chassis(&sb->activities, idl, sb->chassis);
    hmap_init(&sb->events);
    hmap_init(&sb->by_event);
    sb_writer_init(&sb->writer);
    return sb;
}

void
sb_set_chassis(struct sb *sb, const char *chassis)
{
    if (!nullable_string_is_equal(sb->chassis, chassis)) {
        free(sb->chassis);
        sb->chassis = nullable_xstrdup(chassis);
        if (sb->activities.mode != SB_ACTIVITY_ALL) {
            limit_to_chassis(sb->conn.idl, chassis);
        }
        sb_activities_set_chassis(&sb->activities, sb->conn.idl, chassis);
    }
}

static void
remove_event(struct sb *sb, struct sb_event *ev)
{
    hmap_remove(&sb->events, &ev->by_uuid);
    if (ev->valid) {
        hmap_remove(&sb->by_event, &ev->by_event);
        event_uninit(&ev->event);
    }
    diag_uninit(&ev->diag);
    free(ev->chassis);
    smap_destroy(&ev->info);
    free(ev);
}

void
sb_free(struct sb *sb)
{
    struct sb_event *ev;

    if (sb) {
        HMAP_FOR_EACH_SAFE (ev, by_uuid, &sb->events) {
            remove_event(sb, ev);
        }
        hmap_destroy(&sb->events);
        hmap_destroy(&sb->by_event);
        free(sb->changed);
        sb_backends_uninit(&sb->backends);
        sb_policies_uninit(&sb->policies);
        sb_activities_uninit(&sb->activities);
        sb_writer_uninit(&sb->writer);
        idlconn_close(&sb->conn);
        free(sb->chassis);
        free(sb);
    }
}

static struct sb_event *
find_event(const struct sb *sb, const struct uuid *uuid)
{
    struct sb_event *ev;

    HMAP_FOR_EACH_WITH_HASH (ev, by_uuid, uuid_hash(uuid), &sb->events) {
        if (uuid_equals(&ev->uuid, uuid)) {
            return ev;
        }
    }
    return NULL;
}

static void
add_event(struct sb *sb, const struct sbrec_controller_event *row)
{
    struct sb_event *ev = xzalloc(sizeof *ev);
    char *name = xasprintf(UUID_FMT, UUID_ARGS(&row->header_.uuid));

    ev->uuid = row->header_.uuid;
    ev->seq_num = row->seq_num;
    ev->chassis = row->chassis ? xstrdup(row->chassis->name) : NULL;
    smap_clone(&ev->info, &row->event_info);
    ev->diag = (struct diag) DIAG_INITIALIZER;
    ev->valid = event_from_info(row->event_type, &ev->info, name, &ev->event,
                                &ev->diag);
    free(name);
    hmap_insert(&sb->events, &ev->by_uuid, uuid_hash(&ev->uuid));
    if (ev->valid) {
        hmap_insert(&sb->by_event, &ev->by_event, event_hash(&ev->event));
    }
    sb->max_seq_num = MAX(sb->max_seq_num, row->seq_num);
}

static void
refresh_event(struct sb *sb, const struct uuid *uuid)
{
    const struct sbrec_controller_event *row
        = sbrec_controller_event_get_for_uuid(sb->conn.idl, uuid);
    struct sb_event *ev = find_event(sb, uuid);

    if (ev) {
        remove_event(sb, ev);
    }
    if (row) {
        add_event(sb, row);
    }
    if (sb->n_changed == sb->allocated_changed) {
        sb->changed = x2nrealloc(sb->changed, &sb->allocated_changed,
                                 sizeof *sb->changed);
    }
    sb->changed[sb->n_changed++] = *uuid;
}

/* After a new snapshot: events whose rows it does not have any more. */
static void
drop_vanished(struct sb *sb)
{
    struct sb_event *ev;

    HMAP_FOR_EACH_SAFE (ev, by_uuid, &sb->events) {
        if (!sbrec_controller_event_get_for_uuid(sb->conn.idl, &ev->uuid)) {
            struct uuid uuid = ev->uuid;

            refresh_event(sb, &uuid);
        }
    }
}

void
sb_run(struct sb *sb)
{
    const struct sbrec_controller_event *row;
    bool resync;

    sb->n_changed = 0;
    idlconn_run(&sb->conn);
    resync = sb->generation != idlconn_generation(&sb->conn);
    SBREC_CONTROLLER_EVENT_FOR_EACH_TRACKED (row, sb->conn.idl) {
        resync = resync || (sbrec_controller_event_is_new(row)
                            && find_event(sb, &row->header_.uuid));
        refresh_event(sb, &row->header_.uuid);
    }
    if (resync) {
        drop_vanished(sb);
    }
    sb_backends_run(&sb->backends, sb->conn.idl, resync);
    resync = sb->generation != idlconn_generation(&sb->conn);
    sb_policies_run(&sb->policies, sb->conn.idl, resync);
    sb_activities_run(&sb->activities, sb->conn.idl, resync);
    sb->generation = idlconn_generation(&sb->conn);
    ovsdb_idl_track_clear(sb->conn.idl);
    sb_writer_run(sb);
}

void
sb_wait(struct sb *sb)
{
    sb_writer_flush(sb);
    idlconn_wait(&sb->conn);
}

void
sb_flush(struct sb *sb)
{
    sb_writer_flush(sb);
}

bool
sb_is_ready(const struct sb *sb)
{
    return ovsdb_idl_has_ever_connected(sb->conn.idl);
}

bool
sb_is_connected(const struct sb *sb)
{
    return sb_is_ready(sb) && idlconn_is_connected(&sb->conn);
}

const char *
sb_own_chassis(const struct sb *sb)
{
    return sb->chassis;
}

const struct sb_event *
sb_event_first(const struct sb *sb)
{
    struct hmap_node *node = hmap_first(&sb->events);

    return node ? CONTAINER_OF(node, struct sb_event, by_uuid) : NULL;
}

const struct sb_event *
sb_event_next(const struct sb *sb, const struct sb_event *ev)
{
    struct hmap_node *node = hmap_next(&sb->events, &ev->by_uuid);

    return node ? CONTAINER_OF(node, struct sb_event, by_uuid) : NULL;
}

const struct sb_event *
sb_event_next_same(const struct sb *sb, const struct event *event,
                   const struct sb_event *row)
{
    uint32_t hash = event_hash(event);
    struct hmap_node *node
        = row ? hmap_next_with_hash(&row->by_event)
              : hmap_first_with_hash(&sb->by_event, hash);

    for (; node; node = hmap_next_with_hash(node)) {
        const struct sb_event *ev = CONTAINER_OF(node, struct sb_event,
                                                 by_event);

        if (event_equals(&ev->event, event)) {
            return ev;
        }
    }
    return NULL;
}

const struct sb_event *
sb_event_find(const struct sb *sb, const struct event *event)
{
    return sb_event_next_same(sb, event, NULL);
}

const struct sb_event *
sb_event_find_admitted(const struct sb *sb, const struct event *event)
{
    const struct sb_event *ev = sb_event_find(sb, event);

    while (ev && !smap_get_node(&ev->info, SB_EVENT_ADMITTED)) {
        ev = sb_event_next_same(sb, event, ev);
    }
    return ev;
}

const struct sb_event *
sb_event_get(const struct sb *sb, const struct uuid *uuid)
{
    return find_event(sb, uuid);
}

bool
sb_events_changed(const struct sb *sb)
{
    return sb->n_changed > 0;
}

const struct uuid *
sb_events_changed_get(const struct sb *sb, size_t *n)
{
    *n = sb->n_changed;
    return sb->changed;
}

size_t
sb_n_events(const struct sb *sb)
{
    return hmap_count(&sb->events);
}

uint64_t
sb_backends_seqno(const struct sb *sb)
{
    return sb->backends.seqno;
}
