#include "probe.h"

#include "probe_packet.h"

/* Ports that probes come from: those that clients take last. */
#define PORT_MIN 1024
#define PORT_MAX 32767

/* SYNs of one probe that may still be answered. */
#define MAX_SHOTS 16

/* SYNs that are sent at a time, where there are several backends: so many for
 * each, since which one a SYN meets is a matter of chance. */
#define MAX_BURST 8
#define SYNS_PER_BACKEND 3

/* SYNs without an answer that mean silence, where probes take turns. */
#define MIN_SILENT_SYNS 4

/* SYNs of all probes in one run.  Less than the frames that are taken in at a
 * time: questions must not come faster than their answers are read, or else
 * the answers are late, are asked for again, and are lost in the end. */
#define MAX_RUN_SYNS 32

enum state {
    STATE_IDLE,
    STATE_ASKING,
    STATE_DONE,
};

/* A SYN that was sent. */
struct shot {
    struct hmap_node node; /* In struct probes's 'shots', by port; if sent. */
    struct probe *probe;
    uint16_t sport;
    uint32_t seq;
    bool sent;
    bool end;              /* Has been answered: a RST is due. */
};

struct probe {
    struct hmap_node node; /* In struct probes's 'probes', by event. */
    struct ovs_list asking_node; /* In 'asking', in STATE_ASKING. */
    struct event event;
    struct endpoint vip;
    bool has_path;         /* There is a sample: the next two are set. */
    struct probe_path path;
    struct hold_origin origin;

    enum state state;
    size_t n_backends;     /* To be heard from. */
    uint64_t asleep_generation; /* Of flows with which there were none. */
    long long started_ms;  /* When the first SYN was sent; or LLONG_MAX. */
    long long first_ms;    /* Of the first answer, or LLONG_MAX. */
    long long next_ms;     /* When to send again. */
    long long interval_ms;
    size_t n_sent;         /* SYNs. */
    bool heard;            /* An answer or a refusal. */
    struct endpoints answered;
    struct shot shots[MAX_SHOTS];
    size_t next_shot;
};

struct probes {
    const struct probes_ops *ops;
    void *aux;
    struct hmap probes;   /* Contains "struct probe"s. */
    struct hmap shots;    /* Contains "struct shot"s. */
    struct ovs_list asking; /* Probes in STATE_ASKING: whose turn was the
                             * longest ago comes first. */
    bool ends_due;        /* A shot has 'end'. */
    uint64_t seqno;
    uint64_t n_sent, n_answered, n_refused, n_silent;
};

struct probes *
probes_new(const struct probes_ops *ops, void *aux)
{
    struct probes *ps = xzalloc(sizeof *ps);

    ps->ops = ops;
    ps->aux = aux;
    hmap_init(&ps->probes);
    hmap_init(&ps->shots);
    ovs_list_init(&ps->asking);
    return ps;
}

static void
shot_forget(struct probes *ps, struct shot *shot)
{
    if (shot->sent) {
        hmap_remove(&ps->shots, &shot->node);
        shot->sent = shot->end = false;
    }
}

static void
set_state(struct probes *ps, struct probe *p, enum state state)
{
    if (p->state == STATE_ASKING) {
        ovs_list_remove(&p->asking_node);
    }
    if (state == STATE_ASKING) {
        ovs_list_push_back(&ps->asking, &p->asking_node);
    }
    p->state = state;
}

static void
probe_free(struct probes *ps, struct probe *p)
{
    for (size_t i = 0; i < MAX_SHOTS; i++) {
        shot_forget(ps, &p->shots[i]);
    }
    set_state(ps, p, STATE_IDLE);
    hmap_remove(&ps->probes, &p->node);
    endpoints_uninit(&p->answered);
    event_uninit(&p->event);
    free(p);
}

void
probes_free(struct probes *ps)
{
    struct probe *p;

    if (ps) {
        HMAP_FOR_EACH_SAFE (p, node, &ps->probes) {
            probe_free(ps, p);
        }
        hmap_destroy(&ps->probes);
        hmap_destroy(&ps->shots);
        free(ps);
    }
}

static struct probe *
find_probe(const struct probes *ps, const struct event *event)
{
    struct probe *p;

    HMAP_FOR_EACH_WITH_HASH (p, node, event_hash(event), &ps->probes) {
        if (event_equals(&p->event, event)) {
            return p;
        }
    }
    return NULL;
}

static struct probe *
probe_new(struct probes *ps, const struct event *event,
          const struct endpoint *vip)
{
    struct probe *p = xzalloc(sizeof *p);

    event_clone(&p->event, event);
    p->vip = *vip;
    hmap_insert(&ps->probes, &p->node, event_hash(event));
    return p;
}

