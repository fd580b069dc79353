"""The age a thing is wanted for, and which products say they are made for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from bot.db.types import LocalisedText
from bot.shop import ages, catalogue


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("a bike for my 7 year old daughter", 7),
        ("something for a 10-year-old", 10),
        ("he is aged 4", 4),
        ("دراجة لابني عمره ٥ سنين", 5),
        ("لعبة لبنتي ٨ سنوات", 8),
        ("a 2 year warranty", None),
        ("ضمان سنتين", None),
        ("laptops under 3000", None),
    ],
)
def test_the_age_that_a_message_names(text: str, age: int | None) -> None:
    assert ages.said(text) == age


@pytest.mark.parametrize(
    ("description", "age", "made"),
    [
        ("Strong. For children from 6 to 9.", 7, True),
        ("Strong. For children from 6 to 9.", 5, False),
        ("For kids 4-6 years, with a bell.", 6, True),
        ("Ages 3+", 12, True),
        ("For all ages from birth.", 1, True),
        ("For all ages from birth.", 5, False),
        ("For children from 8 years.", 7, False),
        ("للأطفال من ٤ إلى ٦ سنوات.", 5, True),
        ("Six gears, 20 to 30 kg.", 25, False),
    ],
)
def test_what_is_made_for_an_age(bedding: Session, description: str, age: int, made: bool) -> None:
    product = catalogue.product(bedding, "knit-throw")
    assert product is not None
    told = ages.made_for(replace(product, description=LocalisedText({"en": description})), age, "en")
    assert (told is not None) is made
