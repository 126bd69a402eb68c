"""A Northbound and a Southbound database of their own, wakers, and a player
of ovn-northd's part in a barrier."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from ovsdb import Client, from_map

ROUSE = os.environ.get("ROUSE", "rouse")
SCHEMAS = pathlib.Path(os.environ.get(
    "ROUSE_SCHEMA_DIR",
    pathlib.Path(__file__).resolve().parents[2] / "out/stock/usr/share/ovn"))
SANITIZED = os.environ.get("ROUSE_SANITIZED") == "1"

# A backend is a file "up" in a directory of its own.  Delays in seconds.
BACKEND = """#!/bin/sh
# backend OP NAME [START-DELAY [LISTEN-DELAY [STOP-DELAY]]]
op=$1
dir="$STATE/$2"
echo "$op" >>"$dir.log"
case $op in
start)
    [ "${3:-0}" = 0 ] || sleep "$3"
    [ ! -e "$dir.broken" ] || { echo "it is broken" >&2; exit 1; }
    date +%s%N >"$dir.up";;
ready)
    [ -e "$dir.up" ] || exit 1
    [ "${4:-0}" = 0 ] || [ $(($(date +%s%N) - $(cat "$dir.up"))) -gt \\
        $((${4%.*} * 1000000000 + 100000000)) ] || exit 1;;
stop)
    [ "${5:-0}" = 0 ] || sleep "$5"
    rm -f "$dir.up";;
