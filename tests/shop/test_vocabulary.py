"""Words of customers: stems, words that say nothing, names of properties."""

from __future__ import annotations

import pytest

from bot.shop.vocabulary import (
    asks_for_all,
    comparisons,
    content_words,
    models_in,
    points_back,
    properties_asked,
    properties_named,
    says,
    stem,
    stems_of,
    words_of,
)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("mattress", "mattresses"), "mattress"),
        (("pillow", "pillows"), "pillow"),
        (("battery", "batteries"), "battery"),
        (("wash", "washed", "washing", "washes"), "wash"),
        (("box", "boxes"), "box"),
        (("knit", "knitted"), "knit"),
        (("charge", "charged", "charging"), "charg"),
        (("glass",), "glass"),
        (("bed",), "bed"),
        (("speed",), "speed"),
    ],
)
def test_english_forms_share_a_stem(words: tuple[str, ...], expected: str) -> None:
    assert {stem(word) for word in words} == {expected}


@pytest.mark.parametrize(
    "forms",
    [
        ("طابعة", "الطابعة", "طابعات", "والطابعات", "للطابعة"),
        ("مكتب", "المكتب", "بالمكتب"),
        ("شاشة", "شاشات", "الشاشة", "شاشتها", "شاشته"),
    ],
)
def test_arabic_forms_share_a_stem(forms: tuple[str, ...]) -> None:
    assert len({part for form in forms for part in stems_of(form)}) == 1


def test_what_says_nothing_is_left_out() -> None:
    assert content_words("Hi, do you have something for my back please?") == ["back"]
    assert content_words("عندكم شي حق وجع الظهر لو سمحت") == ["حق", "وجع", "الظهر"]
    assert content_words("show me the best ones you have") == []
    assert content_words("وريني احسن حاجة عندكم") == []


@pytest.mark.parametrize(
    ("text", "models"),
    [
        ("do you have the WH-1000XM5?", [("wh", "1000xm5")]),
        ("price of x200", [("x200",)]),
        ("16gb and 144hz, 14-inch, 2-in-1", []),
        ("سعر X200 عندكم", [("x200",)]),
    ],
)
def test_model_numbers(text: str, models: list[tuple[str, ...]]) -> None:
    assert models_in(text) == models


def test_a_question_about_everything_names_no_property() -> None:
    assert asks_for_all(content_words("tell me more details about it"))
    assert asks_for_all(content_words("عطني كل المواصفات عنه")) is True
    assert not asks_for_all(content_words("is it waterproof"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("how heavy is it", "weight"),
        ("كم وزنه؟", "weight"),
        ("what is it made of", "material"),
        ("ايش خامته", "material"),
        ("is it loud", "noise"),
        ("هل صوتها مزعج", "noise"),
        ("عليه ضمان؟", "warranty"),
        ("Netto weight", "weight"),
    ],
)
def test_properties_go_by_many_names(text: str, name: str) -> None:
    assert name in properties_named(text)


def test_words_that_must_come_together_do_not_count_alone() -> None:
    assert "material" not in properties_named("a gift made for you")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("more", "show me more"),
        ("more", "فيه كمان؟"),
        ("other_brand", "do you have it from another brand?"),
        ("other_brand", "أبي ماركة ثانية"),
        ("any_price", "the price doesn't matter"),
    ],
)
def test_set_phrases_are_heard(kind: str, text: str) -> None:
    assert says(kind, text)


def test_a_word_inside_another_is_no_phrase() -> None:
    assert not says("more", "furthermore I want a desk")


def test_every_comparison_is_about_properties_that_have_names() -> None:
    for comparison in comparisons().values():
        assert comparison.direction in (1, -1)
        assert all(properties_named(word) for word in comparison.properties if word != "rate")


def test_a_feminine_noun_does_not_point_back() -> None:
    assert not points_back("بطارية ٨٠ أمبير")
    assert not points_back("بطاريه ٨٠ امبير")
    assert points_back("كم وزنها")
    assert points_back("مقاسه كم")


def test_the_case_of_an_arabic_noun_makes_no_other_word() -> None:
    assert stems_of("يشمل فلترًا") == stems_of("يشمل فلتر")


def test_words_that_name_a_property_together_name_no_other_alone() -> None:
    assert properties_named("how long does it last") == {"lasting"}
    assert "length" in properties_named("how long is the cable")


def test_a_word_that_says_nothing_alone_asks_for_no_property() -> None:
    assert properties_asked("does it come in blue") == set()
    assert properties_asked("where is it from") == {"origin"}
    assert properties_asked("how heavy is it") == {"weight"}


def test_names_spelled_by_their_letters_are_read_as_they_are_written() -> None:
    assert words_of("يشتغل يو اس بي؟") == ["يشتغل", "usb"]
    assert words_of("هيو اس بيت") == ["هيو", "اس", "بيت"]
