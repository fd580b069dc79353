"""Messages that correct what was said before: "no, the black one", "I meant the 15 inch", "لا، الأسود", "قصدي الثاني".

Also what a message names only to rule it out: "the black one, not the blue". The dialogue calls both for typed messages.
"""

from __future__ import annotations

import re
from typing import Any

from bot.language.normalise import fold
from bot.nlu.needs import SOCIAL, UNCLEAR
from bot.shop.vocabulary import content_words

NEAR = 24  # characters before a name in which it is ruled out
SURE = 0.75  # confidence from which a correction that says more than a name has a need of its own

_CUE = re.compile(
    r"\W*(?:(?:no+|nope|nah|not (?:that|this)(?: one)?|wrong(?: one)?|sorry|oops|actually|wait|correction|my mistake|typo|"
    r"i (?:said|meant|mean|was asking about|was talking about|wanted to say)|(?:i )?meant|rather|make (?:it|that)|change (?:it|that) to|"
    r"لا+|لأ+|كلا|مو هذا|مو هذي|مو ذا|مش ده|مش دي|مش هاد|ليس هذا|(?:انا |أنا )?(?:قصدي|أقصد|اقصد|اعني|أعني|بقصد|كان قصدي)|"
    r"عفوا|عفوًا|اسفه?|آسفة?|غلطت?|غلط|قلت|بل)(?!\w)(?:[\s,،.!:…-]|ل?كن\b|but\b)*)+",
    re.I,
)
_CUE_AFTER = re.compile(r"(?<![\s,،-])[\s,،-]*(?<!\w)(?:i meant?|i mean|قصدي|اقصد|أقصد|اعني|أعني)\W*$", re.I)
_NOT_BEFORE = re.compile(
    r"(?:(?<!\w)(?:not|instead of|rather than|isn't|ain't)(?: (?:the|a|an|in|for))*|(?<!\w)(?:مو|مش|موب|مب|مهو|مهوب|ليست?|وليست?|بدل|بدال|"
    r"بدلا من|عوض|لا))\s*$",
    re.I,
)
# Before a name that is ruled out even when nothing is named in its place.
_UNWANTED_BEFORE = re.compile(
    r"(?<!\w)(?:(?:do not|don'?t|didn'?t) (?:really )?(?:want|need|like|mean)|no more|anything but|other than|except|not into|no need for|"
    r"allerg(?:ic|y) to|can(?:not|'?t) (?:eat|have|tolerate))"
    r"(?: (?:the|a|an|any|those|these|another))*\s*$|"
    r"(?<!\w)(?:(?:ما|لا) ?(?:ابي|أبي|ابغى|أبغى|ابغا|أبغا|بدي|اريد|أريد|احب|أحب|احتاج|أحتاج)|مش (?:عايزة?|عاوزة?)|مو (?:حابب?|عاجبني)|"
    r"(?:اي|أي) شي(?:ء)? (?:غير|الا|إلا)|ما عدا|باستثناء|"
    r"(?:حساسي[ةه]|[يتا]تحسس|متحسسة?|حساس) (?:من|ضد|على))\s*$",
    re.I,
)
# The same before a property: "no wires", but not "no, wired".
_WITHOUT_BEFORE = re.compile(r"(?:^|[^\w\s,،]\s*|(?<=\w)\s)(?:no|without|بدون|من غير|بلا|مش|مو|مب)\s*$", re.I)
_ONE_AFTER = re.compile(r"\s+ones?(?!\w)", re.I)
_DISLIKED = frozenset(("category", "brand", "attribute"))
# Cues that are no mere "no" or "sorry", which begin other messages too.
_STRONG = re.compile(
    r"meant?|said|not (?:that|this)|wrong|correction|asking|talking|قصد|اعني|أعني|مو هذ|مش د|مش هاد|ليس هذا|غلط|قلت",
    re.I,
)
_CORRECTABLE = frozenset(
    ("product", "category", "brand", "attribute", "price", "ordinal", "comparison", "city", "branch", "quantity", "order_number",
     "email", "phone", "date")
)  # fmt: skip


def without_ruled_out(text: str, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entities that are wanted: "black, not blue" names blue only to rule it out."""
    if len(entities) < 2:
        return entities
    ruled_out = [
        entity for entity in entities if _NOT_BEFORE.search(text[max(0, entity["start"] - NEAR) : entity["start"]])
    ]
    kinds = {_kind(entity) for entity in entities if entity not in ruled_out}
    return [entity for entity in entities if entity not in ruled_out or _kind(entity) not in kinds]


def with_unwanted(text: str, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entities, those marked `ruled_out` that the message does not want ("I don't want headphones")."""
    return [{**entity, "ruled_out": True} if _is_unwanted(text, entity) else entity for entity in entities]


def _is_unwanted(text: str, entity: dict[str, Any]) -> bool:
    before = text[max(0, entity["start"] - NEAR) : entity["start"]]
    if entity["entity"] == "attribute" and _WITHOUT_BEFORE.search(before):
        # "no 16 GB" and "no black one" put right what was understood
        return not text[entity["start"]].isdigit() and not _ONE_AFTER.match(text[entity["end"] :])
    return entity["entity"] in _DISLIKED and bool(_UNWANTED_BEFORE.search(before))


def _kind(entity: dict[str, Any]) -> str:
    value = entity["value"]
    return f"attribute {value.get('code')}" if isinstance(value, dict) else str(entity["entity"])


def corrected(understood: dict[str, Any], before: str | None) -> dict[str, Any] | None:
    """What a correction means: the need it goes on with, and what takes the place of what was said; None for no correction.

    Args:
        understood: what understanding made of the message.
        before: the need that the conversation was about.
    """
    text: str = understood["text"]
    cue, after = _CUE.match(text), _CUE_AFTER.search(text)
    start, end = cue.end() if cue else 0, after.start() if after else len(text)
    named = [
        e
        for e in understood["entities"]
        if e["entity"] in _CORRECTABLE and not e.get("ruled_out") and start <= e["start"] and e["end"] <= end
    ]
    if before is None or not (cue or after) or not named:
        return None
    intent = understood["intent"]
    own = (
        intent["name"] not in SOCIAL | UNCLEAR
        and intent["confidence"] >= SURE
        and not _only_names(text, start, end, named)
    )
    wanted = [{**e, "start": e["start"] - start, "end": e["end"] - start} for e in named]
    return {
        **understood,
        "text": text[start:end],
        "entities": wanted,
        "intent": intent if own else {"name": before, "confidence": 1.0},
        "correction": True,
    }


def _only_names(text: str, start: int, end: int, named: list[dict[str, Any]]) -> bool:
    """Whether nothing is said beside the names: "the black one"."""
    rest = list(text[start:end])
    for entity in named:
        for place in range(entity["start"] - start, entity["end"] - start):
            rest[place] = " "
    return not content_words(fold("".join(rest)))


def is_correction(text: str) -> bool:
    """Whether a text puts right what was said or understood before: more than a bare "no"."""
    cue = _CUE.match(text)
    return bool(cue and len(content_words(text[cue.end() :])) > 0 and _STRONG.search(text[: cue.end()]))
