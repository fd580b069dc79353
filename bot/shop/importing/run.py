"""An import from beginning to end: read, check, compare, and write everything or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bot import clock
from bot.db.models import Branch
from bot.db.session import reading, writing
from bot.shop.importing.contents import KINDS, RECORDS, records_of
from bot.shop.importing.context import Context
from bot.shop.importing.detect import FORMATS, format_of
from bot.shop.importing.moments import zone_named
from bot.shop.importing.records import BrandRecord, CategoryRecord, Record
from bot.shop.importing.report import ImportFileError, ImportReport, Refusal, RowProblem
from bot.shop.importing.source import Source, open_source
from bot.shop.importing.spool import Spool
from bot.shop.importing.validate import Validator
from bot.shop.importing.writers.bulk import lock_imports
from bot.shop.importing.writers.customers import CustomerWriter
from bot.shop.importing.writers.orders import OrderWriter
from bot.shop.importing.writers.products import ProductWriter
from bot.shop.importing.writers.shop import ShopWriter, ensure_shop, is_placeholder, raise_version, the_shop

Progress = Callable[[int, int | None], None]
_SPAN = 1000  # progress is told in thousandths: reading takes the first part, writing the rest
_READING = 600


def import_file(
    kind: str,
    path: Path,
    format: str | None = None,
    *,
    dry_run: bool = False,
    skip_invalid: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file of the shop's: all of it or, when it fails or is stopped half-way, nothing.

    Args:
        kind: one of `KINDS`.
        path: the file.
        format: one of `FORMATS`; found out from the file when None.
        dry_run: only say what would happen.
        skip_invalid: import the good rows of a file that has refused ones; without it such a file changes nothing.
        progress: told (done, of) now and then, in thousandths of the way.

    Raises:
        ImportFileError: the file as a whole, or the database, cannot be used.
    """
    started = time.perf_counter()
    if kind not in KINDS:
        raise ImportFileError(f"{kind!r} cannot be imported; known are {', '.join(KINDS)}")
    if format is not None and format not in FORMATS:
        raise ImportFileError(f"the format {format!r} is not known; known are {', '.join(FORMATS)}")
    tell = _Tell(progress)
    source = open_source(Path(path))
    try:
        context = _context()
        if source.remark:
            context.warn(1, source.remark)
        with Spool(RECORDS[kind]) as spool:
            job = _Import(kind, context, spool)
            job.read(source, format or format_of(source), tell)
            if dry_run or (job.report.refused and not skip_invalid):
                job.rehearse(tell)
            else:
                job.perform(skip_invalid, tell)
    except DBAPIError as error:
        reason = (str(error.orig).strip().splitlines() or ["unknown"])[0]
        raise ImportFileError(f"the database refused the import ({reason}); nothing was changed") from error
    except OSError as error:
        raise ImportFileError(f"the import stopped ({error.strerror or error}); nothing was changed") from error
    report = job.report
    report.refused.sort(key=lambda refusal: refusal.line)
    report.warnings = context.warnings
    report.seconds = time.perf_counter() - started
    tell(_SPAN)
    return report


def _context() -> Context:
    with reading() as session:
        shop = the_shop(session)
        context = Context(today=clock.now().date())
        rows = session.execute(select(Branch.code, Branch.name)).all()
        context.branches = {code: list(name.values()) for code, name in rows}
        if shop is not None:
            context.currency = None if is_placeholder(shop) else shop.currency
            context.country = shop.country
            context.zone = zone_named(shop.timezone)
            context.prices_include_tax = bool(shop.prices_include_tax)
            context.today = clock.now().astimezone(context.zone).date()
    return context


