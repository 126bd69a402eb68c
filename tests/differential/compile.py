#!/usr/bin/python3
"""Rouse's compiler against stock ovn-northd, with ovn-trace as the judge.

    tests/differential/compile.py [--seed N] [--networks N] [--count N]

For each seed from N on: a random network is written to a Northbound database
and compiled twice, by ovn-northd and by `rouse compile`, into two Southbound
databases; random packets are put to stock ovn-trace on both. Each disagreement
is printed with the question; exit status 1.
"""

import argparse
import json
import os
import subprocess
import sys

import answers
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
    network = questions.build(seed)
    bad = outputs = 0
    with Stack() as stack, Southbound() as ours:
        stack.sbctl("chassis-add", "ch1", "geneve", "127.0.0.1")
        stack.sbctl("set", "chassis", "ch1",
                    "other_config:ct-no-masked-label=true")
        ours.sbctl("chassis-add", "ch1", "geneve", "127.0.0.1")
        stack.nbctl(*network.commands)
        stack.sync()
        tables, messages = compiled(stack)
        if messages:
            print(f"seed {seed}: rouse compile: {messages.strip()}")
        ours.load(tables)
        for _ in range(count):
            asked = questions.question(network)
            theirs = run.ask_stock(stack, asked)
            mine = run.ask_stock(ours, asked)
            wrong, some = compare(seed, asked, theirs, mine)
            bad += wrong
            outputs += some
    return bad, outputs


def compare(seed, asked, theirs, mine):
    """(Whether they disagree, which is printed; whether there is output)."""
    if theirs.startswith("error") or mine.startswith("error"):
        problems = ([] if theirs[:5] == mine[:5] else
                    [f"ovn-northd: {theirs[:300].strip()}",
                     f"rouse: {mine[:300].strip()}"])
        expected = []
    else:
        expected = answers.stock(theirs, asked[0])
        problems = answers.differences(answers.stock(mine, asked[0]),
                                       expected)
    if problems:
        print(f"seed {seed}: {asked[0]}"
              + (f"\n  --ct={' --ct='.join(asked[1])}" if asked[1] else "")
              + (f"\n  --lb-dst={asked[2]}" if asked[2] else ""))
        for line in problems:
            print(f"    {line}".replace("ovn-trace", "ovn-northd"))
    return bool(problems), bool(expected)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--networks", type=int, default=40)
    parser.add_argument("--count", type=int, default=50,
                        help="packets for each network")
    arguments = parser.parse_args()

    bad = outputs = 0
    for seed in range(arguments.seed, arguments.seed + arguments.networks):
        wrong, some = try_network(seed, arguments.count)
        bad += wrong
        outputs += some
    print(f"{arguments.networks} networks, "
          f"{arguments.networks * arguments.count} packets, {outputs} of "
          f"them go somewhere, {bad} disagreements")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
