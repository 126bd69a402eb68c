#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "subprocess.h"

/* Starts "/bin/sh -c SCRIPT". */
static struct subprocess *
start_sh(const char *script)
{
    char *argv[] = { "sh", "-c", CONST_CAST(char *, script), NULL };
    struct subprocess *sp = NULL;
    int error = subprocess_start("/bin/sh", argv, environ, NULL, &sp);

    if (error) {
        fail_msg("/bin/sh: %s", ovs_strerror(error));
    }
    return sp;
}

static struct subprocess *
start_nothing(void)
{
    char *argv[] = { "x", NULL };
    struct subprocess *sp = NULL;

    assert_int_equal(subprocess_start("/no/such/program", argv, environ, NULL,
                                      &sp), 0);
    return sp;
}

static bool
run_for(struct subprocess *sp, long long int ms)
{
    long long int end_ms = time_msec() + ms;

    while (!subprocess_run(sp)) {
        if (time_msec() >= end_ms) {
            return false;
        }
        subprocess_wait(sp);
        poll_timer_wait_until(end_ms);
        poll_block();
    }
    return true;
}

/* Waits until 'sp' has written a process' number. */
static pid_t
wait_for_pid(struct subprocess *sp)
{
    for (int i = 0; i < UNIT_PATIENCE_MS / 10 && !*subprocess_last_line(sp);
         i++) {
        assert_false(run_for(sp, 10));
    }
    pid_t pid = atoi(subprocess_last_line(sp));
    assert_case(pid > 1, "\"%s\"", subprocess_last_line(sp));
    return pid;
}

/* True if there is a process 'pid' that has not ended (init may take its time
 * to reap what has). */
static bool
is_alive(pid_t pid)
{
    char *path = xasprintf("/proc/%d/stat", (int) pid);
    FILE *file = fopen(path, "r");
    char state = 'Z';

    free(path);
    if (file) {
        ignore(fscanf(file, "%*d (%*[^)]) %c", &state));
        fclose(file);
    }
    return state != 'Z';
}

/* Waits until process 'pid' has ended. */
static void
wait_until_gone(pid_t pid)
{
    long long int end_ms = time_msec() + UNIT_PATIENCE_MS;

    while (is_alive(pid)) {
        if (time_msec() >= end_ms) {
            fail_msg("process %d is still there", (int) pid);
        }
        poll_timer_wait(5);
        poll_block();
    }
}

/* Waits until no child is left that somebody has to reap. */
static void
wait_until_childless(void)
{
    siginfo_t end;

    for (int i = 0; i < UNIT_PATIENCE_MS / 10; i++) {
        if (waitid(P_ALL, 0, &end, WEXITED | WNOHANG | WNOWAIT)
            && errno == ECHILD) {
            return;
        }
        poll_timer_wait(10);
        poll_block();
    }
    fail_msg("a child lives on");
}

static int
next_descriptor(void)
{
    int fd = dup(0);

    close(fd);
    return fd;
}

/* Waits until no descriptor is open that was not when 'fd' was the next: the
 * threads that start and end children have theirs for a moment longer. */
static void
wait_until_next_is(int fd)
{
    for (int i = 0; i < UNIT_PATIENCE_MS / 10 && next_descriptor() != fd;
         i++) {
        poll_timer_wait(10);
        poll_block();
    }
    assert_int_equal(next_descriptor(), fd);
}

