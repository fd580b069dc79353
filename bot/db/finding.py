"""Full-text search on both databases: words of messages and customers, folded, in SQLite's FTS5 or PostgreSQL's GIN.

Whoever stores a row stores its words beside it (`words_of`); the index follows them. The desk searches with `holds` and `has`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, and_, column, event, func, literal, select, table, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from bot.db.models import Customer, Message
from bot.language.normalise import fold

SEARCHED: tuple[Table, ...] = (Message.__table__, Customer.__table__)
NATIONAL = 9  # last digits of a telephone number: the same however it is dialled
_WORD = re.compile(r"[^\W_]+")
_PREFIXED = re.compile(r"(?:[وف]?(?:ال|بال|كال|لل))([\u0621-\u064a]{3,})")  # the article, with what is written onto it
_SHOWN = ("text", "title", "subtitle", "label", "name")  # keys of a message's parts that hold what is read
_INSIDE = ("cards", "buttons", "steps", "items")


def words_of(texts: Iterable[str]) -> str:
    """What texts are found by: each word once, and without its article too."""
    found: dict[str, None] = {}
    for word in _WORD.findall(fold(" ".join(texts))):
        found[word] = None
        if bare := _PREFIXED.fullmatch(word):
            found[bare[1]] = None
        if word.isdigit() and len(word) > NATIONAL:
            found[word[-NATIONAL:]] = None
    return " ".join(found)


def words_of_row(row: Mapping[str, Any]) -> str:
    """What a row of a searched table is found by."""
    if "parts" in row:
        return words_of_parts(row["parts"])
    return words_of(filter(None, (row["name"], row["email"], row["phone"])))


def words_of_parts(parts: Iterable[dict[str, Any]]) -> str:
    """What a message is found by: all that is read in it."""
    return words_of(_read(parts))


def _read(parts: Iterable[dict[str, Any]]) -> Iterator[str]:
    for part in parts:
        yield from (part[key] for key in _SHOWN if isinstance(part.get(key), str))
        for key in _INSIDE:
            if isinstance(inner := part.get(key), list):
                yield from _read(one for one in inner if isinstance(one, dict))


def terms_of(wanted: str) -> list[str]:
    """What is looked for, as beginnings of words that must all be there."""
    terms = []
    for word in _WORD.findall(fold(wanted)):
        bare = _PREFIXED.fullmatch(word)
        number = word.isdigit() and len(word) > NATIONAL
        terms.append(bare[1] if bare else word[-NATIONAL:] if number else word)
    return terms


def holds(session: Session, searched: Any, terms: Sequence[str]) -> ColumnElement[bool]:
    """Whether a message or customer holds words that begin with each of `terms`."""
    if session.get_bind().dialect.name == "sqlite":
        index = table(_index_of(searched.__table__), column("rowid"))
        asked = " AND ".join(f'"{term}"*' for term in terms)
        return searched.id.in_(select(index.c.rowid).where(text(f"{index.name} MATCH :asked").bindparams(asked=asked)))
    asked = " & ".join(f"{term}:*" for term in terms)
    config = text("'simple'")  # as it stands in the index
    matched: ColumnElement[bool] = func.to_tsvector(config, searched.words).op("@@")(func.to_tsquery(config, asked))
    return matched


def has(searched: Any, terms: Sequence[str]) -> ColumnElement[bool]:
    """The same without the index, for rows that are looked through anyhow."""
    words = literal(" ") + searched.words
    return and_(*(words.like(f"% {term}%") for term in terms))


def _index_of(searched: Table) -> str:
    return f"{searched.name}_words"


def make_indexes(connection: Connection) -> None:
    """Make the indexes that are not there yet: models cannot describe them, so this follows every migration."""
    for searched in SEARCHED:
        name, index = searched.name, _index_of(searched)
        if connection.dialect.name != "sqlite":
            words = "to_tsvector('simple', words)"
            connection.execute(text(f"CREATE INDEX IF NOT EXISTS ix_{index} ON {name} USING gin ({words})"))
            continue
        options = "tokenize='unicode61 remove_diacritics 0', detail=none, columnsize=0"
        source = f"content='{name}', content_rowid='id'"
        connection.execute(text(f"CREATE VIRTUAL TABLE IF NOT EXISTS {index} USING fts5(words, {source}, {options})"))
        into = f"INSERT INTO {index}(rowid, words) SELECT new.id, new.words WHERE new.words != ''"
        out = f"INSERT INTO {index}({index}, rowid, words) SELECT 'delete', old.id, old.words WHERE old.words != ''"
        for moment, act in (
            ("INSERT", f"{into};"),
            ("DELETE", f"{out};"),
            ("UPDATE OF words", f"{out}; {into};"),
        ):
            trigger = f"{index}_{moment.split()[0].lower()}"
            statement = f"CREATE TRIGGER IF NOT EXISTS {trigger} AFTER {moment} ON {name} BEGIN {act} END"
            connection.exec_driver_sql(statement)


def forget_deleted(connection: Any) -> None:
    """Write SQLite's indexes anew, without the words of rows that are gone (a connection of the driver's)."""
    for searched in SEARCHED:
        index = _index_of(searched)
        connection.execute(f"INSERT INTO {index}({index}) VALUES ('optimize')")  # noqa: S608 - a name of ours


@event.listens_for(Customer, "before_insert")
@event.listens_for(Customer, "before_update")
def _note_words(_mapper: Any, _connection: Connection, customer: Any) -> None:
    customer.words = words_of_row({"name": customer.name, "email": customer.email, "phone": customer.phone})
