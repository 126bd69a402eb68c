/* Load for bench/host.
 *
 *   host_load syns SECONDS NETWORK/BITS...   SYNs to random addresses of these
 *                                            networks and random ports, as
 *                                            fast as can be
 *   host_load connect ADDRESS PORT SECONDS INTERVAL_MS
 *                                            a connection at a time
 *   host_load receive PORT                   takes one stream
 *   host_load send ADDRESS PORT SECONDS      a byte of it each millisecond
 *   host_load pour ADDRESS PORT SECONDS      as much of it as there is room for
 *   host_load watch INTERFACE SECONDS        what comes in there, for whoever;
 *                                            looks each millisecond, at
 *                                            real-time priority
 *
 * All but send and pour print a line of JSON at the end; times are
 * CLOCK_MONOTONIC. */

#define _GNU_SOURCE 1        /* sendmmsg() */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "now.h"

#define BATCH 64
#define MAX_NETWORKS 16
#define MAX_SAMPLES 100000

/* A connection that takes longer has failed. */
#define PATIENCE_MS 10000

/* Shorter gaps between bytes are not told one by one. */
#define GAP_NS 5000000

static _Noreturn void
fail(const char *what)
{
    fprintf(stderr, "host_load: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static void
sleep_until(uint64_t ns)
{
    struct timespec t = { ns / 1000000000, ns % 1000000000 };

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static struct sockaddr_in
address(const char *ip, const char *port)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(atoi(port)),
    };

    if (inet_pton(AF_INET, ip, &a.sin_addr) != 1) {
        fail(ip);
    }
    return a;
}

/* --- SYNs --- */

struct network {
    uint32_t base, mask; /* Host order. */
};


static uint32_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state >> 16;
}

static uint16_t
checksum(uint32_t src, uint32_t dst, const struct tcphdr *tcp)
{
    const uint16_t *words = (const uint16_t *) tcp;
    uint32_t sum = htons(IPPROTO_TCP) + htons(sizeof *tcp);

    sum += (src & 0xffff) + (src >> 16) + (dst & 0xffff) + (dst >> 16);
    for (size_t i = 0; i < sizeof *tcp / 2; i++) {
        sum += words[i];
    }
    sum = (sum & 0xffff) + (sum >> 16);
    return ~(sum + (sum >> 16));
}

/* The address that packets to 'to' come from. */
static uint32_t
own_address(struct sockaddr_in to)
{
    socklen_t size = sizeof to;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    to.sin_port = htons(9);
    if (fd < 0 || connect(fd, (struct sockaddr *) &to, size)
        || getsockname(fd, (struct sockaddr *) &to, &size)) {
        fail("route");
    }
    close(fd);
    return to.sin_addr.s_addr;
}

static void
fill(const struct network *net, uint32_t own, uint64_t *random,
     struct sockaddr_in *to, struct tcphdr *tcp)
{
    uint32_t r = next_random(random), s = next_random(random);

    *to = (struct sockaddr_in) {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(net->base | (r & ~net->mask)),
    };
    *tcp = (struct tcphdr) {
        .source = htons(1024 + s % 64000), .dest = htons(s >> 16),
        .seq = r, .doff = sizeof *tcp / 4, .syn = 1, .window = htons(1024),
    };
    tcp->check = checksum(own, to->sin_addr.s_addr, tcp);
}

static void
run_syns(double seconds, const struct network *networks, size_t n_networks)
{
    struct sockaddr_in to[BATCH];
    struct tcphdr tcp[BATCH];
    struct iovec iovs[BATCH];
    struct mmsghdr messages[BATCH] = { 0 };
    int fd = socket(AF_INET, SOCK_RAW, IPPROTO_TCP);
    uint64_t random = now_ns() | 1, n_sent = 0;
    uint64_t end_ns = now_ns() + (uint64_t) (seconds * 1e9);

    if (fd < 0) {
        fail("raw socket");
    }
    /* What comes back is not for this socket to keep. */
    shutdown(fd, SHUT_RD);
    to[0] = (struct sockaddr_in) {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(networks[0].base | 1),
    };
    uint32_t own = own_address(to[0]);
    for (size_t i = 0; i < BATCH; i++) {
        iovs[i] = (struct iovec) { &tcp[i], sizeof tcp[i] };
        messages[i].msg_hdr = (struct msghdr) {
            .msg_name = &to[i], .msg_namelen = sizeof to[i],
            .msg_iov = &iovs[i], .msg_iovlen = 1,
        };
    }
    while (now_ns() < end_ns) {
        for (size_t i = 0; i < BATCH; i++) {
            fill(&networks[(n_sent + i) % n_networks], own, &random, &to[i],
                 &tcp[i]);
        }
        int n = sendmmsg(fd, messages, BATCH, 0);
        n_sent += n > 0 ? n : 0;
    }
    printf("{\"sent_per_s\": %.0f}\n", n_sent / seconds);
}

