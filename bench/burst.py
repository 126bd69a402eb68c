"""Mode "burst": many clients at one sleeping service, at the same time; and
then at the same service awake, to compare."""

from .fleet import fleet
from .samples import p50_p99


def run(options):
    count, within_ms = options.count or 500, options.within_ms or 100
    with fleet(options) as made:
        service, = made.add(["http"])
        with made.holding():
            asleep = _burst(made, service, count, within_ms)
            made.wait_states([service], "awake")
            wakes = made.waker_status()["wakes"]
            rows = made.lab.sbctl("--bare", "--columns=_uuid", "list",
                                  "Controller_Event").split()
            awake = _burst(made, service, count, within_ms)
    result = {
        "count": count, "within_ms": within_ms, **asleep, "wakes": wakes,
        "rows_left": len(rows),
        **{f"awake_{key}": value for key, value in awake.items()}}
    print(f"{count} clients within {within_ms} ms at one sleeping service: "
          f"{asleep['answered']} answered, {wakes} wake; connected after "
          f"{asleep['connect_ms_p50']} ms (p50), the last answer after "
          f"{asleep['answer_ms_max']} ms\n"
          f"the same with the service awake: {awake['answered']} answered, "
          f"connected after {awake['connect_ms_p50']} ms, the last answer "
          f"after {awake['answer_ms_max']} ms")
    return result, asleep["answered"] == count and wakes == 1


def _burst(made, service, count, within_ms):
    before = made.overruns()
    answers = made.client.exchange_all(
        [(service.address, service.port)] * count, within_ms=within_ms,
        timeout=30)
    answered = [answer for answer in answers if answer.ok]
    return {
        "answered": len(answered), "lost": count - len(answered),
        **p50_p99("connect_ms", (answer.connect_ms for answer in answered)),
        **p50_p99("answer_ms", (answer.answer_ms for answer in answered)),
        "answer_ms_max": round(max((answer.answer_ms for answer in answered),
                                   default=0), 1),
        "sent_again": sum(1 for answer in answered if answer.retransmits),
        "switch_overruns": made.overruns() - before,
    }
