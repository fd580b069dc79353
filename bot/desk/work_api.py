"""The desk's JSON API for the work on a conversation: notes, transfer, later, labels, what is sent, search, board."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.clock import now
from bot.conversation import assignment, marks, ownership
from bot.conversation.live import QUEUE, hub
from bot.db.models import Agent, ConversationLabel, Team
from bot.db.session import reading, writing
from bot.desk import answers, board, context, files, notes, quoting, suggestions
from bot.desk import search as finding
from bot.desk.api import cleaned, own, send, visible
from bot.desk.sessions import Caller
from bot.desk.web import decode
from bot.gateway.problems import Problem
from bot.gateway.requests import json_answer, whole_number
from bot.shop.money.haggling import Granting
from bot.support import links, uploads
from bot.words.responses import responses

LONGEST_SNOOZE = timedelta(days=30)
MOST_LABELS = 10
MOST_CARDS = 6
MOST_QUOTED = 10

# A file is shown inside the desk and nowhere else, and runs nothing when opened by itself.
FILE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

Id = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
ClientId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]*\Z")]


class NoteBody(msgspec.Struct):
    """A private note; a whisper is a supervisor's."""

    text: str
    kind: Literal["note", "whisper"] = "note"


class TransferBody(msgspec.Struct):
    """To whom a conversation is offered: one agent, or one team."""

    agent_id: Id | None = None
    team: str | None = None
    note: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class SnoozeBody(msgspec.Struct):
    """Until when; null takes the conversation up again."""

    until: datetime | None


class LabelsBody(msgspec.Struct):
    """The labels a conversation has from now on."""

    labels: Annotated[list[Label], msgspec.Meta(max_length=MOST_LABELS)]


class CardsBody(msgspec.Struct):
    """Products to show the customer, by their codes."""

    client_message_id: ClientId
    products: Annotated[list[str], msgspec.Meta(min_length=1, max_length=MOST_CARDS)]


class QuoteBody(msgspec.Struct):
    """What goes into the basket before its quote is written; nothing quotes the basket as it is."""

    client_message_id: ClientId
    products: Annotated[list[quoting.Wanted], msgspec.Meta(max_length=MOST_QUOTED)] = msgspec.field(
        default_factory=list
    )


class ClientBody(msgspec.Struct):
    """Names a message that the server words."""

    client_message_id: ClientId


async def read_context(request: Request, caller: Caller) -> Response:
    """GET context: the customer, what was tried, orders and earlier talks; and the marks of both sides."""
    entry = await visible(request, caller)
    found = await run_in_threadpool(context.of, caller, entry.conversation_id)
    seen = await run_in_threadpool(marks.of, entry.conversation_id)
    return json_answer({**found, "marks": seen})


async def read_suggestions(request: Request, caller: Caller) -> Response:
    """GET suggestions: passages of the shop's pages that may answer what the customer wrote last."""
    entry = await visible(request, caller)
    return json_answer({"suggestions": await suggestions.of(entry.conversation_id, entry.language)})


async def read_photo(request: Request, caller: Caller) -> Response:
    """GET photos/{photo_id}: a photo the customer sent, drawn anew when it came."""
    return await _file(request, caller, "photo")


async def read_document(request: Request, caller: Caller) -> Response:
    """GET documents/{document_id}: a PDF the customer sent, only to be saved."""
    return await _file(request, caller, "document")


async def _file(request: Request, caller: Caller, kind: str) -> Response:
    entry = await visible(request, caller)
    wanted = str(request.path_params[f"{kind}_id"])
    found = await run_in_threadpool(uploads.read, wanted, entry.conversation_id)
    if found is None or found.kind != kind:
        raise Problem(404, f"No such {kind}")
    headers = {**FILE_HEADERS, "Content-Disposition": uploads.disposition(found, inline=True)}
    return Response(found.content, media_type=uploads.MEDIA_TYPES[kind], headers=headers)


async def read_notes(request: Request, caller: Caller) -> Response:
    """GET notes: private notes after one."""
    entry = await visible(request, caller)
    after = whole_number(request, "after", 0)
    return json_answer({"notes": await run_in_threadpool(notes.read, caller, entry.conversation_id, after)})


