"""rouse service list, show, idle, wake, remove."""

import json
import re
import threading
import time

from conftest import wait_for


def add(ovn, name="web", *args, last=100):
    ovn.rouse("service", "add", name, "--vip", f"10.0.0.{last}:80",
              "--backends", "10.0.0.2:8080", "--driver", "signal", *args)


def test_list(ovn):
    assert "no service yet" in ovn.rouse("service", "list").err
    assert ovn.rouse("service", "list", "--json").json() == []
    add(ovn)
    add(ovn, "db", "--asleep", last=101)
    ovn.nbctl("lb-add", "other", "10.0.0.102:80", "10.0.0.2:80")
    ovn.set_ids("web", error="container gone")
    lines = ovn.rouse("service", "list").out.splitlines()
    assert lines[0].split() == [
        "NAME", "STATE", "SINCE", "CONNS", "QUIET", "SLEEPS", "WAKE",
        "DRIVER", "TARGET", "VIPS", "REFUSED", "BACKENDS/ERROR"]
    assert len(lines) == 3
    assert lines[1].startswith("db    asleep")
    assert lines[1].endswith("(10.0.0.2:8080)")
    assert lines[2].endswith("error: container gone")
    services = ovn.rouse("service", "list", "--json").json()
    assert [s["name"] for s in services] == ["db", "web"]
    assert services[0]["saved_backends"] == {
        "10.0.0.101:80": ["10.0.0.2:8080"]}
    assert services[1]["error"] == "container gone"


def test_last_wake(ovn):
    add(ovn)
    assert ovn.rouse("service", "list", "--json").json()[0]["last_wake"] is None
    ovn.set_ids("web", last_wake="2026-11-23T08:00:00.000Z event=2 start=120 "
                                 "ready=45 replay=9 total=176 tries=1")
    assert "2/120/45/9/176 ms" in ovn.rouse("service", "list").out
    assert "event=2 start=120 ready=45 replay=9 total=176" in ovn.rouse(
        "service", "show", "web").out
    for words in (["list"], ["show", "web"]):
        said = ovn.rouse("service", *words, "--json").json()
        service = said[0] if words == ["list"] else said
        assert service["last_wake"] == {
            "at": "2026-11-23T08:00:00.000Z", "event": 2, "start": 120,
            "ready": 45, "replay": 9, "total": 176, "tries": 1}
    ovn.set_ids("web", last_wake="2026-11-23T08:00:00.000Z start=120 "
                                 "ready=45 total=165 tries=1")
    assert "  -/120/45/-/165 ms  " in ovn.rouse("service", "list").out
    ovn.set_ids("web", last_wake="what?")
    assert "/" not in ovn.rouse("service", "list").out.splitlines()[1]


def test_dry_run(ovn):
    add(ovn, "web", "--idle-after", "60", "--idle-dry-run", "true")
    show = ["service", "show", "web"]
    assert "would have saved nothing yet" in ovn.rouse(*show).out
    assert ovn.rouse(*show, "--json").json()["idle"]["dry_run_saved"] is None
    ovn.set_ids("web", idle_dry_saved="sleeps=3 seconds=7200")
    assert "would have saved 2 h of sleep: 3 sleeps\n" in ovn.rouse(*show).out
    assert "2 h saved" in ovn.rouse("service", "list").out
    ovn.set_ids("web", idle_dry_saved="sleeps=3 seconds=7200 "
                                      "since=2026-11-20T08:00:00.000Z")
    assert "and the present one for" in ovn.rouse(*show).out
    assert "dry run: asleep" in ovn.rouse("service", "list").out
    saved = ovn.rouse(*show, "--json").json()["idle"]["dry_run_saved"]
    assert saved["asleep_since"] == "2026-11-20T08:00:00.000Z"
    assert saved["sleeps"] == 3 and saved["saved_s"] > 7200
    ovn.set_ids("web", idle_dry_saved="what?")
    assert ovn.rouse(*show, "--json").json()["idle"]["dry_run_saved"] is None


def test_long_lines_are_not_cut_without_a_terminal(ovn):
    add(ovn, "w" * 200)
    assert "w" * 200 in ovn.rouse("service", "list").out


def test_bad_rows_are_shown(ovn):
    add(ovn)
    ovn.set_ids("web", hold="many")
    assert "rouse-hold" in ovn.rouse("service", "list").out
    service = ovn.rouse("service", "show", "web", "--json").json()
    assert service["problem"]["column"] == "external_ids:rouse-hold"
    assert "many" in service["problem"]["problem"]
    assert service["hold"] == 1024


