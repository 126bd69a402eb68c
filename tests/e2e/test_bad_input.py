"""Bad rows, bad drivers, bad packets: each gets a message that names it, and
disturbs nothing else."""

import contextlib
import os
import uuid

import pytest

from lab import run
from scene import PATIENCE_S, scaled, wait_for


@contextlib.contextmanager
def undisturbed(scene):
    """Another service, which wakes during the block as if nothing was and
    has not been touched before."""
    service = scene.add_service()
    yield service
    answer = service.exchange()
    assert answer.ok, answer
    service.wait_state("awake")
    assert service.calls == ["start"]
    assert "error" not in service.keys


# Rows of the Northbound database.

BAD_COLUMNS = [
    ("vips", "192.168.1.300:80", ""),
    ("vips", "[fd00::1:80", ""),
    ("vips", "192.168.1.1:99999", ""),
    ("vips", "one two", "10.0.0.3:80"),
    ("external_ids", "rouse-wake-timeout", "soon"),
    ("external_ids", "rouse-wake-timeout", "0"),
    ("external_ids", "rouse-hold", "-1"),
    ("external_ids", "rouse-hold", "99999999999999999999"),
    ("external_ids", "rouse-drain", "1.5"),
    ("external_ids", "rouse-on-fail", "explode"),
    ("external_ids", "rouse-request", "dance"),
    ("external_ids", "rouse-state", "confused"),
    ("external_ids", "rouse-state-since", "yesterday"),
]


@pytest.mark.parametrize("column,key,value", BAD_COLUMNS)
def test_bad_value(scene, column, key, value):
    """What cannot be used is named, with the row and the column; the service
    goes on without."""
    service = scene.add_service()
    with undisturbed(scene):
        scene.lab.nbctl("set", "Load_Balancer", service.name,
                        f'{column}:"{key}"="{value}"')
        where = f"{column}:{key}" if column == "external_ids" else column
        what = value if column == "external_ids" else key
        scene.wait_logged("waker", service.name, where, what)
        answer = service.exchange()
        assert answer.ok, answer
        service.wait_state("awake")
    if key not in ("rouse-state", "rouse-state-since"):
        # Those two are the waker's own: the wake has put them right.
        shown = scene.rouse("service", "show", service.name).stdout
        assert key in shown


def check_refused(scene, cases):
    """Clients of services that cannot be woken, all at once: each is refused
    at the deadline, which is short, and the reason is in rouse-error."""
    with undisturbed(scene):
        later = [service.exchange_later() for service, _ in cases]
        answers = [each.result() for each in later]
    for (service, words), answer in zip(cases, answers):
        assert answer.error == "ECONNREFUSED", (words, answer)
        service.wait_state("failed")
        error = service.keys["error"]
        assert all(word in error for word in words), error
        shown = scene.rouse("service", "show", service.name).stdout
        assert all(word in shown for word in words), shown


def check_mended(cases):
    """What has been mended works, and no error stays."""
    for service, words in cases:
        answer = service.exchange()
        assert answer.ok, (words, answer)
        service.wait_state("awake")
        assert "error" not in service.keys


def test_bad_backends(scene):
    """Nothing to restore: that is said where the user looks, and nobody is
    started; a better value works."""
    cases = []
    for value in ("rubbish", "192.168.1.1:80=", "=10.0.0.3:80",
                  "1.2.3.4:5=[fd00::1]:5", "x" * 20000):
        service = scene.new_service()
        scene.add(service, backends=value, wake_timeout=2)
        cases.append((service, ["rouse-backends"]))
    check_refused(scene, cases)
    for service, _ in cases:
        scene.wait_logged("waker", service.name, "rouse-backends")
        assert service.calls == []
        service.set_keys(backends=f"{service.vip}={service.backends}")
    check_mended(cases)


