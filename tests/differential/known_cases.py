"""What known.py asks, and what the answers are known to be.

    flows     DATAPATH PIPELINE TABLE PRIORITY | MATCH => ACTIONS; "ip.ttl = 7"
              is the mark of packets that went a certain way
    packet    the question
    stock     what ovn-trace answers: the ports that packets leave by, those
              with the mark with a star; "ends" if that is its end
    rouse     what rouse trace answers
    likewise  the same with --as-ovn-trace, if that is not the same
    refused   what rouse says of a flow that it does not take

Several answers are listed where neither has to decide."""

_ETHERNET = ('inport == "p1" && eth.src == 00:00:00:00:00:01 && '
             'eth.dst == 00:00:00:00:00:02')
_IP4 = (f"{_ETHERNET} && ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.2 && "
        "ip.ttl == 64")
_IP6 = (f"{_ETHERNET} && ip6.src == fd00::1 && ip6.dst == fd00::2 && "
        "ip.ttl == 64")
TCP = f"{_IP4} && tcp.src == 1000 && tcp.dst == 80 && tcp.flags == 2"
UDP6 = f"{_IP6} && udp.src == 1000 && udp.dst == 80"
ARP = (f"{_ETHERNET} && arp.op == 1 && arp.sha == 00:00:00:00:00:01 && "
       "arp.spa == 10.0.0.1 && arp.tpa == 10.0.0.2")
SOLICITATION = (f"{_ETHERNET} && ip6.src == fd00::1 && "
                "ip6.dst == ff02::1:ff00:2 && ip.ttl == 255 && "
                "icmp6.type == 135 && icmp6.code == 0 && nd.target == fd00::2 "
                "&& nd.sll == 00:00:00:00:00:09")
ROUTER_SOLICITATION = (f"{_ETHERNET} && ip6.src == fe80::1 && "
                       "ip6.dst == ff02::2 && ip.ttl == 255 && "
                       "icmp6.type == 133 && icmp6.code == 0")
DHCP = (f"{_ETHERNET} && ip4.src == 0.0.0.0 && ip4.dst == 255.255.255.255 && "
        "ip.ttl == 64 && udp.src == 68 && udp.dst == 67")

# What most packets do in the end.
_TO_P2 = 'sw ingress 0 0 | 1 => outport = "p2"; output;'
_OUT = "sw egress 0 0 | 1 => output;"
_TO_ROUTER = 'sw ingress {} 0 | 1 => outport = "sw-r"; output;'
_BEHIND = ['r ingress 3 0 | 1 => outport = "r-q"; output;',
           "r egress 0 0 | 1 => output;",
           'q ingress 0 0 | 1 => outport = "q1"; output;',
           "q egress 0 0 | 1 => output;", _OUT]
_REJECT = ("sw ingress 0 0 | 1 => reject { outport <-> inport; "
           "flags.loopback = 1; output; };")


def _through(datapath, *tables):
    """So that what meets no flow goes on."""
    return [f"{datapath} ingress {table} 0 | 1 => next;" for table in tables]


def _ignores(flow, refused=None, **more):
    """A flow that would drop, with one behind it that does not."""
    case = {"flows": [f"sw ingress 0 1 | {flow}", _TO_P2, _OUT],
            "packet": TCP, **more}
    return {**case, "refused": refused} if refused else case


def _hairpin(vips):
    """A client whose connection comes back to itself."""
    return {"rows": [{"table": "Load_Balancer", "name": "a",
                      "protocol": "tcp", "vips": vips, "datapaths": "@sw"}],
            "flows": ["sw ingress 0 0 | 1 => "
                      "ct_lb_mark(backends=10.0.0.1:80);",
                      "sw ingress 1 0 | 1 => reg0[6] = chk_lb_hairpin(); "
                      "next;",
                      "sw ingress 2 1 | reg0[6] == 1 => ip.ttl = 7; next;",
                      *_through("sw", 2),
                      'sw ingress 3 0 | 1 => outport = "p2"; output;', _OUT],
            "ct": ["new"], "packet": TCP}


