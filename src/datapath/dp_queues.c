#include "dp_queues.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

int
queues_init(struct queues *q)
{
    memset(q, 0, sizeof *q);
    q->epoll = epoll_create1(EPOLL_CLOEXEC);
    return q->epoll < 0 ? errno : 0;
}

void
queues_uninit(struct queues *q)
{
    for (size_t i = 0; i < q->n; i++) {
        close(q->fds[i]);
    }
    if (q->epoll >= 0) {
        close(q->epoll);
    }
    q->n = 0;
    q->epoll = -1;
}

int
queues_add(struct queues *q, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    int error = q->n >= QUEUES_MAX ? ENOSPC : 0;

    if (!error && epoll_ctl(q->epoll, EPOLL_CTL_ADD, fd, &event)) {
        error = errno;
    }
    if (error) {
        close(fd);
        return error;
    }
    q->fds[q->n++] = fd;
    return 0;
}

int
queues_current(struct queues *q)
{
    if (q->next >= q->n_ready) {
        struct epoll_event events[QUEUES_MAX];
        int n = epoll_wait(q->epoll, events, ARRAY_SIZE(events), 0);

        q->n_ready = MAX(n, 0);
        for (size_t i = 0; i < q->n_ready; i++) {
            q->ready[i] = events[i].data.fd;
        }
        q->next = 0;
        q->left = QUEUES_QUANTUM;
    }
    return q->n_ready ? q->ready[q->next] : -1;
}

void
queues_took(struct queues *q, bool was_empty)
{
    if (was_empty || !--q->left) {
        q->next++;
        q->left = QUEUES_QUANTUM;
    }
}

void
queues_wait(const struct queues *q)
{
    if (q->next < q->n_ready) {
        poll_immediate_wake();
    } else {
        poll_fd_wait(q->epoll, POLLIN);
    }
}
