"""Who answers a conversation: the bot, the queue, one agent, or nobody. Changed by compare-and-set only.

Called by the desk for agents and by the gateway for a customer who goes back to the bot.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from bot.clock import now
from bot.conversation import handoffs, outside, staff, transcript
from bot.conversation.errors import NotFound, NotOwner
from bot.conversation.live import QUEUE, conversation_topic, hub
from bot.conversation.notices import notice
from bot.db.models import Agent, Conversation, CustomerMark, Handoff, Inbox, Interaction, Message, Team, Transfer
from bot.db.session import writing
from bot.insight import events
from bot.insight.interactions import WON

__all__ = [
    "NotFound",
    "NotOwner",
    "accept",
    "accept_transfer",
    "agent_says",
    "bring_back",
    "give_back",
    "hand_out",
    "leave_queue",
    "offer_transfer",
    "reassign",
    "resolve",
    "returns",
    "snooze",
    "take_over",
]

# What a customer says when all is well: no reason to call a person back.
COURTESIES = frozenset({"thanks", "goodbye", "greet", "affirm", "deny"})

TOPIC_ENDS = frozenset({"solved", "sold"})  # outcomes that a topic knows too


def _move(
    session: Session,
    conversation: Any,
    owner: str,
    agent_id: int | None,
    team_id: int | None = None,
    *,
    desk: Literal["told", "knows", "stays"] = "told",
) -> bool:
    """Change the owner of a locked conversation, if nobody did since it was read.

    Args:
        desk: whether an outside help desk that had it is told, knows, or goes on with it later.
    """
    changes: dict[str, Any] = {"team_id": team_id} if team_id is not None else {}
    changed = session.execute(
        update(Conversation)
        .where(Conversation.id == conversation.id, Conversation.owner_version == conversation.owner_version)
        .values(
            owner=owner, agent_id=agent_id, owner_version=conversation.owner_version + 1, updated_at=now(), **changes
        )
    )
    if changed.rowcount != 1:
        return False
    if conversation.owner == "agent":  # whatever the former owner had offered to others is void
        session.execute(
            update(Transfer)
            .where(Transfer.conversation_id == conversation.id, Transfer.state == "open")
            .values(state="cancelled", ended_at=now())
        )
    if desk != "stays":
        outside.close(session, conversation.id, but_of=agent_id, tell=desk == "told")
    return True


def _tell(conversation_id: str) -> None:
    hub().publish(conversation_topic(conversation_id))
    hub().publish(QUEUE)


def _settle(session: Session, conversation_id: str) -> None:
    session.execute(
        update(Inbox)
        .where(Inbox.conversation_id == conversation_id, Inbox.state == "human")
        .values(state="answered", settled_at=now())
    )


def _hand_pending_to_agent(session: Session, conversation_id: str) -> None:
    """What the bot still owed an answer to is now the agent's to answer."""
    session.execute(
        update(Inbox)
        .where(Inbox.conversation_id == conversation_id, Inbox.state == "pending")
        .values(state="human", settled_at=None)
    )


def _name_of(session: Session, agent_id: int) -> str:
    return session.execute(select(Agent.name).where(Agent.id == agent_id)).scalar() or ""


def _mark_accepted(session: Session, conversation_id: str, agent_id: int, *states: str) -> None:
    session.execute(
        update(Handoff)
        .where(Handoff.conversation_id == conversation_id, Handoff.state.in_(states))
        .values(
            state="accepted",
            # Who takes it from a colleague that has answered ends no wait.
            accepted_at=case((Handoff.first_reply_at.is_not(None), Handoff.accepted_at), else_=now()),
            agent_id=agent_id,
            offered_to=None,
            offered_until=None,
        )
    )
    session.execute(update(Agent).where(Agent.id == agent_id).values(assigned_at=now()))


