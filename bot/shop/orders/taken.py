"""When the last pieces are sold: whoever else holds them in a basket or a quote is told at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import now
from bot.db.models import Basket, BasketLine, Conversation, FollowUp
from bot.shop import follow_ups, profile, reservations

HELD_LATELY = timedelta(days=14)  # older baskets are forgotten
PRESENT = timedelta(hours=1)  # who wrote within it is told even at night
OF_USE = timedelta(days=1)


def tell_others(session: Session, conversation_id: str, variants: Iterable[int]) -> None:
    """Note a message for every basket, but this conversation's, that holds more of a variant than is left for it."""
    shop = profile.read(session)
    for variant_id in variants:
        left = reservations.free(session, variant_id)
        if left is None:
            continue
        for basket_id, holder, seen, wanted in _holders(session, variant_id, left):
            if holder == conversation_id or _has_stopped(session, holder):
                continue
            own = reservations.free(session, variant_id, basket_id)
            if own is not None and own < wanted:
                due = now() if now() - seen < PRESENT else follow_ups.awake(now(), shop)
                follow_ups.keep(session, holder, "taken", str(variant_id), due, due + OF_USE)


def _holders(session: Session, variant_id: int, left: int) -> list[Any]:
    """Basket, conversation, its last sign of life and pieces wanted, of those that want more than are left."""
    pieces = func.sum(BasketLine.quantity)
    rows = session.execute(
        select(Basket.id, Basket.conversation_id, Conversation.updated_at, pieces)
        .join(BasketLine, BasketLine.basket_id == Basket.id)
        .join(Conversation, Conversation.id == Basket.conversation_id)
        .where(BasketLine.variant_id == variant_id, Basket.state == "open", Basket.updated_at > now() - HELD_LATELY)
        .group_by(Basket.id, Basket.conversation_id, Conversation.updated_at)
        .having(pieces > left)
        .order_by(Basket.id)
    )
    return list(rows)


def _has_stopped(session: Session, conversation_id: str) -> bool:
    """Whether the customer wanted no more messages."""
    stopped = select(FollowUp.id).where(FollowUp.conversation_id == conversation_id, FollowUp.state == "stopped")
    return session.execute(stopped.limit(1)).first() is not None
