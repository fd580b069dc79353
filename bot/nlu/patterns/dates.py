"""Days that customers name: "next Tuesday", "in two weeks", "15/3", "بعد بكرة", "يوم الخميس الجاي", "٣ مارس".

A small grammar of our own: date libraries miss relative Arabic dates and read "next friday" as this one.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from bot.nlu.patterns import numbers
from bot.nlu.patterns.found import Found, Text

Days = tuple[date, date]  # the first and the last day meant

_NUMBER = r"(\d{1,3}|[a-z\u0621-\u064a]+)"
_BARE_FRACTIONS = frozenset(((1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (1, 5)))
ALL_DAY = (24, 7)  # "24/7"
SHORTEST_DAY_OF_MONTH = 7  # "on the 3rd" is rather the third one

_SAID = {
    0: "today | tonight | todays | this morning | this afternoon | this evening | اليوم | النهارده | انهارده | الليله | هالليله | "
       "الليله دي | اليله | هاليوم | لليوم | لنهار | ليوما",
    1: "tomorrow | tomorow | tommorow | tommorrow | tomorrows | tmrw | tmr | tmw | 2moro | بكره | بكرا | بكرى | باكر | باجر | غدا | "
       "الغد | غدوه | غدوا | bokra | bukra",
    2: "day after tomorrow | after tomorrow | overmorrow | بعد بكره | بعد بكرا | بعد باكر | بعد باجر | بعد غد | بعد الغد | بعد غدا | "
       "عقب باجر | عقب بكره | ba3d bokra | ba3d bukra",
    -1: "yesterday | yesterdays | امس | البارح | البارحه | مبارح | امبارح | البارحة | بارح | مبارحه",
    -2: "day before yesterday | before yesterday | اول امس | قبل امس | اول مبارح | اول امبارح | اول البارح | قبل البارحه",
}  # fmt: skip
_WEEKDAYS = (
    r"mon(?:day)?s?|اثنين|اتنين|تنين",
    r"tue(?:s|sday)?s?|ثلاثا|تلات|ثلوث|تلاتا|ثلاث|ثلوثا",
    r"wed(?:s|nesday)?s?|wensday|wednsday|اربعا|اربع|ربوع",
    r"thu(?:r|rs|rsday)?s?|خميس",
    r"fri(?:day)?s?|جمعه",
    r"sat(?:urday)?s?|سبت",
    r"sun(?:day)?s?|احد|حد",
)
_MONTHS = (
    r"jan(?:uary)?|يناير|كانون الثاني|كانون ثاني|جانفي",
    r"feb(?:ruary)?|فبراير|شباط|فيفري",
    r"mar(?:ch)?|مارس|اذار",
    r"apr(?:il)?|ابريل|نيسان|افريل",
    r"may|مايو|ايار|ماي",
    r"june?|يونيو|يونيه|حزيران|جوان",
    r"july?|يوليو|يوليه|تموز|جويليه",
    r"aug(?:ust)?|اغسطس|اب|اوت|غشت",
    r"sept?(?:ember)?|سبتمبر|ايلول|شتنبر",
    r"oct(?:ober)?|اكتوبر|تشرين الاول|تشرين اول",
    r"nov(?:ember)?|نوفمبر|تشرين الثاني|تشرين ثاني|نونبر",
    r"dec(?:ember)?|ديسمبر|كانون الاول|كانون اول|دجنبر",
)
_COMING = r"(?:ال)?(?:قادمه?|جايه?|جاي|مقبله?|قابل|جايي|ياي)|اللي جايه?|اللي جاي|يلي جاي|الي جاي"
_PAST = r"(?:ال)?(?:ماضيه?|فايته?|سابقه?|فات)|اللي فاته?|اللي فات|اللي راح|اللي طاف|الي فات|يلي فات|المنصرم"
_LATER = re.compile(rf"(?:next|coming|upcoming|{_COMING})$")
_BEFORE = re.compile(rf"(?:last|past|previous|{_PAST})$")
_HAPPENED = re.compile(
    r"(?:since|ordered|bought|placed|received|arrived|paid|came|delivered it|purchased|was|من|منذ|طلبت\w*|طلبتها|اشتريت\w*|"
    r"استلمت\w*|دفعت|وصلني|وصلتني|جاني|جاتني|كان)(?: \S+){0,3} $"
)
_UNITS = {
    "day": r"days?|يوم|ايام|يوما|تيام",
    "week": r"weeks?|wks?|اسبوع|اسابيع|سابيع|جمع",
    "month": r"months?|شهر|شهور|اشهر|شهرا",
}
_DUALS = {"يومين": ("day", 2), "اسبوعين": ("week", 2), "شهرين": ("month", 2), "جمعتين": ("week", 2)}
_UNIT = "|".join(_UNITS.values())
_EDGE, _END = r"(?<![\w/.-])(?:و)?", r"(?![\w/]|[.-]\d)"


def _either(phrases: str) -> str:
    return "|".join(sorted((re.escape(phrase.strip()) for phrase in phrases.split("|")), key=len, reverse=True))


_FIXED = {phrase.strip(): offset for offset, phrases in _SAID.items() for phrase in phrases.split("|")}
_FIXED_DAY = re.compile(rf"{_EDGE}(?:the )?[لب]?({_either('|'.join(_SAID.values()))})(?:'s)?{_END}")
_WEEKDAY = "|".join(_WEEKDAYS)
_LONG_WEEKDAY = re.compile(r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?$|wensday|wednsday|جمعه|خميس|سبت")
_ON = (
    r"(?:on|by|until|till|til|before|after|from|for|next|this|last|coming|past|every|since|upcoming|previous|يوم|نهار|ليله|قبل|بعد|لحد|"
    r"حتي|من|الي|لغايه)"
)
_DAY_OF_WEEK = re.compile(
    rf"{_EDGE}(?:({_ON}) )?(?:(this|next|last|coming|يوم|نهار) )?[بلف]?(ال|لل)?({_WEEKDAY})(?: ({_COMING}|{_PAST}))?{_END}"
)
_PERIOD = re.compile(
    rf"{_EDGE}(?:by |in |on |over )?(?:the )?(?:(next|this|last|coming|past) (weekend|week|month)|"
    rf"(?:هال|ها |[بلف]?ال|هذا ال|هذي ال)?(نهايه الاسبوع|ويكند|ويك اند|اسبوع|شهر)(?: (هذا|ده|{_COMING}|{_PAST})))(?! من){_END}"
)
_WEEKEND = re.compile(rf"{_EDGE}(?:(?:on|over|at) (?:the )?weekend|[بفل]?(?:ال)?ويكند|نهايه الاسبوع){_END}")
_MONTH_END = re.compile(
    rf"{_EDGE}(?:(?:the )?end of (?:the |this )?month|month end|اخر الشهر|نهايه الشهر|اخر هالشهر){_END}"
)
_AHEAD = re.compile(
    rf"{_EDGE}(?:(?:in|within)(?: about| around| like)? {_NUMBER} ({_UNIT})(?: time)?(?! (?:or|of))|{_NUMBER} ({_UNIT}) from (?:now|today)|"
    rf"(?:بعد|عقب|كمان|في خلال|خلال)(?: {_NUMBER})? ({_UNIT}|{'|'.join(_DUALS)})){_END}"
)
_AGO = re.compile(
    rf"{_EDGE}(?:{_NUMBER} ({_UNIT}) (?:ago|back)|(?:قبل|من|منذ|صارلي|صار لي|صارلها|له|لي)(?: {_NUMBER})? ({_UNIT}|{'|'.join(_DUALS)})){_END}"
)
_MONTH = "|".join(_MONTHS)
_YEAR = r"(?:,? ?(?:of )?(20\d\d))?"
_DAY = r"([0-3]?\d)(?:st|nd|rd|th)?"
_MONTH_FIRST = re.compile(rf"{_EDGE}(?:on )?({_MONTH})\.? (?:the )?{_DAY}{_YEAR}{_END}(?! ?(?:am|pm|:|%))")
_DAY_FIRST = re.compile(rf"{_EDGE}(?:on )?(?:the )?(?:يوم )?{_DAY}(?: ?- ?| of | de | من | )({_MONTH}){_YEAR}{_END}")
_NUMERIC = re.compile(r"(?<![\w/.-])(\d{1,4})([/.-])(\d{1,2})(?:\2(\d{2,4}))?(?![\w/%]|[.-]\d)")
_DATE_BEFORE = re.compile(
    r"(?:on|by|date|dated|until|before|after|since|from|يوم|تاريخ|بتاريخ|في|قبل|بعد|من) (?:the )?$"
)
_OF_MONTH = re.compile(
    rf"{_EDGE}(?:(?:on|by|until|before|after) the (\d{{1,2}})(?:st|nd|rd|th)(?: of (?:this|the) month)?|"
    rf"يوم (\d{{1,2}})(?: (?:الشهر|بالشهر|هالشهر|من الشهر|في الشهر))?){_END}(?! ?(?:floor|street|{_UNIT}))"
)
_PART = {
    "morning": r"in the morning|morning|am|الصبح|صباحا|الصباح|بالصباح|بدري|صبح",
    "noon": r"at noon|noon|midday|lunchtime|الظهر|ظهرا|الضهر",
    "afternoon": r"in the afternoon|afternoon|العصر|عصرا",
    "evening": r"in the evening|evening|after work|المغرب|مسا|المسا|العشا|بعد المغرب|بعد العشا|عشيه",
    "night": r"at night|night|بالليل|ليلا|الليل",
}
_PART_AFTER = {part: re.compile(rf",? (?:{words})(?!\w)") for part, words in _PART.items()}
_TIME = re.compile(
    r",? (?:at |around |@ ?|الساعه |علي الساعه |ع الساعه )?(\d{1,2})(?::(\d\d))? ?(am|pm|a\.m\.?|p\.m\.?|o'clock|صباحا|الصبح|ص|مسا|المسا|"
    r"العصر|الظهر|ظهرا|المغرب|بالليل|م)(?!\w)"
)
_AFTERNOON_MARKS = ("p", "مسا", "المسا", "م", "العصر", "المغرب", "بالليل", "الظهر", "ظهرا")
_SPELT_PARTS = {"tonight": "night", "الليله": "night", "هالليله": "night", "الليله دي": "night", "اليله": "night",
                "this morning": "morning", "this afternoon": "afternoon", "this evening": "evening"}  # fmt: skip
_CUE = re.compile(
    rf"\d|day|week|month|tomo|tomm|tm[rw]|tonight|bokra|bukra|this (?:morning|afternoon|evening)|يوم|نهار|بكر|باكر|باجر|غد|مس|بارح|"
    rf"ليل|سبوع|شهر|ويك|جمع|سبت|خميس|احد|ثنين|تنين|(?<!\w)(?:{_ON}) (?:\w+ )?(?:{_WEEKDAY})|جمعت"
)


def find(text: Text, today: Callable[[], date], country: str | None = None) -> list[Found]:
    """The days of a text as ISO dates; `until` is the last day of a span, `part` and `time` what of the day is said.

    Args:
        today: tells the day it is at the shop.
        country: ISO code; where a week begins on its own day.
    """
    folded = text.folded
    if not _CUE.search(folded):
        return []
    found: list[Found] = []
    taken: list[tuple[int, int]] = []
    day, week_begins = today(), first_weekday(country)
    for pattern, read in _READERS:
        for match in pattern.finditer(folded):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            days = read(match, day, week_begins)
            if days is not None:
                taken.append(match.span())
                found.append(_entity(text, match, days))
    return found


@lru_cache(maxsize=64)
def first_weekday(country: str | None) -> int:
    """The day a week begins with in a country, 0 for Monday."""
    try:
        return int(Locale.parse(f"und_{country}").first_week_day) if country else 0
    except (UnknownLocaleError, ValueError):
        return 0


def _entity(text: Text, match: re.Match[str], days: Days) -> Found:
    folded, end = text.folded, match.end()
    extra = {} if days[0] == days[1] else {"until": days[1].isoformat()}
    spelt = next((part for words, part in _SPELT_PARTS.items() if words in match.group()), None)
    if (clock := _TIME.match(folded, end)) and (moment := _moment(clock)):
        extra["time"], end = moment, clock.end()
    elif spelt:
        extra["part"] = spelt
    else:
        for part, pattern in _PART_AFTER.items():
            if after := pattern.match(folded, end):
                extra["part"], end = part, after.end()
                break
    return text.found("date", days[0].isoformat(), match.start(), end, **extra)


def _moment(clock: re.Match[str]) -> str | None:
    hour, minute = int(clock[1]), int(clock[2] or 0)
    if not 1 <= hour <= 12 or minute > 59:
        return None
    later = clock[3].startswith(_AFTERNOON_MARKS)
    return f"{hour % 12 + (12 if later else 0):02d}:{minute:02d}"


def _one(day: date) -> Days:
    return day, day


def _fixed(match: re.Match[str], today: date, _first: int) -> Days:
    return _one(today + timedelta(_FIXED[match[1]]))


def _week_of(day: date, first: int) -> Days:
    start = day - timedelta((day.weekday() - first) % 7)
    return start, start + timedelta(6)


def _weekday(match: re.Match[str], today: date, first: int) -> Days | None:
    lead, more, article, name, after = match.groups()
    if not (
        lead or more or (after and article) or (article and _LONG_WEEKDAY.match(name)) or _LONG_WEEKDAY.match(name)
    ):
        return None  # "sun", "wed" and "الاثنين" are other words too
    if match.string[: match.start()].endswith(("black ", "good ")) or (lead in ("من", "بعد", "قبل") and not article):
        return None
    wanted = next(number for number, names in enumerate(_WEEKDAYS) if re.fullmatch(names, name))
    asked = f"{lead or ''} {more or ''}".split()
    if "last" in asked or "past" in asked or "previous" in asked or (after and _BEFORE.fullmatch(after)):
        return _one(today - timedelta((today.weekday() - wanted - 1) % 7 + 1))
    happened = "since" in asked or _HAPPENED.search(f"{match.string[: match.start()].rstrip()} ")
    if happened and not (after or {"next", "this", "coming"} & set(asked)):
        return _one(today - timedelta((today.weekday() - wanted - 1) % 7 + 1))
    if "next" in asked:  # that day of the week after this one
        start = _week_of(today, first)[0] + timedelta(7)
        return _one(start + timedelta((wanted - first) % 7))
    return _one(today + timedelta((wanted - today.weekday() - 1) % 7 + 1))


def _month_of(day: date) -> Days:
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _later(day: date, count: int, unit: str) -> date:
    if unit != "month":
        return day + timedelta(count * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 + count
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _period(match: re.Match[str], today: date, first: int) -> Days:
    which = match[1] or match[4] or ""
    step = 1 if _LATER.fullmatch(which) else -1 if _BEFORE.fullmatch(which) else 0
    said = match[2] or match[3]
    if said in ("month", "شهر"):
        return _month_of(_later(today.replace(day=1), step, "month"))
    start, end = _week_of(today + timedelta(7 * step), first)
    if said in ("week", "اسبوع"):
        return start, end
    return end - timedelta(1), end


def _weekend(_match: re.Match[str], today: date, first: int) -> Days:
    end = _week_of(today, first)[1]
    return end - timedelta(1), end


def _month_end(_match: re.Match[str], today: date, _first: int) -> Days:
    return _one(_month_of(today)[1])


def _count(word: str | None) -> int | None:
    if word is None or word in ("a", "an", "one"):
        return 1
    if word in ("couple", "كم"):
        return None
    listed = numbers.find(word)
    return int(listed[0].value) if len(listed) == 1 and (listed[0].start, listed[0].end) == (0, len(word)) else None


def _span_of(match: re.Match[str]) -> tuple[int, str] | None:
    said = [group for group in match.groups() if group]
    if not said:
        return None
    if said[-1] in _DUALS:
        unit, count = _DUALS[said[-1]]
        return (count, unit) if len(said) == 1 else None
    counted = _count(said[0] if len(said) > 1 else None)
    unit = next(name for name, words in _UNITS.items() if re.fullmatch(words, said[-1]))
    return None if counted is None else (counted, unit)


def _ahead(match: re.Match[str], today: date, _first: int) -> Days | None:
    span = _span_of(match)
    return _one(_later(today, *span)) if span else None


def _ago(match: re.Match[str], today: date, _first: int) -> Days | None:
    span = _span_of(match)
    return _one(_later(today, -span[0], span[1])) if span else None


def _nearest(day: int, month: int, year: int | None, today: date) -> Days | None:
    """That day of the year said, else of the year that brings it nearest to today."""
    years = (year,) if year else (today.year - 1, today.year, today.year + 1)
    found = []
    for one in years:
        try:
            found.append(date(one, month, day))
        except ValueError:
            continue
    return _one(min(found, key=lambda d: abs((d - today).days))) if found else None


def _named_month(day: str, name: str, year: str | None, today: date) -> Days | None:
    month = next(number for number, names in enumerate(_MONTHS, 1) if re.fullmatch(names, name))
    return _nearest(int(day), month, int(year) if year else None, today)


def _month_first(match: re.Match[str], today: date, _first: int) -> Days | None:
    return _named_month(match[2], match[1], match[3], today)


def _day_first(match: re.Match[str], today: date, _first: int) -> Days | None:
    return _named_month(match[1], match[2], match[3], today)


def _numeric(match: re.Match[str], today: date, _first: int) -> Days | None:
    """Day before month, as it is written where Arabic is spoken, unless only the other order makes a date."""
    first, second, third = int(match[1]), int(match[3]), match[4]
    if len(match[1]) == 4:
        return _nearest(int(third), second, first, today) if third and 2000 <= first <= 2099 else None
    if not third:
        cued = _DATE_BEFORE.search(match.string[: match.start()])
        if match[2] != "/" or (first, second) == ALL_DAY or ((first, second) in _BARE_FRACTIONS and not cued):
            return None
    day, month = (second, first) if second > 12 >= first else (first, second)
    year = None if not third else int(third) + (2000 if len(third) == 2 else 0)
    if len(match[1]) > 2 or not 1 <= month <= 12 or not 1 <= day <= 31 or (year and not 2000 <= year <= 2099):
        return None
    return _nearest(day, month, year, today)


def _of_month(match: re.Match[str], today: date, _first: int) -> Days | None:
    day = int(match[1] or match[2])
    if not SHORTEST_DAY_OF_MONTH <= day <= 31 and not match[2]:
        return None
    month = today if day >= today.day else _later(today.replace(day=1), 1, "month")
    last = calendar.monthrange(month.year, month.month)[1]
    return _one(month.replace(day=day)) if 1 <= day <= last else None


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date, int], Days | None]], ...] = (
    (_NUMERIC, _numeric),
    (_MONTH_FIRST, _month_first),
    (_DAY_FIRST, _day_first),
    (_FIXED_DAY, _fixed),
    (_MONTH_END, _month_end),
    (_PERIOD, _period),
    (_WEEKEND, _weekend),
    (_AHEAD, _ahead),
    (_AGO, _ago),
    (_OF_MONTH, _of_month),
    (_DAY_OF_WEEK, _weekday),
)
