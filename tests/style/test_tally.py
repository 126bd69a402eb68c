"""What ./check says at its end: tools/tally on reports that are made here."""

import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

TOP = pathlib.Path(__file__).resolve().parents[2]


def tally(folder):
    """Returns (exit status, lines)."""
    done = subprocess.run([sys.executable, TOP / "tools/tally", folder],
                          text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.splitlines()


def write_report(folder, suite, cases, output=""):
    """'cases' are (class, name, {element: message})."""
    root = ElementTree.Element("testsuites")
    parent = ElementTree.SubElement(root, "testsuite", name=suite)
    for class_name, name, children in cases:
        case = ElementTree.SubElement(parent, "testcase", name=name,
                                      classname=class_name)
        for tag, message in children.items():
            attributes = {"message": message} if message else {}
            ElementTree.SubElement(case, tag, **attributes)
    ElementTree.SubElement(parent, "system-out").text = output
    ElementTree.ElementTree(root).write(folder / f"{suite}.xml")


def write_programs(folder, suite, *programs):
    """As meson's testlog.json; 'programs' are (name, result, status, said)."""
    (folder / f"{suite}.json").write_text("".join(
        json.dumps({"name": name, "result": result, "returncode": status,
                    "stdout": "1..1\nok 1 - fine\n", "stderr": said}) + "\n"
        for name, result, status, said in programs))


def test_nothing_failed(tmp_path):
    write_report(tmp_path, "waker", [
        ("tests.waker", "a", {}), ("tests.waker", "b", {"skipped": ""})])
    (tmp_path / "waker.log").write_text("1 passed\n")
    (tmp_path / "clang.log").write_text("")
    write_programs(tmp_path, "waker", ("rouse / hold", "OK", 0, ""))
    assert tally(tmp_path) == (0, ["2 passed, 0 failed, 1 skipped"])


def test_each_failure_is_named(tmp_path):
    write_report(tmp_path, "e2e", [
        ("tests.e2e.test_x", "y[1]", {"failure": "assert 1 == 2\nmore"}),
        ("tests.e2e.test_x", "y[1]", {"error": "failed on teardown"})])
    write_report(tmp_path, "unit", [
        ("rouse.rouse / hold", "1 - fine", {}),
        ("rouse.rouse / hold", "2 - full", {"failure": ""}),
        ("rouse.hold/other", "2 - full", {"failure": ""})],
        "ok 1 - fine\nnot ok 2 - full\n# \n# x.c:12: error: Failure!\n")
    write_programs(tmp_path, "unit", ("rouse / hold", "ERROR", 1, "no"),
                   ("hold/other", "ERROR", 1, "no"))
    (tmp_path / "failed").write_text("e2e\nunit\n")
    assert tally(tmp_path) == (1, [
        "e2e: tests.e2e.test_x.y[1]: assert 1 == 2",
        "e2e: tests.e2e.test_x.y[1] (again): failed on teardown",
        "unit: hold.2 - full: x.c:12: error: Failure!",
        "unit: hold/other.2 - full: x.c:12: error: Failure!",
        "1 passed, 4 failed, 0 skipped"])


def test_a_program_that_breaks_after_its_tests(tmp_path):
    """Its report shows them all passed, and another program one that did
    not."""
    write_report(tmp_path, "sanitize", [
        ("rouse.rouse / leaks", "1 - fine", {}),
        ("rouse.rouse / slow", "1 - fine", {}),
        ("rouse", "rouse:fuzz / fuzz/vip", {"failure": "crashed"})])
    write_programs(
        tmp_path, "sanitize",
        ("rouse / leaks", "ERROR", 23, "==1==ERROR: LeakSanitizer: 8 bytes\n"),
        ("rouse / slow", "TIMEOUT", -15, ""),
        ("rouse:fuzz / fuzz/vip", "FAIL", 1, ""))
    (tmp_path / "failed").write_text("sanitize\n")
    assert tally(tmp_path) == (1, [
        "sanitize: fuzz/vip: crashed",
        "sanitize: leaks: ERROR, exit status 23: "
        "==1==ERROR: LeakSanitizer: 8 bytes",
        "sanitize: slow: TIMEOUT, exit status -15: ok 1 - fine",
        "2 passed, 3 failed, 0 skipped"])


def test_suites_without_a_report(tmp_path):
    (tmp_path / "clang.log").write_text("x.c:1: error: no\nninja: stopped\n")
    (tmp_path / "waker.xml").write_text("<testsuites><testsu")
    write_report(tmp_path, "cli", [("tests.cli", "a", {})])
    (tmp_path / "failed").write_text("clang\nwaker\ncli\nhost\n")
    status, lines = tally(tmp_path)
    assert status == 1
    assert lines[:3] == ["clang: ended badly: x.c:1: error: no",
                         "cli: ended badly: said nothing",
                         "host: ended badly: said nothing"]
    assert lines[3].startswith("waker: its report: cannot be read: ")
    assert lines[4:] == ["1 passed, 4 failed, 0 skipped"]


def test_the_end_of_the_output_has_them_all(tmp_path):
    """Or as many as fit into 4000 characters, and the count of the others."""
    write_report(tmp_path, "host", [
        ("tests.host.test_x", f"y[{i}]", {"failure": "long " * 100})
        for i in range(50)])
    status, lines = tally(tmp_path)
    assert status == 1
    assert sum(len(line) + 1 for line in lines) < 4000
    assert lines[0].startswith("host: tests.host.test_x.y[0]: long long")
    assert lines[-2:] == ["and 30 more", "0 passed, 50 failed, 0 skipped"]


def test_a_fuzz_target_that_breaks_is_not_skipped(tmp_path):
    """libFuzzer ends with 77 then, which means that to meson."""
    target = tmp_path / "fuzz_x"
    for status, expected in (0, 0), (1, 1), (70, 1), (77, 1):
        target.write_text(f"#!/bin/sh\nexit {status}\n")
        target.chmod(0o755)
        done = subprocess.run([TOP / "tests/fuzz/run.sh", target,
                               tmp_path / "corpus/x", "1"], cwd=tmp_path)
        assert done.returncode == expected, status
