"""JSON files: items with their lines, and what is wrong with broken ones."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.shop.importing.documents import Document
from bot.shop.importing.report import ImportFileError
from bot.shop.importing.source import open_source
from tests.shop.importing.files import written


def _items(folder: Path, text: object) -> list[tuple[str | None, int, object]]:
    return list(Document(open_source(written(folder, text))).items())


def test_sections_and_lines(tmp_path: Path) -> None:
    text = '\ufeff{\n "shop": {"name": "x"},\n "products": [\n  {"a": 1.10},\n\n  {"a": 2}\n ],\n "orders": []\n}\n'
    assert _items(tmp_path, text) == [
        ("shop", 2, {"name": "x"}),
        ("products", 4, {"a": Decimal("1.10")}),
        ("products", 6, {"a": 2}),
    ]


def test_a_bare_list(tmp_path: Path) -> None:
    assert _items(tmp_path, "[1,\n2]") == [(None, 1, 1), (None, 2, 2)]
    assert _items(tmp_path, " [] ") == _items(tmp_path, "{}") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[1,\n2", 2),
        ("[1\n2]", 2),
        ('{"a": 1,\n}', 2),
        ('{"a" 1}', 1),
        ('{"a":\n[{"b": }]}', 2),
        ('{"a": "unclosed', 1),
        ("[1] trailing", 1),
        ('{"a": NaN}', 1),
        ('{\n"a": Infinity}', 2),
        ('{"a"', 1),
        ('{"a": ', 1),
        ("[" * 100_000, 1),
        ('{"a": ' + "9" * 5000 + "}", 1),
        ("{1: 2}", 1),
    ],
)
def test_broken_json_names_its_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(ImportFileError, match=rf"not valid JSON: line {line}:"):
        _items(tmp_path, text)


@settings(deadline=None)
@given(st.text(alphabet='{}[]",:1an\n \\', min_size=1, max_size=40))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("json", numbered=True)
    try:
        _items(folder, text)
    except ImportFileError as error:
        assert "\n" not in str(error)
