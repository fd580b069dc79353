"""The gazetteer itself: built from names, kept until the catalogue changes, asked for the spans of a text."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.db.models import Order
from bot.db.session import engine, reading
from bot.language.detect import is_known_word
from bot.language.normalise import fold
from bot.shop.gazetteer import derived, units
from bot.shop.gazetteer import names as naming
from bot.shop.gazetteer.forms import Word, bare_forms, consonants, is_arabic, key, words_of
from bot.shop.gazetteer.meaning import CategoryMeaning
from bot.shop.gazetteer.names import Label, Names, Quantity
from bot.shop.gazetteer.products import ProductIndex
from bot.shop.gazetteer.vocabulary import INFLECTED, LETTERS, MISSPELT, CatalogueWords, Known
from bot.shop.remembered import catalogue_version
from bot.shop.vocabulary import content_words, properties_named

logger = logging.getLogger(__name__)

_MEASURE = re.compile(r"^(\d+(?:\.\d+)?) ?-?([^\W\d_]+|[\"″])$")
TELLING_UNITS = frozenset(("gb", "tb", "inch", "hz"))  # nothing but a property is measured in them
YES_OR_NO = frozenset(("yes", "no", "true", "false", "نعم", "لا"))  # values that no customer names a property by
PATIENCE_SECONDS = 2.0
READ_CHARACTERS = 1200  # of a message; names further down are left to a person
SAME_PHRASE = ("category", "brand", "city", "branch", "attribute")  # which of them a phrase is that is several
SHORTEST_FOLDED = 2  # letters; a shorter name is told from other words by how it is written
SIZE_WORDS = {"small": "s", "medium": "m", "large": "l", "سمول": "s", "ميديم": "m", "ميديوم": "m", "لارج": "l"}
EXTRA = frozenset(("x", "extra", "اكس"))
_DAYS_OF_SALES = re.compile(r"\b(?:black|white|green) friday|الجمع[ةه] (?:ال)?(?:بيضا|سودا|صفرا)ء?", re.I)
# Before and at the beginning of the name of what another thing is for ("paper for watercolours", «كراسة للألوان»).
_FITTED = re.compile(r"(?:\bfor|\bfits?|\bto fit|\bمال|\bحق|\bتبع|\bعلى)(?: (?:my|the|a|an))? $", re.I)
_FITTED_WORD = re.compile(r"لل\w")
_FORMAT = re.compile(r"[a-zA-Z]\d{1,2}")  # "A4": of paper, and of too much else to name a product beside a kind
PLACES = frozenset(("city", "branch"))
SHOWN_BEFORE = ("product", "category", "brand", "attribute", "branch", "city")


@dataclass(frozen=True)
class Span:
    """A name in a text.

    Attributes:
        kind: `product`, `category`, `brand`, `attribute`, `branch` or `city`.
        value: its code; for an attribute a mapping of `code` and `value`.
        extractor: "gazetteer", or "encoder" for a category found by meaning.
        candidates: codes of all products or categories that the words fit equally, the likeliest first; else empty.
    """

    kind: str
    value: Any
    start: int
    end: int
    extractor: str = "gazetteer"
    candidates: tuple[str, ...] = ()

    def within(self, other: Span) -> bool:
        """Whether the words are among those of another."""
        return other.start <= self.start and self.end <= other.end


class Gazetteer:
    """All names of one version of the catalogue. Safe to share between threads once built."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._labels: dict[str, list[Label]] = defaultdict(list)
        label_words = [(label, words) for label in names.labels if (words := [w.folded for w in words_of(label.text)])]
        ordinary = {key(word) for word in names.ordinary}
        self._brand_names: dict[str, list[list[str]]] = defaultdict(list)
        for label, words in label_words:
            if label.kind == "brand":
                self._brand_names[label.value].append(words)
        brand_words = {word for label, words in label_words if label.kind == "brand" for word in words}
        titles = [derived.folded(text) for _, text in names.products]
        named_after = derived.named_after_products(label_words, titles, {key(word) for word in brand_words})
        for label, words in label_words:
            if label.kind != "brand" and not label.also and "".join(map(key, words)) not in named_after:
                ordinary.update(key(word) for word in words)
        self._products = ProductIndex(
            names.products,
            names.product_codes,
            names.popularity,
            ordinary,
            {key(word) for word in brand_words},
            {"".join(map(key, words)) for label, words in label_words if not label.also} - named_after,
        )
        telling = brand_words | self._products.telling_words
        for label, words in label_words:
            if label.kind in ("city", "branch"):
                telling.update(words)
            elif label.kind == "attribute":
                telling.update(derived.proper_names(label.text))
        self._heads = derived.category_heads(label_words)
        self._words = CatalogueWords(
            [*(word for _, words in label_words for word in words), *self._products.words, *self._heads],
            telling,
            self._products.words,
            derived.pairs([*(words for _, words in label_words), *titles]),
        )
        import spacy  # heavy, and only the process that understands needs it
        from spacy.matcher import PhraseMatcher

        self._vocabulary = spacy.blank("xx").vocab
        self._matcher = PhraseMatcher(self._vocabulary)
        self._add_labels(label_words)
        self._meaning = CategoryMeaning(names.category_texts)
        self._quantities: dict[str, list[Quantity]] = defaultdict(list)
        for quantity in [*names.quantities, *_measures_among(names.labels)]:
            if unit := units.canonical(quantity.unit):
                self._quantities[unit].append(quantity)
        self._properties = {
            code: [{key(word.folded) for word in words_of(text)} for text in texts]
            for code, texts in names.property_names.items()
        }

    def _written(self, keys: list[str]) -> Any:
        """Words as spaCy matches them."""
        from spacy.tokens import Doc

        return Doc(self._vocabulary, words=keys)

    def _add_labels(self, label_words: list[tuple[Label, list[str]]]) -> None:
        patterns: dict[str, list[str]] = {}
        for label, words in label_words:
            if not any(content_words(word) or not word.isascii() for word in words) or label.text.lower() in YES_OR_NO:
                continue
            if label.kind == "attribute" and naming.says_little(label.text):
                continue
            keys = [key(word) for word in words]
            name = " ".join(keys)
            if all(k.isdigit() for k in keys) or _MEASURE.match(fold(label.text)):
                continue
            self._labels[name].append(label)
            patterns[name] = keys
        self._matcher.add("label", [self._written(keys) for keys in patterns.values()])

    def find(self, text: str) -> list[Span]:
        """The names in `text`, none overlapping another, in the order in which they stand."""
        text = _DAYS_OF_SALES.sub(lambda match: " " * len(match.group()), text[:READ_CHARACTERS])
        words = self._words.as_written(words_of(text))
        if not words:
            return []
        resolved = self._words.resolve([word.folded for word in words])
        found = self._products.find(words, resolved, self._join)
        spans = [Span("product", hit.code, hit.start, hit.end, candidates=hit.candidates) for hit in found]
        spans += self._find_labels(words, resolved, text) + self._small_values(words)
        spans = self._whole_brands(_without_overlaps(self._of_what_fits(spans, text)), words)
        spans = self._of_the_kind(spans, words, resolved)
        if not any(span.kind in ("category", "product") for span in spans):
            free = [word for word in words if not any(s.start < word.end and word.start < s.end for s in spans)]
            category = self._head(free, words, resolved) or self._by_meaning(text, free, resolved, words)
            if category:
                spans.append(category)
        return sorted(spans, key=lambda span: span.start)

    def _whole_brands(self, spans: list[Span], words: list[Word]) -> list[Span]:
        """`spans`, a brand known by its first word with the others that sound like its own («كستريل ويف»: "Kestrel Wave")."""
        taken = {span.start for span in spans}
        found = []
        for span in spans:
            place = next((place for place, word in enumerate(words) if word.start == span.start), None)
            if span.kind == "brand" and place is not None and words[place].end == span.end:
                follow = next((words[place + n] for n in self._brand_follows(span.value, words, place, taken)), None)
                span = replace(span, end=follow.end) if follow else span
            found.append(span)
        return found

    def _brand_follows(self, code: str, words: list[Word], place: int, taken: set[int]) -> Iterator[int]:
        """How many words behind the first one are a brand's others, as they are heard."""
        for name in self._brand_names[code]:
            others = words[place + 1 : place + len(name)]
            if len(name) > 1 and len(others) == len(name) - 1 and not any(word.start in taken for word in others):
                heard = zip(others, name[1:], strict=True)
                if all(is_arabic(word.folded) and consonants(word.folded) == consonants(part) for word, part in heard):
                    yield len(others)

    def _of_what_fits(self, spans: list[Span], text: str) -> list[Span]:
        """`spans` without products that are only named as what another kind of thing fits ("a case for the S24")."""
        of = self.names.categories_of
        named = [span for span in spans if span.kind == "category"]
        values = {(span.start, span.end) for span in spans if span.kind == "attribute"}
        fitted: list[Span] = []
        for span in spans:
            kinds = {code for one in named if not one.within(span) for code in (one.value, *one.candidates)}
            if span.kind != "product" or not kinds or of.get(span.value) in kinds:
                continue
            behind = any(one.start < span.start for one in named) and bool(
                _FITTED.search(text[: span.start]) or _FITTED_WORD.match(text[span.start :])
            )
            if behind or (span.start, span.end) in values or _FORMAT.fullmatch(text[span.start : span.end]):
                fitted.append(span)
        return [
            span
            for span in spans
            if not any(span is one or (span.kind == "category" and span.within(one)) for one in fitted)
        ]

    def _of_the_kind(self, spans: list[Span], words: list[Word], resolved: list[tuple[Known, ...]]) -> list[Span]:
        """`spans`, of several products that one may be only those of the kind that a noun beside it names."""
        unclear = next((span for span in spans if span.kind == "product" and span.candidates), None)
        if unclear is None or any(span.kind == "category" for span in spans):
            return spans
        kinds = {
            code
            for word, known in zip(words, resolved, strict=True)
            if not any(span.start < word.end and word.start < span.end for span in spans)
            for one in known
            if self._is_head(one)
            for code in self._heads[one.key]
        }
        left = tuple(code for code in unclear.candidates if self.names.categories_of.get(code) in kinds)
        if not left:
            return spans
        meant = replace(unclear, value=left[0], candidates=left if len(left) > 1 else ())
        return [meant if span is unclear else span for span in spans]

    def _join(self, first: str, second: str) -> str | None:
        """The catalogue's word that two neighbouring words make together ("core i7", "corei7")."""
        together = key(first + second)
        return together if together in self._words else None

    def _find_labels(self, words: list[Word], resolved: list[tuple[Known, ...]], text: str) -> list[Span]:
        spans: list[Span] = []
        for choice in range(max((len(known) for known in resolved), default=0)):
            before = list(spans)  # found by surer readings of the words
            keys = [known[min(choice, len(known) - 1)].key if known else "\0" for known in resolved]
            for _, start, end in self._matcher(self._written(keys)):
                labels = self._labels[" ".join(keys[start:end])]
                if end - start == 1:
                    known = resolved[start][min(choice, len(resolved[start]) - 1)]
                    written = text[words[start].start : words[start].end]
                    labels = [label for label in labels if _may_be(words[start].folded, written, known, label)]
                if not labels:
                    continue
                if any(word.breaks for word in words[start + 1 : end]):
                    continue
                quality = min(resolved[i][min(choice, len(resolved[i]) - 1)].quality for i in range(start, end))
                if quality <= MISSPELT and end - start == 1 and len(words[start].folded) < 5:
                    continue
                span = self._span_of(labels, words[start].start, words[end - 1].end, text)
                if not any(surer.start <= span.start and span.end <= surer.end for surer in before):
                    spans.append(span)
        return list({(s.kind, str(s.value), s.start, s.end): s for s in spans}.values())

    def _span_of(self, labels: list[Label], start: int, end: int, text: str) -> Span:
        """The span of the labels that one phrase names: the first kind in order, of attributes the likeliest."""
        kinds = {label.kind for label in labels}
        kind = next(kind for kind in SAME_PHRASE if kind in kinds)
        mine = [label for label in labels if label.kind == kind]
        if kind == "category":
            codes = tuple(dict.fromkeys(label.value for label in mine))
            return Span(kind, codes[0], start, end, candidates=codes if len(codes) > 1 else ())
        if kind != "attribute":
            return Span(kind, mine[0].value, start, end)
        return Span(kind, self._likeliest([(*label.value, label.products) for label in mine], text), start, end)

    def _head(self, free: list[Word], words: list[Word], resolved: list[tuple[Known, ...]]) -> Span | None:
        """A category named by the noun that only its name has ("vacuum" for "Robot vacuums").

        A word that describes the noun and is not the catalogue's ("washing machine") must not lead away.
        """
        for word in free:
            if is_arabic(word.folded) and is_known_word(word.folded):
                continue
            if word is not free[0] and _FITTED_WORD.match(word.folded):  # «شنطة للحذاء» is no shoe
                continue
            codes = next((self._heads[k.key] for k in resolved[words.index(word)] if self._is_head(k)), ())
            if not codes:
                continue
            place = words.index(word) + (1 if is_arabic(word.folded) else -1)
            beside = words[place] if 0 <= place < len(words) else None
            if beside in free and content_words(beside.folded) and not beside.folded.isdigit():
                first, second = sorted((word, beside), key=lambda w: w.start)
                if len(codes) == 1 and not self._meaning.is_like(codes[0], f"{first.folded} {second.folded}"):
                    continue
            several = codes if len(codes) > 1 else ()
            return Span("category", codes[0], word.start, word.end, candidates=several)
        return None

    def _is_head(self, known: Known) -> bool:
        return known.quality > MISSPELT and known.key in self._heads

    def _by_meaning(
        self, text: str, free: list[Word], resolved: list[tuple[Known, ...]], words: list[Word]
    ) -> Span | None:
        known = {word.start for word, keys in zip(words, resolved, strict=True) if keys}
        spelled = {word.start for word in words if word.folded in LETTERS}  # «يو اس بي» names no kind
        wanted = [word for word in free if word.start not in known | spelled and content_words(word.folded)]
        hit = self._meaning.nearest(text, wanted)
        return Span("category", hit.code, hit.start, hit.end, extractor="encoder") if hit else None

    def quantity(self, number: float, unit: str, text: str) -> dict[str, str] | None:
        """The attribute value of so much of a unit ("16", "GB"), by the property that the text names, if any."""
        measured = self._quantities.get(unit, ())
        fitting = [q for q in measured if abs(q.number - number) < 1e-6]
        fitting = [q for q in fitting if _MEASURE.match(fold(q.value))] or fitting
        if fitting or unit not in TELLING_UNITS:
            return self._likeliest([(q.code, q.value, q.products) for q in fitting], text)
        # So much is not to be had: said all the same, so that the answer can name it.
        wanted = f"{number:g} {next((q.unit for q in measured), unit)}"
        return self._likeliest([(q.code, wanted, q.products) for q in measured], text)

    def measured(self, unit: str, text: str) -> str | None:
        """The code of the attribute that is measured in a unit, the one that the text names before others."""
        measured = self._likeliest([(q.code, q.value, q.products) for q in self._quantities.get(unit, ())], text)
        return measured["code"] if measured else None

    def _small_values(self, words: list[Word]) -> list[Span]:
        """Short choices ("M", "42") beside the name of their option ("size M", "مقاس ٤٢")."""
        spans = []
        for code, values in self.names.small_values.items():
            for place, word in enumerate(words):
                after = 3 if naming.says_little(word.folded) else 2  # "without cable tray", "size M"
                near = " ".join(w.folded for w in words[max(0, place - 2) : place + after] if w is not word)
                size, first = _size(words, place)
                if size in values and self._names_property(code, near):
                    value = {"code": code, "value": values[size]}
                    spans.append(Span("attribute", value, words[first].start, word.end))
        return spans

    def _names_property(self, code: str, text: str) -> bool:
        said = {key(word.folded) for word in words_of(text)}
        return any(names and names <= said for names in self._properties.get(code, ()))

    def _touches_property(self, code: str, text: str) -> bool:
        """Whether a text has a word of a property's name ("for oily skin": "Skin type")."""
        said = {key(word.folded) for word in words_of(text) if content_words(word.folded)}
        return any(names & said for names in self._properties.get(code, ()))

    def _likeliest(self, choices: list[tuple[str, str, int]], text: str) -> dict[str, str] | None:
        if not choices:
            return None
        asked = properties_named(text)
        code, value, _ = max(
            choices,
            key=lambda c: (
                self._names_property(c[0], text),
                bool(asked & properties_named(f"{c[0].replace('_', ' ')} {' '.join(self.names.property_names[c[0]])}")),
                self._touches_property(c[0], text),
                c[2],
            ),
        )
        return {"code": code, "value": value}


