"""After an erasure no byte of the database tells who it was: every text column of every table is filled and looked for."""

from __future__ import annotations

import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Date, DateTime, LargeBinary, String, Table, insert, select, text

from bot.clock import now
from bot.db.models import AuditEntry, Base, Conversation, Customer, Erasure, Message, Order
from bot.db.session import reading, writing
from bot.db.types import Localised, Money
from bot.insight import report
from bot.insight.periods import Period
from bot.insight.privacy import erasure, person
from bot.insight.privacy.ground import KEPT, NOBODYS, is_tied, personal_tables, texts
from bot.settings import settings
from tests import postgres
from tests.insight.conftest import RIYADH

EMAIL, PHONE, NAME = "zahra.quill@example.org", "+966507654321", "Zahra Quillfeather"
MARK = "quillmark"  # in every text that is hers

# Codes, numbers and the shop's own words: they tell what was done, not by whom.
CODES = {
    "audit_entries": {"action", "address", "subject"},
    "baskets": {"payment"},
    "conversations": {"channel", "claimed_by"},
    "erasures": {"counts", "pending"},
    "handoffs": {"reason", "outcome", "declined", "teams_tried"},
    "interactions": {"channel", "topic", "order_number", "place", "products"},
    "messages": {"intent"},
    "order_lines": {"sku", "title"},
    "orders": {"number", "number_key"},
    "payments": {"method"},
    "quote_lines": {"sku", "title"},
    "quotes": {"number"},
    "refunds": {"method", "reason"},
    "returns": {"sku", "title", "reason", "new_sku"},
    "reviewed_messages": {"intent"},
    "satisfaction": {"topic"},
    "shipments": {"carrier"},
    "tickets": {"topic", "cause"},
    "warranty_claims": {"title"},
}

# Who can be reached no longer is once it is not known how.
OF_LEADS = ("leads", "qualified_leads", "lead_rate", "qualification_rate", "quote_rate", "close_rate", "details")


def test_every_table_is_somebodys_or_nobodys() -> None:
    tables = set(Base.metadata.tables)
    assert set(KEPT) | NOBODYS <= tables
    assert not set(KEPT) & NOBODYS
    untied = {table.name for table in personal_tables() if not is_tied(table)}
    assert not untied, f"say in bot/insight/privacy/ground.py whose rows these are: {untied}"


@pytest.mark.parametrize("name", sorted(KEPT))
def test_what_is_kept_is_emptied_of_every_text(name: str) -> None:
    table = Base.metadata.tables[name]
    words = {column.name for column in texts(table)} - CODES.get(name, set()) - {"channel_user"}
    assert words <= set(KEPT[name]), f"empty these columns of {name}, or call them codes: {words - set(KEPT[name])}"


def _value(table: Table, column: Any, ids: dict[str, Any]) -> Any:
    """Something for a column: the row a key points at, a text with her mark in it, or what its type takes."""
    hers = table.name not in NOBODYS
    known = {"email": EMAIL, "phone": PHONE, "contact": PHONE, "name": NAME}
    known["conversation_id"] = ids["conversations"]
    for key in column.foreign_keys:
        return ids.get(key.column.table.name)
    kind = getattr(column.type, "impl", column.type)
    if hers and column.name in known:
        return known[column.name]
    if hers and column in texts(table) and column.name not in CODES.get(table.name, set()):
        words = f"{MARK}-{column.name}"
        if column.name == "body":
            words = f'{{"conversation_id":"{ids["conversations"]}","said":"{MARK}"}}'
        if isinstance(column.type, Localised):
            return {"en": words}
        return {"said": [words, EMAIL, 966507654321]} if isinstance(kind, JSON) else words
    for types, value in (
        (Localised, {"en": "Lamp"}),
        (JSON, {}),
        (Boolean, False),
        (DateTime, now()),
        (Date, date(2026, 9, 1)),
        (Money, Decimal(1)),
        (LargeBinary, MARK.encode() if hers else b""),
        (String, f"{table.name}-{column.name}"[: getattr(kind, "length", None) or 40]),
    ):
        if isinstance(column.type, types) or isinstance(kind, types):
            return value
    return 900 if column.primary_key else 1  # where no sequence will come to meanwhile


