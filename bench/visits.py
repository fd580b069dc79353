"""What the customers of the benches write: visits of twenty messages to the demonstration shop, in both languages."""

from __future__ import annotations

import random
from collections.abc import Sequence

_ENGLISH = (
    "Hi",
    "I'm looking for a laptop under 4000",
    "anything cheaper?",
    "how much is the Tarvix Dars 14?",
    "is it available in Riyadh?",
    "and in Jeddah?",
    "tell me about the Velanor Safra 14",
    "does it come in silver?",
    "do you deliver to Jeddah?",
    "how long does delivery take?",
    "when are you open on Friday?",
    "where is your showroom in Dammam?",
    "show me noise cancelling headphones",
    "the second one",
    "what does it cost?",
    "is it in stock?",
    "I need an ergonomic office chair too",
    "what can you do?",
    "thanks a lot",
    "bye",
)
_ARABIC = (
    "السلام عليكم",
    "أبغى لابتوب بأقل من ٤٠٠٠ ريال",
    "فيه أرخص؟",
    "بكم Tarvix Dars 14؟",
    "هل هو متوفر في الرياض؟",
    "وفي جدة؟",
    "عطني تفاصيل Velanor Safra 14",
    "فيه منه لون فضي؟",
    "توصلون لجدة؟",
    "كم يوم ياخذ التوصيل؟",
    "متى تفتحون يوم الجمعة؟",
    "وين معرضكم في الدمام؟",
    "وريني سماعات عازلة للضوضاء",
    "الثانية",
    "كم سعرها؟",
    "متوفرة؟",
    "محتاج كرسي مكتب مريح للظهر",
    "وش تقدر تسوي؟",
    "شكرًا جزيلًا",
    "مع السلامة",
)
_ENGLISH_AT_HOME = (
    "good evening",
    "which coffee machines do you have?",
    "something between 500 and 1500 riyals",
    "the first one please",
    "what's the price of the Cafriva Mazaj 15?",
    "compare it with the Cafriva Mazaj Auto",
    "is the Cafriva Mazaj Auto available in your Jeddah showroom?",
    "can it be delivered to Abha?",
    "how much is shipping?",
    "I'm also after a robot vacuum that mops",
    "show me the cheapest",
    "which brands are there?",
    "how much is the Kanuso Nadif 3?",
    "do you have it in white?",
    "are you open tomorrow?",
    "what is your phone number in Riyadh?",
    "an air purifier for a big living room",
    "ok",
    "thank you",
    "goodbye",
)
_ARABIC_AT_HOME = (
    "مساء الخير",
    "ما هي ماكينات القهوة الموجودة عندكم؟",
    "شيء بين ٥٠٠ و١٥٠٠ ريال",
    "الأولى لو سمحت",
    "ما سعر Cafriva Mazaj 15؟",
    "قارنها مع Cafriva Mazaj Auto",
    "هل Cafriva Mazaj Auto موجودة في معرض جدة؟",
    "ممكن توصيلها إلى أبها؟",
    "كم رسوم الشحن؟",
    "عايز كمان مكنسة روبوت بتمسح الأرض",
    "وريني الأرخص",
    "إيه الماركات الموجودة؟",
    "بكام Kanuso Nadif 3؟",
    "في منها لون أبيض؟",
    "فاتحين بكرة؟",
    "ما رقم هاتف فرع الرياض؟",
    "أريد منقي هواء لصالة كبيرة",
    "تمام",
    "شكرا",
    "إلى اللقاء",
)

# Nobody writes exactly what somebody else wrote: what surrounds a question differs from visit to visit, so that
# nothing the system remembers of a sentence makes it look faster than it is.
_AROUND_ENGLISH = (
    ("", "ok ", "so ", "and ", "hey, ", "well ", "hmm ", "also "),
    ("", " please", " pls", "!", " ..", " 🙂", " thanks"),
)
_AROUND_ARABIC = (
    ("", "طيب ", "اوكي ", "يعني ", "هلا ", "أخي ", "وبعدين "),
    ("", " لو سمحت", " من فضلك", "!", " ..", " 🙂", " شكرا"),
)
_FEWEST_WORDS = 3  # of a message that something is put around

_VISITS = (_ENGLISH, _ARABIC, _ENGLISH_AT_HOME, _ARABIC_AT_HOME)
VISITS = len(_VISITS)
GROWING = (*_ENGLISH[1:7], *_ENGLISH[8:11], _ENGLISH[18])


def visit(number: int) -> Sequence[str]:
    """What the customer of the n-th visit says; the same at every run."""
    dice = random.Random(number)
    texts = _VISITS[number % VISITS]
    before, after = (_AROUND_ENGLISH, _AROUND_ARABIC)[number % 2]
    return [
        f"{dice.choice(before)}{text}{dice.choice(after)}" if len(text.split()) >= _FEWEST_WORDS else text
        for text in texts
    ]
