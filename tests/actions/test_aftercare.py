"""Guides walked, faults looked for, maintenance told and pages quoted, as the action server does it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.clock import moved_by
from bot.conversation import follow_ups
from bot.db.models import Conversation, FollowUp, Handoff, Message
from bot.db.session import reading, writing
from bot.support.guides import embeddings
from bot.support.guides.importing import import_guides
from tests.actions.talk import Reply, Talk, entity

KIND = "pillows"
GUIDE_EN = f"""---
guide: first-night
kind: setup
categories: [{KIND}]
safety: "Keep it away from fire."
---

# Your pillow's first night

1. Take it out of the bag.
2. Shake it for a minute.

   > Shake it in the sun.
3. Put the cover on.
"""
GUIDE_AR = """---
guide: first-night
kind: setup
---

# أول ليلة مع الوسادة

1. أخرجها من الكيس.
2. انفضها دقيقة.

   > انفضها في الشمس.
3. ألبسها الغطاء.
"""
TREE = f"""tree: pillows
categories: [{KIND}]
title: {{en: A flat pillow, ar: وسادة مسطحة}}
safety: {{en: Open a window., ar: افتح نافذة.}}
symptoms:
  flat:
    label: {{en: It stays flat, ar: تبقى مسطحة}}
    says: {{en: ["doesn't rise", "is flat"], ar: ["ما ترتفع", "مفلطحة"]}}
    start: wait
  smells:
    label: {{en: It smells, ar: رائحتها غريبة}}
    says: {{en: ["bad smell", "odour"], ar: ["ريحتها"]}}
    start: colour
nodes:
  wait:
    try: {{en: Let it lie for a day., ar: اتركها يومًا.}}
    tried: {{en: ["left it for a day", "waited a day"], ar: ["تركتها يوم"]}}
    next: torn
  torn:
    ask: {{en: "Is a seam torn?", ar: "هل انفتقت خياطة؟"}}
    answers: {{"yes": defect, "no": person}}
    unsure: person
  colour:
    ask: {{en: "Which colour is the label?", ar: "ما لون البطاقة؟"}}
    answers:
      - label: {{en: Blue, ar: أزرق}}
        go: air
      - label: {{en: Red or orange, ar: أحمر أو برتقالي}}
        says: {{en: [reddish], ar: [محمر]}}
        go: defect
    unsure: person
  air:
    try: {{en: Hang it outside., ar: علّقها في الهواء.}}
    next: person
  defect: {{end: warranty, say: {{en: "Then it is a defect.", ar: "إذن هو عيب."}}}}
  person: {{end: human}}
---
plan: pillows
categories: [{KIND}]
title: {{en: Pillow care, ar: العناية بالوسادة}}
tasks:
  wash:
    name: {{en: Wash the cover, ar: غسل الغطاء}}
    every_days: 7
    parts: [{{name: {{en: spare cover, ar: غطاء بديل}}}}]
  turn: {{name: {{en: Turn it, ar: قلبها}}, every_months: 1, guide: first-night}}
