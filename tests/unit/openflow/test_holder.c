/* The holder between a switch and a Southbound database that do what the test
 * says (fake_openflow.h, fake_sb.h).  Time is an argument. */

#include "unit.h"

#include <netinet/in.h>

#include "cleanup.h"
#include "fake_openflow.h"
#include "fake_sb.h"
#include "holder.h"
#include "of_switch.h"
#include "packet_spec.h"

#define VIP "192.168.1.100:80"
#define LB1 "11111111-1c3b-4b8a-9d53-0d0b6a1f2c3d"
#define LB2 "22222222-1c3b-4b8a-9d53-0d0b6a1f2c3d"

#define TIMEOUT_MS 10000

/* Datapaths. */
enum { SW = 2, SW2 = 3, ROUTER = 4 };

struct world {
    struct custody custody;
    struct openflow openflow;
    struct sb sb;
    struct holder *holder;
    long long now_ms;
    struct event event; /* For VIP of LB1. */
};

static void
world_init(struct world *w)
{
    static const struct holder_config config = {
        .limits = { .n_packets = 1000,
                    .n_bytes = 1000000,
                    .n_source_packets = 1000,
                    .n_source_bytes = 1000000,
                    .n_queue_bytes = 100000 },
        .policy = { .n_packets = 500, .timeout_ms = TIMEOUT_MS },
    };

    *w = (struct world){ .now_ms = 1000000 };
    fake_openflow_init(&w->openflow, &w->custody);
    fake_sb_init(&w->sb);
    for (size_t i = 0; i < FAKE_N_DATAPATHS; i++) {
        w->openflow.states[i] = OF_VIP_ASLEEP;
    }
    w->holder = holder_new(&config, &of_holder_switch, &w->openflow,
                           &w->sb, &w->custody);
    w->event = (struct event){ .kind = EVENT_empty_lb_backends,
                               .vip = xstrdup(VIP),
                               .protocol = xstrdup("tcp") };
    assert_true(uuid_from_string(&w->event.lb, LB1));
}

static void
world_uninit(struct world *w)
{
    assert_true(custody_balances(&w->custody));
    holder_free(w->holder);
    assert_int_equal(w->custody.held, 0);
    fake_openflow_uninit(&w->openflow);
    assert_true(custody_balances(&w->custody));
    fake_sb_uninit(&w->sb);
    event_uninit(&w->event);
}

/* Runs the holder 'ms' later. */
static void
step(struct world *w, long long ms)
{
    w->now_ms += ms;
    holder_run(w->holder, w->now_ms);
    fake_sb_settle(&w->sb);
    assert_true(custody_balances(&w->custody));
}

static struct dp_packet *
syn(uint16_t port)
{
    char *flow = xasprintf("tcp,nw_src=10.0.0.2,nw_dst=192.168.1.100,"
                           "tcp_src=%u,tcp_dst=80",
                           port);
    struct dp_packet *p = packet_from_spec(&(struct packet_spec){
        .flow = flow, .tcp_flags = TCP_SYN, .seq = 1000 });

    free(flow);
    return p;
}

/* A client's SYN from 'port' arrives at 'datapath' for VIP of LB1. */
static void
arrive(struct world *w, uint16_t port, uint64_t datapath)
{
    fake_openflow_arrive(&w->openflow, syn(port), VIP, LB1, datapath);
}

/* Takes what was sent: it must be the SYN from 'port', replayed. */
static void
assert_replayed(struct world *w, uint16_t port, uint64_t datapath)
{
    struct fake_sent *sent = fake_openflow_take_sent(&w->openflow);
    struct dp_packet *p = syn(port);

    assert_non_null(sent);
    assert_false(sent->is_answer);
    assert_int_equal(sent->origin.datapath, datapath);
    assert_int_equal(sent->origin.inport, 3);
    assert_int_equal(sent->origin.ct_zones[1], 5);
    assert_int_equal(dp_packet_size(sent->packet), dp_packet_size(p));
    assert_memory_equal(dp_packet_data(sent->packet), dp_packet_data(p),
                        dp_packet_size(p));
    dp_packet_delete(p);
    fake_sent_free(sent);
}

/* Takes what was sent: it must be a packet that was held. */
static void
assert_goes_on(struct world *w)
{
    struct fake_sent *sent = fake_openflow_take_sent(&w->openflow);

    assert_non_null(sent);
    assert_false(sent->is_answer);
    fake_sent_free(sent);
}

/* Takes what was sent: it must be a RST to 'port'. */
static void
assert_reset(struct world *w, uint16_t port, uint64_t datapath)
{
    struct fake_sent *sent = fake_openflow_take_sent(&w->openflow);
    struct flow flow;

    assert_non_null(sent);
    assert_true(sent->is_answer);
    assert_int_equal(sent->origin.datapath, datapath);
    assert_null(packet_check(sent->packet));
    flow_extract(sent->packet, &flow);
    assert_int_equal(flow.nw_proto, IPPROTO_TCP);
    assert_int_equal(ntohs(flow.tcp_flags), TCP_RST | TCP_ACK);
    assert_int_equal(ntohs(flow.tp_dst), port);
    fake_sent_free(sent);
}

static void
assert_nothing_sent(const struct world *w)
{
    assert_true(ovs_list_is_empty(&w->openflow.sent));
}

static void
assert_held(const struct world *w, size_t n)
{
    assert_int_equal(w->custody.held, n);
    assert_true(custody_balances(&w->custody));
}

/* --- Rows --- */

static void
an_arrival_has_a_row_written(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    step(&w, 0);
    assert_int_equal(w.sb.n_inserts, 0);
    arrive(&w, 1, SW);
    step(&w, 0);
    assert_int_equal(w.sb.n_inserts, 1);
    assert_true(sb_event_is_pending(&w.sb, &w.event, false));
    assert_held(&w, 1);
    assert_nothing_sent(&w);

    /* Not one for each packet, nor each run. */
    for (int i = 2; i < 10; i++) {
        arrive(&w, i, i % 2 ? SW : SW2);
        step(&w, 100);
    }
    assert_int_equal(w.sb.n_inserts, 1);
    fake_sb_confirm(&w.sb);
    for (int i = 0; i < 50; i++) {
        step(&w, 100);
    }
    assert_int_equal(w.sb.n_inserts, 1);
    assert_held(&w, 9);
    world_uninit(&w);
}

