#include "driver_fixture.h"

#include "fake_engine.h"
#include "unix_http.h"

static struct unix_http *
request(const char *socket, const char *method, const char *path,
        long timeout_ms)
{
    return unix_http_start(&(struct unix_http_request) {
        .socket = socket,
        .method = method,
        .path = path,
        .timeout_ms = timeout_ms,
    });
}

static bool
run_for(struct unix_http *http, long long int ms)
{
    long long int end_ms = time_msec() + ms;

    while (!unix_http_run(http)) {
        if (time_msec() >= end_ms) {
            return false;
        }
        unix_http_wait(http);
        poll_timer_wait_until(end_ms);
        poll_block();
    }
    return true;
}

static void
answers_are_received(void **state OVS_UNUSED)
{
    struct fake_rule rules[] = {
        { "GET /x", "200 {\"a\": 1}", false },
        { "POST /x", "204", false },
        { "GET /chunks", "RAW:HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
          "\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", false },
        { "GET /old", "RAW:HTTP/1.0 404 Not Found\r\n\r\nuntil the end",
          false },
    };
    static const struct {
        const char *method, *path, *body;
        int status;
    } cases[] = {
        { "GET", "/x", "{\"a\": 1}", 200 },
        { "POST", "/x", "", 204 },
        { "GET", "/chunks", "abcde", 200 },
        { "GET", "/old", "until the end", 404 },
    };
    struct fake_engine fe;

    /* Must not matter. */
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    fake_engine_start(&fe, rules, ARRAY_SIZE(rules));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct unix_http *http = request(fe.socket, cases[i].method,
                                         cases[i].path, 5000);
        assert_true(run_for(http, UNIT_PATIENCE_MS));
        assert_true(unix_http_run(http));
        assert_int_equal(unix_http_status(http), cases[i].status);
        assert_string_equal(unix_http_body(http), cases[i].body);
        unix_http_free(http);
    }
    assert_string_equal(fe.log,
                        "GET /x; POST /x; GET /chunks; GET /old; ");
    fake_engine_stop(&fe);
}

static void
bad_answers_are_errors(void **state OVS_UNUSED)
{
    struct fake_rule rules[] = {
        { "GET /short", "RAW:HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
          false },
        { "GET /nothing", "RAW:", false },
        { "GET /garbage", "RAW:\x01\x02\x03 garbage\r\n\r\n", false },
        { "GET /number", "RAW:HTTP/1.1 99999 OK\r\n\r\n", false },
        { "GET /hang", "HANG", false },
    };
    struct fake_engine fe;

    fake_engine_start(&fe, rules, ARRAY_SIZE(rules));
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        struct unix_http *http = request(fe.socket, "GET",
                                         rules[i].request + 4, 200);
        assert_true(run_for(http, UNIT_PATIENCE_MS));
        if (unix_http_status(http) || !*unix_http_error(http)
            || unix_http_is_refused(http)) {
            fail_msg("%s: status %d, error \"%s\"", rules[i].request,
                     unix_http_status(http), unix_http_error(http));
        }
        unix_http_free(http);
    }
    fake_engine_stop(&fe);
}

static void
nobody_there_is_told_apart(void **state OVS_UNUSED)
{
    char *long_path = xasprintf("/tmp/%0200d", 1);
    struct unix_http *http = request("/tmp/no/such/socket", "GET", "/x", 5000);

    assert_true(run_for(http, UNIT_PATIENCE_MS));
    assert_int_equal(unix_http_status(http), 0);
    assert_true(unix_http_is_refused(http));
    unix_http_free(http);

    http = request(long_path, "GET", "/x", 5000);
    assert_true(run_for(http, UNIT_PATIENCE_MS));
    assert_int_equal(unix_http_status(http), 0);
    assert_true(*unix_http_error(http));
    unix_http_free(http);
    free(long_path);
    unix_http_free(NULL);
}

static void
a_request_can_be_dropped_at_any_time(void **state OVS_UNUSED)
{
    struct fake_rule rules[] = { { "POST /hang", "HANG", false } };
    struct fake_engine fe;

    fake_engine_start(&fe, rules, ARRAY_SIZE(rules));
    int before = dup(0);
    close(before);
    for (int ms = 0; ms < 30; ms += 3) {
        struct unix_http *http = request(fe.socket, "POST", "/hang", 0);
        if (ms) {
            assert_false(run_for(http, ms));
        }
        unix_http_free(http);
    }
    fake_engine_stop(&fe);
    int after = dup(0);
    close(after);
    assert_true(after <= before);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_received),
        cmocka_unit_test(bad_answers_are_errors),
        cmocka_unit_test(nobody_there_is_told_apart),
        cmocka_unit_test(a_request_can_be_dropped_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
