"""A host with the datapath alone, and workloads in network namespaces.

Stock ovn-northd compiles the network once; datapath_lab loads the logical
flows from a file and carries the packets: no database runs meanwhile.

Runs do not meet: each has a number of its own while it lasts, which is in the
names of its namespaces and of its datapath, and clears up what the last one
with that number may have left.
"""

import fcntl
import itertools
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "differential"))
from stack import Stack  # noqa: E402

# Built beside the program that is tested.
ROUSE = pathlib.Path(os.environ.get("ROUSE", TOP / "out" / "rouse"))
LAB = pathlib.Path(os.environ.get(
    "DATAPATH_LAB",
    next((str(path) for path in (
        ROUSE.parent / "tests/datapath/datapath_lab",
        ROUSE.parent.parent / "tests/datapath/datapath_lab")
        if path.exists()), "datapath_lab")))

TABLES = ["Datapath_Binding", "Port_Binding", "Multicast_Group",
          "Address_Set", "Port_Group", "Logical_DP_Group", "Logical_Flow",
          "MAC_Binding", "Static_MAC_Binding", "FDB", "DNS", "Load_Balancer"]



def reserve_number():
    """The lowest that no other run has, and the file whose lock says so."""
    os.makedirs("/run/rouse-dp", exist_ok=True)
    for number in itertools.count():
        file = open(f"/run/rouse-dp/{number}", "w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return number, file
        except BlockingIOError:
            file.close()


NUMBER, _NUMBERS_LOCK = reserve_number()
HOST = f"rouse-dp{NUMBER}-host"
NAME = f"lab{NUMBER}"
INSTANCE = f"rouse-{NAME}"


class Pod:
    """A workload: its namespace, the host's end of its cable, addresses."""

    def __init__(self, name, number, subnet):
        self.name = name
        self.ns = f"rouse-dp{NUMBER}-{name}"
        self.interface = f"dp-{name}"
        self.port = f"sw{subnet}-{name}"
        self.mac = f"0a:00:00:00:0{subnet}:{number:02x}"
        self.ip = f"10.0.{subnet}.{number}"
        self.ip6 = f"fd00:{subnet}::{number}"
        self.gateway, self.gateway6 = f"10.0.{subnet}.1", f"fd00:{subnet}::1"
        self.switch = f"sw{subnet}"
        self.children = []

    def run(self, *argv, check=True, timeout=60, **options):
        return subprocess.run(["nsenter", f"--net=/run/netns/{self.ns}",
                               *map(str, argv)], check=check, text=True,
                              capture_output=True, timeout=timeout, **options)

    def spawn(self, *argv, **options):
        child = subprocess.Popen(["nsenter", f"--net=/run/netns/{self.ns}",
                                  *map(str, argv)], **options)
        self.children.append(child)
        return child

    def end_children(self):
        for child in self.children:
            child.kill()
            child.wait()
            for pipe in (child.stdout, child.stderr):
                if pipe:
                    pipe.close()
        self.children = []

    def forget_neighbours(self):
        """Its next packets ask anew.  Not while something is on its way: a
        packet that waits for an answer is lost when who asks forgets that."""
        for family in ("-4", "-6"):
            self.run("ip", family, "neigh", "flush", "dev", "eth0")

    def neighbour(self, ip):
        """The MAC and the state of one, as Linux names it."""
        words = self.run("ip", "neigh", "show", ip).stdout.split() or ["none"]
        mac = words[words.index("lladdr") + 1] if "lladdr" in words else None
        return mac, words[-1]

    def make_sure(self, ip, of_one=True):
        """It doubts 'ip': asks the one that it knows, or, if 'of_one' is
        false, gives that up and asks everybody when there is a packet."""
        version = "ipv6" if ":" in ip else "ipv4"
        self.run("sh", "-c", f"echo {3 if of_one else 0} > "
                 f"/proc/sys/net/{version}/neigh/eth0/ucast_solicit")
        self.run("ip", "neigh", "change", ip, "dev", "eth0", "nud", "probe")


PODS = [Pod("a", 2, 0), Pod("b", 2, 1), Pod("c", 3, 1)]
VIP, VIP6 = "10.9.0.1", "fd00:9::1"
SLEEPING = "10.9.0.2"


def ip(*commands):
    """Lines for `ip -batch`."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(commands) + "\n",
                   text=True, check=True)


def compile_network(path):
    """Two switches, a router, load balancers, stateful ACLs -> SB rows."""
    with Stack() as stack:
        commands = ["lr-add lr0"]
        for n in (0, 1):
            commands += [
                f"ls-add sw{n}",
                f"lrp-add lr0 lr0-sw{n} 0a:00:00:00:ff:0{n} 10.0.{n}.1/24 "
                f"fd00:{n}::1/64",
                f"lsp-add sw{n} sw{n}-lr0",
                f"lsp-set-type sw{n}-lr0 router",
                f"lsp-set-addresses sw{n}-lr0 router",
                f"lsp-set-options sw{n}-lr0 router-port=lr0-sw{n}",
            ]
        for pod in PODS:
            commands += [
                f"lsp-add {pod.switch} {pod.port}",
                ["lsp-set-addresses", pod.port,
                 f"{pod.mac} {pod.ip} {pod.ip6}"],
                ["lsp-set-port-security", pod.port,
                 f"{pod.mac} {pod.ip} {pod.ip6}"],
            ]
        server = PODS[1]
        commands += [
            f"lb-add web {VIP}:80 {server.ip}:8080 tcp",
            f"lb-add web6 [{VIP6}]:80 [{server.ip6}]:8080 tcp",
            f"lb-add asleep {SLEEPING}:80 {server.ip}:8080 tcp",
            "ls-lb-add sw0 web", "ls-lb-add sw0 web6", "ls-lb-add sw0 asleep",
            ["acl-add", "sw1", "to-lport", "1000", "ip", "allow-related"],
            ["acl-add", "sw1", "to-lport", "1001", "udp.dst == 9999", "drop"],
        ]
        stack.nbctl(*commands)
        stack.nbctl(f"clear Load_Balancer asleep vips")
        stack.nbctl(["set", "Load_Balancer", "asleep",
                     f'vips={{"{SLEEPING}:80"=""}}',
                     "options:event=true"])
        stack.nbctl(["set", "NB_Global", ".", "options:controller_event=true"])
        stack.sync()
        rows = json.loads(subprocess.run(
            ["ovsdb-client", "transact", stack.remote("sb"), json.dumps(
                ["OVN_Southbound"] + [{"op": "select", "table": table,
                                       "where": []} for table in TABLES])],
            check=True, capture_output=True, text=True).stdout)
        tables = {table: answer["rows"]
                  for table, answer in zip(TABLES, rows)}
        pathlib.Path(path).write_text(json.dumps(tables))


class World:
    """`with World() as world: world.start("fast")`"""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="rouse-dp-")
        self.flows = f"{self.directory}/flows.json"
        self.control = f"{self.directory}/lab.ctl"
        self.daemon = None

    def __enter__(self):
        self.remove_leftovers()
        compile_network(self.flows)
        ip(f"netns add {HOST}", *[f"netns add {pod.ns}" for pod in PODS])
        for pod in PODS:
            ip(f"link add eth0 netns {pod.ns} address {pod.mac} type veth "
               f"peer {pod.interface} netns {HOST}")
            for line in (f"link set {pod.interface} up",):
                subprocess.run(["ip", "-n", HOST, *line.split()], check=True)
            subprocess.run(
                ["ip", "-n", pod.ns, "-batch", "-"], text=True, check=True,
                input=f"link set lo up\nlink set eth0 up\n"
                      f"addr add {pod.ip}/24 dev eth0\n"
                      f"addr add {pod.ip6}/64 dev eth0 nodad\n"
                      f"route add default via {pod.gateway}\n"
                      f"route add ::/0 via {pod.gateway6}\n")
        return self

    def __exit__(self, *_):
        self.stop(remove=True)
        self.remove_leftovers()
        shutil.rmtree(self.directory, ignore_errors=True)

    @staticmethod
    def remove_leftovers():
        for name in [HOST] + [pod.ns for pod in PODS]:
            subprocess.run(["ip", "netns", "del", name],
                           stderr=subprocess.DEVNULL, check=False)
        for pins in pathlib.Path("/sys/fs/bpf").glob(f"{INSTANCE}-v*"):
            shutil.rmtree(pins)

    def start(self, mode="fast", *options, ports=None):
        self.log = open(f"{self.directory}/lab.log", "a")
        self.daemon = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{HOST}", LAB, "--flows",
             self.flows, "--name", NAME, "--mode", mode, "--control",
             self.control, *map(str, options),
             *(ports if ports is not None else
               [f"{pod.interface}={pod.port}" for pod in PODS])],
            stderr=self.log)
        end = time.monotonic() + 20
        while not self.is_listening():
            if self.daemon.poll() is not None or time.monotonic() > end:
                raise RuntimeError(self.output())
            time.sleep(0.005)

    def is_listening(self):
        """The socket's name is there a moment before."""
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(self.control) == 0

    def output(self):
        return pathlib.Path(f"{self.directory}/lab.log").read_text()

    def kill(self):
        """As a crash would."""
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()
        self.daemon = None
        os.unlink(self.control)

    def clear(self):
        """Nothing runs, and nothing is left in the kernel."""
        for pod in PODS:
            pod.end_children()
        if not self.daemon and list(pathlib.Path("/sys/fs/bpf").glob(
                f"{INSTANCE}-v*")):
            self.start()
        self.stop(remove=True)

    def stop(self, remove=False):
        if self.daemon:
            self.call("exit", *(["--remove"] if remove else []))
            status = self.daemon.wait(30)
            self.daemon = None
            assert status == 0, self.output()

    def call(self, *words):
        done = subprocess.run(
            ["ovs-appctl", "-T", "20", "-t", self.control,
             *map(str, words)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr + self.output()
        return done.stdout

    def stats(self):
        return json.loads(self.call("lab/stats"))

    def settle(self):
        """Until the pipeline has been asked for all that is to be kept."""
        wait_for(lambda: self.stats()["settled"], "end of questions")

    def entries(self):
        return json.loads(self.call("lab/flows"))

    def describe(self):
        """For whoever looks into a failure."""
        try:
            state = [json.dumps(self.stats(), indent=1),
                     *map(json.dumps, self.entries())]
        except (AssertionError, ValueError) as error:
            state = [f"the daemon does not answer: {error}"]
        return "\n".join([*state, self.output()[-4000:]])


def wait_for(condition, what, seconds=60):
    """For what should come at once, but where everybody wants the processor,
    the daemon may be stopped for seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"no {what} after {seconds} s"
        time.sleep(0.01)
