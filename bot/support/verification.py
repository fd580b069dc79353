"""Who is asking: proof that an order, or all orders of a customer, are one's own, and the limits on guessing.

Reading an order takes its number and the e-mail or phone it was placed with. Changing it, its money or
its address takes more: an identity that the shop signed, a one-time code sent to the order's e-mail, or,
where the shop sends no e-mail, both contacts of the order. A proof is kept for the conversation and ends
`DUKAN_SESSION_MINUTES` after it was last used.

Wrong tries are counted by conversation, order number, contact and caller. A caller who keeps missing is
made to wait longer each time and then stopped for a day, right or wrong; nothing tells these apart.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Conversation, Customer, OneTimeCode, Order, Proof, VerificationAttempt
from bot.db.session import reading, writing
from bot.settings import settings
from bot.shop.order_numbers import number_key
from bot.support import mail

READ, CHANGE = 1, 2
LONGEST_KEY = 64  # of an order number that is tried
_LATIN = re.compile("[A-Z]")
MISSES_ALLOWED = 3  # wrong tries, then a conversation may try no more
GUESSES_ALLOWED = 10  # wrong tries at one order number or with one contact, by everybody within a day
FREE_SHARE = 0.3  # of the wrong tries a caller has in a day (`DUKAN_CALLER_MISSES`), before each next one has to wait
LONGEST_WAIT = timedelta(minutes=15)
GUESSES_REMEMBERED = timedelta(days=1)
CODE_DIGITS = 6
CODE_TRIES = 3
CODE_LIFETIME = timedelta(minutes=10)
CODES_AN_HOUR = 3  # to one address


class Locked(PermissionError):
    """Too many wrong tries; a person has to help."""


class NotMatched(LookupError):
    """Number and contact do not belong together; it is not said which of the two is wrong."""


class TooSoon(PermissionError):
    """This caller missed too often to try again at once."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds


@dataclass(frozen=True)
class Access:
    """What a conversation may see, and with which proof: ids of orders, ids of customers."""

    orders: dict[int, int]
    customers: dict[int, int]

    def level(self, order_id: int, customer_id: int | None) -> int:
        """How well an order is proven: 0 not at all, READ or CHANGE."""
        return max(self.orders.get(order_id, 0), self.customers.get(customer_id, 0) if customer_id else 0)


def digest(text: str) -> str:
    """A fingerprint of something that need not be kept; only this copy of Dukan can make it."""
    key = settings().secret("secret_key").encode()
    return hmac.new(key, text.strip().lower().encode(), hashlib.sha256).hexdigest()


def access(session: Session, conversation_id: str) -> Access:
    """What the conversation has proven and not let lapse; using it keeps it."""
    since = now() - timedelta(minutes=settings().session_minutes)
    rows = session.execute(
        select(Proof.order_id, Proof.customer_id, Proof.level).where(
            Proof.conversation_id == conversation_id, Proof.used_at > since
        )
    ).all()
    found = Access({}, {})
    for row in rows:
        held, key = (found.orders, row.order_id) if row.order_id else (found.customers, row.customer_id)
        held[key] = max(held.get(key, 0), row.level)
    signed = session.execute(select(Conversation.customer_id).where(Conversation.id == conversation_id)).scalar()
    if signed is not None:
        found.customers[signed] = CHANGE
    return found


def keep_alive(conversation_id: str) -> None:
    """Count the time after which proofs lapse anew."""
    since = now() - timedelta(minutes=settings().session_minutes)
    with writing() as session:
        session.execute(
            update(Proof).where(Proof.conversation_id == conversation_id, Proof.used_at > since).values(used_at=now())
        )


def _wrong(session: Session, *conditions: Any) -> int:
    counted = select(func.count()).select_from(VerificationAttempt)
    return int(session.execute(counted.where(VerificationAttempt.succeeded.is_(False), *conditions)).scalar() or 0)


def misses(session: Session, conversation_id: str) -> int:
    """Wrong tries in a conversation."""
    return _wrong(session, VerificationAttempt.conversation_id == conversation_id)


def is_locked(conversation_id: str) -> bool:
    """Whether a conversation may try no more."""
    with reading() as session:
        return misses(session, conversation_id) >= MISSES_ALLOWED


def _caller(session: Session, conversation_id: str) -> str | None:
    row = session.execute(
        select(Conversation.channel, Conversation.channel_user, Conversation.caller).where(
            Conversation.id == conversation_id
        )
    ).one_or_none()
    if row is None:
        return None
    if row.caller:
        return str(row.caller)
    # A platform's user is always the same one; a web page's is new with every conversation.
    return None if row.channel_user == conversation_id else digest(f"{row.channel}:{row.channel_user}")


