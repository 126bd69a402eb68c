/* Which answers to neighbours the kernel gets, with its map faked. */

#include "unit.h"

#include "dp_neighbor.h"
#include "fake_fastpath.h"

enum { IFINDEX = 7 };

struct fixture {
    struct fastpath fake;
    struct neighbors *neighbors;
};

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    f->neighbors = neighbors_new(&f->fake);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    neighbors_free(f->neighbors);
    free(f);
    return 0;
}

/* A workload's first question for its router, and what the router says. */
static const struct fp_neighbor_key arp = {
    .ifindex = IFINDEX, .eth_dst = { 255, 255, 255, 255, 255, 255 },
    .eth_src = { 2, 0, 0, 0, 0, 1 },
};
static const struct fp_neighbor router = {
    .generation = 1, .mac = { 2, 0, 0, 0, 0, 0xfe },
};
static const struct fp_neighbor other_router = {
    .generation = 1, .mac = { 2, 0, 0, 0, 0, 0xfd },
};

static struct fp_neighbor_key
to_one(struct fp_neighbor_key key, const struct fp_neighbor *n)
{
    memcpy(key.eth_dst, n->mac, sizeof key.eth_dst);
    return key;
}

/* The MAC that the kernel answers with, its last byte; -1 if it does not. */
static int
kernel_says(struct fixture *f, const struct fp_neighbor_key *key)
{
    const struct fp_neighbor *n = fake_fastpath_find_neighbor(&f->fake, key);

    return n ? n->mac[5] : -1;
}

/* Whatever is doubtful is answered so; NULL: not at all.  Returns how many
 * that were. */
static int
ask(struct fixture *f, const struct fp_neighbor *answer)
{
    const struct fp_neighbor_key *next;
    int n = 0;

    while ((next = neighbors_next_doubtful(f->neighbors))) {
        struct fp_neighbor_key key = *next;

        if (answer) {
            neighbors_confirm(f->neighbors, &key, answer);
        } else {
            neighbors_refuse(f->neighbors, &key);
        }
        assert_case(++n < 100, "there is no end");
    }
    return n;
}

static void
what_was_answered_is_known_in_its_other_form(void **state)
{
    struct fixture *f = *state;
    struct fp_neighbor_key one = to_one(arp, &router);

    neighbors_expect(f->neighbors, &arp, &router);
    assert_int_equal(kernel_says(f, &arp), -1);
    assert_int_equal(ask(f, &router), 2);
    assert_int_equal(kernel_says(f, &arp), 0xfe);
    assert_int_equal(kernel_says(f, &one), 0xfe);

    /* And the other way round; what is known is not asked for again. */
    neighbors_expect(f->neighbors, &one, &router);
    assert_int_equal(ask(f, &router), 0);
    neighbors_flush(f->neighbors);
    assert_int_equal(kernel_says(f, &arp), -1);
    neighbors_expect(f->neighbors, &one, &router);
    assert_int_equal(ask(f, &router), 2);
    assert_int_equal(kernel_says(f, &arp), 0xfe);
    assert_int_equal(kernel_says(f, &one), 0xfe);
}

static void
what_is_not_answered_is_not_kept(void **state)
{
    struct fixture *f = *state;

    neighbors_expect(f->neighbors, &arp, &router);
    assert_int_equal(ask(f, NULL), 2);
    assert_int_equal(kernel_says(f, &arp), -1);
    neighbors_changed(f->neighbors);
    assert_int_equal(ask(f, &router), 0);
}

static void
an_answer_that_was_gone_for_a_while_comes_back(void **state)
{
    struct fixture *f = *state;

    neighbors_expect(f->neighbors, &arp, &router);
    ask(f, &router);
    for (int i = 0; i < 3; i++) {
        neighbors_changed(f->neighbors);
        assert_int_equal(ask(f, NULL), 2);
        assert_int_equal(kernel_says(f, &arp), -1);
    }
    neighbors_changed(f->neighbors);
    assert_int_equal(ask(f, &router), 2);
    assert_int_equal(kernel_says(f, &arp), 0xfe);
}

static void
another_answer_takes_its_place(void **state)
{
    struct fixture *f = *state;

    neighbors_expect(f->neighbors, &arp, &router);
    ask(f, &router);
    neighbors_changed(f->neighbors);
    assert_int_equal(ask(f, &other_router), 2);
    assert_int_equal(kernel_says(f, &arp), 0xfd);
}

static void
what_the_kernel_holds_void_is_asked_for_again(void **state)
{
    struct fixture *f = *state;
    struct fp_neighbor now = router;

    neighbors_expect(f->neighbors, &arp, &router);
    ask(f, &router);
    now.generation++;
    neighbors_expect(f->neighbors, &arp, &now);
    assert_int_equal(ask(f, &now), 2);
    assert_int_equal(fake_fastpath_find_neighbor(&f->fake, &arp)->generation,
                     now.generation);
}

