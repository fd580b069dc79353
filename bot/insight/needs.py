"""What customers will need: lists for the shop with the evidence behind each line. Shown on the desk's reports page."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from runpy import run_path
from typing import Any

import msgspec
from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from bot.db.models import Category, Customer, Interaction, Message, Order, OrderLine, Product, Variant, WarrantyClaim
from bot.db.types import LANGUAGES
from bot.insight.breakdowns import product_names
from bot.insight.figures import Scope
from bot.insight.periods import Period
from bot.language.normalise import fold
from bot.support.guides import stored
from bot.support.guides.stored import Plan, Subject
from bot.support.maintenance import NEVER_ARRIVED, tasks_of

LOOKED_FOR = ("product_search", "product_recommendation", "product_info", "check_availability", "ask_price")
FAULTS = ("troubleshoot_product", "damaged_or_wrong_item", "warranty_info")
FAILED = ("abandoned", "handed_over", "unknown", "ticket")
DUE_WITHIN = timedelta(days=30)
BOUGHT_WITHIN = timedelta(days=3 * 365)
MOST_READ, MOST_LISTED, MOST_SHOWN, MOST_DUE = 5000, 20, 5, 100
FEWEST, MISSED_SHARE, MORE_BY = 2, 0.6, 1.5

Row = dict[str, Any]
Mask = Callable[[str], str]


def lists(session: Session, scope: Scope, language: str, mask: Mask) -> dict[str, list[Row]]:
    """All lists of a period.

    Args:
        mask: takes what belongs to one person out of a customer's words before they are shown.
    """
    return {
        "not_carried": not_carried(session, scope, mask),
        "articles_missing": articles_missing(session, scope, mask),
        "failing_steps": failing_steps(session, scope),
        "rising_faults": rising_faults(session, scope, language),
        "care_due": care_due(session, scope, language),
    }


def _said(session: Session, *conditions: Any) -> list[Any]:
    """The newest messages that opened topics of a kind: (conversation_id, outcome, topic, language, text)."""
    query = (
        select(Interaction.conversation_id, Interaction.outcome, Interaction.topic, Interaction.language, Message.parts)
        .join(Message, Message.id == Interaction.opened_by)
        .where(Message.payload.is_(None), *conditions)
        .order_by(Interaction.started_at.desc())
        .limit(MOST_READ)
    )
    return session.execute(query).all()


def _text(parts: list[dict[str, Any]]) -> str:
    return " ".join(part.get("text") or "" for part in parts if part.get("type") == "text")


_MASKED = re.compile(r"name@example\.com|www\.example\.com|@name")  # what stands where a person's own was


@lru_cache(maxsize=1)
def _stop_words() -> frozenset[str]:
    """spaCy's, read from its files: to load spaCy itself takes a second."""
    spacy = find_spec("spacy")
    assert spacy is not None and spacy.submodule_search_locations is not None
    files = (
        Path(folder, "lang", language, "stop_words.py")
        for folder in spacy.submodule_search_locations
        for language in LANGUAGES
    )
    return frozenset(fold(word) for file in files for word in run_path(str(file))["STOP_WORDS"])


def _words(text: str) -> set[str]:
    own = _MASKED.sub(" ", text)
    return {word for word in re.findall(r"[^\W\d_]{3,}", fold(own)) if word not in _stop_words()}


def not_carried(session: Session, scope: Scope, mask: Mask) -> list[Row]:
    """Words of searches that mostly came to nothing: what several customers wanted and the shop does not have.

    A word that is as usual in searches that found something ("want", "price") drops out by its share.
    """
    asked, missed = Counter[str](), Counter[str]()
    examples: dict[str, list[str]] = defaultdict(list)
    seen: set[tuple[str, str]] = set()
    within = scope.period.holds(Interaction.started_at)
    for row in _said(session, within, Interaction.topic.in_(LOOKED_FOR)):
        missing = row.outcome == "unknown"
        text = mask(_text(row.parts)) if missing else _text(row.parts)
        for word in _words(text):
            if (row.conversation_id, word) in seen:
                continue  # one customer who asks twice is one customer
            seen.add((row.conversation_id, word))
            asked[word] += 1
            if missing:
                missed[word] += 1
                examples[word].append(text)
    rows: list[Row] = [
        {"name": word, "missed": count, "asked": asked[word], "examples": examples[word][:MOST_SHOWN]}
        for word, count in missed.items()
        if count >= FEWEST and count >= MISSED_SHARE * asked[word]
    ]
    return sorted(rows, key=lambda row: (-row["missed"], row["name"]))[:MOST_LISTED]


def articles_missing(session: Session, scope: Scope, mask: Mask) -> list[Row]:
    """Topics other than searches to which there was no answer, with what was asked."""
    found: dict[str, Row] = {}
    within = scope.period.holds(Interaction.started_at)
    for row in _said(session, within, Interaction.outcome == "unknown", Interaction.topic.not_in(LOOKED_FOR)):
        entry = found.setdefault(row.topic, {"name": row.topic, "missed": 0, "examples": []})
        entry["missed"] += 1
        if len(entry["examples"]) < MOST_SHOWN:
            text = mask(_text(row.parts))
            if text and text not in entry["examples"]:
                entry["examples"].append(text)
    return sorted(found.values(), key=lambda row: (-row["missed"], row["name"]))[:MOST_LISTED]


