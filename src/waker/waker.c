#include "waker.h"

#include "cleanup.h"
#include "sb_policy.h"
#include "waker_private.h"

VLOG_DEFINE_THIS_MODULE(waker);

struct waker *
waker_new(struct nb *nb, struct sb *sb, const struct waker_config *config)
{
    struct waker *waker = xzalloc(sizeof *waker);
    size_t max = config->max_wakes ? config->max_wakes
                                   : WAKER_MAX_WAKES_DEFAULT;

    waker->nb = nb;
    waker->sb = sb;
    waker->config = config->drivers;
    waker->config.pace = &waker->pace;
    if (config->journal) {
        waker->journal = wake_journal_open(config->journal);
    }
    hmap_init(&waker->wakes);
    ovs_list_init(&waker->busy);
    waker->max_wakes = max;
    slots_init(&waker->start_slots, max);
    slots_init(&waker->stop_slots, max);
    hmap_init(&waker->events);
    ovs_list_init(&waker->strays);
    ovs_list_init(&waker->foreign);
    ovs_list_init(&waker->kept);
    simap_init(&waker->silent);
    ovs_list_init(&waker->unmarked);
    ovs_list_init(&waker->refused);
    ovs_list_init(&waker->replays.awaited);
    return waker;
}

/* Drops everything that is in memory; it is all in the databases. */
static void
clear(struct waker *waker)
{
    struct wake *wake;

    HMAP_FOR_EACH_SAFE (wake, node, &waker->wakes) {
        wake_free(wake);
    }
    waker_events_clear(waker);
}

void
waker_free(struct waker *waker)
{
    if (waker) {
        clear(waker);
        hmap_destroy(&waker->wakes);
        hmap_destroy(&waker->events);
        simap_destroy(&waker->silent);
        slots_uninit(&waker->start_slots);
        slots_uninit(&waker->stop_slots);
        wake_journal_close(waker->journal);
        free(waker);
    }
}

/* Says what is wrong with the service's row, once for each thing: the waker's
 * own writes change the row, too. */
static void
report_diag(struct wake *wake, const struct nb_service *svc)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 60);
    char *text = NULL;

    if (!diag_is_empty(&svc->diag)) {
        struct ds ds = DS_EMPTY_INITIALIZER;

        diag_format(&svc->diag, &ds);
        text = ds_steal_cstr(&ds);
        if (!wake->diag || strcmp(wake->diag, text)) {
            VLOG_WARN_RL(&rl, "%s", text);
        }
    }
    free(wake->diag);
    wake->diag = text;
}

/* A service was taken over or its row has changed: says what is wrong with it,
 * and lets the chassis know of its policy. */
static void
look_at_row(struct waker *waker, struct wake *wake,
            const struct nb_service *svc)
{
    report_diag(wake, svc);
    if (service_policy_is_empty(&svc->policies->chassis)) {
        sb_policy_withdraw(waker->sb, &svc->uuid);
    } else {
        sb_policy_publish(waker->sb, &svc->policies->chassis);
    }
}

static void
take_over(struct waker *waker)
{
    const struct nb_service *svc;

    VLOG_INFO("active: this waker holds the lock \"%s\"", WAKER_LOCK);
    waker->active = true;
    sb_policy_publisher(waker->sb, true);
    for (svc = nb_service_first(waker->nb); svc;
         svc = nb_service_next(waker->nb, svc)) {
        look_at_row(waker, wake_adopt(waker, svc), svc);
    }
    if (waker->journal) {
        wake_journal_forget_left(waker->journal);
    }
}

/* Bounds for all services together: some are for chassis. */
static void
follow_limits(struct waker *waker)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 1);
    const struct smap *ids = nb_global_ids(waker->nb);
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;
    struct global_limits limits = { .max_wakes = 0 };
    size_t max;

    if (ids) {
        global_limits_parse(ids, &limits, &diag);
    }
    if (!diag_is_empty(&diag)) {
        struct ds ds OWNED_DS = DS_EMPTY_INITIALIZER;

        diag_format(&diag, &ds);
        VLOG_WARN_RL(&rl, "%s", ds_cstr(&ds));
    }
    max = limits.max_wakes ? limits.max_wakes : waker->max_wakes;
    slots_set_max(&waker->start_slots, max);
    slots_set_max(&waker->stop_slots, max);
    sb_policy_publish_limits(waker->sb, &limits);
}

static void
stand_by(struct waker *waker)
{
    VLOG_INFO("standing by: %s", nb_is_connected(waker->nb)
              ? "another waker holds the lock"
              : "not connected to the Northbound database");
    waker->active = false;
    sb_policy_publisher(waker->sb, false);
    clear(waker);
}

static void
follow_rows(struct waker *waker)
{
    size_t n;
    const struct uuid *changed = nb_changed_take(waker->nb, &n);

    for (size_t i = 0; i < n; i++) {
        const struct nb_service *svc = nb_service_get(waker->nb, &changed[i]);
        struct wake *wake = wake_find(waker, &changed[i]);

        if (svc && wake) {
            look_at_row(waker, wake, svc);
            wake_row_changed(wake, svc);
        } else if (svc) {
            look_at_row(waker, wake_adopt(waker, svc), svc);
        } else if (wake) {
            VLOG_INFO("%s: no service any more", wake->label);
            sb_policy_withdraw(waker->sb, &changed[i]);
            wake_forget_begin(wake);
            wake_free(wake);
        }
        waker_events_recheck(waker, &changed[i]);
    }
    waker->needs_changed = waker->needs_changed || n > 0;
}

