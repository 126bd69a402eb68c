#include "watcher.h"

#include "sb_activity.h"
#include "sb_policy.h"

VLOG_DEFINE_THIS_MODULE(watcher);

/* After a look that failed. */
#define RETRY_MS 1000

/* Not more often than that, whoever asks. */
#define PAUSE_MIN_MS 50
/* What is said to be true when the look begins was so a little later. */
#define SLACK_MIN_MS 200
/* A look is worth so many pauses of its own length. */
#define PAUSE_FACTOR 20

struct watcher {
    struct sb *sb;               /* Borrowed. */
    struct watch *watch;
    long long int start_ms;      /* For activity_clock_ms(). */
    long long int start_wall_ms;
    int64_t since_ms;            /* On that clock. */
    uint64_t policies_seqno;     /* As 'watch' knows them; 0: not at all. */

    bool looking;
    long long int begin_ms;      /* Of the look. */
    int64_t look;                /* That was asked for when it began. */
    int64_t answered;            /* The largest that was reported. */
    long long int next_ms;       /* Next look by itself... */
    long long int pause_ms;      /* ...and the next at the earliest. */
    long long int next_beat_ms;
    long long int cost_ms;       /* Of the last look. */
    bool reported;               /* Something, in this look. */
    uint64_t n_looks;
};

static int64_t
clock_ms(const struct watcher *w, long long int now_ms)
{
    return activity_clock_ms(now_ms, w->start_ms, w->start_wall_ms);
}

struct watcher *
watcher_new(struct sb *sb)
{
    struct watcher *w = xzalloc(sizeof *w);

    w->sb = sb;
    w->start_ms = time_msec();
    w->start_wall_ms = time_wall_msec();
    w->since_ms = clock_ms(w, w->start_ms);
    w->watch = watch_new(w->since_ms);
    w->answered = -1;
    return w;
}

void
watcher_free(struct watcher *w)
{
    if (w) {
        watch_free(w->watch);
        free(w);
    }
}

/* --- Policies --- */

struct gone {
    struct watcher *w;
    struct uuid *list;
    size_t n;
};

static void
note_gone(void *gone_, const struct uuid *lb)
{
    struct gone *gone = gone_;
    const struct service_policy *policy = sb_policy_get(gone->w->sb, lb);

    if (!policy || !smap_get(&policy->keys, "rouse-idle-after")) {
        gone->list[gone->n++] = *lb;
    }
}

static void
follow_policies(struct watcher *w)
{
    const struct service_policy *policy;
    struct gone gone = { .w = w };

    gone.list = xmalloc((watch_count(w->watch) + 1) * sizeof *gone.list);
    watch_each(w->watch, note_gone, &gone);
    for (size_t i = 0; i < gone.n; i++) {
        watch_remove(w->watch, &gone.list[i]);
        sb_activity_withdraw(w->sb, &gone.list[i]);
    }
    free(gone.list);
    for (policy = sb_policy_first(w->sb); policy;
         policy = sb_policy_next(w->sb, policy)) {
        if (sb_policy_seqno(policy) > w->policies_seqno) {
            watch_set(w->watch, policy);
        }
    }
}

void
watcher_run(struct watcher *w, long long int now_ms)
{
    uint64_t seqno = sb_policies_seqno(w->sb);

    if (!sb_is_ready(w->sb)) {
        return;
    }
    if (w->answered < 0) {
        sb_activity_begin(w->sb);
        w->answered = 0;
    }
    /* Not while connections are being told of: they are of services that are
     * known. */
    if (!w->looking && seqno != w->policies_seqno) {
        follow_policies(w);
        w->policies_seqno = seqno;
        w->next_ms = MIN(w->next_ms, now_ms + watch_look_period_ms(w->watch));
    }
}

/* --- Looks --- */

static bool
is_asked(const struct watcher *w)
{
    return sb_policy_look(w->sb) > w->answered;
}

bool
watcher_wants(const struct watcher *w, long long int now_ms)
{
    return w->answered >= 0 && !w->looking && watch_count(w->watch)
           && now_ms >= (is_asked(w) ? w->pause_ms : w->next_ms);
}

void
watcher_wait(const struct watcher *w)
{
    if (w->answered >= 0 && !w->looking && watch_count(w->watch)) {
        poll_timer_wait_until(is_asked(w) ? w->pause_ms : w->next_ms);
    }
}

void
watcher_begin(struct watcher *w, long long int now_ms)
{
    w->looking = true;
    w->reported = false;
    w->begin_ms = now_ms;
    w->look = sb_policy_look(w->sb);
    watch_begin(w->watch, clock_ms(w, now_ms),
                MAX(SLACK_MIN_MS, 2 * w->cost_ms));
}

void
watcher_add(struct watcher *w, const struct watch_conn *conn)
{
    watch_add(w->watch, conn);
}

static void
report(void *w_, const struct uuid *lb, const struct activity_report *report_)
{
    struct watcher *w = w_;

    w->reported = true;
    sb_activity_report(w->sb, lb, report_);
}

void
watcher_end(struct watcher *w, long long int now_ms)
{
    long long int beat_ms = watch_beat_period_ms(w->watch);
    long long int pause_ms;

    w->cost_ms = now_ms - w->begin_ms;
    pause_ms = MAX(PAUSE_MIN_MS, w->cost_ms * PAUSE_FACTOR);
    w->looking = false;
    w->n_looks++;
    watch_end(w->watch, report, w);
    w->pause_ms = now_ms + pause_ms;
    w->next_ms = w->begin_ms + MAX(pause_ms, watch_look_period_ms(w->watch));
    if (w->reported || w->look > w->answered || now_ms >= w->next_beat_ms) {
        w->answered = w->look;
        w->next_beat_ms = now_ms + beat_ms;
        sb_activity_beat(w->sb, &(struct activity_heartbeat) {
            .at_ms = clock_ms(w, w->begin_ms),
            .since_ms = w->since_ms,
            .period_ms = MAX(beat_ms, pause_ms),
            .look = w->look,
        });
    }
}

void
watcher_fail(struct watcher *w, long long int now_ms)
{
    w->looking = false;
    w->next_ms = w->pause_ms = now_ms + RETRY_MS;
}

struct json *
watcher_status(const struct watcher *w)
{
    struct json *json = json_object_create();

    json_object_put(json, "services",
                    json_integer_create(watch_count(w->watch)));
    json_object_put(json, "looks", json_integer_create(w->n_looks));
    json_object_put(json, "cost_ms", json_integer_create(w->cost_ms));
    return json;
}
