"""What bench/host compares: `rouse host`, and one chassis of stock OVN, both
with the article's topology. And what their processes take."""

import contextlib
import dataclasses
import os
import time

from lab import Lab, article, wait_for
from lab.embedded import HostLab

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass
class Usage:
    """Of one process: memory in MB, and processor seconds so far."""
    resident_mb: float
    cpu_s: float


def usage(pid):
    """None if there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii",
                  errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    pages = int(fields[21])
    return Usage(pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20),
                 (int(fields[11]) + int(fields[12])) / _TICKS)


def proportional_mb(pid):
    """Resident memory of a process with pages that it shares with others
    counted in part; None if there is no such process."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            fields = dict(line.split(":", 1) for line in file
                          if line.endswith(" kB\n"))
    except OSError:
        return None
    return int(fields["Pss"].split()[0]) / 1024


class Setup:
    """A lab, and its processes by name."""

    def __init__(self, name, lab):
        self.name = name
        self.lab = lab

    def pids(self):
        raise NotImplementedError

    def usage(self):
        """{name of the process: Usage}"""
        taken = {name: usage(pid) for name, pid in self.pids().items()}
        return {name: each for name, each in taken.items() if each}

    def resident_mb(self):
        return sum(each.resident_mb for each in self.usage().values())

    def proportional_mb(self):
        """The same, with what several processes share counted once."""
        return sum(proportional_mb(pid) or 0 for pid in self.pids().values())

    def cpu_percent(self, seconds):
        """Of one processor, all together, over a while."""
        before = self.usage()
        begun = time.monotonic()
        time.sleep(seconds)
        took = time.monotonic() - begun
        after = self.usage()
        return {name: round(100 * (after[name].cpu_s - before[name].cpu_s)
                            / took, 2) for name in after if name in before}

    def wait_idle(self, timeout=600):
        """Until what was changed has been digested."""
        wait_for(lambda: sum(self.cpu_percent(3).values()) < 3, timeout,
                 f"{self.name} at rest")

    def crash(self):
        """kill -9 what forwards packets, and start it again as a supervisor
        would: at once."""
        raise NotImplementedError

    def revive(self):
        """Start what has died by itself; tells whether anything had."""
        return False


class HostSetup(Setup):
    def pids(self):
        status = self.lab.status()
        return {"rouse host": self.lab.daemon_host.pid,
                **{f"ovsdb-server {name}": each["pid"]
                   for name, each in status["databases"].items()}}

    def crash(self):
        self.lab.daemon_host.kill()
        self.lab.start_host()


class OvnSetup(Setup):
    def pids(self):
        central, chassis = self.lab.central, self.lab.chassis[0]
        return {**{f"ovsdb-server {db}": server.pid for db, server
                   in central.members[0].servers.items()},
                "ovn-northd": central.northd.pid,
                "ovsdb-server ovs": chassis.database.pid,
                "ovn-controller": chassis.controller.pid,
                "ovs-vswitchd": chassis.vswitchd.pid}

    def crash(self):
        self.lab.chassis[0].restart_vswitchd()

    def revive(self):
        if self.lab.chassis[0].vswitchd.running():
            return False
        self.lab.chassis[0].restart_vswitchd()
        return True


@contextlib.contextmanager
def host(options, *arguments):
    with HostLab(*arguments, rouse=options.rouse) as lab:
        article.build(lab)
        yield HostSetup("host", lab)


def flows(options):
    return host(options, "--southbound-flows")


@contextlib.contextmanager
def ovn(options):
    with Lab(chassis=1, rouse=options.rouse) as lab:
        article.build(lab)
        yield OvnSetup("ovn", lab)


SETUPS = {"host": host, "flows": flows, "ovn": ovn}
