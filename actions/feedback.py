"""Afterwards: whether it is solved, one to five and a word, a check some days later; ideas, praise and criticism."""

from __future__ import annotations

from actions.answers import LATER
from actions.cases import SOLVED, Case, ServiceAction
from bot.support import mood, satisfaction, tickets

WORDS_OF_FEEDBACK = 4
THANKS = {
    "idea": "utter_thanks_for_idea",
    "praise": "utter_thanks_for_praise",
    "criticism": "utter_thanks_for_criticism",
}
STILL_OPEN = frozenset(
    {"delivery_problem", "complaint", "damaged_or_wrong_item", "warranty_info", "payment_problem", "refund_status"}
)


class Solved(ServiceAction):
    """Opened by no message, but by a case that came to its end."""

    action = "action_solved"
    serves = (SOLVED,)

    def serve(self, case: Case) -> None:
        turn, topic = case.turn, str(case.data.get("topic") or "")
        if topic in STILL_OPEN:  # a person is at it: ask later, if that is welcome
            if case.yes("check", "utter_offer_check_back"):
                days = satisfaction.agree_to_check_back(turn.conversation_id, topic)
                turn.say("utter_check_back_agreed", days=turn.locale.counted("day", days))
            else:
                turn.say("utter_no_check_back")
            case.end("ticket")
            turn.set("judged", True)
            return
        solved = case.yes("solved", "utter_ask_solved")
        if not solved and mood.read(turn.text).calm:  # "no, thanks" wants nothing more
            turn.say("utter_no_check_back")
            turn.set("judged", True)
            case.end("solved")
            return
        if "rated_for" not in case.data:
            satisfaction.note_solved(turn.conversation_id, turn.message_id, topic, solved)
            case.data["rated_for"] = turn.message_id
        turn.set("judged", True)
        if not solved:
            self._reopen(case)
            return
        rating = case.ask("rating", "rating", "utter_ask_rating", choices=[(str(n), "★" * n) for n in (5, 4, 3, 2, 1)])
        if rating != LATER:
            satisfaction.note_rating(turn.conversation_id, int(rating))
            word = case.ask("word", "optional", "utter_ask_word")
            if word != LATER:
                satisfaction.note_word(turn.conversation_id, str(word))
        turn.say("utter_rated")
        case.end("solved")

    @staticmethod
    def _reopen(case: Case) -> None:
        opened = tickets.reopen(case.turn.conversation_id)
        if opened is not None:
            number, when = case.number_of(opened.number), case.moment(opened.due_at)
            case.turn.say("utter_ticket_reopened", number=number, when=when)
        case.offer_person("utter_not_solved", "not_solved")


class GiveFeedback(ServiceAction):
    action = "action_give_feedback"
    serves = ("give_feedback",)

    def serve(self, case: Case) -> None:
        opening = str(case.data.get("opening") or "")
        if "text" not in case.data and len(opening.split()) >= WORDS_OF_FEEDBACK and not _asks_to(opening):
            case.data["text"] = opening
        text = str(case.ask("text", "story", "utter_ask_feedback"))
        kind = satisfaction.note_feedback(case.turn.conversation_id, case.turn.message_id, text)
        case.turn.say(THANKS[kind])
        case.end("answered")


def _asks_to(text: str) -> bool:
    """Whether a message only asks to give feedback ("how can I rate you?")."""
    return text.rstrip().endswith(("?", "؟")) or text.casefold().startswith(
        ("i want to", "i'd like to", "ابغى", "أريد")
    )
