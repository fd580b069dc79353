"""Messages for later: at their time, never at night, never twice, over whatever the customer chose."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.clock import moved_by, now
from bot.conversation import follow_up_words
from bot.conversation import follow_ups as sending
from bot.db.models import Basket, Consent, Conversation, FollowUp, Message, Order, Product, Stock, Variant
from bot.db.session import reading, writing
from bot.settings import ROOT, settings
from bot.shop import follow_ups, profile, quotes, text_index
from bot.shop.leads.keeping import Agreed
from bot.shop.orders import checkout
from tests.shop.samples import bedding_shop
from tests.shop.selling_samples import conversation, fill, ready, selling
from tests.smtp import MailServer


@pytest.fixture(autouse=True)
def shop(database: str) -> Iterator[None]:
    """The bedding shop, selling."""
    text_index.forget()
    bedding_shop()
    selling()
    with writing() as session:
        session.execute(update(Stock).values(quantity=100))
    yield
    text_index.forget()


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    server = MailServer().start()
    monkeypatch.setenv("DUKAN_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("DUKAN_SMTP_PORT", str(server.port))
    settings.cache_clear()
    yield server
    server.stop()
    settings.cache_clear()


def _product() -> str:
    with reading() as session:
        return str(
            session.execute(
                select(Product.code).join(Variant).where(Variant.track_stock.is_(True)).order_by(Product.id).limit(1)
            ).scalar_one()
        )


def _agree(talk: str, kind: str, subject: str = "", message_id: int = 5, email: str | None = None) -> Any:
    return follow_ups.agree(talk, kind, subject, Agreed(message_id, kind, "chat", "Remind me."), "en", email)


def _quoted(talk: str) -> str:
    fill(talk, _simple())
    with writing() as session:
        quote = quotes.write(session, talk, 2, "en")
        assert quote is not None
        return str(quote.number)


def _simple() -> str:
    """A product that needs no choice."""
    with reading() as session:
        rows = session.execute(
            select(Product.code).join(Variant).group_by(Product.code).having(func.count() == 1).order_by(Product.code)
        ).scalars()
        return str(next(iter(rows)))


def _by_day(hours_ahead: float = 0.0) -> timedelta:
    """How far to move the clock so that it is 14 o'clock at the shop, at least so many hours from now."""
    with reading() as session:
        zone = profile.read(session).zone
    wanted = (now() + timedelta(hours=hours_ahead)).astimezone(zone)
    noon = wanted.replace(hour=14, minute=0, second=0, microsecond=0)
    return (noon if noon >= wanted else noon + timedelta(days=1)) - now()


def _written(talk: str) -> list[Any]:
    with reading() as session:
        rows = session.execute(select(Message.parts).where(Message.conversation_id == talk).order_by(Message.id))
        return [row.parts for row in rows]


def _state(row_id: int) -> str:
    with reading() as session:
        return str(session.execute(select(FollowUp.state).where(FollowUp.id == row_id)).scalar_one())


def test_a_quote_is_brought_up_once_before_it_lapses() -> None:
    talk = conversation()
    number = _quoted(talk)
    planned = _agree(talk, "quote", number)
    assert _agree(talk, "quote", number, 6).id == planned.id
    with moved_by(_by_day()):
        assert sending.send_due() == 0 and not _written(talk)
    with moved_by(_by_day(24 * 6 + 14)):  # its last day, at whatever hour it was written
        assert [sending.send_due(), sending.send_due()] == [1, 0]
    (parts,) = _written(talk)
    assert number in parts[0]["text"] and parts[1]["url"].split("?")[0].endswith(quotes.path_of(number))
    assert parts[-1]["buttons"][-1]["payload"] == follow_up_words.STOP
    with reading() as session:
        assert session.execute(select(func.count()).select_from(Consent)).scalar() == 2


def test_nothing_is_sent_at_night() -> None:
    talk = conversation()
    fill(talk, _simple())
    planned = _agree(talk, "basket")
    with reading() as session:
        shop = profile.read(session)
    assert not follow_ups.is_quiet(planned.due_at, shop)
    night = _by_day(30) + timedelta(hours=9)  # 23 o'clock
    with moved_by(night):
        assert sending.send_due() == 0
    with moved_by(night + timedelta(hours=11)):
        assert sending.send_due() == 1


@pytest.mark.parametrize(("hour", "awake"), [(8, 9), (9, 9), (20, 20), (21, 9), (23, 9), (0, 9)])
def test_quiet_hours_end_in_the_morning(hour: int, awake: int) -> None:
    with reading() as session:
        shop = profile.read(session)
    moment = datetime(2026, 11, 23, hour, 0, tzinfo=shop.zone)
    found = follow_ups.awake(moment, shop)
    assert found.hour == awake and timedelta(0) <= found - moment <= timedelta(hours=12)


