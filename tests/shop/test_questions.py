"""Questions about a property, answered from what the shop knows and from nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Product
from bot.db.session import reading, writing
from bot.db.types import LocalisedText
from bot.shop import catalogue
from bot.shop.catalogue import ShopProduct
from bot.shop.questions import NOT_BY_MEANING, Answered, answer, sentences, shortened


@pytest.fixture
def cloud(bedding: Session) -> ShopProduct:
    found = catalogue.product(bedding, "cloud-plus")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("how firm is the firmness", "firmness"),
        ("what's the firmness?", "firmness"),
        ("how heavy is it", "weight"),
        ("كم وزنها؟", "weight"),
        ("what is it made of", "material"),
        ("ما الخامة", "material"),
        ("is it memory foam?", "material"),
        ("wieght of it", "weight"),
        ("الصلابه كيف", "firmness"),
    ],
)
def test_facts(cloud: ShopProduct, question: str, code: str) -> None:
    found = answer(cloud, question, "en")
    assert found is not None
    assert code in [fact.code for fact in found.facts]


def test_a_choice_is_answered_from_the_options(cloud: ShopProduct) -> None:
    found = answer(cloud, "which sizes are there", "en")
    assert found is not None
    assert [option.code for option in found.options] == ["size"]
    assert answer(cloud, "شو مقاساتها", "ar") == found


def test_warranty(cloud: ShopProduct) -> None:
    assert answer(cloud, "how long is the guarantee", "en") == Answered(warranty_months=120)
    assert answer(cloud, "عليها ضمان؟", "ar") == Answered(warranty_months=120)


def test_the_description_answers_what_no_fact_does(cloud: ShopProduct) -> None:
    found = answer(cloud, "can I wash the cover", "en")
    assert found is not None
    assert found.passage == "The cover comes off and can be washed at 60 degrees."


@pytest.mark.parametrize("question", ["does it work with alexa", "is it vegan", "who designed it", "هل هو نباتي"])
def test_what_is_not_known_is_not_answered(cloud: ShopProduct, question: str) -> None:
    assert answer(cloud, question, "en") is None


def test_a_product_nobody_described_knows_nothing(bedding: Session) -> None:
    bare = catalogue.product(bedding, "feather-pillow")
    assert bare is not None
    assert answer(bare, "how heavy is it", "en") is None
    assert answer(bare, "", "en") is None


def test_sentences_of_a_description() -> None:
    assert sentences("One. Two!\nThree؟ أربعة • five") == ["One.", "Two!", "Three؟", "أربعة", "five"]


def test_points_of_a_list_are_sentences_of_their_own() -> None:
    assert sentences("Turns to whoever speaks. - Remote control - Wall mount included") == [
        "Turns to whoever speaks.",
        "Remote control",
        "Wall mount included",
    ]
    assert sentences("10 - 12 cups, non-stick") == ["10 - 12 cups, non-stick"]


def test_shortening_keeps_whole_sentences() -> None:
    text = "First sentence here. Second one is longer than that. Third."
    assert shortened(text, 30) == "First sentence here."
    assert shortened(text, 500) == text
    assert shortened("word " * 100, 30).endswith("…")
    assert len(shortened("word " * 100, 30)) <= 30


def _described(code: str, **described: str) -> ShopProduct:
    """The pillow as somebody described it."""
    with writing() as session:
        product = session.execute(select(Product).where(Product.code == code)).scalar_one()
        product.description = LocalisedText(described)
    with reading() as session:
        found = catalogue.product(session, code)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("can I machine wash it", "تغسل في الغسالة."),
        ("does it have an eraser", "معها ممحاة."),
        ("تتجمد؟", "يمكن تجميدها."),
        ("is the feather pillow vegan", "Vegan."),
    ],
)
def test_what_is_written_in_either_language_is_found(bedding: Session, question: str, told: str) -> None:
    pillow = _described(
        "feather-pillow", en="A feather pillow for all. Vegan.", ar="تغسل في الغسالة. معها ممحاة. يمكن تجميدها."
    )
    found = answer(pillow, question, "en")
    assert found is not None
    assert found.passage == told


def test_words_alone_prove_where_meaning_may_not(cloud: ShopProduct) -> None:
    shoulders = "helps with sore shoulder muscles"
    assert answer(cloud, shoulders, "en") is not None
    assert answer(cloud, shoulders, "en", NOT_BY_MEANING) is None
    assert answer(cloud, "can I wash the cover", "en", NOT_BY_MEANING) is not None
