"""Run directories: who owns what, and what a killed lab left behind.

Each lab has /run/rouse-lab/ID, made under one lock. The file `owner` in it
holds the pid and the start time of the process whose lab it is, and every
process of the lab has ROUSELAB=/run/rouse-lab/ID in its environment, which
its own children inherit (a waker's driver commands too). Every namespace of
the lab is called rouse-ID-*. So a lab whose owner is gone can be removed
whole, and nothing else can be mistaken for a part of it.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import time

from .process import run

BASE = "/run/rouse-lab"
# Not ROUSE_*: the exec driver keeps variables of that name for itself.
MARK = "ROUSELAB"


def create():
    """Remove what dead labs left, then make a run directory; its path."""
    with _lock():
        for name in os.listdir(BASE):
            path = os.path.join(BASE, name)
            if not _owner_alive(path):
                _clear(path)
        while True:
            # Short: unix socket paths end at 107 characters.
            path = os.path.join(BASE, secrets.token_hex(2))
            with contextlib.suppress(FileExistsError):
                os.mkdir(path, 0o755)
                break
        with open(os.path.join(path, "owner"), "w", encoding="ascii") as file:
            file.write(f"{os.getpid()} {_start_time(os.getpid())}\n")
        return path


def remove(path):
    """Kill the lab's processes, delete its namespaces and its directory."""
    _clear(path)
    with _lock(), contextlib.suppress(OSError):
        os.rmdir(BASE)      # Fails while there are other labs.


def _clear(path):
    _kill_processes(path)
    prefix = namespace(path, "")
    for name in _listdir("/run/netns"):
        if name.startswith(prefix):
            run(["ip", "netns", "delete", name], check=False)
    shutil.rmtree(path, ignore_errors=True)


def namespace(path, name):
    """The name of a lab's network namespace."""
    return f"rouse-{os.path.basename(path)}-{name}"


def environment(path, directory):
    """The environment of a process of the lab in `path` that keeps its
    sockets in `directory`: the mark, and no OVS_* or OVN_* setting of the
    user's that would point at another installation."""
    kept = {key: value for key, value in os.environ.items()
            if not key.startswith(("OVS_", "OVN_", "ROUSE_"))}
    return {**kept, MARK: path, "OVS_RUNDIR": directory,
            "OVN_RUNDIR": directory, "ROUSE_RUNDIR": directory}


@contextlib.contextmanager
def _lock():
    """Hold the lock on BASE itself, which goes away with the last lab."""
    handle = None
    while handle is None:
        with contextlib.suppress(FileNotFoundError):
            os.makedirs(BASE, exist_ok=True)
            handle = _locked_directory()
    try:
        yield
    finally:
        os.close(handle)


def _locked_directory():
    """A locked descriptor of BASE, or None if it went away meanwhile."""
    handle = os.open(BASE, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        if os.path.samestat(os.fstat(handle), os.stat(BASE)):
            return handle
    except FileNotFoundError:
        pass
    os.close(handle)
    return None


def _start_time(pid):
    """When a process began, in clock ticks since boot; None: no process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii",
                  errors="replace") as file:
            # The second field, the name, may hold blanks and parentheses.
            return file.read().rpartition(")")[2].split()[19]
    except OSError:
        return None


def _owner_alive(path):
    try:
        with open(os.path.join(path, "owner"), encoding="ascii") as file:
            pid, started = file.read().split()
    except (OSError, ValueError):
        return False
    return _start_time(pid) == started


def _kill_processes(path):
    """Kill every process with the lab's mark, also ones being forked now."""
    deadline = time.monotonic() + 5
    while _kill_marked(path) and time.monotonic() < deadline:
        time.sleep(0.01)


def _kill_marked(path):
    mark = f"{MARK}={path}".encode()
    found = 0
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        # The descriptor pins the process that is looked at, so that the
        # signal cannot reach a later one with the same number.
        with contextlib.suppress(OSError):
            handle = os.pidfd_open(int(name))
            try:
                with open(f"/proc/{name}/environ", "rb") as file:
                    if mark in file.read().split(b"\0"):
                        signal.pidfd_send_signal(handle, signal.SIGKILL)
                        found += 1
            finally:
                os.close(handle)
    return found


def _listdir(path):
    try:
        return os.listdir(path)
    except FileNotFoundError:
        return []
