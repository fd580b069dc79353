"""Brings a customer's word to the words the catalogue has: exact, inflected, misspelt or in other letters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.language.concepts import concepts
from bot.language.detect import is_known_word
from bot.shop.gazetteer.common import is_common
from bot.shop.gazetteer.forms import is_arabic, key, skeleton, sound, without_joined
from bot.shop.vocabulary import content_words

MOST_ALTERNATIVES = 4
MOST_GUESSES = 6
SHORTEST_FUZZY = 5
SHORTEST_SOUND = 3

EXACT, JOINED, INFLECTED, MISSPELT, HEARD = 1.0, 0.98, 0.9, 0.8, 0.75


@dataclass(frozen=True)
class Known:
    """A word of the catalogue that a customer's word may be, and how sure that is."""

    key: str
    quality: float


class CatalogueWords:
    """All words of all names.

    Args:
        words: folded words as the names have them.
        telling: those that may be written by sound in the other script (names of brands and models).
    """

    def __init__(self, words: Iterable[str], telling: Iterable[str]) -> None:
        words = set(words)
        self._surfaces = words | {word.removeprefix("ال") for word in words}
        self._keys: set[str] = set()
        self._by_skeleton: dict[str, list[str]] = defaultdict(list)
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        self._by_length: dict[tuple[bool, int], list[str]] = defaultdict(list)
        for word in words:
            own = key(word)
            if own in self._keys:
                continue
            self._keys.add(own)
            if shape := skeleton(word):
                self._by_skeleton[shape].append(own)
            if len(own) >= SHORTEST_FUZZY - 1 and not any(c.isdigit() for c in own):
                self._by_length[is_arabic(own), len(own)].append(own)
        for word in set(telling):
            heard = sound(word)
            if len(heard) >= SHORTEST_SOUND and not any(c.isdigit() for c in word):
                self._by_sound[heard].append(key(word))
        self._look_up = lru_cache(maxsize=16384)(self._look_up_word)
        self._guess = lru_cache(maxsize=16384)(self._guess_word)

    def __contains__(self, own: str) -> bool:
        return own in self._keys

    def resolve(self, words: Sequence[str]) -> list[tuple[Known, ...]]:
        """What each folded word may be, surest first; empty when the catalogue has nothing like it.

        Slips of the pen and foreign letters are looked for in the first `MOST_GUESSES` strange words only.
        """
        resolved = []
        guesses = 0
        for word in words:
            found = self._look_up(word)
            if not found and guesses < MOST_GUESSES and _may_be_a_name(word):
                guesses += 1
                found = self._guess(word)
            resolved.append(found)
        return resolved

    def _look_up_word(self, word: str) -> tuple[Known, ...]:
        own = key(word)
        ordinary = is_known_word(word)
        if own in self._keys and (self._is_written(word) or not ordinary):
            # "لأبها" is "to Abha" and not "her laptop": what stands in a name goes before an ending taken off.
            joined = () if self._is_written(word) else (r for r in without_joined(word) if r in self._surfaces)
            return tuple(Known(rest, JOINED) for rest in joined) or (Known(own, EXACT), *self._other_forms(word, own))
        if (bare := word.removeprefix("ال")) != word and bare in self._keys:  # "الرز": too short for `key`
            return (Known(bare, JOINED),)
        if ordinary and is_arabic(word):
            return ()
        found = [Known(rest, JOINED) for rest in without_joined(word) if rest in self._keys]
        strange = len(word) >= SHORTEST_SOUND and not any(c.isdigit() for c in word) and not is_common(word)
        if not found and strange and not concepts(word):
            # A word of customers' needs ("to clean") is no other form of a name.
            for base in (own, *without_joined(word)):
                found += self._other_forms(base)
        return tuple(found[:MOST_ALTERNATIVES])

    def _other_forms(self, base: str, known: str = "") -> list[Known]:
        """Words of the catalogue that are forms of the same Arabic word ("ستارة", "ستائر"), but for one known already."""
        alike = self._by_skeleton.get(skeleton(base), ())
        return [Known(k, INFLECTED) for k in alike if k != known and _alike(k, base)][: MOST_ALTERNATIVES - 1]

    def _guess_word(self, word: str) -> tuple[Known, ...]:
        found = self._misspelt(list(dict.fromkeys((key(word), word, *without_joined(word)))))
        if not found:
            heard = sound(word)
            others = self._by_sound.get(heard, ()) if len(heard) >= SHORTEST_SOUND else ()
            found = [Known(k, HEARD) for k in others if is_arabic(k) != is_arabic(word)]
        return tuple(found[:MOST_ALTERNATIVES])

    def _is_written(self, word: str) -> bool:
        """Whether a name has the word itself: an ordinary word is no inflection of a name ("delivery", "deliver")."""
        return word in self._surfaces or word.removeprefix("ال") in self._surfaces or not is_arabic(word)

    def _misspelt(self, shapes: list[str]) -> list[Known]:
        best: list[tuple[int, str]] = []
        for base in shapes:
            if len(base) < SHORTEST_FUZZY:
                continue
            edits = 1 if len(base) < 7 else 2
            for length in range(len(base) - edits, len(base) + edits + 1):
                words = self._by_length.get((is_arabic(base), length), ())
                hits = process.extract(base, words, scorer=OSA.distance, score_cutoff=edits, limit=MOST_ALTERNATIVES)
                best += [(int(distance), word) for word, distance, _ in hits]
        if not best:
            return []
        least = min(distance for distance, _ in best)
        return [Known(word, MISSPELT) for distance, word in best if distance == least]


def _may_be_a_name(word: str) -> bool:
    """Whether it is worth asking if a word that the catalogue lacks is one of its words written otherwise."""
    if len(word) < SHORTEST_SOUND or any(c.isdigit() for c in word):
        return False
    return bool(content_words(word)) and not is_known_word(word) and not is_common(word)


def _alike(first: str, second: str) -> bool:
    """Whether two Arabic words of one skeleton may be forms of one word: lengths near, first letter shared."""
    return abs(len(first) - len(second)) <= 2 and (first[0] == second[0] or "ا" in (first[0], second[0]))
