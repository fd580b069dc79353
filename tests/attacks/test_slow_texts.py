"""Texts made to take long: no pattern that reads a customer's words may take more than a moment over the longest message."""

from __future__ import annotations

import re
import time

import pytest

from bot.channels.text import LONGEST
from bot.nlu.corrections import _CUE_AFTER
from bot.nlu.patterns.prices import _LIMITS_BEFORE, _ROLES_BEFORE, CUE_CHARACTERS
from bot.shop.money.matching import _LINK
from bot.shop.sides import _BETWEEN

MOMENT = 0.1  # seconds, on a busy machine; what was mended took from a quarter of a second to hours
BEFORE = [pattern for _, pattern in (*_ROLES_BEFORE, *_LIMITS_BEFORE)]


def _seconds(pattern: re.Pattern[str], text: str) -> float:
    """The quickest of three: a busy machine is slow now and then."""
    took = []
    for _ in range(3):
        start = time.perf_counter()
        for _match in pattern.finditer(text):
            pass
        took.append(time.perf_counter() - start)
    return min(took)


# Short enough to fail before a person's patience ends if it were slow again: each word more takes four times as long.
@pytest.mark.parametrize("pattern", BEFORE, ids=range(len(BEFORE)))
@pytest.mark.parametrize("cue", ["under ", "over ", "about ", "around ", "اقل من ", "حدود "])
@pytest.mark.parametrize("fill", ["of ", "a  ", "السعر ", "هيا  "])
def test_words_between_a_cue_and_its_number(pattern: re.Pattern[str], cue: str, fill: str) -> None:
    assert _seconds(pattern, f"{(cue + fill * CUE_CHARACTERS)[: CUE_CHARACTERS - 2]}z ") < MOMENT


@pytest.mark.parametrize("pattern", [_CUE_AFTER, _LINK, _BETWEEN], ids=["correction", "link", "between"])
@pytest.mark.parametrize("unit", [" ", ",", "، ", "\n", "1.", "a.", "a-", "a"])
def test_long_rows(pattern: re.Pattern[str], unit: str) -> None:
    assert _seconds(pattern, (unit * LONGEST)[: LONGEST - 1] + "z") < MOMENT


@pytest.mark.parametrize("text", ["shop.com", "see...amazon.com now", "at my-shop.co.uk.com", "www.x", "https://a.b/c"])
def test_links_are_found_as_before(text: str) -> None:
    assert _LINK.search(text)
