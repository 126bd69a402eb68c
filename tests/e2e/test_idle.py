"""Services that go to sleep: in what order, and who notices."""

import datetime
import json
import signal
import time

import pytest

from lab import article

from scene import PATIENCE_S, Later, Scene, scaled, wait_for


def assert_alternating(service):
    """Each start was followed by a stop before the next."""
    calls = service.calls
    assert calls == (["start", "stop"] * len(calls))[:len(calls)]


# To sleep and back, by command and by key.

def test_idle_and_wake_by_command(scene):
    """`rouse service idle` and `wake` come back when it is so."""
    service = scene.add_service()
    assert service.exchange().ok
    service.idle()
    scene.rouse("service", "wake", service.name)
    assert service.state == "awake"
    assert service.row["vips"] == {service.vip: service.backends}
    scene.rouse("service", "idle", service.name)
    assert service.state == "asleep"
    assert service.row["vips"] == {service.vip: ""}
    assert service.keys["backends"] == f"{service.vip}={service.backends}"
    assert_alternating(service)
    assert service.calls[-1] == "stop"
    assert service.server is None


def test_born_awake(scene):
    """A service that was never asleep: what idling saves is what a wake
    restores; `options:reject` goes and comes back."""
    service = scene.new_service()
    service.backend.listen(service.backend_port)
    scene.add(service, backends=None, options={"reject": "true"})
    scene.lab.set_backends(service.name, service.vip, [service.backends])
    service.wait_state("awake")
    assert service.exchange().ok
    service.idle()
    row = service.row
    assert row["vips"] == {service.vip: ""}
    assert row["options"] == {"event": "true"}
    assert service.exchange().ok
    service.wait_state("awake")
    row = service.row
    assert row["vips"] == {service.vip: service.backends}
    assert row["options"] == {"event": "true", "reject": "true"}


def test_requests(scene):
    """rouse-request is acted on and taken away, whoever wrote it."""
    service = scene.add_service()
    for request, state in (("wake", "awake"), ("wake", "awake"),
                           ("idle", "asleep"), ("idle", "asleep"),
                           ("wake", "awake")):
        service.set_keys(request=request)
        wait_for(lambda: "request" not in service.keys, PATIENCE_S,
                 f"{request} taken")
        service.wait_state(state)
    assert service.calls == ["start", "stop", "start"]


# Rule 4: empty the VIP, drain, stop.

WITNESS = """#!/bin/sh
# "serve" that notes what the world looks like at a stop.
[ "$1" != stop ] || {
    echo "now $(date -u +%s.%N)"
    ovn-nbctl --db=@NB get Load_Balancer $ROUSE_SERVICE \\
        external_ids:rouse-state external_ids:rouse-state-since vips \\
        -- get NB_Global . hv_cfg
    for mgmt in @MGMT; do
        ovs-ofctl -O OpenFlow15 dump-flows unix:$mgmt |
            grep -c "priority=130,.*nw_dst=@ADDRESS,tp_dst=@PORT "
    done
} >${0%/*}/witness.out 2>&1
exec ${0%/*}/serve "$@"
"""


def test_order_of_idling(scene):
    """Whoever is stopped has been drained, and before that the VIP was empty
    and each chassis had the flows that hold new packets."""
    drain_s = 1
    service = scene.new_service()
    text = WITNESS.replace("@NB", scene.lab.remote("nb"))
    # Of `rouse host`, nobody sees the flows: but its word counts, below.
    switches = scene.lab.chassis if scene.engine.name == "ovn" else []
    text = text.replace("@MGMT", " ".join(chassis.mgmt
                                          for chassis in switches))
    text = text.replace("@ADDRESS", service.address)
    scene.install("witness", text.replace("@PORT", str(service.port)))
    scene.add(service, drain=drain_s,
              target=f"witness {service.backend.directory} http "
                     f"{service.backend_port} 0")
    assert service.exchange().ok
    before = int(scene.lab.nbctl("get", "NB_Global", ".", "hv_cfg"))
    service.idle()

    with open(f"{scene.exec_dir}/witness.out", encoding="utf-8") as file:
        now, state, since, vips, hv_cfg, *flows = file.read().splitlines()
    assert state == "idling"
    assert json.loads(vips.replace("=", ":")) == {service.vip: ""}
    # Two switches and a router, everywhere.
    assert flows == ["3"] * len(switches)
    assert int(hv_cfg) > before
    since = datetime.datetime.fromisoformat(since.strip('"'))
    assert float(now.removeprefix("now ")) >= since.timestamp() + drain_s


