/* SB_Global.external_ids: services' policy, and when chassis are to look. */

#include "sb_policy.h"

#include "cleanup.h"
#include "sb_private.h"

VLOG_DEFINE_THIS_MODULE(sb_policy);

#define KEY_PREFIX "rouse-service:"
#define KEY_LOOK "rouse-look"

/* A policy, as read or as it is to be written. */
struct policy_entry {
    struct hmap_node node;        /* In 'known' or 'wanted', by UUID. */
    struct service_policy policy; /* 'known' only. */
    struct uuid lb;
    char *text;
    uint64_t seqno;               /* 'known' only: of its last change. */
    bool valid;                   /* 'known' only: 'policy' is. */
    bool seen;                    /* In the row that is being read. */
};

static struct policy_entry *
find_entry(const struct hmap *entries, const struct uuid *lb)
{
    struct policy_entry *entry;

    HMAP_FOR_EACH_WITH_HASH (entry, node, uuid_hash(lb), entries) {
        if (uuid_equals(&entry->lb, lb)) {
            return entry;
        }
    }
    return NULL;
}

static struct policy_entry *
add_entry(struct hmap *entries, const struct uuid *lb)
{
    struct policy_entry *entry = xzalloc(sizeof *entry);

    entry->lb = *lb;
    hmap_insert(entries, &entry->node, uuid_hash(lb));
    return entry;
}

static void
clear_entry(struct policy_entry *entry)
{
    if (entry->valid) {
        service_policy_uninit(&entry->policy);
        entry->valid = false;
    }
    free(entry->text);
    entry->text = NULL;
}

static void
remove_entry(struct hmap *entries, struct policy_entry *entry)
{
    hmap_remove(entries, &entry->node);
    clear_entry(entry);
    free(entry);
}

static void
clear_entries(struct hmap *entries)
{
    struct policy_entry *entry;

    HMAP_FOR_EACH_SAFE (entry, node, entries) {
        remove_entry(entries, entry);
    }
}

void
sb_policies_init(struct sb_policies *p, bool enabled)
{
    *p = (struct sb_policies) { .enabled = enabled };
    hmap_init(&p->known);
    hmap_init(&p->wanted);
}

void
sb_policies_uninit(struct sb_policies *p)
{
    clear_entries(&p->known);
    clear_entries(&p->wanted);
    hmap_destroy(&p->known);
    hmap_destroy(&p->wanted);
}

void
sb_policies_add_tables(struct sb_policies *p, struct ovsdb_idl *idl)
{
    if (p->enabled) {
        ovsdb_idl_add_table(idl, &sbrec_table_sb_global);
        ovsdb_idl_track_add_column(idl, &sbrec_sb_global_col_external_ids);
    }
}

/* --- Reading --- */

static void
read_policy(struct sb_policies *p, const struct uuid *lb, const char *text)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);
    struct policy_entry *entry = find_entry(&p->known, lb);
    char *why;

    if (!entry) {
        entry = add_entry(&p->known, lb);
    }
    entry->seen = true;
    if (entry->text && !strcmp(entry->text, text)) {
        return;
    }
    clear_entry(entry);
    entry->text = xstrdup(text);
    entry->seqno = ++p->seqno;
    entry->valid = service_policy_from_text(lb, text, &entry->policy, &why);
    if (!entry->valid) {
        VLOG_WARN_RL(&rl, "SB_Global: external_ids:"KEY_PREFIX UUID_FMT
                     ": %s; remove the key: rouse waker writes it anew",
                     UUID_ARGS(lb), why);
        free(why);
    }
}

static void
read_limits(struct sb_policies *p, const struct sbrec_sb_global *row)
{
    struct global_limits limits = { .max_wakes = 0 };

    if (row) {
        global_limits_parse(&row->external_ids, &limits, NULL);
    }
    if (!global_limits_equal(&limits, &p->limits)) {
        p->limits = limits;
        p->seqno++;
    }
}

static void
read_row(struct sb_policies *p, const struct sbrec_sb_global *row)
{
    struct policy_entry *entry;
    const struct smap_node *node;
    struct uuid lb;

    HMAP_FOR_EACH (entry, node, &p->known) {
        entry->seen = false;
    }
    read_limits(p, row);
    p->look = row ? smap_get_ullong(&row->external_ids, KEY_LOOK, 0) : 0;
    if (row) {
        SMAP_FOR_EACH (node, &row->external_ids) {
            if (!strncmp(node->key, KEY_PREFIX, strlen(KEY_PREFIX))
                && uuid_from_string(&lb, node->key + strlen(KEY_PREFIX))) {
                read_policy(p, &lb, node->value);
            }
        }
    }
    HMAP_FOR_EACH_SAFE (entry, node, &p->known) {
        if (!entry->seen) {
            remove_entry(&p->known, entry);
            p->seqno++;
        }
    }
}

void
sb_policies_run(struct sb_policies *p, struct ovsdb_idl *idl, bool resync)
{
    if (p->enabled && (resync || sbrec_sb_global_track_get_first(idl))) {
        read_row(p, sbrec_sb_global_first(idl));
        p->dirty = p->publisher;
    }
}

uint64_t
sb_policies_seqno(const struct sb *sb)
{
    return sb->policies.seqno;
}

int64_t
sb_policy_look(const struct sb *sb)
{
    return sb->policies.look;
}

const struct service_policy *
sb_policy_get(const struct sb *sb, const struct uuid *lb)
{
    const struct policy_entry *entry = find_entry(&sb->policies.known, lb);

    return entry && entry->valid ? &entry->policy : NULL;
}

uint64_t
sb_policy_seqno(const struct service_policy *policy)
{
    return CONTAINER_OF(policy, struct policy_entry, policy)->seqno;
}

