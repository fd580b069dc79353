"""A catalogue in one language asked about in the other: a Shopify export in English, customers who write Arabic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.db.session import reading
from bot.shop import gazetteer, search, text_index
from bot.shop.gazetteer import Gazetteer
from bot.shop.gazetteer.forms import spoken
from bot.shop.importing import import_file
from bot.shop.vocabulary import content_words
from bot.shop.wishes import AttributeWish, Wishes, at_limit

TRADES = Path(__file__).parent.parent / "journeys" / "trades"


@pytest.fixture
def phones(database: str) -> Gazetteer:
    """The names of a shop for telephones."""
    text_index.forget()
    for kind, name in (("shop", "phones.json"), ("branches", "phones.json"), ("products", "phones.csv")):
        assert import_file(kind, TRADES / name).applied
    return gazetteer.current()


def named(known: Gazetteer, text: str) -> list[tuple[str, Any]]:
    return [(span.kind, span.value) for span in known.find(text)]


def found(text: str, **wishes: object) -> list[str]:
    """Codes of what a text finds by its words."""
    with reading() as session:
        said = Wishes(words=" ".join(content_words(text)), phrase=text, **wishes)  # type: ignore[arg-type]
        return [hit.code for hit in search.find(session, said, 9).hits]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("عندكم جوالات؟", "smartphones"),
        ("عايز موبايل", "smartphones"),
        ("do you sell mobiles", "smartphones"),
        ("وريني الكفرات", "phone-cases"),
        ("باور بانك", "power-banks"),
        ("شاحن سريع", "chargers"),
        ("powerbanks please", "power-banks"),
    ],
)
def test_kinds_of_things_by_their_other_names(phones: Gazetteer, text: str, category: str) -> None:
    assert ("category", category) in named(phones, text)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("بكم زيفون ١٥", "product", "orbix-15"),
        ("عندكم اوربكس؟", "brand", "orbix"),
        ("كم سعر كافو 105", "product", "kavo-105"),
        ("نوفيا ٩٠ متوفر؟", "product", "nuvia-90"),
        ("do you have nuvia phones", "brand", "nuvia"),
        ("dashcam price", "product", "dash"),
        ("باور بانك واتركس سليم", "product", "bank-10"),
    ],
)
def test_names_written_by_their_sound(phones: Gazetteer, text: str, kind: str, value: str) -> None:
    assert (kind, value) in named(phones, text)


@pytest.mark.parametrize(
    ("latin", "arabic"),
    [("nokia", "نوكيا"), ("sony", "سوني"), ("huawei", "هواوي"), ("dell", "ديل"), ("kia", "كيا"), ("toyota", "تويوتا")],
)
def test_short_names_sound_alike_with_their_vowels(latin: str, arabic: str) -> None:
    assert spoken(latin) == spoken(arabic)


def test_what_a_thing_fits_is_a_value_and_alone_the_product(phones: Gazetteer) -> None:
    assert named(phones, "how much is the zephon 15") == [("product", "orbix-15")]
    assert named(phones, "cases for the zephon 15") == [
        ("category", "phone-cases"),
        ("attribute", {"code": "fits", "value": "Zephon 15"}),
    ]
    assert ("product", "orbix-15") in named(phones, "smartphone zephon 15")


def test_words_find_products_in_the_other_language(phones: Gazetteer) -> None:
    assert found("كفر جلد") == ["leather-case"]
    assert found("داش كام") == ["dash"]
    assert found("dashcam") == ["dash"]
    assert found("ثلاجة كبيرة") != ["leather-case"]


def test_a_value_among_others_is_held(phones: Gazetteer) -> None:
    assert set(found("", attributes=(AttributeWish("made_for", "Phones"),))) == {"charger-65", "charger-20"}
    assert found("", attributes=(AttributeWish("made_for", "laptops"),)) == ["charger-65"]


def test_a_limit_may_just_be_reached(phones: Gazetteer) -> None:
    assert phones.measured("mah", "battery") == "battery_capacity"
    assert found("", bounds=(at_limit("battery_capacity", 26800, 1),)) == ["bank-26"]
    assert set(found("", bounds=(at_limit("battery_capacity", 5000, -1),))) == {"orbix-15", "nuvia-90"}
