"""The whole way to a real container: a packet wakes what Podman runs."""

import contextlib
import os
import pathlib
import shutil

import pytest

from lab import CommandError, run
from scene import PATIENCE_S, ROUSE, TOP, Scene, wait_for

# A server that is linked statically: all there is in the container.
BACKEND = pathlib.Path(os.environ.get(
    "ROUSE_BUILD", os.path.dirname(ROUSE))) / "tests/drivers/backend"
STOCK = pathlib.Path(TOP) / "out/stock/usr"
PROGRAMS = os.pathsep.join([os.environ["PATH"], "/usr/sbin",
                            str(STOCK / "bin"), str(STOCK / "sbin")])


class Podman:
    """A Podman with storage, state and socket of its own, in a lab."""

    def __init__(self, lab):
        self.lab = lab
        self.directory = pathlib.Path(lab.directory("podman"))
        self.group = f"rouse-{os.path.basename(lab.run_directory)}-podman"
        self.socket = self.directory / "podman.sock"
        self.env = {
            **lab.environment(str(self.directory)), "PATH": PROGRAMS,
            "LD_LIBRARY_PATH": str(STOCK / "lib/x86_64-linux-gnu")}
        self.argv = [shutil.which("podman", path=PROGRAMS)]
        for option, value in (
                ("root", self.directory / "root"),
                ("runroot", self.directory / "run"),
                ("tmpdir", self.directory / "tmp"),
                ("storage-driver", "vfs"), ("cgroup-manager", "cgroupfs"),
                ("events-backend", "none"),
                ("runtime", shutil.which("runc", path=PROGRAMS)),
                ("conmon", shutil.which("conmon", path=PROGRAMS))):
            self.argv += [f"--{option}", str(value)]

    def run(self, *words, check=True):
        return run([*self.argv, *words], env=self.env, timeout=PATIENCE_S,
                   check=check).strip()

    def start_service(self):
        """Serve the REST socket."""
        service = self.lab.daemon(
            "podman", [*self.argv, "system", "service", "--time", "0",
                       f"unix://{self.socket}"], None, str(self.directory))
        service.env = self.env
        service.start()
        wait_for(self.socket.exists, PATIENCE_S, "Podman's socket")

    def create(self, name, pod, *command):
        """A container of the backend program in a pod's network."""
        root = self.directory / f"rootfs-{name}"
        for part in ("dev", "proc", "sys", "etc", "run", "tmp"):
            (root / part).mkdir(parents=True)
        shutil.copy(BACKEND, root / "backend")
        self.run("create", "--name", name, "--network",
                 f"ns:/run/netns/{pod.ns}", "--ulimit", "nofile=1024:1024",
                 "--ulimit", "nproc=1000:1000", "--cgroup-parent", self.group,
                 "--rootfs", str(root), "/backend", *map(str, command))

    def is_running(self, name):
        return self.run("inspect", "--format", "{{.State.Running}}",
                        name) == "true"

    def clean_up(self):
        """Containers go, and their control groups, which outlive them."""
        self.run("rm", "-f", "-a", "-t", "0", check=False)
        top = pathlib.Path("/sys/fs/cgroup")
        for group in [*top.glob(self.group), *top.glob(f"*/{self.group}")]:
            for path in sorted(group.glob("**/"), reverse=True):
                with contextlib.suppress(OSError):
                    path.rmdir()


@pytest.fixture(scope="module")
def stage(engine):
    """A Scene whose waker talks to a Podman of its own."""
    missing = [name for name in ("podman", "runc", "conmon")
               if not shutil.which(name, path=PROGRAMS)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    if not BACKEND.exists():
        pytest.skip(f"no {BACKEND}: not built with the tests")
    with Scene(engine, waker=False) as scene:
        scene.podman = Podman(scene.lab)
        try:
            scene.podman.start_service()
            scene.start_waker(f"--container-socket={scene.podman.socket}")
            scene.wait_daemons()
            yield scene
        finally:
            scene.podman.clean_up()


@pytest.fixture
def container(scene):
    """A service whose backend is a container in a pod's network."""
    service = scene.new_service()
    pod = service.backend
    name = f"rouse-{service.name}"
    scene.podman.create(name, pod, "0.0.0.0", service.backend_port, 200)
    try:
        scene.podman.run("start", name)
        scene.podman.run("stop", "-t", "0", name)
    except CommandError as error:
        pytest.skip(f"Podman cannot run containers here: {error}")
    return service, name


@pytest.mark.parametrize("prefix", ["", "pause:"])
def test_container(scene, container, prefix):
    """A packet starts it, or goes on with it, and is delivered once it
    listens; idling stops it."""
    service, name = container
    scene.add(service, driver="container", target=f"{prefix}{name}",
              backends=f"{service.vip}={service.backends}")
    for _ in range(3):
        client = scene.host("external")
        stream = client.open(service.address, service.port)
        service.wait_state("awake")
        assert scene.podman.is_running(name)
        client.hang_up(stream)
        service.idle()
    if not prefix:
        assert not scene.podman.is_running(name)
