"""Many services, and how long it takes."""

import os
import statistics
import time

from ovsdb import from_map
from world import SANITIZED

COUNT = 200 if SANITIZED else 1000


def add_many(world, count, target="nothing", **more):
    operations = []
    for i in range(count):
        vip = f"10.1.{i // 250}.{i % 250 + 1}:80"
        ids = {"rouse-driver": "exec", "rouse-target": target,
               "rouse-backends": "172.16.0.1:8080"}
        ids.update(more)
        operations.append({
            "op": "insert", "table": "Load_Balancer", "row": {
                "name": f"s{i}", "vips": from_map({vip: ""}),
                "options": from_map({"event": "true"}),
                "external_ids": from_map(ids)}})
    result = world.nb.transact(*operations)
    uuids = [r["uuid"][1] for r in result]
    world.nb.wait(lambda rows: uuids[-1] in rows["Load_Balancer"])
    return uuids


def events_for(world, uuids):
    operations = []
    for uuid in uuids:
        vip = next(iter(world.lb(uuid)["vips"]))
        operations.append({
            "op": "insert", "table": "Controller_Event", "row": {
                "event_type": "empty_lb_backends", "seq_num": 1,
                "event_info": from_map({"vip": vip, "protocol": "tcp",
                                        "load_balancer": uuid})}})
    world.sb.transact(*operations)


def all_in(uuids, state):
    return lambda rows: all(
        rows["Load_Balancer"][u]["external_ids"].get("rouse-state") == state
        for u in uuids)


def test_thousand_at_once(world):
    uuids = add_many(world, COUNT)
    waker = world.waker().wait_active()
    world.nb.wait(all_in(uuids, "asleep"))
    start = time.monotonic()
    events_for(world, uuids)
    world.nb.wait(all_in(uuids, "awake"), timeout_s=120)
    woken = time.monotonic()
    world.wait_no_events()
    gone = time.monotonic()
    status = waker.status()
    print(f"{COUNT} services: woken in {woken - start:.2f} s, rows gone "
          f"after {gone - start:.2f} s")
    assert status["woken"] == COUNT and status["wakes"] == COUNT
    assert all(world.is_filled(u) for u in uuids)
    assert "emptied by somebody" not in waker.text()


def test_one_change_among_many_is_cheap(world):
    """Time of one wake with many other services in the database."""
    uuids = add_many(world, 2000 if SANITIZED else 10000)
    world.waker().wait_active()
    world.nb.wait(all_in(uuids, "asleep"), timeout_s=120)
    samples = measure(world, uuids[:30])
    print(f"with {len(uuids)} services: {describe(samples)}")
    assert statistics.median(samples) < (500 if SANITIZED else 60)


def measure(world, uuids):
    """Milliseconds from an event row's insert to the backends' restore."""
    samples = []
    for uuid in uuids:
        before = len(world.nb.log)
        start = time.monotonic()
        world.event(uuid)
        world.wait_state(uuid, "awake")
        with world.nb.lock:
            end = next(t for t, table, u, row in world.nb.log[before:]
                       if u == uuid and row["external_ids"].get(
                           "rouse-state") == "awake")
        samples.append((end - start) * 1000)
        world.wait_no_events()
    return samples


def describe(samples):
    samples = sorted(samples)
    return (f"p50 {statistics.median(samples):.1f} ms, "
            f"p99 {samples[int(len(samples) * 0.99)]:.1f} ms, "
            f"max {samples[-1]:.1f} ms")


def test_latency(world):
    uuids = add_many(world, 200)
    world.waker().wait_active()
    world.nb.wait(all_in(uuids, "asleep"))
    samples = measure(world, uuids)
    print(f"event row -> restored backends: {describe(samples)}")
    limit = float(os.environ.get("ROUSE_LATENCY_MS", "40"))
    assert statistics.median(samples) < limit * (10 if SANITIZED else 1)


def test_most_at_the_same_time(world):
    """--max-wakes is kept, and who came first is served first."""
    order = world.directory / "order"
    world.program("noted", f"""#!/bin/sh
[ $1 = start ] || exit 0
echo "+ $2" >>{order}
sleep 0.2
echo "- $2" >>{order}
""")
    uuids = [world.add_service(f"s{i}", f"noted s{i}") for i in range(20)]
    world.waker("w0", "--max-wakes=3").wait_active()
    for uuid in uuids:
        world.event(uuid)
    world.nb.wait(all_in(uuids, "awake"))
    running, most, started = 0, 0, []
    for line in order.read_text().splitlines():
        sign, name = line.split()
        running += 1 if sign == "+" else -1
        most = max(most, running)
        if sign == "+":
            started.append(int(name[1:]))
    assert most == 3
    assert all(abs(i - n) < 4 for i, n in enumerate(started)), started


def test_does_not_spin(world):
    """Whatever it waits for, its loop sleeps meanwhile."""
    idle = world.waker().wait_active()
    idle.wait_rest(1, 3)

    hangs = world.add_service("hangs", "backend hangs 1000")
    world.event(hangs)
    world.wait_state(hangs, "waking")
    idle.wait_rest(1, 3)
    idle.kill()
    waker = world.waker("w1", "--max-wakes=1").wait_active()
    for i in range(3):
        queues = world.add_service(f"queues{i}")
        world.event(queues)
        world.wait_state(queues, "waking")
    waker.wait_rest(1, 3)
    world.delete_lb(hangs)
    world.wait_no_events()

    deaf = world.add_service("deaf", "backend deaf 0 1000")
    blocked = world.add_service("blocked", driver="nonsense")
    needs = world.add_service("needs", needs="deaf")
    for uuid in (deaf, blocked, needs):
        world.event(uuid)
        world.wait_state(uuid, "waking")
    waker.wait_rest(2, 99)
    for uuid in (deaf, blocked, needs):
        world.delete_lb(uuid)

    world.hv_answers = False
    web = world.add_service("web", awake=True)
    signal = world.add_lb("signal", ids={"rouse-driver": "signal"},
                          awake=True)
    for uuid in (web, signal):
        world.wait_state(uuid, "awake")
        world.set_ids(uuid, request="idle")
    world.wait_state(web, "idling")
    waker.wait_rest(1, 5)
    world.wait_state(web, "asleep")
    assert world.ids(signal)["rouse-state"] == "idling"
    waker.wait_rest(1, 5)

    world.nb_server.kill()
    waker.wait_rest(2, 59)
    world.nb_server.start()
