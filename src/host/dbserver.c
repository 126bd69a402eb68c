#include "dbserver.h"

#include <errno.h>

#include "cleanup.h"
#include "dbfile.h"
#include "dbtidy.h"
#include "subprocess.h"

VLOG_DEFINE_THIS_MODULE(dbserver);

/* A server that has lasted so long has not failed at its start. */
#define LASTED_MS 10000

/* How often to see whether a server that has started listens: nothing else
 * tells. */
#define LISTEN_POLL_MS 2

enum step {
    STEP_PAUSE,   /* Nothing runs until 'wake_ms'. */
    STEP_PREPARE, /* ovsdb-tool makes or converts the file. */
    STEP_START,   /* The server runs and does not listen yet. */
    STEP_UP,
    STEP_STOPPED,
};

struct dbserver {
    char *name, *schema, *file, *socket, *control, *log_file, *connections;
    char *remote;
    enum step step;
    struct subprocess *child; /* PREPARE, START, UP; else NULL. */
    struct dbtidy *tidy;      /* While it is UP, once its clients rest. */
    bool stopping;
    long long wake_ms;
    long long pause_ms;       /* The next one. */
    long long started_ms;
    unsigned int n_starts;
    char *error;
};

struct dbserver *
dbserver_new(const struct dbserver_config *config)
{
    struct dbserver *db = xzalloc(sizeof *db);

    db->name = xstrdup(config->name);
    db->schema = xstrdup(config->schema);
    db->file = xstrdup(config->file);
    db->socket = xstrdup(config->socket);
    db->control = xstrdup(config->control);
    db->log_file = nullable_xstrdup(config->log_file);
    db->connections = nullable_xstrdup(config->connections);
    db->remote = xasprintf("unix:%s", config->socket);
    db->pause_ms = DBSERVER_PAUSE_MIN_MS;
    return db;
}

void
dbserver_free(struct dbserver *db)
{
    if (db) {
        subprocess_free(db->child);
        dbtidy_free(db->tidy);
        free(db->name);
        free(db->schema);
        free(db->file);
        free(db->socket);
        free(db->control);
        free(db->log_file);
        free(db->connections);
        free(db->remote);
        free(db->error);
        free(db);
    }
}

/* --- Steps --- */

static void OVS_PRINTF_FORMAT(2, 3)
fail(struct dbserver *db, const char *format, ...)
{
    va_list args;

    free(db->error);
    va_start(args, format);
    db->error = xvasprintf(format, args);
    va_end(args);
    VLOG_WARN("%s: %s; trying again in %lld ms", db->name, db->error,
              db->pause_ms);
    db->step = STEP_PAUSE;
    db->wake_ms = time_msec() + db->pause_ms;
    db->pause_ms = MIN(db->pause_ms * 2, DBSERVER_PAUSE_MAX_MS);
}