def accept(conversation_id: str, agent_id: int) -> bool:
    """queue → agent, or bot → agent where the team promised to come back.

    False when it is not waiting any more: somebody else was first, or the customer left.
    """
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None:
            return False
        state = {"queue": "waiting", "bot": "scheduled", "closed": "scheduled"}.get(conversation.owner)
        handoff = session.execute(
            select(Handoff.id).where(Handoff.conversation_id == conversation_id, Handoff.state == state)
        ).first()
        if handoff is None or not _move(session, conversation, "agent", agent_id):
            return False
        _hand_pending_to_agent(session, conversation_id)
        _mark_accepted(session, conversation_id, agent_id, "waiting", "scheduled")
        notice(session, conversation, "utter_agent_joined", agent=_name_of(session, agent_id))
        events.emit(session, "handoff.accepted", {"conversation_id": conversation_id, "agent_id": agent_id})
    _tell(conversation_id)
    return True


def hand_out(session: Session, conversation: Any, handoff: Handoff) -> bool:
    """queue → the outside help desk of the team, of a locked conversation. False when it is not waiting any more."""
    agent_id = outside.account(session)
    if conversation.owner != "queue" or not _move(session, conversation, "agent", agent_id):
        return False
    _hand_pending_to_agent(session, conversation.id)
    _mark_accepted(session, conversation.id, agent_id, "waiting", "scheduled")
    team = session.get(Team, handoff.team_id)
    notice(session, conversation, "utter_with_outside_desk", team=team.name.get_for(conversation.language))
    outside.open_ticket(session, conversation, handoff.id, agent_id)
    events.emit(session, "handoff.accepted", {"conversation_id": conversation.id, "agent_id": agent_id})
    return True


def take_over(conversation_id: str, agent_id: int, *, only_from: Collection[str] | None = None) -> bool:
    """anybody → agent, by a supervisor. A bot's turn in flight is not delivered. False when it is gone or one's own.

    Args:
        only_from: owners it may be taken from; everybody if None.
    """
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None or (conversation.owner == "agent" and conversation.agent_id == agent_id):
            return False
        if only_from is not None and conversation.owner not in only_from:
            return False
        if not _move(session, conversation, "agent", agent_id):
            return False
        _hand_pending_to_agent(session, conversation_id)
        _assign_handoff(session, conversation, agent_id)
        notice(session, conversation, "utter_agent_joined", agent=_name_of(session, agent_id))
    _tell(conversation_id)
    return True


def _assign_handoff(session: Session, conversation: Any, agent_id: int) -> None:
    """The open handoff goes on with another agent; where a supervisor steps in uncalled, there is one from now."""
    if handoffs.current(session, conversation.id) is None:
        newest = transcript.newest_customer_message(session, conversation.id)
        taken = select(Handoff.id).where(Handoff.conversation_id == conversation.id, Handoff.message_id == newest)
        if session.execute(taken).first() is not None:
            session.execute(
                update(Handoff)
                .where(Handoff.conversation_id == conversation.id, Handoff.message_id == newest)
                .values(state="waiting", ended_at=None, outcome=None)
            )
        else:
            handoffs.add(session, conversation.id, newest, conversation.team_id, "taken_over", {})
    _mark_accepted(session, conversation.id, agent_id, "requested", "waiting", "scheduled", "accepted")


def reassign(conversation_id: str, agent_id: int | None, team_id: int | None) -> bool:
    """A supervisor gives a conversation to an agent, or puts it in a team's queue. False when nobody is to have it."""
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None or conversation.owner not in ("queue", "agent"):
            return False
        if agent_id is not None:
            if not _move(session, conversation, "agent", agent_id):
                return False
            _assign_handoff(session, conversation, agent_id)
            notice(session, conversation, "utter_agent_joined", agent=_name_of(session, agent_id))
        else:
            team = session.get(Team, team_id)
            if team is None or not _to_queue(session, conversation, team_id):
                return False
            name = team.name.get_for(conversation.language)
            notice(session, conversation, "utter_handoff_other_team", team=name)
    _tell(conversation_id)
    return True


