"""`rouse lflow-list`, and `rouse trace` where no flows are Southbound: how
they ask, and what they make of the answers. Real ones are in
tests/host/test_lflow_list.py."""

import json
import socket
import threading

import pytest

DP = "00000001-0000-0000-0000-000000000000"
OTHER = "00000002-0000-0000-0000-000000000000"
QUESTION = "inport == \"p2\" && ip4"


def flow(number, match="ip4", actions="drop;", datapath=DP):
    return {"_uuid": ["uuid", f"{number:08x}-0000-0000-0000-000000000010"],
            "logical_datapath": ["uuid", datapath], "pipeline": "ingress",
            "table_id": 0, "priority": number, "match": match,
            "actions": actions,
            "external_ids": ["map", [["stage-name", "ls_in_first"]]]}


def datapath(uuid=DP, name="sw"):
    return {"_uuid": ["uuid", uuid], "tunnel_key": 1,
            "external_ids": ["map", [["name", name]]]}


def piece(following, changes, **tables):
    return {"next": str(following), "changes": changes, "tables": tables}


class Daemon:
    """Answers each question at its control socket with the next of
    `answers`, and the last of them again and again."""

    def __init__(self, path, answers):
        self.asked = []
        self._answers = answers
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            peer, _ = self._server.accept()
            with peer:
                question = json.loads(peer.recv(65536))
                answer = self._answers[min(len(self.asked),
                                           len(self._answers) - 1)]
                self.asked.append(question["params"])
                error = answer if isinstance(answer, str) else None
                peer.sendall(json.dumps({
                    "id": question["id"], "error": error,
                    "result": None if error else json.dumps(answer)}).encode())
                peer.recv(1)


@pytest.fixture
def daemon(ovn):
    return lambda *answers: Daemon(ovn.rundir / "rouse-host.1.ctl", answers)


def test_no_daemon(ovn):
    result = ovn.rouse("lflow-list", status=5)
    assert str(ovn.rundir) in result.err and "rouse host" in result.err


def test_pieces_become_one_list(ovn, daemon):
    """Highest priority first; what is told twice is printed once."""
    asked = daemon(
        piece(7, 3, Logical_Flow=[flow(1)], Datapath_Binding=[datapath()]),
        piece(5, 3, Logical_Flow=[flow(1), flow(2, "ip6")]),
        piece(0, 3, Datapath_Binding=[datapath()])).asked
    assert ovn.rouse("lflow-list").out == f"""\
Datapath: "sw" ({DP})  Pipeline: ingress
  table=0 (ls_in_first        ), priority=2    , match=(ip6), action=(drop;)
  table=0 (ls_in_first        ), priority=1    , match=(ip4), action=(drop;)
"""
    assert asked == [["0"], ["7"], ["5"]]


def test_a_datapath(ovn, daemon):
    daemon(piece(0, 3, Logical_Flow=[flow(1), flow(2, datapath=OTHER)],
                 Datapath_Binding=[datapath(), datapath(OTHER, "two")]))
    assert "priority=2 " in ovn.rouse("lflow-list", "two").out
    assert "priority=1 " not in ovn.rouse("lflow-list", "two").out
    assert "priority=2 " in ovn.rouse("lflow-list", OTHER).out
    assert "three: there is no such" in ovn.rouse("lflow-list", "three",
                                                  status=3).err


def test_flows_that_change_are_asked_for_again(ovn, daemon):
    asked = daemon(
        piece(7, 3, Logical_Flow=[flow(1)], Datapath_Binding=[datapath()]),
        piece(0, 4, Logical_Flow=[flow(2)]),
        piece(7, 4, Logical_Flow=[flow(3)], Datapath_Binding=[datapath()]),
        piece(0, 4, Logical_Flow=[flow(2)])).asked
    said = ovn.rouse("lflow-list")
    assert "priority=1 " not in said.out and "priority=3 " in said.out
    assert not said.err and len(asked) == 4


def test_flows_that_change_all_the_time(ovn, daemon):
    asked = daemon(*[piece(n % 2, n, Logical_Flow=[flow(1)])
                     for n in range(1, 100)]).asked
    assert "have changed while they were read" in ovn.rouse("lflow-list").err
    assert len(asked) == 10


def test_one_that_does_not_compile(ovn, daemon):
    daemon("this process does not compile")
    assert "this process does not compile" in ovn.rouse("lflow-list",
                                                        status=5).err


@pytest.mark.parametrize("answer", [{}, [], {"next": 7}, {"next": "7"}])
def test_an_answer_of_something_else(ovn, daemon, answer):
    """One that never ends, too."""
    daemon(answer)
    result = ovn.rouse("lflow-list", "--timeout=1", status=5)
    assert "rouse-host.1.ctl" in result.err


def test_trace_without_flows_and_without_a_daemon(ovn):
    result = ovn.rouse("trace", f"--db={ovn.sb.remote}", QUESTION, status=1)
    assert f"{ovn.sb.remote}: there are no logical flows" in result.err
    assert "does \"rouse host\" run?" in result.err


def network(ovn):
    """A datapath Southbound; its UUID."""
    return ovn.sbctl("create", "Datapath_Binding", "tunnel_key=1",
                     "external_ids:name=sw").strip()


def test_trace_asks_the_daemon(ovn, daemon):
    uuid = network(ovn)
    port = {"_uuid": ["uuid", OTHER], "datapath": ["uuid", uuid],
            "tunnel_key": 1, "logical_port": "p2", "type": ""}
    daemon(piece(0, 3, Logical_Flow=[flow(1, datapath=uuid)],
                 Datapath_Binding=[datapath(uuid)], Port_Binding=[port]))
    assert "drop: a logical flow drops it" in ovn.rouse(
        "trace", f"--db={ovn.sb.remote}", QUESTION).out


def test_trace_does_not_mix_databases(ovn, daemon):
    network(ovn)
    daemon(piece(0, 3, Logical_Flow=[flow(1)], Datapath_Binding=[datapath()]))
    assert "another database" in ovn.rouse(
        "trace", f"--db={ovn.sb.remote}", QUESTION, status=1).err
