"""Arabic in Latin letters is read as the Arabic it stands for; nothing else is touched."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.arabizi import read


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("3ayez laptop", "عايز لابتوب"),
        ("fen el talab bta3i", "فين الطلب بتاعي"),
        ("3andkom taqseet?", "عندكم تقسيط?"),
        ("kansel talabi", "كنسل طلبي"),
        ("aqdar aqsem el mablagh?", "اقدر اقسم المبلغ?"),
        ("el montag wesel maksoor", "المنتج وصل مكسور"),
        ("mafeesh khasm", "مفيش خصم"),
        ("ayez a3raf el ta2seet", "عايز اعرف التقسيط"),
        ("abi maw3id", "ابي موعد"),
    ],
)
def test_it_is_read_as_arabic(text: str, meant: str) -> None:
    assert read(text) == meant


def test_what_has_no_reading_stays() -> None:
    assert read("3ayez zqrtplx 15") == "عايز zqrtplx 15"


@pytest.mark.parametrize("text", ["where is my order", "Jeddah", "وين طلبي", "عايز laptop", "", "merhaba", "K-10021"])
def test_other_texts_are_as_they_were(text: str) -> None:
    assert read(text) == text


@given(st.text(alphabet=st.sampled_from("3ayez lptohk2795' ?el\ud800ك"), max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(read(text), str)


def test_long_texts_take_no_time() -> None:
    text = "3ayez " + "gh3dh" * 700 + " 3ayez a7gez" * 200
    began = time.thread_time()
    read(text)
    assert time.thread_time() - began < 0.1
