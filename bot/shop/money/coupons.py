"""Coupons: which code a message holds, whether it may be used, and an end to guessing."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Conversation, Coupon, CouponTry
from bot.language.normalise import fold_digits
from bot.settings import settings
from bot.shop import profile
from bot.shop.money.pricing import Reduction
from bot.shop.selling_words import no_codes, without_each

TRIES_ALLOWED = 5  # unknown codes in a conversation …
TRIES_REMEMBERED = timedelta(hours=24)  # … within this time
SHORTEST_WORD = 4  # letters of a code without digits
_TOKEN = re.compile(r"(?<![\w@.])[A-Za-z0-9][A-Za-z0-9_-]{2,39}(?![\w@])")
_CUE = re.compile(r"\b(?:code|coupon|voucher|promo)s?\b|كود|كوبون|قسيم[ةه]|رمز", re.IGNORECASE)


def code_key(code: str) -> str:
    """A code as it is compared: upper case, letters and digits only."""
    return re.sub(r"[^A-Z0-9]", "", fold_digits(code).upper())[:64]


def asked_for(text: str) -> bool:
    """Whether a message speaks of codes or coupons."""
    return _CUE.search(text) is not None


class TooManyTries(PermissionError):
    """This conversation has tried too many codes that do not exist."""


class Refused(PermissionError):
    """A known coupon that cannot be used: `reason` is `early`, `over` or `used_up`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _tokens(text: str) -> list[str]:
    return [token for token in _TOKEN.findall(fold_digits(text)) if token.casefold() not in no_codes()]


def alone(text: str) -> str | None:
    """What a message consists of, when that looks like a code ("SAVE10", "WELCOME")."""
    word = fold_digits(text).strip(" \t\n.,!?؟،\"'")
    if _TOKEN.fullmatch(word) is None or word.casefold() in no_codes():
        return None
    digits, letters = any(c.isdigit() for c in word), any(c.isalpha() for c in word)
    return word if letters and (digits or (word.isupper() and len(word) >= SHORTEST_WORD)) else None


def tried(text: str) -> str | None:
    """The code of a message that tries one ("try SAVE10", "and WELCOME?", «طيب SAVE10»), or is nothing else."""
    return alone(without_each("trying", text))


def known(session: Session, text: str) -> str | None:
    """The code of the shop's that a message holds."""
    keys = {code_key(token): token for token in _tokens(text)}
    if not keys:
        return None
    found = session.execute(select(Coupon.code_key).where(Coupon.code_key.in_(list(keys)))).scalars().first()
    return keys[found] if found is not None else None


def named(session: Session, text: str) -> str | None:
    """The code a message holds: one of the shop's, else what stands like one beside a word for it."""
    tokens = _tokens(text)
    ours = known(session, text)
    if ours is not None or not tokens or not asked_for(text):
        return ours
    likely = [t for t in tokens if any(c.isdigit() for c in t) or t.isupper() or re.search("[\u0621-\u064a]", text)]
    return likely[-1] if likely else None


def check(session: Session, conversation_id: str, message_id: int, code: str) -> Coupon:
    """The coupon of a code, if it may be used today. The caller writes wrong tries down with `note`.

    Args:
        session: a writing one.

    Raises:
        TooManyTries: enough codes were guessed; known ones are not told either.
        LookupError: there is no such code.
        Refused: it may not be used now.
    """
    if _wrong_tries(session, conversation_id, message_id):
        raise TooManyTries
    coupon = session.execute(select(Coupon).where(Coupon.code_key == code_key(code))).scalar_one_or_none()
    if coupon is None:
        raise LookupError(code)
    note(session, conversation_id, message_id, known=True)
    _check_days(session, coupon)
    return coupon


def _wrong_tries(session: Session, conversation_id: str, message_id: int) -> bool:
    """Whether the conversation, or its caller in all conversations together, has tried enough wrong codes."""
    wrong = (
        select(func.count())
        .select_from(CouponTry)
        .where(
            CouponTry.known.is_(False),
            CouponTry.at > now() - TRIES_REMEMBERED,
            (CouponTry.conversation_id != conversation_id) | (CouponTry.message_id != message_id),
        )
    )
    here = session.execute(wrong.where(CouponTry.conversation_id == conversation_id)).scalar()
    if int(here or 0) >= TRIES_ALLOWED:
        return True
    caller = session.execute(select(Conversation.caller).where(Conversation.id == conversation_id)).scalar()
    if caller is None:
        return False
    theirs = wrong.join(Conversation, Conversation.id == CouponTry.conversation_id).where(Conversation.caller == caller)
    return int(session.execute(theirs).scalar() or 0) >= settings().caller_misses


def note(session: Session, conversation_id: str, message_id: int, *, known: bool) -> None:
    """Write a try down: a wrong one in a transaction of its own, for the refusal undoes the one it came from."""
    try:
        with session.begin_nested():
            values = {"conversation_id": conversation_id, "message_id": message_id, "known": known, "at": now()}
            session.execute(insert(CouponTry).values(**values))
    except IntegrityError:  # the turn is run again
        return


def _check_days(session: Session, coupon: Coupon) -> None:
    today = profile.read(session).today()
    if coupon.starts_on is not None and today < coupon.starts_on:
        raise Refused("early")
    if coupon.ends_on is not None and today > coupon.ends_on:
        raise Refused("over")
    if coupon.max_uses is not None and coupon.used >= coupon.max_uses:
        raise Refused("used_up")


def reduction(session: Session, coupon: Coupon | None) -> Reduction | None:
    """What a basket's coupon takes off; None without one, or when its time has passed."""
    if coupon is None:
        return None
    try:
        _check_days(session, coupon)
    except Refused:
        return None
    return Reduction(
        coupon.percent, coupon.amount, coupon.minimum, frozenset(coupon.products), frozenset(coupon.categories)
    )


def use(session: Session, coupon: Coupon) -> bool:
    """Count one use; whether there was one left."""
    done = session.execute(
        update(Coupon)
        .where(Coupon.id == coupon.id, (Coupon.max_uses.is_(None)) | (Coupon.used < Coupon.max_uses))
        .values(used=Coupon.used + 1)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)


def public(session: Session) -> list[Coupon]:
    """The coupons whoever asks for offers is told, as long as they can be used."""
    found = []
    for coupon in session.execute(select(Coupon).where(Coupon.public.is_(True)).order_by(Coupon.id)).scalars():
        try:
            _check_days(session, coupon)
        except Refused:
            continue
        found.append(coupon)
    return found