def _to_queue(session: Session, conversation: Any, team_id: int | None, preferred: int | None = None) -> bool:
    """A locked conversation waits in a team's queue as if nobody had been asked yet; False when somebody changed it."""
    if not _move(session, conversation, "queue", None, team_id):
        return False
    _settle(session, conversation.id)
    session.execute(
        update(Handoff)
        .where(Handoff.conversation_id == conversation.id, Handoff.state.in_(("waiting", "accepted")))
        .values(
            state="waiting",
            team_id=team_id,
            agent_id=None,
            offered_to=None,
            offered_until=None,
            snoozed_until=None,
            declined=[],
            teams_tried=[],
            told_nobody_at=None,
            place_at_entry=None,  # this wait is no measure of how long one waits
            preferred_agent_id=preferred,
        )
    )
    return True


def bring_back(conversation_id: str, is_left_alone: Callable[[Session], bool]) -> bool:
    """agent → queue, of a customer whose agent went away without a word. False when the agent has answered, or is back.

    Args:
        is_left_alone: asked again under the conversation's lock.
    """
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None or conversation.owner != "agent" or not is_left_alone(session):
            return False
        former = conversation.agent_id
        if not _to_queue(session, conversation, conversation.team_id, preferred=former):
            return False
        notice(session, conversation, "utter_agent_gone", agent=_name_of(session, former))
    _tell(conversation_id)
    return True


def offer_transfer(
    conversation_id: str, agent_id: int, to_agent_id: int | None, to_team_id: int | None, note: str
) -> bool:
    """The owner offers the conversation to a colleague or a team, and stays the owner until somebody accepts."""
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None or conversation.owner != "agent" or conversation.agent_id != agent_id:
            return False
        session.execute(
            update(Transfer)
            .where(Transfer.conversation_id == conversation_id, Transfer.state == "open")
            .values(state="cancelled", ended_at=now())
        )
        outside.close(session, conversation_id, but_of=agent_id, tell=True)
        session.add(
            Transfer(
                conversation_id=conversation_id,
                from_agent_id=agent_id,
                to_agent_id=to_agent_id,
                to_team_id=to_team_id,
                note=note,
            )
        )
        if to_team_id is not None:
            outside.offer(session, conversation, session.get(Team, to_team_id))
    _tell(conversation_id)
    return True


def accept_transfer(transfer_id: int, agent_id: int) -> bool:
    """agent → agent. The customer's next message goes to the new owner, and nobody else.

    Whether this agent is meant is the caller's to check. False when the offer does not stand any more.
    """
    with writing() as session:
        offered = session.get(Transfer, transfer_id)
        conversation = transcript.lock(session, offered.conversation_id) if offered is not None else None
        if offered is None or conversation is None:
            return False
        session.refresh(offered)  # as it is under the lock
        owned = conversation.owner == "agent" and conversation.agent_id == offered.from_agent_id
        if offered.state != "open" or not owned or agent_id == offered.from_agent_id:
            return False
        offered.state, offered.accepted_by, offered.ended_at = "accepted", agent_id, now()
        session.flush()
        if not _move(session, conversation, "agent", agent_id, offered.to_team_id):
            return False
        _mark_accepted(session, conversation.id, agent_id, "accepted")
        outside.catch_up(session, conversation.id, agent_id)
        notice(session, conversation, "utter_agent_changed", agent=_name_of(session, agent_id))
    _tell(conversation.id)
    return True


