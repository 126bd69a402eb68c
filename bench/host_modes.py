"""The modes of bench/host: each takes a Setup and options, and returns a
dictionary of numbers."""

import json
import threading
import time

from lab import CommandError, article, run, stock
from lab.network import configure

from .host_streams import STREAMS

VIP = "192.168.1.200"
PORT = 7100
# Where SYNs of a flood go: VIPs that are there and that are not, pods behind
# the router, and the outside.
NETWORKS = ("192.168.0.0/16", "20.0.0.0/24", "172.168.0.0/24")


# In a transaction: it is an argument of a command.
_CHUNK = 200


def _load_balancer(index):
    """To insert one with a backend, a service that is awake."""
    vip = (f"10.{100 + index // 62500}.{index // 250 % 250}"
           f".{index % 250 + 1}:80")
    return {"op": "insert", "table": "Load_Balancer",
            "uuid-name": f"lb{index}", "row": {
                "name": f"lb{index}", "protocol": "tcp",
                "vips": ["map", [[vip, f"10.0.0.3:{10000 + index % 50000}"]]],
                "options": ["map", [["event", "true"]]],
                "external_ids": ["map", [["rouse-driver", "signal"]]]}}


def add_load_balancers(lab, count):
    """On both switches and the router. Not by ovn-nbctl, which would read the
    whole database each time."""
    for start in range(0, count, _CHUNK):
        numbers = range(start, min(start + _CHUNK, count))
        added = [["load_balancer", "insert", [
            "set", [["named-uuid", f"lb{number}"] for number in numbers]]]]
        places = [*(("Logical_Switch", name) for name in article.SWITCHES),
                  ("Logical_Router", article.ROUTER)]
        said = run([
            stock.program("ovsdb-client"), "transact",
            f"unix:{lab.socket('nb')}", json.dumps([
                "OVN_Northbound", *map(_load_balancer, numbers),
                *({"op": "mutate", "table": table,
                   "where": [["name", "==", name]], "mutations": added}
                  for table, name in places)])])
        if '"error"' in said:
            raise CommandError(said)
    lab.nbctl("--wait=hv", "--timeout=900", "sync", timeout=900)


def memory(setup, program, options):
    """Resident memory and idle processor time with many load balancers."""
    empty_mb = setup.resident_mb()
    begun = time.monotonic()
    add_load_balancers(setup.lab, options.services)
    loaded_s = time.monotonic() - begun
    setup.wait_idle()
    cpu = setup.cpu_percent(options.seconds)
    by_process = {name: round(each.resident_mb, 1)
                  for name, each in setup.usage().items()}
    return {"services": options.services, "empty_mb": round(empty_mb, 1),
            "loaded_s": round(loaded_s, 1),
            "resident_mb": round(sum(by_process.values()), 1),
            "proportional_mb": round(setup.proportional_mb(), 1),
            "by_process_mb": by_process,
            "idle_cpu_percent": round(sum(cpu.values()), 2),
            "idle_cpu_by_process": cpu}


class Sampler:
    """The largest resident memory while a block runs."""

    def __init__(self, setup):
        self._setup = setup
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.most_mb = 0
        self.deaths = 0

    def _run(self):
        while not self._over.wait(0.25):
            self.deaths += self._setup.revive()
            self.most_mb = max(self.most_mb, self._setup.resident_mb())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._over.set()
        self._thread.join()


def flood(setup, program, options):
    """Connections to a service, first in peace, then while a pod floods the
    network with SYNs."""
    lab = setup.lab
    lab.add_pods({"name": "flooder", "switch": "sw0", "chassis": 1,
                  "mac": "50:54:00:00:10:66", "addresses": ["10.0.0.66/24"],
                  "gateways": ["10.0.0.1"]})
    client, server = lab.pods["client"], lab.pods["backend2"]
    server.listen(PORT)
    lab.add_service("victim", f"{VIP}:{PORT}", [f"{server.ipv4}:{PORT}"],
                    on=article.SWITCHES, on_router=article.ROUTER)
    lab.sync()

    def connect(seconds):
        return json.loads(client.exec(program, "connect", VIP, PORT, seconds,
                                      10, timeout=2 * seconds + 60))
    connect(1)
    quiet = connect(min(10, options.seconds))
    before_mb = setup.resident_mb()
    flooder = lab.pods["flooder"]
    told = {}

    def send():
        told.update(json.loads(flooder.exec(
            program, "syns", options.seconds, *NETWORKS,
            timeout=2 * options.seconds + 60)))
    thread = threading.Thread(target=send)
    with Sampler(setup) as sampler:
        thread.start()
        during = connect(options.seconds)
        thread.join()
    after = connect(min(10, options.seconds))
    result = {"sent_per_s": told.get("sent_per_s"), "quiet": quiet,
              "flood": during, "after": after,
              "before_mb": round(before_mb, 1),
              "most_mb": round(sampler.most_mb, 1),
              "after_mb": round(setup.resident_mb(), 1),
              "crashes": sampler.deaths}
    if setup.name == "host":
        fabric = lab.status()["fabric"]["datapath"]
        result["limited"] = fabric["limited"]
        result["pipeline"] = fabric["custody"]
    return result


