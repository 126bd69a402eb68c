#include "unit.h"

#include <sys/wait.h>

#include "cleanup.h"
#include "hostdir.h"

static void
folders_are_made(void **state OVS_UNUSED)
{
    char template[] = "/tmp/rouse-unit-XXXXXX";
    char *top = mkdtemp(template);
    char *deep OWNED_STRING = xasprintf("%s/a/b/c", top);
    char *file OWNED_STRING = xasprintf("%s/a/b/c/rouse-host.lock", top);
    char *below OWNED_STRING = xasprintf("%s/x", file);

    assert_int_equal(hostdir_make(deep), 0);
    assert_int_equal(hostdir_make(deep), 0);
    assert_int_equal(access(deep, W_OK), 0);
    fclose(fopen(file, "w"));
    assert_int_equal(hostdir_make(below), ENOTDIR);

    char *command OWNED_STRING = xasprintf("rm -r %s", top);
    assert_int_equal(system(command), 0);
}

static void
only_one_has_the_lock(void **state OVS_UNUSED)
{
    char template[] = "/tmp/rouse-unit-XXXXXX";
    char *dir = mkdtemp(template);
    char *pid OWNED_STRING = xasprintf("process %ld", (long int) getpid());
    struct hostdir_lock lock, second;

    assert_null(hostdir_lock(&lock, dir));
    hostdir_lock_sign(&lock);
    char *problem OWNED_STRING = hostdir_lock(&second, dir);
    assert_non_null(problem);
    assert_case(strstr(problem, pid) && strstr(problem, dir), "%s", problem);

    /* A child that is another program does not keep it. */
    pid_t child = fork();
    if (!child) {
        execl("/bin/sleep", "sleep", "1000", NULL);
        _exit(1);
    }
    hostdir_unlock(&lock);
    for (int i = 0; i < UNIT_PATIENCE_MS / 2; i++) {
        /* Between fork() and exec() it does. */
        free(problem);
        problem = hostdir_lock(&second, dir);
        if (!problem) {
            break;
        }
        poll_timer_wait(2);
        poll_block();
    }
    assert_null(problem);
    hostdir_unlock(&second);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);

    problem = hostdir_lock(&lock, "/no/such/folder");
    assert_non_null(strstr(problem, "--dir"));
    char *command OWNED_STRING = xasprintf("rm -r %s", dir);
    assert_int_equal(system(command), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_are_made),
        cmocka_unit_test(only_one_has_the_lock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