static void
child_starts_with_a_clean_slate(void **state OVS_UNUSED)
{
    /* Things that it must not inherit: a descriptor without close-on-exec,
     * a blocked and an ignored signal. */
    int fd = dup2(1, 77);
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    assert_int_equal(fd, 77);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    sighandler_t old_handler = signal(SIGUSR1, SIG_IGN);

    struct subprocess *sp = start_sh(
        "fds=; i=0; while [ $i -lt 256 ]; do"
        "  [ -e /proc/$$/fd/$i ] && fds=$fds$i; i=$((i+1)); done;"
        "in=$(readlink /proc/$$/fd/0); out=$(readlink /proc/$$/fd/1);"
        "sig=$(grep -E 'Sig(Blk|Ign)' /proc/$$/status | tr -d '[:space:]');"
        "pgrp=$(cut -d' ' -f5 /proc/$$/stat); [ $pgrp = $$ ] && pgrp=own;"
        "echo \"$fds $in $out $sig $pgrp\" >&2");
    assert_true(run_for(sp, UNIT_PATIENCE_MS));
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    signal(SIGUSR1, old_handler);
    close(fd);

    assert_int_equal(subprocess_exit_status(sp), 0);
    /* glibc leaves its two internal signals ignored. */
    assert_string_equal(subprocess_last_line(sp),
                        "012 /dev/null /dev/null "
                        "SigBlk:0000000000000000SigIgn:0000000180000000 own");
    subprocess_free(sp);
}

static void
works_without_standard_descriptors(void **state OVS_UNUSED)
{
    int saved[3];

    for (int i = 0; i < 3; i++) {
        saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
        close(i);
    }
    struct subprocess *sp = start_sh("echo hello >&2; exit 3");
    bool ended = run_for(sp, UNIT_PATIENCE_MS);
    for (int i = 0; i < 3; i++) {
        dup2(saved[i], i);
        close(saved[i]);
    }
    assert_true(ended);
    assert_int_equal(subprocess_exit_status(sp), 3);
    assert_string_equal(subprocess_last_line(sp), "hello");
    subprocess_free(sp);
}

static void
a_flood_on_stderr_does_no_harm(void **state OVS_UNUSED)
{
    /* More than fits into the pipe, one line of it very long. */
    struct subprocess *sp = start_sh(
        "head -c 1000000 /dev/zero | tr '\\0' x >&2; echo >&2;"
        "seq 100000 >&2; printf 'no newline' >&2; exit 1");
    assert_true(run_for(sp, UNIT_PATIENCE_MS));
    assert_string_equal(subprocess_last_line(sp), "no newline");
    subprocess_free(sp);

    sp = start_sh("head -c 1000 /dev/zero | tr '\\0' x >&2");
    assert_true(run_for(sp, UNIT_PATIENCE_MS));
    assert_int_equal(strlen(subprocess_last_line(sp)), 400);
    subprocess_free(sp);
}

static void
a_grandchild_with_stderr_is_not_waited_for(void **state OVS_UNUSED)
{
    struct subprocess *sp = start_sh("sleep 1000 & echo $! >&2");

    assert_true(run_for(sp, UNIT_PATIENCE_MS));
    pid_t pid = atoi(subprocess_last_line(sp));
    assert_true(pid > 1);
    subprocess_free(sp);

    /* It was started on purpose, and the program has ended well. */
    assert_true(is_alive(pid));
    assert_int_equal(kill(pid, SIGKILL), 0);
}

static void
a_chatty_grandchild_does_not_keep_the_loop(void **state OVS_UNUSED)
{
    struct subprocess *sp = start_sh("yes >&2 & echo $! > /dev/null; exit 0");

    assert_true(run_for(sp, UNIT_PATIENCE_MS));
    assert_int_equal(subprocess_exit_status(sp), 0);
    subprocess_free(sp); /* SIGPIPE ends it. */
}

/* Sooner than those are killed who do not end.  A busy machine may take as long
 * as that, but not again and again. */
static void
cancelling_ends_the_whole_group(void **state OVS_UNUSED)
{
    long long int took_ms = SUBPROCESS_GRACE_MS;

    for (int i = 0; i < 5 && took_ms >= SUBPROCESS_GRACE_MS; i++) {
        struct subprocess *sp = start_sh("sleep 1000 & echo $! >&2; wait");
        pid_t pid = wait_for_pid(sp);
        long long int start_ms = time_msec();

        subprocess_free(sp);
        wait_until_gone(pid);
        took_ms = time_msec() - start_ms;
    }
    assert_true(took_ms < SUBPROCESS_GRACE_MS);
}