/* One turn over those that have something to do.  One may wake another, for
 * its needs: turns are taken until nothing changes. */
static void
turn(struct waker *waker)
{
    struct wake *wake;

    waker->again = false;
    waker->n_turns++;
    waker->needs_look = waker->needs_changed;
    waker->needs_changed = false;
    LIST_FOR_EACH_SAFE (wake, busy_node, &waker->busy) {
        wake_run(wake);
        if (wake_is_settled(wake)) {
            ovs_list_remove(&wake->busy_node);
            wake->is_busy = false;
        }
    }
    waker->needs_look = false;
}

#define MAX_TURNS 16

void
waker_run(struct waker *waker)
{
    bool active = nb_has_lock(waker->nb) && sb_is_ready(waker->sb);
    bool is_new = active && !waker->active;
    int n_turns = 0;

    waker->begin_until_ms = 0;
    waker->cut_short = false;
    if (!active) {
        if (waker->active) {
            stand_by(waker);
        }
        return;
    }
    follow_limits(waker);
    if (is_new) {
        take_over(waker);
    } else {
        follow_rows(waker);
    }
    /* What the rows say of services comes before what events ask for. */
    turn(waker);
    waker_events_run(waker, is_new);
    waker_idle_run(waker);
    do {
        turn(waker);
    } while ((waker->again || waker->needs_changed)
             && ++n_turns < MAX_TURNS);
    waker_refused_run(waker);
    waker_replays_run(waker);
}

void
waker_wait(struct waker *waker)
{
    const struct wake *wake;

    if (!waker->active) {
        return;
    }
    if (waker->again || waker->needs_changed || waker->cut_short) {
        poll_immediate_wake();
    }
    LIST_FOR_EACH (wake, busy_node, &waker->busy) {
        wake_wait(wake);
    }
    waker_events_wait(waker);
    waker_refused_wait(waker);
    waker_replays_wait(waker);
    waker_idle_wait(waker);
}

static struct json *
job_status(const struct wake *wake)
{
    struct json *json = json_object_create();
    long long int now = time_msec();

    json_object_put_string(json, "service", wake->label);
    json_object_put_string(json, "step", wake_state_name(wake->state));
    json_object_put(json, "since_ms", json_integer_create(now
                                                          - wake->step_ms));
    json_object_put(json, "tries", json_integer_create(wake->n_failures + 1));
    json_object_put(json, "deadline_ms",
                    json_integer_create(wake->deadline_ms - now));
    if (wake->error) {
        json_object_put_string(json, "error", wake->error);
    }
    return json;
}

static struct json *
services_status(const struct waker *waker)
{
    struct json *json = json_object_create();
    long long int n[SERVICE_FAILED + 1] = { 0 };
    const struct wake *wake;

    HMAP_FOR_EACH (wake, node, &waker->wakes) {
        n[wake_state_persistent(wake->state)]++;
    }
    for (size_t i = SERVICE_ASLEEP; i < ARRAY_SIZE(n); i++) {
        json_object_put(json, service_state_name(i),
                        json_integer_create(n[i]));
    }
    return json;
}

static struct json *
refused_status(const struct waker *waker)
{
    struct json *json = json_object_create();

    for (size_t i = 1; i < N_REFUSALS; i++) {
        if (waker->refused_total[i]) {
            json_object_put(json, refusal_name(i),
                            json_integer_create(waker->refused_total[i]));
        }
    }
    return json;
}

static struct json *
events_status(const struct waker *waker)
{
    const struct waker_counters *c = &waker->counters;
    struct json *ignored = json_object_create();
    struct json *json = json_object_create();

    for (size_t i = 0; i < N_EVENT_REASONS; i++) {
        if (c->ignored[i]) {
            json_object_put(ignored, event_reason_name(i),
                            json_integer_create(c->ignored[i]));
        }
    }
    json_object_put(json, "seen", json_integer_create(c->seen));
    json_object_put(json, "rows", json_integer_create(
                        hmap_count(&waker->events)));
    json_object_put(json, "consumed", json_integer_create(c->consumed));
    json_object_put(json, "annotated", json_integer_create(c->annotated));
    json_object_put(json, "ignored", ignored);
    return json;
}

struct json *
waker_status(const struct waker *waker)
{
    const struct waker_counters *c = &waker->counters;
    struct json *json = json_object_create();
    struct json *jobs = json_array_create_empty();
    const struct wake *wake;

    LIST_FOR_EACH (wake, busy_node, &waker->busy) {
        json_array_add(jobs, job_status(wake));
    }
    json_object_put(json, "active", json_boolean_create(waker->active));
    json_object_put(json, "services", services_status(waker));
    json_object_put(json, "jobs", jobs);
    json_object_put(json, "max_wakes",
                    json_integer_create(waker->start_slots.max));
    json_object_put(json, "events", events_status(waker));
    json_object_put(json, "refused", refused_status(waker));
    json_object_put(json, "wakes", json_integer_create(c->wakes));
    json_object_put(json, "woken", json_integer_create(c->woken));
    json_object_put(json, "failed", json_integer_create(c->failed));
    json_object_put(json, "idled", json_integer_create(c->idled));
    json_object_put(json, "turned_round", json_integer_create(c->turned));
    return json;
}