def _check_caller(session: Session, conversation_id: str, caller: str | None) -> None:
    """Let a try through, make it wait or refuse it.

    Raises:
        Locked, TooSoon.
    """
    if misses(session, conversation_id) >= MISSES_ALLOWED:
        raise Locked
    if caller is None:
        return
    recent = (VerificationAttempt.caller == caller, VerificationAttempt.at > now() - GUESSES_REMEMBERED)
    wrong = _wrong(session, *recent)
    allowed = settings().caller_misses
    free = int(allowed * FREE_SHARE)
    if wrong >= allowed:
        raise Locked
    if wrong >= free:
        last = session.execute(select(func.max(VerificationAttempt.at)).where(*recent)).scalar()
        pause = min(timedelta(seconds=2 ** min(wrong - free + 1, 16)), LONGEST_WAIT)
        if last is not None and now() - last < pause:
            raise TooSoon(int((pause - (now() - last)).total_seconds()) + 1)


def _guessed_too_often(session: Session, key: str, contact: str) -> bool:
    since = VerificationAttempt.at > now() - GUESSES_REMEMBERED
    return (
        _wrong(session, VerificationAttempt.number_key == key, since) >= GUESSES_ALLOWED
        or _wrong(session, VerificationAttempt.contact_digest == contact, since) >= GUESSES_ALLOWED
    )


def _matches(order: Order, contact: str) -> bool:
    given = contact.strip().lower()
    known = [(order.email or "").lower(), order.phone or ""]
    return bool(given) and any(hmac.compare_digest(given.encode(), one.encode()) for one in known if one)


def _by_digits(session: Session, digits: str, contact: str) -> Order | None:
    """The one order of a contact with these digits in its number.

    Many leave out the letters before them, or write them in Arabic.
    """
    given = contact.strip().lower()
    column = Order.email if "@" in given else Order.phone
    held = session.execute(select(Order).where(column == given)).scalars()
    found = [order for order in held if "".join(filter(str.isdigit, order.number_key)) == digits]
    return found[0] if len(found) == 1 else None


def prove(conversation_id: str, message_id: int, number: str, contact: str) -> int:
    """Prove an order by its number and the contact it was placed with, for reading; the order's id.

    Args:
        message_id: the message the try came with; a turn that is run again counts as one try.
        contact: e-mail in lower case or phone in E.164.

    Raises:
        Locked, TooSoon, NotMatched.
    """

    def belongs(session: Session, key: str) -> tuple[int | None, bool]:
        order = session.execute(select(Order).where(Order.number_key == key)).scalar_one_or_none()
        digits = "".join(filter(str.isdigit, key))
        if order is None and digits and not _LATIN.search(key):
            order = _by_digits(session, digits, contact)
        return (order.id, _matches(order, contact)) if order is not None else (None, False)

    order_id = _try(conversation_id, message_id, number_key(number)[:LONGEST_KEY], contact, belongs)
    _keep(conversation_id, READ, order_id=order_id)
    return order_id


def prove_second_contact(conversation_id: str, message_id: int, order_id: int, contacts: list[str]) -> None:
    """Prove an order by both its e-mail and its phone, for changing it.

    Raises:
        Locked, TooSoon, NotMatched.
    """

    def belongs(session: Session, _key: str) -> tuple[int | None, bool]:
        order = session.get(Order, order_id)
        both = {(order.email or "").lower(), order.phone or ""} if order is not None else {""}
        return order_id, "" not in both and both == {one.strip().lower() for one in contacts}

    with reading() as session:
        key = session.execute(select(Order.number_key).where(Order.id == order_id)).scalar_one()
    _try(conversation_id, message_id, str(key), contacts[-1] if contacts else "", belongs)
    _keep(conversation_id, CHANGE, order_id=order_id)


def _try(
    conversation_id: str,
    message_id: int,
    key: str,
    contact: str,
    belongs: Callable[[Session, str], tuple[int | None, bool]],
) -> int:
    with writing() as session:
        caller = _caller(session, conversation_id)
        _check_caller(session, conversation_id, caller)
        order_id, right = belongs(session, key)
        fingerprint = digest(contact)
        right = right and not _guessed_too_often(session, key, fingerprint)
        _note(
            session,
            conversation_id=conversation_id,
            message_id=message_id,
            number_key=key,
            contact_digest=fingerprint,
            caller=caller,
            succeeded=right,
        )
        left = MISSES_ALLOWED - misses(session, conversation_id)
    if right and order_id is not None:
        return order_id
    raise Locked if left <= 0 else NotMatched