def test_what_makes_no_sense_any_more_is_dropped() -> None:
    talk = conversation()
    fill(talk, _simple())
    planned = _agree(talk, "basket")
    with writing() as session:
        session.execute(update(Basket).values(state="ordered"))
    with moved_by(_by_day(30)):
        assert sending.send_due() == 0
    assert _state(planned.id) == "dropped" and not _written(talk)


def test_back_in_stock_is_told_when_it_is() -> None:
    talk, code = conversation(), _product()
    with writing() as session:
        session.execute(update(Stock).values(quantity=0))
    planned = _agree(talk, "stock", code)
    with moved_by(_by_day(1)):
        assert sending.send_due() == 0 and _state(planned.id) == "waiting"
    with writing() as session:
        session.execute(update(Stock).values(quantity=3))
    with moved_by(_by_day(25)):
        assert sending.send_due() == 1
    assert f'"product":"{code}"' in _written(talk)[0][-1]["buttons"][0]["payload"]


def test_an_order_is_asked_about_once_it_was_delivered() -> None:
    talk = conversation()
    fill(talk, _simple())
    with writing() as session:
        session.add(Order(id=1, number="W-1", number_key="W1", placed_at=now(), state="shipped", currency="SAR"))
        session.flush()
        session.execute(update(Basket).values(order_id=1, state="ordered"))
    assert _agree(conversation(), "delivered", "W-1") is None
    planned = _agree(talk, "delivered", "W-1")
    with moved_by(_by_day(24 * 9)):
        assert sending.send_due() == 0 and _state(planned.id) == "waiting"
        with writing() as session:
            session.execute(update(Order).values(state="delivered"))
    with moved_by(_by_day(24 * 11)):
        assert sending.send_due() == 1
    assert "W-1" in _written(talk)[0][0]["text"]


def test_a_person_at_the_conversation_comes_first() -> None:
    talk = conversation()
    fill(talk, _simple())
    planned = _agree(talk, "basket")
    with writing() as session:
        session.execute(update(Conversation).values(owner="agent"))
    with moved_by(_by_day(30)):
        assert sending.send_due() == 0
    assert _state(planned.id) == "waiting"


def test_stop_ends_all_and_is_written_down() -> None:
    talk = conversation()
    fill(talk, _simple())
    planned = _agree(talk, "basket")
    assert follow_ups.stop(talk) == 1 and follow_ups.stop(talk) == 0
    with moved_by(_by_day(30)):
        assert sending.send_due() == 0
    assert _state(planned.id) == "stopped"
    with reading() as session:
        assert session.execute(select(Consent.withdrawn_at)).scalar_one() is not None


def test_the_time_the_customer_prefers_stands_within_reason() -> None:
    talk = conversation()
    number = _quoted(talk)
    planned = _agree(talk, "quote", number)
    with moved_by(_by_day()):
        noon = now()
    assert follow_ups.change_time(talk, planned.id, noon + timedelta(days=1)).due_at == noon + timedelta(days=1)  # type: ignore[union-attr]
    assert follow_ups.change_time(talk, planned.id, noon - timedelta(days=3)) is None
    assert follow_ups.change_time(talk, planned.id, noon + timedelta(days=30)) is None
    assert follow_ups.change_time(conversation(), planned.id, noon + timedelta(days=1)) is None


def test_by_e_mail_with_a_way_to_stop(mailbox: MailServer) -> None:
    talk = conversation()
    fill(talk, _simple())
    planned = _agree(talk, "basket", email="sara@example.com")
    with moved_by(_by_day(30)):
        assert [sending.send_due(), sending.send_due()] == [1, 0]
    assert mailbox.messages[0]["To"] == "sara@example.com" and "/service/stop/" in mailbox.last_text()
    assert _state(planned.id) == "sent" and not _written(talk)


def test_a_mail_that_was_surely_not_taken_is_tried_again(mailbox: MailServer) -> None:
    talk = conversation()
    fill(talk, _simple())
    planned = _agree(talk, "basket", email="sara@example.com")
    mailbox.refuse = True
    ahead = _by_day(30)
    with moved_by(ahead):
        assert sending.send_due() == 0 and _state(planned.id) == "waiting"
    mailbox.refuse = False
    with moved_by(ahead + timedelta(minutes=11)):
        assert sending.send_due() == 1
    assert len(mailbox.messages) == 1


RUNNER = """
import sys
from datetime import timedelta
from bot.clock import moved_by
from bot.conversation.follow_ups import send_due
with moved_by(timedelta(seconds=float(sys.argv[1]))):
    print("ready", flush=True)
    send_due()
"""


