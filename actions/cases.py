"""A case: one matter of service, worked through question by question, interrupted and taken up again as the customer likes.

An action of service subclasses `ServiceAction` and writes `serve(case)` as if all answers were there: the
case gives each answer that it has, and asks for the first that it has not, which ends the turn. The next
answer runs `serve` again from the top, so that nothing is done before the last question is answered.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from actions import answers
from actions import turn as turns
from actions.turn import Button, Part, TopicAction, Turn, payload
from bot.db.session import reading
from bot.shop import profile
from bot.support import mood, verification

CASE, PAUSED = "case", "paused_cases"  # slots
MOST_PAUSED = 3
MISSES_BEFORE_PERSON = 2
LONGEST_OPENING = 1000  # characters of the message that a case began with
ABOUT = ("product", "category", "brand")  # entities that say which piece a case is about
SOLVED = "solved"  # the case that asks whether the one before is
UPLOADED = "uploaded"  # what the page for photos says (bot/gateway/service_pages.py)
RESUME = "resume"  # what the button of a reminder picks

Choice = tuple[str, ...]  # value, label, and codes of the catalogue that mean it too


class Waiting(Exception):
    """The case waits for the customer."""


class Case:
    """The matter at hand, and the turn that goes on with it."""

    def __init__(self, turn: Turn, kind: str, kept: dict[str, Any] | None = None) -> None:
        self.turn = turn
        self.kind = kind
        kept = kept or {}
        self.data: dict[str, Any] = dict(kept.get("data") or {})
        self.asked: str = kept.get("asked") or ""
        self.expects: str = kept.get("expects") or ""
        self.choices: list[list[str]] = list(kept.get("choices") or [])
        self.misses: int = int(kept.get("misses") or 0)
        self.fresh: bool = bool(kept.get("fresh", True))  # nothing else was talked about since it was asked
        self.unclear = False  # the last message did not answer the question
        self.open = True

    def to_slot(self) -> dict[str, Any] | None:
        """As kept between turns; None once it is over."""
        if not self.open:
            return None
        return {
            "kind": self.kind,
            "data": self.data,
            "asked": self.asked,
            "expects": self.expects,
            "choices": self.choices,
            "misses": self.misses,
        }

    # Asking.

    def wait_for(self, name: str, expects: str, choices: Sequence[Choice] = ()) -> Waiting:
        """Note what was asked; to be raised."""
        self.asked, self.expects, self.choices = name, expects, [list(choice) for choice in choices]
        self.turn.outcome("open", order_number=self.data.get("order_number"))
        return Waiting()

    def ask(
        self,
        name: str,
        expects: str,
        response: str,
        /,
        *parts: Part,
        choices: Sequence[Choice] = (),
        buttons: Sequence[Button] = (),
        **variables: Any,
    ) -> Any:
        """The answer called `name`; asked for with a response when it is not there yet.

        Args:
            expects: how the answer is read, see `actions/answers.py`.
            choices: what may be chosen, as buttons.
            buttons: further quick replies.

        Raises:
            Waiting: it was asked for.
        """
        if name in self.data:
            return self.data[name]
        if self.unclear and self.asked == name:
            self.turn.say("utter_case_unclear")
        shown = [{"label": label, "payload": payload("answer", pick=value)} for value, label, *_ in choices]
        self.turn.say(response, *parts, buttons=[*shown, *buttons] or None, **variables)
        raise self.wait_for(name, expects, choices)

    def pick(self, name: str, response: str, choices: Sequence[Choice], group: str = "", /, **variables: Any) -> str:
        """One of several; `group` names the customers' words for them (data/words/service.yml)."""
        return str(self.ask(name, f"pick {group}".strip(), response, choices=choices, **variables))

    def yes(self, name: str, response: str, /, *parts: Part, **variables: Any) -> bool:
        """Whether the customer wants it."""
        buttons = [self.turn.link("label_yes", "affirm"), self.turn.link("label_no", "deny")]
        return bool(self.ask(name, "yes_no", response, *parts, buttons=buttons, **variables))

    # Ending.

    def end(self, outcome: str, *, done: bool = False) -> None:
        """The case is over. `done`: something was done, so that it is worth asking later whether it is solved."""
        self.open = False
        self.turn.outcome(outcome, order_number=self.data.get("order_number"))
        if done:
            self.turn.set("served", self.kind)

    def offer_person(self, response: str, reason: str = "", **variables: Any) -> None:
        """Say why it ends here and offer a colleague; the case is over."""
        self.end("unknown")
        self.turn.ask("handoff", team="service", reason=reason or self.kind)
        buttons = [self.turn.link("label_yes_colleague", "talk_to_agent"), self.turn.link("label_not_now", "deny")]
        self.turn.say(response, buttons=buttons, **variables)

    # In words.

    def number_of(self, number: str) -> str:
        """An order's, a return's or a ticket's number inside a sentence."""
        return self.turn.locale.isolate(self.turn.locale.digits_of(number))

    def day(self, value: Any) -> str:
        """A day in words."""
        with reading() as session:
            return self.turn.locale.day(value, profile.read(session).today())

    def moment(self, value: Any) -> str:
        """A day and time in words, by the shop's clock."""
        with reading() as session:
            shop = profile.read(session)
        local = value.astimezone(shop.zone)
        day = self.turn.locale.day(local.date(), shop.today())
        return self.turn.words("phrase_day_at_time", day=day, time=self.turn.locale.time(local.replace(minute=0)))


