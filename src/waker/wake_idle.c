/* Services that go to sleep by themselves (idle_policy.h).
 *
 * A service is looked at when something may be decided: at the time that the
 * last decision named, or, while only reports of chassis can bring news, about
 * as often as those come.
 *
 * Nothing is known of the moments between the last reports and the emptying of
 * the VIPs: once all chassis hold new packets they are asked to look again,
 * and a connection that is there turns the service round before its backends
 * are stopped. */

#include "waker_private.h"

#include "cleanup.h"
#include "sb_activity.h"
#include "sb_policy.h"
#include "timefmt.h"

VLOG_DEFINE_THIS_MODULE(wake_idle);

static struct vlog_rate_limit info_rl = VLOG_RATE_LIMIT_INIT(600, 100);
static struct vlog_rate_limit warn_rl = VLOG_RATE_LIMIT_INIT(60, 60);

/* A chassis whose report is late by so many periods, and a while, does not
 * report any more. */
#define LATE_PERIODS 3
#define LATE_MS 5000

/* Open vSwitch may go on using cached flows for a moment, and begin
 * connections by them: the last look comes after that. */
#define CACHES_MS 1000

/* How long chassis may take to look again before the stop. */
#define LOOK_MAX_MS 20000

/* Decisions may be late by so much, so that many services, each with a time of
 * its own, are looked through together. */
#define SCAN_MS 100

/* --- What is known --- */

/* What one chassis says; false if it says nothing that counts. */
static bool
is_fresh(const struct sb_chassis_activity *chassis, int64_t look,
         long long int now_ms)
{
    return chassis->reports && chassis->received_ms
           && chassis->beat.look >= look
           && now_ms - chassis->received_ms
              < LATE_PERIODS * chassis->beat.period_ms + LATE_MS;
}

/* When the chassis saw the service's last packet, on this process' clock. */
static long long int
last_seen_ms(const struct sb_chassis_activity *chassis, int64_t last_ms)
{
    int64_t age_ms = chassis->beat.at_ms - last_ms;

    return chassis->received_ms - MAX(age_ms, 0);
}

/* All chassis' reports of a service, of those that look not older than
 * 'look'. */
static void
gather(const struct wake *wake, int64_t look, struct idle_facts *facts)
{
    const struct sb *sb = wake->waker->sb;
    const struct sb_chassis_activity *chassis;

    facts->known = sb_activity_first(sb) != NULL;
    facts->known_until_ms = facts->now_ms;
    for (chassis = sb_activity_first(sb); chassis;
         chassis = sb_activity_next(sb, chassis)) {
        struct activity_report report = {
            .last_ms = chassis->beat.since_ms,
        };

        if (!is_fresh(chassis, look, facts->now_ms)) {
            facts->known = false;
            continue;
        }
        /* What it does not say has its default. */
        ignore(sb_activity_get(sb, chassis, &wake->uuid, &report));
        facts->known_until_ms = MIN(facts->known_until_ms,
                                    chassis->received_ms);
        facts->last_ms = MAX(facts->last_ms,
                             last_seen_ms(chassis, report.last_ms));
        facts->n_connections += report.n_connections;
    }
}

static void
take_facts(const struct wake *wake, int64_t look, struct idle_facts *facts)
{
    *facts = (struct idle_facts) {
        .now_ms = time_msec(),
        .now_wall_ms = time_wall_msec(),
        .asleep = wake->state == WAKE_ASLEEP,
        .awake_since_ms = wake->idle.awake_since_ms,
        .n_flaps = wake->idle.n_flaps,
    };
    if (!facts->asleep) {
        gather(wake, look, facts);
    }
}

static bool
has_needs(const struct waker *waker)
{
    const struct nb_service *svc;

    for (svc = nb_service_first(waker->nb); svc;
         svc = nb_service_next(waker->nb, svc)) {
        if (svc->needs.n) {
            return true;
        }
    }
    return false;
}

/* One that is needed by a service that is awake, or is to be, stays awake. */
static bool
is_needed(const struct wake *wake)
{
    const struct waker *waker = wake->waker;
    const struct nb_service *svc;

    if (!waker->idle_needs) {
        return false;
    }
    for (svc = nb_service_first(waker->nb); svc;
         svc = nb_service_next(waker->nb, svc)) {
        const char *need;
        size_t i;

        SVEC_FOR_EACH (i, need, &svc->needs) {
            const struct wake *other = wake_find(waker, &svc->uuid);
            struct uuid uuid;

            if (other && other != wake && other->state != WAKE_ASLEEP
                && nb_lb_find(waker->nb, need, &uuid, NULL)
                && uuid_equals(&uuid, &wake->uuid)) {
                return true;
            }
        }
    }
    return false;
}

static const struct idle_policy *
policy_of(const struct wake *wake)
{
    static const struct idle_policy none;
    const struct nb_service *svc = nb_service_get(wake->waker->nb,
                                                  &wake->uuid);

    return svc ? &svc->policies->idle : &none;
}

/* --- Dry run --- */

