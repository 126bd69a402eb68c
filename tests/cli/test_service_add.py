"""rouse service add: what it writes, and what it refuses."""

import pytest

NEW = ("service", "add", "web", "--vip", "10.0.0.100:80",
       "--backends", "10.0.0.2:8080,10.0.0.3:8080", "--driver", "signal")


def test_makes_a_load_balancer_and_attaches_it(ovn):
    ovn.nbctl("ls-add", "sw0", "--", "ls-add", "sw1", "--", "lr-add", "lr0")
    result = ovn.rouse(*NEW, "--switch", "sw0", "--switch", "sw1",
                       "--router", "lr0", "--wake-timeout", 7, "--hold", 9,
                       "--on-fail", "drop", "--drain", 0, "--target", "t")
    assert result.out == "web: created, awake\n"
    assert result.err == ""
    lb = ovn.lb()
    assert lb["vips"] == {"10.0.0.100:80": "10.0.0.2:8080,10.0.0.3:8080"}
    assert lb["protocol"] == "tcp"
    assert lb["options"] == {}
    ids = lb["external_ids"]
    assert ids.pop("rouse-state-since").endswith("Z")
    assert ids == {
        "rouse-driver": "signal", "rouse-target": "t",
        "rouse-wake-timeout": "7", "rouse-hold": "9",
        "rouse-on-fail": "drop", "rouse-drain": "0",
        "rouse-state": "awake"}
    for place in ("sw0", "sw1"):
        assert ovn.nbctl("get", "logical_switch", place,
                         "load_balancer") == f"[{lb['uuid']}]"
    assert ovn.nbctl("get", "logical_router", "lr0",
                     "load_balancer") == f"[{lb['uuid']}]"


def test_who_may_wake(ovn):
    keys = {"wake-from": "10.0.0.0/8,fd00::/8", "ignore-from": "10.0.0.7",
            "wake-on": "tcp,icmp", "wake-budget": "60/1h,source:6/1h",
            "wake-after": "3/10s"}
    options = [word for key, value in keys.items()
               for word in (f"--{key}", value)]
    ovn.rouse(*NEW, *options)
    ids = ovn.lb()["external_ids"]
    assert {key: ids[f"rouse-{key}"] for key in keys} == keys
    ovn.rouse("service", "add", "web", "--wake-from", "")
    assert "rouse-wake-from" not in ovn.lb()["external_ids"]
    for key, value in (("wake-from", "office"), ("ignore-from", "10.0.0.0/33"),
                       ("wake-on", "syn"), ("wake-budget", "often"),
                       ("wake-after", "3")):
        result = ovn.rouse("service", "add", "web", f"--{key}", value,
                           status=2)
        assert f"--{key}" in result.err and value in result.err


def test_born_asleep(ovn):
    ovn.rouse(*NEW, "--asleep")
    lb = ovn.lb()
    assert lb["vips"] == {"10.0.0.100:80": ""}
    assert lb["options"] == {"event": "true"}
    ids = lb["external_ids"]
    assert (ids["rouse-backends"]
            == "10.0.0.100:80=10.0.0.2:8080,10.0.0.3:8080")
    assert ids["rouse-state"] == "asleep"


def test_several_vips_and_ipv6(ovn):
    ovn.rouse("service", "add", "web", "--driver", "signal", "--asleep",
              "--vip", "10.0.0.100:80", "--backends", "10.0.0.2:8080",
              "--vip", "[fd00::100]:80", "--backends", "[fd00::2]:8080",
              "--protocol", "udp")
    lb = ovn.lb()
    assert lb["protocol"] == "udp"
    assert lb["vips"] == {"10.0.0.100:80": "", "[fd00::100]:80": ""}
    assert (lb["external_ids"]["rouse-backends"] ==
            "10.0.0.100:80=10.0.0.2:8080 [fd00::100]:80=[fd00::2]:8080")


def test_vip_without_port_has_no_protocol(ovn):
    ovn.rouse("service", "add", "web", "--driver", "signal",
              "--vip", "10.0.0.100", "--backends", "10.0.0.2")
    assert ovn.lb()["protocol"] == ["set", []]
    result = ovn.rouse("service", "add", "x", "--driver", "signal",
                       "--vip", "10.0.0.100", "--backends", "10.0.0.2",
                       "--protocol", "udp", status=2)
    assert "needs a VIP with a port" in result.err


