"""The scenes of the demo, in their order. Each prints what it does and
checks that it worked."""

import json
import shlex
import subprocess

from lab import article
from lab.process import inside

from .stage import DNS_ANSWER, DNS_NAME, DNS_VIP
from .timeline import Timeline

_URL = f"http://{article.VIP.removesuffix(':80')}/"
# What TCP waits before it sends its first packet again.
_RETRANSMISSION_MS = 1000


class Failure(Exception):
    """Something did not go as the demo says it does."""


def expect(condition, what):
    if not condition:
        raise Failure(what)


class Tour:
    """Runs the scenes; `results` holds what was measured."""
    ENGINE = ON = None

    def __init__(self, stage, show):
        self.stage = stage
        self.lab = stage.lab
        self.show = show
        self.results = []       # Dictionaries, one for each client.

    def run(self):
        self.awake()
        self.to_sleep()
        self.held("pod", "A pod connects to the sleeping service",
                  "client, a pod")
        self.asleep_again("lb0")
        self.held("external", "Somebody outside connects",
                  "ext, outside of OVN: localnet port and router")
        self.resolver()

    # Scenes.

    def awake(self):
        self.show.chapter(f"The topology of the article, on {self.ON}")
        self.show.command("ovn-nbctl show", self.lab.nbctl("show"))
        self.show.command("ovn-nbctl lb-list", self.lab.nbctl("lb-list"))
        self.curl("pod", note="both backends run")

    def to_sleep(self):
        self.show.chapter("lb0 becomes a service, and goes to sleep")
        self.rouse("service", "add", "lb0", "--driver", "exec", "--target",
                   "backend backend1,backend2 http 80 "
                   f"{self.stage.start_ms}", "--drain", "0")
        self.idle("lb0")
        self.ctl("ovn-nbctl", self.lab.nbctl, "--no-headings",
                 "--columns=name,vips,options,external_ids", "list",
                 "Load_Balancer", "lb0")
        program, flows = self.logical_flows("sw0")
        trigger = [line.strip() for line in flows.splitlines()
                   if "trigger_event" in line and "100:80" in line]
        expect(trigger, "no logical flow with trigger_event")
        self.show.command(f"{program} lflow-list sw0 | grep trigger_event",
                          trigger[0])
        backend = self.lab.pods["backend1"]
        text, code = self.client("pod", "curl", "-sS", "--max-time", "2",
                                 f"http://{backend.ipv4}/")
        self.show.command(f"curl http://{backend.ipv4}/", text,
                          "the backends are down, really")
        expect(code == 7, f"backend1 answers, though it sleeps: {text}")

    def logical_flows(self, switch):
        """Who prints them, and what."""
        raise NotImplementedError

    def held(self, client, title, where):
        self.show.chapter(title)
        timeline, body = self.connect(client, note=where)
        expect(timeline.rows, "no Controller_Event row was seen")
        if client == "pod":
            self.show_row(timeline)
        self.show_timeline(timeline)
        self.note("TCP", client, True, timeline, body)
        expect(timeline.reply_ms < _RETRANSMISSION_MS,
               f"the client connected after {timeline.reply_ms:.0f} ms only: "
               f"is the machine very busy?")

    def asleep_again(self, service):
        output = self.stage.idle(service)
        self.show.say("")
        self.show.command(f"rouse service idle {service}", output,
                          "and once more")

    def resolver(self):
        self.show.chapter("UDP: a DNS resolver that sleeps")
        switches = [word for switch in article.SWITCHES
                    for word in ("--switch", switch)]
        self.rouse("service", "add", "dns", "--vip", f"{DNS_VIP}:53",
                   "--backends", f"{self.lab.pods['backend1'].ipv4}:53",
                   "--protocol", "udp", *switches, "--driver", "exec",
                   "--target", "resolver", "--drain", "0", "--asleep")
        self.lab.sync()
        timeline, text = self.dig()
        self.show_timeline(timeline)
        self.note("UDP", "pod", True, timeline, text)
        expect(text == DNS_ANSWER, f"dig: {text}")

    # Parts of scenes.

    def rouse(self, *words):
        self.show.command(shlex.join(("rouse", *words)),
                          self.stage.rouse(*words))

    def idle(self, service):
        output = self.stage.idle(service)
        self.show.command(f"rouse service idle {service}", output)

    def ctl(self, name, call, *words):
        self.show.command(shlex.join((name, *words)), call(*words))

    def client(self, client, *argv):
        """Run a client to its end; what it printed, and its exit code."""
        done = subprocess.run(
            inside(self.stage.clients[client].ns, argv), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=30, check=False)
        return done.stdout.strip(), done.returncode

    def curl(self, client, note=""):
        """What curl gets from lb0; shows the command as well."""
        text, code = self.client(
            client, "curl", "-sS", "--max-time", "10", "-w",
            "connected after %{time_connect} s, answered after "
            "%{time_total} s", _URL)
        self.show.command(f"curl -w ... {_URL}", text, note)
        body = text.split("\n")[0]
        expect(code == 0 and body in ("backend1", "backend2"),
               f"curl from {client}: {text}")
        return body

    def connect(self, client, note=""):
        with Timeline(self.stage, client, article.VIP) as timeline:
            body = self.curl(client, note or f"from {client}")
        expect(timeline.sent and timeline.answered_ns,
               f"the packets of {client} were not seen")
        return timeline, body

    def dig(self):
        words = ("dig", "+short", "+tries=1", "+time=2", f"@{DNS_VIP}",
                 DNS_NAME)
        with Timeline(self.stage, "pod", f"{DNS_VIP}:53",
                      "udp") as timeline:
            text, _ = self.client("pod", *words)
        self.show.command(" ".join(words), text, "in the pod")
        return timeline, text

    def show_row(self, timeline):
        row = timeline.rows[0]
        lasted = ("still there" if row.until_ns is None else
                  f"there for {(row.until_ns - row.since_ns) / 1e6:.0f} ms")
        info = ", ".join(f'{key}="{value}"' for key, value
                         in sorted(row.columns["event_info"].items()))
        self.show.lines([
            "",
            f"Controller_Event row, {lasted}, as an OVSDB monitor saw it:",
            f"  event_type  {row.columns['event_type']}",
            f"  event_info  {info}",
            f"  chassis     "
            f"{self.stage.chassis_names.get(row.columns['chassis'])}",
            f"  seq_num     {row.columns['seq_num']}"])

    def show_timeline(self, timeline):
        self.show.say("")
        for moment in timeline.moments:
            self.show.row(timeline.ms(moment.ns), moment.who, moment.what,
                          moment.good)

    def note(self, proto, client, hold, timeline, answer):
        self.results.append({
            "engine": self.ENGINE, "hold": hold,
            "proto": proto, "client": client,
            "answer": answer, "first_packets": len(timeline.sent),
            "reply_ms": _rounded(timeline.reply_ms),
            "answer_ms": _rounded(timeline.answer_ms),
            "timeline": [{"ms": _rounded(timeline.ms(moment.ns)),
                          "who": moment.who, "what": moment.what}
                         for moment in timeline.moments]})


