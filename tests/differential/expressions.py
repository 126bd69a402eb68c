#!/usr/bin/python3
"""Do Rouse and stock ovn-trace agree on what matches mean?

    tests/differential/expressions.py QUESTIONS [--seed N] [--batches N]

QUESTIONS is the program lflow_questions of the build. Each batch is 28 random
matches and 40 random packets; the matches are written into a Southbound
database, one in each table of a logical datapath, and ovn-trace says which of
them a packet meets. Needs no root. The last line is a summary; the exit code
is 0 if everything agrees.
"""

import argparse
import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import junit      # noqa: E402  (the path comes first)
from stack import Stack, _wait     # noqa: E402  (the path comes first)

MATCHES, PACKETS = 28, 40


class Oracle(Stack):
    """A Southbound database of our own making, and ovn-trace."""

    def __enter__(self):
        self._database("sb")
        _wait(self._listens, "Southbound server")
        return self

    def _listens(self):
        return not subprocess.run(
            ["ovsdb-client", "list-dbs", self.remote("sb")],
            capture_output=True).returncode

    def transact(self, *operations):
        done = subprocess.run(
            ["ovsdb-client", "transact", self.remote("sb"),
             json.dumps(["OVN_Southbound", *operations])],
            capture_output=True, text=True, check=True)
        for answer in json.loads(done.stdout):
            if "error" in answer:
                raise RuntimeError(answer)

    def network(self):
        """What lflow_world.c has."""
        def insert(table, label=None, **row):
            operation = {"op": "insert", "table": table, "row": row}
            return {**operation, "uuid-name": label} if label else operation

        ports = [insert("Port_Binding", f"p{i}", logical_port=f"p{i}",
                        tunnel_key=i, datapath=["named-uuid", "dp"])
                 for i in range(1, 10)]
        many = [f"10.0.0.{i * 3}" for i in range(40)]
        v4 = ["10.0.0.1", "10.0.0.2", "10.0.1.0/24"]
        v6 = ["fd00::1", "fd00:1::/64"]
        self.transact(
            insert("Datapath_Binding", "dp", tunnel_key=7,
                   external_ids=["map", [["name", "sw"], [
                       "logical-switch",
                       "11111111-1111-1111-1111-111111111111"]]]),
            *ports,
            insert("Multicast_Group", name="_MC_flood", tunnel_key=32768,
                   datapath=["named-uuid", "dp"],
                   ports=["named-uuid", "p1"]),
            insert("Address_Set", name="ip4as", addresses=["set", v4]),
            insert("Address_Set", name="ip6as", addresses=["set", v6]),
            insert("Address_Set", name="many", addresses=["set", many]),
            insert("Address_Set", name="none"))

    def flows(self, matches):
        datapath = ["uuid", self.rows("Datapath_Binding")[0]["_uuid"]]
        rows = [{"op": "delete", "table": "Logical_Flow", "where": []}]
        for table, match in enumerate(matches):
            match = for_ovn_trace(match)
            for priority, text in ((0, "1"), (1, match)):
                rows.append({"op": "insert", "table": "Logical_Flow", "row": {
                    "logical_datapath": datapath, "pipeline": "ingress",
                    "table_id": table, "priority": priority, "match": text,
                    # ovn-trace does not show what is always true and does
                    # nothing.
                    "actions": "reg0 = reg0; next;"}})
        self.transact(*rows)

    def matched(self, packet):
        """The tables whose match the packet meets, and the whole answer."""
        if self.tracer is None:
            self.trace("1")     # Starts it.
        text, error = self._rpc(self.tracer, "trace", ["sw", packet])
        if error:
            raise RuntimeError(f"{packet}: {error}")
        tables = re.findall(r"^\s*(\d+)\. .*priority 1\b", text, re.M)
        return {int(table) for table in tables}, text


def for_ovn_trace(match):
    """The same without what ovn-trace does not take: groups, whose names in
    the Southbound database have the datapath in them, and sets of addresses of
    several families."""
    match = match.replace("@pg", '{"p1", "p2", "p3"}')
    return re.sub(r"(ip[46])(\.\w+ .= )\$as", r"\1\2$\1as", match)


def questions(program, seed):
    done = subprocess.run([program, str(seed), str(MATCHES), str(PACKETS)],
                          capture_output=True, text=True, check=True)
    matches, packets = [], []
    for line in done.stdout.splitlines():
        if line.startswith("M "):
            matches.append(line[2:])
        else:
            packet, _, bits = line[2:].partition("\t")
            packets.append((packet, bits))
    return matches, packets


def ask(program, seed, tally):
    matches, packets = questions(program, seed)
    wrong = {}
    with Oracle() as oracle:
        oracle.network()
        oracle.flows(matches)
        for packet, bits in packets:
            ours = {i for i, bit in enumerate(bits) if bit == "1"
                    and "is_chassis" not in matches[i]}
            theirs, text = oracle.matched(packet)
            theirs = {i for i in theirs if "is_chassis" not in matches[i]}
            tally["asked"] += len(matches)
            tally["true"] += len(ours)
            for i in ours ^ theirs:
                tally["differ"] += 1
                wrong.setdefault(i, (packet, i in ours))
    for i, (packet, is_true) in wrong.items():
        print(f"seed {seed}: {matches[i]}\n  is {is_true} to Rouse and not "
              f"to ovn-trace, for {packet}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("questions")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batches", type=int, default=5)
    parser.add_argument("--junit", help="write a report to this file")
    arguments = parser.parse_args()
    tally = {"asked": 0, "true": 0, "differ": 0}
    cases = []
    for seed in range(arguments.seed, arguments.seed + arguments.batches):
        before = tally["differ"]
        ask(arguments.questions, seed, tally)
        bad = tally["differ"] - before
        cases.append((f"seed {seed}", f"{bad} disagreements" if bad else None))
    if arguments.junit:
        junit.write(arguments.junit, "expressions", cases)
    print("{asked} questions, {true} times true, {differ} disagreements"
          .format(**tally))
    return 1 if tally["differ"] or not tally["true"] else 0


if __name__ == "__main__":
    sys.exit(main())
