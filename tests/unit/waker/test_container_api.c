#include "driver_fixture.h"

#include "container_api.h"

static void
states_are_parsed(void **state OVS_UNUSED)
{
    static const struct {
        const char *body;
        enum container_status status;
        enum container_health health;
        int pid, exit_code;
    } cases[] = {
        { "{\"State\":{\"Status\":\"running\",\"Pid\":12}}",
          CONTAINER_RUNNING, HEALTH_NONE, 12, 0 },
        { "{\"State\":{\"Status\":\"running\",\"Pid\":12,"
          "\"Health\":{\"Status\":\"\",\"Log\":null}}}",
          CONTAINER_RUNNING, HEALTH_NONE, 12, 0 },
        { "{\"State\":{\"Status\":\"running\",\"Health\":{\"Status\":"
          "\"healthy\"}}}", CONTAINER_RUNNING, HEALTH_GOOD, 0, 0 },
        { "{\"State\":{\"Status\":\"running\",\"Health\":{\"Status\":"
          "\"starting\"}}}", CONTAINER_RUNNING, HEALTH_NOT_YET, 0, 0 },
        { "{\"State\":{\"Status\":\"running\",\"Health\":{\"Status\":"
          "\"none\"}}}", CONTAINER_RUNNING, HEALTH_NONE, 0, 0 },
        { "{\"State\":{\"Status\":\"exited\",\"Pid\":0,\"ExitCode\":3}}",
          CONTAINER_STOPPED, HEALTH_NONE, 0, 3 },
        { "{\"State\":{\"Status\":\"created\"}}", CONTAINER_STOPPED,
          HEALTH_NONE, 0, 0 },
        { "{\"State\":{\"Status\":\"paused\"}}", CONTAINER_PAUSED,
          HEALTH_NONE, 0, 0 },
        { "{\"State\":{\"Status\":\"restarting\"}}", CONTAINER_BETWEEN,
          HEALTH_NONE, 0, 0 },
        { "{\"State\":{\"Status\":\"a word of some later engine that is much "
          "longer than any known\"}}", CONTAINER_BETWEEN, HEALTH_NONE, 0, 0 },
        { "{\"State\":{\"Status\":\"running\",\"Pid\":-5,\"Health\":7,"
          "\"ExitCode\":\"x\"}}", CONTAINER_RUNNING, HEALTH_NONE, 0, 0 },
        { "{\"State\":{\"Status\":\"running\",\"Pid\":99999999999}}",
          CONTAINER_RUNNING, HEALTH_NONE, 0, 0 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct container_state cs;

        if (!container_state_parse(cases[i].body, &cs)
            || cs.status != cases[i].status || cs.health != cases[i].health
            || cs.pid != cases[i].pid
            || cs.exit_code != cases[i].exit_code) {
            fail_msg("%s", cases[i].body);
        }
    }
}

static void
garbage_is_no_state(void **state OVS_UNUSED)
{
    static const char *const bad[] = {
        "", "{", "[]", "null", "17", "\"x\"", "<html>", "{\"State\":7}",
        "{\"State\":{}}", "{\"State\":{\"Status\":7}}",
        "{\"State\":{\"Status\":\"\"}}", "{\"state\":{\"Status\":\"x\"}}",
        "\xff\xfe", "{\"State\":{\"Status\":\"running\"}} x",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct container_state cs;

        if (container_state_parse(bad[i], &cs)) {
            fail_msg("%s", bad[i]);
        }
    }

    char *deep = xmalloc(100001);
    memset(deep, '[', 100000);
    deep[100000] = '\0';
    struct container_state cs;
    assert_false(container_state_parse(deep, &cs));
    free(deep);
}

static void
messages_are_found(void **state OVS_UNUSED)
{
    static const char *const cases[][2] = {
        { "{\"message\":\"no such image\"}", "no such image" },
        { "{\"cause\":\"x\",\"message\":\"long x\",\"response\":500}",
          "long x" },
        { "{\"message\":7}", "{\"message\":7}" },
        { "Bad Gateway", "Bad Gateway" },
        { "", "no reason given" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *message = container_api_message(cases[i][0]);
        assert_string_equal(message, cases[i][1]);
        free(message);
    }
}

static void
sockets_are_found(void **state OVS_UNUSED)
{
    static const char *const forms[] = { "/a/sock", "unix:/a/sock",
                                         "unix:///a/sock" };
    char *why;

    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        char *socket = container_api_find_socket(forms[i], &why);
        assert_string_equal(socket, "/a/sock");
        assert_null(why);
        free(socket);
    }

    /* What is found without one depends on the host; never both or none. */
    char *socket = container_api_find_socket(NULL, &why);
    assert_true(!socket != !why);
    if (why) {
        assert_contains(why, "--container-socket");
    }
    free(socket);
    free(why);

    why = container_api_explain_refusal("/no/such/socket");
    assert_contains(why, "/no/such/socket: No such file");
    free(why);
    why = container_api_explain_refusal("/tmp");
    assert_contains(why, "no container engine listens on /tmp");
    free(why);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_are_parsed),
        cmocka_unit_test(garbage_is_no_state),
        cmocka_unit_test(messages_are_found),
        cmocka_unit_test(sockets_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
