"""The demo, on out/rouse (../../demo builds it first).

    /usr/bin/python3 -m lab.demo [--engine ovn] [--start-ms N] [--json]
"""

import argparse
import json
import os
import sys
import time

from lab import CommandError, Lab, Timeout, stock
from lab.process import run

from .scenes import Failure, Tour
from .show import Show
from .stage import Stage


def parse(argv=None):
    parser = argparse.ArgumentParser(
        prog="demo", description="A service that sleeps, and the packet that "
        "wakes it, on stock OVN in network namespaces.")
    parser.add_argument("--engine", choices=("ovn", "host"), default="ovn",
                        help="what the network is made of (ovn)")
    parser.add_argument("--start-ms", type=int, default=50,
                        help="from a backend's start until it listens (50)")
    parser.add_argument("--json", action="store_true",
                        help="print only the measurements, as JSON")
    parser.add_argument("--rouse", default=os.environ.get(
        "ROUSE", os.path.join(stock.TOP, "out", "rouse")),
        help="the program (out/rouse)")
    return parser.parse_args(argv)


def version(name):
    """A program's own version: the last word of its first line."""
    return run([stock.program(name), "--version"]).split("\n")[0].split()[-1]


def play(options):
    """The whole demo; raises an exception if something did not work."""
    show = Show(quiet=options.json)
    begin = time.monotonic()
    show.say(f"Two chassis of stock OVN {version('ovn-controller')} and Open "
             f"vSwitch {version('ovs-vswitchd')}, each with rouse hold beside "
             f"ovn-controller; one rouse waker beside the databases.")
    with Lab(rouse=options.rouse) as lab:
        stage = Stage(lab, options.start_ms)
        show.say(f"Up after {time.monotonic() - begin:.1f} s, in network "
                 f"namespaces {lab.namespace('*')}.")
        tour = Tour(stage, show)
        tour.run()
    show.say("")
    show.say(f"All taken down again after {time.monotonic() - begin:.0f} s; "
             f"nothing is left of it.")
    if options.json:
        print(json.dumps({"engine": options.engine,
                          "start_ms": options.start_ms,
                          "clients": tour.results}))


def main():
    options = parse()
    if options.engine == "host":
        return "demo: there is no host engine yet; try --engine ovn"
    if os.geteuid() != 0:
        return "demo: run me as root: I make network namespaces"
    try:
        play(options)
    except (CommandError, Failure, Timeout) as error:
        return f"demo: {error}"
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
