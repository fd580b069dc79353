"""Erases one person: at once what is known to be theirs, and what others wrote of them once the talk has ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import AuditEntry, Conversation, Erasure
from bot.db.session import reading, rewrite, writing
from bot.insight.privacy import emptying
from bot.insight.privacy.ground import Person
from bot.insight.privacy.person import find
from bot.settings import settings

FIRST_NUMBER = 1000


def begin(session: Session, person: Person, asked_in: str | None) -> tuple[Erasure, list[str]]:
    """Take a person out of all tables but the conversation they asked in, which is needed to tell the receipt.

    Returns:
        The receipt, and ids of files to remove once this is committed.
    """
    counts = {"customers": len(person.customers), "orders": len(person.orders), "conversations": len(person.talks)}
    words = [list(pair) for pair in emptying.words_of(person)]
    person.talks.discard(asked_in or "")
    files = emptying.empty(session, person)
    receipt = Erasure(counts=counts, conversation_id=asked_in, pending=words, at=now())
    session.add(receipt)
    session.flush()
    receipt.number = f"E-{FIRST_NUMBER + receipt.id}"
    session.add(AuditEntry(action="erase_person", subject=receipt.number, conversation_id=asked_in, at=now()))
    session.flush()
    return receipt, files


def finish() -> int:
    """Complete erasures whose conversation has been silent, or that were asked for in none; how many."""
    with reading() as session:
        waiting = list(session.scalars(select(Erasure.id).where(Erasure.pending.is_not(None)).limit(100)))
    done = sum(_finish(receipt) for receipt in waiting)
    if done and not rewrite():
        raise RuntimeError("the database file could not be written anew while it was read; it is tried again")
    return done


def _finish(receipt_id: int) -> bool:
    silent = now() - timedelta(minutes=settings().session_minutes)
    files: list[str] = []
    with writing() as session:
        receipt: Any = session.get(Erasure, receipt_id)
        talk = session.get(Conversation, receipt.conversation_id) if receipt.conversation_id else None
        if receipt.pending is None or (talk is not None and talk.updated_at > silent):
            return False
        words = [(kind, word) for kind, word in receipt.pending]
        if talk is not None:
            files = emptying.empty(session, Person(talks={talk.id}))
        receipt.pending = receipt.conversation_id = None
        session.flush()
        emptying.mask_everywhere(session, words)
    emptying.remove_files(files)
    return True


def erase(who: str) -> tuple[str, dict[str, int]]:
    """Erase the person with an e-mail address, phone number or customer id, all of it; the receipt's number and counts.

    Raises:
        Nobody: there is none.
    """
    with writing() as session:
        receipt, files = begin(session, find(session, who), None)
        number, counts = str(receipt.number), dict(receipt.counts)
    emptying.remove_files(files)
    finish()
    return number, counts
