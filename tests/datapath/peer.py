"""Both ends of the tests' traffic.

  peer.py serve PORT                   TCP (transfer) and UDP (echo), v4 and v6
  peer.py transfer IP PORT BYTES       both directions, checked by SHA-256
  peer.py connects IP PORT COUNT       short connections, one by one
  peer.py udp IP PORT SIZE COUNT       datagrams that come back the same
  peer.py stream IP PORT SECONDS       small messages, or until SIGTERM; the
                                       longest pause, and how many segments of
                                       either side were lost
  peer.py messages IP PORT COUNT       likewise, so many
  peer.py udpstream IP PORT SECONDS    datagrams, likewise; lost ones
  peer.py scattered IP PORT SIZE COUNT FROM TO
                                       likewise, by a ring that the kernel takes
                                       all but the Ethernet header of frames
                                       from where it is; between these MACs
"""

import hashlib
import json
import mmap
import os
import signal
import socket
import struct
import sys
import threading
import time

CHUNK = os.urandom(1 << 20)


def connect(ip, port, kind=socket.SOCK_STREAM):
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    s = socket.socket(family, kind)
    s.settimeout(20)
    s.connect((ip, int(port)))
    return s


def read_exactly(s, n, digest=None):
    left, last = n, b""
    while left:
        last = s.recv(min(left, 1 << 20))
        if not last:
            raise EOFError(f"{left} of {n} bytes missing")
        left -= len(last)
        if digest:
            digest.update(last)
    return last


def read_digest(s):
    """Piece by piece: with a time-out, MSG_WAITALL waits for the first only,
    and segments end anywhere."""
    digest = b""
    while len(digest) < 32:
        part = s.recv(32 - len(digest))
        if not part:
            raise EOFError(f"{len(digest)} of 32 bytes of the digest")
        digest += part
    return digest


def send_hashed(s, n):
    digest = hashlib.sha256()
    while n:
        part = CHUNK[:min(n, len(CHUNK))]
        s.sendall(part)
        digest.update(part)
        n -= len(part)
    return digest.digest()


TCP_INFO_SIZE, TOTAL_RETRANS, DSACK_DUPS = 232, 100, 216


def n_lost(s):
    """Segments that were sent again although nobody had the first ones, as
    far as known by now.  Those that only came late, on a busy machine, are
    reported as duplicates by the other side."""
    info = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_SIZE)
    retransmitted, = struct.unpack_from("=I", info, TOTAL_RETRANS)
    duplicates, = struct.unpack_from("=I", info, DSACK_DUPS)
    return retransmitted - duplicates


def n_lost_since(s, before):
    """Reports of duplicates may be on their way."""
    end = time.monotonic() + 5
    while n_lost(s) > before and time.monotonic() < end:
        time.sleep(0.01)
    return max(n_lost(s) - before, 0)


def serve_connection(s):
    with s:
        what, n = struct.unpack("!cQ", s.recv(9, socket.MSG_WAITALL))
        if what == b"t":
            digest = hashlib.sha256()
            read_exactly(s, n, digest)
            s.sendall(digest.digest())
            s.sendall(send_hashed(s, n))
            s.recv(1)
        else:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            before = n_lost(s)
            while data := s.recv(65536):
                s.sendall(data)
            if what == b"n":
                s.sendall(struct.pack("!I", n_lost_since(s, before)))


def quietly(function, *args):
    try:
        function(*args)
    except OSError:
        pass


def serve(port):
    udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    udp.bind(("::", int(port)))

    def echo():
        while True:
            data, sender = udp.recvfrom(65536)
            udp.sendto(data, sender)

    threading.Thread(target=echo, daemon=True).start()
    tcp = socket.create_server(("::", int(port)), family=socket.AF_INET6,
                               dualstack_ipv6=True, backlog=512)
    print("ready", flush=True)
    while True:
        threading.Thread(target=quietly,
                         args=(serve_connection, tcp.accept()[0]),
                         daemon=True).start()


def transfer(ip, port, n):
    n = int(n)
    with connect(ip, port) as s:
        s.sendall(struct.pack("!cQ", b"t", n))
        sent = send_hashed(s, n)
        theirs = read_digest(s)
        assert theirs == sent, "what arrived there is not what was sent"
        digest = hashlib.sha256()
        read_exactly(s, n, digest)
        theirs = read_digest(s)
        assert theirs == digest.digest(), "what arrived here is not"
        s.sendall(b"k")


