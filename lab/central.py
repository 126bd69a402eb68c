"""The central part of OVN: Northbound and Southbound servers, ovn-northd.

One member, or three of a Raft cluster; each member is a namespace of its own
with an address on the management network, an NB and an SB server and an
ovn-northd, of which one is active and the others stand by. Clients
inside the lab's machine use the unix sockets; with TLS, the chassis come over
the management network as they do in a real cluster.

    ssl 6641  NB
    ssl 6642  SB as the Connection table has it (with RBAC: for chassis)
    ssl 6643  SB without a role: for northd, wakers, ovn-sbctl
"""

import os
import time

from . import stock
from .process import CommandError, listening, run, wait_for

NAMES = {"nb": "OVN_Northbound", "sb": "OVN_Southbound"}
PORTS = {"nb": 6641, "sb": 6642}
SB_ADMIN_PORT = 6643
RAFT_PORTS = {"nb": 6651, "sb": 6652}


class Member:
    """One central machine: its namespace, address, directory, servers."""

    def __init__(self, lab, number):
        self.number = number
        self.name = f"central{number}"
        self.ns = lab.namespace(self.name)
        self.address = f"10.255.0.{number}"
        self.directory = lab.directory(self.name)
        self.servers = {}

    def socket(self, db):
        return os.path.join(self.directory, f"{db}.sock")

    def control(self, db):
        return os.path.join(self.directory, f"{db}.ctl")


class Central:
    """The databases and ovn-northd; `db` is "nb" or "sb" throughout."""

    def __init__(self, lab, clustered, tls, rbac):
        self.lab = lab
        self.tls = tls
        self.rbac = rbac
        self.members = [Member(lab, number)
                        for number in range(1, 4 if clustered else 2)]
        self.northds = []

    @property
    def northd(self):
        """The first ovn-northd; unless clustered, the only one."""
        return self.northds[0]

    # Bring-up, in the order that Lab calls it.

    def start(self):
        first, *others = self.members
        for db in NAMES:
            self._create(first, db)
        for member in self.members:
            for db in NAMES:
                member.servers[db] = self._server(member, db)
        for db in NAMES:
            first.servers[db].start()
        for db in NAMES:
            self._wait_listening(first, db)
        for member in others:
            for db in NAMES:
                self._join(member, db)
                member.servers[db].start()
        for db in NAMES:
            for member in others:
                self._wait_listening(member, db)
        self.northds = [
            self.lab.daemon("northd", self._northd_argv(member), member.ns,
                            member.directory).start()
            for member in self.members]
        if self.tls:
            role = ["role=ovn-controller"] if self.rbac else []
            self.sbctl("set-connection", *role,
                       f"pssl:{PORTS['sb']}:0.0.0.0")

    def _create(self, member, db):
        tool = stock.program("ovsdb-tool")
        file = self._file(member, db)
        if len(self.members) == 1:
            run([tool, "create", file, stock.SCHEMAS[db]])
        else:
            run([tool, "create-cluster", file, stock.SCHEMAS[db],
                 self._raft_address(member, db)])

    def _join(self, member, db):
        run([stock.program("ovsdb-tool"), "join-cluster",
             self._file(member, db), NAMES[db],
             self._raft_address(member, db),
             self._raft_address(self.members[0], db)])

    @staticmethod
    def _file(member, db):
        return os.path.join(member.directory, f"{db}.db")

    def _raft_address(self, member, db):
        kind = "ssl" if self.tls else "tcp"
        return f"{kind}:{member.address}:{RAFT_PORTS[db]}"

    def _server(self, member, db):
        name = member.name
        argv = [stock.program("ovsdb-server"), self._file(member, db),
                f"--remote=punix:{member.socket(db)}",
                f"--unixctl={member.control(db)}",
                f"--log-file={member.directory}/{db}.log",
                "-vconsole:off", "-vsyslog:off"]
        if self.tls:
            argv += self.lab.authority.certificate(name)
            admin = SB_ADMIN_PORT if db == "sb" else PORTS["nb"]
            argv.append(f"--remote=pssl:{admin}:0.0.0.0")
        if db == "sb":
            argv.append("--remote=db:OVN_Southbound,SB_Global,connections")
        return self.lab.daemon(db, argv, member.ns, member.directory)

    def _northd_argv(self, member):
        directory = member.directory
        return [stock.program("ovn-northd"),
                f"--ovnnb-db={self.remote('nb')}",
                f"--ovnsb-db={self.remote('sb')}",
                f"--unixctl={directory}/northd.ctl",
                f"--log-file={directory}/northd.log",
                "-vconsole:off", "-vsyslog:off"]

    def _wait_listening(self, member, db):
        """Wait until a server answers and, in a cluster, has joined."""
        def ready():
            if not member.servers[db].running():
                raise CommandError(f"{member.name}: {db} server ended; see "
                                   f"{member.directory}/{db}.log")
            if not listening(member.socket(db)):
                return False
            if len(self.members) == 1:
                return True
            status = self._cluster_status(member, db)
            return ("Status: cluster member" in status
                    and "Leader: unknown" not in status)
        wait_for(ready, 30, f"{db} server on {member.name}")

    # Addresses.

    def remote(self, db):
        """Where clients on the lab's machine find a database."""
        return ",".join(f"unix:{member.socket(db)}"
                        for member in self.members)

    def network_remote(self, db, admin=False):
        """Where clients on another machine find it; unix without TLS."""
        if not self.tls:
            return self.remote(db)
        port = SB_ADMIN_PORT if admin and db == "sb" else PORTS[db]
        return ",".join(f"ssl:{member.address}:{port}"
                        for member in self.members)

    # Clients.

    def nbctl(self, *words, **options):
        return self._ctl("ovn-nbctl", "nb", words, options)

    def sbctl(self, *words, **options):
        return self._ctl("ovn-sbctl", "sb", words, options)

    def northd_appctl(self, *words, **options):
        """ovn-appctl to the first ovn-northd."""
        return run([stock.program("ovs-appctl"), "-t",
                    f"{self.members[0].directory}/northd.ctl", *words],
                   **options)

    def _ctl(self, name, db, words, options):
        """Run a client; while a cluster elects a leader, try again."""
        deadline = time.monotonic() + 30
        while True:
            try:
                return run([stock.program(name), "--timeout=30",
                            f"--db={self.remote(db)}", *words],
                           env=self.lab.environment(self.lab.run_directory),
                           **options)
            except CommandError as error:
                if ("database connection failed" not in str(error)
                        or len(self.members) == 1
                        or time.monotonic() > deadline):
                    raise
            time.sleep(0.05)

    # Faults.

    def leader(self, db):
        """The member that leads a cluster; of one server, that one."""
        if len(self.members) == 1:
            return self.members[0]

        def find():
            for member in self.members:
                if "Role: leader" in self._cluster_status(member, db):
                    return member
            return None
        return wait_for(find, 20, f"leader of {db}")

    @staticmethod
    def _cluster_status(member, db):
        """What a server says of its cluster; "" if it does not answer."""
        return run([stock.program("ovs-appctl"), "-t", member.control(db),
                    "cluster/status", NAMES[db]], check=False)

    def kill(self, db):
        """Kill -9 the only server, or the leader; its member, for
        revive()."""
        member = self.leader(db)
        member.servers[db].kill()
        return member

    def revive(self, db, member):
        """Start a member's killed server again, as it was."""
        member.servers[db].start()
        self._wait_listening(member, db)

    def restart(self, db):
        """Kill -9 the only server, or the leader, and start it again."""
        self.revive(db, self.kill(db))
