"""What the command lines of bench/wake, bench/host and bench/traffic share."""

import json
import os
import sys

from lab import CommandError, Timeout
from lab.stock import TOP

from . import facts


def add_rouse(parser):
    parser.add_argument(
        "--rouse", default=os.environ.get("ROUSE", f"{TOP}/out/rouse"),
        help="the program (out/rouse)")


def check_setups(parser, names, setups):
    for name in names:
        if name not in setups:
            parser.error(f"no setup is called {name}")


def load_program(rouse, name):
    """A program of bench/, which is built together with rouse."""
    build = os.path.dirname(os.path.dirname(os.path.realpath(rouse)))
    return os.path.join(build, "bench", name)


def run(name, program, rouse, measure):
    """For sys.exit().  measure() returns the report, which is printed as JSON
    together with the machine, and the exit status; 'program' is what it
    needs."""
    if os.geteuid() != 0:
        return f"{name}: run as root: it makes network namespaces"
    if not os.path.exists(program):
        return f"{name}: no {program}: run ./build first"
    try:
        machine = facts.machine(rouse)
        print(facts.sentence(machine), flush=True)
        report, status = measure()
    except (CommandError, Timeout) as error:
        return f"{name}: {error}"
    except KeyboardInterrupt:
        return 130
    print(json.dumps({**report, "machine": machine}))
    sys.stdout.flush()
    return status
