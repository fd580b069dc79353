"""The learning loop: what is collected, how it is grouped and masked, and what acceptance writes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.clock import now
from bot.db.models import Conversation, Handoff, Message, ReviewedMessage
from bot.db.session import reading, writing
from bot.nlu import review
from bot.nlu.masking import mask
from bot.nlu.review import clusters, collect

EXAMPLES = """version: "3.1"
nlu:
- intent: warranty_info
  examples: |
    - is there a warranty
    - في ضمان؟
- intent: return_item
  examples: |
    - i want to return it
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Examples of two intents in place of the project's."""
    path = tmp_path / "nlu"
    path.mkdir()
    (path / "care.yml").write_text(EXAMPLES, encoding="utf-8")
    monkeypatch.setattr(review, "NLU", path)
    return path


def said(*messages: tuple[str, str | None, float], led_to_a_person: int | None = None, days_ago: int = 1) -> list[int]:
    """Store a conversation's messages (text, intent, confidence); their ids."""
    with writing() as session:
        conversation = Conversation(id=f"c{now().timestamp()}", channel="web", channel_user=f"u{now().timestamp()}")
        session.add(conversation)
        session.flush()
        rows = [
            Message(
                conversation_id=conversation.id,
                author="customer",
                parts=[{"type": "text", "text": text}],
                language="en",
                intent=intent,
                confidence=sure,
                created_at=now() - timedelta(days=days_ago),
            )
            for text, intent, sure in messages
        ]
        session.add_all(rows)
        session.flush()
        if led_to_a_person is not None:
            session.add(
                Handoff(
                    conversation_id=conversation.id,
                    message_id=rows[led_to_a_person].id,
                    reason="asked",
                    requested_at=now(),
                )
            )
        return [row.id for row in rows]


def collected() -> list[tuple[str, str]]:
    with reading() as session:
        return [(one.text, one.why) for one in collect(session, now() - timedelta(days=30))]


def test_what_went_badly_is_collected(database: str, folder: Path) -> None:
    said(("hello", "greet", 0.99), ("blorp the lamp", "nlu_fallback", 0.2), ("thanks", "thanks", 0.9))
    said(("how much is the sofa", "store_info", 0.8), ("i meant the price of the sofa", "ask_price", 0.9))
    said(("my parcel is a brick", "product_info", 0.7), ("get me a person", "talk_to_agent", 0.9), led_to_a_person=1)
    said(("do you sell rugs", "product_search", 0.95))
    said(("very old", "nlu_fallback", 0.1), days_ago=90)
    assert sorted(collected()) == [
        ("blorp the lamp", "unsure"),
        ("how much is the sofa", "corrected"),
        ("my parcel is a brick", "escalated"),
    ]


def test_a_wording_is_shown_once_and_not_when_it_is_an_example(database: str, folder: Path) -> None:
    said(
        ("Blorp it", "nlu_fallback", 0.2),
        ("blorp  it", "nlu_fallback", 0.2),
        ("Is there a warranty", "nlu_fallback", 0.3),
    )
    said(("12345678", "nlu_fallback", 0.1), ("😀😀", "nlu_fallback", 0.1))
    assert [text for text, _ in collected()] == ["blorp it"] or collected() == [("Blorp it", "unsure")]


