"""Between the house and its outside help desk: sends what is on its way there, brings in what is answered there.

Runs in the gateway, in any number of processes at once. What is to be sent is claimed before it is sent and settled
after; a process that dies in between leaves it to the next, who says so to the desk (`Ticket.again`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from datetime import timedelta
from typing import Any

from sqlalchemy import case as case_of
from sqlalchemy import exists, func, literal, select, update
from sqlalchemy.orm import Session, aliased
from starlette.concurrency import run_in_threadpool

from bot.clock import now
from bot.conversation import ownership
from bot.conversation.errors import NotFound, NotOwner
from bot.conversation.live import QUEUE, conversation_topic, hub
from bot.db.models import Conversation, Handoff, HelpdeskDelivery, HelpdeskTicket, Note, Transfer
from bot.db.session import reading, writing
from bot.db.types import Moment
from bot.desk.phrases import phrases
from bot.helpdesk import case
from bot.helpdesk.base import HelpDesk, News, Refused, Ticket, Unreachable

logger = logging.getLogger(__name__)

TOPIC = "helpdesk"
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 30, 120, 600, 3600, 4 * 3600, 16 * 3600))
OPENED_WITHIN = 4  # tries to give a conversation over: then our own people are asked, two and a half minutes later
CLAIMED_FOR = timedelta(seconds=90)
BATCH = 20
LOOK_EVERY = 1.0
NOTES = {"left": "helpdesk.left", "taken": "helpdesk.taken"}
FAILED_AGAIN = 30.0  # seconds between looks after one failed


def _first_due() -> Any:
    """Deliveries that are due and have none of the same ticket before them."""
    before = aliased(HelpdeskDelivery)
    earlier = exists().where(
        before.ticket_id == HelpdeskDelivery.ticket_id, before.state == "pending", before.id < HelpdeskDelivery.id
    )
    return (
        select(HelpdeskDelivery.id, HelpdeskDelivery.due_at)
        .where(HelpdeskDelivery.state == "pending", HelpdeskDelivery.due_at <= now(), ~earlier)
        .order_by(HelpdeskDelivery.due_at)
        .limit(BATCH)
    )


def _claim() -> list[tuple[HelpdeskDelivery, Ticket]]:
    with reading() as session:
        found = session.execute(_first_due()).all()
    if not found:
        return []
    with writing() as session:
        mine = [
            row.id
            for row in found
            if session.execute(
                update(HelpdeskDelivery)
                .where(
                    HelpdeskDelivery.id == row.id,
                    HelpdeskDelivery.state == "pending",
                    HelpdeskDelivery.due_at == row.due_at,
                )
                .values(due_at=now() + CLAIMED_FOR, attempts=HelpdeskDelivery.attempts + 1)
            ).rowcount
        ]
        rows = session.execute(
            select(HelpdeskDelivery, HelpdeskTicket)
            .join(HelpdeskTicket, HelpdeskTicket.id == HelpdeskDelivery.ticket_id)
            .where(HelpdeskDelivery.id.in_(mine))
            .order_by(HelpdeskDelivery.id)
        ).all()
        return [(row, case.ticket_of(session, ticket, again=row.attempts > 1)) for row, ticket in rows]


async def _hand(desk: HelpDesk, row: HelpdeskDelivery, ticket: Ticket) -> str | None:
    """Give the desk one thing; its name for the ticket, if it has just got it."""
    if row.kind == "open":
        return await desk.open(ticket, await run_in_threadpool(case.of, ticket.id))
    if row.kind == "message":
        said = await run_in_threadpool(_said, row.message_id)
        if said is not None:
            await desk.say(ticket, said)
        return None
    text = await run_in_threadpool(_note, row.kind)
    await desk.tell(ticket, f"{row.kind}-{row.message_id}", text, ends=row.kind == "taken")
    return None


def _said(message_id: int) -> Any:
    with reading() as session:
        return case.said(session, message_id)


def _note(kind: str) -> str:
    with reading() as session:
        return phrases(case.language(session))[NOTES[kind]]


def _settle_sent(row: HelpdeskDelivery, reference: str | None, look_after: float) -> None:
    with writing() as session:
        session.execute(update(HelpdeskDelivery).where(HelpdeskDelivery.id == row.id).values(state="sent", error=None))
        if reference is not None:
            session.execute(
                update(HelpdeskTicket)
                .where(HelpdeskTicket.id == row.ticket_id)
                .values(reference=reference, look_at=now() + timedelta(seconds=look_after))
            )


def _settle_failed(row: HelpdeskDelivery, error: str, *, for_good: bool) -> None:
    tries = OPENED_WITHIN if row.kind == "open" else len(PAUSES)
    given_up = for_good or row.attempts > tries
    with writing() as session:
        values: dict[str, Any] = {"error": error[:60]}
        values |= {"state": "failed"} if given_up else {"due_at": now() + PAUSES[row.attempts - 1]}
        session.execute(update(HelpdeskDelivery).where(HelpdeskDelivery.id == row.id).values(**values))
        if given_up:
            _fail(session, int(row.ticket_id))


def _fail(session: Session, ticket_id: int) -> None:
    """The desk cannot be given a conversation, or what the customer says: it is taken from it."""
    session.execute(
        update(HelpdeskTicket)
        .where(HelpdeskTicket.id == ticket_id, HelpdeskTicket.state == "open")
        .values(state="failed", closed_at=now(), look_at=None)
    )
    session.execute(
        update(HelpdeskDelivery)
        .where(HelpdeskDelivery.ticket_id == ticket_id, HelpdeskDelivery.state == "pending")
        .values(state="failed")
    )


async def _send(desk: HelpDesk, row: HelpdeskDelivery, ticket: Ticket) -> None:
    try:
        reference = await _hand(desk, row, ticket)
    except (Unreachable, Refused) as error:
        logger.warning("%s of ticket %s was not sent: %s", row.kind, ticket.id, error)
        await run_in_threadpool(_settle_failed, row, str(error), for_good=isinstance(error, Refused))
        return
    await run_in_threadpool(_settle_sent, row, reference, desk.look_every)


async def send_due(desk: HelpDesk) -> int:
    """Send what is due; how many were tried."""
    claimed = await run_in_threadpool(_claim)
    done = await asyncio.gather(*(_send(desk, row, ticket) for row, ticket in claimed), return_exceptions=True)
    for outcome in done:
        if isinstance(outcome, BaseException):
            logger.error("sending to the help desk failed", exc_info=outcome)
    return len(claimed)


def rescue() -> int:
    """Put in our own queue what the outside desk has but could not be told; how many conversations."""
    newer = aliased(HelpdeskTicket)
    served = exists().where(newer.conversation_id == Conversation.id, newer.state == "open")
    query = (
        select(Conversation.id, Handoff.team_id)
        .join(HelpdeskTicket, HelpdeskTicket.conversation_id == Conversation.id)
        .join(Handoff, Handoff.id == HelpdeskTicket.handoff_id)
        .where(
            HelpdeskTicket.state == "failed",
            Conversation.owner == "agent",
            Conversation.agent_id == HelpdeskTicket.agent_id,
            Handoff.team_id.is_not(None),
            ~served,
        )
        .distinct()
    )
    never_reached = (
        select(Transfer.id)
        .join(HelpdeskTicket, HelpdeskTicket.conversation_id == Transfer.conversation_id)
        .where(
            Transfer.state == "open", HelpdeskTicket.state == "failed", HelpdeskTicket.created_at >= Transfer.created_at
        )
    )
    with reading() as session:
        found = session.execute(query).all()
        offers = session.execute(never_reached).scalars().all()
    for transfer_id in offers:
        ownership.end_transfer(transfer_id, "declined")
    return sum(ownership.reassign(row.id, None, int(row.team_id)) for row in found)


def look_now(desk: str, reference: str) -> None:
    """The desk has news of a ticket."""
    with writing() as session:
        session.execute(
            update(HelpdeskTicket)
            .where(HelpdeskTicket.desk == desk, HelpdeskTicket.reference == reference)
            .values(look_at=now())
        )
    hub().publish(TOPIC)


def _due_for_a_look(desk: HelpDesk) -> list[Ticket]:
    """Tickets to look at, put off for other processes. A closed one is looked at when somebody rang, and once."""
    with reading() as session:
        ids = session.scalars(
            select(HelpdeskTicket.id)
            .where(HelpdeskTicket.desk == desk.name, HelpdeskTicket.look_at <= now())
            .order_by(HelpdeskTicket.look_at)
            .limit(BATCH)
        ).all()
    if not ids:
        return []
    next_look = case_of(
        (HelpdeskTicket.state == "open", literal(now() + timedelta(seconds=desk.look_every), Moment)), else_=None
    )
    with writing() as session:
        session.execute(
            update(HelpdeskTicket)
            .where(HelpdeskTicket.id.in_(ids))
            .values(look_at=next_look)
            .execution_options(synchronize_session=False)
        )
        rows = session.scalars(select(HelpdeskTicket).where(HelpdeskTicket.id.in_(ids)).order_by(HelpdeskTicket.id))
        return [case.ticket_of(session, row) for row in rows]


def _any_ticket(desk: HelpDesk) -> bool:
    with reading() as session:
        return session.scalar(select(exists().where(HelpdeskTicket.desk == desk.name))) or False


async def collect(desk: HelpDesk) -> int:
    """Bring in what the desk has answered; how many answers and ends.

    Raises:
        Unreachable: it cannot be asked now.
    """
    tickets = [] if desk.has_mailbox else await run_in_threadpool(_due_for_a_look, desk)
    if not tickets and not (desk.has_mailbox and await run_in_threadpool(_any_ticket, desk)):
        return 0
    brought = 0
    async with aclosing(desk.news(tickets)) as news:  # type: ignore[type-var]
        async for item in news:
            brought += await run_in_threadpool(bring, desk.name, item)
    return brought


def bring(desk: str, news: News) -> bool:
    """Bring one answer into its conversation, or end it; what was brought before changes nothing.

    The desk's word reaches the customer while the desk, the bot or nobody has the conversation: an answer takes it back
    from the bot. While one of our own people has it, the answer becomes a note for them.
    """
    with reading() as session:
        ticket = session.get(HelpdeskTicket, news.ticket_id)
    if ticket is None or ticket.desk != desk:
        return False
    done = False
    if news.parts:
        done = _answer(ticket, news)
    if news.ends is not None:
        done = _end(ticket, news.ends) or done
    if news.up_to is not None:
        with writing() as session:
            session.execute(
                update(HelpdeskTicket)
                .where(HelpdeskTicket.id == ticket.id, HelpdeskTicket.brought_up_to < news.up_to)
                .values(brought_up_to=news.up_to)
            )
    return done


def _answer(ticket: HelpdeskTicket, news: News) -> bool:
    conversation_id, agent_id, key = ticket.conversation_id, int(ticket.agent_id), f"{ticket.id}:{news.key}"
    try:
        try:
            ownership.agent_says(conversation_id, agent_id, news.parts, key)
        except NotOwner:
            if not (_accept(ticket) or _take_back(ticket)):
                _note_down(ticket, case.as_text(news.parts))
                return True
            ownership.agent_says(conversation_id, agent_id, news.parts, key)
    except NotFound:
        return False
    except NotOwner:  # somebody was quicker since
        _note_down(ticket, case.as_text(news.parts))
    return True


def _offered(ticket: HelpdeskTicket) -> int | None:
    """Id of the transfer by which one of our own people offers the desk its conversation; None when nobody does."""
    query = (
        select(Transfer.id)
        .join(HelpdeskTicket, HelpdeskTicket.conversation_id == Transfer.conversation_id)
        .where(
            HelpdeskTicket.id == ticket.id,
            HelpdeskTicket.state == "open",
            Transfer.state == "open",
            Transfer.to_team_id.is_not(None),
        )
    )
    with reading() as session:
        return session.execute(query).scalar()


def _accept(ticket: HelpdeskTicket) -> bool:
    """The desk answers what it is offered: from now on it is the desk's."""
    transfer_id = _offered(ticket)
    return transfer_id is not None and ownership.accept_transfer(transfer_id, int(ticket.agent_id))


