"""The resident process of a host in the lab: small servers and clients.

Starting a server or a client takes a process tens of milliseconds; what the
lab measures takes about as long. So each host has this process from the
beginning, which opens and closes ports and makes connections on command, and
notes CLOCK_MONOTONIC times (nanoseconds) of what it sees.

    /usr/bin/python3 -E -s -S lab/agent NAME DIRECTORY [no-offloads]

Commands are lines of JSON {"op": OP, ...}; see the methods op_*. On
DIRECTORY/agent.sock each connection carries one command and gets one line of
JSON back, {"error": ...} if it failed. On the FIFO DIRECTORY/agent.fifo they
get no answer, but a shell can write them: that is how a driver's start
command starts a backend.
"""

import ctypes
import errno
import fcntl
import itertools
import json
import os
import resource
import socket
import struct
import sys

from client import UDP_PORTS, Barrage, Exchange, Stream
from loop import MS, READ, Loop, now
from server import SERVERS


class Agent:
    """Takes commands and carries them out."""

    def __init__(self, name, directory):
        self.name = name
        self.directory = directory
        self.loop = Loop()
        self._servers = {}
        self._streams = {}
        self._barrages = {}
        self._ids = itertools.count(1)
        self.udp_ports = itertools.cycle(UDP_PORTS)

    # Commands. Each gets its arguments and a function to reply with.

    def op_listen(self, reply, proto, port, delay_ms=0):
        key = (proto, port)
        if key not in self._servers:
            self._servers[key] = SERVERS[proto](self, port)
        self._servers[key].open_after(delay_ms, reply)

    def op_close(self, reply, proto, port):
        server = self._servers.pop((proto, port), None)
        if server:
            server.close()
        reply({"closed_ns": now()})

    def op_status(self, reply):
        reply([server.status() for server in self._servers.values()])

    def op_exchange(self, reply, targets, timeout_ms):
        """targets: [{proto, address, port, at_ms}]; replies when all are
        through, with one result for each, in order."""
        results = [None] * len(targets)
        begin, left = now(), [len(targets)]

        def done(index, result):
            results[index] = result
            left[0] -= 1
            if not left[0]:
                reply(results)

        for index, target in enumerate(targets):
            self.loop.at(
                begin + int(target["at_ms"] * MS),
                lambda i=index, t=target: Exchange(
                    self, t, timeout_ms, lambda result: done(i, result)))

    def op_barrage(self, reply, target, timeout_ms):
        number = next(self._ids)
        self._barrages[number] = Barrage(self, target, timeout_ms)
        reply({"barrage": number})

    def op_end_barrage(self, reply, barrage):
        self._barrages.pop(barrage).end(reply)

    def op_open(self, reply, address, port, timeout_ms):
        number = next(self._ids)
        self._streams[number] = Stream(
            self, address, port, timeout_ms,
            lambda answer: reply({**answer, "stream": number}))

    def op_say(self, reply, stream, text, timeout_ms):
        self._streams[stream].say(text, timeout_ms, reply)

    def op_hang_up(self, reply, stream):
        self._streams.pop(stream).close()
        reply({})

    # The ways in.

    def serve(self):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(os.path.join(self.directory, "agent.sock"))
        listener.listen(64)
        self.loop.watch(listener, READ, lambda: self._accept(listener))
        # Made last: whoever sees it may use both ways.
        path = os.path.join(self.directory, "agent.fifo")
        os.mkfifo(path)
        # Open for writing too: a FIFO without a writer reads as ended.
        fifo = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        heard = bytearray()
        self.loop.watch(fifo, READ, lambda: self._hear(
            os.read(fifo, 65536), heard, lambda answer: None))
        self.loop.run()

    def _accept(self, listener):
        connection, _ = listener.accept()
        heard = bytearray()

        def reply(answer):
            try:
                connection.sendall(json.dumps(answer).encode() + b"\n")
            except OSError:
                pass    # Whoever asked has gone.
            self.loop.drop(connection)

        def hear():
            data = connection.recv(65536)
            if data:
                self._hear(data, heard, reply)
            else:
                self.loop.drop(connection)

        self.loop.watch(connection, READ, hear)

    def _hear(self, data, heard, reply):
        """Carry out each whole line."""
        heard += data
        *lines, rest = bytes(heard).split(b"\n")
        heard[:] = rest
        for line in lines:
            try:
                command = json.loads(line)
                getattr(self, f"op_{command.pop('op')}")(reply, **command)
            except (ValueError, KeyError, TypeError, AttributeError,
                    OSError) as error:
                print(f"{line.decode(errors='replace')}: {error!r}",
                      flush=True)
                reply({"error": repr(error)})


def disable_offloads(interface):
    """Make the kernel finish checksums and segments itself."""
    siocethtool, set_tx_checksums, set_tso, set_gso = 0x8946, 0x17, 0x1f, 0x24
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for command in (set_tx_checksums, set_tso, set_gso):
            value = ctypes.create_string_buffer(struct.pack("II", command, 0))
            request = struct.pack("16sP16x", interface.encode(),
                                  ctypes.addressof(value))
            try:
                fcntl.ioctl(sock, siocethtool, request)
            except OSError as error:
                # A bridge that has no such offload needs no change.
                if error.errno != errno.EOPNOTSUPP:
                    raise


if __name__ == "__main__":
    if "no-offloads" in sys.argv[3:]:
        disable_offloads("eth0")
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    Agent(sys.argv[1], sys.argv[2]).serve()
