"""The systemd driver with a real systemd: a user instance on a bus of its own
(PID 1 is not systemd in every place where these tests run)."""

import socket
import subprocess

import pytest

from conftest import BACKEND, Drive, statuses
from private_systemd import PrivateSystemd


@pytest.fixture(scope="module")
def systemd(directory):
    missing = PrivateSystemd.missing()
    if missing:
        pytest.skip(f"no {missing}")
    systemd = PrivateSystemd(directory)
    try:
        try:
            systemd.start()
        except (OSError, RuntimeError) as error:
            pytest.skip(f"systemd does not run here: {error}")
        print("systemd driver against", systemd.version())
        yield systemd
    finally:
        systemd.clean_up()


@pytest.fixture
def drive(systemd):
    return Drive("systemd", f"--systemd-bus={systemd.bus}",
                 "--systemd-units=*")


@pytest.fixture
def port():
    """A free port of the loopback address."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Gate:
    """What a unit's shell waits for."""

    def __init__(self, systemd, name):
        self.path = systemd.directory / f"{name}.gate"
        self.wait = f"until test -e {self.path}; do sleep 0.05; done"

    def open(self):
        self.path.touch()


def test_starts_and_stops(systemd, drive):
    systemd.service("web.service", f"ExecStart={BACKEND} exit 0",
                    "Type=oneshot", "RemainAfterExit=yes")
    assert statuses(drive("web", "start", "start", "ready", "stop", "stop")
                    ) == ["done"] * 5
    assert systemd.property("web.service", "ActiveState") == "inactive"
    assert statuses(drive("web.service", "start")) == ["done"]
    assert systemd.property("web.service", "ActiveState") == "active"


def test_simple_service_is_ready_when_it_listens(systemd, drive, port):
    """Type=simple is active at once; its port is not."""
    until = Gate(systemd, "late")
    systemd.service("late.service", "ExecStart=/bin/sh -c "
                    f"'{until.wait}; exec {BACKEND} 127.0.0.1 {port} 0'")
    backends = [f"--backends=10.0.0.1:80=127.0.0.1:{port}"]
    assert statuses(drive("late", "start", options=backends)) == ["done"]
    (early,) = drive("late", "ready!", options=[*backends, "--timeout=100"])
    assert early["status"] in ("pending", "not-yet")
    until.open()
    assert statuses(drive("late", "ready", options=backends)) == ["done"]
    assert subprocess.run([BACKEND, "get", "127.0.0.1", str(port)],
                          stdout=subprocess.PIPE).stdout == b"hello\n"
    assert statuses(drive("late", "stop", options=backends)) == ["done"]
    (result,) = drive("late", "ready", options=backends)
    assert result["status"] == "failed"
    assert 'unit "late.service" is inactive' in result["error"]


def test_a_service_that_never_listens(systemd, drive, port):
    systemd.service("deaf.service",
                    f"ExecStart={BACKEND} 127.0.0.1 {port} 60000")
    start, ready = drive("deaf", "start", "ready!",
                         options=[f"--backends=10.0.0.1:80=127.0.0.1:{port}"])
    assert start["status"] == "done"
    assert ready["status"] == "not-yet"
    assert f"nothing listens on TCP port {port}" in ready["error"]
    assert 'unit "deaf.service"' in ready["error"]


def test_notify_service_says_itself_when_it_is_ready(systemd, drive):
    systemd.service("notify.service", "Type=notify", "NotifyAccess=all",
                    "ExecStart=/bin/sh -c 'sleep 0.3; "
                    "systemd-notify --ready; exec sleep 1000'")
    start, ready = drive("notify", "start", "ready!")
    assert start["status"] == ready["status"] == "done"
    assert start["us"] >= 300_000


