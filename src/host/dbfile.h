/* Files of OVSDB: schemas as packages install them, databases on disk.
 *
 * in:     names of schemas ("ovn-nb"), folders to search, database files
 * out:    where a schema is, which version a file has
 * thread: any; reads the beginning of files, and blocks as that does */

#ifndef HOST_DBFILE_H
#define HOST_DBFILE_H 1

#include "ovs.h"

/* Folders to search for schemas, in order: those of 'option' (separated by
 * colons, may be NULL), or else $ROUSE_SCHEMA_DIR's; Rouse's own; where
 * Debian's packages put them.  Fills 'dirs', which must be initialised. */
void dbfile_schema_dirs(const char *option, struct svec *dirs);

/* Path of NAME.ovsschema; the caller's.  NULL if no folder has it: then
 * '*error', the caller's, says where it was searched and what to install. */
char *dbfile_find_schema(const struct svec *dirs, const char *name,
                         char **error);

/* What a database file needs before it can be served. */
enum dbfile_state {
    DBFILE_MISSING,
    DBFILE_CURRENT, /* Its schema is not older; or it is of a cluster. */
    DBFILE_OLD,     /* Its schema is older than the file of the schema. */
    DBFILE_FOREIGN, /* It is no database, or one of another name. */
};
enum dbfile_state dbfile_check(const char *path, const char *schema);

/* Compares versions like "7.0.0": negative, 0 or positive. */
int dbfile_compare_versions(const char *, const char *);

#endif /* host/dbfile.h */
