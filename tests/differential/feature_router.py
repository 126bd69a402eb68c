"""What routers do: NAT, routes, policies, advertisements."""

from networks import mac


def _hop(net, router):
    """(Switch, IPv4, IPv6) of somebody that the router could send to."""
    switch = net.choice(sorted(router.ports))
    hosts = net.on(switch)
    if hosts and net.chance(0.7):
        host = net.choice(hosts)
        return switch, host.ip, host.ip6
    number, last = net.switches[switch], net.random.randint(60, 90)
    if net.chance(0.6):
        # Its MAC was learned already.
        for ip in (f"10.0.{number}.{last}", f"fd00:{number}::{last:x}"):
            net.create("MAC_Binding",
                       {"datapath": ("Datapath_Binding", router.name)},
                       logical_port=router.ports[switch].name, ip=ip,
                       mac=mac(number, last))
    return switch, f"10.0.{number}.{last}", f"fd00:{number}::{last:x}"


def routes(net):
    router = net.choice(net.routers)
    name = router.name
    _, hop, hop6 = _hop(net, router)
    if net.chance(0.6):
        net.add(f"lr-route-add {name} 172.16.0.0/16 {hop}")
        net.add(f"lr-route-add {name} 172.16.5.0/24 {_hop(net, router)[1]}")
        net.add(f"lr-route-add {name} fd16::/16 {hop6}")
        net.targets += ["172.16.5.5", "172.16.9.9", "fd16::5"]
    if net.chance(0.3):
        net.add(f"lr-route-add {name} 172.17.0.0/16 discard")
        net.add(f"lr-route-add {name} fd17::/16 discard")
        net.targets += ["172.17.1.1", "fd17::1"]
    if net.chance(0.3):
        net.add(f"--policy=src-ip lr-route-add {name} "
                f"10.0.1.0/24 {hop}")
    if net.chance(0.3):
        # By the port alone, in a table for one port's packets.
        switch, hop, _ = _hop(net, router)
        port = router.ports[switch].name
        net.add(f"--route-table=rt1 lr-route-add {name} 172.19.0.0/16 {hop}")
        net.add("set", "logical_router_port",
                router.ports[net.choice(sorted(router.ports))].name,
                "options:route_table=rt1")
        net.add(f"lr-route-add {name} 172.20.0.0/16 {hop} {port}")
        net.targets += ["172.19.1.1", "172.20.1.1"]


def ecmp(net):
    router = net.choice(net.routers)
    symmetric = ["--ecmp-symmetric-reply"] if net.chance(0.5) else ["--ecmp"]
    switch = net.choice(sorted(router.ports))
    number = net.switches[switch]
    for prefix, hop in (("172.18.0.0/16", f"10.0.{number}."),
                        ("fd18::/16", f"fd00:{number}::")):
        for last in (61, 62, 63):
            net.add(*symmetric, "lr-route-add", router.name, prefix,
                    f"{hop}{last}")
            net.create("MAC_Binding",
                       {"datapath": ("Datapath_Binding", router.name)},
                       logical_port=router.ports[switch].name,
                       ip=f"{hop}{last}", mac=mac(number, last))
    net.targets += ["172.18.1.1", "172.18.2.2", "fd18::1"]


def policies(net):
    router = net.choice(net.routers)
    _, hop, hop6 = _hop(net, router)
    host = net.choice(net.hosts)
    for priority, match in ((100, f"ip4.src == {host.ip}"),
                            (101, "ip4.dst == 172.16.0.0/12"),
                            (102, f"ip4 && inport == "
                                  f"\"{net.choice(list(router.ports.values())).name}\""),
                            (103, f"tcp.dst == 443 && ip4"),
                            (104, f"ip6.dst == {host.ip6}")):
        if net.chance(0.5):
            continue
        what = net.choice([["drop"], ["allow"], ["allow", "pkt_mark=5"],
                           ["reroute", hop6 if "ip6" in match else hop],
                           ["reroute", hop6 if "ip6" in match else hop,
                            "pkt_mark=9"]])
        net.add("lr-policy-add", router.name, str(priority), match, *what)
    net.targets.append("172.16.7.7")