def test_existing_load_balancer_keeps_what_it_has(ovn):
    ovn.nbctl("lb-add", "web", "10.0.0.100:80", "10.0.0.2:80")
    ovn.nbctl("set", "load_balancer", "web", "external_ids:owner=me")
    ovn.nbctl("ls-add", "sw0")
    result = ovn.rouse("service", "add", "web", "--driver", "signal",
                       "--switch", "sw0")
    assert result.out == "web: now a service, awake\n"
    lb = ovn.lb()
    assert lb["vips"] == {"10.0.0.100:80": "10.0.0.2:80"}
    assert lb["external_ids"]["owner"] == "me"
    assert lb["external_ids"]["rouse-driver"] == "signal"
    assert lb["uuid"] in ovn.nbctl("get", "logical_switch", "sw0",
                                   "load_balancer")


def test_existing_by_uuid_and_policy_changes(ovn):
    ovn.nbctl("lb-add", "web", "10.0.0.100:80", "10.0.0.2:80")
    uuid = ovn.lb()["uuid"]
    ovn.rouse("service", "add", uuid, "--driver", "signal", "--hold", 5)
    result = ovn.rouse("service", "add", "web", "--hold", "",
                       "--wake-timeout", 3)
    assert result.out == "web: changed, awake\n"
    ids = ovn.lb()["external_ids"]
    assert "rouse-hold" not in ids
    assert ids["rouse-wake-timeout"] == "3"
    assert ids["rouse-driver"] == "signal"


def test_existing_put_to_sleep_with_reject(ovn):
    ovn.nbctl("--reject", "lb-add", "web", "10.0.0.100:80", "10.0.0.2:80")
    ovn.rouse("service", "add", "web", "--driver", "exec", "--target", "web",
              "--asleep")
    lb = ovn.lb()
    assert lb["vips"] == {"10.0.0.100:80": ""}
    assert lb["options"] == {"event": "true"}
    assert lb["external_ids"]["rouse-reject"] == "true"
    assert (lb["external_ids"]["rouse-backends"]
            == "10.0.0.100:80=10.0.0.2:80")


def test_reject_is_mentioned(ovn):
    ovn.nbctl("--reject", "lb-add", "web", "10.0.0.100:80", "10.0.0.2:80")
    result = ovn.rouse("service", "add", "web", "--driver", "signal")
    assert "options:reject is on" in result.err
    assert ovn.lb()["options"] == {"reject": "true"}


def test_classic_empty_load_balancer(ovn):
    """One that was made for OVN's own unidling: event on, no backends."""
    ovn.nbctl("--event", "lb-add", "web", "10.0.0.100:80", "")
    args = ("service", "add", "web", "--driver", "exec", "--target", "web")
    result = ovn.rouse(*args, status=1)
    assert "nobody knows which ones to restore" in result.err
    assert "--vip 10.0.0.100:80 --backends" in result.err
    assert ovn.lb()["external_ids"] == {}
    ovn.rouse(*args, "--vip", "10.0.0.100:80", "--backends", "10.0.0.2:80")
    ids = ovn.lb()["external_ids"]
    assert ids["rouse-backends"] == "10.0.0.100:80=10.0.0.2:80"
    assert ids["rouse-state"] == "asleep"


def test_signal_driver_needs_no_backends(ovn):
    ovn.rouse("service", "add", "web", "--driver", "signal",
              "--vip", "10.0.0.100:80")
    lb = ovn.lb()
    assert lb["vips"] == {"10.0.0.100:80": ""}
    assert lb["options"] == {"event": "true"}
    assert lb["external_ids"]["rouse-state"] == "asleep"


def test_needs(ovn):
    ovn.rouse("service", "add", "db", "--driver", "signal",
              "--vip", "10.0.0.101:80", "--backends", "10.0.0.9:80")
    ovn.rouse(*NEW, "--needs", "db")
    assert ovn.lb()["external_ids"]["rouse-needs"] == "db"
    result = ovn.rouse("service", "add", "db", "--needs", "web", status=2)
    assert "neither would ever wake" in result.err
    result = ovn.rouse("service", "add", "db", "--needs", "nix", status=3)
    assert 'no load balancer "nix"' in result.err
    assert "rouse-needs" not in ovn.lb("db")["external_ids"]


