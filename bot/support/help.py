"""Answers to any question out of the shop's pages: words and meaning find the passage, and nothing is said where none fits.

One index in memory serves both databases: it is made once for each import, in the process that asks it.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.db.models import Guide, Passage
from bot.db.session import reading
from bot.language.concepts import concepts
from bot.language.encoder import get_encoder
from bot.language.normalise import fold
from bot.language.stemming import stem
from bot.shop.vocabulary import content_words, names_need, stems_of, words_of
from bot.support import replies
from bot.support.guides.stored import version_of
from bot.support.roots import root

logger = logging.getLogger(__name__)

# What a word counts by where it stands, and how soon its further mentions stop counting (BM25's k and b).
TITLE, HEADING = 2.0, 1.5
SATURATION, LENGTH_SHARE = 1.2, 0.5
MEANING_SHARE = 0.4  # of the fused score that ranks passages; the rest are words
GRAMMAR = frozenset(("want", "where", "when", "howmuch", "why", "how", "what", "can", "not", "exist"))  # of a question
CONCEPT = 0.5  # what a concept counts by, a word being 1
ROOT = 0.8  # what the root letters of an Arabic word count by; they rank, and prove nothing
SAME_LANGUAGE = 0.04  # added for a passage in the customer's language
CANDIDATES = 60
# Confidence that the best passage answers: logistic in the share of the question's words it holds and in meaning.
# Measured by bench/help.py on answerable and unanswerable questions in both languages.
BIAS, OF_WORDS, OF_MEANING = -4.8, 5.2, 15.7
SURE = 0.7
WORDS_ALONE = 0.9  # confidence without an encoder where a passage holds all words
MADE_AT_ONCE = 3000  # passages; a larger index is made anew in the background while the old one answers
VECTORS_EVERY_SECONDS = 20.0

Real = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Quote:
    """A passage that answers, with where it stands."""

    guide: str  # code
    kind: str
    language: str
    title: str
    heading: str
    text: str
    url: str  # of the shop's page, else of ours
    confidence: float


@dataclass
class HelpIndex:
    """Words of passages by place, and their vectors once written."""

    key: tuple[str, str]
    rows: list[Any]  # id, heading, guide's code, kind, language, title, url
    postings: dict[str, tuple[npt.NDArray[np.int32], Real]]
    arabic: npt.NDArray[np.bool_]
    articles: npt.NDArray[np.bool_]
    vectors: Real = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    vectors_read_at: float = -math.inf

    def scores(self, question: str, language: str) -> tuple[Real, Real, Real]:
        """Fused score, share of words and cosine of every passage."""
        words, shares = self._lexical(question)
        cosines = self._cosines(question)
        fused: Real = (1 - MEANING_SHARE) * words + MEANING_SHARE * np.maximum(cosines, 0) if len(cosines) else words
        fused = fused + np.float32(SAME_LANGUAGE) * (self.arabic == (language == "ar"))
        return fused, shares, cosines if len(cosines) else np.zeros(len(self.rows), dtype=np.float32)

    def _lexical(self, question: str) -> tuple[Real, Real]:
        """How well each passage holds the question's words, 0 to about 1, and the share of them it holds."""
        scores = np.zeros(len(self.rows), dtype=np.float32)
        shares = np.zeros(len(self.rows), dtype=np.float32)
        total = ranked = 0.0
        telling = replies.telling(question)
        terms = dict.fromkeys(telling, 1.0) | dict.fromkeys(_concepts(question), CONCEPT)
        terms |= dict.fromkeys(_roots(word for word in words_of(question) if stem(word) in telling), ROOT)
        for term, share in terms.items():
            posting = self.postings.get(term)
            if posting is None and share < 1:
                continue  # a concept that no page speaks of says nothing
            held = len(posting[0]) if posting else 0
            weight = share * math.log(1 + (len(self.rows) - held + 0.5) / (held + 0.5))
            proves = not term.startswith(_OF_ROOT)
            ranked += weight
            total += weight * proves
            if posting is not None:
                places, strengths = posting
                scores[places] += weight * strengths
                shares[places] += weight * proves
        return scores / (ranked or 1.0), shares / (total or 1.0)

    def _cosines(self, question: str) -> Real:
        if not len(self.vectors):
            return np.zeros(0, dtype=np.float32)
        vector = get_encoder().encode([question])[0]
        if vector.shape[0] != self.vectors.shape[1]:
            return np.zeros(0, dtype=np.float32)
        return self.vectors @ vector


