#include "dp_opening.h"

VLOG_DEFINE_THIS_MODULE(dp_opening);

/* While the kernel opens many, sweeps follow each other so. */
#define BUSY_MS 200
#define BUSY_CONNECTIONS 1024

/* An answer to the SYN that has not come by then does not come. */
#define ANSWER_NS 3000000000ULL

/* Entries of a connection that is over stay until they have been quiet for so
 * long, for its last packets.  One that has no other by then never gets it. */
#define QUIET_NS 100000000ULL

/* The answers' entry is met with the client's, and alone if it has been quiet
 * for so long: each look at the other one is a system call. */
#define LONELY_NS (10 * QUIET_NS)

/* Clients that have begun, by hash: the last of each. */
#define N_BEGUN 256

struct openings {
    struct datapath *d;
    bool enabled;
    struct begun {
        struct flow_key client;
        struct fp_entry rule;
        bool any_port;
        uint64_t generation; /* Of openings, then. */
    } begun[N_BEGUN];
    uint64_t n_changes; /* The cache's, that openings are of. */
    bool used;          /* There have been any. */
    bool left_unmet;    /* The last sweep met one that waits for an answer. */
    enum { RESTING, DUE, SWEEPING } unmet; /* Of openings that are void. */
    long long next_sweep_ms;
    struct hmap spent; /* Contains "struct spent"s. */
};

/* What connections that nobody met while they lasted have carried. */
struct spent {
    struct hmap_node node;
    struct flow_key client; /* Its port is 0. */
    uint64_t packets, bytes;
};

static void
meet_stranger(void *o, const struct flow_key *key,
              const struct fp_entry *entry);

struct openings *
openings_new(struct datapath *d, bool enabled)
{
    struct openings *o = xzalloc(sizeof *o);

    o->d = d;
    o->enabled = enabled;
    hmap_init(&o->spent);
    o->n_changes = cache_n_changes(d->cache);
    o->next_sweep_ms = LLONG_MAX;
    cache_on_stranger(d->cache, meet_stranger, o);
    if (fastpath_set_allowance(d->fastpath, enabled ? OPENINGS_MAX : 0)
        && enabled) {
        VLOG_INFO("the kernel opens no connections by itself");
    }
    /* Of those of before none comes late. */
    fastpath_await_openings(d->fastpath);
    return o;
}

static void
forget_spent(struct openings *o)
{
    struct spent *spent;

    HMAP_FOR_EACH_POP (spent, node, &o->spent) {
        free(spent);
    }
}

void
openings_free(struct openings *o)
{
    if (o) {
        forget_spent(o);
        hmap_destroy(&o->spent);
        free(o);
    }
}

bool
openings_are_unmet(const struct openings *o)
{
    return o->used && (
        o->left_unmet || cache_is_sweeping(o->d->cache)
        || fastpath_get_allowance(o->d->fastpath) != OPENINGS_MAX);
}

void
openings_void(struct openings *o)
{
    struct datapath *d = o->d;

    d->config.openings++;
    if (o->used && fastpath_set_config(d->fastpath, &d->config)) {
        VLOG_WARN("connections are opened as before the change");
    } else if (o->used) {
        fastpath_await_openings(d->fastpath);
    }
}

void
openings_run(struct openings *o, long long now_ms)
{
    uint64_t n_changes = cache_n_changes(o->d->cache);

    if (n_changes != o->n_changes) {
        o->n_changes = n_changes;
        openings_void(o);
        if (openings_are_unmet(o)) {
            o->unmet = DUE;
            o->next_sweep_ms = now_ms;
        }
    }
}

void
openings_begin_sweep(struct openings *o, bool meet_all)
{
    if (o->unmet == DUE || meet_all) {
        o->unmet = SWEEPING;
    }
    o->next_sweep_ms = LLONG_MAX;
    o->left_unmet = false;
    if (o->used) {
        int64_t left = fastpath_get_allowance(o->d->fastpath);

        if (OPENINGS_MAX - left > BUSY_CONNECTIONS) {
            o->next_sweep_ms = 0;
        }
        fastpath_set_allowance(o->d->fastpath, OPENINGS_MAX);
    }
}

void
openings_end_sweep(struct openings *o, long long now_ms)
{
    if (o->unmet == SWEEPING) {
        o->unmet = RESTING;
    }
    if (o->unmet == DUE) {
        o->next_sweep_ms = now_ms;
    } else if (o->next_sweep_ms != LLONG_MAX) {
        o->next_sweep_ms = now_ms + BUSY_MS;
    }
}

long long
openings_next_sweep(const struct openings *o)
{
    return o->next_sweep_ms;
}

bool
openings_are_used(const struct openings *o)
{
    return o->used;
}

bool
openings_are_settled(const struct openings *o)
{
    return o->unmet == RESTING;
}