async def add_note(request: Request, caller: Caller) -> Response:
    """POST notes: write a private note, or whisper to whoever answers."""
    body = await decode(request, NoteBody)
    entry = await visible(request, caller)
    if body.kind == "whisper" and not caller.is_at_least("supervisor"):
        raise Problem(403, "Not allowed", "Supervisors whisper.", code="role")
    note_id = await run_in_threadpool(notes.add, caller, entry.conversation_id, cleaned(body.text), body.kind)
    return json_answer({"note_id": note_id}, 201)


def _taker(caller: Caller, body: TransferBody) -> tuple[int | None, int | None]:
    """Ids of the agent or the team that is to have a conversation.

    Raises:
        Problem: 422, neither, both, or none such.
    """
    if (body.agent_id is None) == (body.team is None):
        raise Problem(422, "Invalid body", "Name an agent or a team.")
    with reading() as session:
        if body.agent_id is not None:
            agent = session.scalar(select(Agent.id).where(Agent.id == body.agent_id, Agent.active.is_(True)))
            if agent is None:
                raise Problem(422, "Invalid body", "No such agent.", field="agent_id")
            return int(agent), None
        team = session.scalar(select(Team.id).where(Team.code == body.team, Team.active.is_(True)))
        if team is None:
            raise Problem(422, "Invalid body", "No such team.", field="team")
        return None, int(team)


async def transfer(request: Request, caller: Caller) -> Response:
    """POST transfer: offer an own conversation to a colleague or a team, who must accept it."""
    body = await decode(request, TransferBody)
    entry = await own(request, caller)
    agent_id, team_id = await run_in_threadpool(_taker, caller, body)
    if agent_id == caller.agent_id:
        raise Problem(422, "Invalid body", "It is yours already.", field="agent_id")
    offer = ownership.offer_transfer
    if not await run_in_threadpool(offer, entry.conversation_id, caller.agent_id, agent_id, team_id, body.note.strip()):
        raise Problem(403, "Not yours", code="not_owner")
    return json_answer(await visible(request, caller), 201)


async def end_transfer(request: Request, caller: Caller) -> Response:
    """DELETE transfer: take an own offer back, or decline one made to oneself."""
    entry = await visible(request, caller)
    if entry.transfer is None or (entry.place == "others" and not entry.transfer.is_mine):
        raise Problem(409, "No transfer", "Nothing is offered.", code="gone")
    state = "cancelled" if entry.transfer.is_mine else "declined"
    if not await run_in_threadpool(ownership.end_transfer, entry.transfer.id, state):
        raise Problem(409, "No transfer", "It was answered already.", code="gone")
    return Response(status_code=204)


async def decline(request: Request, caller: Caller) -> Response:
    """POST decline: pass on a waiting conversation that is offered to oneself."""
    entry = await visible(request, caller)
    if not await run_in_threadpool(assignment.decline, entry.conversation_id, caller.agent_id):
        raise Problem(409, "Not offered", "It is not offered to you.", code="gone")
    return Response(status_code=204)


async def snooze(request: Request, caller: Caller) -> Response:
    """POST snooze: put an own conversation off until a time, or until the customer writes."""
    body = await decode(request, SnoozeBody)
    entry = await own(request, caller)
    until = body.until
    if until is not None and (until.tzinfo is None or not now() < until <= now() + LONGEST_SNOOZE):
        raise Problem(422, "Invalid time", "Name a time with its zone within 30 days.", field="until")
    if not await run_in_threadpool(ownership.snooze, entry.conversation_id, caller.agent_id, until):
        raise Problem(403, "Not yours", code="not_owner")
    return Response(status_code=204)


async def set_labels(request: Request, caller: Caller) -> Response:
    """PUT labels: of a conversation one owns, or as a supervisor of any."""
    body = await decode(request, LabelsBody)
    entry = await visible(request, caller)
    if entry.place != "mine" and not caller.is_at_least("supervisor"):
        raise Problem(403, "Not yours", "Accept the conversation first.", code="not_owner")
    wanted = {label.strip() for label in body.labels if label.strip()}

    def replace() -> None:
        with writing() as session:
            session.execute(delete(ConversationLabel).where(ConversationLabel.conversation_id == entry.conversation_id))
            session.add_all(ConversationLabel(conversation_id=entry.conversation_id, label=label) for label in wanted)

    try:
        await run_in_threadpool(replace)
    except IntegrityError as error:  # another call set them at the same moment
        raise Problem(409, "Changed meanwhile", code="changed") from error
    hub().publish(QUEUE)
    return Response(status_code=204)


