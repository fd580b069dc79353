"""How tests talk about service: messages, buttons, proofs, and single values of the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from bot.db.models import Order
from bot.db.session import reading
from tests.actions.talk import Reply, Talk, entity

PROOF = (entity("order_number", "1001"), entity("email", "huda@example.com"))
PHONE = entity("phone", "+966512345678")


def said(talk: Talk, text: str, intent: str = "nlu_fallback", *entities: dict[str, Any]) -> list[str]:
    """Say something while a case is open; the responses."""
    action = {"affirm": "action_affirm", "deny": "action_deny"}.get(intent, "action_default_fallback")
    return [reply.response for reply in talk.turn(action, intent, text, *entities)]


def pressed(talk: Talk, value: str) -> list[Reply]:
    """Press a button that answers the open question."""
    return talk.turn("action_answer", "answer", value, entity("pick", value), button=True)


def one(column: Any) -> Any:
    """A single value of the database."""
    with reading() as session:
        return session.execute(select(column)).scalar()


def count(model: Any) -> int:
    """Rows of a table."""
    with reading() as session:
        return int(session.execute(select(func.count()).select_from(model)).scalar() or 0)


def prove_more(talk: Talk) -> list[str]:
    """Answer the question for the order's phone."""
    return said(talk, "0512345678", "nlu_fallback", PHONE)


def line_of(title: str) -> int:
    """The id of a line of the only order."""
    with reading() as session:
        order = session.execute(select(Order)).scalar_one()
        return int(next(line.id for line in order.lines if line.title["en"] == title))
