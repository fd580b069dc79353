"""Finds a category by meaning when a customer's words are none of its names, in the other language above all."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from bot.language.encoder import get_encoder
from bot.shop.gazetteer.forms import Word, is_arabic

NEAR_ENOUGH = 0.56
CLEARLY_NEARER = 0.06  # than the next category
LIKE = 0.6
MOST_WORDS = 6


@dataclass(frozen=True)
class CategoryHit:
    """A category meant by the text between `start` and `end`."""

    code: str
    start: int
    end: int


class CategoryMeaning:
    """Vectors of the category names, made at the first use.

    Args:
        texts: the names of each category code.
    """

    def __init__(self, texts: dict[str, list[str]]) -> None:
        self._pairs = [(code, text) for code, names in texts.items() for text in names]
        self._codes = np.array([code for code, _ in self._pairs])
        scripts = {code: {is_arabic(text) for text in names} for code, names in texts.items()}
        self._lacking = {script: {c for c, has in scripts.items() if script not in has} for script in (True, False)}
        self._vectors: np.ndarray | None = None
        self._lock = threading.Lock()

    def _matrix(self) -> np.ndarray:
        with self._lock:
            if self._vectors is None:
                self._vectors = get_encoder().encode([text.lower() for _, text in self._pairs])
            return self._vectors

    def is_like(self, code: str, phrase: str) -> bool:
        """Whether `phrase` may be a way to say the category; always, when there is no encoder to ask."""
        mine = self._codes == code
        if not get_encoder().dimension or not mine.any():
            return True
        near = get_encoder().encode([phrase]) @ self._matrix()[mine].T
        return float(near.max()) >= LIKE

    def nearest(self, text: str, words: list[Word]) -> CategoryHit | None:
        """The category that one of `words` of `text`, or two neighbours, clearly means.

        Only a category without a name in the letters of the words: the names of the others were looked up.
        """
        words = [word for word in words if self._lacking[is_arabic(word.folded)]][:MOST_WORDS]
        if not words or not self._pairs or not get_encoder().dimension:
            return None
        places = [(word.start, word.end) for word in words]
        places += [(a.start, b.end) for a, b in zip(words, words[1:], strict=False) if b.start - a.end == 1]
        # As it was written, for the encoder knows no folded words; without the article.
        phrases = [(text[start:end].removeprefix("ال").lower(), start, end) for start, end in places]
        near = get_encoder().encode([phrase for phrase, _, _ in phrases]) @ self._matrix().T
        by_code = {code: near[:, self._codes == code].max(axis=1) for code in dict.fromkeys(self._codes.tolist())}
        codes, table = list(by_code), np.stack(list(by_code.values()), axis=1)
        place, category = np.unravel_index(int(table.argmax()), table.shape)
        best = float(table[place, category])
        others = np.delete(table[place], category)
        if best < NEAR_ENOUGH or (others.size and best - float(others.max()) < CLEARLY_NEARER):
            return None
        phrase, start, end = phrases[int(place)]
        code = codes[int(category)]
        return CategoryHit(code, start, end) if code in self._lacking[is_arabic(phrase)] else None