static void
who_ignores_sigterm_is_killed(void **state OVS_UNUSED)
{
    struct subprocess *sp = start_sh(
        "trap '' TERM; echo $$ >&2; while :; do sleep 0.1; done");

    pid_t pid = wait_for_pid(sp);
    long long int start_ms = time_msec();
    subprocess_free(sp);
    /* Did not wait for that, but for a machine that had no time, maybe. */
    assert_true(is_alive(pid)
                || time_msec() - start_ms >= SUBPROCESS_GRACE_MS);

    /* Reaped, too. */
    wait_until_childless();
    assert_true(time_msec() - start_ms >= SUBPROCESS_GRACE_MS - 10);
}

static void
who_has_a_session_of_its_own_survives(void **state OVS_UNUSED)
{
    struct subprocess *sp = start_sh(
        "setsid sleep 1000 > /dev/null 2>&1 & pid=$!;"
        "while [ $(cut -d' ' -f6 /proc/$pid/stat) != $pid ]; do sleep 0.01; "
        "done; echo $pid >&2; sleep 1000");

    pid_t pid = wait_for_pid(sp);
    subprocess_free(sp);
    poll_timer_wait(100);
    poll_block();
    assert_true(is_alive(pid));
    assert_int_equal(kill(pid, SIGKILL), 0);
}

static void
no_descriptor_is_left(void **state OVS_UNUSED)
{
    int before = next_descriptor();

    for (int i = 0; i < 50; i++) {
        struct subprocess *sp = start_sh("exit 0");
        assert_true(run_for(sp, UNIT_PATIENCE_MS));
        subprocess_free(sp);
    }
    struct subprocess *sp = start_nothing();
    assert_true(run_for(sp, UNIT_PATIENCE_MS));
    subprocess_free(sp);
    subprocess_free(start_nothing());
    subprocess_free(start_sh("sleep 1000"));
    wait_until_next_is(before);
    wait_until_childless();
}

static void
what_cannot_be_started_says_why(void **state OVS_UNUSED)
{
    struct subprocess *sp = start_nothing();

    assert_true(run_for(sp, UNIT_PATIENCE_MS));
    assert_int_equal(subprocess_start_error(sp), ENOENT);
    assert_int_equal(subprocess_exit_status(sp), -1);
    char *end = subprocess_describe_end(sp);
    assert_string_equal(end, "not started: No such file or directory");
    free(end);
    subprocess_free(sp);

    sp = start_sh("exit 1");
    assert_true(run_for(sp, UNIT_PATIENCE_MS));
    assert_int_equal(subprocess_start_error(sp), 0);
    subprocess_free(sp);
}

/* The same without a thread, and with one after a start that was slow. */
static void
a_slow_start_is_remembered(void **state OVS_UNUSED)
{
    char *argv[] = { "sh", "-c", "exit 3", NULL };
    struct subprocess_pace pace = { .slow_until_ms = 0 };

    for (int i = 0; i < 3; i++) {
        struct subprocess *sp = NULL;

        assert_int_equal(subprocess_start(i < 2 ? "/bin/sh" : "/no/such",
                                          argv, environ, &pace, &sp), 0);
        /* A busy machine may have been slow by itself. */
        assert_true(subprocess_pid(sp) || pace.slow_until_ms || i == 2);
        assert_true(run_for(sp, UNIT_PATIENCE_MS));
        assert_int_equal(subprocess_exit_status(sp), i < 2 ? 3 : -1);
        assert_int_equal(subprocess_start_error(sp), i < 2 ? 0 : ENOENT);
        subprocess_free(sp);
    }

    struct subprocess *sp = NULL;
    pace.slow_until_ms = LLONG_MAX;
    assert_int_equal(subprocess_start("/bin/sh", argv, environ, &pace, &sp),
                     0);
    assert_int_equal(subprocess_pid(sp), 0);
    assert_true(run_for(sp, UNIT_PATIENCE_MS));
    assert_int_equal(subprocess_exit_status(sp), 3);
    subprocess_free(sp);
}

/* Before it is known whether there is a child at all. */
static void
cancelling_a_start_ends_it(void **state OVS_UNUSED)
{
    char *dir = xasprintf("/tmp/rouse-test-%d", (int) getpid());
    char *script = xasprintf("sleep 0.5; mkdir %s", dir);
    int before = next_descriptor();

    for (int i = 0; i < 20; i++) {
        subprocess_free(start_sh(script));
    }
    wait_until_next_is(before);
    wait_until_childless();
    assert_int_equal(rmdir(dir), -1);
    free(script);
    free(dir);
}

