"""Bulk statements that both databases understand: upserts, reserved keys, chunks of a long IN list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

T = TypeVar("T")
Values = dict[str, Any]
_LONGEST_IN = 900


def chunks(items: Iterable[T], size: int = _LONGEST_IN) -> Iterator[list[T]]:
    """Lists of at most `size` items; the default fits the parameters of one statement."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def select_in(session: Session, statement: Any, column: Any, keys: Iterable[Any]) -> list[Any]:
    """All rows of `statement` whose `column` is among `keys`, in the statement's order within each chunk."""
    rows: list[Any] = []
    for part in chunks(keys):
        rows += session.execute(statement.where(column.in_(part))).all()
    return rows


def insert_all(session: Session, table: Table, rows: list[Values]) -> None:
    """Insert rows that have the same columns."""
    if rows:
        session.execute(insert(table), rows)


def upsert(session: Session, table: Table, rows: list[Values], key: Sequence[str] = ("id",)) -> None:
    """Insert rows that have the same columns, or update those whose `key` is there."""
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed), rows)


def delete_in(session: Session, table: Table, column: Any, keys: Iterable[Any]) -> None:
    """Delete the rows whose `column` is among `keys`."""
    for part in chunks(keys):
        session.execute(table.delete().where(column.in_(part)))


def reserve(session: Session, table: Table, count: int) -> list[int]:
    """Primary keys for `count` new rows, so that their children can be inserted in bulk as well.

    SQLite's one writer holds the lock already; PostgreSQL gives keys out of the table's sequence.
    """
    if not count:
        return []
    if session.get_bind().dialect.name == "postgresql":
        statement = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return list(session.execute(statement, {"name": table.name, "count": count}).scalars())
    last = session.execute(select(func.max(table.c.id))).scalar() or 0
    return list(range(last + 1, last + 1 + count))


def lock_imports(session: Session) -> None:
    """Let one import write at a time; SQLite sees to that by itself."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('dukan import'))"))
