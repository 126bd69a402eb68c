"""A loop of callbacks, for file descriptors and for points in time."""

import heapq
import itertools
import selectors
import time

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE
MS = 1_000_000

now = time.monotonic_ns


class Loop:
    """One thread, one selector; callbacks must not block."""

    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self._timers = []
        self._order = itertools.count()
        self.woken_ns = now()   # When what happens now could first be seen.

    def watch(self, file, events, callback):
        """Call back on events, instead of what watched the file before."""
        if file in self._selector.get_map():
            self._selector.modify(file, events, callback)
        else:
            self._selector.register(file, events, callback)

    def drop(self, file):
        """Close a file and forget it."""
        if file.fileno() >= 0 and file in self._selector.get_map():
            self._selector.unregister(file)
        file.close()

    def at(self, when_ns, callback):
        """Call back once at a time; returns what cancel() takes."""
        timer = [when_ns, next(self._order), callback]
        heapq.heappush(self._timers, timer)
        return timer

    @staticmethod
    def cancel(timer):
        timer[2] = None

    def run(self):
        while True:
            timeout = None
            if self._timers:
                timeout = max(0, self._timers[0][0] - now()) / 1e9
            events = self._selector.select(timeout)
            self.woken_ns = now()
            for key, _ in events:
                # Not if an earlier callback of this round changed it.
                if self._selector.get_map().get(key.fd) is key:
                    key.data()
            while self._timers and self._timers[0][0] <= now():
                callback = heapq.heappop(self._timers)[2]
                if callback:
                    callback()
