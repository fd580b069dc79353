"""Customers' words as search and property questions use them: stems, words that say nothing, names of properties.

Read from `data/words/search.yml` and `data/words/properties.yml`; knows kinds of words, never a catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from bot.language.normalise import fold
from bot.language.stemming import stem
from bot.settings import ROOT

WORDS = ROOT / "data" / "words"

_WORD = re.compile(r"[^\W_]+")
_CASE = re.compile("(?:\u064b\u0627|\u0627\u064b)(?!\\w)")
_ARABIC = re.compile(r"[\u0621-\u064a]")


@dataclass(frozen=True)
class Comparison:
    """What a word like "lighter" compares: names of properties, and 1 for more of it or -1 for less."""

    properties: tuple[str, ...]
    direction: int


def words_of(text: str) -> list[str]:
    """The folded words of a text, in order.

    An Arabic noun as it is without its case («فلترًا»), and names spelled by their letters as they are written
    («يو اس بي»: "usb").
    """
    folded = fold(_CASE.sub("", text))
    if _ARABIC.search(folded):
        folded = _spelled().sub(lambda match: _search_words()["spelled"][match.group()], folded)
    return _WORD.findall(folded)


def stems_of(text: str) -> list[str]:
    """The stems of a text, in order."""
    return [stem(word) for word in words_of(text)]


@lru_cache(maxsize=1)
def _search_words() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((WORDS / "search.yml").read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=1)
def _spelled() -> re.Pattern[str]:
    longest_first = sorted(_search_words()["spelled"], key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)")


@lru_cache(maxsize=8)
def _stems_of_kind(kind: str) -> frozenset[str]:
    by_language = _search_words()[kind]
    return frozenset(part for text in by_language.values() for part in stems_of(text))


def content_words(text: str) -> list[str]:
    """The folded words of a text that may describe a thing: without those that say nothing, or are one letter."""
    empty = _stems_of_kind("empty")
    return [word for word in words_of(text) if len(word) > 1 and stem(word) not in empty]


def names_need(word: str) -> bool:
    """Whether a folded word says which need a customer has ("discount", «توصيل») and not what it is about."""
    return stem(word) in _stems_of_kind("needs")


def only_links(text: str) -> bool:
    """Whether a text, without what it names, only puts the question before it again: "and …?", "what about …?"."""
    stems, linking = stems_of(text), _stems_of_kind("linking")
    return bool(set(stems) & linking) and set(stems) <= linking | _stems_of_kind("beside_linking")


_QUANTITY = re.compile(
    r"\d+([.,]\d+)?(gb|tb|mb|hz|khz|ghz|mhz|w|kw|v|mah|cm|mm|m|kg|g|l|ml|in|inch|k|h|hr|hrs|p|db|x|st|nd|rd|th)"
)


def is_model(word: str) -> bool:
    """Whether a folded word looks like a model number: letters and digits that are no quantity ("16gb")."""
    mixed = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
    return mixed and not _QUANTITY.fullmatch(word)


_HYPHENATED_MODEL = re.compile(r"(?<![\w-])[a-z]{1,6}-\d\w*")


def models_in(text: str) -> list[tuple[str, ...]]:
    """The model numbers of a text ("x200", "wh-1000xm5"), each as its folded words."""
    hyphenated = [tuple(words_of(found)) for found in _HYPHENATED_MODEL.findall(fold(text))]
    inside = {word for model in hyphenated for word in model}
    return hyphenated + [(word,) for word in content_words(text) if is_model(word) and word not in inside]


def asks_for_all(words: Sequence[str]) -> bool:
    """Whether content words ask for a description as a whole and name no property."""
    return all(stem(word) in _stems_of_kind("whole") for word in words)


def says_no(values: Iterable[str]) -> bool:
    """Whether the value of an attribute says that the product lacks it ("no", "without")."""
    return any(set(words_of(value)[:1]) & _words_in_both("lacking") for value in values)


def denies(text: str) -> bool:
    """Whether a sentence says that something is not so or not there ("not included", "sold separately", «بدون»)."""
    return bool((_words_in_both("lacking") | _words_in_both("denying")) & set(words_of(text)))


@lru_cache(maxsize=8)
def _words_in_both(kind: str) -> frozenset[str]:
    return frozenset(word for text in _search_words()[kind].values() for word in words_of(text))


def asks(text: str) -> bool:
    """Whether a text is written as a question."""
    first = words_of(text)[:1]
    return "?" in text or "؟" in text or bool(first and first[0] in _words_in_both("asking"))


def points_back(text: str) -> bool:
    """Whether a text points at what was just talked about ("it", "this one", "its weight")."""
    pointing = _words_in_both("pointing")
    return any(fold(word) in pointing or (_is_its(word) and properties_named(word)) for word in _WORD.findall(text))


def _is_its(word: str) -> bool:
    """Whether an Arabic word ends in "its" («وزنه»), and not merely as feminine words do («بطارية», «بطاريه»)."""
    return word.endswith("ها") or (word.endswith("ه") and not word.endswith("يه"))


def colours_in(text: str) -> list[str]:
    """The words of a text that are colours, as they are written."""
    colours = _stems_of_kind("colours")
    return [word for word in _WORD.findall(text) if stem(fold(word)) in colours]


def asks_only_whether(words: Sequence[str]) -> bool:
    """Whether content words ask if something is made so ("does it come in", "موجود بلون") and name nothing else."""
    return set(words) <= _words_in_both("making")


def names_in(text: str) -> list[str]:
    """Folded words of a text that are written as the name of a thing is.

    In Latin letters: with a capital inside the text, anywhere in an Arabic text, or after an article.
    In Arabic: with the article.
    """
    arabic = bool(_ARABIC.search(text))
    articles = _words_in_both("naming")
    found = []
    before = ""
    for word in _WORD.findall(text):
        folded = fold(word)
        capital = bool(before) and word[:1].isupper()
        inner = any(c.isupper() for c in word[1:]) and not word.isupper()
        named = capital or inner or before in articles or (arabic and word.isascii())
        if folded.isalpha() and (named or folded.startswith("ال")):
            found.append(folded)
        before = folded
    return found


@lru_cache(maxsize=32)
def _phrases(kind: str) -> tuple[str, ...]:
    return tuple(f" {' '.join(words_of(phrase))} " for phrase in _search_words()[kind])


def phrases(kind: str) -> tuple[str, ...]:
    """The folded phrases of a kind, in the order of the file."""
    return tuple(phrase.strip() for phrase in _phrases(kind))


def says(kind: str, text: str) -> bool:
    """Whether a text holds one of the phrases of a kind, such as `other_brand`, `any_price` or `more`."""
    padded = f" {' '.join(words_of(text))} "
    return any(phrase in padded for phrase in _phrases(kind))


def is_only(kind: str, text: str, polite: bool = True) -> bool:
    """Whether a text is one of the phrases of a kind, with nothing more than words that say nothing if `polite`."""
    padded = f" {' '.join(words_of(text))} "
    rests = (padded.replace(phrase, " ", 1) for phrase in _phrases(kind) if phrase in padded)
    return any(not (content_words(rest) if polite else rest.strip()) for rest in rests)


@lru_cache(maxsize=1)
def _properties() -> dict[str, tuple[frozenset[str], ...]]:
    """Each property's names as sets of stems that must come together."""
    loaded = yaml.safe_load((WORDS / "properties.yml").read_text(encoding="utf-8"))["properties"]
    return {
        name: tuple(frozenset(stems_of(str(term).replace("+", " "))) for term in terms)
        for name, terms in loaded.items()
    }


