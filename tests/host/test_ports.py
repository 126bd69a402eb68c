"""Ports: what ovs-vsctl wants, what becomes of it, what Southbound says."""

import subprocess

import pytest

from conftest import wait_for


@pytest.fixture
def machine(host):
    """A `rouse host` in a network namespace of its own."""
    name = f"rouse-t{host.dir.name[-6:]}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        host.start(inside=name)
        host.ns = name
        yield host
    finally:
        host.close()
        subprocess.run(["ip", "netns", "delete", name], check=True)


def ip(machine, *words):
    subprocess.run(["ip", "-n", machine.ns, *words], check=True)


def veth(machine, name, **more):
    ip(machine, "link", "add", name, "type", "veth", "peer", "name",
       f"{name}-p")
    ip(machine, "link", "set", name, "up")
    ip(machine, "link", "set", f"{name}-p", "up")


def interface(machine, name, column):
    return machine.vsctl("get", "Interface", name, column)


def add(machine, name, logical_port):
    return machine.vsctl(
        "add-port", "br-int", name, "--", "set", "Interface", name,
        f"external_ids:iface-id={logical_port}", check=False)


def show(machine):
    return machine.sbctl("show")


def is_up(machine, logical_port):
    return machine.nbctl("get", "Logical_Switch_Port", logical_port,
                         "up") == "true"


def test_add_port_returns_with_everything_written(machine):
    machine.nbctl("ls-add", "sw0", "--", "lsp-add", "sw0", "p0")
    veth(machine, "v0")
    done = add(machine, "v0", "p0")
    assert done.returncode == 0 and not done.stderr
    assert int(interface(machine, "v0", "ofport")) > 0
    assert interface(machine, "v0", "error") == "[]"
    assert interface(machine, "v0", "link_state") == "up"
    assert interface(machine, "v0", "admin_state") == "up"
    assert interface(machine, "v0", "mtu") == "1500"
    mac = subprocess.run(
        ["ip", "-n", machine.ns, "-br", "link", "show", "v0"], check=True,
        capture_output=True, text=True).stdout.split()[2]
    assert interface(machine, "v0", "mac_in_use") == f'"{mac}"'
    cfg = machine.vsctl("get", "Open_vSwitch", ".", "next_cfg", "cur_cfg")
    assert len(set(cfg.split())) == 1
    wait_for(lambda: "Port_Binding p0" in show(machine), "it is bound")
    wait_for(lambda: is_up(machine, "p0"), "it is up")
    machine.nbctl("--wait=hv", "sync")


def test_del_port_unbinds(machine):
    machine.nbctl("ls-add", "sw0", "--", "lsp-add", "sw0", "p0")
    veth(machine, "v0")
    add(machine, "v0", "p0")
    wait_for(lambda: is_up(machine, "p0"), "it is up")
    machine.vsctl("del-port", "v0")
    wait_for(lambda: "Port_Binding" not in show(machine), "it is unbound")
    wait_for(lambda: not is_up(machine, "p0"), "it is down")
    assert machine.status()["fabric"]["ports"] == 0
    # The very same once more.
    assert add(machine, "v0", "p0").returncode == 0
    wait_for(lambda: is_up(machine, "p0"), "it is up again")


def test_what_cannot_be_a_port_is_told(machine):
    done = add(machine, "nosuch", "p1")
    assert "No such device" in done.stderr
    assert interface(machine, "nosuch", "ofport") == "-1"
    done = machine.vsctl("add-port", "br-int", "int0", "--", "set",
                         "Interface", "int0", "type=internal", check=False)
    assert "veth pair" in done.stderr
    veth(machine, "v0")
    veth(machine, "v1")
    add(machine, "v0", "same")
    done = add(machine, "v1", "same")
    assert "iface-id" in done.stderr


def test_an_interface_that_comes_goes_and_comes_back(machine):
    machine.nbctl("ls-add", "sw0", "--", "lsp-add", "sw0", "p0")
    add(machine, "v0", "p0")
    assert interface(machine, "v0", "ofport") == "-1"
    for _ in range(2):
        veth(machine, "v0")
        wait_for(lambda: interface(machine, "v0", "ofport") != "-1",
                 "it is there")
        assert interface(machine, "v0", "error") == "[]"
        wait_for(lambda: is_up(machine, "p0"), "it is up")
        ip(machine, "link", "delete", "v0")
        wait_for(lambda: interface(machine, "v0", "ofport") == "-1",
                 "it is gone")
        assert "No such device" in interface(machine, "v0", "error")
        wait_for(lambda: not is_up(machine, "p0"), "it is down")


