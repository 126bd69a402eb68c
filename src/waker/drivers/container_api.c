#include "container_api.h"

#include <sys/stat.h>

#include "cleanup.h"

static const struct json *
member(const struct json *object, const char *name, enum json_type type)
{
    if (!object || object->type != JSON_OBJECT) {
        return NULL;
    }
    const struct json *json = shash_find_data(json_object(object), name);
    return json && json->type == type ? json : NULL;
}

static const char *
member_string(const struct json *object, const char *name)
{
    const struct json *json = member(object, name, JSON_STRING);

    return json ? json_string(json) : "";
}

static long long int
member_integer(const struct json *object, const char *name)
{
    const struct json *json = member(object, name, JSON_INTEGER);

    return json ? json_integer(json) : 0;
}

static enum container_status
status_from_word(const char *word)
{
    static const struct {
        const char *word;
        enum container_status status;
    } words[] = {
        /* Docker's, and Podman's where they differ. */
        { "running", CONTAINER_RUNNING },
        { "paused", CONTAINER_PAUSED },
        { "created", CONTAINER_STOPPED },
        { "configured", CONTAINER_STOPPED },
        { "exited", CONTAINER_STOPPED },
        { "stopped", CONTAINER_STOPPED },
        { "dead", CONTAINER_STOPPED },
    };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (!strcmp(word, words[i].word)) {
            return words[i].status;
        }
    }
    return CONTAINER_BETWEEN; /* restarting, removing, initialized, ... */
}

/* Podman has an empty status where there is no health check. */
static enum container_health
health_from_word(const char *word)
{
    return !*word || !strcmp(word, "none") ? HEALTH_NONE
           : !strcmp(word, "healthy")      ? HEALTH_GOOD
                                           : HEALTH_NOT_YET;
}

bool
container_state_parse(const char *body, struct container_state *cs)
{
    struct json *json OWNED_JSON = json_from_string(body);
    const struct json *state = member(json, "State", JSON_OBJECT);
    const char *word = member_string(state, "Status");
    const struct json *health = member(state, "Health", JSON_OBJECT);
    long long int pid = member_integer(state, "Pid");

    if (!*word) {
        return false;
    }
    *cs = (struct container_state) {
        .status = status_from_word(word),
        .health = health_from_word(member_string(health, "Status")),
        .pid = pid > 0 && pid <= INT_MAX ? pid : 0,
        .exit_code = member_integer(state, "ExitCode"),
    };
    ovs_strlcpy(cs->word, word, sizeof cs->word);
    ovs_strlcpy(cs->health_word, member_string(health, "Status"),
                sizeof cs->health_word);
    return true;
}

char *
container_api_message(const char *body)
{
    struct json *json OWNED_JSON = json_from_string(body);
    const char *message = member_string(json, "message");

    if (*message) {
        return xstrdup(message);
    }
    return xstrdup(*body ? body : "no reason given");
}

char *
container_api_find_socket(const char *configured, char **why)
{
    static const char *const candidates[] = {
        "/run/podman/podman.sock",
        "/var/run/docker.sock",
    };
    struct stat st;

    *why = NULL;
    if (configured) {
        if (!strncmp(configured, "unix:", 5)) {
            configured += 5;
            configured += strncmp(configured, "//", 2) ? 0 : 2;
        }
        return xstrdup(configured);
    }
    for (size_t i = 0; i < ARRAY_SIZE(candidates); i++) {
        if (!stat(candidates[i], &st) && S_ISSOCK(st.st_mode)) {
            return xstrdup(candidates[i]);
        }
    }
    *why = xasprintf("no container engine: neither %s nor %s exists on the "
                     "waker's host; start one (systemctl enable --now "
                     "podman.socket) or name it with --container-socket",
                     candidates[0], candidates[1]);
    return NULL;
}

char *
container_api_explain_refusal(const char *socket)
{
    /* Has been tried already: this is only to find words for it. */
    if (access(socket, R_OK | W_OK)) {
        return xasprintf("cannot connect to the container engine at %s: %s%s",
                         socket, ovs_strerror(errno),
                         errno == ENOENT
                         ? "; start it, or name it with --container-socket"
                         : errno == EACCES
                         ? "; let the waker's user read and write it" : "");
    }
    return xasprintf("no container engine listens on %s; start it (systemctl "
                     "start podman.socket, or docker), or name another one "
                     "with --container-socket", socket);
}
