"""Whole programs between two databases, for bench/compile."""

import json
import os
import subprocess
import tempfile
import time

from lab import stock
from lab.process import run

from .compiling_rows import backends, balancer, vip
from .ovsdb import Client, Server, cpu_s, end
from .samples import percentile

CHANGED = 10000     # Of so many load balancers one is changed.


class _Watch:
    """Changes the Northbound database and waits until all is as it wants it,
    which the program tells by a column of NB_Global: sb_cfg, the Southbound
    database is; hv_cfg, the chassis are."""

    def __init__(self, nb, column):
        self._client = Client(nb, "OVN_Northbound")
        self._column = column
        rows = self._client.monitor("NB_Global", ["nb_cfg", column])
        (_, row), = rows["NB_Global"].items()
        self._wanted = row["new"]["nb_cfg"]
        self._done = row["new"][column]

    def wait(self):
        while self._done < self._wanted:
            for row in self._client.update()["NB_Global"].values():
                self._done = row["new"][self._column]

    def change(self, number, new):
        """When it began and how long it took, in seconds, and nb_cfg."""
        began = time.monotonic()
        self._wanted += 1
        self._client.transact(
            {"op": "update", "table": "Load_Balancer",
             "where": [["_uuid", "==", ["uuid", balancer(number)]]],
             "row": {"vips": ["map", [[vip(number), new]]]}},
            {"op": "update", "table": "NB_Global", "where": [],
             "row": {"nb_cfg": self._wanted}})
        self.wait()
        return began, time.monotonic() - began, self._wanted

    def close(self):
        self._client.close()


class _Northd:
    """rouse northd or ovn-northd."""

    column = "sb_cfg"

    def __init__(self, options, name, directory):
        self._directory = directory
        self._program = (
            [options.rouse, "northd"] if name == "rouse"
            else [stock.program("ovn-northd"), "-vsyslog:off",
                  f"--unixctl={directory}/northd.ctl"])

    def start(self, nb, sb):
        return _start([*self._program, f"--ovnnb-db={nb.remote}",
                       f"--ovnsb-db={sb.remote}"], self._directory)


class _Host:
    """rouse host, which tells since when its packets meet a configuration."""

    column = "hv_cfg"

    def __init__(self, options, directory):
        self._rouse = options.rouse
        self._directory = directory

    def start(self, nb, sb):
        return _start([self._rouse, "host", "--dir", self._directory,
                       f"--nb={nb.remote}", f"--sb={sb.remote}",
                       f"--schema-dir={stock.STOCK}/usr/share/ovn:"
                       f"{stock.STOCK}/usr/share/openvswitch",
                       "--packets=socket"], self._directory)

    def network(self):
        """nb_cfg of what packets meet, and since when, in seconds."""
        (control,) = [name for name in os.listdir(self._directory)
                      if name.startswith("rouse-host")
                      and name.endswith(".ctl")]
        network = json.loads(run(
            ["ovs-appctl", "-t", f"{self._directory}/{control}",
             "rouse/status"]))["network"]
        return network["nb_cfg"], network["since_us"] / 1e6


def _start(command, directory):
    return subprocess.Popen(
        [*command, "-vconsole:off"], cwd=directory,
        env=dict(os.environ, OVS_RUNDIR=directory, OVN_RUNDIR=directory),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def measure(options, name, nb, directory):
    with tempfile.TemporaryDirectory(dir=directory) as own, \
            Server(own, "sb") as sb:
        program = (_Host(options, own) if name == "host"
                   else _Northd(options, name, own))
        watch = _Watch(nb, program.column)
        nb_cpu_s = nb.cpu_s()
        began = time.monotonic()
        process = program.start(nb, sb)
        try:
            watch.wait()
            result = {
                "start_ms": round((time.monotonic() - began) * 1e3, 1),
                "start_cpu_s": cpu_s(process.pid),
                "start_nb_cpu_s": round(nb.cpu_s() - nb_cpu_s, 2),
                "start_sb_cpu_s": sb.cpu_s(),
                "rss_mb": _memory_mb(process.pid, "VmRSS")}
            count = max(3, options.count // (50 if name == "stock" else 1))
            result.update(_change(program, watch, count))
            result["peak_mb"] = _memory_mb(process.pid, "VmHWM")
        finally:
            end(process)
            watch.close()
    return result


def _change(program, watch, count):
    times, networks = [], []
    for number in range(count):
        which = number * 7919 % CHANGED
        began, seconds, cfg = watch.change(
            which, "" if number % 2 == 0 else backends(which, 2))
        times.append(seconds * 1e3)
        if program.column == "hv_cfg":
            reached, since = program.network()
            if reached != cfg:
                raise RuntimeError(f"hv_cfg is {cfg}, the network's {reached}")
            networks.append((since - began) * 1e3)
    result = {"changes": count, "change_ms_p50": percentile(times, 50),
              "change_ms_p99": percentile(times, 99)}
    if networks:
        result.update(network_ms_p50=percentile(networks, 50),
                      network_ms_p99=percentile(networks, 99))
    return result


def _memory_mb(pid, key):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith(key + ":"):
                return round(int(line.split()[1]) / 1024, 1)
    raise RuntimeError(f"no {key} of process {pid}")
