/* Load for bench/traffic, and the server that it meets.
 *
 *   traffic_load serve PORT...
 *   traffic_load rr ADDRESS PORT SECONDS [CPU CPU] one connection: requests,
 *                                                  client and server on these
 *                                                  processors
 *   traffic_load crr ADDRESS PORT SECONDS THREADS  a connection each
 *   traffic_load udp ADDRESS PORT SECONDS          datagrams, few answers
 *   traffic_load flood ADDRESS PORT SECONDS        datagrams, no answers
 *
 * A request is a byte, and so is its answer; but COUNT is answered with the
 * number of datagrams that came since it was asked for the last time, and
 * FIRST + N moves the connection's thread to processor N, while it lasts.  The
 * server ends the connections of CLOSING, so that it is the server's port that
 * has to wait for stragglers.  Of datagrams that begin with REQUEST, it
 * answers some: the last of those that have come together.  A client prints
 * one line of JSON. */

#define _GNU_SOURCE 1        /* recvmmsg(), sched_setaffinity() */

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "now.h"

#define REQUEST 'r'
#define CLOSING 'c'
#define COUNT 'n'
#define FIRST 128

#define MAX_THREADS 64
#define SERVER_THREADS 8
#define DATAGRAM_SIZE 64
#define BATCH 32
#define MAX_SAMPLES 1000000

/* Nothing that is lost may keep a client for ever. */
#define PATIENCE_S 3

static _Noreturn void
fail(const char *what)
{
    fprintf(stderr, "traffic_load: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* A socket that is bound to 'port', of both families. */
static int
bind_socket(int type, const char *port)
{
    struct addrinfo hints = {
        .ai_family = AF_INET6, .ai_socktype = type, .ai_flags = AI_PASSIVE,
    };
    struct addrinfo *ai;
    int yes = 1, no = 0;

    if (getaddrinfo(NULL, port, &hints, &ai)) {
        fail(port);
    }
    int fd = socket(ai->ai_family, type, 0);
    if (fd < 0
        || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes)
        || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no)
        || bind(fd, ai->ai_addr, ai->ai_addrlen)) {
        fail("server's socket");
    }
    freeaddrinfo(ai);
    return fd;
}

/* --- Server --- */

struct server {
    int listener;
    int datagrams;
    _Atomic uint64_t n_datagrams;
};

/* Of the calling thread. */
static void
stay_on(unsigned int processor)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    if (sched_setaffinity(0, sizeof set, &set)) {
        fail("processor");
    }
}

static void
serve_connection(struct server *server, int fd)
{
    unsigned char request;

    while (recv(fd, &request, 1, 0) == 1) {
        if (request >= FIRST) {
            stay_on(request - FIRST);
        }

        uint64_t n = request == COUNT
                     ? atomic_exchange(&server->n_datagrams, 0) : 0;
        ssize_t size = request == COUNT ? sizeof n : 1;

        if (send(fd, &n, size, MSG_NOSIGNAL) != size || request == CLOSING) {
            return;
        }
    }
}

static void *
serve_connections(void *server_)
{
    struct server *server = server_;
    cpu_set_t all;

    sched_getaffinity(0, sizeof all, &all);
    for (;;) {
        int fd = accept(server->listener, NULL, NULL);
        int yes = 1;

        if (fd >= 0) {
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            serve_connection(server, fd);
            close(fd);
            sched_setaffinity(0, sizeof all, &all);
        }
    }
    return NULL;
}

