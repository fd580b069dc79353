"""The summary an agent reads: names instead of codes, nothing that says nothing, nothing that breaks it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.db.models import Brand, Category, Product, ProductAttribute
from bot.db.session import reading, writing
from bot.desk.summary import Names, readable


@pytest.fixture
def catalogue(database: str) -> None:
    with writing() as session:
        session.add(Category(code="lamps", name={"en": "Lamps", "ar": "مصابيح"}))
        session.add(Brand(code="noor", name={"en": "Noor", "ar": "نور"}))
        facts = [
            ProductAttribute(
                code="light_colour",
                name={"en": "Light colour", "ar": "لون الضوء"},
                value={"en": "Warm", "ar": "دافئ"},
            ),
            ProductAttribute(
                code="brightness",
                name={"en": "Brightness", "ar": "السطوع"},
                value={"en": "900 lumens", "ar": "٩٠٠ لومن"},
                number=900,
                unit="lm",
            ),
        ]
        session.add(Product(code="NOOR-1", title={"en": "Noor One", "ar": "نور واحد"}, attributes=facts))


def _lines(summary: dict[str, Any], language: str = "en") -> dict[str, list]:
    with reading() as session:
        return {line.key: line.values for line in readable(summary, Names(session, [summary], language))}


def test_codes_become_names_in_the_agents_language(catalogue: None) -> None:
    summary = {
        "need": "a lamp to read by",
        "products": ["NOOR-1", "GONE-9"],
        "search": {
            "categories": ["lamps"],
            "not_brands": ["noor"],
            "price_max": "60",
            "attributes": [["light_colour", "warm"]],
            "not_attributes": [["light_colour", "Cold"]],
            "bounds": [["brightness", 799.9992, 1], ["gone_height", 40, -1]],
            "offset": 5,
        },
        "verified": False,
    }
    assert _lines(summary, "ar") == {
        "need": ["a lamp to read by"],
        "products": ["نور واحد", "GONE-9"],
        "categories": ["مصابيح"],
        "not_brands": ["نور"],
        "price_max": ["٦٠"],
        "wishes": ["لون الضوء: دافئ", "لون الضوء: غير Cold", "السطوع: ٨٠٠ لومن فأكثر", "gone height: ٤٠ فأقل"],
        "verified": [False],
    }


@pytest.mark.parametrize(
    ("summary", "lines"),
    [
        ({}, {}),
        ({"need": "", "products": [], "order": None, "search": {}}, {}),
        ({"search": "lamps"}, {"search": ["lamps"]}),
        ({"products": {"a": ["b"]}}, {"products": ["b"]}),
        ({"products": ["b", "a", "b"]}, {"products": ["b", "a"]}),
        ({"products": ["b", "a"], "shown": ["b", "a"]}, {"shown": ["b", "a"]}),
        ({"budget": "about 4000"}, {"budget": ["about 4000"]}),
        ({"budget": "4000.000 SAR", "score": "50: email, budget"}, {"budget": ["SAR 4,000"], "score": ["50"]}),
        ({"search": {"price_max": "4000.000", "price_min": "1.500"}}, {"price_min": ["1.5"], "price_max": ["4,000"]}),
        ({"the shop's own": {"x": 1, "y": [2.5, None, {"z": "deep"}]}}, {"the shop's own": ["1", "2.5", "deep"]}),
    ],
)
def test_odd_summaries_are_shown_as_they_are(database: str, summary: dict[str, Any], lines: dict[str, list]) -> None:
    assert _lines(summary) == lines
