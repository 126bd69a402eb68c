"""Putting to sleep, and turning that round."""

import time

from world import wait_for


def idle(world, service):
    world.set_ids(service, request="idle")


def test_idle_in_order(world):
    web = world.add_lb(
        "web", vips={"10.0.0.1:80": "172.16.0.1:80, 172.16.0.2:80",
                     "10.0.0.1:81": ""},
        options={"reject": "true"},
        ids={"rouse-driver": "exec", "rouse-target": "backend web",
             "rouse-drain": "1", "rouse-backends": None})
    (world.state / "web.up").touch()
    world.hv_answers = False
    waker = world.waker().wait_active()
    world.wait_state(web, "awake")
    idle(world, web)
    world.wait_state(web, "idling")
    lb = world.lb(web)
    assert lb["vips"] == {"10.0.0.1:80": "", "10.0.0.1:81": ""}
    assert lb["options"] == {"event": "true"}
    assert lb["external_ids"]["rouse-backends"] \
        == "10.0.0.1:80=172.16.0.1:80,172.16.0.2:80"
    assert lb["external_ids"]["rouse-reject"] == "true"
    assert "rouse-request" not in lb["external_ids"]
    time.sleep(0.3)
    assert waker.status()["jobs"][0]["step"] == "barrier"
    world.hv_answers = True
    confirmed = time.monotonic()
    world.wait_state(web, "asleep")
    assert time.monotonic() - confirmed > 0.9, "drained"
    assert world.calls("web") == ["stop"]
    assert not world.is_up("web")

    world.event(web, "10.0.0.1:80")
    world.wait_state(web, "awake")
    lb = world.lb(web)
    assert lb["vips"] == {"10.0.0.1:80": "172.16.0.1:80,172.16.0.2:80",
                          "10.0.0.1:81": ""}
    assert lb["options"] == {"event": "true", "reject": "true"}
    assert "rouse-reject" not in lb["external_ids"]


def test_event_while_draining_turns_it_round(world):
    web = world.add_service("web", awake=True, drain="30")
    waker = world.waker().wait_active()
    idle(world, web)
    wait_for(lambda: any(j["step"] == "drain"
                         for j in waker.status()["jobs"]), "drain")
    row = world.event(web)
    world.wait_state(web, "awake")
    world.wait_event_gone(row)
    assert world.is_filled(web)
    assert set(world.calls("web")) == {"ready"}, "neither stopped nor started"
    assert waker.status()["turned_round"] == 1


def test_request_while_waiting_for_chassis_turns_it_round(world):
    world.hv_answers = False
    web = world.add_service("web", awake=True)
    world.waker().wait_active()
    idle(world, web)
    world.wait_state(web, "idling")
    world.set_ids(web, request="wake")
    world.wait_state(web, "awake")
    assert world.is_filled(web)
    assert "stop" not in world.calls("web")


def test_turned_round_but_the_backend_had_died(world):
    web = world.add_service("web", awake=True, drain="30")
    waker = world.waker().wait_active()
    idle(world, web)
    wait_for(lambda: any(j["step"] == "drain"
                         for j in waker.status()["jobs"]), "drain")
    (world.state / "web.up").unlink()
    world.event(web)
    world.wait_state(web, "awake")
    assert "start" in world.calls("web") and world.is_up("web")


def test_event_while_stopping_starts_again(world):
    web = world.add_service("web", "backend web 0 0 0.5", awake=True,
                            drain="0")
    world.waker().wait_active()
    idle(world, web)
    wait_for(lambda: "stop" in world.calls("web"), "stop")
    row = world.event(web)
    world.wait_state(web, "awake")
    world.wait_event_gone(row)
    calls = world.calls("web")
    assert calls[:2] == ["stop", "start"]
    assert world.is_up("web")


def test_dead_chassis_does_not_keep_it_running_for_ever(world):
    world.hv_answers = False
    web = world.add_service("web", awake=True, drain="0")
    waker = world.waker().wait_active()
    idle(world, web)
    start = time.monotonic()
    world.wait_state(web, "asleep")
    assert time.monotonic() - start > 9
    assert "not all chassis have confirmed" in waker.text()


def test_stop_that_fails_is_retried(world):
    world.program("stubborn", """#!/bin/sh
echo $1 >>"$STATE/stubborn.log"
[ $1 = stop ] && [ ! -e "$STATE/give-in" ] && {
    echo "it will not stop" >&2
    exit 1
}
exit 0
""")
    web = world.add_service("web", "stubborn", awake=True, drain="0")
    world.waker().wait_active()
    idle(world, web)
    wait_for(lambda: world.calls("stubborn").count("stop") >= 2, "two tries")
    assert "it will not stop" in world.ids(web)["rouse-error"]
    (world.state / "give-in").touch()
    world.wait_state(web, "asleep")
    assert "rouse-error" not in world.ids(web)


def test_idle_of_what_could_not_be_woken_again_is_refused(world):
    web = world.add_service("web", awake=True, driver="exce")
    world.waker().wait_active()
    idle(world, web)
    error = world.nb.wait(lambda rows: rows["Load_Balancer"][web]
                          ["external_ids"].get("rouse-error"))
    assert "exce" in error
    world.nb.wait(lambda rows: "rouse-request" not in
                  rows["Load_Balancer"][web]["external_ids"])
    assert world.is_filled(web)
    assert world.ids(web)["rouse-state"] == "awake"


def test_idle_request_in_a_wake_comes_after_it(world):
    web = world.add_service("web", "backend web 0.5", drain="0")
    world.waker().wait_active()
    row = world.event(web)
    world.wait_state(web, "waking")
    idle(world, web)
    world.wait_event_gone(row)
    world.wait_state(web, "asleep")
    assert world.calls("web")[-1] == "stop"
    assert "rouse-request" not in world.ids(web)


def test_cycles(world):
    """Idle and wake as fast as it goes; nothing is lost in between."""
    web = world.add_service("web", awake=True, drain="0")
    world.waker().wait_active()
    for _ in range(30):
        idle(world, web)
        world.wait_state(web, "asleep")
        assert not world.is_up("web")
        world.event(web)
        world.wait_state(web, "awake")
        assert world.is_up("web") and world.is_filled(web)
        world.wait_no_events()


def test_event_at_any_moment_of_idling(world):
    web = world.add_service("web", "backend web 0 0 0.05", awake=True,
                            drain="0")
    world.waker().wait_active()
    for i in range(40):
        world.wait_state(web, "awake")
        idle(world, web)
        world.wait_state(web, "idling", "asleep")
        time.sleep(i * 0.003)
        row = world.event(web)
        world.wait_event_gone(row)
        wait_for(lambda: world.ids(web)["rouse-state"] == "awake", "awake")
        assert world.is_filled(web) and world.is_up("web"), i
