"""Arabic words by their root letters, so that "أخزن" finds "تخزين": a light guess without a dictionary, for ranking only."""

from __future__ import annotations

import re
from functools import lru_cache

_ARABIC = re.compile(r"[\u0621-\u064a]")
_JOINED = re.compile(r"^(?:وبال|وال|بال|كال|فال|لل|ال)(?=\w{3})")
_ENDINGS = re.compile(r"(?<=\w{3})(?:اتها|اته|تها|ته|ات|ها|هم|ون|ه|ي)$")
_PRESENT = re.compile(r"^[بحه](?=[يتن]\w{3})")  # of Egypt and the Levant, before a verb: «بتغلفوا»
_ASKING = re.compile(r"^[اميتن]ست(?=\w{3})")  # the tenth form and what is made of it
_WEAK = re.compile(r"[اويءئؤهة]")  # come and go between the forms of a root; ه also stands for a folded ة
_ADDED = "تنمب"  # before a root: of verbs, of places and tools, and "with"
_SHORTEST = 2  # letters; what is left of a root with a weak letter


@lru_cache(maxsize=65536)
def root(word: str) -> str:
    """The root letters of a folded Arabic word; '' for any other."""
    if not _ARABIC.search(word):
        return ""
    base = _ASKING.sub("", _PRESENT.sub("", _ENDINGS.sub("", _JOINED.sub("", word))))
    letters = _WEAK.sub("", base)
    while len(letters) > 3 and letters[0] in _ADDED:
        letters = letters[1:]
    return letters if len(letters) >= _SHORTEST else ""
