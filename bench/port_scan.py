"""A pod that scans services which it may not wake: with SYNs at a rate, or with
nmap, over and over."""

import contextlib
import os
import re
import threading
import time

from lab import CommandError

SYNS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scan.py")
KIND = re.compile("s[SFAXN]")

# nmap's own work would be another machine's: it does not run at the priority
# that the benchmark was given.
NMAP = ["chrt", "--other", "0", "nmap", "-n", "-Pn", "--disable-arp-ping",
        "-p-"]


class Scan:
    """What --scan asks for: a RATE, or nmap[:OPTION,...], with nmap's options
    without their dashes.  There is a process for each kind of scan."""

    def __init__(self, text):
        name, _, options = text.partition(":")
        self.text = text
        self.rate = None if name == "nmap" else int(name)
        self._options = [option for option in options.split(",") if option]
        if self.rate is not None and (self.rate < 1 or options):
            raise ValueError(text)

    def commands(self, services):
        """{name: command line}"""
        if self.rate:
            return {"scan": ["/usr/bin/python3", SYNS, self.rate,
                             *(service.vip for service in services
                               if service.proto == "http")]}
        kinds = [each for each in self._options if KIND.fullmatch(each)]
        others = [f"-{each}" if len(each) < 3 else f"--{each}"
                  for each in self._options if each not in kinds]
        return {f"nmap-{kind}": [
            *NMAP, f"-{kind}", *others,
            *(service.address for service in services)]
            for kind in kinds or ["sS"]}


class Scanner:
    """Scans from a pod, and counts."""

    def __init__(self, scan, pod):
        self._scan, self._pod = scan, pod
        self._seconds = self._packets = 0

    @contextlib.contextmanager
    def scanning(self, services):
        daemons = [self._pod.spawn(name, *command) for name, command
                   in self._scan.commands(services).items()]
        over, failed = threading.Event(), []

        def again():
            while not over.wait(0.05):
                for daemon in daemons:
                    if daemon.running():
                        continue
                    if daemon.wait():
                        failed.append(daemon)
                        return
                    daemon.start()

        thread = threading.Thread(target=again)
        thread.start()
        began, sent = time.monotonic(), self._sent()
        try:
            yield
        finally:
            self._seconds += time.monotonic() - began
            self._packets += self._sent() - sent
            over.set()
            thread.join()
            for daemon in daemons:
                daemon.kill()
        if failed:
            raise CommandError(f"{failed[0].name} failed: see "
                               f"{failed[0].output}")

    def _sent(self):
        """Packets that have left the pod."""
        for line in self._pod.exec("cat", "/proc/net/dev").splitlines():
            name, _, numbers = line.partition(":")
            if name.strip() == "eth0":
                return int(numbers.split()[9])
        return 0

    def rates(self, waker):
        """Per second of scanning: packets of the scan, those refused, and
        event rows of those, by what the waker says of itself at the end."""
        ignored = waker.get("events", {}).get("ignored", {})
        return {"scan_packets_per_s": self._per_second(self._packets),
                "scan_refused_per_s": self._per_second(
                    sum(waker.get("refused", {}).values())),
                "scan_rows_per_s": self._per_second(
                    ignored.get("refused", 0))}

    def _per_second(self, number):
        return round(number / max(self._seconds, 0.001), 1)
