"""The agent's clients."""

import errno
import os
import socket
import struct

import sctp
from loop import MS, READ, WRITE, now

# Source ports of datagrams: above the kernel's own choices.
UDP_PORTS = range(61000, 65536)


def _family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _retransmits(sock):
    """How many segments TCP has sent again, SYNs too: tcpi_total_retrans of
    struct tcp_info."""
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return struct.unpack_from("I", info, 100)[0]


def _name(error):
    """"ECONNREFUSED" and the like, as errno or as OSError."""
    number = error.errno if isinstance(error, OSError) else error
    return errno.errorcode.get(number, str(number))


class Exchange:
    """One request and its answer: HTTP over a connection of its own, one
    datagram, or one SCTP INIT. Nothing but TCP itself retransmits, unless the
    target has "retry_ms": then the datagram is sent again that often, as a
    resolver does."""

    def __init__(self, agent, target, timeout_ms, done):
        self.agent = agent
        self._proto = target["proto"]
        self._address = target["address"]
        self._port = target["port"]
        self._done = done
        self._retry_ns = int(target.get("retry_ms", 0) * MS)
        self._heard = b""
        self._result = {"start_ns": now(), "connect_ns": None,
                        "answer_ns": None, "error": None, "body": None,
                        "source_port": None, "retransmits": None}
        self._timer = agent.loop.at(now() + int(timeout_ms * MS),
                                    lambda: self._end("timeout"))
        begin = {"http": self._connect, "udp": self._send_datagram,
                 "sctp": self._send_init}[self._proto]
        try:
            begin()
        except OSError as error:
            self._end(_name(error))

    def _connect(self):
        self._socket = socket.socket(
            _family(self._address), socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self._result["start_ns"] = now()
        error = self._socket.connect_ex((self._address, self._port))
        if error not in (0, errno.EINPROGRESS):
            raise OSError(error, "connect")
        self._result["source_port"] = self._socket.getsockname()[1]
        self.agent.loop.watch(self._socket, WRITE, self._connected)

    def _connected(self):
        error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            self._end(_name(error))
            return
        self._result["connect_ns"] = self.agent.loop.woken_ns
        self._result["retransmits"] = _retransmits(self._socket)
        self.agent.loop.watch(self._socket, READ, self._hear_http)
        host = f"[{self._address}]" if ":" in self._address else self._address
        try:
            self._socket.send(f"GET / HTTP/1.1\r\nHost: {host}\r\n"
                              "Connection: close\r\n\r\n".encode())
        except OSError as error:
            self._end(_name(error))

    def _hear_http(self):
        data = self._receive()
        if data:
            self._heard += data
        elif data is not None:
            head, _, body = self._heard.partition(b"\r\n\r\n")
            if head.startswith(b"HTTP/1.1 200"):
                self._end(None, body.decode().strip())
            else:
                self._end("closed without an answer")

    def _send_datagram(self):
        self._socket = socket.socket(
            _family(self._address), socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._bind()
        self._socket.connect((self._address, self._port))
        self._result["source_port"] = self._socket.getsockname()[1]
        self.agent.loop.watch(self._socket, READ, self._hear_datagram)
        self._send_again()

    def _bind(self):
        """Take the next port of a range of our own. The kernel's random
        ones come again while a switch's conntrack still has the last
        exchange, and a router then sends the datagram where that went."""
        for _ in UDP_PORTS:
            try:
                self._socket.bind(("", next(self.agent.udp_ports)))
                return
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise

    def _send_again(self):
        if self._result["error"] or self._result["answer_ns"]:
            return
        try:
            self._socket.send(b"hello")
        except OSError as error:
            self._end(_name(error))
            return
        if self._retry_ns:
            self.agent.loop.at(now() + self._retry_ns, self._send_again)

    def _hear_datagram(self):
        data = self._receive()
        if data is not None:
            self._end(None, data.decode())

    def _send_init(self):
        self._socket = sctp.raw_socket(_family(self._address))
        self._socket.connect((self._address, 0))
        port = 32768 + int.from_bytes(os.urandom(2), "big") % 28000
        self._result["source_port"] = port
        self.agent.loop.watch(self._socket, READ, self._hear_init_ack)
        self._socket.send(sctp.chunk(sctp.INIT, port, self._port))

    def _hear_init_ack(self):
        data = self._receive()
        seen = data and sctp.parse(self._socket.family, data)
        if seen and seen[:3] == (sctp.INIT_ACK, self._port,
                                 self._result["source_port"]):
            self._end(None, "init-ack")

    def _receive(self):
        """What came; None if that was an error, which ends the exchange."""
        try:
            return self._socket.recv(65536)
        except OSError as error:
            self._end(_name(error))
            return None

    def _end(self, error, body=None):
        self.agent.loop.cancel(self._timer)
        self.agent.loop.drop(self._socket)
        self._result["error"] = error
        if error is None:
            self._result["answer_ns"] = now()
            self._result["body"] = body
        self._done(self._result)


class Barrage:
    """Exchanges one after the other, as fast as they go, until ended."""

    def __init__(self, agent, target, timeout_ms):
        self._agent = agent
        self._target = target
        self._timeout_ms = timeout_ms
        self._answered = 0
        self._slowest_ms = 0.0
        self._failures = []
        self._reply = None
        self._next()

    def _next(self):
        Exchange(self._agent, self._target, self._timeout_ms, self._count)

    def _count(self, result):
        if result["error"]:
            self._failures.append(result)
        else:
            self._answered += 1
            took_ms = (result["answer_ns"] - result["start_ns"]) / MS
            self._slowest_ms = max(self._slowest_ms, took_ms)
        if self._reply:
            self._reply({"answered": self._answered,
                         "slowest_ms": self._slowest_ms,
                         "failures": self._failures})
        else:
            # From the loop, not from here: exchanges that fail at once
            # would recurse without end.
            self._agent.loop.at(now(), self._next)

    def end(self, reply):
        """Let the exchange under way finish, then reply with the sums."""
        self._reply = reply


class Stream:
    """A TCP connection to an echo server that stays open."""

    def __init__(self, agent, address, port, timeout_ms, reply):
        self.agent = agent
        self._ended = None      # Why the connection is no more.
        self._socket = socket.socket(
            _family(address), socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self._socket.connect_ex((address, port))
        self._expect(timeout_ms, reply)
        agent.loop.watch(self._socket, WRITE, self._connected)

    def say(self, text, timeout_ms, reply):
        """Send text; reply when something comes back."""
        self._expect(timeout_ms, reply)
        if self._ended:
            self._answer(error=self._ended)
        else:
            self._socket.send(text.encode())

    def close(self):
        self.agent.loop.drop(self._socket)

    def _expect(self, timeout_ms, reply):
        self._reply = reply
        self._sent_ns = now()
        self._timer = self.agent.loop.at(
            now() + int(timeout_ms * MS),
            lambda: self._answer(error="timeout"))

    def _connected(self):
        error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            self._end(_name(error))
        else:
            self.agent.loop.watch(self._socket, READ, self._hear)
            self._answer(error=None)

    def _hear(self):
        try:
            data = self._socket.recv(65536)
        except OSError as error:
            self._end(_name(error))
            return
        if data:
            self._answer(error=None)
        else:
            self._end("closed")

    def _end(self, why):
        self._ended = why
        self.agent.loop.drop(self._socket)
        self._answer(error=why)

    def _answer(self, **answer):
        self.agent.loop.cancel(self._timer)
        reply, self._reply = self._reply, None
        # What comes unasked, or after its time, concerns nobody.
        if reply:
            reply({**answer, "ms": (now() - self._sent_ns) / MS})
