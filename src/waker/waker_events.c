/* Controller_Event rows: whom they wake, and when they go.
 *
 * Each row is looked at.  One that can mean nothing is deleted, so that rows
 * do not pile up; but a load balancer that this waker has not heard of may be
 * one that the Northbound database has not told it of yet: such a row gets a
 * time of grace.  Rows for load balancers that are no services belong to
 * another CMS and stay. */

#include "waker_private.h"

#include "cleanup.h"

VLOG_DEFINE_THIS_MODULE(waker_events);

#define GRACE_MS 5000

/* How long a row waits for the chassis to say whether it may wake. */
#define UNMARKED_MS 1000

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 20);

static const struct {
    const char *name;
    const char *fate;
} reasons[] = {
#define REASON(NAME, TEXT, FATE) { TEXT, FATE },
    EVENT_REASONS
#undef REASON
};

const char *
event_reason_name(enum event_reason reason)
{
    return reasons[reason].name;
}

static struct event_row *
find_row(const struct waker *waker, const struct uuid *uuid)
{
    struct event_row *row;

    HMAP_FOR_EACH_WITH_HASH (row, node, uuid_hash(uuid), &waker->events) {
        if (uuid_equals(&row->uuid, uuid)) {
            return row;
        }
    }
    return NULL;
}

void
event_row_detach(struct event_row *row)
{
    ovs_list_remove(&row->list_node);
    ovs_list_init(&row->list_node);
    row->wake = NULL;
    row->is_stray = row->is_foreign = false;
    row->is_unmarked = row->is_kept = false;
}

static void
free_row(struct waker *waker, struct event_row *row)
{
    event_row_detach(row);
    hmap_remove(&waker->events, &row->node);
    free(row);
}

void
event_row_delete(struct waker *waker, struct event_row *row)
{
    event_row_detach(row);
    row->is_deleted = true;
    sb_event_delete(waker->sb, &row->uuid);
}

static void
dismiss(struct waker *waker, struct event_row *row, enum event_reason reason,
        const char *what)
{
    waker->counters.ignored[reason]++;
    if (reason == EVENT_REASON_AWAKE || reason == EVENT_REASON_FOREIGN
        || reason == EVENT_REASON_REFUSED) {
        VLOG_DBG("Controller_Event "UUID_FMT": %s", UUID_ARGS(&row->uuid),
                 what);
    } else {
        VLOG_WARN_RL(&rl, "Controller_Event "UUID_FMT" %s: %s",
                     UUID_ARGS(&row->uuid), reasons[reason].fate, what);
    }
    if (reason != EVENT_REASON_FOREIGN) {
        event_row_delete(waker, row);
    }
}

/* Says whose fault it is, and deletes the row, when its grace is over. */
static void
expire(struct waker *waker, struct event_row *row)
{
    const struct sb_event *ev = sb_event_get(waker->sb, &row->uuid);
    const struct nb_service *svc = nb_service_get(waker->nb, &row->lb);
    char *what OWNED_STRING = NULL;

    event_row_detach(row);
    if (!ev) {
        return;
    } else if (svc) {
        what = xasprintf("load balancer \"%s\" has no VIP \"%s\"", svc->label,
                         smap_get_def(&ev->info, "vip", ""));
        dismiss(waker, row, EVENT_REASON_UNKNOWN_VIP, what);
    } else {
        what = xasprintf("there is no load balancer "UUID_FMT,
                         UUID_ARGS(&row->lb));
        dismiss(waker, row, EVENT_REASON_UNKNOWN_LB, what);
    }
}

static void
give_grace(struct waker *waker, struct event_row *row)
{
    if (!row->is_stray) {
        event_row_detach(row);
        row->is_stray = true;
        row->stray_until_ms = time_msec() + GRACE_MS;
        ovs_list_push_back(&waker->strays, &row->list_node);
    }
}

/* Tells the chassis what they cannot read themselves. */
static void
annotate(struct waker *waker, const struct sb_event *ev,
         const struct nb_service *svc)
{
    struct smap keys OWNED_SMAP = SMAP_INITIALIZER(&keys);
    const struct smap_node *node;

    if (svc->wake_timeout_s != SERVICE_WAKE_TIMEOUT_DEFAULT_S) {
        smap_add_format(&keys, "rouse-timeout", "%u", svc->wake_timeout_s);
    }
    if (svc->hold != SERVICE_HOLD_DEFAULT) {
        smap_add_format(&keys, "rouse-hold", "%u", svc->hold);
    }
    if (svc->on_fail == ON_FAIL_DROP) {
        smap_add(&keys, "rouse-on-fail", "drop");
    }
    SMAP_FOR_EACH (node, &keys) {
        const char *old = smap_get(&ev->info, node->key);

        if (!old || strcmp(old, node->value)) {
            sb_event_annotate(waker->sb, &ev->uuid, &keys);
            waker->counters.annotated++;
            break;
        }
    }
}

/* Whose packet woke it, as far as that is known: the first tells.  And when
 * the first came. */