def _may_be(word: str, raw: str, known: Known, label: Label) -> bool:
    """Whether a lone Arabic word may be a label: an ordinary one, and one for a place, only as it is written.

    Places have no feminine and no plural: "للرياضة" is no form of "الرياض".
    """
    if not is_arabic(word):
        return True
    written = fold(label.text).removeprefix("ال")
    if len(written) <= SHORTEST_FOLDED:  # "ماء" is water, "ما" is "not"
        return raw.removeprefix("ال") == label.text.removeprefix("ال")
    if is_known_word(word):
        return word.removeprefix("ال") == written
    if label.kind in PLACES and known.quality >= INFLECTED:
        return any(rest == written for rest in bare_forms(word))
    return True


def _size(words: list[Word], place: int) -> tuple[str, int]:
    """A short choice in the letters that sizes are labelled with ("large" is "l"), and the word it begins with."""
    size = SIZE_WORDS.get(words[place].folded, words[place].folded)
    if place and size in ("l", "s") and words[place - 1].folded in EXTRA:
        return f"x{size}", place - 1
    return size, place


def _measures_among(labels: list[Label]) -> list[Quantity]:
    """Choices such as "16 GB" as the quantities they are."""
    found = []
    for label in labels:
        match = _MEASURE.match(fold(label.text)) if label.kind == "attribute" else None
        if match:
            code, value = label.value
            found.append(Quantity(code, value, float(match[1]), match[2], label.products))
    return found


