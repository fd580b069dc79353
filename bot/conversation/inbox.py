"""Customers' messages: stored once, answered once, in order, whatever dies in between.

`receive` stores a message before its sender hears of success and claims the conversation for this
worker. `finish` delivers a turn's replies, marks the message answered and hands out the next one,
all in one transaction that first checks that the bot still owns the conversation. A claim that
runs out (its worker died) is taken over through `abandoned`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from bot.clock import new_id, now
from bot.conversation import handoffs, transcript
from bot.conversation.errors import NotFound
from bot.conversation.language import next_digits, next_language
from bot.conversation.live import QUEUE, conversation_topic, hub
from bot.conversation.notices import notice
from bot.db.models import Conversation, Inbox, Message
from bot.db.session import reading, writing
from bot.language.detect import detect

WORKER = new_id()  # this process, in the claims it holds
CLAIM = timedelta(seconds=20)  # renewed before every try of a turn, which may take half of it


@dataclass(frozen=True)
class Job:
    """A customer's message that the bot owes an answer."""

    conversation_id: str
    message_id: int
    channel: str
    text: str
    payload: str | None
    language: str
    digits: str
    other_language: str | None
    stored_at: datetime
    attempts: int


@dataclass(frozen=True)
class Received:
    """What became of a customer's message."""

    message_id: int
    created: bool  # False: the same message was here before
    run: bool = False  # this worker must now run the conversation's turns
    job: Job | None = None  # the first of them, when it is this very message


@dataclass(frozen=True)
class Result:
    """What a dialogue turn came to: replies as lists of parts, and what was understood."""

    replies: list[list[dict[str, Any]]] = field(default_factory=list)
    intent: str | None = None
    confidence: float | None = None
    language: str | None = None  # asked for by the customer in this turn


def _claimed_by_another(conversation: Any) -> bool:
    return (
        conversation.claimed_by is not None
        and conversation.claimed_by != WORKER
        and conversation.claimed_until is not None
        and conversation.claimed_until > now()
    )


def receive(conversation_id: str, channel_message_id: str, text: str, payload: str | None = None) -> Received:
    """Store a customer's message.

    Args:
        channel_message_id: the platform's or client's own id; the same one again stores nothing.
        text: what the customer wrote, or the label of the button pressed.
        payload: what the button stands for.

    Raises:
        NotFound: no such conversation.
    """
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None:
            raise NotFound(conversation_id)
        before = _stored_before(session, conversation_id, channel_message_id)
        if before is not None:
            return Received(before, created=False)
        return _store(session, conversation, channel_message_id, text, payload)


def _store(session: Session, conversation: Any, channel_message_id: str, text: str, payload: str | None) -> Received:
    language, digits, other_language = conversation.language, conversation.digits, None
    if payload is None:
        detected = detect(text)
        other_language = detected.other
        opening = conversation.locale is None and not transcript.newest_customer_message(session, conversation.id)
        language = next_language(language, detected, text, opening)
        digits = next_digits(digits, detected)
    message_id = transcript.append(
        session,
        conversation,
        "customer",
        [{"type": "text", "text": text}],
        language=language,
        channel_message_id=channel_message_id,
        payload=payload,
    )
    owner = "bot" if conversation.owner == "closed" else conversation.owner
    state = {"bot": "pending", "queue": "answered", "agent": "human"}[owner]
    changes: dict[str, Any] = {"language": language, "digits": digits, "updated_at": now()}
    if owner != conversation.owner:
        changes |= {"owner": owner, "owner_version": conversation.owner_version + 1}
    run = owner == "bot" and not _claimed_by_another(conversation)
    if run:
        changes |= {"claimed_by": WORKER, "claimed_until": now() + CLAIM}
    session.execute(
        insert(Inbox).values(
            message_id=message_id,
            conversation_id=conversation.id,
            state=state,
            settled_at=now() if state == "answered" else None,
        )
    )
    session.execute(update(Conversation).where(Conversation.id == conversation.id).values(**changes))
    if owner == "queue":
        _say_still_waiting(session, conversation, message_id)
    if not run or _owed_before(session, conversation.id, message_id):
        return Received(message_id, created=True, run=run)
    job = Job(
        conversation_id=conversation.id,
        message_id=message_id,
        channel=conversation.channel,
        text=text,
        payload=payload,
        language=language,
        digits=digits,
        other_language=other_language,
        stored_at=now(),
        attempts=0,
    )
    return Received(message_id, created=True, run=True, job=job)