def find(
    session: Session,
    question: str,
    language: str,
    limit: int = 3,
    *,
    guides: Sequence[str] | None = None,
    articles: bool = False,
) -> list[Quote]:
    """The passages that answer a question best, at most one of a page, the best first.

    Args:
        question: as the customer wrote it.
        language: the customer's; a page in it goes before its translation.
        guides: only of guides with these codes.
        articles: only of help pages, no steps of guides.
    """
    index = current(session)
    if not index.rows or not question.strip():
        return []
    fused, shares, cosines = index.scores(question, language)
    if guides is not None:
        fused = np.where([row.code in guides for row in index.rows], fused, -1.0)
    if articles:
        fused = np.where(index.articles, fused, -1.0)
    best: dict[str, int] = {}
    for place in np.argsort(-fused, kind="stable")[: CANDIDATES * 4]:
        if fused[place] < 0:
            break
        best.setdefault(index.rows[place].code, int(place))
        if len(best) >= limit:
            break
    texts = dict(
        session.execute(
            select(Passage.id, Passage.text).where(Passage.id.in_([index.rows[place].id for place in best.values()]))
        ).all()
    )
    return [
        _quote(
            index.rows[place],
            texts[index.rows[place].id],
            _confidence(shares[place], cosines[place], vectors=bool(len(index.vectors))),
        )
        for place in best.values()
        if index.rows[place].id in texts
    ]


def likely(session: Session, questions: Sequence[str], language: str, most: int, least: float) -> list[Quote]:
    """For an agent to choose from: passages that likely answer any of some questions, at most one of a page."""
    best: dict[str, Quote] = {}
    for question in questions:
        for found in find(session, question, language, most):
            if found.confidence >= max(least, best[found.guide].confidence if found.guide in best else 0):
                best[found.guide] = found
    return sorted(best.values(), key=lambda quote: -quote.confidence)[:most]


@dataclass(frozen=True)
class Page:
    """A page to be read whole."""

    language: str
    title: str
    sections: tuple[tuple[str, str], ...]  # heading, text


def page(session: Session, code: str, language: str) -> Page | None:
    """The page of a code in a language, else in the one there is."""
    rows = session.execute(select(Guide.id, Guide.language, Guide.title).where(Guide.code == code)).all()
    if not rows:
        return None
    chosen = min(rows, key=lambda row: (row.language != language, row.language))
    passages = session.execute(
        select(Passage.heading, Passage.text).where(Passage.guide_id == chosen.id).order_by(Passage.position)
    )
    return Page(chosen.language, chosen.title, tuple((row.heading, row.text) for row in passages))


def answer(session: Session, question: str, language: str, sure: float = SURE) -> Quote | None:
    """The passage that answers a question; None when none is likely enough to."""
    found = find(session, question, language, 1, articles=True)
    return found[0] if found and found[0].confidence >= sure else None


def shared(found: Quote, text: str, *, whole: bool = False) -> float:
    """The share of a text's words that stand in a page's title, but for those that only tell a need ("discount").

    Args:
        whole: in the passage too.
    """
    words = [word for word in content_words(text) if not names_need(word)]
    title = words_of(f"{found.title} {found.heading} {found.text if whole else ''}")
    held = {*map(stem, title), *_roots(title)}
    return sum(stem(word) in held or not held.isdisjoint(_roots([word])) for word in words) / (len(words) or 1)


def _confidence(share: float, cosine: float, *, vectors: bool) -> float:
    """How likely a passage answers; by its words alone where there is no encoder."""
    if not vectors:
        return float(share) * WORDS_ALONE
    return 1 / (1 + math.exp(-(BIAS + OF_WORDS * float(share) + OF_MEANING * float(cosine))))


def _quote(row: Any, text: str, confidence: float) -> Quote:
    own = f"/help/{quote(row.code, safe='')}?lang={row.language}"
    return Quote(row.code, row.kind, row.language, row.title, row.heading, text, row.url or own, confidence)


_latest: HelpIndex | None = None
_lock = threading.Lock()
_making = threading.Event()


