"""The Lab: stock OVN with N chassis, brought up and taken down."""

import glob
import json
import os
import signal
import sys
import threading

from . import rundir, sockets
from .central import Central
from .chassis import Chassis
from .host import Host, Pod
from .network import add_namespaces, add_veths, configure
from .observe import unixctl
from .pki import Authority
from .process import CommandError, Daemon
from .stock import TOP

EXTERNAL_MAC = "02:00:ac:a8:00:32"
EXTERNAL_ADDRESSES = ["172.168.0.50/24", "fd00:172::50/64"]


class Lab:
    """Stock OVN in namespaces, as a context manager.

    chassis    how many
    clustered  three NB and SB servers each (Raft) instead of one
    tls        chassis reach the databases with ssl:, own CA
    rbac       the Southbound connection has role=ovn-controller; needs tls
    external   a network outside OVN: a host, and br-ex on each chassis
    rouse      the binary that start_hold() and start_waker() run
    """

    # Whether hosts leave checksums and segments to their interfaces. The
    # userspace datapath, which gets the frames by AF_PACKET, passes half-done
    # ones on as they are.
    offloads = False

    def __init__(self, chassis=2, clustered=False, tls=False, rbac=False,
                 external=True, rouse=os.path.join(TOP, "out", "rouse")):
        if rbac and not tls:
            raise ValueError("rbac=True needs tls=True: the role goes with "
                             "the certificate's name")
        self._settings = (chassis, clustered, tls, rbac)
        self._external = external
        self.rouse = rouse
        self.run_directory = None
        self._daemons = []
        self.authority = None
        self.central = None
        self.chassis = []
        self.external = None
        self.pods = {}
        self.holds = {}
        self.wakers = []

    def __enter__(self):
        _exit_on_signals()
        self.run_directory = rundir.create()
        try:
            self._start()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind, value, traceback):
        try:
            if kind and issubclass(kind, Exception):
                self.print_logs()
        finally:
            self.close()

    def close(self):
        """Take everything down; nothing of the lab is left. Nobody is asked
        politely: an ovn-controller would first clean databases that are
        about to go."""
        for daemon in self._daemons:
            daemon.kill()
        rundir.remove(self.run_directory)

    # Names and places.

    def namespace(self, name):
        """The full name of a namespace of this lab."""
        return rundir.namespace(self.run_directory, name)

    def directory(self, name):
        """A directory of this lab, made if need be."""
        path = os.path.join(self.run_directory, name)
        os.makedirs(path, exist_ok=True)
        return path

    def environment(self, directory):
        """The environment for a process with its sockets in directory."""
        return rundir.environment(self.run_directory, directory)

    def daemon(self, name, argv, ns, directory):
        """A Daemon of this lab, not yet started."""
        daemon = Daemon(name, argv, ns, self.environment(directory),
                        directory)
        self._daemons.append(daemon)
        return daemon

    # Bring-up.

    def _start(self):
        n_chassis, clustered, tls, rbac = self._settings
        if tls:
            self.authority = Authority(
                os.path.join(self.run_directory, "pki"))
        self.central = Central(self, clustered, tls, rbac)
        self.chassis = [Chassis(self, number)
                        for number in range(1, n_chassis + 1)]
        if self._external:
            self.external = Host(self, "ext", EXTERNAL_MAC,
                                 EXTERNAL_ADDRESSES)
        self._wire()
        self.central.start()
        for chassis in self.chassis:
            chassis.start()
        if self.external:
            self.external.start()
        for chassis in self.chassis:
            chassis.wait_up()
        if self.external:
            self.external.wait_agent()

    def _wire(self):
        """Make the machines' namespaces and join them: a namespace with a
        bridge for management and one for the tunnels; the external host is
        itself the bridge that its network needs."""
        fabric = self.namespace("fabric")
        machines = [*self.central.members, *self.chassis]
        add_namespaces([fabric, *(machine.ns for machine in machines)],
                       ipv6=False)
        if self.external:
            add_namespaces([self.external.ns])
        management = [((machine.ns, "eth0"), (fabric, f"m-{machine.name}"))
                      for machine in machines]
        underlay = [((chassis.ns, "phy0"), (fabric, f"u-{chassis.name}"))
                    for chassis in self.chassis]
        outside = [((chassis.ns, "ex0"), (self.external.ns, chassis.name))
                   for chassis in self.chassis if self.external]
        add_veths(management + underlay + outside)
        _bridge(fabric, "management", management)
        _bridge(fabric, "underlay", underlay)
        if self.external:
            _bridge(self.external.ns, "eth0", outside)
        for member in self.central.members:
            configure(member.ns, [
                f"address add {member.address}/24 dev eth0",
                "link set eth0 up"])
        for chassis in self.chassis:
            configure(chassis.ns, [
                f"address add {chassis.management}/24 dev eth0",
                "link set eth0 up", "link set phy0 up",
                *(["link set ex0 up"] if self.external else [])])

    def add_pods(self, *specs):
        """Make pods, all at once, and wait until they work. Each spec is a
        dict: name, switch, chassis (a number), mac, addresses ("A/LEN"),
        gateways."""
        pods = [Pod(self, **{**spec,
                             "chassis": self.chassis[spec["chassis"] - 1]})
                for spec in specs]
        add_namespaces([pod.ns for pod in pods])
        add_veths([((pod.ns, "eth0"), (pod.chassis.ns, pod.name))
                   for pod in pods])
        for pod in pods:
            pod.start()
            self.pods[pod.name] = pod
        self.nbctl(*sum((pod.nb_commands() for pod in pods), []))
        for chassis in self.chassis:
            here = [pod for pod in pods if pod.chassis is chassis]
            if here:
                configure(chassis.ns,
                          [f"link set {pod.name} up" for pod in here])
                chassis.vsctl(*sum((pod.ovs_commands() for pod in here), []))
        self.nbctl(*(word for pod in pods for word in (
            "--", "wait-until", "Logical_Switch_Port", pod.name, "up=true")))
        for chassis in self.chassis:
            sockets.widen(chassis.vswitchd.pid)
        for pod in pods:
            pod.wait_agent()
        return pods

    # Clients of the databases.

    def nbctl(self, *words, **options):
        """ovn-nbctl; returns what it prints."""
        return self.central.nbctl(*words, **options)

    def sbctl(self, *words, **options):
        """ovn-sbctl; returns what it prints."""
        return self.central.sbctl(*words, **options)

    def socket(self, db):
        """The unix socket of a database, "nb" or "sb"."""
        return self.central.members[0].socket(db)

    def remote(self, db):
        """How clients on this machine reach a database."""
        return self.central.remote(db)

    def waker_status(self):
        """What the first waker says of itself."""
        return unixctl(f"{self.directory('waker1')}/waker.ctl",
                       "rouse/status")

    def sync(self):
        """Wait until every chassis has all that the Northbound wants."""
        self.nbctl("--wait=hv", "sync")

    def add_service(self, name, vip, backends, **more):
        """Make one load balancer; see service_commands()."""
        self.nbctl(*service_commands(0, name, vip, backends, **more))

    def add_services(self, services):
        """Make many, each a dict of service_commands()' arguments."""
        for start in range(0, len(services), 200):
            self.nbctl(*(word for index, service
                         in enumerate(services[start:start + 200])
                         for word in service_commands(index, **service)))

    def set_backends(self, name, vip, backends):
        """Set or, with [], empty the backends of a load balancer's VIP."""
        self.nbctl("set", "Load_Balancer", name,
                   f'vips:"{vip}"="{",".join(backends)}"')

    # Rouse's daemons.

    def _rouse(self, role, ns, directory, tls, *arguments):
        if not os.path.exists(self.rouse):
            raise CommandError(f"no {self.rouse}: run ./build first")
        stem = os.path.join(directory, role)
        return self.daemon(
            role, [self.rouse, role, *tls, f"--pidfile={stem}.pid",
                   f"--unixctl={stem}.ctl", f"--log-file={stem}.log",
                   "-vconsole:off", "-vsyslog:off", *arguments],
            ns, directory).start()

    def start_hold(self, number, *options):
        """Run `rouse hold` on a chassis; a Daemon."""
        chassis = self.chassis[number - 1]
        self.holds[number] = self._rouse(
            "hold", chassis.ns, chassis.directory, chassis.tls_options,
            f"--vswitchd={chassis.directory}/vswitchd.ctl", *options,
            chassis.remote)
        return self.holds[number]

    def start_waker(self, *options):
        """Run one more `rouse waker` beside the databases; a Daemon."""
        name = f"waker{len(self.wakers) + 1}"
        directory = self.directory(name)
        tls = self.authority.certificate(name) if self.authority else []
        self.wakers.append(self._rouse(
            "waker", self.central.members[0].ns, directory, tls,
            f"--ovnnb-db={self.central.network_remote('nb')}",
            f"--ovnsb-db={self.central.network_remote('sb', admin=True)}",
            *options))
        return self.wakers[-1]

    # When something went wrong.

    def print_logs(self, lines=8):
        """The ends of all logs, to standard error."""
        for path in sorted(glob.glob(f"{self.run_directory}/*/*.log") +
                           glob.glob(f"{self.run_directory}/*/*.out")):
            with open(path, encoding="utf-8", errors="replace") as file:
                tail = file.readlines()[-lines:]
            if tail:
                name = os.path.relpath(path, self.run_directory)
                print(f"---- {name}", *(line.rstrip() for line in tail),
                      sep="\n", file=sys.stderr)


