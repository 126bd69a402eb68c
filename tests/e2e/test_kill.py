"""kill -9 at random moments of a wake; a supervisor starts the victim again.
Every client that still waits is answered, and all is as before."""

import os
import signal
import time

import pytest

from lab import wait_for

from rounds import Rounds
from scene import PATIENCE_S, Later, scaled

KILLS = 20


@pytest.fixture
def rounds(scene):
    rounds = Rounds(scene)
    yield rounds
    rounds.check_starts()


# What is a process of its own on one engine only.
OVN = pytest.mark.engines("ovn", reason="rouse host is this process, and all "
                          "others: test_host")
HOST = pytest.mark.engines("host", reason="rouse host only: there are no "
                           "such children")


@pytest.mark.engines("host", reason="there is no rouse host")
def test_host(rounds):
    """All at once: the datapath, what holds, the waker, the databases."""
    lab = rounds.scene.lab

    def kill():
        rounds.killed_wakers.add(lab.daemon_host.pid)
        lab.daemon_host.kill()
        lab.start_host()

    rounds.kill_in_wakes(scaled(KILLS), kill)


@HOST
@pytest.mark.parametrize("name", ["northbound", "southbound",
                                  "open_vswitch"])
def test_database(rounds, name):
    """A database's server dies; rouse host starts another. Few kills: the
    pause before the next start doubles."""
    lab = rounds.scene.lab

    def database():
        return lab.status()["databases"][name]

    def kill():
        before = database()
        os.kill(before["pid"], signal.SIGKILL)
        wait_for(lambda: database()["starts"] > before["starts"]
                 and database()["connected"], PATIENCE_S,
                 f"{name} is served again", 0.02)

    rounds.kill_in_wakes(scaled(KILLS // 4, 2), kill, recover=lab.sync)


@HOST
@pytest.mark.parametrize("when", ["asleep", "waking"])
@pytest.mark.parametrize("signals", [
    (signal.SIGKILL,), (signal.SIGSTOP, signal.SIGCONT)],
    ids=["dies", "hangs"])
def test_without_southbound(scene, signals, when):
    """The Southbound server dies or hangs before a wake, or in it: all that
    it takes is in the same process. Nobody sends the datagram twice."""
    def southbound():
        return scene.lab.status()["databases"]["southbound"]

    service = scene.add_service("udp", delay_ms=200)
    before = southbound()
    if when == "asleep":
        os.kill(before["pid"], signals[0])
    later = Later(lambda: scene.client.exchange(
        service.address, service.port, "udp", timeout=PATIENCE_S))
    if when == "waking":
        service.wait_state("waking")
        os.kill(before["pid"], signals[0])
    answer = later.result()
    for sign in signals[1:]:
        os.kill(before["pid"], sign)
    assert answer.ok, answer
    wait_for(lambda: southbound()["connected"]
             and southbound()["starts"] == before["starts"] + 2 - len(signals),
             PATIENCE_S, "the Southbound server")
    scene.lab.sync()
    service.wait_state("awake")
    scene.settle()
    assert service.calls == ["start"]


@OVN
def test_waker(rounds):
    rounds.retry_ms = 0
    rounds.kill_in_wakes(scaled(KILLS), rounds.kill_waker)


@OVN
def test_hold(rounds):
    holds = rounds.scene.lab.holds
    rounds.kill_in_wakes(scaled(KILLS), holds[1].restart, holds[2].restart)


@OVN
def test_ovn_controller(rounds):
    one, two = rounds.scene.lab.chassis
    rounds.kill_in_wakes(scaled(KILLS), one.controller.restart,
                         two.controller.restart)


@OVN
def test_vswitchd(rounds):
    one, two = rounds.scene.lab.chassis
    rounds.kill_in_wakes(scaled(KILLS), one.restart_vswitchd,
                         two.restart_vswitchd)


@OVN
def test_vswitchd_and_controller(scene):
    """The switch comes back without flows, and they come back late: nothing
    is replayed into an empty pipeline. Nobody sends anything twice."""
    service = scene.add_service("udp", delay_ms=1000)
    chassis = scene.client.chassis
    later = Later(lambda: scene.client.exchange(
        service.address, service.port, "udp", timeout=PATIENCE_S))
    service.wait_state("waking")
    chassis.controller.kill()
    chassis.restart_vswitchd()
    service.wait_state("awake")
    time.sleep(6 * scaled(10) / 10)
    assert later.running
    chassis.controller.start()
    answer = later.result()
    assert answer.ok, answer


@OVN
def test_southbound(rounds):
    rounds.retry_ms = 0
    rounds.kill_in_wakes(
        scaled(KILLS), lambda: rounds.scene.lab.central.restart("sb"),
        recover=rounds.wait_southbound)


@OVN
def test_waker_and_hold(rounds):
    lab = rounds.scene.lab

    def kill_both(hold):
        hold.kill()
        rounds.kill_waker()
        hold.start()

    rounds.kill_in_wakes(scaled(KILLS), lambda: kill_both(lab.holds[1]),
                         lambda: kill_both(lab.holds[2]))


@OVN
def test_waker_idling(rounds):
    """Killed between "idle" and "asleep", the waker goes on with it when it
    is back; whatever dies, no backends are forgotten."""
    begun = time.monotonic()
    rounds.wake()
    rounds.request("idle")
    rounds.wait_states("asleep")
    duration = time.monotonic() - begun
    for _ in range(scaled(KILLS)):
        rounds.wake()
        rounds.request("idle")
        time.sleep(rounds.random.uniform(0, duration))
        rounds.kill_waker()
        rounds.check_settled({"asleep"}, "idling")
    rounds.wake()
    rounds.idle()