def _port_security(entry, packet):
    return {"ports": {"p1": {"port_security": entry}}, "packet": packet,
            "flows": ["sw ingress 0 0 | 1 => reg0[15] = check_in_port_sec(); "
                      "next;",
                      "sw ingress 1 1 | reg0[15] == 1 => drop;",
                      'sw ingress 1 0 | 1 => outport = "p2"; output;', _OUT]}


# Where a packet fares otherwise with OVN than ovn-trace says; Rouse does both.
LIKEWISE = [
    {"name": "flags live on in the egress pipeline",
     "flows": ["sw ingress 0 0 | 1 => flags.force_snat_for_lb = 1; "
               'outport = "p2"; output;',
               "sw egress 0 1 | flags.force_snat_for_lb == 1 => "
               "ip.ttl = 7; output;", _OUT],
     "packet": TCP, "stock": "p2", "rouse": "p2*", "likewise": "p2"},
    {"name": "connections end at a patch port",
     "flows": ["sw ingress 0 0 | ip => ct_next;", _TO_ROUTER.format(1),
               "r ingress 0 1 | ct.trk => ip.ttl = 7; next;",
               *_through("r", 0, 1, 2), *_BEHIND],
     "packet": TCP, "stock": "q1*", "rouse": "q1", "likewise": "q1*"},
    {"name": "reject exchanges a reset's ports",
     "flows": [_REJECT, "sw egress 0 1 | tcp.dst == 1000 => ip.ttl = 7; "
               "output;", _OUT],
     "packet": TCP, "stock": "p1", "rouse": "p1*", "likewise": "p1"},
    {"name": "reject exchanges an abort's ports",
     "flows": [_REJECT, "sw egress 0 1 | sctp.dst == 1000 => ip.ttl = 7; "
               "output;", _OUT],
     "packet": f"{_IP4} && sctp.src == 1000 && sctp.dst == 80",
     "stock": "p1", "rouse": "p1*", "likewise": "p1"},
    {"name": "ct_snat on a gateway router is un-SNAT",
     "ports": {"r-sw": {"type": "l3gateway"}},
     "flows": [_TO_ROUTER.format(0), "r ingress 0 0 | ip => ct_snat;",
               *_through("r", 1, 2), *_BEHIND],
     "packet": TCP, "stock": "", "rouse": "q1", "likewise": ""},
    {"name": "a TTL of 1 runs out",
     "flows": ['sw ingress 0 0 | 1 => ip.ttl--; outport = "p2"; output;',
               _OUT],
     "packet": TCP.replace("ip.ttl == 64", "ip.ttl == 1"),
     "stock": "p2", "rouse": "", "likewise": "p2"},
    {"name": "loops end before the TTL does",
     "flows": ["sw ingress 0 0 | 1 => flags.loopback = 1; "
               'outport = "sw-r"; output;',
               'r ingress 0 1 | ip.ttl == {0, 1} => outport = "r-q"; output;',
               'r ingress 0 0 | 1 => ip.ttl--; outport = "r-sw"; '
               "flags.loopback = 1; output;", *_BEHIND],
     "packet": TCP.replace("ip.ttl == 64", "ip.ttl == 40"),
     "stock": "q1", "rouse": "", "likewise": "q1"},
]

