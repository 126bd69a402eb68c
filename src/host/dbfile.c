#include "dbfile.h"

#include <errno.h>

#include "cleanup.h"

/* A schema is some 20 kB; what is longer is none. */
#define SCHEMA_MAX (4 * 1024 * 1024)

static void
add_dirs(const char *list, struct svec *dirs)
{
    char *copy OWNED_STRING = xstrdup(list);
    char *save = NULL;

    for (char *dir = strtok_r(copy, ":", &save); dir;
         dir = strtok_r(NULL, ":", &save)) {
        svec_add(dirs, dir);
        svec_add_nocopy(dirs, xasprintf("%s/ovn", dir));
        svec_add_nocopy(dirs, xasprintf("%s/openvswitch", dir));
    }
}

void
dbfile_schema_dirs(const char *option, struct svec *dirs)
{
    const char *environment = getenv("ROUSE_SCHEMA_DIR");

    if (option) {
        add_dirs(option, dirs);
        return;
    }
    if (environment) {
        add_dirs(environment, dirs);
    }
    svec_add(dirs, ROUSE_DATA_DIR);
    add_dirs("/usr/share:/usr/local/share", dirs);
    /* A program that was not installed finds what it was built with. */
    svec_add(dirs, ROUSE_BUILD_SCHEMA_DIR);
    svec_add(dirs, ROUSE_BUILD_SCHEMA_DIR "/../openvswitch");
}

char *
dbfile_find_schema(const struct svec *dirs, const char *name, char **error)
{
    for (size_t i = 0; i < dirs->n; i++) {
        char *path = xasprintf("%s/%s.ovsschema", dirs->names[i], name);

        if (!access(path, R_OK)) {
            return path;
        }
        free(path);
    }

    char *searched OWNED_STRING = svec_join(dirs, ", ", "");
    *error = xasprintf(
        "%s.ovsschema: not found in %s; install the package that has it "
        "(Debian: %s), or name its folder with --schema-dir", name, searched,
        !strcmp(name, "vswitch") ? "openvswitch-switch" : "ovn-central");
    return NULL;
}

/* Reads a schema's version from JSON text.  NULL if there is none, or if it is
 * not that of a database 'name' (NULL: of any). */
static char *
version_of(const char *text, const char *name, char **found_name)
{
    struct json *json OWNED_JSON = json_from_string(text);
    char *version = NULL;

    if (json->type == JSON_OBJECT) {
        const struct json *v = shash_find_data(json_object(json), "version");
        const struct json *n = shash_find_data(json_object(json), "name");

        if (v && n && v->type == JSON_STRING && n->type == JSON_STRING
            && (!name || !strcmp(json_string(n), name))) {
            version = xstrdup(json_string(v));
            if (found_name) {
                *found_name = xstrdup(json_string(n));
            }
        }
    }
    return version;
}

/* Reads 'n' bytes and ends them with a null; NULL if there are fewer. */
static char *
read_text(FILE *file, size_t n)
{
    char *text = xmalloc(n + 1);

    if (fread(text, 1, n, file) != n) {
        free(text);
        return NULL;
    }
    text[n] = '\0';
    return text;
}

static char *
read_schema_version(const char *path, char **name)
{
    FILE *file = fopen(path, "r");
    char *text OWNED_STRING = NULL;

    if (!file) {
        return NULL;
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    if (size > 0 && size < SCHEMA_MAX) {
        text = read_text(file, size);
    }
    fclose(file);
    return text ? version_of(text, NULL, name) : NULL;
}

/* The first record of a database file is its schema: "OVSDB JSON LENGTH HASH",
 * and LENGTH bytes of JSON. */
static enum dbfile_state
check_record(FILE *file, const char *name, const char *version)
{
    char header[128];
    size_t length;

    if (!fgets(header, sizeof header, file)) {
        return DBFILE_FOREIGN;
    } else if (!strncmp(header, "OVSDB CLUSTER ", 14)) {
        /* ovsdb-client(1) converts those, while they are served. */
        return DBFILE_CURRENT;
    } else if (!ovs_scan(header, "OVSDB JSON %zu ", &length)
               || length > SCHEMA_MAX) {
        return DBFILE_FOREIGN;
    }

    char *text OWNED_STRING = read_text(file, length);
    char *own OWNED_STRING = text ? version_of(text, name, NULL) : NULL;
    if (!own) {
        return DBFILE_FOREIGN;
    }
    return dbfile_compare_versions(own, version) < 0 ? DBFILE_OLD
                                                     : DBFILE_CURRENT;
}

enum dbfile_state
dbfile_check(const char *path, const char *schema)
{
    char *name OWNED_STRING = NULL;
    char *version OWNED_STRING = read_schema_version(schema, &name);
    FILE *file = fopen(path, "r");

    if (!file) {
        return errno == ENOENT ? DBFILE_MISSING : DBFILE_FOREIGN;
    }
    enum dbfile_state state = version ? check_record(file, name, version)
                                      : DBFILE_CURRENT;
    fclose(file);
    return state;
}

int
dbfile_compare_versions(const char *a, const char *b)
{
    for (;;) {
        char *end_a, *end_b;
        unsigned long x = strtoul(a, &end_a, 10);
        unsigned long y = strtoul(b, &end_b, 10);

        if (x != y) {
            return x < y ? -1 : 1;
        } else if (*end_a != '.' || *end_b != '.') {
            return (*end_a == '.') - (*end_b == '.');
        }
        a = end_a + 1;
        b = end_b + 1;
    }
}
