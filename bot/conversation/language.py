"""Which language and digits a conversation is in after a message: as the customer writes, without flapping."""

from __future__ import annotations

from bot.language.detect import Detected

# A Latin word or two inside an Arabic conversation is a product name or a loan word, not a change of language.
WORDS_THAT_SWITCH = 3


def next_language(current: str, detected: Detected, text: str, opening: bool) -> str:
    """The language to answer in.

    Args:
        current: language so far.
        opening: nothing was said in the conversation before and no language was asked for.
    """
    if detected.language not in ("en", "ar") or detected.language == current:
        return current
    if detected.language == "ar" or opening or len(text.split()) >= WORDS_THAT_SWITCH:
        return detected.language
    return current


def next_digits(current: str, detected: Detected) -> str:
    """The style of digits to answer in: the one the customer wrote last."""
    return detected.digits or current
