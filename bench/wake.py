"""Mode "wake": one sleeping service after the other gets its first packet;
on stock OVN in blocks with `rouse hold` and blocks without, in turns."""

import time

from .fleet import fleet
from .samples import Sample, Watch, p50_p99, stages

BLOCK = 20
# Wakes of a block must not overlap: each has this much longer than its
# backend takes to start.
GAP_MS = 100
# Longer than TCP's first retransmission, which is what saves stock OVN.
TCP_TIMEOUT_S, UDP_TIMEOUT_S = 10, 1.5


def run(options):
    count = options.count or 200
    n_services = options.services or 2 * BLOCK
    with fleet(options) as made:
        samples = {(kind, proto): [] for kind in made.KINDS
                   for proto in ("http", "udp")}
        services = made.add([("http", "udp")[index % 2]
                             for index in range(max(2, n_services))])
        print(f"{len(services)} sleeping services, {count} wakes each by TCP "
              f"and UDP; a backend starts in {options.start_ms} ms",
              flush=True)
        watch = Watch(made)
        # The first wakes of all fill caches and neighbour tables.
        _blocks(made, watch, services, 1, options, {})
        while _done(samples) < count:
            size = min(BLOCK, count - _done(samples))
            services = _blocks(made, watch, services, size, options, samples)
            _progress(samples, count)
        wakes, scan = made.waker_status(), made.scan_rates()
    return _report(samples, count, options.engine,
                   {"services": n_services, **scan, "waker": {
                       key: wakes.get(key) for key in ("wakes", "woken",
                                                       "failed", "idled")}})


def _done(samples):
    return min(map(len, samples.values()))


def _blocks(made, watch, services, size, options, samples):
    """A block of each kind; returns the services, those used last."""
    used = {proto: [service for service in services
                    if service.proto == proto][:size]
            for proto in ("http", "udp")}
    for kind in made.KINDS:
        for proto, block in used.items():
            # A database with few services has smaller blocks.
            with made.of_kind(kind), made.scanning(services):
                taken = _measure(made, watch, block, options.start_ms)
            made.idle(block)
            samples.setdefault((kind, proto), []).extend(taken)
    last = used["http"] + used["udp"]
    return [service for service in services if service not in last] + last


def _measure(made, watch, block, start_ms):
    """Send each service of a block its first packet; one Sample each."""
    watch.take()
    answers = made.client.exchange_all(
        [(service.address, service.port) for service in block],
        block[0].proto,
        UDP_TIMEOUT_S if block[0].proto == "udp" else TCP_TIMEOUT_S,
        within_ms=len(block) * (start_ms + GAP_MS))
    made.wait_states(block, "awake")
    seen, servers = watch.take(), made.servers()
    return [_sample(service, answer, seen, servers)
            for service, answer in zip(block, answers)]


def _sample(service, answer, seen, servers):
    server = servers[service.proto, service.backend_port]
    return Sample(
        sent_ns=answer.start_ns,
        reply_ns=(answer.connect_ns if service.proto == "http"
                  else answer.answer_ns),
        answered=answer.ok,
        started_ns=server["asked_ns"], listening_ns=server["listening_ns"],
        **{what: vips.get(service.vip) for what, vips in seen.items()})


def _progress(samples, count):
    print(f"{time.strftime('%H:%M:%S')}  {_done(samples):4} of {count}:",
          ", ".join(f"{kind} {proto} {_line(of)}"
                    for (kind, proto), of in samples.items()), flush=True)


def _line(samples):
    answered = [sample.reply_ms for sample in samples if sample.answered]
    if not answered:
        return "0 answered"
    values = p50_p99("", answered)
    return f"{values['_p50']}/{values['_p99']} ms"


def _report(samples, count, engine, facts):
    """The result, and whether nobody was lost with Rouse's help."""
    (kind, *others) = dict.fromkeys(kind for kind, _ in samples)
    result = {"count": count, **facts, **_of_kind("", samples, kind)}
    for other in others:
        result.update(_of_kind(f"{other}_", samples, other))
    result.update(
        stages_ms_p50=stages(samples[kind, "http"], engine),
        udp_stages_ms_p50=stages(samples[kind, "udp"], engine))
    for line in _table(result, engine, [f"{other}_" for other in others]):
        print(line, flush=True)
    return result, (not result["lost"]
                    and result["udp_answered"] == result["udp_sent"])


def _of_kind(prefix, samples, kind):
    tcp, udp = samples[kind, "http"], samples[kind, "udp"]
    answered = [sample for sample in udp if sample.answered]
    return {
        **_times(prefix, tcp),
        f"{prefix}lost": sum(not sample.answered for sample in tcp),
        f"{prefix}udp_sent": len(udp),
        f"{prefix}udp_answered": len(answered),
        **p50_p99(f"{prefix}udp_answer_ms",
                  (sample.reply_ms for sample in answered)),
        **p50_p99(f"{prefix}udp_overhead_ms",
                  (sample.overhead_ms for sample in answered))}


def _times(prefix, samples):
    connected = [sample for sample in samples if sample.reply_ns]
    return {
        **p50_p99(f"{prefix}connect_ms",
                  (sample.reply_ms for sample in connected)),
        **p50_p99(f"{prefix}overhead_ms",
                  (sample.overhead_ms for sample in connected))}


def _table(result, engine, others):
    title = {"ovn": "rouse hold", "host": "rouse host"}[engine]
    yield ""
    yield f"{'':34}{title:>12}" + "".join(
        f"{other.rstrip('_'):>12}" for other in others)
    for title, key in (("TCP connect, p50 ms", "connect_ms_p50"),
                       ("TCP connect, p99 ms", "connect_ms_p99"),
                       ("  without backend's start, p50 ms",
                        "overhead_ms_p50"),
                       ("  without backend's start, p99 ms",
                        "overhead_ms_p99"),
                       ("TCP clients lost", "lost"),
                       ("UDP first datagrams answered", "udp_answered")):
        yield f"{title:34}" + "".join(
            f"{result[prefix + key]:>12}" for prefix in ("", *others))
    yield ""
    yield "where the time goes (medians, ms): " + ", ".join(
        f"{name} {value}" for name, value
        in result["stages_ms_p50"].items())
