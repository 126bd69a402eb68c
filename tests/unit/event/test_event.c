#include "unit.h"

#include "cleanup.h"
#include "event.h"

#define LB "a7d65d1e-1c3b-4b8a-9d53-0d0b6a1f2c3d"

/* Metadata of a trigger_event packet, from the event id on. */
static void
put_field(struct ofpbuf *b, uint16_t code, const void *data, size_t len)
{
    ovs_be16 header[2] = { htons(code), htons(len) };

    ofpbuf_put(b, header, sizeof header);
    ofpbuf_put(b, data, len);
}

static void
put_text(struct ofpbuf *b, uint16_t code, const char *s)
{
    put_field(b, code, s, strlen(s));
}

static void
put_id(struct ofpbuf *b, uint32_t id)
{
    ovs_be32 be_id = htonl(id);

    ofpbuf_put(b, &be_id, sizeof be_id);
}

/* What stock ovn-controller 23.03 sends. */
static struct ofpbuf *
stock_userdata(const char *vip, const char *protocol, const char *lb)
{
    struct ofpbuf *b = ofpbuf_new(0);

    put_id(b, 0);
    put_text(b, 1, vip);
    put_text(b, 2, protocol);
    put_text(b, 3, lb);
    return b;
}

/* Decodes memory that ends where 'b' ends, so that a sanitizer sees who reads
 * on. */
static enum event_error
decode(const struct ofpbuf *b, struct event *event)
{
    void *copy = b->size ? xmemdup(b->data, b->size) : NULL;
    enum event_error error = event_from_userdata(copy, b->size, event);

    free(copy);
    return error;
}

/* Asserts that 'b' (taken) gives 'error', with 'event' untouched. */
static void
assert_userdata_error(struct ofpbuf *b, enum event_error error)
{
    struct event event, before;

    memset(&event, 0x5a, sizeof event);
    before = event;
    assert_int_equal(decode(b, &event), error);
    assert_memory_equal(&event, &before, sizeof event);
    ofpbuf_delete(b);
}

static void
assert_event(const struct event *event, const char *vip, const char *protocol)
{
    struct uuid lb;

    assert_true(uuid_from_string(&lb, LB));
    assert_int_equal(event->kind, EVENT_empty_lb_backends);
    assert_string_equal(event->vip, vip);
    assert_string_equal(event->protocol, protocol);
    assert_true(uuid_equals(&event->lb, &lb));
}

static void
stock_metadata_is_understood(void **state OVS_UNUSED)
{
    static const char *const vips[] = { "192.168.1.100:80", "192.168.2.3",
                                        "[fd00:192::100]:80",
                                        "fd00:192::3" };
    static const char *const protocols[] = { "tcp", "udp", "sctp" };

    for (size_t i = 0; i < ARRAY_SIZE(vips); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(protocols); j++) {
            struct ofpbuf *b OWNED_OFPBUF
                = stock_userdata(vips[i], protocols[j], LB);
            struct event event;

            assert_int_equal(decode(b, &event), EVENT_OK);
            assert_event(&event, vips[i], protocols[j]);
            event_uninit(&event);
        }
    }
}

/* The very bytes of a flow of stock OVN 23.03.1. */
static void
recorded_metadata_is_understood(void **state OVS_UNUSED)
{
    static const char recorded[]
        = "\0\0\0\0"
          "\0\1\0\x10" "192.168.1.100:80"
          "\0\2\0\3" "tcp"
          "\0\3\0\x24" LB;
    struct event event;

    assert_int_equal(event_from_userdata(recorded, sizeof recorded - 1,
                                         &event),
                     EVENT_OK);
    assert_event(&event, "192.168.1.100:80", "tcp");
    event_uninit(&event);
}

static void
every_truncation_is_refused(void **state OVS_UNUSED)
{
    struct ofpbuf *whole OWNED_OFPBUF
        = stock_userdata("192.168.1.100:80", "tcp", LB);

    for (size_t size = 0; size < whole->size; size++) {
        /* Between two fields a shorter one is well-formed. */
        bool at_field = size == 4 || size == 4 + 20 || size == 4 + 20 + 7;

        assert_userdata_error(ofpbuf_clone_data(whole->data, size),
                              at_field ? EVENT_INCOMPLETE : EVENT_TRUNCATED);
    }
    assert_int_equal(event_from_userdata(NULL, 0, NULL), EVENT_TRUNCATED);
}

static void
unknown_kinds_are_told_apart(void **state OVS_UNUSED)
{
    static const uint32_t ids[] = { 1, 2, 255, 0x7fffffff, 0x80000000,
                                    UINT32_MAX };

    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        struct ofpbuf *b = stock_userdata("192.168.1.100:80", "tcp", LB);
        ovs_be32 id = htonl(ids[i]);

        memcpy(b->data, &id, sizeof id);
        assert_userdata_error(b, EVENT_UNKNOWN_KIND);
    }
}