/* It does not say that the packet may wake anything. */
static void
a_row_of_ovn_controller_will_not_do(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    fake_sb_add_row(&w.sb, &w.event);
    arrive(&w, 1, SW);
    step(&w, 0);
    assert_int_equal(w.sb.n_inserts, 1);
    fake_sb_confirm(&w.sb);
    const struct sb_event *row = sb_event_find_admitted(&w.sb, &w.event);
    assert_non_null(row);
    assert_string_equal(smap_get(&row->info, SB_EVENT_ADMITTED), "10.0.0.2");
    for (int i = 0; i < 50; i++) {
        step(&w, 100);
    }
    assert_int_equal(w.sb.n_inserts, 1);
    assert_held(&w, 1);
    world_uninit(&w);
}

static void
a_row_of_another_chassis_will_do(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    fake_sb_add_admitted(&w.sb, &w.event);
    arrive(&w, 1, SW);
    for (int i = 0; i < 50; i++) {
        step(&w, 100);
    }
    assert_int_equal(w.sb.n_inserts, 0);
    assert_held(&w, 1);
    world_uninit(&w);
}

/* --- Refused packets --- */

static void
arrive_flags(struct world *w, uint16_t tcp_flags)
{
    struct dp_packet *p = packet_from_spec(&(struct packet_spec){
        .flow = "tcp,nw_src=10.0.0.7,nw_dst=192.168.1.100,tcp_src=1,"
                "tcp_dst=80",
        .tcp_flags = tcp_flags });

    fake_openflow_arrive(&w->openflow, p, VIP, LB1, SW);
}

/* What may not wake has no row written, and is not answered. */
static void
strays_wake_nobody(void **state OVS_UNUSED)
{
    static const uint16_t flags[] = {
        TCP_FIN, TCP_FIN | TCP_ACK, TCP_RST, TCP_RST | TCP_ACK,
        TCP_FIN | TCP_SYN, 0, TCP_ACK, TCP_ACK | TCP_PSH, TCP_SYN | TCP_ACK,
    };
    struct world w;

    world_init(&w);
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        arrive_flags(&w, flags[i]);
        step(&w, 0);
        /* One of a connection that goes on, perhaps, is not dropped at
         * once. */
        assert_held(&w, i < 5 ? 0 : 1);
        step(&w, 3000);
        assert_held(&w, 0);
        assert_int_equal(w.custody.dropped[DROP_NOT_ADMITTED], i + 1);
    }
    assert_int_equal(w.sb.n_inserts, 0);
    assert_nothing_sent(&w);
    world_uninit(&w);
}

/* The waker may take a packet that opens nothing for a reason to turn idling
 * round: then the packet is there. */
static void
ongoing_connections_go_on(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    arrive_flags(&w, TCP_ACK);
    step(&w, 0);
    step(&w, 2000);
    fake_sb_set_state(&w.sb, SB_VIP_READY);
    fake_openflow_set_state(&w.openflow, SW, OF_VIP_AWAKE);
    step(&w, 0);
    assert_goes_on(&w);
    assert_held(&w, 0);
    assert_int_equal(w.sb.n_inserts, 0);
    world_uninit(&w);
}

/* A switch that lags raises events for a VIP that has backends again: that
 * needs no wake, and a FIN that was lost here would leave both ends waiting. */
static void
what_wakes_nobody_goes_on_to_a_vip_that_is_awake(void **state OVS_UNUSED)
{
    static const uint16_t flags[] = {
        TCP_FIN | TCP_ACK, TCP_RST, TCP_ACK, TCP_SYN,
    };
    struct world w;

    world_init(&w);
    fake_sb_set_policy(&w.sb, "rouse-ignore-from", "10.0.0.7");
    fake_sb_set_state(&w.sb, SB_VIP_READY);
    fake_openflow_set_state(&w.openflow, SW, OF_VIP_ASLEEP);
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        arrive_flags(&w, flags[i]);
    }
    step(&w, 0);
    assert_held(&w, ARRAY_SIZE(flags));
    fake_openflow_set_state(&w.openflow, SW, OF_VIP_AWAKE);
    step(&w, 0);
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        assert_goes_on(&w);
    }
    assert_held(&w, 0);
    assert_int_equal(w.sb.n_inserts, 0);
    world_uninit(&w);
}

/* One who may wake comes while another is held who may not. */
static void
one_who_may_comes_later(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    arrive_flags(&w, TCP_ACK);
    step(&w, 1000);
    arrive(&w, 1, SW);
    step(&w, 0);
    assert_int_equal(w.sb.n_inserts, 1);
    fake_sb_confirm(&w.sb);
    assert_string_equal(
        smap_get(&sb_event_find_admitted(&w.sb, &w.event)->info,
                 SB_EVENT_ADMITTED), "10.0.0.2");
    step(&w, 3000);
    assert_held(&w, 2);
    world_uninit(&w);
}

static struct sb_event *
row_of_chassis(struct world *w, const char *chassis)
{
    struct sb_event *row = fake_sb_add_row(&w->sb, &w->event);

    row->chassis = xstrdup(chassis);
    return row;
}

/* The row of ovn-controller may come before the packet or after it. */
static void
rows_of_refused_packets_are_marked(void **state OVS_UNUSED)
{
    for (int first = 0; first < 2; first++) {
        struct sb_event *row;
        struct world w;

        world_init(&w);
        if (first) {
            row = row_of_chassis(&w, FAKE_CHASSIS);
            step(&w, 0);
            arrive_flags(&w, TCP_ACK);
        } else {
            arrive_flags(&w, TCP_ACK);
            arrive_flags(&w, TCP_RST);
            step(&w, 10);
            row = row_of_chassis(&w, FAKE_CHASSIS);
        }
        step(&w, 10);
        assert_string_equal(
            smap_get_def(&row->info, SB_EVENT_REFUSED, "none"),
            first ? "not-opening=1" : "not-opening=1 closing=1");
        assert_string_equal(smap_get(&row->info, SB_EVENT_SOURCE),
                            "10.0.0.7");
        assert_null(smap_get(&row->info, SB_EVENT_ADMITTED));
        world_uninit(&w);
    }
}

/* A mark that is on its way is not written over: what comes meanwhile is told
 * later. */
