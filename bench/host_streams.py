"""The streams of bench/host restart: each begins, and is told about when it
is over, as the gaps in what arrived and a dictionary of the rest."""

import json
import threading

from lab import CommandError, wait_for

_PORT = 7101


class Stream:
    """Between two hosts, for so many seconds."""

    def __init__(self, name, program, client, server, seconds):
        self._name = name
        self._program = program
        self._client = client
        self._server = server
        self._seconds = seconds
        self._receiver = self._sender = None
        self._said = None
        self._failed = []

    def start(self):
        self._receiver = self._server.spawn("receive", *self._receive())
        wait_for(lambda: f":{_PORT} " in self._server.exec("ss", "-Hltn"), 10,
                 "the receiver")
        self._sender = threading.Thread(target=self._run)
        self._sender.start()

    def runs(self):
        return self._sender.is_alive()

    def finish(self):
        """([(when, ms)...], {"bytes", "reset", "errors", ...}), at its
        end."""
        raise NotImplementedError

    def _run(self):
        try:
            self._said = self._client.exec(*self._send(),
                                           timeout=2 * self._seconds + 60)
        except CommandError as error:
            self._failed.append(str(error))

    def _receive(self):
        raise NotImplementedError

    def _send(self):
        raise NotImplementedError


def _last_line(process):
    process.wait()
    with open(process.output, encoding="utf-8") as file:
        return json.loads(file.read().strip().splitlines()[-1])


class _Own(Stream):
    """host_load's: its receiver tells the gaps."""

    def _receive(self):
        return self._program, "receive", _PORT

    def _send(self):
        return (self._program, self._name, self._server.ipv4, _PORT,
                self._seconds)

    def finish(self):
        self._sender.join()
        said = _last_line(self._receiver)
        return said["gaps"], {"bytes": said["bytes"],
                              "reset": bool(self._failed or said["error"]),
                              "errors": self._failed}


class _Iperf3(Stream):
    """iperf3's; the gaps are those between packets that come to the server's
    interface, which somebody else looks at."""

    def start(self):
        self._resets = self._count_resets()
        super().start()
        # It is over before the stream is.
        self._watcher = self._server.spawn(
            "watch", self._program, "watch", "eth0", self._seconds - 1)

    def _receive(self):
        return "iperf3", "--server", "--port", _PORT, "--one-off"

    def _send(self):
        return ("iperf3", "--client", self._server.ipv4, "--port", _PORT,
                "--time", self._seconds, "--interval", "0.1", "--json")

    def _count_resets(self):
        """Connections that were reset, at both ends, so far."""
        total = 0
        for host in (self._client, self._server):
            names, values = (
                line.split() for line
                in host.exec("cat", "/proc/net/snmp").splitlines()
                if line.startswith("Tcp:"))
            counters = dict(zip(names, values))
            total += int(counters["EstabResets"])
        return total

    def finish(self):
        watched = _last_line(self._watcher)
        # While it runs: iperf3 may break its own connections off in the end.
        resets = self._count_resets() - self._resets
        self._sender.join()
        said = json.loads(self._said) if self._said else {}
        sums = [each["sum"]["bytes"] for each in said.get("intervals", ())]
        error = said.get("error")
        return watched["gaps"], {
            "bytes": sum(sums), "resets": resets,
            "reset": bool(self._failed or error or resets),
            "errors": self._failed + ([error] if error else []),
            "gbit_s": round(said["end"]["sum_received"]["bits_per_second"]
                            / 1e9, 1) if not error and said else None,
            "intervals": len(sums), "empty_intervals": sums.count(0),
            "looked_within_ms": watched["looked_within_ms"]}


STREAMS = {"send": _Own, "pour": _Own, "iperf3": _Iperf3}
