"""Text of a file made fit to keep: invisible characters out, entities read, language told, codes made."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from typing import Any

from bot.language.normalise import fold_digits

_REMOVED = [
    *(c for c in range(0x20) if c not in (0x09, 0x0A, 0x0D)),
    *range(0x7F, 0xA0),
    0xAD,  # soft hyphen
    0x61C,  # Arabic letter mark
    0x200B,  # zero width space; the joiners after it are letters' business and stay
    0x200E,
    0x200F,
    *range(0x202A, 0x202F),  # embeddings and overrides
    *range(0x2060, 0x2070),  # isolates and other invisible controls
    *range(0xD800, 0xE000),  # halves of a character
    0xFEFF,
    *range(0xFFF9, 0xFFFC),
    0xFFFE,
    0xFFFF,
    *range(0xE0000, 0xE0080),  # tags
]
_SPACES = [0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000]
_TABLE: dict[int, str | None] = {
    **dict.fromkeys(_REMOVED),
    **dict.fromkeys(_SPACES, " "),
    0x0D: "\n",
    0x0B: "\n",
    0x0C: "\n",
    0x85: "\n",
    0x2028: "\n",
    0x2029: "\n",
}
_SPACE = re.compile(r"\s+")
_LINE_SPACE = re.compile(r"[ \t]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_NOT_WORD = re.compile(r"[\W_]+")
_ARABIC = re.compile(r"[\u0620-\u064a\u066e-\u06d3\u0750-\u077f\u08a0-\u08c9\ufb50-\ufdfb\ufe70-\ufefc]")
_LETTER = re.compile(r"[^\W\d_]")


def strip_invisible(text: str) -> str:
    """`text` without control characters, direction overrides and broken characters; line ends become \\n."""
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").translate(_TABLE))


def unescape(text: str) -> str:
    """`text` with its HTML entities read, also where an export escaped them twice."""
    for _ in range(2):
        if "&" not in text:
            break
        text = html.unescape(text)
    return text


def clean(value: Any) -> str:
    """One line of text from a cell or a JSON string; '' for null."""
    if value is None or value == "":
        return ""
    text = str(value)
    if text.isascii() and text.isprintable() and "&" not in text and "  " not in text:  # most cells
        return text.strip()
    return _SPACE.sub(" ", strip_invisible(unescape(text))).strip()


def clean_block(text: str) -> str:
    """Text of several lines: spaces tidied within each line, at most one blank line between paragraphs."""
    lines = (_LINE_SPACE.sub(" ", line).strip() for line in strip_invisible(text).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def shortened(text: str, limit: int) -> str:
    """`text` cut at a word's end to at most `limit` characters."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return f"{cut.rsplit(None, 1)[0] if ' ' in cut[-80:] else cut}…"


def language_of(text: str) -> str | None:
    """`ar` or `en` by script; None when the text has no letters.

    Arabic product names often carry a Latin brand and model ("سماعة Sony WH-1000XM5"), so Arabic need
    not be the larger part, least of all when it comes first.
    """
    if text.isascii():
        return "en" if _LETTER.search(text) else None
    arabic = len(_ARABIC.findall(text))
    first = _LETTER.search(text)
    if first is None:
        return None
    if not arabic:
        return "en"
    share = arabic / len(_LETTER.findall(text))
    return "ar" if share >= 0.3 or (share >= 0.1 and _ARABIC.match(first.group())) else "en"


def localised(text: str, default: str = "en") -> dict[str, str]:
    """A text that came without its language, under the language it is written in."""
    return {language_of(text) or default: text} if text else {}


def languages_of(title: str, description: str) -> list[str]:
    """The languages a record without language marks is written in.

    A Latin title says nothing beside an Arabic description: Arabic shops keep the makers' product names.
    """
    first, second = language_of(title) or "en", language_of(description)
    return sorted({first, second} if second and first == "ar" else {second or first})


@lru_cache(maxsize=16384)
def slug(text: str, separator: str = "-", limit: int = 200) -> str:
    """A code made of a name: lower case, letters and digits of any script, accents dropped."""
    plain = text.lower()
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", fold_digits(text).replace("\u0640", "")).casefold()
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    return _NOT_WORD.sub(separator, plain)[:limit].strip(separator)


def same(first: str, second: str) -> bool:
    """Whether two names differ in nothing but case, accents, marks and punctuation."""
    return slug(first) == slug(second)
