"""A chassis: a machine of its own (a namespace) with Open vSwitch and
ovn-controller.

    eth0    management network, kernel address 10.255.0.(10+N): the databases
    br-phy  underlay network, 10.254.0.N: geneve tunnels, in userspace; the
            address must sit on a bridge of the userspace datapath
    br-ex   the external network, when the lab has one
"""

import os

from . import sockets, stock
from .network import configure
from .process import listening, run, wait_for


class Chassis:
    """One chassis; `number` counts from 1, `name` is its system-id."""

    def __init__(self, lab, number):
        self.lab = lab
        self.number = number
        self.name = f"ch{number}"
        self.ns = lab.namespace(self.name)
        self.directory = lab.directory(self.name)
        self.management = f"10.255.0.{10 + number}"
        self.underlay = f"10.254.0.{number}"
        self.underlay_mac = f"02:00:0a:fe:00:{number:02x}"
        self.socket = os.path.join(self.directory, "db.sock")
        self.env = lab.environment(self.directory)
        self.tls_options = (lab.authority.certificate(self.name)
                            if lab.authority else [])
        self.database = self._daemon(
            "ovsdb", "ovsdb-server", os.path.join(self.directory, "conf.db"),
            f"--remote=punix:{self.socket}",
            f"--unixctl={self.directory}/ovsdb.ctl")
        self.vswitchd = self._daemon(
            "vswitchd", "ovs-vswitchd", self.remote,
            f"--unixctl={self.directory}/vswitchd.ctl")
        self.controller = self._daemon(
            "ovn-controller", "ovn-controller", *self.tls_options,
            self.remote)

    @property
    def remote(self):
        """The chassis' own Open_vSwitch database."""
        return f"unix:{self.socket}"

    @property
    def mgmt(self):
        """The OpenFlow management socket of the integration bridge."""
        return os.path.join(self.directory, "br-int.mgmt")

    def _daemon(self, name, binary, *arguments):
        return self.lab.daemon(
            name, [stock.program(binary), *arguments,
                   f"--log-file={self.directory}/{name}.log",
                   "-vconsole:off", "-vsyslog:off"], self.ns, self.directory)

    # Bring-up: start() does not wait for ovs-vswitchd, so that the chassis
    # come up at the same time; wait_up() does, and then starts
    # ovn-controller, which sleeps for a second if it finds no br-int.

    def start(self):
        run([stock.program("ovsdb-tool"), "create",
             os.path.join(self.directory, "conf.db"), stock.SCHEMAS["ovs"]])
        self._start_database()
        self._configure()
        self.vswitchd.start()

    def _start_database(self):
        self.database.start()
        wait_for(lambda: listening(self.socket), 10,
                 f"database of {self.name}")

    def _configure(self):
        """All of the chassis' configuration, in one transaction."""
        ids = {
            "system-id": self.name,
            "hostname": self.name,
            "ovn-remote": self.lab.central.network_remote("sb"),
            "ovn-encap-type": "geneve",
            "ovn-encap-ip": self.underlay,
            "ovn-bridge-datapath-type": "netdev",
        }
        bridges = ["br-int", "br-phy"]
        ports = ["--", "add-port", "br-phy", "phy0"]
        if self.lab.external:
            ids["ovn-bridge-mappings"] = "external:br-ex"
            bridges.append("br-ex")
            ports += ["--", "add-port", "br-ex", "ex0"]
        command = ["--no-wait", "init", "--", "set", "Open_vSwitch", "."]
        command += [f'external_ids:{key}="{value}"'
                    for key, value in ids.items()]
        for bridge in bridges:
            mode = "secure" if bridge == "br-int" else "standalone"
            command += ["--", "add-br", bridge, "--", "set", "Bridge",
                        bridge, "datapath_type=netdev", f"fail_mode={mode}"]
        ports += ["--", "set", "Bridge", "br-phy",
                  f'other_config:hwaddr="{self.underlay_mac}"']
        self.vsctl(*command, *ports)

    def wait_up(self):
        self._wait_bridges()
        self.controller.start()

    def _wait_bridges(self):
        # After a change, ovs-vsctl waits until ovs-vswitchd has applied it.
        self.vsctl("set", "Open_vSwitch", ".",
                   f"external_ids:lab-starts={self.vswitchd.starts}")
        configure(self.ns, [f"address replace {self.underlay}/24 dev br-phy",
                            "link set br-phy up"])
        # Userspace tunnels drop the packets that come while they ask for
        # their peer's address by ARP, which would cost a client a second.
        for peer in self.lab.chassis:
            if peer is not self:
                self.appctl("tnl/neigh/set", "br-phy", peer.underlay,
                            peer.underlay_mac)
        sockets.widen(self.vswitchd.pid)

    # Clients.

    def vsctl(self, *words, **options):
        return run([stock.program("ovs-vsctl"), "--timeout=30",
                    f"--db={self.remote}", *words], env=self.env, **options)

    def ofctl(self, *words, **options):
        return run([stock.program("ovs-ofctl"), "-O", "OpenFlow15", *words],
                   env=self.env, **options)

    def appctl(self, *words, **options):
        """ovs-appctl to ovs-vswitchd."""
        return self._appctl(f"{self.directory}/vswitchd.ctl", words, options)

    def controller_appctl(self, *words, **options):
        """ovn-appctl to ovn-controller, whose socket bears its pid."""
        return self._appctl(f"{self.directory}/ovn-controller."
                            f"{self.controller.pid}.ctl", words, options)

    def _appctl(self, target, words, options):
        return run([stock.program("ovs-appctl"), "-t", target, *words],
                   env=self.env, **options)

    # Faults.

    def restart_vswitchd(self):
        """Kill -9 ovs-vswitchd and start it again. The flows come back
        through ovn-controller, which notices and installs them anew."""
        self.vswitchd.restart()
        self._wait_bridges()

    def restart_database(self):
        """Kill -9 the chassis' ovsdb-server and start it again."""
        self.database.kill()
        self._start_database()