def _without_overlaps(spans: list[Span]) -> list[Span]:
    """The longest of overlapping spans; of equally long ones the kind that comes first in `SHOWN_BEFORE`."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (-(s.end - s.start), SHOWN_BEFORE.index(s.kind))):
        if not any(span.start < other.end and other.start < span.end for other in kept):
            kept.append(span)
    return kept


class _Current:
    """The gazetteer in force for one database, replaced when the catalogue's version moves on.

    A small catalogue is read at once, so that it is understood at the next message. One that takes long is
    read in the background, and until then customers are understood by the catalogue of before.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: tuple[tuple[str, int], Gazetteer] | None = None
        self._seconds = 0.0
        self._reading = False

    def get(self, version: int | None) -> Gazetteer:
        if version is None:
            with reading() as session:
                version = catalogue_version(session)
        wanted = (str(engine().url), version)
        held = self._held
        if held is not None and held[0] == wanted:
            return held[1]
        if held is not None and held[0][0] == wanted[0] and self._seconds > PATIENCE_SECONDS:
            with self._lock:
                if not self._reading:
                    self._reading = True
                    threading.Thread(target=self._read_aside, args=(wanted,), name="gazetteer", daemon=True).start()
            return held[1]
        with self._lock:
            if self._held is None or self._held[0] != wanted:
                self._read(wanted)
            assert self._held is not None
            return self._held[1]

    def _read(self, wanted: tuple[str, int]) -> None:
        began = time.perf_counter()
        with reading() as session:
            names = naming.read(session)
        self._held = (wanted, Gazetteer(names))
        self._seconds = time.perf_counter() - began
        logger.info("names of catalogue version %d read in %.1f s: %d", wanted[1], self._seconds, len(names.products))

    def _read_aside(self, wanted: tuple[str, int]) -> None:
        try:
            self._read(wanted)
        except SQLAlchemyError as error:
            logger.warning("the names of catalogue version %d could not be read: %s", wanted[1], type(error).__name__)
        finally:
            self._reading = False


_current = _Current()


def order_exists(number_key: str) -> bool:
    """Whether there is an order of this key (see `Order.number_key`)."""
    with reading() as session:
        return session.execute(select(Order.id).where(Order.number_key == number_key).limit(1)).scalar() is not None


def current(version: int | None = None) -> Gazetteer:
    """The gazetteer of the catalogue as it is now.

    Args:
        version: of the catalogue, where the caller knows it.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    return _current.get(version)