static void
rows_are_marked_once(void **state OVS_UNUSED)
{
    struct sb_event *row;
    struct world w;

    world_init(&w);
    row = row_of_chassis(&w, FAKE_CHASSIS);
    w.sb.annotating = true;
    arrive_flags(&w, TCP_RST);
    step(&w, 0);
    assert_null(smap_get(&row->info, SB_EVENT_REFUSED));
    w.sb.annotating = false;
    arrive_flags(&w, TCP_RST);
    step(&w, 0);
    assert_string_equal(smap_get(&row->info, SB_EVENT_REFUSED), "closing=2");
    arrive_flags(&w, TCP_RST);
    step(&w, 10000);
    assert_string_equal(smap_get(&row->info, SB_EVENT_REFUSED), "closing=2");
    assert_int_equal(w.sb.n_told, 0);
    world_uninit(&w);
}

/* Refusals that nobody else writes a row for, because there was one or because
 * it is lost, are told in one of our own; one that comes then means nothing
 * more. */
static void
refusals_without_a_row_are_told(void **state OVS_UNUSED)
{
    struct sb_event *row;
    struct world w;

    world_init(&w);
    for (uint64_t i = 1; i < 4; i++) {
        arrive_flags(&w, TCP_RST);
        arrive_flags(&w, TCP_RST);
        step(&w, 0);
        step(&w, 1999);
        assert_false(sb_event_is_pending(&w.sb, &w.event, true));
        step(&w, 1);
        assert_true(sb_event_is_pending(&w.sb, &w.event, true));
        assert_int_equal(w.sb.n_told, i);
        fake_sb_confirm(&w.sb);
        row = CONST_CAST(struct sb_event *,
                         sb_event_next_same(&w.sb, &w.event, NULL));
        assert_string_equal(smap_get(&row->info, SB_EVENT_REFUSED),
                            "closing=2");
        assert_string_equal(smap_get(&row->info, SB_EVENT_SOURCE),
                            "10.0.0.7");
        step(&w, 10000);
        assert_int_equal(w.sb.n_told, i);
        fake_sb_delete_rows(&w.sb);
        step(&w, 0);
    }
    row = row_of_chassis(&w, FAKE_CHASSIS);
    step(&w, 0);
    assert_string_equal(smap_get(&row->info, SB_EVENT_REFUSED), "");
    world_uninit(&w);
}

/* A row of packets that may not wake keeps nobody who may from waking. */
static void
rows_of_refused_packets_are_in_nobodys_way(void **state OVS_UNUSED)
{
    struct sb_event *row;
    struct world w;

    world_init(&w);
    row = row_of_chassis(&w, FAKE_CHASSIS);
    fake_sb_annotate(&w.sb, row, SB_EVENT_REFUSED, "closing=1");
    arrive_flags(&w, TCP_RST);
    step(&w, 2000);
    arrive(&w, 1, SW);
    step(&w, 0);
    assert_true(sb_event_is_pending(&w.sb, &w.event, false));
    world_uninit(&w);
}

/* Nor is one that says already that somebody may, nor one of a packet that
 * came elsewhere, nor one that came long after. */
static void
rows_of_others_are_not_marked(void **state OVS_UNUSED)
{
    struct sb_event *row;
    struct world w;

    world_init(&w);
    arrive_flags(&w, TCP_ACK);
    row = row_of_chassis(&w, "chassis-2");
    step(&w, 0);
    assert_null(smap_get(&row->info, SB_EVENT_REFUSED));
    fake_sb_delete_rows(&w.sb);
    row = row_of_chassis(&w, FAKE_CHASSIS);
    fake_sb_annotate(&w.sb, row, SB_EVENT_ADMITTED, "10.0.0.9");
    step(&w, 0);
    assert_null(smap_get(&row->info, SB_EVENT_REFUSED));
    fake_sb_delete_rows(&w.sb);
    step(&w, 60000);
    assert_held(&w, 0);
    step(&w, 60000);
    row = row_of_chassis(&w, FAKE_CHASSIS);
    step(&w, 0);
    assert_null(smap_get(&row->info, SB_EVENT_REFUSED));
    world_uninit(&w);
}

/* ovn-controller may write a row long after its packet was delivered: when
 * the Southbound database had no leader.  While others wait for the same VIP,
 * nobody can tell whose row it is. */
static void
rows_that_come_late_are_marked(void **state OVS_UNUSED)
{
    for (int others = 0; others < 2; others++) {
        struct sb_event *row;
        struct world w;

        world_init(&w);
        arrive(&w, 1, SW);
        step(&w, 0);
        fake_sb_confirm(&w.sb);
        fake_sb_set_state(&w.sb, SB_VIP_READY);
        fake_openflow_set_state(&w.openflow, SW, OF_VIP_AWAKE);
        step(&w, 0);
        assert_replayed(&w, 1, SW);
        fake_sb_delete_rows(&w.sb);
        fake_sb_set_state(&w.sb, SB_VIP_EMPTY);
        fake_openflow_set_state(&w.openflow, SW, OF_VIP_ASLEEP);
        step(&w, 30000);
        if (others) {
            arrive(&w, 2, SW);
            step(&w, 0);
        }
        row = row_of_chassis(&w, FAKE_CHASSIS);
        step(&w, 10);
        if (others) {
            assert_null(smap_get(&row->info, SB_EVENT_REFUSED));
        } else {
            assert_string_equal(smap_get(&row->info, SB_EVENT_REFUSED), "");
            assert_null(smap_get(&row->info, SB_EVENT_SOURCE));
        }
        world_uninit(&w);
    }
}

static void
the_database_bounds_what_is_held(void **state OVS_UNUSED)
{
    static const struct holder_config config = {
        .limits = { .n_source_packets = 7 },
        .policy = { .n_packets = 500, .timeout_ms = TIMEOUT_MS },
    };
    struct world w;

    world_init(&w);
    holder_free(w.holder);
    w.sb.limits = (struct global_limits) {
        .held_packets = 5, .held_bytes = 100000, .held_per_source = 3,
    };
    w.holder = holder_new(&config, &of_holder_switch, &w.openflow, &w.sb,
                          &w.custody);
    for (int i = 0; i < 20; i++) {
        arrive(&w, 1 + i, SW);
    }
    step(&w, 0);
    assert_held(&w, 5);
    w.sb.limits = (struct global_limits) { .held_packets = 0 };
    w.sb.policy_seqno++;
    step(&w, 0);
    for (int i = 0; i < 20; i++) {
        arrive(&w, 21 + i, SW);
    }
    step(&w, 0);
    /* What this chassis was started with comes before what all have. */
    assert_held(&w, 7);
    world_uninit(&w);
}