def test_connection_goes_on(scene):
    """Traffic of an established connection, from a pod, turns idling round:
    it goes on and the backend is not stopped."""
    service = scene.add_service("echo", drain=30)
    stream = scene.client.open(service.address, service.port)
    scene.client.say(stream)
    service.wait_state("awake")
    for _ in range(5):
        service.set_keys(request="idle")
        wait_for(lambda: "request" not in service.keys, PATIENCE_S,
                 "idling")
        scene.lab.sync()
        for _ in range(3):
            scene.client.say(stream, timeout=30)
        service.wait_state("awake")
    scene.client.hang_up(stream)
    assert service.calls == ["start"]


def test_connection_from_outside_goes_on(scene):
    """A connection through the router does not notice until the drain is
    over, and wakes nobody."""
    service = scene.add_service("echo", drain=3)
    client = scene.host("external")
    stream = client.open(service.address, service.port)
    client.say(stream)
    service.wait_state("awake")
    service.set_keys(request="idle")
    service.wait_state("idling")
    for _ in range(10):
        client.say(stream, timeout=30)
    service.wait_state("asleep")
    client.hang_up(stream)
    assert service.calls == ["start", "stop"]


# No connection is lost at either edge.

def cycles(scene, client, count):
    """Ask for a service to be put to sleep, wait until a client, which
    connects as fast as it can, has turned that round or woken it, and so on;
    how many connections the client made.

    Every few seconds comes another service: when a client uses up its ports
    for one, Open vSwitch 3.1's userspace conntrack aborts."""
    answered = 0
    while count:
        service = scene.add_service(drain=1)
        scene.rouse("service", "wake", service.name)
        barrage = client.barrage(service.address, service.port, timeout=60.0)
        end = time.monotonic() + 4
        while count and time.monotonic() < end:
            service.set_keys(request="idle")
            wait_for(lambda: service.keys.get("request") is None
                     and service.state == "awake", PATIENCE_S, "a cycle")
            count -= 1
        sums = client.end_barrage(barrage)
        assert sums["failures"] == []
        answered += sums["answered"]
    return answered


def test_cycles(scene):
    """Idle/wake cycles while a client connects as fast as it can: no
    connection fails. Three clients share the work, each with a service.

    Now and then a SYN is lost in Open vSwitch: while it changes over to new
    flows, it drops new connections that are half-way. The client sends it
    again after a second, when the backend has perhaps been stopped."""
    count = scaled(100, 10)
    before = scene.waker
    later = [Later(lambda name=name: cycles(scene, scene.host(name), count))
             for name in ("client", "client2", "external")]
    for each in later:
        assert each.result(timeout=count * 3) > count
    after = scene.waker
    went = {key: after[key] - before[key]
            for key in ("idled", "turned_round", "failed")}
    assert went["idled"] + went["turned_round"] >= 3 * count, went
    assert went["failed"] == 0, went


def test_edge_of_stop(scene):
    """Clients that come just when their service is being stopped, a little
    before or a little after: all are answered."""
    pairs = [(proto, ip) for proto in ("http", "udp") for ip in (4, 6)]
    services = [scene.new_service(*pairs[index % 4]) for index in range(40)]
    scene.add(*services, drain=1)
    scene.rouse("service", "wake", "--all")
    for _ in range(scaled(5)):
        seen = len(scene.calls)
        scene.rouse("service", "idle", "--all", "--no-wait")
        # The stops of all 40 take a while; the clients come meanwhile.
        wait_for(lambda: len(scene.calls) > seen, PATIENCE_S, "a stop",
                 0.001)
        later = [service.exchanges_later(1, 0) for service in services]
        answers = sum((each.result() for each in later), [])
        assert [answer for answer in answers if not answer.ok] == []
        scene.settle()
        assert all(row["external_ids"]["rouse-state"] == "awake" for row
                   in scene.find("nb", "Load_Balancer"))
    for service in services:
        assert_alternating(service)
        assert service.calls[-1] == "start"


def test_cycles_with_pauses(scene):
    """Cycles with a client that comes only once the backend is stopped."""
    service = scene.add_service()
    count = scaled(30, 5)
    for _ in range(count):
        service.idle()
        assert service.server is None
        assert service.exchange().ok
        service.wait_state("awake")
    assert_alternating(service)
    assert service.calls.count("stop") >= count - 1


# Groups.

def test_needs(scene):
    """What a service needs is awake, and answers, before it is started."""
    base, middle, top = (scene.new_service() for _ in range(3))
    scene.add(base, delay_ms=300)
    scene.add(middle, delay_ms=100, needs=base.name)
    scene.add(top, needs=f"{middle.name}, {base.name}")
    answer = top.exchange()
    assert answer.ok, answer
    for service in (base, middle, top):
        service.wait_state("awake")
        assert service.calls == ["start"]
    servers = [service.server for service in (base, middle, top)]
    for earlier, later in zip(servers, servers[1:]):
        assert earlier["listening_ns"] < later["asked_ns"]


