#include "holder.h"

#include "holder_private.h"
#include "refuse.h"
#include "segment.h"

VLOG_DEFINE_THIS_MODULE(holder);

/* How long a packet that wakes nobody is held (see is_kept()).  One of a
 * connection that goes on, perhaps, may be what turns idling round, which the
 * waker knows. */
#define ONGOING_MS 3000

struct holder *
holder_new(const struct holder_config *config,
           const struct holder_switch *sw, void *sw_aux, struct sb *sb,
           struct custody *custody)
{
    struct holder *holder = xzalloc(sizeof *holder);

    holder->config = *config;
    holder->sw = sw;
    holder->sw_aux = sw_aux;
    holder->sb = sb;
    holder->custody = custody;
    holder->hold = hold_new(&hold_limits_default, custody);
    holder_follow_limits(holder);
    holder->gate = gate_new(&holder_gate_ops, holder);
    holder_replays_init(&holder->replays);
    hmap_init(&holder->sleepers);
    hmap_init(&holder->vips);
    ovs_list_init(&holder->dirty);
    holder->tell_ms = holder->next_check_ms = LLONG_MAX;
    return holder;
}

/* --- Sleepers --- */

static struct sleeper *
sleeper_find(const struct holder *holder, const struct event *event)
{
    struct sleeper *sleeper;

    HMAP_FOR_EACH_WITH_HASH (sleeper, by_event, event_hash(event),
                             &holder->sleepers) {
        if (event_equals(&sleeper->event, event)) {
            return sleeper;
        }
    }
    return NULL;
}

void
sleeper_mark(struct holder *holder, struct sleeper *sleeper)
{
    if (ovs_list_is_empty(&sleeper->dirty)) {
        ovs_list_push_back(&holder->dirty, &sleeper->dirty);
    }
}

bool
holder_is_held(const struct holder *holder, const struct event *event)
{
    return sleeper_find(holder, event) != NULL;
}

static struct sleeper *
sleeper_new(struct holder *holder, const struct event *event)
{
    struct endpoint vip;

    if (!endpoint_parse(event->vip, &vip)) {
        return NULL;
    }
    struct hold_policy policy = {
        .n_packets = holder->config.policy.n_packets,
        .timeout_ms = MIN(holder->config.policy.timeout_ms, ONGOING_MS),
    };
    struct sleeper *sleeper = xzalloc(sizeof *sleeper);
    char *key = xasprintf("%s %s " UUID_FMT, event->protocol, event->vip,
                          UUID_ARGS(&event->lb));

    event_clone(&sleeper->event, event);
    sleeper->vip = vip;
    sleeper->queue = hold_queue_new(holder->hold, key, sleeper, &policy);
    sleeper->requested_ms = LLONG_MIN / 2;
    sleeper->gone_ms = sleeper->absent_ms = LLONG_MAX;
    sleeper->open_ms = sleeper->check_ms = LLONG_MAX;
    ovs_list_init(&sleeper->dirty);
    hmap_insert(&holder->sleepers, &sleeper->by_event, event_hash(event));
    hmap_insert(&holder->vips, &sleeper->by_vip, endpoint_hash(&vip, 0));
    free(key);
    return sleeper;
}

/* True if a sleeper is about 'vip', of whatever load balancer: those of other
 * logical networks may have the same addresses. */
static bool
vip_is_held(const struct holder *holder, const struct endpoint *vip,
            const char *protocol)
{
    const struct sleeper *sleeper;

    HMAP_FOR_EACH_WITH_HASH (sleeper, by_vip, endpoint_hash(vip, 0),
                             &holder->vips) {
        if (endpoint_equals(&sleeper->vip, vip)
            && !strcmp(sleeper->event.protocol, protocol)) {
            return true;
        }
    }
    return false;
}

static void
sleeper_free(struct holder *holder, struct sleeper *sleeper,
             enum drop_reason reason)
{
    hmap_remove(&holder->sleepers, &sleeper->by_event);
    hmap_remove(&holder->vips, &sleeper->by_vip);
    if (!vip_is_held(holder, &sleeper->vip, sleeper->event.protocol)) {
        holder->sw->vip_forget(holder->sw_aux, &sleeper->vip,
                               sleeper->event.protocol);
    }
    hold_queue_take(holder->hold, &sleeper->queue, reason);
    ovs_list_remove(&sleeper->dirty);
    event_uninit(&sleeper->event);
    free(sleeper);
}

