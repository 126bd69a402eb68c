"""Mode "burst": many clients at one sleeping service, at the same time."""

from .fleet import fleet
from .samples import p50_p99


def run(options):
    count, within_ms = options.count or 500, options.within_ms or 100
    with fleet(options) as made:
        service, = made.add(["http"])
        before = made.waker_status()
        with made.holding():
            answers = made.client.exchange_all(
                [(service.address, service.port)] * count,
                within_ms=within_ms, timeout=30)
            made.wait_states([service], "awake")
            wakes = made.waker_status()["wakes"] - before["wakes"]
            rows = made.lab.sbctl("--bare", "--columns=_uuid", "list",
                                  "Controller_Event").split()
    answered = [answer for answer in answers if answer.ok]
    result = {
        "count": count, "within_ms": within_ms, "answered": len(answered),
        "lost": count - len(answered), "wakes": wakes,
        "rows_left": len(rows),
        **p50_p99("connect_ms", (answer.connect_ms for answer in answered)),
        **p50_p99("answer_ms", (answer.answer_ms for answer in answered)),
        "answer_ms_max": round(max((answer.answer_ms
                                    for answer in answered), default=0), 1),
    }
    print(f"{count} clients within {within_ms} ms at one sleeping service: "
          f"{len(answered)} answered, {wakes} wake; connected after "
          f"{result['connect_ms_p50']} ms (p50), the last answer after "
          f"{result['answer_ms_max']} ms")
    return result, len(answered) == count and wakes == 1
