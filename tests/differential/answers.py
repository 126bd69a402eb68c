"""Answers of ovn-trace and of `rouse trace`, made comparable.

An answer is a sorted list of outputs: (port, {field: value}), the fields being
those that are known to have a value in the packet that left.
"""

import ipaddress
import json
import re

# Blocks in which the packet is another one: nothing is known of it but what
# is assigned later on.
_REPLACED = ("arp", "nd_ns", "nd_na", "nd_na_router", "icmp4", "icmp6",
             "icmp4_error", "icmp6_error", "tcp_reset", "sctp_abort")
_ASSIGNMENT = re.compile(r"^([a-z][a-z0-9_.]*) = ([^;]+);$")
_NAT = re.compile(r"\((ip[46]\.(?:src|dst))=([^),]+)")
_TERM = re.compile(r"([a-z0-9_.]+) == ([^ ]+)")
_FIELDS = ("eth.src", "eth.dst", "ip4.src", "ip4.dst", "ip6.src", "ip6.dst",
           "ip.ttl", "ip.dscp", "tcp.src", "tcp.dst", "udp.src", "udp.dst",
           "icmp4.type", "icmp4.code", "icmp6.type", "icmp6.code", "arp.op",
           "arp.spa", "arp.tpa", "arp.sha", "arp.tha", "nd.target",
           "nd.tll")


def value(text):
    """A field's value as an integer, however it is written."""
    text = text.strip().strip('"')
    if re.fullmatch(r"([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}", text):
        return int(text.replace(":", ""), 16)
    if "." in text or ":" in text:
        return int(ipaddress.ip_address(text))
    return int(text, 0)


def microflow_fields(microflow):
    return {name: value(text) for name, text in _TERM.findall(microflow)
            if name in _FIELDS}


def stock(text, microflow):
    """The answer in the text of ovn-trace --detailed --minimal."""
    text = text[text.index("# Minimal"):]
    stack = [microflow_fields(microflow)]
    assigned = [set()]
    outputs = []
    for line in text.splitlines():
        line = line.strip()
        name = line.split(" ")[0].split("(")[0].rstrip(";")
        if line.endswith("{"):
            stack.append(_inside(name, line, stack[-1]))
            assigned.append(set())
        elif line.startswith("}"):
            stack.pop()
            assigned.pop()
        elif line.startswith("output("):
            outputs.append((line.split('"')[1], dict(stack[-1])))
            # Of a flood, each copy goes its way, and the text does not show
            # where one ends: what comes next may have the old values.
            for level, fields in enumerate(assigned):
                for field in fields:
                    for inside in stack[level:]:
                        inside.pop(field, None)
        elif line.startswith("ip.ttl--"):
            if "ip.ttl" in stack[-1]:
                stack[-1]["ip.ttl"] -= 1
                assigned[-1].add("ip.ttl")
        else:
            match = _ASSIGNMENT.match(line)
            if match and match[1] in _FIELDS:
                stack[-1][match[1]] = value(match[2])
                assigned[-1].add(match[1])
    return sorted(outputs, key=repr)


def _inside(name, line, outer):
    if name in _REPLACED:
        return {}
    fields = dict(outer)
    if name.startswith("ct_lb"):
        # What it chose is not told.
        for field in ("ip4.dst", "ip6.dst", "tcp.dst", "udp.dst"):
            fields.pop(field, None)
    match = _NAT.search(line)
    if match:
        fields[match[1]] = value(match[2])
    return fields


def rouse(answer):
    """The answer in what `rouse trace --json` says."""
    return sorted(((e["port"], {name: value(text) for name, text
                                in e["packet"].items() if name in _FIELDS})
                   for e in answer["effects"] if e["effect"] == "output"),
                  key=repr)


def differences(ours, theirs):
    """What is not the same, as lines; empty if all is."""
    left = list(ours)
    lines = []
    for port, fields in theirs:
        fits = [o for o in left if o[0] == port]
        same = [o for o in fits if not _unequal(o[1], fields)]
        if same:
            left.remove(same[0])
        elif fits:
            left.remove(fits[0])
            lines += [f'output("{port}"): {line}'
                      for line in _unequal(fits[0][1], fields)]
        else:
            lines.append(f'only ovn-trace: output("{port}")')
    return lines + [f'only rouse: output("{port}")' for port, _ in left]


