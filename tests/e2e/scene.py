"""A scene: an engine in a lab with the article's topology, Rouse at work on
it, and services to put to sleep and wake. What the end-to-end scenarios play
in."""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading

# First: it knows where the lab is.
from engines import ENGINES, ROUSE, TOP, option, output, status
from lab import article, wait_for
from lab.process import CommandError, run

SCALE = float(os.environ.get("ROUSE_E2E_SCALE", "1.0"))

# How long anything may take that is no part of what a test looks at; machines
# may be slow and sanitizers are.
PATIENCE_S = 60

# The exec driver's program: "serve start|ready|stop DIRECTORY PROTO PORT
# DELAY_MS" opens and closes a port of the agent of a pod. It notes starts and
# stops in the file "calls" beside it.
SERVE = """#!/bin/sh
calls=${0%/*}/calls
fifo=$2/agent.fifo
mark=$2/listening-$3-$4
case $1 in
start)
    echo "start $ROUSE_SERVICE" >>"$calls"
    echo '{"op":"listen","proto":"'$3'","port":'$4',"delay_ms":'$5'}' >"$fifo"
    ;;
ready)
    test -e "$mark" || { echo "port $4 is closed" >&2; exit 1; }
    ;;
stop)
    echo "stop $ROUSE_SERVICE" >>"$calls"
    echo '{"op":"close","proto":"'$3'","port":'$4'}' >"$fifo"
    while test -e "$mark"; do sleep 0.01; done
    ;;
esac
"""


def scaled(count, least=1):
    """A number of repetitions, fewer where the run asks for less."""
    return max(least, round(count * SCALE))


@dataclasses.dataclass
class Service:
    """A load balancer that Rouse wakes, and the pod that serves it."""
    scene: "Scene"
    name: str
    proto: str          # The agent's: "http", "echo", "udp", "sctp".
    address: str
    port: int           # None: the VIP has no port.
    backend: object     # The pod.
    backend_port: int

    @property
    def vip(self):
        return _endpoint(self.address, self.port)

    @property
    def backends(self):
        """The backend as `vips` and `rouse-backends` have it."""
        own = (self.backend.ipv6 if ":" in self.address
               else self.backend.ipv4)
        return _endpoint(own, self.backend_port if self.port else None)

    # What the databases say.

    @property
    def row(self):
        return self.scene.find("nb", "Load_Balancer", f"name={self.name}")[0]

    @property
    def keys(self):
        """The rouse-* keys, without the prefix."""
        return {key.removeprefix("rouse-"): value
                for key, value in self.row["external_ids"].items()
                if key.startswith("rouse-")}

    @property
    def state(self):
        return self.keys.get("state")

    def wait_state(self, *states, timeout=PATIENCE_S):
        wait_for(lambda: self.state in states, timeout,
                 f"{self.name} in {' or '.join(states)}", 0.05)

    @property
    def events(self):
        """Controller_Event rows of this service."""
        uuid = self.row["_uuid"]
        return [row for row in self.scene.find("sb", "Controller_Event")
                if row["event_info"].get("load_balancer") == uuid]

    # What users and clients do.

    def set_keys(self, **keys):
        """Set rouse-* keys: set_keys(wake_timeout=5)."""
        self.scene.lab.nbctl(
            "set", "Load_Balancer", self.name,
            *(f"external_ids:{key}={json.dumps(value)}"
              for key, value in _policy(keys).items()))

    def exchange(self, client=None, timeout=30.0):
        """One request by a client, a host of the lab; an Answer."""
        client = client or self.scene.client
        return client.exchange(self.address, self.port or self.backend_port,
                               proto=self.proto, timeout=timeout)

    def exchange_later(self, client=None, timeout=30.0):
        """The same in a thread of its own; a Later."""
        return Later(lambda: self.exchange(client, timeout))

    def exchanges_later(self, count, within_ms, client=None,
                        timeout=PATIENCE_S):
        """Many, begun within a time; a Later with a list of Answers."""
        client = client or self.scene.client
        targets = [(self.address, self.port or self.backend_port)] * count
        return Later(lambda: client.exchange_all(
            targets, self.proto, timeout, within_ms))

    def idle(self):
        """Put to sleep and wait until every chassis knows. The last packets
        of a connection that has just ended may wake it: then again."""
        while True:
            done = self.scene.rouse("service", "idle", self.name, check=False)
            if not done.returncode:
                break
            assert "woken meanwhile" in done.stderr, done
        self.scene.lab.sync()

    # What the backend saw.

    @property
    def server(self):
        """The status of the backend's server; None if it is closed."""
        for status in self.backend.status():
            if ((status["proto"], status["port"])
                    == (self.proto, self.backend_port)):
                return status
        return None

    @property
    def calls(self):
        """What the exec driver did: ["start", "stop", ...]."""
        return [call for call, name in self.scene.calls if name == self.name]