/* A newer OVN may say more. */
static void
unknown_fields_are_skipped(void **state OVS_UNUSED)
{
    struct ofpbuf *b OWNED_OFPBUF = ofpbuf_new(0);
    struct event event;

    put_id(b, 0);
    put_text(b, 4, "new");
    put_text(b, 3, LB);
    put_text(b, 0, "");
    put_text(b, 2, "udp");
    put_text(b, UINT16_MAX, "\377\377\377\377");
    put_text(b, 1, "10.0.0.1:53");
    put_text(b, 4, "again");
    assert_int_equal(decode(b, &event), EVENT_OK);
    assert_event(&event, "10.0.0.1:53", "udp");
    event_uninit(&event);
}

static void
a_missing_protocol_is_tcp(void **state OVS_UNUSED)
{
    struct ofpbuf *b OWNED_OFPBUF = ofpbuf_new(0);
    struct event event;

    put_id(b, 0);
    put_text(b, 1, "10.0.0.1:80");
    put_text(b, 3, LB);
    assert_int_equal(decode(b, &event), EVENT_OK);
    assert_event(&event, "10.0.0.1:80", "tcp");
    event_uninit(&event);

    put_text(b, 2, "");
    assert_int_equal(decode(b, &event), EVENT_OK);
    assert_event(&event, "10.0.0.1:80", "tcp");
    event_uninit(&event);
}

static void
missing_and_bad_fields_are_refused(void **state OVS_UNUSED)
{
    static const struct {
        const char *vip, *protocol, *lb;
    } cases[] = {
        { "", "tcp", LB },
        { "web:80", "tcp", LB },
        { "10.0.0.1:", "tcp", LB },
        { "10.0.0.1:80", "TCP", LB },
        { "10.0.0.1:80", "icmp", LB },
        { "10.0.0.1:80", "tcp ", LB },
        { "10.0.0.1:80", "tcp", "" },
        { "10.0.0.1:80", "tcp", "web" },
        { "10.0.0.1:80", "tcp", LB "x" },
        { "10.0.0.1:80", "tcp", "a7d65d1e-1c3b-4b8a-9d53-0d0b6a1f2c3" },
    };
    struct ofpbuf *b;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_userdata_error(stock_userdata(cases[i].vip, cases[i].protocol,
                                             cases[i].lb),
                              EVENT_INCOMPLETE);
    }

    b = ofpbuf_new(0);
    put_id(b, 0);
    put_text(b, 1, "10.0.0.1:80");
    assert_userdata_error(b, EVENT_INCOMPLETE);

    b = ofpbuf_new(0);
    put_id(b, 0);
    put_text(b, 3, LB);
    assert_userdata_error(b, EVENT_INCOMPLETE);
}

/* What is behind a null byte would be lost to whoever compares strings. */
static void
null_bytes_are_refused(void **state OVS_UNUSED)
{
    static const struct {
        const char *vip;
        size_t vip_len;
        const char *protocol;
        size_t protocol_len;
        const char *lb;
        size_t lb_len;
    } cases[] = {
#define TEXT(LITERAL) LITERAL, sizeof LITERAL - 1
        { TEXT("10.0.0.1:80\0"), TEXT("tcp"), TEXT(LB) },
        { TEXT("10.0.0.1\0:80"), TEXT("tcp"), TEXT(LB) },
        { TEXT("\0"), TEXT("tcp"), TEXT(LB) },
        { TEXT("10.0.0.1:80"), TEXT("tcp\0udp"), TEXT(LB) },
        { TEXT("10.0.0.1:80"), TEXT("\0tcp"), TEXT(LB) },
        { TEXT("10.0.0.1:80"), TEXT("tcp"), TEXT(LB "\0") },
        { TEXT("10.0.0.1:80"), TEXT("tcp"), TEXT(LB "\0" LB) },
#undef TEXT
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ofpbuf *b = ofpbuf_new(0);

        put_id(b, 0);
        put_field(b, 1, cases[i].vip, cases[i].vip_len);
        put_field(b, 2, cases[i].protocol, cases[i].protocol_len);
        put_field(b, 3, cases[i].lb, cases[i].lb_len);
        assert_userdata_error(b, EVENT_INCOMPLETE);
    }
}