UNUSABLE = [
    ({"driver": "teleport"}, ["rouse-driver", "teleport", "exec"]),
    ({"target": ""}, ["rouse-target"]),
    ({"target": "../../bin/sh -c true"}, ["rouse-target", "../../bin/sh"]),
    ({"target": "missing now"}, ["missing"]),
    ({"target": "unreadable"}, ["unreadable"]),
    ({"target": "garbage"}, ["garbage"]),
    ({"driver": "container", "target": "nobody"}, ["container"]),
    ({"driver": "systemd", "target": "nobody.service"}, ["systemd"]),
    ({"needs": "nobody"}, ["rouse-needs", "nobody"]),
]


def test_unusable_drivers(scene):
    """A driver, target or need that does not exist is named; what is mended
    works."""
    scene.install("unreadable", "#!/bin/sh\n")
    os.chmod(f"{scene.exec_dir}/unreadable", 0o600)
    scene.install("garbage", "\x7fELF no program")
    cases = []
    for _, words in UNUSABLE:
        cases.append((scene.new_service(), words))
    scene.add(*(service for service, _ in cases), wake_timeout=2)
    right = cases[0][0].keys
    targets = [service.keys["target"] for service, _ in cases]
    for (service, _), (keys, _) in zip(cases, UNUSABLE):
        service.set_keys(**keys)
    check_refused(scene, cases)
    for (service, _), target in zip(cases, targets):
        service.set_keys(driver=right["driver"], target=target, needs="")
    check_mended(cases)


def test_names_that_are_not_unique(scene):
    """A need that two load balancers answer to is neither."""
    twins = scene.new_service(), scene.new_service()
    scene.add(*twins)
    service = scene.add_service(wake_timeout=2, needs="twin")
    for twin in twins:
        scene.lab.nbctl("set", "Load_Balancer", twin.name, "name=twin")
        twin.name = "twin"
    with undisturbed(scene):
        assert service.exchange().error == "ECONNREFUSED"
    assert "twin" in service.keys["error"]
    for row in scene.find("nb", "Load_Balancer", "name=twin"):
        scene.lab.nbctl("lb-del", row["_uuid"])


# Drivers that misbehave.

HANGING = """#!/bin/sh
# Hangs in one operation, with a child that has its output open.
if [ "$1" = @OP ]; then
    sleep 36000 &
    echo $! >${0%/*}/sleeper
    wait
fi
exec ${0%/*}/serve "$@"
"""


def install_hanging(scene, operation):
    """Install "hang", which is "serve" except for one operation."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(f"{scene.exec_dir}/sleeper")
    scene.install("hang", HANGING.replace("@OP", operation))


def hangs(scene):
    """Whether a hanging driver is there, with its child."""
    with contextlib.suppress(OSError, ValueError):
        with open(f"{scene.exec_dir}/sleeper", encoding="ascii") as file:
            pid = int(file.read())
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().startswith(b"sleep")
    return False


@pytest.mark.parametrize("operation", ["start", "ready"])
def test_hanging_driver(scene, operation):
    """It is killed at the deadline, and the client is refused."""
    install_hanging(scene, operation)
    service = scene.new_service()
    target = f"{service.backend.directory} http {service.backend_port} 0"
    scene.add(service, target=f"hang {target}", wake_timeout=2)
    with undisturbed(scene):
        later = service.exchange_later()
        wait_for(lambda: hangs(scene), PATIENCE_S, "a hanging driver")
    assert later.result().error == "ECONNREFUSED"
    service.wait_state("failed")
    wait_for(lambda: not hangs(scene), PATIENCE_S, "its end")
    service.set_keys(target=f"serve {target}")
    assert service.exchange().ok


def test_driver_that_hangs_in_stop(scene):
    """Whoever comes then waits for it for a while, and not for ever."""
    install_hanging(scene, "stop")
    service = scene.new_service()
    scene.add(service, target=f"hang {service.backend.directory} http "
                              f"{service.backend_port} 0")
    assert service.exchange().ok
    service.wait_state("awake")
    service.set_keys(request="idle")
    wait_for(lambda: hangs(scene), PATIENCE_S, "a hanging stop")
    with undisturbed(scene):
        pass
    answer = service.exchange(timeout=60.0)
    assert answer.ok, answer
    service.wait_state("awake")
    wait_for(lambda: not hangs(scene), PATIENCE_S, "its end")


def test_driver_that_fails_at_first(scene):
    """What it says is shown meanwhile; it is tried until it works."""
    scene.install("shy", """#!/bin/sh
