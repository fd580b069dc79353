"""How a customer feels, read from words in both languages and followed over a conversation."""

from __future__ import annotations

import pytest

from bot.support import mood, tickets


@pytest.mark.parametrize(
    ("text", "urgent"),
    [
        ("the charger caught fire last night", "injury"),
        ("I got an electric shock from the lamp", "injury"),
        ("الجهاز كهربني وأنا أوصله", "injury"),
        ("احترقت يدي من الغلاية", "injury"),
        ("my lawyer will contact you", "legal"),
        ("I'll report you to consumer protection", "legal"),
        ("راح أشتكي عليكم في وزارة التجارة", "legal"),
        ("I will post this on twitter", "public"),
        ("بفضحكم في السوشيال ميديا", "public"),
        ("my lawyer says the battery burned my hand", "injury"),  # people first
        ("where is my order", ""),
        ("the lamp is on the desk", ""),
        ("أبغى كرسي مريح", ""),
        ("do you have fire extinguishers", ""),
    ],
)
def test_what_is_urgent(text: str, urgent: str) -> None:
    assert mood.read(text).urgent == urgent


@pytest.mark.parametrize("text", ["thanks a lot", "ok", "how much is it?", "شكرًا لكم", "متى يوصل الطلب؟"])
def test_calm_messages_show_no_anger(text: str) -> None:
    assert mood.read(text).anger == 0


@pytest.mark.parametrize(
    ("mild", "strong"),
    [
        ("this is annoying", "this is the worst, you liars!!"),
        ("متضايق من التأخير", "انتم نصابين وكذابين!!"),
        ("I'm disappointed", "I AM DISAPPOINTED, THIS IS DISGUSTING!!"),
    ],
)
def test_stronger_words_weigh_more(mild: str, strong: str) -> None:
    assert 0 < mood.read(mild).anger < mood.read(strong).anger


def test_mood_rises_with_anger_and_cools_message_by_message() -> None:
    feeling = 0
    for text in ("this is annoying", "still no answer", "you are useless liars"):
        feeling = mood.after(feeling, mood.read(text))
    assert mood.is_boiling(feeling)
    feelings = [feeling := mood.after(feeling, mood.read("it was order 1001")) for _ in range(4)]
    assert feelings == sorted(feelings, reverse=True) and not mood.is_boiling(feelings[-1])
    assert mood.after(3, mood.read("thank you")) == 1


def test_who_comes_first_in_the_queue() -> None:
    order = [mood.severity(0), mood.severity(1), mood.severity(mood.BOILING), mood.severity(0, "injury")]
    assert order == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("story", "cause", "severity"),
    [
        ("my order is late again", "late_delivery", tickets.LOW),
        ("the driver was rude to my mother", "staff", tickets.LOW),
        ("you charged me twice", "money", tickets.NORMAL),
        ("it arrived broken and scratched", "damaged", tickets.NORMAL),
        ("الموظف كان وقح معي", "staff", tickets.LOW),
        ("الطلب متأخر أسبوع", "late_delivery", tickets.LOW),
        ("scammers, thieves, where is my refund", "money", tickets.HIGH),
        ("the heater burned my child, she was in hospital", "injury", tickets.CRITICAL),
        ("hmm", "other", tickets.LOW),
    ],
)
def test_complaints_are_judged_with_their_reasons(story: str, cause: str, severity: int) -> None:
    judged = tickets.judge(story)
    assert (judged.cause, judged.severity) == (cause, severity)
    assert bool(judged.reasons) == (cause != "other")
