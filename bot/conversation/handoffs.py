"""Handoffs: asked for by a dialogue turn or a rule of the shop's, put in the queue when that turn's reply goes out."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Conversation, Handoff, HandoffRule, Order, Team
from bot.db.session import reading, writing
from bot.insight import events
from bot.language.normalise import fold

POINT_IS_WORTH = timedelta(minutes=15)  # of waiting: who has a point more is served as if waiting so much longer
SEVERITY_POINTS = (0, 2, 6, 20)
VALUE_POINTS = ((10, 4), (3, 2), (1, 1))  # points from so many usual orders up
FIGURES_FROM = timedelta(days=14)  # how old waiting times may be that an expectation rests on
FIGURES_NEEDED, FIGURES_USED = 3, 20


def request(
    conversation_id: str,
    message_id: int,
    team_code: str,
    reason: str,
    summary: dict[str, Any] | None = None,
    *,
    severity: int = 0,
    value: Decimal | None = None,
) -> None:
    """Ask for a person. Takes effect when the reply to `message_id` is delivered (see `inbox.finish`).

    Asking twice for the same message is asking once.

    Args:
        team_code: the team the bot thinks of; a team whose skills name the topic gets it instead.
        severity: 0 usual, 1 annoyed, 2 angry or a loss, 3 injured or threatens with a lawyer.
        value: of what the customer may buy or has bought, in the shop's currency.
    """
    try:
        with writing() as session:
            team_id = team_for(session, (summary or {}).get("topic") or reason, team_code)
            add(session, conversation_id, message_id, team_id, reason, summary or {}, severity, value)
    except IntegrityError:
        return  # the turn ran before


def add(
    session: Session,
    conversation_id: str,
    message_id: int,
    team_id: int | None,
    reason: str,
    summary: dict[str, Any],
    severity: int = 0,
    value: Decimal | None = None,
) -> None:
    """Write down that a person is asked for."""
    severity = max(0, min(severity, len(SEVERITY_POINTS) - 1))
    session.execute(
        insert(Handoff).values(
            conversation_id=conversation_id,
            message_id=message_id,
            team_id=team_id,
            reason=reason,
            summary=summary,
            severity=severity,
            value=value,
            priority=SEVERITY_POINTS[severity] + _value_points(session, value),
            requested_at=now(),
            ranked_at=now(),
        )
    )


def team_for(session: Session, topic: str | None, default: str | None) -> int | None:
    """Id of the team whose skills name a topic, else of the one with the default code."""
    rows = session.execute(select(Team.id, Team.code, Team.skills).where(Team.active.is_(True)).order_by(Team.id)).all()
    skilled = next((row.id for row in rows if topic and topic in (row.skills or ())), None)
    return skilled or next((row.id for row in rows if row.code == default), None)


def _value_points(session: Session, value: Decimal | None) -> int:
    """Points for what is at stake, measured by the shop's usual order."""
    if not value:
        return 0
    total, orders = session.execute(select(func.sum(Order.total), func.count()).where(Order.total > 0)).one()
    if not orders:
        return 0
    return next((points for times, points in VALUE_POINTS if value * orders >= total * times), 0)


def requested(conversation_id: str, message_id: int) -> bool:
    """Whether the turn of a message asked for a person."""
    with reading() as session:
        return (
            session.execute(
                select(Handoff.id).where(Handoff.conversation_id == conversation_id, Handoff.message_id == message_id)
            ).first()
            is not None
        )


_HANDOFF = Handoff.__table__
_REQUESTED = select(
    _HANDOFF.c.id, _HANDOFF.c.team_id, _HANDOFF.c.priority, _HANDOFF.c.reason
).where(  # asked after every turn
    _HANDOFF.c.conversation_id == bindparam("conversation_id"),
    _HANDOFF.c.message_id == bindparam("message_id"),
    _HANDOFF.c.state == "requested",
)


def enter_queue(session: Session, conversation: Any, message_id: int) -> bool:
    """Put a locked conversation in the queue if the turn of `message_id` asked for it."""
    handoff = session.execute(_REQUESTED, {"conversation_id": conversation.id, "message_id": message_id}).one_or_none()
    if handoff is None:
        return False
    moment = now()
    session.execute(
        update(Handoff)
        .where(Handoff.id == handoff.id)
        .values(state="waiting", requested_at=moment, ranked_at=rank(moment, handoff.priority))
    )
    session.execute(
        update(Conversation)
        .where(Conversation.id == conversation.id)
        .values(owner="queue", owner_version=Conversation.owner_version + 1, team_id=handoff.team_id, agent_id=None)
    )
    events.emit(session, "handoff.requested", {"conversation_id": conversation.id, "reason": handoff.reason})
    return True


