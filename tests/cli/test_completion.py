"""completions/rouse.bash, as bash would call it."""

import pathlib
import subprocess

from conftest import ROUSE

SCRIPT = pathlib.Path(__file__).parents[2] / "completions" / "rouse.bash"


def complete(ovn, *words):
    """What bash would offer for the last word."""
    done = subprocess.run(
        ["bash", "-euc",
         'source "$1"; shift; COMP_CWORD=$(($# - 1)); COMP_WORDS=("$@");'
         '_rouse || true; printf "%s\\n" "${COMPREPLY[@]}"',
         "test", SCRIPT, ROUSE, *words],
        env=ovn.env, text=True, capture_output=True, check=False)
    assert done.returncode == 0 and done.stderr == "", done
    return done.stdout.split("\n")[:-1]


def test_registers_itself():
    out = subprocess.run(
        ["bash", "-euc", 'source "$1"; complete -p rouse', "test", SCRIPT],
        text=True, capture_output=True, check=True).stdout
    assert out == "complete -F _rouse rouse\n"


def test_nouns_are_those_of_the_help(ovn):
    nouns = complete(ovn, "")[:-2]
    help_text = ovn.rouse("--help").out
    listed = help_text.split("Commands:\n")[1].split("\n\n")[0]
    assert nouns == [line.split()[0] for line in listed.splitlines()]
    assert complete(ovn, "s") == ["service", "status"]


def test_verbs_are_those_of_the_help(ovn):
    verbs = complete(ovn, "service", "")[:-1]
    listed = ovn.rouse("service", "--help").out.split("Verbs:\n")[1]
    listed = listed.split("\n\n")[0]
    assert verbs == [line.split()[0] for line in listed.splitlines()]


def test_options(ovn):
    assert complete(ovn, "service", "wake", "--no") == ["--no-wait"]
    assert complete(ovn, "events", "--f") == ["--follow"]
    assert complete(ovn, "service", "add", "web", "--wake-t") == [
        "--wake-timeout"]
    assert "--json" in complete(ovn, "status", "--")
    assert "--exec-dir" in complete(ovn, "waker", "--")
    assert complete(ovn, "hold", "--max-b") == ["--max-bytes"]


def test_arguments(ovn):
    assert complete(ovn, "service", "add", "--protocol", "") == [
        "tcp", "udp", "sctp"]
    assert complete(ovn, "service", "add", "--on-fail", "=", "d") == ["drop"]
    assert complete(ovn, "service", "add", "--on-fail", "=") == [
        "reset", "drop"]
    assert complete(ovn, "service", "add", "--driver", "s") == [
        "signal", "systemd"]
    assert complete(ovn, "service", "add", "--vip", "") == [""]


def test_names_of_services(ovn):
    for name, last in (("web", 1), ("web two", 2), ("db", 3)):
        ovn.rouse("service", "add", name, "--driver", "signal",
                  "--vip", f"10.0.0.{last}:80")
    assert complete(ovn, "service", "idle", "w") == ["web", "web\\ two"]
    assert complete(ovn, "service", "show", "") == ["db", "web", "web\\ two"]
    assert complete(ovn, "service", "add", "x", "--needs", "d") == ["db"]
    assert complete(ovn, "service", "list", "") == [""]


def test_no_database(ovn):
    ovn.nb.stop()
    assert complete(ovn, "service", "idle", "") == [""]