static void
policies_decide(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    fake_sb_set_policy(&w.sb, "rouse-ignore-from", "10.0.0.0/24");
    arrive(&w, 1, SW);
    step(&w, 0);
    assert_held(&w, 0);
    assert_int_equal(w.sb.n_inserts, 0);
    fake_sb_set_policy(&w.sb, "rouse-ignore-from", "10.0.1.0/24");
    arrive(&w, 1, SW);
    step(&w, 0);
    assert_held(&w, 1);
    assert_int_equal(w.sb.n_inserts, 1);
    world_uninit(&w);
}

/* For whoever asks: each refusal once. */
static void
refusals_are_told(void **state OVS_UNUSED)
{
    struct holder_refused refused;
    struct world w;

    world_init(&w);
    assert_false(holder_next_refused(w.holder, &refused));
    arrive_flags(&w, TCP_ACK);
    arrive_flags(&w, TCP_ACK);
    arrive_flags(&w, TCP_FIN);
    step(&w, 0);
    assert_true(holder_next_refused(w.holder, &refused));
    assert_true(event_equals(&refused.event, &w.event));
    assert_int_equal(refused.n[REFUSAL_NOT_OPENING], 2);
    assert_int_equal(refused.n[REFUSAL_CLOSING], 1);
    assert_int_equal(refused.last, REFUSAL_CLOSING);
    event_uninit(&refused.event);
    assert_false(holder_next_refused(w.holder, &refused));

    struct json *json = holder_refusals(w.holder);
    char *text = json_to_string(json, JSSF_SORT);
    assert_string_equal(text, "{\"closing\":1,\"not-opening\":2}");
    free(text);
    json_destroy(json);
    world_uninit(&w);
}

/* A row that vanishes may be the trace of a wake whose flows are still on
 * their way, or of a waker that died. */
static void
a_row_that_vanishes_is_written_again_after_a_second(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    arrive(&w, 1, SW);
    step(&w, 0);
    fake_sb_confirm(&w.sb);
    step(&w, 3000);
    for (size_t i = 1; i <= 3; i++) {
        assert_int_equal(w.sb.n_inserts, i);
        /* The holder saw the row last in the step above. */
        fake_sb_delete_rows(&w.sb);
        step(&w, 0);
        assert_int_equal(w.sb.n_inserts, i);
        step(&w, 999);
        assert_int_equal(w.sb.n_inserts, i);
        /* Nothing changes but the time. */
        step(&w, 1);
        assert_int_equal(w.sb.n_inserts, i + 1);
        fake_sb_confirm(&w.sb);
        step(&w, 10);
    }
    world_uninit(&w);
}

static void
each_load_balancer_has_its_own_row(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    fake_openflow_arrive(&w.openflow, syn(1), VIP, LB1, SW);
    fake_openflow_arrive(&w.openflow, syn(1), VIP, LB2, SW2);
    fake_openflow_arrive(&w.openflow, syn(1), "192.168.1.100:81", LB2, SW2);
    step(&w, 0);
    assert_int_equal(w.sb.n_inserts, 3);
    assert_held(&w, 3);
    world_uninit(&w);
}

static void
nothing_is_written_before_the_database_is_there(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    w.sb.ready = false;
    arrive(&w, 1, SW);
    step(&w, 0);
    step(&w, 2000);
    assert_int_equal(w.sb.n_inserts, 0);
    assert_held(&w, 1);
    arrive(&w, 2, SW);
    step(&w, 0);
    w.sb.ready = true;
    step(&w, 0);
    assert_int_equal(w.sb.n_inserts, 1);

    /* Deadlines hold all the same. */
    w.sb.ready = false;
    step(&w, TIMEOUT_MS);
    assert_reset(&w, 1, SW);
    assert_reset(&w, 2, SW);
    assert_held(&w, 0);
    world_uninit(&w);
}

/* Nobody waits then. */
static void
nothing_is_written_for_a_packet_that_is_not_held(void **state OVS_UNUSED)
{
    struct world w;
    struct dp_packet *whole = syn(1);

    world_init(&w);
    fake_openflow_arrive(&w.openflow,
                         packet_truncated(whole, dp_packet_size(whole) - 1),
                         VIP, LB1, SW);
    step(&w, 0);
    step(&w, 2000);
    assert_int_equal(w.sb.n_inserts, 0);
    assert_int_equal(w.custody.dropped[DROP_TRUNCATED], 1);
    assert_held(&w, 0);
    dp_packet_delete(whole);
    world_uninit(&w);
}

static void
nothing_is_written_once_the_last_packet_has_expired(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    arrive(&w, 1, SW);
    step(&w, 0);
    fake_sb_confirm(&w.sb);
    step(&w, 100);
    assert_int_equal(w.sb.n_inserts, 1);
    /* The waker gives up, and its row goes; so does the client. */
    fake_sb_delete_rows(&w.sb);
    w.sb.changed = false;
    step(&w, TIMEOUT_MS);
    assert_reset(&w, 1, SW);
    step(&w, 5000);
    assert_int_equal(w.sb.n_inserts, 1);
    assert_int_equal(w.openflow.n_forgotten, 1);
    world_uninit(&w);
}

/* --- Replaying --- */

