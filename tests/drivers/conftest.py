"""Drivers against what they are for: a real Podman, a real systemd.

The programs come from the build that $ROUSE is part of (out/rouse), from
$ROUSE_BUILD, or from out/.  What is not installed is looked for in
out/stock, where tools/packages unpacks packages."""

import json
import os
import pathlib
import shutil
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
DEADLINE_S = 20


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
            stderr=subprocess.PIPE, text=True, timeout=60)
        assert not done.stderr, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def statuses(results):
    return [result["status"] for result in results]


@pytest.fixture(scope="session")
def directory():
    """A short path, because sockets go there."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="rouse-drivers-", dir="/tmp"))
    yield path
    shutil.rmtree(path, ignore_errors=True)
