/* What becomes of a sleeper's packets: its wake is asked for, they are
 * replayed once its flows are there, or refused when it is gone. */

#include "holder_private.h"

VLOG_DEFINE_THIS_MODULE(holder_look);

/* Pause between two rows written for one VIP: a row that is gone may be
 * the trace of a wake whose flows are still on their way. */
#define REQUEST_INTERVAL_MS 1000

/* How long a VIP may be unknown, Southbound and to the switch, before its
 * packets are given up: both may be learning of a change of it. */
#define VIP_GONE_GRACE_MS 2000

/* How long a VIP may have backends Southbound, and no flow on this switch
 * that triggers or balances, before its packets are replayed all the same:
 * perhaps a new OVN writes flows of a form that of_flow_classify() does not
 * know.  (A switch that is being filled with flows is HOLDER_VIP_UNKNOWN.) */
#define FLOWS_ABSENT_GRACE_MS 5000

/* How long a router's flows must have balanced before packets are replayed.
 * The switch's cache of flows follows its tables a few milliseconds later,
 * and nothing tells when: until then it may pass an answer on from under the
 * backend's own address, and the client rejects it.  It takes longer while
 * other flows change, too; then SETTLE_MAX_MS bounds the wait.  On logical
 * switches answers take the same way whether the VIP is asleep or awake. */
#define SETTLE_MS 10
#define SETTLE_MAX_MS 50

/* When to try again after a replayed packet has raised the event once more:
 * the database has been faster than the switch. */
#define STILL_ASLEEP_MS 20

/* Packets replayed for one VIP in one run. */
#define REPLAYS_PER_RUN 128

/* --- Policy --- */

static bool
parse_number(const char *s, long long max, long long *value)
{
    return s && str_to_llong(s, 10, value) && *value >= 1 && *value <= max;
}

/* Takes over what the waker says about the service in the event's row.  What
 * does not parse is as if it were not there: nobody but a waker writes it. */
static void
sleeper_read_policy(struct holder *holder, struct sleeper *sleeper,
                    const struct smap *info)
{
    struct hold_policy policy = holder->config.policy;
    long long value;

    if (parse_number(smap_get(info, "rouse-timeout"), 3600, &value)) {
        policy.timeout_ms = value * 1000;
    }
    if (parse_number(smap_get(info, "rouse-hold"), 65536, &value)) {
        policy.n_packets = value;
    }
    sleeper->on_fail_drop
        = !strcmp(smap_get_def(info, "rouse-on-fail", "reset"), "drop");
    hold_queue_set_policy(holder->hold, sleeper->queue, &policy);
}

/* --- Replaying --- */

/* True if the datapath on which 'p' waits does what its flows say. */
static bool
is_settled(struct holder *holder, struct sleeper *sleeper,
           const struct hold_packet *p, long long now_ms)
{
    if (!holder->sw->lags
        || !sb_datapath_is_router(holder->sb,
                                  hold_packet_origin(p)->datapath)) {
        return true;
    }
    sleeper->open_ms = MIN(sleeper->open_ms, now_ms);
    long long settled_ms = MAX(sleeper->open_ms,
                               MIN(holder->flows_changed_ms,
                                   sleeper->open_ms + SETTLE_MAX_MS))
                           + SETTLE_MS;
    if (now_ms >= settled_ms) {
        return true;
    }
    sleeper_check_at(holder, sleeper, settled_ms);
    return false;
}

static enum holder_vip
vip_state(const struct holder *holder, const struct sleeper *sleeper,
          const struct hold_packet *p)
{
    return holder->sw->vip_state(holder->sw_aux,
                                 hold_packet_origin(p)->datapath,
                                 &sleeper->event, &sleeper->vip);
}

/* True if 'p' may go: its datapath's flows balance, or there have been none
 * for long enough. */
