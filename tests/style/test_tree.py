"""Conventions of doc/architecture.md that a machine can check."""

import collections
import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
SOURCES = sorted(path for path in (TOP / "src").rglob("*")
                 if path.suffix in (".c", ".h", ".def"))

# Generated from the databases' schemas and from eBPF: only these folders see
# them.
GENERATED = {"ovn-nb-idl.h": {"nb", "compile", "north"},
             "ovn-sb-idl.h": {"sb"},
             "fastpath.skel.h": {"datapath"}}

# One place blocks in each process.
MAY_BLOCK = {"role_hold.c", "role_host.c", "role_northd.c", "role_waker.c",
             "cli_conn.c"}


def lines(pattern, paths=SOURCES):
    """FILE:LINE: TEXT of each line that matches."""
    return [f"{path.relative_to(TOP)}:{number}: {line}"
            for path in paths
            for number, line in enumerate(path.read_text().splitlines(), 1)
            if re.search(pattern, line)]


def test_lines_fit_into_79_columns():
    assert lines(r"^.{80}") == []


def test_no_tabs_nor_trailing_blanks():
    assert lines(r"\t|\s$") == []


def test_nothing_is_left_to_do():
    assert lines(r"\b(TODO|FIXME|XXX)\b") == []


def test_nothing_sleeps():
    assert lines(r"\b(u?sleep|nanosleep)\(") == []


def test_one_place_blocks():
    paths = [path for path in SOURCES if path.name not in MAY_BLOCK]
    assert lines(r"\bpoll_block\(\);", paths) == []


def test_file_names_are_unique():
    count = collections.Counter(path.name for path in SOURCES)
    assert [name for name, n in count.items() if n > 1] == []


def test_no_file_outgrows_its_reader():
    assert [str(path.relative_to(TOP)) for path in SOURCES
            if len(path.read_text().splitlines()) > 800] == []


def test_only_base_includes_private_headers_of_open_vswitch():
    """In quotes stand Rouse's own headers and nothing else."""
    own = {path.name for path in SOURCES}
    strangers = []
    for path in SOURCES:
        if path.name == "ovs.h":
            continue
        for name in re.findall(r'#include "([^"]+)"', path.read_text()):
            folder = path.relative_to(TOP / "src").parts[0]
            if name not in own and folder not in GENERATED.get(name, ()):
                strangers.append(f"{path.relative_to(TOP)}: {name}")
    assert strangers == []


def test_headers_say_what_they_are():
    """Each header begins with a comment."""
    assert [str(path.relative_to(TOP)) for path in SOURCES
            if path.suffix == ".h"
            and not path.read_text().startswith("/*")] == []


def test_reasons_keep_their_numbers():
    numbers = re.findall(r"^REASON\((\d+),",
                         (TOP / "src/base/reasons.def").read_text(), re.M)
    assert len(numbers) == len(set(numbers)) > 0


# Folders whose files all have a test. (Of the others many are tested through
# the program.)
TESTED_FOLDERS = ["compile", "lflow", "pipeline"]

# What is no unit of its own, and the test that it is tested by.
TESTED_WITH = {
    "pipe_answer": "act_icmp4",
    "pipe_answer_icmp": "act_icmp4",
    "pipe_answer_reset": "act_tcp_reset",
    "lact_args": "lact",
    "lact_bare": "lact",
    "lact_call": "lact",
    "lact_endpoint": "lact",
    "lact_field": "lact",
    "lact_nested": "lact",
    "lact_number": "lact",
    "lact_parse": "lact",
}


def test_each_file_has_its_test():
    """tests/unit/FOLDER/test_FILE.c, or data for a script, packets/FILE.rt;
    and meson.build knows it."""
    missing = []
    for folder in TESTED_FOLDERS:
        tests = TOP / "tests" / "unit" / folder
        registered = (tests / "meson.build").read_text()
        for path in (TOP / "src" / folder).glob("*.c"):
            name = TESTED_WITH.get(path.stem, path.stem)
            files = [tests / f"test_{name}.c", tests / f"packets/{name}.rt",
                     tests / f"actions/{name}.rt"]
            if not any(file.exists() for file in files) \
                    or not re.search(rf"\b{name}'", registered) \
                    and not name.startswith("act_"):
                missing.append(str(path.relative_to(TOP)))
    assert missing == []


def test_each_action_has_its_test():
    """How each is written, and what becomes of packets; meson.build runs those
    of the table."""
    files = {path.stem
             for path in (TOP / "src/pipeline/actions").glob("act_*.c")}
    tests = {path.stem
             for path in (TOP / "tests/unit/pipeline/actions").iterdir()}
    assert files == tests
    for name in sorted(tests):
        text = (TOP / f"tests/unit/pipeline/actions/{name}.rt").read_text()
        for line in "ok", "bad", "flow", "packet|frame|raw-frame":
            assert re.search(rf"^({line}) ", text, re.M), (name, line)


def test_each_packet_script_is_run():
    tests = TOP / "tests/unit/pipeline"
    registered = (tests / "meson.build").read_text()
    assert [path.name for path in (tests / "packets").iterdir()
            if f"'{path.stem}'" not in registered] == []


def test_each_seed_belongs_to_a_target():
    """tests/fuzz/corpus/NAME is fuzz_NAME's, and not empty."""
    fuzz = TOP / "tests" / "fuzz"
    targets = {path.stem[len("fuzz_"):] for path in fuzz.glob("fuzz_*.c")
               if "LLVMFuzzerTestOneInput" in path.read_text()}
    assert targets == {path.name for path in (fuzz / "corpus").iterdir()}
    assert [path.name for path in (fuzz / "corpus").iterdir()
            if not any(path.iterdir())] == []
