"""Just enough SCTP for a test: an INIT chunk and its INIT ACK, over raw
sockets, because the kernel of the test machine has no SCTP."""

import os
import socket
import struct

PROTOCOL = 132
INIT, INIT_ACK = 1, 2


# Of a raw socket whose queue is full, Linux says that nobody here speaks the
# protocol. Random packets, which it gets as well, must not fill it.
QUEUE_BYTES = 16 << 20
SO_RCVBUFFORCE = 33     # <asm-generic/socket.h>: Python has no name for it.


def raw_socket(family):
    sock = socket.socket(family, socket.SOCK_RAW | socket.SOCK_NONBLOCK,
                         PROTOCOL)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, QUEUE_BYTES)
    return sock


def chunk(kind, source_port, port, tag=0):
    """A whole packet with one INIT or INIT ACK chunk."""
    body = struct.pack("!BBHIIHHI", kind, 0, 20,
                       int.from_bytes(os.urandom(4), "big") or 1,
                       65536, 1, 1, 1)
    header = struct.pack("!HHI", source_port, port, tag)
    # RFC 9260, appendix A: the checksum is stored least byte first.
    return header + struct.pack("<I", _crc32c(
        header + bytes(4) + body)) + body


def parse(family, data):
    """(chunk type, source port, destination port, initiate tag) of a packet
    as a raw socket gives it, or None if it is none of ours."""
    if family == socket.AF_INET:    # IPv4 comes with its header.
        data = data[(data[0] & 15) * 4:]
    if len(data) < 20:
        return None
    source_port, port = struct.unpack_from("!HH", data)
    return data[12], source_port, port, struct.unpack_from("!I", data, 16)[0]


def _crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff
