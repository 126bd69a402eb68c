"""Northbound databases as data: Rouse and stock ovn-northd make the same flows
of them.

Each NAME.nb has commands of ovn-nbctl, one a line, as in a shell. A line

    # differs: REGEX: why

says that flows in whose line (STAGE DATAPATH PRIORITY (MATCH) (ACTIONS))
REGEX is found are meant to differ; one that excuses nothing is an error.
"""

import pathlib
import re
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "differential"))

import flows                                                # noqa: E402
from stack import Stack                                     # noqa: E402


def excuses(path):
    """[(compiled REGEX, the whole line)]"""
    found = re.findall(r"^# differs: ((.*?): .*)$", path.read_text(),
                       re.MULTILINE)
    return [(re.compile(regex), line) for line, regex in found]


@pytest.mark.parametrize("name", sorted(path.name
                                        for path in HERE.glob("*.nb")))
def test_flows_are_those_of_ovn_northd(name):
    with Stack() as stack:
        theirs, ours = flows.both(stack, flows.read_commands(HERE / name))
    assert theirs
    unused = dict.fromkeys(line for _, line in excuses(HERE / name))
    problems = []
    for line in flows.differences(theirs, ours):
        used = [text for regex, text in excuses(HERE / name)
                if regex.search(line)]
        for text in used:
            unused.pop(text, None)
        if not used:
            problems.append(line)
    assert not problems, "\n".join(problems)
    assert not unused, "excuses nothing: " + "; ".join(unused)