static void
an_interface_takes_its_answers_along(void **state)
{
    struct fixture *f = *state;

    neighbors_expect(f->neighbors, &arp, &router);
    ask(f, &router);
    neighbors_expect(f->neighbors, &arp, &other_router);
    neighbors_drop_interface(f->neighbors, IFINDEX);
    assert_int_equal(f->fake.n_neighbors, 0);
    assert_null(neighbors_next_doubtful(f->neighbors));
}

static void
answers_of_an_earlier_start_wait_to_be_adopted(void **state)
{
    struct fixture *f = *state;

    neighbors_expect(f->neighbors, &arp, &router);
    ask(f, &router);
    neighbors_free(f->neighbors);
    f->neighbors = neighbors_new(&f->fake);
    neighbors_changed(f->neighbors);
    assert_int_equal(ask(f, NULL), 0);
    assert_int_equal(kernel_says(f, &arp), 0xfe);
    neighbors_adopt(f->neighbors);
    assert_int_equal(ask(f, &router), 2);
    assert_int_equal(kernel_says(f, &arp), 0xfe);
}

static void
questions_of_ipv6_are_to_the_groups_of_their_targets(void **state OVS_UNUSED)
{
    struct fp_neighbor_key key = { .ifindex = IFINDEX };
    struct fp_neighbor_key forms[NEIGHBOR_N_FORMS];
    static const uint8_t group[6] = { 0x33, 0x33, 0xff, 0xbb, 0xcc, 0xdd };
    struct in6_addr target, all, told;

    assert_true(ipv6_parse("fd00::aabb:ccdd", &target));
    assert_true(ipv6_parse("ff02::1:ffbb:ccdd", &all));
    memcpy(key.dst, &target, sizeof key.dst);
    memcpy(key.ip_dst, &target, sizeof key.ip_dst);
    memcpy(key.eth_dst, router.mac, sizeof key.eth_dst);
    neighbor_key_forms(&key, router.mac, forms);
    assert_memory_equal(&forms[0], &key, sizeof key);
    assert_memory_equal(forms[1].eth_dst, group, sizeof group);
    memcpy(&told, forms[1].ip_dst, sizeof told);
    assert_true(ipv6_addr_equals(&told, &all));
    assert_memory_equal(&forms[2], &key, sizeof key);
}

/* A verdict that sends the answer back, and learns who asked if 'learns', and
 * does something else if 'more'. */
static void
make_verdict(struct pipe_verdict *v, const struct net_port *port, bool learns,
             bool more)
{
    struct dp_packet *packet = neighbor_compose(&arp);
    struct fp_arp *a = dp_packet_data(packet);

    memcpy(a->eth_dst, arp.eth_src, 6);
    memcpy(a->eth_src, router.mac, 6);
    a->op = htons(ARP_OP_REPLY);
    memcpy(a->tha, arp.eth_src, 6);
    memcpy(a->sha, router.mac, 6);
    pipe_verdict_init(v);
    v->effects = xcalloc(3, sizeof *v->effects);
    v->allocated = 3;
    if (learns) {
        v->effects[v->n++].type = EFFECT_MAC;
    }
    v->effects[v->n++] = (struct pipe_effect) {
        .type = EFFECT_OUTPUT, .port = port, .packet = packet,
    };
    if (more) {
        v->effects[v->n++].type = EFFECT_LOG;
    }
}

static void
a_verdict_that_learns_is_an_answer_and_none_to_keep(void **state OVS_UNUSED)
{
    static const struct net_port port = { .key = 1 }, other = { .key = 2 };
    static const struct {
        const char *what;
        bool learns, more;
        const struct net_port *outport;
        bool is_answer, is_kept;
    } cases[] = {
        { "the answer", false, false, &port, true, true },
        { "and a lesson", true, false, &port, true, false },
        { "and something else", true, true, &port, false, false },
        { "elsewhere", false, false, &other, false, false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fp_neighbor n;
        struct pipe_verdict v;

        make_verdict(&v, cases[i].outport, cases[i].learns, cases[i].more);
        assert_case(neighbor_from_first_verdict(&arp, &v, &port, &n)
                    == cases[i].is_answer, "%s", cases[i].what);
        if (cases[i].is_answer) {
            assert_memory_equal(n.mac, router.mac, sizeof n.mac);
        }
        assert_case(neighbor_from_verdict(&arp, &v, &port, &n)
                    == cases[i].is_kept, "%s", cases[i].what);
        pipe_verdict_uninit(&v);
    }
}

#define CASE(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_was_answered_is_known_in_its_other_form),
        CASE(what_is_not_answered_is_not_kept),
        CASE(an_answer_that_was_gone_for_a_while_comes_back),
        CASE(another_answer_takes_its_place),
        CASE(what_the_kernel_holds_void_is_asked_for_again),
        CASE(an_interface_takes_its_answers_along),
        CASE(answers_of_an_earlier_start_wait_to_be_adopted),
        CASE(questions_of_ipv6_are_to_the_groups_of_their_targets),
        CASE(a_verdict_that_learns_is_an_answer_and_none_to_keep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
