"""rouse events, rouse status, and what all commands have in common."""

import json
import os
import signal
import socket
import threading

import pytest

from conftest import DEADLINE_S


def add(ovn, name="web"):
    ovn.rouse("service", "add", name, "--vip", "10.0.0.100:80",
              "--backends", "10.0.0.2:8080", "--driver", "signal",
              "--asleep")
    return ovn.lb(name)["uuid"]


# --- events ---

def test_events(ovn):
    assert ovn.rouse("events").out.split() == [
        "SEQ", "EVENT", "VIP", "PROTOCOL", "SERVICE", "CHASSIS", "STATE"]
    uuid = add(ovn)
    ovn.add_event(uuid, seq=2)
    ovn.add_event("6a3f1f7a-0000-4000-8000-000000000000", seq=1)
    ovn.add_event("garbage", seq=3)
    lines = ovn.rouse("events").out.splitlines()
    assert lines[1].split() == [
        "1", "empty_lb_backends", "10.0.0.100:80", "tcp",
        "6a3f1f7a-0000-4000-8000-000000000000", "-", "no", "such", "service"]
    assert lines[2].split() == ["2", "empty_lb_backends", "10.0.0.100:80",
                                "tcp", "web", "-", "asleep"]
    assert "unusable: event_info" in lines[3]
    events = ovn.rouse("events", "--json").json()
    assert [e["service"] for e in events] == [None, "web", None]
    assert events[2]["problem"]["problem"]


def test_events_without_northbound(ovn):
    uuid = add(ovn)
    ovn.add_event(uuid)
    ovn.nb.stop()
    ovn.nb.socket.unlink()
    result = ovn.rouse("events")
    assert uuid in result.out
    assert "no connection to OVN_Northbound" in result.err


def test_follow(ovn):
    uuid = add(ovn)
    process = ovn.start("events", "--follow", "--count", "4", "--json")
    event = ovn.add_event(uuid, seq=7)
    assert json.loads(process.stdout.readline())["seq"] == 7
    ovn.set_ids("web", state="waking")
    change = json.loads(process.stdout.readline())
    assert (change["kind"], change["service"], change["from"],
            change["state"]) == ("state", "web", "asleep", "waking")
    ovn.sbctl("destroy", "Controller_Event", event)
    assert json.loads(process.stdout.readline())["kind"] == "done"
    ovn.rouse("service", "remove", "web", "--force")
    result = ovn.finish(process)
    assert result.status == 0
    assert json.loads(result.out)["kind"] == "removed"


def test_follow_refused(ovn):
    """What is refused from now on, not what was before."""
    uuid = add(ovn)
    ovn.set_ids("web", refused="closing=2")
    process = ovn.start("events", "--follow", "--count", "2", "--json")
    # An event is told whenever it came: now it has seen the service, too.
    ovn.add_event(uuid, seq=7)
    assert json.loads(process.stdout.readline())["kind"] == "event"
    ovn.set_ids("web", refused="closing=5 too-few=1",
                refused_last="2026-11-23T08:00:00.000Z 10.0.0.7 x")
    line = json.loads(process.stdout.readline())
    assert (line["kind"], line["service"], line["refused"]) == (
        "refused", "web", {"closing": 3, "too-few": 1})
    assert "10.0.0.7" in line["latest"]
    assert ovn.finish(process).status == 0


def test_follow_text_until_interrupted(ovn):
    uuid = add(ovn)
    process = ovn.start("events", "-f")
    ovn.add_event(uuid, seq=7)
    line = process.stdout.readline()
    assert "event    empty_lb_backends 10.0.0.100:80 tcp for web" in line
    process.send_signal(signal.SIGINT)
    assert ovn.finish(process).status == -signal.SIGINT


def test_follow_ends_with_its_reader(ovn):
    uuid = add(ovn)
    process = ovn.start("events", "-f")
    ovn.add_event(uuid, seq=1)
    assert process.stdout.readline()
    process.stdout.close()
    ovn.add_event(uuid, seq=2)
    assert process.wait(timeout=DEADLINE_S) == 1


