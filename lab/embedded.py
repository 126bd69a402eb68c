"""The lab on Rouse's own engine: one machine, one `rouse host`, and pods.

`HostLab` has what scenarios use of `Lab` -- nbctl, sbctl, add_pods,
add_service, pods, external -- so that article.build() and the pods' agents
work on both engines.
"""

import contextlib
import glob
import json
import os
import shutil

from . import backends, stock
from .core import EXTERNAL_ADDRESSES, EXTERNAL_MAC, Lab
from .host import Host, Pod
from .network import add_namespaces, add_veths, configure
from .process import CommandError, run, wait_for


def forget(instance):
    """Take out of the kernel what a `rouse host` that was killed has left
    there for the next start: its TAP, if that is in this namespace, and its
    pins. `instance` is its name, in its status."""
    run(["ip", "link", "delete", instance], check=False)
    for folder in glob.glob(f"/sys/fs/bpf/{glob.escape(instance)}-v*"):
        shutil.rmtree(folder)


class _Machine:
    """The machine that runs `rouse host`, as a chassis of scenarios."""

    def __init__(self, lab):
        self.lab = lab
        self.name = "ch1"
        self.ns = lab.namespace("machine")
        self.directory = lab.directory("host")
        self.env = lab.environment(self.directory)

    def vsctl(self, *words, **options):
        return run([stock.program("ovs-vsctl"), "--timeout=30",
                    f"--db=unix:{self.directory}/db.sock", *words],
                   env=self.env, **options)


class HostLab(Lab):
    """options: more arguments for `rouse host`. northd: flows come from a
    stock ovn-northd beside it instead of the compiler."""

    offloads = True

    def __init__(self, *options, northd=False, external=True, **more):
        super().__init__(chassis=1, external=external, **more)
        self.options = [str(option) for option in options]
        self.northd = northd
        self.machine = None
        self.daemon_host = None
        self._instance = None

    def close(self):
        super().close()
        if self._instance:
            forget(self._instance)

    def _start(self):
        self.machine = _Machine(self)
        self.chassis = [self.machine]
        add_namespaces([self.machine.ns])
        if self._external:
            self.external = Host(self, "ext", EXTERNAL_MAC,
                                 EXTERNAL_ADDRESSES)
            add_namespaces([self.external.ns])
            add_veths([((self.machine.ns, "ex0"),
                        (self.external.ns, "eth0"))])
            configure(self.machine.ns, ["link set ex0 up"])
            self.external.start()
        self.start_host()
        if self.northd:
            self.daemon(
                "northd", [stock.program("ovn-northd"),
                           f"--ovnnb-db={self.remote('nb')}",
                           f"--ovnsb-db={self.remote('sb')}",
                           f"--unixctl={self.machine.directory}/northd.uctl",
                           "-vconsole:off", "-vsyslog:off"],
                self.machine.ns, self.machine.directory).start()
        self.machine.vsctl(
            "set", "Open_vSwitch", ".", "external_ids:system-id=ch1",
            "external_ids:ovn-bridge-mappings=external:ex0")
        if self.external:
            self.external.wait_agent()

    @property
    def exec_dir(self):
        """Where the exec driver's programs are."""
        return self.directory("exec.d")

    def start_host(self):
        """Start `rouse host` and wait until it is ready."""
        directory = self.machine.directory
        if not self.daemon_host:
            # The chassis has its name from the beginning.
            backends.install(self)
            self.daemon_host = self.daemon(
                "host", [self.rouse, "host", "--dir", directory,
                         "--schema-dir", os.path.join(stock.STOCK,
                                                      "usr/share"),
                         f"--unixctl={self.control}",
                         f"--log-file={directory}/host.log",
                         "-vconsole:off", "-vsyslog:off",
                         f"--exec-dir={self.exec_dir}",
                         *(["--no-compile"] if self.northd else []),
                         *self.options], self.machine.ns, directory)
        self.daemon_host.start()

        def ready():
            if not self.daemon_host.running():
                raise CommandError(f"rouse host ended; see {directory}")
            with contextlib.suppress(CommandError):
                status = self.status()
                return status["ready"] and status
            return None
        status = wait_for(ready, 20, "rouse host")
        self._instance = status["fabric"]["datapath"]["instance"]
        return self.daemon_host

    def start_host_anew(self, *options):
        """End `rouse host` and start it with other options."""
        self.daemon_host.stop()
        self.daemon_host = None
        self.options = [str(option) for option in options]
        self.start_host()
        self.sync()

    @property
    def control(self):
        """The control socket of `rouse host`."""
        return f"{self.machine.directory}/rouse-host.ctl"

    def status(self):
        """What `rouse host` says of itself."""
        return json.loads(self.appctl("rouse/status"))

    def appctl(self, *words):
        return run([stock.program("ovs-appctl"), "-t", self.control, *words],
                   env=self.machine.env)

    def waker_status(self):
        return self.status()["waker"]

    def socket(self, db):
        return f"{self.machine.directory}/ovn{db}_db.sock"

    def remote(self, db):
        return f"unix:{self.socket(db)}"

    def _ctl(self, name, db, words, options):
        return run([stock.program(name), "--timeout=30",
                    f"--db={self.remote(db)}", *words],
                   env=self.machine.env, **options)

    def nbctl(self, *words, **options):
        return self._ctl("ovn-nbctl", "nb", words, options)

    def sbctl(self, *words, **options):
        return self._ctl("ovn-sbctl", "sb", words, options)

    def start_waker(self, *options):
        """Run a `rouse waker` beside it; a Daemon."""
        self.wakers.append(self._rouse(
            "waker", self.machine.ns,
            self.directory(f"waker{len(self.wakers) + 1}"), [],
            f"--ovnnb-db={self.remote('nb')}",
            f"--ovnsb-db={self.remote('sb')}", *options))
        return self.wakers[-1]

    def add_pods(self, *specs):
        pods = [Pod(self, **{**spec, "chassis": self.machine})
                for spec in specs]
        add_namespaces([pod.ns for pod in pods])
        add_veths([((pod.ns, "eth0"), (self.machine.ns, pod.name))
                   for pod in pods])
        for pod in pods:
            pod.start()
            self.pods[pod.name] = pod
        self.nbctl(*sum((pod.nb_commands() for pod in pods), []))
        configure(self.machine.ns,
                  [f"link set {pod.name} up" for pod in pods])
        self.machine.vsctl(*sum((pod.ovs_commands() for pod in pods), []))
        self.nbctl(*(word for pod in pods for word in (
            "--", "wait-until", "Logical_Switch_Port", pod.name, "up=true")))
        for pod in pods:
            pod.wait_agent()
        return pods

    def remove_pod(self, name):
        """Take a pod of add_pods() away again."""
        pod = self.pods.pop(name)
        pod.agent.kill()
        self.machine.vsctl("del-port", name)
        self.nbctl("lsp-del", name)
        configure(self.machine.ns, [f"link delete {name}"])
        run(["ip", "netns", "delete", pod.ns])
