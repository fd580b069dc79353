"""What an agent may see of conversations: the lists, the details of one, how far it was read.

Agents see what waits for their teams and what they own themselves; supervisors and administrators
see everything. Every page, call and stream of the desk asks here, and nowhere else.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import and_, case, false, func, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import ColumnElement, Select

from bot.db.models import Agent, Conversation, Customer, Handoff, Message, ReadMark, Team
from bot.db.session import reading, writing
from bot.desk.sessions import Caller
from bot.desk.summary import Line, Names, readable

View = Literal["waiting", "mine", "all"]
VIEWS: tuple[View, ...] = ("waiting", "mine", "all")
LIST_LIMIT = 200  # more than anybody reads; the most urgent come first
PREVIEW_LENGTH = 160
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
OPEN_HANDOFFS = ("requested", "waiting", "accepted")


class TeamName(msgspec.Struct, frozen=True):
    """A team as shown to the agent."""

    code: str
    name: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation as a line of a list.

    `place` says which list of the agent's it belongs in; `last_text` and `last_at` are the customer's,
    `last_message_id` is anyone's.
    """

    conversation_id: str
    place: Literal["waiting", "mine", "others"]
    owner: str
    channel: str
    language: str
    customer_name: str | None
    team: TeamName | None
    agent_name: str | None
    reason: str | None
    priority: int
    waiting_since: datetime | None
    accepted_at: datetime | None
    last_text: str
    last_at: datetime | None
    last_message_id: int
    unread: int
    summary: list[Line]


def _place(caller: Caller, conversation: Conversation) -> Literal["waiting", "mine", "others"]:
    if conversation.owner == "queue":
        return "waiting"
    return "mine" if conversation.owner == "agent" and conversation.agent_id == caller.agent_id else "others"


def _is_own(caller: Caller) -> ColumnElement:
    return and_(Conversation.owner == "agent", Conversation.agent_id == caller.agent_id)


def _is_for_teams_of(caller: Caller) -> ColumnElement:
    """Conversations an agent's teams are there for; one without a team is for everybody."""
    if not caller.team_codes or caller.is_at_least("supervisor"):
        return Conversation.id.is_not(None)
    return or_(Conversation.team_id.is_(None), Team.code.in_(caller.team_codes))


def _visible(caller: Caller) -> ColumnElement:
    if caller.is_at_least("supervisor"):
        return Conversation.id.is_not(None)
    return or_(_is_own(caller), and_(Conversation.owner == "queue", _is_for_teams_of(caller)))


def _in_view(caller: Caller, view: View) -> ColumnElement:
    waiting = and_(Conversation.owner == "queue", _is_for_teams_of(caller))
    if view == "waiting":
        return waiting
    if view == "mine":
        return _is_own(caller)
    others = Conversation.owner == "agent" if caller.is_at_least("supervisor") else false()
    return or_(waiting, _is_own(caller), others)


def _entries(caller: Caller) -> Select:
    """The query all lists share: a conversation with its handoff, the customer's last words and what is unread."""
    handoff, anyones, customers, unread = aliased(Handoff), aliased(Message), aliased(Message), aliased(Message)
    here = Conversation.id
    handoff_id = select(func.max(handoff.id)).where(handoff.conversation_id == here, handoff.state.in_(OPEN_HANDOFFS))
    newest_id = select(func.max(anyones.id)).where(anyones.conversation_id == here)
    last_id = select(func.max(customers.id)).where(customers.conversation_id == here, customers.author == "customer")
    unread_count = select(func.count(unread.id)).where(
        unread.conversation_id == here,
        unread.author == "customer",
        unread.id > func.coalesce(ReadMark.message_id, 0),
    )
    own_mark = and_(ReadMark.conversation_id == here, ReadMark.agent_id == caller.agent_id)
    return (
        select(
            Conversation,
            Handoff,
            Message,
            Team,
            Agent.name.label("agent_name"),
            Customer.name.label("customer_name"),
            newest_id.scalar_subquery().label("newest_id"),
            unread_count.scalar_subquery().label("unread"),
        )
        .select_from(Conversation)
        .outerjoin(Handoff, Handoff.id == handoff_id.scalar_subquery())
        .outerjoin(Message, Message.id == last_id.scalar_subquery())
        .outerjoin(Team, Team.id == Conversation.team_id)
        .outerjoin(Agent, Agent.id == Conversation.agent_id)
        .outerjoin(Customer, Customer.id == Conversation.customer_id)
        .outerjoin(ReadMark, own_mark)
    )


