"""Answers to ARP and ND for VIPs: ovn-northd asks for an address set with all
VIPs of a router, port by port; Rouse has flows of each load balancer, for all
ports at once. Here both become a flow for each port and address."""

import re

STOCK = re.compile(r'(inport == "[^"]*" && .*) \$(_rtr_lb_\w+)(.*)')
OURS = re.compile(r"(arp\.op == 1 && arp\.tpa|nd_ns && nd\.target) == \S+")
STAGE, PRIORITY = "lr_in_ip_input", 90


def router_ports(stack):
    """{name of a datapath: [its ports]}"""
    names = {row["_uuid"]: row["external_ids"]["name"]
             for row in stack.rows("Datapath_Binding")}
    ports = {}
    for row in stack.rows("Port_Binding"):
        if row["type"] != "chassisredirect":
            ports.setdefault(names[row["datapath"]], []).append(
                row["logical_port"])
    return ports


def address_sets(stack):
    return {row["name"]: [row["addresses"]]
            if isinstance(row["addresses"], str) else row["addresses"]
            for row in stack.rows("Address_Set")}


def spread(flows, ports, sets):
    """`flows`, with those for many ports or VIPs in pieces."""
    for flow in flows:
        pipeline, table, stage, datapath, priority, match, *rest = flow
        matches = [match]
        if (stage, priority) == (STAGE, PRIORITY):
            found = STOCK.fullmatch(match)
            if found:
                matches = [f"{found[1]} {address}{found[3]}"
                           for address in sets.get(found[2], [])]
            elif OURS.fullmatch(match):
                matches = [f'inport == "{port}" && {match}'
                           for port in ports.get(datapath, [])]
        for piece in matches:
            yield (pipeline, table, stage, datapath, priority, piece, *rest)