void
probes_raised(struct probes *ps, const struct event *event,
              struct dp_packet *packet, const struct hold_origin *origin,
              uint64_t generation)
{
    struct probe *p = find_probe(ps, event);
    struct endpoint vip;

    if (!p) {
        if (!endpoint_parse(event->vip, &vip)) {
            return;
        }
        p = probe_new(ps, event, &vip);
    }
    if (!p->has_path && !strcmp(event->protocol, "tcp")) {
        p->has_path = probe_path_from_packet(packet, &p->path);
        p->origin = *origin;
    }
    if (p->asleep_generation != generation || p->state != STATE_IDLE) {
        p->asleep_generation = generation;
        set_state(ps, p, STATE_IDLE);
        ps->seqno++;
    }
}

void
probes_forget(struct probes *ps, const struct endpoint *vip,
              const char *protocol)
{
    struct probe *p;

    HMAP_FOR_EACH_SAFE (p, node, &ps->probes) {
        if (endpoint_equals(&p->vip, vip)
            && !strcmp(p->event.protocol, protocol)) {
            probe_free(ps, p);
        }
    }
}

/* --- Asking --- */

static void
start(struct probes *ps, struct probe *p, size_t n_backends,
      long long now_ms)
{
    set_state(ps, p, p->has_path ? STATE_ASKING : STATE_DONE);
    p->n_backends = MAX(n_backends, 1);
    p->next_ms = now_ms;
    p->started_ms = p->first_ms = LLONG_MAX;
    p->interval_ms = PROBE_INTERVAL_MIN_MS;
    p->n_sent = 0;
    p->heard = false;
    p->answered.n = 0;
}

enum probe_answer
probes_ask(struct probes *ps, const struct event *event, size_t n_backends,
           uint64_t generation, long long now_ms)
{
    struct probe *p = find_probe(ps, event);

    if (!p) {
        return PROBE_ANSWERED;
    }
    if (p->asleep_generation == generation) {
        return PROBE_ASLEEP;
    }
    if (p->state == STATE_IDLE) {
        start(ps, p, n_backends, now_ms);
    }
    return p->state == STATE_DONE ? PROBE_ANSWERED : PROBE_WAITING;
}

void
probes_reset(struct probes *ps, const struct event *event)
{
    struct probe *p = find_probe(ps, event);

    if (p) {
        set_state(ps, p, STATE_IDLE);
    }
}

static void
done(struct probes *ps, struct probe *p)
{
    set_state(ps, p, STATE_DONE);
    ps->seqno++;
}

/* --- Sending --- */

static bool
port_is_used(const struct probes *ps, uint16_t port)
{
    return hmap_first_with_hash(&ps->shots, hash_int(port, 0)) != NULL;
}

static struct shot *
new_shot(struct probes *ps, struct probe *p)
{
    struct shot *shot = &p->shots[p->next_shot++ % MAX_SHOTS];

    shot_forget(ps, shot);
    shot->probe = p;
    shot->seq = random_uint32();
    do {
        shot->sport = PORT_MIN + random_range(PORT_MAX - PORT_MIN);
    } while (port_is_used(ps, shot->sport)
             && hmap_count(&ps->shots) < (PORT_MAX - PORT_MIN) / 2);
    shot->sent = true;
    hmap_insert(&ps->shots, &shot->node, hash_int(shot->sport, 0));
    return shot;
}

static void
send_syn(struct probes *ps, struct probe *p)
{
    struct shot *shot = new_shot(ps, p);
    struct dp_packet *packet = probe_compose(&p->path, shot->sport, shot->seq,
                                             TCP_SYN);

    ps->n_sent++;
    p->n_sent++;
    ps->ops->inject(ps->aux, &packet, &p->origin);
    if (p->state != STATE_ASKING) {
        shot_forget(ps, shot);
    }
}

/* Whether no more is to be waited for; 'p' is done then.
 *
 * A VIP without a port has all of them: that the sample's is refused says
 * nothing of the port that others ask for, and they must not wait for it. */
static bool
is_over(struct probes *ps, struct probe *p, long long now_ms)
{
    if (p->first_ms != LLONG_MAX && now_ms >= p->first_ms + PROBE_GRACE_MS) {
        done(ps, p);
    } else if ((!p->heard || !p->vip.port) && p->n_sent >= MIN_SILENT_SYNS
               && now_ms >= p->started_ms + PROBE_SILENCE_MS) {
        ps->n_silent++;
        done(ps, p);
    }
    return p->state != STATE_ASKING;
}

