"""What lets packets pass or not: ACLs, port groups, address sets, port
security, QoS."""


def port_groups(net):
    for name in ("pga", "pgb"):
        members = [p.name for p in net.hosts if net.chance(0.5)] \
            or [net.hosts[0].name]
        net.add("pg-add", name, *members)
        if net.chance(0.4):
            acls_of(net, name)
        if net.chance(0.2):
            # Edited: what it was made with counts no more.
            net.add("pg-set-ports", name, *members[1:] or members)
    hosts = net.random.sample(net.hosts, min(3, len(net.hosts)))
    net.add("create", "address_set", "name=friends", "addresses="
            + ",".join(f'"{h.ip}"' for h in hosts) + ',"10.77.0.0/16"')
    net.add("create", "address_set", "name=friends6", "addresses="
            + ",".join(f'"{h.ip6}"' for h in hosts))
    net.add("create", "address_set", "name=nobody")
    net.add("remove", "address_set", "friends", "addresses",
            f'"{hosts[0].ip}"')


def _match(net, direction, target):
    side = "inport" if direction == "from-lport" else "outport"
    port = net.choice(net.hosts)
    other = net.choice(net.hosts)
    choices = [
        f"ip4 && tcp.dst == {net.choice([80, 443, 22])}",
        f"ip4.src == {other.ip}",
        f"ip4.dst == {other.ip} && udp",
        "ip4 && icmp4",
        f"ip4.dst == 10.0.{net.random.randint(1, 3)}.0/24",
        "ip4.src == $pga_ip4",
        "ip4.dst != $pgb_ip4 && tcp",
        "ip6.src == $pga_ip6",
        "ip4.src == $friends && udp",
        "ip6.dst == $friends6",
        "ip4.src == $nobody",
        f"ip4 && tcp.dst >= 80 && tcp.dst <= {net.choice([90, 500])}",
        "ip6",
        "ip6 && tcp.dst == 80",
        f"ip6.dst == fd00:{net.random.randint(1, 3)}::/64",
        "icmp6 && icmp6.type == 128",
        f"{side} == \"{port.name}\" && ip4",
        f"{side} == @pga && (tcp || udp)",
        f"(ip4.src == {{{other.ip}, 10.0.2.0/24}} || ip6)",
        "!(ip4.src == $pgb_ip4) && ip",
        "tcp.flags == 2 && ip4",
        "sctp",
        "(ip4 && ip.ttl == {1, 2})",
        "ip && ip.proto == 47",
        f"eth.src == {port.mac} && ip",
        "(arp || nd)",
        f"ip4.mcast || eth.dst == {other.mac}",
        "ip.frag == 0 && ip4 && udp.dst == {53, 8080}",
    ]
    if target.startswith("pg"):
        return f"{side} == @{target} && ({net.choice(choices)})"
    return f"({net.choice(choices)})"


def acls_of(net, target):
    for _ in range(net.random.randint(1, 5)):
        direction = net.choice(["from-lport", "to-lport"])
        action = net.choice(
            ["allow", "allow-related", "allow-related", "drop", "reject",
             "allow-stateless"])
        options = []
        if net.chance(0.2):
            options = ["--log", "--severity=info", "--name=noted"]
            if net.chance(0.5):
                options.append("--meter=meter1")
        if action == "allow-related" and net.chance(0.2):
            options.append("--label=77")
        if direction == "from-lport" and net.chance(0.15):
            options.append("--apply-after-lb")
        match = _match(net, direction, target)
        if "arp" in match and action == "reject":
            action = "drop"  # ovn-trace answers ARP with ICMPv6.
        net.add("--may-exist", *options, "acl-add", target, direction,
                str(net.priorities.pop()), match, action)


def acls(net):
    for name in net.switches:
        if net.chance(0.7):
            acls_of(net, name)
    if net.chance(0.15):
        net.add("set", "nb_global", ".", "options:default_acl_drop=true")


def port_security(net):
    for host in net.hosts:
        if not net.chance(0.5):
            continue
        net.add("lsp-set-port-security", host.name, *net.choice([
            [host.mac],
            [f"{host.mac} {host.ip}"],
            [f"{host.mac} {host.ip} {host.ip6}"],
            [f"{host.mac} {host.ip}/24"],
            [f"{host.mac} {host.ip} {host.ip6}/64"],
            [host.mac, f"0a:00:00:00:77:01 {host.ip}"],
            ["0a:00:00:00:77:01 10.0.77.1"],
        ]))


def qos(net):
    switch = net.choice(sorted(net.switches))
    net.add("qos-add", switch, "from-lport", "100",
            net.choice(["ip4", "tcp", f"ip4.dst == {net.hosts[0].ip}"]),
            f"dscp={net.random.randint(1, 60)}")
    net.add("qos-add", switch, "from-lport", "101", "udp", "rate=100",
            "burst=1000")
    net.add("qos-add", switch, "to-lport", "100", "ip6", "dscp=7")
    host = net.choice(net.hosts)
    net.add("set", "logical_switch_port", host.name,
            "options:qdisc_queue_id=3")
