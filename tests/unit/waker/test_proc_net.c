/* With made-up /proc files, and with sockets of this very process. */

#include "driver_fixture.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "proc_net.h"
#include "vip.h"

static char dir[] = "/tmp/rouse-test-proc-XXXXXX";

static void
write_file(const char *name, const char *content)
{
    char *path = xasprintf("%s/7/net/%s", dir, name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(content, file);
    fclose(file);
    free(path);
}

static struct in6_addr
addr(const char *s)
{
    struct endpoint ep;

    assert_true(endpoint_parse(s, &ep));
    return ep.addr;
}

static bool
has(const struct proc_net *pn, const char *s)
{
    struct in6_addr a = addr(s);

    return proc_net_has_address(pn, &a);
}

static bool
listens(const struct proc_net *pn, const char *s, uint16_t port)
{
    struct in6_addr a = addr(s);

    return proc_net_is_listening(pn, &a, port);
}

static struct proc_net *
read_made_up(enum proc_net_protocol protocol)
{
    struct proc_net *pn = NULL;

    assert_int_equal(proc_net_open(dir, 7, &pn), 0);
    assert_int_equal(proc_net_read(pn, protocol), 0);
    return pn;
}

static void
own_addresses_are_found(void **state OVS_UNUSED)
{
    struct proc_net *pn = read_made_up(PROC_NET_TCP);

    assert_true(has(pn, "10.1.0.2"));
    assert_true(has(pn, "127.0.0.1"));
    assert_true(has(pn, "fd00::2"));
    assert_true(has(pn, "::1"));
    assert_false(has(pn, "10.1.0.0"));   /* A route. */
    assert_false(has(pn, "10.1.0.255")); /* A broadcast address. */
    assert_false(has(pn, "10.1.0.1"));
    assert_false(has(pn, "fd00::1"));
    proc_net_free(pn);
}

static void
tcp_listeners_are_found(void **state OVS_UNUSED)
{
    struct proc_net *pn = read_made_up(PROC_NET_TCP);

    assert_true(listens(pn, "10.1.0.2", 8080));
    assert_false(listens(pn, "fd00::2", 8080)); /* Bound to 0.0.0.0. */
    assert_true(listens(pn, "127.0.0.1", 631));
    assert_false(listens(pn, "10.1.0.2", 631));
    assert_true(listens(pn, "10.1.0.2", 443)); /* Bound to [::]. */
    assert_true(listens(pn, "fd00::2", 443));
    assert_true(listens(pn, "fd00::2", 99));
    assert_false(listens(pn, "fd00::1", 99));
    assert_false(listens(pn, "10.1.0.2", 99));
    assert_false(listens(pn, "10.1.0.2", 2222)); /* Connected. */

    /* Where the address is not known: not on the loopback alone. */
    assert_true(proc_net_is_listening(pn, NULL, 8080));
    assert_true(proc_net_is_listening(pn, NULL, 443));
    assert_true(proc_net_is_listening(pn, NULL, 99));
    assert_false(proc_net_is_listening(pn, NULL, 631));
    assert_false(proc_net_is_listening(pn, NULL, 1));
    proc_net_free(pn);
}

static void
udp_sockets_are_found(void **state OVS_UNUSED)
{
    struct proc_net *pn = read_made_up(PROC_NET_UDP);

    assert_true(listens(pn, "10.1.0.2", 53));
    assert_false(listens(pn, "10.1.0.2", 54)); /* Connected. */
    assert_false(listens(pn, "10.1.0.2", 8080));
    proc_net_free(pn);
}

static void
sctp_endpoints_are_found(void **state OVS_UNUSED)
{
    struct proc_net *pn = read_made_up(PROC_NET_SCTP);

    assert_true(listens(pn, "10.1.0.2", 3868));
    assert_true(listens(pn, "fd00::2", 3868));
    assert_false(listens(pn, "10.1.0.3", 3868));
    assert_true(listens(pn, "10.1.0.3", 2905));
    assert_false(listens(pn, "10.1.0.2", 3869));
    proc_net_free(pn);
}

static void
garbage_and_missing_files_are_no_listeners(void **state OVS_UNUSED)
{
    static const char *const garbage[] = {
        "", "\n\n", "0: :", "  0: 0000:00 0A\n", "\xff\xfe\n",
        "0: 000000000000000000000000000000000000:1F90 00000000:0000 0A\n",
        "  0: 0000000:1F90 00000000:0000 0A\n",
        "|-- \n /32 host LOCAL\n|-- 999.1.1.1\n /32 host LOCAL\n",
        "zz000000000000000000000000000000 02 40 20 80 eth0\n",
    };
    static const char *const files[] = { "tcp", "tcp6", "udp", "fib_trie",
                                         "if_inet6", "sctp/eps" };
    char *path = xasprintf("%s/7/net", dir);
    char *saved = xasprintf("%s/saved", dir);

    assert_int_equal(rename(path, saved), 0);
    assert_int_equal(mkdir(path, 0755), 0);

    struct proc_net *pn = read_made_up(PROC_NET_SCTP);
    assert_false(proc_net_is_listening(pn, NULL, 8080));
    proc_net_free(pn);

    char *sctp = xasprintf("%s/sctp", path);
    assert_int_equal(mkdir(sctp, 0755), 0);
    for (size_t i = 0; i < ARRAY_SIZE(garbage); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(files); j++) {
            write_file(files[j], garbage[i]);
        }
        for (int p = PROC_NET_TCP; p <= PROC_NET_SCTP; p++) {
            pn = read_made_up(p);
            assert_false(proc_net_is_listening(pn, NULL, 8080));
            proc_net_free(pn);
        }
    }

    char *command = xasprintf("rm -rf %s", path);
    assert_int_equal(system(command), 0);
    assert_int_equal(rename(saved, path), 0);
    free(command);
    free(sctp);
    free(path);
    free(saved);
}