/* "10.0.0.0/24" */
static struct network
parse_network(char *s)
{
    char *slash = strchr(s, '/');

    if (!slash) {
        fail(s);
    }
    *slash = '\0';
    uint32_t mask = UINT32_MAX << (32 - atoi(slash + 1));
    return (struct network) {
        ntohl(address(s, "0").sin_addr.s_addr) & mask, mask,
    };
}

/* --- Connections --- */

static int
compare(const void *a_, const void *b_)
{
    const double *a = a_, *b = b_;

    return *a < *b ? -1 : *a > *b;
}

/* Milliseconds until connected; negative if it did not, and '*error'. */
static double
connect_once(const struct sockaddr_in *to, int *error)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct linger hard = { .l_onoff = 1 };
    uint64_t start_ns = now_ns();
    socklen_t size = sizeof *error;
    double ms = -1;

    if (fd < 0) {
        fail("socket");
    }
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    if (!connect(fd, (const struct sockaddr *) to, sizeof *to)
        || errno == EINPROGRESS) {
        struct pollfd p = { .fd = fd, .events = POLLOUT };

        *error = ETIMEDOUT;
        if (poll(&p, 1, PATIENCE_MS) == 1
            && !getsockopt(fd, SOL_SOCKET, SO_ERROR, error, &size)
            && !*error) {
            ms = (now_ns() - start_ns) / 1e6;
        }
    } else {
        *error = errno;
    }
    close(fd);
    return ms;
}

static void
run_connect(const struct sockaddr_in *to, double seconds, double interval_ms)
{
    double *samples = calloc(MAX_SAMPLES, sizeof *samples);
    uint64_t next_ns = now_ns();
    uint64_t end_ns = next_ns + (uint64_t) (seconds * 1e9);
    size_t n = 0, n_failed = 0;
    int last_error = 0;

    while (now_ns() < end_ns && n < MAX_SAMPLES) {
        int error = 0;
        double ms = connect_once(to, &error);

        if (ms < 0) {
            n_failed++;
            last_error = error;
        } else {
            samples[n++] = ms;
        }
        next_ns += (uint64_t) (interval_ms * 1e6);
        sleep_until(next_ns);
    }
    qsort(samples, n, sizeof *samples, compare);
    printf("{\"connected\": %zu, \"failed\": %zu", n, n_failed);
    if (n_failed) {
        printf(", \"error\": \"%s\"", strerror(last_error));
    }
    if (n) {
        printf(", \"ms_p50\": %.3f, \"ms_p99\": %.3f, \"ms_max\": %.3f",
               samples[n / 2], samples[n * 99 / 100], samples[n - 1]);
    }
    puts("}");
    free(samples);
}

/* --- A stream --- */

