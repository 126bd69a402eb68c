"""The command line against databases of its own: no OVN, no waker.

Variables: ROUSE is the program (out/rouse), ROUSE_SCHEMA_DIR has the schemas
of OVN's databases (those of the package that tools/packages unpacks)."""

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
ROUSE = os.environ.get("ROUSE", str(TOP / "out" / "rouse"))
SCHEMAS = pathlib.Path(os.environ.get(
    "ROUSE_SCHEMA_DIR", TOP / "out" / "stock" / "usr" / "share" / "ovn"))
# For what takes a moment on a machine that has nothing else to do.
DEADLINE_S = 60


class Result:
    """What a finished command has said."""

    def __init__(self, status, out, err):
        self.status = status
        self.out = out
        self.err = err

    def __repr__(self):
        return f"status {self.status}\nout: {self.out}\nerr: {self.err}"

    def json(self):
        return json.loads(self.out)


class Database:
    """A private ovsdb-server with one database."""

    def __init__(self, directory, name):
        self.name = name
        self.socket = directory / f"{name}.sock"
        self.remote = f"unix:{self.socket}"
        self.file = directory / f"{name}.db"
        self.control = directory / f"{name}.control"
        subprocess.run(
            ["ovsdb-tool", "create", self.file,
             SCHEMAS / f"{name}.ovsschema"],
            check=True)
        self.process = None
        self.start()

    def start(self):
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            ["ovsdb-server", f"--remote=punix:{self.socket}",
             f"--unixctl={self.control}", "--no-chdir",
             "-vconsole:off", "-vsyslog:off", "-vfile:off", self.file])
        wait_for(self.socket.exists)

    def stop(self):
        self.process.kill()
        self.process.wait()


def wait_for(condition):
    deadline = time.monotonic() + DEADLINE_S
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


class Ovn:
    """Both databases, and the means to look at and change them."""

    def __init__(self, directory):
        self.directory = directory
        self.rundir = directory / "rouse"
        self.rundir.mkdir()
        self.nb = Database(directory, "ovn-nb")
        self.sb = Database(directory, "ovn-sb")
        self.env = dict(os.environ, OVN_NB_DB=self.nb.remote,
                        OVN_SB_DB=self.sb.remote,
                        OVN_RUNDIR=str(directory),
                        ROUSE_RUNDIR=str(self.rundir))
        self.started = []

    def stop(self):
        for process in self.started:
            process.kill()
            process.wait()
        self.nb.stop()
        self.sb.stop()

    def start(self, *args, **kwargs):
        """Such that SIGINT ends it, also where a shell has started the tests
        in the background."""
        process = subprocess.Popen(
            [ROUSE, *map(str, args)], env=self.env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            **kwargs)
        self.started.append(process)
        return process

    def finish(self, process):
        out, err = process.communicate(timeout=DEADLINE_S)
        return Result(process.returncode, out, err)

    def rouse(self, *args, status=0, env=None):
        done = subprocess.run(
            [ROUSE, *map(str, args)], env=dict(self.env, **(env or {})),
            text=True, capture_output=True, timeout=DEADLINE_S)
        result = Result(done.returncode, done.stdout, done.stderr)
        assert result.status == status, result
        return result

    def start_and_finish(self, *args):
        """Whatever the exit status."""
        return self.finish(self.start(*args))

    def nbctl(self, *args):
        return subprocess.run(
            ["ovn-nbctl", "--no-leader-only", *map(str, args)], env=self.env,
            text=True, capture_output=True, check=True).stdout.strip()

    def sbctl(self, *args):
        return subprocess.run(
            ["ovn-sbctl", "--no-leader-only", *map(str, args)], env=self.env,
            text=True, capture_output=True, check=True).stdout.strip()

    def lb(self, name="web"):
        """Columns of the row, maps as dictionaries."""
        text = self.nbctl(
            "--format=json", "--columns=_uuid,vips,options,external_ids,"
            "protocol", "find", "load_balancer", f"name={name}")
        rows = json.loads(text)
        if not rows["data"]:
            return None
        row = dict(zip(rows["headings"], rows["data"][0]))
        for column in ("vips", "options", "external_ids"):
            row[column] = dict(row[column][1])
        row["uuid"] = row["_uuid"][1]
        return row

    def set_ids(self, name, **keys):
        """What a waker would write; None removes a key."""
        args = []
        for key, value in keys.items():
            key = "rouse-" + key.replace("_", "-")
            if value is None:
                args += ["--", "remove", "load_balancer", name,
                         "external_ids", key]
            else:
                args += ["--", "set", "load_balancer", name,
                         f'external_ids:{key}="{value}"']
        self.nbctl(*args[1:])

    def add_event(self, lb_uuid, vip="10.0.0.100:80", seq=1, **info):
        info = {"vip": vip, "protocol": "tcp", "load_balancer": lb_uuid,
                **info}
        pairs = [f'event_info:{k}="{v}"' for k, v in info.items()]
        return self.sbctl("create", "Controller_Event",
                          "event_type=empty_lb_backends", f"seq_num={seq}",
                          *pairs)


@pytest.fixture
def ovn():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="rouse-test-cli."))
    instance = Ovn(directory)
    try:
        yield instance
    finally:
        instance.stop()
        shutil.rmtree(directory)
