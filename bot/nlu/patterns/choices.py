"""What points at things shown before: "the second one", "cheaper", "three pieces", and the wish for another language."""

from __future__ import annotations

import re

from bot.nlu.patterns import numbers
from bot.nlu.patterns.found import Found, Text

MOST_PIECES = 999
DOZEN = 12
MOST_CHOICES = 20

_ORDINALS_EN = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5,
                "sixth": 6, "6th": 6, "last": -1, "final": -1}  # fmt: skip
_ORDINALS_AR = {
    1: "اول اولي اوله اولاني اولانيه لول",
    2: "ثاني ثانيه تاني تانيه ثانيا",
    3: "ثالث ثالثه تالت تالته",
    4: "رابع رابعه",
    5: "خامس خامسه",
    6: "سادس سادسه",
    -1: "اخير اخيره اخر اخراني",
}
_AR_VALUES = {word: value for value, words in _ORDINALS_AR.items() for word in words.split()}
_THING = r"(?:ones?|options?|items?|products?|choices?|models?|results?|pick|of them|from the list)"
_THING_AR = r"(?:واحد|واحده|وحده|خيار|منتج|شي|حاجه|اختيار|موديل|نوع|منها|منهم|فيهم|فيها)"
_EN = "|".join(_ORDINALS_EN)
_AR = "|".join(sorted(_AR_VALUES, key=len, reverse=True))
_THE_ORDINAL = re.compile(
    rf"(?<![\w-])(?:(?:the|that|this|number) ({_EN})(?: {_THING})?|({_EN}) {_THING})(?!\w)(?! (?:time|week|month|year|night|day|floor|"
    r"name|order|hand|place|purchase|step|thing|few|delivery|email|message|payment|party|minute|chance|house|street))"
)
_JUST_ORDINAL = re.compile(
    rf"^\W*(?:(?:ok|yes|no|and|then|maybe|i want|give me|show me) )*(?:the )?({_EN})(?: please| pls)?\W*$"
)
_AR_BLOCK = r"(?! (?:مره|شهر|اسبوع|يوم|دور|طابق|ما|شي|طلب|خطوه|سنه|دفعه|قسط|الشهر|الاسبوع))"
_THE_ORDINAL_AR = re.compile(rf"(?<!\w)[وفبل]?(?:ال|لل)({_AR})(?!\w){_AR_BLOCK}")
_ORDINAL_THING_AR = re.compile(rf"(?<!\w)[وفبل]?(?:ال)?({_AR}) {_THING_AR}(?!\w)")
_JUST_ORDINAL_AR = re.compile(rf"^\W*(?:ال)?({_AR})\W*$")
_NUMBERED = re.compile(
    r"(?<![\w#])(?:(?:number|no|nr|num|option|choice|item) ?[.:#]? ?|رقم ?:? ?|الخيار |خيار |#)(\d{1,2})(?![\w.,-])"
)
_ORDER_BEFORE = re.compile(
    r"(?:order|orders|طلب\w*|الطلب\w*|اوردر|invoice|phone|mobile|جوال\w*|هاتف\w*|tel)\W*(?:\w+\W+)?$"
)

# The comparisons of the vocabulary; superlatives ask for the same direction.
_COMPARISONS = {
    "cheaper": r"cheaper|cheapest|less expensive|lower price|lower priced|less pricey|ارخص|ارخصهم|ارخصها|اوفر|اقل سعرا?|اقل في السعر",
    "pricier": r"pricier|more expensive|most expensive|dearer|higher end|اغلي|اغلاهم|اغلاها",
    "bigger": r"bigger|biggest|larger|largest|اكبر|اكبرهم|اكبرها",
    "smaller": r"smaller|smallest|tinier|اصغر|اصغرهم|اصغرها",
    "lighter": r"lighter|lightest|less heavy|اخف|اخفهم",
    "faster": r"faster|fastest|quicker|اسرع|اسرعهم",
    "quieter": r"quieter|quietest|less noisy|اهدا|اهدي|اقل ازعاجا?|اقل صوتا?",
    "newer": r"newer|newest|more recent|احدث|احدثهم|اجدد",
    "better": r"better|higher quality|افضل منه?ا?|احسن منه?ا?|شي احسن|شي افضل|حاجه احسن|واحد احسن|نوع احسن|احسن شوي|افضل شوي",
}
_COMPARISON = {
    name: re.compile(rf"(?<![\w-])[وفب]?(?:ال)?(?:{pattern})(?!\w)") for name, pattern in _COMPARISONS.items()
}
_THAN_AMOUNT = re.compile(r"^ (?:than|من|عن) ?\W?(?:\d|ال?ف\b)")