static bool
may_replay(struct holder *holder, struct sleeper *sleeper,
           const struct hold_packet *p, long long now_ms)
{
    switch (vip_state(holder, sleeper, p)) {
    case HOLDER_VIP_OPEN:
    case HOLDER_VIP_AWAKE:
        sleeper->absent_ms = LLONG_MAX;
        return is_settled(holder, sleeper, p, now_ms);
    case HOLDER_VIP_ABSENT:
        sleeper->absent_ms = MIN(sleeper->absent_ms, now_ms);
        if (now_ms >= sleeper->absent_ms + FLOWS_ABSENT_GRACE_MS) {
            return true;
        }
        sleeper_check_at(holder, sleeper,
                         sleeper->absent_ms + FLOWS_ABSENT_GRACE_MS);
        return false;
    case HOLDER_VIP_ASLEEP:
    case HOLDER_VIP_UNKNOWN:
    default:
        sleeper->absent_ms = LLONG_MAX;
        return false;
    }
}

/* False if 'p' has to stay. */
static bool
replay_one(struct holder *holder, struct sleeper *sleeper,
           struct hold_packet *p)
{
    enum holder_replayed result = holder->sw->replay(
        holder->sw_aux, hold_packet_bytes(p), hold_packet_origin(p));

    if (result == HOLDER_STILL_ASLEEP) {
        return false;
    } else if (result == HOLDER_REPLAYED) {
        holder->custody->sent++;
        sleeper->n_replayed++;
    } else {
        holder->custody->dropped[DROP_NO_SWITCH]++;
    }
    dp_packet_delete(hold_packet_steal(holder->hold, &p));
    return true;
}

static void
replay(struct holder *holder, struct sleeper *sleeper, long long now_ms)
{
    struct hold_packet *p = hold_packet_first(sleeper->queue);
    long long since_ms = p ? hold_packet_arrived_ms(p) : now_ms;
    size_t n = 0;

    while (p) {
        struct hold_packet *next = hold_packet_next(sleeper->queue, p);

        if (may_replay(holder, sleeper, p, now_ms)) {
            if (n++ >= REPLAYS_PER_RUN) {
                sleeper_mark(holder, sleeper);
                return;
            }
            if (!replay_one(holder, sleeper, p)) {
                sleeper_check_at(holder, sleeper, now_ms + STILL_ASLEEP_MS);
                return;
            }
        }
        p = next;
    }
    if (n) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 100);
        VLOG_INFO_RL(&rl, "%s: awake after %lld ms, %" PRIuSIZE
                     " packets replayed", hold_queue_key(sleeper->queue),
                     now_ms - since_ms, n);
    }
    if (sleeper->n_replayed && !hold_queue_n_packets(sleeper->queue)) {
        holder_report_replay(holder, sleeper, now_ms);
    }
}

/* --- Looking at a sleeper --- */

/* Sees to it that there is a row for the sleeper's event. */
static void
request_wake(struct holder *holder, struct sleeper *sleeper,
             long long now_ms)
{
    sleeper->open_ms = LLONG_MAX;
    if (!sleeper->wanted) {
        return;
    }
    if (sb_event_find_admitted(holder->sb, &sleeper->event)
        || sb_event_is_pending(holder->sb, &sleeper->event, false)) {
        sleeper->requested_ms = now_ms;
    } else if (now_ms >= sleeper->requested_ms + REQUEST_INTERVAL_MS) {
        holder_insert_row(holder, sleeper);
        sleeper->requested_ms = now_ms;
    } else {
        sleeper_check_at(holder, sleeper,
                         sleeper->requested_ms + REQUEST_INTERVAL_MS);
    }
}

/* Nothing knows of the VIP: after a while, its clients are refused. */
static void
look_if_gone(struct holder *holder, struct sleeper *sleeper, long long now_ms)
{
    sleeper->gone_ms = MIN(sleeper->gone_ms, now_ms);
    if (now_ms < sleeper->gone_ms + VIP_GONE_GRACE_MS) {
        sleeper_check_at(holder, sleeper,
                         sleeper->gone_ms + VIP_GONE_GRACE_MS);
    } else {
        VLOG_INFO("%s: the VIP was removed, refusing its clients",
                  hold_queue_key(sleeper->queue));
        sleeper_refuse_all(holder, sleeper, DROP_VIP_GONE);
    }
}

