"""How interactions are written down as topics go on, and close when customers go silent."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select, update

from bot import clock
from bot.db.models import Conversation, Interaction
from bot.db.session import reading, writing
from bot.insight import interactions
from bot.insight.interactions import Record
from tests.insight.conftest import Days


def said(
    days: Days,
    talk: str,
    topic: str,
    outcome: str,
    message: int | None = None,
    side: str = "service",
    **details: object,
) -> int:
    """One turn with what it came to."""
    message = message or days.message(talk, "customer", clock.now())
    record = Record(outcome, **details).of(topic, side)  # type: ignore[arg-type]
    with writing() as session:
        interactions.write(session, record, conversation_id=talk, message_id=message, channel="web", language="en")
    return message


def rows() -> list[Interaction]:
    with reading() as session:
        return list(session.scalars(select(Interaction).order_by(Interaction.id)))


def test_a_topic_goes_on_over_messages(days: Days) -> None:
    talk = days.conversation(clock.now())
    first = said(days, talk, "installation_help", "open", products=["a"], place="guide#1")
    said(days, talk, "installation_help", "open", message=first, products=["b"])  # the same turn says it twice
    last = said(days, talk, "installation_help", "answered", value=Decimal("2.5"), place="guide#4")
    (row,) = rows()
    assert (row.turns, row.opened_by, row.last_message_id) == (2, first, last)
    assert (row.products, row.value, row.place, row.outcome) == (["a", "b"], Decimal("2.5"), "guide#4", "answered")
    assert row.ended_at is not None


def test_another_topic_closes_the_one_before(days: Days) -> None:
    talk = days.conversation(clock.now())
    said(days, talk, "return_item", "open")
    said(days, talk, "store_info", "answered")
    assert [(row.topic, row.outcome, row.ended_at is None) for row in rows()] == [
        ("return_item", "abandoned", False),
        ("store_info", "answered", False),
    ]


def test_a_matter_put_aside_is_taken_up_again(days: Days) -> None:
    talk = days.conversation(clock.now())
    first = said(days, talk, "return_item", "open", order_number="D-1")
    aside = said(days, talk, "store_info", "answered")
    last = said(days, talk, "return_item", "solved", order_number="D-1")
    said(days, talk, "return_item", "answered")
    returned, asked = rows()
    assert (returned.opened_by, returned.turns, returned.outcome) == (first, 3, "answered")
    assert returned.last_message_id > last > asked.last_message_id == aside
    assert interactions.latest_topic(talk) == ("return_item", "service")


def test_a_matter_about_something_else_is_a_new_one(days: Days) -> None:
    talk = days.conversation(clock.now())
    for number in ("D-1", "D-2"):
        said(days, talk, "return_item", "open", order_number=number)
        said(days, talk, "store_info", "answered")
    for product in ("a", "b"):
        said(days, talk, "troubleshoot_product", "open", products=[product])
        said(days, talk, "store_info", "answered")
    with clock.moved_by(timedelta(hours=25)):
        said(days, talk, "return_item", "open")
    abandoned = [row.topic for row in rows() if row.outcome == "abandoned"]
    assert abandoned == [*["return_item"] * 2, *["troubleshoot_product"] * 2]
    assert [row.topic for row in rows() if row.outcome == "open"] == ["return_item"]


def test_who_asks_for_a_person_did_not_leave(days: Days) -> None:
    talk = days.conversation(clock.now())
    said(days, talk, "installation_help", "open", place="guide#2")
    said(days, talk, "talk_to_agent", "handed_over")
    assert [row.outcome for row in rows()] == ["handed_over", "handed_over"]


def test_what_led_to_an_order_was_not_left(days: Days) -> None:
    talk = days.conversation(clock.now())
    for topic, outcome, products in (
        ("customization_options", "open", ["chair"]),
        ("request_quote", "open", ["desk"]),
        ("place_order", "sold", ["chair", "lamp"]),
    ):
        said(days, talk, topic, outcome, side="sales", products=products)
    assert {row.topic: row.outcome for row in rows()} == {
        "customization_options": "answered",
        "request_quote": "abandoned",
        "place_order": "sold",
    }
    assert all(row.ended_at for row in rows())


def test_what_travels_from_the_action_server_arrives_as_it_was(days: Days) -> None:
    record = Record("lead", ["a"], "D-1", Decimal("10.125"), "guide#2", "ask_price", "sales")
    assert interactions.from_json(interactions.as_json(record)) == record


def test_silence_closes_an_open_topic_as_abandoned(days: Days) -> None:
    quiet, lively = (days.conversation(clock.now() - timedelta(days=3)) for _ in range(2))
    moment = clock.now() - timedelta(hours=25)
    with writing() as session:
        session.execute(update(Conversation).where(Conversation.id == quiet).values(updated_at=moment))
    for talk in (quiet, lively):
        said(days, talk, "order_status", "open")
    assert interactions.close_silent() == 1
    assert interactions.close_silent() == 0
    assert [(row.outcome, row.ended_at) for row in rows()] == [("abandoned", moment), ("open", None)]
