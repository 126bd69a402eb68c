"""Clustered databases, and leaders that die in the middle of a wake."""

import random
import subprocess
import time

import pytest

from ovsdb import Client
from world import SCHEMAS, World, accepts, wait_for


class Member:
    def __init__(self, directory, name, database, number, first=None):
        self.database = database
        self.prefix = directory / f"{name}{number}"
        self.path = self.prefix.with_suffix(".sock")
        self.control = self.prefix.with_suffix(".ctl")
        self.file = self.prefix.with_suffix(".db")
        self.raft = f"unix:{self.prefix}.raft"
        if first:
            subprocess.run(["ovsdb-tool", "join-cluster", self.file, database,
                            self.raft, first.raft], check=True)
        else:
            subprocess.run(["ovsdb-tool", "create-cluster", self.file,
                            SCHEMAS / f"{name}.ovsschema", self.raft],
                           check=True)
        self.process = None
        self.start()

    def start(self):
        for path in (self.path, self.control):
            if path.exists():
                path.unlink()
        self.process = subprocess.Popen(
            ["ovsdb-server", f"--remote=punix:{self.path}",
             f"--unixctl={self.control}", "--no-chdir", "-vconsole:off",
             "-vsyslog:off", "-vfile:off", self.file])
        wait_for(lambda: accepts(self.path), "ovsdb-server")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def status(self):
        done = subprocess.run(
            ["ovs-appctl", "-t", self.control, "cluster/status",
             self.database], capture_output=True, text=True, check=False)
        return done.stdout

    def is_leader(self):
        return self.process.poll() is None and "Role: leader" in self.status()

    def is_member(self):
        return "Status: cluster member" in self.status() and \
            "Leader: unknown" not in self.status()


class Cluster:
    def __init__(self, directory, name, database):
        self.members = [Member(directory, name, database, 1)]
        for number in (2, 3):
            self.members.append(Member(directory, name, database, number,
                                       self.members[0]))
        wait_for(lambda: all(m.is_member() for m in self.members), "cluster")
        self.remote = ",".join(f"unix:{m.path}" for m in self.members)

    def leader(self):
        return wait_for(
            lambda: next((m for m in self.members if m.is_leader()), None),
            "a leader")

    def client(self):
        leader = self.leader()
        return Client(leader.path, leader.database)

    def kill(self):
        for member in self.members:
            member.kill()


class ClusterWorld(World):
    server_class = Cluster


@pytest.fixture
def clusters():
    world = ClusterWorld()
    try:
        yield world
    finally:
        texts = [x.text() for x in world.wakers]
        world.close()
        for text in texts:
            print(text[-6000:])


def kill_leader(world, cluster):
    leader = cluster.leader()
    leader.kill()
    for client in (world.nb, world.sb):
        client.close()
    world.connect()
    return leader


def test_wake_on_a_cluster(clusters):
    world = clusters
    webs = [world.add_service(f"web{i}", "nothing") for i in range(50)]
    waker = world.waker().wait_active()
    for _ in range(3):
        for web in webs:
            world.event(web)
        for web in webs:
            world.wait_state(web, "awake")
        world.wait_no_events()
        for web in webs:
            world.set_ids(web, request="idle", drain="0")
        for web in webs:
            world.wait_state(web, "asleep")
    # Own commits are seen before they are confirmed.
    assert "emptied by somebody" not in waker.text()
    assert waker.status()["woken"] == 150


@pytest.mark.parametrize("which", ["nb", "sb"])
def test_leader_dies_in_the_middle_of_a_wake(clusters, which):
    world = clusters
    cluster = world.nb_server if which == "nb" else world.sb_server
    web = world.add_service("web", "backend web 0.05", drain="0")
    world.waker().wait_active()
    rng = random.Random(8)
    for i in range(10):
        world.event(web)
        time.sleep(rng.uniform(0, 0.1))
        dead = kill_leader(world, cluster)
        start = time.monotonic()
        world.wait_state(web, "awake", timeout_s=60)
        world.wait_no_events(timeout_s=60)
        print(f"round {i}: awake {time.monotonic() - start:.1f} s after the "
              f"leader's death")
        assert world.is_filled(web) and world.is_up("web")
        dead.start()
        wait_for(lambda: all(m.is_member() for m in cluster.members))
        world.set_ids(web, request="idle")
        world.wait_state(web, "asleep", timeout_s=60)