static int
open_stream(const struct sockaddr_in *to)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

    if (fd < 0 || connect(fd, (const struct sockaddr *) to, sizeof *to)) {
        fail("send: connect");
    }
    setsockopt(fd, SOL_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

static void
run_pour(const struct sockaddr_in *to, double seconds)
{
    static const char buffer[65536];
    int fd = open_stream(to);

    uint64_t end_ns = now_ns() + (uint64_t) (seconds * 1e9);
    while (now_ns() < end_ns) {
        if (send(fd, buffer, sizeof buffer, MSG_NOSIGNAL) < 0) {
            fail("send");
        }
    }
    close(fd);
}

static void
run_send(const struct sockaddr_in *to, double seconds)
{
    int fd = open_stream(to);

    uint64_t next_ns = now_ns();
    uint64_t end_ns = next_ns + (uint64_t) (seconds * 1e9);
    while (next_ns < end_ns) {
        if (send(fd, "x", 1, MSG_NOSIGNAL) != 1) {
            fail("send");
        }
        next_ns += 1000000;
        sleep_until(next_ns);
    }
    close(fd);
}

static void
run_receive(const char *port)
{
    struct sockaddr_in own = address("0.0.0.0", port);
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    const char *separator = "";
    static char buffer[65536];
    ssize_t size;

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *) &own, sizeof own)
        || listen(listener, 1)) {
        fail("receive");
    }
    int fd = accept(listener, NULL, NULL);
    if (fd < 0) {
        fail("accept");
    }

    uint64_t last_ns = now_ns(), n = 0;
    printf("{\"gaps\": [");
    while ((size = recv(fd, buffer, sizeof buffer, 0)) > 0) {
        uint64_t now = now_ns();

        if (now - last_ns > GAP_NS) {
            printf("%s[%.6f, %.3f]", separator, last_ns / 1e9,
                   (now - last_ns) / 1e6);
            separator = ", ";
        }
        last_ns = now;
        n += size;
    }
    printf("], \"bytes\": %llu, \"error\": \"%s\"}\n",
           (unsigned long long) n, size ? strerror(errno) : "");
    close(fd);
    close(listener);
}

/* --- A stream of somebody else's --- */

/* Packets that came in by 'interface', of this namespace; /sys shows those of
 * another one. */
static uint64_t
packets_in(const char *interface)
{
    char text[8192], name[64];
    unsigned long long packets;
    FILE *file = fopen("/proc/net/dev", "r");

    while (file && fgets(text, sizeof text, file)) {
        if (sscanf(text, " %63[^:]: %*u %llu", name, &packets) == 2
            && !strcmp(name, interface)) {
            fclose(file);
            return packets;
        }
    }
    fail(interface);
}

/* The gaps between the first packet and the last one, and the longest time in
 * which it did not look. */
static void
run_watch(const char *interface, double seconds)
{
    struct sched_param priority = { .sched_priority = 50 };
    uint64_t next_ns = now_ns(), look_ns = next_ns, last_ns = 0, late_ns = 0;
    uint64_t end_ns = next_ns + (uint64_t) (seconds * 1e9);
    uint64_t first = packets_in(interface), n = first;
    const char *separator = "";

    if (sched_setscheduler(0, SCHED_FIFO, &priority)) {
        fail("priority");
    }
    printf("{\"gaps\": [");
    while (next_ns < end_ns) {
        next_ns += 1000000;
        sleep_until(next_ns);

        uint64_t now = now_ns(), packets = packets_in(interface);

        late_ns = now - look_ns > late_ns ? now - look_ns : late_ns;
        look_ns = now;
        if (packets != n) {
            if (last_ns && now - last_ns > GAP_NS) {
                printf("%s[%.6f, %.3f]", separator, last_ns / 1e9,
                       (now - last_ns) / 1e6);
                separator = ", ";
            }
            last_ns = now;
            n = packets;
        }
    }
    printf("], \"packets\": %llu, \"looked_within_ms\": %.3f}\n",
           (unsigned long long) (n - first), late_ns / 1e6);
}

int
main(int argc, char *argv[])
{
    if (argc > 3 && !strcmp(argv[1], "syns")) {
        struct network networks[MAX_NETWORKS];
        size_t n = 0;

        for (int i = 3; i < argc && n < MAX_NETWORKS; i++) {
            networks[n++] = parse_network(argv[i]);
        }
        run_syns(atof(argv[2]), networks, n);
    } else if (argc == 6 && !strcmp(argv[1], "connect")) {
        struct sockaddr_in to = address(argv[2], argv[3]);

        run_connect(&to, atof(argv[4]), atof(argv[5]));
    } else if (argc == 5 && !strcmp(argv[1], "send")) {
        struct sockaddr_in to = address(argv[2], argv[3]);

        run_send(&to, atof(argv[4]));
    } else if (argc == 5 && !strcmp(argv[1], "pour")) {
        struct sockaddr_in to = address(argv[2], argv[3]);

        run_pour(&to, atof(argv[4]));
    } else if (argc == 4 && !strcmp(argv[1], "watch")) {
        run_watch(argv[2], atof(argv[3]));
    } else if (argc == 3 && !strcmp(argv[1], "receive")) {
        run_receive(argv[2]);
    } else {
        fputs("usage: see host_load.c\n", stderr);
        return 2;
    }
    return EXIT_SUCCESS;
}
