"""What a customer's text is cleaned of before it is stored: what no reader could see, and card numbers."""

from __future__ import annotations

import re

from bot.words.masking import without_cards

LONGEST = 4000  # characters

# Control characters but tab and line feed; direction overrides and embeddings, which reorder what stands around.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ONLY_BLANK = re.compile("[\\s\u200b-\u200f\u2060-\u2064\u00ad\ufe00-\ufe0f]*")


def clean(text: str) -> str:
    """`text` without control characters, direction overrides and card numbers; '' when nothing visible is left."""
    text = _SURROGATE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _INVISIBLE.sub("", text).strip()
    return "" if _ONLY_BLANK.fullmatch(text) else without_cards(text)
