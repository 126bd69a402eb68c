#include "gate.h"

#include "cleanup.h"

/* Bounds of what is remembered. */
#define TALLIES_MAX 65536
#define SOURCES_MAX 65536

/* A policy as it was parsed. */
struct gate_policy {
    struct hmap_node node; /* In struct gate's 'policies', by service. */
    struct uuid lb;
    struct admit_policy policy;
};

struct gate {
    const struct gate_ops *ops; /* Borrowed, as 'aux'. */
    void *aux;
    struct admission *admission;
    struct hmap policies;       /* Contains struct gate_policy. */
    uint64_t policies_seqno;
    struct hmap tallies;        /* Contains struct gate_tally. */
    struct ovs_list recent;     /* The same, by age. */
    uint64_t counters[N_REFUSALS];
};

struct gate *
gate_new(const struct gate_ops *ops, void *aux)
{
    struct gate *gate = xzalloc(sizeof *gate);

    gate->ops = ops;
    gate->aux = aux;
    gate->admission = admission_new(SOURCES_MAX);
    hmap_init(&gate->policies);
    hmap_init(&gate->tallies);
    ovs_list_init(&gate->recent);
    return gate;
}

static void
forget_policies(struct gate *gate)
{
    struct gate_policy *p;

    HMAP_FOR_EACH_SAFE (p, node, &gate->policies) {
        hmap_remove(&gate->policies, &p->node);
        admit_policy_uninit(&p->policy);
        free(p);
    }
}

void
gate_free(struct gate *gate)
{
    struct gate_tally *tally;

    if (gate) {
        while ((tally = gate_tally_first(gate)) != NULL) {
            gate_tally_take(gate, &tally);
        }
        forget_policies(gate);
        hmap_destroy(&gate->policies);
        hmap_destroy(&gate->tallies);
        admission_free(gate->admission);
        free(gate);
    }
}

/* --- Policies --- */

/* Parsed when the service is first asked for.  Who publishes the keys is who
 * says what is wrong with them. */
static const struct admit_policy *
find_policy(struct gate *gate, const struct uuid *lb)
{
    static const struct smap none = SMAP_INITIALIZER(&none);
    uint64_t seqno = gate->ops->seqno(gate->aux);
    struct gate_policy *p;

    if (gate->policies_seqno != seqno) {
        gate->policies_seqno = seqno;
        forget_policies(gate);
    }
    HMAP_FOR_EACH_WITH_HASH (p, node, uuid_hash(lb), &gate->policies) {
        if (uuid_equals(&p->lb, lb)) {
            return &p->policy;
        }
    }
    const struct smap *keys = gate->ops->policy(gate->aux, lb);
    p = xzalloc(sizeof *p);
    p->lb = *lb;
    admit_policy_parse(keys ? keys : &none, "", &p->policy, NULL);
    hmap_insert(&gate->policies, &p->node, uuid_hash(lb));
    return &p->policy;
}

/* --- Tallies --- */

struct gate_tally *
gate_tally_find(const struct gate *gate, const struct event *event)
{
    struct gate_tally *tally;

    HMAP_FOR_EACH_WITH_HASH (tally, by_event, event_hash(event),
                             &gate->tallies) {
        if (event_equals(&tally->event, event)) {
            return tally;
        }
    }
    return NULL;
}

struct gate_tally *
gate_tally_first(const struct gate *gate)
{
    return ovs_list_is_empty(&gate->recent)
           ? NULL
           : CONTAINER_OF(ovs_list_front(&gate->recent), struct gate_tally,
                          recent);
}

struct gate_tally *
gate_tally_next(const struct gate *gate, const struct gate_tally *tally)
{
    return tally->recent.next == &gate->recent
           ? NULL
           : CONTAINER_OF(tally->recent.next, struct gate_tally, recent);
}

void
gate_tally_take(struct gate *gate, struct gate_tally **tallyp)
{
    struct gate_tally *tally = *tallyp;

    *tallyp = NULL;
    hmap_remove(&gate->tallies, &tally->by_event);
    ovs_list_remove(&tally->recent);
    event_uninit(&tally->event);
    free(tally);
}

struct gate_tally *
gate_tally_begin(struct gate *gate, const struct event *event,
                 long long now_ms)
{
    struct gate_tally *tally = gate_tally_find(gate, event);

    if (tally && refusals_sum(tally->n)) {
        return tally;
    } else if (tally) {
        gate_tally_take(gate, &tally);
    }
    if (hmap_count(&gate->tallies) >= TALLIES_MAX) {
        struct gate_tally *oldest = gate_tally_first(gate);
        gate_tally_take(gate, &oldest);
    }
    tally = xzalloc(sizeof *tally);
    event_clone(&tally->event, event);
    tally->since_ms = now_ms;
    hmap_insert(&gate->tallies, &tally->by_event, event_hash(event));
    ovs_list_push_back(&gate->recent, &tally->recent);
    return tally;
}

static void
count(struct gate *gate, const struct event *event,
      const struct in6_addr *source, enum refusal refusal, long long now_ms)
{
    struct gate_tally *tally = gate_tally_begin(gate, event, now_ms);

    gate->counters[refusal]++;
    tally->n[refusal]++;
    tally->source = *source;
    tally->last = refusal;
}

enum refusal
gate_ask(struct gate *gate, const struct gate_question *q,
         struct in6_addr *source, long long now_ms)
{
    struct admission_question question = {
        .service = q->event->lb,
        .is_established = q->is_established,
        .is_pending = q->is_pending,
    };
    enum refusal refusal;

    opening_classify(q->packet, &question.opening);
    *source = question.opening.source;
    refusal = admission_ask(gate->admission,
                            find_policy(gate, &q->event->lb), &question,
                            now_ms);
    if (refusal) {
        count(gate, q->event, source, refusal, now_ms);
    }
    return refusal;
}

struct json *
gate_status(const struct gate *gate)
{
    struct json *json = json_object_create();

    for (size_t i = 1; i < N_REFUSALS; i++) {
        if (gate->counters[i]) {
            json_object_put(json, refusal_name(i),
                            json_integer_create(gate->counters[i]));
        }
    }
    return json;
}
