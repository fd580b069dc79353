"""The named responses of `data/responses/`: chosen by language, varied, filled with variables.

Used by the dialogue engine for everything the bot says and by the gateway for the few sentences
that do not come out of a dialogue turn (place in the queue, an agent joined).
"""

from __future__ import annotations

import string
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.settings import ROOT

RESPONSES = ROOT / "data" / "responses"


class UnknownResponse(KeyError):
    """No response has that name."""


class MissingVariable(KeyError):
    """A response names a variable that was not given."""


@dataclass(frozen=True)
class Variation:
    """One way to say a response. `language` None is said when no other fits; `key` tells variations apart."""

    key: str
    language: str | None
    text: str
    buttons: tuple[tuple[str, str], ...] = ()  # (title, payload)


@dataclass(frozen=True)
class Rendered:
    """A response in final words."""

    key: str
    text: str
    buttons: list[dict[str, str]] = field(default_factory=list)  # {"title", "payload"}


class _Filler(string.Formatter):
    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        try:
            return kwargs[str(key)]
        except KeyError:
            raise MissingVariable(key) from None


_filler = _Filler()


def _language_of(variation: Mapping[str, Any]) -> str | None:
    for condition in variation.get("condition") or ():
        if condition.get("name") == "language":
            return str(condition["value"])
    return None


class Responses:
    """All responses by name.

    Args:
        definitions: `{name: [variation, …]}` in Rasa's own form: `text`, `buttons`, and a
            `condition` on the slot `language`; a variation without one is the default.
    """

    def __init__(self, definitions: Mapping[str, list[Mapping[str, Any]]]) -> None:
        self._variations: dict[str, list[Variation]] = {
            name: [
                Variation(
                    key=f"{name}/{number}",
                    language=_language_of(variation),
                    text=(variation.get("text") or "").strip(),
                    buttons=tuple((button["title"], button["payload"]) for button in variation.get("buttons") or ()),
                )
                for number, variation in enumerate(variations)
            ]
            for name, variations in definitions.items()
        }

    @property
    def names(self) -> list[str]:
        return list(self._variations)

    def variations(self, name: str, language: str) -> list[Variation]:
        """The ways to say `name` in `language`; the default ones when it has none.

        Raises:
            UnknownResponse: there is no such response.
        """
        try:
            candidates = self._variations[name]
        except KeyError:
            raise UnknownResponse(name) from None
        matching = [variation for variation in candidates if variation.language == language]
        return matching or [variation for variation in candidates if variation.language is None]

    def render(self, name: str, language: str, variables: Mapping[str, Any], used: Collection[str] = ()) -> Rendered:
        """`name` in final words, in a variation whose key is not in `used` if there is one left.

        Once all were used, the one unused for longest is taken, so that the same words never come
        twice in a row. `used` is in the order in which they were said.
        """
        candidates = self.variations(name, language)
        said = list(used)
        fresh = [variation for variation in candidates if variation.key not in said]
        last_place = {key: place for place, key in enumerate(said)}
        chosen = fresh[0] if fresh else min(candidates, key=lambda variation: last_place[variation.key])
        return Rendered(
            key=chosen.key,
            text=_filler.vformat(chosen.text, (), variables),
            buttons=[
                {"title": _filler.vformat(title, (), variables), "payload": payload}
                for title, payload in chosen.buttons
            ],
        )


def load(folder: Path = RESPONSES) -> Responses:
    """The responses of all files in a folder.

    Raises:
        ValueError: a response is defined in two files.
    """
    definitions: dict[str, list[Mapping[str, Any]]] = {}
    for path in sorted(folder.glob("*.yml")):
        for name, variations in (yaml.safe_load(path.read_text(encoding="utf-8")).get("responses") or {}).items():
            if name in definitions:
                raise ValueError(f"{path.name}: the response {name} is defined twice")
            definitions[name] = variations
    return Responses(definitions)


@lru_cache(maxsize=1)
def responses() -> Responses:
    """The project's responses, read once."""
    return load()
