"""kill -9 at random moments of a wake; a supervisor starts the victim again.
Every client that still waits is answered, and all is as before."""

import time

import pytest

from rounds import Rounds
from scene import scaled

KILLS = 20


@pytest.fixture
def rounds(scene):
    rounds = Rounds(scene)
    yield rounds
    rounds.check_starts()


def test_waker(rounds):
    rounds.kill_in_wakes(scaled(KILLS), rounds.kill_waker)


def test_hold(rounds):
    holds = rounds.scene.lab.holds
    rounds.kill_in_wakes(scaled(KILLS), holds[1].restart, holds[2].restart)


def test_ovn_controller(rounds):
    one, two = rounds.scene.lab.chassis
    rounds.kill_in_wakes(scaled(KILLS), one.controller.restart,
                         two.controller.restart)


def test_vswitchd(rounds):
    one, two = rounds.scene.lab.chassis
    rounds.kill_in_wakes(scaled(KILLS), one.restart_vswitchd,
                         two.restart_vswitchd)


def test_southbound(rounds):
    rounds.kill_in_wakes(
        scaled(KILLS), lambda: rounds.scene.lab.central.restart("sb"),
        recover=rounds.wait_southbound)


def test_waker_and_hold(rounds):
    lab = rounds.scene.lab

    def kill_both(hold):
        hold.kill()
        rounds.kill_waker()
        hold.start()

    rounds.kill_in_wakes(scaled(KILLS), lambda: kill_both(lab.holds[1]),
                         lambda: kill_both(lab.holds[2]))


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
