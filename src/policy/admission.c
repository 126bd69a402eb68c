#include "admission.h"

/* Wakes that are left: filled up at a steady rate, 'n' of it at most. */
struct bucket {
    bool used;          /* Unused ones are full. */
    double level;
    long long filled_ms;
};

/* Of a service (no source) or of a pair of service and source. */
struct record {
    struct hmap_node node;  /* In struct table's 'records', by key. */
    struct ovs_list recent; /* In struct table's 'recent'. */
    struct uuid service;
    struct in6_addr source; /* All zeros: of the service. */
    struct bucket bucket;
    unsigned int n_packets; /* Since... */
    long long since_ms;     /* ...then: for rouse-wake-after. */
};

struct table {
    size_t max;
    struct hmap records;    /* Contains struct record. */
    struct ovs_list recent; /* The same, the latest asked about last. */
};

struct admission {
    struct table services;
    struct table sources;
};

static const struct {
    const char *name;
    const char *text;
} refusals[N_REFUSALS] = {
    [REFUSAL_NONE] = { "none", "it may wake the service" },
#define REFUSAL(NAME, TEXT, WHY) [REFUSAL_##NAME] = { TEXT, WHY },
#include "refusals.def"
#undef REFUSAL
};

const char *
refusal_name(enum refusal refusal)
{
    return refusals[refusal].name;
}

const char *
refusal_text(enum refusal refusal)
{
    return refusals[refusal].text;
}

enum refusal
refusal_from_name(const char *name)
{
    for (size_t i = 1; i < N_REFUSALS; i++) {
        if (!strcmp(refusals[i].name, name)) {
            return i;
        }
    }
    return REFUSAL_NONE;
}

char *
refusals_format(const uint64_t n[N_REFUSALS])
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    for (size_t i = 1; i < N_REFUSALS; i++) {
        if (n[i]) {
            ds_put_format(&ds, "%s%s=%"PRIu64, ds.length ? " " : "",
                          refusal_name(i), n[i]);
        }
    }
    return ds_steal_cstr(&ds);
}

void
refusals_add_text(uint64_t n[N_REFUSALS], const char *text)
{
    char *copy = xstrdup(text);
    char *save = NULL;

    for (char *word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        char *value = strchr(word, '=');
        long long number;

        if (value) {
            *value++ = '\0';
            enum refusal refusal = refusal_from_name(word);
            if (refusal && str_to_llong(value, 10, &number) && number > 0) {
                n[refusal] += number;
            }
        }
    }
    free(copy);
}

uint64_t
refusals_sum(const uint64_t n[N_REFUSALS])
{
    uint64_t sum = 0;

    for (size_t i = 1; i < N_REFUSALS; i++) {
        sum += n[i];
    }
    return sum;
}

/* --- What is remembered --- */

static void
table_init(struct table *table, size_t max)
{
    table->max = MAX(max, 1);
    hmap_init(&table->records);
    ovs_list_init(&table->recent);
}

static void
record_free(struct table *table, struct record *record)
{
    hmap_remove(&table->records, &record->node);
    ovs_list_remove(&record->recent);
    free(record);
}

static void
table_uninit(struct table *table)
{
    struct record *record;

    LIST_FOR_EACH_SAFE (record, recent, &table->recent) {
        record_free(table, record);
    }
    hmap_destroy(&table->records);
}

/* The record of the key, made if there is none, as the one asked about last.
 * Somebody else's is forgotten when there are too many. */
static struct record *
table_get(struct table *table, const struct uuid *service,
          const struct in6_addr *source, long long now_ms)
{
    uint32_t hash = hash_bytes(source, sizeof *source, uuid_hash(service));
    struct record *record;

    HMAP_FOR_EACH_WITH_HASH (record, node, hash, &table->records) {
        if (uuid_equals(&record->service, service)
            && ipv6_addr_equals(&record->source, source)) {
            ovs_list_remove(&record->recent);
            ovs_list_push_back(&table->recent, &record->recent);
            return record;
        }
    }
    if (hmap_count(&table->records) >= table->max) {
        record_free(table, CONTAINER_OF(ovs_list_front(&table->recent),
                                        struct record, recent));
    }
    record = xzalloc(sizeof *record);
    record->service = *service;
    record->source = *source;
    record->since_ms = now_ms;
    hmap_insert(&table->records, &record->node, hash);
    ovs_list_push_back(&table->recent, &record->recent);
    return record;
}