static void *
count_datagrams(void *server_)
{
    char buffer[BATCH][DATAGRAM_SIZE];
    struct sockaddr_in6 from[BATCH];
    struct server *server = server_;
    struct mmsghdr messages[BATCH] = { 0 };
    struct iovec iovs[BATCH];

    for (int i = 0; i < BATCH; i++) {
        iovs[i] = (struct iovec) { buffer[i], DATAGRAM_SIZE };
        messages[i].msg_hdr = (struct msghdr) {
            .msg_iov = &iovs[i], .msg_iovlen = 1, .msg_name = &from[i],
        };
    }
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            messages[i].msg_hdr.msg_namelen = sizeof from[i];
        }
        int n = recvmmsg(server->datagrams, messages, BATCH, MSG_WAITFORONE,
                         NULL);
        if (n > 0) {
            atomic_fetch_add(&server->n_datagrams, n);
            if (buffer[n - 1][0] == REQUEST) {
                sendto(server->datagrams, buffer[n - 1], 1, 0,
                       (struct sockaddr *) &from[n - 1], sizeof from[n - 1]);
            }
        }
    }
    return NULL;
}

static void
start_server(struct server *server, const char *port)
{
    int size = 4 << 20;
    pthread_t thread;

    server->listener = bind_socket(SOCK_STREAM, port);
    server->datagrams = bind_socket(SOCK_DGRAM, port);
    setsockopt(server->datagrams, SOL_SOCKET, SO_RCVBUFFORCE, &size,
               sizeof size);
    if (listen(server->listener, 4096)
        || pthread_create(&thread, NULL, count_datagrams, server)) {
        fail("server");
    }
    for (int i = 0; i < SERVER_THREADS; i++) {
        if (pthread_create(&thread, NULL, serve_connections, server)) {
            fail("server");
        }
    }
}

static void
serve(char *ports[], int n)
{
    struct server *servers = calloc(n, sizeof *servers);

    if (!servers) {
        fail("server");
    }
    for (int i = 0; i < n; i++) {
        start_server(&servers[i], ports[i]);
    }
    for (;;) {
        pause();
    }
}

/* --- Clients --- */

struct load {
    const struct addrinfo *to;
    uint64_t end_ns;
    uint64_t n_done;
    uint64_t n_failed;
};

static struct addrinfo *
resolve(const char *address, const char *port, int type)
{
    struct addrinfo hints = {
        .ai_socktype = type, .ai_flags = AI_NUMERICHOST,
    };
    struct addrinfo *ai;

    if (getaddrinfo(address, port, &hints, &ai)) {
        fail(address);
    }
    return ai;
}