def current(session: Session) -> HelpIndex:
    """The index of the pages as they are; a large one lags an import by the seconds it takes to make."""
    index = _latest
    key = version_of(session)
    if index is None or index.key != key:
        large = (session.execute(select(func.count(Passage.id))).scalar() or 0) > MADE_AT_ONCE
        if large and index is not None and index.key[0] == key[0]:
            _make_in_background()
        else:
            index = _make(session, key)
    if time.monotonic() - index.vectors_read_at > VECTORS_EVERY_SECONDS:
        _read_vectors(session, index)
    return index


def warm() -> None:
    """Make the index ahead of the first question; called when a process starts."""
    try:
        with reading() as session:
            current(session)
    except SQLAlchemyError as error:
        logger.warning("the help index could not be made yet: %s", type(error).__name__)


def _make(session: Session, key: tuple[str, str]) -> HelpIndex:
    global _latest
    with _lock:
        if _latest is None or _latest.key != key:
            _latest = _build(session, key)
        return _latest


def _make_in_background() -> None:
    if _making.is_set():
        return
    _making.set()

    def work() -> None:
        try:
            with reading() as session:
                _make(session, version_of(session))
        finally:
            _making.clear()

    threading.Thread(target=work, daemon=True).start()


def _build(session: Session, key: tuple[str, str]) -> HelpIndex:
    started = time.monotonic()
    columns = (Passage.id, Passage.heading, Guide.code, Guide.kind, Guide.language, Guide.title, Guide.url)
    rows = session.execute(select(*columns).join(Guide).order_by(Passage.id)).all()
    texts = session.execute(select(Passage.text).order_by(Passage.id).execution_options(yield_per=2000)).scalars()
    counted: list[dict[str, float]] = [_words(row, text) for row, text in zip(rows, texts)]
    index = HelpIndex(
        key,
        rows,
        _postings(counted),
        np.array([row.language == "ar" for row in rows], dtype=np.bool_),
        np.array([row.kind == "help" for row in rows], dtype=np.bool_),
    )
    logger.info("help index of %d passages made in %.2f s", len(rows), time.monotonic() - started)
    return index


def _concepts(text: str) -> list[str]:
    """What a text speaks of whatever its dialect, as terms of the index."""
    return [f"#{name}" for name in dict.fromkeys(concepts(fold(text))) if name not in GRAMMAR]


_OF_ROOT = "~"


def _roots(words: Iterable[str]) -> list[str]:
    """Root letters of the Arabic ones among folded words, as terms of the index."""
    return [_OF_ROOT + letters for word in words if (letters := root(word))]


def _words(row: Any, text: str) -> dict[str, float]:
    """How often each word stands in a passage; title and heading count for more."""
    counts: dict[str, float] = defaultdict(float)
    for weight, piece in ((1.0, text), (TITLE, row.title), (HEADING, row.heading)):
        for term in (*stems_of(piece), *_concepts(piece), *_roots(words_of(piece))):
            counts[term] += weight
    return counts


def _postings(counted: Sequence[dict[str, float]]) -> dict[str, tuple[npt.NDArray[np.int32], Real]]:
    lengths = [sum(count for term, count in counts.items() if term[0] != _OF_ROOT) for counts in counted]
    mean = sum(lengths) / max(len(lengths), 1) or 1.0
    places: dict[str, list[int]] = defaultdict(list)
    values: dict[str, list[float]] = defaultdict(list)
    for place, (counts, length) in enumerate(zip(counted, lengths)):
        slack = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * length / mean)
        for term, count in counts.items():
            places[term].append(place)
            values[term].append(count / (count + slack))
    return {
        term: (np.array(found, dtype=np.int32), np.array(values[term], dtype=np.float32))
        for term, found in places.items()
    }


def _read_vectors(session: Session, index: HelpIndex) -> None:
    """Read the vectors again while some are missing; once all are there, they stay."""
    if len(index.vectors) and len(index.vectors) == len(index.rows):
        return
    index.vectors_read_at = time.monotonic()
    stored: Iterable[Any] = session.execute(select(Passage.id, Passage.embedding).order_by(Passage.id)).all()
    known = {row.id: row.embedding for row in stored if row.embedding is not None}
    if not known or len({len(vector) for vector in known.values()}) != 1:
        return  # none yet, or two encoders' vectors side by side until the refresh is through
    nothing = bytes(len(next(iter(known.values()))))
    index.vectors = np.stack([np.frombuffer(known.get(row.id, nothing), dtype=np.float32) for row in index.rows])
    if len(known) >= len(index.rows):
        index.vectors_read_at = math.inf
