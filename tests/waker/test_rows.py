"""Event rows that mean nothing, or nothing yet."""

import time
import uuid as uuids


def test_malformed_rows_go_and_the_others_work(world):
    web = world.add_service("web")
    waker = world.waker().wait_active()
    bad = [{}, {"vip": "10.0.0.1:80"}, {"load_balancer": web},
           {"vip": "10.0.0.1:80", "load_balancer": "no uuid"},
           {"vip": "", "load_balancer": web, "protocol": "tcp"},
           {"vip": "10.0.0.1:80", "load_balancer": web,
            "protocol": "x" * 5000}]
    rows = [world.raw_event(info) for info in bad]
    good = world.event(web, junk="\u00e4" * 100)
    for row in [*rows, good]:
        world.wait_event_gone(row)
    world.wait_state(web, "awake")
    assert "Controller_Event" in waker.text()


def test_unknown_load_balancer_has_grace(world):
    waker = world.waker().wait_active()
    row = world.raw_event({"vip": "10.0.0.1:80", "protocol": "tcp",
                           "load_balancer": str(uuids.uuid4())})
    start = time.monotonic()
    world.wait_event_gone(row)
    assert time.monotonic() - start > 4
    assert waker.status()["events"]["ignored"] == {
        "unknown-load-balancer": 1}
    assert "there is no load balancer" in waker.text()


def test_load_balancer_that_appears_in_its_grace(world):
    world.waker().wait_active()
    name = str(uuids.uuid4())
    row = world.raw_event({"vip": "10.0.0.1:80", "protocol": "tcp",
                           "load_balancer": name})
    time.sleep(0.3)
    assert row in world.events()
    world.nb.transact({
        "op": "insert", "table": "Load_Balancer", "uuid": name,
        "row": {"name": "web", "vips": ["map", [["10.0.0.1:80", ""]]],
                "external_ids": ["map", [
                    ["rouse-driver", "exec"], ["rouse-target", "nothing"],
                    ["rouse-backends", "172.16.0.1:80"]]]}})
    world.wait_state(name, "awake")
    world.wait_event_gone(row)


def test_unknown_vip(world):
    web = world.add_service("web")
    waker = world.waker().wait_active()
    row = world.event(web, "10.77.0.1:80")
    world.wait_event_gone(row)
    assert waker.status()["events"]["ignored"] == {"unknown-vip": 1}
    assert 'has no VIP "10.77.0.1:80"' in waker.text()
    assert world.calls("web") == []


def test_rows_of_another_cms_stay(world):
    other = world.add_lb("other")
    waker = world.waker().wait_active()
    row = world.event(other)
    time.sleep(6)
    assert row in world.events()
    assert waker.status()["events"]["ignored"] == {"foreign": 1}
    # It becomes a service: its row is heard.
    world.set_ids(other, driver="exec", target="nothing",
                  backends="172.16.0.1:80")
    world.wait_state(other, "awake")
    world.wait_event_gone(row)


def test_bad_values_have_defaults_and_a_message(world):
    web = world.add_service("web", wake_timeout="soon", hold="-1",
                            on_fail="explode", drain="9999999999")
    odd = world.add_lb("odd", vips={"ten:80": "", "10.0.0.9:80": ""},
                       ids={"rouse-driver": "exec", "rouse-target": "nothing",
                            "rouse-backends": "10.0.0.9:80=172.16.0.1:80"})
    waker = world.waker().wait_active()
    world.event(web)
    world.event(odd, "10.0.0.9:80")
    world.wait_state(web, "awake")
    world.wait_state(odd, "awake")
    world.wait_no_events()
    text = waker.text()
    assert 'load balancer "web"' in text and '"soon"' in text \
        and "rouse-wake-timeout=60" in text
    assert 'load balancer "odd"' in text and "ten:80" in text
