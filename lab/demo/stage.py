"""The stage of the demo: the article's topology, Rouse's daemons, a resolver
that sleeps, and observers of all that."""

import os
import shlex
import time

from lab import article, backends
from lab.observe import (DatabaseObserver, FlowObserver, PacketObserver,
                         unixctl)
from lab.process import inside, run, wait_for

DNS_VIP, DNS_NAME, DNS_ANSWER = "192.168.1.53", "rouse.test", "203.0.113.7"
BACKENDS = ("backend1", "backend2")
_DNS_BACKEND = "backend1"

# dnsmasq(8) returns from its start once it serves.
_DNS_SCRIPT = """#!/bin/sh
# start|ready|stop: a DNS resolver in the pod {pod}.
case $1 in
start) exec {ns} dnsmasq --conf-file=/dev/null --no-resolv --no-hosts \\
           --user=root --pid-file={pid} --bind-interfaces \\
           --listen-address={address} --address=/{name}/{answer} ;;
ready) {ns} ss -Hlun 'sport = :53' | grep -q . ;;
stop) pid=$(cat {pid} 2>/dev/null) || exit 0
      while kill "$pid" 2>/dev/null; do sleep 0.01; done
      rm -f {pid} ;;
esac
"""


class Stage:
    """What the scenes need on either engine."""

    def __init__(self, lab, start_ms):
        self.lab = lab
        self.start_ms = start_ms
        article.build(lab, services=False)
        lab.add_service("lb0", article.VIP, article.BACKENDS,
                        on=article.SWITCHES, on_router=article.ROUTER)
        lab.sync()
        self.clients = {"pod": lab.pods["client"], "external": lab.external}
        self._start_daemons(self._install())
        self._observe()

    def _install(self):
        """Write the programs of the exec driver; their directory."""
        directory = backends.install(self.lab)
        pod = self.lab.pods[_DNS_BACKEND]
        backends.program(directory, "resolver", _DNS_SCRIPT.format(
            pod=pod.name, ns=shlex.join(inside(pod.ns, [])),
            pid=os.path.join(pod.directory, "dnsmasq.pid"),
            address=pod.ipv4, name=DNS_NAME, answer=DNS_ANSWER))
        return directory

    def _start_daemons(self, directory):
        """Start what holds packets and wakes services."""

    def _observe(self):
        self.northbound = DatabaseObserver(
            self.lab.socket("nb"), "OVN_Northbound",
            {"Load_Balancer": ["name", "vips"]})
        self.southbound = DatabaseObserver(
            self.lab.socket("sb"), "OVN_Southbound",
            {"Controller_Event": ["event_type", "event_info", "chassis",
                                  "seq_num"]})
        # OpenFlow flows, by the name of their chassis.
        self.flows = {}
        words = self.lab.sbctl("--bare", "--columns=_uuid,name", "list",
                               "Chassis").split()
        self.chassis_names = dict(zip(words[::2], words[1::2]))
        self.wires = {name: PacketObserver(host) for name, host in (
            *self.clients.items(),
            *((name, self.lab.pods[name]) for name in BACKENDS))}

    def forget(self):
        """Start observing anew."""
        for observer in (self.northbound, self.southbound,
                         *self.flows.values(), *self.wires.values()):
            observer.take()

    def held(self):
        """Who holds what, now: (name, a queue of its status), each."""
        raise NotImplementedError

    # Commands.

    def rouse(self, *words):
        """Run rouse's command line; what it printed."""
        env = {**self.lab.environment(self.lab.run_directory),
               "OVN_NB_DB": self.lab.remote("nb"),
               "OVN_SB_DB": self.lab.remote("sb")}
        return run([self.lab.rouse, *words], env=env)

    def idle(self, service):
        """Put a service to sleep; the chassis know when it returns."""
        output = self.rouse("service", "idle", service)
        self.lab.sync()
        self._settle()
        return output

    def _settle(self):
        """Until no row and no held packet is left of the last wake."""
        wait_for(lambda: not self.lab.sbctl(
            "--bare", "--columns=_uuid", "list", "Controller_Event").strip(),
            10, "end of the last event")
        time.sleep(0.1)     # For segments of connections that are closing.


class OvnStage(Stage):
    """Stock OVN, with `rouse hold` and `rouse waker`."""

    def _start_daemons(self, directory):
        self.lab.start_waker(f"--exec-dir={directory}")
        for chassis in self.lab.chassis:
            self.lab.start_hold(chassis.number)
        for chassis in self.lab.chassis:
            wait_for(lambda c=chassis: self._holds(c), 10,
                     f"rouse hold on {chassis.name}")

    def _holds(self, chassis):
        status = self._hold_status(chassis)
        return (status.get("switch", {}).get("connected")
                and status["southbound"]["connected"])

    def stop_holds(self):
        for hold in self.lab.holds.values():
            hold.stop()

    def _observe(self):
        super()._observe()
        self.flows = {
            chassis.name: FlowObserver(chassis, "ip,nw_dst=192.168.1.0/24")
            for chassis in self.lab.chassis}

    def _hold_status(self, chassis):
        """`rouse/status` of a chassis' hold; {} while it does not run."""
        return unixctl(f"{chassis.directory}/hold.ctl", "rouse/status")

    def held(self):
        return [(chassis.name, queue) for chassis in self.lab.chassis
                for queue in self._hold_status(chassis).get("held", ())]


class HostStage(Stage):
    """One machine, with `rouse host`: a HostLab."""

    def held(self):
        status = unixctl(self.lab.control, "rouse/status")
        return [("rouse host", queue)
                for queue in status.get("fabric", {}).get("held", ())]

    def packets(self):
        """How many packets went through the process, and how many only
        through its eBPF programs, since the machine's network began."""
        datapath = self.lab.status()["fabric"]["datapath"]
        return datapath["custody"]["received"], datapath["fast_packets"]
