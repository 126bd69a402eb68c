#!/usr/bin/python3
"""Rouse's interpreter against stock ovn-trace, on stock ovn-northd's flows.

    tests/differential/run.py [--seed N] [--networks N] [--count N]

For each seed from N on: a random network is written to a Northbound database,
ovn-northd compiles it, and random packets are put to ovn-trace and to `rouse
trace`. Each disagreement is printed with the question; exit status 1.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import answers
import junit
import questions
from stack import TRACE_SECONDS, Stack, limit_memory

TABLES = ("Datapath_Binding", "Port_Binding", "Multicast_Group",
          "Address_Set", "Port_Group", "Logical_DP_Group", "Logical_Flow",
          "MAC_Binding", "Static_MAC_Binding", "FDB", "DNS", "Load_Balancer")
FORMS = ("--detailed", "--minimal")
ROUSE = os.environ.get("ROUSE", "out/rouse")
ROUND_TRIP = os.environ.get("ROUND_TRIP",
                            "out/tests/unit/lflow/lflow_roundtrip")


def dump(stack, path, all_flows=False):
    """The Southbound tables, as `rouse trace --flows` reads them."""
    params = ["OVN_Southbound"] + [
        {"op": "select", "table": table, "where": []} for table in TABLES]
    answer = json.loads(subprocess.run(
        ["ovsdb-client", "transact", stack.remote("sb"), json.dumps(params)],
        check=True, capture_output=True, text=True).stdout)
    tables = {table: rows["rows"] for table, rows in zip(TABLES, answer)}
    # ovn-northd writes "reg0 == {}" for a router port that has no addresses of
    # a family.  That is no expression: ovn-trace leaves such flows out.
    tables["Logical_Flow"] = [row for row in tables["Logical_Flow"]
                              if all_flows or " == {}" not in row["match"]]
    with open(path, "w", encoding="utf-8") as file:
        json.dump(tables, file)


def round_trip(file):
    """Problems of flows that do not survive formatting, as lines."""
    with open(file, encoding="utf-8") as stream:
        flows = json.load(stream)["Logical_Flow"]
    lines = ["\t".join((row["pipeline"], str(row["table_id"]), row["match"],
                        row["actions"])) for row in flows]
    done = subprocess.run([ROUND_TRIP], input="\n".join(lines) + "\n",
                          capture_output=True, text=True)
    *problems, count = done.stdout.splitlines() or [""]
    if count != f"{len(flows)} flows":
        problems.append(f"{ROUND_TRIP}: {count} {done.stderr}")
    return problems


def ask_stock(stack, asked):
    """The answer; None if ovn-trace dies of the question."""
    microflow, ct, lb_dst, select_id = asked
    if not ct and not lb_dst and not select_id:
        try:
            text, error = stack.trace(microflow, *FORMS)
        except (RuntimeError, OSError):
            stack.end_tracer()
            return None
        return text if text is not None else f"error: {error}"
    return ask_stock_once(stack, asked)


def ask_stock_once(stack, asked):
    """The same by an ovn-trace that reads the database as it is now."""
    microflow, ct, lb_dst, select_id = asked
    argv = ["ovn-trace", f"--db={stack.remote('sb')}", *FORMS]
    argv += [f"--ct={flags}" for flags in ct]
    argv += [f"--lb-dst={lb_dst}"] if lb_dst else []
    argv += [f"--select-id={select_id}"] if select_id else []
    try:
        done = subprocess.run([*argv, microflow], capture_output=True,
                              text=True, preexec_fn=limit_memory,
                              timeout=TRACE_SECONDS)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode < 0:
        return None
    return done.stdout if not done.returncode else f"error: {done.stderr}"


def ask_rouse(file, all_asked):
    lines = [json.dumps({"question": microflow, "ct": ct,
                         **({"lb_dst": lb_dst} if lb_dst else {}),
                         **({"select_id": select_id} if select_id else {})})
             for microflow, ct, lb_dst, select_id in all_asked]
    done = subprocess.run(
        [ROUSE, "trace", f"--flows={file}", "--json", "--batch",
         "--as-ovn-trace"], input="\n".join(lines) + "\n",
        capture_output=True, text=True)
    if done.returncode or done.stderr:
        raise RuntimeError(f"rouse trace: status {done.returncode}\n"
                           f"{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def compare(seed, asked, text, answer, flows):
    """Prints how they differ; returns how the comparison went."""
    if text is None:
        return "ovn-trace ended"
    if not text.startswith("error") and answer is not None:
        why = flows.undefined(answer["flows"], text, asked[1])
        if why:
            return why
    if text.startswith("error") or answer is None:
        problems = [f"ovn-trace: {text[:200].strip()}; rouse: {answer}"]
    else:
        problems = answers.differences(answers.rouse(answer),
                                       answers.stock(text, asked[0]))
        ways = flows.differences(answer["flows"], text)
        if ways is None:
            return "priority"
        problems += ways
    if problems:
        print(f"seed {seed}: {asked[0]}"
              + (f"\n  --ct={' --ct='.join(asked[1])}" if asked[1] else "")
              + (f"\n  --lb-dst={asked[2]}" if asked[2] else "")
              + (f"\n  --select-id={asked[3]}" if asked[3] else ""))
        for line in problems:
            print(f"    {line}")
    return "disagrees" if problems else "agrees"


def write_southbound(stack, network):
    """What chassis would have learned: rows that name other rows."""
    for table, refers_to, columns in network.southbound:
        if refers_to is None:
            name = columns.pop("logical_port")
            stack.sbctl("set", table, stack.find(table, name)["_uuid"],
                        *[f"{k}={_text(v)}" for k, v in columns.items()])
            continue
        for column, (other, name) in refers_to.items():
            row = stack.find(other, name)
            columns[column] = (row["tunnel_key"] if column.endswith("_key")
                               else row["_uuid"])
        stack.sbctl("create", table,
                    *[f"{k}={_text(v)}" for k, v in columns.items()])


def _text(value):
    return f'"{value}"' if ":" in str(value) else str(value)


def prepare(stack, network):
    for number in (1, 2):
        chassis = f"ch{number}"
        stack.sbctl("chassis-add", chassis, "geneve", f"127.0.0.{number}")
        if not network.old_chassis:
            stack.sbctl("set", "chassis", chassis,
                        "other_config:ct-no-masked-label=true",
                        "other_config:mac-binding-timestamp=true")
    stack.nbctl(*network.commands)
    stack.sync()
    write_southbound(stack, network)
    stack.sync()


def try_network(seed, count, keep):
    network = questions.build(seed)
    with Stack() as stack:
        prepare(stack, network)
        file = keep or stack.path("tables.json")
        dump(stack, file)
        flows = answers.Flows(file)
        problems = round_trip(file)
        asked = [questions.question(network) for _ in range(count)]
        with ThreadPoolExecutor(2) as pool:
            ours = pool.submit(ask_rouse, file, asked)
            stock = [ask_stock(stack, question) for question in asked]
        ours = ours.result()
    ours += [None] * (count - len(ours))
    outputs = sum(bool(text and answers.stock(text, question[0]))
                  for text, question in zip(stock, asked)
                  if not str(text).startswith("error"))
    for problem in problems:
        print(f"seed {seed}: {problem}")
    results = Counter(compare(seed, *three, flows)
                      for three in zip(asked, stock, ours))
    results["disagrees"] += len(problems)
    return results, outputs


def conclude(arguments, tally, outputs):
    """Prints how all comparisons went; the exit status."""
    count = arguments.networks * arguments.count
    bad = tally.pop("disagrees", 0)
    undefined = count - bad - tally.pop("agrees", 0)
    print(f"{arguments.networks} networks, {count} packets, {outputs} of "
          f"them go somewhere, {undefined} have no defined answer "
          f"({', '.join(f'{n} {why}' for why, n in sorted(tally.items()))})"
          f", {bad} disagreements")
    # A comparison that compares nothing is none.
    return 1 if bad or undefined > count / 4 else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--networks", type=int, default=40)
    parser.add_argument("--count", type=int, default=60,
                        help="packets for each network")
    parser.add_argument("--keep", help="write the tables to this file")
    parser.add_argument("--junit", help="write a report to this file")
    arguments = parser.parse_args()

    tally, outputs, cases = Counter(), 0, []
    for seed in range(arguments.seed, arguments.seed + arguments.networks):
        comparisons, with_output = try_network(seed, arguments.count,
                                               arguments.keep)
        tally += comparisons
        outputs += with_output
        bad = comparisons["disagrees"]
        cases.append((f"seed {seed}", f"{bad} disagreements" if bad else None))
    if arguments.junit:
        junit.write(arguments.junit, "differential", cases)
    sys.exit(conclude(arguments, tally, outputs))


if __name__ == "__main__":
    main()
