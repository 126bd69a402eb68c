"""Random networks, from a seed: the ground that features are put on."""

import random


class Host:
    """A switch port that sends: a workload, or another kind of port."""

    def __init__(self, name, switch, number, host):
        self.name, self.switch = name, switch
        self.mac = mac(number, host)
        self.ip = f"10.0.{number}.{host}"
        self.ip6 = f"fd00:{number}::{host:x}"


class Router:
    def __init__(self, name):
        self.name = name
        self.ports = {}         # Switch -> Host of the router's port.
        self.is_gateway = False
        self.gateway = None     # The switch of its gateway port.
        self.externals = []     # Addresses of NAT.


class Network:
    """What was configured, as far as questions need it."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.seed = seed
        self.switches = {}   # Name -> its number, the third byte of addresses.
        self.hosts = []
        self.others = []     # Ports that only send: localnet, unknown, ...
        self.routers = []
        self.vips = []       # (VIP, port or None, protocol, [backends]).
        self.targets = []    # More addresses to ask for, of either family.
        self.macs = []       # More MACs to send to.
        self.names = []      # That DNS knows.
        self.commands = []   # Northbound.
        self.southbound = []  # What learning would have written.
        self.features = []
        # No two ACLs share one: which of two flows of the same priority a
        # packet finds is not defined.
        self.priorities = list(range(1, 3000))
        self.random.shuffle(self.priorities)

    def add(self, *words):
        self.commands.append(list(words[0].split() if len(words) == 1
                                  else words))

    def create(self, table, row, **columns):
        """A Southbound row that a chassis would write; 'row' names rows of
        other tables that it refers to, see run.py."""
        if (table, row, columns) not in self.southbound:
            self.southbound.append((table, row, columns))

    def chance(self, probability):
        return self.random.random() < probability

    def choice(self, what):
        return self.random.choice(what)

    def on(self, switch):
        return [h for h in self.hosts if h.switch == switch]

    def routers_of(self, switch):
        return [r for r in self.routers if switch in r.ports]


def mac(a, b):
    return f"0a:00:00:00:{a:02x}:{b:02x}"


def ground(net):
    """Switches with workloads, and routers between them."""
    inner = net.random.randint(1, 3)
    for number in range(1, inner + 1):
        _switch(net, f"sw{number}", number, net.random.randint(2, 4))
    shape = net.choice(["one", "one", "chain", "peers"])
    if inner == 1 and net.chance(0.25):
        shape = "none"
    if shape == "none":
        return
    switches = list(net.switches)
    lr1 = _router(net, "lr1", switches, 1)
    if shape == "one":
        if net.chance(0.3):
            # Another one that shares a switch.
            lr2 = _router(net, "lr2", [net.choice(switches)], 254)
            net.add(f"lr-route-add {lr2.name} 0.0.0.0/0 "
                    f"{_address(lr1, lr2)}")
    else:
        _second(net, lr1, shape)
    _gateways(net)


def _switch(net, name, number, n_hosts):
    net.switches[name] = number
    net.add(f"ls-add {name}")
    for host in range(2, 2 + n_hosts):
        port = Host(f"{name}-p{host}", name, number, host)
        net.hosts.append(port)
        net.add(f"lsp-add {name} {port.name}")
        addresses = f"{port.mac} {port.ip} {port.ip6}"
        net.add("lsp-set-addresses", port.name,
                *([addresses, "unknown"] if net.chance(0.1)
                  else [addresses]))


def _router(net, name, switches, host):
    router = Router(name)
    net.routers.append(router)
    net.add(f"lr-add {name}")
    for switch in switches:
        number = net.switches[switch]
        port = Host(f"{name}-{switch}", switch, number, host)
        router.ports[switch] = port
        net.add(f"lrp-add {name} {port.name} {port.mac} {port.ip}/24 "
                f"{port.ip6}/64")
        peer = f"{switch}-{name}"
        net.add(f"lsp-add {switch} {peer}")
        net.add(f"lsp-set-type {peer} router")
        net.add(f"lsp-set-addresses {peer} router")
        net.add(f"lsp-set-options {peer} router-port={port.name}")
    return router


def _address(router, seen_from):
    """Where 'router' is on a switch that both are on."""
    for switch, port in router.ports.items():
        if switch in seen_from.ports:
            return port.ip
    return None


def _second(net, lr1, shape):
    """A second router behind the first, with hosts of its own."""
    _switch(net, "ext", 9, 2)
    lr2 = _router(net, "lr2", ["ext"], 1)
    if shape == "chain":
        # A transit switch.
        _switch(net, "join", 8, 0)
        for router, host in ((lr1, 1), (lr2, 2)):
            port = Host(f"{router.name}-join", "join", 8, host)
            router.ports["join"] = port
            net.add(f"lrp-add {router.name} {port.name} {port.mac} "
                    f"{port.ip}/24 {port.ip6}/64")
            peer = f"join-{router.name}"
            net.add(f"lsp-add join {peer}")
            net.add(f"lsp-set-type {peer} router")
            net.add(f"lsp-set-addresses {peer} router")
            net.add(f"lsp-set-options {peer} router-port={port.name}")
    else:
        for a, b, host in ((lr1, lr2, 1), (lr2, lr1, 2)):
            net.add(f"lrp-add {a.name} {a.name}-peer {mac(8, host)} "
                    f"10.0.8.{host}/24 fd00:8::{host}/64 "
                    f"peer={b.name}-peer")
    net.add("lr-route-add lr1 0.0.0.0/0 10.0.8.2")
    net.add("lr-route-add lr1 ::/0 fd00:8::2")
    net.add("lr-route-add lr2 10.0.0.0/16 10.0.8.1")
    net.add("lr-route-add lr2 fd00::/16 fd00:8::1")


def _gateways(net):
    """Routers on a chassis, or with a port on one."""
    for router in net.routers:
        if net.chance(0.3):
            router.is_gateway = True
            net.add("set", "logical_router", router.name,
                    "options:chassis=ch1")
        elif net.chance(0.6):
            switch = net.choice(sorted(router.ports))
            router.gateway = switch
            net.add(f"lrp-set-gateway-chassis "
                    f"{router.ports[switch].name} ch1 10")
            if net.chance(0.3):
                net.add(f"lrp-set-gateway-chassis "
                        f"{router.ports[switch].name} ch2 5")