class _Tell:
    """Passes progress on, only when it moved."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._last = -1

    def __call__(self, done: int) -> None:
        if self._progress and done > self._last:
            self._last = done
            self._progress(done, _SPAN)


class _Undo(Exception):
    """Ends a rehearsal, so that its transaction is rolled back."""


class _Import:
    """The steps of one import."""

    def __init__(self, kind: str, context: Context, spool: Spool[Any]) -> None:
        self.kind = kind
        self.context = context
        self.spool = spool
        self.names: list[CategoryRecord | BrandRecord] = []  # stated in full beside the products
        self.report = ImportReport()
        self.validator = Validator(context)

    def read(self, source: Source, format: str, tell: _Tell) -> None:
        """Read the file; good records go to the spool, the others to the report."""
        refused = self.report.refused
        for item in records_of(self.kind, source, format, self.context):
            tell(_READING * min(source.position, source.size) // max(source.size, 1))
            if isinstance(item, Refusal):
                refused.append(item)
                continue
            try:
                self.validator.check(item)
            except RowProblem as problem:
                refused.append(Refusal(problem.line or item.line, str(problem), _id_of(item)))
                continue
            if isinstance(item, (CategoryRecord, BrandRecord)):
                self.names.append(item)
            else:
                self.spool.add(item)
        if not self.spool.count and not refused and not self.names:
            raise ImportFileError(f"{source.path.name} holds no {self.kind}")

    def rehearse(self, tell: _Tell) -> None:
        """Count what would happen and change nothing."""
        if self.kind == "products":
            self._compare_products(tell)
            return
        try:
            with writing() as session:
                self._write(session, tell)
                raise _Undo
        except _Undo:
            pass

    def perform(self, skip_invalid: bool, tell: _Tell) -> None:
        """Write everything in one transaction.

        Products are compared before it begins: an import that changes nothing, or may not, holds up nobody.
        """
        report = self.report
        if self.kind == "products":
            refused_by_file = list(report.refused)
            changes = self._compare_products(_Tell(None))
            if len(report.refused) > len(refused_by_file) and not skip_invalid:
                return
            report.applied = True
            if not changes:
                return
            report.refused = refused_by_file
        with writing() as session:
            self._write(session, tell)
        report.applied = True

    def _write(self, session: Session, tell: _Tell) -> None:
        lock_imports(session)
        if self.kind != "shop":
            ensure_shop(session, self.context.currency)
        if self.kind == "products":
            self._write_products(session, tell)
            return
        writer: Any = ShopWriter(session)
        if self.kind == "orders":
            writer = OrderWriter(session, self.context)
        elif self.kind == "customers":
            writer = CustomerWriter(session)
        for batch in self._batches(tell):
            writer.take(batch)
        self._count(writer.created, writer.updated, writer.unchanged)
        if isinstance(writer, ShopWriter) and writer.created + writer.updated:
            raise_version(session)

    def _product_writer(self, session: Session, warn: Callable[[str], None]) -> ProductWriter:
        codes = {key.removeprefix("product ") for key in self.validator.lines if key.startswith("product ")}
        writer = ProductWriter(session, self.context, codes)
        for record in self.names:
            book: Any = writer.categories if isinstance(record, CategoryRecord) else writer.brands
            book.declare(record)
        writer.categories.settle(warn)
        return writer

    def _compare_products(self, tell: _Tell) -> bool:
        """Count what would change; whether anything would."""
        self._count(0, 0, 0)
        with reading() as session:
            writer = self._product_writer(session, lambda reason: self.context.warn(1, reason))
            changes = 0
            for batch in self._batches(tell):
                plan = writer.plan(batch)
                changes += len(plan.changes)
                self._add(plan)
        return bool(changes or writer.categories.changed or writer.brands.changed)

    def _write_products(self, session: Session, tell: _Tell) -> None:
        self._count(0, 0, 0)
        writer = self._product_writer(session, lambda reason: None)
        for batch in self._batches(tell):
            plan = writer.plan(batch)
            self._add(plan)
            writer.write(plan)
        writer.finish()
        if writer.changed:
            raise_version(session)

    def _count(self, created: int, updated: int, unchanged: int) -> None:
        self.report.created, self.report.updated, self.report.unchanged = created, updated, unchanged

    def _add(self, plan: Any) -> None:
        report = self.report
        self._count(report.created + plan.created, report.updated + plan.updated, report.unchanged + plan.unchanged)
        report.refused.extend(plan.refused)

    def _batches(self, tell: _Tell) -> Iterator[list[Any]]:
        done = 0
        for batch in self.spool.batches():
            yield batch
            done += len(batch)
            tell(_READING + (_SPAN - _READING) * done // max(self.spool.count, 1) - 1)


def _id_of(record: Record) -> str | None:
    return getattr(record, "code", "") or getattr(record, "number", "") or None
