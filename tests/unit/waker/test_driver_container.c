/* The container driver against canned answers.  tests/drivers/ runs it against
 * a real engine. */

#include "driver_fixture.h"

#include "fake_engine.h"

#define START "POST /containers/web/start"
#define UNPAUSE "POST /containers/web/unpause"
#define STOP "POST /containers/web/stop?t=10"
#define PAUSE "POST /containers/web/pause"
#define LOOK "GET /containers/web/json"
#define STATE(WORD) "200 {\"State\":{\"Status\":\"" WORD "\",\"ExitCode\":3}}"
#define REFUSAL "409 {\"message\":\"I refuse\"}"

static const struct driver_class *
container_class(void)
{
    return driver_class_by_name("container");
}

struct scenario {
    const char *what;
    const char *target;
    enum driver_op op;
    struct fake_rule rules[5];
    enum driver_status status;
    const char *error; /* Part of it; NULL = none. */
    const char *log;   /* All requests. */
};

static void
run_scenario(const struct scenario *s)
{
    struct fake_rule rules[ARRAY_SIZE(s->rules)];
    struct fake_engine fe;
    struct fixture f;
    size_t n = 0;

    memcpy(rules, s->rules, sizeof rules);
    while (n < ARRAY_SIZE(rules) && rules[n].request) {
        n++;
    }
    fixture_init(&f);
    fake_engine_start(&fe, rules, n);
    f.config.container_socket = fe.socket;
    enum driver_status status = fixture_run(&f, container_class(), s->target,
                                            s->op);
    fake_engine_stop(&fe);
    if (status != s->status || strcmp(fe.log, s->log)
        || (s->error ? !strstr(f.error, s->error) : *f.error)) {
        fail_msg("%s: status %d, error \"%s\", requests \"%s\"", s->what,
                 status, f.error, fe.log);
    }
    fixture_uninit(&f);
}

static void
starting(void **state OVS_UNUSED)
{
    static const struct scenario scenarios[] = {
        { "starts", "web", DRIVER_START, { { START, "204", 0 } },
          DRIVER_DONE, NULL, START "; " },
        { "runs already", "web", DRIVER_START, { { START, "304", 0 } },
          DRIVER_DONE, NULL, START "; " },
        { "is gone", "web", DRIVER_START,
          { { START, "404 {\"message\":\"No such container: web\"}", 0 } },
          DRIVER_FAILED, "container \"web\" does not exist on /tmp/",
          START "; " },
        { "is paused", "web", DRIVER_START,
          { { START, REFUSAL, 0 }, { LOOK, STATE("paused"), 0 },
            { UNPAUSE, "204", 0 } },
          DRIVER_DONE, NULL, START "; " LOOK "; " UNPAUSE "; " },
        { "is paused and stays so", "web", DRIVER_START,
          { { START, REFUSAL, 0 }, { LOOK, STATE("paused"), 0 },
            { UNPAUSE, "500 {\"message\":\"frozen\"}", 0 } },
          DRIVER_FAILED, "container \"web\": frozen (status 500)",
          START "; " LOOK "; " UNPAUSE "; " },
        { "does not start", "web", DRIVER_START,
          { { START, REFUSAL, 0 }, { LOOK, STATE("exited"), 0 } },
          DRIVER_FAILED, "container \"web\" (exited): I refuse",
          START "; " LOOK "; " },
        { "somebody else has started it", "web", DRIVER_START,
          { { START, REFUSAL, 0 }, { LOOK, STATE("running"), 0 } },
          DRIVER_DONE, NULL, START "; " LOOK "; " },
        { "is being removed", "web", DRIVER_START,
          { { START, REFUSAL, 0 }, { LOOK, STATE("removing"), 0 } },
          DRIVER_FAILED, "(removing): I refuse", START "; " LOOK "; " },
        { "unpauses", "pause:web", DRIVER_START, { { UNPAUSE, "204", 0 } },
          DRIVER_DONE, NULL, UNPAUSE "; " },
        { "is not paused but stopped", "pause:web", DRIVER_START,
          { { UNPAUSE, REFUSAL, 0 }, { LOOK, STATE("exited"), 0 },
            { START, "204", 0 } },
          DRIVER_DONE, NULL, UNPAUSE "; " LOOK "; " START "; " },
        { "is not paused but runs", "pause:web", DRIVER_START,
          { { UNPAUSE, REFUSAL, 0 }, { LOOK, STATE("running"), 0 } },
          DRIVER_DONE, NULL, UNPAUSE "; " LOOK "; " },
    };

    for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
        run_scenario(&scenarios[i]);
    }
}

