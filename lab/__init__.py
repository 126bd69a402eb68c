"""Stock OVN and Open vSwitch in network namespaces: the lab that the demo,
the benchmarks and the end-to-end tests share. See README.md."""

from . import article
from .core import Lab
from .host import Answer, Host, Pod
from .process import CommandError, Daemon, Timeout, run, wait_for

__all__ = ["Answer", "CommandError", "Daemon", "Host", "Lab", "Pod",
           "Timeout", "article", "run", "wait_for"]
