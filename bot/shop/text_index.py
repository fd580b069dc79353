"""An index of the words of all products, kept in memory and made anew when the catalogue's version changes.

Search asks it which products a customer's free words fit (`lexical`) and, through the sentence
encoder, which come near them in meaning (`near`). It knows no prices and no stock: those are SQL's.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.db.models import (
    Brand,
    CatalogueVersion,
    Category,
    OptionValue,
    Product,
    ProductAttribute,
    ProductOption,
)
from bot.language.encoder import get_encoder
from bot.language.stemming import stem
from bot.shop import goods
from bot.shop.vocabulary import says_no, stems_of

logger = logging.getLogger(__name__)

# What a word counts by where it stands.
TITLE, LABEL, FACT, AROUND, TEXT = 1.0, 0.9, 0.8, 0.7, 0.5
NUMBER = 0.3  # what a bare number counts by: it may be anything's
DESCRIPTION_CHARACTERS = 600
SHORTEST_PART = 3  # letters of a word that may be written together with its neighbour
FUZZY_FROM = 5  # letters; shorter words have too many neighbours
FUZZY_SCORE = 84
VECTORS_EVERY_SECONDS = 20.0
ROWS_AT_ONCE = 2000
MOST_NEAR = 200  # products whose vectors are looked at further

Key = tuple[str, int, int]
Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float32]
Posting = tuple[npt.NDArray[np.int32], Real]


@dataclass(frozen=True)
class Matches:
    """How much of what was asked each product holds, 0 to 1; `scores` count words by where they stand too."""

    ids: Whole  # ascending
    shares: Real
    scores: Real

    def holding(self, least: float, among: Whole | None = None) -> Whole:
        """Ids of the products that hold at least the share `least`, best first; only those `among` when given."""
        places = np.flatnonzero(self.shares >= least)
        if among is not None:
            places = places[np.isin(self.ids[places], among)]
        return self.ids[places[np.argsort(-self.scores[places], kind="stable")]]

    def _place(self, product_id: int) -> int | None:
        place = int(np.searchsorted(self.ids, product_id))
        return place if place < len(self.ids) and self.ids[place] == product_id else None

    def share(self, product_id: int) -> float:
        """The share that a product holds."""
        place = self._place(product_id)
        return 0.0 if place is None else float(self.shares[place])

    def score(self, product_id: int) -> float:
        """The score of a product."""
        place = self._place(product_id)
        return 0.0 if place is None else float(self.scores[place])


@dataclass
class TextIndex:
    """Words of products and, once they are embedded, their vectors."""

    key: Key
    ids: Whole  # product id by place
    postings: dict[str, Posting]  # stem → places, weights
    vector_ids: Whole = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    vectors: Real = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    vectors_read_at: float = -math.inf
    _vocabulary: list[str] = field(default_factory=list)
    _corrected: dict[str, str | None] = field(default_factory=dict)

    def lexical(self, words: Sequence[str]) -> Matches:
        """How far each product holds the folded `words`.

        The rarer a word, the more it weighs; one that no product holds weighs as much as the rarest.
        """
        shares = np.zeros(len(self.ids), dtype=np.float32)
        scores = np.zeros(len(self.ids), dtype=np.float32)
        total = 0.0
        for term, count, posting in self._terms(list(dict.fromkeys(words))):
            worth = (NUMBER if term.isdigit() else 1.0) * count
            if posting is None:
                total += math.log(1 + len(self.ids)) * worth
                continue
            places, weights = posting
            weight = math.log(1 + len(self.ids) / len(places)) * worth
            total += weight
            shares[places] += weight
            scores[places] += weights * weight
        return Matches(self.ids, shares / total if total else shares, scores / total if total else scores)

    def _terms(self, words: list[str]) -> Iterator[tuple[str, int, Posting | None]]:
        """What is looked for: a word or several that are one name, how many, and where they stand, if anywhere.

        A word that no product holds is looked for by what the thing is called besides, then as a slip of the pen.
        """
        stems = list(dict.fromkeys(map(stem, words)))
        while stems:
            term = stems[0]
            length = goods.longest_name(stems)
            together = None
            if length > 1 and not all(part in self.postings for part in stems[:length]):
                together = self._other_names(tuple(stems[:length]))
            if together is not None:
                yield term, length, together
                stems = stems[length:]
                continue
            own = self.postings.get(term) or self._other_names((term,)) or self._parted(term)
            yield term, 1, own or self.postings.get(self._known(term) or "")
            stems = stems[1:]

    def _other_names(self, stems: tuple[str, ...]) -> Posting | None:
        """Products that hold another name of the thing of this name, in either language."""
        best = np.zeros(len(self.ids), dtype=np.float32)
        for name in goods.same_as(stems):
            if all(part in self.postings for part in name):
                np.maximum(best, self._all_of(name), out=best)
        places = np.flatnonzero(best).astype(np.int32)
        return (places, best[places]) if len(places) else None

    def _all_of(self, name: tuple[str, ...]) -> Real:
        """By place, the least weight of the words of a name; 0 where one is lacking."""
        least = np.full(len(self.ids), np.inf, dtype=np.float32)
        for part in name:
            places, weights = self.postings[part]
            held = np.zeros(len(self.ids), dtype=np.float32)
            held[places] = weights
            np.minimum(least, held, out=least)
        return least

    def _parted(self, term: str) -> Posting | None:
        """Products that write apart what a word writes together ("dashcam")."""
        for cut in range(SHORTEST_PART, len(term) - SHORTEST_PART + 1):
            parts = (stem(term[:cut]), stem(term[cut:]))
            if all(part in self.postings for part in parts):
                best = self._all_of(parts)
                places = np.flatnonzero(best).astype(np.int32)
                if len(places):
                    return places, best[places]
        return None

    def knows(self, word: str) -> bool:
        """Whether any product holds a folded word, one of the same meaning, or one written nearly so."""
        term = stem(word)
        return self._known(term) is not None or self._other_names((term,)) is not None

    def names_a_stranger(self, words: Sequence[str]) -> bool:
        """Whether words name a certain product that is not here: a number or model beside a name nobody knows."""
        numbered = any(any(c.isdigit() for c in word) for word in words)
        return numbered and any(word.isalpha() and not self.knows(word) for word in words)

    def names_other_goods(self, words: Sequence[str]) -> bool:
        """Whether words name a kind of thing ("a washing machine") that no product is, by any name it goes by."""
        stems = list(map(stem, words))
        while stems:
            length = goods.longest_name(stems)
            name, stems = tuple(stems[:length]), stems[max(length, 1) :]
            held = bool(name) and all(part in self.postings for part in name) and self._all_of(name).any()
            if name and not held and self._other_names(name) is None:
                return True
        return False

    def near(self, phrase: str) -> dict[int, float]:
        """Products by the cosine of the angle between their vectors and a phrase's; empty without vectors."""
        if not len(self.vector_ids):
            return {}
        vector = get_encoder().encode([phrase])[0]
        if vector.shape[0] != self.vectors.shape[1]:
            return {}
        cosines = self.vectors @ vector
        best = np.argsort(-cosines)[:MOST_NEAR]
        return {int(self.vector_ids[place]): float(cosines[place]) for place in best}

    def _known(self, term: str) -> str | None:
        if term in self.postings:
            return term
        if len(term) < FUZZY_FROM or any(c.isdigit() for c in term):
            return None
        if term not in self._corrected:
            self._vocabulary = self._vocabulary or [known for known in self.postings if len(known) >= FUZZY_FROM - 1]
            found = process.extractOne(term, self._vocabulary, scorer=fuzz.ratio, score_cutoff=FUZZY_SCORE)
            self._corrected[term] = found[0] if found else None
        return self._corrected[term]


