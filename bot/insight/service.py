"""Service measures: what was solved, by whom, how fast and how well. docs/measures.md defines each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Integer, and_, case, cast, func, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Select

from bot.db.models import Conversation, Handoff, Interaction, Message, Satisfaction, Team, Ticket
from bot.insight import talks, topics
from bot.insight.figures import Measure, Scope
from bot.insight.sql import as_list, seconds
from bot.insight.working_hours import WorkingHours

AGAIN_WITHIN = 7 * 24 * 3600  # seconds in which the same topic counts as the same matter
KINDS = ("topic", "channel", "language", "outcome")  # what topics are told apart by in tables
GOOD = 4  # stars from which a customer is satisfied


def _judged(raised: Any) -> Any:
    """The customer's own word on a topic, 1 or 0: the newest answer to "is it solved?"; null without one."""
    return (
        select(cast(Satisfaction.solved, Integer))
        .where(
            Satisfaction.conversation_id == raised.conversation_id,
            Satisfaction.topic == raised.topic,
            Satisfaction.message_id >= raised.opened_by,
        )
        .order_by(Satisfaction.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _said_next(raised: Any) -> Any:
    """Intent of what the customer wrote straight after a topic; null after silence."""
    return (
        select(Message.intent)
        .where(
            Message.conversation_id == raised.conversation_id,
            Message.author == "customer",
            Message.id > raised.last_message_id,
        )
        .order_by(Message.id)
        .limit(1)
        .scalar_subquery()
    )


def _ticket_solved(raised: Any) -> Any:
    return (
        select(Ticket.id)
        .where(
            Ticket.conversation_id == raised.conversation_id,
            Ticket.topic == raised.topic,
            Ticket.state == "solved",
        )
        .exists()
    )


def resolved(raised: Any = Interaction) -> Any:
    """Whether a topic raised is solved, 1 or 0. Without a sign of it, it is not: silence solves nothing."""
    signs = case(
        (raised.outcome.in_(("solved", "sold")), 1),
        (and_(raised.outcome == "answered", _said_next(raised) == "thanks"), 1),
        (and_(raised.outcome == "ticket", _ticket_solved(raised)), 1),
        else_=0,
    )
    return func.coalesce(_judged(raised), signs)


def _neighbours(whose: Any) -> tuple[Any, Any]:
    """Whether the same topic was raised within a week before, and after, in what `whose` tells apart."""
    window = {"partition_by": [whose, Interaction.topic], "order_by": [Interaction.started_at, Interaction.id]}
    earlier = func.lag(Interaction.started_at).over(**window)
    later = func.lead(Interaction.started_at).over(**window)
    return (
        case((seconds(Interaction.started_at) - seconds(earlier) <= AGAIN_WITHIN, 1), else_=0).label("before"),
        case((seconds(later) - seconds(Interaction.started_at) <= AGAIN_WITHIN, 1), else_=0).label("again"),
    )


def _around(scope: Scope, *conditions: Any) -> Any:
    """Of service topics in the period and a week around it."""
    week = timedelta(seconds=AGAIN_WITHIN)
    return and_(
        Interaction.started_at >= scope.period.start - week,
        Interaction.started_at < scope.period.end + week,
        Interaction.side == "service",
        *conditions,
    )


def _share(query: Select, condition: Any) -> Select:
    """A query whose rows are the denominator, and those of a condition the numerator."""
    one = query.add_columns(case((condition, 1), else_=0).label("hit")).subquery()
    return select(func.sum(one.c.hit).label("numerator"), func.count().label("denominator"))


def _csat(scope: Scope) -> Select:
    rated = select(Satisfaction.id).where(scope.period.holds(Satisfaction.at), Satisfaction.rating.is_not(None))
    return _share(rated, Satisfaction.rating >= GOOD)


def solving(scope: Scope) -> Select:
    """Service topics of the period: how many, and how many of them were resolved, by the bot alone, at first, again.

    A row for each of `KINDS`, so that tables need not ask again. The same matter is the same topic in the same conversation, and the same topic about the same order.
    """
    near = select(Interaction, *_neighbours(Interaction.conversation_id)).where(_around(scope)).subquery("near")
    topic = aliased(Interaction, near)
    about_order = (
        select(Interaction.id, *_neighbours(Interaction.order_number))
        .where(_around(scope, Interaction.order_number.is_not(None)))
        .subquery("about_order")
    )
    alone = and_(topic.handled_by == "bot", topic.outcome.not_in(("handed_over", "ticket")))

    def either(name: str) -> Any:
        return case((or_(near.c[name] == 1, about_order.c[name] == 1), 1), else_=0).label(name)

    one = (
        select(
            *(getattr(topic, kind) for kind in KINDS),
            resolved(topic).label("resolved"),
            case((alone, 1), else_=0).label("alone"),
            either("before"),
            either("again"),
        )
        .outerjoin(about_order, about_order.c.id == topic.id)
        .where(scope.period.holds(topic.started_at))
        .offset(0)  # looked up once for each topic: merged into the sums, it would be once for each sum
        .subquery("one")
    )
    first, kinds = 1 - one.c.before, [one.c[kind] for kind in KINDS]
    return select(
        *kinds,
        func.count().label("topics"),
        func.sum(one.c.resolved).label("resolved"),
        func.sum(one.c.resolved * one.c.alone).label("alone"),
        func.sum(first).label("first"),
        func.sum(first * one.c.resolved * (1 - one.c.again)).label("at_first"),
        func.sum(one.c.resolved * one.c.again).label("reopened"),
    ).group_by(*kinds)


def _average_handling_time(scope: Scope) -> Select:
    took = seconds(Handoff.ended_at) - seconds(Handoff.accepted_at)
    return select(func.sum(took).label("numerator"), func.count(took).label("denominator")).where(
        scope.period.holds(Handoff.ended_at), Handoff.accepted_at.is_not(None), Handoff.ended_at >= Handoff.accepted_at
    )


def _first_response_time(scope: Scope) -> Select:
    """From a conversation's first message to the first answer, by bot or person."""
    took = seconds(Conversation.answered_at) - seconds(Conversation.asked_at)
    return select(func.sum(took).label("numerator"), func.count(took).label("denominator")).where(
        scope.period.holds(Conversation.created_at), Conversation.answered_at >= Conversation.asked_at
    )


def waited_for() -> Any:
    """Whether a customer waited for a person: not where an answer later was agreed on, or one stepped in uncalled."""
    return and_(Handoff.wish.is_(None), Handoff.reason != talks.TAKEN_OVER)


def waits(scope: Scope) -> Select:
    """How long customers waited for people: a row for each team with its hours, and three lists of equal length.

    `asked`, `accepted` and `replied` hold moments in seconds since 1970; null where it has not come to that.
    """
    moments = {"asked": Handoff.requested_at, "accepted": Handoff.accepted_at, "replied": Handoff.first_reply_at}
    return (
        select(
            Team.timezone,
            Team.hours,
            Team.holidays,
            *(as_list(seconds(moment)).label(name) for name, moment in moments.items()),
        )
        .select_from(Handoff)
        .outerjoin(Team, Team.id == Handoff.team_id)
        .where(scope.period.holds(Handoff.requested_at), waited_for())
        .group_by(Team.id)
    )


def _waited(row: Any, until: str) -> list[tuple[float, float]]:
    """Waits of a team that came to an end; those whose clock ran backwards are left out."""
    pairs = zip(msgspec.json.decode(row.asked), msgspec.json.decode(row._mapping[until]))
    return [(asked, ended) for asked, ended in pairs if ended is not None and ended >= asked]


def _until(name: str, until: str, *, working: bool = False) -> Measure:
    """The measure of waits until a moment, by the wall clock or in the team's working hours."""

    def fold(rows: list[Any], default: ZoneInfo) -> tuple[float, float]:
        total, count = 0.0, 0
        for row in rows:
            of_team = _waited(row, until)
            if working:
                total += WorkingHours.of(row.timezone, row.hours, row.holidays, default).seconds_of(of_team)
            else:
                total += sum(ended - asked for asked, ended in of_team)
            count += len(of_team)
        return total, count

    return Measure(name, "service", "seconds", waits, fold=fold)


def breached(scope: Scope) -> Any:
    """Whether a wait for a person was, or already is, longer than its team promises."""
    until = func.coalesce(seconds(Handoff.accepted_at), seconds(Handoff.ended_at), scope.now.timestamp())
    return until - seconds(Handoff.requested_at) > Team.service_level_seconds


def _service_level_breaches(scope: Scope) -> Select:
    return (
        select(func.count().label("numerator"))
        .select_from(Handoff)
        .join(Team, Team.id == Handoff.team_id)
        .where(scope.period.holds(Handoff.requested_at), waited_for(), breached(scope))
    )


def _overdue_tickets(scope: Scope) -> Select:
    return select(func.count().label("numerator")).where(
        scope.period.holds(Ticket.at), Ticket.state != "solved", Ticket.due_at < scope.now
    )


MEASURES = (
    Measure("csat", "service", "share", _csat),
    Measure("csat_response_rate", "service", "share", talks.counted, ("rated", "helped")),
    Measure("resolution_rate", "service", "share", solving, ("resolved", "topics")),
    Measure("first_contact_resolution", "service", "share", solving, ("at_first", "first")),
    Measure("self_service_rate", "service", "share", solving, ("alone", "topics")),
    Measure("handover_rate", "service", "share", talks.counted, ("asked", "raised")),
    Measure("reopen_rate", "service", "share", solving, ("reopened", "resolved")),
    Measure("average_handling_time", "service", "seconds", _average_handling_time),
    Measure("first_response_time", "service", "seconds", _first_response_time),
    _until("agent_response_time", "replied"),
    _until("agent_response_time_business", "replied", working=True),
    _until("waiting_time", "accepted"),
    _until("waiting_time_business", "accepted", working=True),
    Measure("complaints", "service", "count", topics.raised, ("complaints", None)),
    Measure("service_level_breaches", "service", "count", _service_level_breaches, ("numerator", None)),
    Measure("overdue_tickets", "service", "count", _overdue_tickets, ("numerator", None)),
)
