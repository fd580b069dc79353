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


def three(talk: Talk) -> Reply:
    return talk("action_product_search", "product_search", "mattresses", entity("category", "mattresses", "mattresses"))


@pytest.mark.parametrize(
    ("language", "text"), [("en", "which one would you pick?"), ("en", "choose for me"), ("ar", "طيب انت بايش تنصحني؟")]
)
def test_which_of_those_shown_to_take_is_said_at_once(language: str, text: str) -> None:
    talk = Talk(language)
    looking(talk, 3000)
    reply = said(talk, text)
    assert reply.response == "utter_recommend" and talk.slots["product"] in talk.slots["shown"]


def test_the_grounds_of_a_suggestion_are_told_when_asked() -> None:
    talk = Talk()
    looking(talk, 3000)
    said(talk, "which one would you pick?")
    reply = said(talk, "why?")
    assert reply.response == "utter_recommend_why" and "under your limit" in reply.text
    assert said(talk, "why is the sky blue").response != "utter_recommend_why"


@pytest.mark.parametrize("text", ["something else", "I don't like these", "غير كذا", "ما عجبني"])
def test_others_than_those_shown(text: str) -> None:
    talk = Talk()
    before = [card["title"] for card in three(talk).cards]
    after = [card["title"] for card in said(talk, text).cards]
    assert after and not set(before) & set(after)


def test_what_is_not_wanted_is_left_out() -> None:
    talk = Talk()
    first = talk("action_product_search", "product_search", "something under 3000", entity("price", 3000, role="max"))
    assert "Noura Cloud Plus" in [card["title"] for card in first.cards]
    unwanted = entity("category", "beds", "beds", ruled_out=True)
    reply = talk("action_product_search", "product_search", "i don't want beds", unwanted)
    assert reply.cards and talk.slots["search"]["not_categories"] == ["beds"]
    assert not {"Noura Cloud Plus", "Dormir Rock"} & {card["title"] for card in reply.cards}


def test_a_limit_after_a_description_stays_with_what_was_shown() -> None:
    talk = Talk()
    talk("action_product_search", "product_search", "keeps the neck straight on my side")
    assert talk.slots["shown"] == ["side-pillow"]
    reply = talk(
        "action_product_search", "product_search", "under 3000", entity("price", 3000, "under 3000", role="max")
    )
    assert talk.slots["search"]["categories"] == ["pillows"]
    assert {card["title"] for card in reply.cards} <= {"Dormir side sleeper pillow X200", "Feather pillow"}


def test_cheaper_than_the_cheapest_says_what_to_give_up() -> None:
    talk = Talk()
    soft = entity("attribute", {"code": "firmness", "value": "Soft"}, "soft")
    talk(
        "action_product_search",
        "product_search",
        "soft mattresses",
        soft,
        entity("category", "mattresses", "mattresses"),
    )
    reply = talk(
        "action_product_search", "product_search", "something cheaper", entity("comparison", "cheaper", "cheaper")
    )
    assert reply.response == "utter_search_cheaper_without"
    assert "Soft" in reply.text and "Dormir Rock" in reply.text and "1,200" in reply.text
    opened = talk("action_affirm", "affirm", "yes")
    assert "Dormir Rock" in [card["title"] for card in opened.cards]


def test_cheaper_than_the_cheapest_of_all_tells_so() -> None:
    talk = Talk()
    talk("action_product_search", "product_search", "pillows", entity("category", "pillows", "pillows"))
    reply = talk(
        "action_product_search", "product_search", "something cheaper", entity("comparison", "cheaper", "cheaper")
    )
    assert reply.response == "utter_search_already_cheapest" and "85.50" in reply.text


def test_not_this_property_is_no_refusal() -> None:
    talk = Talk()
    three(talk)
    soft = entity("attribute", {"code": "firmness", "value": "Soft"}, "soft", ruled_out=True)
    reply = talk("action_deny", "deny", "i don't want soft", soft)
    assert reply.cards and "Noura Cloud Plus" not in [card["title"] for card in reply.cards]
