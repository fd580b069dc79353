"""A file's bytes as text: encoding found, broken parts mended, read in pieces so that size does not matter."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from charset_normalizer import from_bytes

from bot.shop.importing.report import ImportFileError

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = {
    b"PK\x03\x04": "an Excel or ZIP file; save it as CSV (UTF-8) and import that",
    b"\xd0\xcf\x11\xe0": "an old Excel file; save it as CSV (UTF-8) and import that",
    b"\x1f\x8b": "compressed (gzip); unpack it first",
    b"%PDF": "a PDF; export the data as CSV, XML or JSON instead",
}
_CHUNK = 1 << 16
_SAMPLE = 1 << 17
# What is not UTF-8 comes out of Excel on a Western or an Arabic Windows; Latin-1 is a subset of the first.
_WINDOWS = ["cp1252", "cp1256"]


@dataclass
class Source:
    """A file to import: where it is, how long, and the encoding it is in."""

    path: Path
    size: int
    encoding: str
    remark: str | None = None
    start: str = ""  # its first characters, to tell its format by
    _raw: io.BufferedReader | None = field(default=None, repr=False)

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._raw.tell() if self._raw and not self._raw.closed else 0

    def open(self) -> io.TextIOWrapper:
        """The text from its beginning, line ends untouched. The caller closes it."""
        self._raw = self.path.open("rb")
        return io.TextIOWrapper(self._raw, encoding=self.encoding, errors="replace", newline="")

    def chunks(self) -> Iterator[str]:
        """The text in pieces."""
        with self.open() as text:
            while piece := text.read(_CHUNK):
                yield piece


def open_source(path: Path) -> Source:
    """Look at a file and find its encoding.

    Raises:
        ImportFileError: it cannot be read, is empty, or is no text.
    """
    try:
        if path.is_dir():
            raise ImportFileError(f"{path} is a folder; name one file in it")
        size = path.stat().st_size
        with path.open("rb") as raw:
            head = raw.read(_CHUNK)
        for mark, hint in _BINARY.items():
            if head.startswith(mark):
                raise ImportFileError(f"{path.name} is {hint}")
        encoding, remark = _encoding_of(path, head)
    except FileNotFoundError:
        raise ImportFileError(f"there is no file {path}") from None
    except OSError as error:
        raise ImportFileError(f"{path} cannot be read: {error.strerror or error}") from None
    source = Source(path, size, encoding, remark)
    source.start = next(source.chunks(), "").replace("\0", "").removeprefix("\ufeff")
    if not source.start.strip():
        raise ImportFileError(f"{path.name} is empty")
    return source


def _encoding_of(path: Path, head: bytes) -> tuple[str, str | None]:
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, None
    if wide := _wide_without_mark(head):
        return wide, None
    broken, characters, sample = _scan(path)
    if broken <= 0:
        return "utf-8", None
    if characters > broken:  # text in a Windows encoding hardly ever makes sound UTF-8 by chance
        return "utf-8", f"{broken} broken UTF-8 characters were replaced; export the file again as UTF-8"
    best = from_bytes(sample, cp_isolation=_WINDOWS).best()
    name = best.encoding if best else "cp1252"
    return name, f"the file is not UTF-8; it was read as {name.replace('cp', 'Windows-')}"


def _wide_without_mark(head: bytes) -> str | None:
    """UTF-16 of a mainly Latin text has a zero in every other byte."""
    if len(head) < 4:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) * 0.3 and even < len(head) * 0.05:
        return "utf-16-le"
    if even > len(head) * 0.3 and odd < len(head) * 0.05:
        return "utf-16-be"
    return None


def _scan(path: Path) -> tuple[int, int, bytes]:
    """Count broken and sound non-ASCII UTF-8 characters, and collect lines with non-ASCII bytes."""
    broken = sound = 0
    sample = bytearray()
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with path.open("rb") as raw:
        while piece := raw.read(_CHUNK):
            text = decoder.decode(piece)
            if text.isascii():
                continue
            if len(sample) < _SAMPLE:
                sample += b"\n".join(line for line in piece.split(b"\n") if not line.isascii())
            bad = text.count("\ufffd")
            broken += bad - piece.count(b"\xef\xbf\xbd")  # one that the file itself holds
            sound += len(text) - len(text.encode("ascii", "ignore")) - bad
    broken += decoder.decode(b"", True).count("\ufffd")
    return broken, sound, bytes(sample[:_SAMPLE])
