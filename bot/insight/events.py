"""What happens is written down here for other systems: one delivery for each webhook that listens.

Called inside the transaction in which it happens, so that nothing is told that was not done, and nothing
done is left untold. `bot/desk/webhooks.py` sends what is written.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.clock import new_id, now
from bot.db.models import Webhook, WebhookDelivery

EVENTS = (
    "handoff.requested",
    "handoff.accepted",
    "handoff.resolved",
    "handoff.returned",
    "lead.created",
    "ticket.created",
    "order.created",
    "order.changed",
    "quote.created",
)


def emit(session: Session, name: str, data: dict[str, Any]) -> None:
    """Tell every active webhook that listens to an event, once the session's transaction is committed.

    Args:
        name: one of `EVENTS`.
        data: what JSON can hold; ids and codes rather than what customers wrote.
    """
    if name not in EVENTS:
        raise ValueError(f"no such event: {name}")
    listening = session.execute(select(Webhook.id, Webhook.events).where(Webhook.active.is_(True))).all()
    listening = [webhook for webhook in listening if not webhook.events or name in webhook.events]
    if not listening:
        return
    body = msgspec.json.encode({"id": new_id(), "event": name, "at": now(), "data": data}).decode()
    for webhook in listening:
        session.execute(
            insert(WebhookDelivery).values(webhook_id=webhook.id, event=name, body=body, due_at=now(), created_at=now())
        )
