"""Random networks with random features, and random packets for them."""

import feature_balance
import feature_filter
import feature_port
import feature_router
import networks

# (Feature, how often, whether it needs a router), in the order of building:
# hosts before what chooses from them.
FEATURES = [
    (feature_port.kinds, 0.4, False),
    (feature_port.unknown, 0.4, False),
    (feature_port.localnet, 0.4, False),
    (feature_filter.port_groups, 1.0, False),
    (feature_filter.acls, 0.6, False),
    (feature_filter.port_security, 0.35, False),
    (feature_filter.qos, 0.3, False),
    (feature_balance.balancers, 0.7, False),
    (feature_balance.health_checks, 0.25, False),
    (feature_balance.masked_labels, 0.15, False),
    (feature_port.dhcp, 0.35, False),
    (feature_port.dns, 0.25, False),
    (feature_port.multicast, 0.3, False),
    (feature_port.switch_options, 0.4, False),
    (feature_router.routes, 0.6, True),
    (feature_router.ecmp, 0.3, True),
    (feature_router.policies, 0.4, True),
    (feature_router.nat, 0.7, True),
    (feature_router.force_snat, 0.5, True),
    (feature_router.advertisements, 0.3, True),
    (feature_router.router_options, 0.5, True),
]


def build(seed):
    net = networks.Network(seed)
    net.old_chassis = False
    net.add("meter-add", "meter1", "drop", "100", "pktps", "10")
    networks.ground(net)
    for feature, probability, needs_router in FEATURES:
        if net.chance(probability) and (net.routers or not needs_router):
            feature(net)
            net.features.append(feature.__name__)
    return net


# Packets.  Each kind: (terms, --lb-dst or None).

def question(net):
    """(microflow, [--ct flags], --lb-dst or None, --select-id or None)."""
    source = net.choice(net.hosts + net.others)
    kinds = [(_ip4, 50), (_ip6, 22), (_arp, 8), (_nd, 8), (_dhcp, 3),
             (_dns, 2 if net.names else 0), (_multicast, 4), (_odd, 3)]
    kind = net.random.choices([k for k, _ in kinds],
                              [weight for _, weight in kinds])[0]
    terms, backend = kind(net, source)
    # Of three next hops, what select() takes.
    hop = net.random.randint(1, 3) if "ecmp" in net.features else None
    return (" && ".join([f'inport == "{source.name}"'] + terms), _ct(net),
            backend, hop)


def _ct(net):
    """States for the first few ct_next."""
    if net.chance(0.3):
        return []
    states = ["new", "new", "est", "est,rpl", "inv", "new,rel", "rpl",
              "new,dnat", "est,rpl,dnat", "est,snat"]
    first = net.choice(states)
    if net.chance(0.5):
        return [first] * 50
    return [first if net.chance(0.7) else net.choice(states)
            for _ in range(12)]


def _is6(address):
    return ":" in address


def _gateway(net, source, target):
    """The MAC to send to, most of the time the right one."""
    roll = net.random.random()
    if roll < 0.04:
        return net.choice(["ff:ff:ff:ff:ff:ff", "0a:00:00:00:99:99",
                           *net.macs])
    if roll < 0.08 and net.macs:
        return net.choice(net.macs)
    owner = [h for h in net.hosts if target in (h.ip, h.ip6)]
    if owner and owner[0].switch == source.switch and roll > 0.15:
        return owner[0].mac
    routers = net.routers_of(source.switch)
    if routers:
        return net.choice(routers).ports[source.switch].mac
    return net.choice(net.hosts).mac


def _source(net, source, v6):
    """Most senders tell the truth."""
    mac = source.mac if not net.chance(0.04) else \
        net.choice(["0a:00:00:00:77:01", net.choice(net.hosts).mac])
    ip = source.ip6 if v6 else source.ip
    if net.chance(0.04):
        other = net.choice(net.hosts)
        ip = other.ip6 if v6 else other.ip
    return [f"eth.src == {mac}"], ip


def _transport(net, protocol, port, v6):
    if protocol == "icmp":
        name = "icmp6" if v6 else "icmp4"
        kind = net.choice([128, 128, 129, 1] if v6 else [8, 8, 0, 3, 11])
        return [f"{name}.type == {kind}", f"{name}.code == 0"]
    terms = [f"{protocol}.src == {net.random.randint(1024, 60000)}",
             f"{protocol}.dst == {port}"]
    if protocol == "tcp":
        flags = net.choice([2, 2, 2, 0x12, 0x10, 4, None])
        terms += [f"tcp.flags == {flags}"] if flags else []
    return terms


