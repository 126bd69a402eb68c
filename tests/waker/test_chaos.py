"""Everything at once, at random; in the end each service does as asked."""

import os
import random
import time

import pytest

from test_death import restart
from world import SANITIZED

SEEDS = [int(s) for s in os.environ.get("ROUSE_SEEDS", "1 2 3").split()]
N_SERVICES = 12
N_STEPS = 150 if SANITIZED else 300


class Chaos:
    def __init__(self, world, seed):
        self.world = world
        self.rng = random.Random(seed)
        self.services = {}
        for i in range(N_SERVICES):
            name = f"s{i}"
            needs = f"s{self.rng.randrange(i)}" if i and i % 3 == 0 else None
            # Delays of start, listening and stop.
            target = f"backend {name} 0.0{self.rng.randrange(9)} 0 " \
                f"0.0{self.rng.randrange(9)}"
            uuid = world.add_service(name, target, drain="0", needs=needs,
                                     awake=self.rng.random() < 0.5,
                                     backends="172.16.0.1:8080")
            self.services[name] = uuid
        self.wakers = [world.waker("w1"), world.waker("w2")]

    def step(self):
        name = self.rng.choice(list(self.services))
        uuid = self.services[name]
        action = self.rng.choices(
            ["event", "idle", "wake", "fill", "empty", "break", "kill",
             "delete", "nb", "sb", "wait"],
            [30, 20, 8, 4, 4, 4, 4, 2, 1, 1, 20])[0]
        getattr(self, "do_" + action)(name, uuid)

    def do_event(self, name, uuid):
        self.world.event(uuid)

    def do_idle(self, name, uuid):
        self.world.set_ids(uuid, request="idle")

    def do_wake(self, name, uuid):
        self.world.set_ids(uuid, request="wake")

    def do_fill(self, name, uuid):
        vip = next(iter(self.world.lb(uuid)["vips"]))
        self.world.set_vips(uuid, {vip: "172.16.0.1:8080"})

    def do_empty(self, name, uuid):
        vip = next(iter(self.world.lb(uuid)["vips"]))
        self.world.set_vips(uuid, {vip: ""})

    def do_break(self, name, uuid):
        path = self.world.state / f"{name}.broken"
        if path.exists():
            path.unlink()
        else:
            path.touch()

    def do_kill(self, name, uuid):
        waker = self.rng.choice(self.wakers)
        waker.kill()
        waker.start()

    def do_delete(self, name, uuid):
        lb = self.world.lb(uuid)
        self.world.delete_lb(uuid)
        self.services[name] = self.world.add_lb(
            name, vips=lb["vips"],
            ids={k: v for k, v in lb["external_ids"].items()
                 if k in ("rouse-driver", "rouse-target", "rouse-backends",
                          "rouse-needs", "rouse-drain")})

    def do_nb(self, name, uuid):
        restart(self.world, self.world.nb_server)

    def do_sb(self, name, uuid):
        restart(self.world, self.world.sb_server)

    def do_wait(self, name, uuid):
        time.sleep(self.rng.uniform(0, 0.05))


@pytest.mark.parametrize("seed", SEEDS)
def test_chaos(world, seed):
    chaos = Chaos(world, seed)
    for _ in range(N_STEPS):
        chaos.step()
    for path in world.state.glob("*.broken"):
        path.unlink()

    # What is asked last is what becomes of it.
    for name, uuid in chaos.services.items():
        world.set_ids(uuid, request="wake")
    for name, uuid in chaos.services.items():
        world.nb.wait(lambda rows: "rouse-request" not in
                      rows["Load_Balancer"][uuid]["external_ids"], name)
        world.wait_state(uuid, "awake", timeout_s=90)
        assert world.is_filled(uuid), name
    world.wait_no_events(timeout_s=30)
    # Others may have filled in backends that never were up.
    for name, uuid in chaos.services.items():
        world.set_ids(uuid, request="idle")
    for name, uuid in chaos.services.items():
        world.wait_state(uuid, "asleep", timeout_s=60)
        assert not world.is_up(name), name
    for uuid in chaos.services.values():
        world.event(uuid)
    for name, uuid in chaos.services.items():
        world.wait_state(uuid, "awake", timeout_s=60)
        assert world.is_filled(uuid) and world.is_up(name), name
    world.wait_no_events(timeout_s=30)
    jobs = [w.status()["jobs"] for w in chaos.wakers]
    assert jobs == [[], []]