static bool
accepts(const char *path)
{
    int fd = make_unix_socket(SOCK_STREAM, true, NULL, path);

    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

/* Starts a program of Open vSwitch's, which may be in a folder that PATH does
 * not name. */
static bool
start_program(struct dbserver *db, const char *name, char *const argv[])
{
    static const char *const dirs[] = {
        "/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin",
    };
    char *found OWNED_STRING = process_search_path(name);
    int error = ENOENT;

    for (size_t i = 0; !found && i < ARRAY_SIZE(dirs); i++) {
        char *path = xasprintf("%s/%s", dirs[i], name);

        if (!access(path, X_OK)) {
            found = path;
        } else {
            free(path);
        }
    }
    if (found) {
        error = subprocess_start_bound(found, argv, environ, &db->child);
    }
    if (error) {
        fail(db, "%s cannot be started (%s); it is in Debian's package "
             "openvswitch-common", name, ovs_strerror(error));
    }
    return !error;
}

static void
start_tool(struct dbserver *db, const char *command)
{
    char *const argv[] = {
        "ovsdb-tool", "-vsyslog:off", CONST_CAST(char *, command), db->file,
        db->schema, NULL,
    };

    if (start_program(db, "ovsdb-tool", argv)) {
        db->step = STEP_PREPARE;
    }
}

static void
start_server(struct dbserver *db)
{
    char *remote OWNED_STRING = xasprintf("--remote=punix:%s", db->socket);
    char *control OWNED_STRING = xasprintf("--unixctl=%s", db->control);
    char *log OWNED_STRING = xasprintf("--log-file=%s",
                                       db->log_file ? db->log_file : "");
    char *connections OWNED_STRING
        = xasprintf("--remote=%s", db->connections ? db->connections : "");
    char *argv[10] = {
        "ovsdb-server", "--no-chdir", "-vconsole:warn", "-vsyslog:off",
        remote, control,
    };
    size_t n = 6;

    if (db->log_file) {
        argv[n++] = log;
    }
    if (db->connections) {
        argv[n++] = connections;
    }
    argv[n++] = db->file;
    if (start_program(db, "ovsdb-server", argv)) {
        db->step = STEP_START;
        db->started_ms = time_msec();
        db->n_starts++;
    }
}

static void
begin(struct dbserver *db)
{
    if (accepts(db->socket)) {
        fail(db, "%s: another process listens there; end it, or choose "
             "another --dir", db->socket);
        return;
    }
    switch (dbfile_check(db->file, db->schema)) {
    case DBFILE_MISSING:
        start_tool(db, "create");
        break;
    case DBFILE_OLD:
        VLOG_INFO("%s: converting %s to the schema of %s", db->name,
                  db->file, db->schema);
        start_tool(db, "convert");
        break;
    case DBFILE_CURRENT:
        start_server(db);
        break;
    case DBFILE_FOREIGN:
    default:
        fail(db, "%s: cannot be read as a database of this name; move it "
             "away, or choose another --dir", db->file);
    }
}

/* --- Running --- */

static void
child_ended(struct dbserver *db)
{
    char *end OWNED_STRING = subprocess_describe_end(db->child);
    char *line OWNED_STRING = xstrdup(subprocess_last_line(db->child));
    bool ok = !subprocess_exit_status(db->child);

    subprocess_free(db->child);
    db->child = NULL;
    dbtidy_free(db->tidy);
    db->tidy = NULL;
    if (db->stopping) {
        db->step = STEP_STOPPED;
    } else if (db->step == STEP_PREPARE && ok) {
        start_server(db);
    } else {
        if (time_msec() >= db->started_ms + LASTED_MS) {
            db->pause_ms = DBSERVER_PAUSE_MIN_MS;
        }
        fail(db, "%s has ended (%s)%s%s",
             db->step == STEP_PREPARE ? "ovsdb-tool" : "ovsdb-server", end,
             *line ? ": " : "", line);
    }
}

void
dbserver_run(struct dbserver *db)
{
    if (db->child && subprocess_run(db->child)) {
        child_ended(db);
    }
    if (db->step == STEP_PAUSE && db->stopping) {
        db->step = STEP_STOPPED;
    } else if (db->step == STEP_PAUSE && time_msec() >= db->wake_ms) {
        begin(db);
    } else if (db->step == STEP_START && accepts(db->socket)) {
        db->step = STEP_UP;
        free(db->error);
        db->error = NULL;
        VLOG_INFO("%s: served at %s, process %ld", db->name, db->socket,
                  (long int) subprocess_pid(db->child));
    }
    if (db->tidy) {
        dbtidy_run(db->tidy, time_msec());
    }
}

void
dbserver_rest(struct dbserver *db)
{
    if (db->step == STEP_UP) {
        if (!db->tidy) {
            db->tidy = dbtidy_new(db->control, db->file);
        }
        dbtidy_rest(db->tidy, time_msec());
    }
}

void
dbserver_wait(struct dbserver *db)
{
    if (db->tidy) {
        dbtidy_wait(db->tidy);
    }
    if (db->child) {
        subprocess_wait(db->child);
    }
    if (db->step == STEP_PAUSE) {
        poll_timer_wait_until(db->wake_ms);
    } else if (db->step == STEP_START) {
        poll_timer_wait(LISTEN_POLL_MS);
    }
}

bool
dbserver_is_up(const struct dbserver *db)
{
    return db->step == STEP_UP;
}

const char *
dbserver_remote(const struct dbserver *db)
{
    return db->remote;
}

const char *
dbserver_error(const struct dbserver *db)
{
    return db->error;
}

unsigned int
dbserver_n_starts(const struct dbserver *db)
{
    return db->n_starts;
}

void
dbserver_stop(struct dbserver *db)
{
    db->stopping = true;
    if (db->child) {
        subprocess_terminate(db->child);
    }
}

bool
dbserver_is_stopped(const struct dbserver *db)
{
    return db->step == STEP_STOPPED;
}

struct json *
dbserver_status(const struct dbserver *db)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "remote", db->remote);
    json_object_put(json, "connected",
                    json_boolean_create(dbserver_is_up(db)));
    json_object_put(json, "starts", json_integer_create(db->n_starts));
    if (db->child) {
        json_object_put(json, "pid",
                        json_integer_create(subprocess_pid(db->child)));
    }
    if (db->error) {
        json_object_put_string(json, "error", db->error);
    }
    return json;
}
