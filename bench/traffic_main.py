"""The command line of bench/traffic, and what it measures."""

import argparse
import contextlib
import json
import os
import statistics
import time

from lab import CommandError, wait_for

from . import command
from .traffic_setups import DIRECT_PORT, PORT, SETUPS, STREAM_PORT

# Of a run during which something crashes.
_TRIES = 5
# In the table: what, its key, and how to write it.
_ROWS = (("one TCP stream, Gbit/s", "stream_gbit_s", "{:.2f}"),
         ("round trip, p50 us", "rtt_us_p50", "{:.1f}"),
         ("round trip, p99 us", "rtt_us_p99", "{:.1f}"),
         ("on one processor, p50 us", "rtt_one_us_p50", "{:.1f}"),
         ("between two, p50 us", "rtt_two_us_p50", "{:.1f}"),
         ("connections/s, VIP, 1 thread", "crr_per_s", "{:.0f}"),
         ("connections/s, VIP, 4 threads", "crr4_per_s", "{:.0f}"),
         ("UDP packets/s, some answered", "udp_per_s", "{:.0f}"),
         ("UDP packets/s, none answered", "flood_per_s", "{:.0f}"))
# Ratios to tell, of "host" to another setup; and the goal, at least or at
# most.
_RATIOS = (("stream_gbit_s", "veth", ">=", 0.9),
           ("stream_gbit_s", "ovn", ">=", 10),
           ("rtt_us_p50", "veth", "<=", 1.2),
           ("rtt_one_us_p50", "veth", "<=", 1.2),
           ("rtt_two_us_p50", "veth", "<=", 1.2),
           ("crr_per_s", "ovn", ">=", 2),
           ("crr4_per_s", "ovn", ">=", 2))


class Load:
    """The programs that make load between the hosts of a setup."""

    def __init__(self, setup, program, seconds):
        self.setup = setup
        self._program = program
        self._seconds = seconds
        self.crashes = 0
        # Ports of connections that are over can not be used at once.
        for pod in (setup.client, setup.server):
            pod.exec("/bin/sh", "-c", "echo 1024 65535 "
                     ">/proc/sys/net/ipv4/ip_local_port_range")
        setup.server.spawn("serve", program, "serve", PORT,
                           DIRECT_PORT)
        setup.server.spawn("iperf3", "iperf3", "--server", "--port",
                           STREAM_PORT)
        wait_for(self._serves, 10, "servers of the load")

    def _serves(self):
        text = self.setup.server.exec("ss", "-Hltn")
        return all(f":{port} " in text
                   for port in (PORT, DIRECT_PORT, STREAM_PORT))

    def measure(self):
        """One run of each; {key: value}. Again, where something crashed."""
        for _ in range(_TRIES):
            try:
                taken = self._measure()
            except CommandError:
                if not self.setup.revive():
                    raise
            else:
                if not self.setup.revive():
                    return taken
            self.crashes += 1
            print(f"{self.setup.name}: ovs-vswitchd crashed (see README.md) "
                  f"and was started again", flush=True)
        raise CommandError(f"{self.setup.name}: crashes again and again")

    def _measure(self):
        rtt = self._run("rr", self.setup.address, DIRECT_PORT)
        one = self._run("crr", self.setup.vip, PORT, 1)
        four = self._run("crr", self.setup.vip, PORT, 4)
        udp = self._run("udp", self.setup.address, DIRECT_PORT)
        flood = self._run("flood", self.setup.address, DIRECT_PORT)
        return {
            "stream_gbit_s": self._stream(),
            "rtt_us_p50": rtt["rtt_us_p50"], "rtt_us_p99": rtt["rtt_us_p99"],
            **self._placed(),
            "crr_per_s": one["per_s"], "crr4_per_s": four["per_s"],
            "crr_failed": one["failed"] + four["failed"],
            "udp_per_s": udp["received_per_s"],
            "flood_per_s": flood["received_per_s"]}

    def _placed(self):
        """Round trips with both ends on one processor, and on two: which of
        them it is says more than what lies between them."""
        processors = sorted(os.sched_getaffinity(0))
        return {f"rtt_{name}_us_p50": self._run(
                    "rr", self.setup.address, DIRECT_PORT, processors[0],
                    processors[second])["rtt_us_p50"]
                for name, second in (("one", 0), ("two", 1))
                if second < len(processors)}

    def _run(self, mode, address, port, *more):
        return json.loads(self.setup.client.exec(
            self._program, mode, address, port, self._seconds, *more))

    def _stream(self):
        told = json.loads(self.setup.client.exec(
            "iperf3", "--client", self.setup.address, "--port", STREAM_PORT,
            "--time", max(1, round(self._seconds)), "--json"))
        return told["end"]["sum_received"]["bits_per_second"] / 1e9


def parse(description, argv=None):
    parser = argparse.ArgumentParser(
        prog="bench/traffic", description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--rounds", type=int, default=5,
        help="runs of each setup, of which the median counts (5)")
    add("--seconds", type=float, default=1,
        help="length of one measurement (1)")
    add("--setups", default=",".join(SETUPS),
        type=lambda text: text.split(","), help=f"of {', '.join(SETUPS)}")
    command.add_rouse(parser)
    options = parser.parse_args(argv)
    command.check_setups(parser, options.setups, SETUPS)
    return options


def run(options, program):
    """{setup: {key: median}}, with the number of crashes."""
    samples = {name: [] for name in options.setups}
    with contextlib.ExitStack() as stack:
        loads = [Load(stack.enter_context(SETUPS[name](options)), program,
                      options.seconds) for name in options.setups]
        for number in range(options.rounds):
            # Nobody is always the first, or behind the same one.
            first = number % len(loads)
            for load in loads[first:] + loads[:first]:
                taken = load.measure()
                samples[load.setup.name].append(taken)
                print(time.strftime("%H:%M:%S"), f"{load.setup.name:5}",
                      ", ".join(f"{key} {value:.5g}"
                                for key, value in taken.items()), flush=True)
    crashes = {load.setup.name: load.crashes for load in loads}
    return {name: {**{key: statistics.median(run[key] for run in runs)
                      for key in runs[0]}, "crashes": crashes[name]}
            for name, runs in samples.items()}


def table(result):
    yield ""
    yield f"{'medians':32}" + "".join(f"{name:>12}" for name in result)
    for title, key, form in _ROWS:
        if all(key in of for of in result.values()):
            yield f"{title:32}" + "".join(
                f"{form.format(of[key]):>12}" for of in result.values())
    for ratio in ratios(result):
        yield (f"{ratio['of']}: rouse host is {ratio['ratio']:.2f} times "
               f"{ratio['to']} (goal: {ratio['goal']})")


def ratios(result):
    return [{"of": key, "to": other, "goal": f"{sign} {goal}",
             "ratio": round(result["host"][key] / result[other][key], 3)}
            for key, other, sign, goal in _RATIOS
            if "host" in result and result.get(other, {}).get(key)]


def _measure(options, program):
    result = run(options, program)
    for line in table(result):
        print(line)
    return {"rounds": options.rounds, "seconds": options.seconds,
            "setups": result, "ratios": ratios(result)}, 0


def main(description):
    options = parse(description)
    program = command.load_program(options.rouse, "traffic_load")
    return command.run("bench/traffic", program, options.rouse,
                       lambda: _measure(options, program))
