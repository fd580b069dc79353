"""Messages that only change a search under way, whatever they sound like."""

from __future__ import annotations

import pytest

from tests.actions.talk import Reply, Talk, entity

pytestmark = pytest.mark.usefixtures("shop")


def looking(talk: Talk, limit: int) -> Reply:
    return talk(
        "action_product_search",
        "product_search",
        f"mattresses under {limit}",
        entity("category", "mattresses", "mattresses"),
        entity("price", limit, f"under {limit}", role="max"),
    )


def said(talk: Talk, text: str, *entities: dict[str, object]) -> Reply:
    return talk("action_default_fallback", "nlu_fallback", text, *entities)


@pytest.mark.parametrize(("language", "text"), [("en", "a bit more is fine"), ("ar", "شوي أكثر ما في مشكلة")])
def test_a_bit_more_opens_what_lies_a_bit_over_the_limit(language: str, text: str) -> None:
    talk = Talk(language)
    before = [card["title"] for card in looking(talk, 1000).cards]
    after = [card["title"] for card in said(talk, text).cards]
    assert "Noura Cloud Plus" not in before
    assert after[0] == "Noura Cloud Plus"  # 1,200, a fifth over


def test_a_bare_value_narrows_the_search() -> None:
    talk = Talk()
    looking(talk, 3000)
    soft = entity("attribute", {"code": "firmness", "value": "Soft"}, "soft")
    reply = talk("action_product_info", "product_info", "soft please", soft)
    assert [card["title"] for card in reply.cards] == ["Noura Cloud Plus"]
    assert reply.cards[0]["facts"][0].startswith("Why: Soft, as you asked")


def test_a_question_about_a_value_is_no_search() -> None:
    talk = Talk()
    looking(talk, 3000)
    soft = entity("attribute", {"code": "firmness", "value": "Soft"}, "soft")
    talk.slots["product"] = "cloud-plus"
    assert talk("action_product_info", "product_info", "is it soft?", soft).response == "utter_property"


def test_what_no_longer_matters_is_dropped() -> None:
    talk = Talk()
    firm = entity("attribute", {"code": "firmness", "value": "Firm"}, "firm")
    talk("action_product_search", "product_search", "firm mattresses", firm, entity("category", "mattresses"))
    assert len(talk.slots["search"]["attributes"]) == 1
    said(talk, "the firmness doesn't matter")
    assert "attributes" not in talk.slots["search"]


def test_an_order_that_is_asked_about_is_left_alone() -> None:
    talk = Talk()
    looking(talk, 1000)
    talk.slots["configuration"] = {"product": "cloud-plus"}
    assert said(talk, "a bit more is fine").cards == []


def test_the_lightest_is_found_without_anything_shown() -> None:
    reply = Talk()(
        "action_product_search",
        "product_search",
        "the lightest mattress",
        entity("comparison", "lighter", "lightest"),
        entity("category", "mattresses", "mattress"),
    )
    assert reply.cards[0]["title"] == "Noura Latex Air"
