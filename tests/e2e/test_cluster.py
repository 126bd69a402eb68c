"""Clustered databases, three servers each, with TLS; chassis have a role
(RBAC) in the Southbound database. The same wakes, and leaders that die."""

import re
import time

import pytest

from lab import wait_for
from rounds import Rounds
from scene import PATIENCE_S, Later, Scene, scaled

pytestmark = pytest.mark.engines("ovn", reason="rouse host's databases are "
                                 "one server each, without TLS")

SCENE = {"clustered": True, "tls": True, "rbac": True}

KILLS = 20

# OVN's own daemons may need half a minute to find the next leader.
CLIENTS_S = 55


@pytest.fixture
def rounds(scene):
    rounds = Rounds(scene, patience_s=CLIENTS_S)
    yield rounds
    rounds.check_starts()
    check_not_denied(scene)


def check_not_denied(scene):
    """Assert that hold has asked for nothing that a chassis may not do."""
    denied = [line for line in scene.log("hold").splitlines()
              if re.search("permission|prohibit|refused", line)]
    assert not denied, denied


def test_idle_and_wake(rounds):
    for _ in range(scaled(10)):
        rounds.wake()
        rounds.idle()


def test_storm(scene):
    """100 services, their clients within a second."""
    kinds = [("http", 4), ("http", 6), ("udp", 4), ("udp", 6)]
    services = [scene.new_service(*kinds[index % 4])
                for index in range(scaled(100, 8))]
    scene.add(*services)
    for proto in ("http", "udp"):
        chosen = [service for service in services if service.proto == proto]
        answers = scene.client.exchange_all(
            [(service.address, service.port) for service in chosen], proto,
            timeout=30, within_ms=1000, retry_ms=1000)
        lost = [(service.name, answer)
                for service, answer in zip(chosen, answers) if not answer.ok]
        assert not lost
    for service in services:
        service.wait_state("awake")
        assert service.calls == ["start"], service.name
    check_not_denied(scene)


def test_lock_moves(rounds):
    """Of two wakers one acts; when it dies in a wake, the other goes on."""
    scene = rounds.scene
    begun = time.monotonic()
    scene.start_waker()
    one, two = scene.lab.wakers
    wait_for(lambda: scene.status(two) and
             scene.status(two)["northbound"]["connected"], PATIENCE_S,
             "connection of the second waker")
    for dies, follows in ((one, two), (two, one)) * scaled(3):
        wait_for(lambda waker=follows: scene.status(waker), PATIENCE_S,
                 "the status of the waker that waits")
        assert scene.status(dies)["active"]
        assert not scene.status(follows)["active"]

        def kill(waker=dies):
            rounds.killed_wakers.add(waker.pid)
            waker.kill()

        rounds.wake(kill, rounds.duration_s)
        wait_for(lambda waker=follows: scene.status(waker)["active"],
                 PATIENCE_S, "another waker")
        dies.start()
        rounds.idle()
    two.kill()
    scene.lab.wakers.remove(two)
    print(f"lock moved {2 * scaled(3)} times in "
          f"{time.monotonic() - begun:.1f} s")


def test_leaders(rounds):
    """The leader of either database is killed in wakes. An ovn-northd takes
    3 s and more to find the next, so two scenes play at the same time."""
    with Scene(rounds.scene.engine.name, **SCENE) as scene:
        other = Rounds(scene, patience_s=CLIENTS_S)
        later = Later(lambda: kill_leaders(other))
        kill_leaders(rounds)
        later.result(10 * PATIENCE_S)
        other.check_starts()
        check_not_denied(scene)
        scene.check_accounts()


def kill_leaders(rounds):
    rounds.retry_ms = 0
    central = rounds.scene.lab.central
    rounds.kill_in_wakes(scaled(KILLS // 2, 2),
                         lambda: central.restart("nb"),
                         lambda: central.restart("sb"))