static void
packets_go_when_backends_and_flows_are_there(void **state OVS_UNUSED)
{
    static const struct {
        enum sb_vip_state sb;
        enum of_vip_state flows;
        bool goes;
    } cases[] = {
        { SB_VIP_UNKNOWN, OF_VIP_UNKNOWN, false },
        { SB_VIP_UNKNOWN, OF_VIP_ASLEEP, false },
        { SB_VIP_UNKNOWN, OF_VIP_ABSENT, false },
        { SB_VIP_UNKNOWN, OF_VIP_OPEN, false },
        { SB_VIP_UNKNOWN, OF_VIP_AWAKE, true },
        { SB_VIP_EMPTY, OF_VIP_UNKNOWN, false },
        { SB_VIP_EMPTY, OF_VIP_ASLEEP, false },
        { SB_VIP_EMPTY, OF_VIP_ABSENT, false },
        { SB_VIP_EMPTY, OF_VIP_OPEN, false },
        { SB_VIP_EMPTY, OF_VIP_AWAKE, false },
        { SB_VIP_UNHEALTHY, OF_VIP_UNKNOWN, false },
        { SB_VIP_UNHEALTHY, OF_VIP_ASLEEP, false },
        { SB_VIP_UNHEALTHY, OF_VIP_ABSENT, false },
        { SB_VIP_UNHEALTHY, OF_VIP_OPEN, false },
        { SB_VIP_UNHEALTHY, OF_VIP_AWAKE, false },
        { SB_VIP_READY, OF_VIP_UNKNOWN, false },
        { SB_VIP_READY, OF_VIP_ASLEEP, false },
        { SB_VIP_READY, OF_VIP_ABSENT, false },
        { SB_VIP_READY, OF_VIP_OPEN, true },
        { SB_VIP_READY, OF_VIP_AWAKE, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        /* Which of the two is there first must not matter. */
        for (int order = 0; order < 3; order++) {
            struct world w;

            world_init(&w);
            arrive(&w, 1, SW);
            step(&w, 0);
            if (order != 1) {
                fake_sb_set_state(&w.sb, cases[i].sb);
            }
            if (order == 2) {
                step(&w, 1);
            }
            fake_openflow_set_state(&w.openflow, SW, cases[i].flows);
            if (order == 1) {
                step(&w, 1);
                fake_sb_set_state(&w.sb, cases[i].sb);
            }
            step(&w, 1);
            assert_case(w.custody.sent == cases[i].goes,
                        "case %" PRIuSIZE ", order %d", i, order);
            assert_held(&w, !cases[i].goes);
            if (cases[i].goes) {
                assert_replayed(&w, 1, SW);
                assert_int_equal(w.openflow.n_forgotten, 1);
            }
            world_uninit(&w);
        }
    }
}

/* Whoever woke the service is told when its packets left, for a while. */
static void
a_replay_is_reported(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    arrive_flags(&w, TCP_ACK);
    arrive(&w, 1, SW);
    step(&w, 0);
    step(&w, 70);
    assert_int_equal(w.sb.n_replayed, 0);
    fake_sb_set_state(&w.sb, SB_VIP_READY);
    fake_openflow_set_state(&w.openflow, SW, OF_VIP_AWAKE);
    step(&w, 5);
    assert_int_equal(w.sb.n_replayed, 1);
    assert_true(uuid_equals(&w.sb.replayed_lb, &w.event.lb));
    assert_int_equal(w.sb.replayed.held_ms, 75);
    assert_int_equal(w.sb.replayed.n_packets, 2);
    fake_sent_free(fake_openflow_take_sent(&w.openflow));
    assert_replayed(&w, 1, SW);
    step(&w, 14000);
    assert_int_equal(w.sb.n_replayed, 1);
    step(&w, 2000);
    assert_int_equal(w.sb.n_replayed, 0);

    /* What goes on by itself was no wake. */
    arrive_flags(&w, TCP_ACK);
    step(&w, 0);
    assert_int_equal(w.sb.n_replayed, 0);
    fake_sent_free(fake_openflow_take_sent(&w.openflow));
    world_uninit(&w);
}

static void
packets_go_in_the_order_in_which_they_came(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    for (int i = 1; i <= 300; i++) {
        arrive(&w, i, SW);
        /* A retransmission takes the place of the first copy. */
        arrive(&w, 1, SW);
    }
    step(&w, 0);
    assert_held(&w, 300);
    fake_sb_set_state(&w.sb, SB_VIP_READY);
    fake_openflow_set_state(&w.openflow, SW, OF_VIP_AWAKE);
    /* So many that it takes several turns: others must get theirs. */
    int n_runs = 0;
    while (w.custody.held) {
        step(&w, 0);
        n_runs++;
        assert_true(n_runs < 10);
    }
    assert_true(n_runs > 1);
    for (int i = 1; i <= 300; i++) {
        assert_replayed(&w, i, SW);
    }
    assert_nothing_sent(&w);
    assert_int_equal(w.custody.sent, 300);
    assert_int_equal(w.custody.dropped[DROP_SUPERSEDED], 300);
    world_uninit(&w);
}

static void
each_datapath_has_its_own_flows(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    for (int i = 1; i <= 4; i++) {
        arrive(&w, i, i % 2 ? SW : SW2);
    }
    step(&w, 0);
    fake_sb_set_state(&w.sb, SB_VIP_READY);
    fake_openflow_set_state(&w.openflow, SW2, OF_VIP_AWAKE);
    step(&w, 0);
    assert_replayed(&w, 2, SW2);
    assert_replayed(&w, 4, SW2);
    assert_nothing_sent(&w);
    assert_held(&w, 2);
    assert_int_equal(w.openflow.n_forgotten, 0);
    fake_openflow_set_state(&w.openflow, SW, OF_VIP_AWAKE);
    step(&w, 0);
    assert_replayed(&w, 1, SW);
    assert_replayed(&w, 3, SW);
    assert_held(&w, 0);
    assert_int_equal(w.openflow.n_forgotten, 1);
    world_uninit(&w);
}

static void
a_router_has_a_moment_to_settle(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    w.sb.router = ROUTER;
    arrive(&w, 1, ROUTER);
    arrive(&w, 2, SW);
    step(&w, 0);
    fake_sb_set_state(&w.sb, SB_VIP_READY);
    fake_openflow_set_state(&w.openflow, ROUTER, OF_VIP_AWAKE);
    fake_openflow_set_state(&w.openflow, SW, OF_VIP_AWAKE);
    step(&w, 0);
    assert_replayed(&w, 2, SW);
    step(&w, 9);
    assert_nothing_sent(&w);
    /* Nothing changes but the time. */
    step(&w, 1);
    assert_replayed(&w, 1, ROUTER);
    world_uninit(&w);
}

/* But not for ever: at 1,000 wakes a second other flows always change. */
static void
a_router_has_longer_to_settle_while_flows_change(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    w.sb.router = ROUTER;
    arrive(&w, 1, ROUTER);
    step(&w, 0);
    fake_sb_set_state(&w.sb, SB_VIP_READY);
    fake_openflow_set_state(&w.openflow, ROUTER, OF_VIP_AWAKE);
    step(&w, 0);
    for (int ms = 0; ms < 56; ms += 8) {
        step(&w, 8);
        assert_nothing_sent(&w);
        fake_openflow_set_state(&w.openflow, SW,
                                ms % 16 ? OF_VIP_AWAKE : OF_VIP_OPEN);
        step(&w, 0);
        assert_nothing_sent(&w);
    }
    step(&w, 4);
    assert_replayed(&w, 1, ROUTER);
    world_uninit(&w);
}

/* Perhaps a new OVN writes flows that nobody here knows. */
static void
without_any_flows_packets_go_after_a_grace(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    arrive(&w, 1, SW);
    step(&w, 0);
    fake_sb_set_state(&w.sb, SB_VIP_READY);
    fake_openflow_set_state(&w.openflow, SW, OF_VIP_ABSENT);
    step(&w, 0);
    step(&w, 4999);
    assert_nothing_sent(&w);
    step(&w, 1);
    assert_replayed(&w, 1, SW);
    world_uninit(&w);
}

static void
the_grace_begins_anew_when_flows_were_seen(void **state OVS_UNUSED)
{
    /* What was seen in between. */
    static const struct {
        enum sb_vip_state sb;
        enum of_vip_state flows;
    } cases[] = {
        { SB_VIP_READY, OF_VIP_ASLEEP },     { SB_VIP_READY, OF_VIP_UNKNOWN },
        { SB_VIP_EMPTY, OF_VIP_ASLEEP },     { SB_VIP_EMPTY, OF_VIP_ABSENT },
        { SB_VIP_UNHEALTHY, OF_VIP_ABSENT },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world w;

        world_init(&w);
        arrive(&w, 1, SW);
        step(&w, 0);
        fake_sb_set_state(&w.sb, SB_VIP_READY);
        fake_openflow_set_state(&w.openflow, SW, OF_VIP_ABSENT);
        step(&w, 0);
        step(&w, 3000);
        fake_sb_set_state(&w.sb, cases[i].sb);
        fake_openflow_set_state(&w.openflow, SW, cases[i].flows);
        step(&w, 0);
        step(&w, 1000);
        fake_sb_set_state(&w.sb, SB_VIP_READY);
        fake_openflow_set_state(&w.openflow, SW, OF_VIP_ABSENT);
        step(&w, 0);
        step(&w, 4999);
        assert_case(!w.custody.sent, "case %" PRIuSIZE, i);
        step(&w, 1);
        assert_replayed(&w, 1, SW);
        world_uninit(&w);
    }
}

static void
a_switch_that_is_gone_loses_packets_with_a_reason(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    arrive(&w, 1, SW);
    arrive(&w, 2, SW2);
    step(&w, 0);
    fake_sb_set_state(&w.sb, SB_VIP_READY);
    w.openflow.connected = false;
    w.openflow.seqno++;
    step(&w, 6000);
    /* While it is unknown what the switch does, packets are kept. */
    assert_held(&w, 2);
    w.openflow.connected = true;
    fake_openflow_set_state(&w.openflow, SW, OF_VIP_AWAKE);
    step(&w, 1);
    assert_replayed(&w, 1, SW);
    w.openflow.connected = false;
    step(&w, TIMEOUT_MS);
    assert_int_equal(w.custody.injected, 1);
    assert_int_equal(w.custody.consumed, 0);
    assert_int_equal(w.custody.dropped[DROP_DEADLINE], 1);
    assert_int_equal(w.custody.dropped[DROP_NO_SWITCH], 1);
    world_uninit(&w);
}

/* Logical networks of two tenants may have the same addresses. */
static void
a_vip_is_watched_until_the_last_of_its_name_is_awake(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    fake_openflow_arrive(&w.openflow, syn(1), VIP, LB1, SW);
    fake_openflow_arrive(&w.openflow, syn(2), VIP, LB2, SW2);
    step(&w, 0);
    fake_sb_set_state(&w.sb, SB_VIP_READY);
    fake_openflow_set_state(&w.openflow, SW, OF_VIP_AWAKE);
    step(&w, 0);
    assert_replayed(&w, 1, SW);
    assert_int_equal(w.openflow.n_forgotten, 0);
    fake_openflow_set_state(&w.openflow, SW2, OF_VIP_AWAKE);
    step(&w, 0);
    assert_replayed(&w, 2, SW2);
    assert_int_equal(w.openflow.n_forgotten, 1);
    world_uninit(&w);
}

/* --- VIPs that the database does not know --- */

static void
clients_of_a_vip_that_is_gone_are_refused(void **state OVS_UNUSED)
{
    static const enum of_vip_state flows[] = { OF_VIP_ABSENT, OF_VIP_OPEN };

    for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
        struct world w;

        world_init(&w);
        arrive(&w, 1, SW);
        step(&w, 0);
        fake_sb_set_state(&w.sb, SB_VIP_UNKNOWN);
        fake_openflow_set_state(&w.openflow, SW, flows[i]);
        step(&w, 0);
        step(&w, 1999);
        assert_held(&w, 1);
        assert_nothing_sent(&w);
        step(&w, 1);
        assert_reset(&w, 1, SW);
        assert_held(&w, 0);
        assert_int_equal(w.custody.consumed, 1);
        /* Answered, so not dropped. */
        assert_int_equal(custody_dropped(&w.custody), 0);
        world_uninit(&w);
    }
}

