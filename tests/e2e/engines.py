"""The engines that scenarios play on: who carries the packets, which daemons
of Rouse's are there, and what these say of themselves."""

import contextlib
import json
import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, TOP)

from lab import Lab                                         # noqa: E402
from lab.embedded import HostLab                            # noqa: E402
from lab.process import CommandError, run                   # noqa: E402

ROUSE = os.environ.get("ROUSE", os.path.join(TOP, "out", "rouse"))


def option(daemon, name):
    """The value of a long option that a daemon was started with."""
    return next(word.partition("=")[2] for word in daemon.argv
                if word.startswith(f"--{name}="))


def status(daemon):
    """What a daemon of Rouse's says of itself; None if it is not there to
    answer."""
    with contextlib.suppress(CommandError, ValueError):
        return json.loads(run(
            ["ovs-appctl", "--timeout=10", "-t", option(daemon, "unixctl"),
             "rouse/status"], env=daemon.env))
    return None


class OvnEngine:
    """Stock OVN on two chassis, `rouse hold` on each, `rouse waker`."""

    name = "ovn"

    def __init__(self, waker, waker_options=(), hold_options=(), **options):
        self.lab = Lab(rouse=ROUSE, **options)
        self._waker = waker
        self._options = {"waker": waker_options, "hold": hold_options}

    @property
    def exec_dir(self):
        return self.lab.directory("exec")

    def start(self):
        """Start Rouse's daemons; the lab is there and has its topology."""
        for number in range(1, len(self.lab.chassis) + 1):
            self.lab.start_hold(number, *self._options["hold"])
        self.lab.sync()
        if self._waker:
            self.start_waker()

    def start_waker(self, *options):
        """One more `rouse waker`; a Daemon."""
        return self.lab.start_waker(f"--exec-dir={self.exec_dir}",
                                    *self._options["waker"], *options)

    def daemons(self, role=None):
        """Rouse's Daemons; role: only what has the log of "hold" or of
        "waker"."""
        return [*(self.lab.holds.values() if role != "waker" else ()),
                *(self.lab.wakers if role != "hold" else ())]

    def holds(self):
        """For each that runs and holds packets: whether it is "connected",
        its "custody", whether all its packets are "balanced", what it has
        "refused" by reason, the "limits" of what it holds; None for one that does not answer."""
        return [_hold(status(daemon)) for daemon in self.lab.holds.values()
                if daemon.running()]

    def wakers(self):
        """The status of each waker that runs and answers."""
        found = [daemon.running() and status(daemon)
                 for daemon in self.lab.wakers]
        return [each for each in found if each]

    def check_foundation(self):
        """Assert that everything that is not Rouse is all there."""
        for chassis in self.lab.chassis:
            for daemon in (chassis.database, chassis.vswitchd,
                           chassis.controller):
                assert daemon.running(), (
                    f"{chassis.name}: {daemon.name} has ended: "
                    f"{output(daemon)}")


def _hold(said):
    return said and {
        "connected": (said["switch"]["connected"]
                      and said["southbound"]["connected"]),
        "custody": said["custody"], "balanced": said["balanced"],
        "refused": said.get("refused", {}), "limits": said.get("limits")}


class HostEngine:
    """One machine with `rouse host`, which is everything at once; with
    waker=False, it is started with --no-waker."""

    name = "host"

    def __init__(self, waker, waker_options=(), hold_options=(), **options):
        self.lab = HostLab(*([] if waker else ["--no-waker"]), *waker_options,
                           *hold_options, rouse=ROUSE, **options)
        self._waker = waker

    @property
    def exec_dir(self):
        return self.lab.exec_dir

    def start(self):
        """Nothing is left to start."""

    def start_waker(self, *options):
        """A `rouse waker` beside it; a Daemon."""
        return self.lab.start_waker(f"--exec-dir={self.exec_dir}", *options)

    def daemons(self, role=None):
        return [*([self.lab.daemon_host] if role != "waker" or self._waker
                  else ()),
                *(self.lab.wakers if role != "hold" else ())]

    def holds(self):
        daemon = self.lab.daemon_host
        return [_host(status(daemon))] if daemon.running() else []

    def wakers(self):
        found = [daemon.running() and status(daemon)
                 for daemon in self.lab.wakers]
        if self._waker:
            said = status(self.lab.daemon_host)
            found.append(said and said.get("waker"))
        return [each for each in found if each]

    def check_foundation(self):
        """Assert that the databases are served by who served them."""
        said = status(self.lab.daemon_host)
        assert said and said["ready"], said
        for name, database in said["databases"].items():
            assert database["connected"], (name, database)


def _host(said):
    if not said or "fabric" not in said:
        return None
    fabric = said["fabric"]
    return {
        "connected": said["ready"] and said["southbound"]["connected"],
        "custody": fabric["holding"],
        "refused": fabric.get("refused", {}),
        "limits": fabric.get("limits"),
        # Those of the holder, and all that came over an interface.
        "balanced": fabric["balanced"] and fabric["datapath"]["balanced"],
        "all": fabric}


def output(daemon):
    """What a daemon has printed: nothing, unless a sanitizer spoke."""
    with open(daemon.output, encoding="utf-8", errors="replace") as file:
        return file.read()


ENGINES = {engine.name: engine for engine in (OvnEngine, HostEngine)}
