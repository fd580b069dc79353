"""Days as customers name them, told from a Monday in a country whose week begins on Sunday."""

from __future__ import annotations

from datetime import date

import pytest

from bot.nlu.patterns import dates
from bot.nlu.patterns.found import Text

MONDAY = date(2026, 11, 23)


def found(text: str, country: str = "SA") -> list[tuple[str, dict[str, str]]]:
    return [(item.value, item.extra) for item in dates.find(Text(text), lambda: MONDAY, country)]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("do you deliver tomorrow", "2026-11-24"),
        ("the day after tomorrow is fine", "2026-11-25"),
        ("i got it yesterday", "2026-11-22"),
        ("on friday", "2026-11-27"),
        ("this friday please", "2026-11-27"),
        ("next tuesday", "2026-12-01"),
        ("by wed", "2026-11-25"),
        ("i ordered it last monday", "2026-11-16"),
        ("waiting since monday", "2026-11-16"),
        ("i bought it on thursday", "2026-11-19"),
        ("in two weeks", "2026-12-07"),
        ("in a month", "2026-12-23"),
        ("3 days ago", "2026-11-20"),
        ("15/3", "2027-03-15"),
        ("placed on 15/11", "2026-11-15"),
        ("11/25/2026", "2026-11-25"),
        ("2026-12-01", "2026-12-01"),
        ("March 3rd", "2027-03-03"),
        ("the 3rd of march 2028", "2028-03-03"),
        ("dec 5", "2026-12-05"),
        ("on the 15th", "2026-12-15"),
        ("end of the month", "2026-11-30"),
        ("بكرة", "2026-11-24"),
        ("بعد بكرة", "2026-11-25"),
        ("وصلوها باچر", "2026-11-24"),
        ("غدًا", "2026-11-24"),
        ("أول أمس", "2026-11-21"),
        ("امبارح", "2026-11-22"),
        ("يوم الخميس", "2026-11-26"),
        ("الخميس الجاي", "2026-11-26"),
        ("يوم الاثنين القادم", "2026-11-30"),
        ("الجمعة الماضية", "2026-11-20"),
        ("طلبته يوم الأحد", "2026-11-22"),
        ("بعد أسبوعين", "2026-12-07"),
        ("بعد ٣ أيام", "2026-11-26"),
        ("من يومين", "2026-11-21"),
        ("٣ مارس", "2027-03-03"),
        ("٥ كانون الثاني", "2027-01-05"),
        ("١٥/٣/٢٠٢٧", "2027-03-15"),
        ("يوم ٢٥", "2026-11-25"),
        ("آخر الشهر", "2026-11-30"),
    ],
)
def test_a_day(text: str, day: str) -> None:
    assert found(text) == [(day, {})]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("next week", "2026-11-29", "2026-12-05"),
        ("this weekend", "2026-11-27", "2026-11-28"),
        ("الأسبوع الجاي", "2026-11-29", "2026-12-05"),
        ("الشهر القادم", "2026-12-01", "2026-12-31"),
    ],
)
def test_a_span(text: str, first: str, last: str) -> None:
    assert found(text) == [(first, {"until": last})]


def test_a_week_begins_on_the_countrys_own_day() -> None:
    assert found("next week", "KW")[0][0] == "2026-11-28"
    assert found("next week", "DE")[0][0] == "2026-11-30"


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("tomorrow morning", {"part": "morning"}),
        ("friday at 5 pm", {"time": "17:00"}),
        ("tonight", {"part": "night"}),
        ("بكرة الصبح", {"part": "morning"}),
        ("يوم الخميس الساعة ٥ مساء", {"time": "17:00"}),
    ],
)
def test_a_part_of_the_day(text: str, more: dict[str, str]) -> None:
    ((_, extra),) = found(text)
    assert extra == more


@pytest.mark.parametrize(
    "text",
    ["black friday", "open 24/7", "1/2 kg", "the sun is hot", "i sat on my chair", "الاثنين حلوين", "يومين", "3-5 days", "2 years warranty",
     "0551234567", "31/31", "WH-10/20", "march", "مساء الخير", "كل يوم", "the 3rd one", "99/99/9999", "0/0", "30/2/2027"],
)  # fmt: skip
def test_no_day(text: str) -> None:
    assert found(text) == []
