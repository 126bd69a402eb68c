"""The command line of bench/host."""

import argparse
import json
import os
import time

from . import command
from .host_modes import MODES
from .host_setups import SETUPS
from .host_streams import STREAMS

# Of each mode: what is to be reached, as (name, how to find it, at most).
_GOALS = {
    "memory": (("resident_mb", lambda r: r["resident_mb"], 200),
               ("idle_cpu_percent", lambda r: r["idle_cpu_percent"], 1)),
    "flood": (("connect p99 ms", lambda r: r["flood"].get("ms_p99"), 20),
              ("failed", lambda r: r["flood"]["failed"], 0)),
    "restart": (("longest_pause_ms", lambda r: r["longest_pause_ms"], 50),
                ("reset", lambda r: int(r["reset"]), 0)),
    "ports": (("left", lambda r: max(each["left"] for each in r["rounds"]),
               0),
              ("without a number", lambda r: r["ports"] - min(
                  each["numbered"] for each in r["rounds"]), 0))}


def parse(description, argv=None):
    parser = argparse.ArgumentParser(
        prog="bench/host", description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("mode", choices=tuple(MODES))
    add("--services", type=int, default=10000,
        help="memory: load balancers (10000)")
    add("--seconds", type=float,
        help="memory: how long to look at the idle processor time (10); "
             "flood: its length (60)")
    add("--kills", type=int, default=10, help="restart: how many (10)")
    add("--ports", type=int, default=2000, help="ports: how many (2000)")
    add("--kind", choices=("veth", "tap"), default="veth",
        help="ports: of what kind (veth)")
    add("--stream", choices=tuple(STREAMS), default="send",
        help="restart: a byte each millisecond; as much as there is room for; "
             "or iperf3's (send)")
    add("--setups", default="host,ovn",
        type=lambda text: text.split(","),
        help="of host, flows (with --southbound-flows) and ovn (host,ovn)")
    command.add_rouse(parser)
    options = parser.parse_args(argv)
    command.check_setups(parser, options.setups, SETUPS)
    if options.seconds is None:
        options.seconds = {"flood": 60}.get(options.mode, 10)
    return options


def goals(mode, result):
    """Of `rouse host`: {name: {"value", "at_most", "reached"}}; with
    --southbound-flows as "flows: name"."""
    values = {title + name: (find(result[setup]), most)
              for setup, title in (("host", ""), ("flows", "flows: "))
              if setup in result for name, find, most in _GOALS[mode]}
    return {name: {"value": value, "at_most": most,
                   "reached": value is not None and value <= most}
            for name, (value, most) in values.items()}


def _measure(options, program):
    result = {}
    for name in options.setups:
        with SETUPS[name](options) as setup:
            result[name] = MODES[options.mode](setup, program, options)
        print(time.strftime("%H:%M:%S"), f"{name:5}",
              json.dumps(result[name]), flush=True)
    return {"mode": options.mode, "setups": result,
            "goals": goals(options.mode, result),
            "load_after": round(os.getloadavg()[0], 1)}, 0


def main(description):
    options = parse(description)
    program = command.load_program(options.rouse, "host_load")
    return command.run("bench/host", program, options.rouse,
                       lambda: _measure(options, program))
