"""Kinds of switch ports, and what switches do for them."""

from networks import Host, mac


def dhcp(net):
    switch = net.choice(sorted({h.switch for h in net.hosts}))
    number = net.switches[switch]
    net.add("--id=@four", "create", "dhcp_options",
            f"cidr=10.0.{number}.0/24",
            f'options:server_id="10.0.{number}.1"',
            'options:server_mac="0a:00:00:00:97:97"',
            'options:lease_time="3600"', f'options:router="10.0.{number}.1"',
            'options:dns_server="{8.8.8.8, 8.8.4.4}"',
            'options:domain_name="\\"rouse.test\\""',
            'options:classless_static_route="{30.0.0.0/24,10.0.1.4, '
            '0.0.0.0/0,10.0.1.1}"', "options:mtu=1400")
    net.add("--id=@six", "create", "dhcp_options",
            f'cidr="fd00:{number}::/64"',
            'options:server_id="0a:00:00:00:97:97"',
            'options:dns_server="fd00::53"')
    for host in net.on(switch):
        if net.chance(0.8):
            net.add("set", "logical_switch_port", host.name,
                    "dhcpv4_options=@four", "dhcpv6_options=@six")
    net.macs.append("0a:00:00:00:97:97")
    net.targets.append(f"10.0.{number}.1")


def dns(net):
    switch = net.choice(sorted({h.switch for h in net.hosts}))
    net.add("--id=@names", "create", "dns", "records:one.test=10.0.1.2",
            'records:six.test="10.0.1.3 fd00:1::3"', "--", "set",
            "logical_switch", switch, "dns_records=@names")
    net.names += ["one.test", "six.test", "none.test"]


def kinds(net):
    """Children, virtual, external and other ports."""
    host = net.choice(net.hosts)
    switch, number = host.switch, net.switches[host.switch]
    if net.chance(0.5):
        child = Host(f"{host.name}-child", switch, number, 42)
        net.hosts.append(child)
        net.add(f"lsp-add {switch} {child.name} {host.name} 7")
        net.add("lsp-set-addresses", child.name,
                f"{child.mac} {child.ip} {child.ip6}")
    if net.chance(0.5):
        _virtual(net, switch, number)
    if net.chance(0.4):
        outside = Host(f"{switch}-x", switch, number, 43)
        net.hosts.append(outside)
        net.add(f"lsp-add {switch} {outside.name}")
        net.add(f"lsp-set-type {outside.name} external")
        net.add("lsp-set-addresses", outside.name,
                f"{outside.mac} {outside.ip}")
    if net.chance(0.4):
        local = Host(f"{switch}-l", switch, number, 44)
        net.hosts.append(local)
        net.add(f"lsp-add {switch} {local.name}")
        net.add(f"lsp-set-type {local.name} localport")
        net.add("lsp-set-addresses", local.name,
                f"{local.mac} {local.ip} {local.ip6}")
    if net.chance(0.3):
        net.add(*["--liveness"] if net.chance(0.5) else [],
                "fwd-group-add", "fg", switch, f"10.0.{number}.98",
                "0a:00:00:00:96:96",
                *[h.name for h in net.on(switch)[:2]])
        net.targets.append(f"10.0.{number}.98")
        # Nothing is sent to it: ovn-trace does not know fwd_group.
    if net.chance(0.15):
        net.add("lsp-set-enabled", net.choice(net.hosts).name, "disabled")


def _virtual(net, switch, number):
    parents = net.on(switch)
    name = f"{switch}-v"
    net.add(f"lsp-add {switch} {name}")
    net.add(f"lsp-set-type {name} virtual")
    net.add("lsp-set-addresses", name, f"{mac(number, 50)} 10.0.{number}.50")
    net.add("lsp-set-options", name, f"virtual-ip=10.0.{number}.50",
            "virtual-parents=" + ",".join(h.name for h in parents))
    net.targets.append(f"10.0.{number}.50")
    if net.chance(0.5):
        net.create("Port_Binding", None, logical_port=name,
                   virtual_parent=parents[0].name)


def unknown(net):
    """Ports whose MACs are learned."""
    switch = net.choice(sorted(net.switches))
    number = net.switches[switch]
    for host in (55, 56):
        port = Host(f"{switch}-u{host}", switch, number, host)
        net.others.append(port)
        net.add(f"lsp-add {switch} {port.name}")
        net.add(f"lsp-set-addresses {port.name} unknown")
    net.macs += [mac(number, 55), mac(number, 56)]
    net.targets.append(f"10.0.{number}.55")
    net.create("FDB", {"dp_key": ("Datapath_Binding", switch),
                       "port_key": ("Port_Binding", f"{switch}-u55")},
               mac=mac(number, 55))


def localnet(net):
    switch = net.choice(sorted(net.switches))
    number = net.switches[switch]
    port = Host(f"{switch}-ln", switch, number, 57)
    net.others.append(port)
    net.add(f"lsp-add {switch} {port.name}", )
    net.add(f"lsp-set-type {port.name} localnet")
    net.add(f"lsp-set-addresses {port.name} unknown")
    net.add(f"lsp-set-options {port.name} network_name=phys")
    if net.chance(0.4):
        net.add("set", "logical_switch_port", port.name, "tag=33")
    if net.chance(0.3):
        net.add("set", "logical_switch_port", port.name,
                "options:localnet_learn_fdb=true")
    net.macs.append(port.mac)


def multicast(net):
    switch = net.choice(sorted(net.switches))
    net.add("set", "logical_switch", switch, "other_config:mcast_snoop=true")
    if net.chance(0.5):
        net.add("set", "logical_switch", switch,
                "other_config:mcast_querier=true",
                "other_config:mcast_eth_src=0a:00:00:00:95:95",
                "other_config:mcast_ip4_src=10.0.1.254",
                "other_config:mcast_ip6_src=\"fe80::1\"")
    if net.chance(0.5):
        net.add("set", "logical_switch", switch,
                "other_config:mcast_flood_unregistered=true")
    for host in net.on(switch):
        if net.chance(0.3):
            net.add("set", "logical_switch_port", host.name,
                    net.choice(["options:mcast_flood=true",
                                "options:mcast_flood_reports=true"]))
    members = [h.name for h in net.on(switch) if net.chance(0.5)]
    if members:
        net.create("IGMP_Group",
                   {"datapath": ("Datapath_Binding", switch),
                    "ports": ("Port_Binding", members[0]),
                    "chassis": ("Chassis", "ch1")}, address="239.1.1.1")


def switch_options(net):
    switch = net.choice(sorted(net.switches))
    if net.chance(0.3):
        net.add("set", "logical_switch", switch,
                "other_config:vlan-passthru=true")
    if net.chance(0.3):
        net.add("set", "logical_switch", switch,
                "other_config:broadcast-arps-to-all-routers=false")
    for router in net.routers_of(switch):
        if net.chance(0.3):
            number = net.switches[switch]
            net.add("set", "logical_switch_port", f"{switch}-{router.name}",
                    f"options:arp_proxy=10.0.{number}.97")
            net.targets.append(f"10.0.{number}.97")
    if net.chance(0.3):
        host = net.choice(net.hosts)
        net.add("set", "nb_global", ".", "options:use_ct_inv_match=false")
        net.add("lsp-set-addresses", host.name, host.mac)