def test_killed_in_the_middle_nothing_is_sent_twice_and_nothing_forgotten(database: str, mailbox: MailServer) -> None:
    talks = [conversation() for _ in range(30)]
    for place, talk in enumerate(talks):
        fill(talk, _simple())
        assert _agree(talk, "basket", email="sara@example.com" if place % 3 == 0 else None) is not None
    ahead = _by_day(30)
    environment = {
        **os.environ,
        "DUKAN_DATABASE_URL": database,
        "DUKAN_STATE_DIR": str(settings().state_dir),
        "DUKAN_SMTP_HOST": "127.0.0.1",
        "DUKAN_SMTP_PORT": str(mailbox.port),
    }
    runners = [
        subprocess.Popen(
            [sys.executable, "-c", RUNNER, str(ahead.total_seconds())],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for runner in runners:
        assert runner.stdout is not None and runner.stdout.readline() == "ready\n"
    end = time.monotonic() + 20
    while not sum(len(_written(talk)) for talk in talks) and time.monotonic() < end:
        time.sleep(0.005)
    runners[0].send_signal(signal.SIGKILL)
    for runner in runners:
        runner.wait(30)
        assert runner.stdout is not None
        runner.stdout.close()
    with moved_by(ahead):
        sending.send_due()
    in_chat = [len(_written(talk)) for place, talk in enumerate(talks) if place % 3]
    assert in_chat == [1] * 20
    mailed = len(mailbox.messages)
    with reading() as session:
        unsure = session.execute(select(func.count()).where(FollowUp.state == "sending")).scalar()
        assert session.execute(select(func.count()).where(FollowUp.state == "waiting")).scalar() == 0
    assert unsure <= 1 and 10 - unsure <= mailed <= 10


def _buy(talk: str, code: str) -> None:
    fill(talk, code)
    agreed = ready(talk)
    with writing() as session:
        checkout.place(session, talk, agreed)


def _one_left(code: str) -> None:
    with writing() as session:
        variants = select(Variant.id).join(Product).where(Product.code == code)
        held = session.execute(select(Stock).where(Stock.variant_id.in_(variants)).order_by(Stock.id)).scalars().all()
        for stock in held:
            stock.quantity = int(stock is held[0])


@pytest.mark.parametrize("owner", ["bot", "agent"])
@pytest.mark.parametrize("hours", [0, 9], ids=["by day", "at night"])
def test_who_holds_the_last_piece_hears_at_once_that_it_is_sold(hours: int, owner: str) -> None:
    with moved_by(_by_day(1) + timedelta(hours=hours)):
        _one_left("knit-throw")
        loser = conversation()
        fill(loser, "knit-throw")
        with writing() as session:
            session.execute(update(Conversation).where(Conversation.id == loser).values(owner=owner, updated_at=now()))
        _buy(conversation(), "knit-throw")
        assert [sending.send_due(), sending.send_due()] == [1, 0]
    (parts,) = _written(loser)
    assert "last" in parts[0]["text"] and "throw" in parts[0]["text"]
    payloads = [button["payload"] for part in parts if part["type"] == "buttons" for button in part["buttons"]]
    assert any('"do":"remove"' in payload for payload in payloads) == (owner == "bot"), "a person answers by himself"


def test_who_is_away_hears_of_it_in_the_morning_with_what_comes_closest() -> None:
    evening = _by_day(1) + timedelta(hours=9)  # 23 o'clock
    with moved_by(evening - timedelta(hours=10)):
        _one_left("feather-pillow")
        loser = conversation()
        fill(loser, "feather-pillow")
        with writing() as session:
            quote = quotes.write(session, loser, 2, "en")
            assert quote is not None
            session.execute(update(Conversation).where(Conversation.id == loser).values(updated_at=now()))
            number = str(quote.number)
    with moved_by(evening):
        _buy(conversation(), "feather-pillow")
        assert sending.send_due() == 0
    with moved_by(evening + timedelta(hours=11)):
        assert sending.send_due() == 1
    (parts,) = _written(loser)
    assert number in parts[0]["text"] and "Closest" in parts[0]["text"]
    assert '"product":"side-pillow"' in parts[-1]["buttons"][0]["payload"]


def test_nobody_is_told_of_what_was_taken_out_or_came_back() -> None:
    with moved_by(_by_day(1)):
        _one_left("knit-throw")
        gone, back, stopped = (conversation() for _ in range(3))
        for talk in (gone, back, stopped):
            fill(talk, "knit-throw")
        fill(stopped, "feather-pillow", message_id=2)
        _agree(stopped, "basket")
        follow_ups.stop(stopped)
        _buy(conversation(), "knit-throw")
        with writing() as session:
            basket = session.execute(select(Basket).where(Basket.conversation_id == gone)).scalar_one()
            basket.lines = []
        assert sending.send_due() == 1 and _written(back) and not _written(gone) and not _written(stopped)
