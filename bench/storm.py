"""Mode "storm": many sleeping services, each hit once, at the same time."""

from .fleet import fleet
from .samples import p50_p99


def run(options):
    count, within_ms = options.count or 1000, options.within_ms or 1000
    with fleet(options) as made:
        services = made.add(["http"] * count)
        print(f"{count} services asleep", flush=True)
        with made.holding():
            answers = made.client.exchange_all(
                [(service.address, service.port) for service in services],
                within_ms=within_ms, timeout=60)
            made.wait_states(services, "awake", timeout=120)
            wakes = made.waker_status()
            servers = made.servers()
    first_ns = min(answer.start_ns for answer in answers)
    answered = [answer for answer in answers if answer.ok]
    starts = [server["listening_ns"] for server in servers.values()]
    result = {
        "count": count, "within_ms": within_ms,
        "woken": len(starts), "forgotten": count - len(starts),
        "answered": len(answered), "lost": count - len(answered),
        "wakes": wakes["wakes"],
        **p50_p99("connect_ms", (answer.connect_ms for answer in answered)),
        "last_listening_ms": _since(first_ns, starts),
        "last_answer_ms": _since(first_ns, [answer.answer_ns
                                            for answer in answered]),
    }
    print(f"{count} sleeping services hit within {within_ms} ms: "
          f"{len(starts)} woken, {len(answered)} clients answered; "
          f"the last backend ran after {result['last_listening_ms']} ms, "
          f"the last client was answered after "
          f"{result['last_answer_ms']} ms")
    return result, len(starts) == count and len(answered) == count


def _since(first_ns, times):
    return round((max(times, default=first_ns) - first_ns) / 1e6)
