#include "databases.h"

#include "cleanup.h"
#include "dbfile.h"
#include "dbserver.h"

/* Names as OVN and Open vSwitch have them, so that their programs find
 * everything once they know the directory.  The control sockets do not end in
 * ".ctl", by which "rouse status" knows Rouse's own daemons. */
static const struct {
    const char *key;    /* For people. */
    const char *name;
    const char *schema;
    const char *file;
    const char *socket;
    const char *control;
    const char *connections; /* The table of remotes in the database. */
} kinds[N_DATABASES] = {
    [DATABASE_NB] = { "northbound", "OVN_Northbound", "ovn-nb", "ovnnb_db.db",
                      "ovnnb_db.sock", "ovnnb_db.unixctl",
                      "db:OVN_Northbound,NB_Global,connections" },
    [DATABASE_SB] = { "southbound", "OVN_Southbound", "ovn-sb", "ovnsb_db.db",
                      "ovnsb_db.sock", "ovnsb_db.unixctl",
                      "db:OVN_Southbound,SB_Global,connections" },
    [DATABASE_OVS] = { "open_vswitch", "Open_vSwitch", "vswitch", "conf.db",
                       "db.sock", "conf_db.unixctl",
                       "db:Open_vSwitch,Open_vSwitch,manager_options" },
};

struct databases {
    struct dbserver *own[N_DATABASES]; /* NULL for one that is elsewhere. */
    char *remotes[N_DATABASES];
};

static char *
add_own(struct databases *dbs, enum database db,
        const struct databases_config *config, const struct svec *dirs)
{
    char *error = NULL;
    char *schema OWNED_STRING = dbfile_find_schema(dirs, kinds[db].schema,
                                                   &error);
    char *file OWNED_STRING = xasprintf("%s/%s", config->data_dir,
                                        kinds[db].file);
    char *socket OWNED_STRING = xasprintf("%s/%s", config->run_dir,
                                          kinds[db].socket);
    char *control OWNED_STRING = xasprintf("%s/%s", config->run_dir,
                                           kinds[db].control);
    char *log OWNED_STRING = config->log_dir
                             ? xasprintf("%s/%s.log", config->log_dir,
                                         kinds[db].schema)
                             : NULL;

    if (schema) {
        dbs->own[db] = dbserver_new(&(struct dbserver_config) {
            .name = kinds[db].name,
            .schema = schema,
            .file = file,
            .socket = socket,
            .control = control,
            .log_file = log,
            .connections = kinds[db].connections,
        });
        dbs->remotes[db] = xstrdup(dbserver_remote(dbs->own[db]));
    }
    return error;
}

struct databases *
databases_new(const struct databases_config *config, char **error)
{
    struct databases *dbs = xzalloc(sizeof *dbs);
    struct svec dirs = SVEC_EMPTY_INITIALIZER;

    *error = NULL;
    dbfile_schema_dirs(config->schema_dir, &dirs);
    for (size_t i = 0; i < N_DATABASES && !*error; i++) {
        if (config->remotes[i]) {
            dbs->remotes[i] = xstrdup(config->remotes[i]);
        } else {
            *error = add_own(dbs, i, config, &dirs);
        }
    }
    svec_destroy(&dirs);
    if (*error) {
        databases_free(dbs);
        return NULL;
    }
    return dbs;
}

void
databases_free(struct databases *dbs)
{
    if (dbs) {
        for (size_t i = 0; i < N_DATABASES; i++) {
            dbserver_free(dbs->own[i]);
            free(dbs->remotes[i]);
        }
        free(dbs);
    }
}

void
databases_run(struct databases *dbs)
{
    for (size_t i = 0; i < N_DATABASES; i++) {
        if (dbs->own[i]) {
            dbserver_run(dbs->own[i]);
        }
    }
}

void
databases_rest(struct databases *dbs)
{
    for (size_t i = 0; i < N_DATABASES; i++) {
        if (dbs->own[i]) {
            dbserver_rest(dbs->own[i]);
        }
    }
}

void
databases_wait(struct databases *dbs)
{
    for (size_t i = 0; i < N_DATABASES; i++) {
        if (dbs->own[i]) {
            dbserver_wait(dbs->own[i]);
        }
    }
}

bool
databases_are_up(const struct databases *dbs)
{
    for (size_t i = 0; i < N_DATABASES; i++) {
        if (dbs->own[i] && !dbserver_is_up(dbs->own[i])) {
            return false;
        }
    }
    return true;
}

const char *
databases_remote(const struct databases *dbs, enum database db)
{
    return dbs->remotes[db];
}

void
databases_stop(struct databases *dbs)
{
    for (size_t i = 0; i < N_DATABASES; i++) {
        if (dbs->own[i]) {
            dbserver_stop(dbs->own[i]);
        }
    }
}

bool
databases_are_stopped(const struct databases *dbs)
{
    for (size_t i = 0; i < N_DATABASES; i++) {
        if (dbs->own[i] && !dbserver_is_stopped(dbs->own[i])) {
            return false;
        }
    }
    return true;
}

struct json *
databases_status(const struct databases *dbs)
{
    struct json *json = json_object_create();

    for (size_t i = 0; i < N_DATABASES; i++) {
        if (dbs->own[i]) {
            json_object_put(json, kinds[i].key,
                            dbserver_status(dbs->own[i]));
        }
    }
    return json;
}
