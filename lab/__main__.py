"""Self-test of the lab: the article's topology, awake and asleep.

    /usr/bin/python3 -m lab [--clustered] [--tls] [--rbac]
"""

import argparse
import os
import sys
import time

from . import CommandError, Lab, Timeout, article, wait_for


class Steps:
    """Says what was done and how many seconds it took."""

    def __init__(self):
        self._since = time.monotonic()

    def done(self, what):
        now = time.monotonic()
        print(f"{now - self._since:7.3f} s  {what}", flush=True)
        self._since = now


def check(lab, steps):
    article.build(lab)
    steps.done("article topology, three pods, two load balancers")
    for host in (lab.pods["client"], lab.external):
        for url in ("http://192.168.1.100/", "http://[fd00:192::100]/"):
            body = host.exec("curl", "-sS", "--max-time", "5", url).strip()
            if body not in ("backend1", "backend2"):
                raise CommandError(f"{host.name}: {url} answers {body!r}")
            steps.done(f"curl from {host.name} to {url}: {body}")
    answers = lab.pods["client"].exchange_all([("192.168.1.100", 80)] * 20)
    if {answer.body for answer in answers} != {"backend1", "backend2"}:
        raise CommandError(f"not both backends answer: {answers}")
    steps.done("20 requests: both backends, so both chassis, answer")
    article.sleep(lab)
    steps.done("lb0 and lb0-v6 emptied, known to the chassis")
    for host, vip in ((lab.pods["client"], "192.168.1.100"),
                      (lab.pods["client"], "fd00:192::100"),
                      (lab.external, "192.168.1.100")):
        known = events(lab)
        answer = host.exchange(vip, timeout=0.3)
        if answer.error != "timeout":
            raise CommandError(f"{host.name}: {vip} sleeps, yet {answer}")
        row = wait_for(lambda before=known: events(lab) - before, 5,
                       f"Controller_Event row for {vip}").pop()
        steps.done(f"packet from {host.name} to sleeping {vip}: event {row}")


def events(lab):
    """The uuids of the Controller_Event rows."""
    return set(lab.sbctl("--bare", "--columns=_uuid", "list",
                         "Controller_Event").split())


def main():
    parser = argparse.ArgumentParser(prog="python3 -m lab")
    for option in ("clustered", "tls", "rbac"):
        parser.add_argument(f"--{option}", action="store_true")
    options = vars(parser.parse_args())
    if os.geteuid() != 0:
        return "lab: run as root: it makes network namespaces"
    steps = Steps()
    try:
        with Lab(**options) as lab:
            steps.done("databases, northd, two chassis")
            check(lab, steps)
        steps.done("taken down")
    except (CommandError, Timeout, ValueError) as error:
        return f"lab: {error}"
    except KeyboardInterrupt:
        return 130
    left = [name for name in os.listdir("/run/netns")
            if name.startswith(lab.namespace(""))]
    return f"lab: namespaces left behind: {left}" if left else 0


if __name__ == "__main__":
    sys.exit(main())
