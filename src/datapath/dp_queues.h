/* Descriptors that frames are read from, in turns.
 *
 * in:     nonblocking descriptors, each a queue of its own
 * out:    which one to read from next
 * owner:  the queues own their descriptors
 *
 * In each round every queue that has something may be read from a few times;
 * then it is looked again which those are.  So what comes by one queue waits
 * for a few frames of each other one at most, however long those are. */

#ifndef DATAPATH_DP_QUEUES_H
#define DATAPATH_DP_QUEUES_H 1

#include "ovs.h"

#define QUEUES_MAX 64

/* So many frames of one queue, then the next one's turn. */
#define QUEUES_QUANTUM 8

struct queues {
    int fds[QUEUES_MAX];
    size_t n;
    int epoll; /* -1: none. */

    /* This round. */
    int ready[QUEUES_MAX];
    size_t n_ready;
    size_t next;       /* In 'ready'... */
    unsigned int left; /* ...and how often it may still be read from. */
};

/* 0 or a positive errno; queues_uninit() is due in any case. */
int queues_init(struct queues *);
/* Closes all. */
void queues_uninit(struct queues *);
/* Takes 'fd', also on failure.  0 or a positive errno. */
int queues_add(struct queues *, int fd);

/* The descriptor to read from next; -1 if there is nothing to read.  Then say
 * what came of it: queues_took(). */
int queues_current(struct queues *);
void queues_took(struct queues *, bool was_empty);

void queues_wait(const struct queues *);

#endif /* datapath/dp_queues.h */
