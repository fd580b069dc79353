"""The same need in any dialect names the same concepts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.concepts import concepts
from bot.language.normalise import fold


@pytest.mark.parametrize(
    "text", ["where is my order", "وين طلبي", "فين الأوردر بتاعي", "أين طلبي؟", "وينها الطلبية", "wen talabi"]
)
def test_where_is_my_order(text: str) -> None:
    assert {"where", "order"} <= set(concepts(fold(text)))


@pytest.mark.parametrize(
    "text", ["ابي ارجع المنتج", "عايزة أرجّع", "بدي رجّع", "i want to return it", "أريد إرجاع الحذاء"]
)
def test_wanting_to_return(text: str) -> None:
    assert {"want", "return"} <= set(concepts(fold(text)))


@pytest.mark.parametrize(
    ("text", "concept"),
    [("بيتأخر", "late"), ("هتوصلوا", "arrive"), ("نكنسل", "cancel"), ("taqseet", "instalment"), ("مطارق", "goods")],
)
def test_what_stands_before_a_verb_is_taken_off(text: str, concept: str) -> None:
    assert concept in concepts(fold(text))


def test_other_companies_are_told_from_the_shop() -> None:
    assert {"password", "other_company"} <= set(concepts(fold("reset my Gmail password")))
    assert "other_company" not in concepts(fold("reset my password"))


def test_joined_letters_and_articles_are_taken_off() -> None:
    assert concepts(fold("والضمان")) == concepts(fold("بضمان")) == ["warranty"]


def test_unknown_words_name_nothing() -> None:
    assert concepts("qwzx ظظظ 123") == []


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    assert all(isinstance(concept, str) for concept in concepts(fold(text)))
