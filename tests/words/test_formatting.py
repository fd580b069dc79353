"""Numbers, money, days and counted nouns as people of each language write them."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest
import yaml

from bot.settings import ROOT
from bot.words.formatting import Locale

ENGLISH = Locale("en")
ARABIC = Locale("ar")
ARABIC_DIGITS = Locale("ar", "arab")
NOUNS = yaml.safe_load((ROOT / "data" / "words" / "nouns.yml").read_text(encoding="utf-8"))["nouns"]


@pytest.mark.parametrize(
    ("locale", "amount", "currency", "written"),
    [
        (ENGLISH, "1299", "SAR", "SAR 1,299"),
        (ENGLISH, "49.5", "SAR", "SAR 49.50"),
        (ENGLISH, "1.250", "KWD", "KWD 1.250"),
        (ENGLISH, "1299", "USD", "$1,299"),
        (ARABIC, "1299", "SAR", "1,299 ريالًا"),
        (ARABIC, "3", "SAR", "3 ريالات"),
        (ARABIC, "300", "SAR", "300 ريال"),
        (ARABIC, "2", "EGP", "2 جنيه"),
        (ARABIC, "1.250", "KWD", "1.250 دينار"),
        (ARABIC, "15", "JPY", "15 ين"),
        (ARABIC, "49.5", "EGP", "49.50 جنيهًا"),
        (ARABIC_DIGITS, "1299", "AED", "١٬٢٩٩ درهمًا"),
    ],
)
def test_money(locale: Locale, amount: str, currency: str, written: str) -> None:
    assert locale.money(Decimal(amount), currency) == written


@pytest.mark.parametrize(
    ("count", "written"),
    [
        (0, "لا منتجات"),
        (1, "منتج واحد"),
        (2, "منتجان"),
        (3, "3 منتجات"),
        (10, "10 منتجات"),
        (11, "11 منتجًا"),
        (99, "99 منتجًا"),
        (100, "100 منتج"),
        (103, "103 منتجات"),
    ],
)
def test_arabic_nouns_agree_with_their_number(count: int, written: str) -> None:
    assert ARABIC.counted("product", count) == written


def test_counted_nouns_in_english_and_in_arabic_digits() -> None:
    assert [ENGLISH.counted("product", count) for count in (0, 1, 2)] == ["0 products", "1 product", "2 products"]
    assert ARABIC_DIGITS.counted("piece", 12) == "١٢ قطعة"


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_every_noun_has_every_form(noun: str) -> None:
    assert {"one", "other"} <= set(NOUNS[noun]["en"])
    assert {"zero", "one", "two", "few", "many", "other"} <= set(NOUNS[noun]["ar"])
    for language in ("en", "ar"):
        assert all(
            "{n}" in NOUNS[noun][language][form] for form in ("few", "many", "other") if form in NOUNS[noun][language]
        )


def test_small_numbers_are_words_where_a_language_writes_them_so() -> None:
    assert [ENGLISH.in_words(number) for number in (3, 12, 1500)] == ["three", "12", "1,500"]
    assert ARABIC_DIGITS.in_words(3) == "٣"


def test_numbers_have_no_trailing_zeros() -> None:
    assert ENGLISH.number(Decimal("12.500")) == "12.5"
    assert ENGLISH.number(1234567) == "1,234,567"
    assert ARABIC_DIGITS.number(0.25) == "٠٫٢٥"


def test_near_days_have_names() -> None:
    today = date(2030, 5, 15)
    assert [ENGLISH.day(date(2030, 5, day), today) for day in (14, 15, 16)] == ["yesterday", "today", "tomorrow"]
    assert ARABIC.day(date(2030, 5, 16), today) == "غدًا"
    assert ENGLISH.day(date(2030, 5, 20), today) == "Monday 20 May"
    assert ENGLISH.day(date(2031, 1, 2), today) == "2 January 2031"


@pytest.mark.parametrize(
    ("moment", "english", "arabic"),
    [
        (time(0, 0), "midnight", "12 منتصف الليل"),
        (time(0, 30), "12:30 am", "12:30 بعد منتصف الليل"),
        (time(9, 30), "9:30 am", "9:30 صباحًا"),
        (time(12, 0), "noon", "12 ظهرًا"),
        (time(12, 30), "12:30 pm", "12:30 ظهرًا"),
        (time(16, 0), "4 pm", "4 عصرًا"),
        (datetime(2030, 5, 15, 22, 0), "10 pm", "10 مساءً"),
    ],
)
def test_times_are_said_as_people_say_them(moment: time | datetime, english: str, arabic: str) -> None:
    assert (ENGLISH.time(moment), ARABIC.time(moment)) == (english, arabic)


def test_times_are_in_the_customers_digits() -> None:
    assert ARABIC_DIGITS.time(time(9, 30)) == "٩:٣٠ صباحًا"
    assert ARABIC_DIGITS.time(time(0, 0)) == "١٢ منتصف الليل"


def test_names_in_the_other_direction_are_isolated() -> None:
    assert ARABIC.isolate("Cloud Plus") == "\u2068Cloud Plus\u2069"
    assert ARABIC.isolate("مرتبة") == "مرتبة"
    assert ENGLISH.isolate("Cloud Plus") == "Cloud Plus"


def test_the_plus_of_a_phone_number_stays_in_front_of_it() -> None:
    assert ARABIC.isolate("+966510000011") == "\u2068+966510000011\u2069"
    assert ARABIC.isolate("0510000011") == "0510000011"


def test_languages_have_names() -> None:
    assert ENGLISH.language_name("fa") == "Persian"
    assert ARABIC.language_name("fr") == "الفرنسية"
    assert ENGLISH.language_name("xx-unknown") == "xx-unknown"
