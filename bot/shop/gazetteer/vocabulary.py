"""Brings a customer's word to the words the catalogue has: exact, inflected, misspelt or in other letters."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.language.concepts import concepts
from bot.language.detect import is_known_word
from bot.shop.gazetteer.common import is_common
from bot.shop.gazetteer.forms import JOINED_LETTERS, Word, is_arabic, key, skeleton, sound, spoken, without_joined
from bot.shop.vocabulary import content_words

MOST_ALTERNATIVES = 4
MOST_GUESSES = 6
SHORTEST_FUZZY = 5
SHORTEST_SOUND = 3
SHORTEST_SPOKEN = 3  # consonants and vowels; with so few, a vowel more or less makes another name

# What Latin letters are called in Arabic, as models are read out.
_LETTER_NAMES = (
    "اي=a ايه=a بي=b سي=c دي=d اف=f جي=g اتش=h اش=h جيه=j كي=k ام=m ان=n او=o كيو=q ار=r اس=s تي=t يو=u "
    "في=v دبليو=w اكس=x واي=y زد=z زي=z"
)
LETTERS = dict(pair.split("=") for pair in _LETTER_NAMES.split())

_MEASURE = re.compile(r"(\d{1,4})([a-z]{1,3})")
EXACT, JOINED, INFLECTED, SPOKEN, MISSPELT, HEARD = 1.0, 0.98, 0.9, 0.85, 0.8, 0.75


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
        titles: the words of products' names, which may be written by every sound of theirs ("ماكس").
        pairs: neighbours in a name, written together, with the length of the first.
    """

    def __init__(
        self,
        words: Iterable[str],
        telling: Iterable[str],
        titles: Iterable[str] = (),
        pairs: Iterable[tuple[str, int]] = (),
    ) -> None:
        words = set(words)
        self._pairs = dict(pairs)
        self._surfaces = words | {word.removeprefix("ال") for word in words}
        self._keys: set[str] = set()
        self._by_skeleton: dict[str, list[str]] = defaultdict(list)
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        self._by_spoken: dict[str, list[str]] = defaultdict(list)
        self._by_letters: dict[str, list[str]] = defaultdict(list)
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
        for word in titles:
            if word.isascii() and word.isalpha() and len(said := spoken(word)) >= SHORTEST_SPOKEN:
                self._by_letters[said].append(key(word))
        for word in set(telling):
            if any(c.isdigit() for c in word):
                continue
            heard, said = sound(word), spoken(word)
            if len(heard) >= SHORTEST_SOUND:
                self._by_sound[heard].append(key(word))
            if len(_consonants(said)) < SHORTEST_SOUND and len(said) >= SHORTEST_SPOKEN:
                self._by_spoken[said].append(key(word))
        self._look_up = lru_cache(maxsize=16384)(self._look_up_word)
        self._guess = lru_cache(maxsize=16384)(self._guess_word)

    def __contains__(self, own: str) -> bool:
        return own in self._keys

    def as_written(self, words: list[Word]) -> list[Word]:
        """`words` as names write them: those cut in two that stand apart there ("dashcam" for "Dash cam"), and letters
        named in Arabic beside a number as they are in models ("اس 24" for "S24").
        """
        found: list[Word] = []
        for word in words:
            last = found[-1] if found else None
            model = f"{LETTERS[last.folded]}{word.folded}" if last and last.folded in LETTERS else ""
            if last and model and word.folded.isdigit() and model in self._keys:
                found[-1] = Word(model, last.start, word.end, last.breaks)
                continue
            cut = self._pairs.get(word.folded, 0) or self._measure(word.folded)
            if not cut or key(word.folded) in self._keys or word.end - word.start != len(word.folded):
                found.append(word)
                continue
            found.append(Word(word.folded[:cut], word.start, word.start + cut, word.breaks))
            found.append(Word(word.folded[cut:], word.start + cut, word.end))
        return found

    def _measure(self, word: str) -> int:
        """The length of the number in a measure written as one word ("50ml") that names write as two; else 0."""
        match = _MEASURE.fullmatch(word)
        apart = match is not None and word not in self._keys and {match[1], match[2]} <= self._keys
        return len(match[1]) if match and apart else 0

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
        if own not in self._keys and own in self._surfaces:  # "الألماس": the name itself begins like an article
            return (Known(key(own), JOINED),)
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
            found = next(filter(None, map(self._heard, (word, *self._without_one(word)))), [])
        return tuple(found[:MOST_ALTERNATIVES])

    def _heard(self, word: str) -> list[Known]:
        """Names in the other letters that sound like `word`."""
        others: list[str] = []
        if len(sound(word)) >= SHORTEST_SOUND:
            others = self._by_sound.get(sound(word), [])
        elif len(said := spoken(word)) >= SHORTEST_SPOKEN:
            others = self._by_spoken.get(said, [])
            if not others and len(said) > SHORTEST_SPOKEN:
                near = process.extract(said, list(self._by_spoken), scorer=OSA.distance, score_cutoff=1, limit=1)
                others = [
                    k for match, _, _ in near if _consonants(match) == _consonants(said) for k in self._by_spoken[match]
                ]
        said = spoken(word)
        others = others or self._by_letters.get(said, [])
        return [Known(k, SPOKEN if spoken(k) == said else HEARD) for k in others if is_arabic(k) != is_arabic(word)]

    @staticmethod
    def _without_one(word: str) -> tuple[str, ...]:
        """An Arabic word without its joined letter ("لايفون", "وسامسونج")."""
        return (word[1:],) if is_arabic(word) and len(word) > SHORTEST_FUZZY - 1 and word[0] in JOINED_LETTERS else ()

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


def _consonants(said: str) -> str:
    return re.sub("[aiu]", "", said)


def _may_be_a_name(word: str) -> bool:
    """Whether it is worth asking if a word that the catalogue lacks is one of its words written otherwise."""
    if len(word) < SHORTEST_SOUND or any(c.isdigit() for c in word):
        return False
    return bool(content_words(word)) and not _is_ordinary(word) and not is_common(word)


def _is_ordinary(word: str) -> bool:
    """Whether a word is one of the language's own, also joined to an "and" («والكبيرة»)."""
    return is_known_word(word) or (is_arabic(word) and word[0] in "وف" and is_known_word(word[1:]))


def _alike(first: str, second: str) -> bool:
    """Whether two Arabic words of one skeleton may be forms of one word: lengths near, first letter shared."""
    return abs(len(first) - len(second)) <= 2 and (first[0] == second[0] or "ا" in (first[0], second[0]))
