/* What the daemon knows of its entries, with the kernel's maps faked. */

#include "unit.h"

#include <errno.h>
#include <time.h>

#include "dp_cache.h"
#include "dp_rule.h"
#include "fake_fastpath.h"

struct fixture {
    struct fastpath fake;
    uint8_t ttl_dec;         /* Of entries that are put. */
    struct network *network;
    struct net_datapath *dp[2];
    struct cache *cache;
};

static struct flow_key
make_key(int i)
{
    struct flow_key key;

    memset(&key, 0, sizeof key);
    key.v4.ifindex = 10 + i % 2;
    key.v4.src = htonl(0x0a000000 + i);
    key.v4.dst = htonl(0x0a010001);
    key.v4.sport = htons(1000 + i);
    key.v4.dport = htons(80);
    key.v4.proto = IPPROTO_TCP;
    return key;
}

/* Entry 'i', whose way leads through datapath 'dp' alone. */
static int
put(struct fixture *f, int i, int dp)
{
    struct flow_key key = make_key(i);
    struct cache_path path = {
        .n = 1, .hops = { { .datapath = f->dp[dp]->key } },
    };
    struct fp_entry entry = {
        .out_ifindex = 20 + i, .flags = FP_CONNECTION,
        .src = { key.v4.src }, .dst = { key.v4.dst },
        .sport = key.v4.sport, .dport = key.v4.dport,
        .ttl_dec = f->ttl_dec,
    };

    return cache_put(f->cache, &(struct cache_desc) {
        .key = &key, .entry = &entry, .path = &path }, 1000);
}

static struct cache_flow *
get(struct fixture *f, int i)
{
    struct flow_key key = make_key(i);

    return cache_find(f->cache, &key);
}

static struct fp_entry *
kernel(struct fixture *f, int i)
{
    struct flow_key key = make_key(i);

    return fake_fastpath_find(&f->fake, &key);
}

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);
    struct uuid uuid;

    f->network = network_new();
    for (int i = 0; i < 2; i++) {
        uuid_generate(&uuid);
        f->dp[i] = network_add_datapath(f->network, &uuid, i + 1, "sw",
                                        false);
    }
    ltables_publish(network_tables(f->network));
    f->cache = cache_new(&f->fake, f->network, 4, 10000);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    cache_free(f->cache);
    network_free(f->network);
    free(f);
    return 0;
}

static void
change_flows(struct fixture *f, int dp)
{
    struct lflow_desc desc = {
        .datapaths = &f->dp[dp]->flows, .n_datapaths = 1,
        .pipeline = PIPELINE_INGRESS, .match = "1", .actions = "next;",
    };
    char *error = NULL;

    uuid_generate(&desc.uuid);
    assert_non_null(ltables_add(network_tables(f->network), &desc, &error));
    ltables_publish(network_tables(f->network));
    cache_flows_changed(f->cache);
}

static void
what_is_put_is_in_the_kernel_and_found(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(put(f, 1, 0), 0);
    assert_non_null(get(f, 1));
    assert_non_null(kernel(f, 1));
    assert_null(get(f, 2));

    struct cache_flow *flow = get(f, 1);
    assert_ptr_equal(cache_find_by_answer(f->cache, &flow->answer), flow);
    assert_null(cache_find_by_answer(f->cache, &flow->key));
    cache_drop(f->cache, &flow);
    assert_null(flow);
    assert_null(get(f, 1));
    assert_null(kernel(f, 1));
}

static void
a_failed_write_leaves_no_entry(void **state)
{
    struct fixture *f = *state;

    f->fake.put_error = E2BIG;
    assert_int_equal(put(f, 1, 0), E2BIG);
    assert_null(get(f, 1));
    f->fake.put_error = 0;
    assert_int_equal(put(f, 1, 0), 0);

    /* The one that is there is of an older verdict: it must not stay. */
    f->fake.put_error = E2BIG;
    f->ttl_dec = 1;
    assert_int_equal(put(f, 1, 0), E2BIG);
    assert_null(get(f, 1));
    assert_null(kernel(f, 1));
}