_PIECES_AFTER = re.compile(
    r"^ ?(?:pieces?|pcs?|units?|copies|sets?|boxes|packs?|packets?|cartons?|bottles?|cans?|bags|pairs?|rolls|dozens?|of (?:them|these|those|it|the)|قطع|قطعه|قطعات|حبات|حبه|وحدات|نسخ|علب|كراتين|كرتون|كرتونه|اكياس|باكيت|باكيتات|ازواج|درزن|شدات|ربطات)(?!\w)"
)
_PIECES_BEFORE = re.compile(r"(?:qty|quantity|quantities|count|pieces|الكميه|كميه|عدد|العدد)\W{0,3}$")
_TIMES_SIGN = re.compile(r"(?<![\w.,])(?:x ?(\d{1,3})|(\d{1,3}) ?x)(?![\w.,]| ?\d)")
_DOZEN = re.compile(r"(?<!\w)[وب]?(?:(half a|نص|نصف) )?(?:a )?(?:dozen|درزن|دزينه|دستة|دسته)(?!\w)")
_DUALS = re.compile(r"(?<!\w)[وفب]?(?:قطعتين|حبتين|وحدتين|علبتين|نسختين|كرتونين|ثنتين|تنتين)(?!\w)")

_NAMES = {"en": r"english|inglizi|انجليزيه?|انقليزيه?|انكليزيه?|انجليش|انغليزيه?", "ar": r"arabic|3arabi|3araby|عربيه?"}
_SPEAK = (
    r"(?:speak|talk|write|reply|answer|chat|respond|switch|change|continue|use|text|understand|in|to|into|language|تكلم\w*|اتكلم\w*|كلمني|"
    r"كلموني|احكي|احكوا|رد|ردوا|اكتب|اكتبوا|نتكلم|نحكي|تحكي|تحكوا|تتكلم\w*|تكلمون|حولي?|غيري?|اللغه|بال|لل|الي|ب)"
)


def ordinals(text: Text) -> list[Found]:
    """Places in a list, 1 for the first, -1 for the last."""
    folded = text.folded
    found = []
    for match in [*_THE_ORDINAL.finditer(folded), *_JUST_ORDINAL.finditer(folded)]:
        word = next(group for group in match.groups() if group)
        found.append(text.found("ordinal", _ORDINALS_EN[word], *_from_word(match)))
    for pattern in (_ORDINAL_THING_AR, _THE_ORDINAL_AR, _JUST_ORDINAL_AR):
        for match in pattern.finditer(folded):
            found.append(text.found("ordinal", _AR_VALUES[match[1]], *match.span()))
    for match in _NUMBERED.finditer(folded):
        if 1 <= int(match[1]) <= MOST_CHOICES and not _ORDER_BEFORE.search(folded[: match.start()]):
            found.append(text.found("ordinal", int(match[1]), *match.span()))
    return found


def _from_word(match: re.Match[str]) -> tuple[int, int]:
    group = next(number for number in range(1, (match.re.groups or 0) + 1) if match[number])
    return match.start(group), match.end()


def comparisons(text: Text) -> list[Found]:
    """Wishes for a cheaper, bigger, lighter … one; "cheaper than 500" is a price and none of these."""
    found = []
    for name, pattern in _COMPARISON.items():
        for match in pattern.finditer(text.folded):
            if not _THAN_AMOUNT.match(text.folded[match.end() : match.end() + 10]):
                found.append(text.found("comparison", name, *match.span()))
    return found


def quantities(text: Text, starts_of_names: set[int]) -> list[Found]:
    """How many pieces are wanted.

    Args:
        starts_of_names: where names of categories and products begin in the raw text: "3 laptops" counts them.
    """
    folded = text.folded
    found = []
    for number in numbers.find(folded):
        if number.scaled or number.value != int(number.value) or not 1 <= number.value <= MOST_PIECES:
            continue
        after = _PIECES_AFTER.match(folded[number.end : number.end + 24])
        before = _PIECES_BEFORE.search(folded[max(0, number.start - 14) : number.start])
        start, end = text.span(number.start, number.end)
        apart = not folded[number.start - 1 : number.start].isalnum() if number.start else True
        counted = end + 1 in starts_of_names and apart and not (number.spelled and number.value == 1)
        if after or before or counted:
            last = number.end + (after.end() if after else 0)
            times = DOZEN if after and _DOZEN.search(after.group()) else 1
            found.append(text.found("quantity", times * int(number.value), number.start, last))
    for match in _TIMES_SIGN.finditer(folded):
        value = int(match[1] or match[2])
        if value >= 1:
            found.append(text.found("quantity", value, *match.span()))
    found += [text.found("quantity", 2, *match.span()) for match in _DUALS.finditer(folded)]
    if not found:
        found = [
            text.found("quantity", DOZEN // 2 if match[1] else DOZEN, *match.span())
            for match in _DOZEN.finditer(folded)
        ]
    return found


def languages(text: Text) -> list[Found]:
    """The language a customer asks to be spoken to in."""
    found = []
    short = len(text.words) <= 4
    for code, names in _NAMES.items():
        for match in re.finditer(rf"(?<!\w)(?:(?:bil|bel|b|bl) ?)?([وب]?(?:ال|لل)?)({names})(?!\w)", text.folded):
            head = text.folded[max(0, match.start() - 24) : match.start()]
            asked = re.search(rf"(?<!\w){_SPEAK}(?: \w+)? ?$", head) or match[1].startswith(("بال", "ب", "لل"))
            if short or asked:
                found.append(text.found("language", code, *match.span()))
    return found
