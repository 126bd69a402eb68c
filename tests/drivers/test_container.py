"""The container driver with a real Podman."""

import signal
import time

import pytest

from conftest import Drive, statuses, wait_for
from podman import Podman

BACKENDS = "--backends=10.0.0.1:80=10.1.0.2:80"


@pytest.fixture(scope="module")
def podman(directory):
    missing = Podman.missing()
    if missing:
        pytest.skip(f"no {', '.join(missing)}: unpack the packages")
    podman = Podman(directory)
    try:
        podman.start_service()
        podman.create("probe", "exit", "0")
        try:
            podman.run("start", "probe")
        except RuntimeError as error:
            pytest.skip(f"Podman cannot run containers here: {error}")
        print("container driver against", podman.run("--version"))
        yield podman
    finally:
        podman.clean_up()


@pytest.fixture
def drive(podman):
    return Drive("container", f"--container-socket={podman.socket}",
                 BACKENDS)


def test_starts_waits_for_the_port_and_stops(podman, drive):
    podman.create("web", "0.0.0.0", 80, 300)
    start, ready = drive("web", "start", "ready")
    assert start["status"] == ready["status"] == "done"
    assert podman.get("web", 80) == "hello\n"
    # Watched for a second, not asked again and again.
    assert (ready["jobs"] - 1) * 1_000_000 <= ready["us"]
    assert start["us"] + ready["us"] >= 300_000
    assert statuses(drive("web", "stop")) == ["done"]
    assert podman.pid("web") == 0


def test_operations_may_be_repeated(podman, drive):
    podman.create("again", "0.0.0.0", 80, 0)
    assert statuses(drive("again", "stop", "start", "start", "ready",
                          "ready", "stop", "stop")) == ["done"] * 7


def test_pause_keeps_the_process(podman, drive):
    podman.create("frozen", "0.0.0.0", 80, 0)
    assert statuses(drive("pause:frozen", "start", "ready", "stop", "stop")
                    ) == ["done"] * 4
    pid = podman.pid("frozen")
    assert pid
    assert drive("frozen", "ready!")[0]["error"] \
        == 'container "frozen" is paused'
    assert statuses(drive("pause:frozen", "start", "start", "ready")
                    ) == ["done"] * 3
    assert podman.pid("frozen") == pid
    # Without "pause:", a paused one is woken, and stopped, too.
    assert statuses(drive("pause:frozen", "stop")) == ["done"]
    assert statuses(drive("frozen", "start", "ready")) == ["done"] * 2
    assert statuses(drive("pause:frozen", "stop")) == ["done"]
    assert statuses(drive("frozen", "stop")) == ["done"]
    assert podman.pid("frozen") == 0


def test_names_what_does_not_exist(podman, drive):
    for operation in ("start", "ready", "stop"):
        (result,) = drive("nowhere", operation)
        assert result["status"] == "failed"
        assert result["error"] == \
            f'container "nowhere" does not exist on {podman.socket}'


def test_a_command_that_does_not_exist(podman, drive):
    podman.create("broken", options=["--entrypoint", "/no/such/program"])
    (result,) = drive("broken", "start")
    assert result["status"] == "failed"
    assert 'container "broken"' in result["error"]
    assert "/no/such/program" in result["error"]


def test_a_backend_that_ends_again(podman, drive):
    podman.create("ending", "exit", 3)
    start, ready = drive("ending", "start", "ready")
    assert start["status"] == "done"
    assert ready["status"] == "failed"
    assert "does not run" in ready["error"]
    assert "exit code 3" in ready["error"]


def test_a_backend_that_never_listens(podman, drive):
    podman.create("deaf", "0.0.0.0", 81, 0)
    start, ready = drive("deaf", "start", "ready!")
    assert start["status"] == "done"
    assert ready["status"] == "not-yet"
    assert "nothing listens on TCP port 80" in ready["error"]
    assert 'container "deaf"' in ready["error"]


def test_listening_on_the_loopback_is_not_enough(podman, drive):
    podman.create("shy", "127.0.0.1", 80, 0)
    assert drive("shy", "start", "ready!")[1]["status"] == "not-yet"


