"""Dukan's own JSON taken apart: sections and their items with the line each starts on."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from decimal import Decimal
from typing import Any

from bot.shop.importing.report import ImportFileError
from bot.shop.importing.source import Source

Item = tuple[str | None, int, Any]  # section, line, value


class Document:
    """A JSON file, read whole; items are decoded one at a time."""

    def __init__(self, source: Source) -> None:
        self._name = source.path.name
        with source.open() as text:
            self._text = text.read().removeprefix("\ufeff")
        self._line, self._counted = 1, 0
        self._decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=self._not_a_number)

    def items(self) -> Iterator[Item]:
        """Every item as (section, line, value). A bare list has the section None; a section that is
        no list comes as one item.

        Raises:
            ImportFileError: the file is broken JSON.
        """
        position = self._skip(0)
        opening = self._text[position : position + 1]
        if opening == "[":
            position = yield from self._list(None, position)
        elif opening == "{":
            position = yield from self._sections(position)
        else:
            raise self._broken("neither { nor [ at its start", position)
        position = self._skip(position)
        if position < len(self._text):
            raise self._broken("text after its end", position)

    def _sections(self, position: int) -> Generator[Item, None, int]:
        position = self._skip(position + 1)
        if self._text[position : position + 1] == "}":
            return position + 1
        while True:
            name, position = self._value(position)
            if not isinstance(name, str):
                raise self._broken("a name in quotation marks is expected", position)
            position = self._skip(position)
            if self._text[position : position + 1] != ":":
                raise self._broken("a colon is expected", position)
            position = self._skip(position + 1)
            if self._text[position : position + 1] == "[":
                position = yield from self._list(name, position)
            else:
                line = self._line_of(position)
                value, position = self._value(position)
                yield name, line, value
            position = self._skip(position)
            mark = self._text[position : position + 1]
            position = self._skip(position + 1)
            if mark == "}":
                return position
            if mark != ",":
                raise self._broken("a comma or } is expected", position)

    def _list(self, section: str | None, position: int) -> Generator[Item, None, int]:
        position = self._skip(position + 1)
        if self._text[position : position + 1] == "]":
            return position + 1
        while True:
            line = self._line_of(position)
            value, position = self._value(position)
            yield section, line, value
            position = self._skip(position)
            mark = self._text[position : position + 1]
            if mark == "]":
                return position + 1
            if mark != ",":
                raise self._broken("a comma or ] is expected", position)
            position = self._skip(position + 1)

    def _value(self, position: int) -> tuple[Any, int]:
        try:
            return self._decoder.raw_decode(self._text, position)
        except json.JSONDecodeError as error:
            raise self._broken(error.msg, error.pos) from None
        except StopIteration:
            raise self._broken("a value is expected", position) from None
        except (RecursionError, ValueError):
            raise self._broken("a value that is nested too deeply or is no number", position) from None

    def _skip(self, position: int) -> int:
        while self._text[position : position + 1] in (" ", "\n", "\r", "\t"):
            position += 1
        return position

    def _line_of(self, position: int) -> int:
        self._line += self._text.count("\n", self._counted, position)
        self._counted = position
        return self._line

    def _broken(self, what: str, position: int) -> ImportFileError:
        line = self._text.count("\n", 0, position) + 1
        return ImportFileError(f"{self._name} is not valid JSON: line {line}: {what[0].lower()}{what[1:]}")

    @staticmethod
    def _not_a_number(name: str) -> Any:
        raise ValueError(name)