struct admission *
admission_new(size_t max)
{
    struct admission *admission = xzalloc(sizeof *admission);

    table_init(&admission->services, max);
    table_init(&admission->sources, max);
    return admission;
}

void
admission_free(struct admission *admission)
{
    if (admission) {
        table_uninit(&admission->services);
        table_uninit(&admission->sources);
        free(admission);
    }
}

/* --- Budgets --- */

static void
bucket_fill(struct bucket *bucket, const struct admit_rate *rate,
            long long now_ms)
{
    if (!bucket->used) {
        bucket->used = true;
        bucket->level = rate->n;
    } else {
        double fresh = (double) MAX(now_ms - bucket->filled_ms, 0) * rate->n
                       / rate->within_ms;

        bucket->level = MIN(bucket->level + fresh, rate->n);
    }
    bucket->filled_ms = now_ms;
}

/* So little short of one is one: what has been filled up in many steps is not
 * quite what it is in one. */
static bool
bucket_has_one(const struct bucket *bucket)
{
    return bucket->level > 1 - 1e-6;
}

static enum refusal
spend(struct admission *admission, const struct admit_policy *policy,
      const struct admission_question *q, struct record *source,
      long long now_ms)
{
    struct record *service = NULL;

    if (policy->source.n) {
        bucket_fill(&source->bucket, &policy->source, now_ms);
        if (!bucket_has_one(&source->bucket)) {
            return REFUSAL_SOURCE_BUDGET;
        }
    }
    if (policy->service.n) {
        service = table_get(&admission->services, &q->service, &in6addr_any,
                            now_ms);
        bucket_fill(&service->bucket, &policy->service, now_ms);
        if (!bucket_has_one(&service->bucket)) {
            return REFUSAL_SERVICE_BUDGET;
        }
        service->bucket.level--;
    }
    if (policy->source.n) {
        source->bucket.level--;
    }
    return REFUSAL_NONE;
}

/* Counts in windows that begin with a packet. */
static bool
are_enough(struct record *source, const struct admit_rate *after,
           long long now_ms)
{
    if (!source->n_packets
        || now_ms - source->since_ms >= after->within_ms) {
        source->n_packets = 0;
        source->since_ms = now_ms;
    }
    if (++source->n_packets < after->n) {
        return false;
    }
    source->n_packets = 0;
    return true;
}

static enum refusal
check_packet(const struct admit_policy *policy,
             const struct admission_question *q)
{
    enum packet_kind kind = q->opening.kind;

    if (policy->is_bad) {
        return REFUSAL_BAD_POLICY;
    } else if (prefixes_contain(&policy->ignore, &q->opening.source)) {
        return REFUSAL_IGNORED;
    } else if (policy->has_from
               && !prefixes_contain(&policy->from, &q->opening.source)) {
        return REFUSAL_UNLISTED;
    } else if (q->is_established) {
        return REFUSAL_NONE;
    } else if (kind == PACKET_CLOSING) {
        return REFUSAL_CLOSING;
    } else if (kind == PACKET_ONGOING) {
        return REFUSAL_NOT_OPENING;
    }
    return kind & policy->kinds ? REFUSAL_NONE : REFUSAL_PROTOCOL;
}

enum refusal
admission_ask(struct admission *admission, const struct admit_policy *policy,
              const struct admission_question *q, long long now_ms)
{
    enum refusal refusal = check_packet(policy, q);

    if (refusal || q->is_pending || q->is_established
        || (!policy->after.n && !policy->source.n && !policy->service.n)) {
        return refusal;
    }
    struct record *source = table_get(&admission->sources, &q->service,
                                      &q->opening.source, now_ms);
    if (policy->after.n && !are_enough(source, &policy->after, now_ms)) {
        return REFUSAL_TOO_FEW;
    }
    return spend(admission, policy, q, source, now_ms);
}
