"""Holds a written talk against a running system: what is said, and what the answer must and must not contain."""

from __future__ import annotations

from typing import Any

from tests.running import System


def follow(system: System, talk: dict[str, Any]) -> None:
    """Say a talk's turns one after the other; each names in `has` and `hasnt` words of its answer, in `lang` its language."""
    customer = system.customer(talk["locale"])
    story: list[str] = []
    for turn in talk["turns"]:
        answer = customer.say(turn["say"])
        story += [f"> {turn['say']}", answer]
        told = "\n".join(story)
        assert answer, told
        for wanted in turn.get("has", []):
            assert wanted.casefold() in answer.casefold(), f"{wanted!r} is missing:\n{told}"
        for unwanted in turn.get("hasnt", []):
            assert unwanted.casefold() not in answer.casefold(), f"{unwanted!r} is in:\n{told}"
        assert "lang" not in turn or customer.last[-1]["lang"] == turn["lang"], told