static const struct service_policy *
skip_invalid(const struct hmap *known, struct hmap_node *node)
{
    for (; node; node = hmap_next(known, node)) {
        struct policy_entry *entry = CONTAINER_OF(node, struct policy_entry,
                                                  node);

        if (entry->valid) {
            return &entry->policy;
        }
    }
    return NULL;
}

const struct service_policy *
sb_policy_first(const struct sb *sb)
{
    const struct hmap *known = &sb->policies.known;

    return skip_invalid(known, hmap_first(known));
}

const struct service_policy *
sb_policy_next(const struct sb *sb, const struct service_policy *policy)
{
    const struct hmap *known = &sb->policies.known;
    const struct policy_entry *entry
        = CONTAINER_OF(policy, struct policy_entry, policy);

    return skip_invalid(known, hmap_next(known, &entry->node));
}

const struct global_limits *
sb_policy_limits(const struct sb *sb)
{
    return &sb->policies.limits;
}

/* --- Writing --- */

void
sb_policy_publisher(struct sb *sb, bool publisher)
{
    struct sb_policies *p = &sb->policies;

    if (p->publisher != publisher) {
        p->publisher = publisher;
        p->dirty = publisher;
        p->look_wanted = 0;
        clear_entries(&p->wanted);
    }
}

void
sb_policy_publish(struct sb *sb, const struct service_policy *policy)
{
    struct sb_policies *p = &sb->policies;
    struct policy_entry *entry = find_entry(&p->wanted, &policy->lb);
    char *text OWNED_STRING = NULL;

    if (service_policy_is_empty(policy)) {
        sb_policy_withdraw(sb, &policy->lb);
        return;
    }
    text = service_policy_to_text(policy);
    if (!entry) {
        entry = add_entry(&p->wanted, &policy->lb);
    } else if (!strcmp(entry->text, text)) {
        return;
    }
    clear_entry(entry);
    entry->text = STEAL(text);
    p->dirty = p->publisher;
}

void
sb_policy_withdraw(struct sb *sb, const struct uuid *lb)
{
    struct sb_policies *p = &sb->policies;
    struct policy_entry *entry = find_entry(&p->wanted, lb);

    if (entry) {
        remove_entry(&p->wanted, entry);
        p->dirty = p->publisher;
    }
}

void
sb_policy_publish_limits(struct sb *sb, const struct global_limits *limits)
{
    struct sb_policies *p = &sb->policies;
    struct global_limits held = *limits;

    held.max_wakes = 0;
    if (!global_limits_equal(&held, &p->limits_wanted)) {
        p->limits_wanted = held;
        p->dirty = p->publisher;
    }
}

int64_t
sb_policy_ask_look(struct sb *sb)
{
    struct sb_policies *p = &sb->policies;

    p->look_wanted = MAX(p->look_wanted, p->look) + 1;
    p->dirty = p->publisher;
    return p->look_wanted;
}

static size_t
write_limits(const struct sb_policies *p, const struct sbrec_sb_global *row)
{
    struct smap wanted OWNED_SMAP = SMAP_INITIALIZER(&wanted);
    const struct smap_node *node;

    global_limits_put_held(&p->limits_wanted, &wanted);
    SMAP_FOR_EACH (node, &wanted) {
        sbrec_sb_global_update_external_ids_setkey(row, node->key,
                                                   node->value);
    }
    SMAP_FOR_EACH (node, &row->external_ids) {
        if (global_limits_is_held_key(node->key)
            && !smap_get_node(&wanted, node->key)) {
            sbrec_sb_global_update_external_ids_delkey(row, node->key);
        }
    }
    return 1;
}

/* What differs between the row and what is wanted: writes it, unless 'write'
 * is false.  Returns how much that is. */
static size_t
write_differences(struct sb_policies *p, const struct sbrec_sb_global *row,
                  bool write)
{
    const struct policy_entry *entry;
    size_t n = 0;

    HMAP_FOR_EACH (entry, node, &p->wanted) {
        const struct policy_entry *known = find_entry(&p->known, &entry->lb);

        if (!known || strcmp(known->text, entry->text)) {
            n++;
            if (write) {
                char *key OWNED_STRING = xasprintf(KEY_PREFIX UUID_FMT,
                                                   UUID_ARGS(&entry->lb));

                sbrec_sb_global_update_external_ids_setkey(row, key,
                                                           entry->text);
            }
        }
    }
    HMAP_FOR_EACH (entry, node, &p->known) {
        if (!find_entry(&p->wanted, &entry->lb)) {
            n++;
            if (write) {
                char *key OWNED_STRING = xasprintf(KEY_PREFIX UUID_FMT,
                                                   UUID_ARGS(&entry->lb));

                sbrec_sb_global_update_external_ids_delkey(row, key);
            }
        }
    }
    if (!global_limits_equal(&p->limits, &p->limits_wanted)) {
        n += row ? write_limits(p, row) : 1;
    }
    return n;
}

bool
sb_policies_are_dirty(struct sb_policies *p, struct ovsdb_idl *idl)
{
    if (p->dirty && sbrec_sb_global_first(idl)) {
        p->dirty = p->look_wanted > p->look
                   || write_differences(p, NULL, false) > 0;
        return p->dirty;
    }
    return false;
}

void
sb_policies_write(struct sb_policies *p, struct ovsdb_idl *idl)
{
    const struct sbrec_sb_global *row = sbrec_sb_global_first(idl);

    if (p->dirty && row) {
        write_differences(p, row, true);
        if (p->look_wanted > p->look) {
            char *look OWNED_STRING = xasprintf("%"PRId64, p->look_wanted);

            sbrec_sb_global_update_external_ids_setkey(row, KEY_LOOK, look);
        }
    }
}
