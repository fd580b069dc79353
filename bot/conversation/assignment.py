"""To whom a waiting conversation goes: the least loaded agent, the next one, another team, else an honest word.

`sweep` looks at everybody who waits, the most urgent first, and takes one step where one is due; a customer
whose agent went away without answering waits again first (see `left_alone`). It runs
every few seconds and whenever the queue changes, in any number of processes at once: each step is taken
under the conversation's lock and only if the handoff is still as it was seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from bot.clock import now
from bot.conversation import handoffs, left_alone, outside, ownership, staff, transcript
from bot.conversation.live import QUEUE, conversation_topic, hub
from bot.conversation.notices import locale_of, notice
from bot.conversation.staff import Hours, Member
from bot.db.models import Agent, Conversation, Handoff, HelpdeskTicket, Team
from bot.db.session import reading, writing
from bot.words.responses import responses

ASK_AGAIN_AFTER = timedelta(minutes=2)  # those who did not accept are asked again, once the customer was told
MOST_AT_ONCE = 500
ALL_BUSY_FOR = timedelta(minutes=10)  # everybody at work but none free: the customer is told after so long


@dataclass(frozen=True)
class Crew:
    """A team as the sweep sees it."""

    team_id: int
    languages: frozenset[str]
    hours: Hours
    offers: bool  # by least load; False: agents pick by hand
    accept_for: timedelta
    takes_overflow: bool
    outside: bool = False  # an outside help desk answers its customers

    def serves(self, language: str) -> bool:
        return not self.languages or language in self.languages


@dataclass(frozen=True)
class Case:
    """A waiting handoff as the sweep sees it."""

    handoff_id: int
    conversation_id: str
    language: str
    team_id: int | None
    offered_to: int | None
    offered_until: datetime | None
    declined: tuple[int, ...]
    teams_tried: tuple[int, ...]
    preferred: int | None
    waiting_since: datetime
    told_nobody_at: datetime | None
    tried_outside: bool = False  # the outside help desk could not be given it


@dataclass(frozen=True)
class Step:
    """What is to be done with a case; `declined` are those who were asked and did not accept, up to now."""

    kind: Literal["offer", "move", "tell", "withdraw", "hand_out"]
    declined: tuple[int, ...]
    agent_id: int | None = None
    team_id: int | None = None
    until: datetime | None = None


def decide(case: Case, crews: dict[int, Crew], members: Sequence[Member], moment: datetime) -> Step | None:
    """The next step for a case; None while there is nothing to do but wait. Knows no database."""
    declined = case.declined
    crew = crews.get(case.team_id) if case.team_id is not None else None
    if crew is not None and crew.outside and not case.tried_outside:
        return Step("hand_out", declined)
    if case.offered_to is not None:
        there = any(member.agent_id == case.offered_to for member in members)
        if there and case.offered_until is not None and case.offered_until > moment:
            return None
        declined = (*declined, case.offered_to)
    mine = [member for member in members if member.serves(case.team_id, case.language)]
    unasked = [member for member in mine if member.agent_id not in declined]
    picked = crew is not None and not crew.offers
    if picked and mine and moment - case.waiting_since < crew.accept_for:  # type: ignore[union-attr]
        return None
    if unasked and not picked:
        chosen = _choose(unasked, case.preferred)
        if chosen is not None:
            return Step("offer", declined, agent_id=chosen, until=moment + _patience(crew))
        if moment - case.waiting_since < ALL_BUSY_FOR:
            return _withdrawn(case, declined)
    other = (None if mine else _home(case, crews, members)) or _other_team(case, crews, members, moment)
    if other is not None:
        return Step("move", (), team_id=other)
    if case.told_nobody_at is None:
        return Step("tell", declined)
    if declined and moment - case.told_nobody_at > ASK_AGAIN_AFTER and mine and not unasked:
        return Step("withdraw", ())
    return _withdrawn(case, declined)


def _withdrawn(case: Case, declined: tuple[int, ...]) -> Step | None:
    return Step("withdraw", declined) if case.offered_to is not None else None


def _patience(crew: Crew | None) -> timedelta:
    return crew.accept_for if crew else timedelta(minutes=1)


def _choose(members: Sequence[Member], preferred: int | None) -> int | None:
    """The agent who had the customer before, else the least loaded, of those the one who got nothing for longest."""
    free = [member for member in members if member.is_free]
    if any(member.agent_id == preferred for member in free):
        return preferred
    least = min(
        free,
        key=lambda member: (member.load, member.assigned_at.timestamp() if member.assigned_at else 0.0),
        default=None,
    )
    return least.agent_id if least else None


def _home(case: Case, crews: dict[int, Crew], members: Sequence[Member]) -> int | None:
    """The team that the customer was for, when somebody of its own is free again and nobody of the one helping out is left.

    It is left for each other team once at most, so that a case does not go to and fro.
    """
    home = next((team for team in case.teams_tried if team in crews), None)
    if home is None or home == case.team_id:
        return None
    return home if any(member.serves(home, case.language) and member.is_free for member in members) else None


def _other_team(case: Case, crews: dict[int, Crew], members: Sequence[Member], moment: datetime) -> int | None:
    """A team that helps out: open, of the customer's language, with somebody free who was not asked."""
    for crew in crews.values():
        if crew.team_id == case.team_id or crew.team_id in case.teams_tried or not crew.takes_overflow:
            continue
        asked = {*case.declined, case.offered_to}
        hands = [m for m in members if m.serves(crew.team_id, case.language) and m.is_free and m.agent_id not in asked]
        if hands and crew.serves(case.language) and crew.hours.is_open(moment):
            return crew.team_id
    return None


