"""The article's network, written with stock ovn-nbctl, compiled by `rouse
northd`, read with stock ovn-sbctl; and `rouse compile` on a file."""

import os
import pathlib
import shlex
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "differential"))

from stack import Stack                                     # noqa: E402

ROUSE = os.environ.get("ROUSE", "out/rouse")

ARTICLE = """
ls-add sw0
ls-add sw1
lr-add lr0
lrp-add lr0 lr0-sw0 00:00:00:00:ff:01 10.0.0.1/24
lrp-add lr0 lr0-sw1 00:00:00:00:ff:02 20.0.0.1/24
lsp-add sw0 sw0-lr0
lsp-set-type sw0-lr0 router
lsp-set-addresses sw0-lr0 router
lsp-set-options sw0-lr0 router-port=lr0-sw0
lsp-add sw1 sw1-lr0
lsp-set-type sw1-lr0 router
lsp-set-addresses sw1-lr0 router
lsp-set-options sw1-lr0 router-port=lr0-sw1
lsp-add sw0 sw0-p1
lsp-set-addresses sw0-p1 "50:54:00:00:00:03 10.0.0.3"
lsp-add sw1 sw1-p1
lsp-set-addresses sw1-p1 "50:54:00:00:00:04 20.0.0.3"
--event lb-add lb0 192.168.1.100:80 "" tcp
ls-lb-add sw0 lb0
ls-lb-add sw1 lb0
lr-lb-add lr0 lb0
"""


class RouseStack(Stack):
    """Databases with `rouse northd` in place of ovn-northd."""

    def __enter__(self):
        try:
            for db in ("nb", "sb"):
                self._database(db)
            self._spawn("rouse", [
                ROUSE, "northd", f"--ovnnb-db={self.remote('nb')}",
                f"--ovnsb-db={self.remote('sb')}",
                f"--unixctl={self.path('rouse.ctl')}"])
            self.nbctl("init")
            self.sync()
        except BaseException:
            self.__exit__()
            raise
        return self


@pytest.fixture(scope="module")
def article():
    with RouseStack() as stack:
        stack.nbctl(*[shlex.split(line)
                      for line in ARTICLE.strip().splitlines()])
        stack.sync()
        yield stack


def test_stock_tools_show_it(article):
    shown = article.nbctl("show")
    assert "switch" in shown and "(sw0)" in shown and "sw0-p1" in shown
    assert "router" in shown and "lr0-sw0" in shown
    assert "192.168.1.100:80" in article.nbctl("lb-list")
    article.sbctl("show")


def test_the_event_flow_is_the_articles(article):
    lb = article.nbctl("--bare --columns=_uuid find Load_Balancer name=lb0")
    flows = [line for line in article.sbctl("lflow-list", "sw0").splitlines()
             if "trigger_event" in line]
    assert len(flows) == 1, flows
    assert ("(ls_in_pre_lb       ), priority=130" in flows[0]
            and "match=(ip4.dst == 192.168.1.100 && tcp && tcp.dst == 80)"
            in flows[0]), flows
    assert ('event = "empty_lb_backends"' in flows[0]
            and 'vip = "192.168.1.100:80"' in flows[0]
            and 'protocol = "tcp"' in flows[0]
            and f'load_balancer = "{lb.strip()}"' in flows[0]), flows


def test_stock_trace_follows_it(article):
    text, error = article.trace(
        'inport == "sw0-p1" && eth.src == 50:54:00:00:00:03 && '
        "eth.dst == 00:00:00:00:ff:01 && ip4.src == 10.0.0.3 && "
        "ip4.dst == 20.0.0.3 && ip.ttl == 64 && icmp4.type == 8",
        "--minimal")
    assert error is None and 'output("sw1-p1");' in text, (text, error)


def test_backends_take_the_event_away(article):
    article.nbctl(["set", "Load_Balancer", "lb0",
                   'vips:"192.168.1.100:80"="10.0.0.3:80"'])
    article.sync()
    flows = article.sbctl("lflow-list", "sw0")
    assert "trigger_event" not in flows
    assert "backends=10.0.0.3:80" in flows


def compile_file(*words):
    return subprocess.run([ROUSE, "compile", *words], capture_output=True,
                          text=True, timeout=60, check=False)


def test_a_file_is_compiled_and_left_alone(article, tmp_path):
    file = tmp_path / "nb.db"
    file.write_bytes(pathlib.Path(article.path("nb.db")).read_bytes())
    before = file.read_bytes()
    done = compile_file(f"--nb={file}")
    assert done.returncode == 0, done.stderr
    assert 'Datapath: "sw0"' in done.stdout
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["nb.db"]


def test_what_is_no_database_is_told(tmp_path):
    file = tmp_path / "nb.db"
    file.write_text("hello\n")
    done = compile_file(f"--nb={file}")
    assert done.returncode == 1
    assert "is no Northbound database" in done.stderr