/* -1 with errno if there is no connection. */
static int
connect_to(const struct addrinfo *to)
{
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    int fd = socket(to->ai_family, to->ai_socktype, 0);
    int yes = 1;

    if (fd < 0) {
        fail("socket");
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (to->ai_socktype == SOCK_STREAM) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    if (connect(fd, to->ai_addr, to->ai_addrlen)) {
        int error = errno;

        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/* Whether 'request' was answered, with 'size' bytes into 'answer'. */
static bool
ask(int fd, unsigned char request, void *answer, size_t size)
{
    return send(fd, &request, 1, MSG_NOSIGNAL) == 1
           && recv(fd, answer, size, MSG_WAITALL) == (ssize_t) size;
}

static int
compare(const void *a_, const void *b_)
{
    const uint32_t *a = a_, *b = b_;

    return *a < *b ? -1 : *a > *b;
}

/* With the ends on processors of 'processors', or wherever they happen to be
 * if that is NULL. */
static void
run_rr(struct load *load, char *processors[])
{
    uint32_t *samples = malloc(MAX_SAMPLES * sizeof *samples);
    int fd = connect_to(load->to);
    size_t n = 0;
    char answer;

    if (fd < 0 || !samples) {
        fail("rr");
    }
    if (processors) {
        stay_on(atoi(processors[0]));
        if (!ask(fd, FIRST + atoi(processors[1]), &answer, 1)) {
            fail("rr: processor");
        }
    }
    /* At least one, however long it took to come here. */
    uint64_t begin = now_ns();
    do {
        if (!ask(fd, REQUEST, &answer, 1)) {
            fail("rr: no answer");
        }
        uint64_t end = now_ns();
        samples[n++] = end - begin;
        begin = end;
    } while (begin < load->end_ns && n < MAX_SAMPLES);
    qsort(samples, n, sizeof *samples, compare);
    printf("{\"requests\": %zu, \"rtt_us_p50\": %.2f, \"rtt_us_p99\": %.2f}\n",
           n, samples[n / 2] / 1e3, samples[n * 99 / 100] / 1e3);
    free(samples);
    close(fd);
}

static void *
connect_request_respond(void *load_)
{
    struct load *load = load_;

    while (now_ns() < load->end_ns) {
        int fd = connect_to(load->to);
        char answer;

        if (fd >= 0 && ask(fd, CLOSING, &answer, 1)
            && recv(fd, &answer, 1, 0) == 0) {
            load->n_done++;
        } else {
            load->n_failed++;
        }
        if (fd >= 0) {
            close(fd);
        }
    }
    return NULL;
}

static void
run_crr(const struct load *load, unsigned int n_threads, double seconds)
{
    struct load loads[MAX_THREADS];
    pthread_t threads[MAX_THREADS];
    uint64_t n_done = 0, n_failed = 0;

    if (!n_threads || n_threads > MAX_THREADS) {
        errno = EINVAL;
        fail("number of threads");
    }
    for (unsigned int i = 0; i < n_threads; i++) {
        loads[i] = *load;
        if (pthread_create(&threads[i], NULL, connect_request_respond,
                           &loads[i])) {
            fail("thread");
        }
    }
    for (unsigned int i = 0; i < n_threads; i++) {
        pthread_join(threads[i], NULL);
        n_done += loads[i].n_done;
        n_failed += loads[i].n_failed;
    }
    printf("{\"per_s\": %.0f, \"failed\": %llu}\n", n_done / seconds,
           (unsigned long long) n_failed);
}

/* Datagrams that the server has counted. */
static uint64_t
ask_count(const struct addrinfo *tcp)
{
    int fd = connect_to(tcp);
    uint64_t n;

    if (fd < 0 || !ask(fd, COUNT, &n, sizeof n)) {
        fail("udp: count");
    }
    close(fd);
    return n;
}

static void
run_udp(const struct load *load, const struct addrinfo *tcp, double seconds,
        bool answers)
{
    /* What is on its way when the last one has been sent. */
    const struct timespec rest = { .tv_nsec = 200000000 };
    const char payload[DATAGRAM_SIZE] = { answers ? REQUEST : 0 };
    uint64_t n_sent = 0;
    int fd = connect_to(load->to);

    if (fd < 0) {
        fail("udp");
    }
    ask_count(tcp);
    while (now_ns() < load->end_ns) {
        for (int i = 0; i < BATCH; i++) {
            n_sent += send(fd, payload, sizeof payload, 0) > 0;
        }
    }
    nanosleep(&rest, NULL);
    printf("{\"sent_per_s\": %.0f, \"received_per_s\": %.0f}\n",
           n_sent / seconds, ask_count(tcp) / seconds);
    close(fd);
}

int
main(int argc, char *argv[])
{
    if (argc > 2 && !strcmp(argv[1], "serve")) {
        serve(argv + 2, argc - 2);
    } else if (argc < 5) {
        fputs("usage: see traffic_load.c\n", stderr);
        return 2;
    }

    bool answers = !strcmp(argv[1], "udp");
    bool udp = answers || !strcmp(argv[1], "flood");
    double seconds = atof(argv[4]);
    struct addrinfo *tcp = resolve(argv[2], argv[3], SOCK_STREAM);
    struct addrinfo *to = udp ? resolve(argv[2], argv[3], SOCK_DGRAM) : tcp;
    struct load load = {
        .to = to, .end_ns = now_ns() + (uint64_t) (seconds * 1e9),
    };

    if (udp) {
        run_udp(&load, tcp, seconds, answers);
        freeaddrinfo(to);
    } else if (!strcmp(argv[1], "rr")) {
        run_rr(&load, argc == 7 ? argv + 5 : NULL);
    } else {
        run_crr(&load, argc > 5 ? atoi(argv[5]) : 1, seconds);
    }
    freeaddrinfo(tcp);
    return EXIT_SUCCESS;
}
