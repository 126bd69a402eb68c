/* Chassis_Private.external_ids: what chassis report of services. */

#include "sb_activity.h"

#include "cleanup.h"
#include "sb_private.h"

VLOG_DEFINE_THIS_MODULE(sb_activity);

#define KEY_BEAT "rouse-activity"
#define KEY_PREFIX "rouse-activity:"
#define KEY_REPLAY_PREFIX "rouse-replayed:"
#define KEY_HOLD "rouse-hold"

static char *
report_key(const struct uuid *lb)
{
    return xasprintf(KEY_PREFIX UUID_FMT, UUID_ARGS(lb));
}

static char *
replay_key(const struct uuid *lb)
{
    return xasprintf(KEY_REPLAY_PREFIX UUID_FMT, UUID_ARGS(lb));
}

void
sb_activities_init(struct sb_activities *a, enum sb_activity_mode mode)
{
    *a = (struct sb_activities) { .mode = mode };
    hmap_init(&a->chassis);
    smap_init(&a->wanted);
}

static void
remove_chassis(struct sb_activities *a, struct sb_chassis_activity *chassis)
{
    hmap_remove(&a->chassis, &chassis->node);
    free(chassis->name);
    free(chassis);
    a->seqno++;
}

void
sb_activities_uninit(struct sb_activities *a)
{
    struct sb_chassis_activity *chassis;

    HMAP_FOR_EACH_SAFE (chassis, node, &a->chassis) {
        remove_chassis(a, chassis);
    }
    hmap_destroy(&a->chassis);
    smap_destroy(&a->wanted);
}

/* A chassis needs to know of itself only. */
void
sb_activities_set_chassis(struct sb_activities *a, struct ovsdb_idl *idl,
                          const char *name)
{
    struct ovsdb_idl_condition cond;

    if (a->mode == SB_ACTIVITY_OWN && name) {
        ovsdb_idl_condition_init(&cond);
        sbrec_chassis_private_add_clause_name(&cond, OVSDB_F_EQ, name);
        sbrec_chassis_private_set_condition(idl, &cond);
        ovsdb_idl_condition_destroy(&cond);
    }
}

void
sb_activities_add_tables(struct sb_activities *a, struct ovsdb_idl *idl)
{
    if (a->mode != SB_ACTIVITY_NONE) {
        ovsdb_idl_add_table(idl, &sbrec_table_chassis_private);
        ovsdb_idl_track_add_column(idl, &sbrec_chassis_private_col_name);
        ovsdb_idl_track_add_column(idl,
                                   &sbrec_chassis_private_col_external_ids);
        a->by_name = ovsdb_idl_index_create1(
            idl, &sbrec_chassis_private_col_name);
    }
    if (a->mode == SB_ACTIVITY_ALL) {
        ovsdb_idl_track_add_column(idl, &sbrec_chassis_col_name);
        ovsdb_idl_track_add_column(idl, &sbrec_chassis_col_other_config);
    }
}

static const struct sbrec_chassis_private *
find_row(const struct sb_activities *a, const char *name)
{
    struct sbrec_chassis_private *target
        = sbrec_chassis_private_index_init_row(a->by_name);
    const struct sbrec_chassis_private *row;

    sbrec_chassis_private_index_set_name(target, name);
    row = sbrec_chassis_private_index_find(a->by_name, target);
    sbrec_chassis_private_index_destroy_row(target);
    return row;
}

static size_t write_differences(const struct sb_activities *,
                                const struct sbrec_chassis_private *,
                                bool write);

/* --- Reading --- */

static struct sb_chassis_activity *
find_chassis(const struct sb_activities *a, const char *name)
{
    struct sb_chassis_activity *chassis;

    HMAP_FOR_EACH_WITH_HASH (chassis, node, hash_string(name, 0),
                             &a->chassis) {
        if (!strcmp(chassis->name, name)) {
            return chassis;
        }
    }
    return NULL;
}

/* A beat that another process may have been told long ago says when the
 * chassis looked, but not how long ago that was. */
