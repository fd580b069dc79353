"""The shop's guides, trees and plans as answers need them, kept in memory and read again after an import."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Category, DecisionTree, Guide, GuidesVersion, MaintenancePlan, Product
from bot.db.types import LANGUAGES, LocalisedText
from bot.support.guides.markdown import Step
from bot.support.trees import Tree, from_body

OTHERS = 100  # rank of what is for no certain product or category


@dataclass(frozen=True)
class Subject:
    """What help is wanted with: a product, or a kind of product with the wider kinds above it."""

    product: str | None = None
    categories: tuple[str, ...] = ()  # the narrowest first


@dataclass(frozen=True)
class For:
    """The products and categories that a guide, a tree or a plan is for."""

    products: frozenset[str]
    categories: frozenset[str]

    def rank(self, subject: Subject) -> int | None:
        """How closely it is for a subject, 0 the closest; None when it is for others."""
        if not self.products and not self.categories:
            return OTHERS
        if subject.product in self.products:
            return 0
        near = (place for place, code in enumerate(subject.categories, 1) if code in self.categories)
        return next(near, None)


@dataclass(frozen=True)
class StepGuide:
    """A guide to walk, in the languages it was written in."""

    code: str
    kind: str
    meant_for: For
    titles: LocalisedText
    intros: LocalisedText
    safeties: LocalisedText
    minutes: int | None
    urls: LocalisedText
    steps: dict[str, tuple[Step, ...]]  # by language

    def steps_in(self, language: str) -> tuple[Step, ...]:
        """The steps in a language, else in the one there is."""
        return self.steps.get(language) or next(iter(self.steps.values()))


@dataclass(frozen=True)
class Fault:
    """A decision tree with what it is for."""

    tree: Tree
    meant_for: For


@dataclass(frozen=True)
class Plan:
    """A maintenance plan with what it is for; its tasks are read by `bot.support.maintenance`."""

    code: str
    title: LocalisedText
    tasks: tuple[dict[str, Any], ...]
    meant_for: For


@dataclass(frozen=True)
class Library:
    """All guides to walk, trees and plans of the shop."""

    key: tuple[str, str]
    guides: dict[str, StepGuide]
    faults: dict[str, Fault]
    plans: dict[str, Plan]

    def guides_for(self, subject: Subject, kinds: Sequence[str]) -> list[StepGuide]:
        """The guides of these kinds for a subject, the closest first, then in the order of the kinds."""
        fitting = [guide for guide in self.guides.values() if guide.kind in kinds]
        return _closest(fitting, subject, lambda guide: kinds.index(guide.kind))

    def tree_for(self, subject: Subject) -> Tree | None:
        """The tree closest to a subject."""
        found = _closest(self.faults.values(), subject)
        return found[0].tree if found else None

    def plan_for(self, subject: Subject) -> Plan | None:
        """The plan closest to a subject."""
        return next(iter(_closest(self.plans.values(), subject)), None)


Item = TypeVar("Item", StepGuide, Fault, Plan)


def _closest(items: Iterable[Item], subject: Subject, then: Any = lambda _item: 0) -> list[Item]:
    ranked = [(rank, item) for item in items if (rank := item.meant_for.rank(subject)) is not None]
    least = min((rank for rank, _ in ranked), default=0)
    # Product guides stand beside those of the product's kind; the wider kinds only step in where neither is.
    near = [(rank, item) for rank, item in ranked if rank <= max(least, 1)]
    return [item for _, item in sorted(near, key=lambda pair: (pair[0], then(pair[1])))]


_latest: Library | None = None
_lock = threading.Lock()


def version_of(session: Session) -> tuple[str, str]:
    """What everything kept of guides is kept by: the database and the version of the last import."""
    version = session.execute(select(GuidesVersion.version).limit(1)).scalar() or ""
    return str(session.get_bind().engine.url), str(version)


def current(session: Session) -> Library:
    """The library as it is now."""
    global _latest
    key = version_of(session)
    if _latest is None or _latest.key != key:
        with _lock:
            if _latest is None or _latest.key != key:
                _latest = _read(session, key)
    return _latest


def subject_of(session: Session, *, product: str | None = None, category: str | None = None) -> Subject:
    """The subject of a product code, or of a category code, with the categories above."""
    if product is not None:
        query = select(Category.id).join(Product, Product.category_id == Category.id).where(Product.code == product)
    else:
        query = select(Category.id).where(Category.code == (category or ""))
    place = session.execute(query).scalar()
    rows = {row.id: row for row in session.execute(select(Category.id, Category.code, Category.parent_id))}
    codes: list[str] = []
    while place in rows and rows[place].code not in codes:
        codes.append(rows[place].code)
        place = rows[place].parent_id
    return Subject(product, tuple(codes))


def _read(session: Session, key: tuple[str, str]) -> Library:
    pages: dict[str, list[Any]] = {}
    for row in session.execute(select(Guide).where(Guide.kind != "help").order_by(Guide.id)).scalars():
        pages.setdefault(row.code, []).append(row)
    trees = session.execute(select(DecisionTree).order_by(DecisionTree.id)).scalars()
    plans = session.execute(select(MaintenancePlan).order_by(MaintenancePlan.id)).scalars()
    return Library(
        key,
        {code: _guide(code, rows) for code, rows in pages.items()},
        {row.code: Fault(from_body(row.code, row.body), _for(row)) for row in trees},
        {row.code: Plan(row.code, row.title, tuple(row.tasks), _for(row)) for row in plans},
    )


def _for(*rows: Any) -> For:
    return For(
        frozenset(code for row in rows for code in row.products),
        frozenset(code for row in rows for code in row.categories),
    )


def _guide(code: str, rows: Sequence[Any]) -> StepGuide:
    ordered = sorted(rows, key=lambda row: LANGUAGES.index(row.language))

    def told(name: str) -> LocalisedText:
        return LocalisedText({row.language: getattr(row, name) for row in ordered if getattr(row, name)})

    return StepGuide(
        code=code,
        kind=ordered[0].kind,
        meant_for=_for(*ordered),
        titles=told("title"),
        intros=told("intro"),
        safeties=told("safety"),
        minutes=next((row.minutes for row in ordered if row.minutes), None),
        urls=told("url"),
        steps={row.language: tuple(Step(**step) for step in row.steps) for row in ordered},
    )
