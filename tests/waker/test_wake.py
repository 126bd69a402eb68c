"""One waker, one or a few services: wakes that end well, and badly."""

import time

from world import wait_for


def test_event_wakes_and_row_goes(world):
    web = world.add_service("web")
    waker = world.waker().wait_active()
    row = world.event(web)
    world.wait_state(web, "awake")
    world.wait_event_gone(row)
    assert world.lb(web)["vips"] == {"10.0.0.1:80": "172.16.0.1:8080"}
    assert world.is_up("web")
    assert "rouse-error" not in world.ids(web)
    status = waker.status()
    assert status["woken"] == 1 and status["events"]["consumed"] == 1
    assert not status["jobs"]


def test_row_that_was_there_before_the_waker(world):
    web = world.add_service("web")
    row = world.event(web)
    world.waker()
    world.wait_state(web, "awake")
    world.wait_event_gone(row)


def test_many_rows_one_wake(world):
    web = world.add_service("web", "backend web 0.3")
    waker = world.waker().wait_active()
    for _ in range(10):
        world.event(web)
    world.wait_state(web, "waking")
    for _ in range(10):
        world.event(web)
    world.wait_state(web, "awake")
    world.wait_no_events()
    assert world.calls("web").count("start") == 1
    assert waker.status()["wakes"] == 1


def test_late_row_for_awake_service_goes(world):
    web = world.add_service("web", awake=True)
    waker = world.waker().wait_active()
    world.wait_state(web, "awake")
    row = world.event(web)
    world.wait_event_gone(row)
    assert world.calls("web") == []
    assert waker.status()["events"]["ignored"] == {"already-awake": 1}


def test_request_wake(world):
    web = world.add_service("web")
    world.waker().wait_active()
    world.set_ids(web, request="wake")
    world.wait_state(web, "awake")
    world.nb.wait(lambda rows: "rouse-request" not in
                  rows["Load_Balancer"][web]["external_ids"])


def test_slow_backend_is_polled_until_it_answers(world):
    web = world.add_service("web", "backend web 0 1")
    world.waker().wait_active()
    start = time.monotonic()
    world.event(web)
    world.wait_state(web, "awake")
    assert time.monotonic() - start >= 1
    assert world.calls("web").count("ready") > 3


def test_failing_start_is_retried_with_back_off(world):
    (world.state / "web.broken").touch()
    web = world.add_service("web")
    world.waker().wait_active()
    row = world.event(web)
    error = world.nb.wait(lambda rows: rows["Load_Balancer"][web]
                          ["external_ids"].get("rouse-error"))
    assert "it is broken" in error
    assert world.ids(web)["rouse-state"] == "waking"
    assert row in world.events()
    (world.state / "web.broken").unlink()
    world.wait_state(web, "awake")
    world.wait_event_gone(row)
    assert "rouse-error" not in world.ids(web)
    assert world.calls("web").count("start") >= 2


def test_deadline_of_a_backend_that_never_listens(world):
    web = world.add_service("web", "backend web 0 1000", wake_timeout="1")
    waker = world.waker().wait_active()
    start = time.monotonic()
    row = world.event(web)
    world.wait_state(web, "failed")
    assert time.monotonic() - start > 0.9
    world.wait_event_gone(row)
    assert "not awake after 1 s" in world.ids(web)["rouse-error"]
    assert not world.is_filled(web)
    # Nobody would idle it otherwise.
    wait_for(lambda: "stop" in world.calls("web"), "stop")
    wait_for(lambda: not world.is_up("web"), "the backend to be down")
    assert waker.status()["failed"] == 1
    # The next event is a new wake.
    world.set_ids(web, target="backend web")
    world.wait_seen()
    world.event(web)
    world.wait_state(web, "awake")
    world.wait_no_events()
    assert "rouse-error" not in world.ids(web)


def test_deadline_of_a_driver_that_hangs(world):
    web = world.add_service("web", "backend web 1000", wake_timeout="1")
    world.waker().wait_active()
    row = world.event(web)
    world.wait_state(web, "failed")
    world.wait_event_gone(row)
    wait_for(lambda: "stop" in world.calls("web"), "stop")


def test_stop_that_hangs_does_not_keep_the_next_wake(world):
    web = world.add_service("web", "backend web 1000 0 1000",
                            wake_timeout="1")
    world.waker().wait_active()
    row = world.event(web)
    world.wait_state(web, "failed")
    world.wait_event_gone(row)
    world.set_ids(web, target="backend web", wake_timeout="30")
    world.wait_seen()
    world.event(web)
    world.wait_state(web, "awake")
    world.wait_no_events()


def test_unknown_driver_then_mended(world):
    web = world.add_service("web", driver="exce")
    waker = world.waker().wait_active()
    row = world.event(web)
    error = world.nb.wait(lambda rows: rows["Load_Balancer"][web]
                          ["external_ids"].get("rouse-error"))
    assert 'no driver "exce"' in error and "exec" in error
    assert row in world.events()
    world.set_ids(web, driver="exec")
    world.wait_state(web, "awake")
    assert "web: CHANGED: blocked" in waker.text(), "not by trying again"
    world.wait_event_gone(row)


def test_unknown_driver_fails_at_the_deadline(world):
    web = world.add_service("web", driver="exce", wake_timeout="1")
    world.waker().wait_active()
    row = world.event(web)
    world.wait_state(web, "failed")
    world.wait_event_gone(row)
    assert 'no driver "exce"' in world.ids(web)["rouse-error"]