def _unequal(ours, theirs):
    return [f"{name} is {ours.get(name, 'missing')}, "
            f"ovn-trace says {theirs[name]}"
            for name in sorted(theirs) if ours.get(name) != theirs[name]]


class Flows:
    """The flows of a network, and the ways of packets through them."""

    def __init__(self, file):
        with open(file, encoding="utf-8") as stream:
            tables = json.load(stream)
        self.flows = {row["_uuid"][1]: row for row in tables["Logical_Flow"]}
        self.full = {uuid[:8]: uuid for uuid in self.flows}

    def stock(self, text):
        """The way in the text of ovn-trace --detailed."""
        text = text[:text.index("# Minimal")]
        return [self.full[short] for short in re.findall(
            r"priority \d+, uuid ([0-9a-f]{8})", text)]

    def name(self, uuid):
        row = self.flows[uuid]
        return (f"{row['pipeline']} {row['table_id']} priority "
                f"{row['priority']}: {row['match']} => {row['actions']}")

    def undefined(self, ours, text, states):
        """Why an answer of ovn-trace is not to be compared, or None."""
        way = self.stock(text)
        if len(set(states)) > 1 and any(
                "_MC_" in self.flows[uuid]["actions"] for uuid in way):
            # Which copy gets which state depends on the order of ports.
            return "order"
        if any("nd_ns {" in self.flows[uuid]["actions"] for uuid in way):
            # Its solicitations have the hop limit and the destination of the
            # packet that they are for, and match "nd_ns" nowhere.
            return "nd_ns"
        if re.search(r"sctp6.*^ *sctp_abort$", text, re.M | re.S):
            # What it makes of SCTP over IPv6 matches "sctp" nowhere.
            return "sctp_abort"
        if any("reg0[6] == 1" in self.flows[uuid]["match"]
               for uuid in way + ours):
            # Which hairpins it recognises depends on the order of its load
            # balancers.
            return "hairpin"
        if text.startswith("# arp") and any(
                "reject {" in self.flows[uuid]["actions"] for uuid in way):
            # It answers ARP with an ICMPv6 error that has no IPv6 header.
            return "reject of ARP"
        if any(re.search(r"; *drop;", self.flows[uuid]["actions"])
               for uuid in ours):
            # ovn-northd writes such actions for a load balancer that skips
            # SNAT and has no backends; ovn-trace leaves the flow out.
            return "drop behind actions"
        return None

    def differences(self, ours, text):
        """What one meets and the other does not, as lines; empty if they
        meet the same.  None if two flows of one priority match: which one is
        found is not defined."""
        theirs = self.stock(text)
        if any("_MC_" in self.flows[uuid]["actions"] for uuid in theirs):
            # Where the copies of a flood go is told by the outputs: their
            # registers are what the copy before has left in them.
            return None if self._choices(ours, theirs) else []
        for i in range(max(len(ours), len(theirs))):
            pair = [way[i] if i < len(way) else None
                    for way in (ours, theirs)]
            if pair[0] == pair[1]:
                continue
            if all(pair) and self._place(pair[0]) == self._place(pair[1]):
                return None
            return [f"flow {i} of {who}: "
                    + (self.name(uuid) if uuid else "none")
                    for who, uuid in zip(("rouse", "ovn-trace"), pair)]
        return []

    def _choices(self, ours, theirs):
        """Did both find a flow in some place, and not the same?"""
        found = [{}, {}]
        for places, way in zip(found, (ours, theirs)):
            for uuid in way:
                places.setdefault(self._place(uuid), set()).add(uuid)
        return any(found[1].get(place, uuids) != uuids
                   for place, uuids in found[0].items())

    def _place(self, uuid):
        row = self.flows[uuid]
        return row["pipeline"], row["table_id"], row["priority"]
