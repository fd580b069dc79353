"""What is named decides only where the wording left the need open."""

from __future__ import annotations

import pytest

from bot.nlu.evidence import decide


def _ranking(**confidences: float) -> list[dict[str, object]]:
    return [{"name": name, "confidence": sure} for name, sure in confidences.items()]


@pytest.mark.parametrize(
    ("intent", "confidence", "ranking", "kinds", "expected"),
    [
        ("nlu_fallback", 0.3, _ranking(ask_price=0.3, greet=0.2), {"product"}, "ask_price"),
        ("nlu_fallback", 0.3, _ranking(greet=0.3, ask_price=0.01), {"category"}, "product_search"),
        ("nlu_fallback", 0.3, [], {"product"}, "product_info"),
        ("nlu_fallback", 0.3, [], {"comparison"}, "product_search"),
        ("nlu_fallback", 0.3, _ranking(delivery_options=0.2), {"city"}, "delivery_options"),
        ("nlu_fallback", 0.3, [], {"quantity"}, None),
        ("out_of_scope", 0.5, [], {"category"}, "product_search"),
        ("out_of_scope", 0.9, [], {"category"}, None),
        (
            "leave_contact",
            0.6,
            _ranking(leave_contact=0.6, order_status=0.2),
            {"order_number", "email"},
            "order_status",
        ),
        ("nlu_fallback", 0.2, [], {"order_number"}, "order_status"),
        ("cancel_order", 0.9, [], {"order_number"}, None),
        ("refund_status", 0.9, [], {"order_number", "phone"}, None),
        ("ask_price", 0.9, _ranking(ask_price=0.9), {"category"}, None),
        ("leave_contact", 0.9, [], {"email"}, None),
    ],
)
def test_decide(intent: str, confidence: float, ranking: list, kinds: set, expected: str | None) -> None:  # type: ignore[type-arg]
    assert decide(intent, confidence, ranking, kinds) == expected