static void
write_dry_saved(const struct wake *wake)
{
    char *text OWNED_STRING = idle_saved_to_text(&wake->idle.dry_saved);
    struct nb *nb = wake->waker->nb;

    nb_ticket_forget(nb, nb_write(nb, &(struct nb_change) {
        .kind = NB_SET_DRY_RUN,
        .service = wake->uuid,
        .dry_saved = text,
    }));
}

/* It would be asleep since then; what it saves is counted until somebody
 * wants it. */
static void
dry_sleep(struct wake *wake, const struct idle_facts *facts)
{
    wake->idle.dry_since_ms = facts->now_ms;
    wake->idle.dry_saved.since_wall_ms = facts->now_wall_ms;
    write_dry_saved(wake);
    VLOG_INFO_RL(&info_rl, "%s: would go to sleep now (dry run)",
                 wake->label);
}

/* What it has saved until now counts. */
static void
dry_end(struct wake *wake, long long int slept_ms)
{
    struct wake_idle *idle = &wake->idle;

    idle->dry_since_ms = 0;
    idle->dry_saved.since_wall_ms = 0;
    idle->dry_saved.saved_ms += slept_ms;
    idle->dry_saved.n_sleeps++;
    write_dry_saved(wake);
}

static void
dry_wake(struct wake *wake, const struct idle_facts *facts)
{
    struct wake_idle *idle = &wake->idle;
    long long int slept_ms = facts->now_ms - idle->dry_since_ms;
    char *slept OWNED_STRING = timefmt_duration(slept_ms);

    dry_end(wake, slept_ms);
    idle->n_flaps = idle_policy_flaps(policy_of(wake), idle->n_flaps,
                                      slept_ms);
    idle->awake_since_ms = facts->now_ms;
    char *saved OWNED_STRING = timefmt_duration(idle->dry_saved.saved_ms);
    VLOG_INFO_RL(&info_rl, "%s: would wake now, after %s asleep; %s in all "
                 "(dry run)", wake->label, slept, saved);
}

/* There is no dry run any more, or the service really sleeps. */
static void
dry_stop(struct wake *wake)
{
    if (wake->idle.dry_since_ms) {
        dry_end(wake, time_msec() - wake->idle.dry_since_ms);
    }
}

static void
run_dry(struct wake *wake, const struct idle_facts *facts)
{
    struct wake_idle *idle = &wake->idle;
    bool wanted = !facts->known
                  || facts->last_ms > idle->dry_since_ms
                  || (facts->n_connections
                      && policy_of(wake)->connections
                         == IDLE_CONNECTIONS_KEEP);

    if (!idle->dry_since_ms) {
        dry_sleep(wake, facts);
    } else if (wanted) {
        dry_wake(wake, facts);
    }
}

/* --- Decisions --- */

static void
schedule_next(struct wake *wake, const struct idle_policy *policy,
              const struct idle_facts *facts)
{
    struct wake_idle *idle = &wake->idle;
    long long int poll_ms
        = facts->now_ms + idle_policy_period_ms(policy->idle_after_ms);

    idle->next_ms = idle->decision.next_ms;
    if (!facts->asleep && idle->decision.reason > IDLE_UNUSABLE
        && idle->next_ms == LLONG_MAX) {
        idle->next_ms = poll_ms;
    }
}

static bool
may_be_decided(const struct wake *wake)
{
    return (wake->state == WAKE_AWAKE || wake->state == WAKE_ASLEEP)
           && !wake->ticket && !wake->request_ticket && !wake->look;
}

static void
decide(struct wake *wake)
{
    const struct idle_policy *policy = policy_of(wake);
    struct wake_idle *idle = &wake->idle;
    struct idle_facts facts;

    take_facts(wake, idle->look, &facts);
    idle->decision = idle_policy_decide(policy, &facts);
    idle->n_connections = facts.n_connections;
    idle->last_ms = facts.last_ms;
    schedule_next(wake, policy, &facts);
    if (idle->dry_since_ms
        || (policy->dry_run
            && idle->decision.verdict == IDLE_VERDICT_SLEEP)) {
        run_dry(wake, &facts);
    } else if (idle->decision.verdict == IDLE_VERDICT_WAKE) {
        wake_want(wake, "its schedule");
    } else if (idle->decision.verdict == IDLE_VERDICT_SLEEP
               && !is_needed(wake) && wake_may_idle(wake)) {
        idle->by_policy = true;
        idle->began_ms = facts.now_ms;
        wake_begin_idle(wake);
    }
}

/* --- From outside --- */

void
wake_idle_row_changed(struct wake *wake, const struct nb_service *svc)
{
    struct wake_idle *idle = &wake->idle;
    const struct idle_policy *policy = &svc->policies->idle;
    long long int idle_after_ms = policy->enabled ? policy->idle_after_ms : 0;

    if (idle_after_ms && idle_after_ms != idle->idle_after_ms) {
        /* Not before the chassis know what to watch. */
        idle->look = INT64_MAX;
        wake->waker->look_wanted = true;
    }
    idle->idle_after_ms = idle_after_ms;
    idle->next_ms = idle_after_ms ? 0 : LLONG_MAX;
    wake->waker->idle_dirty = true;
    if (!policy->dry_run) {
        dry_stop(wake);
    }
}

