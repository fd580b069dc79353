"""All that happened in a conversation, or to one of its messages, in the order of time: for `python -m bot trail`.

A message's id is the id of its trace: the logs of every process name it, and every table that a turn writes does too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Conversation, DialogueEvent, Handoff, Inbox, Interaction, Message, Transfer
from bot.db.session import reading
from bot.words.masking import mask_row

Entry = dict[str, Any]
_UNREMARKABLE = ("action_listen", "action_session_start")


def of(which: str, *, unmasked: bool = False) -> list[Entry]:
    """The entries of a conversation (by its id) or of one message (by its number); none when it is not there.

    Args:
        unmasked: with customers' contacts and other numbers of their own.
    """
    with reading() as session:
        message = session.get(Message, int(which[:18])) if which.isdecimal() and len(which) < 19 else None
        talk = message.conversation_id if message is not None else which
        if session.get(Conversation, talk) is None:
            return []
        entries = [
            entry
            for kind in (_messages, _turns, _topics, _handoffs, _transfers)
            for entry in kind(session, talk)
            if message is None or message.id in (entry.get("message_id"), entry.get("in_reply_to"))
        ]
    entries.sort(key=lambda entry: entry["at"])
    told = [{"at": entry.pop("at").isoformat(), **entry} for entry in entries]
    return told if unmasked else [mask_row(entry) for entry in told]


def _messages(session: Session, talk: str) -> Iterator[Entry]:
    query = select(Message, Inbox.state, Inbox.attempts, Inbox.settled_at).outerjoin(
        Inbox, Inbox.message_id == Message.id
    )
    for message, state, attempts, settled in session.execute(query.where(Message.conversation_id == talk)):
        yield _without_nothing(
            at=message.created_at,
            what="message",
            message_id=message.id,
            author=message.author,
            text=" ".join(part["text"] for part in message.parts if part.get("text")),
            payload=message.payload,
            language=message.language,
            in_reply_to=message.in_reply_to,
            agent_id=message.agent_id,
        )
        if settled is not None:
            yield _without_nothing(
                at=settled,
                what=f"settled: {state}",
                message_id=message.id,
                intent=message.intent,
                confidence=message.confidence,
                latency_ms=message.latency_ms,
                attempts=attempts or None,
            )


def _turns(session: Session, talk: str) -> Iterator[Entry]:
    """What Rasa predicted and ran, of each turn."""
    for row in session.scalars(select(DialogueEvent).where(DialogueEvent.conversation_id == talk)):
        for event in msgspec.json.decode(row.events):
            moment = datetime.fromtimestamp(event.get("timestamp") or row.at.timestamp(), timezone.utc)
            common = {"at": moment, "message_id": row.message_id}
            if event["event"] == "action" and event["name"] not in _UNREMARKABLE:
                policy, confidence = event.get("policy"), event.get("confidence")
                yield _without_nothing(
                    **common, what="action", action=event["name"], policy=policy, confidence=confidence
                )
            elif event["event"] == "user":
                ranking = [{"intent": one["name"], "confidence": one["confidence"]} for one in _ranking(event)]
                yield _without_nothing(**common, what="understood", ranking=ranking[:3])
        yield {"at": row.at, "what": "turn stored", "message_id": row.message_id}


def _ranking(event: Entry) -> list[Entry]:
    parsed = event.get("parse_data") or {}
    return parsed.get("intent_ranking") or [parsed["intent"]] if parsed.get("intent") else []


def _topics(session: Session, talk: str) -> Iterator[Entry]:
    for topic in session.scalars(select(Interaction).where(Interaction.conversation_id == talk)):
        common = {"topic": topic.topic, "side": topic.side, "order": topic.order_number}
        yield _without_nothing(at=topic.started_at, what="topic opened", message_id=topic.opened_by, **common)
        if topic.ended_at is not None:
            ended = {"message_id": topic.last_message_id, "outcome": topic.outcome, "turns": topic.turns}
            yield _without_nothing(at=topic.ended_at, what="topic closed", **ended, **common)


def _handoffs(session: Session, talk: str) -> Iterator[Entry]:
    for handoff in session.scalars(select(Handoff).where(Handoff.conversation_id == talk)):
        common = {"message_id": handoff.message_id, "team_id": handoff.team_id, "reason": handoff.reason}
        yield _without_nothing(at=handoff.requested_at, what="person asked for", **common)
        for moment, what in (
            (handoff.accepted_at, "accepted"),
            (handoff.first_reply_at, "first answer of a person"),
            (handoff.ended_at, handoff.state),
        ):
            if moment is not None:
                yield _without_nothing(at=moment, what=what, agent_id=handoff.agent_id, **common)


def _transfers(session: Session, talk: str) -> Iterator[Entry]:
    for transfer in session.scalars(select(Transfer).where(Transfer.conversation_id == talk)):
        whom = {"agent_id": transfer.to_agent_id, "team_id": transfer.to_team_id}
        yield _without_nothing(at=transfer.created_at, what="passed on", **whom)


def _without_nothing(**entry: Any) -> Entry:
    return {name: value for name, value in entry.items() if value is not None}
