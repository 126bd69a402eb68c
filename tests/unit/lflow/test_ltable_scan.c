/* Lists of rules against going through them by hand. */

#include "unit.h"

#include "lflow_world.h"
#include "ltable_scan.h"

enum { N_RULES = 40, N_ROUNDS = 50, N_PACKETS = 40 };

struct rule {
    struct match match;
    struct minimatch minimatch;
    struct lflow flow;
};

static void
rule_init(struct rule *rule, struct dice *dice, uint32_t number)
{
    memset(rule, 0, sizeof *rule);
    match_init_catchall(&rule->match);
    if (dice_roll(dice, 2)) {
        match_set_reg_masked(&rule->match, 0, dice_roll(dice, 2), 1);
    }
    if (dice_roll(dice, 2)) {
        match_set_dl_type(&rule->match, htons(dice_roll(dice, 2)
                                              ? ETH_TYPE_IP
                                              : ETH_TYPE_IPV6));
    }
    if (dice_roll(dice, 2)) {
        match_set_nw_dst_masked(&rule->match, htonl(dice_roll(dice, 3)),
                                htonl(3));
    }
    if (dice_roll(dice, 3) == 0) {
        match_set_tp_dst(&rule->match, htons(dice_roll(dice, 2)));
    }
    minimatch_init(&rule->minimatch, &rule->match);
    rule->flow.priority = dice_roll(dice, 8);
    rule->flow.uuid.parts[0] = number;
}

static void
random_flow(struct dice *dice, struct flow *flow)
{
    memset(flow, 0, sizeof *flow);
    flow->regs[0] = dice_roll(dice, 4);
    flow->dl_type = htons(dice_roll(dice, 2) ? ETH_TYPE_IP : ETH_TYPE_IPV6);
    flow->nw_dst = htonl(dice_roll(dice, 8));
    flow->tp_dst = htons(dice_roll(dice, 2));
}

static bool
matches(const struct rule *rule, const struct flow *flow)
{
    return flow_equal_except(flow, &rule->match.flow, &rule->match.wc);
}

/* The flow that should be found: the highest priority; then the lowest
 * UUID. */
static const struct lflow *
expected(const struct rule *rules, size_t n, const struct flow *flow)
{
    const struct lflow *best = NULL;

    for (size_t i = 0; i < n; i++) {
        if (matches(&rules[i], flow)
            && (!best || rules[i].flow.priority > best->priority)) {
            best = &rules[i].flow;
        }
    }
    return best;
}

static void
check_packet(struct dice *dice, const struct scan *scan,
             const struct rule *rules, size_t n)
{
    struct flow_wildcards wc;
    struct flow flow, other;

    random_flow(dice, &flow);
    flow_wildcards_init_catchall(&wc);
    const struct lflow *found = scan_lookup(scan, &flow, &wc);
    assert_case(found == expected(rules, n, &flow), "%s",
                flow_to_string(&flow, NULL));

    /* What agrees in the bits looked at finds the same. */
    random_flow(dice, &other);
    for (size_t i = 0; i < FLOW_U64S; i++) {
        uint64_t mask = ((uint64_t *) &wc.masks)[i];
        uint64_t *to = (uint64_t *) &other + i;

        *to = (*to & ~mask) | (((uint64_t *) &flow)[i] & mask);
    }
    assert_case(expected(rules, n, &other) == found, "%s",
                flow_to_string(&other, NULL));
}

static void
random_rules(void **state OVS_UNUSED)
{
    static struct rule rules[N_RULES];
    struct dice dice = { 6 };

    for (int round = 0; round < N_ROUNDS; round++) {
        size_t n = dice_roll(&dice, N_RULES + 1);
        struct scan_entry entries[N_RULES];

        for (size_t i = 0; i < n; i++) {
            rule_init(&rules[i], &dice, i);
            /* In another order than the rules. */
            entries[n - 1 - i] = (struct scan_entry) {
                .match = &rules[i].minimatch,
                .priority = rules[i].flow.priority,
                .flow = &rules[i].flow,
            };
        }

        struct scan *scan = scan_new(entries, n);
        for (int i = 0; i < N_PACKETS; i++) {
            check_packet(&dice, scan, rules, n);
        }
        free(scan);
        for (size_t i = 0; i < n; i++) {
            minimatch_destroy(&rules[i].minimatch);
        }
    }
}

/* A rule that differs in its metadata costs no bit of the packet. */
static void
metadata_first(void **state OVS_UNUSED)
{
    struct rule rule = { .flow = { .priority = 1 } };
    struct flow flow = { .nw_dst = htonl(1) };
    struct flow_wildcards wc;

    match_init_catchall(&rule.match);
    match_set_reg(&rule.match, 3, 7);
    match_set_nw_dst(&rule.match, htonl(1));
    minimatch_init(&rule.minimatch, &rule.match);

    struct scan_entry entry = { &rule.minimatch, 1, &rule.flow };
    struct scan *scan = scan_new(&entry, 1);
    flow_wildcards_init_catchall(&wc);
    assert_null(scan_lookup(scan, &flow, &wc));
    assert_int_equal(wc.masks.regs[3], UINT32_MAX);
    assert_int_equal(wc.masks.nw_dst, 0);
    flow.regs[3] = 7;
    assert_ptr_equal(scan_lookup(scan, &flow, &wc), &rule.flow);
    assert_int_equal(wc.masks.nw_dst, OVS_BE32_MAX);
    free(scan);
    minimatch_destroy(&rule.minimatch);
}

static void
only_small_tables(void **state OVS_UNUSED)
{
    assert_true(scan_is_better(0, 0));
    assert_true(scan_is_better(1, 1));
    assert_true(scan_is_better(30, 30));
    assert_false(scan_is_better(10000, 3));
    assert_false(scan_is_better(10000, 10000));
}

int
main(int argc OVS_UNUSED, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_rules),
        cmocka_unit_test(metadata_first),
        cmocka_unit_test(only_small_tables),
    };

    set_program_name(argv[0]);
    return cmocka_run_group_tests_name("ltable_scan", tests, NULL, NULL);
}
