"""The far end and the near end of tests of traffic, inside pods.

    network_peer.py receive PORT          takes streams; answers each with the
                                          SHA-256 of what it got
    network_peer.py send ADDRESS PORT N   a stream of N random bytes; prints
                                          their SHA-256, and the answer
    network_peer.py echo PORT             sends datagrams back, and prints
                                          where from they came
    network_peer.py datagrams ADDRESS PORT SIZE...
                                          one of each size; prints how many
                                          came back as they were
"""

import hashlib
import os
import socket
import sys


def listening(kind, port):
    """A socket for both families."""
    sock = socket.socket(socket.AF_INET6, kind)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("::", port))
    return sock


def connected(kind, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, kind)
    sock.settimeout(30)
    sock.connect((address, port))
    return sock


def receive(port):
    sock = listening(socket.SOCK_STREAM, int(port))
    sock.listen()
    while True:
        stream, _ = sock.accept()
        digest = hashlib.sha256()
        while data := stream.recv(1 << 18):
            digest.update(data)
        stream.sendall(digest.hexdigest().encode())
        stream.close()


def send(address, port, count):
    block = os.urandom(1 << 20)
    digest = hashlib.sha256()
    left = int(count)
    with connected(socket.SOCK_STREAM, address, int(port)) as stream:
        while left:
            part = block[:left]
            stream.sendall(part)
            digest.update(part)
            left -= len(part)
        stream.shutdown(socket.SHUT_WR)
        answer = b""
        while data := stream.recv(100):
            answer += data
    print(digest.hexdigest(), answer.decode())


def echo(port):
    sock = listening(socket.SOCK_DGRAM, int(port))
    while True:
        data, peer = sock.recvfrom(65536)
        print(peer[0].removeprefix("::ffff:"), flush=True)
        sock.sendto(data, peer)


def datagrams(address, port, *sizes):
    same = 0
    with connected(socket.SOCK_DGRAM, address, int(port)) as sock:
        for size in map(int, sizes):
            data = os.urandom(size)
            sock.send(data)
            try:
                same += sock.recv(65536) == data
            except TimeoutError:
                print(f"{size} bytes: no answer", file=sys.stderr)
    print(same)


if __name__ == "__main__":
    {"receive": receive, "send": send, "echo": echo,
     "datagrams": datagrams}[sys.argv[1]](*sys.argv[2:])
