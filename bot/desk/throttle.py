"""Slows down guessing at sign-in: counts tries by account name and by network address, and locks for a while.

Names without an account are counted like any other, so that a lock tells nothing about who exists.
A try is counted before its password is looked at; many at once gain nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import SignInThrottle
from bot.db.session import writing

FORGOTTEN_AFTER = timedelta(hours=1)
SHORTEST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(minutes=15)


class Locked(Exception):
    """Too many failed tries; `seconds` until the next one is looked at."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"locked for {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True)
class Subject:
    """Something tries are counted by, and how many may fail before it is locked."""

    key: str
    free_tries: int


def by_account(email: str) -> Subject:
    """Counting by the account's name, real or not."""
    return Subject(hashlib.sha256(f"account:{email}".encode()).hexdigest(), free_tries=5)


def by_address(address: str) -> Subject:
    """Counting by network address; colleagues behind one router share it, hence the higher limit."""
    return Subject(hashlib.sha256(f"address:{address}".encode()).hexdigest(), free_tries=30)


def _row(session: Session, subject: Subject) -> SignInThrottle:
    query = select(SignInThrottle).where(SignInThrottle.key == subject.key).with_for_update()
    row = session.scalars(query).first()
    if row is None:
        try:
            with session.begin_nested():
                session.add(SignInThrottle(key=subject.key, failures=0))
        except IntegrityError:
            pass  # another try of the same subject created it first
        row = session.scalars(query).one()
    return row


def count_try(*subjects: Subject) -> None:
    """Count a try against each subject, as if it had failed.

    Raises:
        Locked: a subject is locked; nothing was counted.
    """
    moment = now()
    with writing() as session:
        # A fixed order of locking keeps two tries from waiting for each other.
        rows = [(subject, _row(session, subject)) for subject in sorted(subjects, key=lambda item: item.key)]
        locks = [row.locked_until for _, row in rows if row.locked_until is not None and row.locked_until > moment]
        if locks:
            raise Locked(max(1, round((max(locks) - moment).total_seconds())))
        for subject, row in rows:
            if row.updated_at < moment - FORGOTTEN_AFTER:
                row.failures = 0
            row.failures += 1
            row.updated_at = moment
            beyond = row.failures - subject.free_tries
            row.locked_until = moment + min(SHORTEST_LOCK * 2 ** min(beyond, 10), LONGEST_LOCK) if beyond >= 0 else None


def forgive(account: Subject, address: Subject, *, wholly: bool = True) -> None:
    """A try succeeded: forget the account's failures and take this try off the address's.

    The address keeps its other failures, else one's own account would buy guesses at others.

    Args:
        wholly: False takes only this try off the account's too: the password was right, the code is still to
            come, and guesses at codes must go on counting.
    """
    with writing() as session:
        if wholly:
            session.execute(delete(SignInThrottle).where(SignInThrottle.key == account.key))
        else:
            tried = _row(session, account)
            tried.failures = max(0, tried.failures - 1)
        session.execute(delete(SignInThrottle).where(SignInThrottle.updated_at < now() - FORGOTTEN_AFTER))
        row = _row(session, address)
        row.failures = max(0, row.failures - 1)
        if row.failures < address.free_tries:
            row.locked_until = None
