"""Signing in and out: cookies, fixation, lock-out, and what is kept in the database."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import clock
from bot.db.models import Agent, AgentSession, SignInThrottle
from bot.db.session import reading, writing
from bot.desk import passwords, sessions, throttle
from bot.settings import settings
from tests.desk.conftest import ADDRESS, PASSWORD

SESSION = "/api/v1/desk/session"
ME = "/api/v1/desk/me"


def _try(client: TestClient, email: str = "mona@shop.example", password: str = "wrong password") -> tuple[int, dict]:
    answer = client.post(SESSION, json={"email": email, "password": password})
    return answer.status_code, answer.json()


def test_signing_in_gives_a_cookie_out_of_reach_of_scripts(visitor: TestClient, hire: Callable[..., int]) -> None:
    hire("Mona", role="supervisor", teams=("sales",), language="ar")
    answer = visitor.post(SESSION, json={"email": "MONA@shop.example ", "password": PASSWORD})
    assert answer.status_code == 200
    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes and "secure" not in attributes
    agent = answer.json()["agent"]
    assert (agent["name"], agent["role"], agent["teams"], agent["language"]) == ("Mona", "supervisor", ["sales"], "ar")
    assert visitor.get(ME).json() == answer.json()


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(
    app: Starlette, hire: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUKAN_PUBLIC_URL", "https://shop.example")
    settings.cache_clear()
    hire("Mona")
    with TestClient(app, base_url="https://shop.example") as client:
        answer = client.post(SESSION, json={"email": "mona@shop.example", "password": PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-dukan_desk=") and "; secure" in cookie.lower()
        assert client.get(ME).status_code == 200


def test_a_session_planted_before_sign_in_is_worthless(visitor: TestClient, hire: Callable[..., int]) -> None:
    hire("Mona")
    visitor.cookies.set("dukan_desk", "planted-by-somebody-else")
    assert _try(visitor, password=PASSWORD)[0] == 200
    issued = [cookie.value for cookie in visitor.cookies.jar if cookie.value != "planted-by-somebody-else"]
    assert len(issued) == 1
    assert sessions.find("planted-by-somebody-else") is None
    assert sessions.find(issued[0]) is not None


def test_a_second_sign_in_ends_the_session_the_browser_had(database: str, hire: Callable[..., int]) -> None:
    hire("Mona")
    hire("Sara")
    first = sessions.sign_in("mona@shop.example", PASSWORD, "192.0.2.1")
    second = sessions.sign_in("sara@shop.example", PASSWORD, "192.0.2.1", old_cookie=first.cookie)
    assert sessions.find(first.cookie) is None
    found = sessions.find(second.cookie)
    assert found is not None and found.name == "Sara"
    assert second.cookie != first.cookie and second.caller.csrf_token != first.caller.csrf_token


def test_signing_out_ends_the_session_for_good(at_desk: Callable[..., TestClient]) -> None:
    mona = at_desk("Mona")
    kept = dict(mona.cookies)
    assert mona.delete(SESSION).status_code == 204
    assert not mona.cookies
    mona.cookies.update(kept)
    assert mona.get(ME).status_code == 401


def test_the_database_holds_neither_cookie_nor_csrf_token(database: str, hire: Callable[..., int]) -> None:
    hire("Mona")
    signed_in = sessions.sign_in("mona@shop.example", PASSWORD, "192.0.2.1")
    with reading() as session:
        row = session.scalars(select(AgentSession)).one()
    assert signed_in.cookie not in (row.id, row.csrf_hash)
    assert signed_in.caller.csrf_token not in (row.id, row.csrf_hash)


def test_sessions_end_after_silence_and_after_a_day(database: str, hire: Callable[..., int]) -> None:
    hire("Mona")
    silent = sessions.sign_in("mona@shop.example", PASSWORD, "192.0.2.1").cookie
    busy = sessions.sign_in("mona@shop.example", PASSWORD, "192.0.2.1").cookie
    for hour in range(1, 24, 4):
        with clock.moved_by(timedelta(hours=hour)):
            assert sessions.find(busy) is not None
    with clock.moved_by(timedelta(hours=9)):
        assert sessions.find(silent) is None
    with clock.moved_by(timedelta(hours=24, minutes=1)):
        assert sessions.find(busy) is None


def test_an_account_turned_off_is_out_at_once(at_desk: Callable[..., TestClient], visitor: TestClient) -> None:
    mona = at_desk("Mona")
    with writing() as session:
        session.execute(update(Agent).values(active=False))
    assert mona.get(ME).status_code == 401
    assert _try(visitor, password=PASSWORD)[0] == 401


def test_being_here_is_noted(at_desk: Callable[..., TestClient]) -> None:
    mona = at_desk("Mona")
    with clock.moved_by(timedelta(minutes=5)):
        mona.get(ME)
        moment = clock.now()
    with reading() as session:
        assert abs((session.scalar(select(Agent.last_seen_at)) - moment).total_seconds()) < 5


def test_wrong_password_and_unknown_account_are_answered_alike(visitor: TestClient, hire: Callable[..., int]) -> None:
    hire("Mona")
    assert _try(visitor) == _try(visitor, email="nobody@shop.example") == _try(visitor, email="no\x00body")


def test_an_unknown_account_takes_as_long_as_a_known_one() -> None:
    known = passwords.hash_password(PASSWORD)

    def seconds(password_hash: str | None) -> float:
        began = time.perf_counter()
        assert not passwords.matches("wrong password", password_hash)
        return time.perf_counter() - began

    seconds(None)
    unknown, right = zip(*((seconds(None), seconds(known)) for _ in range(15)), strict=True)
    assert 0.5 < min(unknown) / min(right) < 2


def test_lock_out_does_not_tell_whether_the_account_exists(visitor: TestClient, hire: Callable[..., int]) -> None:
    hire("Mona")
    known = [_try(visitor)[0] for _ in range(7)]
    unknown = [_try(visitor, email="nobody@shop.example")[0] for _ in range(7)]
    assert known == unknown == [401] * 5 + [429] * 2


def test_while_locked_the_right_password_is_not_looked_at(visitor: TestClient, hire: Callable[..., int]) -> None:
    hire("Mona")
    for _ in range(5):
        _try(visitor)
    answer = visitor.post(SESSION, json={"email": "mona@shop.example", "password": PASSWORD})
    assert answer.status_code == 429 and 1 <= int(answer.headers["retry-after"]) <= 30
    with clock.moved_by(timedelta(seconds=31)):
        assert _try(visitor, password=PASSWORD)[0] == 200
        assert _try(visitor)[0] == 401  # success wiped the count


def test_each_further_failure_locks_for_longer_up_to_a_quarter_of_an_hour(database: str) -> None:
    subject = throttle.by_account("nobody@shop.example")
    waits, ahead = [], timedelta(0)
    for _ in range(12):
        with clock.moved_by(ahead):
            throttle.count_try(subject)
            try:
                throttle.count_try(subject)
                waits.append(0)
            except throttle.Locked as locked:
                waits.append(locked.seconds)
        ahead += timedelta(seconds=waits[-1])
    assert waits == [0, 0, 30, 60, 120, 240, 480, 900, 900, 900, 900, 900]


def test_one_address_cannot_try_account_after_account(visitor: TestClient) -> None:
    statuses = [_try(visitor, email=f"agent{number}@shop.example")[0] for number in range(32)]
    assert statuses == [401] * 30 + [429] * 2


def test_a_success_does_not_buy_guesses_from_the_same_address(visitor: TestClient, hire: Callable[..., int]) -> None:
    hire("Mona")
    for number in range(29):
        _try(visitor, email=f"agent{number}@shop.example")
    assert _try(visitor, password=PASSWORD)[0] == 200
    assert _try(visitor, email="agent99@shop.example")[0] == 401
    assert _try(visitor, email="agent98@shop.example")[0] == 429


def test_many_tries_at_once_are_all_counted(database: str, hire: Callable[..., int]) -> None:
    hire("Mona")

    def guess(number: int) -> str:
        try:
            sessions.sign_in("mona@shop.example", f"guess number {number}", f"192.0.2.{number}")
        except (sessions.WrongCredentials, throttle.Locked) as refused:
            return type(refused).__name__
        return "in"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(guess, range(24)))
    assert results.count("WrongCredentials") == 5 and results.count("Locked") == 19


def test_old_failures_are_forgotten(database: str, hire: Callable[..., int]) -> None:
    hire("Mona")
    with pytest.raises(sessions.WrongCredentials):
        sessions.sign_in("nobody@shop.example", "whatever it was", "192.0.2.1")
    with clock.moved_by(timedelta(hours=2)):
        sessions.sign_in("mona@shop.example", PASSWORD, "192.0.2.2")
    with reading() as session:
        assert session.scalar(select(func.count(SignInThrottle.key))) == 1


def test_a_hash_with_weaker_settings_is_renewed_at_sign_in(database: str, hire: Callable[..., int]) -> None:
    from argon2 import PasswordHasher

    hire("Mona")
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with writing() as session:
        session.execute(update(Agent).values(password_hash=weak))
    sessions.sign_in("mona@shop.example", PASSWORD, "192.0.2.1")
    with reading() as session:
        renewed = session.scalar(select(Agent.password_hash))
    assert renewed != weak and not passwords.is_outdated(renewed)


def test_a_password_matches_however_its_letters_were_composed() -> None:
    assert passwords.matches("cafe\u0301 au lait", passwords.hash_password("caf\u00e9 au lait"))


def test_the_address_behind_a_trusted_proxy_counts(
    app: Starlette, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUKAN_TRUSTED_PROXIES", "1")
    settings.cache_clear()
    with TestClient(app, base_url=ADDRESS) as client:
        for number in range(30):
            client.headers["X-Forwarded-For"] = f"198.51.100.{number}, 203.0.113.7"
            _try(client, email=f"agent{number}@shop.example")
        assert _try(client, email="mona@shop.example")[0] == 429
        client.headers["X-Forwarded-For"] = "203.0.113.7, 203.0.113.8"
        assert _try(client, email="mona@shop.example")[0] == 401
