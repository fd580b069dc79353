"""Items of a Google Merchant feed in XML (RSS or Atom), streamed; entities of its own making are refused."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from bot.shop.importing.report import ImportFileError
from bot.shop.importing.source import Source

GOOGLE = "http://base.google.com/ns/1.0"
Item = tuple[int, dict[str, list[str]]]  # line, {field: values}

_ILLEGAL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
    r"|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));",
    re.IGNORECASE,
)
_BARE_AND = re.compile(r"&(?!#\d{1,7};|#x[0-9a-fA-F]{1,6};|\w{1,31};)")
_NAMED = re.compile(r"&(\w{1,31});")
_XML_OWN = frozenset(("amp", "lt", "gt", "quot", "apos"))
_DECLARED = re.compile(r"""\A\s*<\?xml[^>]*?encoding=["']([\w.:-]+)["']""")
_DETAIL = "product_detail"


def items(source: Source) -> Iterator[Item]:
    """The items of a feed.

    Raises:
        ImportFileError: it is no sound XML, declares entities, or has no items.
    """
    _trust_declaration(source)
    target = _Items()
    parser = DefusedXMLParser(target=target, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    target.expat = parser.parser
    name = source.path.name
    seen = False
    try:
        for piece in _mended(source.chunks()):
            parser.feed(piece)
            seen = seen or bool(target.done)
            yield from target.take()
        parser.close()
    except DefusedXmlException:
        raise ImportFileError(f"{name} declares XML entities; a product feed has none, so it was not read") from None
    except ParseError as error:
        raise ImportFileError(f"{name} is not sound XML: line {error.position[0]}: {_reason(error)}") from None
    yield from target.take()
    if not seen and not target.count:
        raise ImportFileError(f"{name} is XML without items; a Google feed has <item> or <entry> elements")


def _reason(error: ParseError) -> str:
    return str(error).split(":")[0]


def _trust_declaration(source: Source) -> None:
    """Where the bytes are no UTF-8, the declaration knows better than a guess."""
    declared = _DECLARED.match(source.start)
    if declared and source.encoding.startswith("cp"):
        try:
            "".encode(declared[1])
        except LookupError:
            return
        if declared[1].lower().replace("_", "-") not in ("utf-8", "utf8", "utf-16"):
            source.encoding, source.remark = declared[1], None


def _mended(pieces: Iterator[str]) -> Iterator[str]:
    """The text without what makes parsers stop: control characters, bare &, HTML's named characters."""
    tail = ""
    first = True
    for piece in pieces:
        piece = tail + piece
        cut = piece.rfind("&", -40)  # a reference may go on in the next piece
        if cut >= 0 and ";" not in piece[cut:]:
            piece, tail = piece[:cut], piece[cut:]
        else:
            tail = ""
        if first:
            piece = piece.lstrip("\ufeff \t\r\n")
            first = not piece
        yield _mend(piece)
    yield _mend(tail)


def _mend(text: str) -> str:
    text = _ILLEGAL.sub("", text)
    if "&" not in text:
        return text
    return _NAMED.sub(_named, _BARE_AND.sub("&amp;", text))


def _named(match: re.Match[str]) -> str:
    if match[1] in _XML_OWN:
        return match[0]
    value = html.unescape(match[0])
    return f"&amp;{match[1]};" if value == match[0] else value


class _Items:
    """Collects items while the parser runs."""

    def __init__(self) -> None:
        self.expat: object = None
        self.done: list[Item] = []
        self.count = 0
        self._item: dict[str, list[str]] | None = None
        self._line = 0
        self._path: list[str] = []
        self._text: list[str] = []
        self._plain: set[str] = set()
        self._detail: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition("}")
        name = name.casefold()
        if self._item is None:
            if name in ("item", "entry"):
                self._item, self._path, self._plain = {}, [], set()
                self._line = getattr(self.expat, "CurrentLineNumber", 0)
            return
        self._path.append(name)
        if len(self._path) == 1:
            self._text = []
            if name == "link" and attributes.get("href") and attributes.get("rel", "alternate") == "alternate":
                self._text.append(attributes["href"])
            if GOOGLE not in namespace:
                self._plain.add(name)
        elif self._path[0] == _DETAIL:
            self._text = []

    def data(self, data: str) -> None:
        if self._item is not None and self._path:
            self._text.append(data)

    def end(self, tag: str) -> None:
        if self._item is None:
            return
        namespace, _, name = tag.rpartition("}")
        if not self._path:
            self.done.append((self._line, self._item))
            self.count += 1
            self._item = None
            return
        depth = len(self._path)
        name = self._path.pop()
        value = "".join(self._text).strip()
        if depth == 2 and self._path[0] == _DETAIL:
            self._detail[name] = value
            self._text = []
        elif depth == 1:
            self._store(name, value, GOOGLE in namespace)

    def _store(self, name: str, value: str, google: bool) -> None:
        assert self._item is not None
        if name == _DETAIL:
            value = f"{self._detail.get('attribute_name', '')}:{self._detail.get('attribute_value', '')}"
            self._detail = {}
        if not value:
            return
        if google and name in self._plain and name in self._item:
            self._plain.discard(name)
            self._item[name] = [value]  # g:title goes before the title of RSS
        elif google or name not in self._item:
            self._item.setdefault(name, []).append(value)

    def take(self) -> list[Item]:
        """The items complete so far."""
        done, self.done = self.done, []
        return done

    def close(self) -> None:
        """Part of the parser's target interface."""
