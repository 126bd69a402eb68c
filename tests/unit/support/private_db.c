#include "private_db.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"

static pid_t
start(char *const argv[])
{
    pid_t pid = fork();

    if (!pid) {
        /* Nothing stays behind when a test dies. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execvp(argv[0], argv);
        _exit(127);
    }
    return pid;
}

static void
finish(pid_t pid, const char *what)
{
    int status;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        continue;
    }
    if (status) {
        ovs_fatal(0, "%s has failed", what);
    }
}

/* The socket's file is there before the server listens. */
static bool
accepts(const char *path)
{
    int fd = make_unix_socket(SOCK_STREAM, false, NULL, path);

    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

static void
start_server(struct private_db *db)
{
    char *file OWNED_STRING = xasprintf("%s/db", db->dir);
    char *path OWNED_STRING = xasprintf("%s/db.sock", db->dir);
    char *remote OWNED_STRING = xasprintf("--remote=punix:%s", path);
    char *control OWNED_STRING = xasprintf("--unixctl=%s/ctl", db->dir);
    char *const argv[] = { "ovsdb-server", "--no-chdir", "-vconsole:off",
                           "-vsyslog:off", remote, control, file, NULL };

    unlink(path);
    db->pid = start(argv);
    for (int i = 0; !accepts(path); i++) {
        if (i > 6000) {
            ovs_fatal(0, "ovsdb-server does not start");
        }
        usleep(10 * 1000);
    }
}

void
private_db_start(struct private_db *db, const char *schema)
{
    char template[] = "/tmp/rouse-unit-XXXXXX";

    /* A server that is killed must not kill the test. */
    fatal_ignore_sigpipe();
    if (!mkdtemp(template)) {
        ovs_fatal(errno, "no directory for the test");
    }
    db->dir = xstrdup(template);
    db->remote = xasprintf("unix:%s/db.sock", db->dir);

    char *file OWNED_STRING = xasprintf("%s/db", db->dir);
    char *source OWNED_STRING = xasprintf("%s/%s.ovsschema",
                                          getenv("ROUSE_SCHEMA_DIR"), schema);
    char *const argv[] = { "ovsdb-tool", "create", file, source, NULL };
    finish(start(argv), "ovsdb-tool create");
    start_server(db);
}

static void
kill_server(struct private_db *db)
{
    kill(db->pid, SIGKILL);
    waitpid(db->pid, NULL, 0);
}

void
private_db_kill(struct private_db *db)
{
    kill_server(db);
}

void
private_db_revive(struct private_db *db)
{
    start_server(db);
}

void
private_db_restart(struct private_db *db)
{
    private_db_kill(db);
    private_db_revive(db);
}

void
private_db_stop(struct private_db *db)
{
    char *const argv[] = { "rm", "-r", db->dir, NULL };

    kill_server(db);
    finish(start(argv), "rm");
    free(db->dir);
    free(db->remote);
}

char *
private_db_transact(const struct private_db *db, const char *database,
                    const char *operations)
{
    char *command OWNED_STRING = xasprintf(
        "ovsdb-client transact %s '[\"%s\",%s]'", db->remote, database,
        operations);
    struct ds ds = DS_EMPTY_INITIALIZER;
    FILE *pipe = popen(command, "r");
    int c;

    while (pipe && (c = getc(pipe)) != EOF) {
        ds_put_char(&ds, c);
    }
    if (!pipe || pclose(pipe) || strstr(ds_cstr(&ds), "\"error\"")) {
        ovs_fatal(0, "%s: %s", command, ds_cstr(&ds));
    }
    return ds_steal_cstr(&ds);
}
