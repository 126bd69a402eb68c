"""Without flows in the Southbound database."""

import subprocess

from conftest import ROUSE
from lab import article, backends, wait_for
from lab.embedded import HostLab
from test_traffic import add_service, ping


def test_packets_need_no_southbound_flows():
    """Pods reach each other, and what sleeps wakes; other tables are there."""
    with HostLab("--no-southbound-flows", rouse=ROUSE) as lab:
        article.build(lab)
        wait_for(lambda: " 0% packet loss" in ping(lab.pods["client"],
                                                   "20.0.0.3", 1), 10,
                 "packets go through")
        add_service(lab, "lean", "192.168.2.1:8100", "10.0.0.3:8100",
                    backends.target(["backend1"], 8100))
        answer = lab.pods["client"].exchange("192.168.2.1", 8100, timeout=15)
        assert answer.ok, answer
        assert lab.sbctl("lflow-list").strip() == ""
        assert lab.sbctl("--bare", "list", "Logical_DP_Group").strip() == ""
        assert "Port_Binding" in lab.sbctl("show")
        assert lab.sbctl("--bare", "list", "Load_Balancer").strip() == ""


def test_flows_that_come_from_there_are_not_left_out(tmp_path):
    done = subprocess.run(
        [ROUSE, "host", "--dir", str(tmp_path), "--no-compile",
         "--no-southbound-flows"], capture_output=True, text=True, timeout=20)
    assert done.returncode != 0
    assert "--no-southbound-flows: flows come from there" in done.stderr