/* How many SYNs were sent. */
static size_t
send_due(struct probes *ps, struct probe *p, long long now_ms)
{
    size_t n_left = p->n_backends - MIN(p->n_backends, p->answered.n);
    size_t n_syns = p->n_backends > 1 ? n_left * SYNS_PER_BACKEND : n_left;
    size_t n = 0;

    p->started_ms = MIN(p->started_ms, now_ms);
    /* Quickly at first, when a program is about to listen. */
    if (now_ms >= p->started_ms + 20 * p->interval_ms) {
        p->interval_ms = MIN(p->interval_ms * 2, PROBE_INTERVAL_MAX_MS);
    }
    p->next_ms = now_ms + p->interval_ms;
    ovs_list_remove(&p->asking_node);
    ovs_list_push_back(&ps->asking, &p->asking_node);
    while (n < MIN(n_syns, MAX_BURST) && p->state == STATE_ASKING) {
        send_syn(ps, p);
        n++;
    }
    return n;
}

/* Ends connections that have begun; the backend would answer for minutes. */
static void
send_ends(struct probes *ps)
{
    struct shot *shot;

    if (!ps->ends_due) {
        return;
    }
    ps->ends_due = false;
    HMAP_FOR_EACH_SAFE (shot, node, &ps->shots) {
        if (shot->end) {
            struct dp_packet *packet = probe_compose(
                &shot->probe->path, shot->sport, shot->seq + 1, TCP_RST);

            ps->ops->inject(ps->aux, &packet, &shot->probe->origin);
            shot_forget(ps, shot);
        }
    }
}

static struct probe *
next_due(const struct probes *ps, long long now_ms)
{
    struct probe *p;

    LIST_FOR_EACH (p, asking_node, &ps->asking) {
        if (now_ms >= p->next_ms) {
            return p;
        }
    }
    return NULL;
}

void
probes_run(struct probes *ps, long long now_ms)
{
    size_t n_sent = 0;
    struct probe *p;

    send_ends(ps);
    while (n_sent < MAX_RUN_SYNS && (p = next_due(ps, now_ms)) != NULL) {
        if (!is_over(ps, p, now_ms)) {
            n_sent += send_due(ps, p, now_ms);
        }
    }
}

void
probes_wait(struct probes *ps)
{
    long long next_ms = LLONG_MAX;
    const struct probe *p;

    LIST_FOR_EACH (p, asking_node, &ps->asking) {
        next_ms = MIN(next_ms, p->next_ms);
    }
    if (next_ms != LLONG_MAX) {
        poll_timer_wait_until(next_ms);
    }
    if (ps->ends_due) {
        poll_immediate_wake();
    }
}

/* --- Answers --- */

static struct shot *
find_shot(const struct probes *ps, const struct probe_reply *reply)
{
    struct shot *shot;

    HMAP_FOR_EACH_WITH_HASH (shot, node, hash_int(reply->dport, 0),
                             &ps->shots) {
        if (shot->sport == reply->dport && shot->seq + 1 == reply->ack) {
            return shot;
        }
    }
    return NULL;
}

static void
note_answer(struct probes *ps, struct probe *p,
            const struct probe_reply *reply, long long now_ms)
{
    struct endpoint from = { .addr = reply->src, .port = reply->sport };

    for (size_t i = 0; i < p->answered.n; i++) {
        if (endpoint_equals(&p->answered.list[i], &from)) {
            return;
        }
    }
    p->answered.list = xrealloc(p->answered.list,
                                (p->answered.n + 1)
                                * sizeof *p->answered.list);
    p->answered.list[p->answered.n++] = from;
    p->first_ms = MIN(p->first_ms, now_ms);
    if (p->answered.n >= p->n_backends && p->state == STATE_ASKING) {
        done(ps, p);
    }
}

bool
probes_intercept(struct probes *ps, const struct dp_packet *packet,
                 long long now_ms)
{
    struct probe_reply reply;

    if (hmap_is_empty(&ps->shots)
        || !probe_reply_from_packet(packet, &reply)) {
        return false;
    }
    struct shot *shot = find_shot(ps, &reply);
    if (!shot) {
        return false;
    }
    struct probe *p = shot->probe;
    p->heard = true;
    if (reply.refused) {
        ps->n_refused++;
        shot_forget(ps, shot);
    } else {
        ps->n_answered++;
        shot->end = ps->ends_due = true;
        note_answer(ps, p, &reply, now_ms);
    }
    return true;
}

uint64_t
probes_seqno(const struct probes *ps)
{
    return ps->seqno;
}

struct json *
probes_status(const struct probes *ps)
{
    struct json *json = json_object_create();

    json_object_put(json, "sent", json_integer_create(ps->n_sent));
    json_object_put(json, "answered", json_integer_create(ps->n_answered));
    json_object_put(json, "refused", json_integer_create(ps->n_refused));
    json_object_put(json, "silent", json_integer_create(ps->n_silent));
    json_object_put(json, "open", json_integer_create(
                                      hmap_count(&ps->probes)));
    return json;
}
