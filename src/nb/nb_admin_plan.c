#include "nb_admin.h"

#include "cleanup.h"
#include "timefmt.h"

void
nb_admin_add_init(struct nb_admin_add *add)
{
    *add = (struct nb_admin_add) {.name = NULL};
    smap_init(&add->vips);
    smap_init(&add->policy);
    svec_init(&add->switches);
    svec_init(&add->routers);
}

void
nb_admin_add_uninit(struct nb_admin_add *add)
{
    free(add->name);
    free(add->protocol);
    smap_destroy(&add->vips);
    smap_destroy(&add->policy);
    svec_destroy(&add->switches);
    svec_destroy(&add->routers);
}

void
nb_admin_row_init(struct nb_admin_row *row, const char *label)
{
    row->label = xstrdup(label);
    smap_init(&row->vips);
    smap_init(&row->options);
    smap_init(&row->external_ids);
}

void
nb_admin_row_uninit(struct nb_admin_row *row)
{
    free(row->label);
    smap_destroy(&row->vips);
    smap_destroy(&row->options);
    smap_destroy(&row->external_ids);
}

static bool
row_is_empty(const struct nb_admin_row *row)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &row->vips) {
        if (nb_backends_are_none(node->value)) {
            return true;
        }
    }
    return false;
}

/* Backends that the row itself knows for the VIPs that have none now.  What
 * cannot be parsed is as good as absent: whoever needs it says so. */
static void
saved_backends(const struct nb_admin_row *row, struct smap *saved)
{
    const char *s = smap_get(&row->external_ids, "rouse-backends");
    char *why OWNED_STRING = NULL;

    if (s && !nb_backends_parse(s, &row->vips, saved, &why)) {
        smap_clear(saved);
    }
}

static void
set_policy(const struct nb_admin_add *add, struct nb_admin_row *row)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &add->policy) {
        if (node->value[0]) {
            smap_replace(&row->external_ids, node->key, node->value);
        } else {
            smap_remove(&row->external_ids, node->key);
        }
    }
}

/* The VIPs that the user wrote must fit those that the row has. */
static bool
check_given_vips(const struct nb_admin_add *add,
                 const struct nb_admin_row *row, char **why)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &add->vips) {
        const char *key = vip_find_key(&row->vips, node->key);
        const char *now = key ? smap_get(&row->vips, key) : NULL;

        if (!key) {
            *why = xasprintf("load balancer \"%s\" exists and has no VIP "
                             "\"%s\"; add it with ovn-nbctl lb-add, or leave "
                             "--vip out",
                             row->label, node->key);
            return false;
        }
        if (!nb_backends_are_none(now) && strcmp(now, node->value)) {
            *why = xasprintf("VIP \"%s\" of load balancer \"%s\" has the "
                             "backends \"%s\" already; leave --vip and "
                             "--backends out",
                             key, row->label, now);
            return false;
        }
    }
    return true;
}

/* Collects what to restore for each VIP: what it has, what the user says, or
 * what an earlier sleep has saved. */
static bool
collect_backends(const struct nb_admin_add *add,
                 const struct nb_admin_row *row, struct smap *backends,
                 char **why)
{
    struct smap saved OWNED_SMAP = SMAP_INITIALIZER(&saved);
    const struct smap_node *node;

    saved_backends(row, &saved);
    SMAP_FOR_EACH (node, &row->vips) {
        const char *given = vip_find_key(&add->vips, node->key);
        const char *kept = vip_find_key(&saved, node->key);
        const char *value = node->value;

        if (nb_backends_are_none(value) && given) {
            value = smap_get(&add->vips, given);
        }
        if (nb_backends_are_none(value) && kept) {
            value = smap_get(&saved, kept);
        }
        if (!nb_backends_are_none(value)) {
            smap_add(backends, node->key, value);
        } else if (add->needs_backends) {
            *why = xasprintf("VIP \"%s\" of load balancer \"%s\" has no "
                             "backends, and nobody knows which ones to "
                             "restore; give them with --vip %s --backends "
                             "ADDRESS:PORT,...",
                             node->key, row->label, node->key);
            return false;
        }
    }
    return true;
}

/* What a sleeping service looks like in the database. */
static void
put_to_sleep(struct nb_admin_row *row, const struct smap *backends)
{
    if (smap_get_bool(&row->options, "reject", false)) {
        smap_replace(&row->external_ids, "rouse-reject", "true");
        smap_remove(&row->options, "reject");
    }
    smap_replace(&row->options, "event", "true");
    if (!smap_is_empty(backends)) {
        char *s OWNED_STRING = nb_backends_format(backends);

        smap_replace(&row->external_ids, "rouse-backends", s);
    }
}