def test_follow_timeouts(ovn):
    ovn.rouse("events", "--follow", "-t", "0.2")
    ovn.rouse("events", "--follow", "-t", "0.2", "-n", "1", status=4)
    ovn.rouse("events", "-n", "1", status=2)


def test_follow_through_a_restart(ovn):
    uuid = add(ovn)
    ovn.add_event(uuid, seq=1)
    process = ovn.start("events", "-f", "--json")
    assert json.loads(process.stdout.readline())["seq"] == 1
    ovn.sb.stop()
    ovn.sb.start()
    ovn.add_event(uuid, seq=2)
    line = json.loads(process.stdout.readline())
    assert (line["kind"], line["seq"]) == ("event", 2)


# --- status ---

class FakeDaemon(threading.Thread):
    """A control socket that answers every request in the same way."""

    def __init__(self, path, answer):
        super().__init__(daemon=True)
        self.answer = answer
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(path))
        self.server.listen()
        self.start()

    def run(self):
        while True:
            connection, _ = self.server.accept()
            request = b""
            while not request.endswith(b"}"):
                request += connection.recv(4096)
            message = json.loads(request)
            assert message["method"] == "rouse/status"
            reply = {"id": message["id"], "result": self.answer,
                     "error": None}
            connection.sendall(json.dumps(reply).encode())


HOLD = {"role": "hold", "switch": {"connected": True, "flows": 3},
        "southbound": {"connected": True},
        "custody": {"received": 5, "dropped": {"VIP_FULL": 1}},
        "held": [{"vip": "10.0.0.100:80", "packets": 2}]}


def test_status(ovn):
    add(ovn)
    FakeDaemon(ovn.rundir / "hold.ctl", json.dumps(HOLD))
    out = ovn.rouse("status").out
    assert f"OVN_Northbound  {ovn.nb.remote}  connected\n" in out
    assert "services: 1 (1 asleep)" in out
    assert "events: 0 pending" in out
    assert "  switch: connected yes, flows 3\n" in out
    assert "    packets  vip\n    2        10.0.0.100:80\n" in out
    status = ovn.rouse("status", "--json").json()
    assert status["healthy"] is True
    assert status["services"]["asleep"] == 1
    assert status["daemons"][0]["status"] == HOLD


def test_status_of_a_sick_daemon(ovn):
    answer = dict(HOLD, switch={"connected": False})
    FakeDaemon(ovn.rundir / "hold.ctl", json.dumps(answer))
    assert "not connected" in ovn.rouse("status", status=1).out


def test_status_of_an_odd_daemon(ovn):
    FakeDaemon(ovn.rundir / "hold.ctl", "fine, thanks")
    assert "not what" in ovn.rouse("status", status=1).out


def test_status_of_a_dead_daemon(ovn):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(ovn.rundir / "waker.ctl"))
    server.close()
    assert "nobody listens" in ovn.rouse("status", status=1).out


def test_status_of_a_replaced_daemon(ovn):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(ovn.rundir / "rouse-hold.1.ctl"))
    server.close()
    FakeDaemon(ovn.rundir / "rouse-waker.2.ctl", json.dumps(HOLD))
    ovn.rouse("status", status=1)
    FakeDaemon(ovn.rundir / "rouse-hold.3.ctl", json.dumps(HOLD))
    assert "the file can be removed" in ovn.rouse("status").out


def test_status_of_a_hanging_daemon(ovn):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(ovn.rundir / "waker.ctl"))
    server.listen()
    assert "no answer in time" in ovn.rouse("status", status=1).out
    server.close()


def test_status_of_a_failed_service(ovn):
    add(ovn)
    ovn.set_ids("web", state="failed", error="no such container")
    out = ovn.rouse("status", status=1).out
    assert "web (failed): no such container" in out


