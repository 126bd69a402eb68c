"""Commands and long-running programs, each inside a network namespace."""

import contextlib
import os
import signal
import socket
import subprocess
import time


class CommandError(Exception):
    """A command failed; the text holds the command and what it said."""


class Timeout(Exception):
    """Something waited for did not come true in time."""


def wait_for(predicate, timeout=10.0, what="a condition", interval=0.01):
    """Poll until predicate() is true and return its value."""
    deadline = time.monotonic() + timeout
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Timeout(f"no {what} within {timeout:g} s")
        time.sleep(interval)


def listening(path):
    """Whether somebody accepts connections on a unix socket; after a kill
    the file itself is still there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        return sock.connect_ex(path) == 0


def inside(ns, argv):
    """The command line that runs argv in network namespace ns.

    nsenter execs, so the process keeps its pid; unlike `ip netns exec` it
    sets up no mount namespace, which makes it several times faster.
    """
    argv = [str(word) for word in argv]
    if ns is None:
        return argv
    return ["/usr/bin/nsenter", f"--net=/run/netns/{ns}", "--", *argv]


def run(argv, ns=None, env=None, stdin=None, timeout=30.0, check=True):
    """Run a command to its end and return its standard output."""
    try:
        done = subprocess.run(
            inside(ns, argv), env=env, input=stdin, text=True,
            stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{_text(argv)}: still running after "
                           f"{timeout:g} s") from error
    if check and done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise CommandError(f"{_text(argv)}: exit {done.returncode}: {said}")
    return done.stdout


def _text(argv):
    return " ".join(str(word) for word in argv)


class Daemon:
    """A program that runs until killed and can come back as it was.

    It is a direct child (no --detach), in a session of its own so that
    Ctrl-C at the terminal reaches only the lab, which then stops it in order.
    """

    def __init__(self, name, argv, ns, env, directory):
        self.name = name
        self.argv = [str(word) for word in argv]
        self.ns = ns
        self.env = env
        self.output = os.path.join(directory, f"{name}.out")
        self.starts = 0
        self._child = None

    def start(self, output=None):
        """Start it; what it prints goes to a file, or to a descriptor."""
        if self.running():
            raise CommandError(f"{self.name} is running already")
        with contextlib.ExitStack() as stack:
            if output is None:
                output = stack.enter_context(open(self.output, "ab"))
            self._child = subprocess.Popen(
                inside(self.ns, self.argv), env=self.env,
                stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True)
        self.starts += 1
        return self

    @property
    def pid(self):
        return self._child.pid

    def running(self):
        return self._child is not None and self._child.poll() is None

    def kill(self, signum=signal.SIGKILL):
        """Send a signal; after SIGKILL, wait until the process is gone."""
        if self.running():
            self._child.send_signal(signum)
            if signum == signal.SIGKILL:
                self._child.wait()

    def stop(self, timeout=5.0):
        """SIGTERM, then SIGKILL for one that does not listen."""
        if not self.running():
            return
        self._child.send_signal(signal.SIGCONT)
        self._child.terminate()
        try:
            self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()

    def wait(self, timeout=10.0):
        """Wait for its end and return the exit code (negative: signal)."""
        return self._child.wait(timeout)

    def restart(self):
        self.kill()
        return self.start()
