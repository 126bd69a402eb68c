"""Rounds: services are put to sleep, clients wake them, and meanwhile
something dies and is started again. For test_kill.py and test_cluster.py."""

import itertools
import os
import random
import time

from lab import wait_for
from scene import PATIENCE_S, Later

# The exec driver's program, like scene.SERVE, but each start takes a while,
# holds a lock (until it ends, however it does), and notes whose start it found
# under way: the pid of the waker, 1 if that had died before.
CAREFUL = """#!/bin/sh
dir=${0%/*}
fifo=$2/agent.fifo
mark=$2/listening-$3-$4
case $1 in
start)
    lock=$dir/lock-$ROUSE_SERVICE
    exec 9<>"$lock"
    until flock -n 9; do
        # Who has it may not have said yet who that is.
        if read rival <"$lock"; then
            # The last child of a waker that has been killed may come late.
            grep -q "^PPid:[[:space:]]*$PPID$" /proc/$$/status &&
                echo "$ROUSE_SERVICE $PPID $rival" >>"$dir/rivals"
            break
        fi
        sleep 0.001
    done
    echo $PPID >"$lock"
    sleep 0.02
    echo '{"op":"listen","proto":"'$3'","port":'$4',"delay_ms":30}' >"$fifo"
    : >"$lock"
    ;;
ready)
    test -e "$mark" || { echo "port $4 is closed"; exit 1; }
    ;;
stop)
    echo '{"op":"close","proto":"'$3'","port":'$4'}' >"$fifo"
    while test -e "$mark"; do sleep 0.01; done
    ;;
esac
"""

# Who asks whom: protocol, IP version, backend, client. Same chassis and
# across, from a pod and through the router from outside.
PARTS = [
    ("http", 4, "backend1", "client"),
    ("http", 6, "backend2", "client2"),
    ("udp", 4, "backend2", "client"),
    ("udp", 6, "backend1", "external"),
    ("http", 4, "backend1", "external"),
    ("udp", 4, "backend2", "client2"),
]

# A resolver asks again every second. Where every packet that was held must be
# delivered, clients do not (0).
RETRY_MS = 1000


