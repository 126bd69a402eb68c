"""doc/tutorial-host.md, as it stands: its commands are run, one block after
the other, in one shell, and what they print is what the page shows.

    ```sh      commands
    ```text    what the commands before print: "..." stands for anything, a
               time for any time

In namespaces of its own, with a Podman whose storage is its own, too."""

import contextlib
import glob
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

from conftest import ROUSE, STOCK, TOP, program

PAGE = TOP / "doc" / "tutorial-host.md"
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOLDERS = [str(STOCK / "bin"), str(STOCK / "sbin"), "/usr/sbin", "/sbin"]

# What Debian's packages would have set up. Limits: a container cannot have
# higher ones than its parent where that has no CAP_SYS_RESOURCE.
CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
tmp_dir = "@DIR/tmp"
runtime = "runc"
conmon_path = ["@CONMON"]
[engine.runtimes]
runc = ["@RUNC"]
"""
STORAGE_CONF = """
[storage]
driver = "vfs"
graphroot = "@DIR/root"
runroot = "@DIR/run"
"""

# One shell runs all; whoever runs in namespaces of their own has names of
# their own in /run/netns, too. At the end it says how far it has come.
PROLOGUE = """set -eu -o pipefail
mkdir -p /run/netns
mount -t tmpfs tmpfs /run/netns
cd "$ROUSE_TUTORIAL"
"""


def find(name):
    path = os.pathsep.join([os.environ["PATH"], *FOLDERS])
    return shutil.which(name, path=path)


def blocks():
    """Pairs: commands, and what they print or None."""
    found = []
    for match in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        kind, text = match.groups()
        if kind == "sh":
            found.append([text, None])
        else:
            assert found and found[-1][1] is None, f"output of what? {text}"
            found[-1][1] = text
    return found


def pattern(expected):
    """A regular expression for what a block of text shows."""
    text = re.escape(expected.rstrip("\n"))
    text = text.replace(r"\.\.\.", ".*")
    text = re.sub(r"[0-9./\\]+(\\ )?(ms|s)\b", r"[-0-9./]+ ?m?s", text)
    # What is not known yet in a table may be known.
    text = re.sub(r"(?<=\\ )\\-(?=\\ )", r"\\S+( m?s)?", text)
    # How wide a column is depends on what is in it.
    return re.sub(r"(?:\\ )+", " +", text)


@pytest.fixture
def place():
    """A directory with configuration for Podman; what is in the kernel, in
    control groups or in containers afterwards goes."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="rouse-tutorial-"))
    values = {"DIR": str(directory / "podman"), "CONMON": find("conmon"),
              "RUNC": find("runc")}
    for name, text in (("containers.conf", CONTAINERS_CONF),
                       ("storage.conf", STORAGE_CONF)):
        for key, value in values.items():
            text = text.replace(f"@{key}", value)
        (directory / name).write_text(text, encoding="utf-8")
    policy = directory / ".config" / "containers" / "policy.json"
    policy.parent.mkdir(parents=True)
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    yield directory
    for path in directory.glob("net/rouse-host.*.ctl"):
        # It did not come to its end.
        subprocess.run([program("ovs-appctl"), "-t", path, "exit",
                        "--cleanup"], check=False)
    shutil.rmtree(directory, ignore_errors=True)
    for group in glob.glob("/sys/fs/cgroup/**/libpod_parent",
                           recursive=True):
        with contextlib.suppress(OSError):  # Somebody else's containers.
            os.rmdir(group)


def environment(directory):
    libraries = STOCK / "lib" / "x86_64-linux-gnu"
    schemas = os.environ.get("ROUSE_SCHEMA_DIR", str(STOCK / "share"))
    kept = {key: value for key, value in os.environ.items()
            if not key.startswith(("OVS_", "OVN_", "ROUSE_"))}
    return {**kept, "HOME": str(directory),
            "PATH": os.pathsep.join([str(pathlib.Path(ROUSE).parent),
                                     os.environ["PATH"], *FOLDERS]),
            "LD_LIBRARY_PATH": str(libraries), "LC_ALL": "C",
            "CONTAINERS_CONF": str(directory / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(directory / "storage.conf"),
            "ROUSE_SCHEMA_DIR": schemas, "ROUSE_TUTORIAL": str(directory)}


def test_tutorial(place):
    for name in ("podman", "runc", "conmon"):
        if not find(name):
            pytest.skip(f"{name} is not installed")
    steps = blocks()
    assert len(steps) > 5 and any(text for _, text in steps)
    script = PROLOGUE + "".join(
        f"exec >out{number} 2>&1\n{commands}"
        for number, (commands, _) in enumerate(steps)) + "touch end\n"
    (place / "script").write_text(script, encoding="utf-8")
    shell = subprocess.run(
        ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child",
         "--mount-proc", "bash", "script"], cwd=place,
        env=environment(place), stdin=subprocess.DEVNULL, timeout=120,
        capture_output=True, text=True)

    said = [path.read_text(encoding="utf-8") if path.exists() else None
            for path in (place / f"out{number}"
                         for number in range(len(steps)))]
    log = place / "net" / "host.log"
    story = "\n".join(
        f"{commands}---- printed:\n{output}"
        for (commands, _), output in zip(steps, said) if output is not None)
    story += f"\n{shell.stderr}" + (log.read_text() if log.exists() else "")
    assert (place / "end").exists(), story
    for (commands, expected), output in zip(steps, said):
        if expected is not None:
            assert re.fullmatch(pattern(expected), output.rstrip("\n")), (
                f"{commands}---- should print:\n{expected}---- but did:\n"
                f"{output}\n{story}")
        else:
            assert "rror" not in output, story


def test_undo_leaves_nothing():
    """The page's last commands take away all that the others have made."""
    text = "".join(commands for commands, _ in blocks())
    undo = blocks()[-1][0]
    for made, gone in ((r"ip link add (me)\b", r"ip link delete {}\b"),
                       (r"rouse (host) ", r"rouse-{} exit --cleanup"),
                       (r"- (localhost/\w+)", r"podman rmi {}\b")):
        names = re.findall(made, text)
        assert names
        for name in names:
            assert re.search(gone.format(re.escape(name)), undo), name
