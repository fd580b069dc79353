"""Whether a message answers the question of the open case, and what it says then.

Anything may come in between: a message that clearly wants something else is left to its own action.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.language.normalise import fold, fold_digits
from bot.shop.order_numbers import number_key
from bot.support import wording

if TYPE_CHECKING:
    from actions.cases import Case
    from actions.turn import Turn

UNCLEAR, REFUSED, LEFT, TAKEN = object(), object(), object(), object()
LONGEST_TEXT = 2000
LATER = "not now"  # the answer to a question that need not be answered
_NUMBER = re.compile(r"(?<![\d.])\d{1,4}(?![\d.])")
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "a": 1,
    "both": 2, "واحد": 1, "واحده": 1, "وحده": 1, "حبه": 1, "قطعه": 1, "اثنين": 2, "اثنان": 2, "تنين": 2,
    "اتنين": 2, "ثنتين": 2, "تنتين": 2, "حبتين": 2, "قطعتين": 2, "الثنتين": 2, "الاثنين": 2, "الاتنين": 2, "كلاهما": 2,
    "ثلاث": 3, "ثلاثه": 3, "تلاته": 3, "اربع": 4,
    "اربعه": 4, "خمس": 5, "خمسه": 5,
}  # fmt: skip

_TOKEN = re.compile(r"[^\W_][\w/.·-]*[^\W_]")
# Anywhere in a message that else says yes.
_ASKS_BESIDE = re.compile(r"[?؟]|(?<!\w)(?:when|how long|how much|what|why|متي|امتي|كم|ليش|ليه|وين|فين|كيف)(?!\w)")

_JOINED = re.compile(r"^(?:وال|بال|لل|ال)(?=\w{2})")

YES = frozenset(
    {
        "yes",
        "yep",
        "yeah",
        "sure",
        "ok",
        "okay",
        "نعم",
        "ايه",
        "ايوه",
        "اي",
        "ايوا",
        "اجل",
        "اكيد",
        "تمام",
        "اوك",
        "اوكي",
    }
)
NO = frozenset({"no", "nope", "nah", "لا", "لأ", "مو", "مش", "كلا"})
# Needs that are never an answer when they are understood for sure.
LEAVING = frozenset(
    {"talk_to_agent", "talk_to_sales", "change_language", "goodbye", "greet", "bot_challenge", "capabilities", "thanks"}
)
NOTHING = "nlu_fallback"
SURE, VERY_SURE = 0.6, 0.8
NO_PHOTO = ("done", "unknown", "refusal", "no_photo")  # sent, cannot, will not, has none
SETTLED_BY = ("refund", "replacement")  # wishes that settle a damage
# Choices that "yes" and "no" decide too: whether it was opened.
ASKED_OPENLY = {"condition": ("opened", "unopened")}
SHORTEST_TELLING = 3  # letters of a word that can tell choices apart
MOST_OF_A_YES = 4  # words
MOST_BESIDE_A_NUMBER = 4  # words of an answer that is hardly more than a number
FEWEST_DIGITS = 2
MOST_OF_GIVING_UP = 6
MOST_OF_KEEPING = 8
KEPT = ("return_item", "exchange_item", "refund_request", "cancel_order")  # needs that "I'll keep it" drops
PIECE = ("product", "category", "brand")  # entities that name a piece of an order
MOST_OF_A_GREETING = 3  # words; more say something else too
FAULTS = ("troubleshoot_product", "damaged_or_wrong_item", "complaint")  # needs
OTHERS = ("walks", "checkout", "configuration")  # slots of what else may be waiting for an answer
_ASKS = re.compile(
    r"[?؟]|^(?:what|when|where|who|why|how|which|do|does|can|could|is|are|will|"
    r"ما هو|ما هي|متي|وين|اين|فين|مين|من هو|ليش|ليه|لماذا|كيف|ازاي|شلون|هل|كم|بكم|ايش|شو|ايه)\b"
)


def is_answer(case: Case) -> bool:
    """Whether the message answers what was asked last."""
    turn, (kind, _, group) = case.turn, case.expects.partition(" ")
    sure = turn.confidence >= SURE
    if turn.button and turn.intent not in ("affirm", "deny"):
        return False
    fresh = case.fresh and not turn.slots.get("question")  # nothing else was asked since
    if not fresh and turn.intent in ("affirm", "deny") and turn.slots.get("question"):
        return False
    told = kind in ("story", "optional") and len(turn.text.split()) > MOST_OF_A_GREETING
    if turn.intent in LEAVING and sure and not (told and turn.intent in ("thanks", "greet", "goodbye")):
        return False
    if _given_up(case) or (fresh and _narrows(case)):
        return True
    if kind in ("number", "contact", "code"):
        return _asks_which_half(case) or (fresh and _asks_when(case)) or _is_proof(case, kind)
    if not fresh and any(turn.slots.get(other) for other in OTHERS):
        return False
    if kind == "yes_no":
        plain = turn.intent in ("affirm", "deny") or (fresh and _first_word(turn.text) in YES | NO)
        plain = plain or (fresh and _insists(case))
        # What is wrong is as good as a yes to making a claim of it.
        described = len(turn.text_beside(("product", "category", "brand")).split()) > 1
        fault = case.asked == "claim" and turn.intent in FAULTS and not turn.values("product") and described
        return plain or (fresh and (turn.intent == NOTHING or fault))
    if kind == "pick":
        if _picked(case, group) is not None or {"email", "phone"} & {found["entity"] for found in turn.entities}:
            return not _asks_otherwise(case)
        return turn.intent == "deny" or (turn.intent in (NOTHING, "affirm") and fresh)
    if kind in ("quantity", "rating"):
        return (_number_in(turn.text) is not None and not _asks_otherwise(case)) or turn.intent in ("deny", NOTHING)
    if kind == "photo":
        return turn.intent in ("deny", NOTHING) or _without_photo(turn.text)
    if kind == "story":
        return fresh and not _asks_otherwise(case)
    wants_else = turn.intent in case_kinds() - {case.kind} and turn.confidence >= VERY_SURE and not turn.values("city")
    return fresh and not _asks_otherwise(case) and not wants_else


def case_kinds() -> frozenset[str]:
    """The needs that open a case."""
    from actions.cases import TOPICS

    return frozenset(TOPICS)


def _given_up(case: Case) -> bool:
    """Whether the customer drops the matter, and does not want another one instead."""
    turn, length = case.turn, len(case.turn.text.split())
    if turn.intent in case_kinds() - {case.kind, "cancel_order"} and turn.confidence >= SURE:
        return case.kind in KEPT and turn.intent in KEPT and wording.says("keeps", turn.text)
    keeps = case.kind in KEPT and length <= MOST_OF_KEEPING and wording.says("keeps", turn.text)
    return keeps or (length <= MOST_OF_GIVING_UP and wording.says("never_mind", turn.text))


def _narrows(case: Case) -> bool:
    """Whether the message says that only a certain piece of the order is meant."""
    turn = case.turn
    named = any(turn.values(kind) for kind in PIECE)
    return case.kind in KEPT and not turn.button and named and wording.says("only", turn.text)


def _asks_when(case: Case) -> bool:
    """Whether, while it is asked which order it is, the customer asks again when it comes."""
    turn = case.turn
    asks = turn.intent in ("delivery_time", "delivery_options") or wording.says("when_comes", turn.text)
    elsewhere = turn.values("city") or any(turn.values(kind) for kind in PIECE)
    return case.kind in ("order_status", "delivery_problem") and asks and not elsewhere


def _asks_otherwise(case: Case) -> bool:
    """Whether the message is a question about something else."""
    turn = case.turn
    other = turn.intent not in case_kinds() | {NOTHING, "affirm", "deny", "answer"}
    return other and turn.confidence >= SURE and _ASKS.search(fold(turn.text)) is not None


def _asks_which_half(case: Case) -> bool:
    """Whether, after a number and contact that do not go together, the customer asks which of them is wrong."""
    return bool(case.data.get("tried")) and not case.turn.button and wording.says("which_half", case.turn.text)


def _is_proof(case: Case, kind: str) -> bool:
    turn = case.turn
    named = {"order_number", "email", "phone"} & {found["entity"] for found in turn.entities}
    if named:
        bare = len(turn.text_beside(named).split()) <= 4
        told = (case.kind, "order_status", "leave_contact", NOTHING)
        return bare or turn.intent in told or turn.confidence < SURE
    if kind == "number" and _number_told(case) and not _asks_otherwise(case):
        return True
    if kind == "code" and (_CODE.search(fold_digits(turn.text)) or wording.says("again", turn.text)):
        return True
    if turn.intent == NOTHING and _ASKS.search(fold(turn.text)):
        return False
    if turn.intent in ("deny", NOTHING) or wording.says("unknown", turn.text) or wording.says("refusal", turn.text):
        return True
    return sum(letter.isdigit() for letter in turn.text) > sum(letter.isalpha() for letter in turn.text)


def feature(value: str) -> str:
    """A value of an attribute as it is compared with the choice of an option: "Graphite grey" is "graphite-grey"."""
    return re.sub(r"[\W_]+", "-", value.casefold()).strip("-")


def _without_photo(text: str) -> bool:
    """Whether a message goes on without a photo: it says so, or says what is wanted."""
    return any(wording.says(group, text) for group in NO_PHOTO) or wording.first("wishes", text) in SETTLED_BY


def _photo(case: Case) -> object:
    if not _without_photo(case.turn.text):
        return UNCLEAR
    wish = wording.first("wishes", case.turn.text)
    if wish in SETTLED_BY:
        case.data["wish"] = wish
    return _keep(case, LATER)


def _number_told(case: Case) -> str:
    """What stands for an order number in an answer to the question for one, in whatever looks it has; '' if nothing."""
    rest = case.turn.text_beside({"email", "phone", "date", "price"})
    if case.turn.button or len(rest.split()) > MOST_BESIDE_A_NUMBER:
        return ""
    told = [word for word in _TOKEN.findall(rest) if sum(map(str.isdigit, word)) >= FEWEST_DIGITS]
    return max(told, key=len, default="")


def _number_in(text: str) -> int | None:
    folded = fold_digits(fold(text))
    found = _NUMBER.search(folded)
    return int(found[0]) if found else next((_WORDS[word] for word in folded.split() if word in _WORDS), None)


def absorb(case: Case) -> bool:
    """Keep an order number and a contact that the message names; whether it named any."""
    turn, data = case.turn, case.data
    number = turn.value("order_number")
    contact = turn.value("email") or turn.value("phone")
    bare = str(number or "").isdigit() and not _named_as_order(case)
    if number and not (bare and case.asked in ("contact", "other", "code")):
        if number != data.get("number"):
            data.pop("order_id", None)
            data.pop("told", None)
        data["number"], data["number_written"] = str(number), _written(turn) or str(number)
    else:
        number = None
    for kind in ("email", "phone"):
        if turn.value(kind):
            data[f"given_{kind}"] = str(turn.value(kind))
    if contact and case.asked not in ("other", "email"):
        data["contact"] = str(contact)
    return bool(number or contact)


def _written(turn: Turn) -> str:
    """The order number as the customer wrote it."""
    found = next(entity for entity in turn.entities if entity["entity"] == "order_number")
    return turn.text[int(found.get("start") or 0) : int(found.get("end") or 0)].strip()


def _named_as_order(case: Case) -> bool:
    """Whether a bare number in answer to "which e-mail or phone?" is called an order, and no mistyped phone."""
    return any(letter.isalpha() for letter in case.turn.text)


def take(case: Case) -> object:
    """Keep the answer under the name it was asked for: TAKEN, or UNCLEAR, REFUSED or LEFT."""
    kind, _, group = case.expects.partition(" ")
    picked = case.turn.value("pick")
    if picked is None and kind != "yes_no" and _given_up(case):
        return LEFT
    if picked is None and _narrows(case):
        return _narrow(case)
    named = absorb(case)
    if kind in ("number", "contact"):
        return _proof(case, named)
    if kind == "code":
        return _code(case)
    if kind == "yes_no":
        return _yes_no(case)
    if picked is not None and any(picked == value for value, *_ in case.choices):
        return _keep(case, str(picked))
    if kind == "pick":
        found = _choice(case, group)
        return TAKEN if found is UNCLEAR and named else found
    if kind in ("quantity", "rating") and _number_in(case.turn.text) is not None:
        return _whole(case, 5 if kind == "rating" else 99)
    if case.turn.intent == "deny" and len(case.turn.text.split()) <= 4:
        return _keep(case, LATER) if kind in ("optional", "rating", "photo") else REFUSED
    if kind in ("quantity", "rating"):
        return UNCLEAR
    if kind == "photo":
        return _photo(case)
    text = case.turn.text.strip()[:LONGEST_TEXT]
    return _keep(case, text) if any(letter.isalnum() for letter in text) else UNCLEAR


def _narrow(case: Case) -> object:
    """The matter goes on with the piece just named."""
    turn, data = case.turn, case.data
    data["about"] = [str(value) for kind in PIECE for value in turn.values(kind)]
    data["opening"] = f"{data.get('opening') or ''}\n{turn.text}".strip()
    data.pop("line", None)
    absorb(case)
    return TAKEN


def _keep(case: Case, value: Any) -> object:
    case.data[case.asked] = value
    return TAKEN


def _proof(case: Case, named: bool) -> object:
    turn = case.turn
    contact = turn.value("email") or turn.value("phone")
    if case.asked in ("other", "email") and contact:
        return _keep(case, str(contact))
    if named:
        return TAKEN
    if _asks_which_half(case):
        case.data["asks_which"] = True
        return TAKEN
    if _asks_when(case):
        return TAKEN  # the question is put once more
    if case.asked == "number" and (told := _number_told(case)):
        case.data["number"], case.data["number_written"] = number_key(told), told
        return TAKEN
    if wording.says("unknown", turn.text):
        return _keep(case, LATER) if case.asked == "number" else REFUSED
    if case.turn.intent == "deny" or wording.says("refusal", turn.text):
        return REFUSED
    return UNCLEAR


def _code(case: Case) -> object:
    found = _CODE.search(fold_digits(case.turn.text).replace(" ", ""))
    if found is not None:
        return _keep(case, found[0])
    if wording.says("again", case.turn.text):
        case.data.pop("code_sent", None)
        return TAKEN
    if case.turn.intent == "deny" or wording.says("refusal", case.turn.text):
        return REFUSED
    return UNCLEAR


def _yes_no(case: Case) -> object:
    """Yes or no. "No" is believed however it goes on, "yes, but …" is asked about again: a yes has things done."""
    first, short = _first_word(case.turn.text), len(case.turn.text.split()) <= MOST_OF_A_YES
    asks = _ASKS_BESIDE.search(fold(case.turn.text)) is not None
    if _insists(case):
        return _keep(case, True)
    if case.turn.intent == "deny" or first in NO or _given_up(case):
        return _keep(case, False)
    agreed = case.turn.intent == "affirm" or (first in YES and short)
    return _keep(case, True) if agreed and not asks else UNCLEAR


def _insists(case: Case) -> bool:
    """Whether what is looked for is said to be missing still, which is as good as a yes to looking for it."""
    return case.asked in ("trace", "search", "look") and wording.says("not_there", case.turn.text)


def _first_word(text: str) -> str:
    return next(iter(re.findall(r"\w+", fold(text))), "")


def _whole(case: Case, most: int) -> object:
    number = _number_in(case.turn.text)
    return _keep(case, number) if number is not None and 0 <= number <= most else UNCLEAR


def _choice(case: Case, group: str) -> object:
    value = _picked(case, group)
    if value is not None:
        return _keep(case, value)
    return REFUSED if case.turn.intent == "deny" else UNCLEAR


def _picked(case: Case, group: str) -> str | None:
    """The choice that a message names: by its place, the words customers have for it, or its label."""
    turn = case.turn
    values = [value for value, *_ in case.choices]
    named = {str(value) for kind in ("product", "category", "brand") for value in turn.values(kind)}
    named |= {feature(wish.value) for wish in turn.attributes}
    meant = [value for value, _, *keys in case.choices if named & set(keys)]
    if len(meant) == 1:
        return meant[0]
    if case.asked == "order_id" and wording.says("latest", turn.text):
        return values[0]  # the newest stands first, and is not the last of the list
    folded = fold_digits(fold(turn.text)).strip()
    ordinal = next((value for value in turn.values("ordinal") if isinstance(value, int)), None)
    if ordinal is None and folded.isdigit():
        ordinal = int(folded)
    if ordinal is not None and (ordinal == -1 or 1 <= ordinal <= len(values)):
        return values[ordinal if ordinal < 0 else ordinal - 1]
    if group:
        called = [name for name in wording.named(group, turn.text) if name in values]
        if called:
            return called[0]
    if turn.intent == "affirm" and len(values) == 1:
        return values[0]
    if turn.intent in ("affirm", "deny") and case.asked in ASKED_OPENLY:
        return ASKED_OPENLY[case.asked][turn.intent == "deny"]
    return _by_label(case, folded)


def _bare_words(folded: str) -> set[str]:
    """The words of a text, without what Arabic writes onto their beginning."""
    return {_JOINED.sub("", word) for word in re.findall(r"\w+", folded)}


def _by_label(case: Case, folded: str) -> str | None:
    """The one choice that shares most words with the message."""
    said = {word for word in _bare_words(folded) if len(word) >= SHORTEST_TELLING}
    shared = [(len(said & _bare_words(fold_digits(fold(label)))), value) for value, label, *_ in case.choices]
    best = max((count for count, _ in shared), default=0)
    winners = [value for count, value in shared if count == best]
    return winners[0] if best and len(winners) == 1 else None
