/* A Northbound database in a file, served for the length of one command.
 *
 * in:    the path of a database file, which is copied and left alone
 * out:   a remote
 * owner: the caller frees it, and with it server, socket and copy go */

#ifndef CLI_CLI_FILE_H
#define CLI_CLI_FILE_H 1

#include "ovs.h"

struct cli_file;

/* Is 'name' a file, and not a remote such as "unix:SOCKET"? */
bool cli_file_is_one(const char *name);

/* NULL, and why is printed, if it cannot be served within 'timeout_ms'. */
struct cli_file *cli_file_serve(const char *path, long long timeout_ms);
const char *cli_file_remote(const struct cli_file *);
void cli_file_free(struct cli_file *);

#endif /* cli/cli_file.h */
