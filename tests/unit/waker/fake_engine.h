/* A container engine made of canned answers, in a thread of its own.
 *
 * Each rule is a request's first line up to " HTTP" and what it gets.  Rules
 * with the same request are used one after the other, the last one again and
 * again.  A request without a rule gets 500. */

#ifndef FAKE_ENGINE_H
#define FAKE_ENGINE_H 1

#include "ovs.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

struct fake_rule {
    const char *request; /* "GET /containers/web/json". */
    const char *answer;  /* "200 BODY", "HANG", or "RAW:" and bytes. */
    bool used;
};

struct fake_engine {
    char dir[32];
    char socket[64];
    struct fake_rule *rules;
    size_t n_rules;
    int listen_fd;
    int stop_fds[2];
    pthread_t thread;
    char log[4096]; /* The requests, each followed by "; ". */
};

static inline const char *
fake_answer(struct fake_engine *fe, const char *request)
{
    struct fake_rule *last = NULL;

    for (size_t i = 0; i < fe->n_rules; i++) {
        struct fake_rule *rule = &fe->rules[i];

        if (!strcmp(rule->request, request)) {
            last = rule;
            if (!rule->used) {
                break;
            }
        }
    }
    if (!last) {
        return "500 {\"message\":\"no rule\"}";
    }
    last->used = true;
    return last->answer;
}

/* Answers one request; false if the connection is to stay open. */
static inline bool
fake_serve(struct fake_engine *fe, int fd)
{
    char buf[4096];
    size_t len = 0;

    while (len < sizeof buf - 1) {
        ssize_t n = read(fd, buf + len, sizeof buf - 1 - len);
        if (n <= 0) {
            return true;
        }
        len += n;
        buf[len] = '\0';
        if (strstr(buf, "\r\n\r\n")) {
            break;
        }
    }
    char *end = strstr(buf, " HTTP/");
    if (!end) {
        return true;
    }
    *end = '\0';
    size_t log_len = strlen(fe->log);
    snprintf(fe->log + log_len, sizeof fe->log - log_len, "%s; ", buf);

    const char *answer = fake_answer(fe, buf);
    char *reply;
    if (!strcmp(answer, "HANG")) {
        return false;
    } else if (!strncmp(answer, "RAW:", 4)) {
        reply = xstrdup(answer + 4);
    } else {
        const char *body = answer[3] ? answer + 4 : "";
        reply = xasprintf("HTTP/1.1 %.3s X\r\nContent-Type: application/json"
                          "\r\nContent-Length: %zu\r\n\r\n%s",
                          answer, strlen(body), body);
    }
    /* In two pieces, as networks have it. */
    size_t half = strlen(reply) / 2;
    ignore(send(fd, reply, half, MSG_NOSIGNAL));
    ignore(send(fd, reply + half, strlen(reply + half), MSG_NOSIGNAL));
    free(reply);
    return true;
}

static inline void *
fake_main(void *fe_)
{
    struct fake_engine *fe = fe_;
    int hanging[64];
    size_t n_hanging = 0;

    for (;;) {
        struct pollfd fds[2] = {
            { .fd = fe->listen_fd, .events = POLLIN },
            { .fd = fe->stop_fds[0], .events = POLLIN },
        };
        poll(fds, 2, -1);
        if (fds[1].revents) {
            break;
        }
        int fd = accept(fe->listen_fd, NULL, NULL);
        if (fd >= 0 && fake_serve(fe, fd)) {
            close(fd);
        } else if (fd >= 0 && n_hanging < ARRAY_SIZE(hanging)) {
            hanging[n_hanging++] = fd;
        }
    }
    while (n_hanging) {
        close(hanging[--n_hanging]);
    }
    return NULL;
}

static inline void
fake_engine_start(struct fake_engine *fe, struct fake_rule *rules,
                  size_t n_rules)
{
    struct sockaddr_un sun = { .sun_family = AF_UNIX };

    memset(fe, 0, sizeof *fe);
    fe->rules = rules;
    fe->n_rules = n_rules;
    strcpy(fe->dir, "/tmp/rouse-test-eng-XXXXXX");
    assert_non_null(mkdtemp(fe->dir));
    snprintf(fe->socket, sizeof fe->socket, "%s/sock", fe->dir);
    strcpy(sun.sun_path, fe->socket);
    fe->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fe->listen_fd, (struct sockaddr *) &sun,
                          sizeof sun), 0);
    assert_int_equal(listen(fe->listen_fd, 50), 0);
    assert_int_equal(pipe(fe->stop_fds), 0);
    assert_int_equal(pthread_create(&fe->thread, NULL, fake_main, fe), 0);
}

static inline void
fake_engine_stop(struct fake_engine *fe)
{
    ignore(write(fe->stop_fds[1], "x", 1));
    pthread_join(fe->thread, NULL);
    close(fe->stop_fds[0]);
    close(fe->stop_fds[1]);
    close(fe->listen_fd);
    unlink(fe->socket);
    rmdir(fe->dir);
}

#endif /* fake_engine.h */
