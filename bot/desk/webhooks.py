"""Tells other systems what happened: signed, tried again for a day, every delivery kept to be read.

`bot/insight/events.py` writes the deliveries; this sends them, and gives administrators their log. The
signature is the HMAC-SHA256 of `timestamp.body` under the webhook's secret, in `Dukan-Signature` as
`t=timestamp,v1=hexadecimal`; a receiver refuses old timestamps and anything it has seen (`Dukan-Delivery`).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import delete, select, update
from starlette.concurrency import run_in_threadpool

from bot.clock import now
from bot.db.models import Webhook, WebhookDelivery
from bot.db.session import reading, writing
from bot.insight.events import EVENTS

logger = logging.getLogger(__name__)

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600, 4 * 3600, 16 * 3600))
CLAIMED_FOR = timedelta(seconds=60)
TIMEOUT = 10.0
LOOK_EVERY = 1.0
BATCH = 20
KEPT_FOR = timedelta(days=30)
LOG_LENGTH = 100


def signature(secret: str, timestamp: int, body: str) -> str:
    """The value of `Dukan-Signature`."""
    digest = hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def is_address(url: str) -> bool:
    """Whether a URL can be told of events."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username and url.isprintable()
    except ValueError:
        return False


def create(url: str, events: list[str]) -> tuple[int, str]:
    """A new webhook; its id and its secret, which is shown once.

    Raises:
        ValueError: not an address, or no such event.
    """
    if not is_address(url) or not set(events) <= set(EVENTS):
        raise ValueError("url or events")
    secret = secrets.token_hex(32)
    with writing() as session:
        webhook = Webhook(url=url, secret=secret, events=events)
        session.add(webhook)
        session.flush()
        return int(webhook.id), secret


def set_active(webhook_id: int, active: bool) -> bool:
    """Turn a webhook on or off; False when there is none such."""
    with writing() as session:
        changed = session.execute(update(Webhook).where(Webhook.id == webhook_id).values(active=active))
        return bool(changed.rowcount)


def remove(webhook_id: int) -> bool:
    """Remove a webhook with its log; False when there is none such."""
    with writing() as session:
        return bool(session.execute(delete(Webhook).where(Webhook.id == webhook_id)).rowcount)


def listed() -> list[dict[str, Any]]:
    """All webhooks, without their secrets."""
    with reading() as session:
        return [
            {"id": hook.id, "url": hook.url, "events": hook.events, "active": hook.active}
            for hook in session.scalars(select(Webhook).order_by(Webhook.id))
        ]


def log(webhook_id: int) -> list[dict[str, Any]]:
    """The newest deliveries of a webhook."""
    with reading() as session:
        rows = session.scalars(
            select(WebhookDelivery)
            .where(WebhookDelivery.webhook_id == webhook_id)
            .order_by(WebhookDelivery.id.desc())
            .limit(LOG_LENGTH)
        )
        return [
            {
                "id": row.id,
                "event": row.event,
                "state": row.state,
                "attempts": row.attempts,
                "status": row.status,
                "error": row.error,
                "created_at": row.created_at,
                "body": row.body,
            }
            for row in rows
        ]


def send_again(delivery_id: int) -> bool:
    """Have a delivery tried once more, now."""
    with writing() as session:
        changed = session.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.id == delivery_id, WebhookDelivery.state != "pending")
            .values(state="pending", due_at=now(), attempts=0)
        )
        return bool(changed.rowcount)


def _claim() -> list[Any]:
    """Deliveries that are due, put off for other processes while this one sends them."""
    due = (
        select(WebhookDelivery.id, WebhookDelivery.due_at)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(WebhookDelivery.state == "pending", WebhookDelivery.due_at <= now(), Webhook.active.is_(True))
        .order_by(WebhookDelivery.due_at)
        .limit(BATCH)
    )
    with reading() as session:
        found = session.execute(due).all()
    if not found:
        return []
    with writing() as session:
        mine = [
            row.id
            for row in found
            if session.execute(
                update(WebhookDelivery)
                .where(WebhookDelivery.id == row.id, WebhookDelivery.due_at == row.due_at)
                .values(due_at=now() + CLAIMED_FOR, attempts=WebhookDelivery.attempts + 1)
            ).rowcount
        ]
        return session.execute(
            select(WebhookDelivery, Webhook.url, Webhook.secret)
            .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
            .where(WebhookDelivery.id.in_(mine))
            .order_by(WebhookDelivery.id)
        ).all()


def _settle(delivery: WebhookDelivery, status: int | None, error: str | None) -> None:
    well = status is not None and 200 <= status < 300
    values: dict[str, Any] = {"status": status, "error": error, "state": "sent" if well else "pending"}
    if not well:
        if delivery.attempts > len(PAUSES):
            values["state"] = "failed"
        else:
            values["due_at"] = now() + PAUSES[delivery.attempts - 1]
    with writing() as session:
        session.execute(update(WebhookDelivery).where(WebhookDelivery.id == delivery.id).values(**values))


async def _send(client: httpx.AsyncClient, delivery: WebhookDelivery, url: str, secret: str) -> None:
    timestamp = int(now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Dukan",
        "Dukan-Event": delivery.event,
        "Dukan-Delivery": str(delivery.id),
        "Dukan-Signature": signature(secret, timestamp, delivery.body),
    }
    status, error = None, None
    try:
        answer = await client.post(url, content=delivery.body.encode(), headers=headers)
        status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as failed:
        error = type(failed).__name__
    await run_in_threadpool(_settle, delivery, status, error)


async def send_due(client: httpx.AsyncClient) -> int:
    """Send what is due; how many were tried."""
    claimed = await run_in_threadpool(_claim)
    await asyncio.gather(*(_send(client, row.WebhookDelivery, row.url, row.secret) for row in claimed))
    return len(claimed)


def forget_old() -> None:
    """Drop deliveries from the log after a month."""
    with writing() as session:
        session.execute(
            delete(WebhookDelivery).where(
                WebhookDelivery.state != "pending", WebhookDelivery.created_at < now() - KEPT_FOR
            )
        )


async def send_for_ever() -> None:
    """Send what becomes due, for as long as the gateway runs."""
    rounds = 0
    async with httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client:
        while True:
            try:
                sent = await send_due(client)
                if rounds % 3600 == 0:
                    await run_in_threadpool(forget_old)
            except Exception:
                logger.exception("sending webhooks failed")
                sent = 0
            rounds += 1
            if not sent:
                await asyncio.sleep(LOOK_EVERY)