def end_transfer(transfer_id: int, state: str) -> bool:
    """Decline (the other side) or cancel (one's own side) an offer. False when it does not stand any more."""
    with writing() as session:
        ended = session.execute(
            update(Transfer)
            .where(Transfer.id == transfer_id, Transfer.state == "open")
            .values(state=state, ended_at=now())
        )
        query = select(Transfer.conversation_id, Transfer.from_agent_id).where(Transfer.id == transfer_id)
        conversation_id, agent_id = session.execute(query).first() or (None, None)
        if ended.rowcount == 1:
            outside.close(session, str(conversation_id), but_of=agent_id, tell=state == "cancelled")
    if ended.rowcount == 1:
        _tell(str(conversation_id))
    return ended.rowcount == 1


def snooze(conversation_id: str, agent_id: int, until: datetime | None) -> bool:
    """Put a conversation off until a moment or the customer's next message; None takes it up again."""
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None or conversation.owner != "agent" or conversation.agent_id != agent_id:
            return False
        session.execute(
            update(Handoff)
            .where(Handoff.conversation_id == conversation_id, Handoff.state == "accepted")
            .values(snoozed_until=until)
        )
    _tell(conversation_id)
    return True


def _end(conversation_id: str, agent_id: int, owner: str, state: str, outcome: str | None, response: str) -> bool:
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None or conversation.owner != "agent" or conversation.agent_id != agent_id:
            return False
        if not _move(session, conversation, owner, None, desk="knows"):
            return False
        _close_topic(session, conversation_id, outcome)
        session.execute(
            update(Handoff)
            .where(Handoff.conversation_id == conversation_id, Handoff.state == "accepted")
            .values(state=state, ended_at=now(), outcome=outcome, snoozed_until=None)
        )
        _settle(session, conversation_id)
        notice(session, conversation, response)
        told = {"conversation_id": conversation_id, "agent_id": agent_id, "outcome": outcome}
        events.emit(session, f"handoff.{state}", told)
    _tell(conversation_id)
    return True


def _close_topic(session: Session, conversation_id: str, outcome: str | None) -> None:
    """The topic that the customer was at when a person came ended with that person, and as the person says."""
    accepted = select(func.max(Handoff.message_id)).where(
        Handoff.conversation_id == conversation_id, Handoff.state == "accepted"
    )
    handed_over = case((Interaction.outcome == "handed_over", 1), else_=0)
    topic = session.scalars(
        select(Interaction)
        .where(Interaction.conversation_id == conversation_id, Interaction.opened_by <= accepted.scalar_subquery())
        .order_by(Interaction.last_message_id.desc(), handed_over.desc(), Interaction.id.desc())
        .limit(1)
    ).first()
    if topic is None:
        return
    topic.handled_by, topic.ended_at = "both", now()
    if outcome == "sold" or (outcome in TOPIC_ENDS and topic.outcome not in WON):
        topic.outcome = outcome
    elif topic.outcome == "open":
        topic.outcome = "handed_over"


def give_back(conversation_id: str, agent_id: int) -> bool:
    """agent → bot. False when the agent does not own it."""
    return _end(conversation_id, agent_id, "bot", "returned", None, "utter_agent_left_to_bot")


def resolve(conversation_id: str, agent_id: int, outcome: str) -> bool:
    """agent → closed, with an outcome. The customer's next message opens it again (see `returns`)."""
    return _end(conversation_id, agent_id, "closed", "resolved", outcome, "utter_conversation_resolved")


def leave_queue(conversation_id: str) -> bool:
    """queue → bot, at the customer's wish. False when it is not waiting.

    Who waits for an outside help desk goes on with the bot too; the desk's answer is still promised.
    """
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None:
            return False
        waits_outside = outside.answers(session, conversation)
        if not waits_outside and conversation.owner != "queue":
            return False
        if not _move(session, conversation, "bot", None, desk="stays"):
            return False
        if waits_outside:
            _promise(session, conversation)
        session.execute(
            update(Handoff)
            .where(Handoff.conversation_id == conversation_id, Handoff.state == "waiting")
            .values(state="cancelled", ended_at=now(), offered_to=None, offered_until=None)
        )
        notice(session, conversation, "utter_back_from_desk" if waits_outside else "utter_back_with_bot")
    _tell(conversation_id)
    return True


