"""Order numbers: one key however they are written, and the looks of a shop's numbers learned from its orders."""

from __future__ import annotations

import pytest

from bot.nlu.patterns import Surroundings, find_all
from bot.shop.order_numbers import number_key, shapes

BOOK = ("WEB/2026/00817", "WEB/2026/00818", "S23-AB91K", "KSA 2026-11-7734", "407-1234567-8901234", "AZ·88·1", "OLD-77")


@pytest.mark.parametrize(
    ("written", "key"),
    [(" #d-10 01_", "D1001"), ("ط-١٠٠١", "ط1001"), ("٧٧٤٤", "7744"), ("web/2026/00817", "WEB202600817")],
)
def test_one_key_however_it_is_written(written: str, key: str) -> None:
    assert number_key(written) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("my order number is WEB/2026/00817 and email guest@mailbox.example", "WEB202600817"),
        ("web 2026 00819 please", "WEB202600819"),
        ("وين طلبي WEB/٢٠٢٦/٠٠٨١٧", "WEB202600817"),
        ("s23 ab91k guest@mailbox.example it says delivered", "S23AB91K"),
        ("KSA 2026-11-7734, guest@mailbox.example", "KSA2026117734"),
        ("order no 407-1234567-8901234", "40712345678901234"),
        ("az 88 1 still nothing", "AZ881"),
        ("OLD-77, where is it", "OLD77"),
    ],
)
def test_numbers_in_the_looks_of_the_book_are_found(text: str, key: str) -> None:
    found = find_all(text, Surroundings(country="SA", order_shapes=shapes(BOOK)))
    assert [item.value for item in found if item.entity == "order_number"] == [key]


@pytest.mark.parametrize(
    "text", ["old sofa 120 cm", "2 of 88", "a 2026 model", "web shop", "0511234567", "20261177 34"]
)
def test_other_numbers_are_no_order(text: str) -> None:
    found = find_all(text, Surroundings(country="SA", order_shapes=shapes(BOOK)))
    assert not [item for item in found if item.entity == "order_number"]


def test_plain_numbers_have_no_shape_of_their_own() -> None:
    assert shapes(["1001", "#1002", "٧٧٤٤"]) == []


def test_what_differs_from_number_to_number_may_be_any_letters() -> None:
    found = shapes([f"{letters}-77{letters[0]}" for letters in ("ab", "cd", "ef", "gh")])
    assert found[0].search("xy-78z") and not found[0].search("x-7")
