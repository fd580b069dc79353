"""What stands in the files of one import together: doubles, translations that do not match, things unknown to the shop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Category, Guide, Product, Variant
from bot.shop.importing.report import Refusal
from bot.shop.importing.writers.bulk import select_in
from bot.support.guides.markdown import GuideFile
from bot.support.guides.plan_files import PlanFile
from bot.support.guides.tree_files import TreeFile


@dataclass(frozen=True)
class GuideRecord:
    """A guide, a tree or a plan with the file and line it begins on."""

    read: GuideFile | TreeFile | PlanFile
    source: str
    line: int
    content_hash: str

    @property
    def key(self) -> tuple[str, ...]:
        """What may be there once only."""
        language = (self.read.language,) if isinstance(self.read, GuideFile) else ()
        return (type(self.read).__name__, self.read.code, *language)

    def refuse(self, reason: str) -> Refusal:
        """This record refused."""
        return Refusal(self.line, reason, self.source)


def check_together(session: Session, records: Sequence[GuideRecord]) -> list[Refusal]:
    """The refusals that only show when all files are seen together and beside the catalogue."""
    return [
        *_doubles(records),
        *_translations(session, records),
        *_strangers(session, records),
        *_parts(session, records),
        *_guides_of_tasks(session, records),
    ]


def _doubles(records: Iterable[GuideRecord]) -> Iterator[Refusal]:
    seen: dict[tuple[str, ...], GuideRecord] = {}
    for record in records:
        first = seen.setdefault(record.key, record)
        if first is not record:
            yield record.refuse(f"“{record.read.code}” stands already in {first.source}, line {first.line}")


def _translations(session: Session, records: Iterable[GuideRecord]) -> Iterator[Refusal]:
    """A guide walked in one language must be the same walk in the other."""
    pages = [record for record in records if isinstance(record.read, GuideFile)]
    known: dict[str, dict[str, tuple[str, int, str]]] = {}
    codes = {record.read.code for record in pages}
    stored = select(Guide.code, Guide.language, Guide.kind, Guide.steps, Guide.source)
    for row in select_in(session, stored, Guide.code, codes):
        known.setdefault(row.code, {})[row.language] = (row.kind, len(row.steps), row.source)
    for record in pages:
        page: Any = record.read
        known.setdefault(page.code, {})[page.language] = (page.kind, len(page.steps), record.source)
    for record in pages:
        page = record.read
        for language, (kind, steps, source) in known[page.code].items():
            if language == page.language:
                continue
            if kind != page.kind:
                yield record.refuse(f"“{page.code}” is of the kind “{page.kind}” here and “{kind}” in {source}")
            elif steps != len(page.steps):
                yield record.refuse(f"“{page.code}” has {len(page.steps)} steps here and {steps} in {source}")


def _strangers(session: Session, records: Iterable[GuideRecord]) -> Iterator[Refusal]:
    """Products and categories that the shop does not have."""
    for word, model in (("product", Product), ("category", Category)):
        field = "products" if model is Product else "categories"
        named = {code for record in records for code in getattr(record.read, field)}
        known = {row.code for row in select_in(session, select(model.code), model.code, named)}
        for record in records:
            lost = next((code for code in getattr(record.read, field) if code not in known), None)
            if lost is not None:
                place = record.read.lines.get(field)
                where = f" (line {place})" if place and place != record.line else ""
                yield record.refuse(f"there is no {word} “{lost}”{where}; import products first")


def _tasks(records: Iterable[GuideRecord]) -> Iterator[tuple[GuideRecord, dict[str, Any]]]:
    for record in records:
        if isinstance(record.read, PlanFile):
            for task in record.read.tasks:
                yield record, task


def _parts(session: Session, records: Sequence[GuideRecord]) -> Iterator[Refusal]:
    parts = [(record, task, part) for record, task in _tasks(records) for part in task["parts"]]
    skus = {part["sku"] for _, _, part in parts if part["sku"]}
    products = {part["product"] for _, _, part in parts if part["product"]}
    known_skus = {row.sku for row in select_in(session, select(Variant.sku), Variant.sku, skus)}
    known_products = {row.code for row in select_in(session, select(Product.code), Product.code, products)}
    for record, task, part in parts:
        if part["sku"] and part["sku"] not in known_skus:
            yield record.refuse(
                f"the task “{task['code']}” names the SKU “{part['sku']}”, which the shop does not have"
            )
        elif part["product"] and part["product"] not in known_products:
            yield record.refuse(f"the task “{task['code']}” names the product “{part['product']}”, which is not there")


def _guides_of_tasks(session: Session, records: Sequence[GuideRecord]) -> Iterator[Refusal]:
    named = {task["guide"] for _, task in _tasks(records) if task["guide"]}
    known = {row.code for row in select_in(session, select(Guide.code), Guide.code, named)}
    known |= {record.read.code for record in records if isinstance(record.read, GuideFile)}
    for record, task in _tasks(records):
        if task["guide"] and task["guide"] not in known:
            yield record.refuse(f"the task “{task['code']}” names the guide “{task['guide']}”, which is not there")
