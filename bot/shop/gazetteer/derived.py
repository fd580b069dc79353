"""What follows from the names of a catalogue: words written together, names within values, the nouns of its kinds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from bot.language.detect import is_known_word
from bot.language.normalise import fold
from bot.shop import goods
from bot.shop.gazetteer.common import is_common
from bot.shop.gazetteer.forms import is_arabic, key, words_of
from bot.shop.gazetteer.names import Label
from bot.shop.vocabulary import content_words

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


def category_heads(label_words: Sequence[tuple[Label, list[str]]]) -> dict[str, tuple[str, ...]]:
    """The noun of categories' names (the last word in English, the first in Arabic), and which categories it names.

    A noun that several have is their family ("bikes" of "City bikes" and "Kids' bikes"), unless it describes another
    kind too ("desk" of "Desk lamps").
    """
    owners: dict[str, dict[str, None]] = defaultdict(dict)
    heads: dict[str, dict[str, None]] = defaultdict(dict)
    own: dict[str, str] = {}
    for label, words in label_words:
        if label.kind == "category":
            head = key(words[0] if is_arabic(words[0]) else words[-1])
            heads[head][label.value] = None
            own |= {} if label.also else {head: words[0] if is_arabic(words[0]) else words[-1]}
            for word in words:
                owners[key(word)][label.value] = None
    found = {word: tuple(codes) for word, codes in heads.items() if codes == owners[word] and content_words(word)}
    return _also_headed({own[head]: codes for head, codes in found.items() if head in own}, set(owners)) | found


def _also_headed(heads: dict[str, tuple[str, ...]], taken: set[str]) -> dict[str, tuple[str, ...]]:
    """Other names, of one word, of the nouns of categories («جزمة» for «أحذية رياضية»), that name no two of them."""
    found: dict[str, dict[tuple[str, ...], None]] = defaultdict(dict)
    for word, codes in heads.items():
        for name in goods.also_called(word):
            other = key(fold(name))
            if " " not in name and other not in taken:
                found[other][codes] = None
    return {word: next(iter(codes)) for word, codes in found.items() if len(codes) == 1}