def _crews(session: Session) -> dict[int, Crew]:
    teams = session.scalars(select(Team).where(Team.active.is_(True)).order_by(Team.id))
    return {
        team.id: Crew(
            team_id=team.id,
            languages=frozenset(team.languages or ()),
            hours=staff.hours_of(session, team),
            offers=team.assignment != "pick",
            accept_for=timedelta(seconds=team.accept_seconds),
            takes_overflow=team.takes_overflow,
            outside=outside.is_for(team),
        )
        for team in teams
    }


def _cases(session: Session) -> list[Case]:
    tried_outside = exists().where(HelpdeskTicket.handoff_id == Handoff.id, HelpdeskTicket.state == "failed")
    rows = session.execute(
        select(Handoff, Conversation.language, tried_outside.label("tried_outside"))
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .where(Handoff.state == "waiting", Conversation.owner == "queue")
        .order_by(Handoff.ranked_at, Handoff.id)
        .limit(MOST_AT_ONCE)
    )
    return [
        Case(
            handoff_id=handoff.id,
            conversation_id=handoff.conversation_id,
            language=language,
            team_id=handoff.team_id,
            offered_to=handoff.offered_to,
            offered_until=handoff.offered_until,
            declined=tuple(handoff.declined),
            teams_tried=tuple(handoff.teams_tried),
            preferred=handoff.preferred_agent_id,
            waiting_since=handoff.requested_at,
            told_nobody_at=handoff.told_nobody_at,
            tried_outside=bool(tried),
        )
        for handoff, language, tried in rows
    ]


def sweep() -> int:
    """Take every step that is due; how many were taken."""
    taken = left_alone.bring_back()
    with reading() as session:
        cases = _cases(session)
        if not cases:
            return taken
        crews, members = _crews(session), staff.at_work(session)
    for case in cases:
        step = decide(case, crews, members, now())
        if step is not None and _take(case, step):
            taken += 1
            if step.agent_id is not None:
                members = [replace(m, load=m.load + 1) if m.agent_id == step.agent_id else m for m in members]
            hub().publish(conversation_topic(case.conversation_id))
    if taken:
        hub().publish(QUEUE)
    return taken


def _take(case: Case, step: Step) -> bool:
    """Take a step, if the handoff is still as it was seen."""
    with writing() as session:
        conversation = transcript.lock(session, case.conversation_id)
        handoff = session.get(Handoff, case.handoff_id)
        if conversation is None or handoff is None or handoff.state != "waiting" or conversation.owner != "queue":
            return False
        seen = (case.offered_to, case.team_id, case.declined)
        if (handoff.offered_to, handoff.team_id, tuple(handoff.declined)) != seen:
            return False
        handoff.declined = list(dict.fromkeys(step.declined))
        handoff.offered_to, handoff.offered_until = step.agent_id, step.until
        if step.kind == "offer":
            session.execute(update(Agent).where(Agent.id == step.agent_id).values(assigned_at=now()))
        elif step.kind == "move":
            _move_team(session, conversation, handoff, step.team_id)
        elif step.kind == "tell":
            tell_nobody(session, conversation, handoff)
        elif step.kind == "hand_out":
            return ownership.hand_out(session, conversation, handoff)
    return True


