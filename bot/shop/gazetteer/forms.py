"""The forms a word takes in a customer's text, so that it meets the form the catalogue has it in.

Rules of two languages, never of a shop: articles and joined prepositions, plurals and broken plurals,
the feminine of colours, and Latin names written in Arabic letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.language.normalise import fold_word

_LATIN_RUN = r"[a-z0-9\u0660-\u0669\u06f0-\u06f9\u00c0-\u024f]+(?:'[a-z]+)?"
_ARABIC_RUN = r"[\u0610-\u061a\u0620-\u065f\u066e-\u06d3\u06fa-\u06ff\ufb50-\ufdff\ufe70-\ufefc]+"
_WORD = re.compile(rf"{_LATIN_RUN}|{_ARABIC_RUN}|[^\W_]+", re.I)
_ARABIC = re.compile(r"[\u0621-\u064a]")
JOINED_LETTERS = "وفبلك"  # and, so, with, for, like: written as part of the next word
_ARTICLES = ("وبال", "وال", "بال", "كال", "فال", "ولل", "لل", "ال")
_ENDINGS = ("اتك", "اتي", "ات", "ين", "ون", "ها", "ه", "ي")
SHORTEST_KEY = 3
_PLURALS = {"scarves": "scarf", "shelves": "shelf", "knives": "knife", "leaves": "leaf", "loaves": "loaf", "halves": "half",
            "children": "child", "men": "man", "women": "woman", "feet": "foot"}  # fmt: skip
_WEAK = re.compile(r"[اوي]")

_LATIN_PAIRS = (("sch", "$"), ("sh", "$"), ("ch", "$"), ("ph", "f"), ("th", "t"), ("kh", "k"), ("gh", "g"), ("ck", "k"),
                ("qu", "k"), ("x", "ks"))  # fmt: skip
_LATIN_SOUNDS = str.maketrans(
    {"c": "k", "q": "k", "v": "f", "p": "b", "j": "g", "z": "s", **dict.fromkeys("aeiouyhw", "")}
)
_LATIN_VOWELS = {"e": "i", "y": "i", "o": "u", "w": "u", "h": ""}
_ARABIC_VOWELS = {"ا": "a", "ع": "a", "و": "u", "ي": "i", "ئ": "i", "ه": ""}
_ARABIC_SOUNDS = str.maketrans(
    {
        **dict(zip("بتثجحخدذرزسشصضطظغفقكلمن", "bttg" + "\0" + "kdsrss$sdtsgfkklmn", strict=True)),
        **dict.fromkeys("اويهعئ", ""),
    }
)


@dataclass(frozen=True)
class Word:
    """A word of a text: as folded, and where it stands."""

    folded: str
    start: int
    end: int
    breaks: bool = False  # something like a comma stands before it


def words_of(text: str) -> list[Word]:
    """The words of a text in order. Arabic and Latin letters that touch are words of their own."""
    found: list[Word] = []
    last = 0
    for match in _WORD.finditer(text):
        folded = fold_word(match.group())
        if folded:
            between = text[last : match.start()]
            found.append(Word(folded, match.start(), match.end(), any(c in ",،;؛/&+\n|" for c in between)))
            last = match.end()
    return found


def is_arabic(word: str) -> bool:
    """Whether a word is written in Arabic letters."""
    return bool(_ARABIC.search(word))


@lru_cache(maxsize=65536)
def key(word: str) -> str:
    """What a folded word is looked up by: without article, plural and possessive."""
    return _arabic_key(word) if is_arabic(word) else _english_key(word)


def _english_key(word: str) -> str:
    word = word.removesuffix("'s")
    if word in _PLURALS:
        return _PLURALS[word]
    if len(word) <= SHORTEST_KEY or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "shes", "ches", "xes", "zes")) else word[:-1]


def _arabic_key(word: str) -> str:
    for article in _ARTICLES:
        if word.startswith(article) and len(word) - len(article) >= SHORTEST_KEY:
            word = word[len(article) :]
            break
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_KEY:
            return word[: -len(ending)]
    return word


@lru_cache(maxsize=65536)
def without_joined(word: str) -> tuple[str, ...]:
    """Keys of an Arabic word with a joined letter taken off ("بلابتوب", "ولابتوب"), likeliest first."""
    if not is_arabic(word) or len(word) < 4 or word[0] not in JOINED_LETTERS:
        return ()
    rest = word[1:]
    found = [key(rest)]
    if rest[0] in JOINED_LETTERS and len(rest) > 4:
        found.append(key(rest[1:]))
    return tuple(found)


def bare_forms(word: str) -> tuple[str, ...]:
    """An Arabic word as it is written, without its article, and without a joined letter."""
    starts = ("", *_ARTICLES, *JOINED_LETTERS)
    return tuple(word[len(start) :] for start in starts if word.startswith(start) and len(word) > len(start) + 1)


@lru_cache(maxsize=65536)
def skeleton(word: str) -> str:
    """The consonants of an Arabic word, which its singular, plurals and feminine share; '' when too few."""
    if not is_arabic(word):
        return ""
    base = key(word)
    if base.endswith("ان") and len(base) - 2 >= SHORTEST_KEY:
        base = base[:-2]
    bare = _WEAK.sub("", base)
    if len(bare) < 3 and len(base) >= 3:
        # Colours: أسود، سوداء، سود keep a weak letter in the middle.
        bare = re.sub(r"^ا|ا$|ه$", "", base)
    return bare if len(bare) >= 3 else ""


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """The consonants one hears, the same for a name in Latin letters and in Arabic ones ("samsung", "سامسونج")."""
    if is_arabic(word):
        bare = word.removeprefix("ال") if len(word) > 4 else word
        first = "a" if bare[:1] in "اعئ" else ""
        heard = bare.translate(_ARABIC_SOUNDS).replace("\0", "")
    else:
        bare = re.sub(r"[^a-z]", "", word)
        first = "a" if bare[:1] in ("a", "e", "i", "o", "u") and bare else ""
        for letters, sounds in _LATIN_PAIRS:
            bare = bare.replace(letters, sounds)
        heard = (
            re.sub(r"n?gn?$", "ng", bare).translate(_LATIN_SOUNDS)
            if bare.endswith("ng")
            else bare.translate(_LATIN_SOUNDS)
        )
    return first + re.sub(r"(.)\1+", r"\1", heard)


_LATIN_VOWELLED = str.maketrans({"c": "k", "q": "k", "v": "f", "p": "b", "j": "g", "z": "s", **_LATIN_VOWELS})
_ARABIC_VOWELLED = {**_ARABIC_SOUNDS, **str.maketrans(_ARABIC_VOWELS)}


@lru_cache(maxsize=65536)
def spoken(word: str) -> str:
    """Consonants and vowels one hears, nearly the same for a name in Latin letters and in Arabic ones ("nokia", "نوكيا")."""
    if is_arabic(word):
        bare = word.removeprefix("ال") if len(word) > 4 else word
        bare = re.sub(r"^ا(?=[وي])", "", bare)  # only carries the vowel after it
        heard = bare.translate(_ARABIC_VOWELLED).replace("\0", "")
    else:
        bare = re.sub(r"^x", "$", re.sub(r"[^a-z]", "", word)).removesuffix("e")
        for letters, sounds in _LATIN_PAIRS:
            bare = bare.replace(letters, sounds)
        heard = bare.translate(_LATIN_VOWELLED)
    return re.sub(r"(.)\1+", r"\1", heard)


def consonants(word: str) -> str:
    """What remains of a word's sound without vowels; too little to know a name by, enough to go on with one."""
    return re.sub(r"[aiu]", "", spoken(word)) or spoken(word)[:1]