def test_link_and_mtu_are_followed(machine):
    veth(machine, "v0")
    add(machine, "v0", "p0")
    ip(machine, "link", "set", "v0", "mtu", "1400")
    wait_for(lambda: interface(machine, "v0", "mtu") == "1400", "MTU")
    ip(machine, "link", "set", "v0-p", "down")
    wait_for(lambda: interface(machine, "v0", "link_state") == "down",
             "no carrier")
    ip(machine, "link", "set", "v0-p", "up")
    wait_for(lambda: interface(machine, "v0", "link_state") == "up",
             "carrier")


def test_a_tap_is_a_port(machine):
    machine.nbctl("ls-add", "sw0", "--", "lsp-add", "sw0", "vm")
    ip(machine, "tuntap", "add", "tap7", "mode", "tap")
    ip(machine, "link", "set", "tap7", "up")
    assert add(machine, "tap7", "vm").returncode == 0
    assert int(interface(machine, "tap7", "ofport")) > 0
    wait_for(lambda: is_up(machine, "vm"), "it is up")


def test_iface_id_can_come_later_and_change(machine):
    machine.nbctl("ls-add", "sw0", "--", "lsp-add", "sw0", "a",
                  "--", "lsp-add", "sw0", "b")
    veth(machine, "v0")
    machine.vsctl("add-port", "br-int", "v0")
    assert int(interface(machine, "v0", "ofport")) > 0
    for name, other in (("a", "b"), ("b", "a"), ("a", "b")):
        machine.vsctl("set", "Interface", "v0",
                      f"external_ids:iface-id={name}")
        wait_for(lambda: is_up(machine, name), f"{name} is up")
        wait_for(lambda: not is_up(machine, other), f"{other} is down")


def test_many_ports_come_and_go(machine):
    n = 200
    names = [f"m{i}" for i in range(n)]
    subprocess.run(
        ["ip", "-n", machine.ns, "-batch", "-"], check=True, text=True,
        input="".join(f"link add {name} type veth peer name {name}-p\n"
                      f"link set {name} up\nlink set {name}-p up\n"
                      for name in names))
    machine.nbctl("ls-add", "big", *(word for name in names for word in
                                     ("--", "lsp-add", "big", name)))
    add_all = [word for name in names for word in (
        "--", "add-port", "br-int", name, "--", "set", "Interface", name,
        f"external_ids:iface-id={name}")]
    delete_all = [word for name in names for word in ("--", "del-port", name)]
    for _ in range(2):
        machine.vsctl(*add_all)
        assert "-1" not in machine.vsctl("--bare", "--columns=ofport",
                                         "list", "Interface").split()
        wait_for(lambda: show(machine).count("Port_Binding") == n,
                 "all are bound")
        machine.vsctl(*delete_all)
        wait_for(lambda: "Port_Binding" not in show(machine),
                 "none is bound")
    assert machine.status()["fabric"]["ports"] == 0


def test_the_chassis_is_what_the_database_says(machine):
    machine.vsctl("set", "Open_vSwitch", ".", "external_ids:system-id=c7",
                  "external_ids:hostname=box", "external_ids:ovn-encap-type"
                  "=geneve", "external_ids:ovn-encap-ip=192.0.2.7")
    wait_for(lambda: "Chassis c7" in show(machine), "its new name")
    text = wait_for(lambda: "192.0.2.7" in show(machine) and show(machine),
                    "its address")
    assert "hostname: box" in text and text.count("Chassis ") == 1
    private = machine.sbctl("--bare", "--columns=name", "list",
                            "Chassis_Private")
    assert private == "c7"


def test_rows_that_somebody_deletes_come_back(machine):
    machine.nbctl("ls-add", "sw0", "--", "lsp-add", "sw0", "p0")
    veth(machine, "v0")
    add(machine, "v0", "p0")
    wait_for(lambda: "Port_Binding p0" in show(machine), "it is bound")
    chassis = machine.sbctl("--bare", "--columns=name", "list", "Chassis")
    machine.sbctl("--all", "destroy", "Chassis")
    wait_for(lambda: f"Chassis {chassis}" in show(machine)
             and "Port_Binding p0" in show(machine), "all is there again")
    assert machine.vsctl("br-exists", "br-int") == ""
