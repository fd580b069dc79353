"""Words that are too common to be a name written wrongly: of `data/words/common.txt`, and Arabic in Latin letters."""

from __future__ import annotations

from functools import lru_cache

from bot.language.detect import RESOURCES
from bot.shop.vocabulary import WORDS


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    texts = (WORDS / "common.txt", RESOURCES / "arabizi.txt")
    lines = [line for path in texts for line in path.read_text(encoding="utf-8").splitlines()]
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def is_common(word: str) -> bool:
    """Whether a folded word is one that customers of any shop use."""
    return word in _words()
