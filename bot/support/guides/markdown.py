"""Markdown files of the shop's: front matter, steps to walk, and passages to quote; HTML in them is read as text only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.db.models.guides import GUIDE_KINDS
from bot.db.types import LANGUAGES
from bot.shop.importing.markup import read_body
from bot.shop.importing.report import RowProblem
from bot.shop.importing.text import clean, clean_block, language_of, shortened, strip_invisible
from bot.support.guides import located
from bot.support.guides.located import Located

KEYS = frozenset(("guide", "kind", "language", "title", "products", "categories", "safety", "minutes", "url"))
LONGEST_STEP = 1200
LONGEST_PASSAGE = 700  # characters, about what a customer reads in one message
LONGEST_TITLE = 300
LONGEST_URL = 1000
MOST_STEPS = 60
_FENCE = "---"
_LANGUAGE_IN_NAME = re.compile(r"[._-](en|ar)$", re.IGNORECASE)
_PICTURE = re.compile(r"(?:https://[^\s/\\]+\.[^\s\\]+|/(?![/\\])[^\s\\]*)")
_parser = MarkdownIt("commonmark")


@dataclass(frozen=True)
class Step:
    """One thing to do, with its picture and what helps when it does not work."""

    text: str
    image: str | None = None
    trouble: str = ""


@dataclass
class GuideFile:
    """A Markdown file, read and checked."""

    code: str
    language: str
    kind: str
    title: str
    intro: str = ""
    safety: str = ""
    minutes: int | None = None
    url: str | None = None
    products: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    passages: list[tuple[str, str]] = field(default_factory=list)  # heading, text
    lines: dict[str, int] = field(default_factory=dict)  # of the front matter's keys


def read_guide(text: str, path: PurePosixPath) -> GuideFile:
    """The guide of a file.

    Args:
        text: what the file holds.
        path: its path within what is imported; its name is the guide's code unless the front matter says another.

    Raises:
        RowProblem: it cannot be taken; the message and the line say why and where.
    """
    front, body, first_line = _front_matter(strip_invisible(text))
    located.only(front, KEYS, "the front matter")
    blocks = list(_blocks(_parser.parse(body), first_line))
    name = _LANGUAGE_IN_NAME.sub("", path.stem)
    title = located.plain(front, "title") or next((block.text for block in blocks if block.kind == "heading"), "")
    if not title:
        raise RowProblem("the page has no title: begin it with “# …” or give “title” in the front matter")
    guide = GuideFile(
        code=located.plain(front, "guide") or name,
        language=_language(front, path, body or title),
        kind=_kind(front),
        title=shortened(title, LONGEST_TITLE),
        safety=located.plain(front, "safety"),
        minutes=_minutes(front),
        url=_address(front),
        products=located.codes(front, "products"),
        categories=located.codes(front, "categories"),
        lines=dict(front.lines),
    )
    guide.steps = [_step(block) for block in blocks if block.kind == "step"] if guide.kind != "help" else []
    _check_steps(guide, first_line)
    guide.intro = _intro(blocks)
    guide.passages = _passages(guide, blocks)
    if not guide.passages:
        raise RowProblem("the page has no text", first_line)
    return guide


def _front_matter(text: str) -> tuple[Located, str, int]:
    """The front matter, the rest, and the line the rest begins on."""
    lines = text.lstrip("\ufeff").split("\n")
    if lines[0].strip() != _FENCE:
        return _nothing(), text, 1
    for number, line in enumerate(lines[1:], 1):
        if line.strip() == _FENCE:
            loaded = located.load("\n".join(lines[1:number]), 2)
            if loaded is not None and not isinstance(loaded, Located):
                raise RowProblem("the front matter must be lines such as “kind: setup”", 2)
            return loaded if loaded is not None else _nothing(), "\n".join(lines[number + 1 :]), number + 2
    raise RowProblem("the front matter opens with “---” and is never closed", 1)


def _nothing() -> Located:
    empty = Located()
    empty.lines = {}
    return empty


def _language(front: Located, path: PurePosixPath, text: str) -> str:
    told = located.plain(front, "language").lower()
    if told:
        if told not in LANGUAGES:
            raise RowProblem(
                f"the language “{told}” is not known; known are {', '.join(LANGUAGES)}", front.at("language")
            )
        return told
    named = _LANGUAGE_IN_NAME.search(path.stem)
    if named:
        return named[1].lower()
    return next((part for part in path.parts[:-1] if part in LANGUAGES), None) or language_of(text) or "en"


def _kind(front: Located) -> str:
    kind = located.plain(front, "kind", "help")
    if kind not in GUIDE_KINDS:
        raise RowProblem(f"the kind “{kind}” is not known; known are {', '.join(GUIDE_KINDS)}", front.at("kind"))
    return kind


def _minutes(front: Located) -> int | None:
    told = located.plain(front, "minutes")
    if not told:
        return None
    if not told.isascii() or not told.isdecimal() or not 1 <= int(told[:6]) <= 10_000:
        raise RowProblem(f"“minutes” must be a whole number, not “{told[:20]}”", front.at("minutes"))
    return int(told)


def _check_picture(address: str | None, line: int) -> None:
    if address and (len(address) > LONGEST_URL or not _PICTURE.fullmatch(address)):
        raise RowProblem("a picture's address must begin with https:// or /", line)


def _address(front: Located) -> str | None:
    told = located.plain(front, "url")
    if told and (len(told) > LONGEST_URL or not _PICTURE.fullmatch(told)):
        raise RowProblem("“url” must begin with https:// or /", front.at("url"))
    return told or None


def _check_steps(guide: GuideFile, first_line: int) -> None:
    if guide.kind == "help":
        return
    if not guide.steps:
        raise RowProblem(f"a guide of the kind “{guide.kind}” needs steps: a list numbered 1. 2. 3.", first_line)
    if len(guide.steps) > MOST_STEPS:
        raise RowProblem(f"{len(guide.steps)} steps are too many to walk; {MOST_STEPS} are the most", first_line)


@dataclass
class _Block:
    """A heading, a paragraph or a step, with the line it stands on."""

    kind: str
    text: str
    line: int
    image: str | None = None
    trouble: str = ""
    number: int = 0  # of a step


def _blocks(tokens: Sequence[Token], first_line: int) -> Iterator[_Block]:
    """What stands one after the other in a page; a numbered list at the outermost level is steps."""
    place = 0
    bullet = ""
    while place < len(tokens):
        token = tokens[place]
        bullet = "• " if token.type == "list_item_open" else bullet
        line = first_line + (token.map[0] if token.map else 0)
        if token.type == "ordered_list_open" and token.level == 0:
            end = _end(tokens, place)
            yield from _items(tokens[place + 1 : end], first_line)
            place = end
        elif token.type == "heading_open":
            yield _Block("heading", _inline(tokens[place + 1])[0], line)
            place += 2
        elif token.type == "inline":
            text = _inline(token)[0]
            if text:
                yield _Block("text", bullet + text, line)
            bullet = ""
        elif token.type in ("html_block", "fence", "code_block"):
            text = read_body(token.content).text if token.type == "html_block" else clean_block(token.content)
            if text:
                yield _Block("text", text, line)
        place += 1


def _end(tokens: Sequence[Token], place: int) -> int:
    """Where what opens at a place closes."""
    return next(
        n for n in range(place, len(tokens)) if tokens[n].level == tokens[place].level and tokens[n].nesting < 0
    )


def _items(tokens: Sequence[Token], first_line: int) -> Iterator[_Block]:
    """The items of a numbered list as steps; a quotation inside one is its help when it does not work."""
    item = _Block("step", "", first_line)
    quoting = number = 0
    for token in tokens:
        if token.type == "list_item_open" and token.level == 1:
            number += 1
            item = _Block("step", "", first_line + (token.map[0] if token.map else 0), number=number)
        elif token.type == "list_item_close" and token.level == 1:
            yield item
        elif token.type == "blockquote_open":
            quoting += 1
        elif token.type == "blockquote_close":
            quoting -= 1
        elif token.type in ("inline", "html_block", "fence", "code_block"):
            text, image = _inline(token) if token.type == "inline" else (read_body(token.content).text, None)
            if quoting:
                item.trouble = f"{item.trouble}\n{text}".strip()
            else:
                item.text = f"{item.text}\n{text}".strip()
            item.image = item.image or image


def _step(block: _Block) -> Step:
    if not block.text:
        raise RowProblem("this step has no text", block.line)
    if len(block.text) > LONGEST_STEP:
        raise RowProblem(f"this step is longer than {LONGEST_STEP} characters; make several of it", block.line)
    _check_picture(block.image, block.line)
    return Step(block.text, block.image, block.trouble)


def _inline(token: Token) -> tuple[str, str | None]:
    """The plain text of a line, and the address of the first picture in it."""
    pieces: list[str] = []
    image: Any = None
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            pieces.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            pieces.append(" " if child.type == "softbreak" else "\n")
        elif child.type == "image":
            image = image or str(child.attrs.get("src") or "")
        elif child.type == "html_inline" and child.content.lower().startswith(("<br", "<p", "</p")):
            pieces.append(" ")
    return "\n".join(clean(line) for line in "".join(pieces).split("\n")).strip(), image


def _intro(blocks: Sequence[_Block]) -> str:
    """What is said before the first section and the first step."""
    said: list[str] = []
    for block in blocks:
        if block.kind == "step" or (block.kind == "heading" and said):
            break
        if block.kind == "text":
            said.append(block.text)
    return shortened(" ".join(said), LONGEST_PASSAGE)


def _passages(guide: GuideFile, blocks: Sequence[_Block]) -> list[tuple[str, str]]:
    """The page in pieces of a screenful, each with the heading it stands under."""
    passages: list[tuple[str, str]] = []
    heading, held = "", ""

    def close() -> None:
        nonlocal held
        if held:
            passages.append((heading[:LONGEST_TITLE], held))
        held = ""

    for block in blocks:
        if block.kind == "heading":
            close()
            heading = "" if block.text == guide.title else block.text
            continue
        alone = block.kind == "step" and guide.kind != "help"
        text = block.text if alone or not block.number else f"{block.number}. {block.text}"
        for piece in _pieces(text):
            if alone or len(held) + len(piece) > LONGEST_PASSAGE:
                close()
            held = f"{held}\n{piece}".strip()
    close()
    return passages


def _pieces(text: str) -> Iterator[str]:
    """A text cut at the ends of sentences into pieces that fit a passage."""
    while len(text) > LONGEST_PASSAGE:
        window = text[:LONGEST_PASSAGE]
        ends = [match.end() for match in re.finditer(r"[.!?؟۔]\s", window)]
        cut = ends[-1] if ends else (window.rfind(" ") if " " in window else LONGEST_PASSAGE)
        yield text[:cut].strip()
        text = text[cut:].strip()
    if text:
        yield text
