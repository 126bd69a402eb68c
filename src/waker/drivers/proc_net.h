/* Who listens in somebody's network namespace, seen from outside.
 *
 * in:     a process; /proc/PID/net/{tcp,udp,sctp,fib_trie,...} of it
 * out:    the namespace's own addresses, and the sockets that listen there
 * owner:  the caller
 * thread: one; reads of /proc do not block
 *
 * The namespace is not entered, so this needs no privilege but that of seeing
 * the process.  The process is held by its folder in /proc: should it end and
 * its number be used again, reads fail instead of telling of another one. */

#ifndef WAKER_PROC_NET_H
#define WAKER_PROC_NET_H 1

#include "ovs.h"

struct proc_net;

enum proc_net_protocol {
    PROC_NET_TCP,
    PROC_NET_UDP,
    PROC_NET_SCTP,
};

/* Takes hold of process 'pid' as seen in 'proc' ("/proc").  0 and the
 * caller's '*pn', or a positive errno (ENOENT: no such process). */
int proc_net_open(const char *proc, pid_t pid, struct proc_net **pn)
    OVS_WARN_UNUSED_RESULT;
void proc_net_free(struct proc_net *); /* Takes NULL. */

/* Reads the namespace's addresses and those who listen for 'protocol'.  0, or
 * a positive errno; ESRCH or ENOENT once the process is gone. */
int proc_net_read(struct proc_net *, enum proc_net_protocol)
    OVS_WARN_UNUSED_RESULT;

/* As of the last proc_net_read(): whether 'addr' (IPv4 mapped) is one of the
 * namespace's own addresses. */
bool proc_net_has_address(const struct proc_net *, const struct in6_addr *);

/* As of the last proc_net_read(): whether somebody listens on 'port' of
 * 'addr', or of all addresses.  A socket that listens on all IPv6 addresses is
 * taken to listen on the IPv4 ones, too: IPV6_V6ONLY is not to be seen from
 * here.  With 'addr' NULL, any address but the loopback ones will do. */
bool proc_net_is_listening(const struct proc_net *, const struct in6_addr *,
                           uint16_t port);

#endif /* waker/proc_net.h */