static void
counters_survive_replacement(void **state)
{
    struct fixture *f = *state;

    put(f, 1, 0);
    kernel(f, 1)->packets = 7;
    kernel(f, 1)->bytes = 700;
    f->ttl_dec = 1;
    put(f, 1, 0);
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_int_equal(get(f, 1)->packets + get(f, 1)->entry.packets, 7);
    assert_int_equal(get(f, 1)->bytes + get(f, 1)->entry.bytes, 700);

    kernel(f, 1)->packets = 3;
    struct cache_flow *flow = get(f, 1);
    cache_drop(f->cache, &flow);
    assert_int_equal(cache_get_counters(f->cache)->packets, 10);
}

static void
a_full_cache_drops_what_was_unused_for_longest(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 4; i++) {
        put(f, i, 0);
    }
    kernel(f, 0)->packets = 1;
    cache_sweep(f->cache, 100, 10000, 1500);
    put(f, 4, 0);
    assert_int_equal(cache_count(f->cache), 4);
    assert_non_null(get(f, 0));
    assert_null(get(f, 1));
    assert_null(kernel(f, 1));
    assert_non_null(get(f, 4));
    assert_int_equal(cache_get_counters(f->cache)->evicted, 1);
}

static void
idle_entries_go_and_used_ones_stay(void **state)
{
    struct fixture *f = *state;

    put(f, 1, 0);
    put(f, 2, 0);
    kernel(f, 1)->packets = kernel(f, 2)->packets = 1;
    kernel(f, 1)->used_ns = fastpath_now_ns() - 11000000000ULL;
    kernel(f, 2)->used_ns = fastpath_now_ns() - 9000000000ULL;
    cache_sweep(f->cache, 100, 100000, 1500);
    assert_null(get(f, 1));
    assert_null(kernel(f, 1));
    assert_non_null(get(f, 2));
    assert_int_equal(cache_get_counters(f->cache)->idle, 1);
}

static void
strangers_in_the_kernel_are_swept_out(void **state)
{
    struct fixture *f = *state;
    struct flow_key key = make_key(9);

    fastpath_put(&f->fake, &key, &(struct fp_entry) { .ttl = 1 });
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_null(kernel(f, 9));
}

/* Takes all that are doubtful, and says which, as bits. */
static unsigned int
doubtful(struct fixture *f)
{
    unsigned int found = 0;
    size_t budget = 100;
    struct cache_flow *flow;

    while ((flow = cache_next_doubtful(f->cache, &budget))) {
        struct cache_path path = flow->path;

        found |= 1u << (ntohs(flow->key.v4.sport) - 1000);
        cache_confirm(f->cache, flow, &path, 0, 2000);
    }
    assert_false(cache_has_doubtful(f->cache));
    return found;
}

static void
only_what_a_change_touches_is_doubtful(void **state)
{
    struct fixture *f = *state;

    put(f, 0, 0);
    put(f, 1, 1);
    put(f, 2, 0);
    assert_int_equal(doubtful(f), 0);
    change_flows(f, 0);
    assert_true(cache_has_doubtful(f->cache));
    assert_int_equal(doubtful(f), 1 | 4);
    change_flows(f, 1);
    assert_int_equal(doubtful(f), 2);
    change_flows(f, 0);
    change_flows(f, 1);
    assert_int_equal(doubtful(f), 1 | 2 | 4);
    cache_network_changed(f->cache);
    assert_int_equal(doubtful(f), 1 | 2 | 4);
    network_remove_datapath(f->network, f->dp[1]);
    cache_flows_changed(f->cache);
    assert_int_equal(doubtful(f), 2);
}

static void
the_budget_bounds_the_work(void **state)
{
    struct fixture *f = *state;
    size_t budget = 2;

    for (int i = 0; i < 4; i++) {
        put(f, i, i == 3 ? 1 : 0);
    }
    change_flows(f, 1);
    /* Two are looked at, and are as they were. */
    assert_null(cache_next_doubtful(f->cache, &budget));
    assert_int_equal(budget, 0);
    assert_true(cache_has_doubtful(f->cache));
    assert_int_equal(doubtful(f), 8);
}

