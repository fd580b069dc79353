"""Languages of chat texts: script, words, Arabic in Latin letters, and what says nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language import detect as module
from bot.language.detect import detect


@pytest.mark.parametrize(
    "text",
    ["where is my order", "laptops", "habibi i need help with my order", "do you have b2b sales", "i want the 2nd one",
     "how much is the شاحن", "what does شاحن mean in english", "thx", "no", "pls send it asap"],
)  # fmt: skip
def test_english(text: str) -> None:
    found = detect(text)
    assert (found.language, found.arabizi, found.other) == ("en", False, None)


@pytest.mark.parametrize(
    "text",
    ["وين طلبي", "عايز laptop gaming", "ابغى اعرف price", "بكام ال iphone 15", "السعر كام؟", "ok تمام", "گرين تي عندكم؟",
     "ما المقاسات المتاحة من هذا الموديل؟", "سماعات wh-1000 متوفرة"],
)  # fmt: skip
def test_arabic(text: str) -> None:
    found = detect(text)
    assert (found.language, found.arabizi, found.other) == ("ar", False, None)


@pytest.mark.parametrize(
    "text",
    ["3ayez ashteri laptop gdeed", "wen talabi", "shu as3ar el laptops", "salam", "ana 3ayz a3raf el price",
     "lo sam7t el dhaman kam sana", "fin wslat commande dyali", "nseet kelmet el ser", "ma esmak", "fen el talab bta3i"],
)  # fmt: skip
def test_arabic_in_latin_letters(text: str) -> None:
    found = detect(text)
    assert (found.language, found.arabizi) == ("ar", True)


def test_arabizi_is_recognised_in_lines_it_was_not_made_from(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line for line in module._lines("arabizi.txt") if len(line.split()) >= 3]
    held_out = set(lines[::4])
    read = module._lines

    def without(name: str) -> list[str]:
        return [line for line in read(name) if name != "arabizi.txt" or line not in held_out]

    caches = (module._words, module._is_english, module._arabic_strength, module.detect)
    monkeypatch.setattr(module, "_lines", without)
    for cache in caches:
        cache.cache_clear()
    recognised = sum(detect(line).arabizi for line in held_out)
    monkeypatch.undo()
    for cache in caches:
        cache.cache_clear()
    assert recognised >= 0.9 * len(held_out)


@pytest.mark.parametrize(
    "text",
    ["ok", "D-10021", "me@example.com", "📦📦", "15", "iPhone 15 Pro Max", "", "???", "#1001", "Jeddah", "Al Khobar",
     "Sharm El Sheikh", "Mohammed Al Ghamdi", "Oud al Layl", "Nike Air Max"],
)  # fmt: skip
def test_texts_that_say_nothing(text: str) -> None:
    found = detect(text)
    assert (found.language, found.other) == (None, None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("bonjour je voudrais un ordinateur", "fr"),
        ("hola quiero comprar", "es"),
        ("siparişim nerede", "tr"),
        ("mera order kab aayega", "hi"),
        ("سلام قیمت این لپ تاپ چند است", "fa"),
        ("مجھے لیپ ٹاپ چاہیے", "ur"),
        ("שלום אני רוצה מחשב", "he"),
        ("我要买电脑", "zh"),
        ("こんにちは 注文", "ja"),
        ("где мой заказ", "ru"),
        ("де моє замовлення", "uk"),
    ],
)
def test_other_languages_are_named(text: str, code: str) -> None:
    found = detect(text)
    assert (found.language, found.other) == (None, code)


@pytest.mark.parametrize(
    ("text", "digits"), [("طلب ٤٤١٧", "arab"), ("طلب 4417", "latn"), ("طلب", None), ("۴۴", "arab")]
)
def test_style_of_digits(text: str, digits: str | None) -> None:
    assert detect(text).digits == digits


def test_mixed_text_is_marked() -> None:
    assert detect("ابغى اعرف price").mixed
    assert not detect("ابغى اعرف السعر").mixed


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert detect(text).language in ("en", "ar", None)


@pytest.mark.parametrize("text", ["\ud800\udfff", "\x00" * 10, "a" * 4000, "漢" * 4000, "😀" * 200, "a-" * 2000])
def test_odd_texts(text: str) -> None:
    assert detect(text).language != "ar"
