"""rouse trace: from a file, from a database, from a pcap file; as text and as
JSON."""

import json
import struct
import subprocess

import pytest

from conftest import ROUSE, TOP

SW = "11111111-1111-1111-1111-111111111111"
TABLES = {
    "Datapath_Binding": [{"_uuid": ["uuid", SW], "tunnel_key": 1,
                          "external_ids": ["map", [["name", "sw"]]]}],
    "Port_Binding": [
        {"_uuid": ["uuid", f"{i}" * 8 + SW[8:]], "datapath": ["uuid", SW],
         "logical_port": f"p{i}", "tunnel_key": i, "type": ""}
        for i in (2, 3)],
    "Logical_Flow": [
        {"_uuid": ["uuid", f"{i:08x}" + SW[8:]],
         "logical_datapath": ["uuid", SW], "pipeline": pipeline,
         "table_id": 0, "priority": priority, "match": match,
         "actions": actions,
         "external_ids": ["map", [["stage-name", f"stage_{pipeline}"]]]}
        for i, (pipeline, priority, match, actions) in enumerate((
            ("ingress", 9, "ip4 && udp.dst == 53",
             'ip4.dst = 9.9.9.9; outport = "p3"; output;'),
            ("ingress", 8, "ip4 && ip.ttl == 1",
             'put_arp(inport, ip4.src, eth.src); drop;'),
            ("ingress", 7, "ip4 && tcp", "ct_next;"),
            ("ingress", 7, "ip4 && udp.dst == 7",
             'trigger_event(event = "empty_lb_backends", vip = "1.1.1.1:7", '
             'protocol = "udp");'),
            ("ingress", 1, "1", "drop;"),
            ("egress", 1, "1", "output;")), 16)]
    + [{"_uuid": ["uuid", SW], "logical_datapath": ["uuid", SW],
        "pipeline": "ingress", "table_id": 1, "priority": 1,
        "match": f"ct.{state}", "actions": f'outport = "{port}"; output;'}
       for state, port in (("est", "p3"), ("new", "p2"))],
}
QUESTION = ('inport == "p2" && ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.2 '
            '&& ip.ttl == 64 && udp.src == 7 && udp.dst == 53')


@pytest.fixture
def trace(tmp_path):
    flows = tmp_path / "flows.json"
    flows.write_text(json.dumps(TABLES))

    def run(*args, status=0, **more):
        done = subprocess.run([ROUSE, "trace", f"--flows={flows}", *args],
                              capture_output=True, text=True, timeout=60,
                              **more)
        assert done.returncode == status, done
        return done
    return run


def test_detailed(trace):
    out = trace("sw", QUESTION).stdout
    assert 'ingress(dp="sw", inport="p2")' in out
    assert 'egress(dp="sw", inport="p2", outport="p3")' in out
    assert " 0. stage_ingress: ip4 && udp.dst == 53, priority 9, " \
        "uuid 00000010" in out
    assert "    ip4.dst = 9.9.9.9;" in out
    assert out.rstrip().endswith('output("p3");')


def test_minimal_says_only_what_changes(trace):
    lines = trace("--minimal", QUESTION).stdout.split("\n")
    assert [line.strip() for line in lines if line] == [
        "ip4.dst = 9.9.9.9; /* 0x9090909 */", 'output("p3");']


def test_json(trace):
    answer = json.loads(trace("--json", QUESTION).stdout)
    effect, = answer["effects"]
    assert effect["effect"] == "output"
    assert effect["port"] == "p3"
    assert effect["packet"]["ip4.dst"] == "9.9.9.9"
    assert effect["packet"]["udp.dst"] == "53"
    assert effect["packet"]["ip.ttl"] == "64"
    assert "tcp.dst" not in effect["packet"]


def test_what_was_learned_and_why_it_was_dropped(trace):
    question = QUESTION.replace("64", "1").replace("53", "54")
    out = trace(question).stdout
    assert "drop: a logical flow drops it" in out
    assert '# learned 00:00:00:00:00:00 at "p2"' in out
    mac, drop = json.loads(trace("--json", question).stdout)["effects"]
    assert (mac["effect"], mac["port"], mac["ip"]) == ("mac", "p2",
                                                       "10.0.0.1")
    assert (drop["effect"], drop["reason"]) == ("drop", "BY_FLOW")


def test_events(trace):
    question = QUESTION.replace("53", "7")
    assert "# event empty_lb_backends" in trace(question).stdout
    event, = json.loads(trace("--json", question).stdout)["effects"]
    assert event["name"] == "empty_lb_backends"
    assert event["args"]["vip"] == "1.1.1.1:7"