static void
set_source(struct wake *wake, const struct smap *keys)
{
    const char *source = smap_get(keys, SB_EVENT_ADMITTED);
    const char *arrived = smap_get(keys, SB_EVENT_ARRIVED);
    long long int ms;

    if (arrived && str_to_llong(arrived, 10, &ms) && ms > 0) {
        long long int *first_ms = &wake_last_get(wake)->arrived_wall_ms;

        *first_ms = *first_ms ? MIN(ms, *first_ms) : ms;
    }

    if (!wake->source && source && source[0]) {
        wake->source = xstrdup(source);
    }
}

static void
attach(struct waker *waker, struct event_row *row, const struct sb_event *ev,
       struct wake *wake, const struct nb_service *svc)
{
    if (row->wake == wake) {
        return;
    }
    event_row_detach(row);
    row->wake = wake;
    set_source(wake, &ev->info);
    ovs_list_push_back(&wake->rows, &row->list_node);
    annotate(waker, ev, svc);
    wake_mark_busy(wake);
}

static void look_at_uuid(struct waker *, const struct uuid *);

static void
recheck(struct waker *waker, struct ovs_list *list, const struct uuid *lb)
{
    struct event_row *row;

    LIST_FOR_EACH_SAFE (row, list_node, list) {
        if (uuid_equals(&row->lb, lb)) {
            look_at_uuid(waker, &row->uuid);
        }
    }
}

/* What a chassis has refused, once for each row. */
static void
count_refused(struct event_row *row, const struct sb_event *ev,
              struct wake *wake)
{
    const char *refused = smap_get(&ev->info, SB_EVENT_REFUSED);
    uint64_t n[N_REFUSALS] = { 0 };

    if (refused && !row->is_counted) {
        row->is_counted = true;
        refusals_add_text(n, refused);
        wake_refused_add(wake, n, smap_get(&ev->info, SB_EVENT_SOURCE));
    }
}

static void
wait_for_mark(struct waker *waker, struct event_row *row)
{
    if (!row->was_unmarked) {
        event_row_detach(row);
        row->is_unmarked = row->was_unmarked = true;
        row->unmarked_until_ms = time_msec() + UNMARKED_MS;
        ovs_list_push_back(&waker->unmarked, &row->list_node);
    }
}

/* Nobody has seen its packets. */
static void
refuse_unseen(struct event_row *row, struct wake *wake)
{
    static const uint64_t one[N_REFUSALS] = { [REFUSAL_UNSEEN] = 1 };

    if (!row->is_counted) {
        row->is_counted = true;
        wake_refused_add(wake, one, NULL);
    }
}

/* It may not wake. */
static void
refuse(struct waker *waker, struct event_row *row, const struct sb_event *ev,
       const struct wake *wake)
{
    if (row->is_kept) {
        return;
    } else if (smap_get_def(&ev->info, SB_EVENT_REFUSED, "")[0]
               && event_row_keep(waker, row, wake)) {
        waker->counters.ignored[EVENT_REASON_REFUSED]++;
    } else {
        dismiss(waker, row, EVENT_REASON_REFUSED, "it may not wake");
    }
}

static void
look_at_mark(struct waker *waker, struct event_row *row,
             const struct sb_event *ev, struct wake *wake)
{
    const struct nb_service *svc = nb_service_get(waker->nb, &wake->uuid);
    bool waited = row->was_unmarked
                  && time_msec() >= row->unmarked_until_ms;
    bool was_unmarked = row->is_unmarked;

    switch (waker_mark_of(waker, ev, wake, svc, waited)) {
    case ROW_MAY_WAKE:
        attach(waker, row, ev, wake, svc);
        if (!was_unmarked) {
            /* Those of the service that still wait need not any more. */
            recheck(waker, &waker->unmarked, &row->lb);
        }
        break;
    case ROW_MAY_NOT_WAKE:
        refuse_unseen(row, wake);
        refuse(waker, row, ev, wake);
        break;
    case ROW_UNMARKED:
        wait_for_mark(waker, row);
        break;
    }
}

static void
look_at_service_row(struct waker *waker, struct event_row *row,
                    const struct sb_event *ev, struct wake *wake)
{
    const struct nb_service *svc = nb_service_get(waker->nb, &wake->uuid);
    const char *key = vip_find_key(svc->vips, ev->event.vip);
    char *what OWNED_STRING = NULL;

    if (!key) {
        give_grace(waker, row);
        return;
    }
    count_refused(row, ev, wake);
    if (wake->state == WAKE_AWAKE && wake_is_up(svc)) {
        if (!nb_backends_are_none(smap_get(svc->vips, key))) {
            dismiss(waker, row, EVENT_REASON_AWAKE, "the VIP has backends");
        } else {
            what = xasprintf("load balancer \"%s\": external_ids:"
                             "rouse-backends has nothing for VIP \"%s\"; add "
                             "\"%s=ADDRESS:PORT\"", svc->label, key, key);
            dismiss(waker, row, EVENT_REASON_NO_BACKENDS, what);
        }
        return;
    }
    look_at_mark(waker, row, ev, wake);
}

