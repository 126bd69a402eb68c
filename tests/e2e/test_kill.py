"""kill -9 at random moments of a wake; a supervisor starts the victim again.
Every client that still waits is answered, and all is as before."""

import itertools
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


def kill_in_wakes(rounds, *faults):
    """Do the faults in turn, each at a random moment of a wake."""
    begun, faults = time.monotonic(), itertools.cycle(faults)
    count = scaled(KILLS)
    for _ in range(count):
        rounds.wake(next(faults), rounds.duration_s)
        rounds.idle()
    print(f"{count} kills in {time.monotonic() - begun:.1f} s, slowest "
          f"answer after {rounds.slowest_s:.2f} s")


def test_waker(rounds):
    kill_in_wakes(rounds, rounds.kill_waker)


def test_hold(rounds):
    holds = rounds.scene.lab.holds
    kill_in_wakes(rounds, holds[1].restart, holds[2].restart)


def test_ovn_controller(rounds):
    one, two = rounds.scene.lab.chassis
    kill_in_wakes(rounds, one.controller.restart, two.controller.restart)


def test_vswitchd(rounds):
    one, two = rounds.scene.lab.chassis
    kill_in_wakes(rounds, one.restart_vswitchd, two.restart_vswitchd)


def test_southbound(rounds):
    kill_in_wakes(rounds, lambda: rounds.scene.lab.central.restart("sb"))


def test_waker_and_hold(rounds):
    lab = rounds.scene.lab

    def kill_both(hold):
        hold.kill()
        rounds.kill_waker()
        hold.start()

    kill_in_wakes(rounds, lambda: kill_both(lab.holds[1]),
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
