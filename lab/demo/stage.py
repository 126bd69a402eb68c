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
    """Everything that the scenes need."""

    def __init__(self, lab, start_ms):
        self.lab = lab
        self.start_ms = start_ms
        article.build(lab, services=False)
        lab.add_service("lb0", article.VIP, article.BACKENDS,
                        on=article.SWITCHES, on_router=article.ROUTER)
        lab.sync()
        self.clients = {"pod": lab.pods["client"], "external": lab.external}
        self._start_daemons()
        self._observe()

    def _start_daemons(self):
        directory = backends.install(self.lab)
        pod = self.lab.pods[_DNS_BACKEND]
        backends.program(directory, "resolver", _DNS_SCRIPT.format(
            pod=pod.name, ns=shlex.join(inside(pod.ns, [])),
            pid=os.path.join(pod.directory, "dnsmasq.pid"),
            address=pod.ipv4, name=DNS_NAME, answer=DNS_ANSWER))
        self.lab.start_waker(f"--exec-dir={directory}")
        for chassis in self.lab.chassis:
            self.lab.start_hold(chassis.number)
        for chassis in self.lab.chassis:
            wait_for(lambda c=chassis: self._holds(c), 10,
                     f"rouse hold on {chassis.name}")

    def _holds(self, chassis):
        status = self.hold_status(chassis)
        return (status.get("switch", {}).get("connected")
                and status["southbound"]["connected"])

    def stop_holds(self):
        for hold in self.lab.holds.values():
            hold.stop()

    def _observe(self):
        member = self.lab.central.members[0]
        self.northbound = DatabaseObserver(
            member.socket("nb"), "OVN_Northbound",
            {"Load_Balancer": ["name", "vips"]})
        self.southbound = DatabaseObserver(
            member.socket("sb"), "OVN_Southbound",
            {"Controller_Event": ["event_type", "event_info", "chassis",
                                  "seq_num"]})
        self.flows = {
            chassis.name: FlowObserver(chassis, "ip,nw_dst=192.168.1.0/24")
            for chassis in self.lab.chassis}
        words = self.lab.sbctl("--bare", "--columns=_uuid,name", "list",
                               "Chassis").split()
        self.chassis_names = dict(zip(words[::2], words[1::2]))
        self.wires = {name: PacketObserver(host)
                      for name, host in self.clients.items()}

    def forget(self):
        """Start observing anew."""
        for observer in (self.northbound, self.southbound,
                         *self.flows.values(), *self.wires.values()):
            observer.take()

    def hold_status(self, chassis):
        """`rouse/status` of a chassis' hold; {} while it does not run."""
        return unixctl(f"{chassis.directory}/hold.ctl", "rouse/status")


    # Commands.

    def rouse(self, *words):
        """Run rouse's command line; what it printed."""
        central = self.lab.central
        env = {**self.lab.environment(self.lab.run_directory),
               "OVN_NB_DB": central.remote("nb"),
               "OVN_SB_DB": central.remote("sb")}
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