def _ttl(net):
    return f"ip.ttl == {net.choice([64, 64, 64, 64, 64, 2, 1, 0])}"


def _dscp(net):
    return [f"ip.dscp == {net.choice([10, 46])}"] if net.chance(0.1) else []


def _targets(net, v6):
    addresses = [h.ip6 if v6 else h.ip for h in net.hosts] * 2
    addresses += [t for t in net.targets if _is6(t) == v6] * 2
    for router in net.routers:
        addresses += [p.ip6 if v6 else p.ip for p in router.ports.values()]
    return addresses + (["fd99::1", "fe80::1"] if v6
                        else ["10.0.3.77", "172.31.5.5", "8.8.8.8"])


def _unicast(net, source, v6):
    own = source.ip6 if v6 else source.ip
    # Not the sender itself: which hairpins ovn-trace recognises depends on
    # the order of its load balancers.
    target = net.choice([t for t in _targets(net, v6) if t != own])
    port = net.choice([80, 443, 22, 53, 8080, 3784, 2500])
    protocol = net.choice(["tcp", "tcp", "udp", "icmp", "sctp"])
    backend = None
    vips = [v for v in net.vips if _is6(v[0]) == v6]
    if vips and net.chance(0.4):
        target, port, protocol, backends = net.choice(vips)
        port = port or net.choice([80, 9])
        backends = [b for b in backends if _host_of(b) != own]
        backend = net.choice(backends) if backends else None
        if not backend and any(v[0] == target and v[3] for v in vips):
            target, port = net.hosts[0].ip6 if v6 else net.hosts[0].ip, 80
    family = "ip6" if v6 else "ip4"
    terms, own = _source(net, source, v6)
    terms += [f"eth.dst == {_gateway(net, source, target)}",
              f"{family}.src == {own}", f"{family}.dst == {target}",
              _ttl(net)] + _dscp(net)
    return terms + _transport(net, protocol, port, v6), backend


def _host_of(endpoint):
    if endpoint.startswith("["):
        return endpoint[1:].split("]")[0]
    return endpoint.rsplit(":", 1)[0] if endpoint.count(":") == 1 \
        else endpoint


def _ip4(net, source):
    return _unicast(net, source, False)


def _ip6(net, source):
    return _unicast(net, source, True)


def _arp(net, source):
    terms, own = _source(net, source, False)
    targets = _targets(net, False) + [v[0] for v in net.vips
                                      if not _is6(v[0])] * 2
    sha = source.mac if not net.chance(0.1) else "0a:00:00:00:77:01"
    if net.chance(0.25):
        other = net.choice(net.hosts)
        return terms + [f"eth.dst == {_gateway(net, source, other.ip)}",
                        "arp.op == 2", f"arp.sha == {sha}",
                        f"arp.spa == {own}", f"arp.tha == {other.mac}",
                        f"arp.tpa == {other.ip}"], None
    to = "ff:ff:ff:ff:ff:ff" if net.chance(0.9) \
        else _gateway(net, source, own)
    return terms + [f"eth.dst == {to}", "arp.op == 1",
                    f"arp.sha == {sha}", f"arp.spa == {own}",
                    "arp.tha == 00:00:00:00:00:00",
                    f"arp.tpa == {net.choice(targets + [own])}"], None


def _nd(net, source):
    terms, own = _source(net, source, True)
    roll = net.random.random()
    if roll < 0.15 and "advertisements" not in net.features:
        # Solicits a router.  One that answers is more than ovn-trace can
        # take: it ends with an assertion.
        return terms + ["eth.dst == 33:33:00:00:00:02",
                        f"ip6.src == {own}", "ip6.dst == ff02::2",
                        "ip.ttl == 255", "icmp6.type == 133",
                        "icmp6.code == 0"], None
    targets = _targets(net, True) + [v[0] for v in net.vips
                                     if _is6(v[0])] * 2
    target = net.choice(targets)
    # Where port security has only MACs, ovn-trace does not look at these.
    link = source.mac if "port_security" in net.features \
        or not net.chance(0.1) else "0a:00:00:00:77:01"
    if roll < 0.7:
        group = int.from_bytes(_bytes6(target)[-3:], "big")
        return terms + [
            f"eth.dst == 33:33:ff:{group >> 16:02x}:"
            f"{group >> 8 & 255:02x}:{group & 255:02x}",
            f"ip6.src == {own}",
            f"ip6.dst == ff02::1:ff{group >> 16:02x}:{group & 0xffff:x}",
            "ip.ttl == 255", "icmp6.type == 135", "icmp6.code == 0",
            f"nd.target == {target}", f"nd.sll == {link}"], None
    other = net.choice(net.hosts)
    return terms + [f"eth.dst == {_gateway(net, source, other.ip6)}",
                    f"ip6.src == {own}", f"ip6.dst == {other.ip6}",
                    "ip.ttl == 255", "icmp6.type == 136", "icmp6.code == 0",
                    f"nd.target == {own}", f"nd.tll == {link}"], None


