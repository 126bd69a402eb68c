"""Samples of wakes: what is measured, and percentiles of it."""

import dataclasses
import math
import re

from lab.observe import DatabaseObserver, FlowObserver


@dataclasses.dataclass
class Sample:
    """One wake, times in CLOCK_MONOTONIC ns; None: did not happen."""
    sent_ns: int                # The client's first packet.
    reply_ns: int = None        # TCP: connected; UDP: answered.
    answered: bool = False
    row_ns: int = None          # First Controller_Event row.
    started_ns: int = None      # The backend was told to start,
    listening_ns: int = None    # and listened.
    restored_ns: int = None     # The VIP has its backends again Northbound,
    flows_ns: int = None        # and on the client's chassis.

    @property
    def reply_ms(self):
        return (self.reply_ns - self.sent_ns) / 1e6

    @property
    def overhead_ms(self):
        """What was not the backend's own start."""
        return self.reply_ms - (self.listening_ns - self.started_ns) / 1e6


# The way of a wake, from stage to stage: (name, from, to). All but
# "backend" is overhead.
_BEGIN = (("event", "sent_ns", "row_ns"),
          ("start", "row_ns", "started_ns"),
          ("backend", "started_ns", "listening_ns"),
          ("ready", "listening_ns", "restored_ns"))
STAGES = {
    "ovn": (*_BEGIN,
            ("flows", "restored_ns", "flows_ns"),
            ("deliver", "flows_ns", "reply_ns")),
    # Its flows are in its own memory, where nobody sees them change.
    "host": (*_BEGIN, ("deliver", "restored_ns", "reply_ns"))}


def percentile(values, percent):
    """By nearest rank, rounded to 0.1 ms; None of nothing."""
    ranked = sorted(values)
    if not ranked:
        return None
    return round(ranked[math.ceil(len(ranked) * percent / 100) - 1], 2)


def p50_p99(prefix, values):
    values = list(values)
    return {f"{prefix}_p50": percentile(values, 50),
            f"{prefix}_p99": percentile(values, 99)}


def stages(samples, engine):
    """{stage: median ms}, of the samples that went all the way."""
    return {name: percentile(
        [(getattr(sample, end) - getattr(sample, begin)) / 1e6
         for sample in samples
         if getattr(sample, begin) and getattr(sample, end)], 50)
        for name, begin, end in STAGES[engine]}


class Watch:
    """Notes when the databases and the client's chassis change, by VIP."""

    def __init__(self, fleet):
        self._sb = DatabaseObserver(
            fleet.lab.socket("sb"), "OVN_Southbound",
            {"Controller_Event": ["event_info"]})
        self._nb = DatabaseObserver(
            fleet.lab.socket("nb"), "OVN_Northbound",
            {"Load_Balancer": ["vips"]})
        # A scan has rows, too, which are refused.
        self._row_has = "rouse-admitted" if fleet.is_scanned else "vip"
        chassis = fleet.client_chassis()
        self._flows = (FlowObserver(chassis, "ip,nw_dst=192.168.0.0/16")
                       if chassis else None)

    def take(self):
        """{"row_ns": {vip: ns}, ...} since the last call."""
        return {"row_ns": dict(self._rows()),
                "restored_ns": dict(self._restored()),
                "flows_ns": dict(self._opened())}

    # Each yields (vip, ns) oldest last, so that a dict keeps the oldest.

    def _rows(self):
        for change in reversed(self._sb.take()):
            if (change.new and not change.old
                    and self._row_has in change.new["event_info"]):
                yield change.new["event_info"].get("vip"), change.ns

    def _restored(self):
        for change in reversed(self._nb.take()):
            for vip, value in ((change.new or {}).get("vips") or {}).items():
                if value and "vips" in (change.old or {}):
                    yield vip, change.ns

    def _opened(self):
        for change in reversed(self._flows.take() if self._flows else ()):
            if change.event == "DELETED" and "controller(" in change.text:
                match = re.search(r"nw_dst=([\d.]+),tp_dst=(\d+)",
                                  change.text)
                if match:
                    yield ":".join(match.groups()), change.ns