static void
lengths_that_lie_are_refused(void **state OVS_UNUSED)
{
    struct ofpbuf *whole OWNED_OFPBUF
        = stock_userdata("10.0.0.1:80", "tcp", LB);
    static const size_t length_ofs[] = { 6, 6 + 15, 6 + 15 + 7 };

    for (size_t i = 0; i < ARRAY_SIZE(length_ofs); i++) {
        for (unsigned int len = 0; len <= UINT16_MAX; len++) {
            struct ofpbuf *b OWNED_OFPBUF
                = ofpbuf_clone_data(whole->data, whole->size);
            ovs_be16 be_len = htons(len);
            void *p = ofpbuf_at_assert(b, length_ofs[i], sizeof be_len);
            struct event event;

            if (!memcmp(p, &be_len, sizeof be_len)) {
                continue;
            }
            memcpy(p, &be_len, sizeof be_len);
            assert_case(decode(b, &event) != EVENT_OK, "length %u at %"
                        PRIuSIZE, len, length_ofs[i]);
        }
    }
}

static void
huge_fields_are_refused(void **state OVS_UNUSED)
{
    char *huge OWNED_STRING = xmalloc(UINT16_MAX);
    struct ofpbuf *b = ofpbuf_new(0);

    memset(huge, '1', UINT16_MAX);
    put_id(b, 0);
    for (int i = 1; i <= 3; i++) {
        put_field(b, i, huge, UINT16_MAX);
    }
    assert_userdata_error(b, EVENT_INCOMPLETE);

    b = ofpbuf_new(0);
    put_id(b, 0);
    for (int i = 0; i < 100000; i++) {
        put_text(b, 1, "");
    }
    assert_userdata_error(b, EVENT_INCOMPLETE);
}

/* --- Rows --- */

static void
a_row_is_understood_and_written_back(void **state OVS_UNUSED)
{
    struct smap info OWNED_SMAP = SMAP_INITIALIZER(&info);
    struct smap written OWNED_SMAP = SMAP_INITIALIZER(&written);
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;
    struct event event;

    smap_add(&info, "vip", "10.0.0.1:80");
    smap_add(&info, "protocol", "sctp");
    smap_add(&info, "load_balancer", LB);
    smap_add(&info, "rouse-timeout", "5");
    smap_add(&info, "unknown", "");
    assert_true(event_from_info("empty_lb_backends", &info, "r", &event,
                                &diag));
    assert_true(diag_is_empty(&diag));
    assert_null(diag.remedy);
    assert_event(&event, "10.0.0.1:80", "sctp");

    smap_add(&written, "vip", "old");
    smap_add(&written, "other", "stays");
    event_to_info(&event, &written);
    assert_int_equal(smap_count(&written), 4);
    assert_string_equal(smap_get(&written, "vip"), "10.0.0.1:80");
    assert_string_equal(smap_get(&written, "protocol"), "sctp");
    assert_string_equal(smap_get(&written, "load_balancer"), LB);
    event_uninit(&event);
}

static void
a_row_without_protocol_is_tcp(void **state OVS_UNUSED)
{
    struct smap info OWNED_SMAP = SMAP_INITIALIZER(&info);
    struct event event;

    smap_add(&info, "vip", "[fd00::1]:80");
    smap_add(&info, "load_balancer", LB);
    assert_true(event_from_info("empty_lb_backends", &info, "r", &event,
                                NULL));
    assert_event(&event, "[fd00::1]:80", "tcp");
    event_uninit(&event);
    smap_add(&info, "protocol", "");
    assert_true(event_from_info("empty_lb_backends", &info, "r", &event,
                                NULL));
    assert_event(&event, "[fd00::1]:80", "tcp");
    event_uninit(&event);
}

