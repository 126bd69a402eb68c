"""Random networks and random packets, from a seed."""

import random


class Port:
    """A switch port, or what a router's port looks like to its switch."""

    def __init__(self, name, switch, mac, ip):
        self.name, self.switch, self.mac, self.ip = name, switch, mac, ip


class Router:
    def __init__(self, name):
        self.name = name
        self.ports = {}  # Switch -> (MAC, address).


class Network:
    """What was configured, as far as questions need it."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.seed = seed
        self.ports = []
        self.routers = []
        self.vips = []   # (VIP, port or None, protocol, [backends]).
        self.nats = []   # External addresses.
        self.commands = []
        # No two ACLs share one: which of two flows of the same priority a
        # packet finds is not defined.
        self.priorities = list(range(1, 3000))
        self.random.shuffle(self.priorities)

    def add(self, *words):
        self.commands.append(list(words[0].split() if len(words) == 1
                                  else words))

    def chance(self, probability):
        return self.random.random() < probability


def mac(a, b):
    return f"0a:00:00:00:{a:02x}:{b:02x}"


def build(seed):
    """A network; later seeds have more in them."""
    net = Network(seed)
    n_switches = net.random.randint(1, 3)
    for number in range(1, n_switches + 1):
        _switch(net, number)
    if n_switches > 1 or net.chance(0.5):
        _router(net, n_switches)
    _port_groups(net)
    for number in range(1, n_switches + 1):
        if net.chance(0.7):
            _acls(net, f"sw{number}")
    for _ in range(net.random.choice([0, 0, 1, 2, 3])):
        _load_balancer(net)
    if net.routers:
        _routes(net)
        if net.chance(0.6):
            _nat(net)
    return net


def _switch(net, number):
    name = f"sw{number}"
    net.add(f"ls-add {name}")
    for host in range(2, 2 + net.random.randint(2, 4)):
        port = Port(f"{name}-p{host}", name, mac(number, host),
                    f"10.0.{number}.{host}")
        net.ports.append(port)
        net.add(f"lsp-add {name} {port.name}")
        addresses = f"{port.mac} {port.ip} fd00:{number}::{host}"
        net.add("lsp-set-addresses", port.name,
                *([addresses, "unknown"] if net.chance(0.1)
                  else [addresses]))
    if net.chance(0.2):
        net.add(f"lsp-add {name} {name}-unknown")
        net.add(f"lsp-set-addresses {name}-unknown unknown")


def _router(net, n_switches):
    router = Router("lr1")
    net.routers.append(router)
    net.add(f"lr-add {router.name}")
    for number in range(1, n_switches + 1):
        switch = f"sw{number}"
        address = f"10.0.{number}.1"
        router.ports[switch] = (mac(number, 1), address)
        net.add(f"lrp-add {router.name} {router.name}-{switch} "
                f"{mac(number, 1)} {address}/24 fd00:{number}::1/64")
        net.add(f"lsp-add {switch} {switch}-{router.name}")
        net.add(f"lsp-set-type {switch}-{router.name} router")
        net.add(f"lsp-set-addresses {switch}-{router.name} router")
        net.add(f"lsp-set-options {switch}-{router.name} "
                f"router-port={router.name}-{switch}")


def _port_groups(net):
    for name in ("pga", "pgb"):
        members = [p.name for p in net.ports if net.chance(0.5)] \
            or [net.ports[0].name]
        net.add("pg-add", name, *members)
        if members and net.chance(0.4):
            _acls(net, name)


def _acl_match(net, direction, target):
    side = "inport" if direction == "from-lport" else "outport"
    port = net.random.choice(net.ports)
    address = net.random.choice(net.ports).ip
    choices = [
        f"ip4 && tcp.dst == {net.random.choice([80, 443, 22])}",
        f"ip4.src == {address}",
        f"ip4.dst == {address} && udp",
        "ip4 && icmp4",
        f"ip4.dst == 10.0.{net.random.randint(1, 3)}.0/24",
        "ip4.src == $pga_ip4",
        "ip4.dst != $pgb_ip4 && tcp",
        f"ip4 && tcp.dst >= 80 && tcp.dst <= {net.random.choice([90, 500])}",
        "ip6",
        f"{side} == \"{port.name}\" && ip4",
        f"{side} == @pga && (tcp || udp)",
        f"(ip4.src == {{{address}, 10.0.2.0/24}} || ip6)",
        "!(ip4.src == $pgb_ip4) && ip",
        "tcp.flags == 2 && ip4",
    ]
    if target.startswith("pg"):
        return f"{side} == @{target} && ({net.random.choice(choices)})"
    return net.random.choice(choices)


def _acls(net, target):
    for _ in range(net.random.randint(1, 5)):
        direction = net.random.choice(["from-lport", "to-lport"])
        action = net.random.choice(
            ["allow", "allow-related", "allow-related", "drop", "reject",
             "allow-stateless"])
        options = []
        if net.chance(0.2):
            options = ["--log", "--severity=info"]
        if direction == "from-lport" and net.chance(0.15):
            options.append("--apply-after-lb")
        net.add("--may-exist", *options, "acl-add", target, direction,
                str(net.priorities.pop()),
                _acl_match(net, direction, target), action)


def _load_balancer(net):
    number = len(net.vips) + 1
    name, vip = f"lb{number}", f"192.168.1.{number}"
    protocol = net.random.choice(["tcp", "tcp", "udp"])
    portless = net.chance(0.15)
    hosts = net.random.sample(net.ports,
                              net.random.randint(1, min(3, len(net.ports))))
    backends = [] if net.chance(0.3) else [
        h.ip if portless else f"{h.ip}:8080" for h in hosts]
    options = []
    if not backends:
        options = net.random.choice([[], ["--reject"], ["--event"]])
    if portless:
        net.add(*options, "lb-add", name, vip, ",".join(backends))
        protocol = "tcp"
    else:
        net.add(*options, "lb-add", name, f"{vip}:80", ",".join(backends),
                protocol)
    net.vips.append((vip, None if portless else 80, protocol, backends))
    for switch in sorted({p.switch for p in net.ports}):
        if net.chance(0.8):
            net.add(f"ls-lb-add {switch} {name}")
    for router in net.routers:
        if net.chance(0.8):
            net.add(f"lr-lb-add {router.name} {name}")


def _routes(net):
    router = net.routers[0]
    host = net.random.choice(net.ports)
    if net.chance(0.5):
        net.add(f"lr-route-add {router.name} 172.16.0.0/16 {host.ip}")
    if net.chance(0.3):
        net.add(f"lr-route-add {router.name} 172.17.0.0/16 discard")
    if net.chance(0.3):
        net.add(f"--policy=src-ip lr-route-add {router.name} "
                f"10.0.1.0/24 {host.ip}")
    if net.chance(0.3):
        net.add("lr-policy-add", router.name, "100",
                f"ip4.src == {net.random.choice(net.ports).ip}",
                net.random.choice(["drop", "allow"]))


def _nat(net):
    router = net.routers[0]
    switch = net.random.choice(sorted(router.ports))
    if net.chance(0.5):
        net.add("set", "logical_router", router.name, "options:chassis=ch1")
        if net.chance(0.3):
            net.add("set", "logical_router", router.name,
                    "options:lb_force_snat_ip=router_ip")
    else:
        net.add(f"lrp-set-gateway-chassis {router.name}-{switch} ch1 10")
    subnets = set()  # Two SNATs of one subnet are flows of one priority.
    for number, host in enumerate(net.random.sample(net.ports, 2)):
        kind = net.random.choice(["snat", "dnat", "dnat_and_snat"])
        external = f"10.0.{switch[2:]}.{200 + number}"
        logical = f"10.0.{host.switch[2:]}.0/24" \
            if kind == "snat" and net.chance(0.5) \
            and host.switch not in subnets else host.ip
        subnets.add(host.switch if logical != host.ip else None)
        net.add(f"lr-nat-add {router.name} {kind} {external} {logical}")
        net.nats.append(external)


# Questions.

def question(net):
    """(microflow, [--ct flags], --lb-dst or None)."""
    rand = net.random
    source = rand.choice(net.ports)
    other = rand.choice(net.ports)
    router = net.routers[0].ports.get(source.switch) if net.routers else None
    terms = [f'inport == "{source.name}"', f"eth.src == {source.mac}"]
    backend = None
    if rand.random() < 0.08:
        return " && ".join(terms + _arp(net, source, router)), [], None

    target, port, protocol = _target(net, other)
    if net.vips and rand.random() < 0.35:
        target, port, protocol, backends = rand.choice(net.vips)
        port = port or rand.choice([80, 9])
        # Not the sender itself: which hairpins ovn-trace recognises depends
        # on the order of its load balancers.
        backends = [b for b in backends if b.split(":")[0] != source.ip]
        backend = rand.choice(backends) if backends else None
        if not backend and len(net.vips) and _any_backend(net, target):
            target, port, protocol = other.ip, port or 80, "tcp"
    same = target.split(".")[2:3] == [source.switch[2:]]
    if router and (not same or rand.random() < 0.1):
        gateway = router[0]
    elif rand.random() < 0.05:
        gateway = rand.choice(["ff:ff:ff:ff:ff:ff", "0a:00:00:00:99:99"])
    else:
        gateway = other.mac
    terms.append(f"eth.dst == {gateway}")
    if rand.random() < 0.1:
        terms += _ip6(rand, source, other)
        backend = None
    else:
        terms += [f"ip4.src == {source.ip}", f"ip4.dst == {target}",
                  f"ip.ttl == {rand.choice([64, 64, 64, 64, 2, 1])}"]
        if protocol == "icmp":
            terms += ["icmp4.type == 8", "icmp4.code == 0"]
        else:
            terms += [f"{protocol}.src == {rand.randint(1024, 60000)}",
                      f"{protocol}.dst == {port}"]
    return " && ".join(terms), _ct(rand), backend


def _any_backend(net, vip):
    return any(v[0] == vip and v[3] for v in net.vips)


def _target(net, other):
    rand = net.random
    protocol = rand.choice(["tcp", "tcp", "udp", "icmp"])
    port = rand.choice([80, 443, 22, 53, 8080])
    choices = [other.ip] * 6 + ["10.0.3.77", "172.16.5.5", "172.17.1.1",
                                "224.0.0.251"]
    choices += net.nats * 2
    for router in net.routers:
        choices += [address for _, address in router.ports.values()]
    return rand.choice(choices), port, protocol


def _ip6(rand, source, other):
    def ip6(port):
        number, host = port.ip.split(".")[2:]
        return f"fd00:{number}::{host}"
    return [f"ip6.src == {ip6(source)}", f"ip6.dst == {ip6(other)}",
            f"ip.ttl == {rand.choice([64, 64, 1])}",
            f"tcp.src == {rand.randint(1024, 60000)}",
            f"tcp.dst == {rand.choice([80, 22])}"]


def _arp(net, source, router):
    target = net.random.choice(
        [p.ip for p in net.ports] + [v[0] for v in net.vips] + net.nats
        + ([router[1]] if router else []))
    return ["eth.dst == ff:ff:ff:ff:ff:ff", "arp.op == 1",
            f"arp.sha == {source.mac}", f"arp.spa == {source.ip}",
            "arp.tha == 00:00:00:00:00:00", f"arp.tpa == {target}"]


def _ct(rand):
    """States for the first few ct_next."""
    if rand.random() < 0.3:
        return []
    states = ["new", "new", "est", "est,rpl", "inv", "new,rel", "rpl"]
    first = rand.choice(states)
    return [first if rand.random() < 0.7 else rand.choice(states)
            for _ in range(12)]
