"""What follows from the names of a catalogue: words written together, names within values, what things fit."""

from __future__ import annotations

from collections.abc import Iterator

from bot.language.detect import is_known_word
from bot.shop.gazetteer.common import is_common
from bot.shop.gazetteer.forms import key, words_of
from bot.shop.gazetteer.names import Label

SHORTEST_PART = 3  # letters of a word that may be written together with its neighbour


def folded(text: str) -> list[str]:
    """The folded words of a text."""
    return [word.folded for word in words_of(text)]


def pairs(names: list[list[str]]) -> Iterator[tuple[str, int]]:
    """Neighbouring words of names written together, with the length of the first."""
    for words in names:
        for first, second in zip(words, words[1:], strict=False):
            if min(len(first), len(second)) >= SHORTEST_PART and (first + second).isalpha():
                yield first + second, len(first)


def proper_names(text: str) -> set[str]:
    """The words of a value that are written as names are and are no ordinary words ("Toyota Camry")."""
    found = {word.folded for word in words_of(text) if text[word.start].isupper() and len(word.folded) > 2}
    return {word for word in found if not is_known_word(word) and not is_common(word)}


def named_after_products(
    label_words: list[tuple[Label, list[str]]], titles: list[list[str]], brands: set[str]
) -> frozenset[str]:
    """Joined keys of values that are a product's name, but for its brand: what a thing fits ("for iPhone 15")."""
    whole = set()
    for words in titles:
        keys = [key(word) for word in words]
        whole.add("".join(keys))
        whole.add("".join(k for k in keys if k not in brands))
    values = {"".join(map(key, words)) for label, words in label_words if label.kind == "attribute" and len(words) > 1}
    return frozenset(values & whole)
