#!/usr/bin/python3
"""The flows that `rouse compile` writes next to those of stock ovn-northd.

    tests/differential/flows.py [--seed N] [--stage NAME] [FILE]

FILE has ovn-nbctl commands, one a line; without it the network is random, from
the seed. Lines with "-" only ovn-northd has, with "+" only Rouse. They need
not be the same for packets to fare the same: this is for people.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys

import questions
import vips
from stack import Stack

ROUSE = os.environ.get("ROUSE", "out/rouse")


def stock_flows(stack):
    names = {row["_uuid"]: row["external_ids"]["name"]
             for row in stack.rows("Datapath_Binding")}
    groups = {row["_uuid"]: row["datapaths"]
              for row in stack.rows("Logical_DP_Group")}
    for row in stack.rows("Logical_Flow"):
        where = row["logical_datapath"] or groups[row["logical_dp_group"]]
        for datapath in [where] if isinstance(where, str) else where:
            yield (row["pipeline"], row["table_id"],
                   row["external_ids"]["stage-name"], names[datapath],
                   row["priority"], row["match"], row["actions"],
                   row["controller_meter"] or "")


def alike(flow):
    """The flow, without what is meant to differ or is of no account: a match
    of an ACL that rejects is in parentheses only with Rouse, and ovn-northd
    lists members of a set in the order of its hash table."""
    *where, match, actions, meter = flow
    match = re.sub(r"^\(reg0\[(9|10)\] == 1\) && (.*)$",
                   r"reg0[\1] == 1 && (\2)", match)
    match = re.sub(r"\{([^{}]*)\}", lambda m: "{" + ", ".join(
        sorted(re.split(", *", m.group(1)))) + "}", match)
    if where[2].startswith("lr_"):
        match, actions = _unnumbered(match), _unnumbered(actions)
    return (*where, match, actions, meter)


def _unnumbered(text):
    """Numbers that each side chooses: of route tables, of ECMP groups and
    their members, tunnel keys of ports."""
    text = re.sub(r"(reg7 ==? )[1-9]\d*", r"\1TABLE", text)
    text = re.sub(r"(reg8\[0\.\.15\] ==? )[1-9]\d*(.*reg8\[16\.\.31\])",
                  r"\1GROUP\2", text)
    text = re.sub(r"(reg8\[16\.\.31\] == )\d+", r"\1MEMBER", text)
    return re.sub(r"(ecmp_reply_port ==? )\d+", r"\1KEY", text)


def rouse_tables(stack):
    done = subprocess.run([ROUSE, "compile", "--json",
                           f"--nb={stack.remote('nb')}"],
                          capture_output=True, text=True, check=False)
    if done.stderr:
        print(done.stderr, file=sys.stderr, end="")
    return json.loads(done.stdout)


def _map(value):
    return dict(value[1])


def rouse_flows(tables):
    names = {row["_uuid"][1]: _map(row["external_ids"])["name"]
             for row in tables.get("Datapath_Binding", [])}
    groups = {row["_uuid"][1]: [uuid for _, uuid in row["datapaths"][1]]
              for row in tables.get("Logical_DP_Group", [])}
    for row in tables.get("Logical_Flow", []):
        where = ([row["logical_datapath"][1]] if "logical_datapath" in row
                 else groups[row["logical_dp_group"][1]])
        meter = row["controller_meter"]
        for datapath in where:
            yield (row["pipeline"], row["table_id"],
                   _map(row["external_ids"])["stage-name"],
                   names.get(datapath, datapath), row["priority"],
                   row["match"], row["actions"],
                   "" if isinstance(meter, list) else meter)


def read_commands(path):
    """Commands of ovn-nbctl, one a line, quoted as for a shell; lines that
    begin with "#" are comments."""
    with open(path, encoding="utf-8") as file:
        return [words for words in (shlex.split(line, True)
                                    for line in file) if words]


def apply(stack, commands):
    """Run commands in few transactions.  An @id is of its own line."""
    batch, ids = [], set()
    for words in commands:
        own = {word for word in words if word.startswith("--id=")}
        if batch and own & ids:
            stack.nbctl(*batch)
            batch, ids = [], set()
        batch.append(words)
        ids |= own
    if batch:
        stack.nbctl(*batch)


def both(stack, commands):
    """The flows of ovn-northd and those of Rouse, as sets of tuples."""
    stack.sbctl("chassis-add", "ch1", "geneve", "127.0.0.1")
    stack.sbctl("set", "chassis", "ch1",
                "other_config:ct-no-masked-label=true")
    apply(stack, commands)
    stack.sync()
    ports, sets = vips.router_ports(stack), vips.address_sets(stack)
    return tuple(set(map(alike, vips.spread(found, ports, sets)))
                 for found in (stock_flows(stack),
                               rouse_flows(rouse_tables(stack))))


def differences(theirs, ours):
    """Lines that say which flows are not in both."""
    for flow in sorted(theirs ^ ours, key=lambda f: (
            f[0] == "egress", f[1], f[3], -f[4], f[5], f[6])):
        _, _, stage, datapath, priority, match, actions, meter = flow
        yield (f"{'-' if flow in theirs else '+'} {stage} {datapath} "
               f"{priority} ({match}) ({actions}) {meter}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stage", default="")
    parser.add_argument("file", nargs="?")
    arguments = parser.parse_args()

    commands = (read_commands(arguments.file) if arguments.file
                else questions.build(arguments.seed).commands)
    with Stack() as stack:
        theirs, ours = both(stack, commands)
    for line in differences(theirs, ours):
        if arguments.stage in line.split()[1]:
            print(line)
    print(f"{len(theirs & ours)} the same, {len(theirs - ours)} only of "
          f"ovn-northd, {len(ours - theirs)} only of Rouse")


if __name__ == "__main__":
    main()
