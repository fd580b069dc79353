"""Another shop's price: asked about, written down, matched within the policy, handed over beyond it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.db.models import DiscountGrant
from bot.db.session import reading
from bot.shop.money.matching import place_in
from tests.actions.talk import Reply, Talk, entity
from tests.shop.selling_samples import RULES, fill, selling, total

HAGGLING = {**RULES["haggling"], "match": [{"max_percent": 10}, {"max_percent": 0, "product": "knit-throw"}]}


@pytest.fixture(autouse=True)
def rules(shop: None) -> None:
    selling(haggling=HAGGLING)


def _say(talk: Talk, text: str, *entities: dict[str, Any], intent: str = "ask_discount") -> Reply:
    actions = {"affirm": "action_affirm", "deny": "action_deny", "nlu_fallback": "action_default_fallback"}
    return talk(actions.get(intent, f"action_{intent}"), intent, text, *entities)


def _grants() -> list[tuple[Any, ...]]:
    with reading() as session:
        rows = session.execute(select(DiscountGrant).order_by(DiscountGrant.id)).scalars()
        return [(row.reason, row.seen_at, row.asked_price, row.unit_price, row.max_percent) for row in rows]


@pytest.mark.parametrize(
    ("language", "text", "place"),
    [
        ("en", "I found it cheaper at Bedding World for 2450", "Bedding World"),
        ("ar", "لقيته أرخص عند عالم الأسرّة بسعر 2450", "عالم الأسرّة"),
        ("en", "price match: https://beds.example.com/p/7 has it for 2450", "https://beds.example.com/p/7"),
    ],
)
def test_a_price_within_the_policy_is_matched_and_written_down(language: str, text: str, place: str) -> None:
    talk = Talk(language)
    matched = _say(talk, text, entity("product", "latex-air"), entity("price", 2450, "2450"))
    assert matched.response == "utter_match_granted"
    assert _grants() == [("match", place, 2450, 2450, 10)]
    added = _say(talk, "yes", intent="affirm")
    assert added.response == "utter_added" and total(talk.id) == 2450


def test_what_is_missing_is_asked_for_one_thing_at_a_time() -> None:
    talk = Talk()
    asked = _say(talk, "it's cheaper elsewhere, can you match that?", entity("product", "latex-air"))
    assert asked.response == "utter_match_ask_both"
    asked = _say(talk, "2450", entity("price", 2450, "2450"), intent="ask_price")
    assert asked.response == "utter_match_ask_place" and not _grants()
    assert _say(talk, "Bedding World, the big one", intent="store_info").response == "utter_match_granted"
    assert _grants()[0][1] == "Bedding World, the big one"


def test_another_matter_in_between_is_answered() -> None:
    talk = Talk()
    _say(talk, "can you match another shop?", entity("product", "latex-air"))
    assert _say(talk, "when do you open?", intent="store_info").response == "utter_branches"
    assert not _grants()


def test_beyond_the_policy_the_lowest_stands_and_a_colleague_looks_at_the_rest() -> None:
    talk = Talk()
    fill(talk.id, "latex-air")
    talk.slots["basket"] = 1
    said = _say(
        talk, "cheaper at Bedding World for 1500", entity("product", "latex-air"), entity("price", 1500, "1500")
    )
    assert said.response == "utter_match_lowest_in_basket" and total(talk.id) == 2340
    assert _grants() == [("match", "Bedding World", 1500, 2340, 10)]
    assert talk.slots["question"] == {"kind": "handoff", "team": "sales", "reason": "price_match"}
    assert talk.slots["offer"] == {
        "product": "latex-air",
        "asked": "1500",
        "price": "2340",
        "seen_at": "Bedding World",
    }
    again = _say(talk, "but cheaper at Bedding World for 1500", entity("price", 1500, "1500"))
    assert again.response == "utter_match_final" and len(_grants()) == 1


def test_our_price_is_no_dearer() -> None:
    talk = Talk()
    said = _say(
        talk, "cheaper at Bedding World for 2700", entity("product", "latex-air"), entity("price", 2700, "2700")
    )
    assert said.response == "utter_haggle_enough" and not _grants()


def test_without_a_limit_a_colleague_looks_at_it() -> None:
    talk = Talk()
    said = _say(talk, "cheaper at Bedding World for 40", entity("product", "knit-throw"), entity("price", 40, "40"))
    assert said.response == "utter_haggle_fixed" and talk.slots["question"]["team"] == "sales" and not _grants()
    selling()
    talk = Talk()
    said = _say(
        talk, "cheaper at Bedding World for 2000", entity("product", "latex-air"), entity("price", 2000, "2000")
    )
    assert said.response == "utter_no_price_match" and talk.slots["offer"]["seen_at"] == "Bedding World"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("cheaper elsewhere", None),
        ("they sell it for 300 at another shop", None),
        ("أرخص في متجر آخر", None),
        ("beds.example.sa has it for 99", "beds.example.sa"),
        ("موجود في عالم النوم بـ 1500", "عالم النوم"),
        ("can you match the price from Beds Riyadh?", "Beds Riyadh"),
    ],
)
def test_the_place_is_read_as_it_was_written(text: str, place: str | None) -> None:
    assert place_in(text) == place


def test_a_doubt_in_between_is_no_name_of_a_shop_and_the_name_may_come_later() -> None:
    talk = Talk(slots={"product": "latex-air"})
    assert _say(talk, "saw it cheaper for 2450", entity("price", 2450, "2450")).response == "utter_match_ask_place"
    doubt = _say(talk, "let me ask my wife first", intent="sales_objection")
    assert doubt.response == "utter_objection_someone" and not _grants()
    assert _say(talk, "bedding world", intent="nlu_fallback").response == "utter_match_granted"
    assert _grants()[0][1] == "bedding world"
