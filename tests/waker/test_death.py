"""Wakers and database servers that die at any moment."""

import random
import signal
import threading
import time

from world import SANITIZED, wait_for

ROUNDS = 20


def check_woken(world, web, what):
    world.wait_no_events()
    wait_for(lambda: world.ids(web).get("rouse-state") == "awake", what)
    assert world.is_filled(web), what
    assert world.is_up("web"), what


def test_killed_at_any_moment_of_a_wake(world):
    web = world.add_service("web", "backend web 0.02 0")
    waker = world.waker().wait_active()
    rng = random.Random(1)
    for i in range(ROUNDS):
        world.set_vips(web, {"10.0.0.1:80": ""})
        if world.is_up("web"):
            (world.state / "web.up").unlink()
        world.wait_state(web, "asleep")
        world.event(web)
        time.sleep(rng.uniform(0, 0.06))
        waker.kill()
        waker.start()
        check_woken(world, web, f"round {i}")


def test_killed_at_any_moment_of_idling(world):
    """It falls asleep, and what was saved is still there."""
    web = world.add_service("web", "backend web 0 0 0.02", awake=True,
                            drain="0", backends=None)
    waker = world.waker().wait_active()
    vips = world.lb(web)["vips"]
    rng = random.Random(2)
    for i in range(ROUNDS):
        world.wait_state(web, "awake")
        world.set_ids(web, request="idle")
        time.sleep(rng.uniform(0, 0.06))
        waker.kill()
        waker.start()
        world.wait_state(web, "asleep")
        assert not world.is_up("web"), i
        assert "172.16.0.1:8080" in world.ids(web)["rouse-backends"], i
        world.event(web)
        check_woken(world, web, f"round {i}")
        assert world.lb(web)["vips"] == vips, i


def test_killed_while_idling_is_turned_round(world):
    web = world.add_service("web", "backend web 0 0 0.05", awake=True,
                            drain="0")
    waker = world.waker().wait_active()
    rng = random.Random(3)
    for i in range(ROUNDS):
        world.wait_state(web, "awake")
        world.set_ids(web, request="idle")
        world.wait_state(web, "idling", "asleep")
        time.sleep(rng.uniform(0, 0.08))
        world.event(web)
        time.sleep(rng.uniform(0, 0.02))
        waker.kill()
        waker.start()
        check_woken(world, web, f"round {i}")


def test_killed_at_the_deadline(world):
    web = world.add_service("web", "backend web 0 1000", wake_timeout="1")
    waker = world.waker().wait_active()
    rng = random.Random(4)
    for i in range(5):
        world.event(web)
        time.sleep(rng.uniform(0.9, 1.1))
        waker.kill()
        waker.start()
        world.wait_state(web, "failed")
        world.wait_no_events()


def test_waking_goes_on_until_its_old_deadline(world):
    web = world.add_service("web", "backend web 1000", wake_timeout="8")
    waker = world.waker().wait_active()
    start = time.monotonic()
    row = world.event(web)
    world.wait_state(web, "waking")
    time.sleep(1.5)
    waker.kill()
    waker.start()
    jobs = wait_for(lambda: (waker.status() or {}).get("jobs")
                    or world.ids(web)["rouse-state"] == "failed", "its job")
    assert jobs is True or jobs[0]["deadline_ms"] <= 6500, jobs
    world.wait_state(web, "failed")
    assert time.monotonic() - start > 7.5
    world.wait_event_gone(row)


def test_another_waker_takes_over(world):
    web = world.add_service("web", "backend web 0.3")
    first = world.waker("w1").wait_active()
    second = world.waker("w2")
    wait_for(second.status, "the second waker")
    assert not second.is_active()
    for _ in range(5):
        row = world.event(web)
        world.wait_state(web, "waking")
        first.kill()
        world.wait_state(web, "awake")
        world.wait_event_gone(row)
        second.wait_active()
        first.start()
        wait_for(first.status, "the first waker")
        assert not first.is_active()
        first, second = second, first
        world.set_vips(web, {"10.0.0.1:80": ""})
        world.wait_state(web, "asleep")
        (world.state / "web.up").unlink()


