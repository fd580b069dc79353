"""Guessing orders through the customer's API: from many conversations of one address, nothing is learnt, and soon nothing is tried.

`tests/support/test_verification.py` makes ten thousand guesses at the same rules without the system around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from tests.running import System

CONVERSATIONS, EACH = 30, 4
ALLOWED = 20  # wrong tries a day, as the setting is when nobody sets it
KNOWN, OWNER = "D-10097", "hessa.malki@example.com"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The system with the limits it has when nobody sets them."""
    system = System(tmp_path_factory.mktemp("guarded"), DUKAN_CALLER_MISSES=str(ALLOWED))
    system.start()
    yield system
    assert system.stop() == 0, "\n".join(system.lines[-40:])


def test_guesses_learn_nothing_and_are_stopped(guarded: System) -> None:
    told: dict[str, set[str]] = {"known": set(), "unknown": set()}
    for place in range(CONVERSATIONS):
        customer = guarded.customer("en")
        for again in range(EACH):
            number = KNOWN if place % 2 else f"D-2{place:02}{again}7"
            answer = customer.say(f"where is order {number}? {place}x{again}@example.com")
            told["known" if place % 2 else "unknown"].add(_without_names(answer, number))
    every = "\n".join(told["known"] | told["unknown"])
    assert "on its way" not in every and "Wadi" not in every
    # What is said to a guess at an order that exists is what is said to one at none.
    assert told["known"] == told["unknown"]
    assert "wait" in every

    rightly = guarded.customer("en").say(f"where is order {KNOWN}? {OWNER}")
    assert "Wadi" not in rightly and "wait" in rightly.casefold()
    with create_engine(f"sqlite:///{guarded.state_dir / 'dukan.db'}").connect() as connection:
        tried = connection.execute(text("SELECT count(*) FROM verification_attempts")).scalar_one()
    assert tried <= ALLOWED < CONVERSATIONS * EACH


def _without_names(answer: str, number: str) -> str:
    """An answer without what the guess itself said, and with the minutes to wait left out."""
    return re.sub(r"\d+ minutes?|one minute|a minute", "MINUTES", answer.replace(number, "NUMBER"))
