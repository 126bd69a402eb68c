/* What becomes of refusals: they are told to the waker, in rows.
 *
 * Somebody else writes a row for a packet unless the chassis has one for its
 * VIP already; that row is marked, once.  What is refused from then on is
 * tallied until the waker has taken the row away: the next one tells it.  If
 * none comes, that is a row of our own. */

#include "holder.h"

#include "holder_private.h"

/* How long a refusal waits for the row of somebody else that it belongs to: a
 * clustered database that loses its leader takes rows half a minute later. */
#define REFUSAL_MS 60000

/* How long it waits before there is a row of our own. */
#define TELL_MS 2000

static bool
is_own_row(const struct holder *holder, const struct sb_event *row)
{
    const char *own = sb_own_chassis(holder->sb);

    return row && row->valid && own && row->chassis
           && !strcmp(row->chassis, own)
           && !smap_get_node(&row->info, SB_EVENT_ADMITTED);
}

static bool
has_own_row(const struct holder *holder, const struct event *event)
{
    const struct sb_event *row = NULL;

    while ((row = sb_event_next_same(holder->sb, event, row)) != NULL) {
        if (is_own_row(holder, row)) {
            return true;
        }
    }
    return false;
}

static void
put_tally(struct smap *keys, const struct gate_tally *tally)
{
    smap_add_nocopy(keys, xstrdup(SB_EVENT_REFUSED),
                    refusals_format(tally->n));
    if (refusals_sum(tally->n)) {
        holder_put_address(keys, SB_EVENT_SOURCE, &tally->source);
    }
}

/* Tells the waker, in the row that somebody else has written for a packet,
 * that it was refused; or that it came to its end long ago, with none. */
static void
mark_row(struct holder *holder, const struct sb_event *row)
{
    struct gate_tally *tally;

    if (!is_own_row(holder, row)
        || smap_get_node(&row->info, SB_EVENT_REFUSED)
        || sb_event_is_annotated(holder->sb, &row->uuid)) {
        return;
    }
    tally = gate_tally_find(holder->gate, &row->event);
    if (tally && (refusals_sum(tally->n)
                  || !holder_is_held(holder, &row->event))) {
        struct smap keys = SMAP_INITIALIZER(&keys);

        put_tally(&keys, tally);
        sb_event_annotate(holder->sb, &row->uuid, &keys);
        smap_destroy(&keys);
        gate_tally_take(holder->gate, &tally);
    }
}

/* Ends the tally.  Rows of others that come later say nothing new. */
static void
tell_tally(struct holder *holder, struct gate_tally *tally, long long now_ms)
{
    struct smap keys = SMAP_INITIALIZER(&keys);
    struct event event;

    put_tally(&keys, tally);
    sb_event_insert(holder->sb, &tally->event, &keys);
    smap_destroy(&keys);
    event_clone(&event, &tally->event);
    gate_tally_take(holder->gate, &tally);
    gate_tally_begin(holder->gate, &event, now_ms);
    event_uninit(&event);
}

static void
tell_refused(struct holder *holder, long long now_ms)
{
    struct gate_tally *tally, *next;

    holder->tell_ms = LLONG_MAX;
    for (tally = gate_tally_first(holder->gate); tally; tally = next) {
        next = gate_tally_next(holder->gate, tally);
        if (!refusals_sum(tally->n)) {
            continue;
        }
        if (now_ms < tally->since_ms + TELL_MS) {
            /* The others are younger. */
            holder->tell_ms = MIN(holder->tell_ms, tally->since_ms + TELL_MS);
            break;
        }
        if (has_own_row(holder, &tally->event)
            || sb_event_is_pending(holder->sb, &tally->event, true)) {
            holder->tell_ms = now_ms + TELL_MS;
        } else {
            tell_tally(holder, tally, now_ms);
        }
    }
}

void
holder_refused_run(struct holder *holder, long long now_ms)
{
    struct gate_tally *tally;
    size_t n;
    const struct uuid *changed = sb_events_changed_get(holder->sb, &n);

    for (size_t i = 0; i < n; i++) {
        mark_row(holder, sb_event_get(holder->sb, &changed[i]));
    }
    if (now_ms >= holder->tell_ms) {
        tell_refused(holder, now_ms);
    }
    while ((tally = gate_tally_first(holder->gate)) != NULL
           && now_ms >= tally->since_ms + REFUSAL_MS) {
        gate_tally_take(holder->gate, &tally);
    }
}

void
holder_refused_wait(const struct holder *holder)
{
    if (holder->tell_ms != LLONG_MAX && sb_is_ready(holder->sb)) {
        poll_timer_wait_until(holder->tell_ms);
    }
}

void
holder_mark_refused(struct holder *holder, const struct event *event,
                    long long now_ms)
{
    const struct sb_event *row = NULL;

    if (!holder->sw->others_write) {
        return;
    }
    holder->tell_ms = MIN(holder->tell_ms, now_ms + TELL_MS);
    if (sb_is_ready(holder->sb)) {
        while ((row = sb_event_next_same(holder->sb, event, row)) != NULL) {
            mark_row(holder, row);
        }
    }
}

void
holder_remember_end(struct holder *holder, const struct event *event,
                    long long now_ms)
{
    if (holder->sw->others_write) {
        gate_tally_begin(holder->gate, event, now_ms);
    }
}

bool
holder_next_refused(struct holder *holder, struct holder_refused *out)
{
    struct gate_tally *tally = gate_tally_first(holder->gate);

    if (!tally) {
        return false;
    }
    *out = (struct holder_refused) {
        .source = tally->source, .last = tally->last,
    };
    memcpy(out->n, tally->n, sizeof out->n);
    event_clone(&out->event, &tally->event);
    gate_tally_take(holder->gate, &tally);
    return true;
}

struct json *
holder_refusals(const struct holder *holder)
{
    return gate_status(holder->gate);
}
