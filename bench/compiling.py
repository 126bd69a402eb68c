"""The command line of bench/compile, and what it measures."""

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time

from lab import CommandError, Timeout, stock
from lab.process import run
from lab.stock import TOP

from . import facts
from .ovsdb import Client, Server, end
from .samples import percentile

BATCH = 2000        # Rows in one transaction that fills a database.


def parse(description, argv=None):
    parser = argparse.ArgumentParser(
        prog="bench/compile", description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter)

    def numbers(text):
        return [int(word) for word in text.split(",")]

    add = parser.add_argument
    add("--balancers", type=numbers, default=[10000, 100000],
        help="how many load balancers (10000,100000)")
    add("--switches", type=numbers, default=[2, 200],
        help="on how many switches, all of them, by a group (2,200)")
    add("--count", type=int, default=1000,
        help="changes of vips (1000); ovn-northd: a fiftieth")
    add("--programs", default="compiler,rouse,stock",
        help="what to measure: compiler (the library alone), rouse (rouse "
             "northd), stock (ovn-northd)")
    add("--rouse", default=os.environ.get("ROUSE", f"{TOP}/out/rouse"),
        help="the program (out/rouse)")
    add("--bench", default=f"{TOP}/out/bench/compile_bench",
        help="the compiler's benchmark (out/bench/compile_bench)")
    return parser.parse_args(argv)


def main(description):
    options = parse(description)
    machine = facts.machine(options.rouse)
    print(facts.sentence(machine), flush=True)
    results = []
    try:
        for balancers in options.balancers:
            for switches in options.switches:
                results.append(_size(options, balancers, switches))
                print(_describe(results[-1]), flush=True)
    except (CommandError, Timeout, RuntimeError) as error:
        return f"bench/compile: {error}"
    except KeyboardInterrupt:
        return 130
    print(json.dumps({"sizes": results, "machine": machine}), flush=True)
    return 0


def _size(options, balancers, switches):
    result = {"balancers": balancers, "switches": switches}
    where = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="rouse-bench-",
                                     dir=where) as directory:
        with Server(directory, "nb") as nb:
            _fill(nb, balancers, switches)
            file = nb.file
        for name in options.programs.split(","):
            copy = os.path.join(directory, f"{name}.db")
            shutil.copy(file, copy)
            with Server(directory, "nb", copy) as nb:
                result[name] = (_compiler(options, nb) if name == "compiler"
                                else _northd(options, name, nb, directory))
            os.unlink(copy)
    return result


def _fill(nb, balancers, switches):
    """Load balancers with a VIP and two backends each, all in one group, and
    switches with a port each and the group."""
    client = Client(nb, "OVN_Northbound")
    members = []
    for first in range(0, balancers, BATCH):
        members += [item["uuid"] for item in client.transact(*(
            {"op": "insert", "table": "Load_Balancer", "row": {
                "name": f"lb{number}", "protocol": "tcp",
                "options": ["map", [["event", "true"]]],
                "vips": ["map", [[_vip(number), _backends(number)]]]}}
            for number in range(first, min(first + BATCH, balancers))))]
    operations = [
        {"op": "insert", "table": "NB_Global", "row": {"nb_cfg": 1}},
        {"op": "insert", "table": "Load_Balancer_Group", "uuid-name": "g",
         "row": {"name": "all", "load_balancer": ["set", members]}}]
    for number in range(switches):
        operations += [
            {"op": "insert", "table": "Logical_Switch_Port",
             "uuid-name": f"p{number}", "row": {
                 "name": f"p{number}", "addresses":
                 f"0a:00:00:00:{number // 256:02x}:{number % 256:02x} "
                 f"10.3.{number // 250}.{number % 250 + 1}"}},
            {"op": "insert", "table": "Logical_Switch", "row": {
                "name": f"sw{number}",
                "ports": ["named-uuid", f"p{number}"],
                "load_balancer_group": ["named-uuid", "g"]}}]
    client.transact(*operations)
    client.close()