_latest: TextIndex | None = None
_lock = threading.Lock()


def current(session: Session) -> TextIndex:
    """The index of the catalogue as it is now; made at the first call after a change (a second for 10,000 products)."""
    global _latest
    key = _key(session)
    index = _latest
    if index is None or index.key != key:
        with _lock:
            index = _latest
            if index is None or index.key != key:
                index = _latest = _build(session, key)
    if time.monotonic() - index.vectors_read_at > VECTORS_EVERY_SECONDS:
        _read_vectors(session, index)
    return index


def forget() -> None:
    """Drop the index; the next call makes it anew."""
    global _latest
    _latest = None


def _key(session: Session) -> Key:
    version = session.execute(select(CatalogueVersion.version).limit(1)).scalar() or 0
    newest = session.execute(select(func.max(Product.id))).scalar() or 0
    return str(session.get_bind().engine.url), int(version), int(newest)


def _build(session: Session, key: Key) -> TextIndex:
    started = time.monotonic()
    weights: dict[int, dict[str, float]] = defaultdict(dict)
    categories, around = _names(session, Category), _names_around(session)
    brands = _names(session, Brand)
    for row in _rows(session):
        words = weights[row.id]
        _add(words, TEXT, (text[:DESCRIPTION_CHARACTERS] for text in row.description.values()))
        _add(words, FACT, (str(tag) for tag in row.tags or ()))
        _add(words, LABEL, categories.get(row.category_id, ()))
        _add(words, AROUND, around.get(row.category_id, ()))
        _add(words, LABEL, brands.get(row.brand_id, ()))
        _add(words, TITLE, [*row.title.values(), row.code, *(row.aliases or ())])
    for product_id, texts in _facts(session):
        if product_id in weights:
            _add(weights[product_id], FACT, texts)
    index = TextIndex(key, np.fromiter(weights, dtype=np.int64, count=len(weights)), _postings(weights.values()))
    logger.info("search index of %d products made in %.2f s", len(weights), time.monotonic() - started)
    return index