static void
busy_connections_are_asked_for_so_that_conntrack_hears_of_them(void **state)
{
    struct fixture *f = *state;

    put(f, 0, 0);
    put(f, 1, 0);
    kernel(f, 0)->packets = 5;
    cache_sweep(f->cache, 100, 10000, 1000 + 9999);
    assert_int_equal(doubtful(f), 0);
    cache_sweep(f->cache, 100, 10000, 1000 + 10000);
    assert_int_equal(doubtful(f), 1);
    /* It was quiet since. */
    cache_sweep(f->cache, 100, 10000, 1000 + 30000);
    assert_int_equal(doubtful(f), 0);
}

static void
an_interface_takes_its_entries_along(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 4; i++) {
        put(f, i, 0);
    }
    cache_drop_interface(f->cache, 10); /* 0 and 2 enter there. */
    assert_int_equal(cache_count(f->cache), 2);
    cache_drop_interface(f->cache, 23); /* 3 leaves there. */
    assert_int_equal(cache_count(f->cache), 1);
    assert_non_null(get(f, 1));
    cache_flush(f->cache);
    assert_int_equal(f->fake.n, 0);
}

static void
entries_of_an_earlier_start_wait_to_be_adopted(void **state)
{
    struct fixture *f = *state;
    size_t budget = 100;

    put(f, 0, 0);
    put(f, 1, 0);
    cache_free(f->cache);
    f->cache = cache_new(&f->fake, f->network, 4, 10000);
    cache_take_up(f->cache, 1000);
    assert_int_equal(cache_count(f->cache), 2);
    assert_true(get(f, 0)->adopted);

    /* Until then neither changes nor idleness nor sweeps take them. */
    kernel(f, 0)->used_ns = 1;
    cache_network_changed(f->cache);
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_int_equal(cache_count(f->cache), 2);
    assert_null(cache_next_doubtful(f->cache, &budget));

    cache_adopt(f->cache);
    struct cache_flow *flow = cache_next_doubtful(f->cache, &budget);
    struct cache_path path = {
        .n = 1, .hops = { { .datapath = f->dp[0]->key } },
    };
    cache_confirm(f->cache, flow, &path, 0, 2000);
    assert_false(flow->adopted);
    flow = cache_next_doubtful(f->cache, &budget);
    cache_refuse(f->cache, &flow);
    assert_null(cache_next_doubtful(f->cache, &budget));
    assert_int_equal(cache_count(f->cache), 1);
    assert_int_equal(f->fake.n, 1);
    assert_int_equal(cache_get_counters(f->cache)->adopted, 1);
    assert_int_equal(cache_get_counters(f->cache)->refused, 1);
}

/* --- Ends of connections --- */

struct ends {
    size_t n;
    bool over; /* The last one. */
    struct flow_key key;
};

static void
note_end(void *ends_, const struct cache_flow *flow, bool over)
{
    struct ends *ends = ends_;

    ends->n++;
    ends->over = over;
    ends->key = flow->key;
}

/* Puts what answers to entry 'i'. */
static void
put_answer(struct fixture *f, int i, bool foreseen)
{
    struct flow_key there = make_key(i);
    struct fp_entry back = {
        .out_ifindex = there.v4.ifindex, .flags = FP_CONNECTION | FP_REPLY,
        .src = { there.v4.dst }, .dst = { there.v4.src },
        .sport = there.v4.dport, .dport = there.v4.sport,
    };
    struct flow_key key = get(f, i)->answer;
    struct cache_path path = { .n = 0 };

    /* It takes another way. */
    key.v4.eth_src[5] = 77;
    assert_int_equal(cache_put(f->cache, &(struct cache_desc) {
        .key = &key, .entry = &back, .path = &path, .foreseen = foreseen,
    }, 1000), 0);
}

/* Nothing has gone by any entry for 'ms'. */
static void
keep_quiet(struct fixture *f, uint64_t ms)
{
    for (size_t i = 0; i < f->fake.n; i++) {
        f->fake.entries[i].entry.used_ns = fastpath_now_ns() - ms * 1000000;
    }
}

static struct fp_entry *
kernel_answer(struct fixture *f, int i)
{
    struct flow_key key = make_key(i);

    return fake_fastpath_find(&f->fake,
                              &cache_find_by_answer(f->cache, &key)->key);
}