def test_control_characters_do_not_reach_the_terminal(ovn):
    add(ovn)
    ovn.nbctl("set", "load_balancer", "web",
              'external_ids:rouse-error="\x1b[31mred"')
    out = ovn.rouse("service", "list").out
    assert "\x1b" not in out and "?[31mred" in out


def test_show(ovn):
    ovn.nbctl("ls-add", "sw0", "--", "lr-add", "lr0")
    add(ovn, "db", last=101)
    add(ovn, "web", "--asleep", "--switch", "sw0", "--router", "lr0",
        "--needs", "db")
    ovn.add_event(ovn.lb()["uuid"], seq=4)
    out = ovn.rouse("service", "show", "web").out
    for text in ("state:        asleep since 20", "switches:     sw0",
                 "routers:      lr0", "needs:        db (awake)",
                 "10.0.0.100:80 -> none (restores 10.0.0.2:8080)",
                 "event:        10.0.0.100:80 tcp, chassis -, seq 4"):
        assert text in out
    service = ovn.rouse("service", "show", "web", "--json").json()
    assert service["needs"] == [{"name": "db", "state": "awake"}]
    assert service["switches"] == ["sw0"]
    assert service["events"][0]["seq"] == 4


def test_show_without_southbound(ovn):
    add(ovn)
    ovn.sb.stop()
    ovn.sb.socket.unlink()
    result = ovn.rouse("service", "show", "web")
    assert "unknown: no connection to OVN_Southbound" in result.out


def test_not_found(ovn):
    ovn.nbctl("lb-add", "plain", "10.0.0.102:80", "10.0.0.2:80")
    for verb in ("show", "idle", "wake", "remove"):
        result = ovn.rouse("service", verb, "nix", status=3)
        assert result.err.startswith(
            'rouse: there is no load balancer "nix"')
        result = ovn.rouse("service", verb, "plain", status=3)
        assert 'load balancer "plain" has no rouse-driver' in result.err


class Waker(threading.Thread):
    """Plays the waker: takes one request and sets states, one by one."""

    def __init__(self, ovn, *states, name="web", **last):
        super().__init__(daemon=True)
        self.ovn = ovn
        self.states = states
        self.lb = name
        self.last = last
        self.start()

    def run(self):
        wait_for(lambda: "rouse-request"
                 in self.ovn.lb(self.lb)["external_ids"])
        self.ovn.set_ids(self.lb, request=None)
        for i, state in enumerate(self.states):
            keys = self.last if i == len(self.states) - 1 else {}
            self.ovn.set_ids(self.lb, state=state,
                             state_since=f"2026-11-23T00:00:0{i}.000Z",
                             **keys)


def test_idle_and_wake(ovn):
    add(ovn)
    waker = Waker(ovn, "idling", "asleep")
    result = ovn.rouse("service", "idle", "web")
    assert result.out.startswith("web: idling ... asleep (")
    assert result.err == ""
    waker.join()
    assert ovn.rouse("service", "idle", "web").out == "web: already asleep\n"
    waker = Waker(ovn, "waking", "awake")
    result = ovn.rouse("service", "wake", "web", "--json").json()
    waker.join()
    assert result[0]["outcome"] == "reached"
    assert result[0]["state"] == "awake"


def test_several_have_a_line_each(ovn):
    """Also those that are there before the first of them."""
    names = ["first", "second", "third"]
    for name in names:
        add(ovn, name)
    command = ovn.start("service", "idle", *names)
    for name in reversed(names):
        waker = Waker(ovn, "idling", "asleep", name=name)
        waker.join()
    result = ovn.finish(command)
    assert re.fullmatch("".join(rf"{name}: idling \.\.\. asleep \(.*\)\n"
                                for name in names), result.out), result
    assert result.status == 0


def test_failed_wake(ovn):
    add(ovn, "web", "--asleep")
    waker = Waker(ovn, "waking", "failed", error="no such container")
    result = ovn.rouse("service", "wake", "web", status=1)
    waker.join()
    assert result.out.startswith("web: waking ... failed (")
    assert (result.err == 'rouse: waking load balancer "web" failed: '
            'no such container\n')
    # It failed before, and fails again.
    waker = Waker(ovn, "waking", "failed", error="still none")
    result = ovn.rouse("service", "wake", "web", status=1)
    waker.join()
    assert "still none" in result.err


