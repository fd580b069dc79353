"""Customers' messages: stored once, answered once, in order, whatever dies in between.

`receive` stores a message before its sender hears of success and claims the conversation for this
worker. `finish` delivers a turn's replies, marks the message answered and hands out the next one,
all in one transaction that first checks that the bot still owns the conversation. A claim that
runs out (its worker died) is taken over through `abandoned`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from bot.clock import new_id, now
from bot.conversation import assignment, handoffs, outside, ownership, transcript, turns, waiting
from bot.conversation.errors import NotFound
from bot.conversation.language import next_digits, next_language
from bot.conversation.live import QUEUE, conversation_topic, hub
from bot.conversation.notices import notice
from bot.conversation.turns import Result
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
    catalogue_version: int
    dialogue_version: int  # of the state that the message before left


@dataclass(frozen=True)
class Received:
    """What became of a customer's message."""

    message_id: int
    created: bool  # False: the same message was here before
    run: bool = False  # this worker must now run the conversation's turns
    job: Job | None = None  # the first of them, when it is this very message


# Statements that every message needs are built once: building one costs more than running it.
_CONVERSATION, _MESSAGE, _INBOX = Conversation.__table__, Message.__table__, Inbox.__table__
_THIS, _ROW = bindparam("conversation_id"), bindparam("row_id")
_MARK_CONVERSATION = update(_CONVERSATION).where(_CONVERSATION.c.id == _ROW)
_MARK_MESSAGE = update(_MESSAGE).where(_MESSAGE.c.id == _ROW)
_MARK_INBOX = update(_INBOX).where(_INBOX.c.message_id == _ROW)
_NEW_INBOX = insert(_INBOX)
_OLDEST_OWED = (
    select(_MESSAGE.c.id, _MESSAGE.c.parts, _MESSAGE.c.payload, _MESSAGE.c.created_at, _INBOX.c.attempts)
    .join(_INBOX, _INBOX.c.message_id == _MESSAGE.c.id)
    .where(_INBOX.c.conversation_id == _THIS, _INBOX.c.state == "pending")
    .order_by(_INBOX.c.message_id)
    .limit(1)
)
_STORED_BEFORE = select(_MESSAGE.c.id).where(
    _MESSAGE.c.conversation_id == _THIS, _MESSAGE.c.channel_message_id == bindparam("channel_message_id")
)
_OWED = select(func.min(_INBOX.c.message_id)).where(_INBOX.c.conversation_id == _THIS, _INBOX.c.state == "pending")
# What must be known under the lock, in one statement. It comes after the lock: one that waited for it would
# else be answered as of before the wait.
_BEFORE_RECEIVING = select(
    _STORED_BEFORE.scalar_subquery().label("stored_before"),
    _OWED.scalar_subquery().label("owed"),
    transcript.NEWEST.scalar_subquery().label("newest"),
    *transcript.VERSIONS,
)
_BEFORE_FINISHING = select(
    select(_INBOX.c.state).where(_INBOX.c.message_id == _ROW).scalar_subquery().label("state"),
    _OWED.where(_INBOX.c.message_id != _ROW).scalar_subquery().label("owed"),
    handoffs.ASKED_FOR.scalar_subquery().label("person_asked_for"),
    handoffs.HAS_RULES.scalar_subquery().label("has_rules"),
)
_VERSIONS = select(*transcript.VERSIONS)


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
        known = session.execute(
            _BEFORE_RECEIVING, {"conversation_id": conversation_id, "channel_message_id": channel_message_id}
        ).one()
        if known.stored_before is not None:
            return Received(known.stored_before, created=False)
        return _store(session, conversation, known, channel_message_id, text, payload)


