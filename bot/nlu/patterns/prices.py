"""Prices and limits of prices: "under 2k", "between 1000 and 2000", "بين ألف وألفين", "٣٠٠٠ ريال"."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from bot.language.normalise import fold
from bot.nlu.patterns import numbers
from bot.nlu.patterns.found import Found, Text
from bot.nlu.patterns.numbers import Number
from bot.shop.gazetteer import units

THREE_DECIMALS = frozenset(("KWD", "BHD", "OMR", "JOD", "TND", "IQD", "LYD"))
CUE_CHARACTERS = 40  # before or after a number, in which words may make a limit of it
MOST_BARE = 100_000  # a longer number that is a whole message is no price
LEAST_BARE = 20  # a smaller number without a currency is something else
LEAST_BARE_HIGH = 100  # the high end of a range that is a whole message, else rather a date or a time

_CURRENCY_WORDS = """sar sr riyal riyals rial rials aed dirham dirhams dhs dh usd dollar dollars bucks eur euro euros gbp pound
    pounds quid egp le kd jd bd kwd dinar dinars bhd omr qar jod mad dzd tnd iqd lbp lira syp ريال ريالات الريال درهم دراهم الدرهم دولار
    دولارات جنيه جنيها جنيهات جنيهه دينار دنانير يورو ليره ليرات ر.س ج.م د.ك د.ا د.إ رس ر.ق د.ب ر.ع دج دت"""
_SIGNS = r"[$€£﷼¥]"

_MAX_BEFORE = """under | undr | uder | unde | below | bellow | less than | less then | les than | lower than | cheaper than | not more than | no more than | not over | nothing over |
    at most | max | maximum | maximum of | max of | up to | upto | within | not exceeding | doesn't exceed | budget | budget is |
    budget of | budget: | my budget | limit of | limit is | i have | i've got | i only have | spend | afford | < | <= |
    تحت | اقل من | باقل من | بسعر اقل من | ارخص من | دون | ما يزيد عن | ما يزيد علي | لا يزيد عن | لا يزيد علي | لا يتجاوز |
    ما يتجاوز | ما تتجاوز | لا تتجاوز | ما يتعدي | ما تتعدي | لا يتعدي | ما يعدي | حد اقصي | بحد اقصي | كحد اقصي | الحد الاقصي | اقصي شي |
    اقصي حد | ماكس | ميزانيتي | ميزانيه | بميزانيه | الميزانيه | ميزانيتنا | معي | معايا | معاي | عندي | لحد | لغايه | حتي | مو اكثر من |
    مش اكتر من | مش اكثر من | ما يفوت | مايزيد عن | ما تزيد عن | ما تزيد علي | لا تزيد عن"""
_MAX_AFTER = """or less | or under | or below | or lower | max | maximum | tops | at most | budget | او اقل | واقل | فاقل | وتحت |
    كحد اقصي | بحد اقصي | حد اقصي | ماكس | بالكثير | بالكتير | ميزانيتي | اقصي شي"""
_MIN_BEFORE = """over | above | more than | higher than | at least | minimum | min | starting at | starting from | from | > | >= |
    فوق | اكثر من | اكتر من | اعلي من | اغلي من | لا يقل عن | ما يقل عن | لا تقل عن | ما تقل عن | يبدا من | تبدا من | علي الاقل |
    حد ادني | بحد ادني"""
_MIN_AFTER = "or more | and up | and above | or above | or higher | plus | وفوق | فما فوق | فاكثر | او اكثر | واكثر | وطالع | علي الاقل | كحد ادني"
_ABOUT_BEFORE = """about | around | approximately | approx | roughly | near | nearly | circa | ~ | in the region of | somewhere around |
    priced at | for | حوالي | حول | تقريبا | بحدود | في حدود | حدود | بحوالي | قرابه | نحو | زهاء | يقارب | ب"""
_ABOUT_AFTER = "or so | ish | approx | approximately | roughly | تقريبا | حواليها | ونحوها"
_NOT_MORE = re.compile(
    r"(?<!\w)(?:not|no|nothing|don't|dont|won't|wont|can't|cant|never|مو|مش|ما|لا|مب|ماابي|مابي|مابدي)(?: [\w']+){0,3} $"
)
_TWO = re.compile(r"(?:دينارين|ريالين|درهمين|دولارين|جنيهين|ليرتين)$")  # the currency itself says two
_CENTS = re.compile(r"\d\.\d{2,3}$")
# One of the currency without a number: "for a riyal", «بريال».
_ONE = re.compile(
    r"(?<![^\W\d_])(?:(?:for|at|under|below) (?:just |only )?an? (?:single )?"
    r"(?:riyal|rial|dirham|dollar|dinar|euro|buck|lira)|ب(?:ريال|درهم|دولار|جنيه|دينار|يورو|ليره)(?: واحده?)?)(?![^\W\d_])"
)
LEAST_LIMIT = 5  # a smaller number without a currency is no limit, but where the currency counts in thousandths
# Before a number that ends a message: a limit of price, however small, unless an age or a size is spoken of.
_SMALL_LIMIT = re.compile(
    r"(?:^|(?<=\s))(?:under|below|less than|cheaper than|no more than|not more than|تحت|[با]?اقل من|ارخص من|دون) $"
)
_NO_MONEY = re.compile(
    r"(?<!\w)(?:ages?|aged|years?|kids?|child|children|bab(?:y|ies)|toddlers?|boys?|girls?|size|minutes?|stars?|floors?|"
    r"ل{0,2}(?:سن|عمر\w*|سنوات|سنين|اطفال|طفل\w*|بيبي|ولد\w*|بنت\w*|مقاس|دقايق|نجوم|الدور))(?!\w)"
)
_YEARS = range(1990, 2041)
_OF_MANY = re.compile(r"(?<!\w)(?:quotes?|quotation|price|prices|cost|discount|order|how much|عرض|سعر|كم|بكم)(?!\w)")
_STORAGE_SIZES = (64, 128, 256, 512, 1024)


def _alternatives(phrases: str) -> str:
    options = sorted((fold(phrase) for phrase in phrases.split("|")), key=len, reverse=True)
    return "|".join(re.escape(option).replace(r"\ ", " +") for option in options if option)


_CURRENCY = "|".join(re.escape(fold(word)) for word in sorted(_CURRENCY_WORDS.split(), key=len, reverse=True))
_CURRENCY_AFTER = re.compile(rf" ?(?:{_SIGNS}|(?:{_CURRENCY})(?![^\W\d_]))")
_CURRENCY_BEFORE = re.compile(rf"(?:{_SIGNS}|(?<![^\W\d_])[بل]?(?:{_CURRENCY})) ?$")
# One way only to take each text: spaces before a word and never after it, and no word that is two others.
_FILL = r"(?: *(?:is|of|:|=|هو|هيا?|يكون|the|a|about|around|حوالي|حدود|بحدود|سعر|price|ال))*"


def _before(phrases: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|(?<=[\s،,.;:!?()\-]))[وفب]?(?:{_alternatives(phrases)}){_FILL} *[بل]?(?:ال)?$")


def _after(phrases: str) -> re.Pattern[str]:
    return re.compile(rf"^ *(?:{_alternatives(phrases)})(?![^\W\d_])")


_ROLES_BEFORE = (("max", _before(_MAX_BEFORE)), ("min", _before(_MIN_BEFORE)), ("about", _before(_ABOUT_BEFORE)))
_ROLES_AFTER = (("max", _after(_MAX_AFTER)), ("min", _after(_MIN_AFTER)), ("about", _after(_ABOUT_AFTER)))
# Of what is measured: without the words of money ("i have 50"), and without "max", which ends names of models.
_LEAST_BEFORE = """over | above | more than | higher than | greater than | bigger than | larger than | longer than | heavier than |
    stronger than | at least | minimum | minimum of | not less than | no less than | > | >= | فوق | اكثر من | اكتر من | اعلي من |
    اكبر من | اطول من | اقوي من | لا يقل عن | ما يقل عن | لا تقل عن | ما تقل عن | علي الاقل | بحد ادني | كحد ادني"""
_MOST_BEFORE = """under | below | less than | less then | lower than | smaller than | shorter than | lighter than | at most | up to |
    upto | maximum | maximum of | not more than | no more than | not over | < | <= | تحت | اقل من | باقل من | اصغر من | اقصر من |
    اخف من | ما يزيد عن | لا يزيد عن | ما تزيد عن | لا تزيد عن | لا يتجاوز | ما يتجاوز | بحد اقصي | كحد اقصي"""
_MOST_AFTER = "or less | or under | or below | or lower | at most | او اقل | واقل | فاقل | كحد اقصي | بحد اقصي"
_LIMITS_BEFORE = (("min", _before(_LEAST_BEFORE)), ("max", _before(_MOST_BEFORE)))
_LIMITS_AFTER = (("max", _after(_MOST_AFTER)), ("min", _after(_MIN_AFTER)))
_BETWEEN = re.compile(
    r"(?:^|(?<=\s))[وفب]?(?:between|from|بين|ما بين|مابين|من|range of|range)(?: +(?:price|سعر|ال))? *(?:ال)?$"
)
_TO = re.compile(r"^ *(?:and|to|up to|till|until|-|–|و|الي|ل|لـ|لحد|لغايه|حتي|ولا|وبين) *(?:ال)?$")
_PRICE_WORD = re.compile(r"price|budget|cost|سعر|ميزاني|بكم|بسعر|فلوس|رخيص|cheap|spend")
_TIME_AFTER = re.compile(
    r"^ *(?:days?|weeks?|months?|years?|hours?|hrs?|minutes?|mins?|times?|people|persons?|pieces?|pcs|units?|items?|%|percent|"
    r"ايام|يوم|اسابيع|اسبوع|شهر|شهور|اشهر|سنه|سنين|سنوات|ساعه|ساعات|دقيقه|دقايق|مرات|اشخاص|قطع|حبات|قطعه|حبه|بالميه|بالمءه|٪|"
    r"x\b|st\b|nd\b|rd\b|th\b)"
)
_ISH = re.compile(r"ish(?!\w)")
_WORD_AFTER = re.compile(r"^ ?([^\W\d_]+|[\"″]|'')")


@lru_cache(maxsize=4096)
def _is_measure(after: str) -> bool:
    match = _WORD_AFTER.match(after)
    return bool(match and units.canonical(match[1])) or bool(_TIME_AFTER.match(after))


def find(text: Text, currency: str | None, starts_of_names: Collection[int] = ()) -> list[Found]:
    """The prices of a text, each with its role; two for a range.

    Args:
        starts_of_names: where names of categories and products begin in the raw text: "about 30 desks" counts them.
    """
    folded = text.folded
    found: list[Found] = []
    after_range = -1
    listed = numbers.find(folded, thousandths=currency in THREE_DECIMALS)
    for place, number in enumerate(listed):
        if number.start < after_range:
            continue
        following = listed[place + 1] if place + 1 < len(listed) else None
        if following is not None and (pair := _range(text, number, following)):
            found += pair
            after_range = following.end
            continue
        single = _single(text, number) or _small_limit(text, number, currency)
        if single is not None and _counts(text, number, single, starts_of_names):
            continue
        if single is not None:
            found.append(single)
    return found or _one(text)


def _counts(text: Text, number: Number, found: Found, starts_of_names: Collection[int]) -> bool:
    """Whether what may be a price about a number says how many of the things named after it are wanted."""
    folded = text.folded
    known = number.scaled or number.value >= LEAST_BARE_HIGH or _currency_start(folded, number) is not None
    if found.extra.get("role") != "about" or known:
        return False
    return text.span(number.start, number.end)[1] + 1 in starts_of_names


def _small_limit(text: Text, number: Number, currency: str | None) -> Found | None:
    """A price limit below any that is believed elsewhere: "sweets under 5" at the end of a message, in words of limits."""
    least = 1 if currency in THREE_DECIMALS else LEAST_LIMIT
    folded = text.folded
    if not least <= number.value < LEAST_BARE or number.spelled or folded[number.end :].strip(" .?!"):
        return None
    cue = _SMALL_LIMIT.search(folded[max(0, number.start - CUE_CHARACTERS) : number.start])
    if cue is None or _NO_MONEY.search(folded):
        return None
    return text.found("price", number.plain, number.start - len(cue.group()), number.end, role="max")


def _one(text: Text) -> list[Found]:
    """The price of one that a text without any other names."""
    match = _ONE.search(text.folded)
    if match is None or re.search(r"(?:\d|كم) ?$", text.folded[: match.start()]):
        return []
    return [text.found("price", 1, match.start(), match.end(), role="about")]


def _currency_end(folded: str, number: Number) -> int | None:
    match = _CURRENCY_AFTER.match(folded, number.end)
    return match.end() if match else None


def _currency_start(folded: str, number: Number) -> int | None:
    head = folded[max(0, number.start - 12) : number.start]
    match = _CURRENCY_BEFORE.search(head)
    return number.start - (len(head) - match.start()) if match else None


def _range(text: Text, low: Number, high: Number) -> list[Found] | None:
    """Both ends of "between 1000 and 2000"; the low one takes on the scale of the high one ("1-2k")."""
    folded = text.folded
    low_end = _currency_end(folded, low) or low.end
    # In Arabic "and" and "to" are written as one with a number in words.
    joined = 1 if high.spelled and folded[high.start] in "ول" else 0
    if high.start < low_end or not _TO.match(folded[low_end : high.start + joined]):
        return None
    opening = _BETWEEN.search(folded[max(0, low.start - 24) : low.start])
    high_end = _currency_end(folded, high)
    money = high_end is not None or low_end != low.end or _currency_start(folded, low) is not None
    joined_by_and = folded[low_end : high.start + joined].strip() in ("and", "و", "ولا")
    alone = not folded[: low.start].strip() and not folded[high.end :].strip(" .?!") and high.value >= LEAST_BARE_HIGH
    if not opening and (joined_by_and or not (money or high.scaled or alone or _PRICE_WORD.search(folded))):
        return None
    if _is_measure(folded[high.end : high.end + 16]) or _is_measure(folded[low.end : low.end + 16]):
        return None
    value = low.value * 1000 if high.scaled and not low.scaled and low.value * 1000 < high.value else low.value
    if value >= high.value or (not money and high.value < LEAST_BARE):
        return None
    start = low.start - len(opening.group()) if opening else (_currency_start(folded, low) or low.start)
    return [
        text.found("price", Number(value, 0, 0).plain, start, low_end, role="min"),
        text.found("price", high.plain, high.start, high_end or high.end, role="max"),
    ]


def _single(text: Text, number: Number) -> Found | None:
    folded = text.folded
    end = _currency_end(folded, number)
    money = end is not None
    start = _currency_start(folded, number)
    money = money or start is not None or bool(_TWO.search(folded[number.start : number.end]))
    cents = bool(_CENTS.search(folded[number.start : number.end]))
    first, last = (start if start is not None else number.start), end or number.end
    if not money and (_is_measure(folded[number.end : number.end + 16]) or _part_of_word(folded, number)):
        return None
    head, tail = folded[max(0, first - 48) : first], folded[last : last + 24]
    for role, pattern in _ROLES_BEFORE:
        match = pattern.search(head)
        if (
            match
            and (money or cents or number.scaled or number.value >= LEAST_BARE)
            and _may_open(match.group(), role, money or cents or _ends_with_price(folded, number), number)
        ):
            if role == "min" and _NOT_MORE.search(head[: match.start()]):
                role = "max"
            return text.found("price", number.plain, first - (len(head) - match.start()), last, role=role)
    for role, pattern in _ROLES_AFTER:
        match = pattern.match(tail)
        if match and (money or number.scaled or number.value >= LEAST_BARE * 2):
            return text.found("price", number.plain, first, last + match.end(), role=role)
    alone = not folded[: number.start].strip() and not folded[number.end :].strip(" .?!")
    # In Arabic "for" is written as one with a number in words: «بألفين».
    joined = number.spelled and folded[number.start] == "ب" and number.value >= LEAST_BARE_HIGH
    plain = money or joined or (number.scaled and not number.spelled)
    if plain or (alone and LEAST_BARE * 2 <= number.value < MOST_BARE):
        return text.found("price", number.plain, first, last, role="about")
    return None


def limit_on(text: Text, start: int, end: int) -> str | None:
    """`min` or `max` where words around `folded[start:end]` make a limit of it ("at least 16 GB")."""
    before, after = text.folded[max(0, start - CUE_CHARACTERS) : start], text.folded[end : end + CUE_CHARACTERS]
    for role, pattern in _LIMITS_BEFORE:
        if cue := pattern.search(before):
            opposite = role == "min" and _NOT_MORE.search(before[: cue.start()])
            return "max" if opposite else role
    return next((role for role, pattern in _LIMITS_AFTER if pattern.search(after)), None)


def _ends_with_price(folded: str, number: Number) -> bool:
    """Whether the number that ends a message is likelier a price ("a bag for 300") than a model, a year or so many pieces."""
    round_one = number.value >= LEAST_BARE_HIGH and number.value % 10 == 0 and number.value not in _YEARS
    return round_one and not folded[number.end :].strip(" .?!؟") and not _OF_MANY.search(folded)


def _may_open(cue: str, role: str, money: bool, number: Number) -> bool:
    """Whether a cue that has other uses too ("from 9", "for 2024", "i have 30") speaks of money here."""
    if role == "max" and cue.strip() == "max" and number.value in _STORAGE_SIZES and not money:
        return False  # a phone's name ends so
    weak = re.sub(r"[^\w]+", " ", cue).strip().split()
    if (role == "about" and weak and weak[-1] in ("for", "ب")) or weak in (["for"], ["ب"]):
        return money or number.scaled
    if (weak and weak[0] in ("from", "عندي", "معي", "معايا", "معاي", "حتي", "لحد", "لغايه", "within")) or weak[:2] == [
        "i",
        "have",
    ]:
        return money or number.scaled or number.value >= 100
    return not (number.spelled and not number.scaled and number.value < 100 and not money)


def _part_of_word(folded: str, number: Number) -> bool:
    """Whether the digits belong to a model or an order number ("wh-1000", "rtx4060", "#1001")."""
    before = folded[number.start - 1 : number.start]
    after = folded[number.end : number.end + 1]
    return bool(before and ((before.isalpha() and before.isascii()) or before in "#-_/@.")) or (
        after.isascii() and after.isalpha() and not _ISH.match(folded, number.end)
    )
