"""Buttons say only what buttons may say."""

from __future__ import annotations

import pytest

from bot.dialogue import payloads


def test_a_payload_states_intent_and_entities() -> None:
    found = payloads.read('/product_info{"product": "chair-1"}').parse_data("Details")
    assert found["intent"] == {"name": "product_info", "confidence": 1.0}
    assert [(entity["entity"], entity["value"]) for entity in found["entities"]] == [("product", "chair-1")]
    assert found["text"] == "Details"
    assert payloads.read("/greet").entities == {}


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "greet",
        "/restart",
        "/session_start",
        "/back",
        "/nlu_fallback",
        "/greet{}{}",
        "/greet[1]",
        '/greet{"unknown": 1}',
        '/greet{"product": null}',
        '/greet{"product": "a\\u0000b"}',
        '/greet{"product": true}',
        '/greet{"product": ["a"]}',
        '/greet{"product": {"a": {"b": 1}}}',
        '/greet{"product": "' + "x" * 300 + '"}',
        "/GREET",
        "/greet\n/greet",
        "/EXTERNAL: product_info",
        "/product_info{'product': 'x'}",
    ],
)
def test_anything_else_is_refused(payload: str) -> None:
    with pytest.raises(payloads.UnknownPayload):
        payloads.read(payload)
