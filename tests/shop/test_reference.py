"""Which product a customer means."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from bot.shop.reference import Meant, Said, resolve
from bot.shop.wishes import AttributeWish

SHOWN = ["cloud-plus", "rock-firm", "latex-air"]


def certain(code: str) -> Meant:
    return Meant("certain", (code,))


def test_a_named_product_is_meant_whatever_was_shown(bedding: Session) -> None:
    said = Said(named=[("knit-throw", [])])
    assert resolve(bedding, said, SHOWN, "rock-firm") == certain("knit-throw")


def test_a_name_that_fits_several_is_settled_by_what_was_talked_about(bedding: Session) -> None:
    said = Said(named=[("cloud-plus", ["cloud-plus", "latex-air", "oak-frame"])])
    assert resolve(bedding, said, [], None) == Meant("ambiguous", ("cloud-plus", "latex-air", "oak-frame"))
    assert resolve(bedding, said, ["rock-firm", "latex-air"], None) == certain("latex-air")
    assert resolve(bedding, said, [], "oak-frame") == certain("oak-frame")
    assert resolve(bedding, said, SHOWN, None) == Meant("ambiguous", ("cloud-plus", "latex-air"))


@pytest.mark.parametrize(("ordinal", "code"), [(1, "cloud-plus"), (3, "latex-air"), (-1, "latex-air")])
def test_counting_off(bedding: Session, ordinal: int, code: str) -> None:
    assert resolve(bedding, Said(ordinals=[ordinal]), SHOWN, None) == certain(code)


@pytest.mark.parametrize("ordinal", [0, 4, 99, -2])
def test_counting_past_the_end(bedding: Session, ordinal: int) -> None:
    assert resolve(bedding, Said(ordinals=[ordinal]), SHOWN, None).kind == "out_of_range"


def test_the_cheaper_one(bedding: Session) -> None:
    assert resolve(bedding, Said(comparison="cheaper"), SHOWN, None) == certain("rock-firm")
    assert resolve(bedding, Said(comparison="pricier"), SHOWN, None) == certain("latex-air")


def test_the_one_of_a_brand_or_with_a_property(bedding: Session) -> None:
    assert resolve(bedding, Said(brands=["dormir"]), SHOWN, None) == certain("rock-firm")
    assert resolve(bedding, Said(brands=["noura"]), SHOWN, None) == Meant("ambiguous", ("cloud-plus", "latex-air"))
    soft = Said(attributes=[AttributeWish("firmness", "Soft")])
    assert resolve(bedding, soft, SHOWN, None) == certain("cloud-plus")


def test_a_brand_or_kind_that_is_not_around_is_looked_up(bedding: Session) -> None:
    assert resolve(bedding, Said(categories=["throws"]), SHOWN, "cloud-plus") == certain("knit-throw")
    found = resolve(bedding, Said(categories=["pillows"]), SHOWN, None)
    assert (found.kind, set(found.codes)) == ("ambiguous", {"side-pillow", "feather-pillow"})
    assert resolve(bedding, Said(categories=["throws"], brands=["noura"]), [], None).kind == "unknown"


def test_the_one_in_view(bedding: Session) -> None:
    assert resolve(bedding, Said(words="how heavy is it"), SHOWN, "rock-firm") == certain("rock-firm")
    wool = Said(attributes=[AttributeWish("cover", "Wool")], words="and in")
    assert resolve(bedding, wool, [], "cloud-plus") == certain("cloud-plus")


def test_a_model_number_that_is_not_in_view_is_another_product(bedding: Session) -> None:
    assert resolve(bedding, Said(words="how much is the X200"), SHOWN, "rock-firm") == certain("side-pillow")
    strange = resolve(bedding, Said(words="how much is the Dormir ZX900 pillow"), SHOWN, "rock-firm")
    assert strange.kind == "unknown"
    assert "side-pillow" in strange.codes
    assert resolve(bedding, Said(words="what about the QQ7"), [], None) == Meant("unknown", ())


@pytest.mark.parametrize("words", ["does it have 16gb", "is it 160cm wide", "at 60hz"])
def test_quantities_are_no_model_numbers(bedding: Session, words: str) -> None:
    assert resolve(bedding, Said(words=words), [], "rock-firm") == certain("rock-firm")


@pytest.mark.parametrize(
    "words", ["how much is the hammock?", "price of your Zorblat please", "بكم الارجوحه", "كم سعر Zorblat عندكم"]
)
def test_a_name_that_nothing_carries_is_another_product(bedding: Session, words: str) -> None:
    found = resolve(bedding, Said(words=words, asks_of_thing=True), SHOWN, "rock-firm")
    assert found.kind == "unknown"


@pytest.mark.parametrize(
    "words",
    ["how much is it with the gift wrap", "كم سعره مع التغليف", "the price?", "كم السعر", "and the Noura price?"],
)
def test_pointing_back_stays_with_the_one_in_view(bedding: Session, words: str) -> None:
    assert resolve(bedding, Said(words=words, asks_of_thing=True), SHOWN, "rock-firm") == certain("rock-firm")


def test_the_name_of_a_property_is_no_product(bedding: Session) -> None:
    assert resolve(bedding, Said(words="what about the packaging"), [], "rock-firm") == certain("rock-firm")


def test_with_several_shown_and_no_sign_it_is_asked(bedding: Session) -> None:
    assert resolve(bedding, Said(words="how much is it"), SHOWN, None) == Meant("ambiguous", tuple(SHOWN))


def test_with_nothing_shown_words_may_describe_it(bedding: Session) -> None:
    assert resolve(bedding, Said(words="how much is the knitted throw"), [], None) == certain("knit-throw")
    assert resolve(bedding, Said(words="how much is it"), [], None) == Meant("missing")
    assert resolve(bedding, Said(words="how heavy is it"), [], None) == Meant("missing")


def test_what_was_taken_off_sale_is_forgotten(bedding: Session) -> None:
    assert resolve(bedding, Said(words="price"), ["hidden", "knit-throw"], "hidden") == certain("knit-throw")


def test_a_word_of_another_title_means_that_product(bedding: Session) -> None:
    asked = Said(words="is the latex vegan", categories=["mattresses"])
    assert resolve(bedding, asked, [], "rock-firm") == certain("latex-air")
    same = Said(words="is the mattress firm", categories=["mattresses"])
    assert resolve(bedding, same, [], "rock-firm") == certain("rock-firm")


def test_names_of_several_are_told_apart_by_the_other_words(bedding: Session) -> None:
    said = Said(named=[("cloud-plus", ["cloud-plus", "latex-air"])], words="latex")
    assert resolve(bedding, said, [], None) == certain("latex-air")
