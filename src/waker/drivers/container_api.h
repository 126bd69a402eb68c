/* What Docker and Podman say over their REST interface, in our words.
 *
 * in:     bodies of answers, which may be anything at all
 * out:    the state of a container, messages for the user
 * owner:  the caller; results are copies
 * thread: any
 *
 * Podman serves Docker's paths too, and those are all that is used. */

#ifndef WAKER_CONTAINER_API_H
#define WAKER_CONTAINER_API_H 1

#include "ovs.h"

enum container_status {
    CONTAINER_RUNNING,
    CONTAINER_PAUSED,
    CONTAINER_STOPPED, /* Or never started. */
    CONTAINER_BETWEEN, /* On its way from one of these to another. */
};

enum container_health {
    HEALTH_NONE, /* It has no health check. */
    HEALTH_GOOD,
    HEALTH_NOT_YET, /* Has not passed yet, or does not pass. */
};

struct container_state {
    enum container_status status;
    char word[32]; /* The engine's own word for 'status'. */
    enum container_health health;
    char health_word[32];
    pid_t pid;     /* Of its first process; 0 if it does not run. */
    int exit_code; /* If CONTAINER_STOPPED. */
};

/* Parses the answer to "GET /containers/NAME/json".  False if it is none. */
bool container_state_parse(const char *body, struct container_state *)
    OVS_WARN_UNUSED_RESULT;

/* What an answer that reports an error says, the caller's; 'body' itself if it
 * is not in JSON. */
char *container_api_message(const char *body);

/* Finds the engine's socket: 'configured' ("unix:" before the path is taken
 * off), or if that is NULL, the first one that exists.  The path, or NULL and
 * a message in '*why'; both the caller's. */
char *container_api_find_socket(const char *configured, char **why);

/* Why nobody answers on 'socket', and what to do; the caller's. */
char *container_api_explain_refusal(const char *socket);

#endif /* waker/container_api.h */