static void
the_grace_begins_anew_when_the_vip_was_seen(void **state OVS_UNUSED)
{
    static const enum sb_vip_state seen[] = { SB_VIP_EMPTY, SB_VIP_UNHEALTHY,
                                              SB_VIP_READY };

    for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
        struct world w;

        world_init(&w);
        fake_openflow_set_state(&w.openflow, SW, OF_VIP_ABSENT);
        fake_sb_set_state(&w.sb, SB_VIP_UNKNOWN);
        arrive(&w, 1, SW);
        step(&w, 0);
        step(&w, 1500);
        fake_sb_set_state(&w.sb, seen[i]);
        step(&w, 0);
        step(&w, 1500);
        fake_sb_set_state(&w.sb, SB_VIP_UNKNOWN);
        step(&w, 0);
        assert_case(w.custody.held, "case %" PRIuSIZE, i);
        step(&w, 1999);
        assert_held(&w, 1);
        step(&w, 1);
        assert_reset(&w, 1, SW);
        world_uninit(&w);
    }
}

/* ovn-northd makes no Southbound row for a load balancer on routers alone. */
static void
flows_may_know_a_vip_that_the_database_does_not(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    fake_sb_set_state(&w.sb, SB_VIP_UNKNOWN);
    fake_openflow_set_state(&w.openflow, SW, OF_VIP_UNKNOWN);
    arrive(&w, 1, SW);
    step(&w, 0);
    step(&w, 4000);
    assert_held(&w, 1);
    assert_int_equal(w.sb.n_inserts, 0);
    fake_openflow_set_state(&w.openflow, SW, OF_VIP_ASLEEP);
    step(&w, 0);
    assert_int_equal(w.sb.n_inserts, 1);
    fake_sb_confirm(&w.sb);
    step(&w, 4000);
    assert_held(&w, 1);
    fake_openflow_set_state(&w.openflow, SW, OF_VIP_AWAKE);
    step(&w, 0);
    assert_replayed(&w, 1, SW);
    world_uninit(&w);
}

