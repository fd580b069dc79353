"""Text of files: what is removed, whose language it is, which code it makes."""

from __future__ import annotations

import pytest

from bot.shop.importing.text import clean, clean_block, language_of, languages_of, localised, same, shortened, slug


def test_invisible_and_harmful_characters_go() -> None:
    assert clean("a\0b\x07c\u202ed\u2066e\ufefff\u200bg") == "abcdefg"
    assert clean("half \ud800 character") == "half character"
    assert clean("\u00a0 much \t space\r\n here\u2003") == "much space here"
    assert clean("می\u200cخواهم 👩\u200d🔧") == "می\u200cخواهم 👩\u200d🔧", "joiners belong to the letters"


def test_entities_are_read_also_when_escaped_twice() -> None:
    assert clean("Tom &amp; Jerry&#39;s &quot;caf&eacute;&quot;") == 'Tom & Jerry\'s "café"'
    assert clean("A &amp;amp; B") == "A & B"


def test_paragraphs_stay() -> None:
    assert clean_block("one \r\n\r\n\r\n\r\n two\rthree\u2028four") == "one\n\ntwo\nthree\nfour"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Desk lamp", "en"),
        ("مصباح مكتب", "ar"),
        ("سماعة Sony WH-1000XM5", "ar"),
        ("طابعة HP LaserJet Pro MFP M428fdw", "ar"),
        ("Oud perfume عود", "en"),
        ("Café crème", "en"),
        ("2024 - 15", None),
        ("", None),
    ],
)
def test_language_by_script(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_language_of_a_record() -> None:
    assert languages_of("Sony WH-1000XM5", "سماعة لاسلكية") == ["ar"]
    assert languages_of("سماعة", "Wireless headphones") == ["ar", "en"]
    assert languages_of("سماعة", "") == ["ar"]
    assert languages_of("", "") == ["en"]
    assert localised("كرسي") == {"ar": "كرسي"}
    assert localised("42") == {"en": "42"}


def test_codes() -> None:
    assert slug("Café Crème & Co.") == "cafe-creme-co"
    assert slug("كُرسي  مكتـب ٢") == slug("كرسي مكتب 2") == "كرسي-مكتب-2"
    assert slug("Battery Life", "_") == "battery_life"
    assert same("Été", "ete") and not same("desk", "desks")


def test_shortened_at_a_word() -> None:
    assert shortened("one two three", 10) == "one two…"
    assert len(shortened("x" * 500, 100)) == 100