def test_woken_while_idling(ovn):
    add(ovn)
    waker = Waker(ovn, "idling", "waking", "awake")
    result = ovn.rouse("service", "idle", "web", status=1)
    waker.join()
    assert "it was woken meanwhile" in result.err


def test_wake_that_comes_just_after_falling_asleep(ovn):
    add(ovn)
    ovn.set_ids("web", state="idling")
    waker = Waker(ovn, "asleep", "waking", "awake")
    result = ovn.rouse("service", "wake", "web")
    waker.join()
    assert " awake (" in result.out


def test_several(ovn):
    add(ovn)
    add(ovn, "db", last=101)
    wakers = [Waker(ovn, "asleep"), Waker(ovn, "asleep", name="db")]
    result = ovn.rouse("service", "idle", "--all", "--json")
    for waker in wakers:
        waker.join()
    assert [(r["service"], r["outcome"]) for r in result.json()] == [
        ("db", "reached"), ("web", "reached")]


def test_no_wait(ovn):
    add(ovn)
    result = ovn.rouse("service", "idle", "web", "--no-wait")
    assert result.out == "web: idle requested\n"
    assert ovn.lb()["external_ids"]["rouse-request"] == "idle"


def test_no_waker(ovn):
    add(ovn)
    begin = time.monotonic()
    result = ovn.rouse("service", "idle", "web", "--timeout", "5.5",
                       status=4)
    assert time.monotonic() - begin > 5
    assert 'does a "rouse waker" run' in result.err
    assert "no waker has taken the request" in result.err


def test_taken_and_then_nothing(ovn):
    add(ovn)
    waker = Waker(ovn, "idling", error="container hangs")
    result = ovn.rouse("service", "idle", "web", "-t", "1", status=4)
    waker.join()
    assert "is still idling: container hangs" in result.err


def test_removed_meanwhile(ovn):
    add(ovn)
    process = ovn.start("service", "idle", "web")
    wait_for(lambda: "rouse-request" in ovn.lb()["external_ids"])
    ovn.nbctl("lb-del", "web")
    result = ovn.finish(process)
    assert result.status == 1
    assert "no service any more" in result.err


def test_remove(ovn):
    ovn.nbctl("--reject", "lb-add", "web", "10.0.0.100:80", "10.0.0.2:80")
    ovn.nbctl("set", "load_balancer", "web", "external_ids:owner=me")
    ovn.rouse("service", "add", "web", "--driver", "signal", "--asleep")
    result = ovn.rouse("service", "remove", "web", status=1)
    assert "is not awake" in result.err and "--force" in result.err
    assert ovn.lb()["vips"] == {"10.0.0.100:80": ""}
    ovn.rouse("service", "remove", "web", "--force")
    lb = ovn.lb()
    assert lb["vips"] == {"10.0.0.100:80": "10.0.0.2:80"}
    assert lb["options"] == {"reject": "true"}
    assert lb["external_ids"] == {"owner": "me"}


def test_remove_and_delete(ovn):
    ovn.nbctl("ls-add", "sw0")
    add(ovn, "web", "--switch", "sw0")
    result = ovn.rouse("service", "remove", "web", "--delete", "--json")
    assert result.json() == {"service": "web", "deleted": True}
    assert ovn.lb() is None
    assert ovn.nbctl("get", "logical_switch", "sw0", "load_balancer") == "[]"


def test_two_writers(ovn):
    """Changes that were planned from an old row are planned again."""
    add(ovn)
    processes = [ovn.start("service", "add", "web", option, str(value))
                 for option, value in (("--hold", 7), ("--drain", 8),
                                       ("--wake-timeout", 9))
                 for _ in range(3)]
    for process in processes:
        assert ovn.finish(process).status == 0
    ids = ovn.lb()["external_ids"]
    assert (ids["rouse-hold"], ids["rouse-drain"],
            ids["rouse-wake-timeout"]) == ("7", "8", "9")


def test_json_of_all_is_valid(ovn):
    add(ovn, 'quo"te \\ \u00e9')
    for args in (("service", "list"), ("events",), ("status",)):
        json.loads(ovn.rouse(*args, "--json").out)
    assert ovn.rouse("service", "list", "--json").json()[0]["name"] == (
        'quo"te \\ \u00e9')
