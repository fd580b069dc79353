"""Nothing half-imported, nobody held up, and any file read or refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update

from bot.db.models import Category, Product, Variant
from bot.db.session import reading, writing
from bot.settings import ROOT
from bot.shop.importing import ImportFileError, import_file
from tests.shop.importing.files import table, written
from tests.shop.importing.test_import_orders import BRANCHES, CUSTOMERS, SHOP
from tests.shop.importing.test_json import DESK, ORDER

MANY = 4000


def _products() -> int:
    with reading() as session:
        return int(session.execute(select(func.count()).select_from(Product)).scalar())


def _rows(count: int) -> str:
    return table(
        {"Handle": f"p{n}", "Title": f"P {n}", "Type": f"T {n % 9}", "Variant Price": "5", "Variant Inventory Qty": "1"}
        for n in range(count)
    )


_KILLED = """
import os, signal, sys
from pathlib import Path
from bot.shop.importing import import_file
from bot.shop.importing.writers.products import ProductWriter

written = ProductWriter.write
def write_then_say(self, plan):
    written(self, plan)
    print("half-way", flush=True)
    import time; time.sleep(30)
ProductWriter.write = write_then_say
import_file("products", Path(sys.argv[1]))
"""


def test_an_import_that_is_killed_leaves_nothing(database: str, tmp_path: Path) -> None:
    path = written(tmp_path, _rows(1200))
    command = [sys.executable, "-c", _KILLED, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half-way\n"
        process.send_signal(signal.SIGKILL)
    assert _products() == 0
    report = import_file("products", path)
    assert (report.created, _products()) == (1200, 1200)


def test_an_import_that_fails_half_way_leaves_nothing(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(done: int, total: int | None) -> None:
        if done > 800:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file("products", written(tmp_path, _rows(2000)), progress=fail)
    assert _products() == 0
    with reading() as session:
        assert session.execute(select(func.count()).select_from(Category)).scalar() == 0


def test_others_write_while_a_file_is_read(database: str, tmp_path: Path) -> None:
    """The database is locked only while rows are written, not while the file is read and checked."""

    def write_elsewhere(done: int, total: int | None) -> None:
        if done < 600:
            with writing() as session:
                session.execute(text("UPDATE teams SET code = code"))

    report = import_file("products", written(tmp_path, _rows(300)), progress=write_elsewhere)
    assert report.created == 300


def test_a_database_without_tables_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot import settings as settings_module

    monkeypatch.setenv("DUKAN_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    settings_module.settings.cache_clear()
    try:
        with pytest.raises(ImportFileError, match="the database refused the import") as caught:
            import_file("products", written(tmp_path, _rows(1)))
        assert "\n" not in str(caught.value)
    finally:
        settings_module.settings.cache_clear()


def test_a_large_file_with_few_good_rows(database: str, tmp_path: Path) -> None:
    rows = [{"Handle": f"p{n}", "Title": "" if n % 10 else f"P {n}"} for n in range(MANY)]
    started = time.perf_counter()
    report = import_file("products", written(tmp_path, table(rows)), skip_invalid=True)
    assert (report.created, len(report.refused)) == (MANY // 10, MANY - MANY // 10)
    assert time.perf_counter() - started < 30


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["-3d", "5 SAR", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["en", "ar", "code", "name", "x"]), inner)
    ),
    max_leaves=6,
)
_TEMPLATES: dict[str, tuple[str, dict[str, object]]] = {
    "products": ("products", {**DESK, "sku": None, "price": None, "stock": None}),
    "orders": ("orders", ORDER),
    "customers": ("customers", {**CUSTOMERS["customers"][0], "language": "en", "city": "x", "address": {}}),
    "branches": ("branches", {**BRANCHES["branches"][0], "latitude": 1.5, "phone": None, "map_url": None}),  # type: ignore[dict-item]
    "delivery": ("delivery_zones", {"code": "r", "name": "R", "aliases": [], "cost": 1, "min_days": 1, "max_days": 2}),
    "policies": ("policies", {"code": "r", "title": "R", "body": "x", "data": {}}),
    "shop": ("shop", {**SHOP["shop"], "tax_percent": 1, "payment_methods": []}),
}


@pytest.mark.parametrize("kind", _TEMPLATES)
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_json_is_imported_or_refused(database: str, tmp_path: Path, kind: str, data: st.DataObject) -> None:
    section, template = _TEMPLATES[kind]
    changed = data.draw(st.dictionaries(st.sampled_from(sorted(template)), _JSON, max_size=3))
    item: object = {**template, **changed}
    path = tmp_path / "file.json"
    path.write_text(json.dumps({section: item if kind == "shop" else [item]}))
    try:
        report = import_file(kind, path)
    except ImportFileError as error:
        assert "not valid JSON" in str(error), "NaN, or nothing else wrong with the file as a whole"
        return
    assert report.applied == (not report.refused)


_cell = st.text(
    # The writer of these tests, not the reader, stumbles over NUL.
    alphabet=st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Z", "Cc", "Cf"], exclude_characters="\0"),
    max_size=12,
) | st.sampled_from(["", "1,299.00 SAR", "١٢", "<p>a", "TRUE", "active", "Black", "a", "#1", "-3d", "paid", "&amp;"])
_SENSIBLE = {  # else nearly every row would be refused
    **dict.fromkeys(["Handle", "SKU", "ID", "id"], st.sampled_from(["a", "b", "c", "أ"])),
    **dict.fromkeys(["Title", "Name", "title", "Lineitem name"], st.sampled_from(["Chair", "كرسي", "Chair X", "#7"])),
    **dict.fromkeys(["Variant Price", "Regular price", "price"], st.sampled_from(["", "5", "1,299.00 SAR", "-1"])),
    "Type": st.sampled_from(["simple", "variable", "variation", "Chairs"]),
    "Status": st.sampled_from(["active", "draft"]),
    "Parent": st.sampled_from(["a", "id:a", "b", ""]),
    "Created at": st.sampled_from(["-3d", "2026-03-05 14:22:10 +0300"]),
    "Financial Status": st.sampled_from(["paid", "", "refunded"]),
    "Lineitem quantity": st.sampled_from(["1", "٢", "0"]),
    "Total": st.sampled_from(["", "5", "10.50"]),
}
_SHOPIFY = ["Handle", "Title", "Body (HTML)", "Option1 Name", "Option1 Value", "Variant SKU", "Variant Price", "Status"]
_WOO = [
    "ID",
    "Type",
    "SKU",
    "Name",
    "Regular price",
    "Categories",
    "Parent",
    "Attribute 1 name",
    "Attribute 1 value(s)",
]
_GOOGLE = ["id", "title", "item_group_id", "price", "sale_price", "availability", "color", "product_type"]
_ORDERS = ["Name", "Email", "Phone", "Created at", "Financial Status", "Lineitem quantity", "Lineitem name", "Total"]


@pytest.mark.parametrize(
    ("kind", "columns"), [("products", _SHOPIFY), ("products", _WOO), ("products", _GOOGLE), ("orders", _ORDERS)]
)
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_rows_are_imported_or_refused_and_then_stay(
    database: str, tmp_path: Path, kind: str, columns: list[str], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(columns, _cell)), min_size=1, max_size=6))
    path = written(tmp_path, table(rows))
    try:
        first = import_file(kind, path, skip_invalid=True)
    except ImportFileError:
        return
    with writing() as session:  # so that the rows themselves are compared
        session.execute(update(Product).values(content_hash=""))
    again = import_file(kind, path, skip_invalid=True)
    assert (again.created, again.updated) == (0, 0)
    assert again.unchanged == first.created + first.updated + first.unchanged
    with reading() as session:
        assert "\0" not in "".join(session.execute(select(Variant.sku)).scalars())


def test_a_file_that_was_cut_off_is_refused(database: str, tmp_path: Path) -> None:
    whole = _rows(3)
    for cut in (whole.rstrip().rpartition(",")[0], whole.rstrip().rpartition('"T')[0]):
        report = import_file("products", written(tmp_path, cut))
        assert [refusal.reason for refusal in report.refused] == [
            "the file ends in the middle of this row; it seems cut off"
        ]
        assert not report.applied
    # Rows that leave their last empty cells out are another exporter's habit, and so is a file without a last line end.
    short = whole.splitlines()
    short[2] = short[2].rpartition(",")[0]
    assert import_file("products", written(tmp_path, "\n".join(short))).applied
