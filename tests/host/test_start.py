"""Start, end, and the three databases."""

import fcntl
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

from conftest import ROUSE, program, wait_for

SOCKETS = {"northbound": "ovnnb_db.sock", "southbound": "ovnsb_db.sock",
           "open_vswitch": "db.sock"}


def children(status):
    return {name: db["pid"] for name, db in status["databases"].items()}


def alive(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_ready_within_a_second_and_told_to_systemd(host):
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(host.dir / "notify"))
    notify.settimeout(10)
    start = time.monotonic()
    host.start(ready=False, env={**os.environ, "NOTIFY_SOCKET":
                                 str(host.dir / "notify")})
    assert notify.recv(100) == b"READY=1"
    # The limit is one second; this machine may be busy with other tests.
    assert time.monotonic() - start < 3
    status = host.status()
    assert status["ready"]
    assert set(status["databases"]) == set(SOCKETS)
    host.nbctl("ls-add", "sw0")
    assert "sw0" in host.nbctl("ls-list")
    host.sbctl("list", "SB_Global")
    host.vsctl("show")


def test_rouse_status_knows_it(host):
    host.start()
    done = subprocess.run(
        [ROUSE, "status", "--json",
         f"--ovnnb-db=unix:{host.dir}/ovnnb_db.sock",
         f"--ovnsb-db=unix:{host.dir}/ovnsb_db.sock"],
        env={**os.environ, "ROUSE_RUNDIR": str(host.dir)},
        capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    daemons = json.loads(done.stdout)["daemons"]
    assert [daemon["status"]["role"] for daemon in daemons] == ["host"]


def test_databases_outlive_it(host):
    host.start()
    host.nbctl("ls-add", "stays")
    host.stop()
    host.start()
    assert "stays" in host.nbctl("ls-list")


def test_no_child_is_left(host):
    host.start()
    pids = children(host.status()).values()
    host.stop()
    assert not any(map(alive, pids))
    host.start()
    pids = children(host.status()).values()
    host.kill(signal.SIGKILL)
    wait_for(lambda: not any(map(alive, pids)), "the servers end")
    host.start()
    host.kill(signal.SIGTERM)


def left_in_kernel(instance):
    """The TAP and the pins of an instance."""
    links = subprocess.run(["ip", "-br", "link"], capture_output=True,
                           text=True, check=True).stdout
    return [line.split()[0] for line in links.splitlines()
            if line.startswith(f"{instance} ")] + [
        str(path) for path in pathlib.Path("/sys/fs/bpf").glob(
            f"{instance}-v*")]


def test_cleanup_leaves_nothing_in_the_kernel(host):
    """What forwards stays for the next start, unless it is not wanted."""
    host.start()
    assert host.appctl("exit", "now").returncode != 0
    instance = host.status()["fabric"]["datapath"]["instance"]
    host.stop()
    if left_in_kernel(instance):    # Not where there is no eBPF.
        assert len(left_in_kernel(instance)) == 2
    host.start()
    host.stop("--cleanup")
    assert left_in_kernel(instance) == []


def test_a_server_that_dies_is_started_again(host):
    host.start()
    before = children(host.status())
    for name, pid in before.items():
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: host.status()["databases"][name]["starts"] == 2
                 and host.status()["databases"][name]["connected"],
                 f"{name} is served again")
    host.nbctl("ls-add", "again")
    after = children(host.status())
    assert not set(before.values()) & set(after.values())


def test_a_second_one_is_refused(host):
    host.start()
    done = subprocess.run([ROUSE, "host", "--dir", str(host.dir)],
                          capture_output=True, text=True, timeout=10)
    assert done.returncode == 1
    assert f"in use by process {host.process.pid}" in done.stderr
    assert "--dir" in done.stderr
    host.nbctl("ls-list")