class ServiceAction(TopicAction):
    """Base of the actions that serve: opens a case for an intent, and goes on with it at every answer.

    Class attributes:
        serves: the intents that open it; the case is called by its intent.
    """

    side = "service"
    serves: ClassVar[tuple[str, ...]] = ()

    def topic_of(self, turn: Turn) -> tuple[str, str]:
        return turn.intent, self.side

    @abstractmethod
    def serve(self, case: Case) -> None:
        """Go through the case: ask for what is missing, do it, say it, and end the case."""

    def answer(self, turn: Turn) -> None:
        """A new case; one that is open already is put aside, or begun anew if it is the same need."""
        kept = turn.slot(CASE)
        if kept and kept["kind"] not in (turn.intent, SOLVED) and kept.get("asked"):
            paused = [other for other in turn.slot(PAUSED) or [] if other["kind"] not in (turn.intent, kept["kind"])]
            turn.set(PAUSED, [*paused, kept][-MOST_PAUSED:])
        same = kept if kept and kept["kind"] == turn.intent else None
        case = Case(turn, turn.intent, same)
        if not turn.button:
            case.data["opening"] = turn.text[:LONGEST_OPENING]
            case.data["about"] = [str(value) for kind in ABOUT for value in turn.values(kind)]
            case.data["features"] = [answers.feature(wish.value) for wish in turn.attributes]
        answers.absorb(case)
        go_on(self, case)


def go_on(action: ServiceAction, case: Case) -> None:
    """Serve a case as far as its answers go, and keep it."""
    try:
        action.serve(case)
    except Waiting:
        verification.keep_alive(case.turn.conversation_id)
    case.turn.set(CASE, case.to_slot())
    case.turn.set("case_reminded", None)


def registered() -> dict[str, ServiceAction]:
    """The actions of service by the intents they serve."""

    return {intent: kind() for kind in ServiceAction.__subclasses__() for intent in kind.serves}


class Answer(TopicAction):
    """A button that answers the question of the open case."""

    action = "action_answer"
    side = "service"

    def topic_of(self, turn: Turn) -> tuple[str, str]:
        return _filed_under(str((turn.slots.get(CASE) or {}).get("kind") or ""))

    def answer(self, turn: Turn) -> None:
        if turn.slot(CASE):
            _take(turn, turn.slot(CASE))
        else:
            turn.say("utter_nothing_open")


def take_answer(turn: Turn) -> tuple[str, str] | None:
    """Take a message as the answer to the question of the open case, if it is one; topic and side."""
    kept = turn.slot(CASE)
    if turn.intent == "answer" or not answers.is_answer(Case(turn, kept["kind"], kept)):
        return None
    _take(turn, kept)
    return _filed_under(kept["kind"])


def _take(turn: Turn, kept: dict[str, Any]) -> None:
    case = Case(turn, kept["kind"], kept)
    picked = turn.value("pick")
    if picked == RESUME or (picked == UPLOADED and case.expects != "photo"):
        go_on(registered()[case.kind], case)
        return
    taken = answers.take(case)
    if taken is answers.LEFT:
        case.end("answered")
        turn.say("utter_case_left")
    elif taken is answers.REFUSED:
        _leave(case)
    elif taken is answers.UNCLEAR and case.misses + 1 >= MISSES_BEFORE_PERSON:
        case.offer_person("utter_case_stuck")
    else:
        case.unclear = taken is answers.UNCLEAR
        case.misses = case.misses + 1 if case.unclear else 0
        go_on(registered()[case.kind], case)
        return
    turn.set(CASE, case.to_slot())


