"""What customers thought afterwards: whether it is solved, one to five, a word; ideas, praise, criticism; check-backs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Feedback, Interaction, Satisfaction
from bot.db.session import writing
from bot.shop import follow_ups, profile
from bot.support import policies, wording

CHECK_BACK_OF_USE = timedelta(days=14)


@contextmanager
def _once() -> Iterator[Session]:
    """A session whose insert may find that the turn ran before."""
    try:
        with writing() as session:
            yield session
    except IntegrityError:
        return


def note_solved(conversation_id: str, message_id: int, topic: str, solved: bool) -> None:
    """Keep whether a matter was solved."""
    with _once() as session:
        session.execute(
            insert(Satisfaction).values(
                conversation_id=conversation_id, message_id=message_id, topic=topic, solved=solved, at=now()
            )
        )


def _latest(session: Session, conversation_id: str) -> int | None:
    return session.execute(
        select(func.max(Satisfaction.id)).where(Satisfaction.conversation_id == conversation_id)
    ).scalar()


def note_rating(conversation_id: str, rating: int) -> None:
    """Keep the stars, beside the newest judgement and the newest interaction."""
    with writing() as session:
        session.execute(
            update(Satisfaction).where(Satisfaction.id == _latest(session, conversation_id)).values(rating=rating)
        )
        latest = session.execute(
            select(func.max(Interaction.id)).where(
                Interaction.conversation_id == conversation_id, Interaction.side == "service"
            )
        ).scalar()
        session.execute(update(Interaction).where(Interaction.id == latest).values(satisfaction=rating))


def note_word(conversation_id: str, word: str) -> None:
    """Keep the free word."""
    with writing() as session:
        session.execute(
            update(Satisfaction).where(Satisfaction.id == _latest(session, conversation_id)).values(word=word)
        )


def kind_of(text: str) -> str:
    """What a piece of feedback is: `idea`, `praise` or `criticism`."""
    return wording.first("feedback", text) or "idea"


def note_feedback(conversation_id: str, message_id: int, text: str) -> str:
    """Keep an idea, praise or criticism; its kind."""
    kind = kind_of(text)
    with _once() as session:
        session.execute(
            insert(Feedback).values(
                conversation_id=conversation_id, message_id=message_id, kind=kind, text=text, at=now()
            )
        )
    return kind


def counted(session: Session) -> dict[str, int]:
    """Pieces of feedback by kind."""
    rows = session.execute(select(Feedback.kind, func.count()).group_by(Feedback.kind))
    return {kind: int(count) for kind, count in rows}


def agree_to_check_back(conversation_id: str, topic: str) -> int:
    """Ask again some days later whether all is well; how many days."""
    with writing() as session:
        days = policies.service_rules(session).check_back_days
        due = follow_ups.awake(now() + timedelta(days=days), profile.read(session))
        follow_ups.keep(session, conversation_id, "check_back", topic, due, due + CHECK_BACK_OF_USE)
    return days
