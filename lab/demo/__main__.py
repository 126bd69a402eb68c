"""The demo, on out/rouse (../../demo builds it first).

    /usr/bin/python3 -m lab.demo [--engine ovn] [--start-ms N] [--json]
                                 [--no-compare]
"""

import argparse
import json
import os
import sys
import time

from lab import CommandError, Lab, Timeout, stock
from lab.embedded import HostLab
from lab.process import run

from .scenes import Failure, HostTour, OvnTour
from .show import Show
from .stage import HostStage, OvnStage
from .summary import summary


def parse(argv=None):
    parser = argparse.ArgumentParser(
        prog="demo", description="A service that sleeps, and the packet that "
        "wakes it, in network namespaces.")
    parser.add_argument("--engine", choices=("host", "ovn"), default="host",
                        help="what the network is made of: rouse host, or "
                        "stock OVN with rouse hold (host)")
    parser.add_argument("--no-compare", dest="compare", action="store_false",
                        help="with rouse host: not the same on stock OVN at "
                        "the end")
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


def play_host(options, show):
    """The tour on the host engine, then the same on stock OVN without a word,
    to compare; what was measured."""
    begin = time.monotonic()
    show.say("One machine with rouse host: one process, and an ovsdb-server "
             "for each of its three databases. No ovn-northd, no "
             "ovn-controller, no ovs-vswitchd.")
    with HostLab(rouse=options.rouse) as lab:
        tour = HostTour(HostStage(lab, options.start_ms), show)
        _up(show, lab, begin)
        tour.run()
    if not options.compare:
        return tour.results
    show.say("")
    show.say("Now the same on stock OVN, to compare (some ten seconds) ...")
    with Lab(rouse=options.rouse) as lab:
        other = OvnTour(OvnStage(lab, options.start_ms), Show(quiet=True))
        other.run()
    return tour.results + other.results


def play_ovn(options, show):
    begin = time.monotonic()
    show.say(f"Two chassis of stock OVN {version('ovn-controller')} and Open "
             f"vSwitch {version('ovs-vswitchd')}, each with rouse hold beside "
             f"ovn-controller; one rouse waker beside the databases.")
    with Lab(rouse=options.rouse) as lab:
        tour = OvnTour(OvnStage(lab, options.start_ms), show)
        _up(show, lab, begin)
        tour.run()
    return tour.results


def _up(show, lab, begin):
    show.say(f"Up after {time.monotonic() - begin:.1f} s, in network "
             f"namespaces {lab.namespace('*')}.")


def play(options):
    """The whole demo; raises an exception if something did not work."""
    show = Show(quiet=options.json)
    begin = time.monotonic()
    results = {"host": play_host, "ovn": play_ovn}[options.engine](options,
                                                                   show)
    summary(show, options.start_ms, results)
    show.say("")
    show.say(f"All taken down again after {time.monotonic() - begin:.0f} s; "
             f"nothing is left of it.")
    if options.json:
        print(json.dumps({"engine": options.engine,
                          "start_ms": options.start_ms,
                          "clients": results}))


def main():
    options = parse()
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