def test_a_lock_is_waited_for_a_moment(host):
    """A child of one that was killed has it until it is a program of its
    own."""
    with open(host.dir / "rouse-host.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        threading.Timer(0.2, fcntl.flock, (lock, fcntl.LOCK_UN)).start()
        host.start()
    host.nbctl("ls-list")


def test_a_foreign_server_is_left_alone(host):
    """Somebody else's ovsdb-server at the socket: it goes on."""
    schema = pathlib.Path(os.environ.get(
        "ROUSE_SCHEMA_DIR", "out/stock/usr/share/ovn")) / "ovn-nb.ovsschema"
    other = host.dir / "other.db"
    subprocess.run([program("ovsdb-tool"), "create", other, schema],
                   check=True)
    server = subprocess.Popen(
        [program("ovsdb-server"), f"--remote=punix:{host.dir}/ovnnb_db.sock",
         f"--unixctl={host.dir}/other.unixctl", "--no-chdir", str(other)],
        stderr=subprocess.DEVNULL)
    try:
        wait_for((host.dir / "ovnnb_db.sock").exists, "the other server")
        host.start(ready=False)
        wait_for(lambda: "another process listens" in json.dumps(
            host.status() or {}), "the message")
        assert not host.status()["ready"]
        assert server.poll() is None
        host.nbctl("ls-list")
    finally:
        server.terminate()
        server.wait()
    wait_for(host.is_ready, "its turn", 15)


def test_databases_elsewhere_are_used(host):
    host.start()
    other = host.dir / "second"
    other.mkdir()
    nb = f"unix:{host.dir}/ovnnb_db.sock"
    second = subprocess.Popen(
        [ROUSE, "host", "--dir", str(other), "--nb", nb, "--no-waker",
         "--unixctl", str(other / "c.ctl")], stderr=subprocess.DEVNULL)
    try:
        wait_for((other / "db.sock").exists, "its own databases")
        wait_for((other / "ovnsb_db.sock").exists, "its own databases")
        assert not (other / "ovnnb_db.sock").exists()
        wait_for((other / "c.ctl").exists, "its control socket")
    finally:
        subprocess.run([program("ovs-appctl"), "-t", str(other / "c.ctl"),
                        "exit", "--cleanup"], check=True, timeout=10)
        assert second.wait(10) == 0


def test_an_older_database_is_converted(host):
    schema_dir = pathlib.Path(os.environ.get(
        "ROUSE_SCHEMA_DIR", "out/stock/usr/share/ovn"))
    schema = json.loads((schema_dir / "ovn-nb.ovsschema").read_text())
    schema["version"] = "6.0.0"
    del schema["cksum"]
    (host.dir / "old.ovsschema").write_text(json.dumps(schema))
    subprocess.run([program("ovsdb-tool"), "create",
                    host.dir / "ovnnb_db.db", host.dir / "old.ovsschema"],
                   check=True)
    host.start()
    version = subprocess.run(
        [program("ovsdb-client"), "get-schema-version",
         f"unix:{host.dir}/ovnnb_db.sock", "OVN_Northbound"],
        capture_output=True, text=True, check=True).stdout.strip()
    assert version != "6.0.0"


def test_a_missing_schema_is_told(host):
    done = subprocess.run(
        [ROUSE, "host", "--dir", str(host.dir), "--schema-dir",
         str(host.dir)], capture_output=True, text=True, timeout=10)
    assert done.returncode == 1
    assert "ovn-nb.ovsschema" in done.stderr
    assert "ovn-central" in done.stderr


def test_what_is_no_database_is_not_overwritten(host):
    (host.dir / "ovnnb_db.db").write_text("my diary\n")
    host.start(ready=False)
    wait_for(lambda: "cannot be read as a database" in json.dumps(
        host.status() or {}), "the message")
    assert (host.dir / "ovnnb_db.db").read_text() == "my diary\n"


def test_options_that_are_wrong(host):
    for words in (["--frobnicate"], ["extra"], ["--max-wakes=0"],
                  ["--no-waker=1"]):
        done = subprocess.run([ROUSE, "host", "--dir", str(host.dir), *words],
                              capture_output=True, text=True, timeout=10)
        assert done.returncode == 1, words
        assert done.stderr