def _owed_before(session: Session, conversation_id: str, message_id: int) -> bool:
    return (
        session.execute(
            select(Inbox.message_id)
            .where(Inbox.conversation_id == conversation_id, Inbox.state == "pending", Inbox.message_id < message_id)
            .limit(1)
        ).first()
        is not None
    )


def note(conversation_id: str, channel_message_id: str, text: str) -> Received:
    """Store a customer's message that needs no answer of the bot's: it says what the customer pressed.

    Raises:
        NotFound: no such conversation.
    """
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None:
            raise NotFound(conversation_id)
        before = _stored_before(session, conversation_id, channel_message_id)
        if before is not None:
            return Received(before, created=False)
        message_id = transcript.append(
            session,
            conversation,
            "customer",
            [{"type": "text", "text": text}],
            channel_message_id=channel_message_id,
        )
        session.execute(
            insert(Inbox).values(
                message_id=message_id, conversation_id=conversation_id, state="answered", settled_at=now()
            )
        )
        return Received(message_id, created=True)


def _stored_before(session: Session, conversation_id: str, channel_message_id: str) -> int | None:
    found = session.execute(
        select(Message.id).where(
            Message.conversation_id == conversation_id, Message.channel_message_id == channel_message_id
        )
    ).scalar()
    return None if found is None else int(found)


def _say_still_waiting(session: Session, conversation: Any, message_id: int) -> None:
    """Tell a customer who writes while waiting that it was noted; once a handoff."""
    handoff = handoffs.current(session, conversation.id)
    if handoff is None:
        return
    written = session.execute(
        select(func.count())
        .select_from(Inbox)
        .where(Inbox.conversation_id == conversation.id, Inbox.message_id > handoff.message_id)
    ).scalar()
    if written == 1:
        notice(session, conversation, "utter_still_waiting")


def tell(conversation_id: str) -> None:
    """Let those who watch the conversation read it again."""
    hub().publish(conversation_topic(conversation_id))


_JOB_COLUMNS = (
    Message.id,
    Message.parts,
    Message.payload,
    Message.created_at,
    Inbox.attempts,
)


def _next_job(session: Session, conversation: Any) -> Job | None:
    row = session.execute(
        select(*_JOB_COLUMNS)
        .join(Inbox, Inbox.message_id == Message.id)
        .where(Inbox.conversation_id == conversation.id, Inbox.state == "pending")
        .order_by(Inbox.message_id)
        .limit(1)
    ).first()
    if row is None:
        return None
    text = row.parts[0]["text"]
    return Job(
        conversation_id=conversation.id,
        message_id=row.id,
        channel=conversation.channel,
        text=text,
        payload=row.payload,
        language=conversation.language,
        digits=conversation.digits,
        other_language=None if row.payload else detect(text).other,
        stored_at=row.created_at,
        attempts=row.attempts,
    )


def next_job(conversation_id: str) -> Job | None:
    """The oldest message owed an answer, claimed for this worker; None when there is none to run.

    None too while another worker holds the claim or the bot does not own the conversation.
    """
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None or conversation.owner != "bot" or _claimed_by_another(conversation):
            return None
        job = _next_job(session, conversation)
        claim = (WORKER, now() + CLAIM) if job else (None, None)
        session.execute(
            update(Conversation)
            .where(Conversation.id == conversation_id)
            .values(claimed_by=claim[0], claimed_until=claim[1])
        )
        return job