/* The VIP has no Southbound row: ovn-northd makes one only for a load balancer
 * on a switch, so one on routers alone is known by its flows.  Or it is gone,
 * and then nothing triggers or balances any more. */
static void
look_at_flows(struct holder *holder, struct sleeper *sleeper,
              long long now_ms)
{
    bool seen[HOLDER_VIP_AWAKE + 1] = { false };
    const struct hold_packet *p;

    for (p = hold_packet_first(sleeper->queue); p;
         p = hold_packet_next(sleeper->queue, p)) {
        seen[vip_state(holder, sleeper, p)] = true;
    }
    if (seen[HOLDER_VIP_ASLEEP]) {
        request_wake(holder, sleeper, now_ms);
    }
    if (seen[HOLDER_VIP_AWAKE]) {
        replay(holder, sleeper, now_ms);
    }
    if (seen[HOLDER_VIP_ASLEEP] || seen[HOLDER_VIP_AWAKE]
        || seen[HOLDER_VIP_UNKNOWN]) {
        sleeper->gone_ms = LLONG_MAX;
    } else {
        look_if_gone(holder, sleeper, now_ms);
    }
}

/* None of the backends is online.  Soon after a wake that is so until the
 * first check, and nothing is to be asked for; but where the flows still raise
 * the event, it is because of the checks.  (ovn-northd's never do: there an
 * event that lingers is from before the wake.) */
static void
look_at_health(struct holder *holder, struct sleeper *sleeper,
               long long now_ms)
{
    const struct hold_packet *p = hold_packet_first(sleeper->queue);

    sleeper->gone_ms = sleeper->absent_ms = LLONG_MAX;
    if (holder->sw->backends_tell
        && vip_state(holder, sleeper, p) == HOLDER_VIP_ASLEEP) {
        request_wake(holder, sleeper, now_ms);
    }
}

enum sb_vip_state
holder_backends_state(const struct holder *holder, const struct event *event)
{
    return holder->sw->backends
           ? holder->sw->backends(holder->sw_aux, event)
           : sb_vip_state(holder->sb, event);
}

void
sleeper_look(struct holder *holder, struct sleeper *sleeper,
             long long now_ms)
{
    const struct sb_event *row = sb_event_find_admitted(holder->sb,
                                                        &sleeper->event);

    if (!hold_queue_n_packets(sleeper->queue)) {
        /* Nobody waits any more, which is no reason to wake anything. */
        sleeper_end(holder, sleeper, now_ms);
        return;
    }
    sleeper->check_ms = LLONG_MAX;
    if (row) {
        sleeper_read_policy(holder, sleeper, &row->info);
    }
    enum sb_vip_state state = holder_backends_state(holder, &sleeper->event);
    sleeper->known |= state != SB_VIP_UNKNOWN;
    switch (state) {
    case SB_VIP_UNKNOWN:
        if (sleeper->known && holder->sw->backends_tell) {
            look_if_gone(holder, sleeper, now_ms);
        } else {
            look_at_flows(holder, sleeper, now_ms);
        }
        break;
    case SB_VIP_EMPTY:
        sleeper->gone_ms = sleeper->absent_ms = LLONG_MAX;
        request_wake(holder, sleeper, now_ms);
        break;
    case SB_VIP_UNHEALTHY:
        look_at_health(holder, sleeper, now_ms);
        break;
    case SB_VIP_READY:
        sleeper->gone_ms = LLONG_MAX;
        replay(holder, sleeper, now_ms);
        break;
    }
    if (!hold_queue_n_packets(sleeper->queue)) {
        sleeper_end(holder, sleeper, now_ms);
    }
}