# What has no defined answer, or is stock's own: run.py counts it (the
# classification is Flows.undefined() in answers.py), or does not ask.
UNDEFINED = [
    {"name": "two flows of one priority",
     "flows": ['sw ingress 0 0 | ip => outport = "p2"; output;',
               'sw ingress 0 0 | tcp => outport = "p3"; output;', _OUT],
     "packet": TCP, "stock": ["p2", "p3"], "rouse": ["p2", "p3"]},
    {"name": "which copy of a flood takes which state",
     "rows": [{"table": "Multicast_Group", "name": "_MC_flood",
               "tunnel_key": 32768, "datapath": "@sw",
               "ports": ["@p2", "@p3"]}],
     "flows": ['sw ingress 0 0 | 1 => outport = "_MC_flood"; output;',
               "sw egress 0 0 | 1 => ct_next;",
               "sw egress 1 1 | ct.new => ip.ttl = 7; output;",
               "sw egress 1 0 | 1 => output;"],
     "ct": ["new", "est"], "packet": TCP,
     "stock": ["p2* p3", "p2 p3*"], "rouse": ["p2* p3", "p2 p3*"]},
    {"name": "a solicitation matches nd_ns",
     "flows": ["sw ingress 0 0 | 1 => nd_ns { nd.target = fd00::2; "
               'outport = "p2"; output; };',
               "sw egress 0 1 | nd_ns => ip.ttl = 7; output;", _OUT],
     "packet": UDP6, "stock": "p2", "rouse": "p2*"},
    {"name": "an abort over IPv6 matches sctp",
     "flows": ['sw ingress 0 0 | 1 => sctp_abort { outport = "p2"; output; '
               "};", "sw egress 0 1 | sctp => ip.ttl = 7; output;", _OUT],
     "packet": UDP6.replace("udp", "sctp"), "stock": "p2", "rouse": "p2*"},
    {"name": "hairpin of the second of two VIPs with one address",
     **_hairpin({"10.0.0.2:443": "10.0.0.1:8443",
                 "10.0.0.2:80": "10.0.0.1:80"}),
     "stock": "p2", "rouse": "p2*"},
    {"name": "hairpin of a VIP without a port",
     **_hairpin({"10.0.0.2": "10.0.0.1"}), "stock": "p2", "rouse": "p2*"},
    {"name": "reject does not answer ARP",
     "flows": [_REJECT, _OUT], "packet": ARP, "stock": "p1", "rouse": ""},
    {"name": "drop behind actions",
     **_ignores("ip => flags.skip_snat_for_lb = 1; drop;"),
     "stock": "p2", "rouse": ""},
    {"name": "put_nd_ra_opts",
     "flows": ["sw ingress 0 0 | 1 => reg0[5] = put_nd_ra_opts("
               'addr_mode = "slaac", slla = 00:00:00:00:00:02, '
               "prefix = fd00::/64); next;",
               "sw ingress 1 1 | reg0[5] == 1 => ip.ttl = 7; next;",
               *_through("sw", 1),
               'sw ingress 2 0 | 1 => outport = "p2"; output;', _OUT],
     "packet": ROUTER_SOLICITATION, "stock": "ends", "rouse": "p2*"},
    {"name": "fwd_group",
     "flows": ['sw ingress 0 0 | 1 => fwd_group(childports="p2");', _OUT],
     "packet": TCP, "stock": "", "rouse": "p2"},
    {"name": "Static_MAC_Binding",
     "rows": [{"table": "Static_MAC_Binding", "logical_port": "r-q",
               "ip": "10.0.0.2", "mac": "00:00:00:00:00:77",
               "datapath": "@r"}],
     "flows": [_TO_ROUTER.format(0),
               'r ingress 0 0 | 1 => outport = "r-q"; next;',
               "r ingress 1 0 | ip4 => get_arp(outport, ip4.dst); next;",
               "r ingress 2 1 | eth.dst == 00:00:00:00:00:77 => "
               "ip.ttl = 7; next;", *_through("r", 2), *_BEHIND],
     "packet": TCP, "stock": "q1", "rouse": "q1*"},
]

