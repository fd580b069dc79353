"""What remains of an answer when what the mail program put around it is taken away, in the shapes programs write it."""

from __future__ import annotations

import time

import pytest

from bot.helpdesk.replies import written

MARKS = {"+7.abcdef", "##- write your answer above this line -##"}
OWN = {"no-reply@shop.example"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes.\n\nOn Mon, Nov 23, 2026 at 3:00 PM Shop <no-reply@shop.example> wrote:\n\n> Hello\n", "Yes."),
        ("Yes.\n\nOn Mon, Nov 23, 2026 at 3:00 PM Shop\n<no-reply@shop.example> wrote:\n\n> Hello\n", "Yes."),
        ("Yes.\r\nOn 23/11/2026 15:00, Shop wrote:\r\n> Hello\r\n> there", "Yes."),
        (
            "نعم، متوفر.\n\nفي الاثنين، 23 نوفمبر 2026 في 3:00 م كتب Shop <no-reply@shop.example>:\n\n> مرحبا",
            "نعم، متوفر.",
        ),
        ("نعم.\n\nفي ٢٣ نوفمبر ٢٠٢٦، كتب المتجر:\n> مرحبا", "نعم."),
        ("Oui.\n\nLe 23 nov. 2026 à 15:00, Shop <desk+7.abcdef@shop.example> a écrit :\n> Bonjour", "Oui."),
        ("Ok\n\n-----Original Message-----\nFrom: Shop\nhello", "Ok"),
        ("Ok\n________________________________\nFrom: Shop\nSent: Monday", "Ok"),
        ("Answer.\n\nFrom: Shop <x@y.example>\nSent: Monday\nTo: Mona\nSubject: Re: hi\n\nold text", "Answer."),
        ("جواب.\n\nمن: المتجر\nالتاريخ: الاثنين\nإلى: منى\n\nقديم", "جواب."),
        ("Top\n\n##- Write your answer above this line -##\nold", "Top"),
        ("Sent today.\n\nSent from my iPhone", "Sent today."),
        ("Sure:\n- one\n- two\n\n-- \nMona\nService", "Sure:\n- one\n- two"),
        ("> When?\nTomorrow.\n> Where?\nAt the door.\n-- \nMona", "Tomorrow.\nAt the door."),
        ("It costs 2,050: 1,900 for it, 150 for delivery.\nFrom: Riyadh to Jeddah.", None),
        ("Write to sales@shop.example, they know.", None),
        ("Two lines\n\nand a third -- with a dash", None),
        ("From: here\nit is quick", None),
        ("> only a quote", ""),
        ("", ""),
        (">", ""),
    ],
)
def test_only_what_was_written_remains(text: str, expected: str | None) -> None:
    assert written(text, MARKS, OWN) == (text if expected is None else expected)


@pytest.mark.parametrize(
    "text",
    [
        "On " * 60_000,
        "From: " * 30_000,
        "From:\n" * 30_000,
        "\n" * 200_000,
        "> " * 90_000,
        ">\n" * 90_000,
        "a@2026:\n" * 20_000,
    ],
    ids=["on", "from", "from lines", "empty lines", "quotes", "quoted lines", "addresses"],
)
def test_a_hostile_text_takes_no_longer_than_its_length(text: str) -> None:
    started = time.perf_counter()
    written(text, MARKS, OWN)
    assert time.perf_counter() - started < 3
