#!/usr/bin/python3
"""Rouse's compiler against stock ovn-northd, with ovn-trace as the judge.

    tests/differential/compile.py [--seed N] [--networks N] [--count N]

For each seed from N on: a random network is written to a Northbound database
and compiled twice, by ovn-northd and by `rouse compile`, into two Southbound
databases; random packets are put to stock ovn-trace on both. Each disagreement
is printed with the question; exit status 1.
"""

import argparse
import copy
import json
import os
import subprocess
import sys
from collections import Counter

import answers
import junit
import questions
import run
from stack import Stack

ROUSE = os.environ.get("ROUSE", "out/rouse")


class Southbound(Stack):
    """A Southbound database that nobody but the test writes to."""

    def __enter__(self):
        try:
            self._database("sb")
            self.sbctl("init")
        except BaseException:
            self.__exit__()
            raise
        return self

    def load(self, tables):
        """Rows as `rouse compile --json` prints them."""
        operations = ["OVN_Southbound"]
        for table, rows in tables.items():
            if ":" in table or table == "SB_Global":
                continue  # For another database; there already.
            for row in rows:
                row = dict(row)
                uuid = row.pop("_uuid")[1]
                operations.append({"op": "insert", "table": table,
                                   "uuid": uuid, "row": row})
        for answer in self._rpc(self.path("sb.sock"), "transact",
                                operations)[0]:
            if answer and "error" in answer:
                raise RuntimeError(f"Southbound rows: {answer}")


def compiled(stack):
    """The Southbound tables that Rouse makes of the Northbound database."""
    done = subprocess.run([ROUSE, "compile", "--json",
                           f"--nb={stack.remote('nb')}"],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout), done.stderr


def try_network(seed, count):
    """(How the comparisons went, how many packets go somewhere)."""
    network = questions.build(seed)
    # `rouse compile` sees the Northbound database alone.
    network.southbound = [row for row in network.southbound
                          if row[0] != "IGMP_Group"]
    again = copy.deepcopy(network.southbound)
    results, outputs = Counter(), 0
    with Stack() as stack, Southbound() as ours:
        run.prepare(stack, network)
        for number in (1, 2):
            ours.sbctl("chassis-add", f"ch{number}", "geneve",
                       f"127.0.0.{number}")
        tables, messages = compiled(stack)
        if messages:
            print(f"seed {seed}: rouse compile: {messages.strip()}")
        ours.load(tables)
        network.southbound = again
        run.write_southbound(ours, network)
        flows = []
        for side in (stack, ours):
            run.dump(side, side.path("tables.json"))
            flows.append(answers.Flows(side.path("tables.json")))
        for _ in range(count):
            asked = questions.question(network)
            texts = [run.ask_stock(side, asked) for side in (stack, ours)]
            results[compare(seed, asked, texts, flows)] += 1
            outputs += bool(texts[0] and not texts[0].startswith("error")
                            and answers.stock(texts[0], asked[0]))
    return results, outputs


def compare(seed, asked, texts, flows):
    """Prints how they differ; returns how the comparison went."""
    theirs, mine = texts
    if theirs is None or mine is None:
        return "ovn-trace ended"
    errors = [text.startswith("error") for text in texts]
    if any(errors):
        problems = ([] if all(errors)
                    else [text[:300].strip() for text in texts])
    else:
        for side, text in zip(flows, texts):
            why = side.undefined([], text, asked[1])
            if why:
                return why
        problems = answers.differences(answers.stock(mine, asked[0]),
                                       answers.stock(theirs, asked[0]))
        if problems and is_tie(texts, flows):
            return "priority"
        if problems and is_later_event(texts, flows):
            return "event after ACLs"
    if not problems:
        return "agrees"
    print(f"seed {seed}: {asked[0]}"
          + (f"\n  --ct={' --ct='.join(asked[1])}" if asked[1] else "")
          + (f"\n  --lb-dst={asked[2]}" if asked[2] else "")
          + (f"\n  --select-id={asked[3]}" if asked[3] else ""))
    for line in problems:
        print(f"    {line}".replace("ovn-trace", "ovn-northd"))
    if not any(errors):
        print("    " + first_difference(texts, flows))
    return "disagrees"


def steps(text, flows):
    """The flows that the packet met: [(place, (match, actions))]."""
    rows = [flows.flows[uuid] for uuid in flows.stock(text)]
    return [((row["pipeline"], row["table_id"], row["priority"]),
             (row["match"], row["actions"])) for row in rows]


def is_tie(texts, flows):
    """Do the ways part at two flows of one priority, both of which are in
    both databases?  Then which one is met is not defined."""
    for (place, one), (other_place, other) in zip(
            *(steps(text, side) for text, side in zip(texts, flows))):
        if (place, one) == (other_place, other):
            continue
        return place == other_place and all(
            any((row["pipeline"], row["table_id"], row["priority"],
                 row["match"], row["actions"]) == (*place, *flow)
                for row in side.flows.values())
            for side in flows for flow in (one, other))
    return False


def is_later_event(texts, flows):
    """Do the ways part where ovn-northd has the event of an empty VIP, and
    Rouse has the same event in a later stage?  That is meant: on a switch with
    ACLs it comes after them, and a packet that is rejected raises none."""
    for theirs, mine in zip(*(steps(text, side)
                              for text, side in zip(texts, flows))):
        if theirs != mine:
            (pipeline, table, priority), (match, actions) = theirs
            return actions.startswith("trigger_event(") and any(
                (row["pipeline"], row["priority"], row["match"],
                 row["actions"]) == (pipeline, priority, match, actions)
                and row["table_id"] > table
                for row in flows[1].flows.values())
    return False


def first_difference(texts, flows):
    ways = [steps(text, side) for text, side in zip(texts, flows)]
    for i, (theirs, mine) in enumerate(zip(*ways)):
        if theirs != mine:
            return f"flow {i}: ovn-northd {theirs}, rouse {mine}"
    return f"{len(ways[0])} flows of ovn-northd, {len(ways[1])} of rouse"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--networks", type=int, default=40)
    parser.add_argument("--count", type=int, default=56,
                        help="packets for each network")
    parser.add_argument("--junit", help="write a report to this file")
    arguments = parser.parse_args()

    tally, outputs, cases = Counter(), 0, []
    for seed in range(arguments.seed, arguments.seed + arguments.networks):
        comparisons, some = try_network(seed, arguments.count)
        tally += comparisons
        outputs += some
        bad = comparisons["disagrees"]
        cases.append((f"seed {seed}", f"{bad} disagreements" if bad else None))
    if arguments.junit:
        junit.write(arguments.junit, "compile", cases)
    sys.exit(run.conclude(arguments, tally, outputs))


if __name__ == "__main__":
    main()
