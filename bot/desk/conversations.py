"""What an agent may see of conversations: the lists, the details of one, how far it was read.

Agents see what waits for their teams, what they own themselves, what a colleague offers them, what they are
named in, what they have resolved while it is closed, and the earlier talks of a signed-in customer whom they
answer now; supervisors and administrators see everything. Every page, call and stream of the desk asks here,
and nowhere else.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec
from sqlalchemy import and_, bindparam, case, exists, func, not_, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import ColumnElement, Select

from bot.conversation import transcript
from bot.db.models import (
    Agent,
    Conversation,
    ConversationLabel,
    Customer,
    Handoff,
    Mention,
    Message,
    ReadMark,
    Team,
    Transfer,
)
from bot.db.session import reading, writing
from bot.desk import dealings
from bot.desk.sessions import Caller
from bot.desk.summary import Line, Names, readable

View = Literal["waiting", "mine", "all"]
VIEWS: tuple[View, ...] = ("waiting", "mine", "all")
LIST_LIMIT = 200  # more than anybody reads; the most urgent come first
PREVIEW_LENGTH = 160
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
OPEN_HANDOFFS = ("requested", "waiting", "scheduled", "accepted")


class TeamName(msgspec.Struct, frozen=True):
    """A team as shown to the agent."""

    code: str
    name: str


class TransferOffer(msgspec.Struct, frozen=True):
    """A transfer that waits for somebody to accept it."""

    id: int
    from_name: str
    to_name: str
    note: str
    is_mine: bool  # offered by the caller, not to the caller


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation as a line of a list.

    `place` says which list of the agent's it belongs in; `last_text` and `last_at` are the customer's,
    `last_message_id` is anyone's. `ranked_at` orders those who wait.
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
    ranked_at: datetime | None
    offered_until: datetime | None  # when it is offered to the caller
    transfer: TransferOffer | None
    wish: str | None
    callback_at: datetime | None
    contact: str | None
    snoozed_until: datetime | None
    labels: list[str]


def _place(caller: Caller, row: Row) -> Literal["waiting", "mine", "others"]:
    conversation, handoff = row.Conversation, row.Handoff
    if conversation.owner == "agent":
        if conversation.agent_id == caller.agent_id:
            return "mine"
        return "waiting" if row.Transfer is not None and _is_meant(caller, row.Transfer) else "others"
    promised = handoff is not None and handoff.state == "scheduled"
    return "waiting" if conversation.owner == "queue" or promised else "others"


def _is_meant(caller: Caller, transfer: Transfer) -> bool:
    """Whether a transfer is offered to the caller, by name or by team."""
    if transfer.from_agent_id == caller.agent_id:
        return False
    if transfer.to_agent_id is not None:
        return bool(transfer.to_agent_id == caller.agent_id)
    return not caller.team_ids or transfer.to_team_id in caller.team_ids


def _is_own(caller: Caller) -> ColumnElement:
    return and_(Conversation.owner == "agent", Conversation.agent_id == caller.agent_id)


def _is_for_teams_of(caller: Caller) -> ColumnElement:
    """Conversations an agent's teams are there for; one without a team is for everybody."""
    if not caller.team_ids or caller.is_at_least("supervisor"):
        return Conversation.id.is_not(None)
    return or_(Conversation.team_id.is_(None), Conversation.team_id.in_(caller.team_ids))


def _is_offered(caller: Caller) -> ColumnElement:
    offer = aliased(Transfer)
    to_team = offer.to_team_id.in_(caller.team_ids) if caller.team_ids else offer.to_team_id.is_not(None)
    return exists().where(
        offer.conversation_id == Conversation.id,
        offer.state == "open",
        offer.from_agent_id != caller.agent_id,
        or_(offer.to_agent_id == caller.agent_id, to_team),
    )


def _is_promised() -> ColumnElement:
    promise = aliased(Handoff)
    promised = exists().where(promise.conversation_id == Conversation.id, promise.state == "scheduled")
    return and_(Conversation.owner.in_(("bot", "closed")), promised)


def _is_named_in(caller: Caller) -> ColumnElement:
    named = exists().where(Mention.conversation_id == Conversation.id, Mention.agent_id == caller.agent_id)
    return and_(Conversation.owner.in_(("agent", "queue")), named)


def _is_resolved_by(caller: Caller) -> ColumnElement:
    done = aliased(Handoff)
    by_caller = exists().where(
        done.conversation_id == Conversation.id, done.state == "resolved", done.agent_id == caller.agent_id
    )
    return and_(Conversation.owner == "closed", by_caller)


