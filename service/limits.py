"""How often one key may call: a token bucket for each key, in memory, for each worker process."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from simcheck.service.problems import Problem

MAX_BUCKETS = 10_000
"""More keys than this at once are not remembered; the one that was quiet longest starts anew with a full bucket."""
BURST_S = 10.0
"""A bucket holds the requests of this many seconds (at least one), so a batch may start at once."""


class RateLimiter:
    """Token bucket (the leaky bucket as a meter, ITU-T I.371): full at first, refilled evenly, one token a request.

    ``clock`` gives seconds and never runs backwards. Thread-safe.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = per_minute / 60.0
        self.capacity = max(1.0, self.rate * BURST_S)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, key: str) -> float:
        """Take a token: 0 if there was one, else the seconds until there is one (none is taken then)."""
        now = self._clock()
        with self._lock:
            tokens, then = self._buckets.pop(key, (self.capacity, now))
            tokens = min(self.capacity, tokens + (now - then) * self.rate)
            allowed = tokens >= 1.0
            self._buckets[key] = (tokens - 1.0 if allowed else tokens, now)
            if len(self._buckets) > MAX_BUCKETS:
                self._buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - tokens) / self.rate

    def require(self, key: str) -> None:
        """Raises Problem 429 with Retry-After in whole seconds."""
        wait = self.wait_s(key)
        if wait > 0:
            seconds = max(1, math.ceil(wait))
            raise Problem(
                429,
                "rate-limited",
                f"This key may make {self.rate * 60:.0f} requests a minute; try again in {seconds} s.",
                headers={"Retry-After": str(seconds)},
            )