static void
how_it_ended_is_described(void **state OVS_UNUSED)
{
    struct subprocess *sp = start_sh("kill -SEGV $$");

    assert_true(run_for(sp, UNIT_PATIENCE_MS));
    assert_int_equal(subprocess_exit_status(sp), -1);
    char *end = subprocess_describe_end(sp);
    assert_string_equal(end, "killed by signal 11 (Segmentation fault)");
    free(end);
    subprocess_free(sp);
}

static void
starting_is_cheap(void **state OVS_UNUSED)
{
    char *argv[] = { "true", NULL };
    long long int best_us = LLONG_MAX;

    for (int i = 0; i < 20; i++) {
        struct subprocess *sp = NULL;
        long long int start_us = time_usec();

        assert_int_equal(subprocess_start("/bin/true", argv, environ, NULL,
                                          &sp), 0);
        best_us = MIN(best_us, time_usec() - start_us);
        assert_true(run_for(sp, UNIT_PATIENCE_MS));
        subprocess_free(sp);
    }
    print_message("# started in %lld us\n", best_us);
    assert_true(best_us < 20000);
}

/* Another process starts a bound child, says who it is, and is killed. */
static void
who_is_bound_ends_with_its_parent(void **state OVS_UNUSED)
{
    pid_t child = 0;
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    pid_t parent = fork();
    if (!parent) {
        char *argv[] = { "sleep", "1000", NULL };
        struct subprocess *sp = NULL;

        if (subprocess_start_bound("/bin/sleep", argv, environ, &sp)) {
            _exit(1);
        }
        child = subprocess_pid(sp);
        ignore(write(fds[1], &child, sizeof child));
        pause();
        _exit(0);
    }
    assert_int_equal(read(fds[0], &child, sizeof child), sizeof child);
    assert_true(is_alive(child));
    kill(parent, SIGKILL);
    waitpid(parent, NULL, 0);
    wait_until_gone(child);
    close(fds[0]);
    close(fds[1]);
}

static void
who_is_bound_starts_like_others(void **state OVS_UNUSED)
{
    char *argv[] = { "sh", "-c", "ls /proc/self/fd | wc -l >&2; exit 3",
                     NULL };
    char *none[] = { "x", NULL };
    struct subprocess *sp = NULL;

    assert_int_equal(subprocess_start_bound("/no/such/program", none, environ,
                                            &sp), ENOENT);
    assert_null(sp);
    assert_int_equal(subprocess_start_bound("/bin/sh", argv, environ, &sp),
                     0);
    assert_true(run_for(sp, UNIT_PATIENCE_MS));
    assert_int_equal(subprocess_exit_status(sp), 3);
    /* 0, 1, 2 and the folder itself. */
    assert_string_equal(subprocess_last_line(sp), "4");
    subprocess_free(sp);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(child_starts_with_a_clean_slate),
        cmocka_unit_test(works_without_standard_descriptors),
        cmocka_unit_test(a_flood_on_stderr_does_no_harm),
        cmocka_unit_test(a_grandchild_with_stderr_is_not_waited_for),
        cmocka_unit_test(a_chatty_grandchild_does_not_keep_the_loop),
        cmocka_unit_test(cancelling_ends_the_whole_group),
        cmocka_unit_test(who_ignores_sigterm_is_killed),
        cmocka_unit_test(who_has_a_session_of_its_own_survives),
        cmocka_unit_test(no_descriptor_is_left),
        cmocka_unit_test(what_cannot_be_started_says_why),
        cmocka_unit_test(a_slow_start_is_remembered),
        cmocka_unit_test(cancelling_a_start_ends_it),
        cmocka_unit_test(how_it_ended_is_described),
        cmocka_unit_test(starting_is_cheap),
        cmocka_unit_test(who_is_bound_ends_with_its_parent),
        cmocka_unit_test(who_is_bound_starts_like_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
