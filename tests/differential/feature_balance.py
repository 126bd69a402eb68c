"""Load balancers."""


def balancers(net):
    for _ in range(net.choice([1, 2, 3])):
        _balancer(net)
    grouped = any("load_balancer_group" in words for words in net.commands)
    if net.chance(0.2) and not grouped:
        # With groups, ovn-northd 23.03 ends with a damaged heap.
        net.add("set", "nb_global", ".",
                "options:install_ls_lb_from_router=true")


def _balancer(net):
    number = len(net.vips) + 1
    name = f"lb{number}"
    v6 = net.chance(0.25)
    vip = f"fd00:192::{number}" if v6 else f"192.168.1.{number}"
    protocol = net.choice(["tcp", "tcp", "tcp", "udp", "sctp"])
    portless = net.chance(0.15)
    hosts = net.random.sample(net.hosts,
                              net.random.randint(1, min(3, len(net.hosts))))
    addresses = [h.ip6 if v6 else h.ip for h in hosts]
    backends = [] if net.chance(0.25) else [
        a if portless else f"[{a}]:8080" if v6 else f"{a}:8080"
        for a in addresses]
    options = []
    if not backends:
        options = net.choice([[], ["--reject"], ["--event"]])
    elif net.chance(0.15):
        options = ["--reject"]
    if portless:
        net.add(*options, "lb-add", name, vip, ",".join(backends))
        protocol = "tcp"
    else:
        where = f"[{vip}]:80" if v6 else f"{vip}:80"
        net.add(*options, "lb-add", name, where, ",".join(backends),
                protocol)
    _settings(net, name, vip, portless, v6)
    net.vips.append((vip, None if portless else 80, protocol, backends))
    _attach(net, name)


def _settings(net, name, vip, portless, v6):
    if net.chance(0.25) and not portless:
        net.add("set", "load_balancer", name, "options:affinity_timeout=60")
    if net.chance(0.2):
        net.add("set", "load_balancer", name, "options:hairpin_snat_ip="
                + ('"fd00:192::99"' if v6 else "192.168.1.99"))
    if net.chance(0.2):
        net.add("set", "load_balancer", name, "options:skip_snat=true")
    if net.chance(0.25):
        net.add("set", "load_balancer", name, "selection_fields="
                + net.choice(["ip_src", "ip_src,ip_dst", "tp_dst",
                              "ip_src,ip_dst,tp_src,tp_dst"]))
    if net.chance(0.2):
        net.add("set", "load_balancer", name,
                "options:neighbor_responder=all")
    if net.chance(0.15):
        net.add("set", "load_balancer", name, "options:add_route=true")


def _attach(net, name):
    if net.chance(0.2):
        group = f"group-{name}"
        net.add(f"--id=@{name}", "get", "load_balancer", name, "--",
                f"--id=@{group}", "create", "load_balancer_group",
                f"name={group}", f"load_balancer=@{name}")
        for switch in net.switches:
            net.add("add", "logical_switch", switch,
                    "load_balancer_group", f"@{group}")
        for router in net.routers:
            net.add("add", "logical_router", router.name,
                    "load_balancer_group", f"@{group}")
        return
    for switch in net.switches:
        if net.chance(0.8):
            net.add(f"ls-lb-add {switch} {name}")
    for router in net.routers:
        if net.chance(0.8):
            net.add(f"lr-lb-add {router.name} {name}")


def health_checks(net):
    hosts = net.random.sample(net.hosts, min(2, len(net.hosts)))
    vip = "192.168.2.1"
    net.add("lb-add", "checked", f"{vip}:80",
            ",".join(f"{h.ip}:8080" for h in hosts))
    for host in hosts:
        source = f"10.0.{net.switches[host.switch]}.250"
        net.add("set", "load_balancer", "checked",
                f"ip_port_mappings:\"{host.ip}\"="
                f"\"{host.name}:{source}\"")
        net.targets.append(source)
    net.add("--id=@check", "create", "Load_Balancer_Health_Check",
            f"vip=\"{vip}:80\"", "--", "add", "load_balancer", "checked",
            "health_check", "@check")
    net.vips.append((vip, 80, "tcp", [f"{h.ip}:8080" for h in hosts]))
    for switch in net.switches:
        net.add(f"ls-lb-add {switch} checked")
    net.macs.append("0a:00:00:00:98:98")
    net.add("set", "nb_global", ".",
            'options:svc_monitor_mac="0a:00:00:00:98:98"')


def masked_labels(net):
    """As with chassis of old: marks of connections are in their labels."""
    net.old_chassis = True
