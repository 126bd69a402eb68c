"""The fast path loads on Linux 5.15: it uses nothing that came later.

What there is, in the order in which it came, is in <linux/bpf.h>: helpers and
types of maps have numbers that never change. The last ones of 5.15 are those
below (BPF features by kernel version, docs/kernel-versions.md of bcc)."""

import pathlib
import re

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
HEADER = pathlib.Path("/usr/include/linux/bpf.h")
SOURCES = sorted((TOP / "src").rglob("*.bpf.[ch]"))
PAGE = TOP / "doc" / "datapath.md"

LAST_HELPER = "task_pt_regs"
LAST_MAP_TYPE = "BPF_MAP_TYPE_TASK_STORAGE"

# Of libbpf's headers: no calls into the kernel.
MACROS = {"bpf_htons", "bpf_htonl", "bpf_ntohs", "bpf_ntohl", "bpf_cpu_to_be64",
          "bpf_be64_to_cpu"}
SECTIONS = {"tc", ".maps", "license"}


def upto(names, last):
    """Those that came no later than the last one of 5.15."""
    assert last in names
    return set(names[:names.index(last) + 1])


def helpers():
    text = HEADER.read_text()
    return [name for name in re.findall(r"^\s*FN\((\w+)[,)]", text, re.M)]


def map_types():
    body = re.search(r"^enum bpf_map_type \{(.*?)^\};", HEADER.read_text(),
                     re.M | re.S).group(1)
    return re.findall(r"^\s*(BPF_MAP_TYPE_\w+)", body, re.M)


@pytest.fixture(params=SOURCES, ids=lambda path: path.name)
def source(request):
    """A program's text, without comments."""
    return re.sub(r"/\*.*?\*/", "", request.param.read_text(), flags=re.S)


def calls(source):
    return set(re.findall(r"\b(bpf_\w+)\s*\(", source)) - MACROS


def test_helpers_are_of_5_15(source):
    known = {f"bpf_{name}" for name in upto(helpers(), LAST_HELPER)}
    assert calls(source) and calls(source) - known == set(), (
        "newer than Linux 5.15, or no helper at all")


def test_no_functions_of_the_kernel(source):
    """Kfuncs come and go with each version."""
    assert not re.search(r"\b(__ksym|__weak|__kconfig|bpf_for|bpf_repeat"
                         r"|may_goto)\b", source)


def test_maps_are_of_5_15(source):
    used = set(re.findall(r"\bBPF_MAP_TYPE_\w+", source))
    assert used and used <= upto(map_types(), LAST_MAP_TYPE)


def test_sections_are_of_5_15(source):
    """"tc" is attached by netlink; "tcx" and "netkit" came later."""
    used = set(re.findall(r'\bSEC\("([^"]+)"\)', source))
    assert used <= SECTIONS


def test_instructions_are_of_5_15():
    """v4 came with 6.6."""
    assert SOURCES
    built = (TOP / "src" / "datapath" / "meson.build").read_text()
    assert re.findall(r"-mcpu=(\w+)", built) == ["v3"]


def test_the_page_knows_all_helpers(source):
    table = re.findall(r"^\| `(bpf_\w+)` \|", PAGE.read_text(), re.M)
    assert calls(source) <= set(table), f"say in {PAGE.name} since when"