def _bytes6(address):
    import ipaddress
    return ipaddress.ip_address(address).packed


def _dhcp(net, source):
    terms = [f"eth.src == {source.mac}"]
    if net.chance(0.5):
        to = net.choice([("0.0.0.0", "255.255.255.255",
                          "ff:ff:ff:ff:ff:ff")] * 2
                        + [(source.ip, "255.255.255.255",
                            "ff:ff:ff:ff:ff:ff"),
                           (source.ip, net.choice(_targets(net, False)),
                            "0a:00:00:00:97:97")])
        return terms + [f"eth.dst == {to[2]}", f"ip4.src == {to[0]}",
                        f"ip4.dst == {to[1]}", "ip.ttl == 64",
                        "udp.src == 68", "udp.dst == 67"], None
    return terms + ["eth.dst == 33:33:00:01:00:02", "ip6.src == fe80::1",
                    "ip6.dst == ff02::1:2", "ip.ttl == 64",
                    "udp.src == 546", "udp.dst == 547"], None


def _dns(net, source):
    terms, own = _source(net, source, False)
    return terms + [f"eth.dst == {_gateway(net, source, '8.8.8.8')}",
                    f"ip4.src == {own}", "ip4.dst == 8.8.8.8",
                    "ip.ttl == 64", "udp.src == 5353", "udp.dst == 53"], None


def _multicast(net, source):
    terms, own = _source(net, source, False)
    roll = net.random.random()
    if roll < 0.5:
        group = net.choice(["224.0.0.251", "239.1.1.1", "239.2.2.2"])
        low = [int(b) for b in group.split(".")][1:]
        return terms + [
            f"eth.dst == 01:00:5e:{low[0] & 127:02x}:{low[1]:02x}:"
            f"{low[2]:02x}", f"ip4.src == {own}", f"ip4.dst == {group}",
            f"ip.ttl == {net.choice([64, 1])}", "udp.src == 5353",
            f"udp.dst == {net.choice([5353, 9999])}"], None
    if roll < 0.7:
        return terms + ["eth.dst == 01:00:5e:00:00:16",
                        f"ip4.src == {own}", "ip4.dst == 224.0.0.22",
                        "ip.ttl == 1", "ip.proto == 2"], None
    return terms + [f"eth.dst == 33:33:00:00:00:{net.choice([1, 22]):02x}",
                    f"ip6.src == {source.ip6}",
                    f"ip6.dst == {net.choice(['ff02::1', 'ff02::16', 'ff0e::7'])}",
                    "ip.ttl == 1", "udp.src == 5353", "udp.dst == 5353"], None


def _odd(net, source):
    """Not IP, tagged, or cut into pieces."""
    terms = [f"eth.src == {source.mac}"]
    other = net.choice(net.hosts)
    roll = net.random.random()
    if roll < 0.3:
        return terms + [f"eth.dst == {net.choice([other.mac, 'ff:ff:ff:ff:ff:ff'])}",
                        "eth.type == 0x88cc"], None
    if roll < 0.6:
        return terms + [f"eth.dst == {other.mac}", "vlan.present",
                        f"vlan.vid == {net.choice([5, 33])}",
                        f"ip4.src == {source.ip}", f"ip4.dst == {other.ip}",
                        "ip.ttl == 64", "udp.src == 1000",
                        "udp.dst == 80"], None
    if roll < 0.8:
        return ["eth.src == 01:00:00:00:00:05",
                f"eth.dst == {other.mac}", f"ip4.src == {source.ip}",
                f"ip4.dst == {other.ip}", "ip.ttl == 64",
                "ip.proto == 47"], None
    return terms + [f"eth.dst == {_gateway(net, source, other.ip)}",
                    f"ip4.src == {source.ip}", f"ip4.dst == {other.ip}",
                    "ip.ttl == 64", "ip.proto == 17",
                    f"ip.frag == {net.choice([1, 3])}"], None
