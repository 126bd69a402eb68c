#include "proc_net.h"

#include <fcntl.h>

#include "cleanup.h"

/* States of sockets in /proc/PID/net: TCP_LISTEN, and TCP_CLOSE for UDP
 * sockets that are bound and not connected. */
#define STATE_LISTEN 0x0a
#define STATE_CLOSE 0x07

/* The most that is read of one file.  fib_trie is as long as the routing
 * table, and the loop waits meanwhile. */
#define LINES_MAX 100000

struct listener {
    struct in6_addr addr; /* IPv4 mapped; all zeroes = all IPv6 and IPv4. */
    uint16_t port;        /* Host byte order. */
};

struct proc_net {
    int dirfd; /* /proc/PID */

    struct in6_addr *addrs; /* Own addresses. */
    size_t n_addrs, allocated_addrs;
    struct listener *listeners;
    size_t n_listeners, allocated_listeners;
};

int
proc_net_open(const char *proc, pid_t pid, struct proc_net **pnp)
{
    char *path OWNED_STRING = xasprintf("%s/%ld", proc, (long) pid);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return errno;
    }
    *pnp = xzalloc(sizeof **pnp);
    (*pnp)->dirfd = fd;
    return 0;
}

void
proc_net_free(struct proc_net *pn)
{
    if (pn) {
        close(pn->dirfd);
        free(pn->addrs);
        free(pn->listeners);
        free(pn);
    }
}

static void
add_addr(struct proc_net *pn, const struct in6_addr *addr)
{
    if (pn->n_addrs >= pn->allocated_addrs) {
        pn->addrs = x2nrealloc(pn->addrs, &pn->allocated_addrs,
                               sizeof *pn->addrs);
    }
    pn->addrs[pn->n_addrs++] = *addr;
}

static void
add_listener(struct proc_net *pn, const struct in6_addr *addr, uint16_t port)
{
    if (pn->n_listeners >= pn->allocated_listeners) {
        pn->listeners = x2nrealloc(pn->listeners, &pn->allocated_listeners,
                                   sizeof *pn->listeners);
    }
    pn->listeners[pn->n_listeners++] = (struct listener) {
        .addr = *addr,
        .port = port,
    };
}

/* Calls 'cb' for each line of net/NAME until it returns false.  A file that is
 * not there (no IPv6, no SCTP) has no lines. */
static int
for_each_line(struct proc_net *pn, const char *name,
              bool (*cb)(struct proc_net *, char *line, void *aux), void *aux)
{
    char *path OWNED_STRING = xasprintf("net/%s", name);
    int fd = openat(pn->dirfd, path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        /* A process that is gone has no net/ at all. */
        return errno == ENOENT && !faccessat(pn->dirfd, "net", F_OK, 0)
               ? 0 : errno;
    }

    FILE *file = fdopen(fd, "r");
    if (!file) {
        int error = errno;
        close(fd);
        return error;
    }

    char *line = NULL;
    size_t size = 0;
    int n = 0;
    errno = 0;
    while (n++ < LINES_MAX && getline(&line, &size, file) > 0
           && cb(pn, line, aux)) {
        errno = 0;
    }
    int error = ferror(file) ? (errno ? errno : EIO) : 0;
    free(line);
    fclose(file);
    return error;
}

/* net/fib_trie: "|-- ADDRESS" followed by lines for its routes; its own
 * addresses are those with a "/32 host LOCAL".  'aux' is the address that the
 * last such line had. */
static bool
fib_trie_line(struct proc_net *pn, char *line, void *last_)
{
    struct in_addr *last = last_;
    char text[INET_ADDRSTRLEN];
    char *leaf = strstr(line, "|-- ");

    if (leaf) {
        if (!ovs_scan(leaf + 4, "%15[0-9.]", text)
            || inet_pton(AF_INET, text, last) != 1) {
            last->s_addr = 0;
        }
    } else if (last->s_addr && strstr(line, "/32 host LOCAL")) {
        struct in6_addr addr;

        in6_addr_set_mapped_ipv4(&addr, last->s_addr);
        add_addr(pn, &addr);
    }
    return true;
}

/* Parses the 32 hexadecimal digits at 's', four words in the byte order of
 * the host if 'words', otherwise 16 bytes. */
static bool
parse_hex_ip6(const char *s, bool words, struct in6_addr *addr)
{
    uint8_t bytes[16];

    for (int i = 0; i < 16; i++) {
        bool ok;

        bytes[i] = hexits_value(s + 2 * i, 2, &ok);
        if (!ok) {
            return false;
        }
    }
    for (int i = 0; words && i < 16; i += 4) {
        /* Printed as a number: bring it back into memory as one. */
        uint32_t word = ((uint32_t) bytes[i] << 24) | (bytes[i + 1] << 16)
                        | (bytes[i + 2] << 8) | bytes[i + 3];
        memcpy(&bytes[i], &word, sizeof word);
    }
    memcpy(addr, bytes, sizeof *addr);
    return true;
}

