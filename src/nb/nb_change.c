/* What each change of a service (enum nb_change_kind) does to its row, as the
 * row is in the replica.  Doing it again changes nothing: an answer may have
 * been lost. */

#include "nb.h"

#include "nb_private.h"
#include "timefmt.h"

VLOG_DEFINE_THIS_MODULE(nb_change);

static void
set_id(const struct nbrec_load_balancer *lb, const char *key,
       const char *value)
{
    const char *old = smap_get(&lb->external_ids, key);

    if (!old || strcmp(old, value)) {
        nbrec_load_balancer_update_external_ids_setkey(lb, key, value);
    }
}

static void
remove_id(const struct nbrec_load_balancer *lb, const char *key)
{
    if (smap_get_node(&lb->external_ids, key)) {
        nbrec_load_balancer_update_external_ids_delkey(lb, key);
    }
}

/* rouse-state-since tells when the state began, whoever writes it again. */
static void
write_state(const struct nbrec_load_balancer *lb, enum service_state state,
            const char *error)
{
    const char *name = service_state_name(state);
    const char *old = smap_get(&lb->external_ids, "rouse-state");
    char *now;

    if (!old || strcmp(old, name)
        || !smap_get_node(&lb->external_ids, "rouse-state-since")) {
        now = timefmt_rfc3339(time_wall_msec());
        set_id(lb, "rouse-state", name);
        set_id(lb, "rouse-state-since", now);
        free(now);
    }
    if (error) {
        set_id(lb, "rouse-error", error);
    } else {
        remove_id(lb, "rouse-error");
    }
}

/* What has been saved for VIPs that are empty now, and the backends of those
 * that are not. */
static void
save_backends(const struct nbrec_load_balancer *lb)
{
    const char *old = smap_get(&lb->external_ids, "rouse-backends");
    struct smap saved = SMAP_INITIALIZER(&saved);
    const struct smap_node *node;
    char *why = NULL, *text;

    if (old && !nb_backends_parse(old, &lb->vips, &saved, &why)) {
        VLOG_WARN("load balancer \"%s\": external_ids:rouse-backends: %s; "
                  "its VIPs' present backends replace it", lb->name, why);
        free(why);
    }
    SMAP_FOR_EACH (node, &lb->vips) {
        if (!nb_backends_are_none(node->value)) {
            smap_replace(&saved, node->key, node->value);
        }
    }
    if (!smap_is_empty(&saved)) {
        text = nb_backends_format(&saved);
        set_id(lb, "rouse-backends", text);
        free(text);
    }
    smap_destroy(&saved);
}

static void
empty_vips(const struct nbrec_load_balancer *lb)
{
    struct smap vips = SMAP_INITIALIZER(&vips);
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &lb->vips) {
        smap_add(&vips, node->key, "");
    }
    if (!smap_equal(&vips, &lb->vips)) {
        nbrec_load_balancer_set_vips(lb, &vips);
    }
    smap_destroy(&vips);
}

/* 'verify': two writers that read the same row must not both win. */
static void
put_to_sleep(const struct nbrec_load_balancer *lb,
             const struct nb_change *change)
{
    nbrec_load_balancer_verify_vips(lb);
    nbrec_load_balancer_verify_external_ids(lb);
    if (change->by_policy) {
        set_id(lb, "rouse-idled-by", "policy");
    } else {
        remove_id(lb, "rouse-idled-by");
    }
    if (!change->keep_vips) {
        save_backends(lb);
        empty_vips(lb);
    }
    if (!smap_get_bool(&lb->options, "event", false)) {
        nbrec_load_balancer_update_options_setkey(lb, "event", "true");
    }
    /* OVN lets "reject" win over "event". */
    if (smap_get_bool(&lb->options, "reject", false)) {
        set_id(lb, "rouse-reject", "true");
    }
    if (smap_get_node(&lb->options, "reject")) {
        nbrec_load_balancer_update_options_delkey(lb, "reject");
    }
    write_state(lb, SERVICE_IDLING, NULL);
}

static void
fill_vips(const struct nbrec_load_balancer *lb)
{
    const char *text = smap_get(&lb->external_ids, "rouse-backends");
    struct smap saved = SMAP_INITIALIZER(&saved);
    struct smap vips = SMAP_INITIALIZER(&vips);
    const struct smap_node *node;
    char *why = NULL;

    if (text && !nb_backends_parse(text, &lb->vips, &saved, &why)) {
        free(why);
    }
    SMAP_FOR_EACH (node, &lb->vips) {
        const char *value = node->value;

        if (nb_backends_are_none(value)) {
            value = smap_get_def(&saved, node->key, value);
        }
        smap_add(&vips, node->key, value);
    }
    if (!smap_equal(&vips, &lb->vips)) {
        nbrec_load_balancer_set_vips(lb, &vips);
    }
    smap_destroy(&vips);
    smap_destroy(&saved);
}

/* What the next waker, and people, will want to know of this wake. */
static void
note_wake(const struct nbrec_load_balancer *lb,
          const struct nb_change *change)
{
    if (change->last_wake) {
        set_id(lb, "rouse-last-wake", change->last_wake);
    }
    if (change->n_flaps) {
        char *flaps = xasprintf("%u", change->n_flaps);

        set_id(lb, "rouse-idle-flaps", flaps);
        free(flaps);
    } else {
        remove_id(lb, "rouse-idle-flaps");
    }
}

static void
restore(const struct nbrec_load_balancer *lb, const struct nb_change *change)
{
    nbrec_load_balancer_verify_vips(lb);
    nbrec_load_balancer_verify_external_ids(lb);
    note_wake(lb, change);
    if (!change->keep_vips) {
        fill_vips(lb);
    }
    if (smap_get_bool(&lb->external_ids, "rouse-reject", false)) {
        if (!smap_get_bool(&lb->options, "reject", false)) {
            nbrec_load_balancer_update_options_setkey(lb, "reject", "true");
        }
    }
    remove_id(lb, "rouse-reject");
    write_state(lb, SERVICE_AWAKE, NULL);
}

static const char *
request_name(enum service_request request)
{
    return request == REQUEST_WAKE ? "wake" : "idle";
}

void
nb_change_apply(const struct nb_change *change,
                const struct nbrec_load_balancer *lb)
{
    const char *request;

    switch (change->kind) {
    case NB_SET_STATE:
        write_state(lb, change->state, change->error);
        break;
    case NB_PUT_TO_SLEEP:
        put_to_sleep(lb, change);
        break;
    case NB_RESTORE:
        restore(lb, change);
        break;
    case NB_TAKE_REQUEST:
        /* A newer, different request stays. */
        request = smap_get(&lb->external_ids, "rouse-request");
        if (request && !strcmp(request, request_name(change->request))) {
            nbrec_load_balancer_verify_external_ids(lb);
            remove_id(lb, "rouse-request");
        }
        break;
    case NB_SET_DEMAND:
        set_id(lb, "rouse-demand", change->demand);
        break;
    case NB_SET_REFUSED:
        set_id(lb, "rouse-refused", change->refused);
        set_id(lb, "rouse-refused-last", change->refused_last);
        break;
    case NB_SET_LAST_WAKE:
        set_id(lb, "rouse-last-wake", change->last_wake);
        break;
    case NB_SET_DRY_RUN:
        set_id(lb, "rouse-idle-dry-saved", change->dry_saved);
        break;
    }
}