def test_states_of_connections(trace):
    question = QUESTION.replace("udp", "tcp")
    assert 'output("p3")' in trace(question).stdout
    assert 'output("p3")' in trace("--ct=est", question).stdout
    # p2 is where it comes from.
    assert "drop" in trace("--ct=new", question).stdout


def test_batch_answers_each_line(trace):
    lines = [json.dumps({"question": QUESTION}), "rubbish", "[]",
             json.dumps({"question": "fish"}),
             json.dumps({"question": QUESTION.replace("udp", "tcp"),
                         "ct": ["new,trk"]}),
             json.dumps({"question": QUESTION, "ct": ["fish"]})]
    out = trace("--json", "--batch", input="\n".join(lines) + "\n").stdout
    answers = [json.loads(line) for line in out.splitlines()]
    assert len(answers) == len(lines)
    assert answers[0]["effects"][0]["port"] == "p3"
    assert answers[1:4] == [None] * 3
    assert answers[4]["effects"][0]["reason"] == "HAIRPIN"
    assert answers[5] is None


def test_packets_of_a_file(trace, tmp_path):
    udp = struct.pack("!HHHH", 7, 53, 8, 0)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, 0, 0, 64, 17, 0,
                     bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2)))
    frame = bytes(12) + b"\x08\0" + ip + udp
    header = struct.pack("!IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    record = struct.pack("!IIII", 1, 0, len(frame), len(frame))
    pcap = tmp_path / "a.pcap"
    pcap.write_bytes(header + 2 * (record + frame))
    out = trace("--json", f"--pcap={pcap}", "--inport=p2").stdout
    assert [json.loads(line)["effects"][0]["port"]
            for line in out.splitlines()] == ["p3", "p3"]
    pcap.write_bytes(b"rubbish" * 9)
    assert str(pcap) in trace(f"--pcap={pcap}", "--inport=p2",
                              status=1).stderr
    assert "--inport" in trace(f"--pcap={pcap}", status=2).stderr
    assert "/nosuch" in trace("--pcap=/nosuch", "--inport=p2",
                              status=1).stderr


@pytest.mark.parametrize("args, status, message", [
    ([], 2, "what packet?"),
    (["fish"], 2, "line 1, column 1"),
    (['inport == "nosuch"'], 2, 'no port "nosuch"'),
    (["other", QUESTION], 2, 'is not in datapath "other"'),
    (["--ct=fish", QUESTION], 2, '"fish" is none of'),
    (["--lb-dst=fish", QUESTION], 2, '"fish" is no address'),
    (["--select-id=fish", QUESTION], 2, '"fish" is no number'),
])
def test_bad_questions(trace, args, status, message):
    done = trace(*args, status=status)
    assert message in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("text", ["", "[]", "{", "5"])
def test_files_that_are_no_tables(tmp_path, text):
    flows = tmp_path / "flows.json"
    flows.write_text(text)
    done = subprocess.run([ROUSE, "trace", f"--flows={flows}", QUESTION],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done
    assert str(flows) in done.stderr


def test_a_bad_row_is_told_and_the_others_go_on(tmp_path):
    flows = tmp_path / "flows.json"
    bad = dict(TABLES["Logical_Flow"][0], match="fish")
    flows.write_text(json.dumps(
        dict(TABLES, Logical_Flow=TABLES["Logical_Flow"] + [bad])))
    done = subprocess.run([ROUSE, "trace", f"--flows={flows}", QUESTION],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    assert "Logical_Flow 00000010" in done.stderr
    assert 'output("p3")' in done.stdout


def test_the_network_of_northd():
    flows = TOP / "tests/data/pipeline/rich.json"
    done = subprocess.run(
        [ROUSE, "trace", f"--flows={flows}", "--minimal",
         'inport == "sw0-p4" && eth.dst == ff:ff:ff:ff:ff:ff && arp.op == 1 '
         '&& arp.tpa == 10.0.0.1'],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not done.stderr, done
    assert 'output("sw0-p4");' in done.stdout


def test_from_a_database(ovn):
    dp = ovn.sbctl("create", "Datapath_Binding", "tunnel_key=1",
                   "external_ids:name=sw")
    ovn.sbctl("create", "Port_Binding", f"datapath={dp}", "tunnel_key=1",
              "logical_port=p2")
    ovn.sbctl("create", "Logical_Flow", f"logical_datapath={dp}",
              "pipeline=ingress", "table_id=0", "priority=1",
              'match="ip4"', 'actions="drop;"')
    out = ovn.rouse("trace", f"--db={ovn.sb.remote}", QUESTION).out
    assert "drop: a logical flow drops it" in out
    ovn.sb.stop()
    assert ovn.sb.remote in ovn.rouse(
        "trace", "--timeout=1", f"--db={ovn.sb.remote}", QUESTION,
        status=1).err
