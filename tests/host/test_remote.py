"""Databases that run elsewhere: `rouse host --nb --sb --ovs`, by TLS."""

import contextlib
import os
import shutil

import pytest

from conftest import ROUSE, program
from lab import article, backends, stock, wait_for
from lab.embedded import HostLab
from lab.pki import Authority
from lab.process import CommandError, run
from test_traffic import add_service, ping, state_of

# Name of the database, its socket, and its port.
DATABASES = {"nb": ("OVN_Northbound", "ovnnb_db.sock", 6641),
             "sb": ("OVN_Southbound", "ovnsb_db.sock", 6642),
             "ovs": ("Open_vSwitch", "db.sock", 6640)}


class RemoteLab(HostLab):
    """A HostLab whose databases somebody else serves: to `rouse host` by ssl:
    only, to the lab's own tools by the usual sockets."""

    def __init__(self, **more):
        super().__init__(**more)
        self.servers = {}

    def start_host(self):
        if not self.servers:
            authority = Authority(os.path.join(self.run_directory, "pki"))
            run(["ip", "-n", self.machine.ns, "link", "set", "lo", "up"])
            for db in DATABASES:
                self.servers[db] = self._serve(db, authority)
            self.options += [
                *authority.certificate("host"),
                *(f"--{db}=ssl:127.0.0.1:{port}"
                  for db, (_, _, port) in DATABASES.items())]
        return super().start_host()

    def _serve(self, db, authority):
        _, socket, port = DATABASES[db]
        directory = self.directory("databases")
        file = os.path.join(directory, f"{db}.db")
        run([program("ovsdb-tool"), "create", file, stock.SCHEMAS[db]])
        return self.daemon(
            f"{db}-server",
            [program("ovsdb-server"), "--no-chdir",
             *authority.certificate(f"{db}-server"),
             f"--remote=punix:{self.machine.directory}/{socket}",
             f"--remote=pssl:{port}:127.0.0.1",
             f"--unixctl={directory}/{db}.ctl", "-vconsole:off",
             "-vsyslog:off", file],
            self.machine.ns, directory).start()


@pytest.fixture(scope="module")
def lab():
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    with RemoteLab(rouse=ROUSE) as lab:
        article.build(lab)
        yield lab
        fabric = lab.status()["fabric"]
        assert fabric["balanced"] and fabric["datapath"]["balanced"], fabric


def test_none_is_served_here(lab):
    status = lab.status()
    for name, database in status["databases"].items():
        assert database["connected"], (name, database)
        assert database["remote"].startswith("ssl:127.0.0.1:"), database
        assert not database.get("pid"), (name, database)
    files = os.listdir(lab.machine.directory)
    assert not [name for name in files if name.endswith(".db")], files


def test_packets_go_through(lab):
    client = lab.pods["client"]
    for address in ("10.0.0.3", "20.0.0.3", "fd00:20::3", "172.168.0.50"):
        ping(client, address, 1)
        assert " 0% packet loss" in ping(client, address)
    answer = client.exchange("192.168.1.100", 80)
    assert answer.ok, answer


def test_a_service_wakes(lab):
    add_service(lab, "far", "192.168.3.1:8200", "10.0.0.3:8200",
                backends.target(["backend1"], 8200, delay_ms=50))
    answer = lab.pods["client"].exchange("192.168.3.1", 8200)
    assert answer.ok, answer
    wait_for(lambda: state_of(lab, "far") == "awake", 10, "awake")


def synced(lab):
    with contextlib.suppress(CommandError):
        lab.nbctl("--timeout=1", "--wait=hv", "sync")
        return True
    return False


@pytest.mark.parametrize("db", DATABASES)
def test_a_server_dies_and_comes_back(lab, db):
    """It is not this process's to start again: packets go on meanwhile, and
    what comes then is what the database says."""
    client = lab.pods["client"]
    before = lab.status()
    lab.servers[db].kill()
    assert " 0% packet loss" in ping(client, "20.0.0.3", 5)
    lab.servers[db].start()
    wait_for(lambda: synced(lab), 20, "changes go all the way")
    assert lab.daemon_host.running()
    number = list(DATABASES).index(db)
    add_service(lab, f"again{number}", f"192.168.3.{number + 2}:8201",
                f"10.0.0.3:{8201 + number}",
                backends.target(["backend1"], 8201 + number))
    answer = client.exchange(f"192.168.3.{number + 2}", 8201, timeout=20)
    assert answer.ok, answer
    assert lab.status()["waker"]["wakes"] > before["waker"]["wakes"]