def service_commands(index, name, vip, backends, protocol="tcp", on=(),
                     on_router=None, options=None, external_ids=None):
    """Words for ovn-nbctl that make a load balancer and attach it.

    index         tells several in one ovn-nbctl command apart
    vip           "192.168.1.100:80", "[fd00::1]:80", or without a port
    backends      ["10.0.0.3:80", ...]; [] = asleep
    protocol      None leaves the column empty
    on, on_router names of logical switches, of a logical router
    options       default {"event": "true"}
    """
    options = {"event": "true"} if options is None else options
    words = ["--", f"--id=@lb{index}", "create", "Load_Balancer",
             f"name={name}", f'vips:"{vip}"="{",".join(backends)}"']
    if protocol:
        words.append(f"protocol={protocol}")
    for column, pairs in (("options", options),
                          ("external_ids", external_ids or {})):
        words += [f"{column}:{key}={json.dumps(value)}"
                  for key, value in pairs.items()]
    for table, row in (*(("Logical_Switch", switch) for switch in on),
                       *([("Logical_Router", on_router)] if on_router
                         else ())):
        words += ["--", "add", table, row, "load_balancer", f"@lb{index}"]
    return words


def _bridge(ns, name, pairs):
    """Make a bridge in ns that joins the far ends of the pairs."""
    configure(ns, [
        f"link add {name} up type bridge forward_delay 0",
        *(f"link set {port} master {name} up" for _, (_, port) in pairs)])


def _exit_on_signals():
    """Let SIGTERM and SIGHUP unwind the stack as Ctrl-C does, so that labs
    are closed; an own handler of the program's stays."""
    def leave(signum, frame):
        raise SystemExit(128 + signum)

    if threading.current_thread() is threading.main_thread():
        for signum in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(signum) == signal.SIG_DFL:
                signal.signal(signum, leave)
