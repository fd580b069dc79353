"""Which language and digits a conversation is in after a message: as the customer writes, without flapping."""

from __future__ import annotations

import re

from bot.language.detect import Detected

# A Latin word or two inside an Arabic conversation is a product name or a loan word, not a change of language.
WORDS_THAT_SWITCH = 3
# "27 Palm Street, Al Rawdah, Jeddah" is an address in an English talk: Arabic in Latin letters has no capitals.
_NAMES = re.compile(r"\b[A-Z][a-z]+")
NAMES_THAT_DO_NOT = 3


def next_language(current: str, detected: Detected, text: str, opening: bool) -> str:
    """The language to answer in.

    Args:
        current: language so far.
        opening: nothing was said in the conversation before and no language was asked for.
    """
    if detected.language not in ("en", "ar") or detected.language == current:
        return current
    if detected.arabizi and not opening and len(_NAMES.findall(text)) >= NAMES_THAT_DO_NOT:
        return current
    if detected.language == "ar" or opening or len(text.split()) >= WORDS_THAT_SWITCH:
        return detected.language
    return current


def next_digits(current: str, detected: Detected) -> str:
    """The style of digits to answer in: the one the customer wrote last."""
    return detected.digits or current
