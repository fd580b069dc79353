"""Prices, whole numbers and yes-or-no as people type them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.shop.importing.numbers import exact, read_flag, read_price, read_whole


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("1299", "1299", None),
        ("1,299.00 SAR", "1299", "SAR"),
        ("SAR 1299.50", "1299.5", "SAR"),
        ("ر.س ١٬٢٩٩٫٠٠", "1299", "SAR"),
        ("١٢٩٩ ريال سعودي", "1299", "SAR"),
        ("١٢٩٩ ريال", "1299", None),  # of which country?
        ("ر.س.50", "50", "SAR"),
        ("ج.م. ۵۰۰", "500", "EGP"),
        ("€1.299,00", "1299", "EUR"),
        ("1.299 €", "1299", "EUR"),
        ("1.299.000,00 IDR", "1299000", "IDR"),
        ("12.5 KWD", "12.5", "KWD"),
        ("12.500 د.ك", "12.5", "KWD"),
        ("1 299,00 €", "1299", "EUR"),
        ("1\u202f299,00 €", "1299", "EUR"),
        ("1'299.00 CHF", "1299", "CHF"),
        ("$19.99", "19.99", None),
        ("US$ 1,299", "1299", "USD"),
        ("£1,000,000.50", "1000000.5", "GBP"),
        ("19,90", "19.9", None),
        ("1,299", "1299", None),
        ("0,500", "0.5", None),
        (".5", "0.5", None),
        ("1,00,000", "100000", None),
        ("+7", "7", None),
        ("1299 SAR incl. VAT", "1299", "SAR"),
        ("0.00", "0", None),
        ("19.9996", "20", None),
    ],
)
def test_prices(text: str, amount: str, currency: str | None) -> None:
    assert read_price(text) == (Decimal(amount), currency)


@pytest.mark.parametrize("text", ["", "  ", None, "N/A", "-", "call us", "السعر عند الطلب"])
def test_no_price(text: str | None) -> None:
    assert read_price(text) is None


@pytest.mark.parametrize("text", ["-5", "(5.00)", "5-", "1,2,3", "10 - 20", "1.2.3,4", "9" * 13, True, Decimal("NaN")])
def test_what_is_no_price_is_said(text: object) -> None:
    with pytest.raises(ValueError, match=r"price|number|large|zero"):
        read_price(text)


@settings(deadline=None)
@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_every_way_of_writing_an_amount_means_the_same(amount: Decimal) -> None:
    plain = f"{amount:,.2f}"
    arabic = plain.translate(str.maketrans("0123456789.,", "٠١٢٣٤٥٦٧٨٩٫٬"))
    continental = plain.translate(str.maketrans(".,", ",."))
    for text in (plain, f"{plain} SAR", f"{arabic} ر.س", f"€{continental}", str(amount)):
        price = read_price(text)
        assert price is not None
        assert price.amount == exact(amount)


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("-3", -3), ("١٢", 12), ("1,000", 1000), ("5.0", 5), ("", None)]
)
def test_whole_numbers(text: str, number: int | None) -> None:
    assert read_whole(text) == number


@pytest.mark.parametrize("text", ["2.5", "many", "99999999999", "--3", True])
def test_no_whole_number(text: object) -> None:
    with pytest.raises(ValueError, match="whole number"):
        read_whole(text)


def test_flags() -> None:
    assert [read_flag(text) for text in ("TRUE", "yes", "نعم", "١", "FALSE", "0", "لا", "")] == [
        *[True] * 4,
        *[False] * 3,
        None,
    ]
    with pytest.raises(ValueError, match="neither"):
        read_flag("perhaps")
