"""How order numbers are compared, and what the numbers of a shop look like: learned from its orders, never assumed.

The import, the proof of orders and the rules that find numbers in messages all use the same key.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from bot.language.normalise import fold_aligned

FEW = 3  # different words at one place of the numbers that stand as they are; more are any letters
LEAST_DIGITS = 2
LEAST_LENGTH = 4
MOST_SHAPES = 40
_PARTS = re.compile(r"[^\W\d_]+|\d+|[\W_]+")
_BETWEEN = r"[-_/\\.,:·# ]"


def number_key(number: str) -> str:
    """An order number as it is compared: letters in one writing and upper case, digits, and nothing else."""
    return re.sub(r"[\W_]", "", fold_aligned(number)[0]).upper()


def shapes(numbers: Iterable[str]) -> list[re.Pattern[str]]:
    """What numbers of several parts look like ("WEB/2026/00817"), as patterns for folded text, the commonest first.

    Plain digits, and letters before digits, are for the rules of `bot/nlu/patterns/orders.py`.
    """
    alike: dict[str, list[list[str]]] = defaultdict(list)
    for number in numbers:
        parts = _PARTS.findall(fold_aligned(number)[0].strip(" #"))
        if sum(map(str.isdigit, "".join(parts))) >= LEAST_DIGITS and len("".join(parts)) >= LEAST_LENGTH:
            alike["".join(_kind(part) for part in parts)].append(parts)
    told = [kinds for kinds in sorted(alike, key=lambda kinds: -len(alike[kinds])) if len(kinds) > 1]
    return [_pattern(kinds, alike[kinds]) for kinds in told[:MOST_SHAPES]]


def _kind(part: str) -> str:
    return "9" if part[0].isdigit() else "a" if part[0].isalpha() else "-"


def _pattern(kinds: str, alike: list[list[str]]) -> re.Pattern[str]:
    written = []
    for place, kind in enumerate(kinds):
        seen = {parts[place] for parts in alike}
        lengths = sorted({len(part) for part in seen})
        if kind == "9":
            written.append(rf"\d{{{lengths[0]},{lengths[-1] + 1}}}")
        elif kind == "a":
            words = "|".join(map(re.escape, sorted(seen)))
            written.append(rf"(?:{words})" if len(seen) <= FEW else rf"[^\W\d_]{{{lengths[0]},{lengths[-1]}}}")
        else:
            # Between two groups of digits something has to stand: "2026 1177" is one number, "20261177" another.
            apart = "9" in kinds[place - 1 : place] and "9" in kinds[place + 1 : place + 2]
            written.append(_BETWEEN + ("{1,2}" if apart else "{0,2}"))
    return re.compile(rf"(?<!\w){_joined(kinds, written)}(?!\w)")


def _joined(kinds: str, written: list[str]) -> str:
    """The parts one after the other; letters and digits that touch may have been written apart."""
    text = ""
    for place, part in enumerate(written):
        touching = place and "-" not in (kinds[place - 1], kinds[place])
        text += (f"{_BETWEEN}?" if touching else "") + part
    return text
