"""From the first packet to the answer: what the observers saw, in order."""

import dataclasses
import threading
import time

from .stage import BACKENDS


@dataclasses.dataclass
class Moment:
    """A line of the timeline."""
    ns: int
    who: str
    what: str
    good: bool = False      # What everybody was waiting for.


@dataclasses.dataclass
class EventRow:
    """A Controller_Event row, while there was one."""
    columns: dict
    since_ns: int
    until_ns: int = None


class Timeline:
    """Takes what the stage's observers note while a client connects.

        with Timeline(stage, "pod", "192.168.1.100:80") as timeline:
            ... the client, which returns when it is through ...
        timeline.moments, timeline.reply_ms, ...
    """

    def __init__(self, stage, client, vip, proto="tcp"):
        self._stage = stage
        self._client = client
        self._vip = vip
        self._proto = proto
        self._over = threading.Event()
        self._asker = threading.Thread(target=self._ask_hold)
        self._port = None           # That the client sent from.
        self.moments = []
        self.rows = []              # EventRow, oldest first.
        self.sent = []              # When the first packet was sent, in ns,
                                    # and when once more.
        self.replied_ns = None      # TCP: connected; UDP: answered.
        self.answered_ns = None

    def __enter__(self):
        self._stage.forget()
        self._asker.start()
        return self

    def __exit__(self, kind, value, traceback):
        self._over.set()
        self._asker.join()
        if kind is None:
            # What has happened already may not have been noted yet.
            time.sleep(0.05)
            self._read()

    @property
    def reply_ms(self):
        return self._since_sent(self.replied_ns)

    @property
    def answer_ms(self):
        return self._since_sent(self.answered_ns)

    def _since_sent(self, ns):
        return None if ns is None or not self.sent else self.ms(ns)

    def ms(self, ns):
        """The time since the first packet."""
        return (ns - self.sent[0]) / 1e6

    # A thread: asks `rouse hold` what it holds, once there is an event row.

    def _ask_hold(self):
        stage, row = self._stage, None
        while row is None and not self._over.wait(0.002):
            row = stage.southbound.find(lambda change: change.new)
        for who, queue in stage.held() if row else ():
            if queue["vip"] == self._vip and queue["packets"]:
                self._add(time.monotonic_ns(), who,
                          f"says that it keeps {queue['packets']} packet of "
                          f"{queue['bytes']} bytes")

    # Reading the notes.

    def _add(self, ns, who, what, good=False):
        self.moments.append(Moment(ns, who, what, good))

    def _read(self):
        packets = [packet
                   for packet in self._stage.wires[self._client].take()
                   if packet.peer == self._vip]
        if self._proto == "tcp":
            self._read_tcp(packets)
        else:
            self._read_udp(packets)
        self._read_rows()
        self._read_northbound()
        self._read_flows()
        if self._proto == "tcp":
            self._read_backends()
        self.moments.sort(key=lambda moment: moment.ns)

    def _read_tcp(self, packets):
        for packet in packets:
            if packet.out and packet.flags == "SYN":
                self._port = packet.port
                self._add(packet.ns, self._client, "SYN sent once more"
                          if self.sent else f"SYN sent to {self._vip}")
                self.sent.append(packet.ns)
            elif packet.flags == "SYN ACK" and not self.replied_ns:
                self.replied_ns = packet.ns
                self._add(packet.ns, self._client, "SYN-ACK: connected", True)
            elif not packet.out and packet.size and not self.answered_ns:
                self.answered_ns = packet.ns
                self._add(packet.ns, self._client, "HTTP answer", True)

    def _read_udp(self, packets):
        for packet in packets:
            if packet.out:
                self._add(packet.ns, self._client,
                          f"datagram sent to {self._vip}")
                self.sent.append(packet.ns)
            elif not self.answered_ns:
                self.replied_ns = self.answered_ns = packet.ns
                self._add(packet.ns, self._client, "answer", True)

    def _read_rows(self):
        known = {}
        for change in self._stage.southbound.take():
            if change.new and change.uuid not in known:
                row = EventRow(change.new, change.ns)
                known[change.uuid] = row
                name = self._stage.chassis_names.get(change.new["chassis"])
                if not self.rows:
                    self._add(change.ns, "Southbound",
                              f"Controller_Event row, from {name}")
                self.rows.append(row)
            elif change.new is None and change.uuid in known:
                known[change.uuid].until_ns = change.ns
                if known[change.uuid] is self.rows[0]:
                    self._add(change.ns, "Southbound",
                              "Controller_Event row deleted by rouse waker")

    def _read_northbound(self):
        for change in self._stage.northbound.take():
            vips = (change.new or {}).get("vips") or {}
            if vips.get(self._vip) and "vips" in (change.old or {}):
                self._add(change.ns, "Northbound",
                          f"{change.new['name']}: backends restored: "
                          f"{vips[self._vip]}")

    def _read_flows(self):
        address = self._vip.rpartition(":")[0]
        for name, flows in self._stage.flows.items():
            changes = [change for change in flows.take()
                       if f"nw_dst={address}," in change.text]
            gone = [change.ns for change in changes
                    if change.event == "DELETED"
                    and "controller(" in change.text]
            came = [change.ns for change in changes
                    if change.event == "ADDED" and "group:" in change.text]
            if gone and came:
                self._add(max(gone[0], came[0]), name,
                          "trigger flows gone, load-balancing flows in")

    def _read_backends(self):
        for name in BACKENDS:
            self._read_arrivals(name)
            for server in self._stage.lab.pods[name].status():
                if server["asked_ns"] >= self.sent[0]:
                    self._add(server["asked_ns"], name,
                              "told to start (by the exec driver)")
                    if server["listening_ns"]:
                        self._add(server["listening_ns"], name,
                                  f"listens on port {server['port']}")

    def _read_arrivals(self, name):
        """The first SYN of the client's and of each other that came, and how
        that was answered."""
        packets = self._stage.wires[name].take()
        own = [packet for packet in packets
               if packet.peer.endswith(f":{self._port}")]
        others = [packet for packet in packets if packet not in own]
        syns = [packet for packet in others
                if not packet.out and packet.flags == "SYN"]
        answers = [packet for packet in others
                   if packet.out and packet.flags == "SYN ACK"]
        if syns and answers:
            self._add(syns[0].ns, name, "rouse host asks whether it answers")
            self._add(answers[0].ns, name, "it does")
        for packet in own:
            if not packet.out and packet.flags == "SYN":
                self._add(packet.ns, name, f"the SYN of {self._client}")
                break