def preview(parts: list[dict[str, Any]]) -> str:
    """The gist of a message on one line: its text, else what its cards, buttons or steps are called."""
    words: list[str] = []
    for part in parts:
        if text := part.get("text") or part.get("title") or part.get("label"):
            words.append(str(text))
        elif inner := part.get("cards") or part.get("buttons"):
            words.append(", ".join(str(item.get("title") or item.get("label") or "") for item in inner))
        if part.get("type") == "text":
            break
    line = " ".join(" ".join(words).split())
    return line if len(line) <= PREVIEW_LENGTH else line[: PREVIEW_LENGTH - 1].rstrip() + "…"


def _entry(caller: Caller, row: Row, names: Names) -> Entry:
    conversation, handoff, message, team = row.Conversation, row.Handoff, row.Message, row.Team
    place = _place(caller, conversation)
    return Entry(
        conversation_id=conversation.id,
        place=place,
        owner=conversation.owner,
        channel=conversation.channel,
        language=conversation.language,
        customer_name=row.customer_name or None,
        team=TeamName(team.code, team.name.get_for(caller.language)) if team else None,
        agent_name=row.agent_name if conversation.owner == "agent" else None,
        reason=handoff.reason if handoff else None,
        priority=handoff.priority if handoff else 0,
        waiting_since=handoff.requested_at if handoff and place == "waiting" else None,
        accepted_at=handoff.accepted_at if handoff else None,
        last_text=preview(message.parts) if message else "",
        last_at=message.created_at if message else None,
        last_message_id=row.newest_id or 0,
        unread=row.unread if place == "mine" else 0,
        summary=readable(handoff.summary, names) if handoff else [],
    )


def _read(session: Session, caller: Caller, query: Select) -> list[Entry]:
    rows = session.execute(query).all()
    names = Names(session, [row.Handoff.summary for row in rows if row.Handoff], caller.language)
    return [_entry(caller, row, names) for row in rows]


def list_for(caller: Caller, view: View) -> list[Entry]:
    """The conversations of a view: those waiting by urgency and time, then the others, newest word first."""
    query = (
        _entries(caller)
        .where(_in_view(caller, view))
        .order_by(
            Conversation.owner.desc(),
            func.coalesce(Handoff.priority, 0).desc(),
            Handoff.requested_at,
            Conversation.id,
        )
        .limit(LIST_LIMIT)
    )
    with reading() as session:
        entries = _read(session, caller, query)
    waiting = [entry for entry in entries if entry.place == "waiting"]
    taken = [entry for entry in entries if entry.place != "waiting"]
    return waiting + sorted(taken, key=lambda entry: -entry.last_message_id)


def is_possible_id(text: str) -> bool:
    """Whether a text can be a conversation's id; others (with NULs, endless) never reach the database."""
    return _ID.fullmatch(text) is not None


def find(caller: Caller, conversation_id: str) -> Entry | None:
    """One conversation, or None when there is none such that the agent may see."""
    if not is_possible_id(conversation_id):
        return None
    query = _entries(caller).where(Conversation.id == conversation_id, _visible(caller))
    with reading() as session:
        return next(iter(_read(session, caller, query)), None)


def was_for(caller: Caller, conversation_id: str) -> bool:
    """Whether a conversation the agent cannot see (any more) is with a colleague of the same team.

    It tells an agent who was too late apart from one who has no business asking.
    """
    query = (
        select(Conversation.id)
        .outerjoin(Team, Team.id == Conversation.team_id)
        .where(Conversation.id == conversation_id, Conversation.owner == "agent", _is_for_teams_of(caller))
    )
    with reading() as session:
        return session.scalar(query) is not None


def visible_among(caller: Caller, conversation_ids: list[str]) -> list[str]:
    """Those of some conversations that the agent may see now."""
    if not conversation_ids:
        return []
    query = (
        select(Conversation.id)
        .outerjoin(Team, Team.id == Conversation.team_id)
        .where(Conversation.id.in_(conversation_ids), _visible(caller))
    )
    with reading() as session:
        return list(session.scalars(query))


def mark_read(caller: Caller, conversation_id: str, message_id: int) -> None:
    """Note that the agent has read a conversation up to a message; marks only move forward."""
    with writing() as session:
        newest = session.scalar(select(func.max(Message.id)).where(Message.conversation_id == conversation_id)) or 0
        reached = min(message_id, newest)
        moved = session.execute(
            update(ReadMark)
            .where(ReadMark.agent_id == caller.agent_id, ReadMark.conversation_id == conversation_id)
            .values(message_id=case((ReadMark.message_id > reached, ReadMark.message_id), else_=reached))
            .execution_options(synchronize_session=False)
        )
        if moved.rowcount:
            return
        try:
            with session.begin_nested():
                session.add(ReadMark(agent_id=caller.agent_id, conversation_id=conversation_id, message_id=reached))
        except IntegrityError:
            pass  # another window of the same agent's was first; its next mark moves on from there