# What is in a flow that one of them leaves out.
LEFT_OUT = [
    {"name": "a comparison with nothing",
     **_ignores("reg0 == {} => drop;", "expected constant"),
     "stock": "p2", "rouse": "p2"},
    {"name": "a template variable in a match",
     **_ignores("ip4.dst == ^vip_1 => drop;", "template variable ^vip_1 is"),
     "stock": "p2", "rouse": "p2"},
    {"name": "a template variable in actions",
     **_ignores("ip4 => ct_lb_mark(backends=^backs);",
                "template variable ^backs is"),
     "stock": "p2", "rouse": "p2"},
    {"name": "not not a number",
     **_ignores("!(!reg0) => drop;", "expected relational operator"),
     "stock": "p2", "rouse": "p2"},
    {"name": "a mask of a nominal field",
     **_ignores("ip.proto == 6/7 => drop;", "the nominal field ip.proto"),
     "stock": "", "rouse": "p2"},
    {"name": "a set that there is not",
     **_ignores("ip4.src != $nosuch => drop;"), "stock": "p2", "rouse": "p2"},
    {"name": "a set of another family",
     **_ignores("ip4.src != $six => drop;"), "stock": "p2", "rouse": "p2",
     "rows": [{"table": "Address_Set", "name": "six",
               "addresses": "fd00::1"}]},
    {"name": "a set of several families",
     **_ignores("ip4.src == $both => drop;"), "stock": "p2", "rouse": "",
     "rows": [{"table": "Address_Set", "name": "both",
               "addresses": ["fd00::1", "10.0.0.1"]}]},
    {"name": "an empty set",
     **_ignores("ip4.src != $none => drop;"), "stock": "", "rouse": "",
     "rows": [{"table": "Address_Set", "name": "none"}]},
]

# Where Rouse does what ovn-nb(5) says.
PORT_SECURITY = [
    {"name": "port security with a network",
     **_port_security("00:00:00:00:00:01 10.0.0.0/16", TCP),
     "stock": "", "rouse": "p2"},
    {"name": "port security with a MAC looks at neighbor discovery",
     **_port_security("00:00:00:00:00:01", SOLICITATION),
     "stock": "p2", "rouse": ""},
    {"name": "port security with IPv6 alone and ARP",
     **_port_security("00:00:00:00:00:01 fd00::1", ARP),
     "stock": "p2", "rouse": ""},
    {"name": "port security with IPv4 alone and link-local IPv6",
     **_port_security("00:00:00:00:00:01 10.0.0.1", UDP6.replace(
         "fd00::1", "fe80::200:ff:fe00:1")),
     "stock": "p2", "rouse": ""},
    {"name": "the broadcast address of a port security's network",
     "ports": {"p2": {"port_security": "00:00:00:00:00:02 10.0.0.7/24"}},
     "flows": [_TO_P2, "sw egress 0 0 | 1 => "
               "reg0[15] = check_out_port_sec(); next;",
               "sw egress 1 1 | reg0[15] == 1 => drop;",
               "sw egress 1 0 | 1 => output;"],
     "packet": TCP.replace("ip4.dst == 10.0.0.2", "ip4.dst == 10.0.0.255"),
     "stock": "", "rouse": "p2"},
]

# Where they once disagreed.
AGREED = [
    {"name": "a question is a good DHCP request",
     "rows": [{"table": "DHCP_Options", "name": "offerip", "code": 0,
               "type": "ipv4"}],
     "flows": ["sw ingress 0 0 | 1 => reg0[3] = put_dhcp_opts("
               "offerip = 10.0.0.5); next;",
               "sw ingress 1 1 | reg0[3] == 1 => ip.ttl = 7; next;",
               *_through("sw", 1),
               'sw ingress 2 0 | 1 => outport = "p2"; output;', _OUT],
     "packet": DHCP, "stock": "p2*", "rouse": "p2*"},
    {"name": "--lb-dst without backends",
     "flows": ["sw ingress 0 0 | 1 => ct_lb_mark;",
               "sw ingress 1 1 | ip4.dst == 10.0.0.9 => ip.ttl = 7; next;",
               *_through("sw", 1),
               'sw ingress 2 0 | 1 => outport = "p2"; output;', _OUT],
     "packet": TCP, "lb_dst": "10.0.0.9:8080", "stock": "p2*",
     "rouse": "p2*"},
    {"name": "a backend that is its own client",
     **_hairpin({"10.0.0.2:80": "10.0.0.1:80"}),
     "stock": "p2*", "rouse": "p2*"},
]

CASES = LIKEWISE + UNDEFINED + LEFT_OUT + PORT_SECURITY + AGREED
