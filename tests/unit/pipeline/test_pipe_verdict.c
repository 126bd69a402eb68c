/* Verdicts: what is in them, who owns it. */

#include "unit.h"

#include "pipe_private.h"

struct fixture {
    struct pipe_verdict verdict;
    struct pipe_run run;
    struct pipe_state state;
};

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    pipe_verdict_init(&f->verdict);
    f->run.verdict = &f->verdict;
    f->state.run = &f->run;
    f->state.packet = dp_packet_new(64);
    dp_packet_put_zeros(f->state.packet, 60);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    pipe_state_uninit(&f->state);
    pipe_verdict_uninit(&f->verdict);
    free(f);
    return 0;
}

static void
effects_keep_their_order(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 100; i++) {
        pipe_add_effect(&f->state, i & 1 ? EFFECT_MAC : EFFECT_FDB);
    }
    assert_int_equal(f->verdict.n, 100);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(f->verdict.effects[i].type,
                         i & 1 ? EFFECT_MAC : EFFECT_FDB);
    }
}

/* Learning and logging happen by the way: the packet still needs an end. */
static void
what_ends_a_packet(void **state)
{
    static const struct {
        enum pipe_effect_type type;
        bool ends;
    } cases[] = {
        { EFFECT_OUTPUT, true }, { EFFECT_EVENT, true },
        { EFFECT_PUNT, true },   { EFFECT_DROP, true },
        { EFFECT_MAC, false },   { EFFECT_FDB, false },
        { EFFECT_LOG, false },   { EFFECT_BIND, false },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        f->state.handled = false;
        pipe_add_effect(&f->state, cases[i].type);
        assert_int_equal(f->state.handled, cases[i].ends);
    }
}

static void
note_drop(void *reason, enum drop_reason why)
{
    *(enum drop_reason *) reason = why;
}

static void
drops(void **state)
{
    struct fixture *f = *state;
    enum drop_reason reason = DROP_TTL;
    const struct pipe_observer observer = {
        .aux = &reason, .drop = note_drop,
    };

    f->run.observer = &observer;
    pipe_drop(&f->state, DROP_LOOP);
    assert_int_equal(reason, DROP_LOOP);
    assert_int_equal(f->verdict.effects[0].reason, DROP_LOOP);
    assert_true(f->state.halted);
}

/* A punt has a copy of the packet, as it is now. */
static void
punts(void **state)
{
    struct fixture *f = *state;

    pipe_punt(&f->state, "igmp", NULL);
    assert_string_equal(f->verdict.effects[0].event->name, "igmp");
    struct dp_packet *packet
        = pipe_effect_steal_packet(&f->verdict.effects[0]);
    assert_non_null(packet);
    assert_ptr_not_equal(packet, f->state.packet);
    assert_int_equal(dp_packet_size(packet), 60);
    assert_null(f->verdict.effects[0].packet);
    dp_packet_delete(packet);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(effects_keep_their_order), TEST(what_ends_a_packet),
        TEST(drops), TEST(punts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