def _is_of_own_customer(caller: Caller) -> ColumnElement:
    """Talks, with nobody waiting in them, of a signed-in customer whom the agent answers now."""
    own = aliased(Conversation)
    answered = exists().where(
        own.customer_id == Conversation.customer_id, own.owner == "agent", own.agent_id == caller.agent_id
    )
    return and_(Conversation.owner.in_(("bot", "closed")), not_(_is_promised()), answered)


def _waits(caller: Caller) -> ColumnElement:
    return or_(
        and_(or_(Conversation.owner == "queue", _is_promised()), _is_for_teams_of(caller)),
        and_(Conversation.owner == "agent", _is_offered(caller)),
    )


def visibility(caller: Caller) -> ColumnElement:
    """The conversations an agent may look at, as a condition; needs no other table than conversations."""
    if caller.is_at_least("supervisor"):
        return Conversation.id.is_not(None)
    return or_(
        _is_own(caller),
        _waits(caller),
        _is_named_in(caller),
        _is_resolved_by(caller),
        _is_of_own_customer(caller),
    )


def _in_view(caller: Caller, view: View) -> ColumnElement:
    if view == "waiting":
        return _waits(caller)
    if view == "mine":
        return _is_own(caller)
    others = Conversation.owner == "agent" if caller.is_at_least("supervisor") else _is_named_in(caller)
    return or_(_waits(caller), _is_own(caller), others)


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
    offered = aliased(Transfer)
    transfer_id = select(func.max(offered.id)).where(offered.conversation_id == here, offered.state == "open")
    giver, taker, taking_team = aliased(Agent), aliased(Agent), aliased(Team)
    return (
        select(
            Conversation,
            Handoff,
            Message,
            Team,
            Agent.name.label("agent_name"),
            Customer.name.label("customer_name"),
            Transfer,
            giver.name.label("from_name"),
            taker.name.label("to_agent_name"),
            taking_team.name.label("to_team_name"),
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
        .outerjoin(Transfer, Transfer.id == transfer_id.scalar_subquery())
        .outerjoin(giver, giver.id == Transfer.from_agent_id)
        .outerjoin(taker, taker.id == Transfer.to_agent_id)
        .outerjoin(taking_team, taking_team.id == Transfer.to_team_id)
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


def _transfer(caller: Caller, row: Row) -> TransferOffer | None:
    transfer = row.Transfer
    if transfer is None or row.Conversation.owner != "agent":
        return None
    to_name = row.to_agent_name or (row.to_team_name.get_for(caller.language) if row.to_team_name else "")
    is_mine = transfer.from_agent_id == caller.agent_id
    return TransferOffer(transfer.id, row.from_name or "", to_name, transfer.note, is_mine)


def _entry(caller: Caller, row: Row, names: Names, labels: list[str]) -> Entry:
    conversation, handoff, message, team = row.Conversation, row.Handoff, row.Message, row.Team
    place = _place(caller, row)
    waits = handoff is not None and place == "waiting" and conversation.owner != "agent"
    is_offered = waits and handoff.offered_to == caller.agent_id
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
        waiting_since=handoff.requested_at if waits else None,
        accepted_at=handoff.accepted_at if handoff else None,
        last_text=preview(message.parts) if message else "",
        last_at=message.created_at if message else None,
        last_message_id=row.newest_id or 0,
        unread=row.unread if place == "mine" else 0,
        summary=readable(handoff.summary, names) if handoff else [],
        ranked_at=(handoff.callback_at or handoff.ranked_at) if waits else None,
        offered_until=handoff.offered_until if is_offered else None,
        transfer=_transfer(caller, row),
        wish=handoff.wish if handoff and handoff.state == "scheduled" else None,
        callback_at=handoff.callback_at if handoff and handoff.state == "scheduled" else None,
        contact=handoff.contact if handoff else None,
        snoozed_until=handoff.snoozed_until if handoff and place == "mine" else None,
        labels=labels,
    )


def _labels(session: Session, conversation_ids: list[str]) -> dict[str, list[str]]:
    rows = session.execute(
        select(ConversationLabel.conversation_id, ConversationLabel.label)
        .where(ConversationLabel.conversation_id.in_(conversation_ids))
        .order_by(ConversationLabel.label)
    )
    found: dict[str, list[str]] = {}
    for conversation_id, label in rows:
        found.setdefault(conversation_id, []).append(label)
    return found


def _anyone(role: str, team_ids: tuple[int, ...]) -> Caller:
    """Whoever has a role and teams, as a parameter `me` of a query."""
    return Caller(bindparam("me"), "", "", role, "", (), team_ids, "", "")


# Building these statements takes longer than running them, and a hundred agents at work read them all day.
@lru_cache(maxsize=512)
def _list_query(role: str, team_ids: tuple[int, ...], view: View) -> Select:
    me = _anyone(role, team_ids)
    turn = case((Conversation.owner == "queue", 0), (Conversation.agent_id == me.agent_id, 1), else_=2)
    query = _entries(me).where(_in_view(me, view))
    return query.order_by(turn, Handoff.ranked_at, Conversation.id).limit(LIST_LIMIT)


@lru_cache(maxsize=512)
def _lines_query(role: str, team_ids: tuple[int, ...]) -> Select:
    me = _anyone(role, team_ids)
    return _entries(me).where(Conversation.id.in_(bindparam("wanted", expanding=True)), _in_view(me, "all"))


@lru_cache(maxsize=512)
def _find_query(role: str, team_ids: tuple[int, ...]) -> Select:
    me = _anyone(role, team_ids)
    return _entries(me).where(Conversation.id == bindparam("wanted"), visibility(me))


@lru_cache(maxsize=512)
def _among_query(role: str, team_ids: tuple[int, ...]) -> Select:
    wanted = bindparam("wanted", expanding=True)
    newest = select(func.max(Message.id)).where(Message.conversation_id == Conversation.id).scalar_subquery()
    visible = visibility(_anyone(role, team_ids))
    return select(Conversation.id, newest.label("newest_id")).where(Conversation.id.in_(wanted), visible)


def _read(session: Session, caller: Caller, query: Select, values: dict[str, Any] | None = None) -> list[Entry]:
    rows = session.execute(query, {"me": caller.agent_id, **(values or {})}).all()
    names = Names(session, [row.Handoff.summary for row in rows if row.Handoff], caller.language)
    labels = _labels(session, [row.Conversation.id for row in rows])
    return [_entry(caller, row, names, labels.get(row.Conversation.id, [])) for row in rows]


def list_for(caller: Caller, view: View) -> list[Entry]:
    """The conversations of a view: those waiting in the order of turns, then the others, newest word first."""
    with reading() as session:
        entries = _read(session, caller, _list_query(caller.role, caller.team_ids, view))
    waiting = [entry for entry in entries if entry.place == "waiting"]
    taken = [entry for entry in entries if entry.place != "waiting"]
    return waiting + sorted(taken, key=lambda entry: -entry.last_message_id)


def lines_among(caller: Caller, conversation_ids: list[str]) -> list[Entry]:
    """Those of some conversations that are in the agent's lists now."""
    query = _lines_query(caller.role, caller.team_ids)
    with reading() as session:
        return _read(session, caller, query, {"wanted": conversation_ids})


def is_possible_id(text: str) -> bool:
    """Whether a text can be a conversation's id; others (with NULs, endless) never reach the database."""
    return _ID.fullmatch(text) is not None


def find(caller: Caller, conversation_id: str) -> Entry | None:
    """One conversation, or None when there is none such that the agent may see now."""
    if not is_possible_id(conversation_id):
        return None
    query = _find_query(caller.role, caller.team_ids)
    with reading() as session:
        return next(iter(_read(session, caller, query, {"wanted": conversation_id})), None)


def was_for(caller: Caller, conversation_id: str) -> bool:
    """Whether a conversation the agent cannot see (any more) is with a colleague of the same team.

    It tells an agent who was too late apart from one who has no business asking.
    """
    query = select(Conversation.id).where(
        Conversation.id == conversation_id, Conversation.owner == "agent", _is_for_teams_of(caller)
    )
    with reading() as session:
        return session.scalar(query) is not None


def messages(caller: Caller, conversation_id: str, after: int) -> list[dict[str, Any]]:
    """Messages of a conversation as the API gives them, one's own marked with `own`, files with where they are."""
    found = transcript.read(conversation_id, after)
    if not found:
        return found
    query = select(Message.id, Message.agent_id, Message.channel_message_id).where(
        Message.conversation_id == conversation_id, Message.id > after
    )
    with reading() as session:
        rows = {row.id: row for row in session.execute(query)}
        files = dealings.file_parts(session, conversation_id, [row.channel_message_id for row in rows.values()])
    for message in found:
        row = rows[message["id"]]
        if row.agent_id == caller.agent_id:
            message["own"] = True
        elif row.channel_message_id in files:
            message["parts"] = [*message["parts"], files[row.channel_message_id]]
    return found


def visible_among(caller: Caller, conversation_ids: list[str]) -> dict[str, int]:
    """Those of some conversations that the agent may see now, each with the id of its newest message."""
    if not conversation_ids:
        return {}
    query = _among_query(caller.role, caller.team_ids)
    with reading() as session:
        rows = session.execute(query, {"me": caller.agent_id, "wanted": conversation_ids})
        return {row.id: row.newest_id or 0 for row in rows}


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