def failing_steps(session: Session, scope: Scope) -> list[Row]:
    """Steps of guides at which customers gave up or needed a person, with the conversations it happened in."""
    rows = session.execute(
        select(Interaction.place, Interaction.outcome, Interaction.conversation_id)
        .where(
            scope.period.holds(Interaction.started_at),
            Interaction.outcome.in_(FAILED),
            Interaction.place.is_not(None),
        )
        .limit(MOST_READ)
    )
    found: dict[str, Row] = {}
    for row in rows:
        guide, _, step = row.place.rpartition("#")
        entry = found.setdefault(row.place, {"name": guide, "step": int(step), "failed": 0, "conversations": []})
        entry["failed"] += 1
        if len(entry["conversations"]) < MOST_SHOWN:
            entry["conversations"].append(row.conversation_id)
    return sorted(found.values(), key=lambda row: (-row["failed"], row["name"]))[:MOST_LISTED]


def _faults(session: Session, period: Period) -> Counter[str]:
    listed = cast(Interaction.products, Text).label("listed")
    rows = session.execute(
        select(listed, func.count(Interaction.conversation_id.distinct()).label("count"))
        .where(period.holds(Interaction.started_at), Interaction.topic.in_(FAULTS))
        .group_by(listed)
    )
    found = Counter[str]()
    for row in rows:
        for code in msgspec.json.decode(row.listed or "[]"):
            found[code] += row.count
    return found


def rising_faults(session: Session, scope: Scope, language: str) -> list[Row]:
    """Products with clearly more reports of faults than in the period before."""
    present, before = _faults(session, scope.period), _faults(session, scope.period.before())
    rising = [code for code, count in present.items() if count >= FEWEST and count >= MORE_BY * before[code]]
    names = product_names(session, rising, language)
    claims = _claims(session, scope.period)
    rows: list[Row] = [
        {
            "code": code,
            "name": names.get(code, code),
            "faults": present[code],
            "before": before[code],
            "claims": claims[code],
        }
        for code in rising
    ]
    return sorted(rows, key=lambda row: (row["before"] - row["faults"], row["name"]))[:MOST_LISTED]


def _claims(session: Session, period: Period) -> Counter[str]:
    """Warranty claims by product."""
    rows = session.execute(
        select(Product.code, func.count().label("count"))
        .select_from(WarrantyClaim)
        .join(OrderLine, OrderLine.id == WarrantyClaim.order_line_id)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(period.holds(WarrantyClaim.at))
        .group_by(Product.code)
    )
    return Counter({row.code: row.count for row in rows})


def care_due(session: Session, scope: Scope, language: str) -> list[Row]:
    """Pieces that need care or a refill within a month, by the shop's plans and the day they were bought."""
    plans = list(stored.current(session).plans.values())
    if not plans:
        return []
    today = scope.now.astimezone(scope.period.zone).date()
    parents = dict(session.execute(select(Category.id, Category.parent_id)).all())
    codes = dict(session.execute(select(Category.id, Category.code)).all())
    found: list[Row] = []
    for row in _bought(session, scope):
        bought = row.placed_at.astimezone(scope.period.zone).date()
        subject = Subject(row.product, tuple(_upward(row.category_id, parents, codes)))
        for task in (task for plan in plans if _meant(plan, subject) for task in tasks_of(plan)):
            due = task.due(bought, today)
            if due - today <= DUE_WITHIN:
                found.append(
                    {
                        "name": row.title.get_for(language),
                        "task": task.name.get_for(language),
                        "due_on": due.isoformat(),
                        "order": row.number,
                        "customer": row.customer or "",
                        "may_write": bool(row.accepts_marketing),
                    }
                )
    return sorted(found, key=lambda row: (row["due_on"], row["order"], row["task"]))[:MOST_DUE]


def _meant(plan: Plan, subject: Subject) -> bool:
    return bool(plan.meant_for.products or plan.meant_for.categories) and plan.meant_for.rank(subject) is not None


def _upward(category_id: int | None, parents: dict[int, int | None], codes: dict[int, str]) -> Iterator[str]:
    """Codes of a category and those above it."""
    passed: set[int] = set()
    while category_id in codes and category_id not in passed:
        passed.add(category_id)
        yield codes[category_id]
        category_id = parents[category_id]


def _bought(session: Session, scope: Scope) -> list[Any]:
    """Pieces of orders of the last years that arrived and stayed, the newest first."""
    return session.execute(
        select(
            Order.number,
            Order.placed_at,
            OrderLine.title,
            Product.code.label("product"),
            Product.category_id,
            Customer.name.label("customer"),
            Customer.accepts_marketing,
        )
        .select_from(Order)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(Customer, Customer.id == Order.customer_id)
        .where(Order.placed_at >= scope.now - BOUGHT_WITHIN, Order.state.not_in(NEVER_ARRIVED))
        .order_by(Order.placed_at.desc())
        .limit(MOST_READ)
    ).all()