def _leave(case: Case) -> None:
    """The customer does not want to say or do it."""
    if case.expects in ("number", "contact", "code"):
        case.offer_person("utter_proof_refused", "proof_refused")
        return
    case.end("answered")
    case.turn.say("utter_case_left")


def afterwards(turn: Turn) -> None:
    """After any answer: go on with what else the customer wants, with what was put aside, or be reminded of it."""
    serving = CASE in turn.changes
    case = turn.slot(CASE)
    if case and not serving:
        turn.set(CASE, {**case, "fresh": False})
    if turn.changes.get("question") or (turn.record is not None and turn.record.outcome == "handed_over"):
        return
    if case is None and serving and turn.slot(PAUSED):
        _take_up(turn)
    elif case is None and serving and turn.slot("served"):
        _ask_if_solved(turn)
    elif case and not serving and case.get("asked"):
        _remind(turn, case)


def _take_up(turn: Turn) -> None:
    *others, kept = turn.slot(PAUSED)
    turn.set(PAUSED, others or None)
    turn.say("utter_back_to", topic=topic_in_words(turn, kept["kind"]))
    turn.entities = []
    ended = turn.record
    go_on(registered()[kept["kind"]], Case(turn, kept["kind"], kept))
    # Two matters in one message, each filed as it stands.
    if turn.record is not None:
        turn.also.append(turn.record.of(kept["kind"], ServiceAction.side))
    turn.record = ended


def _ask_if_solved(turn: Turn) -> None:
    case = Case(turn, SOLVED, {"data": {"topic": turn.slot("served")}})
    turn.set("served", None)
    if not turn.slot("judged"):
        ended = turn.record
        go_on(registered()[SOLVED], case)
        turn.record = ended  # the matter ended as it did, whether or not the customer says how it went


def _filed_under(kind: str) -> tuple[str, str]:
    """Topic and side of what goes on with a case; how something went is no matter of its own."""
    return ("", "") if kind == SOLVED else (kind, ServiceAction.side)


def _remind(turn: Turn, case: dict[str, Any]) -> None:
    """Bring the open question up again: asked anew in another language, else once as a remark that asks nothing."""
    if case["kind"] == SOLVED:
        turn.set(CASE, None)
        return
    if turn.intent == "change_language":
        go_on(registered()[case["kind"]], Case(turn, case["kind"], case))
        return
    if not turn.slot("case_reminded"):
        turn.set("case_reminded", True)
        button = {"label": turn.words("label_go_on_with_it"), "payload": payload("answer", pick=RESUME)}
        turn.say("utter_case_reminder", buttons=[button], topic=topic_in_words(turn, case["kind"]))


TOPICS = {
    "order_status": "phrase_case_order",
    "delivery_problem": "phrase_case_delivery",
    "cancel_order": "phrase_case_cancel",
    "change_order": "phrase_case_change",
    "change_address": "phrase_case_address",
    "invoice_request": "phrase_case_invoice",
    "payment_problem": "phrase_case_payment",
    "return_item": "phrase_case_return",
    "exchange_item": "phrase_case_exchange",
    "refund_request": "phrase_case_refund",
    "refund_status": "phrase_case_refund",
    "damaged_or_wrong_item": "phrase_case_damage",
    "warranty_info": "phrase_case_warranty",
    "complaint": "phrase_case_complaint",
    "give_feedback": "phrase_case_feedback",
    "account_access": "phrase_case_account",
    "account_manage": "phrase_case_account",
}


def topic_in_words(turn: Turn, kind: str) -> str:
    """What a case is about, as part of a sentence."""
    return turn.words(TOPICS[kind])


def feeling(turn: Turn) -> int:
    """Mood of the conversation (bot/support/mood.py)."""
    return int(turn.slot("mood") or 0)


def severity(turn: Turn, urgent: str = "") -> int:
    """How much sooner a person has to come, as the queue counts it."""
    return mood.severity(feeling(turn), urgent)


turns.TAKERS[CASE] = take_answer
turns.AFTERWARDS.append(afterwards)