/* --- Deadlines and policy --- */

static void
clients_are_reset_at_the_deadline(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    arrive(&w, 1, SW);
    step(&w, 0);
    fake_sb_confirm(&w.sb);
    arrive(&w, 2, SW2);
    step(&w, 1000);
    step(&w, TIMEOUT_MS - 1001);
    assert_nothing_sent(&w);
    step(&w, 1);
    assert_reset(&w, 1, SW);
    assert_nothing_sent(&w);
    /* Its retransmission begins anew; the other one has its own deadline. */
    arrive(&w, 1, SW);
    step(&w, 999);
    assert_nothing_sent(&w);
    step(&w, 1);
    assert_reset(&w, 2, SW2);
    assert_held(&w, 1);
    assert_int_equal(w.custody.consumed, 2);
    assert_int_equal(w.custody.injected, 2);
    assert_int_equal(w.custody.sent, 2);
    world_uninit(&w);
}

static void
what_must_not_be_answered_is_dropped_at_the_deadline(void **state OVS_UNUSED)
{
    struct world w;
    struct dp_packet *rest = packet_from_spec(&(struct packet_spec){
        .flow = "udp,nw_src=10.0.0.2,nw_dst=192.168.1.100,udp_src=1,"
                "udp_dst=80",
        .frag_off = 100 });

    world_init(&w);
    fake_openflow_arrive(&w.openflow, rest, VIP, LB1, SW);
    step(&w, 0);
    step(&w, TIMEOUT_MS);
    assert_nothing_sent(&w);
    assert_int_equal(w.custody.dropped[DROP_DEADLINE], 1);
    world_uninit(&w);
}

static void
silence_is_kept_by_policy(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    struct sb_event *row = fake_sb_add_admitted(&w.sb, &w.event);
    fake_sb_annotate(&w.sb, row, "rouse-on-fail", "drop");
    arrive(&w, 1, SW);
    step(&w, 0);
    step(&w, TIMEOUT_MS);
    assert_nothing_sent(&w);
    assert_int_equal(w.custody.dropped[DROP_DEADLINE], 1);

    /* Until the waker says otherwise. */
    arrive(&w, 2, SW);
    step(&w, 0);
    fake_sb_annotate(&w.sb, row, "rouse-on-fail", "reset");
    step(&w, 0);
    step(&w, TIMEOUT_MS);
    assert_reset(&w, 2, SW);
    world_uninit(&w);
}

static void
the_waker_sets_deadlines(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    arrive(&w, 1, SW);
    step(&w, 0);
    fake_sb_confirm(&w.sb);
    step(&w, 0);
    struct sb_event *row =
        CONTAINER_OF(hmap_first(&w.sb.rows), struct sb_event, by_event);
    fake_sb_annotate(&w.sb, row, "rouse-timeout", "60");
    step(&w, 0);
    step(&w, TIMEOUT_MS);
    assert_held(&w, 1);
    fake_sb_annotate(&w.sb, row, "rouse-timeout", "20");
    step(&w, 0);
    step(&w, 20000 - TIMEOUT_MS - 1);
    assert_nothing_sent(&w);
    step(&w, 1);
    assert_reset(&w, 1, SW);

    /* It goes on to hold when the row is gone, as that may come back. */
    arrive(&w, 2, SW);
    step(&w, 0);
    fake_sb_delete_rows(&w.sb);
    step(&w, TIMEOUT_MS);
    assert_held(&w, 1);
    /* One that is in the past counts at once. */
    fake_sb_confirm(&w.sb);
    row = CONTAINER_OF(hmap_first(&w.sb.rows), struct sb_event, by_event);
    fake_sb_annotate(&w.sb, row, "rouse-timeout", "1");
    step(&w, 0);
    step(&w, 0);
    assert_reset(&w, 2, SW);
    world_uninit(&w);
}

static void
the_waker_bounds_packets(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    struct sb_event *row = fake_sb_add_admitted(&w.sb, &w.event);
    for (int i = 1; i <= 5; i++) {
        arrive(&w, i, SW);
    }
    fake_sb_annotate(&w.sb, row, "rouse-hold", "2");
    step(&w, 0);
    assert_held(&w, 2);
    assert_int_equal(w.custody.dropped[DROP_VIP_FULL], 3);
    arrive(&w, 6, SW);
    step(&w, 0);
    fake_sb_set_state(&w.sb, SB_VIP_READY);
    fake_openflow_set_state(&w.openflow, SW, OF_VIP_AWAKE);
    step(&w, 0);
    assert_replayed(&w, 5, SW);
    assert_replayed(&w, 6, SW);
    world_uninit(&w);
}

/* Anybody on a chassis may write to such rows. */
static void
a_policy_that_does_not_parse_is_none(void **state OVS_UNUSED)
{
    static const char *const values[] = {
        "",     "0",   "-1",    "x", "5x", "3601", "99999999999999999999",
        "0x10", "1e3", "65537",
    };

    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        struct world w;

        world_init(&w);
        struct sb_event *row = fake_sb_add_admitted(&w.sb, &w.event);
        fake_sb_annotate(&w.sb, row, "rouse-timeout", values[i]);
        fake_sb_annotate(&w.sb, row, "rouse-on-fail", values[i]);
        if (strcmp(values[i], "3601")) {
            fake_sb_annotate(&w.sb, row, "rouse-hold", values[i]);
        }
        for (int j = 1; j <= 10; j++) {
            arrive(&w, j, SW);
        }
        step(&w, 0);
        assert_held(&w, 10);
        step(&w, TIMEOUT_MS - 1);
        assert_case(w.custody.held == 10, "\"%s\"", values[i]);
        step(&w, 1);
        for (int j = 1; j <= 10; j++) {
            assert_reset(&w, j, SW);
        }
        world_uninit(&w);
    }
}

/* --- The rest --- */

static void
what_is_held_can_be_listed(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    struct json *held = holder_held(w.holder, w.now_ms);
    char *s = json_to_string(held, JSSF_SORT);
    assert_string_equal(s, "[]");
    free(s);
    json_destroy(held);

    arrive(&w, 1, SW);
    step(&w, 0);
    arrive(&w, 2, SW);
    step(&w, 250);
    held = holder_held(w.holder, w.now_ms);
    s = json_to_string(held, JSSF_SORT);
    assert_string_equal(s, "[{\"bytes\":108,\"load_balancer\":\"" LB1 "\","
                           "\"oldest_ms\":250,\"packets\":2,"
                           "\"protocol\":\"tcp\",\"vip\":\"" VIP "\"}]");
    free(s);
    json_destroy(held);
    world_uninit(&w);
}

