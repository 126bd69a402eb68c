"""Hosts: namespaces with an address and a resident agent. Pods are hosts on
a logical switch."""

import dataclasses
import json
import os
import socket

from .network import configure
from .process import CommandError, run, wait_for

AGENT = os.path.join(os.path.dirname(__file__), "agent")


@dataclasses.dataclass
class Answer:
    """What became of one exchange; times are CLOCK_MONOTONIC, in ns."""
    start_ns: int
    connect_ns: int     # HTTP only; None: did not connect
    answer_ns: int      # None: no answer
    error: str          # None, "timeout", or an errno's name: "ECONNREFUSED"
    body: str           # name of the host that answered (UDP: and "hello")
    source_port: int
    retransmits: int    # HTTP only: of TCP, until it connected

    @property
    def ok(self):
        return self.error is None

    @property
    def connect_ms(self):
        return (self.connect_ns - self.start_ns) / 1e6

    @property
    def answer_ms(self):
        return (self.answer_ns - self.start_ns) / 1e6


class Host:
    """A namespace whose eth0 has the given addresses ("A/LEN")."""

    def __init__(self, lab, name, mac, addresses):
        self.lab = lab
        self.name = name
        self.mac = mac
        self.ns = lab.namespace(name)
        self.directory = lab.directory(name)
        self.addresses = addresses
        options = [] if lab.offloads else ["no-offloads"]
        self.agent = lab.daemon(
            "agent", ["/usr/bin/python3", "-E", "-s", "-S", AGENT, name,
                      self.directory, *options], self.ns, self.directory)

    @property
    def ipv4(self):
        return self._address(lambda text: ":" not in text)

    @property
    def ipv6(self):
        return self._address(lambda text: ":" in text)

    def _address(self, wanted):
        for text in self.addresses:
            if wanted(text):
                return text.partition("/")[0]
        return None

    def start(self):
        """Configure eth0, which exists already, and start the agent."""
        configure(self.ns, self._interface())
        self.agent.start()

    def _interface(self):
        """What to tell `ip` about eth0."""
        lines = [f"address add {text} dev eth0 nodad"
                 if ":" in text else f"address add {text} dev eth0"
                 for text in self.addresses]
        return [f"link set eth0 address {self.mac}", *lines,
                "link set eth0 up"]

    def wait_agent(self):
        path = os.path.join(self.directory, "agent.fifo")
        wait_for(lambda: os.path.exists(path), 10, f"agent of {self.name}")

    # Commands in the namespace.

    def exec(self, *argv, **options):
        """Run a command here and return its output."""
        return run(argv, ns=self.ns,
                   env=self.lab.environment(self.directory), **options)

    def spawn(self, name, *argv):
        """Start a long-running program here."""
        return self.lab.daemon(name, argv, self.ns, self.directory).start()

    # The agent.

    def call(self, op, timeout=60.0, **arguments):
        """Give the agent a command and return its answer."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(timeout)
            sock.connect(os.path.join(self.directory, "agent.sock"))
            sock.sendall(json.dumps({"op": op, **arguments}).encode() + b"\n")
            with sock.makefile("r", encoding="utf-8") as file:
                line = file.readline()
        answer = json.loads(line) if line else {"error": "agent ended"}
        if isinstance(answer, dict) and answer.get("error"):
            raise CommandError(f"{self.name}: {op}: {answer['error']}")
        return answer

    def listen(self, port=80, proto="http", delay_ms=0):
        """Open a server of agent/server.py ("http", "echo", "udp", "sctp")
        in delay_ms and return its status once it listens."""
        return self.call("listen", proto=proto, port=port, delay_ms=delay_ms)

    def close(self, port=80, proto="http"):
        """Close a server and reset its connections."""
        return self.call("close", proto=proto, port=port)

    def status(self):
        """The servers of this host: a list of dictionaries."""
        return self.call("status")

    def shell_listen(self, port=80, proto="http", delay_ms=0):
        """A shell command, fast and returning at once, that does listen();
        for drivers' start commands."""
        return self._shell("listen", proto=proto, port=port,
                           delay_ms=delay_ms)

    def shell_close(self, port=80, proto="http"):
        """A shell command that does close()."""
        return self._shell("close", proto=proto, port=port)

    def shell_listening(self, port=80, proto="http"):
        """A shell command that succeeds while the server listens."""
        return f"test -e {self.directory}/listening-{proto}-{port}"

    def _shell(self, op, **arguments):
        line = json.dumps({"op": op, **arguments})
        return f"echo '{line}' >{self.directory}/agent.fifo"

    def exchange(self, address, port=80, proto="http", timeout=10.0,
                 retry_ms=0):
        """A request by "http", "udp" or "sctp"; its Answer."""
        return self.exchange_all([(address, port)], proto, timeout,
                                 retry_ms=retry_ms)[0]

    def exchange_all(self, targets, proto="http", timeout=10.0, within_ms=0,
                     retry_ms=0):
        """An exchange with each (address, port), begun evenly spread over
        within_ms; one Answer for each, in order. With retry_ms, datagrams
        are sent again that often until they are answered."""
        step = within_ms / len(targets)
        answers = self.call(
            "exchange", timeout=timeout + within_ms / 1000 + 30,
            timeout_ms=timeout * 1000,
            targets=[{"proto": proto, "address": address, "port": port,
                      "at_ms": index * step, "retry_ms": retry_ms}
                     for index, (address, port) in enumerate(targets)])
        return [Answer(**answer) for answer in answers]

    def open(self, address, port):
        """Connect to an "echo" server; the stream's number for say()."""
        return self.call("open", address=address, port=port,
                         timeout_ms=10000)["stream"]

    def say(self, stream, text="hello", timeout=1.0):
        """Send text on a stream; milliseconds until it came back."""
        return self.call("say", stream=stream, text=text,
                         timeout_ms=timeout * 1000)["ms"]

    def hang_up(self, stream):
        self.call("hang_up", stream=stream)

    def barrage(self, address, port=80, proto="http", timeout=10.0):
        """Begin exchanges one after the other; the number to end them."""
        return self.call("barrage", timeout_ms=timeout * 1000,
                         target={"proto": proto, "address": address,
                                 "port": port})["barrage"]

    def end_barrage(self, number):
        """{"answered": N, "slowest_ms": T, "failures": [result...]}."""
        return self.call("end_barrage", barrage=number)


class Pod(Host):
    """A host behind a logical switch port of the same name on a chassis."""

    def __init__(self, lab, name, switch, chassis, mac, addresses, gateways):
        super().__init__(lab, name, mac, addresses)
        self.switch = switch
        self.chassis = chassis
        self.gateways = gateways

    def _interface(self):
        return [*super()._interface(),
                *(f"route add {'::/0' if ':' in gateway else 'default'} "
                  f"via {gateway}" for gateway in self.gateways)]

    def nb_commands(self):
        """Words for ovn-nbctl that make the logical port."""
        plain = " ".join(text.partition("/")[0] for text in self.addresses)
        return ["--", "lsp-add", self.switch, self.name,
                "--", "lsp-set-addresses", self.name, f"{self.mac} {plain}"]

    def ovs_commands(self):
        """Words for ovs-vsctl that make the port on the chassis."""
        return ["--", "add-port", "br-int", self.name, "--", "set",
                "Interface", self.name, f"external_ids:iface-id={self.name}"]
