"""`rouse flows`: questions that have no answer. What it shows of real traffic
is in tests/host/test_flows.py."""

import json
import socket
import threading

import pytest


def test_no_daemon(ovn):
    result = ovn.rouse("flows", status=5)
    assert str(ovn.rundir) in result.err and "rouse host" in result.err


def test_a_socket_that_was_left_behind(ovn):
    path = ovn.rundir / "rouse-host.1.ctl"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    result = ovn.rouse("flows", status=5)
    assert f"nobody listens on the socket {path}" in result.err


@pytest.mark.parametrize("words,problem", [
    (("--count", "0"), "more than 0"), (("--count", "-1"), "more than 0"),
    (("--count", "many"), "more than 0"),
    (("--address", "10.0.0.1:80"), "without a port"),
    (("--address", "web"), "without a port"), (("extra",), "extra"),
])
def test_usage(ovn, words, problem):
    result = ovn.rouse("flows", *words, status=2)
    assert problem in result.err


def answer_once(path, text):
    """A daemon that answers one question with `text`."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve():
        peer, _ = server.accept()
        with server, peer:
            question = json.loads(peer.recv(65536))
            asked.append(question)
            peer.sendall(json.dumps({"id": question["id"], "error": None,
                                     "result": text}).encode())
            peer.recv(1)
    asked = []
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return asked


@pytest.mark.parametrize("text", ["", "no JSON", "{}", "7", None])
def test_an_answer_of_something_else(ovn, text):
    path = ovn.rundir / "else.ctl"
    answer_once(path, text)
    result = ovn.rouse("flows", "--socket", path, "--timeout", "2", status=5)
    assert str(path) in result.err


def test_entries_that_are_odd(ovn):
    """Whatever a daemon says, it is shown without harm."""
    path = ovn.rundir / "rouse-host.ctl"
    asked = answer_once(path, json.dumps([
        7, [], {}, {"protocol": 5, "packets": "x"},
        {"protocol": "tcp", "source": "a\x1b[2J", "packets": 3}]))
    result = ovn.rouse("flows", "--address", "fd00::1", "--port", "p q",
                       "-n", "5")
    lines = result.out.splitlines()
    assert lines[0].split()[:3] == ["PROTOCOL", "SOURCE", "DESTINATION"]
    assert len(lines) == 6 and "\x1b" not in result.out
    assert lines[5].split()[0] == "tcp"
    assert asked[0]["params"] == ["6", "port=p q", "address=fd00::1"]


def test_more_than_shown(ovn):
    path = ovn.rundir / "rouse-host.ctl"
    answer_once(path, json.dumps([{"protocol": "udp"}] * 3))
    result = ovn.rouse("flows", "--json", "--count", "2")
    assert result.json() == [{"protocol": "udp"}] * 2
    assert "there are more" in result.err
