/* One HTTP request over a unix socket, as container engines want it.
 *
 * in:     socket, method, path with query
 * out:    the status and body of the answer, or why there is none
 * owner:  the caller owns the request; all strings are copied
 * thread: one; nothing blocks (libcurl's multi interface under poll_block())
 */

#ifndef WAKER_UNIX_HTTP_H
#define WAKER_UNIX_HTTP_H 1

#include "ovs.h"

struct unix_http;

struct unix_http_request {
    const char *socket; /* Path. */
    const char *method; /* "GET" or "POST" (without a body). */
    const char *path;   /* Begins with '/'; already escaped. */
    long timeout_ms;    /* For all of it; 0 = none. */
};

/* Begins the request; never NULL: what fails at once is told by
 * unix_http_run(). */
struct unix_http *unix_http_start(const struct unix_http_request *);

/* True once it has ended. */
bool unix_http_run(struct unix_http *);
void unix_http_wait(struct unix_http *);

/* Once it has ended: the answer's status, 0 if there is no whole answer. */
int unix_http_status(const struct unix_http *);
/* Why there is no answer, if unix_http_status() is 0; borrowed. */
const char *unix_http_error(const struct unix_http *);
/* True if there is no answer because nobody listens on the socket. */
bool unix_http_is_refused(const struct unix_http *);
/* The answer's body; NUL-terminated, borrowed. */
const char *unix_http_body(const struct unix_http *);

/* Takes NULL; closes the connection if the request has not ended. */
void unix_http_free(struct unix_http *);

#endif /* waker/unix_http.h */
