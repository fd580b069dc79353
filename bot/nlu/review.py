"""The learning loop: messages that went badly, put together by meaning, and the accepted ones written down as examples.

`python -m bot review` calls it. Nothing trains itself: a person accepts, and the next training learns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

import numpy as np
import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Handoff, Message, ReviewedMessage
from bot.language.encoder import get_encoder
from bot.language.normalise import fold
from bot.nlu.corrections import is_correction
from bot.nlu.masking import mask
from bot.nlu.needs import SOCIAL, UNCLEAR
from bot.settings import ROOT

NLU = ROOT / "data" / "nlu"
UNSURE = 0.5  # confidence below which a message is looked at again
ALIKE = 0.7  # nearness of the vectors of messages that are shown together
MOST_SHOWN = 500
ASKED_FOR = frozenset({"talk_to_agent", "talk_to_sales"})
WHY = ("unsure", "corrected", "escalated")


class UnknownIntent(ValueError):
    """No file of `data/nlu` has examples of it."""


@dataclass(frozen=True)
class Unclear:
    """A message to look at again, already without what belongs to one person.

    `why` is one of `WHY`: understanding was unsure, the customer put it right in the next message, or asked for a person then.
    """

    message_id: int
    text: str
    language: str
    intent: str | None
    confidence: float
    why: str


def collect(session: Session, since: datetime) -> list[Unclear]:
    """Messages of customers since a moment that went badly, newest first, each wording once."""
    rows = session.execute(
        select(Message.id, Message.conversation_id, Message.parts, Message.language, Message.intent, Message.confidence)
        .where(
            Message.author == "customer",
            Message.payload.is_(None),
            Message.intent.is_not(None),
            Message.created_at >= since,
        )
        .order_by(Message.conversation_id, Message.id)
    ).all()
    judged = set(session.execute(select(ReviewedMessage.message_id)).scalars())
    led_away = set(session.execute(select(Handoff.message_id).where(Handoff.requested_at >= since)).scalars())
    found: list[Unclear] = []
    for _, said in groupby(rows, key=lambda row: row.conversation_id):
        messages = list(said)
        for row, after in zip(messages, [*messages[1:], None]):
            why = _why(row, after, led_away)
            text = mask(_text_of(row.parts))
            if why and row.id not in judged and any(map(str.isalpha, text)):
                found.append(Unclear(row.id, text, row.language, row.intent, row.confidence or 0.0, why))
    found.sort(key=lambda one: -one.message_id)
    known = {fold(text) for texts in examples().values() for text in texts}
    fresh = {fold(one.text): one for one in reversed(found) if fold(one.text) not in known}
    return list(reversed(fresh.values()))[:MOST_SHOWN]


def _text_of(parts: list[dict[str, str]]) -> str:
    return " ".join(part.get("text") or "" for part in parts if part.get("type") == "text")


def _why(row: Message, after: Message | None, led_away: set[int]) -> str | None:
    """Why a message is to be looked at again; None when it went well. `after`: what the same customer wrote next."""
    small_talk = row.intent in SOCIAL
    if after is not None and not small_talk:
        if is_correction(_text_of(after.parts)):
            return "corrected"
        if after.id in led_away and row.intent not in ASKED_FOR:
            return "escalated"
    if row.id in led_away and row.intent not in ASKED_FOR | {"affirm"}:
        return "escalated"
    unsure = row.intent in UNCLEAR or (row.confidence or 0.0) < UNSURE
    return "unsure" if unsure else None


def clusters(unclear: Sequence[Unclear]) -> list[list[Unclear]]:
    """The messages in groups that mean much the same, the largest group first; without an encoder each by itself."""
    if not unclear:
        return []
    groups: list[list[int]] = []
    if get_encoder().dimension:
        near = get_encoder().encode([one.text for one in unclear])
        alike = near @ near.T >= ALIKE
        left = set(range(len(unclear)))
        while left:  # the message with the most others around it, again and again
            places = sorted(left)
            middle = max(places, key=lambda place: int(np.count_nonzero(alike[place, places])))
            group = [place for place in places if alike[middle, place] or place == middle]
            groups.append(group)
            left -= set(group)
    else:
        groups = [[place] for place in range(len(unclear))]
    groups.sort(key=lambda group: (-len(group), group[0]))
    return [[unclear[place] for place in group] for group in groups]


def examples(folder: Path | None = None) -> dict[str, list[str]]:
    """The examples of each intent."""
    found: dict[str, list[str]] = {}
    for path in sorted((folder or NLU).glob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu") or []:
            if "intent" in entry:
                texts = [line.removeprefix("- ") for line in entry["examples"].splitlines()]
                found.setdefault(entry["intent"], []).extend(texts)
    return found


def accept(session: Session, message_id: int, text: str, intent: str, folder: Path | None = None) -> bool:
    """Write a message down as an example of an intent, in the file of its topic; False when it is there already.

    Raises:
        UnknownIntent: no file has examples of that intent.
    """
    written = _write(mask(text), intent, folder or NLU)
    _judge(session, message_id, intent)
    return written


def dismiss(session: Session, message_id: int) -> None:
    """Put a message aside: it is not shown again."""
    _judge(session, message_id, None)


def _judge(session: Session, message_id: int, intent: str | None) -> None:
    session.merge(ReviewedMessage(message_id=message_id, intent=intent, reviewed_at=now()))


def _write(text: str, intent: str, folder: Path) -> bool:
    if fold(text) in {fold(known) for known in examples(folder).get(intent, ())}:
        return False
    for path in sorted(folder.glob("*.yml")):
        lines = path.read_text(encoding="utf-8").splitlines()
        if f"- intent: {intent}" not in lines:
            continue
        last = lines.index(f"- intent: {intent}") + 2
        while last < len(lines) and (lines[last].startswith("    - ") or not lines[last].strip()):
            last += 1
        while not lines[last - 1].strip():
            last -= 1
        lines.insert(last, f"    - {text}")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return True
    raise UnknownIntent(intent)