def test_json(ovn):
    service = ovn.rouse(*NEW, "--json").json()
    assert service["created"] is True
    assert service["name"] == "web"
    assert service["state"] == "awake"
    assert service["vips"] == {
        "10.0.0.100:80": ["10.0.0.2:8080", "10.0.0.3:8080"]}


def test_unattached_is_mentioned(ovn):
    assert "on no switch or router" in ovn.rouse(*NEW).err


@pytest.mark.parametrize("args, message", [
    (["--driver", "nix"], 'no driver "nix"; there are: '),
    (["--driver", "exec", "--target", "../sh"], "--target: "),
    (["--driver", "signal", "--hold", "0"], "from 1 to 65536"),
    (["--driver", "signal", "--wake-timeout", "1h"], "from 1 to 3600"),
    (["--driver", "signal", "--on-fail", "cry"], "reset or drop"),
    (["--driver", "signal", "--protocol", "icmp"], "tcp, udp or sctp"),
    (["--driver", "signal", "--needs", "web"], "cannot need itself"),
    ([], "needs a driver"),
])
def test_refused(ovn, args, message):
    result = ovn.rouse("service", "add", "web", "--vip", "10.0.0.100:80",
                       "--backends", "10.0.0.2:80", *args, status=2)
    assert message in result.err
    assert ovn.lb() is None


@pytest.mark.parametrize("args, message", [
    (["--vip", "10.0.0.100:80", "--backends", "[fd00::1]:80"], "10.0.0.100"),
    (["--vip", "nonsense", "--backends", "10.0.0.2:80"], "nonsense"),
    (["--vip", "10.0.0.100:80", "--backends", "10.0.0.2"], "write e.g."),
    (["--backends", "10.0.0.2:80"], "needs a --vip before it"),
    (["--vip", "10.0.0.1:80", "--vip", "10.0.0.1:80"], "appears twice"),
])
def test_bad_vips(ovn, args, message):
    result = ovn.rouse("service", "add", "web", "--driver", "signal", *args,
                       status=2)
    assert message in result.err
    assert ovn.lb() is None


@pytest.mark.parametrize("args, message", [
    (["--switch", "sw9"], 'no logical switch "sw9", only "sw0"'),
    (["--router", "lr9"], 'no logical router "lr9", nor any other'),
])
def test_nothing_is_written_if_a_place_is_missing(ovn, args, message):
    ovn.nbctl("ls-add", "sw0")
    result = ovn.rouse(*NEW, "--switch", "sw0", *args, status=1)
    assert message in result.err
    assert ovn.lb() is None


def test_no_vip(ovn):
    result = ovn.rouse("service", "add", "web", "--driver", "signal",
                       status=1)
    assert "has no VIP; give it one with --vip" in result.err


def test_existing_with_other_vips(ovn):
    ovn.nbctl("lb-add", "web", "10.0.0.100:80", "10.0.0.2:80")
    result = ovn.rouse("service", "add", "web", "--driver", "signal",
                       "--vip", "10.0.0.100:81", status=1)
    assert 'has no VIP "10.0.0.100:81"' in result.err
    result = ovn.rouse("service", "add", "web", "--driver", "signal",
                       "--vip", "10.0.0.100:80", "--backends", "10.0.0.3:80",
                       status=1)
    assert 'has the backends "10.0.0.2:80" already' in result.err
    assert ovn.lb()["external_ids"] == {}


def test_ambiguous_name(ovn):
    for vip in ("10.0.0.100:80", "10.0.0.101:80"):
        ovn.nbctl("create", "load_balancer", "name=web",
                  f'vips:"{vip}"="10.0.0.2:80"')
    result = ovn.rouse("service", "add", "web", "--driver", "signal",
                       status=2)
    assert "several load balancers have the name" in result.err


def test_asleep_is_for_new_services(ovn):
    ovn.rouse(*NEW)
    result = ovn.rouse("service", "add", "web", "--asleep", status=1)
    assert "rouse service idle web" in result.err
