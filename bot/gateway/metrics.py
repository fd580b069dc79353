"""`GET /metrics`: how the system fares, in Prometheus' text format, asked of the database at every scrape."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

import psutil
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.clock import now
from bot.db.models import Agent, Conversation, Handoff, HelpdeskDelivery, Inbox, Message, Outbox, WebhookDelivery
from bot.db.models.conversations import OWNERS
from bot.db.session import reading
from bot.gateway.problems import problem
from bot.settings import settings

LATELY = timedelta(minutes=5)
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[str, dict[str, str], float]


def _may_ask(request: Request) -> bool:
    """Whoever has the token; without a proxy in between also this machine itself."""
    token = settings().metrics_token
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    if token and scheme.lower() == "bearer":
        return hmac.compare_digest(sent.strip().encode(), token.encode())
    if request.client is None or any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip")):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


async def metrics(request: Request) -> Response:
    """The endpoint; to others there is no such address."""
    if not _may_ask(request):
        return problem(404)
    return Response(await run_in_threadpool(_page), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def _page() -> str:
    with reading() as session:
        samples = [*_queues(session), *_people(session), *_turns(session), *_process()]
    lines: list[str] = []
    described: set[str] = set()
    for name, labels, value in samples:
        family = name.removesuffix("_count").removesuffix("_sum")
        if family not in described:
            described.add(family)
            lines.append(f"# TYPE {family} {'summary' if family == 'dukan_turn_seconds' else 'gauge'}")
        written = ",".join(f'{key}="{text}"' for key, text in labels.items())
        lines.append(f"{name}{{{written}}} {value:g}" if written else f"{name} {value:.12g}")
    return "\n".join(lines) + "\n"


def _age(moment: datetime | None) -> float:
    return max(0.0, (now() - moment).total_seconds()) if moment else 0.0


def _by_state(session: Session, name: str, table: Any, states: tuple[str, ...]) -> list[Sample]:
    query = select(table.state, func.count()).where(table.state.in_(states)).group_by(table.state)
    found = dict(session.execute(query).all())
    return [(name, {"state": state}, found.get(state, 0)) for state in states]


def _queues(session: Session) -> list[Sample]:
    waiting, oldest = session.execute(
        select(func.count(), func.min(Message.created_at))
        .select_from(Inbox)
        .join(Message, Message.id == Inbox.message_id)
        .where(Inbox.state == "pending")
    ).one()
    return [
        ("dukan_inbox_pending", {}, waiting),
        ("dukan_inbox_oldest_seconds", {}, _age(oldest)),
        *_by_state(session, "dukan_outbox", Outbox, ("pending", "failed")),
        *_by_state(session, "dukan_webhook_deliveries", WebhookDelivery, ("pending", "failed")),
        *_by_state(session, "dukan_helpdesk_deliveries", HelpdeskDelivery, ("pending", "failed")),
    ]


def _people(session: Session) -> list[Sample]:
    owners = dict(session.execute(select(Conversation.owner, func.count()).group_by(Conversation.owner)).all())
    waiting, oldest = session.execute(
        select(func.count(), func.min(Handoff.requested_at)).where(Handoff.state == "waiting")
    ).one()
    present = select(func.count()).where(Agent.active.is_(True), Agent.present_until > now())
    return [
        *(("dukan_conversations", {"owner": owner}, owners.get(owner, 0)) for owner in OWNERS),
        ("dukan_handoffs_waiting", {}, waiting),
        ("dukan_handoffs_oldest_seconds", {}, _age(oldest)),
        ("dukan_agents_present", {}, session.execute(present).scalar() or 0),
    ]


def _turns(session: Session) -> list[Sample]:
    """Times to answer of late: of conversations that were touched since, which an index knows."""
    since = now() - LATELY
    rows = session.execute(
        select(Message.latency_ms)
        .select_from(Conversation)
        .join(Message, Message.conversation_id == Conversation.id)
        .where(
            Conversation.updated_at >= since,
            Message.author == "customer",
            Message.created_at >= since,
            Message.latency_ms.is_not(None),
        )
    )
    took = sorted(milliseconds / 1000 for milliseconds in rows.scalars())
    quantiles: list[Sample] = [
        ("dukan_turn_seconds", {"quantile": f"{part}"}, took[min(len(took) - 1, int(part * len(took)))])
        for part in (0.5, 0.95)
        if took
    ]
    return [*quantiles, ("dukan_turn_seconds_sum", {}, sum(took)), ("dukan_turn_seconds_count", {}, len(took))]


def _process() -> list[Sample]:
    process = psutil.Process()
    return [
        ("dukan_resident_memory_bytes", {}, process.memory_info().rss),
        ("dukan_process_start_time_seconds", {}, process.create_time()),
    ]