static void
a_connection_ends_with_two_fins(void **state)
{
    struct fixture *f = *state;
    struct ends ends = { .n = 0 };

    cache_on_end(f->cache, note_end, &ends);
    put(f, 0, 0);
    put_answer(f, 0, false);
    kernel(f, 0)->seen = FP_SEEN_FIN | FP_SEEN_MORE;
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_int_equal(cache_count(f->cache), 2);
    assert_int_equal(ends.n, 0);

    /* The last ACK may be on its way. */
    kernel_answer(f, 0)->seen = FP_SEEN_FIN;
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_int_equal(cache_count(f->cache), 2);
    assert_int_equal(ends.n, 0);

    keep_quiet(f, 500);
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_int_equal(cache_count(f->cache), 0);
    assert_int_equal(f->fake.n, 0);
    assert_int_equal(ends.n, 1);
    assert_true(ends.over);
    assert_int_equal(cache_get_counters(f->cache)->ended, 2);
}

static void
half_an_end_is_told_when_the_entry_goes(void **state)
{
    struct fixture *f = *state;
    struct ends ends = { .n = 0 };
    struct flow_key key = make_key(0);

    cache_on_end(f->cache, note_end, &ends);
    put(f, 0, 0);
    put_answer(f, 0, false);

    /* Nothing is lost where another takes its place. */
    kernel(f, 0)->seen = FP_SEEN_FIN;
    f->ttl_dec = 1;
    put(f, 0, 0);
    assert_int_equal(kernel(f, 0)->seen, FP_SEEN_FIN);
    kernel(f, 0)->used_ns = 1;
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_null(get(f, 0));
    assert_int_equal(ends.n, 1);
    assert_false(ends.over);
    assert_true(flow_key_equals(&ends.key, &key));
}

/* A FIN that took the slow path is noted in no entry. */
static void
what_is_left_over_of_a_connection_does_not_idle(void **state)
{
    struct fixture *f = *state;
    struct ends ends = { .n = 0 };

    cache_on_end(f->cache, note_end, &ends);
    put(f, 0, 0);
    put_answer(f, 0, false);
    kernel(f, 0)->packets = 3;
    kernel_answer(f, 0)->packets = 3;

    /* Both sides may have more to say. */
    keep_quiet(f, 2000);
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_int_equal(cache_count(f->cache), 2);

    /* One may have.  It has just said something. */
    kernel_answer(f, 0)->seen = FP_SEEN_FIN;
    keep_quiet(f, 500);
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_int_equal(cache_count(f->cache), 2);

    keep_quiet(f, 2000);
    cache_sweep(f->cache, 100, 10000, 1500);
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_int_equal(cache_count(f->cache), 0);
    assert_int_equal(f->fake.n, 0);
    assert_int_equal(ends.n, 1);
    assert_false(ends.over);
    assert_int_equal(cache_get_counters(f->cache)->ended, 2);
}

/* The last ACK came the slow way, and made an entry. */
static void
an_entry_that_nobody_answers_or_uses_does_not_idle(void **state)
{
    struct fixture *f = *state;

    put(f, 0, 0);
    put(f, 1, 0);
    kernel(f, 1)->packets = 1;
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_int_equal(cache_count(f->cache), 2);
    keep_quiet(f, 2000);
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_null(get(f, 0));
    assert_non_null(get(f, 1));

    /* One of both directions may be asked for again. */
    put(f, 0, 0);
    put_answer(f, 0, false);
    keep_quiet(f, 2000);
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_non_null(get(f, 0));
}

static void
the_same_entry_is_not_written_again(void **state)
{
    struct fixture *f = *state;

    put(f, 1, 0);
    kernel(f, 1)->packets = 7;
    f->fake.put_error = E2BIG;
    assert_int_equal(put(f, 1, 0), 0);
    assert_int_equal(kernel(f, 1)->packets, 7);
    assert_int_equal(get(f, 1)->packets + get(f, 1)->entry.packets, 7);

    /* Unless the kernel has lost it. */
    f->fake.put_error = 0;
    f->fake.n = 0;
    assert_int_equal(put(f, 1, 0), 0);
    assert_non_null(kernel(f, 1));
}

