"""How fast one sender may go on: token buckets in memory, one a sender."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

REMEMBERED_SENDERS = 50_000


class RateLimit:
    """Lets `burst` calls through at once and `rate` a second on average, for each key by itself.

    Args:
        rate: calls per second.
        burst: calls at once.
        clock: seconds that only go forward.
    """

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key → (tokens, at)

    def take(self, key: str) -> int:
        """Let a call through: 0, or the seconds after which to try again."""
        moment = self._clock()
        tokens, before = self._buckets.pop(key, (float(self._burst), moment))
        tokens = min(float(self._burst), tokens + (moment - before) * self._rate)
        allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if allowed else tokens, moment)
        while len(self._buckets) > REMEMBERED_SENDERS:
            self._buckets.popitem(last=False)
        return 0 if allowed else max(1, math.ceil((1 - tokens) / self._rate))
