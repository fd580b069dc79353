"""What a shop's own words answer, though a message sounds like another need: of the thing in view, of its services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.db.session import writing
from bot.shop import text_index
from bot.shop.importing import import_file
from bot.support.guides import embeddings
from bot.support.guides.importing import import_guides
from tests.actions.talk import Reply, Talk, entity

SHOP: dict[str, Any] = {
    "shop": {"name": "Oven", "currency": "KWD", "timezone": "Asia/Kuwait", "country": "KW"},
    "categories": [
        {"code": "pies", "name": {"en": "Pies", "ar": "فطائر"}},
        {"code": "sweet", "name": {"en": "Dessert pies", "ar": "فطائر حلوة"}, "parent": "pies"},
        {"code": "ovens", "name": {"en": "Ovens", "ar": "أفران"}},
    ],
    "products": [
        {
            "code": "leek",
            "title": {"en": "Leek pie", "ar": "فطيرة كراث"},
            "description": {
                "en": "Heat it for ten minutes. Stays crisp for 2 hours.",
                "ar": "يمكن تجميدها. تسخن عشر دقائق. بدون سمسم.",
            },
            "category": "pies",
            "attributes": [{"code": "lead", "name": "Lead time", "value": "3 days"}],
            "price": 4,
        },
        {
            "code": "plum",
            "title": {"en": "Plum pie", "ar": "فطيرة برقوق"},
            "description": {"en": "Sweet."},
            "category": "sweet",
            "price": 5,
        },
        {"code": "clay", "title": "Clay oven", "category": "ovens", "price": 50},
    ],
}
PAGES = {
    "old.en.md": "# Old ovens\n\nBring your old oven and get 20 off a new one.",
    "wrap.en.md": "# Gift wrapping\n\nWe wrap boxes as gifts for 1 KWD.",
    "wrap.ar.md": "# تغليف الهدايا\n\nنغلّف العلب هدايا بدينار واحد.",
    "knives.en.md": "# Bread knives\n\nWe do not sell bread knives; the market beside us does.",
    "lessons.en.md": "# Baking lessons\n\nLessons for two cost 15 KWD an hour, on Mondays.",
}


@pytest.fixture(autouse=True)
def oven(database: str, tmp_path: Path) -> Iterator[None]:
    """A bakery with help pages."""
    text_index.forget()
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(SHOP), encoding="utf-8")
    for kind in ("shop", "products"):
        assert import_file(kind, path).applied
    pages = tmp_path / "pages"
    pages.mkdir()
    for name, text in PAGES.items():
        (pages / name).write_text(text, encoding="utf-8")
    assert import_guides(pages).applied
    with writing() as session:
        while embeddings.refresh(session):
            pass
    yield
    text_index.forget()


def viewing(language: str = "en", **slots: Any) -> Talk:
    return Talk(language, slots={"product": "leek", **slots})


def unclear(talk: Talk, text: str, *entities: dict[str, Any], intent: str = "nlu_fallback") -> Reply:
    return talk("action_default_fallback", intent, text, *entities, confidence=0.35)


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("en", "how to heat", "Heat it for ten minutes."),
        ("ar", "تتجمد؟", "يمكن تجميدها."),
        ("ar", "شلون اسخنها", "تسخن عشر دقائق."),
        ("en", "how long does it stay crisp", "Stays crisp for 2 hours."),
    ],
)
def test_an_unclear_question_is_answered_from_what_is_written_of_the_thing(language: str, text: str, told: str) -> None:
    talk = viewing(language)
    assert told in unclear(talk, text).text
    assert talk.slots["product"] == "leek"


def test_what_is_written_in_the_other_language_is_found_too() -> None:
    assert "بدون سمسم" in viewing()("action_product_info", "product_info", "is there سمسم in it").text


def test_each_of_those_shown_is_told_of() -> None:
    talk = Talk("en", slots={"shown": ["leek", "plum"]})
    assert unclear(talk, "can I heat it").rows == [
        ["Leek pie", "“Heat it for ten minutes.”"],
        ["Plum pie", "not stated"],
    ]


def test_a_message_that_answers_something_open_is_left_alone() -> None:
    talk = viewing(question={"kind": "handoff", "team": "service", "reason": "not_understood"})
    assert unclear(talk, "how to heat").response == "utter_fallback"


def test_a_wish_for_other_goods_is_no_question_about_the_thing() -> None:
    reply = unclear(viewing(), "crisp", intent="product_search")
    assert reply.response != "utter_property_passage"


def test_how_long_it_takes_is_how_long_it_takes_to_make() -> None:
    assert "3 days" in viewing()("action_delivery_time", "delivery_time", "how long does it take").text
    brought = viewing()("action_delivery_time", "delivery_time", "how long does delivery take")
    assert "3 days" not in brought.text


def test_care_without_a_guide_is_answered_from_the_description() -> None:
    reply = viewing("ar")("action_maintenance", "maintenance_service", "كيف اسخنها")
    assert "تسخن عشر دقائق." in reply.text


@pytest.mark.parametrize(
    ("language", "action", "intent", "text"),
    [
        ("en", "action_customization_options", "customization_options", "do you do gift wrapping?"),
        ("ar", "action_customization_options", "customization_options", "بتغلفوا هدايا؟"),
        ("en", "action_ask_price", "ask_price", "how much are baking lessons"),
        ("en", "action_book_demo", "book_demo", "can I come for baking lessons"),
    ],
)
def test_a_service_of_the_shops_own_is_told_of(language: str, action: str, intent: str, text: str) -> None:
    assert viewing(language)(action, intent, text).response == "utter_help_quote"


def test_the_need_alone_is_no_service_of_the_shops_own() -> None:
    assert viewing()("action_ask_price", "ask_price", "how much is it?").response == "utter_price"
    named = viewing()(
        "action_ask_price", "ask_price", "how much is the plum pie", entity("product", "plum", "plum pie")
    )
    assert named.response == "utter_price"


def test_goods_that_are_named_go_before_pages_about_the_like() -> None:
    oven = entity("category", "ovens", "ovens")
    searched = Talk()("action_product_search", "product_search", "old ovens", dict(oven), confidence=0.5)
    assert searched.response == "utter_help_quote"  # "old" is what the page is about
    named = Talk()("action_product_search", "product_search", "ovens", dict(oven), confidence=0.5)
    assert named.response != "utter_help_quote"


def test_goods_said_alone_are_matter_of_the_shop() -> None:
    pies = entity("category", "pies", "pies")
    reply = Talk()("action_out_of_scope", "out_of_scope", "crunchy pies", dict(pies), confidence=0.9)
    assert {card["title"] for card in reply.cards} == {"Leek pie", "Plum pie"}
    asked = Talk()("action_out_of_scope", "out_of_scope", "who invented pies?", dict(pies), confidence=0.9)
    assert asked.response == "utter_out_of_scope"


def test_what_is_counted_of_the_thing_is_no_kind_of_goods() -> None:
    talk = viewing()
    reply = talk("action_product_info", "product_info", "how many pies in it", entity("category", "pies", "pies"))
    assert reply.response == "utter_property_unknown"


def test_of_two_kinds_the_one_inside_the_other_is_meant() -> None:
    inner, outer = entity("category", "sweet", "desserts"), entity("category", "pies", "pies")
    reply = Talk()("action_product_search", "product_search", "pies, for desserts", outer, inner)
    assert [card["title"] for card in reply.cards] == ["Plum pie"]


def test_a_page_tells_of_what_is_not_sold() -> None:
    reply = Talk()("action_product_search", "product_search", "do you sell bread knives")
    assert reply.response == "utter_help_quote"
    assert Talk()("action_product_search", "product_search", "do you sell zeppelins").response == "utter_search_nothing"
