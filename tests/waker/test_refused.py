"""Rows of packets that may not wake, where a chassis says so: they stay for a
while, and are in nobody's way."""

from ovsdb import from_map
from world import insert_chassis


def refused_row(world, service, chassis, refused="closing=3", vip=None):
    """A row that ovn-controller has written and rouse hold has marked."""
    return world.raw_event({
        "vip": vip or next(iter(world.lb(service)["vips"])),
        "protocol": "tcp", "load_balancer": service,
        "rouse-refused": refused, "rouse-source": "10.0.0.9"}, chassis)


def wait_refused(world, service, refused):
    world.nb.wait(lambda rows: rows["Load_Balancer"][service][
        "external_ids"].get("rouse-refused") == refused, refused)


def test_row_stays_until_the_service_is_awake(world):
    """It is counted once; an admitted packet wakes the service beside it, and
    then it is gone before the service can be put to sleep again."""
    chassis = insert_chassis(world, "ch1", rouse_hold="true")
    web = world.add_service("web", drain="0")
    world.waker().wait_active()
    row = refused_row(world, web, chassis)
    wait_refused(world, web, "closing=3")
    assert list(world.events()) == [row]
    world.event(web, **{"rouse-admitted": "10.0.0.1"})
    world.wait_state(web, "awake")
    world.wait_no_events()
    assert world.calls("web").count("start") == 1
    assert world.ids(web)["rouse-refused"] == "closing=3"


def test_row_goes_by_itself(world):
    """And so does one that rouse hold writes when nobody else has."""
    chassis = insert_chassis(world, "ch1", rouse_hold="true")
    web = world.add_service("web")
    waker = world.waker().wait_active()
    refused_row(world, web, chassis)
    refused_row(world, web, chassis, "unlisted-source=4")
    world.wait_no_events()
    wait_refused(world, web, "closing=3 unlisted-source=4")
    assert world.ids(web)["rouse-state"] == "asleep"
    assert waker.status()["events"]["ignored"] == {"refused": 2}


def test_row_goes_with_rouse_hold(world):
    """ovn-controller, alone again, is to write rows for all packets."""
    one = insert_chassis(world, "ch1", rouse_hold="true")
    two = insert_chassis(world, "ch2", rouse_hold="true")
    web = world.add_service("web")
    world.waker().wait_active()
    # If this took as long as rows stay, once, it would tell nothing.
    for _ in range(3):
        stays = refused_row(world, web, one)
        goes = refused_row(world, web, two)
        set_ids(world, "ch2")
        world.wait_event_gone(goes)
        if stays in world.events():
            break
        set_ids(world, "ch2", **{"rouse-hold": "true"})
    else:
        raise AssertionError("only when its time was over")
    # Now it is like any chassis that marks nothing.
    goes = refused_row(world, web, two)
    world.wait_event_gone(goes)
    assert stays in world.events()


def set_ids(world, name, **ids):
    world.sb.transact({
        "op": "update", "table": "Chassis_Private",
        "where": [["name", "==", name]],
        "row": {"external_ids": from_map(ids)}})