/* The server's FIN often comes while what its answer before has made is put
 * into the cache. */
static void
a_fin_meanwhile_is_not_lost(void **state)
{
    struct fixture *f = *state;
    struct ends ends = { .n = 0 };

    cache_on_end(f->cache, note_end, &ends);
    put(f, 0, 0);
    f->fake.seen_after_reading = FP_SEEN_FIN;
    put(f, 0, 0);
    assert_int_equal(kernel(f, 0)->seen, FP_SEEN_FIN);

    /* The sweep read the entry before. */
    f->fake.seen_after_reading = 0;
    put(f, 1, 0);
    kernel(f, 1)->used_ns = 1;
    f->fake.seen_after_reading = FP_SEEN_FIN;
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_null(get(f, 1));
    assert_int_equal(ends.n, 1);
    assert_false(ends.over);
}

/* The FIN of an entry that has gone counts for the one of the answers. */
static void
a_connection_ends_with_its_second_fin_after_the_first_entry(void **state)
{
    struct fixture *f = *state;
    struct ends ends = { .n = 0 };
    struct flow_key key = make_key(0);
    struct cache_flow *flow;

    cache_on_end(f->cache, note_end, &ends);
    put(f, 0, 0);
    put_answer(f, 0, false);
    kernel(f, 0)->seen = FP_SEEN_FIN;
    flow = get(f, 0);
    cache_drop(f->cache, &flow);
    assert_int_equal(ends.n, 1);
    assert_false(ends.over);

    /* Not forgotten where another takes its place. */
    flow = cache_find_by_answer(f->cache, &key);

    struct flow_key answer = flow->key;
    struct fp_entry entry = flow->entry;
    assert_int_equal(cache_put(f->cache, &(struct cache_desc) {
        .key = &answer,
        .entry = &entry,
        .path = &(struct cache_path) { .n = 0 },
    }, 1000), 0);
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_int_equal(cache_count(f->cache), 1);
    kernel_answer(f, 0)->seen = FP_SEEN_FIN;
    keep_quiet(f, 500);
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_int_equal(cache_count(f->cache), 0);
    assert_int_equal(ends.n, 2);
    assert_true(ends.over);
    assert_false(flow_key_equals(&ends.key, &key));
}

/* What is left of a connection that conntrack knows to be over keeps nobody
 * busy, and is not told of again. */
static void
the_second_entry_of_a_connection_that_is_over_goes(void **state)
{
    struct fixture *f = *state;
    struct ends ends = { .n = 0 };
    struct cache_flow *flow;

    cache_on_end(f->cache, note_end, &ends);
    put(f, 0, 0);
    put_answer(f, 0, false);
    kernel(f, 0)->seen = kernel_answer(f, 0)->seen = FP_SEEN_FIN;
    flow = get(f, 0);
    cache_refuse(f->cache, &flow);
    assert_int_equal(ends.n, 1);
    assert_true(ends.over);
    assert_int_equal(cache_count(f->cache), 1);

    keep_quiet(f, 500);
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_int_equal(cache_count(f->cache), 0);
    assert_int_equal(f->fake.n, 0);
    assert_int_equal(ends.n, 1);
}

/* Of an earlier start's, too, if it was the kernel that foresaw it. */
static void
an_answer_that_never_came_is_not_waited_for(void **state)
{
    struct fixture *f = *state;
    struct ends ends = { .n = 0 };

    for (int i = 0; i < 2; i++) {
        put(f, i, 0);
        put_answer(f, i, false);
        kernel_answer(f, i)->flags |= i ? 0 : FP_OPENED | FP_ANSWERS;
    }

    struct flow_key expected = get(f, 0)->answer;
    cache_free(f->cache);
    f->cache = cache_new(&f->fake, f->network, 4, 10000);
    cache_on_end(f->cache, note_end, &ends);
    cache_take_up(f->cache, 1000);
    cache_flush(f->cache);
    assert_int_equal(ends.n, 1);
    assert_true(ends.over);
    assert_true(flow_key_has_ends_of(&ends.key, &expected));
}

