"""What things are called besides, in both languages: names of `data/words/goods.txt`.

The gazetteer gives categories and values the names they go by in the other language, and the text index looks for
them, so that an English catalogue can be asked about in Arabic and the reverse. Knows goods in general, never a shop's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice, product

from bot.shop.vocabulary import WORDS, stems_of

MOST_NAMES = 40  # of one thing
LONGEST_NAME = 4  # words that together have a meaning
MOST_PARTS = 3  # meanings that one name is put together from

Stems = tuple[str, ...]

_JOINS = re.compile(r"[&/,،؛+]| and | و ?(?=ال)| و ", re.I)  # in a text of single spaces
_ARABIC = re.compile(r"[\u0621-\u064a]")


@lru_cache(maxsize=1)
def _meanings() -> tuple[dict[Stems, list[int]], list[tuple[list[str], list[str]]]]:
    """The meanings of each name by its stems, and the names of each meaning, English and Arabic."""
    by_name: dict[Stems, list[int]] = {}
    names: list[tuple[list[str], list[str]]] = []
    for line in (WORDS / "goods.txt").read_text(encoding="utf-8").splitlines():
        if "=" not in line or line.startswith("#"):
            continue
        english, arabic = ([name.strip() for name in side.split(",")] for side in line.split("="))
        for name in (*english, *arabic):
            meanings = by_name.setdefault(tuple(stems_of(name)), [])
            if len(names) not in meanings:
                meanings.append(len(names))
        names.append((english, arabic))
    return by_name, names


def also_called(name: str) -> list[str]:
    """Other names of a thing, in both languages; those of each part of a joined name ("Oils & Fluids")."""
    found: dict[str, None] = {}
    parts = [part.strip() for part in _JOINS.split(" ".join(name.split())) if part.strip()]
    for part in parts:
        if len(parts) > 1:
            found[part] = None
        found.update(dict.fromkeys(_names_of(tuple(stems_of(part)), bool(_ARABIC.search(part)))))
    found.pop(name, None)
    return list(found)


def _names_of(stems: Stems, arabic: bool) -> Iterator[str]:
    by_name, names = _meanings()
    segments = list(_segments(stems))
    if not segments or len(segments) > MOST_PARTS:
        return
    same = [[n for meaning in by_name[part] for n in names[meaning][arabic]] for part in segments]
    other = [[n for meaning in by_name[part] for n in names[meaning][not arabic]] for part in segments]
    # The noun stands last in English and first in Arabic: the parts change places.
    yield from islice((" ".join(chosen) for chosen in product(*reversed(other))), MOST_NAMES)
    yield from islice((" ".join(chosen) for chosen in product(*same)), MOST_NAMES)


def _segments(stems: Stems) -> Iterator[Stems]:
    """A name cut into the longest parts that have a meaning; nothing when a part has none."""
    by_name, _ = _meanings()
    found: list[Stems] = []
    while stems:
        length = next((n for n in range(min(LONGEST_NAME, len(stems)), 0, -1) if stems[:n] in by_name), 0)
        if not length:
            return
        found.append(stems[:length])
        stems = stems[length:]
    yield from found


@lru_cache(maxsize=4096)
def same_as(stems: Stems) -> tuple[Stems, ...]:
    """The stems of all other names of what the name of these stems stands for."""
    by_name, names = _meanings()
    others = [name for meaning in by_name.get(stems, ()) for side in names[meaning] for name in side]
    return tuple(dict.fromkeys(other for name in others if (other := tuple(stems_of(name))) != stems))


def longest_name(stems: Sequence[str]) -> int:
    """How many of the first stems are the name of a thing together; 0 when not even the first is one."""
    by_name, _ = _meanings()
    return next((n for n in range(min(LONGEST_NAME, len(stems)), 0, -1) if tuple(stems[:n]) in by_name), 0)