static void
packets_held_at_the_end_are_counted(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    arrive(&w, 1, SW);
    arrive(&w, 2, SW2);
    step(&w, 0);
    world_uninit(&w);
    assert_int_equal(w.custody.dropped[DROP_SHUTDOWN], 2);
    holder_free(NULL);
}

/* Whatever happens, in whatever order: no packet is lost sight of. */
static void
every_packet_is_accounted_for(void **state OVS_UNUSED)
{
    static const char *const vips[] = { VIP, "192.168.1.100:81",
                                        "[fd00::100]:80" };
    static const char *const keys[] = { "rouse-timeout", "rouse-hold",
                                        "rouse-on-fail" };
    static const char *const values[] = { "1",     "5",        "60", "drop",
                                          "reset", "nonsense", NULL };
    struct world w;

    random_set_seed(20261123);
    world_init(&w);
    for (int i = 0; i < 50000; i++) {
        struct hmap_node *row;
        struct fake_sent *sent;

        switch (random_range(12)) {
        case 0:
            fake_sb_set_state(&w.sb, random_range(SB_VIP_READY + 1));
            break;
        case 1:
            fake_openflow_set_state(&w.openflow, 1 + random_range(5),
                                    random_range(OF_VIP_AWAKE + 1));
            break;
        case 2:
            fake_sb_confirm(&w.sb);
            break;
        case 3:
            if (!random_range(4)) {
                fake_sb_delete_rows(&w.sb);
            }
            break;
        case 4:
            row = hmap_first(&w.sb.rows);
            if (row) {
                fake_sb_annotate(&w.sb,
                                 CONTAINER_OF(row, struct sb_event, by_event),
                                 keys[random_range(ARRAY_SIZE(keys))],
                                 values[random_range(ARRAY_SIZE(values))]);
            }
            break;
        case 5:
            w.openflow.connected = random_range(8);
            w.openflow.seqno++;
            w.sb.router = random_range(2) ? ROUTER : 0;
            break;
        case 6:
            arrive_flags(&w, random_range(64));
            break;
        default:
            fake_openflow_arrive(&w.openflow, syn(random_range(50)),
                                 vips[random_range(ARRAY_SIZE(vips))],
                                 random_range(2) ? LB1 : LB2,
                                 1 + random_range(5));
            break;
        }
        if (random_range(2)) {
            step(&w, random_range(random_range(10) ? 20 : 2000));
        }
        while ((sent = fake_openflow_take_sent(&w.openflow)) != NULL) {
            fake_sent_free(sent);
        }
    }
    step(&w, 0);
    /* Otherwise not much was tried. */
    assert_true(w.custody.sent > 1000);
    assert_true(w.custody.consumed > 100);
    assert_true(w.custody.dropped[DROP_DEADLINE] > 10);
    assert_true(w.custody.dropped[DROP_SUPERSEDED] > 100);
    assert_true(w.custody.dropped[DROP_NOT_ADMITTED] > 100);
    assert_true(w.sb.n_inserts > 100);
    world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arrival_has_a_row_written),
        cmocka_unit_test(a_row_of_ovn_controller_will_not_do),
        cmocka_unit_test(a_row_of_another_chassis_will_do),
        cmocka_unit_test(strays_wake_nobody),
        cmocka_unit_test(ongoing_connections_go_on),
        cmocka_unit_test(what_wakes_nobody_goes_on_to_a_vip_that_is_awake),
        cmocka_unit_test(one_who_may_comes_later),
        cmocka_unit_test(rows_of_refused_packets_are_marked),
        cmocka_unit_test(rows_are_marked_once),
        cmocka_unit_test(refusals_without_a_row_are_told),
        cmocka_unit_test(rows_of_refused_packets_are_in_nobodys_way),
        cmocka_unit_test(rows_of_others_are_not_marked),
        cmocka_unit_test(rows_that_come_late_are_marked),
        cmocka_unit_test(the_database_bounds_what_is_held),
        cmocka_unit_test(policies_decide),
        cmocka_unit_test(refusals_are_told),
        cmocka_unit_test(a_row_that_vanishes_is_written_again_after_a_second),
        cmocka_unit_test(each_load_balancer_has_its_own_row),
        cmocka_unit_test(nothing_is_written_before_the_database_is_there),
        cmocka_unit_test(nothing_is_written_for_a_packet_that_is_not_held),
        cmocka_unit_test(nothing_is_written_once_the_last_packet_has_expired),
        cmocka_unit_test(packets_go_when_backends_and_flows_are_there),
        cmocka_unit_test(a_replay_is_reported),
        cmocka_unit_test(packets_go_in_the_order_in_which_they_came),
        cmocka_unit_test(each_datapath_has_its_own_flows),
        cmocka_unit_test(a_router_has_a_moment_to_settle),
        cmocka_unit_test(a_router_has_longer_to_settle_while_flows_change),
        cmocka_unit_test(without_any_flows_packets_go_after_a_grace),
        cmocka_unit_test(the_grace_begins_anew_when_flows_were_seen),
        cmocka_unit_test(a_switch_that_is_gone_loses_packets_with_a_reason),
        cmocka_unit_test(a_vip_is_watched_until_the_last_of_its_name_is_awake),
        cmocka_unit_test(clients_of_a_vip_that_is_gone_are_refused),
        cmocka_unit_test(the_grace_begins_anew_when_the_vip_was_seen),
        cmocka_unit_test(flows_may_know_a_vip_that_the_database_does_not),
        cmocka_unit_test(clients_are_reset_at_the_deadline),
        cmocka_unit_test(what_must_not_be_answered_is_dropped_at_the_deadline),
        cmocka_unit_test(silence_is_kept_by_policy),
        cmocka_unit_test(the_waker_sets_deadlines),
        cmocka_unit_test(the_waker_bounds_packets),
        cmocka_unit_test(a_policy_that_does_not_parse_is_none),
        cmocka_unit_test(what_is_held_can_be_listed),
        cmocka_unit_test(packets_held_at_the_end_are_counted),
        cmocka_unit_test(every_packet_is_accounted_for),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