/* --- Entries that the kernel made --- */

static bool
is_quiet(const struct fp_entry *entry)
{
    return fastpath_now_ns() > entry->used_ns + QUIET_NS;
}

static bool
is_met_later(const struct fp_entry *entry)
{
    return (entry->flags & FP_ANSWERS
            && fastpath_now_ns() < entry->used_ns + LONELY_NS);
}

/* The connection that 'entry' is of.  False if it has no other one (yet: the
 * answers' is put first, and gone first). */
static bool
find_pair(const struct openings *o, const struct flow_key *key,
          const struct fp_entry *entry, struct rule_pair *p)
{
    bool is_answer = entry->flags & FP_ANSWERS;
    struct flow_key *other = is_answer ? &p->client : &p->server;

    *(is_answer ? &p->server : &p->client) = *key;
    *(is_answer ? &p->back : &p->there) = *entry;
    rule_find_other(key, entry, other);
    return !fastpath_get(o->d->fastpath, other,
                         is_answer ? &p->there : &p->back);
}

static void
tell(const struct openings *o, const struct flow_key *key,
     const struct fp_entry *like, uint8_t tcp_flags)
{
    struct ask_answer unused;

    ask_pipeline(o->d, &(struct ask_question) {
        .key = key, .like = like, .tcp_flags = tcp_flags,
        .now_ms = time_msec(),
    }, &unused);
}

/* A connection of the same addresses and ports that conntrack has not
 * forgotten yet is in nobody's way. */
static void
end_old(const struct openings *o, const struct flow_key *key,
        const struct fp_entry *like)
{
    ask_to_end(o->d, &(struct ask_question) {
        .key = key, .like = like, .tcp_flags = TCP_RST | TCP_ACK,
        .now_ms = time_msec(),
    });
}

/* The pipeline says the same; the cache knows it from now on. */
static bool
take_up(const struct openings *o, const struct flow_key *key,
        const struct fp_entry *entry)
{
    struct ask_answer answer;
    long long now_ms = time_msec();

    if (!ask_pipeline(o->d, &(struct ask_question) {
            .key = key, .like = entry, .tcp_flags = TCP_ACK,
            .now_ms = now_ms,
        }, &answer) || !rule_equals(&answer.rule, entry)) {
        fastpath_delete(o->d->fastpath, key);
        return false;
    }
    cache_take(o->d->cache, &(struct cache_desc) {
        .key = key, .entry = entry, .path = &answer.path,
        .dependencies = answer.dependencies,
    }, now_ms);
    return true;
}

static void
note_spent(struct openings *o, const struct rule_pair *p)
{
    struct flow_key client = p->client;
    struct spent *spent;

    *(client.is_ipv6 ? &client.v6.sport : &client.v4.sport) = 0;

    uint32_t hash = flow_key_hash(&client);
    HMAP_FOR_EACH_WITH_HASH (spent, node, hash, &o->spent) {
        if (flow_key_equals(&spent->client, &client)) {
            break;
        }
    }
    if (!spent) {
        if (hmap_count(&o->spent) >= FP_N_OPENINGS) {
            forget_spent(o);
        }
        spent = xzalloc(sizeof *spent);
        spent->client = client;
        hmap_insert(&o->spent, &spent->node, hash);
    }
    spent->packets += p->there.packets + p->back.packets;
    spent->bytes += p->there.bytes + p->back.bytes;
}

/* The entries of a connection that conntrack knows from now on go, and what
 * passed since they were read is told. */
static void
let_go(struct openings *o, const struct rule_pair *p)
{
    struct rule_pair last = *p;

    fastpath_steal(o->d->fastpath, &p->client, &last.there);
    fastpath_steal(o->d->fastpath, &p->server, &last.back);
    if (last.there.seen & last.back.seen & FP_SEEN_FIN) {
        end_old(o, &p->client, &p->there);
        note_spent(o, &last);
        cache_note_end(o->d->cache, &last.there, &last.back);
        return;
    }
    if (last.there.seen & FP_SEEN_FIN) {
        tell(o, &p->client, &p->there, TCP_FIN | TCP_ACK);
    }
    if (last.back.seen & FP_SEEN_FIN) {
        tell(o, &p->server, &p->back, TCP_FIN | TCP_ACK);
    }
}

/* What conntrack has not seen.  Without an answer, or the client's to that,
 * there is no connection yet, and its entries are made the other way. */
static void
introduce(struct openings *o, const struct rule_pair *p)
{
    bool answered = p->back.packets;

    if (p->there.flags & FP_CONNECTION) {
        end_old(o, &p->client, &p->there);
        tell(o, &p->client, &p->there, TCP_SYN);
        if (answered) {
            tell(o, &p->server, &p->back, TCP_SYN | TCP_ACK);
        }
    }
    if (answered && p->there.seen & FP_SEEN_MORE) {
        take_up(o, &p->client, &p->there);
        take_up(o, &p->server, &p->back);
    } else {
        let_go(o, p);
    }
}