def _promise(session: Session, conversation: Any) -> None:
    outside.left(session, conversation)
    session.execute(
        update(Handoff)
        .where(Handoff.conversation_id == conversation.id, Handoff.state == "accepted")
        .values(state="scheduled", wish="message")
    )
    _settle(session, conversation.id)


def returns(session: Session, conversation: Any, message_id: int, intent: str | None) -> bool:
    """Whether a message brings a resolved conversation back to people; then a handoff is asked for.

    The policy: within the team's `reopen_minutes` after an agent resolved it, whatever is more than a
    courtesy goes to the same agent if at work, else to the team if anybody of it is. Later, and after spam,
    the bot answers; and what the bot has begun to answer since then, it goes on answering.
    """
    if conversation.team_id is None or intent is None or intent in COURTESIES:
        return False
    last = session.execute(
        select(Handoff, Team)
        .outerjoin(Team, Team.id == Handoff.team_id)
        .where(Handoff.conversation_id == conversation.id)
        .order_by(Handoff.id.desc())
        .limit(1)
    ).first()
    if last is None or last.Handoff.state != "resolved" or last.Handoff.outcome == "spam":
        return False
    ended, minutes = last.Handoff.ended_at, last.Team.reopen_minutes if last.Team else 0
    if ended is None or now() - ended > timedelta(minutes=minutes):
        return False
    raised = select(Message.id).where(
        Message.conversation_id == conversation.id,
        Message.id < message_id,
        Message.created_at > ended,
        Message.intent.is_not(None),
        Message.intent.not_in(COURTESIES),
    )
    there = any(member.serves(last.Handoff.team_id, conversation.language) for member in staff.at_work(session))
    if not (there or outside.is_for(last.Team)) or session.execute(raised.limit(1)).first() is not None:
        return False
    summary = {**last.Handoff.summary, "reopened": True}
    handoffs.add(session, conversation.id, message_id, last.Handoff.team_id, "reopened", summary, last.Handoff.severity)
    session.execute(
        update(Handoff)
        .where(Handoff.conversation_id == conversation.id, Handoff.message_id == message_id)
        .values(preferred_agent_id=last.Handoff.agent_id)
    )
    return True


def agent_says(
    conversation_id: str,
    agent_id: int,
    parts: list[dict[str, Any]] | Callable[[Session], list[dict[str, Any]]],
    client_message_id: str | None = None,
) -> int:
    """Add an agent's message; its id. The same `client_message_id` again gives the id of the first.

    Args:
        parts: of the message, or what makes them in the same transaction, once it is known that they may be sent.

    Raises:
        NotFound: no such conversation.
        NotOwner: the agent does not own it.
    """
    with writing() as session:
        conversation = transcript.lock(session, conversation_id)
        if conversation is None:
            raise NotFound(conversation_id)
        key = f"agent:{agent_id}:{client_message_id}" if client_message_id else None
        if key:
            said = session.execute(
                select(Message.id).where(Message.conversation_id == conversation_id, Message.channel_message_id == key)
            ).scalar()
            if said is not None:
                return int(said)
        if conversation.owner != "agent" or conversation.agent_id != agent_id:
            raise NotOwner(conversation_id)
        made = parts(session) if callable(parts) else parts
        message_id = transcript.append(session, conversation, "agent", made, agent_id=agent_id, channel_message_id=key)
        _settle(session, conversation_id)
        session.execute(
            update(Handoff)
            .where(
                Handoff.conversation_id == conversation_id,
                Handoff.state == "accepted",
                Handoff.first_reply_at.is_(None),
            )
            .values(first_reply_at=now())
        )
        session.execute(
            update(CustomerMark).where(CustomerMark.conversation_id == conversation_id).values(agent_typed_at=None)
        )
    _tell(conversation_id)
    return message_id
