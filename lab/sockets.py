"""Room for packets in the sockets that are a userspace switch's ports.

ovs-vswitchd fetches packets from AF_PACKET sockets in the loop that does all
of its other work. The kernel's default buffer has room for some 150 small
packets there, and how much that is cannot be set for a namespace alone; so a
crowd of clients would measure that buffer. Datapaths that carry load (the
kernel's, DPDK's) have no such bound.
"""

import ctypes
import os
import socket

_PIDFD_GETFD = 438          # syscall number, the same on all architectures
_SO_RCVBUFFORCE = 33
_SIZE = 8 << 20

_libc = ctypes.CDLL(None, use_errno=True)


def widen(pid):
    """Give each packet socket of a process a large receive buffer. What
    cannot be reached stays as it is."""
    process = os.pidfd_open(pid)
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            handle = _libc.syscall(_PIDFD_GETFD, process, int(name), 0)
            if handle >= 0:
                _widen_socket(handle)
    finally:
        os.close(process)


def _widen_socket(handle):
    """Widen a descriptor, if it is a packet socket, and close it."""
    try:
        sock = socket.socket(fileno=handle)
    except OSError:
        os.close(handle)
        return
    with sock:
        if sock.family == socket.AF_PACKET:
            sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _SIZE)