def test_needs_in_a_circle(scene):
    """That is said, and wakes nobody; without the circle it goes on."""
    one, two = scene.new_service(), scene.new_service()
    scene.add(one, needs=two.name)
    scene.add(two, needs=one.name)
    later = one.exchange_later(timeout=60.0)
    wait_for(lambda: "circle" in one.keys.get("error", ""), PATIENCE_S,
             "an error that says so")
    assert one.name in one.keys["error"] and two.name in one.keys["error"]
    assert one.calls == two.calls == []
    two.set_keys(needs="")
    answer = later.result()
    assert answer.ok, answer
    one.wait_state("awake")
    assert "error" not in one.keys


# The signal driver, and somebody else's scaler.

def test_signal(scene):
    """rouse-demand follows who waits; backends are filled in and taken away
    by somebody else."""
    service = scene.new_service()
    scene.add(service, driver="signal", backends=None)
    for _ in range(2):
        later = service.exchange_later()
        wait_for(lambda: service.keys.get("demand") == "1", PATIENCE_S,
                 "demand")
        assert service.state == "waking"
        service.backend.listen(service.backend_port)
        scene.lab.set_backends(service.name, service.vip,
                               [service.backends])
        answer = later.result()
        assert answer.ok, answer
        service.wait_state("awake")
        assert service.keys["demand"] == "1"

        scene.rouse("service", "idle", "--no-wait", service.name)
        wait_for(lambda: service.keys["demand"] == "0", PATIENCE_S,
                 "no demand")
        scene.lab.set_backends(service.name, service.vip, [])
        service.wait_state("asleep")
        service.backend.close(service.backend_port)
        scene.lab.sync()


# Rows that go.

def test_removed_while_asleep(scene):
    service = scene.add_service()
    scene.lab.nbctl("lb-del", service.name)
    scene.lab.sync()
    other = scene.add_service()
    assert other.exchange().ok
    assert service.calls == []


@pytest.mark.parametrize("on", [article.SWITCHES, []],
                         ids=["switches", "router_alone"])
def test_removed_while_waking(scene, on):
    """The client is refused, not left alone; nothing stays behind."""
    service = scene.add_service(delay_ms=600000, on=on)
    other = scene.add_service()
    later = service.exchange_later(timeout=60.0)
    service.wait_state("waking")
    scene.lab.nbctl("lb-del", service.name)
    assert other.exchange().ok
    assert later.result().error == "ECONNREFUSED"
    scene.settle()


def test_no_service_any_more(scene):
    """A load balancer that is waking is made no service, and back."""
    service = scene.add_service(delay_ms=600000)
    later = service.exchange_later(timeout=60.0)
    service.wait_state("waking")
    scene.lab.nbctl("remove", "Load_Balancer", service.name, "external_ids",
                    "rouse-driver")
    wait_for(lambda: not scene.waker["jobs"], PATIENCE_S, "no jobs")
    service.backend.close(service.backend_port)
    service.backend.listen(service.backend_port)
    service.set_keys(driver="exec")
    answer = later.result()
    assert answer.ok, answer


# Several wakers.

def active(scene):
    """The wakers that act."""
    return [daemon for daemon in scene.lab.wakers
            if (scene.status(daemon) or {}).get("active")]


def wait_for_stand_by(scene):
    """Wait until all wakers run and one acts; that one."""
    wait_for(lambda: all(map(scene.status, scene.lab.wakers))
             and len(active(scene)) == 1, PATIENCE_S, "one of all wakers")
    return active(scene)[0]


@pytest.mark.engines("ovn", reason="the waker that acts is rouse host, which "
                     "takes its databases with it")
def test_stand_by_takes_over(scene):
    """One waker acts; when it is killed in a wake, another goes on with
    that wake."""
    scene.start_waker()
    for _ in range(scaled(4, 2)):
        first = wait_for_stand_by(scene)
        service = scene.add_service(delay_ms=1500)
        later = service.exchange_later()
        service.wait_state("waking")
        first.kill()
        answer = later.result()
        assert answer.ok, answer
        service.wait_state("awake")
        second = wait_for(lambda: active(scene), PATIENCE_S, "takeover")[0]
        assert second is not first
        first.start()


@pytest.mark.engines("ovn", reason="rouse host has no database that a waker "
                     "reaches over the network")
def test_paused_waker(engine):
    """A waker that does not move loses the lock once the database has
    noticed, which it does over the network only; when it moves again it
    stands by."""
    with Scene(engine, tls=True) as scene:
        scene.start_waker()
        first = wait_for_stand_by(scene)
        service = scene.add_service(delay_ms=1500)
        later = service.exchange_later(timeout=60.0)
        service.wait_state("waking")
        first.kill(signal.SIGSTOP)
        answer = later.result()
        assert answer.ok, answer
        service.wait_state("awake")
        first.kill(signal.SIGCONT)
        assert wait_for_stand_by(scene) is not first
        other = scene.add_service()
        assert other.exchange().ok
        scene.settle()
        assert other.calls == ["start"]
