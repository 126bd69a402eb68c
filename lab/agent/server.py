"""The agent's servers: each is one port that can open and close."""

import os
import socket
import struct

import sctp
from loop import MS, READ, now


class Server:
    """A port, IPv4 and IPv6, that may yet have to open. Subclasses say how
    to open sockets and what to do with what comes in."""

    def __init__(self, agent, port):
        self.agent = agent
        self.port = port
        # To read a command is a part of the server's start.
        self.asked_ns = agent.loop.woken_ns
        self.listening_ns = None
        self.served = 0
        self.first_ns = None
        self.peer = None
        self.sockets = []
        # For shells: a file that is there while the port is open, and a FIFO
        # that nobody can open for reading before it is.
        self._mark = os.path.join(agent.directory,
                                  f"listening-{self.proto}-{port}")
        self._gate = os.path.join(agent.directory,
                                  f"gate-{self.proto}-{port}")
        self._gate_handle = None
        os.mkfifo(self._gate)
        self._waiting = []
        self._timer = None

    def open_after(self, delay_ms, reply):
        """Open the port delay_ms after the first such call; then reply."""
        if self.sockets:
            reply(self.status())
            return
        self._waiting.append(reply)
        if self._timer is None:
            self._timer = self.agent.loop.at(
                self.asked_ns + int(delay_ms * MS), self._open)

    def _open(self):
        try:
            self.sockets = self.open_sockets()
        except OSError as error:
            self._answer({"error": str(error)})
            return
        self.listening_ns = now()
        # Those who wait come first: to watch sockets in Python takes 0.1 ms,
        # and to make a file as long as all that a wake takes.
        self._gate_handle = os.open(self._gate, os.O_RDWR)
        for sock in self.sockets:
            self.agent.loop.watch(sock, READ, lambda s=sock: self.ready(s))
        os.close(os.open(self._mark, os.O_CREAT | os.O_WRONLY, 0o644))
        self._answer(self.status())

    def _answer(self, answer):
        waiting, self._waiting = self._waiting, []
        for reply in waiting:
            reply(answer)

    def close(self):
        if self._timer:
            self.agent.loop.cancel(self._timer)
        self._answer({"error": "closed before it was open"})
        os.unlink(self._gate)
        if self.sockets:
            os.unlink(self._mark)
            os.close(self._gate_handle)
        for sock in self.sockets:
            self.agent.loop.drop(sock)

    def status(self):
        return {"proto": self.proto, "port": self.port,
                "asked_ns": self.asked_ns, "listening_ns": self.listening_ns,
                "served": self.served, "first_ns": self.first_ns,
                "peer": self.peer}

    def count(self, peer):
        """Note that a request of a socket address was served."""
        self.served += 1
        self.peer = peer[0].removeprefix("::ffff:")
        self.first_ns = self.first_ns or now()

    def dual_socket(self, kind):
        """A socket for both families, bound to the port."""
        sock = socket.socket(socket.AF_INET6, kind | socket.SOCK_NONBLOCK)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("::", self.port))
        return sock


class UdpServer(Server):
    """Answers each datagram with the host's name and the datagram."""
    proto = "udp"

    def open_sockets(self):
        return [self.dual_socket(socket.SOCK_DGRAM)]

    def ready(self, sock):
        try:
            data, peer = sock.recvfrom(65536)
            self.count(peer)
            sock.sendto(self.agent.name.encode() + b" " + data, peer)
        except OSError:
            pass    # An ICMP error about an earlier answer.


class SctpServer(Server):
    """Answers each INIT with an INIT ACK."""
    proto = "sctp"

    def open_sockets(self):
        return [sctp.raw_socket(socket.AF_INET),
                sctp.raw_socket(socket.AF_INET6)]

    def ready(self, sock):
        data, peer = sock.recvfrom(65536)
        seen = sctp.parse(sock.family, data)
        if seen and seen[0] == sctp.INIT and seen[2] == self.port:
            self.count(peer)
            sock.sendto(sctp.chunk(sctp.INIT_ACK, self.port, seen[1],
                                   seen[3]), (peer[0], 0))


class TcpServer(Server):
    """A server whose connections end with it, by a reset."""

    def __init__(self, agent, port):
        super().__init__(agent, port)
        self._connections = set()

    def open_sockets(self):
        sock = self.dual_socket(socket.SOCK_STREAM)
        sock.listen(4096)
        return [sock]

    def ready(self, sock):
        for _ in range(64):
            try:
                connection, _ = sock.accept()
            except OSError:
                return
            connection.setblocking(False)
            self._connections.add(connection)
            heard = bytearray()
            self.agent.loop.watch(
                connection, READ,
                lambda c=connection, h=heard: self._receive(c, h))

    def _receive(self, connection, heard):
        try:
            data = connection.recv(65536)
            if data:
                heard += data
                self.hear(connection, heard)
                return
        except OSError:
            pass    # A client that has gone.
        self.end(connection)

    def end(self, connection):
        self._connections.discard(connection)
        self.agent.loop.drop(connection)

    def close(self):
        for connection in list(self._connections):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                  struct.pack("ii", 1, 0))
            self.end(connection)
        super().close()

    def status(self):
        return {**super().status(), "open": len(self._connections)}


class HttpServer(TcpServer):
    """Answers a request with the host's name and closes."""
    proto = "http"

    def hear(self, connection, heard):
        if b"\r\n\r\n" in heard:
            self.count(connection.getpeername())
            body = f"{self.agent.name}\n"
            connection.send(
                f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n"
                f"Connection: close\r\n\r\n{body}".encode())
            self.end(connection)


class EchoServer(TcpServer):
    """Says back what it hears, for connections that stay open."""
    proto = "echo"

    def hear(self, connection, heard):
        self.count(connection.getpeername())
        connection.send(bytes(heard))
        heard.clear()


SERVERS = {kind.proto: kind
           for kind in (HttpServer, EchoServer, UdpServer, SctpServer)}