class OvnTour(Tour):
    """On stock OVN: with `rouse hold`, and then without."""
    ENGINE, ON = "ovn", "stock OVN"

    def logical_flows(self, switch):
        return "ovn-sbctl", self.lab.sbctl("lflow-list", switch)

    def run(self):
        super().run()
        self.without_hold()

    def without_hold(self):
        self.show.chapter("The same without rouse hold: stock OVN and the "
                          "same waker")
        self.stage.stop_holds()
        for client in ("pod", "external"):
            self.stage.idle("lb0")
            timeline, body = self.connect(client)
            if client == "pod":
                self.show_timeline(timeline)
            self.note("TCP", client, False, timeline, body)
            expect(len(timeline.sent) > 1,
                   "the first SYN was not lost, though nobody held it")
        self.stage.idle("dns")
        timeline, text = self.dig()
        self.note("UDP", "pod", False, timeline, text)
        expect(timeline.answered_ns is None,
               f"dig was answered, though nobody held its query: {text}")


class HostTour(Tour):
    """On `rouse host`, and what it does besides waking."""
    ENGINE, ON = "host", "rouse host"
    MESSAGES = 500

    def logical_flows(self, switch):
        return "rouse", self.stage.rouse(
            "lflow-list", "--socket", self.lab.control, switch)

    def run(self):
        super().run()
        self.stream()

    def stream(self):
        """A connection goes on in eBPF, and through kill -9."""
        self.show.chapter("What is known is forwarded in eBPF; also while "
                          "rouse host is dead")
        backend, client = self.lab.pods["backend1"], self.stage.clients["pod"]
        backend.listen(7, "echo")
        stream = client.open(backend.ipv4, 7)
        client.say(stream)
        before = self.stage.packets()
        self._messages(client, stream)
        slow, fast = (now - was for now, was
                      in zip(self.stage.packets(), before))
        self.show.say(
            f"{self.MESSAGES} messages from the pod to {backend.name} and "
            f"back: {fast} packets by eBPF, {slow} through the process. The "
            f"connection's entries:")
        for flow in self._flows(f"{backend.ipv4}:7"):
            self.show.lines([f"{flow['packets']:5} packets  {flow['path']}"])
        expect(fast > slow, f"{fast} packets on the fast path, {slow} beside "
               f"it")
        daemon = self.lab.daemon_host
        daemon.kill()
        slowest = self._messages(client, stream)
        self.show.say("")
        self.show.command(f"kill -9 {daemon.pid}", note="rouse host")
        self.show.say(f"{self.MESSAGES} messages more, the slowest within "
                      f"{slowest:.1f} ms.")
        self.lab.start_host()
        self.show.command(shlex.join(("rouse", *daemon.argv[1:4], "...")))
        self._messages(client, stream)
        client.hang_up(stream)
        self.curl("pod", "a new connection, once it is back")

    def _messages(self, client, stream):
        """Send messages and wait for each to come back; the slowest's ms."""
        return max(client.say(stream) for _ in range(self.MESSAGES))

    def _flows(self, endpoint):
        flows = json.loads(self.lab.appctl("rouse/flows"))
        return [flow for flow in flows if endpoint in flow["key"]]


def _rounded(ms):
    return None if ms is None else round(ms, 1)