def properties_named(text: str) -> set[str]:
    """Names of the properties that a text (a question, or the name of an attribute) speaks of.

    Words that come together to name one ("how long does it last") name no other by themselves.
    """
    stems = set(stems_of(text))
    said = {name: [term for term in terms if term <= stems] for name, terms in _properties().items()}
    joined = {part for terms in said.values() for term in terms if len(term) > 1 for part in term}
    return {name for name, terms in said.items() if any(len(term) > 1 or not term <= joined for term in terms)}


def properties_asked(question: str) -> set[str]:
    """Names of the properties that a question speaks of by more than a word that says nothing alone ("it comes")."""
    stems = set(stems_of(question))
    telling = {stem(word) for word in content_words(question)}
    return {
        name
        for name in properties_named(question)
        if any(term <= stems and (len(term) > 1 or term <= telling) for term in _properties()[name])
    }


@lru_cache(maxsize=1)
def comparisons() -> dict[str, Comparison]:
    """Comparisons about a property, by the value of the `comparison` entity."""
    loaded = yaml.safe_load((WORDS / "properties.yml").read_text(encoding="utf-8"))["comparisons"]
    return {name: Comparison(tuple(entry["properties"]), int(entry["direction"])) for name, entry in loaded.items()}


@lru_cache(maxsize=1)
def soft_adjectives() -> dict[str, frozenset[str]]:
    """Folded adjectives that ask for the most of what a comparison is about ("light"), by that comparison."""
    loaded = yaml.safe_load((WORDS / "properties.yml").read_text(encoding="utf-8"))["adjectives"]
    return {name: frozenset(fold(str(word)) for word in words) for name, words in loaded.items()}