def _note(session: Session, **attempt: Any) -> None:
    try:
        with session.begin_nested():
            session.execute(insert(VerificationAttempt).values(**attempt, at=now()))
    except IntegrityError:
        return  # the turn ran before


def _keep(conversation_id: str, level: int, *, order_id: int | None = None, customer_id: int | None = None) -> None:
    with writing() as session:
        session.execute(
            insert(Proof).values(
                conversation_id=conversation_id, order_id=order_id, customer_id=customer_id, level=level, used_at=now()
            )
        )


@dataclass(frozen=True)
class Stronger:
    """How an order that may be read can be proven for changing: `code` by e-mail, the `other` contact, or `none`."""

    kind: str
    missing: str = ""  # of the other contact: "email" or "phone"


def stronger(session: Session, order_id: int, given: str | None) -> Stronger:
    """The further proof to ask for.

    Args:
        given: the contact that was given for reading.
    """
    order = session.execute(select(Order.email, Order.phone).where(Order.id == order_id)).one()
    if order.email and mail.is_set_up():
        return Stronger("code")
    if order.email and order.phone and given:
        return Stronger("other", "phone" if "@" in given else "email")
    return Stronger("none")


def send_code(
    conversation_id: str,
    message_id: int,
    write: Callable[[str], tuple[str, str]],
    *,
    order_id: int | None = None,
    email: str = "",
) -> bool:
    """Send a one-time code to an order's e-mail, or to an address whose customer's orders it opens.

    Whether there is such a customer is not told: the answer is the same.

    Args:
        write: subject and text of the e-mail with a code in it.

    Returns:
        Whether a code is on its way, as far as the asker may know: False only when nothing can be sent now.

    Raises:
        Locked: too many codes, or too many wrong tries.
    """
    with writing() as session:
        caller = _caller(session, conversation_id)
        _check_caller(session, conversation_id, caller)
        before = session.execute(
            select(OneTimeCode.id).where(
                OneTimeCode.conversation_id == conversation_id, OneTimeCode.message_id == message_id
            )
        ).scalar()
        if before is not None:  # the turn ran before
            return True
        address, customer_id = _receiver(session, order_id, email)
        fingerprint = digest(address or email)
        sent = session.execute(
            select(func.count())
            .select_from(OneTimeCode)
            .where(OneTimeCode.address_digest == fingerprint, OneTimeCode.sent_at > now() - timedelta(hours=1))
        ).scalar()
        if int(sent or 0) >= CODES_AN_HOUR:
            raise Locked
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        session.execute(
            insert(OneTimeCode).values(
                conversation_id=conversation_id,
                message_id=message_id,
                order_id=order_id,
                customer_id=customer_id,
                address_digest=fingerprint,
                code_digest=digest(code),
                sent_at=now(),
            )
        )
    if address is None:
        return True
    try:
        mail.send(address, *write(code))
    except mail.NotSent:
        return False
    return True


def _receiver(session: Session, order_id: int | None, email: str) -> tuple[str | None, int | None]:
    if order_id is not None:
        order = session.execute(select(Order.email, Order.customer_id).where(Order.id == order_id)).one()
        return order.email, None
    found = session.execute(
        select(Customer.id, Customer.email).where(Customer.email == email.strip().lower()).limit(1)
    ).one_or_none()
    return (found.email, found.id) if found else (None, None)


def check_code(conversation_id: str, code: str) -> None:
    """Take a one-time code: what it was sent for may then be changed.

    Raises:
        NotMatched: it is not the code, or it ran out.
        Locked: too many wrong ones.
    """
    with writing() as session:
        row = session.execute(
            select(OneTimeCode)
            .where(OneTimeCode.conversation_id == conversation_id, OneTimeCode.used_at.is_(None))
            .order_by(OneTimeCode.id.desc())
            .limit(1)
        ).scalar_one_or_none()
        if row is None:
            raise NotMatched
        if row.tries >= CODE_TRIES:
            raise Locked
        row.tries += 1
        fresh = row.sent_at > now() - CODE_LIFETIME
        right = hmac.compare_digest(row.code_digest, digest(code)) and (row.order_id or row.customer_id)
        if right and fresh:
            row.used_at = now()
        else:
            session.flush()
            left = CODE_TRIES - row.tries
        order_id, customer_id = row.order_id, row.customer_id
    if not (right and fresh):
        raise Locked if left <= 0 else NotMatched
    _keep(conversation_id, CHANGE, order_id=order_id, customer_id=None if order_id else customer_id)
