"""Delimited files (CSV, TSV): delimiter, header and rows with their line, however untidy."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.shop.importing.report import ImportFileError, Refusal
from bot.shop.importing.source import Source
from bot.shop.importing.text import clean, strip_invisible

DELIMITERS = ",;\t|"
LONGEST_CELL = 1_000_000
_NAME = re.compile(r"[\s_]+")


def header_name(text: str) -> str:
    """A column's name for comparing: case, spaces and underscores made equal."""
    return _NAME.sub(" ", clean(text)).strip().casefold()


def delimiter_of(line: str) -> str:
    """The delimiter of a header line: the commonest candidate outside quotes."""
    bare = re.sub(r'"[^"]*"', "", line)
    return max(DELIMITERS, key=lambda mark: (bare.count(mark), -DELIMITERS.index(mark)))


def first_line(start: str) -> tuple[str, str | None]:
    """The header line of a table and the delimiter that a line `sep=;` above it, Excel's own, names."""
    head = start
    named = None
    match = re.match(r'"?sep=(.)"?[\r\n]+', start, re.IGNORECASE)
    if match:
        named, head = match[1], start[match.end() :]
    head = re.sub(r"\A(?:[,;\t |]*[\r\n]+)+", "", head)  # empty rows above the header
    line: list[str] = []
    for part in re.split(r"(?<=[\r\n])", head):
        line.append(part)
        if "".join(line).count('"') % 2 == 0:  # else the line ends inside a quoted name
            break
    return "".join(line).strip("\r\n"), named


class Row(Mapping[str, str]):
    """A row of a table: raw cells by column name (see `header_name`), '' for a column it lacks."""

    __slots__ = ("cells", "line", "names")

    def __init__(self, names: dict[str, int], cells: list[str], line: int) -> None:
        self.names = names
        self.cells = cells
        self.line = line

    def __getitem__(self, name: str) -> str:
        index = self.names.get(name, -1)
        return self.cells[index] if 0 <= index < len(self.cells) else ""

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def text(self, *names: str) -> str:
        """The first non-empty cell among columns, as one clean line."""
        for name in names:
            if value := clean(self[name]):
                return value
        return ""

    def code(self, *names: str) -> str:
        """Like `text`, without the apostrophe that spreadsheets put before a number to keep its zeros."""
        return self.text(*names).lstrip("'").strip()


class Table:
    """A delimited file. Iterate it for its rows; rows that cannot be read come out as refusals."""

    def __init__(self, source: Source) -> None:
        self._source = source
        header, named = first_line(source.start)
        self.delimiter = named or delimiter_of(header)
        self._named = bool(named)
        self.titles: list[str] = []
        self.columns: dict[str, int] = {}
        cells = next(csv.reader([header], delimiter=self.delimiter), [])
        for index, title in enumerate(cells):
            name = header_name(title)
            self.titles.append(clean(title))
            if name and name not in self.columns:
                self.columns[name] = index

    def require(self, *alternatives: Iterable[str]) -> None:
        """Make sure of columns; each argument lists the names that one of them goes by.

        Raises:
            ImportFileError: some are missing.
        """
        missing = [list(names) for names in alternatives if not any(name in self.columns for name in names)]
        if missing:
            wanted = ", ".join(" or ".join(f'"{name}"' for name in names) for names in missing)
            found = ", ".join(f'"{title[:40]}"' for title in self.titles[:12]) or "none"
            raise ImportFileError(f"{self._source.path.name} lacks the column {wanted}; it has {found}")

    def has(self, *names: str) -> bool:
        """Whether one of the columns exists."""
        return any(name in self.columns for name in names)

    def __iter__(self) -> Iterator[Row | Refusal]:
        csv.field_size_limit(LONGEST_CELL)
        width = len(self.titles)
        with self._source.open() as text:
            lines = _Lines(text)
            reader = csv.reader(lines, delimiter=self.delimiter)
            header_seen = False
            whole = True  # as long as no row is shorter than the header
            while True:
                line = reader.line_num + 1
                lines.quotes = 0
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    yield Refusal(line, _csv_fault(error))
                    return
                if cells is None:
                    return
                if not any(cell and not cell.isspace() for cell in cells):
                    continue
                if not header_seen:
                    header_seen = not (len(cells) < 3 and cells[0].strip('\ufeff"').casefold().startswith("sep="))
                    continue
                if lines.quotes % 2 and reader.line_num > line and lines.ended:
                    yield Refusal(line, "a quotation mark opens in this row and never closes")
                elif any(cell.strip() for cell in cells[width:]):
                    yield Refusal(line, f"has {len(cells)} cells, but the header names {width} columns")
                elif whole and len(cells) < width and lines.cut:
                    yield Refusal(line, "the file ends in the middle of this row; it seems cut off")
                else:
                    whole = whole and len(cells) >= width
                    yield Row(self.columns, cells, line)


class _Lines:
    """Lines of a text without NULs, counting quotation marks and knowing when they ended."""

    def __init__(self, text: Iterable[str]) -> None:
        self._text = iter(text)
        self.quotes = 0
        self.ended = False
        self.cut = False  # the last line read has no end

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        try:
            line = next(self._text)
        except StopIteration:
            self.ended = True
            raise
        if "\0" in line:
            line = line.replace("\0", "")
        self.quotes += line.count('"')
        self.cut = not line.endswith(("\n", "\r"))
        return line


def _csv_fault(error: Exception) -> str:
    if "field larger" in str(error):
        return f"a cell is longer than {LONGEST_CELL:,} characters, or a quotation mark never closes; stopped here"
    return f"cannot be read as a row ({strip_invisible(str(error))}); stopped here"


def listed(value: Any, separators: str = ",") -> list[str]:
    """The parts of a list in one cell, cleaned, without repeats; a backslash keeps a separator."""
    parts = re.split(rf"(?<!\\)[{re.escape(separators)}]", str(value or ""))
    found = dict.fromkeys(clean(re.sub(r"\\(.)", r"\1", part)) for part in parts)
    found.pop("", None)
    return list(found)