static void
empty_vips(struct nb_admin_row *row)
{
    struct smap vips = SMAP_INITIALIZER(&vips);
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &row->vips) {
        smap_add(&vips, node->key, "");
    }
    smap_destroy(&row->vips);
    smap_clone(&row->vips, &vips);
    smap_destroy(&vips);
}

static void
set_state(struct nb_admin_row *row, enum service_state state,
          long long now_wall_ms)
{
    char *since OWNED_STRING = timefmt_rfc3339(now_wall_ms);

    smap_replace(&row->external_ids, "rouse-state", service_state_name(state));
    smap_replace(&row->external_ids, "rouse-state-since", since);
}

bool
nb_admin_plan_add(const struct nb_admin_add *add, long long now_wall_ms,
                  struct nb_admin_row *row, char **why)
{
    struct smap backends OWNED_SMAP = SMAP_INITIALIZER(&backends);
    bool was_service = smap_get(&row->external_ids, "rouse-driver");

    if (uuid_is_zero(&add->lb)) {
        smap_destroy(&row->vips);
        smap_clone(&row->vips, &add->vips);
    } else if (!check_given_vips(add, row, why)) {
        return false;
    }
    set_policy(add, row);
    if (!smap_get(&row->external_ids, "rouse-driver")) {
        *why = xasprintf("load balancer \"%s\" has no rouse-driver yet; "
                         "choose one with --driver",
                         row->label);
        return false;
    }
    if (add->asleep && was_service) {
        *why = xasprintf("load balancer \"%s\" is a service already: --asleep "
                         "is for new ones; put it to sleep with \"rouse "
                         "service idle %s\"",
                         row->label, row->label);
        return false;
    }
    if (smap_is_empty(&row->vips)) {
        *why = xasprintf("load balancer \"%s\" has no VIP; give it one with "
                         "%s",
                         row->label,
                         uuid_is_zero(&add->lb) ? "--vip and --backends"
                                                : "ovn-nbctl lb-add");
        return false;
    }
    if (!collect_backends(add, row, &backends, why)) {
        return false;
    }
    if (add->asleep) {
        empty_vips(row);
    }
    if (row_is_empty(row)) {
        put_to_sleep(row, &backends);
    }
    if (!was_service) {
        set_state(row, row_is_empty(row) ? SERVICE_ASLEEP : SERVICE_AWAKE,
                  now_wall_ms);
    }
    return true;
}

/* True while its backends are not where its user has put them. */
static bool
is_asleep(const struct nb_admin_row *row)
{
    const char *name = smap_get(&row->external_ids, "rouse-state");
    enum service_state state;

    return (row_is_empty(row)
            || (name && service_state_from_name(name, &state)
                && (state == SERVICE_ASLEEP || state == SERVICE_WAKING
                    || state == SERVICE_IDLING)));
}

static void
restore(struct nb_admin_row *row)
{
    struct smap saved OWNED_SMAP = SMAP_INITIALIZER(&saved);
    const struct smap_node *node;

    saved_backends(row, &saved);
    SMAP_FOR_EACH (node, &saved) {
        const char *key = vip_find_key(&row->vips, node->key);

        if (key && nb_backends_are_none(smap_get(&row->vips, key))) {
            smap_replace(&row->vips, key, node->value);
        }
    }
    if (smap_get_bool(&row->external_ids, "rouse-reject", false)) {
        smap_replace(&row->options, "reject", "true");
    }
}

bool
nb_admin_plan_remove(unsigned flags, struct nb_admin_row *row, char **why)
{
    struct smap_node *node, *next;

    if (!smap_get(&row->external_ids, "rouse-driver")
        && !(flags & NB_ADMIN_FORCE)) {
        *why = xasprintf("load balancer \"%s\" has no rouse-driver: it is no "
                         "service%s",
                         row->label,
                         flags & NB_ADMIN_DELETE
                             ? "; delete it with ovn-nbctl lb-del"
                             : "");
        return false;
    }
    if (is_asleep(row) && !(flags & NB_ADMIN_FORCE)) {
        *why = xasprintf("load balancer \"%s\" is not awake; wake it first "
                         "(\"rouse service wake %s\"), or use --force to "
                         "restore its backends without starting them",
                         row->label, row->label);
        return false;
    }
    restore(row);
    smap_remove(&row->options, "event");
    SMAP_FOR_EACH_SAFE (node, next, &row->external_ids) {
        if (!strncmp(node->key, "rouse-", 6)) {
            smap_remove_node(&row->external_ids, node);
        }
    }
    return true;
}
