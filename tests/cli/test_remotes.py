"""Clustered databases, and TLS."""

import subprocess

import pytest

from conftest import SCHEMAS, wait_for


def run(*args):
    subprocess.run(list(map(str, args)), check=True, capture_output=True)


class Cluster:
    """Three servers of OVN_Northbound."""

    def __init__(self, directory):
        self.directory = directory
        self.processes = []
        self.remotes = [f"unix:{directory}/nb{i}.sock" for i in range(3)]
        raft = [f"unix:{directory}/raft{i}" for i in range(3)]
        for i in range(3):
            database = directory / f"nb{i}.db"
            if i == 0:
                run("ovsdb-tool", "create-cluster", database,
                    SCHEMAS / "ovn-nb.ovsschema", raft[0])
            else:
                run("ovsdb-tool", "join-cluster", database, "OVN_Northbound",
                    raft[i], raft[0])
            self.processes.append(subprocess.Popen(
                ["ovsdb-server", f"--remote=p{self.remotes[i]}",
                 f"--unixctl={directory}/nb{i}.ctl", "--no-chdir",
                 "-vconsole:off", "-vsyslog:off", "-vfile:off", database]))
        for i in range(3):
            run("ovsdb-client", "-t", "10", "wait", self.remotes[i],
                "OVN_Northbound", "connected")

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(ovn):
    instance = Cluster(ovn.directory)
    try:
        yield instance
    finally:
        instance.stop()


def states(ovn, remotes):
    status = ovn.rouse("status", "--json", "--ovnnb-db", ",".join(remotes))
    return [d["state"] for d in status.json()["databases"]
            if d["database"] == "OVN_Northbound"]


def test_cluster(ovn, cluster):
    remotes = ",".join(cluster.remotes)
    first = states(ovn, cluster.remotes)
    assert sorted(first) == ["connected, follower", "connected, follower",
                             "connected, leader"]
    # A follower is as good as the leader, for writing, too.
    follower = cluster.remotes[first.index("connected, follower")]
    ovn.rouse("service", "add", "web", "--vip", "10.0.0.100:80",
              "--backends", "10.0.0.2:80", "--driver", "signal",
              "--ovnnb-db", follower)
    for remote in cluster.remotes:
        wait_for(lambda: [s["name"] for s in ovn.rouse(
            "service", "list", "--json", "--ovnnb-db", remote).json()]
            == ["web"])

    leader = first.index("connected, leader")
    cluster.processes[leader].kill()
    cluster.processes[leader].wait()
    ovn.rouse("service", "add", "web", "--hold", "5", "--ovnnb-db", remotes)
    wait_for(lambda: "connected, leader" in states(ovn, cluster.remotes))
    assert any("nobody listens" in state
               for state in states(ovn, cluster.remotes))


def test_cut_off_from_the_cluster(ovn, cluster):
    for process in cluster.processes[1:]:
        process.kill()
        process.wait()
    wait_for(lambda: "cut off" in str(ovn.start_and_finish(
        "service", "list", "-t", "0.5", "--ovnnb-db", cluster.remotes[0])))


@pytest.fixture
def pki(tmp_path):
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
        "/CN=rouse-test-ca", "-keyout", tmp_path / "ca.key",
        "-out", tmp_path / "ca.pem")
    for name in ("server", "user"):
        run("openssl", "req", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", tmp_path / f"{name}.key",
            "-out", tmp_path / f"{name}.csr")
        run("openssl", "x509", "-req", "-days", "2", "-in",
            tmp_path / f"{name}.csr", "-CA", tmp_path / "ca.pem", "-CAkey",
            tmp_path / "ca.key", "-CAcreateserial",
            "-out", tmp_path / f"{name}.pem")
    return tmp_path


def test_tls(ovn, pki):
    server = subprocess.Popen(
        ["ovsdb-server", "--remote=pssl:0:127.0.0.1",
         f"--private-key={pki}/server.key",
         f"--certificate={pki}/server.pem", f"--ca-cert={pki}/ca.pem",
         f"--unixctl={pki}/control", "--no-chdir", "-vconsole:off",
         f"--log-file={pki}/log", "-vsyslog:off", new_database(pki)])
    try:
        remote = f"ssl:127.0.0.1:{wait_for(lambda: port_of(pki / 'log'))}"
        mine = ["-p", pki / "user.key", "-c", pki / "user.pem"]
        ovn.rouse("service", "list", "--ovnnb-db", remote, *mine,
                  "-C", pki / "ca.pem")
        fetched = pki / "fetched.pem"
        ovn.rouse("service", "list", "-t", "5", "--ovnnb-db", remote, *mine,
                  "--bootstrap-ca-cert", fetched)
        assert "CERTIFICATE" in fetched.read_text()
        result = ovn.rouse("service", "list", "-t", "0.5", "--ovnnb-db",
                           remote, *mine, "-C", pki / "user.pem", status=5)
        assert f"{remote}: " in result.err
    finally:
        server.kill()
        server.wait()


def new_database(directory):
    path = directory / "nb.db"
    run("ovsdb-tool", "create", path, SCHEMAS / "ovn-nb.ovsschema")
    return path


def port_of(log):
    """ovsdb-server says which port the kernel has chosen."""
    text = log.read_text() if log.exists() else ""
    for line in text.splitlines():
        if "listening on port" in line:
            return line.split("listening on port ")[1].split()[0]
    return None
