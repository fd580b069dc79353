"""Categories and brands during an import: found by code or name in either language, made when new."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, Generic, TypeVar

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from bot.db.models import Brand, Category
from bot.shop.importing.records import BrandRecord, CategoryRecord, Text
from bot.shop.importing.text import slug
from bot.shop.importing.writers.bulk import Values, insert_all, reserve, upsert

_CODE = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
R = TypeVar("R", CategoryRecord, BrandRecord)


class Entry:
    """A category or brand as it is in the database (`key`), or shall be."""

    def __init__(
        self, code: str, name: Text, aliases: list[str], parent: str | None = None, key: int | None = None
    ) -> None:
        self.code = code
        self.name = name
        self.aliases = aliases
        self.parent = parent
        self.key = key
        self._kept = (dict(name), list(aliases), parent)

    @property
    def changed(self) -> bool:
        """Whether it has to be written."""
        return self.key is None or self._kept != (self.name, self.aliases, self.parent)

    @property
    def renamed(self) -> bool:
        """Whether its names are other than those in the database."""
        return self._kept[0] != self.name

    def written(self, key: int | None) -> None:
        """It is in the database now."""
        self.key = key
        self._kept = (dict(self.name), list(self.aliases), self.parent)

    def learn(self, name: Text, aliases: Collection[str] = ()) -> None:
        """Take over names and further aliases."""
        self.name = {**self.name, **name}
        self.aliases = [*self.aliases, *(alias for alias in aliases if alias not in self.aliases)]

    def called(self, name: Text) -> bool:
        """Whether it goes by one of the names."""
        return not {slug(text) for text in self.name.values()}.isdisjoint(slug(text) for text in name.values())


class _Names(Generic[R]):
    """What both books have in common."""

    table: Table

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self._below: dict[tuple[str | None, str], Entry] = {}
        self._anywhere: dict[str, Entry] = {}

    def add(self, entry: Entry) -> Entry:
        """Enter a row."""
        self.entries[entry.code] = entry
        self._index(entry)
        return entry

    def _index(self, entry: Entry) -> None:
        for text in entry.name.values():
            self._below.setdefault((entry.parent, slug(text)), entry)
            self._anywhere.setdefault(slug(text), entry)

    def _named(self, parent: str | None, name: Text) -> Entry | None:
        """The entry of a name below a parent; at the top, else anywhere, without one."""
        keys = [slug(text) for text in name.values()]
        found = next((entry for key in keys if (entry := self._below.get((parent, key)))), None)
        if found is None and parent is None:
            found = next((entry for key in keys if (entry := self._anywhere.get(key))), None)
        return found

    def _free_code(self, *candidates: str) -> str:
        number = 2
        for candidate in candidates:
            if candidate and candidate not in self.entries:
                return candidate
        while f"{candidates[-1]}-{number}" in self.entries:
            number += 1
        return f"{candidates[-1]}-{number}"

    def declare(self, record: R) -> Entry:
        """A category or brand that the file states in full."""
        parent = record.parent if isinstance(record, CategoryRecord) else None
        entry = self.entries.get(record.code)
        if entry is None:
            return self.add(Entry(record.code, record.name, record.aliases, parent))
        entry.learn(record.name)
        if "aliases" not in record.silent:
            entry.aliases = record.aliases
        entry.parent = parent or entry.parent
        self._index(entry)
        return entry

    def _by_code(self, record: R) -> Entry | None:
        """The entry that a record with a code means. A plain string in a file may be a code or a name."""
        plain = list(record.name.values()) == [record.code]
        if record.code and not plain:
            return self.declare(record)
        return self.entries.get(record.code) if record.code else None

    def _learned(self, entry: Entry, name: Text, translating: Collection[str]) -> bool:
        """Whether a name only says an entry in a language the product had no text in so far; then keep it."""
        if set(name) & set(entry.name) or not set(name) <= set(translating):
            return False
        entry.learn(name)
        self._index(entry)
        return True

    @property
    def changed(self) -> list[Entry]:
        """Entries to write."""
        return [entry for entry in self.entries.values() if entry.changed]

    def key(self, code: str | None) -> int | None:
        """The primary key of a code, once written."""
        entry = self.entries.get(code) if code else None
        return entry.key if entry else None

    def write(self, session: Session) -> None:
        """Store what is new or changed."""
        changed = self.changed
        new = [entry for entry in changed if entry.key is None]
        old = [entry for entry in changed if entry.key is not None]
        for entry, key in zip(new, reserve(session, self.table, len(new)), strict=True):
            entry.key = key
        insert_all(session, self.table, [self._row(entry) for entry in new])
        upsert(session, self.table, [self._row(entry) for entry in old])
        self._wrote(session, changed)
        for entry in changed:
            entry.written(entry.key)

    @staticmethod
    def _row(entry: Entry) -> Values:
        return {"id": entry.key, "code": entry.code, "name": entry.name, "aliases": entry.aliases}

    def _wrote(self, session: Session, changed: list[Entry]) -> None:
        """What is left to do once all keys are known."""


class Categories(_Names[CategoryRecord]):
    """All categories of the shop."""

    table = Category.__table__

    def __init__(self, session: Session) -> None:
        super().__init__()
        rows = session.execute(select(self.table).order_by(self.table.c.id)).all()
        codes: dict[Any, str] = {row.id: row.code for row in rows}
        for row in rows:
            self.add(Entry(row.code, dict(row.name), list(row.aliases), codes.get(row.parent_id), row.id))

    def settle(self, warn: Callable[[str], None]) -> None:
        """Cut parents that do not exist or lead round in a circle."""
        for entry in self.entries.values():
            seen = {entry.code}
            above = entry
            while above.parent:
                if above.parent not in self.entries or above.parent in seen:
                    warn(f"the parent {above.parent!r} of the category {above.code!r} is not there; left out")
                    above.parent = None
                    break
                seen.add(above.parent)
                above = self.entries[above.parent]

    def resolve(self, path: list[CategoryRecord], current: str | None, translating: Collection[str]) -> str | None:
        """The code of the category at the end of a path.

        Args:
            path: names from the top down, or one record with a code.
            current: the code of the product's category so far.
            translating: languages in which the product had no text so far.
        """
        if not path:
            return None
        if len(path) == 1 and (found := self._by_code(path[0])):
            return found.code
        mine = self.entries.get(current) if current else None
        if mine and (mine.called(path[-1].name) or self._translates(mine, path, translating)):
            return mine.code
        parent: str | None = None
        for part in path:
            parent = (self._named(parent, part.name) or self._child(part, parent)).code
        return parent

    def _child(self, part: CategoryRecord, parent: str | None) -> Entry:
        name = slug(part.code or next(iter(part.name.values())), limit=90) or "category"
        code = self._free_code(name, f"{parent}-{name}"[-190:] if parent else name)
        return self.add(Entry(code, _readable(part), part.aliases, parent))

    def _translates(self, entry: Entry, path: list[CategoryRecord], translating: Collection[str]) -> bool:
        if not self._learned(entry, path[-1].name, translating):
            return False
        above = entry.parent
        for part in reversed(path[:-1]):
            if above is None:
                break
            self._learned(self.entries[above], part.name, translating)
            above = self.entries[above].parent
        return True

    def _wrote(self, session: Session, changed: list[Entry]) -> None:
        for entry in changed:
            values: Values = {"parent_id": self.key(entry.parent)}
            if entry.renamed:
                values["embedding"] = None
            session.execute(self.table.update().where(self.table.c.id == entry.key).values(**values))


class Brands(_Names[BrandRecord]):
    """All brands of the shop."""

    table = Brand.__table__

    def __init__(self, session: Session) -> None:
        super().__init__()
        for row in session.execute(select(self.table).order_by(self.table.c.id)).all():
            self.add(Entry(row.code, dict(row.name), list(row.aliases), None, row.id))

    def resolve(self, record: BrandRecord | None, current: str | None, translating: Collection[str]) -> str | None:
        """The code of a brand; see `Categories.resolve`."""
        if record is None:
            return None
        if found := self._by_code(record):
            return found.code
        mine = self.entries.get(current) if current else None
        if mine and (mine.called(record.name) or self._learned(mine, record.name, translating)):
            return mine.code
        known = self._named(None, record.name)
        if known is None:
            name = slug(next(iter(record.name.values())), limit=90) or "brand"
            known = self.add(Entry(self._free_code(name), _readable(record), record.aliases))
        return known.code


def _readable(record: CategoryRecord | BrandRecord) -> Text:
    """Its name; a code that nothing names yet is made presentable ("air-purifiers": "Air purifiers")."""
    if _CODE.fullmatch(record.code) and list(record.name.values()) == [record.code]:
        return {"en": record.code.replace("-", " ").replace("_", " ").capitalize()}
    return record.name