def _rows(session: Session) -> Iterator[Any]:
    columns = (
        Product.id,
        Product.code,
        Product.title,
        Product.description,
        Product.aliases,
        Product.tags,
        Product.category_id,
        Product.brand_id,
    )
    query = select(*columns).where(Product.published.is_(True)).order_by(Product.id)
    return iter(session.execute(query.execution_options(yield_per=ROWS_AT_ONCE)))


def _names(session: Session, table: Any) -> dict[int, list[str]]:
    return {
        row.id: [*row.name.values(), *map(str, row.aliases or ())]
        for row in session.execute(select(table.id, table.name, table.aliases))
    }


def _names_around(session: Session) -> dict[int, list[str]]:
    """Names of the categories that each category is a part of."""
    rows = {row.id: row for row in session.execute(select(Category.id, Category.parent_id, Category.name))}
    found: dict[int, list[str]] = {}
    for row in rows.values():
        seen, above = {row.id}, rows.get(row.parent_id)
        while above is not None and above.id not in seen:
            seen.add(above.id)
            found.setdefault(row.id, []).extend(above.name.values())
            above = rows.get(above.parent_id)
    return found


def _facts(session: Session) -> Iterator[tuple[int, list[str]]]:
    """Values of attributes and choices; a name alone ("wireless: yes") is a word about the product too."""
    attributes = select(ProductAttribute.product_id, ProductAttribute.name, ProductAttribute.value)
    for row in session.execute(attributes.execution_options(yield_per=ROWS_AT_ONCE)):
        if not says_no(row.value.values()):
            yield row.product_id, [*row.name.values(), *row.value.values()]
    choices = select(ProductOption.product_id, OptionValue.name).join(OptionValue)
    for row in session.execute(choices.execution_options(yield_per=ROWS_AT_ONCE)):
        yield row.product_id, list(row.name.values())


def _add(words: dict[str, float], weight: float, texts: Iterable[str]) -> None:
    for text in texts:
        for term in stems_of(text):
            if words.get(term, 0.0) < weight:
                words[term] = weight


def _postings(weights: Iterable[dict[str, float]]) -> dict[str, Posting]:
    places: dict[str, list[int]] = defaultdict(list)
    values: dict[str, list[float]] = defaultdict(list)
    for place, words in enumerate(weights):
        for term, weight in words.items():
            places[term].append(place)
            values[term].append(weight)
    return {
        term: (np.array(found, dtype=np.int32), np.array(values[term], dtype=np.float32))
        for term, found in places.items()
    }


def _read_vectors(session: Session, index: TextIndex) -> None:
    """Read the vectors again while some are still missing; once all are there, they stay."""
    if len(index.vector_ids) and len(index.vector_ids) >= len(index.ids):
        return
    index.vectors_read_at = time.monotonic()
    rows = session.execute(
        select(Product.id, Product.embedding).where(Product.published.is_(True), Product.embedding.is_not(None))
    ).all()
    lengths = {len(row.embedding) for row in rows}
    if len(lengths) != 1:  # none yet, or two encoders' vectors side by side until the refresh is through
        return
    index.vectors = np.stack([np.frombuffer(row.embedding, dtype=np.float32) for row in rows])
    index.vector_ids = np.array([row.id for row in rows], dtype=np.int64)
