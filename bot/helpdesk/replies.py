"""What somebody wrote in an e-mail, without what the mail program put around it: quotes, signatures, disclaimers.

Read line by line, so that a long or hostile text takes no longer than its length. Called by the e-mail desk.
"""

from __future__ import annotations

import re
from collections.abc import Collection

QUOTED = re.compile(r"\s{0,3}>")
RULE = re.compile(r"\s{0,3}[-_*=]{5,}")  # "-----Original Message-----", Outlook's line of underscores
SIGNATURE = re.compile(r"\s{0,3}(?:--|—|__)\s*$")
SENT_FROM = re.compile(
    r"\s{0,3}(?:sent from (?:my|outlook|yahoo)\b|sent with\b|get outlook\b|(?:ال)?م[رُ]{0,2}سل[ةه]? من\b|أ?[ُ]?رسل[تْ]{0,2} من\b)",
    re.I,
)
FROM = re.compile(r"\s{0,3}\W{0,3}(?:from|von|de|من)\W{0,3}:", re.I)
AFTER_FROM = re.compile(r"\s{0,3}\W{0,3}(?:sent|date|to|subject|cc|تاريخ|التاريخ|أُرسلت|إلى|الموضوع)\W{0,3}:", re.I)
YEAR = re.compile(r"[0-9٠-٩]{4}")
LONGEST_LINE = 2000  # characters of a line that are looked at


def written(text: str, marks: Collection[str], addresses: Collection[str] = ()) -> str:
    """The new words of a reply.

    Args:
        marks: what only our own message says, in lower case, such as the line that asks to write above it.
        addresses: ours, in lower case. Mail programs name them, in whatever language, in the line that leads to a quote.
    """
    lines = [line[:LONGEST_LINE] for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    end = next((place for place in range(len(lines)) if _ends(lines, place, marks, addresses)), None)
    kept = lines if end is None else _without_lead(lines[:end], lines[end])
    return "\n".join(kept).strip() or _between(lines, marks, addresses)


def _ends(lines: list[str], place: int, marks: Collection[str], addresses: Collection[str]) -> bool:
    line = lines[place]
    if QUOTED.match(line) or RULE.match(line) or SIGNATURE.match(line) or SENT_FROM.match(line):
        return True
    folded = line.casefold()
    if any(mark in folded for mark in marks) or (_leads(line) and any(own in folded for own in addresses)):
        return True
    return bool(FROM.match(line)) and any(AFTER_FROM.match(after) for after in lines[place + 1 : place + 4])


def _leads(line: str) -> bool:
    """Whether a line may be the last of "On 3 May 2026, Shop <desk@shop.example> wrote:"."""
    return line.rstrip().endswith((":", ":\u200f")) or bool("@" in line and YEAR.search(line))


def _without_lead(kept: list[str], end: str) -> list[str]:
    """The lines above the one that ends the answer, without what leads to that one."""
    lead = end
    if QUOTED.match(end):
        while kept and not kept[-1].strip():
            kept.pop()
        if not kept or not _leads(kept[-1]) or not ("@" in kept[-1] or YEAR.search(kept[-1])):
            return kept
        lead = kept.pop()
    if kept and "@" in lead and not YEAR.search(lead) and YEAR.search(kept[-1]):
        kept.pop()  # the lead took two lines
    return kept


def _between(lines: list[str], marks: Collection[str], addresses: Collection[str]) -> str:
    """What was written below or between the quoted lines, where nothing stands above them."""
    if not any(QUOTED.match(line) for line in lines):
        return ""
    own: list[str] = []
    for place, line in enumerate(lines):
        if SIGNATURE.match(line) or SENT_FROM.match(line):
            break
        if not _ends(lines, place, marks, addresses):
            own.append(line)
    return "\n".join(own).strip()
