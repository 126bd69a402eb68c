"""Network namespaces, veth pairs and addresses.

Every interface is made inside the lab's own namespaces, so none of them ever
shows up among the machine's own.
"""

from .process import run


def add_namespaces(names, ipv6=True):
    """Make namespaces with a loopback interface. With IPv6 there is no
    duplicate address detection, which would keep addresses unusable for
    seconds; without, interfaces that only carry others' frames send none of
    their own."""
    settings = {"accept_dad": 0} if ipv6 else {"disable_ipv6": 1}
    run(["ip", "-batch", "-"],
        stdin="".join(f"netns add {name}\n" for name in names))
    for name in names:
        script = "".join(
            f"echo {value} >/proc/sys/net/ipv6/conf/{scope}/{key};"
            for key, value in settings.items() for scope in ("all", "default"))
        run(["/bin/sh", "-c", f"{script} exec ip link set lo up"], ns=name)


def configure(ns, lines):
    """Run `ip` commands, one a line, inside a namespace."""
    run(["ip", "-n", ns, "-batch", "-"],
        stdin="".join(f"{line}\n" for line in lines))


def add_veths(pairs):
    """Make veth pairs ((ns, name), (ns, name)) in one go."""
    run(["ip", "-batch", "-"], stdin="".join(
        f"link add {a[1]} netns {a[0]} type veth peer {b[1]} netns {b[0]}\n"
        for a, b in pairs))