def _move_team(session: Session, conversation: Any, handoff: Handoff, team_id: int | None) -> None:
    handoff.teams_tried = [*handoff.teams_tried, *([handoff.team_id] if handoff.team_id else [])]
    handoff.team_id = team_id
    session.execute(update(Conversation).where(Conversation.id == conversation.id).values(team_id=team_id))
    team = session.get(Team, team_id)
    name = team.name.get_for(conversation.language) if team else ""
    notice(session, conversation, "utter_handoff_other_team", team=name)


def tell_nobody(session: Session, conversation: Any, handoff: Handoff) -> None:
    """Say honestly that nobody can take over now, and offer a call, an answer by e-mail, a message, or the bot."""
    handoff.told_nobody_at = now()
    team = session.get(Team, handoff.team_id) if handoff.team_id else None
    hours = staff.hours_of(session, team) if team else None
    locale = locale_of(conversation)
    opening = None if hours is None or hours.is_open(now()) else hours.next_opening(now())
    if opening is None:
        notice(session, conversation, "utter_nobody_there", buttons=choices(conversation))
        return
    today = now().astimezone(opening.tzinfo).date()
    notice(
        session,
        conversation,
        "utter_team_closed",
        buttons=choices(conversation),
        day=locale.day(opening.date(), today),
        time=locale.time(opening),
    )


def choices(conversation: Any) -> list[dict[str, str]]:
    """What a customer may choose instead of waiting."""
    offered = (
        ("label_call_me_back", "/call_me_back{}"),
        ("label_answer_by_email", "/answer_by_email{}"),
        ("label_leave_message", "/leave_message{}"),
        ("label_back_to_bot", "/return_to_bot{}"),
    )
    return [
        {"label": responses().render(label, conversation.language, {}).text, "payload": payload}
        for label, payload in offered
    ]


def welcome(session: Session, conversation: Any) -> None:
    """Tell a customer who has just entered the queue the place and the expected wait, or that nobody is there.

    Args:
        conversation: the row as it was before entering, which holds the language to say it in.
    """
    handoff = handoffs.current(session, conversation.id)
    team = session.get(Team, handoff.team_id) if handoff.team_id else None
    if outside.is_for(team):
        return  # says so itself, when it is given the conversation
    place = handoffs.position(session, conversation.id) or 1
    handoff.place_at_entry = place
    members, moment = staff.at_work(session), now()
    crews = _crews(session)
    there = any(member.serves(handoff.team_id, conversation.language) for member in members)
    is_open = team is None or (team.id in crews and crews[team.id].hours.is_open(moment))
    case = Case(
        handoff.id, conversation.id, conversation.language, handoff.team_id, None, None, (), (), None, moment, None
    )
    if not (there and is_open) and _other_team(case, crews, members, moment) is None:
        tell_nobody(session, conversation, handoff)
        return
    locale = locale_of(conversation)
    wait = handoffs.expected_wait(session, handoff.team_id, place)
    if wait is None:
        notice(session, conversation, "utter_queue_position", position=locale.number(place))
        return
    minutes = locale.counted("minute", max(1, round(wait.total_seconds() / 60)))
    notice(session, conversation, "utter_queue_wait", position=locale.number(place), wait=minutes)


def decline(conversation_id: str, agent_id: int) -> bool:
    """An agent passes on an offer; the next one is asked. False when it was not offered to the agent."""
    with writing() as session:
        if transcript.lock(session, conversation_id) is None:
            return False
        handoff = handoffs.current(session, conversation_id)
        if handoff is None or handoff.state != "waiting" or handoff.offered_to != agent_id:
            return False
        handoff.declined = [*handoff.declined, agent_id]
        handoff.offered_to = handoff.offered_until = None
    hub().publish(QUEUE)
    return True