async def take_over(request: Request, caller: Caller) -> Response:
    """POST take-over: a supervisor answers from now on, whoever did so far."""
    entry = await visible(request, caller)
    if not await run_in_threadpool(ownership.take_over, entry.conversation_id, caller.agent_id):
        raise Problem(409, "Taken", "It changed hands at this moment, or is yours.", code="taken")
    return json_answer(await visible(request, caller))


async def reassign(request: Request, caller: Caller) -> Response:
    """POST reassign: a supervisor gives a conversation to an agent, or back to a team's queue."""
    body = await decode(request, TransferBody)
    entry = await visible(request, caller)
    agent_id, team_id = await run_in_threadpool(_taker, caller, body)
    if not await run_in_threadpool(ownership.reassign, entry.conversation_id, agent_id, team_id):
        raise Problem(409, "Taken", "No person has it, and nobody waits for one.", code="taken")
    if body.note.strip():
        await run_in_threadpool(notes.add, caller, entry.conversation_id, cleaned(body.note), "whisper")
    return json_answer(await visible(request, caller))


async def read_answers(request: Request, caller: Caller) -> Response:
    """GET answers: canned answers in the customer's language, filled in."""
    entry = await visible(request, caller)
    return json_answer({"answers": await run_in_threadpool(answers.filled, caller, entry.conversation_id)})


async def find_products(request: Request, caller: Caller) -> Response:
    """GET products: products by a part of the name or code, to show to a customer."""
    wanted = request.query_params.get("q", "")[:100]
    return json_answer({"products": await run_in_threadpool(answers.find_products, caller, wanted)})


async def send_cards(request: Request, caller: Caller) -> Response:
    """POST cards: show the customer products."""
    body = await decode(request, CardsBody)
    entry = await own(request, caller)
    part = await run_in_threadpool(answers.cards, entry.conversation_id, body.products)
    if part is None:
        raise Problem(422, "Invalid body", "No such product.", field="products")
    return await send(request, caller, body.client_message_id, [part])


async def send_quote(request: Request, caller: Caller) -> Response:
    """POST quotes: put products into the customer's basket and send its prices in writing."""
    body = await decode(request, QuoteBody)
    entry = await own(request, caller)
    try:
        message_id = await run_in_threadpool(
            quoting.send,
            Granting(caller.agent_id, caller.email),
            entry.conversation_id,
            body.client_message_id,
            body.products,
        )
    except quoting.CannotQuote as error:
        raise Problem(422, "No quote", error.reason, field="products", reason=error.reason) from error
    except (ownership.NotOwner, ownership.NotFound) as error:
        raise Problem(403, "Not yours", code="not_owner") from error
    return json_answer({"message_id": message_id}, 201)


async def ask_photo(request: Request, caller: Caller) -> Response:
    """POST photo-requests: send the customer the page on which a photo or PDF is chosen."""
    body = await decode(request, ClientBody)
    entry = await own(request, caller)
    label = responses().render("label_send_photo", entry.language, {}).text
    address = links.address("photos", entry.conversation_id, lang=entry.language)
    return await send(request, caller, body.client_message_id, [{"type": "link", "label": label, "url": address}])


async def send_file(request: Request, caller: Caller) -> Response:
    """POST files: send the customer a file; the body is the file itself."""
    entry = await own(request, caller)
    name = request.query_params.get("name", "file")[:300]
    part = await files.keep(request, entry.conversation_id, caller.agent_id, name)
    return await send(request, caller, part["url"].rsplit("/", 2)[1], [part])


async def search(request: Request, caller: Caller) -> Response:
    """GET search: conversations by words, customer, label or id."""
    wanted = request.query_params.get("q", "").replace("\x00", "")
    return json_answer({"conversations": await run_in_threadpool(finding.find, caller, wanted)})


async def read_colleagues(_request: Request, caller: Caller) -> Response:
    """GET colleagues: whom a conversation can be given to, and who is there now."""

    def look() -> dict[str, Any]:
        state = board.board(caller.language)
        people = [
            {"id": agent["id"], "name": agent["name"], "presence": agent["presence"]}
            for agent in state["agents"]
            if agent["id"] != caller.agent_id
        ]
        return {"agents": people, "teams": [{"code": team["code"], "name": team["name"]} for team in state["teams"]]}

    return json_answer(await run_in_threadpool(look))


async def read_board(_request: Request, caller: Caller) -> Response:
    """GET board: teams and agents now and today."""
    return json_answer(await run_in_threadpool(board.board, caller.language))
