#include "cli_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "cli_conn.h"
#include "cli_output.h"
#include "dbfile.h"
#include "dbserver.h"

struct cli_file {
    char *dir; /* Everything is in it. */
    struct dbserver *server;
};

bool
cli_file_is_one(const char *name)
{
    struct stat s;

    return !stat(name, &s) && S_ISREG(s.st_mode);
}

static char *
inside(const struct cli_file *file, const char *name)
{
    return xasprintf("%s/%s", file->dir, name);
}

static int
copy(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                 0600);
    int error = in < 0 || out < 0 ? errno : 0;
    char buffer[65536];
    ssize_t n = 0;
    size_t written;

    while (!error && (n = read(in, buffer, sizeof buffer)) > 0) {
        error = write_fully(out, buffer, n, &written);
    }
    if (!error && n < 0) {
        error = errno;
    }
    if (in >= 0) {
        close(in);
    }
    if (out >= 0 && close(out) && !error) {
        error = errno;
    }
    return error;
}

static void
remove_files(void *file_)
{
    static const char *const names[] = {
        "nb.db", "nb.sock", "nb.ctl", ".nb.db.~lock~",
    };
    const struct cli_file *file = file_;

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char *path OWNED_STRING = inside(file, names[i]);

        unlink(path);
    }
    rmdir(file->dir);
}

static bool
start(struct cli_file *file, const char *path)
{
    struct svec dirs = SVEC_EMPTY_INITIALIZER;
    char *why OWNED_STRING = NULL;
    char *own OWNED_STRING = inside(file, "nb.db");
    char *socket OWNED_STRING = inside(file, "nb.sock");
    char *control OWNED_STRING = inside(file, "nb.ctl");
    int error = copy(path, own);

    if (error) {
        cli_error("%s: %s", path, ovs_strerror(error));
        return false;
    }
    dbfile_schema_dirs(NULL, &dirs);
    char *schema OWNED_STRING = dbfile_find_schema(&dirs, "ovn-nb", &why);
    svec_destroy(&dirs);
    if (!schema) {
        cli_error("%s", why);
        return false;
    }
    if (dbfile_check(own, schema) == DBFILE_FOREIGN) {
        cli_error("%s: is no Northbound database", path);
        return false;
    }
    file->server = dbserver_new(&(struct dbserver_config) {
        .name = "OVN_Northbound",
        .schema = schema,
        .file = own,
        .socket = socket,
        .control = control,
    });
    return true;
}

struct cli_file *
cli_file_serve(const char *path, long long timeout_ms)
{
    const char *tmp = getenv("TMPDIR");
    struct cli_conn none = { .nb = NULL };
    struct cli_file *file = xzalloc(sizeof *file);
    long long deadline = time_msec() + timeout_ms;

    file->dir = xasprintf("%s/rouse-compile-XXXXXX",
                          tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(file->dir)) {
        cli_error("%s: %s", file->dir, ovs_strerror(errno));
        free(file->dir);
        free(file);
        return NULL;
    }
    /* Also if a signal ends the command. */
    fatal_signal_add_hook(remove_files, NULL, file, true);
    if (!start(file, path)) {
        cli_file_free(file);
        return NULL;
    }
    for (;;) {
        dbserver_run(file->server);
        if (dbserver_is_up(file->server)) {
            return file;
        }
        if (time_msec() >= deadline) {
            const char *error = dbserver_error(file->server);

            cli_error("%s: cannot be served: %s", path,
                      error ? error : "its server does not answer");
            cli_file_free(file);
            return NULL;
        }
        dbserver_wait(file->server);
        cli_conn_block(&none, deadline);
    }
}

const char *
cli_file_remote(const struct cli_file *file)
{
    return dbserver_remote(file->server);
}

void
cli_file_free(struct cli_file *file)
{
    if (file) {
        struct cli_conn none = { .nb = NULL };
        long long deadline = time_msec() + 1000;

        if (file->server) {
            dbserver_stop(file->server);
            while (!dbserver_is_stopped(file->server)
                   && time_msec() < deadline) {
                dbserver_run(file->server);
                dbserver_wait(file->server);
                cli_conn_block(&none, deadline);
            }
            dbserver_free(file->server);
            file->server = NULL;
        }
        remove_files(file);
        /* The rest is the hook's, which cannot be taken back. */
    }
}
