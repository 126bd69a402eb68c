"""Flows are in the process; Southbound only when asked for."""

import subprocess

from conftest import ROUSE
from lab import article, backends, wait_for
from lab.embedded import HostLab
from test_traffic import add_service, ping


def no_flows(lab):
    return (not lab.sbctl("lflow-list").strip()
            and not lab.sbctl("--bare", "list", "Logical_DP_Group").strip())


def test_packets_need_no_southbound_flows():
    """Pods reach each other, and what sleeps wakes; other tables are there."""
    with HostLab(rouse=ROUSE) as lab:
        article.build(lab)
        wait_for(lambda: " 0% packet loss" in ping(lab.pods["client"],
                                                   "20.0.0.3", 1), 10,
                 "packets go through")
        add_service(lab, "lean", "192.168.2.1:8100", "10.0.0.3:8100",
                    backends.target(["backend1"], 8100))
        answer = lab.pods["client"].exchange("192.168.2.1", 8100, timeout=15)
        assert answer.ok, answer
        assert no_flows(lab)
        assert "Port_Binding" in lab.sbctl("show")
        assert lab.sbctl("--bare", "list", "Load_Balancer").strip() == ""


def test_southbound_flows_come_and_go_with_the_option():
    """Those of an earlier run, too."""
    with HostLab("--southbound-flows", rouse=ROUSE) as lab:
        article.build(lab)
        lab.sync()
        groups = lab.sbctl("--bare", "--columns=_uuid", "list",
                           "Logical_DP_Group")
        assert "ls_in_check_port_sec" in lab.sbctl("lflow-list", "sw0")
        assert groups.strip()
        lab.start_host_anew()
        wait_for(lambda: no_flows(lab), 10, "no flows Southbound")
        assert "Port_Binding" in lab.sbctl("show")
        lab.start_host_anew("--southbound-flows")
        wait_for(lambda: "ls_in_check_port_sec" in lab.sbctl("lflow-list",
                                                             "sw0"),
                 10, "flows Southbound")


def test_flows_that_come_from_there_are_ovn_northds(tmp_path):
    done = subprocess.run(
        [ROUSE, "host", "--dir", str(tmp_path), "--no-compile",
         "--southbound-flows"], capture_output=True, text=True, timeout=20)
    assert done.returncode != 0
    assert "--southbound-flows: with --no-compile" in done.stderr