def test_nothing_to_restore_is_an_error_that_says_so(world):
    web = world.add_service("web", backends=None, wake_timeout="1")
    world.waker().wait_active()
    world.event(web)
    world.wait_state(web, "failed")
    assert "rouse-backends has no backends" in world.ids(web)["rouse-error"]
    assert "start" not in world.calls("web")
    world.wait_no_events()


def test_target_changed_in_the_middle(world):
    web = world.add_service("web", "backend web 1000")
    world.waker().wait_active()
    row = world.event(web)
    wait_for(lambda: "start" in world.calls("web"), "start")
    world.set_ids(web, target="backend other")
    world.wait_state(web, "awake")
    world.wait_event_gone(row)
    assert world.is_up("other")


def test_load_balancer_deleted_in_the_middle(world):
    web = world.add_service("web", "backend web 1000")
    waker = world.waker().wait_active()
    row = world.event(web)
    wait_for(lambda: "start" in world.calls("web"), "start")
    world.delete_lb(web)
    wait_for(lambda: not waker.status()["jobs"], "the job to go")
    world.wait_event_gone(row)


def test_backends_filled_by_somebody_else(world):
    web = world.add_service("web", "backend web 1000")
    world.waker().wait_active()
    row = world.event(web)
    world.wait_state(web, "waking")
    world.set_vips(web, {"10.0.0.1:80": "172.16.0.9:80"})
    world.wait_state(web, "awake")
    world.wait_event_gone(row)
    assert world.lb(web)["vips"] == {"10.0.0.1:80": "172.16.0.9:80"}


def test_emptied_by_somebody_else_is_asleep(world):
    web = world.add_service("web", awake=True, backends="172.16.0.1:8080")
    world.waker().wait_active()
    world.wait_state(web, "awake")
    world.set_vips(web, {"10.0.0.1:80": ""})
    world.wait_state(web, "asleep")
    world.event(web)
    world.wait_state(web, "awake")
    world.wait_no_events()


def test_wrong_state_in_the_row_is_corrected(world):
    up = world.add_service("up", awake=True, state="asleep")
    down = world.add_service("down", state="awake")
    odd = world.add_service("odd", state="confused")
    world.waker().wait_active()
    world.wait_state(up, "awake")
    world.wait_state(down, "asleep")
    world.wait_state(odd, "asleep")


def test_policy_reaches_the_row_once(world):
    web = world.add_service("web", "backend web 0.5", wake_timeout="7",
                            hold="5", on_fail="drop")
    other = world.add_service("other", "backend other 0.5")
    waker = world.waker().wait_active()
    row = world.event(web)
    plain = world.event(other)
    info = world.sb.wait(
        lambda rows: "rouse-hold" in rows["Controller_Event"][row]
        ["event_info"] and rows["Controller_Event"][row]["event_info"])
    assert info["rouse-timeout"] == "7"
    assert info["rouse-hold"] == "5"
    assert info["rouse-on-fail"] == "drop"
    assert set(world.events()[plain]["event_info"]) == {
        "vip", "protocol", "load_balancer"}
    world.wait_no_events()
    assert waker.status()["events"]["annotated"] == 1


def test_several_vips_and_address_families(world):
    backends = ("10.9.9.9:80=172.16.0.1:8080,172.16.0.2:8080 "
                "[fd00::1]:80=[fd01::1]:8080")
    web = world.add_lb("web", vips={"10.9.9.9:80": "", "[fd00::1]:80": ""},
                       ids={"rouse-driver": "exec",
                            "rouse-target": "nothing",
                            "rouse-backends": backends})
    world.waker().wait_active()
    world.event(web, "[fd00:0::1]:80")
    world.wait_state(web, "awake")
    assert world.lb(web)["vips"] == {
        "10.9.9.9:80": "172.16.0.1:8080,172.16.0.2:8080",
        "[fd00::1]:80": "[fd01::1]:8080"}
    world.wait_no_events()


def test_vip_without_anything_to_restore_does_not_keep_the_others(world):
    web = world.add_lb("web", vips={"10.9.9.9:80": "", "10.9.9.9:81": ""},
                       ids={"rouse-driver": "exec",
                            "rouse-target": "nothing",
                            "rouse-backends": "10.9.9.9:80=172.16.0.1:80"})
    waker = world.waker().wait_active()
    world.event(web, "10.9.9.9:80")
    world.wait_state(web, "awake")
    world.wait_no_events()
    row = world.event(web, "10.9.9.9:81")
    world.wait_event_gone(row)
    assert waker.status()["events"]["ignored"] == {"no-backends": 1}
    assert 'has nothing for VIP "10.9.9.9:81"' in waker.text()
    assert world.ids(web)["rouse-state"] == "awake"


def test_signal_waits_for_somebody_else(world):
    web = world.add_lb("web", ids={"rouse-driver": "signal"})
    waker = world.waker().wait_active()
    row = world.event(web)
    world.nb.wait(lambda rows: rows["Load_Balancer"][web]["external_ids"]
                  .get("rouse-demand") == "1")
    world.wait_state(web, "waking")
    assert row in world.events()
    world.set_vips(web, {"10.0.0.1:80": "172.16.0.9:80"})
    world.wait_state(web, "awake")
    assert "web: FILLED: ready" in waker.text(), "not by asking the driver"
    world.wait_event_gone(row)
    world.set_ids(web, request="idle")
    world.nb.wait(lambda rows: rows["Load_Balancer"][web]["external_ids"]
                  .get("rouse-demand") == "0")
    world.wait_state(web, "idling")
    assert world.is_filled(web), "the backends are not ours to take away"
    world.set_vips(web, {"10.0.0.1:80": ""})
    world.wait_state(web, "asleep")