/* The connection is over, and nobody else needs to know. */
static void
finish(struct openings *o, const struct rule_pair *p)
{
    note_spent(o, p);
    fastpath_delete(o->d->fastpath, &p->client);
    fastpath_delete(o->d->fastpath, &p->server);
    cache_note_end(o->d->cache, &p->there, &p->back);
}

static void
meet_stranger(void *o_, const struct flow_key *key,
              const struct fp_entry *entry)
{
    struct openings *o = o_;
    struct rule_pair p;

    if (is_met_later(entry)) {
        return;
    }
    if (!find_pair(o, key, entry, &p)) {
        if (is_quiet(entry)) {
            fastpath_delete(o->d->fastpath, key);
        }
    } else if (p.there.seen & p.back.seen & FP_SEEN_FIN) {
        if (is_quiet(&p.there) && is_quiet(&p.back)) {
            finish(o, &p);
        }
    } else if (p.there.seen & p.back.seen & FP_SEEN_MORE) {
        introduce(o, &p);
    } else if (o->unmet == SWEEPING
               || fastpath_now_ns() > p.there.used_ns + ANSWER_NS) {
        /* Even of the SYN alone: its answer may be on the way. */
        introduce(o, &p);
    } else {
        o->left_unmet = true;
    }
}

void
openings_each_spent(const struct openings *o,
                    void (*cb)(void *aux, const struct flow_key *client,
                               uint64_t packets, uint64_t bytes), void *aux)
{
    const struct spent *spent;

    HMAP_FOR_EACH (spent, node, &o->spent) {
        cb(aux, &spent->client, spent->packets, spent->bytes);
    }
}

/* True if 'key' has an entry that the cache does not know. */
static bool
is_unmet(const struct openings *o, const struct flow_key *key,
         struct fp_entry *entry)
{
    return (o->used && !cache_find(o->d->cache, key)
            && !fastpath_get(o->d->fastpath, key, entry)
            && entry->flags & FP_OPENED);
}

void
openings_forget(struct openings *o, const struct flow_key *key)
{
    const struct fp_entry like = { .ttl = 64 };
    struct fp_entry entry;
    struct rule_pair p;

    if (!o->enabled) {
        return;
    }
    if (is_unmet(o, key, &entry)) {
        if (find_pair(o, key, &entry, &p)) {
            finish(o, &p);
        } else {
            fastpath_delete(o->d->fastpath, key);
        }
    }
    if (ask_was_known(o->d, &(struct ask_question) {
            .key = key, .like = &like, .tcp_flags = TCP_ACK,
            .now_ms = time_msec(),
        })) {
        end_old(o, key, &like);
    }
}

void
openings_introduce(struct openings *o, const struct flow_key *key)
{
    struct fp_entry entry;
    struct rule_pair p;

    if (is_unmet(o, key, &entry) && find_pair(o, key, &entry, &p)) {
        introduce(o, &p);
    }
}

/* --- Openings --- */

static struct begun *
find_slot(const struct openings *o, const struct flow_key *client)
{
    return CONST_CAST(struct begun *,
                      &o->begun[flow_key_hash_ends(client) % N_BEGUN]);
}

void
openings_begin(struct openings *o, const struct arrival *first,
               const struct fp_entry *rule, bool any_port)
{
    struct begun *begun = find_slot(o, &first->key);

    begun->client = first->key;
    begun->rule = *rule;
    begun->any_port = any_port;
    begun->generation = o->d->config.openings;
}

bool
openings_find(const struct openings *o, const struct flow_key *server,
              const struct fp_entry *back, struct rule_pair *pair)
{
    struct flow_key client;

    rule_reverse(server, back, &client);

    const struct begun *begun = find_slot(o, &client);
    pair->client = begun->client;
    pair->there = begun->rule;
    pair->server = *server;
    pair->back = *back;
    return flow_key_has_ends_of(&begun->client, &client);
}

void
openings_put(struct openings *o, const struct rule_pair *pair)
{
    const struct begun *begun = find_slot(o, &pair->client);
    struct fp_opening_key key;
    struct fp_opening opening;

    if (o->enabled && begun->any_port
        && begun->generation == o->d->config.openings
        && flow_key_equals(&begun->client, &pair->client)
        && rule_equals(&begun->rule, &pair->there)
        && rule_opening(pair, &key, &opening)) {
        opening.generation = o->d->config.openings;
        if (!o->used) {
            o->used = true;
            fastpath_set_config(o->d->fastpath, &o->d->config);
        }
        fastpath_put_opening(o->d->fastpath, &key, &opening);
    }
}
