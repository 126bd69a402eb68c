/* Replays, reported: so that whoever woke the service knows when its clients
 * were served.  A report stays for a while, and then goes. */

#include "holder_private.h"
#include "sb_activity.h"

/* Longer than anybody takes to read it. */
#define REPORT_MS 15000

/* So that a crowd of wakes does not fill the chassis' row. */
#define REPORTS_MAX 512

struct replay_report {
    struct hmap_node node;   /* In struct holder_replays' 'reports'. */
    struct ovs_list by_age;
    struct uuid lb;
    long long until_ms;
};

void
holder_replays_init(struct holder_replays *r)
{
    hmap_init(&r->reports);
    ovs_list_init(&r->by_age);
}

static void
forget(struct holder_replays *r, struct replay_report *report)
{
    hmap_remove(&r->reports, &report->node);
    ovs_list_remove(&report->by_age);
    free(report);
}

void
holder_replays_uninit(struct holder_replays *r)
{
    struct replay_report *report;

    LIST_FOR_EACH_SAFE (report, by_age, &r->by_age) {
        forget(r, report);
    }
    hmap_destroy(&r->reports);
}

static struct replay_report *
oldest(const struct holder_replays *r)
{
    return ovs_list_is_empty(&r->by_age)
           ? NULL
           : CONTAINER_OF(ovs_list_front(&r->by_age), struct replay_report,
                          by_age);
}

static struct replay_report *
find(const struct holder_replays *r, const struct uuid *lb)
{
    struct replay_report *report;

    HMAP_FOR_EACH_WITH_HASH (report, node, uuid_hash(lb), &r->reports) {
        if (uuid_equals(&report->lb, lb)) {
            return report;
        }
    }
    return NULL;
}

static void
withdraw(struct holder *holder, struct replay_report *report)
{
    sb_activity_forget_replay(holder->sb, &report->lb);
    forget(&holder->replays, report);
}

void
holder_report_replay(struct holder *holder, const struct sleeper *sleeper,
                     long long now_ms)
{
    struct holder_replays *r = &holder->replays;
    const struct uuid *lb = &sleeper->event.lb;
    struct replay_report *report = find(r, lb);

    if (!sleeper->wanted) {
        return; /* It did not wake the service. */
    } else if (report) {
        forget(r, report);
    } else if (hmap_count(&r->reports) >= REPORTS_MAX) {
        withdraw(holder, oldest(r));
    }
    report = xzalloc(sizeof *report);
    report->lb = *lb;
    report->until_ms = now_ms + REPORT_MS;
    hmap_insert(&r->reports, &report->node, uuid_hash(lb));
    ovs_list_push_back(&r->by_age, &report->by_age);
    sb_activity_replayed(holder->sb, lb, &(struct activity_replay) {
        .arrived_wall_ms = sleeper->arrived_wall_ms,
        .held_ms = now_ms - sleeper->arrived_ms,
        .n_packets = sleeper->n_replayed,
    });
}

void
holder_replays_run(struct holder *holder, long long now_ms)
{
    struct replay_report *report;

    while ((report = oldest(&holder->replays)) != NULL
           && now_ms >= report->until_ms) {
        withdraw(holder, report);
    }
}

void
holder_replays_wait(const struct holder *holder)
{
    const struct replay_report *report = oldest(&holder->replays);

    if (report) {
        poll_timer_wait_until(report->until_ms);
    }
}
