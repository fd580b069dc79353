"""Opening a conversation, and the tokens that open one to its customer alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt
from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import new_id, now
from bot.conversation import handoffs, transcript
from bot.conversation.errors import NotFound
from bot.db.models import Agent, Conversation, Customer, Inbox, Message, Shop
from bot.db.session import reading, writing
from bot.settings import settings

_ALGORITHM = "HS256"
_AUDIENCE = "dukan:conversation"
_UNKEPT = re.compile("[\0\ud800-\udfff]")  # what no database keeps: NUL, and halves of characters


class InvalidIdentity(ValueError):
    """The identity a shop's page sent is not signed by that shop, or ran out."""


class InvalidToken(PermissionError):
    """The token does not open this conversation."""


@dataclass(frozen=True)
class State:
    """Where a conversation stands, as the API tells it."""

    owner: str
    language: str
    answered_up_to: int
    newest: int  # id of the customer's newest message
    newest_of_agent: int  # id of the newest message that a person of the shop wrote
    queue_position: int | None
    digits: str
    agent_name: str | None


def _shop_language() -> str:
    with reading() as session:
        return session.execute(select(Shop.language).limit(1)).scalar() or "en"


def _customer(identity: str) -> int | None:
    """Id of the customer a signed identity names; None when the shop's records have none such.

    The token is a JWT (RFC 7519), HS256 with `DUKAN_IDENTITY_SECRET`, with an `exp`, and `sub` (the
    shop's id of the customer) or `email`.
    """
    secret = settings().identity_secret
    if not secret:
        raise InvalidIdentity("signed identities are off")
    try:
        claims = jwt.decode(identity, secret, algorithms=[_ALGORITHM], options={"require": ["exp"]})
    except jwt.PyJWTError as error:
        raise InvalidIdentity("not a valid identity") from error
    with reading() as session:
        for column, value in ((Customer.code, claims.get("sub")), (Customer.email, claims.get("email"))):
            wanted = str(value or "").lower() if column is Customer.email else str(value or "")
            if _UNKEPT.search(wanted):
                continue
            found = wanted and session.execute(select(Customer.id).where(column == wanted)).scalar()
            if found:
                return int(found)
    return None


def create(
    channel: str,
    *,
    locale: str | None = None,
    identity: str | None = None,
    channel_user: str | None = None,
    caller: str | None = None,
) -> str:
    """Open a conversation; its id.

    Args:
        locale: language asked for, `en` or `ar`.
        identity: the customer's identity signed by the shop.
        channel_user: the platform's name for the customer's side; the conversation's own id if None.
        caller: digest of the network address it is opened from; wrong tries to prove an order are counted by it.

    Raises:
        InvalidIdentity: `identity` is not to be believed.
    """
    customer_id = _customer(identity) if identity else None
    conversation_id = new_id()
    language = locale or _shop_language()
    with writing() as session:
        session.execute(
            insert(Conversation).values(
                id=conversation_id,
                channel=channel,
                channel_user=channel_user or conversation_id,
                locale=locale,
                language=language,
                customer_id=customer_id,
                caller=caller,
                created_at=now(),
                updated_at=now(),
            )
        )
    return conversation_id


def of_user(channel: str, channel_user: str) -> str:
    """The conversation of a platform's user, opened if there is none yet; its id."""
    query = select(Conversation.id).where(Conversation.channel == channel, Conversation.channel_user == channel_user)
    with reading() as session:
        found = session.execute(query).scalar()
    if found is not None:
        return str(found)
    try:
        return create(channel, channel_user=channel_user)
    except IntegrityError:  # opened by another call at the same moment
        with reading() as session:
            return str(session.execute(query).scalar_one())


def token_for(conversation_id: str) -> str:
    """A token that opens this conversation and no other."""
    return jwt.encode({"sub": conversation_id, "aud": _AUDIENCE}, settings().secret("secret_key"), algorithm=_ALGORITHM)


def check_token(token: str, conversation_id: str) -> None:
    """Let pass only the token of this conversation.

    Raises:
        InvalidToken: it is forged, or another conversation's.
    """
    if _opened_by(token, settings().secret("secret_key")) != conversation_id:
        raise InvalidToken


@lru_cache(maxsize=10_000)  # a token never runs out, and comes with every call
def _opened_by(token: str, secret: str) -> str | None:
    try:
        claims: dict[str, Any] = jwt.decode(token, secret, algorithms=[_ALGORITHM], audience=_AUDIENCE)
    except (jwt.PyJWTError, UnicodeError) as error:
        raise InvalidToken from error
    return claims.get("sub")


_CONVERSATION, _AGENT, _INBOX, _MESSAGE = (table.__table__ for table in (Conversation, Agent, Inbox, Message))
_THIS = bindparam("conversation_id")
# Built once: every call that reads messages asks this, often twice.
_STATE = (
    select(
        _CONVERSATION.c.owner,
        _CONVERSATION.c.language,
        _CONVERSATION.c.digits,
        _AGENT.c.name.label("agent"),
        transcript.answered_up_to(_THIS).label("answered_up_to"),
        select(func.max(_INBOX.c.message_id))
        .where(_INBOX.c.conversation_id == _THIS)
        .scalar_subquery()
        .label("newest"),
        select(func.max(_MESSAGE.c.id))
        .where(_MESSAGE.c.conversation_id == _THIS, _MESSAGE.c.author == "agent")
        .scalar_subquery()
        .label("newest_of_agent"),
    )
    .select_from(_CONVERSATION.outerjoin(_AGENT, _AGENT.c.id == _CONVERSATION.c.agent_id))
    .where(_CONVERSATION.c.id == _THIS)
)


def state(conversation_id: str) -> State:
    """Where a conversation stands.

    Raises:
        NotFound: no such conversation.
    """
    with reading() as session:
        return _state(session, conversation_id)


def look(conversation_id: str, after: int, *, only_news: bool = False) -> tuple[State, list[dict[str, Any]] | None]:
    """Where a conversation stands, and its messages with an id above `after` as `transcript.read` gives them.

    The state is read first: a message that comes in between is then in the list, and never the other way round.

    Args:
        only_news: None instead of messages while an answer is owed and no person wrote after `after`.

    Raises:
        NotFound: no such conversation.
    """
    with reading() as session:
        found = _state(session, conversation_id)
        if only_news and found.answered_up_to < found.newest and found.newest_of_agent <= after:
            return found, None
        return found, transcript.read_in(session, conversation_id, after)


def _state(session: Session, conversation_id: str) -> State:
    row = session.execute(_STATE, {"conversation_id": conversation_id}).one_or_none()
    if row is None:
        raise NotFound(conversation_id)
    return State(
        owner=row.owner,
        language=row.language,
        answered_up_to=row.answered_up_to or 0,
        newest=row.newest or 0,
        newest_of_agent=row.newest_of_agent or 0,
        queue_position=handoffs.position(session, conversation_id) if row.owner == "queue" else None,
        digits=row.digits,
        agent_name=row.agent,
    )
