"""Services that go to sleep by themselves and wake for their clients."""

import json
import random
import threading
import time

from lab import article
from scene import PATIENCE_S, Later, scaled, wait_for

# Short, for tests; and no longer after sleep that was not worth it.
SOON = {"idle_after": 2, "idle_backoff": 1}


def assert_alternating(service):
    """Each start was followed by a stop before the next."""
    calls = service.calls
    first = calls[:1]
    assert first in ([], ["start"]), calls
    assert calls == (["start", "stop"] * len(calls))[:len(calls)], calls


def wait_asleep(service):
    service.wait_state("asleep")
    assert set(service.row["vips"].values()) == {""}
    assert service.server is None


def test_the_article(scene):
    """Two backends are awake; silence: both are stopped and the VIP is empty;
    a client comes and is served; silence: asleep again.  Nobody but the
    client does anything."""
    services = []
    pods = ["backend1", "backend2"]
    first = scene.new_service()
    for pod in pods:
        scene.lab.pods[pod].listen(first.backend_port)
    backends = [f"{scene.lab.pods[pod].ipv4}:{first.backend_port}"
                for pod in pods]
    scene.install("pair", PAIR)
    directories = " ".join(scene.lab.pods[pod].directory for pod in pods)
    scene.add(first, backends=None, **SOON,
              target=f"pair {first.backend_port} {directories}")
    scene.lab.set_backends(first.name, first.vip, backends)
    first.wait_state("awake")
    services.append(first)

    def running():
        return [pod for pod in pods
                if any(server["port"] == first.backend_port
                       for server in scene.lab.pods[pod].status())]

    assert running() == pods
    first.wait_state("asleep")
    assert running() == []
    assert first.row["vips"] == {first.vip: ""}

    answer = first.exchange()
    assert answer.ok, answer
    assert answer.retransmits == 0, answer
    first.wait_state("awake")
    assert running() == pods
    assert first.row["vips"] == {first.vip: ",".join(backends)}

    first.wait_state("asleep")
    assert running() == []


# Both backends of the article: "pair start|ready|stop PORT DIRECTORY...".
PAIR = """#!/bin/sh
op=$1 port=$2
shift 2
for directory; do
    ${0%/*}/serve $op $directory http $port 0 || exit 1
done
"""


def test_an_open_connection_keeps_awake(scene):
    """One that is quiet for longer than the idle time is not cut."""
    service = scene.add_service(proto="echo", **SOON)
    stream = scene.client.open(service.address, service.port)
    try:
        scene.client.say(stream)
        # Longer than it takes to be put to sleep without one.
        time.sleep(6)
        assert service.state == "awake"
        scene.client.say(stream)
    finally:
        scene.client.hang_up(stream)
    wait_asleep(service)
    assert_alternating(service)