static void
sockets_of_this_process(void **state OVS_UNUSED)
{
    struct sockaddr_in sin = { .sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof sin;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *) &sin, sizeof sin), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &sin, &len), 0);
    uint16_t port = ntohs(sin.sin_port);

    struct proc_net *pn = NULL;
    assert_int_equal(proc_net_open("/proc", getpid(), &pn), 0);
    assert_int_equal(proc_net_read(pn, PROC_NET_TCP), 0);
    assert_true(has(pn, "127.0.0.1"));
    assert_false(listens(pn, "127.0.0.1", port)); /* Only bound. */
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(proc_net_read(pn, PROC_NET_TCP), 0);
    assert_true(listens(pn, "127.0.0.1", port));
    close(fd);
    assert_int_equal(proc_net_read(pn, PROC_NET_TCP), 0);
    assert_false(listens(pn, "127.0.0.1", port));

    fd = socket(AF_INET, SOCK_DGRAM, 0);
    sin.sin_port = 0;
    len = sizeof sin;
    assert_int_equal(bind(fd, (struct sockaddr *) &sin, sizeof sin), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &sin, &len), 0);
    assert_int_equal(proc_net_read(pn, PROC_NET_UDP), 0);
    assert_true(listens(pn, "127.0.0.1", ntohs(sin.sin_port)));
    close(fd);

    struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6,
                                 .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    len = sizeof sin6;
    fd = socket(AF_INET6, SOCK_STREAM, 0);
    if (fd >= 0 && !bind(fd, (struct sockaddr *) &sin6, sizeof sin6)) {
        assert_int_equal(getsockname(fd, (struct sockaddr *) &sin6, &len), 0);
        assert_int_equal(listen(fd, 1), 0);
        assert_int_equal(proc_net_read(pn, PROC_NET_TCP), 0);
        assert_true(has(pn, "::1"));
        assert_true(listens(pn, "::1", ntohs(sin6.sin6_port)));
        assert_false(listens(pn, "::2", ntohs(sin6.sin6_port)));
    }
    close(fd);
    proc_net_free(pn);
}

