"""Mode "storm": many sleeping services, each hit once, at the same time."""

from lab.observe import DatabaseObserver

from .fleet import fleet
from .samples import p50_p99


def run(options):
    count, within_ms = options.count or 1000, options.within_ms or 1000
    with fleet(options) as made:
        services = made.add(["http"] * count)
        print(f"{count} services asleep", flush=True)
        events = DatabaseObserver(made.lab.socket("sb"), "OVN_Southbound",
                                  {"Controller_Event": ["event_info"]})
        with made.holding(), made.guarding() as crashes:
            answers = made.client.exchange_all(
                [(service.address, service.port) for service in services],
                within_ms=within_ms, timeout=120)
            made.wait_states(services, "awake", timeout=120)
            rows = made.lab.sbctl("--bare", "--columns=_uuid", "list",
                                  "Controller_Event").split()
            wakes = made.waker_status()
            servers = made.servers()
    result = _result(services, answers, servers)
    result.update(count=count, within_ms=within_ms, wakes=wakes["wakes"],
                  events=_count_vips(events), rows_left=len(rows),
                  vswitchd_crashes=len(crashes))
    print(f"{count} sleeping services hit within {result['hit_ms']} ms: "
          f"{result['events']} of them with an event row, {result['wakes']} "
          f"wakes; {result['woken']} woken, the last runs after "
          f"{result['last_listening_ms']} ms; {result['answered']} clients "
          f"answered, the last after {result['last_answer_ms']} ms")
    if crashes:
        print(f"ovs-vswitchd crashed on {', '.join(crashes)} (see README.md)"
              " and was started again")
    return result, result["woken"] == count and result["answered"] == count


def _count_vips(events):
    """How many VIPs there was a Controller_Event row of."""
    return len({change.new["event_info"].get("vip")
                for change in events.take() if change.new})


def _result(services, answers, servers):
    first_ns = min(answer.start_ns for answer in answers)
    answered = [answer for answer in answers if answer.ok]
    ports = {service.backend_port for service in services}
    woken = [server["listening_ns"] for (_, port), server in servers.items()
             if port in ports and server["listening_ns"]]
    return {
        "woken": len(woken), "forgotten": len(services) - len(woken),
        "answered": len(answered), "lost": len(answers) - len(answered),
        "hit_ms": _since(first_ns, [answer.start_ns for answer in answers]),
        **p50_p99("connect_ms", (answer.connect_ms for answer in answered)),
        "sent_again": sum(1 for answer in answered if answer.retransmits),
        "last_listening_ms": _since(first_ns, woken),
        "last_answer_ms": _since(first_ns, [answer.answer_ns
                                            for answer in answered]),
    }


def _since(first_ns, times):
    return round((max(times, default=first_ns) - first_ns) / 1e6)
