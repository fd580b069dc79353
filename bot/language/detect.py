"""Which language a text is in, by its script, its words and, for Arabic in Latin letters, its letter sequences.

The pipeline, the inbox and the actions call `detect`. It says nothing rather than guess: digits, names,
e-mail addresses and "ok" belong to every language.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.language.normalise import fold

RESOURCES = Path(__file__).parent / "resources"
READ_CHARACTERS = 1000  # a language shows itself long before this

# Ranges of letters, with the language a text in them is named as when there is no finer sign.
_SCRIPTS: tuple[tuple[int, int, str, str | None], ...] = (
    (0x0041, 0x024F, "latin", None),
    (0x0370, 0x03FF, "greek", "el"),
    (0x0400, 0x052F, "cyrillic", "ru"),
    (0x0530, 0x058F, "armenian", "hy"),
    (0x0590, 0x05FF, "hebrew", "he"),
    (0x0600, 0x06FF, "arabic", None),
    (0x0750, 0x077F, "arabic", None),
    (0x08A0, 0x08FF, "arabic", None),
    (0x0900, 0x097F, "devanagari", "hi"),
    (0x0980, 0x09FF, "bengali", "bn"),
    (0x0A00, 0x0A7F, "gurmukhi", "pa"),
    (0x0A80, 0x0AFF, "gujarati", "gu"),
    (0x0B80, 0x0BFF, "tamil", "ta"),
    (0x0C00, 0x0C7F, "telugu", "te"),
    (0x0C80, 0x0CFF, "kannada", "kn"),
    (0x0D00, 0x0D7F, "malayalam", "ml"),
    (0x0D80, 0x0DFF, "sinhala", "si"),
    (0x0E00, 0x0E7F, "thai", "th"),
    (0x0E80, 0x0EFF, "lao", "lo"),
    (0x1000, 0x109F, "burmese", "my"),
    (0x10A0, 0x10FF, "georgian", "ka"),
    (0x1200, 0x137F, "ethiopic", "am"),
    (0x1780, 0x17FF, "khmer", "km"),
    (0x1E00, 0x1EFF, "latin", None),
    (0x3040, 0x30FF, "kana", "ja"),
    (0x3400, 0x9FFF, "han", "zh"),
    (0xAC00, 0xD7AF, "hangul", "ko"),
    (0xFB50, 0xFDFF, "arabic", None),
    (0xFE70, 0xFEFC, "arabic", None),
    (0x20000, 0x2FA1F, "han", "zh"),
)
_NAMED_BY_SCRIPT = {script: language for _, _, script, language in _SCRIPTS if language}
_UKRAINIAN = frozenset("іїєґІЇЄҐ")

# Letters of other languages that use the Arabic script. Those that Arabic chat borrows (چ پ گ ڤ) prove nothing.
_URDU = frozenset("ٹڈڑںے")
_PASHTO = frozenset("ځڅډړږښګڼې")
_KURDISH = frozenset("ێۆڵڕە")
_PERSIAN = frozenset("پچژگیک")

_ADDRESS = re.compile(r"\S+@\S+|(?:https?://|www\.)\S+|#\S+|\b[A-Za-z]{0,4}-\d[\w-]*", re.I)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_LATIN_LETTER = re.compile(r"[a-z]", re.I)
_ARABIC_WORD = re.compile(r"[\u0620-\u065f\u066e-\u06d3\u0750-\u077f\u200c\ufb50-\ufdff\ufe70-\ufefc]+")
_ASCII_DIGIT, _ARABIC_DIGIT = re.compile(r"[0-9]"), re.compile(r"[\u0660-\u0669\u06f0-\u06f9]")

# Arabic sounds written with digits: inside or before letters, unless it is an amount, a rank or a model.
_CHAT_DIGIT = re.compile(r"^(?:[a-z']*[a-z][2356789]'?[a-z]+[a-z2356789']*|[2356789]'?[a-z]{2,}[a-z2356789']*)$")
_AMOUNT = re.compile(r"^\d+(?:st|nd|rd|th|gb|tb|mb|kg|cm|mm|ml|km|in|inch|ghz|hz|mah|pcs|pm|am|min|mins|hrs?|days?|yrs?|"
                     r"weeks?|months?|years?|hours?|dpi|ppm|fps|bit|cups?|ports?|ft|lbs?|oz|way|pack|gen|px)$")  # fmt: skip
_ARTICLES = frozenset({"al", "el"})  # of Arabic, in names that every language uses: "Sharm El Sheikh"


@dataclass(frozen=True)
class Detected:
    """What a text shows of its language.

    Attributes:
        language: "en", "ar", or None when the text says nothing or is in a language not spoken here.
        script: the script most letters are in ("latin", "arabic", "han" …), "none" without letters.
        arabizi: Arabic in Latin letters; `language` is then "ar".
        mixed: words of both languages.
        other: ISO 639 code of the language not spoken here.
        digits: "arab" or "latn", as most digits are written; None without any.
    """

    language: str | None
    script: str
    arabizi: bool = False
    mixed: bool = False
    other: str | None = None
    digits: str | None = None


@dataclass(frozen=True)
class _Words:
    """The word lists and letter statistics, read once; `neutral` words tell no language."""

    neutral: frozenset[str]
    grammar: frozenset[str]
    english: frozenset[str]
    arabizi: frozenset[str]
    foreign: dict[str, frozenset[str]]
    log_odds: dict[str, float]  # of a letter sequence, Arabic against everything else


def _lines(name: str) -> list[str]:
    lines = (RESOURCES / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _sequences(word: str) -> list[str]:
    padded = f"^{word}$"
    return [padded[i : i + n] for n in (2, 3, 4) for i in range(len(padded) - n + 1)]


@lru_cache(maxsize=1)
def _words() -> _Words:
    english_lines = _lines("english.txt")
    grammar = frozenset(w for line in english_lines if line.startswith("= ") for w in line[2:].split())
    english = frozenset(w for line in english_lines for w in line.removeprefix("= ").split())
    foreign = {}
    for line in _lines("foreign.txt"):
        code, said = line.split(":", 1)
        foreign[code] = frozenset(said.split()) - english
    arabizi = Counter(w for line in _lines("arabizi.txt") for w in line.split() if w not in english)
    for_arabic = Counter(s for word, n in arabizi.items() for s in _sequences(word) for _ in range(min(n, 3)))
    against = Counter(s for word in english for s in _sequences(word))
    for words in foreign.values():
        against.update(s for word in words if word.isascii() for s in _sequences(word))
    total_for, total_against = sum(for_arabic.values()), sum(against.values())
    kinds = len(for_arabic.keys() | against.keys())

    def log_odds(sequence: str) -> float:
        return math.log((for_arabic[sequence] + 0.5) / (total_for + 0.5 * kinds)) - math.log(
            (against[sequence] + 0.5) / (total_against + 0.5 * kinds)
        )

    return _Words(
        neutral=frozenset(word for line in _lines("neutral.txt") for word in line.split()),
        grammar=grammar,
        english=english,
        arabizi=frozenset(arabizi),
        foreign=foreign,
        log_odds={sequence: log_odds(sequence) for sequence in for_arabic.keys() | against.keys()},
    )


@lru_cache(maxsize=8192)
def _script(character: str) -> str | None:
    point = ord(character)
    if not character.isalpha():
        return None
    for first, last, script, _ in _SCRIPTS:
        if first <= point <= last:
            return script
    return "other"


@lru_cache(maxsize=8192)
def _is_english(word: str) -> bool:
    known = _words().english
    if word in known:
        return True
    for ending, instead in (("s", ""), ("es", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("ly", ""), ("er", ""),
                            ("ies", "y"), ("'s", ""), ("’s", "")):  # fmt: skip
        if len(word) > len(ending) + 2 and word.endswith(ending) and word[: -len(ending)] + instead in known:
            return True
    return False


@lru_cache(maxsize=8192)
def _arabic_strength(word: str) -> float:
    """How much a Latin word looks like Arabic chat, from -1 (not at all) to 2 (only Arabic is written so)."""
    if _AMOUNT.match(word):
        return 0.0
    if _CHAT_DIGIT.match(word) and not _is_english(word.lstrip("23456789")):
        return 2.0
    words = _words()
    if word in words.arabizi:
        return 1.0
    if any(c.isdigit() for c in word) and not re.match(r"^[a-z]{2,}[2356789]$", word):
        return 0.0
    sequences = _sequences(word)
    score = sum(words.log_odds.get(s, 0.0) for s in sequences) / math.sqrt(len(sequences))
    return max(-1.0, min(0.95, score / 3))


@lru_cache(maxsize=1)
def _arabic() -> frozenset[str]:
    return frozenset(fold(word) for line in _lines("arabic.txt") for word in line.split())


def is_known_word(word: str) -> bool:
    """Whether a folded word is ordinary English or Arabic, rather than a name or a slip."""
    return _is_english(word) or word in _words().neutral or word in _arabic() or word.removeprefix("ال") in _arabic()


@lru_cache(maxsize=1024)
def detect(text: str) -> Detected:
    """The language of `text` and how it is written."""
    head = text[:READ_CHARACTERS]
    digits = _digit_style(head)
    prose = _ADDRESS.sub(" ", head)
    scripts = Counter(script for c in prose if (script := _script(c)))
    script = scripts.most_common(1)[0][0] if scripts else "none"
    if "kana" in scripts and script == "han":
        script = "kana"
    if script not in ("latin", "arabic", "none"):
        named = _NAMED_BY_SCRIPT.get(script, "und")
        if script == "cyrillic" and _UKRAINIAN & set(prose):
            named = "uk"
        return Detected(None, script, other=named, digits=digits)

    arabic_words = _ARABIC_WORD.findall(prose)
    latin_words = [w.lower() for w in _WORD.findall(prose) if _LATIN_LETTER.search(w)]
    if len(arabic_words) and script == "arabic" and (other := _other_in_arabic_script(prose, arabic_words)):
        return Detected(None, script, other=other, digits=digits)

    latin = _read_latin(latin_words)
    if not arabic_words:
        return Detected(latin.language, script, latin.arabizi, latin.mixed, latin.other, digits)
    arabic_weight = len(arabic_words)
    is_arabic = arabic_weight >= latin.english_weight or latin.arabizi
    mixed = latin.english_words > 0 or latin.arabizi
    return Detected("ar" if is_arabic else "en", script, latin.arabizi, mixed, None, digits)


def _digit_style(text: str) -> str | None:
    ascii_digits, arabic_digits = len(_ASCII_DIGIT.findall(text)), len(_ARABIC_DIGIT.findall(text))
    if not ascii_digits and not arabic_digits:
        return None
    return "arab" if arabic_digits >= ascii_digits else "latn"


def _other_in_arabic_script(text: str, words: list[str]) -> str | None:
    letters = Counter(text)
    if sum(letters[c] for c in _URDU) >= 1 or letters["ہ"] >= 2:
        return "ur"
    if sum(letters[c] for c in _PASHTO) >= 1:
        return "ps"
    if sum(letters[c] for c in _KURDISH) >= 1:
        return "ckb"
    hits = len(set(words) & _words().foreign["fa"])
    return "fa" if hits >= 2 or (hits and any(letters[c] for c in _PERSIAN)) else None


@dataclass(frozen=True)
class _Latin:
    """What the words in Latin letters say."""

    language: str | None = None
    arabizi: bool = False
    mixed: bool = False
    other: str | None = None
    english_words: int = 0
    english_weight: float = 0.0


def _read_latin(words: list[str]) -> _Latin:
    telling = [w for w in words if w not in _words().neutral]
    if _ARTICLES.issuperset(telling):
        return _Latin()
    lists = _words()
    english = [w for w in telling if _is_english(w)]
    grammar = sum(w in lists.grammar for w in english)
    weight = grammar + 0.35 * (len(english) - grammar)
    unknown = [w for w in telling if not _is_english(w)]
    strengths = [_arabic_strength(w) for w in unknown]
    strong = sum(s for w, s in zip(unknown, strengths) if s >= 0.5 and w not in _ARTICLES)
    strong += sum(w in _ARTICLES for w in unknown) if strong else 0
    if len(strengths) < 3 and all(s < 1 for s in strengths):
        strong = 0.0  # a name or two may look like anything
    other, hits = _foreign(telling)
    # Nouns are borrowed freely ("3ayez laptop gaming"); words of grammar are not.
    if strong >= 1 and strong > hits and strong > grammar and sum(strengths) >= 0.25 * len(strengths):
        return _Latin("ar", True, bool(english), None, len(english), weight)
    if (
        other
        and (hits >= 2 or (len(telling) <= 2 and len(telling[0]) > 3))
        and hits > grammar
        and hits >= 0.3 * len(telling)
    ):
        return _Latin(other=other)
    if english or (len(telling) >= 3 and not any(c.isdigit() for w in telling for c in w)):
        return _Latin("en", False, False, None, len(english), weight)
    return _Latin()


def _foreign(words: list[str]) -> tuple[str | None, int]:
    """The language, other than English and Arabic, most of `words` are frequent in, and how many."""
    best, most = None, 0
    for code, known in _words().foreign.items():
        hits = sum(w in known for w in words)
        if hits > most:
            best, most = code, hits
    return best, most