static void
read_beat(struct sb_activities *a, struct sb_chassis_activity *chassis,
          bool is_old)
{
    const struct sbrec_chassis_private *row = find_row(a, chassis->name);
    const char *text = row ? smap_get(&row->external_ids, KEY_BEAT) : NULL;
    struct activity_heartbeat beat = { .at_ms = 0 };
    bool reports = text && activity_heartbeat_from_text(text, &beat);

    if (reports && (!chassis->reports
                    || memcmp(&beat, &chassis->beat, sizeof beat))) {
        chassis->received_ms = is_old ? 0 : time_msec();
    }
    chassis->row = reports ? row->header_.uuid : UUID_ZERO;
    chassis->reports = reports;
    chassis->marks = row && smap_get_node(&row->external_ids, KEY_HOLD);
    chassis->beat = beat;
    chassis->seqno = ++a->seqno;
}

/* Chassis of other availability zones have no part of Rouse's: their clients
 * come in through a gateway of this one. */
static bool
has_to_report(const struct sbrec_chassis *row)
{
    return !smap_get_bool(&row->other_config, "is-remote", false);
}

static void
follow_chassis(struct sb_activities *a, struct ovsdb_idl *idl, bool is_old)
{
    const struct sbrec_chassis *row;
    struct sb_chassis_activity *chassis;
    struct sset names = SSET_INITIALIZER(&names);

    SBREC_CHASSIS_FOR_EACH (row, idl) {
        if (has_to_report(row) && sset_add(&names, row->name)
            && !find_chassis(a, row->name)) {
            chassis = xzalloc(sizeof *chassis);
            chassis->name = xstrdup(row->name);
            hmap_insert(&a->chassis, &chassis->node,
                        hash_string(chassis->name, 0));
            read_beat(a, chassis, is_old);
        }
    }
    HMAP_FOR_EACH_SAFE (chassis, node, &a->chassis) {
        if (!sset_contains(&names, chassis->name)) {
            remove_chassis(a, chassis);
        }
    }
    sset_destroy(&names);
}

void
sb_activities_run(struct sb_activities *a, struct ovsdb_idl *idl, bool resync)
{
    const struct sbrec_chassis_private *row;
    struct sb_chassis_activity *chassis;

    if (a->mode == SB_ACTIVITY_ALL
        && (resync || sbrec_chassis_track_get_first(idl))) {
        follow_chassis(a, idl, resync);
    }
    if (a->mode == SB_ACTIVITY_NONE) {
        return;
    }
    SBREC_CHASSIS_PRIVATE_FOR_EACH_TRACKED (row, idl) {
        /* A row that is gone has lost its name, perhaps. */
        chassis = row->name ? find_chassis(a, row->name) : NULL;
        if (chassis) {
            read_beat(a, chassis, resync);
        }
        a->dirty = a->active;
    }
    a->dirty = a->dirty || (resync && a->active);
}

uint64_t
sb_activity_seqno(const struct sb *sb)
{
    return sb->activities.seqno;
}

const struct sb_chassis_activity *
sb_activity_find(const struct sb *sb, const char *name)
{
    return find_chassis(&sb->activities, name);
}

const struct sb_chassis_activity *
sb_activity_first(const struct sb *sb)
{
    struct hmap_node *node = hmap_first(&sb->activities.chassis);

    return node ? CONTAINER_OF(node, struct sb_chassis_activity, node) : NULL;
}

const struct sb_chassis_activity *
sb_activity_next(const struct sb *sb,
                 const struct sb_chassis_activity *chassis)
{
    struct hmap_node *node = hmap_next(&sb->activities.chassis,
                                       &chassis->node);

    return node ? CONTAINER_OF(node, struct sb_chassis_activity, node) : NULL;
}

bool
sb_activity_get(const struct sb *sb,
                const struct sb_chassis_activity *chassis,
                const struct uuid *lb, struct activity_report *report)
{
    const struct sbrec_chassis_private *row
        = sbrec_chassis_private_get_for_uuid(sb->conn.idl, &chassis->row);
    char *key OWNED_STRING = report_key(lb);
    const char *text = row ? smap_get(&row->external_ids, key) : NULL;

    return text && activity_report_from_text(text, report);
}

