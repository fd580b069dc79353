"""What a text speaks of, whatever language or dialect says it: names of `resources/concepts.txt`.

The classifier's n-grams take them in, so that an example in one dialect teaches all the others.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from bot.language.normalise import fold

RESOURCE = Path(__file__).parent / "resources" / "concepts.txt"

_WORD = re.compile(r"[a-z0-9']+|[\u0621-\u064a]+")
_JOINED = ("وبال", "وال", "بال", "كال", "فال", "ولل", "لل", "ال", "و", "ف", "ب", "ل", "ك", "ه", "ح")
# What stands before the stem of a verb: who does it, now or soon ("بيتأخر", "هتوصل", "نكنسل").
_VERB = re.compile(r"(?:[بهح]?[يتن]|[بحه]?ا)(?=..)")
SHORTEST = 2
SHORTEST_STEM = 3


@lru_cache(maxsize=1)
def _lists() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]], frozenset[str]]:
    """Concepts by whole word, by beginning of a word, and the first words of those said in two words."""
    whole: dict[str, tuple[str, ...]] = {}
    begun: dict[str, tuple[str, ...]] = {}
    for line in RESOURCE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            concept, words = line.split(":", 1)
            for word in words.split():
                table = begun if word.endswith("*") else whole
                folded = fold(word.rstrip("*").replace("_", " "))
                table[folded] = tuple(dict.fromkeys((*table.get(folded, ()), concept)))
    return whole, begun, frozenset(phrase.split()[0] for phrase in whole if " " in phrase)


@lru_cache(maxsize=32768)
def of_word(word: str) -> tuple[str, ...]:
    """The concepts of one folded word, most often one or none."""
    whole, begun, _ = _lists()
    for bare in (word, *(word[len(p) :] for p in _JOINED if word.startswith(p) and len(word) - len(p) > SHORTEST)):
        if bare in whole:
            return whole[bare]
        for length in range(len(bare), SHORTEST, -1):
            if bare[:length] in begun:
                return begun[bare[:length]]
    if (verb := _VERB.match(word)) and len(stem := word[verb.end() :]) >= SHORTEST_STEM:
        for length in range(len(stem), SHORTEST_STEM - 1, -1):
            if stem[:length] in begun:
                return begun[stem[:length]]
    return ()


def concepts(folded: str) -> list[str]:
    """The concepts of a folded text in the order in which they are said."""
    whole, _, opening = _lists()
    words = _WORD.findall(folded)
    found: list[str] = []
    for place, word in enumerate(words):
        if word in opening and place + 1 < len(words):
            found += whole.get(f"{word} {words[place + 1]}", ())
        found += of_word(word)
    return found