static void
stopping(void **state OVS_UNUSED)
{
    static const struct scenario scenarios[] = {
        { "stops", "web", DRIVER_STOP, { { STOP, "204", 0 } },
          DRIVER_DONE, NULL, STOP "; " },
        { "is stopped already", "web", DRIVER_STOP, { { STOP, "304", 0 } },
          DRIVER_DONE, NULL, STOP "; " },
        { "is paused", "web", DRIVER_STOP,
          { { STOP, REFUSAL, 0 }, { LOOK, STATE("paused"), 0 },
            { UNPAUSE, "204", 0 }, { STOP, "204", 0 } },
          DRIVER_DONE, NULL, STOP "; " LOOK "; " UNPAUSE "; " STOP "; " },
        { "was never started", "web", DRIVER_STOP,
          { { STOP, REFUSAL, 0 }, { LOOK, STATE("created"), 0 } },
          DRIVER_DONE, NULL, STOP "; " LOOK "; " },
        { "does not stop", "web", DRIVER_STOP,
          { { STOP, REFUSAL, 0 }, { LOOK, STATE("running"), 0 } },
          DRIVER_FAILED, "(running): I refuse", STOP "; " LOOK "; " },
        { "pauses", "pause:web", DRIVER_STOP, { { PAUSE, "204", 0 } },
          DRIVER_DONE, NULL, PAUSE "; " },
        { "is paused already", "pause:web", DRIVER_STOP,
          { { PAUSE, REFUSAL, 0 }, { LOOK, STATE("paused"), 0 } },
          DRIVER_DONE, NULL, PAUSE "; " LOOK "; " },
        { "does not even run", "pause:web", DRIVER_STOP,
          { { PAUSE, REFUSAL, 0 }, { LOOK, STATE("exited"), 0 } },
          DRIVER_DONE, NULL, PAUSE "; " LOOK "; " },
        { "cannot be paused", "pause:web", DRIVER_STOP,
          { { PAUSE, REFUSAL, 0 }, { LOOK, STATE("running"), 0 } },
          DRIVER_FAILED, "(running): I refuse", PAUSE "; " LOOK "; " },
    };

    for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
        run_scenario(&scenarios[i]);
    }
}