def test_what_does_not_start(systemd, drive):
    systemd.service("broken.service", "Type=oneshot",
                    f"ExecStart={BACKEND} exit 3")
    (result,) = drive("broken", "start")
    assert result["status"] == "failed"
    assert 'unit "broken.service" did not start (failed)' in result["error"]
    (result,) = drive("broken", "ready")
    assert result["status"] == "failed"
    assert 'unit "broken.service" is failed: exit-code' in result["error"]


def test_what_does_not_exist(systemd, drive):
    (result,) = drive("nowhere", "start")
    assert result["status"] == "failed"
    assert result["error"] == ('unit "nowhere.service" does not exist on bus '
                               f'{systemd.bus}')
    assert drive("nowhere", "ready")[0]["status"] == "failed"
    assert statuses(drive("nowhere", "stop")) == ["done"]


def test_what_is_masked(systemd, drive):
    (systemd.units / "masked.service").symlink_to("/dev/null")
    systemd.systemctl("daemon-reload")
    (result,) = drive("masked", "start")
    assert result["status"] == "failed"
    assert "systemctl unmask masked.service" in result["error"]


def test_a_unit_whose_need_fails(systemd, drive):
    systemd.service("need.service", "Type=oneshot",
                    f"ExecStart={BACKEND} exit 1")
    systemd.unit("needy.service", "Requires=need.service",
                 "After=need.service", "[Service]",
                 "ExecStart=/bin/sleep 1000")
    (result,) = drive("needy", "start")
    assert result["status"] == "failed"
    assert "(dependency)" in result["error"]


def test_several_units(systemd, drive):
    for name in ("one", "two"):
        systemd.service(f"{name}.service", "ExecStart=/bin/sleep 1000")
    systemd.unit("both.target", "Requires=one.service two.service")
    assert statuses(drive("one, two", "start", "ready", "stop")
                    ) == ["done"] * 3
    assert systemd.property("two.service", "ActiveState") == "inactive"
    assert statuses(drive("both.target", "start", "ready")) == ["done"] * 2
    assert systemd.property("one.service", "ActiveState") == "active"
    assert drive("one nowhere", "start")[0]["status"] == "failed"


def test_a_slow_start_can_be_left_and_taken_up_again(systemd, drive):
    """What another waker does after a crash."""
    until = Gate(systemd, "slow")
    systemd.service("slow.service", "Type=oneshot", "RemainAfterExit=yes",
                    f"ExecStart=/bin/sh -c '{until.wait}'")
    (result,) = drive("slow", "start", options=["--timeout=200"])
    assert result["status"] == "pending"
    (result,) = drive("slow", "ready!")
    assert result["status"] == "not-yet"
    assert "still being started" in result["error"]
    until.open()
    assert statuses(drive("slow", "start", "ready")) == ["done"] * 2


def test_stop_cancels_a_start(systemd, drive):
    systemd.service("turn.service", "Type=oneshot", "RemainAfterExit=yes",
                    "ExecStart=/bin/sleep 1000")
    assert statuses(drive("turn", "start", options=["--timeout=100"])
                    ) == ["pending"]
    assert statuses(drive("turn", "stop")) == ["done"]
    # In systemd's view, being stopped half-way is a failure.
    assert systemd.property("turn.service", "ActiveState") in ("failed",
                                                               "inactive")


def test_no_bus(systemd, drive):
    drive = Drive("systemd", f"--systemd-bus=unix:path={systemd.run}/none")
    (result,) = drive("web", "start")
    assert result["status"] == "failed"
    assert "No such file" in result["error"]
    assert "--systemd-bus" in result["error"]


def test_what_a_wake_costs(systemd, drive, record_property):
    systemd.service("quick.service", "Type=exec", "ExecStart=/bin/sleep 1000")
    times = []
    for _ in range(5):
        results = drive("quick", "stop", "start", "ready")
        assert statuses(results) == ["done"] * 3
        times.append(results[1]["us"] + results[2]["us"])
    figures = f"start to ready {min(times) / 1000:.1f} ms (best)"
    print(figures)
    record_property("figures", figures)
    assert min(times) < 1_000_000
