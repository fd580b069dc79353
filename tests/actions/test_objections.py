"""Doubts before buying: a fact, an alternative, then the door is left open."""

from __future__ import annotations

import pytest

from bot.db.models import Policy
from bot.db.session import writing
from tests.actions.talk import Reply, Talk, entity

pytestmark = pytest.mark.usefixtures("shop")


def doubt(talk: Talk, text: str, *entities: dict[str, object]) -> Reply:
    return talk("action_sales_objection", "sales_objection", text, *entities)


def viewing(code: str, language: str = "en") -> Talk:
    return Talk(language, slots={"product": code, "shown": [code]})


def promise(code: str, english: str) -> None:
    with writing() as session:
        session.add(Policy(code=code, title={"en": code}, body={"en": english}))


def test_too_dear_is_answered_with_a_fact_and_something_cheaper() -> None:
    reply = doubt(viewing("cloud-plus"), "too expensive")
    assert reply.response == "utter_objection_dear"
    assert "10 years" in reply.text
    assert [card["title"] for card in reply.cards] == ["Dormir Rock"]


def test_nobody_is_pushed_more_than_twice() -> None:
    talk = viewing("latex-air")
    first, second = doubt(talk, "too expensive"), doubt(talk, "still too expensive for me")
    assert first.cards[0]["title"] == "Noura Cloud Plus"
    assert second.response == "utter_objection_alternative"
    assert second.cards[0]["title"] == "Dormir Rock"  # not the same one again
    for text in ("I need to think about it", "it is cheaper elsewhere", "too much money"):
        rest = doubt(talk, text)
        assert rest.response == "utter_objection_rest"
        assert not rest.parts


def test_cheaper_elsewhere_is_answered_from_the_shops_own_terms() -> None:
    promise("price_match", "We match any shop of the country.")
    reply = doubt(viewing("cloud-plus"), "I saw it cheaper elsewhere", entity("comparison", "cheaper", "cheaper"))
    assert reply.response == "utter_objection_elsewhere"
    assert "We match any shop of the country" in reply.text


def test_a_question_in_the_terms_is_no_promise_of_theirs() -> None:
    promise("price_match", "Found it cheaper in the country? You pay their price.")
    reply = doubt(viewing("cloud-plus"), "I saw it cheaper elsewhere", entity("comparison", "cheaper", "cheaper"))
    assert "You pay their price" in reply.text and "Found it" not in reply.text


def test_asking_at_home_gets_the_price_in_writing() -> None:
    reply = doubt(viewing("rock-firm", "ar"), "لازم أسأل زوجتي")
    assert reply.response == "utter_objection_someone"
    assert reply.payloads == ['/request_quote{"product":"rock-firm"}']


def test_is_it_original_is_answered_from_a_policy_or_not_at_all() -> None:
    ask = ("action_product_info", "product_info", "is it original?")
    assert viewing("cloud-plus")(*ask).response == "utter_objection_original_unknown"
    promise("warranty", "Repairs are free. Everything here is original.")
    told = viewing("cloud-plus")(*ask)
    assert told.response == "utter_objection_original"
    assert "“Everything here is original”" in told.text and "Repairs" not in told.text


def test_bad_reviews_are_not_argued_with() -> None:
    promise("return", "Return it within 30 nights.")
    reply = doubt(viewing("cloud-plus"), "the reviews are bad")
    assert reply.response == "utter_objection_reviews"
    assert "no reviews" in reply.text and "30 nights" in reply.text