static void
getting_ready(void **state OVS_UNUSED)
{
    static const struct scenario scenarios[] = {
        { "healthy", "web", DRIVER_READY,
          { { LOOK, "200 {\"State\":{\"Status\":\"running\",\"Pid\":1,"
              "\"Health\":{\"Status\":\"healthy\"}}}", 0 } },
          DRIVER_DONE, NULL, LOOK "; " },
        { "not healthy yet", "web", DRIVER_READY,
          { { LOOK, "200 {\"State\":{\"Status\":\"running\",\"Pid\":1,"
              "\"Health\":{\"Status\":\"starting\"}}}", 0 } },
          DRIVER_NOT_YET,
          "health check of container \"web\" says \"starting\"", LOOK "; " },
        { "has ended", "web", DRIVER_READY, { { LOOK, STATE("exited"), 0 } },
          DRIVER_FAILED, "does not run: exited, exit code 3", LOOK "; " },
        { "is paused", "web", DRIVER_READY, { { LOOK, STATE("paused"), 0 } },
          DRIVER_FAILED, "is paused", LOOK "; " },
        { "is restarting", "web", DRIVER_READY,
          { { LOOK, STATE("restarting"), 0 } },
          DRIVER_NOT_YET, "is restarting", LOOK "; " },
        { "its process is not here", "web", DRIVER_READY,
          { { LOOK, "200 {\"State\":{\"Status\":\"running\","
              "\"Pid\":2000000000}}", 0 } },
          DRIVER_NOT_YET, "is not to be seen", LOOK "; " },
        { "is gone", "web", DRIVER_READY, { { LOOK, "404 {}", 0 } },
          DRIVER_FAILED, "does not exist", LOOK "; " },
        { "engine is broken", "web", DRIVER_READY,
          { { LOOK, "503 {\"message\":\"database is locked\"}", 0 } },
          DRIVER_FAILED, "database is locked (status 503)", LOOK "; " },
        { "garbage", "web", DRIVER_READY, { { LOOK, "200 <html>", 0 } },
          DRIVER_FAILED, "not understood", LOOK "; " },
        { "truncated", "web", DRIVER_READY,
          { { LOOK, "RAW:HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
              0 } },
          DRIVER_FAILED, "container engine at /tmp/", LOOK "; " },
        { "no HTTP at all", "web", DRIVER_READY,
          { { LOOK, "RAW:\x01\x02\x03\r\n\r\n", 0 } },
          DRIVER_FAILED, "container engine at /tmp/", LOOK "; " },
    };

    for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
        run_scenario(&scenarios[i]);
    }
}

/* An answer that has this very process as that of the container. */
static char *
running_here(void)
{
    return xasprintf("200 {\"State\":{\"Status\":\"running\",\"Pid\":%d}}",
                     (int) getpid());
}

/* A job that watches a port.  One that a busy machine has not let look for
 * longer than that takes is begun again. */
static struct driver_job *
begin_to_watch(struct fixture *f)
{
    struct driver_job *job = NULL;
    enum driver_status status;

    f->svc.target = "web";
    do {
        driver_job_free(job);
        job = driver_job_start(container_class(), &f->config, &f->svc,
                               DRIVER_READY);
        status = fixture_poll(job, 100);
    } while (status == DRIVER_NOT_YET);
    assert_int_equal(status, DRIVER_PENDING);
    return job;
}

static void
ready_when_the_port_listens(void **state OVS_UNUSED)
{
    struct sockaddr_in sin = { .sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof sin;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char *answer = running_here();
    struct fake_rule rules[] = { { LOOK, answer, false } };
    struct fake_engine fe;
    struct fixture f;

    assert_int_equal(bind(fd, (struct sockaddr *) &sin, sizeof sin), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &sin, &len), 0);
    fixture_init(&f);
    fake_engine_start(&fe, rules, ARRAY_SIZE(rules));
    f.config.container_socket = fe.socket;
    smap_add_format(&f.backends, "10.0.0.1:80", "127.0.0.1:%d",
                    ntohs(sin.sin_port));

    assert_int_equal(fixture_run(&f, container_class(), "web", DRIVER_READY),
                     DRIVER_NOT_YET);
    char *part = xasprintf("nothing listens on TCP port %d in the network "
                           "namespace of container \"web\" yet",
                           ntohs(sin.sin_port));
    assert_string_equal(f.error, part);
    free(part);

    /* It begins to listen while the job is watching. */
    struct driver_job *job = begin_to_watch(&f);
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(fixture_poll(job, UNIT_PATIENCE_MS), DRIVER_DONE);
    driver_job_free(job);

    close(fd);
    fake_engine_stop(&fe);
    free(answer);
    fixture_uninit(&f);
}

