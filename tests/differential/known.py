#!/usr/bin/python3
"""Where stock ovn-trace and Rouse are known to answer differently.

    tests/differential/known.py [--junit FILE] [NAME...]

Each case of known_cases.py is a Southbound database by hand, with as few flows
as show the difference, and a question. What ovn-trace says, what `rouse trace`
says, with `--as-ovn-trace` and without, must be what the case says: so what
run.py does not compare is seen here, and so is an OVN that has come to agree.
Needs no root.
"""

import argparse
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import answers    # noqa: E402  (the path comes first)
import junit      # noqa: E402
import run        # noqa: E402
from expressions import Oracle     # noqa: E402
from known_cases import CASES     # noqa: E402

# A router between two switches.
DATAPATHS = {"sw": "switch", "r": "router", "q": "switch"}
PORTS = [("sw", "p1", None), ("sw", "p2", None), ("sw", "p3", None),
         ("sw", "sw-r", "r-sw"), ("r", "r-sw", "sw-r"),
         ("r", "r-q", "q-r"), ("q", "q-r", "r-q"), ("q", "q1", None)]
TABLES = ("Logical_Flow", "Multicast_Group", "Load_Balancer",
          "Static_MAC_Binding", "Address_Set", "DHCP_Options",
          "Port_Binding", "Datapath_Binding")


def _insert(table, label=None, **row):
    operation = {"op": "insert", "table": table, "row": row}
    return {**operation, "uuid-name": _name(label)} if label else operation


def _name(label):
    return label.replace("-", "_")


def _ref(label):
    return ["named-uuid", _name(label)]


def _world(case):
    """The operations that make a case's database of the one before."""
    rows = [{"op": "delete", "table": table, "where": []} for table in TABLES]
    for key, (label, kind) in enumerate(DATAPATHS.items(), 1):
        rows.append(_insert("Datapath_Binding", label, tunnel_key=key,
                            external_ids=["map", [["name", label], [
                                f"logical-{kind}",
                                f"{key:08}-0000-0000-0000-000000000000"]]]))
    for key, (datapath, port, peer) in enumerate(PORTS, 1):
        more = {"type": "patch", "options": ["map", [["peer", peer]]]} \
            if peer else {}
        more.update(case.get("ports", {}).get(port, {}))
        rows.append(_insert("Port_Binding", port, logical_port=port,
                            tunnel_key=key, datapath=_ref(datapath), **more))
    for row in case.get("rows", []):
        rows.append(_insert(**{column: _resolve(value)
                               for column, value in row.items()}))
    for flow in case["flows"]:
        where, rest = flow.split(" | ", 1)
        match, actions = rest.split(" => ", 1)
        datapath, pipeline, table, priority = where.split()
        rows.append(_insert(
            "Logical_Flow", logical_datapath=_ref(datapath),
            pipeline=pipeline, table_id=int(table), priority=int(priority),
            match=match, actions=actions))
    return rows


def _resolve(value):
    """A value of known_cases.py in OVSDB's notation."""
    if isinstance(value, dict):
        return ["map", list(value.items())]
    if isinstance(value, list):
        return ["set", [_resolve(item) for item in value]]
    return _ref(value[1:]) if str(value).startswith("@") else value


def _shape(outputs):
    """Ports that packets leave by; those that flows have marked with a TTL of
    7 with a star: "p2 p3*"."""
    return " ".join(sorted(port + ("*" if fields.get("ip.ttl") == 7 else "")
                           for port, fields in outputs))


def _ask_stock(oracle, case):
    text = run.ask_stock_once(oracle, (case["packet"], case.get("ct", []),
                                       case.get("lb_dst"), None))
    if text is None:
        return "ends"
    return text if text.startswith("error") else _shape(
        answers.stock(text, case["packet"]))


def _ask_rouse(file, case, *options):
    """What it says, and what it says of flows that it does not take."""
    argv = [run.ROUSE, "trace", f"--flows={file}", "--json", *options]
    argv += [f"--ct={flags}" for flags in case.get("ct", [])]
    argv += [f"--lb-dst={case['lb_dst']}"] if "lb_dst" in case else []
    done = subprocess.run([*argv, case["packet"]], capture_output=True,
                          text=True)
    answer = json.loads(done.stdout) if done.stdout else None
    return _shape(answers.rouse(answer)) if answer else "error", done.stderr


def _differs(what, answer, wanted):
    """A line if an answer is none of those that are wanted."""
    wanted = [wanted] if isinstance(wanted, str) else wanted
    return [] if answer in wanted else [f"{what}: {answer!r}, not "
                                        + " or ".join(map(repr, wanted))]


def try_case(oracle, case):
    """What is not as it is known, as lines."""
    oracle.transact(*_world(case))
    file = oracle.path("tables.json")
    run.dump(oracle, file, all_flows=True)
    ours, refused = _ask_rouse(file, case)
    likewise, _ = _ask_rouse(file, case, "--as-ovn-trace")
    problems = (_differs("ovn-trace", _ask_stock(oracle, case),
                         case["stock"])
                + _differs("rouse", ours, case["rouse"])
                + _differs("rouse --as-ovn-trace", likewise,
                           case.get("likewise", case["rouse"])))
    wanted = case.get("refused")
    if (wanted not in refused) if wanted else refused:
        problems.append(f"rouse refuses: {refused or 'nothing'}")
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--junit", help="write a report to this file")
    parser.add_argument("name", nargs="*", help="cases (all)")
    arguments = parser.parse_args()
    chosen = [case for case in CASES
              if not arguments.name or case["name"] in arguments.name]
    if not chosen:
        parser.error("no such case")

    report, bad = [], 0
    with Oracle() as oracle:
        for case in chosen:
            problems = try_case(oracle, case)
            for problem in problems:
                print(f"{case['name']}: {problem}")
            bad += bool(problems)
            report.append((case["name"], "; ".join(problems) or None))
    if arguments.junit:
        junit.write(arguments.junit, "known-differences", report)
    print(f"{len(chosen)} known differences, {bad} are not as known")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
