"""Catalogues of trades that nothing here was made for: what fits what, ages, values in titles, what is denied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.db.session import reading
from bot.shop import catalogue, gazetteer, questions, reasons, search, text_index
from bot.shop.gazetteer import Gazetteer
from bot.shop.importing import import_file
from bot.shop.wishes import AttributeWish, Wishes

SHOP: dict[str, Any] = {
    "shop": {"name": "Mixed", "currency": "SAR", "timezone": "Asia/Riyadh", "country": "SA"},
    "categories": [
        {"code": "cells", "name": {"en": "Car batteries", "ar": "بطاريات سيارات"}},
        {"code": "pads", "name": {"en": "Brake pads", "ar": "فحمات فرامل"}},
        {"code": "pies", "name": {"en": "Pies", "ar": "فطائر"}},
        {"code": "swings", "name": {"en": "Swings", "ar": "مراجيح"}},
        {"code": "prams", "name": {"en": "Strollers", "ar": "عربات أطفال"}},
        {"code": "seats", "name": {"en": "Car seats", "ar": "كراسي سيارة"}},
        {"code": "kites", "name": {"en": "Kites", "ar": "طائرات ورقية"}},
        {"code": "shoes", "name": {"ar": "أحذية رياضية"}},
        {"code": "trousers", "name": {"ar": "بناطيل"}},
        {"code": "sheets", "name": {"ar": "كراسات رسم"}},
        {"code": "paints", "name": {"ar": "ألوان"}},
    ],
    "brands": [{"code": "kestrel-wave", "name": "Kestrel Wave"}],
    "products": [
        {
            "code": "cell",
            "title": "Volt 70",
            "category": "cells",
            "attributes": [{"code": "fits", "name": "Fits", "value": "Golf, Passat"}],
            "price": 300,
        },
        {
            "code": "pad",
            "title": "Halt front pads",
            "category": "pads",
            "attributes": [{"code": "fits", "name": "Fits", "value": "Golf 2012-2019, Audi A3"}],
            "price": 150,
        },
        {"code": "cherry-pie", "title": "Cherry pie", "category": "pies", "price": 20},
        {
            "code": "box-pie",
            "title": "Party pie",
            "category": "pies",
            "options": [{"code": "filling", "name": "Filling", "values": ["Cherry", "Apple"]}],
            "price": 40,
        },
        {
            "code": "plum-pie",
            "title": "Plum tart with cherry leaves",
            "category": "pies",
            "attributes": [{"code": "filling", "name": "Filling", "value": "Plum"}],
            "price": 25,
        },
        {
            "code": "nest",
            "title": "Nest swing",
            "description": "Rope not included. Hangs from a branch.",
            "category": "swings",
            "attributes": [
                {"code": "age", "name": "Age", "value": "0 to 12 months"},
                {"code": "load", "name": "Bears", "value": "20 kg"},
            ],
            "price": 90,
        },
        {
            "code": "plank",
            "title": "Plank swing",
            "category": "swings",
            "attributes": [
                {"code": "age", "name": "Age", "value": "From 18 months"},
                {"code": "load", "name": "Bears", "value": "60 kg"},
            ],
            "price": 70,
        },
        {"code": "runner", "title": {"ar": "حذاء عدو رخام"}, "category": "shoes", "price": 90},
        {"code": "jogger", "title": {"ar": "بنطال عدو رخام"}, "category": "trousers", "price": 80},
        {"code": "leggings", "title": {"ar": "ليقنز عالي الخصر رخام"}, "category": "trousers", "price": 85},
        {"code": "sketch", "title": {"ar": "كراسة رسم كبيرة"}, "category": "sheets", "price": 20},
        {"code": "water", "title": {"ar": "ألوان مائية زاهية"}, "category": "paints", "price": 30},
        {"code": "kite", "title": "Kestrel Wave Kite", "brand": "kestrel-wave", "category": "kites", "price": 60},
    ],
}


@pytest.fixture
def mixed(database: str, tmp_path: Path) -> Gazetteer:
    """The names of a shop that sells a little of everything."""
    text_index.forget()
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(SHOP), encoding="utf-8")
    for kind in ("shop", "products"):
        assert import_file(kind, path).applied
    return gazetteer.current()


def codes(**wishes: Any) -> set[str]:
    with reading() as session:
        return {hit.code for hit in search.find(session, Wishes(**wishes), 9).hits}


def test_a_name_with_years_behind_it_is_one_value_of_all_that_list_it(mixed: Gazetteer) -> None:
    values = [span.value for span in mixed.find("brake pads for golf") if span.kind == "attribute"]
    assert values == [{"code": "fits", "value": "Golf"}]
    golf = (AttributeWish("fits", "Golf"),)
    assert codes(attributes=golf) == {"cell", "pad"}
    assert codes(categories=("pads",), attributes=golf) == {"pad"}
    with reading() as session:
        product = catalogue.product(session, "pad")
        assert product is not None
        assert [reason.kind for reason in reasons.of(product, Wishes(attributes=golf), "en")] == ["value"]


def test_a_title_says_a_value_unless_the_product_states_another(mixed: Gazetteer) -> None:
    wish = (AttributeWish("filling", "Cherry"),)
    assert codes(categories=("pies",), attributes=wish) == {"cherry-pie", "box-pie"}


@pytest.mark.parametrize(
    ("phrase", "code"),
    [
        ("a swing for a 3 year old", "plank"),
        ("a swing for a baby of 6 months", "nest"),
        ("مرجيحة لطفل عنده ٣ سنين", "plank"),
        ("مرجيحة لبنتي عمرها ٦ شهور", "nest"),
    ],
)
def test_months_are_no_years(mixed: Gazetteer, phrase: str, code: str) -> None:
    assert codes(categories=("swings",), words="old", phrase=phrase) == {code}


def test_what_is_denied_is_no_reason(mixed: Gazetteer) -> None:
    with reading() as session:
        nest = catalogue.product(session, "nest")
        assert nest is not None
        with_rope = Wishes(categories=("swings",), words="rope", phrase="a swing with rope")
        assert reasons.of(nest, with_rope, "en") == []
        without = Wishes(categories=("swings",), words="rope", phrase="a swing without rope")
        assert [reason.passage for reason in reasons.of(nest, without, "en")] == ["Rope not included"]


def test_the_fact_that_answers_for_one_answers_for_all_that_state_it(mixed: Gazetteer) -> None:
    with reading() as session:
        swings = catalogue.products(session, ["nest", "plank"])
    found = questions.answer_each(swings, "what is the load of the 60 kg one", "en")
    assert [answered is not None and answered.facts[0].code for _, answered in found] == ["load", "load"]


@pytest.mark.parametrize("text", ["عندكم كستريل ويف", "كستريل وايف موجود؟"])
def test_a_brand_of_two_words_is_heard_whole(mixed: Gazetteer, text: str) -> None:
    spans = mixed.find(text)
    assert [(span.kind, span.value) for span in spans] == [("brand", "kestrel-wave")]
    assert text[spans[0].start : spans[0].end].startswith("كستريل و")


@pytest.mark.parametrize(
    ("text", "category"),
    [("كرسي عربيه لابني", "seats"), ("عندكم كرسي سيارة", "seats"), ("عربية اطفال خفيفة", "prams")],
)
def test_a_seat_for_the_car_is_no_pram(mixed: Gazetteer, text: str, category: str) -> None:
    assert [span.value for span in mixed.find(text) if span.kind == "category"] == [category]


def products(text: str, names: Gazetteer) -> list[Any]:
    return [span.value for span in names.find(text) if span.kind == "product"]


def test_a_noun_tells_apart_what_else_is_called_the_same(mixed: Gazetteer) -> None:
    assert len([span for span in mixed.find("عندكم عدو رخام") if span.candidates]) == 1
    assert [(span.value, span.candidates) for span in mixed.find("ابي جزمه عدو رخام")] == [("runner", ())]


def test_a_noun_that_one_name_begins_with_names_it(mixed: Gazetteer) -> None:
    assert products("ليقنز يشف؟", mixed) == ["leggings"]
    assert products("الخصر", mixed) == []


def test_what_a_thing_is_for_is_not_what_is_wanted(mixed: Gazetteer) -> None:
    spans = mixed.find("كراسه رسم للالوان المائيه")
    assert [(span.kind, span.value) for span in spans if span.kind != "attribute"] == [("category", "sheets")]


def test_a_measure_written_as_one_word_is_read_as_two(mixed: Gazetteer) -> None:
    assert products("volt70", mixed) == ["cell"]
