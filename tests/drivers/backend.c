/* A backend of the tests: all there is in a test's container, or the main
 * process of a unit.  Linked statically, so that it needs no image.
 *
 *   backend ADDRESS PORT DELAY_MS [ignore-term]
 *       listens after a while, and greets who connects
 *   backend exit STATUS
 *   backend touch FILE DELAY_MS
 *       makes a file after a while, and stays
 *   backend test FILE
 *       exits with 0 if the file exists (for health checks)
 *   backend get ADDRESS PORT
 *       connects and prints the greeting */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void
pause_ms(long ms)
{
    struct timespec ts = { .tv_sec = ms / 1000,
                           .tv_nsec = ms % 1000 * 1000000 };

    while (nanosleep(&ts, &ts) && errno == EINTR) {
        continue;
    }
}

static void
die(const char *what)
{
    perror(what);
    exit(1);
}

static struct sockaddr_in
address(char *argv[])
{
    struct sockaddr_in sin = { .sin_family = AF_INET,
                               .sin_port = htons(atoi(argv[1])) };

    if (inet_pton(AF_INET, argv[0], &sin.sin_addr) != 1) {
        die(argv[0]);
    }
    return sin;
}

static void
serve(char *argv[])
{
    struct sockaddr_in sin = address(argv);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;

    pause_ms(atol(argv[2]));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *) &sin, sizeof sin) || listen(fd, 50)) {
        die("listen");
    }
    for (;;) {
        int conn = accept(fd, NULL, NULL);

        if (conn >= 0) {
            if (write(conn, "hello\n", 6) < 0) {
                perror("write");
            }
            close(conn);
        }
    }
}

static void
get(char *argv[])
{
    struct sockaddr_in sin = address(argv);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char buf[100];

    if (connect(fd, (struct sockaddr *) &sin, sizeof sin)) {
        die("connect");
    }
    ssize_t n = read(fd, buf, sizeof buf);
    if (n <= 0 || write(1, buf, n) != n) {
        die("read");
    }
}

static void
on_term(int signum)
{
    (void) signum;
    _exit(0);
}

int
main(int argc, char *argv[])
{
    /* The first process of a container dies of no signal by default. */
    signal(SIGTERM, argc > 4 ? SIG_IGN : on_term);

    if (argc == 3 && !strcmp(argv[1], "exit")) {
        fprintf(stderr, "this is the end\n");
        return atoi(argv[2]);
    } else if (argc == 3 && !strcmp(argv[1], "test")) {
        return access(argv[2], F_OK) ? 1 : 0;
    } else if (argc == 4 && !strcmp(argv[1], "get")) {
        get(argv + 2);
    } else if (argc == 4 && !strcmp(argv[1], "touch")) {
        pause_ms(atol(argv[3]));
        close(open(argv[2], O_WRONLY | O_CREAT, 0644));
        for (;;) {
            pause();
        }
    } else if (argc >= 4) {
        serve(argv + 1);
    } else {
        return 2;
    }
    return 0;
}
