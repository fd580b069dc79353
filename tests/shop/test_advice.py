"""The question that narrows a choice most."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from bot.db.models import Product, ProductAttribute, Variant
from bot.db.session import reading, writing
from bot.shop.advice import best_question
from bot.shop.wishes import AttributeWish, Wishes

MATTRESSES = Wishes(categories=("mattresses",))


def test_the_property_that_splits_best_is_asked_for(bedding: Session) -> None:
    question = best_question(bedding, MATTRESSES)
    assert question is not None
    assert question.subject in ("firmness", "material")
    assert 2 <= len(question.answers) <= 4


def test_nothing_is_asked_twice(bedding: Session) -> None:
    asked = ("firmness", "material", "brand", "price")
    question = best_question(bedding, replace(MATTRESSES, asked=asked))
    assert question is None or question.subject not in asked


def test_what_was_said_is_not_asked(bedding: Session) -> None:
    wishes = replace(MATTRESSES, attributes=(AttributeWish("firmness", "Firm"),))
    assert best_question(bedding, wishes) is None, "two are left, they can be shown"


def test_the_kind_of_thing_comes_first(bedding: Session) -> None:
    question = best_question(bedding, Wishes(not_brands=("nobody",)))
    assert question is not None
    assert question.subject == "category"
    assert question.answers[0].value == "mattresses"


def test_money_is_asked_for_when_nothing_else_splits(bedding: Session) -> None:
    with writing() as session:
        for number in range(12):
            price = 100 * (number + 1)
            variant = Variant(sku=f"v{number}", price=price, track_stock=False)
            session.add(
                Product(
                    code=f"plain{number}",
                    title={"en": f"Plain curtain {number}"},
                    description={},
                    tags=["curtain"],
                    price_from=price,
                    price_to=price,
                    variants=[variant],
                    attributes=[ProductAttribute(code="use", name={"en": "Use"}, value={"en": "Indoors"})],
                )
            )
    with reading() as session:
        question = best_question(session, Wishes(words="curtain"))
    assert question is not None
    assert question.subject == "price"
    low, middle, high = question.answers
    assert (low.lowest, high.highest) == (None, None)
    assert low.highest == middle.lowest
    assert middle.highest == high.lowest
    assert all(str(price).strip("0.") in ("4", "5", "8", "9", "1") for price in (low.highest, high.lowest))
