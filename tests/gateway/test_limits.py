"""Token buckets."""

from __future__ import annotations

from bot.gateway.limits import RateLimit


def test_a_burst_then_the_rate_each_sender_by_itself() -> None:
    moment = [0.0]
    limit = RateLimit(rate=0.5, burst=3, clock=lambda: moment[0])
    assert [limit.take("a") for _ in range(3)] == [0, 0, 0]
    assert limit.take("a") == 2
    assert limit.take("b") == 0
    moment[0] = 2.0
    assert limit.take("a") == 0
    assert limit.take("a") > 0
    moment[0] = 1000.0
    assert [limit.take("a") for _ in range(4)] == [0, 0, 0, 2]
