"""The command line of bench/wake."""

import argparse

from . import burst, command, storm, wake
from .port_scan import Scan

MODES = {"wake": wake.run, "burst": burst.run, "storm": storm.run}


def _positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is less than 1")
    return value


def parse(description, argv=None):
    parser = argparse.ArgumentParser(
        prog="bench/wake", description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--engine", choices=("ovn", "host"), default="host",
        help="ovn: stock OVN with rouse hold and rouse waker; host: rouse "
             "host (host)")
    add("--mode", choices=tuple(MODES), default="wake",
        help="wake: one service after the other, with and without rouse "
             "hold; burst: many clients, one service; storm: many services "
             "at once")
    add("--count", type=_positive,
        help="wake: wakes of each kind (200); burst: clients (500); "
             "storm: services (1000)")
    add("--start-ms", type=int, default=50,
        help="from a backend's start until it listens (50)")
    add("--services", type=_positive,
        help="wake: sleeping services in the database, half of them UDP "
             "(40)")
    add("--within-ms", type=int,
        help="burst, storm: begin all connections within (100, 1000)")
    add("--driver", choices=("program", "shell"), default="program",
        help="what the exec driver calls: a small program, or a shell script "
             "that does the same and takes longer to start (program)")
    add("--ready", choices=("wait", "poll"), default="wait",
        help="how the exec driver's program tells that a backend is ready: "
             "it waits for it, or looks and is called again (wait)")
    add("--clients", choices=("pod", "external"), default="pod",
        help="where the clients are: on a logical switch, or outside, "
             "through the router (pod)")
    add("--scan", type=Scan, metavar="RATE|nmap[:OPTION,...]",
        help="wake: meanwhile, another pod sends each service in turn a SYN, "
             "RATE a second in all, or scans all their addresses with nmap "
             "and these of its options (nmap:T4,sS,sF); services list who "
             "may wake them")
    command.add_rouse(parser)
    return parser.parse_args(argv)


def _measure(options):
    result, good = MODES[options.mode](options)
    return {"engine": options.engine, "mode": options.mode,
            "start_ms": options.start_ms, **result,
            "driver": options.driver, "ready": options.ready,
            "clients": options.clients,
            "scan": options.scan and options.scan.text}, 0 if good else 1


def main(description):
    options = parse(description)
    return command.run("bench/wake", options.rouse, options.rouse,
                       lambda: _measure(options))
