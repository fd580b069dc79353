"""Small talk, the language, yes and no, a person, and what was not understood."""

from __future__ import annotations

from itertools import pairwise

import pytest
from sqlalchemy import select

from bot.db.models import Handoff, Team
from bot.db.session import reading, writing
from tests.actions.talk import Reply, Talk, entity

pytestmark = pytest.mark.usefixtures("shop")


def unsure(talk: Talk, text: str, *ranking: str, entities: tuple[dict[str, object], ...] = ()) -> Reply:
    scores = [{"name": name, "confidence": 0.3 - 0.05 * place} for place, name in enumerate(ranking)]
    ranked = [{"name": "nlu_fallback", "confidence": 0.4}, *scores]
    return talk("action_default_fallback", "nlu_fallback", text, *entities, ranking=ranked)


def handoffs(talk: Talk) -> list[Handoff]:
    with reading() as session:
        return list(session.execute(select(Handoff).where(Handoff.conversation_id == talk.id)).scalars())


def test_a_fresh_conversation_is_welcomed_once() -> None:
    talk = Talk()
    welcome = talk("action_greet", "greet", "hi")
    assert welcome.text == "Welcome to Nawm. Looking for something, or is it about an order?"
    assert welcome.payloads == ["/product_search{}", "/order_status{}", "/talk_to_agent{}"]
    assert talk("action_greet", "greet", "hello").response == "utter_greet"


def test_peace_is_answered_with_peace() -> None:
    talk = Talk("ar")
    assert talk("action_greet", "greet", "السَّلام عليكم").text.startswith("وعليكم السلام")
    assert talk("action_greet", "greet", "سلام عليكم").text.startswith("وعليكم السلام")


def test_thanks_never_sound_the_same_twice() -> None:
    talk = Talk("ar")
    texts = [talk("action_thanks", "thanks", "شكرا").text for _ in range(4)]
    assert len(set(texts)) == 4


def test_it_says_that_it_is_a_program_and_whose() -> None:
    reply = Talk()("action_bot_challenge", "bot_challenge", "are you human?")
    assert "program" in reply.text and "Nawm" in reply.text
    assert reply.payloads == ["/talk_to_agent{}"]


@pytest.mark.parametrize(("language", "to"), [("en", "ar"), ("ar", "en")])
def test_the_language_changes_and_says_so_in_the_new_one(language: str, to: str) -> None:
    talk = Talk(language)
    reply = talk("action_change_language", "change_language", "x", entity("language", to))
    assert talk.slots["language"] == to
    assert ("العربية" in reply.text) == (to == "ar")


def test_a_language_that_is_not_named_is_the_other_one() -> None:
    talk = Talk("ar")
    assert talk("action_change_language", "change_language", "غير اللغة").text.startswith("Sure, English")
    assert talk("action_change_language", "change_language", "x", entity("language", "fr")).text.startswith("أكيد")


def test_yes_and_no_without_a_question() -> None:
    talk = Talk()
    assert talk("action_affirm", "affirm", "ok").response == "utter_affirm"
    assert talk("action_deny", "deny", "no").response == "utter_deny"


def test_the_first_miss_offers_the_likeliest_needs() -> None:
    talk = Talk()
    reply = unsure(talk, "the thing with the stuff", "change_address", "order_status", "deny")
    assert reply.response == "utter_fallback"
    assert reply.buttons == [
        {"label": "Change the address", "payload": "/change_address{}"},
        {"label": "Where is my order?", "payload": "/order_status{}"},
        {"label": "Find a product", "payload": "/product_search{}"},
    ]
    assert talk.slots["misses"] == 1


def test_choices_take_along_what_was_named() -> None:
    reply = unsure(
        Talk(), "hmm 1001", "order_status", "cancel_order", entities=(entity("order_number", "1001", "1001"),)
    )
    assert reply.payloads[0] == '/order_status{"order_number":"1001"}'


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_second_miss_offers_a_person_and_yes_calls_one(language: str) -> None:
    talk = Talk(language)
    unsure(talk, "blorp")
    second = unsure(talk, "zorp")
    assert second.response == "utter_fallback_offer_agent"
    assert "/talk_to_agent{}" in second.payloads
    assert talk("action_affirm", "affirm", "yes").response == "utter_handoff"
    assert [(h.reason, h.state) for h in handoffs(talk)] == [("not_understood", "requested")]


def test_an_understood_message_forgets_the_misses() -> None:
    talk = Talk()
    unsure(talk, "blorp")
    talk("action_thanks", "thanks", "thanks")
    assert talk.slots["misses"] == 0
    assert unsure(talk, "zorp").response == "utter_fallback"


def test_no_miss_sounds_like_the_one_before() -> None:
    talk = Talk()
    texts = [unsure(talk, f"blorp {number}").text for number in range(9)]
    assert all(first != second for first, second in pairwise(texts))


def test_no_person_is_wanted_after_all() -> None:
    talk = Talk()
    unsure(talk, "blorp")
    unsure(talk, "zorp")
    assert talk("action_deny", "deny", "no").response == "utter_no_handoff"
    assert talk("action_affirm", "affirm", "yes").response == "utter_affirm", "the question is closed"
    assert handoffs(talk) == []