class Rounds:
    """A scene's services and clients, and rounds of sleep and wake. Clients
    give up after patience_s."""

    def __init__(self, scene, parts=PARTS, patience_s=30):
        self.scene = scene
        self.patience_s = patience_s
        self.retry_ms = RETRY_MS
        scene.install("careful", CAREFUL)
        self.clients = []       # (Service, client).
        for proto, ip, backend, client in parts:
            service = scene.new_service(proto, ip, backend)
            target = (f"careful {service.backend.directory} {proto} "
                      f"{service.backend_port}")
            scene.add(service, target=target, sync=False)
            self.clients.append((service, scene.host(client)))
        scene.lab.sync()
        self.services = [service for service, _ in self.clients]
        self.killed_wakers = set()
        self.answers_s = []     # How long each took.
        seed = int(os.environ.get("ROUSE_E2E_SEED", "20261123"))
        self.random = random.Random(seed)
        # What a wake takes when nobody dies.
        self.duration_s = min(self._measure() for _ in range(3))
        self.answers_s = []
        print(f"seed {seed}, a wake takes {1000 * self.duration_s:.0f} ms")

    def _measure(self):
        took = self.wake()
        self.idle()
        return took

    # What happens in a round.

    def request(self, what):
        """Ask for "idle" or "wake" of all services."""
        self.scene.lab.nbctl(*(
            word for service in self.services
            for word in ("--", "set", "Load_Balancer", service.name,
                         f"external_ids:rouse-request={what}")))

    def wait_states(self, state):
        self.scene.lab.nbctl(*(
            word for service in self.services
            for word in ("--", "wait-until", "Load_Balancer", service.name,
                         f"external_ids:rouse-state={state}")),
            timeout=PATIENCE_S)

    def idle(self):
        """Put all to sleep; every chassis knows."""
        self.request("idle")
        self.wait_states("asleep")
        self.scene.lab.sync()

    def wake(self, fault=lambda: None, within_s=0.0):
        """All clients ask; at a random moment of within_s the fault is
        done. All must be answered, and everything must be as before, but
        awake. Seconds to the last answer."""
        later = [Later(lambda service=service, client=client:
                       self._ask(service, client))
                 for service, client in self.clients]
        moment = self.random.uniform(0, within_s)
        time.sleep(moment)
        fault()
        answers = [each.result(3 * self.patience_s) for each in later]
        lost = [f"{service.name} {service.proto} {service.vip} from "
                f"{client.name}: {answer}"
                for (service, client), answer in zip(self.clients, answers)
                if not answer.ok]
        assert not lost, f"{1000 * moment:.0f} ms: {lost}"
        took = [answer.answer_ms / 1000 for answer in answers]
        self.answers_s += took
        self.check_awake(moment)
        return max(took)

    def _ask(self, service, client):
        """A request by a client that does not give up soon."""
        def exchange():
            return client.exchange(
                service.address, service.port, proto=service.proto,
                timeout=self.patience_s, retry_ms=self.retry_ms)
        answer = exchange()
        if answer.error and answer.connect_ns:
            # It had its connection, and lost it with the datapath's
            # conntrack: no fault of the wake's. It begins again, as clients
            # do.
            again = exchange()
            print(f"connected, then {answer.error}; again: {again}")
            return again
        return answer

    def kill_in_wakes(self, count, *faults, recover=lambda: None):
        """Do the faults in turn, each at a random moment of a wake; recover
        before all are put to sleep again."""
        begun = time.monotonic()
        for _, fault in zip(range(count), itertools.cycle(faults)):
            self.wake(fault, self.duration_s)
            recover()
            self.idle()
        late = sum(took >= 0.9 for took in self.answers_s)
        print(f"{count} kills in {time.monotonic() - begun:.1f} s: "
              f"{len(self.answers_s)} answers, {late} of them after 0.9 s or "
              f"more, the slowest after {max(self.answers_s):.2f} s")

    def kill_waker(self, number=0):
        """Kill and start again, as a supervisor would."""
        waker = self.scene.lab.wakers[number]
        self.killed_wakers.add(waker.pid)
        waker.restart()

    def wait_southbound(self):
        """Wait until all have their connections to the Southbound database
        again, and have had them for as long as makes them try again soon
        when they lose them again: who loses one within a second waits twice
        as long each time, up to 8 s. Then late event rows, of packets long
        answered, have been written, too."""
        lab = self.scene.lab

        def connected():
            return (lab.central.northd_appctl("sb-connection-status")
                    == "connected\n"
                    and all(chassis.controller_appctl("connection-status")
                            == "connected\n" for chassis in lab.chassis))
        self.scene.wait_daemons()
        wait_for(connected, PATIENCE_S, "connections of OVN's daemons", 0.05)
        time.sleep(1.1)
        self.check_awake()

    # What must be so.

    def problems(self, states):
        """What is not as it should be: services in other states, or other
        than before."""
        found = []
        rows = {row["name"]: row
                for row in self.scene.find("nb", "Load_Balancer")}
        for service in self.services:
            row = rows[service.name]
            keys = row["external_ids"]
            state = keys.get("rouse-state")
            saved = f"{service.vip}={service.backends}"
            vips = {service.vip: service.backends if state == "awake"
                    else ""}
            if (state not in states or "rouse-request" in keys
                    or row["vips"] != vips
                    or keys.get("rouse-backends") != saved):
                found.append(f"{service.name}: {row}")
        return found

    def check_settled(self, states, when):
        """Soon all services are in one of the states, with their backends,
        and no event is left."""
        def left():
            return self.problems(states) + [
                f"event row {row}"
                for row in self.scene.find("sb", "Controller_Event")]
        try:
            wait_for(lambda: not left(), PATIENCE_S, "settling", 0.02)
        except Exception as error:
            raise AssertionError(f"{when}: {left()}") from error

    def check_awake(self, moment=0.0):
        self.check_settled({"awake"}, f"{1000 * moment:.0f} ms")

    def check_starts(self):
        """Assert that no waker has begun a start of a service while an
        earlier one was under way, unless that was of a waker that has been
        killed: its last children outlive it."""
        names = {service.name for service in self.services}
        dead = {1, *self.killed_wakers}
        path = os.path.join(self.scene.exec_dir, "rivals")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                found = [line.split() for line in file]
            bad = [(name, waker, rival) for name, waker, rival in found
                   if name in names and int(waker) != 1
                   and int(rival) not in dead]
            assert not bad, (f"service, waker, waker whose start was under "
                             f"way: {bad}; killed: {self.killed_wakers}")
