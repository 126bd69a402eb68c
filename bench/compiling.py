"""The command line of bench/compile, and what it measures."""

import argparse
import json
import os
import shutil
import tempfile

from lab import CommandError, Timeout
from lab.process import run
from lab.stock import TOP

from . import command, compiling_programs, facts
from .compiling_rows import backends, balancer, vip
from .ovsdb import Client, Server

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
    add("--programs", default="compiler,rouse,host,stock",
        help="what to measure: compiler (the library alone), rouse (rouse "
             "northd), host (rouse host), stock (ovn-northd)")
    command.add_rouse(parser)
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
                result[name] = (
                    _compiler(options, nb) if name == "compiler"
                    else compiling_programs.measure(options, name, nb,
                                                    directory))
            os.unlink(copy)
    return result


def _fill(nb, balancers, switches):
    """Load balancers with a VIP and two backends each, all in one group, and
    switches with a port each and the group."""
    client = Client(nb, "OVN_Northbound")
    members = []
    for first in range(0, balancers, BATCH):
        members += [item["uuid"] for item in client.transact(*(
            {"op": "insert", "table": "Load_Balancer",
             "uuid": balancer(number), "row": {
                 "name": f"lb{number}", "protocol": "tcp",
                 "options": ["map", [["event", "true"]]],
                 "vips": ["map", [[vip(number), backends(number)]]]}}
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


def _compiler(options, nb):
    text = run([options.bench, nb.remote, options.count], timeout=600)
    return json.loads(text.splitlines()[-1])


def _describe(result):
    lines = [f"{result['balancers']} load balancers on "
             f"{result['switches']} switches"]
    if "compiler" in result:
        lines.append("  compiler     start {start_compile_ms} ms, change "
                     "{compute_us_p50} us (p99 {compute_us_p99}), with the "
                     "database {round_trip_us_p50} us, {rss_mb} MB"
                     .format(**result["compiler"]))
    for name, title in (("rouse", "rouse northd"), ("host", "rouse host"),
                        ("stock", "ovn-northd")):
        if name in result:
            lines.append(f"  {title:<13}" + _describe_program(result[name]))
    return "\n".join(lines)


def _describe_program(program):
    text = ("start {start_ms} ms (processor: {start_cpu_s} s, the servers "
            "{start_nb_cpu_s} and {start_sb_cpu_s} s), change "
            "{change_ms_p50} ms (p99 {change_ms_p99}), {rss_mb} MB "
            "(peak {peak_mb})")
    if "network_ms_p50" in program:
        text += ", in the network {network_ms_p50} ms (p99 {network_ms_p99})"
    return text.format(**program)