@pytest.mark.parametrize("text", ["😀😀", "???", "…", "!!"])
def test_a_message_without_words(text: str) -> None:
    talk = Talk()
    assert unsure(talk, text).response == "utter_nothing_said"
    assert not talk.slots.get("misses")


def test_another_language_is_named_once_and_the_answer_follows() -> None:
    talk = Talk("en")
    replies = talk.turn("action_greet", "greet", "bonjour", other_language="fr")
    assert [reply.response for reply in replies] == ["utter_other_language", "utter_welcome"]
    assert "French" in replies[0].text
    again = talk.turn("action_thanks", "thanks", "merci", other_language="fr")
    assert [reply.response for reply in again] == ["utter_thanks"]
    persian = Talk("ar")
    reply = persian("action_default_fallback", "nlu_fallback", "سلام من لپ تاپ می خواهم", other_language="fa")
    assert reply.response == "utter_other_language" and "الفارسية" in reply.text


def test_an_unsure_refinement_is_taken_for_one() -> None:
    talk = Talk()
    talk("action_product_search", "product_search", "mattresses", entity("category", "mattresses", "mattresses"))
    reply = unsure(
        talk,
        "only firm",
        "product_info",
        "place_order",
        entities=(entity("attribute", {"code": "firmness", "value": "Firm"}, "firm"),),
    )
    assert [card["title"] for card in reply.cards] == ["Dormir Rock", "Dormir Budget Rest"]
    assert not talk.slots.get("misses")


def test_an_unsure_message_that_names_a_product_is_about_it() -> None:
    reply = unsure(Talk(), "hmm cloud plus", "product_info", entities=(entity("product", "cloud-plus", "cloud plus"),))
    assert reply.response == "utter_product_about"


def test_an_unsure_message_about_something_bought_is_not_taken_for_a_search() -> None:
    reply = unsure(
        Talk(),
        "my mattress is kind of broken",
        "damaged_or_wrong_item",
        "product_search",
        entities=(entity("category", "mattresses", "mattress"),),
    )
    assert reply.response == "utter_fallback"


def test_an_unsure_message_may_be_answered_with_products() -> None:
    reply = unsure(Talk(), "my neck", "refund_request", "product_recommendation")
    assert reply.response == "utter_fallback_with_products"
    assert [card["title"] for card in reply.cards] == ["Dormir side sleeper pillow X200"]


def test_what_is_surely_no_matter_of_a_shop_is_said(language: str = "en") -> None:
    reply = Talk(language)("action_out_of_scope", "out_of_scope", "who won the match?")
    assert reply.response == "utter_out_of_scope"
    assert '/product_search{"category":"mattresses"}' in reply.payloads


def test_what_may_be_no_matter_of_a_shop_is_asked_again() -> None:
    talk = Talk()
    assert talk("action_out_of_scope", "out_of_scope", "blorp zzz", confidence=0.4).response == "utter_fallback"
    second = talk("action_out_of_scope", "out_of_scope", "hgfh", confidence=0.4)
    assert second.response == "utter_fallback_offer_agent"
    assert talk.slots["misses"] == 2


def test_an_unsure_choice_among_what_was_shown_narrows_it() -> None:
    talk = Talk()
    talk("action_product_search", "product_search", "mattresses", entity("category", "mattresses", "mattresses"))
    firm = entity("attribute", {"code": "firmness", "value": "Firm"}, "firm")
    ranking = [{"name": "place_order", "confidence": 0.5}]
    reply = talk("action_default_fallback", "nlu_fallback", "the firm one", firm, confidence=0.5, ranking=ranking)
    assert [card["title"] for card in reply.cards] == ["Dormir Rock", "Dormir Budget Rest"]


@pytest.mark.parametrize(
    ("intent", "before", "team"),
    [
        ("talk_to_sales", None, "sales"),
        ("talk_to_agent", None, "service"),
        ("talk_to_agent", "product_search", "sales"),
        ("talk_to_agent", "order_status", "service"),
    ],
)
def test_the_team_follows_from_what_it_was_about(intent: str, before: str | None, team: str) -> None:
    with writing() as session:
        existing = {code for (code,) in session.execute(select(Team.code))}
        for code in {"sales", "service"} - existing:
            session.add(Team(code=code, name={"en": code}))
    talk = Talk()
    if before == "product_search":
        talk("action_product_search", before, "pillows", entity("category", "pillows", "pillows"))
    elif before:
        talk("action_order_status", before, "where is it")
    reply = talk("action_handoff", intent, "a person please")
    assert reply.response == "utter_handoff"
    (handoff,) = handoffs(talk)
    with reading() as session:
        assert session.execute(select(Team.code).where(Team.id == handoff.team_id)).scalar_one() == team
    assert handoff.summary["need"] in ("a person please", "pillows")  # what was wanted before, where that is known
    assert handoff.summary.get("topic") == before


def test_a_broken_action_apologises_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.shop import search

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(search, "find", broken)
    talk = Talk("ar")
    reply = talk("action_product_search", "product_search", "pillows", entity("category", "pillows", "pillows"))
    assert reply.response == "utter_problem"
    assert "search" not in talk.slots