def _external(net, router):
    if router.gateway:
        return router.gateway
    return net.choice(sorted(router.ports))


def nat(net):
    for router in net.routers:
        if router.is_gateway or router.gateway:
            _nat_of(net, router)


def _nat_of(net, router):
    number = net.switches[_external(net, router)]
    subnets = set()  # Two SNATs of one subnet are flows of one priority.
    hosts = net.random.sample(net.hosts, min(3, len(net.hosts)))
    for index, host in enumerate(hosts):
        kind = net.choice(["snat", "dnat", "dnat_and_snat",
                           "dnat_and_snat"])
        last = 200 + index + (20 if router.name == "lr2" else 0)
        v6 = net.chance(0.2)
        external = f"fd00:{number}::{last:x}" if v6 \
            else f"10.0.{number}.{last}"
        logical = host.ip6 if v6 else host.ip
        if kind == "snat" and net.chance(0.6) \
                and host.switch not in subnets:
            inside = net.switches[host.switch]
            logical = f"fd00:{inside}::/64" if v6 else f"10.0.{inside}.0/24"
            subnets.add(host.switch)
        options, more = [], []
        if kind == "dnat_and_snat" and router.gateway and net.chance(0.4):
            # Where the host is, not where the gateway is.
            more = [host.name, mac(number, last)]
        elif kind == "dnat_and_snat" and net.chance(0.3):
            options = ["--stateless"]
        elif kind != "dnat" and not v6 and net.chance(0.2):
            options, more = ["--portrange"], ["2000-3000"]
        net.add(*options, "lr-nat-add", router.name, kind, external, logical,
                *more)
        router.externals.append(external)
        net.targets += [external] * 3


def force_snat(net):
    router = net.choice(net.routers)
    if router.is_gateway:
        ip = net.choice(list(router.ports.values())).ip
        net.add("set", "logical_router", router.name,
                net.choice([f'options:lb_force_snat_ip="{ip}"',
                            "options:lb_force_snat_ip=router_ip"]))
        if net.chance(0.5):
            net.add("set", "logical_router", router.name,
                    f'options:dnat_force_snat_ip="{ip}"')


def advertisements(net):
    router = net.choice(net.routers)
    port = net.choice(list(router.ports.values()))
    net.add("set", "logical_router_port", port.name,
            "ipv6_ra_configs:address_mode="
            + net.choice(["slaac", "dhcpv6_stateful", "dhcpv6_stateless"]),
            "ipv6_ra_configs:mtu=1400",
            "ipv6_ra_configs:router_preference=HIGH")


def router_options(net):
    router = net.choice(net.routers)
    if net.chance(0.3):
        net.add("set", "logical_router", router.name,
                "options:always_learn_from_arp_request=false")
    if net.chance(0.3):
        net.add("set", "logical_router", router.name,
                "options:dynamic_neigh_routers=true")
    if net.chance(0.3):
        net.add("set", "logical_router", router.name,
                "options:mcast_relay=true")
    if router.gateway:
        port = router.ports[router.gateway]
        if net.chance(0.3):
            net.add("set", "logical_router_port", port.name,
                    "options:gateway_mtu=1400")
        if net.chance(0.3):
            net.add("set", "logical_router_port", port.name,
                    "options:redirect-type=bridged")
        for other in router.ports.values():
            if other is not port and net.chance(0.3):
                net.add("set", "logical_router_port", other.name,
                        "options:reside-on-redirect-chassis=true")
    else:
        port = net.choice(list(router.ports.values()))
        if net.chance(0.3):
            net.add("set", "logical_router_port", port.name,
                    "options:gateway_mtu=1300")
    switch, hop, _ = _hop(net, router)
    if net.chance(0.4):
        net.add(f"static-mac-binding-add {router.ports[switch].name} "
                f"10.0.{net.switches[switch]}.99 0a:00:00:00:99:99")
        # Nobody asks for it: ovn-trace does not read these.
