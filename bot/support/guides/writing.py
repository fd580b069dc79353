"""Writes what an import of guides read: only what changed, with the vectors of passages that stayed the same kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from bot.clock import new_id, now
from bot.db.models import DecisionTree, Guide, GuidesVersion, MaintenancePlan, Passage
from bot.shop.importing.report import ImportReport
from bot.support.guides.markdown import GuideFile
from bot.support.guides.plan_files import PlanFile
from bot.support.guides.records import GuideRecord


class GuideWriter:
    """Compares records with what is stored and writes the difference.

    Args:
        session: of one transaction.
        report: counts are added to it.
    """

    def __init__(self, session: Session, report: ImportReport) -> None:
        self._session = session
        self._report = report
        self._stored: dict[tuple[str, ...], tuple[int, str]] = {}
        for row in session.execute(select(Guide.id, Guide.code, Guide.language, Guide.content_hash)):
            self._stored[("GuideFile", row.code, row.language)] = (row.id, row.content_hash)
        for name, model in (("TreeFile", DecisionTree), ("PlanFile", MaintenancePlan)):
            for row in session.execute(select(model.id, model.code, model.content_hash)):
                self._stored[(name, row.code)] = (row.id, row.content_hash)

    def compare(self, records: Sequence[GuideRecord]) -> list[GuideRecord]:
        """Count what is new, changed and as it was; the records that are not as they were."""
        changed = []
        for record in records:
            _, known = self._stored.get(record.key, (None, None))
            if known == record.content_hash:
                self._report.unchanged += 1
                continue
            changed.append(record)
            self._report.created += known is None
            self._report.updated += known is not None
        return changed

    def write(self, records: Sequence[GuideRecord], tell: Callable[[int], None]) -> None:
        """Write the records that changed."""
        changed = self.compare(records)
        for number, record in enumerate(changed):
            tell(number)
            if isinstance(record.read, GuideFile):
                self._guide(record, record.read)
            elif isinstance(record.read, PlanFile):
                self._row(record, MaintenancePlan, title=record.read.title, tasks=record.read.tasks)
            else:
                self._row(record, DecisionTree, body=record.read.body)
        if changed:
            self._session.execute(delete(GuidesVersion))
            self._session.execute(insert(GuidesVersion).values(id=1, version=new_id()))

    def _row(self, record: GuideRecord, model: Any, **columns: Any) -> int:
        """Insert or update the row of a record; its id."""
        known, _ = self._stored.get(record.key, (None, None))
        values = {
            "code": record.read.code,
            "products": record.read.products,
            "categories": record.read.categories,
            "source": record.source,
            "content_hash": record.content_hash,
            **columns,
        }
        if known is not None:
            self._session.execute(update(model).where(model.id == known).values(**values))
            return known
        return int(self._session.execute(insert(model).values(**values)).inserted_primary_key[0])

    def _guide(self, record: GuideRecord, page: GuideFile) -> None:
        learned = self._learned(record, page)
        guide_id = self._row(
            record,
            Guide,
            language=page.language,
            kind=page.kind,
            title=page.title,
            intro=page.intro,
            safety=page.safety,
            minutes=page.minutes,
            url=page.url,
            steps=[asdict(step) for step in page.steps],
            updated_at=now(),
        )
        self._session.execute(delete(Passage).where(Passage.guide_id == guide_id))
        self._session.execute(
            insert(Passage),
            [
                {
                    "guide_id": guide_id,
                    "position": position,
                    "heading": heading,
                    "text": text,
                    "embedding": learned.get((heading, text)),
                }
                for position, (heading, text) in enumerate(page.passages)
            ],
        )

    def _learned(self, record: GuideRecord, page: GuideFile) -> dict[tuple[str, str], bytes | None]:
        """The vectors of stored passages by heading and text, as long as the title they were made with stands."""
        known, _ = self._stored.get(record.key, (None, None))
        rows = self._session.execute(
            select(Passage.heading, Passage.text, Passage.embedding)
            .join(Guide, Guide.id == Passage.guide_id)
            .where(Guide.id == known, Guide.title == page.title)
        )
        return {(row.heading, row.text): row.embedding for row in rows} if known is not None else {}