def rank(requested_at: datetime, priority: int) -> datetime:
    """The moment that orders the queue: waiting, severity and value in one."""
    return requested_at - priority * POINT_IS_WORTH


_RULES = select(HandoffRule.__table__).order_by(HandoffRule.__table__.c.id)
# Whether a turn's message asked for a person, and whether the shop has rules about it: known before a turn is delivered.
ASKED_FOR = select(
    select(_HANDOFF.c.id)
    .where(
        _HANDOFF.c.conversation_id == bindparam("conversation_id"),
        _HANDOFF.c.message_id == bindparam("row_id"),
        _HANDOFF.c.state == "requested",
    )
    .exists()
)
HAS_RULES = select(select(HandoffRule.__table__.c.id).exists())


def apply_rules(session: Session, conversation: Any, message_id: int, intent: str | None, text: str) -> bool:
    """Ask for a person when a rule of the shop's says so and the turn did not; whether one did."""
    rules = session.execute(_RULES).all()
    said = f" {_words(text)} " if rules else ""
    for rule in rules:
        phrases = map(_words, re.split("[,،]", rule.value)) if rule.kind == "words" else ()
        if (rule.kind == "topic" and rule.value == intent) or any(
            f" {phrase} " in said for phrase in phrases if phrase
        ):
            asked = {"conversation_id": conversation.id, "message_id": message_id}
            if session.execute(_REQUESTED, asked).first() is not None:
                return False
            summary = {"need": text, "topic": intent} if intent else {"need": text}
            add(session, conversation.id, message_id, rule.team_id, "rule", summary, rule.severity)
            return True
    return False


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))


def wake(session: Session, conversation_id: str) -> None:
    """The customer wrote: a conversation put off until later is on the desk again."""
    session.execute(
        update(Handoff)
        .where(Handoff.conversation_id == conversation_id, Handoff.snoozed_until.is_not(None))
        .values(snoozed_until=None)
    )


def current(session: Session, conversation_id: str) -> Any:
    """The handoff that is waiting or accepted, or None."""
    return session.execute(
        select(Handoff)
        .where(Handoff.conversation_id == conversation_id, Handoff.state.in_(("waiting", "accepted")))
        .order_by(Handoff.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def position(session: Session, conversation_id: str) -> int | None:
    """Place in the queue of its team, 1 = next; None when it is not waiting."""
    mine = session.execute(
        select(Handoff.id, Handoff.team_id, Handoff.ranked_at).where(
            Handoff.conversation_id == conversation_id, Handoff.state == "waiting"
        )
    ).first()
    if mine is None:
        return None
    same_team = Handoff.team_id.is_(None) if mine.team_id is None else Handoff.team_id == mine.team_id
    ahead = session.execute(
        select(func.count())
        .select_from(Handoff)
        .where(
            Handoff.state == "waiting",
            same_team,
            (Handoff.ranked_at < mine.ranked_at) | ((Handoff.ranked_at == mine.ranked_at) & (Handoff.id < mine.id)),
        )
    ).scalar()
    return int(ahead or 0) + 1


def expected_wait(session: Session, team_id: int | None, place: int) -> timedelta | None:
    """How long one waits at a place of a team's queue, from the waits of late; None while there are too few.

    Each of the last waits counts by what it took for one place of the queue it began at.
    """
    same_team = Handoff.team_id.is_(None) if team_id is None else Handoff.team_id == team_id
    rows = session.execute(
        select(Handoff.requested_at, Handoff.accepted_at, Handoff.place_at_entry)
        .where(same_team, Handoff.accepted_at > now() - FIGURES_FROM, Handoff.place_at_entry > 0)
        .where(Handoff.wish.is_(None), Handoff.told_nobody_at.is_(None))
        .order_by(Handoff.accepted_at.desc())
        .limit(FIGURES_USED)
    ).all()
    if len(rows) < FIGURES_NEEDED:
        return None
    seconds = median((row.accepted_at - row.requested_at).total_seconds() / row.place_at_entry for row in rows)
    return timedelta(seconds=max(0.0, seconds) * place)
