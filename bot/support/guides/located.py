"""YAML whose mappings know the lines they stand on, so that a fault in a shop's file is named with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from bot.db.types import LANGUAGES
from bot.shop.importing.report import RowProblem
from bot.shop.importing.text import clean

LONGEST_TEXT = 4000


class Located(dict[str, Any]):
    """A mapping of a YAML file with the line of each of its keys."""

    line: int = 1
    lines: dict[str, int]

    def at(self, key: str) -> int:
        """The line a key stands on, else the mapping's own."""
        return self.lines.get(key, self.line)


@dataclass
class Written:
    """What a file of the shop is about: its name, its line, the products and categories it is for, lines of its keys."""

    code: str
    line: int
    products: list[str]
    categories: list[str]
    lines: dict[str, int]


def written(given: Located, kind: str, keys: frozenset[str]) -> Written:
    """The head of a document that names itself by the key of its kind.

    Raises:
        RowProblem: it has no name, or a key it should not have.
    """
    only(given, keys, f"a {kind}")
    code = plain(given, kind)
    if not code:
        raise RowProblem(f"a {kind} needs a name after “{kind}:”", given.at(kind))
    return Written(code, given.line, codes(given, "products"), codes(given, "categories"), dict(given.lines))


class _Loader(yaml.SafeLoader):
    """Safe YAML whose mappings are `Located`; a key given twice is an error."""

    def located(self, node: yaml.MappingNode) -> Located:
        found = Located()
        found.line = node.start_mark.line + 1
        found.lines = {}
        for key_node, value_node in node.value:
            key = str(self.construct_object(key_node, deep=True))
            line = key_node.start_mark.line + 1
            if key in found:
                raise RowProblem(f"“{key}” stands here twice", line)
            found.lines[key] = line
            found[key] = self.construct_object(value_node, deep=True)
        return found


def _construct(loader: _Loader, node: yaml.MappingNode) -> Located:
    return loader.located(node)


def _construct_text(loader: _Loader, node: yaml.ScalarNode) -> str:
    """Words such as "yes" or "on" stay what was written: they are answers here, not truth values."""
    return str(node.value)


_Loader.add_constructor("tag:yaml.org,2002:map", _construct)
_Loader.add_constructor("tag:yaml.org,2002:bool", _construct_text)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _construct_text)


def load(text: str, first_line: int = 1) -> Any:
    """The YAML of a text that begins on a line of its file.

    Raises:
        RowProblem: it is no YAML.
    """
    return next(iter(load_all("\n" * (first_line - 1) + text)), None)


def load_all(text: str) -> list[Any]:
    """The YAML documents of a text.

    Raises:
        RowProblem: it is no YAML.
    """
    try:
        return list(yaml.load_all(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise RowProblem(
            f"this is not YAML: {error.problem or 'unreadable'}", mark.line + 1 if mark else None
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise RowProblem(f"this is not YAML: {type(error).__name__}") from None


def mapping(parent: Located, key: str, what: str) -> Located:
    """The mapping under a key.

    Raises:
        RowProblem: there is none.
    """
    value = parent.get(key)
    if not isinstance(value, Located):
        raise RowProblem(f"{what} needs “{key}” with entries of its own", parent.at(key))
    return value


def only(given: Located, known: frozenset[str], what: str) -> None:
    """Pass when all keys are known: a misspelt one must not go unnoticed.

    Raises:
        RowProblem: one is not.
    """
    for key in given:
        if key not in known:
            raise RowProblem(f"{what} knows no “{key}”; known are {', '.join(sorted(known))}", given.at(key))


def plain(parent: Located, key: str, default: str = "") -> str:
    """One line of text under a key.

    Raises:
        RowProblem: something else stands there.
    """
    value = parent.get(key)
    if value is None:
        return default
    if isinstance(value, (dict, list)):
        raise RowProblem(f"“{key}” must be one text", parent.at(key))
    return clean(value)[:LONGEST_TEXT]


def codes(parent: Located, key: str) -> list[str]:
    """The codes under a key: one, or a list.

    Raises:
        RowProblem: something else stands there.
    """
    value = parent.get(key)
    items = value if isinstance(value, list) else [] if value is None else [value]
    if any(isinstance(item, (dict, list)) for item in items):
        raise RowProblem(f"“{key}” must be a list of codes", parent.at(key))
    return [clean(item) for item in items if clean(item)]


def both(parent: Located, key: str, what: str, *, needed: bool = True) -> dict[str, str]:
    """A text in both languages under a key; {} when it may be and is left out.

    Raises:
        RowProblem: it, or one of the languages, is missing.
    """
    value = parent.get(key)
    if value is None:
        if needed:
            raise RowProblem(f"{what} has no “{key}”", parent.line)
        return {}
    if not isinstance(value, Located):
        raise RowProblem(f"“{key}” of {what} must be given as en: … and ar: …", parent.at(key))
    only(value, frozenset(LANGUAGES), f"“{key}” of {what}")
    texts = {language: plain(value, language) for language in LANGUAGES}
    for language, text in texts.items():
        if not text:
            name = {"en": "English", "ar": "Arabic"}[language]
            raise RowProblem(f"“{key}” of {what} has no {name} text", parent.at(key))
    return texts


def phrases(parent: Located, key: str, what: str, *, needed: bool = True) -> dict[str, list[str]]:
    """Lists of phrases in both languages under a key.

    Raises:
        RowProblem: they, or one of the languages, are missing.
    """
    value = parent.get(key)
    if value is None and not needed:
        return {}
    if not isinstance(value, Located):
        raise RowProblem(f"{what} needs “{key}” as lists under en and ar", parent.at(key))
    only(value, frozenset(LANGUAGES), f"“{key}” of {what}")
    found = {language: codes(value, language) for language in LANGUAGES}
    for language, listed in found.items():
        if not listed:
            name = {"en": "English", "ar": "Arabic"}[language]
            raise RowProblem(f"“{key}” of {what} has no {name} phrases", parent.at(key))
    return found