def _vip(number):
    return (f"172.{16 + number // 65536}.{number // 256 % 256}."
            f"{number % 256}:80")


def _backends(number, third=1):
    return ",".join(f"10.{net}.{number // 250 % 250}."
                    f"{number % 250 + third}:8080" for net in (1, 2))


def _compiler(options, nb):
    text = run([options.bench, nb.remote, options.count], timeout=600)
    return json.loads(text.splitlines()[-1])


class _Watch:
    """Changes the Northbound database and waits until the Southbound one is
    as it wants it, which the program tells by NB_Global.sb_cfg."""

    def __init__(self, nb):
        self._client = Client(nb, "OVN_Northbound")
        rows = self._client.monitor("NB_Global", ["nb_cfg", "sb_cfg"])
        (_, row), = rows["NB_Global"].items()
        self._wanted = row["new"]["nb_cfg"]
        self._done = row["new"]["sb_cfg"]

    def wait(self):
        while self._done < self._wanted:
            for row in self._client.update()["NB_Global"].values():
                self._done = row["new"]["sb_cfg"]

    def change(self, number, backends):
        """Seconds that it took."""
        began = time.monotonic()
        self._wanted += 1
        self._client.transact(
            {"op": "update", "table": "Load_Balancer",
             "where": [["name", "==", f"lb{number}"]],
             "row": {"vips": ["map", [[_vip(number), backends]]]}},
            {"op": "update", "table": "NB_Global", "where": [],
             "row": {"nb_cfg": self._wanted}})
        self.wait()
        return time.monotonic() - began

    def close(self):
        self._client.close()


def _northd(options, name, nb, directory):
    """A whole program between two databases."""
    with Server(directory, "sb") as sb:
        watch = _Watch(nb)
        began = time.monotonic()
        program = ([options.rouse, "northd"] if name == "rouse"
                   else [stock.program("ovn-northd"), "-vsyslog:off",
                         f"--unixctl={directory}/northd.ctl"])
        process = subprocess.Popen(
            [*program, "-vconsole:off", f"--ovnnb-db={nb.remote}",
             f"--ovnsb-db={sb.remote}"], cwd=directory,
            env=dict(os.environ, OVS_RUNDIR=directory, OVN_RUNDIR=directory),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            watch.wait()
            start_ms = (time.monotonic() - began) * 1e3
            rss_mb = _memory_mb(process.pid, "VmRSS")
            count = max(3, options.count // (1 if name == "rouse" else 50))
            times = [watch.change(number * 7919 % 10000,
                                  "" if number % 2 == 0
                                  else _backends(number, 2)) * 1e3
                     for number in range(count)]
            peak_mb = _memory_mb(process.pid, "VmHWM")
        finally:
            end(process)
            watch.close()
        os.unlink(sb.file)
    return {"start_ms": round(start_ms, 1), "rss_mb": rss_mb,
            "peak_mb": peak_mb, "changes": count,
            "change_ms_p50": percentile(times, 50),
            "change_ms_p99": percentile(times, 99)}


def _memory_mb(pid, key):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith(key + ":"):
                return round(int(line.split()[1]) / 1024, 1)
    raise RuntimeError(f"no {key} of process {pid}")


def _describe(result):
    lines = [f"{result['balancers']} load balancers on "
             f"{result['switches']} switches"]
    if "compiler" in result:
        lines.append("  compiler     start {start_compile_ms} ms, change "
                     "{compute_us_p50} us (p99 {compute_us_p99}), with the "
                     "database {round_trip_us_p50} us, {rss_mb} MB"
                     .format(**result["compiler"]))
    for name, title in (("rouse", "rouse northd"), ("stock", "ovn-northd")):
        if name in result:
            lines.append(f"  {title:<13}" + "start {start_ms} ms, change "
                         "{change_ms_p50} ms (p99 {change_ms_p99}), "
                         "{rss_mb} MB (peak {peak_mb})"
                         .format(**result[name]))
    return "\n".join(lines)
