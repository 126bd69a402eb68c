"""Observers: what happened when, as a client of the databases, of the switch
or of the wire sees it. All times are CLOCK_MONOTONIC nanoseconds.

Each observer is a thread that only waits and notes; it costs the observed
little. It runs before others that want the processor, so that it notes
things when they happen. What it has noted so far, take() returns and forgets.
"""

import contextlib
import dataclasses
import json
import os
import re
import socket
import threading
import time

from . import stock
from .process import wait_for

_WIRE = os.path.join(os.path.dirname(__file__), "wire.py")


@dataclasses.dataclass
class RowChange:
    """A row of a database that came, went (new is None) or changed. `old`
    has only the columns that changed, as the protocol has it."""
    ns: int
    table: str
    uuid: str
    old: dict
    new: dict


@dataclasses.dataclass
class FlowChange:
    """A flow of a switch that was ADDED, DELETED or MODIFIED."""
    ns: int
    event: str
    text: str


@dataclasses.dataclass
class Packet:
    """A TCP segment or UDP datagram on an interface."""
    ns: int
    out: bool           # The host's own, as opposed to one that reaches it.
    proto: str
    peer: str           # "ADDRESS:PORT" of the other end.
    port: int           # Of the host's own end.
    flags: str          # TCP: of "SYN ACK FIN RST PSH", blank-separated.
    size: int           # Of the payload.


class Notes:
    """A list that a thread fills and others take from."""

    def __init__(self):
        self._lock = threading.Lock()
        self._notes = []

    def add(self, note):
        with self._lock:
            self._notes.append(note)

    def take(self):
        """What was noted since the last call, oldest first."""
        with self._lock:
            notes, self._notes = self._notes, []
        return notes

    def find(self, wanted):
        """The first note for which wanted(note) is true, or None; it
        stays."""
        with self._lock:
            return next((note for note in self._notes if wanted(note)), None)

    def wait(self, wanted, timeout, what):
        """find(), once there is one."""
        return wait_for(lambda: self.find(wanted), timeout, what, 0.002)


def _run_first(pid=0):
    """Give a process, or this thread, the processor before others."""
    # Where that is not allowed, times are a little late, no more.
    with contextlib.suppress(OSError):
        os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(1))


class DatabaseObserver(Notes):
    """Follows rows by an OVSDB monitor (RFC 7047), over a unix socket.

    tables: {"Load_Balancer": ["name", "vips"], ...}
    """

    def __init__(self, path, database, tables):
        super().__init__()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._heard = ""
        self._send({"method": "monitor", "id": "first", "params": [
            database, None,
            {table: {"columns": columns}
             for table, columns in tables.items()}]})
        self._json = json.JSONDecoder()
        while not any(message.get("id") == "first"
                      for message in self._receive()):
            pass
        # What was there before is no change.
        threading.Thread(target=self._follow, daemon=True).start()

    def _send(self, message):
        self._socket.sendall(json.dumps(message).encode())

    def _receive(self):
        """The messages that are complete with what comes next."""
        data = self._socket.recv(1 << 20)
        if not data:
            raise ConnectionResetError
        # Split characters do not occur: OVN's own rows are ASCII.
        self._heard += data.decode(errors="replace")
        messages = []
        while self._heard:
            try:
                message, end = self._json.raw_decode(self._heard)
            except ValueError:
                break
            messages.append(message)
            self._heard = self._heard[end:].lstrip()
        return messages

    def _follow(self):
        _run_first()
        with contextlib.suppress(OSError):
            while True:
                messages = self._receive()
                now = time.monotonic_ns()
                for message in messages:
                    if message.get("method") == "echo":
                        self._send({"id": message["id"], "error": None,
                                    "result": message["params"]})
                    elif message.get("method") == "update":
                        self._note(now, message["params"][1])

    def _note(self, now, update):
        for table, rows in update.items():
            for uuid, row in rows.items():
                self.add(RowChange(now, table, uuid,
                                   _plain_row(row.get("old")),
                                   _plain_row(row.get("new"))))

    def close(self):
        self._socket.close()


def _plain_row(row):
    return row and {column: _plain(value) for column, value in row.items()}


def _plain(value):
    """OVSDB's JSON as Python has it: maps, sets and uuids."""
    if not isinstance(value, list):
        return value
    kind, content = value
    if kind == "map":
        return {key: _plain(item) for key, item in content}
    if kind == "set":
        return [_plain(item) for item in content]
    return content


def unixctl(path, method):
    """What a daemon answers to a command on its control socket, read as
    JSON; {} if it does not answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        if sock.connect_ex(path):
            return {}
        sock.sendall(json.dumps({"id": 0, "method": method,
                                 "params": []}).encode())
        heard = ""
        while True:
            data = sock.recv(65536).decode()
            heard += data
            try:
                return json.loads(json.loads(heard)["result"])
            except ValueError:
                if not data:
                    return {}


class _Reader(Notes):
    """Follows the lines that a program prints."""

    def __init__(self, daemon):
        super().__init__()
        reading, writing = os.pipe()
        self._daemon = daemon.start(output=writing)
        os.close(writing)
        _run_first(daemon.pid)
        self._file = open(reading, "r", encoding="utf-8", errors="replace")
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self):
        _run_first()
        for line in self._file:
            self.hear(time.monotonic_ns(), line)

    def close(self):
        self._daemon.kill()


class FlowObserver(_Reader):
    """Follows the flows of a chassis' br-int that match, in the words of
    `ovs-ofctl monitor watch:`, such as "ip,nw_dst=192.168.1.100"."""

    def __init__(self, chassis, match):
        super().__init__(chassis.lab.daemon(
            "flows", [stock.program("ovs-ofctl"), "monitor", chassis.mgmt,
                      f"watch:!initial,{match}"],
            chassis.ns, chassis.directory))

    def hear(self, now, line):
        match = re.search(r"event=(\w+) (.*)", line)
        if match:
            self.add(FlowChange(now, *match.groups()))


class PacketObserver(_Reader):
    """Follows the TCP and UDP packets of a host's eth0; the time is the
    kernel's."""

    def __init__(self, host):
        super().__init__(host.lab.daemon(
            "wire", ["/usr/bin/python3", "-E", "-s", "-S", _WIRE], host.ns,
            host.directory))
        self.wait(lambda note: note == "ready", 10, "packet observer")
        self.take()

    def hear(self, now, line):
        self.add("ready" if line == "ready\n"
                 else Packet(**json.loads(line)))