def _store(
    session: Session, conversation: Any, known: Any, channel_message_id: str, text: str, payload: str | None
) -> Received:
    language, digits, other_language = conversation.language, conversation.digits, None
    if payload is None:
        detected = detect(text)
        other_language = detected.other
        opening = conversation.locale is None and known.newest is None
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
        _NEW_INBOX,
        {
            "message_id": message_id,
            "conversation_id": conversation.id,
            "state": state,
            "settled_at": now() if state == "answered" else None,
        },
    )
    session.execute(_MARK_CONVERSATION, {"row_id": conversation.id, **changes})
    if owner == "queue" and not waiting.heard(session, conversation, text):
        _say_still_waiting(session, conversation, message_id)
    elif owner == "agent":
        handoffs.wake(session, conversation.id)
        outside.forward(session, conversation, message_id)
    if not run or known.owed is not None:
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
        catalogue_version=known.catalogue_version,
        dialogue_version=known.dialogue_version,
    )
    return Received(message_id, created=True, run=True, job=job)


def note(conversation_id: str, channel_message_id: str, text: str) -> Received:
    """Store a customer's message that needs no answer of the bot's: it says what the customer pressed.

    Raises:
        NotFound: no such conversation.
    """
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None:
            raise NotFound(conversation_id)
        before = session.execute(
            _STORED_BEFORE, {"conversation_id": conversation_id, "channel_message_id": channel_message_id}
        ).scalar()
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


def _next_job(session: Session, conversation: Any) -> Job | None:
    row = session.execute(_OLDEST_OWED, {"conversation_id": conversation.id}).first()
    if row is None:
        return None
    text = row.parts[0]["text"]
    versions = session.execute(_VERSIONS, {"conversation_id": conversation.id}).one()
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
        catalogue_version=versions.catalogue_version,
        dialogue_version=versions.dialogue_version,
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
            _MARK_CONVERSATION, {"row_id": conversation_id, "claimed_by": claim[0], "claimed_until": claim[1]}
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

    Raises:
        StaleTurn: another process went on with the dialogue.
    """
    with writing() as session:
        conversation = transcript.lock(session, job.conversation_id)
        if conversation is None or _claimed_by_another(conversation):
            return None
        known = session.execute(
            _BEFORE_FINISHING, {"conversation_id": job.conversation_id, "row_id": job.message_id}
        ).one()
        queued = False
        if known.state == "pending":
            turns.file(session, job.conversation_id, job.message_id, job.channel, job.language, result)
            delivered = conversation.owner == "bot"
            if delivered:
                queued = _deliver(session, conversation, known, job, result)
            _settle(session, conversation, job, result, delivered)
        following = None
        if conversation.owner == "bot" and not queued and known.owed is not None:
            following = _next_job(session, conversation)
        changes: dict[str, Any] = {
            "claimed_by": WORKER if following else None,
            "claimed_until": now() + CLAIM if following else None,
            "updated_at": now(),
        }
        if result.language and result.language != conversation.language:
            changes["language"] = result.language
        session.execute(_MARK_CONVERSATION, {"row_id": job.conversation_id, **changes})
    tell(job.conversation_id)
    if queued:
        hub().publish(QUEUE)
    return following


def _deliver(session: Session, conversation: Any, known: Any, job: Job, result: Result) -> bool:
    language = result.language or conversation.language
    wanted = bool(known.person_asked_for)
    if ownership.returns(session, conversation, job.message_id, result.intent):
        notice(session, conversation, "utter_reopened")
        wanted = True
    else:
        for parts in result.replies:
            transcript.append(session, conversation, "bot", parts, language=language, in_reply_to=job.message_id)
        if known.has_rules and handoffs.apply_rules(session, conversation, job.message_id, result.intent, job.text):
            notice(session, conversation, "utter_handoff_by_rule")
            wanted = True
    if not (wanted and handoffs.enter_queue(session, conversation, job.message_id)):
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
    assignment.welcome(session, conversation)
    return True


def _settle(session: Session, conversation: Any, job: Job, result: Result, delivered: bool) -> None:
    state = "answered" if delivered or conversation.owner != "agent" else "human"
    settled_at = now() if state == "answered" else None
    session.execute(_MARK_INBOX, {"row_id": job.message_id, "state": state, "settled_at": settled_at})
    values: dict[str, Any] = {"intent": result.intent, "confidence": result.confidence}
    if delivered:
        values["latency_ms"] = max(0, int((now() - job.stored_at).total_seconds() * 1000))
    session.execute(_MARK_MESSAGE, {"row_id": job.message_id, **values})


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