/* None of its packets waits any more: rows of others that are still on their
 * way mean nothing. */
void
sleeper_end(struct holder *holder, struct sleeper *sleeper, long long now_ms)
{
    holder_remember_end(holder, &sleeper->event, now_ms);
    sleeper_free(holder, sleeper, DROP_SHUTDOWN);
}

void
holder_free(struct holder *holder)
{
    struct sleeper *sleeper;

    if (!holder) {
        return;
    }
    HMAP_FOR_EACH_SAFE (sleeper, by_event, &holder->sleepers) {
        sleeper_free(holder, sleeper, DROP_SHUTDOWN);
    }
    hmap_destroy(&holder->sleepers);
    hmap_destroy(&holder->vips);
    hold_free(holder->hold);
    gate_free(holder->gate);
    holder_replays_uninit(&holder->replays);
    free(holder);
}

/* Looks at the sleeper again at 'when_ms'. */
void
sleeper_check_at(struct holder *holder, struct sleeper *sleeper,
                 long long when_ms)
{
    sleeper->check_ms = MIN(sleeper->check_ms, when_ms);
    holder->next_check_ms = MIN(holder->next_check_ms, when_ms);
}

/* --- Refusing --- */

static void
refuse(struct holder *holder, struct hold_packet *p, bool silently,
       enum drop_reason reason)
{
    struct hold_origin origin = *hold_packet_origin(p);
    struct dp_packet *packet = hold_packet_steal(holder->hold, &p);
    struct dp_packet *answer = silently ? NULL : refuse_compose(packet);

    if (!answer) {
        holder->custody->dropped[reason]++;
    } else {
        holder->custody->injected++;
        if (holder->sw->answer(holder->sw_aux, answer, &origin)) {
            holder->custody->consumed++;
            holder->custody->sent++;
        } else {
            holder->custody->dropped[reason]++;
            holder->custody->dropped[DROP_NO_SWITCH]++;
        }
    }
    dp_packet_delete(answer);
    dp_packet_delete(packet);
}

void
sleeper_refuse_all(struct holder *holder, struct sleeper *sleeper,
                   enum drop_reason reason)
{
    struct hold_packet *p;

    while ((p = hold_packet_first(sleeper->queue)) != NULL) {
        refuse(holder, p, sleeper->on_fail_drop, reason);
    }
}

/* --- Running --- */

/* Whether a packet that wakes nobody is kept.  A VIP that has backends needs
 * no wake: a switch that lags raised the event, and all that comes meanwhile
 * goes on to where it belongs, the end of a connection, too. */
static bool
is_kept(const struct holder *holder, const struct event *event,
        enum refusal refusal)
{
    return (refusal == REFUSAL_NOT_OPENING && holder->sw->others_write)
           || holder_backends_state(holder, event) == SB_VIP_READY;
}

static void
take_arrival(struct holder *holder, struct holder_arrival *in,
             long long now_ms)
{
    struct sleeper *sleeper = sleeper_find(holder, &in->event);
    struct in6_addr source;
    struct segment unused;

    /* What is cut off says neither who sent it nor what it begins. */
    if (!segment_from_packet(in->packet, &unused)) {
        holder->custody->dropped[DROP_TRUNCATED]++;
        return;
    }

    enum refusal refusal = gate_ask(holder->gate, &(struct gate_question) {
        .event = &in->event,
        .packet = in->packet,
        .is_established = in->is_established,
        .is_pending = sleeper && sleeper->wanted,
    }, &source, now_ms);

    if (refusal) {
        holder_mark_refused(holder, &in->event, now_ms);
        if (!is_kept(holder, &in->event, refusal)) {
            holder->custody->dropped[DROP_NOT_ADMITTED]++;
            return;
        }
    }
    if (!sleeper) {
        sleeper = sleeper_new(holder, &in->event);
        if (!sleeper) {
            holder->custody->dropped[DROP_BAD_METADATA]++;
            return;
        }
    }
    if (!refusal && !sleeper->wanted) {
        sleeper->wanted = true;
        sleeper->source = source;
        sleeper->arrived_ms = now_ms;
        sleeper->arrived_wall_ms = time_wall_msec();
        hold_queue_set_policy(holder->hold, sleeper->queue,
                              &holder->config.policy);
    }
    if (holder->sw->admitted) {
        holder->sw->admitted(holder->sw_aux, in);
    }
    hold_park(holder->hold, sleeper->queue, &in->packet, &in->origin, now_ms);
    sleeper_mark(holder, sleeper);
}