/* Whether or not the chassis says anything else. */
bool
sb_activity_get_replay(const struct sb *sb,
                       const struct sb_chassis_activity *chassis,
                       const struct uuid *lb, struct activity_replay *replay)
{
    const struct sbrec_chassis_private *row
        = find_row(&sb->activities, chassis->name);
    char *key OWNED_STRING = replay_key(lb);
    const char *text = row ? smap_get(&row->external_ids, key) : NULL;

    return text && activity_replay_from_text(text, replay);
}

/* --- Writing --- */

void
sb_activity_begin(struct sb *sb)
{
    struct sb_activities *a = &sb->activities;

    smap_clear(&a->wanted);
    if (a->marks) {
        /* Another value each time, so that everybody notices. */
        smap_add_format(&a->wanted, KEY_HOLD, "%lld", time_wall_msec());
    }
    a->active = a->dirty = true;
}

void
sb_activity_end(struct sb *sb)
{
    struct sb_activities *a = &sb->activities;

    smap_clear(&a->wanted);
    a->dirty = a->active;
}

bool
sb_activity_is_written(const struct sb *sb)
{
    const struct sb_activities *a = &sb->activities;
    const struct sbrec_chassis_private *row
        = a->active && sb->chassis ? find_row(a, sb->chassis) : NULL;

    return !row || !write_differences(a, row, false);
}

/* The own row is to have 'key', or is not if 'text' is NULL.  Takes both. */
static void
want(struct sb *sb, char *key, char *text)
{
    struct sb_activities *a = &sb->activities;

    if (text) {
        smap_replace_nocopy(&a->wanted, key, text);
    } else {
        smap_remove(&a->wanted, key);
    }
    free(key);
    a->dirty = a->active;
}

void
sb_activity_report(struct sb *sb, const struct uuid *lb,
                   const struct activity_report *report)
{
    want(sb, report_key(lb), activity_report_to_text(report));
}

void
sb_activity_withdraw(struct sb *sb, const struct uuid *lb)
{
    want(sb, report_key(lb), NULL);
}

void
sb_activity_beat(struct sb *sb, const struct activity_heartbeat *beat)
{
    want(sb, xstrdup(KEY_BEAT), activity_heartbeat_to_text(beat));
}

void
sb_activity_replayed(struct sb *sb, const struct uuid *lb,
                     const struct activity_replay *replay)
{
    want(sb, replay_key(lb), activity_replay_to_text(replay));
}

void
sb_activity_forget_replay(struct sb *sb, const struct uuid *lb)
{
    want(sb, replay_key(lb), NULL);
}

static bool
is_own_key(const char *key)
{
    return !strcmp(key, KEY_BEAT) || !strcmp(key, KEY_HOLD)
           || !strncmp(key, KEY_PREFIX, strlen(KEY_PREFIX))
           || !strncmp(key, KEY_REPLAY_PREFIX, strlen(KEY_REPLAY_PREFIX));
}

/* What differs between the row and what is wanted: writes it, unless 'write'
 * is false.  Returns how much that is. */
static size_t
write_differences(const struct sb_activities *a,
                  const struct sbrec_chassis_private *row, bool write)
{
    const struct smap_node *node;
    size_t n = 0;

    SMAP_FOR_EACH (node, &a->wanted) {
        const char *old = smap_get(&row->external_ids, node->key);

        if (!old || strcmp(old, node->value)) {
            n++;
            if (write) {
                sbrec_chassis_private_update_external_ids_setkey(
                    row, node->key, node->value);
            }
        }
    }
    SMAP_FOR_EACH (node, &row->external_ids) {
        if (is_own_key(node->key) && !smap_get(&a->wanted, node->key)) {
            n++;
            if (write) {
                sbrec_chassis_private_update_external_ids_delkey(row,
                                                                 node->key);
            }
        }
    }
    return n;
}

bool
sb_activities_are_dirty(struct sb_activities *a, const char *own)
{
    const struct sbrec_chassis_private *row
        = a->dirty && own ? find_row(a, own) : NULL;

    if (!row) {
        return false;
    }
    a->dirty = write_differences(a, row, false) > 0;
    return a->dirty;
}

void
sb_activities_write(struct sb_activities *a, const char *own)
{
    const struct sbrec_chassis_private *row
        = a->dirty && own ? find_row(a, own) : NULL;

    if (row) {
        write_differences(a, row, true);
    }
}
