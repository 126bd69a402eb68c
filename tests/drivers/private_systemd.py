"""A systemd of one's own: a real user instance with a real D-Bus, in a mount
namespace and a control group made for it.  It sees none of the host's units,
and nothing of the host sees it."""

import os
import pathlib
import subprocess

from conftest import find_program, remove_cgroup, wait_for

SYSTEMD = "/usr/lib/systemd/systemd"

# systemd refuses to be a user instance where no systemd has booted; and what
# control groups it finds, it makes its own.
START = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
umount -R -l /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec "$@"
"""

BUS = """<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

UNITS = {
    "default.target": "[Unit]\nDefaultDependencies=no\n"
                      "Requires=dbus.socket dbus.service\n",
    "dbus.socket": "[Unit]\nDefaultDependencies=no\n"
                   "[Socket]\nListenStream=%t/bus\n",
}


class PrivateSystemd:
    def __init__(self, directory):
        self.directory = directory / "systemd"
        self.run = self.directory / "run"
        self.units = self.directory / "units"
        self.bus = f"unix:path={self.run}/bus"
        self.process = None
        self.cgroup = cgroup2_mount() / f"{directory.name}-systemd"
        self.env = None

    @staticmethod
    def missing():
        """What cannot be found here, or None."""
        if not os.path.exists(SYSTEMD):
            return "systemd"
        for name in ("dbus-daemon", "unshare", "systemctl"):
            if not find_program(name):
                return name
        return None if cgroup2_mount() else "cgroup2 file system"

    def start(self):
        for path in (self.directory, self.run, self.units):
            path.mkdir()
        self.run.chmod(0o700)
        config = self.directory / "bus.conf"
        config.write_text(BUS.format(socket=self.run / "bus"))
        for name, text in UNITS.items():
            (self.units / name).write_text(text)
        (self.units / "dbus.service").write_text(
            "[Unit]\nDefaultDependencies=no\nRequires=dbus.socket\n"
            f"[Service]\nExecStart={find_program('dbus-daemon')} "
            f"--config-file={config} --address=systemd: --nofork "
            "--nopidfile\n")

        self.cgroup.mkdir()
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory),
            "XDG_RUNTIME_DIR": str(self.run),
            "XDG_CONFIG_HOME": str(self.directory / "config"),
            "DBUS_SESSION_BUS_ADDRESS": self.bus,
            "SYSTEMD_UNIT_PATH": str(self.units),
            "SYSTEMD_ENVIRONMENT_GENERATOR_PATH": str(self.directory),
            "SYSTEMD_GENERATOR_PATH": str(self.directory),
            "SYSTEMD_LOG_LEVEL": "err",
            "SYSTEMD_LOG_TARGET": "null",
        }
        # The shell joins the group before it gets a view of groups that has
        # this one as its root.
        self.process = subprocess.Popen(
            ["sh", "-c", 'echo $$ > "$0/cgroup.procs"; '
             'exec unshare --mount --cgroup sh -c "$@"',
             self.cgroup, START, "sh", SYSTEMD, "--user"],
            env=self.env, stdin=subprocess.DEVNULL,
            stdout=open(self.directory / "log", "ab"),
            stderr=subprocess.STDOUT)
        wait_for(lambda: self.process.poll() is not None
                 or self.systemctl("show", "--property", "SystemState",
                                   "--value") == "running",
                 "systemd")
        if self.process.poll() is not None:
            raise RuntimeError((self.directory / "log").read_text())

    def systemctl(self, *words):
        return subprocess.run(
            ["systemctl", "--user", *words], env=self.env, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL).stdout.strip()

    def unit(self, name, *lines):
        (self.units / name).write_text(
            "[Unit]\nDefaultDependencies=no\n" + "\n".join(lines) + "\n")
        self.systemctl("daemon-reload")

    def service(self, name, *lines):
        self.unit(name, "[Service]", *lines)

    def property(self, unit, name):
        return self.systemctl("show", "--property", name, "--value", unit)

    def version(self):
        first = subprocess.run([SYSTEMD, "--version"], text=True,
                               stdout=subprocess.PIPE).stdout.splitlines()[0]
        return f"a user instance of {first}"

    def clean_up(self):
        if self.cgroup.exists():
            (self.cgroup / "cgroup.kill").write_text("1")
            wait_for(lambda: remove_cgroup(self.cgroup), self.cgroup)
        if self.process:
            self.process.wait()


def cgroup2_mount():
    with open("/proc/self/mountinfo", encoding="ascii") as lines:
        for line in lines:
            before, after = line.split(" - ")
            if after.startswith("cgroup2 "):
                return pathlib.Path(before.split()[4])
    return None