class Later:
    """Something under way in another thread."""

    def __init__(self, function):
        self._function = function
        self._value = None
        self._error = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            self._value = self._function()
        except Exception as error:      # Raised again in result().
            self._error = error

    @property
    def running(self):
        return self._thread.is_alive()

    def result(self, timeout=2 * PATIENCE_S):
        """Wait for its end; what it returned."""
        self._thread.join(timeout)
        assert not self.running, f"still under way after {timeout} s"
        if self._error:
            raise self._error
        return self._value


class Scene:
    """An engine with the article's switches, clients on both, an external
    host, and Rouse: use it as a context manager. Options are the Lab's;
    waker=False: start_waker() is still to be called. With OVN, there are two
    chassis:

        client    sw0, chassis 1      backend1  sw0, chassis 2
        client2   sw1, chassis 2      backend2  sw1, chassis 1
    """

    def __init__(self, engine, waker=True, **options):
        self.engine = ENGINES[engine](waker, **options)
        self.lab = self.engine.lab
        self.exec_dir = None
        self._waker = waker
        self._numbers = iter(range(1, 1 << 20))
        self._services = []

    def __enter__(self):
        self.lab.__enter__()
        try:
            self._build()
        except BaseException:
            self.lab.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, value, traceback):
        try:
            if not kind:
                self._end_daemons()
        finally:
            self.lab.__exit__(kind, value, traceback)

    def _build(self):
        article.build(self.lab, services=False)
        self.lab.add_pods({
            "name": "client2", "switch": "sw1",
            "chassis": len(self.lab.chassis), "mac": "50:54:00:00:20:02",
            "addresses": ["20.0.0.2/24", "fd00:20::2/64"],
            "gateways": ["20.0.0.1", "fd00:20::1"]})
        self.exec_dir = self.engine.exec_dir
        self.install("serve", SERVE)
        self.engine.start()
        if self._waker:
            self.wait_daemons()

    def start_waker(self, *options):
        """One more `rouse waker`; a Daemon."""
        return self.engine.start_waker(*options)

    def install(self, name, text):
        """Write a program for the exec driver."""
        path = os.path.join(self.exec_dir, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)

    # Who is there.

    @property
    def client(self):
        return self.lab.pods["client"]

    def host(self, name):
        """A pod, or the external host: "external"."""
        return (self.lab.external if name == "external"
                else self.lab.pods[name])

    # Services.

    def new_service(self, proto="http", ip=4, backend="backend1", port=True):
        """A Service with a VIP and a backend's port of its own, not yet in
        the database; port=False: a VIP without a port."""
        number = next(self._numbers)
        own_port = 10000 + number % 50000
        host = number % 64 + 1
        if not port:
            # The VIP takes every port: it cannot share its address.
            assert number < 180, "too many services in one scene"
            host = number + 70
        return Service(
            self, f"s{number}", proto,
            f"fd00:192::{host:x}" if ip == 6 else f"192.168.1.{host}",
            own_port if port else None, self.lab.pods[backend], own_port)

    def add(self, *services, on=article.SWITCHES, on_router=article.ROUTER,
            driver="exec", delay_ms=0, options=None, sync=True, **policy):
        """Put services into the database, asleep, and wait until the chassis
        know. Policy: rouse-* keys, wake_timeout=5; target=None is the "serve"
        program for the backend, backends=None the backend's address."""
        specs = []
        for service in services:
            keys = {
                "driver": driver, "drain": 0,
                "backends": f"{service.vip}={service.backends}",
                "target": f"serve {service.backend.directory} "
                          f"{service.proto} {service.backend_port} {delay_ms}"
                          if driver == "exec" else None,
                **policy}
            specs.append({
                "name": service.name, "vip": service.vip, "backends": [],
                "protocol": PROTOCOLS[service.proto], "on": on,
                "on_router": on_router, "options": options,
                "external_ids": _policy(keys)})
        self._services += services
        self.lab.add_services(specs)
        if sync:
            self.lab.sync()

    def add_service(self, proto="http", ip=4, backend="backend1", port=True,
                    **more):
        """new_service() and add() in one."""
        service = self.new_service(proto, ip, backend, port)
        self.add(service, **more)
        return service

    def clear(self):
        """Remove all services and close all servers."""
        names = {row["name"] for row in self.find("nb", "Load_Balancer")}
        gone = [service.name for service in self._services
                if service.name in names]
        for start in range(0, len(gone), 200):
            self.lab.nbctl(*(word for name in gone[start:start + 200]
                             for word in ("--", "lb-del", name)))
        self._services = []
        for pod in self.lab.pods.values():
            for server in pod.status():
                pod.close(server["port"], server["proto"])
        # So that a test begins with nothing under way of the last one.
        self.lab.sync()

    # What the databases and the daemons say.

    def find(self, db, table, *conditions):
        """Rows of "nb" or "sb" as dictionaries."""
        ctl = self.lab.nbctl if db == "nb" else self.lab.sbctl
        text = ctl("--format=json", "find", table, *conditions)
        table = json.loads(text)
        return [dict(zip(table["headings"], map(_value, row)))
                for row in table["data"]]

    @property
    def calls(self):
        """(start or stop, service) of every call of the exec driver's
        "serve", in order."""
        try:
            with open(os.path.join(self.exec_dir, "calls"),
                      encoding="utf-8") as file:
                return [tuple(line.split()) for line in file]
        except FileNotFoundError:
            return []

    def rouse(self, *words, check=True):
        """The command line: a CompletedProcess."""
        remotes = {f"OVN_{db.upper()}_DB": self.lab.remote(db)
                   for db in ("nb", "sb")}
        done = subprocess.run(
            [ROUSE, *words], text=True, capture_output=True,
            stdin=subprocess.DEVNULL, timeout=2 * PATIENCE_S, check=False,
            env={**self.lab.environment(self.lab.run_directory), **remotes})
        if check and done.returncode:
            raise CommandError(f"rouse {' '.join(words)}: exit "
                               f"{done.returncode}: {done.stderr.strip()}")
        return done

    status = staticmethod(status)

    @property
    def holds(self):
        """The packet accounting of each daemon that holds; see the
        engines."""
        return self.engine.holds()

    @property
    def waker(self):
        """The status of the waker that acts; None without one."""
        return next((waker for waker in self.engine.wakers()
                     if waker["active"]), None)

    def custody(self):
        """The holds' packet accounting, added up; "dropped" by reason."""
        total, dropped = {}, {}
        for hold in self.holds:
            for key, value in hold["custody"].items():
                if key == "dropped":
                    for reason, count in value.items():
                        dropped[reason] = dropped.get(reason, 0) + count
                else:
                    total[key] = total.get(key, 0) + value
        return {**total, "dropped": dropped}

    def log(self, role):
        """The text of all logs that have what "hold" or "waker" says."""
        return "".join(map(self._log, self.engine.daemons(role)))

    @staticmethod
    def _log(daemon):
        with open(option(daemon, "log-file"), encoding="utf-8",
                  errors="replace") as file:
            return file.read()

    def print_logs(self, lines=12):
        """The ends of Rouse's logs and what the daemons say of themselves,
        for a test that has failed."""
        for daemon in self.engine.daemons():
            print(f"---- {option(daemon, 'log-file')}",
                  *self._log(daemon).splitlines()[-lines:],
                  json.dumps(daemon.running() and status(daemon)),
                  sep="\n", file=sys.stderr)

    def wait_logged(self, role, *words, timeout=PATIENCE_S):
        """Wait for a line in a log that has all of the words; the line."""
        def seen():
            return next((line for line in self.log(role).splitlines()
                         if all(word in line for word in words)), None)
        return wait_for(seen, timeout, f"{words} in the {role}'s log", 0.05)

    # Conditions.

    def wait_daemons(self, timeout=PATIENCE_S):
        """Wait until every daemon that runs has its connections."""
        def ready():
            return (self.waker is not None
                    and all(hold and hold["connected"]
                            for hold in self.holds))
        wait_for(ready, timeout, "connections of Rouse's daemons", 0.05)

    def unsettled(self):
        """What is still under way, for people; "" if nothing is."""
        waker = self.waker
        if waker is None:
            return "no waker is active"
        if waker["jobs"]:
            return f"jobs of the waker: {waker['jobs']}"
        for hold in self.holds:
            if hold is None or hold["custody"]["held"]:
                return f"held packets: {hold}"
        rows = self.find("sb", "Controller_Event")
        if rows:
            return f"event rows: {rows}"
        return ""

    def settle(self, timeout=PATIENCE_S):
        """Wait until nothing is under way: no packet held, no event row left,
        no service between two states."""
        try:
            wait_for(lambda: not self.unsettled(), timeout, "settling", 0.1)
        except Exception as error:
            raise AssertionError(
                f"not settled after {timeout} s: {self.unsettled()}"
            ) from error

    def check_accounts(self):
        """Assert that no packet has vanished and that no daemon that should
        run has ended."""
        for hold in self.holds:
            assert hold is None or hold["balanced"], hold
        for daemon in self.engine.daemons():
            said = output(daemon)
            assert "runtime error:" not in said, said
            assert "Sanitizer" not in said, said
            assert "assertion" not in said.lower(), said

    def check_foundation(self):
        """Assert that what Rouse builds on is all there, too."""
        self.engine.check_foundation()

    def _end_daemons(self):
        """End Rouse's daemons as an administrator would, which must work and
        which is when a leak checker speaks."""
        for daemon in self.engine.daemons():
            if not daemon.running():
                continue
            daemon.kill(signal.SIGCONT)
            run(["ovs-appctl", "--timeout=30", "-t",
                 option(daemon, "unixctl"), "exit"], env=daemon.env)
            code = daemon.wait(PATIENCE_S)
            assert code == 0, f"{daemon.name}: exit {code}\n" \
                              f"{output(daemon)}"
        self.check_accounts()

    # Watching.

    @contextlib.contextmanager
    def history(self, service):
        """The values that rouse-state goes through, as a list that is
        complete when the block ends."""
        path = os.path.join(self.lab.run_directory, "history.out")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        watch = self.lab.daemon(
            "history", ["ovsdb-client", "--format=json", "monitor",
                        self.lab.remote("nb"), "OVN_Northbound",
                        "Load_Balancer", "name,external_ids"],
            None, self.lab.run_directory)
        watch.start()
        states = []
        try:
            wait_for(lambda: service.name in output(watch), PATIENCE_S,
                     "monitor of the Northbound database")
            yield states
            last = service.state
            wait_for(lambda: _states(output(watch), service.name)[-1:]
                     == [last], PATIENCE_S, f"{last} in the monitor")
            states += _states(output(watch), service.name)
        finally:
            watch.kill()


PROTOCOLS = {"http": "tcp", "echo": "tcp", "udp": "udp", "sctp": "sctp"}


def _states(text, name):
    """The states of one service, in order, in what `ovsdb-client monitor`
    prints: a table in JSON for each update."""
    states = []
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            table = json.loads(line)
            for row in table["data"]:
                row = dict(zip(table["headings"], row))
                if row["name"] == name and row["action"] != "old":
                    state = _value(row["external_ids"]).get("rouse-state")
                    if states[-1:] != [state]:
                        states.append(state)
    return states


def _endpoint(address, port):
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _policy(keys):
    """external_ids: wake_timeout=5 is rouse-wake-timeout; None leaves out."""
    return {f"rouse-{key.replace('_', '-')}": str(value)
            for key, value in keys.items() if value is not None}


def _value(value):
    """A value of OVSDB's JSON as Python has it."""
    if isinstance(value, list):
        kind, items = value
        if kind == "map":
            return {key: _value(item) for key, item in items}
        if kind == "set":
            return [_value(item) for item in items]
        return items
    return value
