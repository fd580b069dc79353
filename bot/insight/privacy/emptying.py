"""Takes a person out of the tables: rows deleted or emptied, files removed, what is left in others' words masked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from sqlalchemy import String, cast, delete, or_, select, update
from sqlalchemy.orm import Session

from bot.db import finding
from bot.db.models import Attachment, Base
from bot.insight.privacy.ground import KEPT, NOBODYS, Person, belongs, personal_tables, texts
from bot.settings import settings

_ARABIC = ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹")
_GAP = r"[ \u00a0().\-/]{0,2}"


def empty(session: Session, person: Person, spare: frozenset[str] = frozenset()) -> list[str]:
    """Delete what is the person's alone; empty what the books and the measures need.

    Args:
        spare: tables that stay as they are.

    Returns:
        Ids of files to remove once this is committed (`remove_files`).
    """
    files = list(session.scalars(select(Attachment.id).where(Attachment.conversation_id.in_(person.talks))))
    tables = [table for table in personal_tables() if table.name not in spare]
    # Emptied first: deleting a customer or a lead takes them out of the rows that they are known by.
    for table in (table for table in tables if table.name in KEPT):
        values = {name: value for name, value in KEPT[table.name].items() if name in table.c}
        if table.name == "conversations":
            values["channel_user"] = table.c.id
        if values:
            session.execute(update(table).where(belongs(table, person)).values(values))
    for table in (table for table in tables if table.name not in KEPT):
        session.execute(delete(table).where(belongs(table, person)))
    session.expire_all()
    return files


def remove_files(ids: Iterable[str]) -> None:
    """Remove files that agents sent."""
    for identifier in ids:
        (settings().state_dir / "files" / identifier).unlink(missing_ok=True)


def mask_everywhere(session: Session, words: Iterable[tuple[str, str]]) -> int:
    """Replace a person's words wherever others wrote them; how many rows were changed.

    Args:
        words: pairs of `email`, `phone` or `name` and the word.
    """
    wanted = list(words)
    patterns = [(_pattern(kind, word), f"[{kind}]") for kind, word in wanted]
    likes = [like for kind, word in wanted for like in _likes(kind, word)]

    def masked(found: str) -> str:
        for pattern, instead in patterns:
            found = pattern.sub(instead, found)
        return found

    changed = 0
    for table in Base.metadata.sorted_tables if likes else ():
        if table.name not in NOBODYS:
            changed += _mask_table(session, table, likes, masked)
    return changed


def _mask_table(session: Session, table: Any, likes: list[str], masked: Callable[[str], str]) -> int:
    columns, keys = texts(table), list(table.primary_key.columns)
    if not columns:
        return 0
    signs = [cast(column, String).ilike(like, escape="\\") for column in columns for like in likes]
    changed = 0
    for row in session.execute(select(*keys, *columns).where(or_(*signs))).all():
        before = {column.name: row._mapping[column.name] for column in columns}
        after = {name: _walked(value, masked) for name, value in before.items()}
        if after != before and "words" in table.c:
            after["words"] = masked(finding.words_of_row(after))
        if after != before:
            same = [key == row._mapping[key.name] for key in keys]
            session.execute(update(table).where(*same).values(after))
            changed += 1
    return changed


def _walked(value: Any, masked: Callable[[str], str]) -> Any:
    """A value with its texts masked, at any depth; a text that is JSON is read as such, so that it stays JSON."""
    if isinstance(value, str):
        if value[:1] in ("{", "["):
            try:
                return msgspec.json.encode(_walked(msgspec.json.decode(value), masked)).decode()
            except msgspec.DecodeError:
                pass
        return masked(value)
    if isinstance(value, dict):
        return {masked(key): _walked(item, masked) for key, item in value.items()}
    if isinstance(value, list):
        return [_walked(item, masked) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return value if masked(str(value)) == str(value) else 0
    return value


def _national(phone: str) -> str:
    """The digits of a number that are the same however it is dialled: without country code and leading zero."""
    return re.sub(r"\D", "", phone)[-9:]


def _pattern(kind: str, word: str) -> re.Pattern[str]:
    if kind != "phone":
        return re.compile(re.escape(word), re.I)
    digits = [f"[{digit}{_ARABIC[0][int(digit)]}{_ARABIC[1][int(digit)]}]" for digit in _national(word)]
    return re.compile(rf"(?:\+|\b)?(?:\d{_GAP}){{0,5}}" + _GAP.join(digits))


def _likes(kind: str, word: str) -> list[str]:
    """What the database looks for: all that the pattern finds, and some more."""
    if kind != "phone":
        return ["%" + re.sub(r"([%_\\])", r"\\\1", word) + "%"]
    digits = _national(word)
    styles = (digits, *(digits.translate(str.maketrans("0123456789", style)) for style in _ARABIC))
    return ["%" + "%".join(style) + "%" for style in styles]


def words_of(person: Person) -> list[tuple[str, str]]:
    """What to look for everywhere."""
    return [
        *(("email", email) for email in sorted(person.emails)),
        *(("phone", phone) for phone in sorted(person.phones) if len(_national(phone)) >= 7),
        *(("name", name) for name in sorted(person.names)),
    ]
