/* Services that must be awake before this one (rouse-needs). */

#include "waker_private.h"

#include "cleanup.h"

/* The way from the service to the need that is looked at. */
struct trail {
    const struct trail *up;
    const struct nb_service *svc;
};

static void
format_trail(const struct trail *trail, struct ds *out)
{
    if (trail) {
        format_trail(trail->up, out);
        ds_put_format(out, "%s -> ", trail->svc->label);
    }
}

/* Follows needs from 'trail' on, depth first, each service once.  Returns the
 * cycle that leads back to 'goal' as text, the caller's, or NULL. */
static char *
find_cycle(const struct waker *waker, const struct trail *trail,
           const struct uuid *goal, struct hmapx *seen)
{
    const char *need;
    size_t i;

    SVEC_FOR_EACH (i, need, &trail->svc->needs) {
        const struct nb_service *svc;
        struct uuid uuid;

        if (!nb_lb_find(waker->nb, need, &uuid, NULL)) {
            continue;
        }
        svc = nb_service_get(waker->nb, &uuid);
        if (uuid_equals(&uuid, goal)) {
            struct ds ds = DS_EMPTY_INITIALIZER;

            format_trail(trail, &ds);
            ds_put_cstr(&ds, svc ? svc->label : need);
            return ds_steal_cstr(&ds);
        }
        if (svc && hmapx_add(seen, CONST_CAST(struct nb_service *, svc))) {
            const struct trail next = { .up = trail, .svc = svc };
            char *cycle = find_cycle(waker, &next, goal, seen);

            if (cycle) {
                return cycle;
            }
        }
    }
    return NULL;
}

static bool
has_cycle(struct wake *wake, const struct nb_service *svc)
{
    const struct trail trail = { .svc = svc };
    struct hmapx seen = HMAPX_INITIALIZER(&seen);
    char *cycle OWNED_STRING = find_cycle(wake->waker, &trail, &svc->uuid,
                                          &seen);

    hmapx_destroy(&seen);
    if (cycle) {
        wake_set_error(wake, "external_ids:rouse-needs leads in a circle: %s;"
                       " take one of them out", cycle);
    }
    return cycle != NULL;
}

/* The same results as wake_needs_poll(), of one need. */
static enum wake_input
poll_need(struct wake *wake, const char *need)
{
    struct waker *waker = wake->waker;
    struct wake *other;
    struct uuid uuid;
    char *why = NULL;

    if (!nb_lb_find(waker->nb, need, &uuid, &why)) {
        wake_set_error(wake, "external_ids:rouse-needs: %s", why);
        free(why);
        return IN_UNUSABLE;
    }
    other = wake_find(waker, &uuid);
    if (!other) {
        if (nb_lb_is_filled(waker->nb, &uuid)) {
            return IN_NEEDS_MET;
        }
        wake_set_error(wake, "waits for load balancer \"%s\", which it needs: "
                       "that has no backends, and is not a service that "
                       "Rouse could wake", need);
        return IN_UNUSABLE;
    }
    if (other->state == WAKE_AWAKE) {
        return IN_NEEDS_MET;
    }
    if (other->state == WAKE_FAILED && other->began_ms >= wake->step_ms) {
        wake_set_error(wake, "needs \"%s\", which could not be woken: %s",
                       other->label, other->error ? other->error : "?");
        return IN_FAILURE;
    }
    wake_want(other, wake->label);
    return IN_NONE;
}

enum wake_input
wake_needs_poll(struct wake *wake, const struct nb_service *svc)
{
    bool pending = false;
    const char *need;
    size_t i;

    if (svc->needs.n && has_cycle(wake, svc)) {
        return IN_UNUSABLE;
    }
    SVEC_FOR_EACH (i, need, &svc->needs) {
        enum wake_input input = poll_need(wake, need);

        if (input == IN_NONE) {
            pending = true;
        } else if (input != IN_NEEDS_MET) {
            return input;
        }
    }
    return pending ? IN_NONE : IN_NEEDS_MET;
}
