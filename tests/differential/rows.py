#!/usr/bin/python3
"""The Southbound rows that `rouse compile` writes next to those of stock
ovn-northd.

    tests/differential/rows.py [--seed N] [--table NAME] [FILE]

As flows.py; of rows that refer to others, their names are compared. Tunnel
keys of datapaths and ports are whatever each has chosen.
"""

import argparse
import sys

import questions
from flows import read_commands, rouse_tables
from stack import Stack

TABLES = ["Datapath_Binding", "Port_Binding", "Multicast_Group", "Meter",
          "Meter_Band", "Address_Set", "Port_Group", "DHCP_Options",
          "DHCPv6_Options", "DNS", "IP_Multicast", "Mirror",
          "Chassis_Template_Var", "BFD", "Load_Balancer"]
CHOSEN = {"Datapath_Binding": ["tunnel_key", "load_balancers"],
          "Port_Binding": ["tunnel_key", "up", "chassis", "encap",
                           "additional_chassis", "additional_encap",
                           "virtual_parent", "requested_chassis"],
          "BFD": ["src_port", "disc"],
          "Load_Balancer": ["datapaths", "datapath_group"]}


def _plain(value):
    if not isinstance(value, list):
        return value
    kind, content = value
    if kind == "set":
        return [_plain(item) for item in content]
    if kind == "map":
        return {_plain(key): _plain(item) for key, item in content}
    return content


def _key(row):
    return row.get("logical_port") or row.get("name") or \
        row.get("external_ids", {}).get("name") or row["_uuid"]


def stock_tables(stack):
    return {table: stack.rows(table) for table in TABLES}


def our_tables(tables):
    return {table: [{name: _plain(value) for name, value in row.items()}
                    for row in tables.get(table, [])] for table in TABLES}


def texts(tables, theirs=None):
    """The rows as texts, UUIDs as names.  Columns that the other side always
    leaves empty are left out."""
    names = {row["_uuid"]: f"<{_key(row)}>" for rows in tables.values()
             for row in rows}
    for row in tables["Meter_Band"]:
        names[row["_uuid"]] = f"<{row['rate']}/{row['burst_size']}>"
    out = set()
    for table, rows in tables.items():
        for row in rows:
            columns = []
            for name, value in sorted(row.items()):
                if name == "_uuid" or name in CHOSEN.get(table, []) \
                        or value in ([], {}, ""):
                    continue
                columns.append(f"{name}={_name(value, names)}")
            out.add(f"{table}: {' '.join(columns)}")
    return out


def _name(value, names):
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, list):
        return sorted(_name(item, names) for item in value)
    if isinstance(value, dict):
        return sorted(value.items())
    return names.get(value, value)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--table", default="")
    parser.add_argument("file", nargs="?")
    arguments = parser.parse_args()

    commands = (read_commands(arguments.file) if arguments.file
                else questions.build(arguments.seed).commands)
    with Stack() as stack:
        stack.sbctl("chassis-add", "ch1", "geneve", "127.0.0.1")
        stack.sbctl("set", "chassis", "ch1",
                    "other_config:ct-no-masked-label=true")
        stack.nbctl(*commands)
        stack.sync()
        theirs = texts(stock_tables(stack))
        ours = texts(our_tables(rouse_tables(stack)))
    for text in sorted(theirs ^ ours, key=lambda t: (t, t in ours)):
        if text.startswith(arguments.table):
            print("-" if text in theirs else "+", text)
    print(f"{len(theirs & ours)} the same, {len(theirs - ours)} only of "
          f"ovn-northd, {len(ours - theirs)} only of Rouse")
    return 0


if __name__ == "__main__":
    sys.exit(main())
