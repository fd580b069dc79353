"""Bytes become text in whatever encoding they are, and tables whatever their delimiter."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.shop.importing.detect import format_of
from bot.shop.importing.report import ImportFileError, Refusal
from bot.shop.importing.source import open_source
from bot.shop.importing.tables import LONGEST_CELL, Row, Table, listed
from tests.shop.importing.files import table, written

ARABIC = "Handle,Title\r\nkursi,كرسي مكتب مريح للظهر\r\nmisbah,مصباح\r\n"
FRENCH = "Handle,Title\r\ncafe,Café crème – 12 €\r\n" + "desk,Desk\r\n" * 400


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ARABIC, "utf-8"),
        (ARABIC, "utf-8-sig"),
        (ARABIC, "utf-16"),
        (ARABIC, "utf-32"),
        (ARABIC, "cp1256"),
        (FRENCH, "cp1252"),
        (FRENCH.replace("–", "-").replace("€", "EUR"), "latin-1"),
        (FRENCH, "utf-16-le"),
        (FRENCH, "utf-16-be"),
    ],
)
def test_encodings(tmp_path: Path, text: str, encoding: str) -> None:
    source = open_source(written(tmp_path, text, encoding=encoding))
    assert "".join(source.chunks()).removeprefix("\ufeff") == text
    assert bool(source.remark) == (encoding in ("cp1256", "cp1252", "latin-1"))


def test_a_few_broken_characters_do_not_spoil_utf_8(tmp_path: Path) -> None:
    source = open_source(written(tmp_path, ARABIC.encode() + b"x,bro\xffken\r\n"))
    assert "كرسي مكتب" in "".join(source.chunks())
    assert source.remark and "broken" in source.remark


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "empty"),
        (b"PK\x03\x04rest", "Excel"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"%PDF-1.7", "PDF"),
        (b"Name;Preis\r\nStuhl;12\r\n", "not recognised"),
        (b"\x00\x01\x02\x03\xff\xfe binary", "not recognised"),
    ],
)
def test_what_is_no_import_file_is_said(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(ImportFileError, match=reason) as caught:
        format_of(open_source(written(tmp_path, content)))
    assert "\n" not in str(caught.value)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match="no file"):
        open_source(tmp_path / "absent.csv")
    with pytest.raises(ImportFileError, match="folder"):
        open_source(tmp_path)


def _rows(folder: Path, text: str) -> list[Row | Refusal]:
    return list(Table(open_source(written(folder, text))))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_delimiters_and_line_ends(tmp_path: Path, delimiter: str, end: str) -> None:
    text = table(
        [{"Handle": "a", "Title": f"one{delimiter} two", "Body": "x\ny"}, {"Handle": "b", "Title": "three"}],
        delimiter,
        end,
    )
    rows = _rows(tmp_path, text)
    assert [(row["handle"], row["title"]) for row in rows] == [("a", f"one{delimiter} two"), ("b", "three")]
    assert [row.line for row in rows] == [2, 4], "the first row has a line end inside its quotes"


def test_rows_of_only_commas_are_no_rows(tmp_path: Path) -> None:
    rows = _rows(tmp_path, ",,\r\nHandle,Title,\r\n,,\r\na,A,\r\n , ,\r\n,,,,,\r\n")
    assert [(row.line, row["handle"]) for row in rows] == [(4, "a")]


def test_the_delimiter_line_of_spreadsheets(tmp_path: Path) -> None:
    rows = _rows(tmp_path, 'sep=;\r\nHandle;"Title"\r\na;"1,5; 2"\r\n')
    assert [(row["handle"], row["title"]) for row in rows] == [("a", "1,5; 2")]


def test_nul_and_short_rows(tmp_path: Path) -> None:
    rows = _rows(tmp_path, "Handle,Title,Tags\r\na\0b,A\0\r\n")
    assert isinstance(rows[0], Row)
    assert (rows[0].text("handle"), rows[0].text("title"), rows[0].text("tags")) == ("ab", "A", "")


def test_too_many_cells_are_refused(tmp_path: Path) -> None:
    rows = _rows(tmp_path, "Handle,Title\r\na,one, two\r\nb,B,\r\n")
    assert isinstance(rows[0], Refusal)
    assert (rows[0].line, rows[0].reason) == (2, "has 3 cells, but the header names 2 columns")
    assert rows[1]["handle"] == "b"


def test_a_quotation_mark_that_never_closes_is_refused(tmp_path: Path) -> None:
    good = "Handle,Title\r\na,A\r\n"
    last = _rows(tmp_path, good + 'b,"B\r\nc,C\r\n')[-1]
    assert isinstance(last, Refusal) and last.line == 3 and "never closes" in last.reason
    huge = _rows(tmp_path, good + 'b,"' + "x" * (LONGEST_CELL + 10) + "\r\n")[-1]
    assert isinstance(huge, Refusal) and huge.line == 3


def test_a_header_over_two_lines(tmp_path: Path) -> None:
    rows = _rows(tmp_path, 'Handle,"Title\n(product)",Vendor\r\na,A,V\r\n')
    assert [row["title (product)"] for row in rows] == ["A"]


def test_required_columns_are_named(tmp_path: Path) -> None:
    opened = Table(open_source(written(tmp_path, "Handle,Titel\r\na,b\r\n")))
    with pytest.raises(ImportFileError, match='lacks the column "title"; it has "Handle", "Titel"'):
        opened.require(("handle", "url handle"), ("title",))


def test_lists_in_a_cell() -> None:
    assert listed(r"a, b\, c,, a ,d") == ["a", "b, c", "d"]
    assert listed("A > B >C", ">") == ["A", "B", "C"]
    assert listed("") == []
