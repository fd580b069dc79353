"""E-mail addresses, phones and web addresses in one form."""

from __future__ import annotations

import pytest

from bot.shop.importing.contacts import read_email, read_phone, read_url


def test_emails() -> None:
    assert read_email(" Sara.K@Example.COM ") == "sara.k@example.com"
    for wrong in ("sara", "sara@home", "a b@c.de", "a@b@c.de", "", None, "x" * 250 + "@e.com"):
        assert read_email(wrong) is None


@pytest.mark.parametrize(
    "text",
    [
        "0501234567",
        "050 123 4567",
        "٠٥٠١٢٣٤٥٦٧",
        "+966 50 123 4567",
        "00966501234567",
        "'+966501234567",
        "(050) 123-4567",
    ],
)
def test_phones(text: str) -> None:
    assert read_phone(text, "SA") == "+966501234567"


def test_no_phone() -> None:
    for wrong in ("", "12", "call me", "+999999999999999999", None):
        assert read_phone(wrong, "SA") is None


def test_web_addresses() -> None:
    assert read_url("https://shop.example/كرسي?a=1&b=2#x") == "https://shop.example/%D9%83%D8%B1%D8%B3%D9%8A?a=1&b=2#x"
    assert read_url("//cdn.example/a b.jpg") == "https://cdn.example/a%20b.jpg"
    assert read_url("/shop/images/a.svg") == "/shop/images/a.svg"
    for wrong in (
        "javascript:alert(1)",
        "data:text/html,x",
        "shop",
        "http://",
        "https://[bad",
        "",
        "https://e.com/" + "x" * 1000,
    ):
        assert read_url(wrong) is None