def test_frozen_waker_does_no_harm_when_it_thaws(world):
    """The server takes its lock away only when the connection ends; here it
    ends with the server."""
    web = world.add_service("web", "backend web 0.2")
    first = world.waker("w1").wait_active()
    second = world.waker("w2")
    wait_for(second.status, "the second waker")
    world.event(web)
    world.wait_state(web, "waking")
    first.process.send_signal(signal.SIGSTOP)
    restart(world, world.nb_server)
    second.wait_active()
    check_woken(world, web, "by the second")
    first.process.send_signal(signal.SIGCONT)
    wait_for(lambda: first.status() and not first.is_active(), "stand-by")
    assert world.ids(web)["rouse-state"] == "awake"


def restart(world, server):
    server.kill()
    server.start()
    for client in (world.nb, world.sb):
        client.close()
    world.connect()


def test_northbound_server_dies_in_the_middle(world):
    web = world.add_service("web", "backend web 0.02")
    world.waker().wait_active()
    rng = random.Random(5)
    for i in range(5):
        world.set_vips(web, {"10.0.0.1:80": ""})
        world.wait_state(web, "asleep")
        world.event(web)
        time.sleep(rng.uniform(0, 0.05))
        restart(world, world.nb_server)
        check_woken(world, web, f"round {i}")


def test_southbound_server_dies_in_the_middle(world):
    web = world.add_service("web", "backend web 0.02")
    world.waker().wait_active()
    rng = random.Random(6)
    for i in range(5):
        world.set_vips(web, {"10.0.0.1:80": ""})
        world.wait_state(web, "asleep")
        world.event(web)
        time.sleep(rng.uniform(0, 0.05))
        restart(world, world.sb_server)
        check_woken(world, web, f"round {i}")


def test_competing_writer(world):
    """Somebody else writes to the same rows all the time."""
    webs = [world.add_service(f"web{i}", "nothing") for i in range(20)]
    world.waker().wait_active()
    stop = threading.Event()
    n_writes = [0]

    def compete():
        client = world.nb_server.client()
        rng = random.Random(7)
        while not stop.is_set():
            web = rng.choice(webs)
            client.transact({
                "op": "mutate", "table": "Load_Balancer",
                "where": [["_uuid", "==", ["uuid", web]]],
                "mutations": [
                    ["external_ids", "delete", ["set", ["other"]]],
                    ["external_ids", "insert",
                     ["map", [["other", str(n_writes[0])]]]]]})
            n_writes[0] += 1
        client.close()

    thread = threading.Thread(target=compete)
    thread.start()
    try:
        for _ in range(10):
            for web in webs:
                world.event(web)
            for web in webs:
                world.wait_state(web, "awake")
            world.wait_no_events()
            for web in webs:
                vips = world.lb(web)["vips"]
                world.set_vips(web, {vip: "" for vip in vips})
            for web in webs:
                world.wait_state(web, "asleep")
    finally:
        stop.set()
        thread.join()
    print(f"{n_writes[0]} competing writes")
    assert n_writes[0] > (20 if SANITIZED else 200)


def test_load_balancer_that_vanishes_while_nobody_looks(world):
    """The database comes back from a backup without it."""
    copy = world.directory / "copy.db"
    copy.write_bytes(world.nb_server.file.read_bytes())
    web = world.add_service("web", "backend web 1000")
    other = world.add_service("other", awake=True)
    waker = world.waker().wait_active()
    row = world.event(web)
    world.wait_state(web, "waking")
    world.wait_state(other, "awake")
    world.nb_server.kill()
    world.nb_server.file.write_bytes(copy.read_bytes())
    world.nb_server.start()
    waker.wait_active()
    wait_for(lambda: waker.status()["services"]["awake"] == 0, "none awake")
    assert waker.status()["services"]["waking"] == 0
    world.wait_event_gone(row)
