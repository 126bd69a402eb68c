"""Where the stock OVN and Open vSwitch programs and schemas are."""

import os
import shutil

from .process import CommandError

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STOCK = os.path.join(TOP, "out", "stock")

# Programs of the packages that are unpacked, not installed.
_UNPACKED = {
    "ovn-northd": "usr/bin/ovn-northd",
    "ovn-controller": "usr/bin/ovn-controller",
    "ovs-vsctl": "usr/bin/ovs-vsctl",
    "ovs-vswitchd": "usr/lib/openvswitch-switch/ovs-vswitchd",
}

SCHEMAS = {
    "nb": os.path.join(STOCK, "usr/share/ovn/ovn-nb.ovsschema"),
    "sb": os.path.join(STOCK, "usr/share/ovn/ovn-sb.ovsschema"),
    "ovs": os.path.join(STOCK, "usr/share/openvswitch/vswitch.ovsschema"),
}


def program(name):
    """The path of an OVN or Open vSwitch program."""
    if name in _UNPACKED:
        path = os.path.join(STOCK, _UNPACKED[name])
        if not os.path.exists(path):
            raise CommandError(f"no {path}: run tools/packages first")
        return path
    path = shutil.which(name)
    if path is None:
        raise CommandError(f"no {name} here: run tools/packages first")
    return path
