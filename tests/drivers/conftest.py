"""Drivers against what they are for: a real Podman, a real systemd.

The programs come from the build that $ROUSE is part of (out/rouse), from
$ROUSE_BUILD, or from out/.  What is not installed is looked for in
out/stock, where tools/packages unpacks packages."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]


def build_directory():
    if "ROUSE_BUILD" in os.environ:
        return pathlib.Path(os.environ["ROUSE_BUILD"])
    if "ROUSE" in os.environ:
        return pathlib.Path(os.environ["ROUSE"]).parent
    return TOP / "out"


BUILD = build_directory()
TOOL = BUILD / "tests" / "drivers" / "driver-tool"
BACKEND = BUILD / "tests" / "drivers" / "backend"
STOCK = TOP / "out" / "stock"
PREFIX = "rouse-drivers"
# For what takes a moment on a machine that has nothing else to do.
DEADLINE_S = 120


def find_program(name):
    """The path of a program, or None."""
    path = os.pathsep.join(
        [os.environ.get("PATH", ""), "/usr/sbin", "/sbin",
         str(STOCK / "usr" / "bin"), str(STOCK / "usr" / "sbin")])
    return shutil.which(name, path=path)


def wait_for(condition, what):
    deadline = time.monotonic() + DEADLINE_S
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)


class Drive:
    """Runs driver-tool, which runs operations of a driver."""

    def __init__(self, driver, *options):
        self.driver = driver
        self.options = list(options)

    def __call__(self, target, *operations, options=()):
        """One {"op", "status", "error", "us", "jobs"} for each operation
        that was begun."""
        done = subprocess.run(
            [TOOL, *self.options, *options, self.driver, target,
             *operations],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=300)
        assert not done.stderr, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def statuses(results):
    return [result["status"] for result in results]


def remove_cgroup(top):
    """Removes a control group and those in it; False while it is used."""
    try:
        for path in sorted(top.rglob("*"), reverse=True):
            if path.is_dir():
                path.rmdir()
        top.rmdir()
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True


def processes_with(text):
    """Numbers of the processes whose command line contains a text."""
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if text.encode() in path.read_bytes():
                yield int(path.parent.name)
        except OSError:
            pass


def clean_up_after_the_killed():
    """Ends what a run that could not clean up has left."""
    # pylint: disable=import-outside-toplevel
    from podman import Podman
    from private_systemd import PrivateSystemd

    for path in pathlib.Path("/tmp").glob(f"{PREFIX}-*-*"):
        if pathlib.Path("/proc", path.name.split("-")[2]).exists():
            continue
        for pid in processes_with(str(path)):
            os.kill(pid, signal.SIGKILL)
        if not Podman.missing():
            Podman(path).clean_up()
        if not PrivateSystemd.missing():
            PrivateSystemd(path).clean_up()
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def directory():
    """A short path, because sockets go there."""
    clean_up_after_the_killed()
    path = pathlib.Path(tempfile.mkdtemp(prefix=f"{PREFIX}-{os.getpid()}-",
                                         dir="/tmp"))
    yield path
    shutil.rmtree(path, ignore_errors=True)