def test_status_on_a_chassis(ovn):
    """No databases there, and none were asked for: only the daemons count."""
    env = {"OVN_NB_DB": "", "OVN_SB_DB": "", "OVN_RUNDIR": "/nonexistent"}
    ovn.rouse("status", status=5, env=env)
    FakeDaemon(ovn.rundir / "hold.ctl", json.dumps(HOLD))
    ovn.rouse("status", status=0, env=env)


# --- connections ---

def test_no_socket(ovn):
    env = {"OVN_NB_DB": "unix:/nonexistent/nb.sock"}
    result = ovn.rouse("service", "list", status=5, env=env)
    assert "no connection to OVN_Northbound" in result.err
    assert "there is no socket /nonexistent/nb.sock" in result.err
    assert "--ovnnb-db or OVN_NB_DB" in result.err


def test_dead_socket_and_wrong_database(ovn):
    ovn.sb.stop()
    result = ovn.rouse("events", "-t", "0.3", status=5)
    assert "nobody listens on the socket" in result.err
    result = ovn.rouse("events", "-t", "0.3", "--ovnsb-db", ovn.nb.remote,
                       status=5)
    assert "answers, but has no database OVN_Southbound" in result.err


@pytest.mark.parametrize("remote, message", [
    ("tcp:127.0.0.1:1", "Connection refused"),
    ("nonsense", "not a remote"),
    ("ssl:127.0.0.1:1", "ssl: needs --private-key"),
])
def test_bad_remotes(ovn, remote, message):
    result = ovn.rouse("service", "list", "-t", "0.3", "--ovnnb-db", remote,
                       status=5)
    assert message in result.err


def test_several_remotes(ovn):
    ovn.rouse("service", "list", "--ovnnb-db",
              f"unix:/nonexistent.sock,{ovn.nb.remote}")


# --- usage ---

@pytest.mark.parametrize("args, message", [
    (["nix"], '"nix" is not a command'),
    (["service"], "say what to do"),
    (["service", "nix"], '"nix" is not something to do'),
    (["service", "list", "x"], 'unexpected argument "x"'),
    (["service", "show"], "too few arguments"),
    (["service", "list", "--nix"], 'unknown option "--nix"'),
    (["service", "list", "-x"], 'unknown option "-x"'),
    (["service", "list", "--json=1"], "--json takes no argument"),
    (["service", "list", "--ovnnb-db"], "--ovnnb-db needs REMOTE"),
    (["service", "list", "-t"], "--timeout needs SECONDS"),
    (["service", "list", "-t", "nan"], "--timeout takes seconds"),
    (["service", "list", "-t", "-1"], "--timeout takes seconds"),
    (["service", "list", "-p", "x"], 'cannot read "x"'),
    (["service", "list", "-p", "/dev/null"], "-p and -c belong together"),
    (["service", "list", "-vnix:nix:nix:nix"], "nix"),
    (["service", "idle"], "name the services, or give --all"),
    (["service", "idle", "web", "--all"], "name the services"),
    (["service", "show", b"\xff\xfe"], "not valid UTF-8"),
])
def test_usage(ovn, args, message):
    args = [os.fsdecode(a) if isinstance(a, bytes) else a for a in args]
    result = ovn.rouse(*args, status=2)
    assert result.err.startswith("rouse: ")
    assert message in result.err


COMMANDS = ["service add", "service list", "service show", "service idle",
            "service wake", "service remove", "events", "status"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help(ovn, command):
    out = ovn.rouse(*command.split(), "--help").out
    assert out.startswith(f"usage: rouse {command} [OPTION]...")
    assert max(map(len, out.splitlines())) < 80
    assert ovn.rouse(*command.split(), "-V").out.startswith("rouse ")


def test_service_help_names_all_verbs(ovn):
    out = ovn.rouse("service", "--help").out
    for command in COMMANDS[:6]:
        assert f"\n  {command.split()[1]}" in out