static void
several_containers_at_once(void **state OVS_UNUSED)
{
    struct fake_rule rules[] = {
        { "POST /containers/a/start", "204", false },
        { "POST /containers/b/start", "404", false },
        { "POST /containers/c/unpause", "204", false },
        { "GET /containers/a/json", STATE("restarting"), false },
        { "GET /containers/b/json", STATE("exited"), false },
    };
    struct fake_engine fe;
    struct fixture f;

    fixture_init(&f);
    fake_engine_start(&fe, rules, ARRAY_SIZE(rules));
    f.config.container_socket = fe.socket;
    assert_int_equal(fixture_run(&f, container_class(), "a,b pause:c",
                                 DRIVER_START), DRIVER_FAILED);
    assert_contains(f.error, "\"b\" does not exist");
    assert_contains(fe.log, "/a/start");
    assert_contains(fe.log, "/b/start");
    assert_contains(fe.log, "/c/unpause"); /* In spite of b. */
    assert_int_equal(fixture_run(&f, container_class(), "a pause:c",
                                 DRIVER_START), DRIVER_DONE);

    /* What has failed weighs more than what is not ready yet. */
    assert_int_equal(fixture_run(&f, container_class(), "a b", DRIVER_READY),
                     DRIVER_FAILED);
    assert_contains(f.error, "\"b\"");
    fake_engine_stop(&fe);
    fixture_uninit(&f);
}

static void
a_hanging_engine_can_be_left(void **state OVS_UNUSED)
{
    struct fake_rule rules[] = { { START, "HANG", false },
                                 { "POST /containers/b/start", "204", false },
    };
    struct fake_engine fe;
    struct fixture f;

    fixture_init(&f);
    fake_engine_start(&fe, rules, ARRAY_SIZE(rules));
    f.config.container_socket = fe.socket;
    f.svc.target = "web b";
    for (int i = 0; i < 5; i++) {
        struct driver_job *job = driver_job_start(container_class(), &f.config,
                                                  &f.svc, DRIVER_START);
        assert_int_equal(fixture_poll(job, i * 20), DRIVER_PENDING);
        driver_job_free(job); /* Or this would hang, too. */
    }
    fake_engine_stop(&fe);
    fixture_uninit(&f);
}

static void
no_engine_says_what_to_do(void **state OVS_UNUSED)
{
    struct fake_engine fe;
    struct fixture f;

    fixture_init(&f);
    f.config.container_socket = "unix:///no/such/engine.sock";
    assert_int_equal(fixture_run(&f, container_class(), "web", DRIVER_START),
                     DRIVER_FAILED);
    assert_contains(f.error, "/no/such/engine.sock: No such file");
    assert_contains(f.error, "--container-socket");

    /* A socket that nobody listens on any more. */
    fake_engine_start(&fe, NULL, 0);
    shutdown(fe.listen_fd, SHUT_RDWR);
    f.config.container_socket = fe.socket;
    assert_int_equal(fixture_run(&f, container_class(), "web", DRIVER_START),
                     DRIVER_FAILED);
    assert_contains(f.error, "no container engine listens on");
    fake_engine_stop(&fe);
    fixture_uninit(&f);
}

static void
targets_are_checked(void **state OVS_UNUSED)
{
    static const char *const bad[] = { "../images", "web/../x", "web?x=1",
                                       "-web", "pause:", "we b%20", "web;x",
                                       "caf\xc3\xa9", "pause:pause:web" };
    struct fixture f;

    fixture_init(&f);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_check_fails(&f, container_class(), bad[i],
                           "not the name of a container");
        assert_int_equal(fixture_run(&f, container_class(), bad[i],
                                     DRIVER_START), DRIVER_FAILED);
        assert_contains(f.error, "not the name of a container");
    }
    assert_check_fails(&f, container_class(), "", "empty");
    assert_check_fails(&f, container_class(), " , ", "empty");
    assert_check_passes(&f, container_class(), "web");
    assert_check_passes(&f, container_class(), "web-1.a_b, pause:db 0f3a");

    f.config.containers = "web* db";
    assert_check_passes(&f, container_class(), "web1 pause:db");
    assert_check_fails(&f, container_class(), "web1 dbx", "--containers");
    fixture_uninit(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starting),
        cmocka_unit_test(stopping),
        cmocka_unit_test(getting_ready),
        cmocka_unit_test(ready_when_the_port_listens),
        cmocka_unit_test(several_containers_at_once),
        cmocka_unit_test(a_hanging_engine_can_be_left),
        cmocka_unit_test(no_engine_says_what_to_do),
        cmocka_unit_test(targets_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
