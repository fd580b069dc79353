"""What a rule finds, and the folded text that rules read."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bot.language.normalise import fold_aligned

READ_CHARACTERS = 1500


@dataclass(frozen=True)
class Found:
    """An entity in a text, `value` normalised; `extra` holds further keys, as `role`."""

    entity: str
    value: Any
    start: int
    end: int
    extra: dict[str, Any] = field(default_factory=dict)

    def overlaps(self, other: Found) -> bool:
        """Whether the two share a letter."""
        return self.start < other.end and other.start < self.end


class Text:
    """A message as rules read it: folded, with the way back to what was written.

    `folded` holds only the beginning of a very long message.
    """

    def __init__(self, text: str) -> None:
        self.raw = text[:READ_CHARACTERS]
        self.folded, self._places = fold_aligned(self.raw)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Places in the original of `folded[start:end]`, without the spaces around it."""
        while start < end and self.folded[start] == " ":
            start += 1
        while end > start and self.folded[end - 1] == " ":
            end -= 1
        last = self._places[end - 1] + 1 if end > start else self._places[start]
        return self._places[start], last

    def found(self, entity: str, value: Any, start: int, end: int, **extra: Any) -> Found:
        """An entity at `folded[start:end]`."""
        return Found(entity, value, *self.span(start, end), extra)

    @cached_property
    def words(self) -> list[str]:
        """The folded words."""
        return self.folded.split()
