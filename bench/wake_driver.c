/* The exec driver's program of bench/wake: what lab/backends.py's shell script
 * does, for the host's agent, without what it costs to start a shell.
 *
 *     start|ready|stop PODS PROTO PORT [DELAY_MS]
 *
 * It lies in the lab's exec.d, beside the directories of the pods.  A file
 * "look" beside it says that `ready` must not wait.
 *
 * No C library: to set one up takes 0.4 ms where CPUID is emulated, more than
 * twice of what all the rest takes. */

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>

#define NOT_YET 1

static long
call(long number, long a, long b, long c, long d)
{
    long result;

#if defined(__x86_64__)
    register long r10 __asm__("r10") = d;

    __asm__ volatile ("syscall" : "=a" (result)
                      : "a" (number), "D" (a), "S" (b), "d" (c), "r" (r10)
                      : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;

    __asm__ volatile ("svc 0" : "+r" (x0)
                      : "r" (x8), "r" (x1), "r" (x2), "r" (x3) : "memory");
    result = x0;
#endif
    return result;
}

static int
open_file(const char *path, int flags)
{
    return call(SYS_openat, AT_FDCWD, (long) path, flags, 0);
}

/* Text of bounded length; what does not fit makes it too long.  Not
 * initialized but for 'n': there is no memset(). */
struct text {
    char s[512];
    size_t n;
};

static void
put_n(struct text *text, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++, text->n++) {
        if (text->n < sizeof text->s - 1) {
            text->s[text->n] = s[i];
        }
    }
}

static void
put(struct text *text, const char *s)
{
    size_t n = 0;

    while (s[n]) {
        n++;
    }
    put_n(text, s, n);
}

/* Makes it a string; false if it is too long. */
static bool
end(struct text *text)
{
    if (text->n >= sizeof text->s) {
        return false;
    }
    text->s[text->n] = '\0';
    return true;
}

static bool
can_open(struct text *path, int flags)
{
    return end(path) && open_file(path->s, flags) >= 0;
}

/* One of PODS, and the rest of the arguments. */
struct request {
    const char *lab;
    size_t lab_len;      /* With the slash. */
    const char *pod;
    size_t pod_len;
    const char *proto, *port, *delay_ms;
};

static void
put_pod(struct text *path, const struct request *rq, const char *name)
{
    path->n = 0;
    put_n(path, rq->lab, rq->lab_len);
    put_n(path, rq->pod, rq->pod_len);
    put(path, name);
}

static int
tell(const struct request *rq, bool listen)
{
    struct text path, line;

    put_pod(&path, rq, "/agent.fifo");
    int fd = end(&path) ? open_file(path.s, O_WRONLY) : -1;
    line.n = 0;
    put(&line, listen ? "{\"op\": \"listen\"" : "{\"op\": \"close\"");
    put(&line, ", \"proto\": \"");
    put(&line, rq->proto);
    put(&line, "\", \"port\": ");
    put(&line, rq->port);
    if (listen) {
        put(&line, ", \"delay_ms\": ");
        put(&line, rq->delay_ms);
    }
    put(&line, "}\n");
    return (fd >= 0 && end(&line)
            && call(SYS_write, fd, (long) line.s, line.n, 0) == line.n
            ? 0 : 2);
}

/* Waits in open() until the server listens; or looks once. */
static int
answers(const struct request *rq)
{
    struct text path;

    path.n = 0;
    put_n(&path, rq->lab, rq->lab_len);
    put(&path, "exec.d/look");
    bool look = can_open(&path, O_RDONLY);

    put_pod(&path, rq, look ? "/listening-" : "/gate-");
    put(&path, rq->proto);
    put(&path, "-");
    put(&path, rq->port);
    return can_open(&path, O_RDONLY) ? 0 : NOT_YET;
}

static int
carry_out(char op, const struct request *rq)
{
    return op == 'r' ? answers(rq) : tell(rq, op == 's');
}

/* How much of 'path' names the directory that the file's directory is in. */
static size_t
up_two(const char *path, size_t n)
{
    for (int n_slashes = 0; n; n--) {
        n_slashes += path[n - 1] == '/';
        if (n_slashes == 2) {
            break;
        }
    }
    return n;
}

static int
run(int argc, char *argv[])
{
    char self[256];
    long n = call(SYS_readlinkat, AT_FDCWD, (long) "/proc/self/exe",
                  (long) self, sizeof self);

    if (argc < 5 || n <= 0 || n >= (long) sizeof self) {
        return 2;
    }
    struct request rq = {
        .lab = self, .lab_len = up_two(self, n),
        .proto = argv[3], .port = argv[4],
        .delay_ms = argc > 5 ? argv[5] : "0",
    };
    /* "start", "ready", "stop" differ in their third letter at the latest. */
    char op = argv[1][0] == 'r' ? 'r' : argv[1][2] == 'a' ? 's' : 'c';
    int status = 0;

    for (const char *pod = argv[2]; *pod && !status;) {
        rq.pod = pod;
        for (rq.pod_len = 0; pod[rq.pod_len] && pod[rq.pod_len] != ',';) {
            rq.pod_len++;
        }
        status = carry_out(op, &rq);
        pod += rq.pod_len + (pod[rq.pod_len] == ',');
    }
    return status;
}

/* What the kernel has put on the stack: argc, argv. */
static void __attribute__((noreturn, used))
begin(long *stack)
{
    int status = run((int) stack[0], (char **) &stack[1]);

    for (;;) {
        call(SYS_exit_group, status, 0, 0, 0);
    }
}

#if defined(__x86_64__)
__asm__(".globl _start\n"
        "_start:\n"
        "    xor %ebp, %ebp\n"
        "    mov %rsp, %rdi\n"
        "    and $-16, %rsp\n"
        "    call begin\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n"
        "_start:\n"
        "    mov x0, sp\n"
        "    bl begin\n");
#endif