def _fill() -> str:
    """One row of hers in every table, and what those need of the shop's; her conversation."""
    ids: dict[str, Any] = {"conversations": "c" * 32}
    with writing() as session:
        for table in Base.metadata.sorted_tables:
            columns = [column for column in table.columns if column.name not in ("declined_at", "pending")]
            row = {column.name: _value(table, column, ids) for column in columns}
            if table.name == "conversations":
                row |= {"id": ids["conversations"], "channel": "rest", "channel_user": PHONE, "owner": "closed"}
            if table.name in ("shop", "teams", "catalogue_version", "guides_version"):  # there from the start
                ids[table.name] = 1
                continue
            session.execute(insert(table).values(row))
            ids.setdefault(table.name, row.get("id"))
    return str(ids["conversations"])


def _bytes(url: str) -> bytes:
    """Every byte that the database keeps: SQLite's files with its log, PostgreSQL's dump."""
    if url.startswith("sqlite"):
        folder = Path(url.removeprefix("sqlite:///")).parent
        return b"".join(path.read_bytes() for path in folder.glob("dukan.db*"))
    programs = postgres.binaries()
    assert programs is not None
    command = [str(programs / "pg_dump"), url.replace("+psycopg2", "")]
    return subprocess.run(command, check=True, capture_output=True).stdout


def _traces(url: str) -> list[str]:
    found = _bytes(url)
    styles = (PHONE, PHONE[4:], "050 765 4321", "٠٥٠٧٦٥٤٣٢١")
    return [word for word in (EMAIL, *styles, NAME, MARK) if word.encode() in found]


def _strangers_talk() -> int:
    """Another customer's conversation in which hers are named."""
    other = "d" * 32
    said = f"my sister {NAME} is {EMAIL.upper()}, call 050 765 4321 or ٠٥٠٧٦٥٤٣٢١ about the lamp"
    with writing() as session:
        session.add(Conversation(id=other, channel="web", channel_user=other))
        session.flush()
        message = Message(
            conversation_id=other, author="customer", parts=[{"type": "text", "text": said}], language="en"
        )
        session.add(message)
        session.flush()
        return int(message.id)


def test_no_byte_is_left_of_one_who_was_erased(database: str) -> None:
    folder = settings().state_dir / "files"
    folder.mkdir(exist_ok=True)
    talk = _fill()
    elsewhere = _strangers_talk()
    with reading() as session:
        attachment = session.execute(select(Base.metadata.tables["attachments"].c.id)).scalar_one()
    (folder / attachment).write_text(MARK)
    with writing() as session:  # words that were written over lie in the file's free pages
        session.execute(text("UPDATE dialogue_states SET events = :words"), {"words": f"{MARK} " * 3000})
        session.execute(text("UPDATE dialogue_states SET events = '[]'"))
    assert len(_traces(database)) > 4

    number, counts = erasure.erase(EMAIL)

    assert _traces(database) == []
    assert not list(folder.iterdir())
    assert counts == {"customers": 1, "orders": 1, "conversations": 1}
    with reading() as session:
        receipt = session.execute(select(Erasure).where(Erasure.number == number)).scalar_one()
        assert receipt.pending is None
        assert (
            session.execute(select(AuditEntry.subject).where(AuditEntry.action == "erase_person")).scalar_one()
            == number
        )
        order = session.execute(select(Order)).scalar_one()
        assert order.total == 1 and order.email is None and order.customer_id is None
        assert session.execute(select(Customer)).first() is None
        assert session.get(Conversation, talk).channel_user == talk
        (part,) = session.get(Message, elsewhere).parts
        assert part["text"] == "my sister [name] is [email], call [phone] or [phone] about the lamp"
        with pytest.raises(person.Nobody):
            person.find(session, EMAIL)


def test_the_copy_has_a_row_of_every_table(database: str) -> None:
    _fill()
    copy = person.copy_of(PHONE)
    missing = {table.name for table in personal_tables()} - set(copy)
    assert missing == {"erasures", "webhook_deliveries"} - set(copy)
    assert not [name for rows in copy.values() for row in rows for name in row if "digest" in name or "hash" in name]


def test_measures_stay_as_they_were(database: str) -> None:
    _fill()
    today = now().date()
    period = Period(date.fromordinal(today.toordinal() - 2), date.fromordinal(today.toordinal() + 1), RIYADH)

    def measured() -> dict[str, Any]:
        with reading() as session:
            found = report.measured(session, period)
        return {name: value for name, value in found.items() if name not in OF_LEADS}

    before = measured()
    erasure.erase(EMAIL)
    assert measured() == before