"""
PAGE = "# Gift wrapping\n\nWe wrap small things as gifts for SAR 15, with a card of up to 200 characters."


@pytest.fixture
def guided(shop: None, tmp_path: Path) -> Iterator[None]:
    """The bedding shop with a guide, a tree, a plan and a help page."""
    files = {"a.en.md": GUIDE_EN, "b.ar.md": GUIDE_AR, "trees.yml": TREE, "gifts.en.md": PAGE}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    report = import_guides(tmp_path)
    assert report.applied, report.refused
    with writing() as session:
        while embeddings.refresh(session):
            pass
    yield


pytestmark = pytest.mark.usefixtures("guided")


def _press(talk: Talk, reply: Reply, label: str) -> list[Reply]:
    """Press the button whose label holds some words."""
    button = next(button for button in reply.buttons if label in button["label"])
    intent, _, values = button["payload"].removeprefix("/").partition("{")
    found = json.loads("{" + values) if values else {}
    action = {"go_on": "action_go_on", "troubleshoot_product": "action_troubleshoot"}[intent]
    said = [entity(kind, value) for kind, value in found.items()]
    return talk.turn(action, intent, button["label"], *said, button=True, confidence=1.0)


def _step(reply: Reply) -> tuple[int, str]:
    part = next(part for part in reply.parts if part["type"] == "steps")
    return part["start"], part["steps"][0]["text"]


def _setup(talk: Talk, text: str = "how do I set up the pillow") -> list[Reply]:
    return talk.turn("action_setup_guide", "installation_help", text, entity("category", KIND))


def _fault(talk: Talk, text: str) -> list[Reply]:
    return talk.turn("action_troubleshoot", "troubleshoot_product", text, entity("category", KIND))


def _says(talk: Talk, text: str, intent: str = "nlu_fallback", **more: Any) -> Reply:
    """A typed message that understanding may have taken for anything."""
    action = {"nlu_fallback": "action_default_fallback", "deny": "action_deny", "affirm": "action_affirm"}[intent]
    return talk(action, intent, text, confidence=more.pop("confidence", 0.3), ranking=[], **more)


def test_a_guide_is_begun_with_safety_first_and_walked_to_its_end() -> None:
    talk = Talk()
    begun = _setup(talk)
    assert [reply.response for reply in begun] == ["utter_guide_begin", "utter_safety_first", "utter_guide_step"]
    assert "Keep it away from fire." in begun[1].text and "3 steps" in begun[0].text
    assert _step(begun[2]) == (1, "Take it out of the bag.")
    assert _step(_press(talk, begun[2], "Done")[0]) == (2, "Shake it for a minute.")
    assert _step(_says(talk, "ok, next")) == (3, "Put the cover on.")
    back = _says(talk, "go back")
    assert _step(back) == (2, "Shake it for a minute.")
    assert _step(_says(talk, "once more please")) == (2, "Shake it for a minute.")
    last = _says(talk, "done")
    end = _press(talk, last, "Done")[0]
    assert end.response == "utter_guide_done" and not talk.slots["walks"]
    assert _says(talk, "yes", "affirm", confidence=0.95).response == "utter_glad_it_works"


def test_pressing_next_twice_goes_on_once() -> None:
    talk = Talk()
    first = _setup(talk)[-1]
    assert _step(_press(talk, first, "Done")[0])[0] == 2
    assert _step(_press(talk, first, "Done")[0])[0] == 2


def test_a_step_that_does_not_work_brings_its_hint_then_the_search_or_a_person() -> None:
    talk = Talk()
    _setup(talk)
    _says(talk, "next")
    hint = _says(talk, "that doesn't work")
    assert hint.response == "utter_guide_trouble" and "Shake it in the sun." in hint.text
    failed = _press(talk, hint, "Still")[0]
    assert failed.response == "utter_guide_failed" and "step 2" in failed.text
    assert talk.slots["question"]["kind"] == "handoff"
    found = _press(talk, failed, "Find the cause")
    assert found[-1].response == "utter_which_symptom"


def test_another_topic_in_between_and_back() -> None:
    talk = Talk()
    _setup(talk)
    _says(talk, "next")
    replies = talk.turn("action_store_info", "store_info", "when do you open", confidence=0.95)
    assert replies[-1].response == "utter_walk_reminder"
    resumed = _says(talk, "yes please", "affirm", confidence=0.95)
    assert _step(resumed) == (2, "Shake it for a minute.")


def test_a_guide_is_gone_on_with_the_next_day() -> None:
    talk = Talk()
    _setup(talk)
    _says(talk, "next")
    talk.turn("action_store_info", "store_info", "when do you open", confidence=0.95)
    talk.turn("action_thanks", "thanks", "thanks", confidence=0.95)
    offer = _setup(talk, "the pillow again please")[-1]
    assert offer.response == "utter_guide_left_at" and "step 2" in offer.text
    assert _step(_press(talk, offer, "Go on")[0]) == (2, "Shake it for a minute.")
    talk.turn("action_greet", "greet", "hello", confidence=0.95)
    assert _step(_says(talk, "where were we?")) == (2, "Shake it for a minute.")


def test_the_language_may_change_in_the_middle() -> None:
    talk = Talk()
    _setup(talk)
    _says(talk, "next")
    talk.language = talk.slots["language"] = "ar"
    assert _step(_says(talk, "التالي")) == (3, "ألبسها الغطاء.")


def test_which_product_is_asked_for_and_the_answer_goes_on_with_what_was_told() -> None:
    talk = Talk()
    asked = talk("action_troubleshoot", "troubleshoot_product", "it stays flat")
    assert asked.response == "utter_help_which"
    replies = talk.turn(
        "action_product_search", "product_search", "the pillow", entity("category", KIND), confidence=0.9
    )
    assert [reply.response for reply in replies] == ["utter_fault_safety_first", "utter_fault_try"]
    assert "Let it lie for a day." in replies[1].text


def test_a_fault_is_searched_to_a_claim_with_safety_first() -> None:
    talk = Talk()
    begun = _fault(talk, "my pillow is flat")
    assert "Open a window." in begun[0].text and "Let it lie for a day." in begun[1].text
    asked = _says(talk, "no, still the same", "deny", confidence=0.9)
    assert "Is a seam torn?" in asked.text
    end = _says(talk, "yes it is")
    assert end.response == "utter_fault_warranty_told" and "defect" in end.text
    assert end.payloads[0] == f'/warranty_info{{"category":"{KIND}"}}'


def test_not_knowing_goes_on_and_ends_with_a_person_who_sees_all_that_was_tried() -> None:
    talk = Talk()
    _fault(talk, "my pillow is flat")
    _says(talk, "nope")
    end = _says(talk, "I don't know")
    assert end.response == "utter_fault_person"
    talk.turn("action_affirm", "affirm", "yes", confidence=0.95)
    with reading() as session:
        handoff = session.execute(select(Handoff)).scalars().one()
    told = handoff.summary["tried"]
    assert handoff.reason == "troubleshoot_product"
    assert told == ["It stays flat", "Let it lie for a day. – Still the same", "Is a seam torn? – I don't know"]


def test_what_was_tried_already_is_skipped_and_told() -> None:
    talk = Talk()
    begun = _fault(talk, "the pillow is flat, I already waited a day")
    assert "Is a seam torn?" in begun[-1].text
    talk("action_handoff", "talk_to_agent", "give me a person", confidence=0.95)
    with reading() as session:
        told = session.execute(select(Handoff.summary)).scalars().one()["tried"]
    assert "Let it lie for a day. – Tried before" in told


def test_an_answer_in_free_words_and_one_that_is_none() -> None:
    talk = Talk()
    asked = _fault(talk, "the pillow has a bad smell")[-1]
    assert [button["label"] for button in asked.buttons] == ["Blue", "Red or orange", "I don't know"]
    unclear = _says(talk, "bananas")
    assert unclear.response == "utter_fault_unclear" and "Which colour" in unclear.text
    assert "Hang it outside." in _says(talk, "it's blue I think").text


def test_two_answers_that_are_none_offer_a_person() -> None:
    talk = Talk()
    _fault(talk, "the pillow has a bad smell")
    _says(talk, "bananas")
    assert _says(talk, "more bananas").response == "utter_fault_not_understood"


def test_a_button_of_an_earlier_question_answers_that_one_anew() -> None:
    talk = Talk()
    asked = _fault(talk, "the pillow has a bad smell")[-1]
    _press(talk, asked, "Blue")
    assert _press(talk, asked, "Red")[0].response == "utter_fault_warranty_told"


def test_danger_stops_everything_and_a_person_comes_first() -> None:
    talk = Talk()
    replies = _fault(talk, "there is smoke coming out of the pillow")
    assert replies[0].response == "utter_danger" and replies[1].response == "utter_handoff"
    with reading() as session:
        handoff = session.execute(select(Handoff)).scalars().one()
    assert (handoff.reason, handoff.severity) == ("danger", 3)


@pytest.mark.parametrize(
    ("text", "intent", "warning"),
    [
        ("my child swallowed a battery", "out_of_scope", "utter_danger_swallowed"),
        ("my toddler ate one of the button batteries", "product_search", "utter_danger_swallowed"),
        ("ابني بلع بطاريه الماوس", "product_search", "utter_danger_swallowed"),
        ("البطارية بلعتها بنتي", "product_info", "utter_danger_swallowed"),
        ("بطارية اللابتوب منتفخة", "product_search", "utter_danger"),
        ("the battery in my phone looks bloated", "product_info", "utter_danger"),
        ("I smell gas", "out_of_scope", "utter_danger_gas"),
        ("اشم ريحة غاز", "product_search", "utter_danger_gas"),
        ("بطارية اللابتوب منتفخة", "nlu_fallback", "utter_danger"),
        ("there is smoke in the room", "order_status", "utter_danger"),
    ],
)
def test_danger_comes_before_whatever_a_message_was_taken_for(text: str, intent: str, warning: str) -> None:
    replies = Talk().turn("action_default_fallback", intent, text)
    assert [reply.response for reply in replies] == [warning, "utter_handoff"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("is the smoke grey one in stock", "check_availability"),
        ("هل فيه لون دخان", "product_search"),
        ("this phone swallows batteries", "complaint"),
    ],
)
def test_words_of_danger_that_mean_none(text: str, intent: str) -> None:
    responses = [reply.response for reply in Talk().turn("action_default_fallback", intent, text)]
    assert not any(response.startswith("utter_danger") for response in responses)


def test_a_clear_question_about_something_else_is_answered_in_the_middle() -> None:
    talk = Talk()
    _fault(talk, "the pillow has a bad smell")
    replies = talk.turn("action_delivery_options", "delivery_options", "do you deliver to Dubai", confidence=0.95)
    assert replies[0].response.startswith("utter_delivery") and replies[-1].response == "utter_walk_reminder"
    assert "Which colour" in _press(talk, replies[-1], "Go on")[0].text


def test_the_plan_is_told_and_its_days_once_the_purchase_is_known() -> None:
    talk = Talk()
    plan = talk("action_maintenance", "maintenance_service", "what care does it need, when", entity("category", KIND))
    assert plan.response == "utter_plan_ask_bought"
    assert plan.rows == [["Wash the cover", "every week"], ["Turn it", "every month"]]
    due = talk(
        "action_default_fallback", "nlu_fallback", "bought it yesterday",
        entity("date", (date.today() - timedelta(days=1)).isoformat()), confidence=0.3,
    )  # fmt: skip
    assert due.response == "utter_plan_due" and len(due.rows[0]) == 3
    noted = _press(talk, due, "Remind me")[0]
    assert noted.response == "utter_reminder_noted" and "Wash the cover" in noted.text


def test_a_reminder_is_sent_on_its_day() -> None:
    talk = Talk()
    move = {"to": "remind", "plan": "pillows", "task": "wash", "on": date.today().isoformat(), "category": KIND}
    talk("action_go_on", "go_on", "", entity("move", move), button=True)
    with moved_by(timedelta(days=1)):
        sent = 0
        with writing() as session:
            session.execute(update(Conversation).values(owner="bot"))
        for hours in (0, 12):  # one of them is by day at the shop
            with moved_by(timedelta(days=1, hours=hours)):
                sent += follow_ups.send_due()
        assert sent == 1
    with reading() as session:
        assert session.execute(select(FollowUp.state)).scalars().one() == "sent"
        parts = session.execute(select(Message.parts)).scalars().one()
    assert "Wash the cover" in parts[0]["text"]


def test_parts_are_named() -> None:
    talk = Talk("ar")
    reply = talk("action_maintenance", "maintenance_service", "عندكم قطع غيار للوسادة؟", entity("category", KIND))
    assert reply.response == "utter_parts_named" and "غطاء بديل" in reply.text


def test_a_help_page_answers_before_anyone_says_that_it_was_not_understood() -> None:
    talk = Talk()
    reply = _says(talk, "can you wrap it as a gift?")
    assert reply.response == "utter_help_quote" and "SAR 15" in reply.text
    assert reply.parts[0] == {"type": "link", "label": "Read more: Gift wrapping", "url": "/help/gifts?lang=en"}
    assert _says(talk, "xyzzy plugh").response != "utter_help_quote"


def test_without_anything_written_a_person_is_offered() -> None:
    talk = Talk()
    reply = talk("action_setup_guide", "installation_help", "how do I put it up", entity("category", "duvets"))
    assert reply.response in ("utter_offer_installation_help", "utter_help_which")


def test_what_was_helped_with_is_meant_by_what_follows() -> None:
    talk = Talk()
    talk("action_maintenance", "maintenance_service", "when is care due", entity("category", KIND))
    assert talk("action_maintenance", "maintenance_service", "spare parts for it?").response == "utter_parts_named"


def test_a_reminder_may_be_asked_for_in_words() -> None:
    talk = Talk()
    talk("action_maintenance", "maintenance_service", "when is care due", entity("category", KIND))
    yesterday = entity("date", (date.today() - timedelta(days=1)).isoformat())
    talk("action_default_fallback", "nlu_fallback", "bought it yesterday", yesterday, confidence=0.3)
    assert _says(talk, "yes, remind me please").response == "utter_reminder_noted"


def test_two_faults_at_once_are_seen_to_one_after_the_other() -> None:
    talk = Talk()
    _setup(talk)
    _says(talk, "next")
    _says(talk, "stop")
    _fault(talk, "my pillow is flat")
    replies = talk.turn("action_affirm", "affirm", "that helped", confidence=0.9)
    assert [reply.response for reply in replies] == ["utter_fault_solved", "utter_walk_reminder"]
    assert _step(_says(talk, "yes", "affirm", confidence=0.95)) == (2, "Shake it for a minute.")


def test_a_question_is_asked_again_in_the_language_changed_to() -> None:
    talk = Talk()
    _fault(talk, "the pillow has a bad smell")
    replies = talk.turn("action_change_language", "change_language", "arabic please", entity("language", "ar"))
    assert [reply.response for reply in replies] == ["utter_language_changed", "utter_fault_resumed"]
    assert "ما لون البطاقة؟" in replies[1].text
    talk.language = "ar"
    assert "علّقها في الهواء." in _says(talk, "ازرق").text


def test_what_is_only_guessed_to_be_about_another_product_stays_with_the_step() -> None:
    talk = Talk()
    _setup(talk)
    reply = talk(
        "action_product_info", "product_info", "the light is red, what now?",
        entity("category", "throws", "light"), confidence=0.5,
    )  # fmt: skip
    assert reply.response == "utter_guide_unclear" and _step(reply)[0] == 1


def test_next_that_means_nothing_else_goes_on_with_the_steps() -> None:
    talk = Talk()
    _setup(talk)
    talk.turn("action_policy", "warranty_info", "is there a warranty", confidence=0.95)
    talk.slots["question"] = {"kind": "handoff", "team": "service", "reason": "x"}
    assert _step(_says(talk, "next"))[0] == 1


@pytest.mark.parametrize("text", ["i don't understand", "ما فهمت"])
def test_who_does_not_understand_a_step_sees_it_again(text: str) -> None:
    talk = Talk()
    _setup(talk)
    _says(talk, "next")
    assert _says(talk, text, "deny").response == "utter_guide_again"


@pytest.mark.parametrize(
    ("language", "text"), [("en", "take me back to the pillow steps"), ("ar", "ارجع لخطوات الوسادة")]
)
def test_back_to_the_steps_of_something_returns_nothing(language: str, text: str) -> None:
    talk = Talk(language)
    _setup(talk)
    _says(talk, "next")
    talk.turn("action_store_info", "store_info", "when do you open", confidence=0.95)
    named = entity("category", KIND)
    resumed = talk("action_return_item", "return_item", text, named, confidence=0.93)
    assert resumed.response == "utter_guide_resumed" and _step(resumed)[0] == 2
    begun = Talk(language).turn("action_return_item", "return_item", text, named, confidence=0.93)
    assert _step(begun[-1])[0] == 1


@pytest.mark.parametrize("text", ["ازاي اظبط الوسادة", "how to set up my pillow"])
def test_making_ready_is_no_care(text: str) -> None:
    talk = Talk()
    begun = talk.turn("action_maintenance", "maintenance_service", text, entity("category", KIND))
    assert begun[0].response.startswith("utter_guide_begin")
