#!/usr/bin/python3
"""Writes matches.txt and actions.txt beside itself: every match and every
action text, once, that stock ovn-northd writes for networks with as many of
its features as possible; and balancer.txt, the flows of one load balancer. Run by hand when OVN changes:

    ROUSE_STOCK=out/stock tests/data/lflow/collect.py
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "..", "differential"))

from stack import Stack     # noqa: E402  (the path comes first)

ACLS = [
    ("from-lport", 1001, 'inport == "sw0-p1" && ip4', "allow-related"),
    ("from-lport", 1002, 'inport == @pg0 && ip4.dst == $as4 && tcp.dst == 80',
     "allow-related"),
    ("from-lport", 900, "ip4.src == $as4 && udp.dst == {53, 123}", "allow"),
    ("from-lport", 901, "arp || nd_ns || nd_na", "allow"),
    ("from-lport", 800, "ip", "drop"),
    ("from-lport", 850, "tcp.dst == 22", "reject"),
    ("from-lport", 860, "icmp4 && icmp4.type == 8", "allow-stateless"),
    ("to-lport", 1003, 'outport == "sw0-p1" && ip6.src == fd00::/16',
     "allow-related"),
    ("to-lport", 1004, 'outport == @pg0 && ip4.src == $pg0_ip4',
     "allow-related"),
    ("to-lport", 1000, "1024 <= tcp.dst <= 49151 && ip4", "allow-related"),
    ("to-lport", 999, "udp.dst != {53, 67} && ip4", "reject"),
    ("to-lport", 998, "sctp && sctp.dst == 99", "drop"),
    ("to-lport", 997, 'outport == "sw0-p2" && !(ip4.src == 10.0.0.0/8)',
     "drop"),
    ("to-lport", 996, "tcp.flags[1] && ip.ttl == {1, 2}", "allow"),
    ("to-lport", 995, "vlan.present || eth.mcast", "allow"),
]


def switches(stack):
    stack.nbctl("ls-add sw0", "ls-add sw1", "ls-add public",
                "set logical_switch sw1 other_config:mcast_snoop=true "
                "other_config:mcast_querier=true "
                "other_config:mcast_eth_src=00:00:00:00:01:01 "
                "other_config:mcast_ip4_src=20.0.0.254 "
                "other_config:mcast_flood_unregistered=true",
                "ls-add sw2",
                "set logical_switch sw2 other_config:vlan-passthru=true")
    for number, switch in ((10, "sw0"), (20, "sw1")):
        for i in (1, 2, 3):
            port = f"{switch}-p{i}"
            mac = f"50:54:00:00:{number}:{i:02x}"
            stack.nbctl(
                f"lsp-add {switch} {port}",
                ["lsp-set-addresses", port,
                 f"{mac} {number}.0.0.{i + 1} fd00:{number}::{i + 1}"],
                ["lsp-set-port-security", port,
                 f"{mac} {number}.0.0.{i + 1} fd00:{number}::{i + 1}"])
    stack.nbctl("lsp-add sw0 sw0-u", "lsp-set-addresses sw0-u unknown",
                "lsp-add sw0 sw0-v", "lsp-set-type sw0-v virtual",
                "lsp-set-options sw0-v virtual-ip=10.0.0.50 "
                "virtual-parents=sw0-p1,sw0-p2",
                "lsp-add sw0 sw0-x", "lsp-set-type sw0-x external",
                ["lsp-set-addresses", "sw0-x", "50:54:00:00:10:77 10.0.0.77"],
                "lsp-add sw0 sw0-child sw0-p1 42",
                "lsp-add sw0 sw0-local", "lsp-set-type sw0-local localport",
                ["lsp-set-addresses", "sw0-local",
                 "50:54:00:00:10:88 10.0.0.88"],
                "lsp-add sw2 sw2-q",
                ["lsp-set-addresses", "sw2-q", "00:00:00:00:77:01 dynamic"],
                "set logical_switch sw2 other_config:subnet=30.0.0.0/24",
                "qos-add sw0 from-lport 100 ip4 dscp=10",
                "qos-add sw0 to-lport 100 tcp.dst==80 rate=100 burst=1000",
                "--liveness fwd-group-add fg sw1 20.0.0.99 "
                "00:00:00:00:99:99 sw1-p1 sw1-p2")


def router_ports(stack, router, gateway=True):
    for i, (switch, nets) in enumerate((
            ("sw0", "10.0.0.1/24 fd00:10::1/64"),
            ("sw1", "20.0.0.1/24 fd00:20::1/64"),
            ("public", "172.168.0.100/24 fd00:172::100/64"))):
        port = f"{router}-{switch}"
        stack.nbctl(f"lrp-add {router} {port} 00:00:00:00:ff:0{i + 1} {nets}",
                    f"lsp-add {switch} {switch}-{router}",
                    f"lsp-set-type {switch}-{router} router",
                    f"lsp-set-addresses {switch}-{router} router",
                    f"lsp-set-options {switch}-{router} router-port={port} "
                    "nat-addresses=router")
    stack.nbctl("lsp-add public ln", "lsp-set-type ln localnet",
                "lsp-set-addresses ln unknown",
                "lsp-set-options ln network_name=external")
    if gateway:
        stack.nbctl(f"lrp-set-gateway-chassis {router}-public ch1 20",
                    f"lrp-set-gateway-chassis {router}-public ch2 10",
                    f"set logical_router_port {router}-public "
                    "options:gateway_mtu=1400")
    stack.nbctl(f"set logical_router_port {router}-sw0 "
                "ipv6_ra_configs:address_mode=slaac "
                "ipv6_ra_configs:send_periodic=true ipv6_ra_configs:mtu=1400",
                f"set logical_router_port {router}-sw1 "
                "ipv6_ra_configs:address_mode=dhcpv6_stateful")


def router(stack):
    stack.nbctl("lr-add lr0")
    router_ports(stack, "lr0")
    stack.nbctl("lr-nat-add lr0 snat 172.168.0.100 10.0.0.0/24",
                "lr-nat-add lr0 dnat 172.168.0.110 10.0.0.3",
                "lr-nat-add lr0 dnat_and_snat 172.168.0.120 10.0.0.2 "
                "sw0-p1 30:54:00:00:00:03",
                "lr-nat-add lr0 dnat_and_snat 172.168.0.121 20.0.0.2",
                "--stateless lr-nat-add lr0 dnat_and_snat 172.168.0.122 "
                "20.0.0.3",
                "lr-nat-add lr0 snat fd00:172::100 fd00:10::/64",
                "lr-nat-add lr0 dnat_and_snat fd00:172::110 fd00:10::3",
                "lr-route-add lr0 0.0.0.0/0 172.168.0.1",
                "lr-route-add lr0 ::/0 fd00:172::1",
                "--policy=src-ip lr-route-add lr0 10.0.0.0/25 172.168.0.2",
                "--ecmp lr-route-add lr0 50.0.0.0/16 172.168.0.3",
                "--ecmp lr-route-add lr0 50.0.0.0/16 172.168.0.4",
                "--ecmp-symmetric-reply lr-route-add lr0 60.0.0.0/16 "
                "172.168.0.5",
                "--ecmp-symmetric-reply lr-route-add lr0 60.0.0.0/16 "
                "172.168.0.6",
                "lr-route-add lr0 70.0.0.0/16 discard",
                ["lr-policy-add", "lr0", "100", "ip4.src == 10.0.0.0/24 && "
                 "ip4.dst == 80.0.0.0/8", "reroute", "172.168.0.7"],
                ["lr-policy-add", "lr0", "101", "ip4.dst == 81.0.0.0/8",
                 "reroute", "172.168.0.7,172.168.0.8"],
                ["lr-policy-add", "lr0", "102", "ip6.dst == fd99::/16",
                 "drop"],
                ["lr-policy-add", "lr0", "103", "tcp.dst == 443", "allow"],
                "static-mac-binding-add lr0-public 172.168.0.1 "
                "00:00:00:00:aa:aa")


def balancers(stack, router_name="lr0"):
    stack.nbctl("lb-add lb0 192.168.1.100:80 10.0.0.3:80,20.0.0.3:80",
                "lb-add lb0 192.168.1.101:53 10.0.0.3:53 udp",
                "lb-add lb6 [fd00:192::100]:80 [fd00:10::3]:80,"
                "[fd00:20::3]:80",
                "lb-add lbip 192.168.1.102 10.0.0.4,20.0.0.4",
                "lb-add lbe 192.168.1.103:8080 10.0.0.5:80",
                "lb-add lbs 192.168.1.104:99 10.0.0.5:99 sctp",
                "lb-add lbr 192.168.1.105:80 10.0.0.6:80",
                "lb-add lba 192.168.1.106:80 10.0.0.3:80,10.0.0.4:80",
                "lb-add lbh 192.168.1.107:80 10.0.0.3:80,20.0.0.3:80")
    stack.nbctl(["set", "load_balancer", "lbe", "vips=\"192.168.1.103:8080\"="
                 "\"\"", "options:event=true"],
                ["set", "load_balancer", "lbr", "vips=\"192.168.1.105:80\"="
                 "\"\"", "options:reject=true"],
                "set load_balancer lba options:affinity_timeout=60",
                "set load_balancer lb0 selection_fields=ip_src,ip_dst",
                ["set", "load_balancer", "lbh",
                 "ip_port_mappings:\"10.0.0.3\"=\"sw0-p2:10.0.0.254\"",
                 "ip_port_mappings:\"20.0.0.3\"=\"sw1-p2:20.0.0.254\""],
                ["--id=@hc", "create", "Load_Balancer_Health_Check",
                 "vip=\"192.168.1.107:80\"", "--", "add", "load_balancer",
                 "lbh", "health_check", "@hc"])
    for lb in ("lb0", "lb6", "lbip", "lbe", "lbs", "lbr", "lba", "lbh"):
        stack.nbctl(f"ls-lb-add sw0 {lb}", f"ls-lb-add sw1 {lb}",
                    f"lr-lb-add {router_name} {lb}")


def acls(stack):
    stack.nbctl("pg-add pg0 sw0-p1 sw0-p2 sw1-p1",
                ["create", "address_set", "name=as4",
                 "addresses=\"10.0.0.2\",\"10.0.0.3\",\"20.0.0.0/24\""],
                "meter-add m1 drop 100 pktps 10")
    for direction, priority, match, verdict in ACLS:
        stack.nbctl(["acl-add", "sw0", direction, str(priority), match,
                     verdict])
    stack.nbctl(["--apply-after-lb", "acl-add", "sw0", "from-lport", "700",
                 "ip4.dst == 10.0.0.9", "drop"],
                ["--label=1234", "acl-add", "sw1", "to-lport", "700",
                 "ip4.dst == 10.0.0.9", "allow-related"],
                ["--log", "--severity=alert", "--meter=m1", "--name=n1",
                 "acl-add", "pg0", "to-lport", "600",
                 "outport == @pg0 && ip6", "drop"])


def dhcp(stack):
    v4 = stack.nbctl(["create", "dhcp_options", "cidr=10.0.0.0/24",
                      'options:server_id="10.0.0.1"',
                      'options:server_mac="00:00:00:00:ff:01"',
                      'options:lease_time="3600"',
                      'options:router="10.0.0.1"']).strip()
    v6 = stack.nbctl(["create", "dhcp_options", 'cidr="fd00:10::/64"',
                      'options:server_id="00:00:00:00:ff:01"']).strip()
    for port in ("sw0-p1", "sw0-p2", "sw0-x"):
        stack.nbctl(f"lsp-set-dhcpv4-options {port} {v4}",
                    f"lsp-set-dhcpv6-options {port} {v6}")
    stack.nbctl(["--id=@d", "create", "dns", "records:vm1=10.0.0.2", "--",
                 "set", "logical_switch", "sw0", "dns_records=@d"])


def gateway_router(stack):
    stack.nbctl("lr-add gr0",
                "set logical_router gr0 options:chassis=ch1 "
                "options:lb_force_snat_ip=router_ip "
                'options:dnat_force_snat_ip="172.168.0.100" '
                "options:mcast_relay=true "
                "options:always_learn_from_arp_request=false")
    router_ports(stack, "gr0", gateway=False)
    stack.nbctl("lr-nat-add gr0 snat 172.168.0.100 10.0.0.0/24",
                "lr-nat-add gr0 dnat 172.168.0.110 10.0.0.3",
                "lr-nat-add gr0 dnat_and_snat 172.168.0.120 10.0.0.2",
                "lr-route-add gr0 0.0.0.0/0 172.168.0.1")
    balancers(stack, "gr0")
    stack.nbctl("set load_balancer lb0 options:skip_snat=true")


def collect(stack, matches, actions):
    stack.sync()
    for row in stack.rows("Logical_Flow"):
        matches.add(row["match"])
        actions.add(row["actions"])


def one_balancer():
    """The flows that one load balancer adds to two switches and a router, as
    "PIPELINE STAGE PRIORITY DATAPATHS<tab>MATCH<tab>ACTIONS", its VIP being
    %s and DATAPATHS names separated by commas."""
    lines = set()
    with Stack() as stack:
        switches(stack)
        stack.nbctl("lr-add lr0")
        router_ports(stack, "lr0")
        stack.nbctl("lb-add one 192.0.2.1:80 10.0.0.3:80,20.0.0.3:80")
        before = flow_lines(stack)
        stack.nbctl("ls-lb-add sw0 one", "ls-lb-add sw1 one",
                    "lr-lb-add lr0 one")
        lines = flow_lines(stack) - before
    return {line.replace("192.0.2.1", "%s") for line in lines
            if "192.0.2.1" in line or "10.0.0.3" in line}


def flow_lines(stack):
    stack.sync()
    names = {row["_uuid"]: row["external_ids"]["name"]
             for row in stack.rows("Datapath_Binding")}
    groups = {row["_uuid"]: row["datapaths"]
              for row in stack.rows("Logical_DP_Group")}
    lines = set()
    for row in stack.rows("Logical_Flow"):
        members = (groups[row["logical_dp_group"]] if row["logical_dp_group"]
                   else row["logical_datapath"])
        if isinstance(members, str):
            members = [members]
        lines.add(f"{row['pipeline']} {row['table_id']} {row['priority']} "
                  f"{','.join(sorted(names[m] for m in members))}"
                  f"\t{row['match']}\t{row['actions']}")
    return lines


def main():
    matches, actions = set(), set()
    for builders in ((switches, router, acls, balancers, dhcp),
                     (switches, gateway_router)):
        with Stack() as stack:
            for build in builders:
                build(stack)
                collect(stack, matches, actions)
    for name, texts in (("matches", matches), ("actions", actions),
                        ("balancer", one_balancer())):
        with open(os.path.join(HERE, name + ".txt"), "w") as file:
            file.writelines(text + "\n" for text in sorted(texts))
        print(len(texts), name)


if __name__ == "__main__":
    main()