def _take_back(ticket: HelpdeskTicket) -> bool:
    """The desk answers a conversation that the bot has, or that was closed: it is the desk's again."""
    if not ownership.take_over(ticket.conversation_id, int(ticket.agent_id), only_from=("bot", "closed")):
        return False
    with writing() as session:
        session.execute(
            update(HelpdeskTicket)
            .where(HelpdeskTicket.id == ticket.id)
            .values(state="open", closed_at=None, look_at=func.coalesce(HelpdeskTicket.look_at, now()))
        )
    return True


def _note_down(ticket: HelpdeskTicket, text: str) -> None:
    """Keep an answer that came too late for those who have the conversation now."""
    with writing() as session:
        late = phrases(case.language(session))["helpdesk.late"]
        text = f"{late}\n{text}"
        mine = (Note.conversation_id == ticket.conversation_id, Note.agent_id == ticket.agent_id, Note.text == text)
        if session.execute(select(Note.id).where(*mine).limit(1)).first() is None:
            session.add(Note(conversation_id=ticket.conversation_id, agent_id=ticket.agent_id, text=text))
    hub().publish(conversation_topic(ticket.conversation_id))
    hub().publish(QUEUE)


def _end(ticket: HelpdeskTicket, ends: str) -> bool:
    transfer_id = _offered(ticket)
    if transfer_id is not None:  # ended there without an answer
        return ownership.end_transfer(transfer_id, "declined")
    if ends == "returned":
        return ownership.give_back(ticket.conversation_id, int(ticket.agent_id))
    return ownership.resolve(ticket.conversation_id, int(ticket.agent_id), "solved")


