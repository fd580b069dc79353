"""Catalogue texts made to take long: whatever reads them takes time in step with their length."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from bot.shop.goods import also_called
from bot.shop.importing.readers.shopify_products import _METAFIELD
from bot.shop.listed_values import parts_of
from bot.shop.questions import sentences

LONG = 20_000  # characters of the longest description
MOMENT = 0.5  # seconds, on a busy machine; what was mended took half a minute
READERS = [sentences, parts_of, also_called, _METAFIELD.fullmatch]


@pytest.mark.parametrize("reader", READERS, ids=["sentences", "lists", "names", "headers"])
@pytest.mark.parametrize("unit", [" ", "\n", " \n", "\t ", " -", ", ", " و", "• ", "("])
def test_long_rows_of_the_same(reader: Callable[[str], object], unit: str) -> None:
    text = "a" + (unit * LONG)[:LONG] + "z"
    took = []
    for _ in range(2):
        start = time.perf_counter()
        reader(text)
        took.append(time.perf_counter() - start)
    assert min(took) < MOMENT


def test_texts_are_parted_as_they_are_meant() -> None:
    assert sentences("One.  Two\n\n  - Three  •  four - Five") == ["One.", "Two", "Three", "four", "Five"]
    assert parts_of(" Oily , very dry;normal ") == ["Oily", "very dry", "normal"]
    assert {"Oils", "Fluids"} <= set(also_called("Oils  &  Fluids"))
    header = _METAFIELD.fullmatch("Care label  (product.metafields.custom.care)")
    assert header is not None and header[1].strip() == "Care label"
