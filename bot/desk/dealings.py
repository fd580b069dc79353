"""What is open between a customer and the shop, for the agent: offer and quotes, lead, tickets, cases, files.

Called by `bot/desk/context.py`, which knows who the customer is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from bot.clock import now
from bot.db.models import DiscountGrant, Lead, Quote, ReturnCase, Team, Ticket, Upload, Variant, WarrantyClaim
from bot.db.types import LocalisedText
from bot.shop import basket as baskets
from bot.shop import profile, quotes
from bot.support import uploads
from bot.words.formatting import Locale

MOST_QUOTES, MOST_TICKETS, MOST_CASES, MOST_GRANTS = 5, 5, 5, 5
TICKET_TEXT = 300  # characters of a story


def offer(session: Session, conversation_id: str, locale: Locale) -> dict[str, Any] | None:
    """The offer on the table: the basket with its prices, and prices that were agreed on; None when there is neither."""
    view = baskets.view(session, conversation_id)
    agreed = _agreed(session, conversation_id, locale)
    if view is None and not agreed:
        return None
    currency = profile.read(session).currency
    return {
        "lines": [] if view is None else [_line(entry, locale, currency) for entry in view.entries],
        "discount": locale.money(view.totals.discount, currency) if view and view.totals.discount else None,
        "delivery": locale.money(view.totals.delivery, currency) if view and view.totals.delivery is not None else None,
        "total": locale.money(view.totals.total, currency) if view else None,
        "coupon": view.coupon if view else None,
        "agreed": agreed,
    }


def _line(entry: baskets.Entry, locale: Locale, currency: str) -> dict[str, Any]:
    return {
        "title": locale.text(entry.product.title),
        "details": [locale.text(text) for text in entry.details],
        "quantity": entry.quantity,
        "total": locale.money(entry.priced.total, currency),
    }


def _agreed(session: Session, conversation_id: str, locale: Locale) -> list[dict[str, Any]]:
    """Prices the policy let Dukan agree to and that still hold, the newest of each variant."""
    rows = session.execute(
        select(DiscountGrant, Variant)
        .join(Variant, Variant.id == DiscountGrant.variant_id)
        .where(
            DiscountGrant.conversation_id == conversation_id,
            DiscountGrant.expires_at > now(),
            DiscountGrant.order_id.is_(None),
        )
        .order_by(DiscountGrant.id.desc())
    ).all()
    currency = profile.read(session).currency
    newest = {grant.variant_id: (grant, variant) for grant, variant in reversed(rows)}
    return [
        {
            "title": locale.text(variant.product.title),
            "quantity": grant.quantity,
            "price": locale.money(grant.unit_price, currency),
            "list_price": locale.money(grant.list_price, currency),
            "answer": grant.answer,
            "until": grant.expires_at,
        }
        for grant, variant in list(newest.values())[:MOST_GRANTS]
    ]


def written_quotes(session: Session, conversation_ids: Any, locale: Locale) -> list[dict[str, Any]]:
    """Quotes of some conversations, the newest first: open, lapsed or ordered."""
    rows = session.scalars(
        select(Quote).where(Quote.conversation_id.in_(conversation_ids)).order_by(Quote.id.desc()).limit(MOST_QUOTES)
    )
    return [
        {
            "number": quote.number,
            "state": "lapsed" if quote.state == "open" and quotes.lapsed(quote) else quote.state,
            "total": locale.money(quote.total, quote.currency),
            "valid_until": quote.valid_until,
            "url": f"{quotes.path_of(quote.number)}?lang={locale.language}",
        }
        for quote in rows
    ]


def lead(session: Session, conversation_id: str, customer_id: int | None, locale: Locale) -> dict[str, Any] | None:
    """The lead this conversation is, or its signed-in customer: score with reasons, need, next step."""
    same = [Lead.conversation_id == conversation_id]
    if customer_id is not None:
        same.append(Lead.customer_id == customer_id)
    found = session.scalars(select(Lead).where(or_(*same)).order_by(Lead.updated_at.desc()).limit(1)).first()
    if found is None:
        return None
    currency = profile.read(session).currency

    def money(amount: Decimal | None) -> str | None:
        return None if amount is None else locale.money(amount, currency)

    return {
        "score": found.score,
        "reasons": [{"reason": name, "points": points} for name, points in found.reasons],
        "state": found.state,
        "name": found.name,
        "email": found.email,
        "phone": found.phone,
        "need": found.need,
        "budget": money(found.budget),
        "value": money(found.value),
        "timeline": found.timeline,
        "authority": found.authority,
        "next_step": found.next_step,
        "next_step_at": found.next_step_at,
    }


def tickets(session: Session, conversation_ids: Any, customer_id: int | None, language: str) -> list[dict[str, Any]]:
    """Tickets of some conversations and of a customer, those not solved first."""
    theirs = Ticket.conversation_id.in_(conversation_ids)
    if customer_id is not None:
        theirs = theirs | (Ticket.customer_id == customer_id)
    rows = session.execute(
        select(Ticket, Team.name)
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(theirs)
        .order_by(Ticket.state == "solved", Ticket.id.desc())
        .limit(MOST_TICKETS)
    ).all()
    return [
        {
            "number": ticket.number,
            "topic": ticket.topic,
            "state": ticket.state,
            "severity": ticket.severity,
            "cause": ticket.cause,
            "team": team.get_for(language) if team else None,
            "story": ticket.story[:TICKET_TEXT],
            "due_at": ticket.due_at,
        }
        for ticket, team in rows
    ]


def cases(session: Session, order_ids: list[int], locale: Locale) -> list[dict[str, Any]]:
    """Returns, exchanges and warranty claims on some orders, the newest first."""
    found: list[tuple[datetime, dict[str, Any]]] = []
    for model in (ReturnCase, WarrantyClaim):
        rows = session.scalars(
            select(model).where(model.order_id.in_(order_ids)).order_by(model.id.desc()).limit(MOST_CASES)
        )
        found += [
            (
                case.at,
                {
                    "number": case.number,
                    "kind": case.kind if isinstance(case, ReturnCase) else "warranty",
                    "state": case.state,
                    "title": locale.text(LocalisedText(case.title)),
                },
            )
            for case in rows
        ]
    found.sort(key=lambda case: case[0], reverse=True)
    return [case for _, case in found[:MOST_CASES]]


def files(session: Session, conversation_id: str) -> dict[str, list[dict[str, Any]]]:
    """The photos and PDFs the customer sent in a conversation, oldest first, with where the desk serves them."""
    rows = session.execute(_uploads(conversation_id).order_by(Upload.at, Upload.id))
    found: dict[str, list[dict[str, Any]]] = {"photo": [], "document": []}
    for row in rows:
        found[row.kind].append({"id": row.id, **_shown(conversation_id, row), "at": row.at})
    return {"photos": found["photo"], "documents": found["document"]}


def _uploads(conversation_id: str) -> Select:
    about = (Upload.id, Upload.kind, Upload.name, Upload.width, Upload.height, Upload.at)
    return select(*about).where(Upload.conversation_id == conversation_id)


def _shown(conversation_id: str, row: Any) -> dict[str, Any]:
    """Where an agent who may see the conversation opens its file, and what is to be known of it before."""
    address = f"/api/v1/desk/conversations/{conversation_id}/{row.kind}s/{row.id}"
    if row.kind == "photo":
        return {"url": address, "width": row.width, "height": row.height}
    return {"url": address, "name": row.name}


def file_parts(session: Session, conversation_id: str, message_names: Iterable[str | None]) -> dict[str, Any]:
    """The message parts of photos and PDFs, by the name that a file's message has."""
    ids = [name.removeprefix(uploads.MESSAGE) for name in message_names if name and name.startswith(uploads.MESSAGE)]
    if not ids:
        return {}
    rows = session.execute(_uploads(conversation_id).where(Upload.id.in_(ids)))
    return {f"{uploads.MESSAGE}{row.id}": {"type": row.kind, **_shown(conversation_id, row)} for row in rows}