class Liaison:
    """Two loops for as long as the gateway runs, where an outside desk is set."""

    def __init__(self, desk: HelpDesk | None) -> None:
        self._desk = desk
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin, if there is a desk."""
        if self._desk is not None:
            loops = (self._send_for_ever(self._desk), self._collect_for_ever(self._desk))
            self._loops = [asyncio.create_task(loop) for loop in loops]

    async def stop(self) -> None:
        """End."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        if self._desk is not None:
            await self._desk.close()

    @staticmethod
    async def _send_for_ever(desk: HelpDesk) -> None:
        while True:
            try:
                sent = await send_due(desk)
                await run_in_threadpool(rescue)
            except Exception:
                logger.exception("sending to the help desk failed")
                sent = 0
            if not sent:
                await asyncio.sleep(LOOK_EVERY)

    @staticmethod
    async def _collect_for_ever(desk: HelpDesk) -> None:
        async with hub().subscribe(TOPIC) as changes:
            while True:
                pause = desk.look_every if desk.has_mailbox else LOOK_EVERY
                try:
                    await collect(desk)
                except Unreachable as error:
                    logger.warning("the help desk cannot be asked for answers: %s", error)
                    pause = FAILED_AGAIN
                except Exception:
                    logger.exception("reading answers of the help desk failed")
                    pause = FAILED_AGAIN
                await changes.wait(pause)
