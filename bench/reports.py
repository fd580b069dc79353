"""How long reports take on a large shop: `python -m bench.reports [--messages 100000]`.

Fills the database of `DUKAN_DATABASE_URL` (an empty SQLite one in a folder of its own if there is none) with
conversations of ten messages over sixty days, then measures every query, the whole report and the lists.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

PER_CONVERSATION = 10
TOPICS = (
    ("product_search", "sales"),
    ("ask_price", "sales"),
    ("place_order", "sales"),
    ("order_status", "service"),
    ("return_item", "service"),
    ("complaint", "service"),
    ("troubleshoot_product", "service"),
    ("store_info", "general"),
)
OUTCOMES = (
    "answered",
    "answered",
    "answered",
    "unknown",
    "sold",
    "lead",
    "solved",
    "ticket",
    "handed_over",
    "abandoned",
)
WORDS = ("quiet", "printer", "laptop", "desk", "lamp", "kettle", "blue", "cheap", "fast", "machine", "cable", "ink")
CHUNK = 2000  # conversations written at a time
ROUNDS = 3  # of the whole report; the slowest counts
BOUNDS = {"sqlite": 2.0, "postgresql": 1.0}  # seconds of a whole report


def fill(session: Session, messages: int, seed: int = 7) -> None:
    """Write the conversations, with what comes of them."""
    from bot.clock import now
    from bot.db.models import (
        Basket,
        Conversation,
        Handoff,
        Interaction,
        Message,
        Order,
        Quote,
        Satisfaction,
        Team,
        Ticket,
    )

    dice = random.Random(seed)
    teams = list(session.scalars(select(Team.id)))
    begin = now() - timedelta(days=60)
    message_id = 0
    for chunk in range(0, messages // PER_CONVERSATION, CHUNK):
        rows: dict[Any, list[dict[str, Any]]] = {
            model: []
            for model in (Conversation, Message, Interaction, Order, Basket, Quote, Handoff, Satisfaction, Ticket)
        }
        for number in range(chunk, min(chunk + CHUNK, messages // PER_CONVERSATION)):
            started = begin + timedelta(seconds=dice.randrange(60 * 86400))
            one = _conversation(dice, number, started, message_id, teams)
            message_id += PER_CONVERSATION
            for name, found in one.items():
                model = next(model for model in rows if model.__name__ == name)
                rows[model] += found
        for model, found in rows.items():
            if found:
                session.execute(insert(model.__table__), found)


def _conversation(
    dice: random.Random, number: int, started: Any, message_id: int, teams: list[int]
) -> dict[str, list[dict[str, Any]]]:
    conversation = f"{number:032x}"
    rows: dict[str, list[dict[str, Any]]] = {
        "Conversation": [
            {
                "id": conversation,
                "channel": dice.choice(("web", "web", "telegram", "whatsapp")),
                "channel_user": conversation,
                "language": dice.choice(("en", "ar")),
                "created_at": started,
                "asked_at": started,
                "answered_at": started + timedelta(minutes=1, seconds=1),
                "updated_at": started + timedelta(minutes=10),
            }
        ],
        "Message": list(_messages(dice, conversation, started, message_id)),
        "Interaction": [],
    }
    channel, language = rows["Conversation"][0]["channel"], rows["Conversation"][0]["language"]
    for place in range(dice.choice((1, 2))):
        topic, side = dice.choice(TOPICS)
        opened = message_id + 1 + place * 4
        rows["Interaction"].append(
            {
                "conversation_id": conversation,
                "opened_by": opened,
                "last_message_id": opened + 2,
                "channel": channel,
                "language": language,
                "side": side,
                "topic": topic,
                "products": dice.choice(([], [f"p{dice.randrange(200)}"])),
                "outcome": dice.choice(OUTCOMES),
                "started_at": started + timedelta(minutes=place * 4),
                "ended_at": started + timedelta(minutes=place * 4 + 3),
            }
        )
    rows.update(_results(dice, number, conversation, started, message_id + 1, teams))
    return rows


def _messages(dice: random.Random, conversation: str, started: Any, message_id: int) -> Iterator[dict[str, Any]]:
    for place in range(PER_CONVERSATION):
        by_customer = place % 2 == 0
        said = " ".join(dice.choices(WORDS, k=5))
        yield {
            "id": message_id + place + 1,
            "conversation_id": conversation,
            "author": "customer" if by_customer else "bot",
            "parts": [{"type": "text", "text": said}],
            "words": said,
            "language": "en",
            "intent": dice.choice(("thanks", "order_status", "product_search")) if by_customer else None,
            "confidence": dice.random() if by_customer else None,
            "latency_ms": 120 if by_customer else None,
            "created_at": started + timedelta(minutes=place, seconds=0 if by_customer else 1),
        }


def _results(
    dice: random.Random, number: int, conversation: str, started: Any, message_id: int, teams: list[int]
) -> dict[str, list[dict[str, Any]]]:
    """An order, a quote, a handoff, a rating and a ticket, each of some conversations."""
    common = {"conversation_id": conversation}
    rows: dict[str, list[dict[str, Any]]] = {}
    if number % 10 == 0:
        moment = started + timedelta(hours=dice.randrange(48))
        order = {"id": number + 1, "number": f"D-{number}", "number_key": f"D{number}", "placed_at": moment}
        rows["Order"] = [{**order, "state": "confirmed", "currency": "SAR", "total": Decimal(dice.randrange(50, 900))}]
        basket = {**common, "state": "ordered", "order_id": number + 1, "phone": "+966500000000"}
        rows["Basket"] = [{**basket, "created_at": started, "updated_at": moment}]
    if number % 15 == 0:
        quote = {"number": f"Q-{number}", "message_id": message_id, "language": "en", "currency": "SAR"}
        dates = {"created_at": started, "valid_until": started + timedelta(days=7)}
        rows["Quote"] = [{**common, **quote, **dates, "subtotal": Decimal(90), "total": Decimal(90)}]
    if number % 5 == 0:
        times = {"requested_at": started, "accepted_at": started + timedelta(seconds=dice.randrange(600))}
        ended = {"ended_at": started + timedelta(minutes=20), "first_reply_at": started + timedelta(minutes=11)}
        what = {"reason": dice.choice(("asked", "locked")), "state": "resolved", "team_id": dice.choice(teams)}
        rows["Handoff"] = [{**common, "message_id": message_id, **times, **ended, **what}]
    if number % 4 == 0:
        judged = {"topic": "order_status", "solved": dice.random() < 0.8, "rating": dice.choice((None, 1, 3, 4, 5))}
        rows["Satisfaction"] = [{**common, "message_id": message_id, **judged, "at": started + timedelta(minutes=9)}]
    if number % 12 == 0:
        ticket = {
            "topic": "complaint",
            "cause": dice.choice(("late", "damaged")),
            "state": dice.choice(("open", "solved")),
        }
        due = {"at": started, "due_at": started + timedelta(days=1)}
        rows["Ticket"] = [{**common, "message_id": message_id, **ticket, **due}]
    return rows


def _timed(what: str, act: Callable[[], Any]) -> float:
    """Seconds that something takes, said on the way."""
    began = time.perf_counter()
    act()
    took = time.perf_counter() - began
    print(f"{took * 1000:8.0f} ms  {what}", file=sys.stderr, flush=True)
    return took


def measure() -> dict[str, Any]:
    """What each query, the lists and the whole report take on what the database holds, in seconds."""
    from bot.clock import now
    from bot.db.session import reading
    from bot.insight import needs, periods, report
    from bot.nlu.masking import mask
    from bot.shop import profile

    with reading() as session:
        shop = profile.read(session)
        period = periods.read(None, None, shop.zone, shop.today())
        scope = report.scope_of(session, period)
        measures = {one.name: _timed(one.name, lambda one=one: one.take(session, scope)) for one in report.MEASURES}
        slowest = max(measures, key=lambda name: measures[name])
        return {
            "until": f"{now():%Y-%m-%d}",
            "days": period.days,
            "slowest_measure": slowest,
            "slowest_measure_s": round(measures[slowest], 3),
            "lists_s": round(_timed("the lists", lambda: needs.lists(session, scope, "en", mask)), 3),
            "whole_s": [
                round(_timed("the whole report", lambda: report.whole(session, period, "en", mask)), 3)
                for _ in range(ROUNDS)
            ],
        }


def main() -> int:
    """Fill and measure; 1 when a whole report takes longer than its bound."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=100_000)
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DUKAN_STATE_DIR", folder)
        from bot.db import schema
        from bot.db.session import engine, writing

        schema.migrate()

        def fill_all() -> None:
            with writing() as session:
                fill(session, wanted.messages)

        _timed(f"{wanted.messages:,} messages written", fill_all)
        with engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("VACUUM ANALYZE" if engine().dialect.name == "postgresql" else "ANALYZE"))
        result = {"messages": wanted.messages, "database": engine().dialect.name, **measure()}
        result["bound_s"] = BOUNDS[engine().dialect.name]
        print(json.dumps(result))
    return int(max(result["whole_s"]) > result["bound_s"])


if __name__ == "__main__":
    raise SystemExit(main())