static void
what_was_foreseen_and_never_came_is_over(void **state)
{
    struct fixture *f = *state;
    struct ends ends = { .n = 0 };

    cache_on_end(f->cache, note_end, &ends);
    put(f, 0, 0);
    put_answer(f, 0, true);
    kernel_answer(f, 0)->packets = 1;
    cache_flush(f->cache);
    assert_int_equal(ends.n, 0);

    put(f, 0, 0);
    put_answer(f, 0, true);
    cache_flush(f->cache);
    assert_int_equal(ends.n, 1);
    assert_true(ends.over);
}

static void
note_stranger(void *n_, const struct flow_key *key OVS_UNUSED,
              const struct fp_entry *entry)
{
    assert_true(entry->flags & FP_OPENED);
    ++*(int *) n_;
}

static void
what_the_kernel_made_is_shown(void **state)
{
    struct fixture *f = *state;
    struct flow_key known = make_key(0), unknown = make_key(1);
    struct fp_entry entry = { .flags = FP_OPENED };
    struct cache_path path = { .n = 0 };
    int n_strangers = 0;

    cache_on_stranger(f->cache, note_stranger, &n_strangers);
    fastpath_put(&f->fake, &known, &entry);
    fastpath_put(&f->fake, &unknown, &entry);
    cache_take(f->cache, &(struct cache_desc) {
        .key = &known, .entry = &entry, .path = &path }, 1000);
    kernel(f, 0)->used_ns = fastpath_now_ns();
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_int_equal(n_strangers, 1);
    assert_int_equal(f->fake.n, 2);

    /* What it did not make goes. */
    kernel(f, 1)->flags = 0;
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_int_equal(n_strangers, 1);
    assert_null(kernel(f, 1));
    assert_non_null(get(f, 0));
}

static void
changes_are_counted(void **state)
{
    struct fixture *f = *state;
    uint64_t n = cache_n_changes(f->cache);

    put(f, 0, 0);
    cache_sweep(f->cache, 100, 10000, 1500);
    assert_int_equal(cache_n_changes(f->cache), n);
    cache_flows_changed(f->cache);
    assert_true(cache_n_changes(f->cache) > n);
    n = cache_n_changes(f->cache);
    cache_network_changed(f->cache);
    assert_true(cache_n_changes(f->cache) > n);
    n = cache_n_changes(f->cache);
    cache_drop_interface(f->cache, 1);
    assert_true(cache_n_changes(f->cache) > n);
    n = cache_n_changes(f->cache);
    cache_flush(f->cache);
    assert_true(cache_n_changes(f->cache) > n);
}

#define CASE(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_is_put_is_in_the_kernel_and_found),
        CASE(a_failed_write_leaves_no_entry),
        CASE(counters_survive_replacement),
        CASE(a_full_cache_drops_what_was_unused_for_longest),
        CASE(idle_entries_go_and_used_ones_stay),
        CASE(strangers_in_the_kernel_are_swept_out),
        CASE(only_what_a_change_touches_is_doubtful),
        CASE(the_budget_bounds_the_work),
        CASE(busy_connections_are_asked_for_so_that_conntrack_hears_of_them),
        CASE(an_interface_takes_its_entries_along),
        CASE(entries_of_an_earlier_start_wait_to_be_adopted),
        CASE(a_connection_ends_with_two_fins),
        CASE(half_an_end_is_told_when_the_entry_goes),
        CASE(what_is_left_over_of_a_connection_does_not_idle),
        CASE(an_entry_that_nobody_answers_or_uses_does_not_idle),
        CASE(the_same_entry_is_not_written_again),
        CASE(a_fin_meanwhile_is_not_lost),
        CASE(a_connection_ends_with_its_second_fin_after_the_first_entry),
        CASE(the_second_entry_of_a_connection_that_is_over_goes),
        CASE(an_answer_that_never_came_is_not_waited_for),
        CASE(what_was_foreseen_and_never_came_is_over),
        CASE(what_the_kernel_made_is_shown),
        CASE(changes_are_counted),
    };
    int status = cmocka_run_group_tests(tests, NULL, NULL);

    ovsrcu_exit();
    return status;
}
