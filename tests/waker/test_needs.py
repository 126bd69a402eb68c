"""Services that need others."""

from world import wait_for


def test_needs_are_awake_first(world):
    order = world.directory / "order"
    world.program("noted", f"""#!/bin/sh
[ $1 = start ] && {{ sleep 0.2; echo $2 >>{order}; }}
exit 0
""")
    db = world.add_service("db", "noted db")
    cache = world.add_service("cache", "noted cache")
    app = world.add_service("app", "noted app", needs="db, cache")
    web = world.add_service("web", "noted web", needs=app)
    world.waker().wait_active()
    world.event(web)
    world.wait_state(web, "awake")
    names = order.read_text().split()
    assert sorted(names[:2]) == ["cache", "db"] and names[2:] == ["app", "web"]
    for lb in (db, cache, app):
        assert world.ids(lb)["rouse-state"] == "awake"
    world.wait_no_events()


def test_many_that_need_the_same(world):
    db = world.add_service("db", "backend db 0.3")
    webs = [world.add_service(f"web{i}", "nothing", needs="db")
            for i in range(50)]
    world.waker().wait_active()
    for web in webs:
        world.event(web)
    for web in webs:
        world.wait_state(web, "awake")
    assert world.calls("db").count("start") == 1
    assert world.ids(db)["rouse-state"] == "awake"
    world.wait_no_events()


def test_cycle_is_named(world):
    a = world.add_service("a", needs="b", wake_timeout="1")
    world.add_service("b", needs="c", wake_timeout="1")
    world.add_service("c", needs="a", wake_timeout="1")
    world.waker().wait_active()
    row = world.event(a)
    world.wait_state(a, "failed")
    assert "in a circle: a -> b -> c -> a" in world.ids(a)["rouse-error"]
    world.wait_event_gone(row)
    assert world.calls("a") == []


def test_cycle_further_down(world):
    a = world.add_service("a", needs="b", wake_timeout="1")
    world.add_service("b", needs="c", wake_timeout="1")
    world.add_service("c", needs="b", wake_timeout="1")
    world.waker().wait_active()
    row = world.event(a)
    world.wait_state(a, "failed")
    world.wait_event_gone(row)
    assert world.calls("a") == []


def test_need_that_is_not_there(world):
    a = world.add_service("a", needs="nowhere")
    world.waker().wait_active()
    row = world.event(a)
    error = world.nb.wait(lambda rows: rows["Load_Balancer"][a]
                          ["external_ids"].get("rouse-error"))
    assert 'there is no load balancer "nowhere"' in error
    world.add_service("nowhere")
    world.wait_state(a, "awake")
    world.wait_event_gone(row)


def test_need_of_another_cms(world):
    other = world.add_lb("other")
    a = world.add_service("a", needs="other")
    waker = world.waker().wait_active()
    row = world.event(a)
    error = world.nb.wait(lambda rows: rows["Load_Balancer"][a]
                          ["external_ids"].get("rouse-error"))
    assert '"other"' in error and "no backends" in error
    world.set_vips(other, {"10.0.0.1:80": "172.16.0.1:80"})
    world.wait_state(a, "awake")
    world.wait_event_gone(row)
    # Looked at when a row changes, or now and then, but not in circles.
    assert 1 <= waker.text().count("a: RETRY: blocked -> needs") < 16


def test_need_that_fails_first(world):
    (world.state / "db.broken").touch()
    db = world.add_service("db", wake_timeout="1")
    web = world.add_service("web", needs="db", wake_timeout="30")
    world.waker().wait_active()
    row = world.event(web)
    error = world.nb.wait(lambda rows: rows["Load_Balancer"][web]
                          ["external_ids"].get("rouse-error"))
    assert '"db"' in error and "it is broken" in error
    (world.state / "db.broken").unlink()
    world.wait_state(web, "awake")
    assert world.ids(db)["rouse-state"] == "awake"
    world.wait_event_gone(row)


def test_need_is_turned_round(world):
    db = world.add_service("db", awake=True, drain="30")
    web = world.add_service("web", needs="db")
    waker = world.waker().wait_active()
    world.set_ids(db, request="idle")
    wait_for(lambda: any(j["step"] == "drain"
                         for j in waker.status()["jobs"]), "drain")
    world.event(web)
    world.wait_state(web, "awake")
    assert world.ids(db)["rouse-state"] == "awake"
    assert "stop" not in world.calls("db")
