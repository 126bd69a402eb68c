"""A private Northbound and Southbound database with stock ovn-northd.

No namespaces, no chassis: just what turns a Northbound database into logical
flows. Databases live in memory-backed files under a temporary directory, all
programs end with the `with` block.
"""

import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
STOCK = os.environ.get("ROUSE_STOCK", os.path.join(TOP, "out", "stock"))


# There are packets of which ovn-trace takes all memory there is.
TRACE_BYTES = 2 << 30
TRACE_SECONDS = 60


def limit_memory():
    """For an ovn-trace: it is to die, not the machine."""
    resource.setrlimit(resource.RLIMIT_AS, (TRACE_BYTES, TRACE_BYTES))


def _wait(condition, what, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"no {what} after {seconds} s")
        time.sleep(0.002)


def _accepts(path):
    """A server listens at the socket: it is there a moment before that."""
    with socket.socket(socket.AF_UNIX) as sock:
        return sock.connect_ex(path) == 0


class Stack:
    """`with Stack() as stack: stack.nbctl("ls-add sw0"); stack.sync()`"""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="rouse-diff-")
        self.children = []
        self.tracer = None

    def __enter__(self):
        try:
            for db in ("nb", "sb"):
                self._database(db)
            self._spawn("northd", [
                f"{STOCK}/usr/bin/ovn-northd", *self._logging("northd"),
                f"--ovnnb-db={self.remote('nb')}",
                f"--ovnsb-db={self.remote('sb')}",
                f"--unixctl={self.path('northd.ctl')}"])
            self.nbctl("init")
            self.sync()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.end_tracer()
        for child in reversed(self.children):
            child.terminate()
        for child in self.children:
            child.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def remote(self, db):
        return f"unix:{self.path(db + '.sock')}"

    def _logging(self, name):
        return [f"--log-file={self.path(name + '.log')}", "-vconsole:off",
                "-vsyslog:off"]

    def _spawn(self, name, argv, limit=None):
        environment = dict(os.environ, OVS_RUNDIR=self.directory,
                           OVN_RUNDIR=self.directory)
        self.children.append(subprocess.Popen(
            argv, env=environment, cwd=self.directory,
            stdout=subprocess.DEVNULL, preexec_fn=limit,
            stderr=open(self.path(name + ".err"), "w")))

    def _database(self, db):
        file = self.path(db + ".db")
        subprocess.run(["ovsdb-tool", "create", file,
                        f"{STOCK}/usr/share/ovn/ovn-{db}.ovsschema"],
                       check=True)
        self._spawn(db, ["ovsdb-server", file, *self._logging(db),
                         "--disable-file-column-diff",
                         f"--remote=punix:{self.path(db + '.sock')}",
                         f"--unixctl={self.path(db + '.ctl')}"])
        _wait(lambda: _accepts(self.path(db + ".sock")), db)

    def nbctl(self, *commands):
        """Each of `commands` is a command's words, or a string of them; all
        are one transaction."""
        argv = ["ovn-nbctl", f"--db={self.remote('nb')}"]
        for i, command in enumerate(commands):
            argv += ["--"] if i else []
            argv += command.split() if isinstance(command, str) else command
        return self._run(argv)

    def sbctl(self, *words):
        return self._run(["ovn-sbctl", f"--db={self.remote('sb')}", *words])

    def sync(self):
        self._run(["ovn-nbctl", f"--db={self.remote('nb')}",
                   "--timeout=20", "--wait=sb", "sync"])

    @staticmethod
    def _run(argv):
        done = subprocess.run(argv, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}")
        return done.stdout

    def rows(self, table):
        """All rows of a Southbound table, as dictionaries of plain values."""
        answer = json.loads(self.sbctl("--format=json", "list", table))
        return [{name: _plain(value)
                 for name, value in zip(answer["headings"], row)}
                for row in answer["data"]]

    def find(self, table, name):
        """A Southbound row by its name."""
        for row in self.rows(table):
            names = (row.get("logical_port"), row.get("name"),
                     (row.get("external_ids") or {}).get("name"))
            if name in names:
                return row
        raise RuntimeError(f"no {table} \"{name}\"")

    def trace(self, microflow, *options):
        """What stock ovn-trace says, from a daemon that stays."""
        if self.tracer is None:
            control = self.path("trace.ctl")
            self._spawn("trace", [
                "ovn-trace", f"--db={self.remote('sb')}", "--detach",
                "--no-chdir", f"--unixctl={control}",
                f"--pidfile={self.path('trace.pid')}",
                *self._logging("trace")], limit_memory)
            _wait(lambda: os.path.exists(control), "ovn-trace")
            self.children[-1].wait()
            self.children.pop()
            self.tracer = control
        return self._rpc(self.tracer, "trace", [*options, microflow])

    def end_tracer(self):
        """Of the daemon nothing is left, whether it lives or not."""
        self.tracer = None
        pidfile = self.path("trace.pid")
        if os.path.exists(pidfile):
            with open(pidfile, encoding="ascii") as file:
                pid = int(file.read())
            try:
                # While it answers it does not listen to a SIGTERM.
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for name in ("trace.pid", "trace.ctl"):
            # It removes them itself, if it lives long enough.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path(name))

    def _rpc(self, path, method, params):
        """A request of JSON-RPC on a unix socket: (result, error)."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(path)
            request = {"id": 0, "method": method, "params": params}
            connection.sendall(json.dumps(request).encode())
            data = b""
            while True:
                chunk = connection.recv(1 << 20)
                data += chunk
                try:
                    answer = json.loads(data)
                    break
                except ValueError:
                    if not chunk:
                        raise RuntimeError("ovn-trace went away") from None
        return answer.get("result"), answer.get("error")


def _plain(value):
    """An OVSDB value: set -> list, map -> dictionary, uuid -> string."""
    if not isinstance(value, list):
        return value
    kind, content = value
    if kind == "set":
        return [_plain(item) for item in content]
    if kind == "map":
        return {_plain(key): _plain(item) for key, item in content}
    return content