def udp(ip, port, size, count):
    with connect(ip, port, socket.SOCK_DGRAM) as s:
        for i in range(int(count)):
            data = os.urandom(int(size))
            s.send(data)
            assert s.recv(65536) == data, f"datagram {i} came back changed"


def echoes(ip, port, goes_on):
    longest = n = 0
    with connect(ip, port) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        before = n_lost(s)
        s.sendall(struct.pack("!cQ", b"n", 0))
        while goes_on(n, start := time.monotonic()):
            s.sendall(b"x" * 100)
            read_exactly(s, 100)
            longest = max(longest, time.monotonic() - start)
            n += 1
        lost = n_lost_since(s, before)
        s.shutdown(socket.SHUT_WR)
        lost += struct.unpack("!I", s.recv(4, socket.MSG_WAITALL))[0]
    print(json.dumps({"messages": n, "longest_ms": longest * 1000,
                      "lost": lost}))


def until_told(seconds):
    """A function that says whether to go on."""
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    end = time.monotonic() + float(seconds)
    return lambda: time.monotonic() < end and not told.is_set()


def stream(ip, port, seconds):
    goes_on = until_told(seconds)
    echoes(ip, port, lambda *_: goes_on())


def messages(ip, port, count):
    echoes(ip, port, lambda n, _: n < int(count))


def connects(ip, port, count):
    for _ in range(int(count)):
        transfer(ip, port, 1000)


def udpstream(ip, port, seconds):
    messages, open_ones = 0, set()
    with connect(ip, port, socket.SOCK_DGRAM) as s:

        def hear(patience):
            s.settimeout(patience)
            try:
                open_ones.discard(int(s.recv(65536)))
            except TimeoutError:
                return False
            return True

        goes_on = until_told(seconds)
        while goes_on():
            messages += 1
            open_ones.add(messages)
            s.send(b"%0100d" % messages)
            hear(0.2)
            time.sleep(0.002)
        # One that is late, on a busy machine, is not lost.
        while open_ones and hear(2):
            pass
    print(json.dumps({"messages": messages, "lost": len(open_ones)}))


SOL_PACKET, PACKET_TX_RING = 263, 13
RING_BYTES, RING_HEADER = 1 << 16, 32
TO_BE_SENT = 1


def fold(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def datagram(s, data):
    """The packet with 'data', an even number of bytes, from 's' to where it is
    connected to."""
    own, far = s.getsockname(), s.getpeername()
    ends = b"".join(socket.inet_pton(s.family, end[0]) for end in (own, far))
    length = 8 + len(data)
    header = struct.pack("!3H", own[1], far[1], length)
    whole = ends + struct.pack("!2H", length, 17) + header + b"\0\0" + data
    udp = header + struct.pack("!H", fold(whole) or 0xffff) + data
    if s.family == socket.AF_INET6:
        return struct.pack("!IHBB", 6 << 28, length, 17, 64) + ends + udp
    fields = [0x45, 0, 20 + length, 0, 0, 64, 17]
    sum4 = fold(struct.pack("!BBHHHBB", *fields) + ends)
    return struct.pack("!BBHHHBBH", *fields, sum4) + ends + udp


def scattered(ip, port, size, count, own_mac, far_mac):
    macs = bytes.fromhex((far_mac + own_mac).replace(":", ""))
    ring = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    ring.setsockopt(SOL_PACKET, PACKET_TX_RING,
                    struct.pack("4I", RING_BYTES, 1, RING_BYTES, 1))
    ring.bind(("eth0", 0))
    with (mmap.mmap(ring.fileno(), RING_BYTES) as frame,
          connect(ip, port, socket.SOCK_DGRAM) as s):
        kind = 0x86dd if s.family == socket.AF_INET6 else 0x0800
        for i in range(int(count)):
            data = os.urandom(int(size))
            sent = macs + struct.pack("!H", kind) + datagram(s, data)
            frame[RING_HEADER:RING_HEADER + len(sent)] = sent
            frame[8:12] = struct.pack("=I", len(sent))
            frame[:8] = struct.pack("=Q", TO_BE_SENT)
            ring.send(b"")
            assert s.recv(65536) == data, f"datagram {i} came back changed"


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