def test_messages_of_one_meaning_stand_together(database: str, folder: Path) -> None:
    texts = [
        "where is your shop",
        "where is your store located",
        "my screen is cracked",
        "وين موقع المحل",
        "the display is cracked",
    ]
    said(*((text, "nlu_fallback", 0.2) for text in texts))
    with reading() as session:
        groups = [{one.text for one in group} for group in clusters(collect(session, now() - timedelta(days=2)))]
    assert any({"where is your shop", "where is your store located"} <= group for group in groups)
    assert {"my screen is cracked", "the display is cracked"} in groups


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mail me at sara.k@gmail.com", "mail me at name@example.com"),
        ("call +966 55 123 4567 please", "call +123 45 678 9012 please"),
        ("my number is ٠٥٥١٢٣٤٥٦٧", "my number is ١٢٣٤٥٦٧٨٩٠"),
        ("where is D-10006", "where is D-12345"),
        ("order 4471 is late", "order 1234 is late"),
        ("طلبي رقم ٤٤١٧ وين", "طلبي رقم ١٢٣٤ وين"),
        ("#4471 please", "#1234 please"),
        ("card 4111 1111 1111 1111", "card 1234 5678 9012 3456"),
        ("my name is Huda Saleh and it broke", "my name is Noor and it broke"),
        ("اسمي هدى صالح", "اسمي نور"),
        ("see https://shop.example/p/123?u=9", "see www.example.com"),
        ("a\nb   c", "a b c"),
        ("[1](ordinal)", "(1)(ordinal)"),
        ("under 2000 sar, 16 gb", "under 2000 sar, 16 gb"),
        ("iphone 15 256", "iphone 15 256"),
    ],
)
def test_what_belongs_to_one_person_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_an_accepted_message_becomes_an_example_and_is_not_shown_again(database: str, folder: Path) -> None:
    first, second = said(("still covered? mail a@b.co", "nlu_fallback", 0.2), ("blorp", "nlu_fallback", 0.2))
    with writing() as session:
        assert review.accept(session, first, "still covered? mail a@b.co", "warranty_info")
        review.dismiss(session, second)
    entries = yaml.safe_load((folder / "care.yml").read_text(encoding="utf-8"))["nlu"]
    assert entries[0]["examples"].splitlines() == [
        "- is there a warranty",
        "- في ضمان؟",
        "- still covered? mail name@example.com",
    ]
    assert entries[1]["examples"] == "- i want to return it\n"
    assert collected() == []
    with writing() as session:
        assert not review.accept(session, first, "Still covered? mail a@b.co", "warranty_info"), "it is there already"
        with pytest.raises(review.UnknownIntent):
            review.accept(session, first, "x y", "no_such_intent")


def run(*arguments: str, code: int = 0, typed: str = "") -> str:
    result = CliRunner().invoke(cli, ["review", *arguments], input=typed)
    assert result.exit_code == code, result.output
    return result.output


def test_the_command_lists_accepts_and_puts_aside(database: str, folder: Path) -> None:
    first, second = said(("blorp is it covered", "nlu_fallback", 0.25), ("zorp", "nlu_fallback", 0.1))
    shown: dict[str, Any] = json.loads(run("--json"))
    (one,) = [found for group in shown["clusters"] for found in group if found["id"] == first]
    assert (one["text"], one["why"], one["confidence"]) == ("blorp is it covered", "unsure", 0.25)
    assert "zorp" in run("--list")
    assert "1 written" in run("--accept", f"{first}=warranty_info", "--dismiss", str(second))
    assert "- blorp is it covered" in (folder / "care.yml").read_text(encoding="utf-8")
    assert "Nothing to review" in run("--list")


@pytest.mark.parametrize("wrong", [("--accept", "99999=warranty_info"), ("--accept", "x"), ("--dismiss", "99999")])
def test_the_command_changes_nothing_when_an_id_is_wrong(wrong: tuple[str, str], database: str, folder: Path) -> None:
    (message,) = said(("blorp", "nlu_fallback", 0.2))
    run("--accept", f"{message}=warranty_info", *wrong, code=2)
    run("--accept", f"{message}=no_such_intent", code=2)
    assert (folder / "care.yml").read_text(encoding="utf-8") == EXAMPLES
    with reading() as session:
        assert session.execute(select(ReviewedMessage)).first() is None


def test_the_command_asks_group_by_group(database: str, folder: Path) -> None:
    said(("blorp is my lamp covered", "nlu_fallback", 0.2))
    assert "1 written" in run(typed="nonsense\nwarranty_info\n")
    assert "- blorp is my lamp covered" in (folder / "care.yml").read_text(encoding="utf-8")