esac
exit 0
"""

NOTHING = """#!/bin/sh
exit 0
"""


def accepts(path):
    """A socket is there before it listens."""
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(path))
    except OSError:
        return False
    return True


class Server:
    """A private ovsdb-server with one database."""

    def __init__(self, directory, name, database):
        self.database = database
        self.path = directory / f"{name}.sock"
        self.remote = f"unix:{self.path}"
        self.file = directory / f"{name}.db"
        self.control = directory / f"{name}.ctl"
        subprocess.run(["ovsdb-tool", "create", self.file,
                        SCHEMAS / f"{name}.ovsschema"], check=True)
        self.process = None
        self.start()

    def start(self):
        if self.path.exists():
            self.path.unlink()
        self.process = subprocess.Popen(
            ["ovsdb-server", f"--remote=punix:{self.path}",
             f"--unixctl={self.control}", "--no-chdir", "-vconsole:off",
             "-vsyslog:off", "-vfile:off", self.file])
        wait_for(lambda: accepts(self.path), "ovsdb-server")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def client(self):
        return Client(self.path, self.database)


def wait_for(condition, what="", timeout_s=30):
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.005)


def insert_chassis(world, name, **ids):
    """With 'ids' in external_ids of its Chassis_Private: rouse_hold="true".
    Returns the UUID of its Chassis."""
    return world.sb.transact(
        {"op": "insert", "table": "Encap", "uuid-name": "e",
         "row": {"type": "vxlan", "ip": f"192.0.2.{name[-1]}",
                 "chassis_name": name}},
        {"op": "insert", "table": "Chassis", "uuid-name": "c",
         "row": {"name": name, "encaps": ["named-uuid", "e"]}},
        {"op": "insert", "table": "Chassis_Private",
         "row": {"name": name, "chassis": ["named-uuid", "c"],
                 "external_ids": from_map({
                     key.replace("_", "-"): value
                     for key, value in ids.items()})}})[1]["uuid"][1]


class Waker:
    def __init__(self, world, name="w0", *options):
        self.world = world
        self.name = name
        self.options = options
        self.log = world.directory / f"{name}.log"
        self.control = world.directory / f"{name}.wctl"
        self.process = None
        self.start()

    def start(self):
        env = dict(os.environ, ROUSE_RUNDIR=str(self.world.directory),
                   STATE=str(self.world.state),
                   ASAN_OPTIONS="detect_leaks=1:abort_on_error=0:"
                                "exitcode=99")
        self.output = open(self.log, "ab")
        self.process = subprocess.Popen(
            [ROUSE, "waker", f"--ovnnb-db={self.world.nb_server.remote}",
             f"--ovnsb-db={self.world.sb_server.remote}",
             f"--unixctl={self.control}",
             f"--exec-dir={self.world.programs}", "-vconsole:info",
             "-vwaker_wake:console:dbg",
             "-vPATTERN:console:%D{%H:%M:%S.###}|%p|%m",
             *self.options],
            env=env, stdout=self.output, stderr=self.output)

    def wait_active(self):
        wait_for(lambda: self.process.poll() is not None
                 or self.is_active(), "an active waker")
        assert self.process.poll() is None, self.text()
        return self

    def is_active(self):
        status = self.status()
        return bool(status and status["active"])

    def status(self):
        done = subprocess.run(["ovs-appctl", "-t", self.control,
                               "rouse/status"], capture_output=True,
                              check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def wait_rest(self, seconds, most):
        """Until its loop turns that often in such a time, or less often: what
        came before may take a while."""
        wait_for(lambda: self.turns(seconds) <= most,
                 f"{seconds} s with {most} turns")

    def turns(self, seconds):
        """How often its loop turns in that time; for ever, if it spins."""
        path = pathlib.Path(f"/proc/{self.process.pid}/status")

        def switches():
            for line in path.read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches"):
                    return int(line.split()[1])

        before, cpu = switches(), self.cpu_s()
        time.sleep(seconds)
        spins = self.cpu_s() - cpu >= seconds / 4
        return float("inf") if spins else switches() - before

    def cpu_s(self):
        fields = pathlib.Path(
            f"/proc/{self.process.pid}/stat").read_text().split()
        return (int(fields[13]) + int(fields[14])) \
            / os.sysconf("SC_CLK_TCK")

    def text(self):
        return self.log.read_text(errors="replace")

    def kill(self):
        """As the kernel does it: without a word."""
        self.process.kill()
        self.process.wait()
        self.output.close()
        if self.control.exists():
            self.control.unlink()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            subprocess.run(["ovs-appctl", "-t", self.control, "exit"],
                           capture_output=True, check=False, timeout=20)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.output.close()
        text = self.text()
        for bad in ("AddressSanitizer", "runtime error", "LeakSanitizer",
                    "assertion", "EMER"):
            assert bad not in text, text[-8000:]
        return self.process.returncode


class World:
    server_class = Server

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="rouse-w"))
        self.state = self.directory / "state"
        self.state.mkdir()
        self.programs = self.directory / "exec"
        self.programs.mkdir()
        self.program("backend", BACKEND)
        self.program("nothing", NOTHING)
        self.nb_server = self.server_class(self.directory, "ovn-nb",
                                           "OVN_Northbound")
        self.sb_server = self.server_class(self.directory, "ovn-sb",
                                           "OVN_Southbound")
        self.wakers = []
        self.connect()
        self.nb.transact({"op": "insert", "table": "NB_Global", "row": {}})
        self.hv_answers = True
        self.ended = False
        self.northd = threading.Thread(target=self._play_northd, daemon=True)
        self.northd.start()

    def connect(self):
        self.nb = self.nb_server.client()
        self.nb.monitor({"Load_Balancer": ["name", "vips", "options",
                                           "external_ids", "protocol"],
                         "NB_Global": ["nb_cfg", "hv_cfg"]})
        self.sb = self.sb_server.client()
        self.sb.monitor({"Controller_Event": ["event_type", "event_info",
                                              "seq_num"]})

    def _play_northd(self):
        """All chassis confirm at once what is asked."""
        client = None
        while not self.ended:
            try:
                client = self.nb_server.client()
                client.monitor({"NB_Global": ["nb_cfg", "hv_cfg"]})
                while not self.ended:
                    try:
                        client.wait(self._asked, timeout_s=0.2)
                    except AssertionError:
                        if client.closed:
                            raise
                        continue
                    client.transact({
                        "op": "update", "table": "NB_Global", "where": [],
                        "row": {"hv_cfg": self._asked(client.rows)}})
            except (AssertionError, OSError):
                time.sleep(0.02)

    def _asked(self, rows):
        for row in rows["NB_Global"].values():
            if self.hv_answers and row["hv_cfg"] < row["nb_cfg"]:
                return row["nb_cfg"]
        return 0

    def program(self, name, text):
        path = self.programs / name
        path.write_text(text)
        path.chmod(0o755)

    def waker(self, name="w0", *options):
        waker = Waker(self, name, *options)
        self.wakers.append(waker)
        return waker

    def close(self):
        for waker in self.wakers:
            waker.stop()
        self.ended = True
        self.northd.join(5)
        self.nb.close()
        self.sb.close()
        self.nb_server.kill()
        self.sb_server.kill()
        self.end_programs()
        shutil.rmtree(self.directory, ignore_errors=True)

    def end_programs(self):
        """Those that a waker that was killed has left running."""
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if f"{self.programs}/" in path.read_text(errors="replace"):
                    os.killpg(int(path.parent.name), signal.SIGKILL)
            except (OSError, ValueError):
                pass

    # --- Northbound ---

    def add_lb(self, name, vips=None, ids=None, options=None, awake=False):
        """A load balancer; with 'ids', a service.  Asleep unless 'awake'."""
        number = len(self.nb.snapshot("Load_Balancer")) + 1
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        if vips is None:
            vips = {f"{address}:80": "172.16.0.1:8080" if awake else ""}
        ids = dict(ids or {})
        if "rouse-driver" in ids and not awake \
                and "rouse-backends" not in ids and ids["rouse-driver"] \
                != "signal":
            ids["rouse-backends"] = "172.16.0.1:8080"
        ids = {k: v for k, v in ids.items() if v is not None}
        result = self.nb.transact({
            "op": "insert", "table": "Load_Balancer", "row": {
                "name": name, "vips": from_map(vips),
                "options": from_map(options or {"event": "true"}),
                "external_ids": from_map(ids)}})
        uuid = result[0]["uuid"][1]
        self.nb.wait(lambda rows: uuid in rows["Load_Balancer"], name)
        return uuid

    def add_service(self, name, target=None, awake=False, **ids):
        keys = {"rouse-driver": "exec",
                "rouse-target": target or f"backend {name}"}
        keys.update({f"rouse-{k.replace('_', '-')}": v
                     for k, v in ids.items()})
        if awake:
            (self.state / f"{name}.up").write_text("0")
        return self.add_lb(name, ids=keys, awake=awake)

    def lb(self, uuid):
        with self.nb.lock:
            return dict(self.nb.rows["Load_Balancer"][uuid])

    def ids(self, uuid):
        return self.lb(uuid)["external_ids"]

    def set_ids(self, uuid, **keys):
        where = [["_uuid", "==", ["uuid", uuid]]]
        mapping = {f"rouse-{k.replace('_', '-')}": v for k, v in keys.items()}
        self.nb.transact(
            {"op": "mutate", "table": "Load_Balancer", "where": where,
             "mutations": [["external_ids", "delete",
                            ["set", list(mapping)]],
                           ["external_ids", "insert",
                            from_map({k: v for k, v in mapping.items()
                                      if v is not None})]]})

    def set_vips(self, uuid, vips):
        self.nb.transact({"op": "update", "table": "Load_Balancer",
                          "where": [["_uuid", "==", ["uuid", uuid]]],
                          "row": {"vips": from_map(vips)}})

    def delete_lb(self, uuid):
        self.nb.transact({"op": "delete", "table": "Load_Balancer",
                          "where": [["_uuid", "==", ["uuid", uuid]]]})

    def wait_state(self, uuid, *states, timeout_s=30):
        return self.nb.wait(
            lambda rows: rows["Load_Balancer"][uuid]["external_ids"].get(
                "rouse-state") in states
            and rows["Load_Balancer"][uuid]["external_ids"]["rouse-state"],
            f"state {states}", timeout_s)

    def wait_seen(self):
        """Until the waker has seen all that was written here so far: an event
        comes from another server, and may overtake it."""
        last = self.add_service("last", "nothing", request="wake")
        self.wait_state(last, "awake")
        self.delete_lb(last)

    def is_filled(self, uuid):
        vips = self.lb(uuid)["vips"]
        return bool(vips) and all(vips.values())

    # --- Southbound ---

    def event(self, uuid, vip=None, **more):
        """Writes a row as ovn-controller does."""
        vip = vip or next(iter(self.lb(uuid)["vips"]))
        info = {"vip": vip, "protocol": "tcp", "load_balancer": uuid}
        info.update(more)
        return self.raw_event(info)

    def raw_event(self, info, chassis=None):
        row = {"event_type": "empty_lb_backends",
               "event_info": from_map(info), "seq_num": 1}
        if chassis:
            row["chassis"] = ["uuid", chassis]
        result = self.sb.transact({
            "op": "insert", "table": "Controller_Event", "row": row})
        return result[0]["uuid"][1]

    def events(self):
        return self.sb.snapshot("Controller_Event")

    def wait_event_gone(self, uuid, timeout_s=30):
        self.sb.wait(lambda rows: uuid not in rows["Controller_Event"],
                     "the event row to go", timeout_s)

    def wait_no_events(self, timeout_s=30):
        self.sb.wait(lambda rows: not rows["Controller_Event"],
                     "all event rows to go", timeout_s)

    # --- Backends ---

    def is_up(self, name):
        return (self.state / f"{name}.up").exists()

    def calls(self, name):
        path = self.state / f"{name}.log"
        return path.read_text().split() if path.exists() else []


@contextlib.contextmanager
def fresh_world(say):
    """A world that ends with this; then `say` is told its wakers' logs."""
    w = World()
    try:
        yield w
    finally:
        texts = [(x.name, x.text()) for x in w.wakers if x.log.exists()]
        try:
            w.close()
        finally:
            for name, text in texts:
                say(f"--- log of waker {name}\n{text[-6000:]}\n")
