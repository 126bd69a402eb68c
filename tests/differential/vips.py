"""Flows for many ports or addresses at once, in pieces.

Answers to ARP and ND for VIPs: ovn-northd asks for an address set with all
VIPs of a router, port by port; Rouse has flows of each load balancer, for all
ports at once. Here both become a flow for each port and address. So do the
MACs of neighbours: ovn-northd lists all addresses that a neighbour has (it may
be an empty list), Rouse has a flow for what each row adds to it."""

import re

STOCK = re.compile(r'(inport == "[^"]*" && .*) \$(_rtr_lb_\w+)(.*)')
OURS = re.compile(r"(arp\.op == 1 && arp\.tpa|nd_ns && nd\.target) == \S+")
STAGE, PRIORITY = "lr_in_ip_input", 90
NEIGHBOR = re.compile(r'(outport == "[^"]*" && x*reg0 ?== ?)\{(.*)\}')


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
        elif (stage, priority) == ("lr_in_arp_resolve", 100):
            found = NEIGHBOR.fullmatch(match)
            if found:
                matches = [found[1] + address
                           for address in found[2].split(", ") if address]
        for piece in matches:
            yield (pipeline, table, stage, datapath, priority, piece, *rest)
