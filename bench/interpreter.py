"""The command line of bench/pipeline."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from lab.stock import TOP

from . import facts, snapshot

# Balancers to add and to remove while the others are loaded.
SPARES = 200
GOALS = {"new_ns": 10000, "established_ns": 6000, "add_us_p50": 100,
         "remove_us_p50": 100}
QUESTION = ('inport == "client" && eth.src == {mac} && eth.dst == {router} '
            '&& ip4.src == {ip} && ip4.dst == {backend} && ip.ttl == 64 '
            '&& tcp.src == 1024 && tcp.dst == 8080')


def main(description):
    parser = argparse.ArgumentParser(
        prog="bench/pipeline", description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--balancers", type=int, default=10000,
                        help="load balancers (10000)")
    parser.add_argument("--build", default=f"{TOP}/out",
                        help="where ./build has put what it made (out)")
    options = parser.parse_args()
    if options.balancers < 1:
        parser.error(f"{options.balancers} is less than 1")

    build = options.build
    if not os.path.exists(f"{build}/build.ninja"):
        return f"bench/pipeline: no {build}/build.ninja: run ./build first"
    try:
        _run(["ninja", "-C", build, "src/rouse", "bench/pipeline_bench",
              "bench/lflow_bench"])
        machine = facts.machine(f"{build}/src/rouse")
        print("{cpu}, one of {cores} cores (load {load} before), Linux "
              "{kernel}, flows by ovn-northd {ovn}, libopenvswitch {ovs}"
              .format(**machine), flush=True)
        result = measure(build, options.balancers)
    except subprocess.CalledProcessError as error:
        return f"bench/pipeline: {error}\n{error.stdout}{error.stderr}"
    except RuntimeError as error:
        return f"bench/pipeline: {error}"
    report(result)
    print(json.dumps({**result, "machine": machine}), flush=True)
    return 0


def measure(build, balancers):
    """Everything, as a dictionary for the last line."""
    with tempfile.NamedTemporaryFile(prefix="rouse-bench-",
                                     suffix=".json") as tables:
        with snapshot.network(tables.name, balancers, SPARES) as stack:
            trace_ms = _ovn_trace_ms(stack)
        result = json.loads(_run([f"{build}/bench/pipeline_bench",
                                  tables.name]))
    result["ovn_trace_ms"] = trace_ms
    matches = json.loads(_run([f"{build}/bench/lflow_bench",
                               f"{TOP}/tests/data/lflow/balancer.txt"]))
    result["acl_1000x1000"] = matches["acl_1000x1000"]
    return result


def _run(argv):
    return subprocess.run(argv, check=True, capture_output=True,
                          text=True).stdout


def _ovn_trace_ms(stack, count=50):
    """The median of what a running ovn-trace takes for an established packet
    from switch to router to switch. It is there to explain, not to be fast.
    """
    name, mac, ip = snapshot.CLIENT
    router, _ = snapshot.ROUTER["sw0"]
    question = QUESTION.format(mac=mac, router=router, ip=ip,
                               backend=snapshot.backend_ip(0))
    times = []
    for _ in range(count + 1):
        begin = time.monotonic()
        text, error = stack.trace(question, "--minimal")
        times.append((time.monotonic() - begin) * 1e3)
        if error or "output" not in text:
            raise RuntimeError(f"ovn-trace from {name}: {error or text}")
    # The first one had to read the database.
    return round(statistics.median(times[1:]), 2)


def report(result):
    for name, what, unit, scale in (
            ("new_ns", "first packet of a connection", "us", 1000),
            ("established_ns", "packet of an established connection", "us",
             1000),
            ("reply_ns", "reply of an established connection", "us", 1000),
            ("conntrack_new_ns", "conntrack alone, first packet", "us",
             1000),
            ("conntrack_established_ns", "conntrack alone, established",
             "us", 1000),
            ("add_us_p50", "add a load balancer, p50", "us", 1),
            ("add_us_p99", "add a load balancer, p99", "us", 1),
            ("remove_us_p50", "remove a load balancer, p50", "us", 1),
            ("remove_us_p99", "remove a load balancer, p99", "us", 1),
            ("load_ms", "load all flows", "ms", 1),
            ("bytes_per_flow", "memory of a flow", "bytes", 1),
            ("ovn_trace_ms", "ovn-trace, an established packet", "ms", 1)):
        goal = GOALS.get(name)
        note = f"  (goal: {goal / scale:g})" if goal else ""
        print(f"{what:36} {result[name] / scale:10.2f} {unit}{note}")
    acl = result["acl_1000x1000"]
    print(f"{'ACL of 1,000 x 1,000 addresses':36} "
          f"{acl['parse_ms'] + acl['compile_ms']:10.2f} ms, "
          f"{acl['rules']} rules, {acl['mb']} MB")
    sys.stdout.flush()
