"""A Podman of one's own: its storage, its state and its REST socket are in a
directory, and no image is needed."""

import os
import pathlib
import shutil
import socket
import subprocess

from conftest import (BACKEND, STOCK, find_program, remove_cgroup,
                      wait_for)

LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"]


class Podman:
    def __init__(self, directory):
        self.directory = directory
        self.socket = directory / "podman.sock"
        self.service = None
        self.cgroup = directory.name
        self.argv = [
            find_program("podman"), "--root", directory / "root",
            "--runroot", directory / "run", "--tmpdir", directory / "tmp",
            "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs",
            "--events-backend", "none", "--runtime", find_program("runc"),
            "--conmon", find_program("conmon"),
        ]
        libraries = STOCK / "usr" / "lib" / "x86_64-linux-gnu"
        self.env = dict(os.environ, LD_LIBRARY_PATH=str(libraries))

    @staticmethod
    def missing():
        """Names of programs that are not to be found."""
        return [name for name in ("podman", "conmon", "runc")
                if not find_program(name)]

    def run(self, *words, check=True):
        done = subprocess.run([*self.argv, *words], env=self.env, text=True,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if check and done.returncode:
            raise RuntimeError(f"podman {words}: {done.stderr}")
        return done.stdout.strip()

    def create(self, name, *command, options=()):
        """A container that runs `backend COMMAND` on a file system of its
        own, in a network of its own."""
        root = self.directory / f"rootfs-{name}"
        for part in ("", "dev", "proc", "sys", "etc", "run", "tmp"):
            (root / part).mkdir(parents=True, exist_ok=True)
        shutil.copy(BACKEND, root / "backend")
        self.run("create", "--name", name, "--network", "none", *LIMITS,
                 "--cgroup-parent", self.cgroup, *options,
                 "--rootfs", root, "/backend", *map(str, command))
        return name

    def pid(self, name):
        return int(self.run("inspect", "--format", "{{.State.Pid}}", name))

    def in_network(self, name, *command):
        """Runs a command in the container's network namespace."""
        return subprocess.run(
            ["nsenter", f"--net=/proc/{self.pid(name)}/ns/net", *command],
            check=True, text=True, stdout=subprocess.PIPE).stdout

    def get(self, name, port, address="127.0.0.1"):
        return self.in_network(name, BACKEND, "get", address, str(port))

    def start_service(self):
        self.service = subprocess.Popen(
            [*self.argv, "system", "service", "--time", "0",
             f"unix://{self.socket}"], env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=open(self.directory / "service.log", "ab"),
            stderr=subprocess.STDOUT)
        wait_for(self.accepts, "Podman's service")

    def accepts(self):
        """The socket is there before anybody listens."""
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(self.socket))
        except OSError:
            return False
        return True

    def stop_service(self):
        if self.service:
            self.service.kill()
            self.service.wait()
            self.service = None

    def clean_up(self):
        self.stop_service()
        if (self.directory / "root").exists():
            self.run("rm", "-f", "-a", "-t", "0", check=False)
        top = pathlib.Path("/sys/fs/cgroup")
        for group in [*top.glob(self.cgroup), *top.glob(f"*/{self.cgroup}")]:
            wait_for(lambda group=group: remove_cgroup(group), group)
