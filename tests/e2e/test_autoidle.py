"""Services that go to sleep by themselves and wake for their clients."""

import os
import random
import time

from scene import Later, scaled

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
    a client comes and is served; silence: asleep again. Nobody but the client
    does anything."""
    pods = ["backend1", "backend2"]
    service = scene.new_service()
    port = service.backend_port
    for pod in pods:
        scene.lab.pods[pod].listen(port)
    backends = [f"{scene.lab.pods[pod].ipv4}:{port}" for pod in pods]
    scene.install("pair", PAIR)
    directories = " ".join(scene.lab.pods[pod].directory for pod in pods)
    scene.add(service, backends=None, **SOON,
              target=f"pair {port} {directories}")
    scene.lab.set_backends(service.name, service.vip, backends)
    service.wait_state("awake")

    def running():
        return [pod for pod in pods
                if any(server["port"] == port
                       for server in scene.lab.pods[pod].status())]

    assert running() == pods
    service.wait_state("asleep")
    assert running() == []
    assert service.row["vips"] == {service.vip: ""}

    answer = service.exchange()
    assert answer.ok, answer
    assert answer.retransmits == 0, answer
    service.wait_state("awake")
    assert running() == pods
    assert service.row["vips"] == {service.vip: ",".join(backends)}

    service.wait_state("asleep")
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


# Clients that come and go as they like.

# Many more by hand: ROUSE_IDLE_ROUNDS=25 ROUSE_IDLE_SERVICES=60
# ROUSE_IDLE_GAP=16.
ROUNDS = int(os.environ.get("ROUSE_IDLE_ROUNDS", scaled(5, 2)))
SERVICES = int(os.environ.get("ROUSE_IDLE_SERVICES", 4))
GAP_S = float(os.environ.get("ROUSE_IDLE_GAP", 8))


def visit(service, client, chance):
    """One connection of random length, with words at random times."""
    stream = client.open(service.address, service.port)
    try:
        for _ in range(chance.randrange(1, 4)):
            client.say(stream, timeout=10)
            time.sleep(chance.choice([0, 0, chance.random() * 3]))
        client.say(stream, timeout=10)
    finally:
        client.hang_up(stream)


def visits(service, client, chance):
    """Connections at random intervals: the service sleeps in between, or
    falls asleep just then, or has no time to."""
    for _ in range(ROUNDS):
        visit(service, client, chance)
        time.sleep(chance.uniform(0, GAP_S))


def test_clients_at_random(scene):
    """No connection fails and none is cut, whenever they come."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    clients = ["client", "client2"]
    services = [
        scene.add_service(proto="echo", ip=random.choice([4, 6]),
                          **{**SOON, "idle_after": 1})
        for _ in range(SERVICES)]
    under_way = [
        Later(lambda service=service, number=number: visits(
            service, scene.host(clients[number % 2]),
            random.Random(seed + number)))
        for number, service in enumerate(services)]
    for each in under_way:
        each.result(timeout=60 + ROUNDS * 120)
    for service in services:
        wait_asleep(service)
        assert_alternating(service)
    print("stops:", [service.calls.count("stop") for service in services])
