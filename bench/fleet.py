"""The services that the benchmarks wake, and the daemons that wake them, in
a lab with the topology of the article."""

import contextlib
import dataclasses
import re
import threading

from lab import Lab, article, backends, wait_for
from lab.embedded import HostLab
from lab.observe import unixctl
from lab.process import run

from .command import load_program
from .port_scan import Scanner

BACKEND = "backend1"
FIRST_PORT = 10000
SCANNER = "backend2"


@dataclasses.dataclass(frozen=True)
class Service:
    """A load balancer with an address of its own, as a Kubernetes service
    has it, and one backend: a port of the pod BACKEND."""
    name: str
    proto: str          # "http" or "udp", as the lab's agents have it.
    address: str
    port: int
    backend_port: int

    @property
    def vip(self):
        return f"{self.address}:{self.port}"


class Fleet:
    """A lab of stock OVN with sleeping services."""
    # The kinds of wakes to measure, and who holds packets meanwhile.
    KINDS = ("rouse", "stock")

    def __init__(self, lab, start_ms, clients="pod", scan=None):
        self.lab = lab
        self._start_ms = start_ms
        self._scanner = None
        if scan:
            # Nobody tells the scanner from the client but rouse hold.
            self.KINDS = self.KINDS[:1]
        article.build(lab, services=False)
        self.backend = lab.pods[BACKEND]
        if scan:
            self._scanner = Scanner(scan, lab.pods[SCANNER])
        self.client = (lab.pods["client"] if clients == "pod"
                       else lab.external)
        if clients != "pod":
            lab.external.exec("ip", "route", "add", "192.168.0.0/16",
                              "via", "172.168.0.100")

    def add(self, protos):
        """Make a sleeping service for each of protos and return them; the
        waker has seen them."""
        services = [
            Service(f"{proto}{index}", proto,
                    f"192.168.{2 + index // 250}.{1 + index % 250}",
                    {"http": 80, "udp": 53}[proto], FIRST_PORT + index)
            for index, proto in enumerate(protos)]
        self.lab.add_services([self._spec(service) for service in services])
        self.lab.sync()
        self.wait_states(services, "asleep")
        return services

    def _spec(self, service):
        return {
            "name": service.name, "vip": service.vip, "backends": [],
            "protocol": "udp" if service.proto == "udp" else "tcp",
            "on": article.SWITCHES, "on_router": article.ROUTER,
            "external_ids": {
                "rouse-driver": "exec",
                "rouse-target": backends.target(
                    [BACKEND], service.backend_port, service.proto,
                    self._start_ms),
                "rouse-backends":
                    f"{self.backend.ipv4}:{service.backend_port}",
                "rouse-drain": "0",
                **({"rouse-wake-from": self.client.ipv4}
                   if self._scanner else {})}}

    def scanning(self, services):
        """Meanwhile, a pod that may not wake them scans services."""
        return (self._scanner.scanning(services) if self._scanner
                else contextlib.nullcontext())

    @property
    def is_scanned(self):
        return self._scanner is not None

    def scan_rates(self):
        """What was scanned so far; {} if nothing was to be."""
        return (self._scanner.rates(self.waker_status()) if self._scanner
                else {})

    # Rouse's daemons.

    def start_waker(self, program, wait):
        """program: the driver's, or None for a shell script."""
        directory = self._install(program, wait)
        self.lab.start_waker(f"--exec-dir={directory}")

    def _install(self, program, wait):
        return (backends.install_program(self.lab, program, wait) if program
                else backends.install(self.lab, wait))

    @contextlib.contextmanager
    def holding(self):
        """`rouse hold` runs on every chassis."""
        for chassis in self.lab.chassis:
            self.lab.start_hold(chassis.number)
        for chassis in self.lab.chassis:
            wait_for(lambda c=chassis: self._holds(c), 10,
                     f"rouse hold on {chassis.name}")
        try:
            yield
        finally:
            for hold in self.lab.holds.values():
                hold.stop()

    def _holds(self, chassis):
        status = unixctl(f"{chassis.directory}/hold.ctl", "rouse/status")
        return (status.get("switch", {}).get("connected")
                and status["southbound"]["connected"])

    def of_kind(self, kind):
        """The context of wakes of a kind."""
        return (self.holding() if kind == "rouse"
                else contextlib.nullcontext())

    def client_chassis(self):
        """The chassis whose OpenFlow flows the client's packets meet."""
        # What comes from outside meets those of the gateway's chassis.
        return (self.lab.chassis[-1] if self.client is self.lab.external
                else self.client.chassis)

    def waker_status(self):
        return self.lab.waker_status()

    @contextlib.contextmanager
    def guarding(self):
        """Start an ovs-vswitchd that crashes again, as Debian's service does
        (ovs-ctl gives it --monitor); yields a list of their names."""
        crashes, over = [], threading.Event()

        def guard():
            while not over.wait(0.05):
                for chassis in self.lab.chassis:
                    if not chassis.vswitchd.running():
                        crashes.append(chassis.name)
                        chassis.restart_vswitchd()

        thread = threading.Thread(target=guard)
        thread.start()
        try:
            yield crashes
        finally:
            over.set()
            thread.join()

    # States.

    def idle(self, services):
        """Put services to sleep and wait until every chassis knows."""
        for start in range(0, len(services), 200):
            self.lab.nbctl(*(word for service in services[start:start + 200]
                             for word in (
                                 "--", "set", "Load_Balancer", service.name,
                                 "external_ids:rouse-request=idle")))
        self.wait_states(services, "asleep")
        self.lab.sync()
        # Rows that ovn-controller wrote late are the next measurement's.
        wait_for(lambda: not self.lab.sbctl(
            "--bare", "--columns=_uuid", "list", "Controller_Event").strip(),
            10, "end of all events")

    def wait_states(self, services, state, timeout=60):
        names = {service.name for service in services}
        wait_for(lambda: names <= self._in_state(state), timeout,
                 f"{len(names)} services {state}", 0.02)

    def _in_state(self, state):
        return set(self.lab.nbctl(
            "--bare", "--columns=name", "find", "Load_Balancer",
            f"external_ids:rouse-state={state}").split())

    def overruns(self):
        """Packets that were lost because a switch of the lab did not fetch
        them in time from the sockets that are its ports."""
        total = 0
        for chassis in self.lab.chassis:
            text = run(["ss", "-0", "-n", "-m"], ns=chassis.ns)
            total += sum(map(int, re.findall(r",d(\d+)\)", text)))
        return total

    def servers(self):
        """The backend's servers: {(proto, port): status}."""
        return {(server["proto"], server["port"]): server
                for server in self.backend.status()}


class HostFleet(Fleet):
    """The same on `rouse host`, which holds and wakes all by itself."""
    KINDS = ("host",)

    def start_waker(self, program, wait):
        self._install(program, wait)

    def holding(self):
        return contextlib.nullcontext()

    of_kind = guarding = lambda self, *kind: contextlib.nullcontext([])

    def client_chassis(self):
        return None


@contextlib.contextmanager
def fleet(options):
    """A Fleet with a waker, for the options of the command line."""
    on_lab, of_fleet = {"ovn": (Lab, Fleet),
                        "host": (HostLab, HostFleet)}[options.engine]
    with on_lab(rouse=options.rouse) as lab:
        made = of_fleet(lab, options.start_ms, options.clients,
                        options.scan)
        made.start_waker(
            load_program(options.rouse, "wake_driver")
            if options.driver == "program" else None,
            options.ready == "wait")
        yield made