void
wake_idle_entered(struct wake *wake, enum wake_state from)
{
    struct wake_idle *idle = &wake->idle;
    long long int now_ms = time_msec();

    if (wake_state_is_wake(wake->state) && !wake_state_is_wake(from)
        && idle->began_ms) {
        idle->n_flaps = idle_policy_flaps(policy_of(wake), idle->n_flaps,
                                          now_ms - idle->began_ms);
        idle->began_ms = 0;
    }
    if (wake->state == WAKE_AWAKE) {
        idle->awake_since_ms = now_ms;
        idle->by_policy = false;
        dry_stop(wake);
    } else if (wake->state == WAKE_DRAIN && idle->by_policy) {
        idle->drain_look = 0;
    }
    if (wake->state == WAKE_AWAKE || wake->state == WAKE_ASLEEP) {
        idle->next_ms = idle->idle_after_ms ? 0 : LLONG_MAX;
        wake->waker->idle_dirty = true;
    }
}

long long int
wake_idle_drain_ms(const struct wake *wake, const struct nb_service *svc)
{
    return MAX(svc->drain_s * 1000LL, wake->idle.by_policy ? CACHES_MS : 0);
}

void
wake_idle_adopted(struct wake *wake, const struct nb_service *svc)
{
    struct wake_idle *idle = &wake->idle;
    long long int now_ms = time_msec();
    long long int age_ms = svc->since_wall_ms
                           ? time_wall_msec() - svc->since_wall_ms : 0;

    idle->dry_saved = svc->policies->dry_saved;
    if (idle->dry_saved.since_wall_ms) {
        /* Whoever counted before has ended. */
        idle->dry_since_ms = now_ms - (idle_saved_total_ms(
            &idle->dry_saved, time_wall_msec()) - idle->dry_saved.saved_ms);
    }
    wake_idle_row_changed(wake, svc);
    idle->n_flaps = svc->n_flaps;
    idle->awake_since_ms = now_ms - MAX(age_ms, 0);
    idle->by_policy = svc->idled_by_policy && svc->state == SERVICE_IDLING;
}

enum wake_input
wake_idle_poll_drain(struct wake *wake)
{
    struct wake_idle *idle = &wake->idle;
    struct idle_facts facts;

    if (!idle->by_policy || wake->dirty) {
        return IN_DRAINED;
    }
    if (!idle->drain_look) {
        idle->drain_look = sb_policy_ask_look(wake->waker->sb);
        return IN_NONE;
    }
    take_facts(wake, idle->drain_look, &facts);
    if (facts.known && facts.n_connections
        && policy_of(wake)->connections == IDLE_CONNECTIONS_KEEP) {
        VLOG_INFO_RL(&info_rl, "%s: stays awake: it has connections",
                     wake->label);
        return wake_wish(wake);
    } else if (facts.known) {
        return IN_DRAINED;
    } else if (facts.now_ms >= wake->timer_ms + LOOK_MAX_MS) {
        VLOG_WARN_RL(&warn_rl, "%s: stays awake: not all chassis have said "
                     "that it has no connections", wake->label);
        return wake_wish(wake);
    }
    return IN_NONE;
}

/* For reports, the database wakes us. */
void
wake_idle_wait_drain(const struct wake *wake)
{
    bool over = time_msec() >= wake->timer_ms;

    poll_timer_wait_until(wake->timer_ms + (over ? LOOK_MAX_MS : 0));
}

/* Looks that are asked for together are one. */
static void
ask_look(struct waker *waker)
{
    int64_t look;
    struct wake *wake;

    if (!waker->look_wanted) {
        return;
    }
    waker->look_wanted = false;
    look = sb_policy_ask_look(waker->sb);
    HMAP_FOR_EACH (wake, node, &waker->wakes) {
        if (wake->idle.look == INT64_MAX) {
            wake->idle.look = look;
        }
    }
}

void
waker_idle_run(struct waker *waker)
{
    long long int now_ms = time_msec();
    struct wake *wake;

    ask_look(waker);
    if (now_ms < waker->next_idle_ms && !waker->idle_dirty) {
        return;
    }
    if (waker->idle_dirty) {
        waker->idle_needs = has_needs(waker);
    }
    waker->idle_dirty = false;
    waker->next_idle_ms = LLONG_MAX;
    HMAP_FOR_EACH (wake, node, &waker->wakes) {
        if (now_ms >= wake->idle.next_ms && may_be_decided(wake)) {
            decide(wake);
        }
        if (wake->state == WAKE_AWAKE || wake->state == WAKE_ASLEEP) {
            waker->next_idle_ms
                = MIN(waker->next_idle_ms,
                      MAX(wake->idle.next_ms, now_ms + SCAN_MS));
        }
    }
}

void
waker_idle_wait(const struct waker *waker)
{
    if (waker->idle_dirty || waker->look_wanted) {
        poll_immediate_wake();
    } else if (waker->next_idle_ms != LLONG_MAX) {
        poll_timer_wait_until(waker->next_idle_ms);
    }
}