def test_health_check_decides(podman, drive):
    podman.create("healthy", "touch", "/ok", 300, options=[
        "--health-cmd", '["/backend", "test", "/ok"]',
        "--health-interval", "disable"])
    start, ready = drive("healthy", "start", "ready!")
    assert start["status"] == "done"
    assert ready["status"] == "not-yet"
    assert "starting" in ready["error"]
    # Podman leaves it to systemd's timers to run the check.
    wait_for(lambda: not podman.run("healthcheck", "run", "healthy",
                                    check=False), "health")
    # The backend's port is closed, but the check knows better.
    assert statuses(drive("healthy", "ready!")) == ["done"]


def test_each_backend_in_its_own_container(podman, drive):
    """Two containers with an address each: both must listen."""
    podman.create("a", "10.1.0.2", 80, 0,
                  options=["--sysctl", "net.ipv4.ip_nonlocal_bind=1"])
    podman.create("b", "10.1.0.3", 80, 600,
                  options=["--sysctl", "net.ipv4.ip_nonlocal_bind=1"])
    drive = Drive("container", f"--container-socket={podman.socket}",
                  "--backends=10.0.0.1:80=10.1.0.2:80,10.1.0.3:80")
    start = time.monotonic()
    assert statuses(drive("a b", "start")) == ["done"]
    for name, address in ("a", "10.1.0.2"), ("b", "10.1.0.3"):
        podman.in_network(name, "ip", "addr", "add", f"{address}/24",
                          "dev", "lo")
    assert statuses(drive("a b", "ready")) == ["done"]
    assert time.monotonic() - start >= 0.6
    assert podman.get("a", 80, "10.1.0.2") == "hello\n"
    assert podman.get("b", 80, "10.1.0.3") == "hello\n"
    assert statuses(drive("a,b", "stop")) == ["done"]


def test_one_missing_container_does_not_stop_the_others(podman, drive):
    podman.create("one", "0.0.0.0", 80, 0)
    (result,) = drive("one nowhere", "start")
    assert result["status"] == "failed"
    assert '"nowhere"' in result["error"]
    assert podman.pid("one")


def test_stop_waits_for_who_ignores_sigterm(podman, drive):
    podman.create("stubborn", "0.0.0.0", 80, 0, "ignore-term")
    results = drive("stubborn", "start", "ready", "stop",
                    options=["--timeout=30000"])
    assert statuses(results) == ["done"] * 3
    assert results[2]["us"] > 9_000_000
    assert podman.pid("stubborn") == 0


def test_a_hanging_engine(podman, drive):
    podman.create("late", "0.0.0.0", 80, 0)
    podman.service.send_signal(signal.SIGSTOP)
    try:
        start = time.monotonic()
        (result,) = drive("late", "start", options=["--timeout=500"])
        assert result["status"] == "pending"
        assert time.monotonic() - start < 5
    finally:
        podman.service.send_signal(signal.SIGCONT)
    assert statuses(drive("late", "start", "ready")) == ["done"] * 2


def test_no_engine(podman, drive):
    podman.stop_service()
    try:
        (result,) = drive("web", "start")
        assert result["status"] == "failed"
        assert f"no container engine listens on {podman.socket}" \
            in result["error"]
        podman.socket.unlink()
        (result,) = drive("web", "start")
        assert f"{podman.socket}: No such file" in result["error"]
    finally:
        podman.start_service()
    assert statuses(drive("web", "stop")) == ["done"]


def test_what_a_wake_costs(podman, drive, record_property):
    """Podman's own time included; it is nearly all of it."""
    podman.create("quick", "0.0.0.0", 80, 0)
    drive("pause:quick", "start", "ready", "stop")
    pauses = []
    starts = []
    for _ in range(5):
        results = drive("pause:quick", "start", "ready", "stop")
        pauses.append(results[0]["us"] + results[1]["us"])
    for _ in range(3):
        results = drive("quick", "stop", "start", "ready")
        starts.append(results[1]["us"] + results[2]["us"])
    figures = (f"unpause to ready {min(pauses) / 1000:.1f} ms, "
               f"start to ready {min(starts) / 1000:.1f} ms (best)")
    print(figures)
    record_property("figures", figures)
    assert min(pauses) < 1_000_000