def restart(setup, program, options):
    """A stream through kill -9, of one of STREAMS: its pauses, as they are
    seen where it is received, with those of as long a time in peace to compare
    with."""
    seconds = 3 + 3 * options.kills + 2
    stream = STREAMS[options.stream](
        options.stream, program, setup.lab.pods["client"],
        setup.lab.pods["backend2"], seconds)
    stream.start()
    time.sleep(3)
    spans = []
    for _ in range(options.kills):
        if not stream.runs():
            break
        start = time.monotonic()
        setup.crash()
        spans.append((start, time.monotonic()))
        time.sleep(max(0, 3 - (time.monotonic() - start)))
    gaps, told = stream.finish()
    pauses = [_longest(gaps, start, end + 1) for start, end in spans]
    peace = [_longest(gaps, end + 1, start + 3) for start, end in spans
             if end + 1 < start + 3]
    return {"kills": len(spans), "pauses_ms": pauses,
            "longest_pause_ms": max(pauses, default=None),
            "quiet_pauses_ms": peace,
            "quiet_longest_pause_ms": max(peace, default=None),
            "ready_after_ms": [round(1000 * (end - start))
                               for start, end in spans], **told}


def _longest(gaps, start, end):
    """Of the gaps that touch a span of time; 5 ms where none was longer."""
    return max((round(ms, 1) for at, ms in gaps
                if at <= end and at + ms / 1000 >= start), default=5.0)


def _words(names, words):
    """The words of one command for all names."""
    return (word for name in names for word in ("--", *words(name)))


def _add_ports(lab, machine, names):
    for start in range(0, len(names), _CHUNK):
        some = names[start:start + _CHUNK]
        numbers = {name: number for number, name in enumerate(some, start)}
        lab.nbctl(*_words(some, lambda name: ("lsp-add", "sw0", name)),
                  *_words(some, lambda name: (
                      "lsp-set-addresses", name,
                      f"52:54:00:01:{numbers[name] >> 8:02x}:"
                      f"{numbers[name] & 255:02x}")))
        machine.vsctl(*_words(some, lambda name: ("add-port", "br-int", name)),
                      *_words(some, lambda name: (
                          "set", "Interface", name,
                          f"external_ids:iface-id={name}")))
    lab.nbctl("--timeout=300", *_words(names, lambda name: (
        "wait-until", "Logical_Switch_Port", name, "up=true")), timeout=300)


def _remove_ports(lab, machine, names):
    for start in range(0, len(names), _CHUNK):
        machine.vsctl(*_words(names[start:start + _CHUNK],
                              lambda name: ("del-port", name)))
    lab.nbctl(*_words(names, lambda name: ("lsp-del", name)))
    lab.nbctl("--wait=hv", "--timeout=300", "sync", timeout=300)


def _count_numbers(machine, names):
    """How many of the ports have a number of OpenFlow's of their own."""
    said = machine.vsctl("--format=json", "--columns=name,ofport", "list",
                         "Interface")
    return len({number for name, number in json.loads(said)["data"]
                if name in names and isinstance(number, int)
                and number > 0})


def ports(setup, program, options):
    """Many ports come and go, twice: the time that each takes, and whether
    what was there before is all that is left."""
    lab, machine = setup.lab, setup.lab.chassis[0]
    names = [f"p{number}" for number in range(options.ports)]
    # Each port's multicast goes to all others.
    run(["sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"],
        ns=machine.ns)
    configure(machine.ns, [line for name in names for line in (
        f"tuntap add dev {name} mode tap" if options.kind == "tap"
        else f"link add {name} type veth peer {name}-pod",
        f"link set {name} up")])

    def bound():
        return len(lab.sbctl("--bare", "--columns=logical_port", "list",
                             "Port_Binding").split())
    before, before_mb = bound(), setup.resident_mb()
    rounds = []
    for _ in range(2):
        begun = time.monotonic()
        _add_ports(lab, machine, names)
        added = time.monotonic()
        numbers = _count_numbers(machine, set(names))
        most_mb = setup.resident_mb()
        counted = time.monotonic()
        _remove_ports(lab, machine, names)
        rounds.append({
            "add_s": round(added - begun, 1), "numbered": numbers,
            "remove_s": round(time.monotonic() - counted, 1),
            "resident_mb": round(most_mb, 1), "left": bound() - before})
    return {"ports": options.ports, "kind": options.kind,
            "before_mb": round(before_mb, 1), "rounds": rounds,
            "after_mb": round(setup.resident_mb(), 1)}


MODES = {"memory": memory, "flood": flood, "restart": restart,
         "ports": ports}