static void
a_process_that_ends_is_gone_for_good(void **state OVS_UNUSED)
{
    struct proc_net *pn = NULL;
    pid_t pid = fork();

    if (!pid) {
        pause();
        _exit(0);
    }
    assert_int_equal(proc_net_open("/proc", pid, &pn), 0);
    assert_int_equal(proc_net_read(pn, PROC_NET_TCP), 0);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    int error = proc_net_read(pn, PROC_NET_TCP);
    assert_true(error == ENOENT || error == ESRCH);
    proc_net_free(pn);
    pn = NULL;
    assert_int_equal(proc_net_open("/proc", pid, &pn), ENOENT);
    assert_null(pn);
    proc_net_free(NULL);
}

static int
make_proc(void **state OVS_UNUSED)
{
    if (!mkdtemp(dir)) {
        return -1;
    }
    char *command = xasprintf("mkdir -p %s/7/net/sctp", dir);
    int retval = system(command);
    free(command);

    write_file("fib_trie",
               "Main:\n"
               "  +-- 0.0.0.0/0 3 0 5\n"
               "     |-- 10.1.0.0\n"
               "        /24 link UNICAST\n"
               "Local:\n"
               "  +-- 0.0.0.0/0 3 0 5\n"
               "     +-- 10.1.0.0/24 2 0 2\n"
               "        |-- 10.1.0.2\n"
               "           /32 host LOCAL\n"
               "        |-- 10.1.0.255\n"
               "           /32 link BROADCAST\n"
               "     |-- 127.0.0.1\n"
               "        /32 host LOCAL\n");
    write_file("if_inet6",
               "fd000000000000000000000000000002 02 40 00 80     eth0\n"
               "00000000000000000000000000000001 01 80 10 80       lo\n");
#if !defined(WORDS_BIGENDIAN)
    write_file("tcp",
               "  sl  local_address rem_address   st tx_queue\n"
               "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000\n"
               "   1: 0100007F:0277 00000000:0000 0A 00000000:00000000\n"
               "   2: 0200010A:08AE 0300010A:D431 01 00000000:00000000\n");
    write_file("tcp6",
               "  sl  local_address rem_address st\n"
               "   0: 00000000000000000000000000000000:01BB "
               "00000000000000000000000000000000:0000 0A 00000000:00000000\n"
               "   1: 000000FD000000000000000002000000:0063 "
               "00000000000000000000000000000000:0000 0A 00000000:00000000\n");
    write_file("udp",
               "   sl  local_address rem_address   st tx_queue\n"
               " 1203: 0200010A:0035 00000000:0000 07 00000000:00000000\n"
               " 1204: 0200010A:0036 0300010A:0035 01 00000000:00000000\n");
#endif
    write_file("sctp/eps",
               " ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS\n"
               "ffff0000 ffff0001 2   10  28   3868     0 12345 *10.1.0.2 "
               "fd00:0000:0000:0000:0000:0000:0000:0002 \n"
               "ffff0002 ffff0003 2   10  29   2905     0 12346 0.0.0.0 \n"
               "ffff0004 ffff0005 2   7   30   3869     0 12347 10.1.0.2 \n");
    return retval;
}

static int
remove_proc(void **state OVS_UNUSED)
{
    char *command = xasprintf("rm -rf %s", dir);
    int retval = system(command);

    free(command);
    return retval;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_addresses_are_found),
        cmocka_unit_test(tcp_listeners_are_found),
        cmocka_unit_test(udp_sockets_are_found),
        cmocka_unit_test(sctp_endpoints_are_found),
        cmocka_unit_test(garbage_and_missing_files_are_no_listeners),
        cmocka_unit_test(sockets_of_this_process),
        cmocka_unit_test(a_process_that_ends_is_gone_for_good),
    };

    return cmocka_run_group_tests(tests, make_proc, remove_proc);
}