def renew(conversation_id: str, message_id: int) -> None:
    """Keep the claim while a turn is being tried again, and count the try."""
    with writing() as session:
        session.execute(
            update(Conversation)
            .where(Conversation.id == conversation_id, Conversation.claimed_by == WORKER)
            .values(claimed_until=now() + CLAIM)
        )
        session.execute(update(Inbox).where(Inbox.message_id == message_id).values(attempts=Inbox.attempts + 1))


def finish(job: Job, result: Result) -> Job | None:
    """Deliver a turn: its replies, what was understood, the handoff it asked for; then the next message.

    Nothing is delivered when the message was answered meanwhile, or when a person took over while
    the bot was thinking: then the message goes to that person.
    """
    with writing() as session:
        conversation = transcript.lock(session, job.conversation_id)
        if conversation is None or _claimed_by_another(conversation):
            return None
        state = session.execute(select(Inbox.state).where(Inbox.message_id == job.message_id)).scalar()
        queued = False
        if state == "pending":
            delivered = conversation.owner == "bot"
            if delivered:
                queued = _deliver(session, conversation, job, result)
            _settle(session, conversation, job, result, delivered)
        following = None
        if conversation.owner == "bot" and not queued:
            following = _next_job(session, conversation)
        changes: dict[str, Any] = {
            "claimed_by": WORKER if following else None,
            "claimed_until": now() + CLAIM if following else None,
            "updated_at": now(),
        }
        if result.language and result.language != conversation.language:
            changes["language"] = result.language
        session.execute(update(Conversation).where(Conversation.id == job.conversation_id).values(**changes))
    tell(job.conversation_id)
    if queued:
        hub().publish(QUEUE)
    return following


def _deliver(session: Session, conversation: Any, job: Job, result: Result) -> bool:
    language = result.language or conversation.language
    for parts in result.replies:
        transcript.append(session, conversation, "bot", parts, language=language, in_reply_to=job.message_id)
    if not handoffs.enter_queue(session, conversation, job.message_id):
        return False
    # Whatever the customer wrote after asking for a person is that person's to answer.
    session.execute(
        update(Inbox)
        .where(
            Inbox.conversation_id == conversation.id,
            Inbox.state == "pending",
            Inbox.message_id > job.message_id,
        )
        .values(state="answered", settled_at=now())
    )
    place = handoffs.position(session, conversation.id) or 1
    notice(session, conversation, "utter_queue_position", position=place)
    return True


def _settle(session: Session, conversation: Any, job: Job, result: Result, delivered: bool) -> None:
    state = "answered" if delivered or conversation.owner != "agent" else "human"
    session.execute(
        update(Inbox)
        .where(Inbox.message_id == job.message_id)
        .values(state=state, settled_at=now() if state == "answered" else None)
    )
    values: dict[str, Any] = {"intent": result.intent, "confidence": result.confidence}
    if delivered:
        values["latency_ms"] = max(0, int((now() - job.stored_at).total_seconds() * 1000))
    session.execute(update(Message).where(Message.id == job.message_id).values(**values))


def abandoned(limit: int = 200) -> list[str]:
    """Conversations of the bot's that are owed an answer and that no living worker holds."""
    with reading() as session:
        return list(
            session.execute(
                select(Conversation.id)
                .join(Inbox, Inbox.conversation_id == Conversation.id)
                .where(
                    Inbox.state == "pending",
                    Conversation.owner == "bot",
                    (Conversation.claimed_until.is_(None)) | (Conversation.claimed_until < now()),
                )
                .distinct()
                .limit(limit)
            ).scalars()
        )


def release_claims() -> None:
    """Drop every claim: for the start of a gateway that is the only one."""
    with writing() as session:
        session.execute(
            update(Conversation).where(Conversation.claimed_by.is_not(None)).values(claimed_by=None, claimed_until=None)
        )
