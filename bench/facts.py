"""What the numbers were measured on."""

import os
import platform
import re

from lab import stock
from lab.process import run


def machine(rouse):
    """Hardware and versions, as a dictionary for the report."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "ovn": _version("ovn-controller"),
        "ovs": _version("ovs-vswitchd"),
        "rouse": _first_number(run([rouse, "--version"])),
        "load": round(os.getloadavg()[0], 1),
    }


def sentence(facts):
    return ("{cpu}, {cores} cores (load {load} before), Linux {kernel}, "
            "OVN {ovn}, Open vSwitch {ovs}, userspace datapath"
            .format(**facts))


def _cpu():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        names = re.findall(r"^model name\s*: (.*)$", file.read(), re.M)
    return names[0] if names else platform.machine()


def _version(name):
    return _first_number(run([stock.program(name), "--version"]))


def _first_number(text):
    match = re.search(r"\d+(\.\d+)+\S*", text)
    return match.group() if match else text.strip()
