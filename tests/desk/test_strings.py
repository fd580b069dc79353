"""The desk has a name, in both languages, for what the dialogue files."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from rasa_sdk.executor import ActionExecutor

from actions.turn import TopicAction
from bot.desk.phrases import phrases
from bot.insight.needs import LOOKED_FOR
from bot.settings import ROOT

NAMELESS = {"", "sales", "solved"}  # a side, and what is no matter of its own


def _kinds(kind: type[TopicAction]) -> Iterator[type[TopicAction]]:
    for one in kind.__subclasses__():
        yield one
        yield from _kinds(one)


def _filed() -> set[str]:
    """Topics that actions name, and those they take from the intents they serve."""
    ActionExecutor().register_package("actions")
    found = {topic for kind in _kinds(TopicAction) for topic in (kind.topic, *getattr(kind, "serves", ()))}
    return found | {*LOOKED_FOR, "not_understood", "talk_to_agent"}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_topic_and_every_reason_has_a_name(language: str) -> None:
    named = phrases(language)
    assert {topic for topic in _filed() - NAMELESS if f"topic.{topic}" not in named} == set()
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "actions").glob("*.py")))
    reasons = {*re.findall(r'reason="(\w+)"', code), "lead", "reopened", "taken_over", "rule"}
    assert {one for one in reasons if f"reason.{one}" not in named and f"topic.{one}" not in named} == set()
