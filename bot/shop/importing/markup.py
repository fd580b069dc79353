"""HTML bodies of product exports: clean text with paragraphs, and the facts their tables and lists state.

One pass over the tags without building a tree: a body may be long, deep or broken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from bot.shop.importing.text import clean, clean_block, unescape

LONGEST_BODY = 100_000  # characters read of one body
_TAG = re.compile(r"<[a-zA-Z/!]")
_OPEN_TAG = re.compile(r"<(?=[^<>]*(?:<|$))")
_HIDDEN = frozenset(
    {
        "script",
        "style",
        "template",
        "iframe",
        "object",
        "noscript",
        "head",
        "title",
        "svg",
        "select",
        "button",
        "form",
        "video",
        "audio",
    }
)
_VOID = frozenset(
    {"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr"}
)
_PARAGRAPH = frozenset(
    {
        "p",
        "div",
        "section",
        "article",
        "header",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "ul",
        "ol",
        "dl",
        "blockquote",
        "pre",
        "hr",
    }
)
_LINE = frozenset(
    {"li", "tr", "dt", "dd", "thead", "tbody", "caption", "figure", "figcaption", "summary", "details", "address"}
)
_CELL = frozenset({"td", "th"})
_FACT = re.compile(r"^[-•*–·▪✓✔\s]*([^\W\d_][^:：]{1,39}?)\s*[:：]\s+?(\S.{0,119})$")

_REMARKS = frozenset(("note", "please", "warning", "important", "tip", "ملاحظة", "تنبيه", "هام", "تحذير"))
_NEW_LINE, _NEW_PARAGRAPH = "\v", "\f"  # between blocks; several in a row make one break
_BREAKS = re.compile(r"[ \n\v\f]*[\n\v\f][ \n\v\f]*")


@dataclass
class Body:
    """A body read: its text and its facts as (name, value)."""

    text: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)


def read_body(source: str) -> Body:
    """The text and the facts of a body, be it HTML or plain."""
    source = source[:LONGEST_BODY]
    if not _TAG.search(source):
        text = clean_block(unescape(source))
        if not _TAG.search(text):
            return Body(text, _facts_in(text.split("\n")))
        source = text  # HTML that was escaped once more
    if source.count("<") > source.count(">") + 200:  # the parser takes quadratic time over tags that never end
        source = _OPEN_TAG.sub("&lt;", source)
    reader = _BodyReader()
    try:
        reader.feed(source)
        reader.close()
        text = reader.text()
    except AssertionError:  # the parser of the standard library gives up on broken declarations ("<![x")
        text = re.sub(r"<[^<>]*>?", " ", source)
    text = clean_block(unescape(text))
    facts = dict(_facts_in(text.split("\n")))
    return Body(text, list({**facts, **dict(reader.facts)}.items()))


def _facts_in(lines: list[str]) -> list[tuple[str, str]]:
    """Facts of lines such as "Battery: 18 h"."""
    facts = []
    for line in lines:
        match = _FACT.match(line) if len(line) < 200 else None
        if match and is_fact(*match.groups()):
            facts.append((match[1].strip(), match[2].strip()))
    return facts


def is_fact(name: str, value: str) -> bool:
    """Whether a pair reads as name and value, and not as two halves of a sentence or an address."""
    return (
        0 < len(name) <= 40
        and 0 < len(value) <= 120
        and len(name.split()) <= 4
        and name.split()[0].casefold() not in _REMARKS
        and len(value.split()) <= 16
        and not value.startswith("//")
    )


def _line_ends(run: re.Match[str]) -> str:
    return "\n\n" if _NEW_PARAGRAPH in run[0] or run[0].count("\n") > 1 else "\n"


class _BodyReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.facts: list[tuple[str, str]] = []
        self._parts: list[str] = []
        self._hidden: str | None = None
        self._hidden_depth = 0
        self._cells: list[list[str]] | None = None
        self._term: list[str] | None = None
        self._detail: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden:
            self._hidden_depth += tag == self._hidden
            return
        if tag in _HIDDEN:
            self._hidden, self._hidden_depth = tag, 1
            return
        if tag in ("tr", "table"):
            self._end_row()
            self._cells = [] if tag == "tr" else None
        elif tag in _CELL and self._cells is not None:
            if self._cells:
                self._parts.append(": " if len(self._cells) == 1 else ", ")
            self._cells.append([])
        elif tag == "dt":
            self._end_detail()
            self._term = []
        elif tag == "dd":
            self._detail = []
        self._break(tag)
        if tag == "li":
            self._parts.append("- ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self.handle_starttag(tag, attrs)
        else:  # "<div/>" opens a div, as browsers see it
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._hidden_depth -= tag == self._hidden
            if not self._hidden_depth:
                self._hidden = None
            return
        if tag in ("tr", "table", "tbody"):
            self._end_row()
        elif tag in ("dl", "dd"):
            self._end_detail()
        if tag != "br":
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        data = re.sub(r"\s+", " ", data)
        if self._cells:
            self._cells[-1].append(data)
        if self._detail is not None:
            self._detail.append(data)
        elif self._term is not None:
            self._term.append(data)
        self._parts.append(data)

    def text(self) -> str:
        self._end_row()
        self._end_detail()
        text = _BREAKS.sub(_line_ends, "".join(self._parts))
        return re.sub(r"\n-\s*(?=\n|$)", "\n", text)

    def _break(self, tag: str) -> None:
        if self._cells is not None and tag not in ("tr", "table"):
            self._parts.append(" " if tag in _PARAGRAPH or tag in _LINE else "")
        elif tag == "br":
            self._parts.append("\n")
        elif tag in _PARAGRAPH:
            self._parts.append(_NEW_PARAGRAPH)
        elif tag in _LINE:
            self._parts.append(_NEW_LINE)

    def _end_row(self) -> None:
        if self._cells and len(self._cells) == 2:
            name, value = (clean("".join(cell)) for cell in self._cells)
            name = name.rstrip(" :：")
            if is_fact(name, value):
                self.facts.append((name, value))
        self._cells = None

    def _end_detail(self) -> None:
        if self._term is not None and self._detail is not None:
            name, value = clean("".join(self._term)).rstrip(" :："), clean("".join(self._detail))
            if is_fact(name, value):
                self.facts.append((name, value))
        self._term = self._detail = None