static void
bad_rows_are_explained(void **state OVS_UNUSED)
{
#define REMEDY                                                                \
    "; write ADDRESS:PORT, tcp, udp or sctp, and the UUID of a Northbound "   \
    "Load_Balancer"
#define UNUSABLE(VIP, PROTOCOL, LOAD_BALANCER)                                \
    "event_info: vip \"" VIP "\", protocol \"" PROTOCOL                       \
    "\", load_balancer \"" LOAD_BALANCER                                      \
    "\" do not name a VIP of a load balancer"
    static const struct {
        const char *type, *vip, *protocol, *lb;
        const char *message;
    } cases[] = {
        { "", "10.0.0.1:80", "tcp", LB,
          "event_type: \"\" is not an event that Rouse knows" },
        { "link_down", "10.0.0.1:80", "tcp", LB,
          "event_type: \"link_down\" is not an event that Rouse knows" },
        { "empty_lb_backends", NULL, "tcp", LB,
          "event_info:vip: is missing" },
        { "empty_lb_backends", "10.0.0.1:80", NULL, NULL,
          "event_info:load_balancer: is missing" },
        { "empty_lb_backends", "web", "tcp", LB, UNUSABLE("web", "tcp", LB) },
        { "empty_lb_backends", "10.0.0.1:80", "ip", LB,
          UNUSABLE("10.0.0.1:80", "ip", LB) },
        { "empty_lb_backends", "10.0.0.1:80", "tcp", "web",
          UNUSABLE("10.0.0.1:80", "tcp", "web") },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct smap info OWNED_SMAP = SMAP_INITIALIZER(&info);
        struct diag diag OWNED_DIAG = DIAG_INITIALIZER;
        struct ds ds OWNED_DS = DS_EMPTY_INITIALIZER;
        struct event event, before;

        if (cases[i].vip) {
            smap_add(&info, "vip", cases[i].vip);
        }
        if (cases[i].protocol) {
            smap_add(&info, "protocol", cases[i].protocol);
        }
        if (cases[i].lb) {
            smap_add(&info, "load_balancer", cases[i].lb);
        }
        memset(&event, 0x5a, sizeof event);
        before = event;
        assert_false(event_from_info(cases[i].type, &info, "row1", &event,
                                     &diag));
        assert_memory_equal(&event, &before, sizeof event);
        diag_format(&diag, &ds);
        char *expected OWNED_STRING
            = xasprintf("Controller_Event \"row1\": %s" REMEDY,
                        cases[i].message);
        assert_string_equal(ds_cstr(&ds), expected);

        /* Nobody has to want to know. */
        assert_false(event_from_info(cases[i].type, &info, "row1", &event,
                                     NULL));
    }
}

/* --- Identity --- */

static void
equality_is_kind_vip_protocol_and_load_balancer(void **state OVS_UNUSED)
{
    static const struct {
        const char *vip, *protocol, *lb;
    } different[] = {
        { "10.0.0.1:80", "tcp", LB },
        { "10.0.0.1:81", "tcp", LB },
        { "10.0.0.1:80", "udp", LB },
        { "10.0.0.1:80", "tcp", "00000000-0000-0000-0000-000000000000" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(different); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(different); j++) {
            struct ofpbuf *one OWNED_OFPBUF = stock_userdata(
                different[i].vip, different[i].protocol, different[i].lb);
            struct ofpbuf *two OWNED_OFPBUF = stock_userdata(
                different[j].vip, different[j].protocol, different[j].lb);
            struct event a, b;

            assert_int_equal(decode(one, &a), EVENT_OK);
            assert_int_equal(decode(two, &b), EVENT_OK);
            assert_int_equal(event_equals(&a, &b), i == j);
            if (i == j) {
                assert_int_equal(event_hash(&a), event_hash(&b));
            }
            event_uninit(&a);
            event_uninit(&b);
        }
    }
}

static void
a_clone_is_independent(void **state OVS_UNUSED)
{
    struct ofpbuf *b OWNED_OFPBUF = stock_userdata("10.0.0.1:80", "udp", LB);
    struct event event, clone;

    assert_int_equal(decode(b, &event), EVENT_OK);
    event_clone(&clone, &event);
    assert_true(event_equals(&event, &clone));
    event_uninit(&event);
    assert_null(event.vip);
    event_uninit(&event);
    assert_event(&clone, "10.0.0.1:80", "udp");
    event_uninit(&clone);
}

static void
kinds_have_names(void **state OVS_UNUSED)
{
    enum event_kind kind;

#define EVENT(ID, NAME, TEXT)                                                 \
    assert_string_equal(event_kind_name(ID), #NAME);                          \
    assert_true(event_kind_from_name(#NAME, &kind));                          \
    assert_int_equal(kind, ID);
#include "events.def"
#undef EVENT
    assert_string_equal(event_kind_name(4711), "unknown");
    kind = 4711;
    assert_false(event_kind_from_name("unknown", &kind));
    assert_false(event_kind_from_name("", &kind));
    assert_int_equal(kind, 4711);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stock_metadata_is_understood),
        cmocka_unit_test(recorded_metadata_is_understood),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(unknown_kinds_are_told_apart),
        cmocka_unit_test(unknown_fields_are_skipped),
        cmocka_unit_test(a_missing_protocol_is_tcp),
        cmocka_unit_test(missing_and_bad_fields_are_refused),
        cmocka_unit_test(null_bytes_are_refused),
        cmocka_unit_test(lengths_that_lie_are_refused),
        cmocka_unit_test(huge_fields_are_refused),
        cmocka_unit_test(a_row_is_understood_and_written_back),
        cmocka_unit_test(a_row_without_protocol_is_tcp),
        cmocka_unit_test(bad_rows_are_explained),
        cmocka_unit_test(equality_is_kind_vip_protocol_and_load_balancer),
        cmocka_unit_test(a_clone_is_independent),
        cmocka_unit_test(kinds_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
