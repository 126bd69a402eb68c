"""A private `rouse host` for each scenario."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP))

from lab.embedded import forget  # noqa: E402

STOCK = TOP / "out" / "stock" / "usr"
ROUSE = os.environ.get("ROUSE", str(TOP / "out" / "rouse"))


def program(name):
    """Where a program of OVN or Open vSwitch is, installed or unpacked."""
    found = shutil.which(name)
    schema_dir = os.environ.get("ROUSE_SCHEMA_DIR")
    roots = [STOCK]
    if schema_dir:
        roots.append(pathlib.Path(schema_dir).parents[1])
    for root in roots:
        for folder in ("bin", "sbin"):
            if not found and (root / folder / name).exists():
                found = str(root / folder / name)
    assert found, f"{name} is needed; see packages.txt"
    return found


def wait_for(condition, what, seconds=10):
    """Polls a condition about another process until it holds."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.005)


class Host:
    """One `rouse host`, its directory, and clients of its databases."""

    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.process = None
        self.options = []
        self.instance = None    # What it is called in the kernel.

    def start(self, *options, ready=True, inside=None, **popen):
        self.options = [str(option) for option in options]
        enter = ["/usr/bin/nsenter", f"--net=/run/netns/{inside}", "--"]
        log = open(self.dir / "rouse.out", "ab")
        self.process = subprocess.Popen(
            [*(enter if inside else []), ROUSE, "host", "--dir",
             str(self.dir), "-vconsole:info", *self.options],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, **popen)
        log.close()
        if ready:
            wait_for(self.is_ready, "rouse host is ready")
        return self

    def is_ready(self):
        assert self.process.poll() is None, self.log()
        status = self.status()
        return status and status["ready"]

    def log(self):
        return (self.dir / "rouse.out").read_text()

    @property
    def control(self):
        return self.dir / f"rouse-host.{self.process.pid}.ctl"

    def appctl(self, *words):
        return subprocess.run(
            [program("ovs-appctl"), "-t", str(self.control), *words],
            capture_output=True, text=True, timeout=10)

    def status(self):
        if not self.control.exists():
            return None
        done = self.appctl("rouse/status")
        status = json.loads(done.stdout) if done.returncode == 0 else None
        if status and "fabric" in status:
            self.instance = status["fabric"]["datapath"]["instance"]
        return status

    def stop(self, *words):
        """As told to, by its control socket."""
        assert self.appctl("exit", *words).returncode == 0
        assert self.process.wait(10) == 0, self.log()

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        self.process.wait(10)

    def close(self):
        """Ends, and leaves nothing in the kernel either."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        if self.instance:
            forget(self.instance)

    def run(self, name, socket, *words, check=True, timeout=20):
        done = subprocess.run(
            [program(name), f"--db=unix:{self.dir}/{socket}",
             f"--timeout={timeout}", *words],
            capture_output=True, text=True)
        assert not check or done.returncode == 0, (
            f"{name} {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout.strip() if check else done

    def nbctl(self, *words, **more):
        return self.run("ovn-nbctl", "ovnnb_db.sock", *words, **more)

    def sbctl(self, *words, **more):
        return self.run("ovn-sbctl", "ovnsb_db.sock", *words, **more)

    def vsctl(self, *words, **more):
        return self.run("ovs-vsctl", "db.sock", *words, **more)


@pytest.fixture
def host():
    directory = tempfile.mkdtemp(prefix="rouse-host-")
    host = Host(directory)
    yield host
    host.close()
    # Servers that are about to end remove files, too.
    while os.path.exists(directory):
        shutil.rmtree(directory, ignore_errors=True)
