"""Other names of things, in both languages."""

from __future__ import annotations

import pytest

from bot.shop import goods
from bot.shop.vocabulary import WORDS, stems_of


@pytest.mark.parametrize(
    ("name", "also"),
    [
        ("Engine Oil", "زيت محرك"),
        ("Face Serums", "سيروم وجه"),
        ("عبايات سوداء", "black abaya"),
        ("Oils & Fluids", "Oils"),
        ("Vitamins and Supplements", "فيتامين"),
        ("Smartphones", "mobile"),
        ("كتب أطفال", "children's book"),
    ],
)
def test_other_names(name: str, also: str) -> None:
    assert also in goods.also_called(name)


def test_what_has_no_meaning_here_has_no_other_name() -> None:
    assert goods.also_called("Turvo Oil") == []
    assert goods.also_called("") == []


def test_names_of_a_thing_are_bounded() -> None:
    assert len(goods.also_called("Wireless Phone Case Cover")) <= 2 * goods.MOST_NAMES


def test_same_as() -> None:
    assert ("power", "bank") in goods.same_as(tuple(stems_of("باور بانك")))
    assert goods.same_as(("turvo",)) == ()
    assert goods.longest_name(stems_of("واقي شمس للوجه")) == 2


def test_each_line_has_names_in_both_languages() -> None:
    for line in (WORDS / "goods.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            english, _, arabic = line.partition(" = ")
            assert english.isascii(), line
            assert arabic, line
            assert not any(c.isascii() and c.isalpha() for c in arabic), line
