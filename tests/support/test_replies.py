"""Moves, yes and no, "I don't know" and free answers, in both languages and several dialects."""

from __future__ import annotations

import pytest

from bot.support import replies

LIGHT = [
    {"en": ["Off", "no light"], "ar": ["مطفأ", "طافي"]},
    {"en": ["Steady", "stays on"], "ar": ["ثابت", "مضاء"]},
    {"en": ["Blinking", "flashing"], "ar": ["يومض", "يرمش"]},
]


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("Next please!", "next"),
        ("ok, done", "next"),
        ("خلصت وبعدين؟", "next"),
        ("التالي لو سمحت", "next"),
        ("go back", "back"),
        ("رجوع", "back"),
        ("once more", "repeat"),
        ("كرر", "repeat"),
        ("That doesn’t work", "failed"),
        ("ما ضبطت", "failed"),
        ("where were we?", "resume"),
        ("وين وقفنا؟", "resume"),
        ("من البداية", "restart"),
        ("stop", "stop"),
        ("what is the next step for my company", None),
        ("how much is the next size", None),
    ],
)
def test_moves(text: str, move: str | None) -> None:
    assert replies.move(text) == move


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Yes, it is on", "yes"),
        ("ايوه شغالة", "yes"),
        ("no it isn't", "no"),
        ("لا ما يشتغل", "no"),
        ("it works now, thanks", "solved"),
        ("اشتغل خلاص", "solved"),
        ("what do you mean", None),
    ],
)
def test_yes_and_no(text: str, answer: str | None) -> None:
    assert replies.yes_or_no(text) == answer


@pytest.mark.parametrize(
    "text", ["I don't know", "no idea", "how do I check that?", "مدري والله", "مش عارف", "لا أعرف"]
)
def test_not_knowing_is_an_answer(text: str) -> None:
    assert replies.is_unsure(text)


@pytest.mark.parametrize("text", ["it is off", "yes", "مطفي", "the lamp blinks"])
def test_knowing_is_not_mistaken_for_it(text: str) -> None:
    assert not replies.is_unsure(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("it's blinking red", 2),
        ("there is no light at all", 0),
        ("it just stays on", 1),
        ("يرمش أحمر", 2),
        ("طافي ما فيه شي", 0),
        ("I bought it in March", None),
    ],
)
def test_answers_in_the_customers_own_words(text: str, place: int | None) -> None:
    assert replies.chosen(text, LIGHT) == place


def test_exactly_only_means_in_the_same_words() -> None:
    assert replies.chosen("blinking", LIGHT, exact=True) == 2
    assert replies.chosen("like a lighthouse", LIGHT, exact=True) is None


def test_all_that_was_tried_is_found() -> None:
    steps = [
        {"en": ["changed the cable", "another cable"], "ar": ["غيرت الكيبل"]},
        {"en": ["restarted it", "rebooted"], "ar": ["سويت ريستارت"]},
        {"en": ["cleaned the filter"], "ar": ["نظفت الفلتر"]},
    ]
    assert replies.all_meant("I already restarted it and I changed the cable twice", steps) == [0, 1]
    assert replies.all_meant("غيرت الكيبل وسويت ريستارت", steps) == [0, 1]


@pytest.mark.parametrize(
    "text", ["smoke comes out of it", "I got an electric shock", "طلع منه دخان", "البطارية منتفخة"]
)
def test_danger_is_noticed(text: str) -> None:
    assert replies.holds("danger", text)


@pytest.mark.parametrize("text", ["it is slow", "الشاشة سودا", "it gets warm"])
def test_ordinary_faults_are_no_danger(text: str) -> None:
    assert not replies.holds("danger", text)
