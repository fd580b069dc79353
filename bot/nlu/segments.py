"""Where a message may ask for two things: "is it in stock and how much", "بكم وهل متوفر".

The dialogue calls `halves` for every typed message, so that a message without a cue costs one regular expression.
Whether both halves really are needs is the classifier's to say.
"""

from __future__ import annotations

import re

LONGEST = 280  # characters; a longer message is a story, and one need stands behind it
MOST_SPLITS = 2  # places looked at
FEWEST_LETTERS = 3  # of a half

# How a half begins that asks for something. A half that only tells ("it hasn't arrived") belongs to its neighbour.
_ASKING_EN = (
    r"how|what|whats|what's|when|where|wheres|where's|which|who|why|is|are|do|does|did|can|could|will|would|should|may|have|has|"
    r"i want|i wanna|i need|i also need|i also want|i'd also like|i'd like|id like|i would like|i wish|i am looking|i'm looking|im looking|let me|please|pls|plz|"
    r"refund|cancel|return|exchange|replace|track|show|tell|give|send|ship|deliver|change|update|compare|recommend|suggest|call|book|"
    r"buy|order(?!(?: is| no\.?| number| num)?[:\s]*#?[a-z]{0,5}[-/ ]?\d)|get me|fix|repair|find|check|any|thanks|thank you|thx|ty|cheers|yes|yeah|yep|sure|ok|okay|no|nope"
)
_ASKING_AR = (
    r"هل|كم|بكم|بكام|قديش|اديش|بقديش|شحال|متى|متي|امتي|ايمتي|وين|فين|اين|وينه|فينه|كيف|ازاي|شلون|ليش|ليه|ايش|وش|شو|شنو|ما هو|ما هي|من وين|"
    r"اي|ابغي|ابغا|ابي|نبي|ابا|بدي|بدنا|عايز|عاوز|عايزه|عاوزه|محتاج|محتاجه|اريد|نريد|حاب|حابه|ودي|ممكن|اقدر|تقدرون|تقدر|ينفع|فيه|في عندكم|"
    r"عندكم|عندكو|متوفر|متوفره|موجود|رجع\w*|ارجع\w*|الغ\w*|كنسل\w*|استرجع\w*|استرد\w*|بدل\w*|ابدل\w*|استبدل\w*|غير\w*|ارسل\w*|ابعت\w*|"
    r"وريني|ورني|اعطني|عطني|اديني|احجز\w*|قارن\w*|توصل\w*|بتوصل\w*|تشحن\w*|بتشحن\w*|شكرا|يعطيك|يسلمو|مشكور|تسلم|نعم|ايوه|ايوا|اي نعم|اكيد|تمام|لا"
)
_ASKING = rf"(?:{_ASKING_EN}|(?:و)?(?:{_ASKING_AR}))(?![^\W_])"
_SPLIT = re.compile(
    rf"(?:[.!?؟;؛\n]+\s*(?:and |also |but |و ?|كمان |ايضا |لكن |بس )?|[,،]?\s+(?:and also|and then|and|also|plus|then|but|&)\s+|[,،]\s*|"
    rf"\s+(?:و(?:كمان|ايضا|أيضا|أيضًا|بعدين|برضو)?\s+|(?=و)|ثم\s+|بس\s+|كمان\s+|طيب\s+))(?=(?:also |then |what about |كمان )?{_ASKING})",
    re.I,
)
_ASKS = re.compile(
    rf"(?:^|[,،;])\W*(?:(?:hi|hello|hey|ok|so|well|and|also|مرحبا|السلام عليكم|هلا|طيب|و)\W+)*{_ASKING}", re.I
)
# What announces a second request, so that the first half need not ask: "it has a scratch and I also need the invoice".
_ALSO = re.compile(r"\W*(?:(?:and|و) ?)?(?:i |i'd )?(?:also|plus|كمان|ايضا|برضو)\b", re.I)
# A message that ends with thanks asks for nothing more by that.
_THANKS = re.compile(
    r"\W*(?:please|pls|thanks|thank you|thx|ty|cheers|شكرا|مشكور|تسلم|يسلمو|يعطيك العافيه)(?:\W+\w+){0,2}\W*", re.I
)
_FOLDED_LETTERS = str.maketrans("أإآىة", "اااي" + "ه")


def halves(text: str) -> list[tuple[str, str]]:
    """The ways to take a message for two requests, likeliest first; mostly none."""
    if len(text) > LONGEST:
        return []
    plain = text.translate(_FOLDED_LETTERS)  # of the same length
    found: list[tuple[str, str]] = []
    for match in _SPLIT.finditer(plain):
        first, second = text[: match.start()], text[match.end() :]
        if _THANKS.fullmatch(plain[match.end() :]):
            continue
        asks = bool(_ASKS.search(plain[: match.start()]) or "?" in match.group() or "؟" in match.group())
        asks = asks or bool(_ALSO.match(plain[match.start() :]))
        if asks and all(sum(map(str.isalpha, half)) >= FEWEST_LETTERS for half in (first, second)):
            question = match.group().strip()[:1]
            found.append((f"{first}{question}" if question in ("?", "؟") else first, second))
        if len(found) == MOST_SPLITS:
            break
    return found