static void
look_at_row(struct waker *waker, struct event_row *row,
            const struct sb_event *ev)
{
    struct wake *wake;

    if (row->is_deleted) {
        return;
    }
    if (!ev->valid) {
        struct ds ds OWNED_DS = DS_EMPTY_INITIALIZER;

        diag_format(&ev->diag, &ds);
        dismiss(waker, row, EVENT_REASON_MALFORMED, ds_cstr(&ds));
        return;
    }
    row->lb = ev->event.lb;
    wake = wake_find(waker, &row->lb);
    if (wake) {
        look_at_service_row(waker, row, ev, wake);
    } else if (nb_lb_kind(waker->nb, &row->lb) == NB_LB_NONE) {
        give_grace(waker, row);
    } else if (!row->is_foreign) {
        event_row_detach(row);
        row->is_foreign = true;
        ovs_list_push_back(&waker->foreign, &row->list_node);
        dismiss(waker, row, EVENT_REASON_FOREIGN,
                "its load balancer has no rouse-driver");
    }
}

static void
look_at_uuid(struct waker *waker, const struct uuid *uuid)
{
    const struct sb_event *ev = sb_event_get(waker->sb, uuid);
    struct event_row *row = find_row(waker, uuid);

    if (!ev) {
        if (row) {
            free_row(waker, row);
        }
        return;
    }
    if (!row) {
        row = xzalloc(sizeof *row);
        row->uuid = *uuid;
        ovs_list_init(&row->list_node);
        hmap_insert(&waker->events, &row->node, uuid_hash(uuid));
        waker->counters.seen++;
    }
    look_at_row(waker, row, ev);
}

/* An event of a chassis that is this process: its row is on its way to the
 * database, and will be looked at like any other when it is there. */
static void
hear(struct waker *waker, const struct event *event, const struct smap *keys)
{
    struct wake *wake = wake_find(waker, &event->lb);
    const struct nb_service *svc
        = wake ? nb_service_get(waker->nb, &wake->uuid) : NULL;

    if (svc && vip_find_key(svc->vips, event->vip)) {
        set_source(wake, keys);
        wake_want(wake, "a packet");
    }
}

void
waker_events_run(struct waker *waker, bool all)
{
    const struct event *event;
    const struct smap *keys;
    struct event_row *row;

    while ((event = sb_event_next_new(waker->sb, &keys)) != NULL) {
        hear(waker, event, keys);
    }
    if (all) {
        const struct sb_event *ev;

        for (ev = sb_event_first(waker->sb); ev;
             ev = sb_event_next(waker->sb, ev)) {
            look_at_uuid(waker, &ev->uuid);
        }
    } else {
        size_t n;
        const struct uuid *changed = sb_events_changed_get(waker->sb, &n);

        for (size_t i = 0; i < n; i++) {
            look_at_uuid(waker, &changed[i]);
        }
    }
    LIST_FOR_EACH_SAFE (row, list_node, &waker->strays) {
        if (row->stray_until_ms > time_msec()) {
            break;
        }
        expire(waker, row);
    }
    LIST_FOR_EACH_SAFE (row, list_node, &waker->unmarked) {
        if (row->unmarked_until_ms > time_msec()) {
            break;
        }
        look_at_uuid(waker, &row->uuid);
    }
    waker_kept_run(waker);
}

void
waker_events_recheck(struct waker *waker, const struct uuid *lb)
{
    recheck(waker, &waker->strays, lb);
    recheck(waker, &waker->foreign, lb);
}

void
waker_events_wait(const struct waker *waker)
{
    if (!ovs_list_is_empty(&waker->strays)) {
        const struct event_row *row
            = CONTAINER_OF(ovs_list_front(&waker->strays), struct event_row,
                           list_node);

        poll_timer_wait_until(row->stray_until_ms);
    }
    if (!ovs_list_is_empty(&waker->unmarked)) {
        const struct event_row *row
            = CONTAINER_OF(ovs_list_front(&waker->unmarked),
                           struct event_row, list_node);

        poll_timer_wait_until(row->unmarked_until_ms);
    }
    waker_kept_wait(waker);
}

void
waker_events_consume(struct wake *wake)
{
    struct event_row *row;

    LIST_FOR_EACH_SAFE (row, list_node, &wake->rows) {
        wake->waker->counters.consumed++;
        event_row_delete(wake->waker, row);
    }
    waker_kept_drop(wake->waker, &wake->uuid);
    free(wake->source);
    wake->source = NULL;
    if (wake->last) {
        wake->last->arrived_wall_ms = 0;
    }
}

void
waker_events_orphan(struct wake *wake)
{
    struct event_row *row;

    LIST_FOR_EACH_SAFE (row, list_node, &wake->rows) {
        give_grace(wake->waker, row);
    }
}

void
waker_events_clear(struct waker *waker)
{
    struct event_row *row;

    HMAP_FOR_EACH_SAFE (row, node, &waker->events) {
        free_row(waker, row);
    }
}
