"""Walks under way in a conversation, guides and fault searches: what of them is kept in a slot between messages.

The newest walk is the last of the list; one that was left for another stays before it and can be gone on with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from bot.support.trees import Progress

MOST = 3
Kind = Literal["guide", "tree"]


@dataclass(frozen=True)
class Walk:
    """A guide at a step, or a search for a fault at a question.

    `words` is what the customer told of the fault at the beginning; `told` are steps of the tree done before;
    `troubled` are steps of the guide that did not work; `progress` is None until the fault is known.
    """

    kind: Kind
    code: str
    step: int = 0
    product: str | None = None
    category: str | None = None
    words: str = ""
    told: tuple[str, ...] = ()
    troubled: tuple[int, ...] = ()
    progress: Progress | None = None

    def to_slot(self) -> dict[str, Any]:
        """As a slot holds it."""
        held: dict[str, Any] = {
            "kind": self.kind,
            "code": self.code,
            "step": self.step,
            "product": self.product,
            "category": self.category,
            "words": self.words,
            "told": list(self.told),
            "troubled": list(self.troubled),
        }
        if self.progress is not None:
            held["symptom"] = self.progress.symptom
            held["node"] = self.progress.node
            held["trail"] = [list(entry) for entry in self.progress.trail]
        return {key: value for key, value in held.items() if value not in (None, "", [])}

    @classmethod
    def from_slot(cls, held: dict[str, Any]) -> Walk:
        """The walk that a slot holds."""
        progress = None
        if "node" in held:
            trail = tuple((str(code), int(pick)) for code, pick in held.get("trail") or ())
            progress = Progress(held["code"], held["symptom"], held["node"], trail)
        return cls(
            kind=held["kind"],
            code=held["code"],
            step=int(held.get("step") or 0),
            product=held.get("product"),
            category=held.get("category"),
            words=held.get("words") or "",
            told=tuple(held.get("told") or ()),
            troubled=tuple(held.get("troubled") or ()),
            progress=progress,
        )

    @property
    def subject(self) -> dict[str, str]:
        """Product or category as entities of a button."""
        if self.product:
            return {"product": self.product}
        return {"category": self.category} if self.category else {}

    def at(self, step: int) -> Walk:
        """The same guide at another step."""
        return replace(self, step=step)


def read(slot: Sequence[dict[str, Any]] | None) -> list[Walk]:
    """The walks of a slot, the newest last."""
    return [Walk.from_slot(held) for held in slot or ()]


def with_newest(walks: Sequence[Walk], walk: Walk) -> list[dict[str, Any]]:
    """The slot with a walk as the newest; one of the same guide or tree is replaced by it."""
    others = [other for other in walks if (other.kind, other.code) != (walk.kind, walk.code)]
    return [other.to_slot() for other in [*others, walk][-MOST:]]


def without(walks: Sequence[Walk], walk: Walk) -> list[dict[str, Any]] | None:
    """The slot without a walk; None when none is left."""
    others = [other.to_slot() for other in walks if (other.kind, other.code) != (walk.kind, walk.code)]
    return others or None