static void
take_arrivals(struct holder *holder, long long now_ms)
{
    struct holder_arrival in;

    while (holder->sw->next(holder->sw_aux, &in)) {
        take_arrival(holder, &in, now_ms);
        dp_packet_delete(in.packet);
        event_uninit(&in.event);
    }
}

/* Marks what must be looked at because of what changed around it. */
static void
mark_changed(struct holder *holder, long long now_ms)
{
    uint64_t switch_now = holder->sw->seqno(holder->sw_aux);
    uint64_t backends_now = sb_backends_seqno(holder->sb);
    bool all = holder->switch_seqno != switch_now
               || holder->backends_seqno != backends_now
               || sb_events_changed(holder->sb);
    struct sleeper *sleeper;

    if (holder->switch_seqno != switch_now) {
        holder->switch_seqno = switch_now;
        holder->flows_changed_ms = now_ms;
    }
    holder->backends_seqno = backends_now;
    if (!all && now_ms < holder->next_check_ms) {
        return;
    }
    holder->next_check_ms = LLONG_MAX;
    HMAP_FOR_EACH (sleeper, by_event, &holder->sleepers) {
        if (all || now_ms >= sleeper->check_ms) {
            sleeper_mark(holder, sleeper);
        } else {
            holder->next_check_ms = MIN(holder->next_check_ms,
                                        sleeper->check_ms);
        }
    }
}

static void
expire(struct holder *holder, long long now_ms)
{
    struct hold_packet *p;

    while ((p = hold_packet_expired(holder->hold, now_ms)) != NULL) {
        struct sleeper *sleeper = hold_queue_owner(hold_packet_queue(p));

        refuse(holder, p, sleeper->on_fail_drop || !sleeper->wanted,
               sleeper->wanted ? DROP_DEADLINE : DROP_NOT_ADMITTED);
        sleeper_mark(holder, sleeper);
    }
}

void
holder_run(struct holder *holder, long long now_ms)
{
    take_arrivals(holder, now_ms);
    expire(holder, now_ms);
    if (!sb_is_ready(holder->sb)) {
        return;
    }
    holder_follow_limits(holder);
    holder_replays_run(holder, now_ms);
    mark_changed(holder, now_ms);
    if (holder->sw->others_write) {
        holder_refused_run(holder, now_ms);
    }

    struct ovs_list now_dirty;
    struct sleeper *sleeper;
    ovs_list_move(&now_dirty, &holder->dirty);
    ovs_list_init(&holder->dirty);
    LIST_FOR_EACH_POP (sleeper, dirty, &now_dirty) {
        ovs_list_init(&sleeper->dirty);
        sleeper_look(holder, sleeper, now_ms);
    }
}

void
holder_wait(struct holder *holder)
{
    long long deadline = hold_next_deadline(holder->hold);

    if (deadline != LLONG_MAX) {
        poll_timer_wait_until(deadline);
    }
    if (holder->next_check_ms != LLONG_MAX) {
        poll_timer_wait_until(holder->next_check_ms);
    }
    holder_replays_wait(holder);
    holder_refused_wait(holder);
    if (!ovs_list_is_empty(&holder->dirty) && sb_is_ready(holder->sb)) {
        poll_immediate_wake();
    }
}

struct json *
holder_held(const struct holder *holder, long long now_ms)
{
    struct json *held = json_array_create_empty();
    const struct sleeper *sleeper;

    HMAP_FOR_EACH (sleeper, by_event, &holder->sleepers) {
        const struct hold_packet *first = hold_packet_first(sleeper->queue);
        struct json *row = json_object_create();

        json_object_put_string(row, "vip", sleeper->event.vip);
        json_object_put_string(row, "protocol", sleeper->event.protocol);
        json_object_put_format(row, "load_balancer", UUID_FMT,
                               UUID_ARGS(&sleeper->event.lb));
        json_object_put(row, "packets",
                        json_integer_create(
                            hold_queue_n_packets(sleeper->queue)));
        json_object_put(row, "bytes",
                        json_integer_create(
                            hold_queue_n_bytes(sleeper->queue)));
        json_object_put(row, "oldest_ms",
                        json_integer_create(
                            first ? now_ms - hold_packet_arrived_ms(first)
                                  : 0));
        json_array_add(held, row);
    }
    return held;
}