/* net/if_inet6: "fe80...(32 digits) 02 40 20 80 eth0". */
static bool
if_inet6_line(struct proc_net *pn, char *line, void *aux OVS_UNUSED)
{
    struct in6_addr addr;

    if (strlen(line) > 32 && parse_hex_ip6(line, false, &addr)) {
        add_addr(pn, &addr);
    }
    return true;
}

/* net/tcp, tcp6, udp, udp6: "0: 0100007F:1F90 00000000:0000 0A ...", the
 * address in 8 or 32 digits.  'aux' is the state to look for. */
static bool
socket_line(struct proc_net *pn, char *line, void *state_)
{
    const unsigned int *state = state_;
    unsigned int port, line_state;
    struct in6_addr addr;
    char hex[33];

    if (!ovs_scan(line, " %*d: %32[0-9A-Fa-f]:%4x %*[0-9A-Fa-f]:%*x %2x", hex,
                  &port, &line_state)) {
        return true; /* The heading. */
    }
    if (line_state != *state) {
        /* The kernel prints the sockets that listen before all the others,
         * of which a busy namespace may have very many. */
        return *state != STATE_LISTEN;
    }
    if (strlen(hex) == 8) {
        ovs_be32 ip4 = strtoul(hex, NULL, 16);

        in6_addr_set_mapped_ipv4(&addr, ip4);
        add_listener(pn, &addr, port);
    } else if (strlen(hex) == 32 && parse_hex_ip6(hex, true, &addr)) {
        add_listener(pn, &addr, port);
    }
    return true;
}

/* net/sctp/eps: "ENDPT SOCK STY SST HBKT LPORT UID INODE LADDRS...", SST the
 * state of the socket, addresses as people write them. */
static bool
sctp_line(struct proc_net *pn, char *line, void *aux OVS_UNUSED)
{
    unsigned int state, port;
    char *save = NULL;
    int n = 0;

    if (!ovs_scan(line, " %*s %*s %*d %u %*d %u %*u %*u%n", &state, &port, &n)
        || state != STATE_LISTEN) {
        return true;
    }
    for (char *text = strtok_r(line + n, " \n", &save); text;
         text = strtok_r(NULL, " \n", &save)) {
        struct in6_addr addr;
        struct in_addr ip4;

        text += *text == '*'; /* The primary one. */
        if (inet_pton(AF_INET, text, &ip4) == 1) {
            in6_addr_set_mapped_ipv4(&addr, ip4.s_addr);
            add_listener(pn, &addr, port);
        } else if (inet_pton(AF_INET6, text, &addr) == 1) {
            add_listener(pn, &addr, port);
        }
    }
    return true;
}

int
proc_net_read(struct proc_net *pn, enum proc_net_protocol protocol)
{
    static const char *const names[][2] = {
        [PROC_NET_TCP] = { "tcp", "tcp6" },
        [PROC_NET_UDP] = { "udp", "udp6" },
        [PROC_NET_SCTP] = { "sctp/eps", NULL },
    };
    unsigned int state = protocol == PROC_NET_UDP ? STATE_CLOSE : STATE_LISTEN;
    struct in_addr last = { .s_addr = 0 };

    pn->n_addrs = pn->n_listeners = 0;
    int error = for_each_line(pn, "fib_trie", fib_trie_line, &last);
    if (!error) {
        error = for_each_line(pn, "if_inet6", if_inet6_line, NULL);
    }
    for (int i = 0; i < 2 && !error && names[protocol][i]; i++) {
        error = for_each_line(pn, names[protocol][i],
                              protocol == PROC_NET_SCTP ? sctp_line
                                                        : socket_line,
                              &state);
    }
    return error;
}

bool
proc_net_has_address(const struct proc_net *pn, const struct in6_addr *addr)
{
    for (size_t i = 0; i < pn->n_addrs; i++) {
        if (ipv6_addr_equals(&pn->addrs[i], addr)) {
            return true;
        }
    }
    return false;
}

static bool
is_any(const struct in6_addr *addr)
{
    return ipv6_addr_equals(addr, &in6addr_any)
           || (IN6_IS_ADDR_V4MAPPED(addr) && !in6_addr_get_mapped_ipv4(addr));
}

static bool
is_loopback(const struct in6_addr *addr)
{
    return IN6_IS_ADDR_LOOPBACK(addr)
           || (IN6_IS_ADDR_V4MAPPED(addr) && addr->s6_addr[12] == 127);
}

/* Whether a listener on 'bound' gets what is sent to 'addr'. */
static bool
serves(const struct in6_addr *bound, const struct in6_addr *addr)
{
    if (!addr) {
        return !is_loopback(bound);
    }
    if (is_any(bound)) {
        return !IN6_IS_ADDR_V4MAPPED(bound) || IN6_IS_ADDR_V4MAPPED(addr);
    }
    return ipv6_addr_equals(bound, addr);
}

bool
proc_net_is_listening(const struct proc_net *pn, const struct in6_addr *addr,
                      uint16_t port)
{
    for (size_t i = 0; i < pn->n_listeners; i++) {
        if (pn->listeners[i].port == port
            && serves(&pn->listeners[i].addr, addr)) {
            return true;
        }
    }
    return false;
}
