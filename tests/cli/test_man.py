"""The manual pages: they render, and they know all options."""

import pathlib
import re
import shutil
import subprocess

import pytest

MAN = pathlib.Path(__file__).parents[2] / "doc" / "man"
PAGES = {
    "rouse.8": ["service add", "service list", "service show",
                "service idle", "service stay-awake", "service wake",
                "service remove", "events",
                "status", "flows", "trace", "compile"],
    "rouse-hold.8": ["hold"],
    "rouse-northd.8": ["northd"],
    "rouse-host.8": ["host"],
    "rouse-waker.8": ["waker"],
}


def options(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", text))


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is missing")
@pytest.mark.parametrize("page", PAGES)
def test_page_renders_without_warnings(page):
    done = subprocess.run(
        ["groff", "-t", "-man", "-ww", "-Tutf8", "-z", MAN / page],
        capture_output=True, text=True, check=True)
    assert done.stderr == ""


@pytest.mark.parametrize("page", PAGES)
def test_page_has_the_options_of_the_help(ovn, page):
    source = re.sub(r"\\f.", " ", (MAN / page).read_text())
    # What commands of the control socket take is none of --help's business.
    source = re.sub(r"(?s)\.SH SIGNALS AND COMMANDS\n.*?(?=\.SH)", "", source)
    text = options(source.replace("\\-", "-"))
    known = set()
    for command in PAGES[page]:
        known |= options(ovn.rouse(*command.split(), "--help").out)
    assert known - text == set(), "missing in the page"
    assert text - known == set(), "unknown to --help"


def test_overview_names_all_commands(ovn):
    text = (MAN / "rouse.8").read_text().replace("\\-", "-")
    for command in PAGES["rouse.8"]:
        assert f".SS rouse {command}" in text