if [ "$1" = start ]; then
    echo x >>${0%/*}/shy.tries
    [ "$(wc -l <${0%/*}/shy.tries)" -gt 3 ] ||
        { echo "too early" >&2; exit 3; }
fi
exec ${0%/*}/serve "$@"
""")
    service = scene.new_service()
    scene.add(service, target=f"shy {service.backend.directory} http "
                              f"{service.backend_port} 0")
    answer = service.exchange()
    assert answer.ok, answer
    service.wait_state("awake")
    assert "error" not in service.keys
    scene.wait_logged("waker", service.name, "too early")
    assert service.calls == ["start"]


# Backends that do not come.

def test_deaf_backends(scene):
    """Backends that are started and never listen: clients are refused at the
    deadline of the service, or hear nothing, as it says."""
    cases = [(scene.new_service(proto, ip), name, on_fail)
             for proto in ("http", "udp") for ip in (4, 6)
             for name in ("client", "external")
             for on_fail in ("reset", "drop")]
    for on_fail in ("reset", "drop"):
        scene.add(*(service for service, _, word in cases if word == on_fail),
                  delay_ms=600000, wake_timeout=2, on_fail=on_fail)
    before = scene.custody()
    with undisturbed(scene):
        later = [service.exchange_later(scene.host(name), timeout=8.0)
                 for service, name, _ in cases]
        errors = [each.result().error for each in later]
    for (service, name, on_fail), error in zip(cases, errors):
        assert error == {"reset": "ECONNREFUSED",
                         "drop": "timeout"}[on_fail], (service, name)
        service.wait_state("failed")
        assert f"port {service.backend_port} is closed" in (
            service.keys["error"])
        assert service.row["vips"] == {service.vip: ""}
        # TCP comes again and again, and so does the wake: until the end.
        assert service.calls[:2] == ["start", "stop"]
        wait_for(lambda service=service: service.server is None, PATIENCE_S,
                 f"the backend of {service.name} is stopped")
    scene.settle()
    after = scene.custody()
    n_refused = sum(on_fail == "reset" for _, _, on_fail in cases)
    assert after["consumed"] - before["consumed"] >= n_refused
    assert (after["dropped"]["DEADLINE"]
            - before["dropped"].get("DEADLINE", 0)) >= len(cases) - n_refused


def test_failed_service_wakes_again(scene):
    """Once the backend can be had, the next client gets it."""
    service = scene.add_service(delay_ms=600000, wake_timeout=2)
    assert service.exchange().error == "ECONNREFUSED"
    service.wait_state("failed")
    service.set_keys(target=f"serve {service.backend.directory} http "
                            f"{service.backend_port} 0")
    answer = service.exchange()
    assert answer.ok, answer
    service.wait_state("awake")
    assert "error" not in service.keys


def test_few_packets_held(scene):
    """rouse-hold bounds what is held for a VIP: the newest; what is too much
    is counted and goes."""
    service = scene.new_service("udp")
    scene.add(service, driver="signal", backends=None, hold=5)
    first = service.exchange_later(timeout=10.0)
    # The chassis learns of it from the waker, through the event's row.
    wait_for(lambda: any(event["event_info"].get("rouse-hold") == "5"
                         for event in service.events), PATIENCE_S,
             "a word to the chassis")
    before = scene.custody()
    others = service.exchanges_later(50, 0, timeout=10.0)
    wait_for(lambda: scene.custody()["received"] == before["received"] + 50,
             PATIENCE_S, "50 packets")
    after = scene.custody()
    assert after["held"] == 5
    assert (after["dropped"].get("VIP_FULL", 0)
            - before["dropped"].get("VIP_FULL", 0)) == 46
    with undisturbed(scene):
        pass
    service.backend.listen(service.backend_port, "udp")
    scene.lab.set_backends(service.name, service.vip, [service.backends])
    answers = [first.result(), *others.result()]
    assert sum(answer.ok for answer in answers) == 5


# Rows of the Southbound database.

def create_event(scene, **info):
    """Write an event row; its UUID."""
    return scene.lab.sbctl(
        "create", "Controller_Event", "event_type=empty_lb_backends",
        "seq_num=1", *(f'event_info:{key}="{value}"'
                       for key, value in info.items())).strip()


def event_is_there(scene, row):
    return any(event["_uuid"] == row
               for event in scene.find("sb", "Controller_Event"))


def test_event_rows(scene):
    """Rows that cannot be used are named and deleted; those of other CMS
    stay; a key that is not known does no harm."""
    service = scene.add_service()
    foreign = scene.new_service()
    scene.add(foreign, driver=None)
    good = {"vip": service.vip, "protocol": "tcp",
            "load_balancer": service.row["_uuid"]}
    gone = str(uuid.uuid4())
    bad = [
        ({}, "vip"),
        ({**good, "vip": ""}, "vip"),
        ({**good, "vip": "192.168.1.1:port"}, "192.168.1.1:port"),
        ({**good, "vip": "1.2.3.4:5"}, "1.2.3.4:5"),
        ({**good, "protocol": "icmp"}, "icmp"),
        ({**good, "load_balancer": "lb0"}, "lb0"),
        ({**good, "load_balancer": gone}, gone),
        ({key: value for key, value in good.items()
          if key != "load_balancer"}, "load_balancer"),
    ]
    with undisturbed(scene):
        rows = [(create_event(scene, **info), word) for info, word in bad]
        other = create_event(scene, **{
            **good, "vip": foreign.vip, "load_balancer": foreign.row["_uuid"]})
        for row, word in rows:
            scene.wait_logged("waker", row, word)
            wait_for(lambda row=row: not event_is_there(scene, row),
                     PATIENCE_S, f"end of {row}")
        assert service.state == "asleep"
        assert service.calls == []
        assert event_is_there(scene, other)
        scene.lab.sbctl("destroy", "Controller_Event", other)
        row = create_event(scene, **good, colour="blue", rouse_timeout="x")
        service.wait_state("awake")
        wait_for(lambda: not event_is_there(scene, row), PATIENCE_S,
                 "end of the row")
    assert service.calls == ["start"]


def test_row_of_a_chassis_is_changed(scene):
    """Somebody writes nonsense into the policy that a chassis reads."""
    service = scene.add_service(delay_ms=600000, wake_timeout=30)
    later = service.exchange_later()
    service.wait_state("waking")
    wait_for(lambda: service.events, PATIENCE_S, "an event row")
    with undisturbed(scene):
        for event in service.events:
            scene.lab.sbctl(
                "--if-exists", "set", "Controller_Event", event["_uuid"],
                "event_info:rouse-timeout=never", "event_info:rouse-hold=0",
                "event_info:rouse-on-fail=maybe")
    # It listens after all.
    service.backend.close(service.backend_port)
    service.backend.listen(service.backend_port)
    assert later.result().ok


# Packets.

OPCODE_EVENT = "0000000f"


def option(kind, value):
    """One option of a trigger's metadata, in hexadecimal digits."""
    data = value.encode()
    return f"{kind:04x}{len(data):04x}{data.hex()}"


def packet_in(chassis, metadata, packet):
    """Have the switch send its controllers a packet, as a trigger does: by a
    flow of our own in a table that OVN does not use."""
    userdata = ".".join(metadata[i:i + 2] for i in range(0, len(metadata), 2))
    switch = f"unix:{chassis.mgmt}"
    chassis.ofctl("add-flow", switch, "table=250,metadata=0xffff,"
                  f"actions=controller(userdata={userdata})")
    chassis.ofctl("packet-out", switch,
                  f"in_port=controller packet={packet} actions="
                  "set_field:0xffff->metadata,resubmit(,250)")
    chassis.ofctl("del-flows", switch, "table=250")


def syn(source, address, port):
    """A SYN to an IPv4 address, in hexadecimal digits."""
    def digits(text):
        return "".join(f"{int(part):02x}" for part in text.split("."))
    return ("000000000002" "000000000001" "0800"
            f"45000028000040004006{0:04x}{digits(source)}{digits(address)}"
            f"3039{port:04x}0000000100000000500204000000" "0000")


def wait_dropped(scene, count, reason):
    """Wait until that many packets have been dropped for a reason."""
    wait_for(lambda: scene.custody()["dropped"].get(reason, 0) >= count,
             PATIENCE_S, f"{count} packets {reason}")
    assert scene.custody()["dropped"].get(reason, 0) == count


@contextlib.contextmanager
def no_controller(chassis):
    """No ovn-controller for a while: what it would have to look at here
    brings it to an assertion."""
    chassis.controller.kill()
    yield
    chassis.controller.start()


@pytest.mark.engines("ovn", reason="rouse host speaks no OpenFlow: nobody "
                     "can send it a trigger's packet")
def test_bad_packet_ins(scene):
    """Packets that are cut off, and those whose metadata is cut off or
    nonsense, are counted, and that is all."""
    chassis = scene.lab.chassis[0]
    service = scene.add_service()
    packet = syn("10.0.0.2", service.address, service.port)
    good = (OPCODE_EVENT + "00000000" + "00000000" + option(1, service.vip)
            + option(2, "tcp") + option(3, service.row["_uuid"]))
    cut = [14, 15, 20, 33, 34, 38, 53]
    bad = [good[:24], good[:28], good[:40], good[:-2], good + "0009",
           good[:24] + option(2, "tcp"),
           good[:24] + option(1, service.vip) + option(2, "tcp"),
           good.replace(option(2, "tcp"), option(2, "icmp")),
           good.replace(option(2, "tcp"), option(2, "tcp\0x")),
           good.replace(option(1, service.vip), option(1, "1" * 300)),
           good.replace(option(1, service.vip), option(1, ""))]
    before = scene.custody()
    with no_controller(chassis):
        for length in cut:
            packet_in(chassis, good, packet[:2 * length])
        wait_dropped(scene, before["dropped"].get("TRUNCATED", 0) + len(cut),
                     "TRUNCATED")
        for metadata in bad:
            packet_in(chassis, metadata, packet)
        wait_dropped(scene,
                     before["dropped"].get("BAD_METADATA", 0) + len(bad),
                     "BAD_METADATA")
        # Of another kind: none of ours, not even counted.
        packet_in(chassis, "0000000b", packet)
        packet_in(chassis, "00", packet)
        packet_in(chassis, good.replace("0000000000000000", 15 * "0" + "7"),
                  packet)
        wait_dropped(scene, before["dropped"].get("UNKNOWN_EVENT", 0) + 1,
                     "UNKNOWN_EVENT")
        after = scene.custody()
        assert after["received"] == (before["received"] + len(cut) + len(bad)
                                     + 1)
        assert after["held"] == 0
        assert scene.find("sb", "Controller_Event") == []
    scene.lab.sync()
    assert service.calls == []
    with undisturbed(scene):
        assert service.exchange().ok


SPRAY = """
import os, random, socket, sys
address, protocol, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
random.seed(int(sys.argv[4]))
sock = socket.socket(family, socket.SOCK_RAW, protocol)
sock.connect((address, 0))
for _ in range(count):
    size = random.choice([0, 1, 3, 4, 7, 8, 11, 12, 13, 19, 20, 21, 40, 1000,
                          4000])
    sock.send(os.urandom(size))
"""


@pytest.mark.parametrize("proto,number", [("http", 6), ("udp", 17),
                                          ("sctp", 132)])
@pytest.mark.parametrize("ip", [4, 6])
def test_random_packets(scene, proto, number, ip):
    """Random bytes in place of a transport header, headers cut off, and
    fragments, at a VIP without a port: all accounted for, and a good client
    is answered."""
    service = scene.add_service(proto, ip, port=False, delay_ms=300)
    with undisturbed(scene):
        for seed in range(scaled(3)):
            scene.client.exec("/usr/bin/python3", "-c", SPRAY,
                              service.address, number, 200, seed)
        answer = service.exchange(scene.host("client2"))
        assert answer.ok, answer
