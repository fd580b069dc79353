"""What is managed at the desk, and by whom: accounts, codes, keys, teams, rules, canned answers, the log; attacks on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from starlette.routing import Route
from starlette.testclient import TestClient

from bot import clock
from bot.db.models import AgentSession, ApiToken, Team
from bot.db.session import reading
from bot.desk import staffing, throttle
from bot.desk.app import api_routes
from tests.desk.conftest import PASSWORD, on_sqlite

API = "/api/v1/desk"
AtDesk = Callable[..., TestClient]

pytestmark = on_sqlite

# Calls that need a role above agent; whatever is not here is for every agent.
SUPERVISORS = {
    ("GET", "/board"),
    ("GET", "/report"),
    ("GET", "/report.csv"),
    ("POST", "/answers"),
    ("PUT", "/answers/{answer_id}"),
    ("DELETE", "/answers/{answer_id}"),
    ("POST", "/conversations/{conversation_id}/take-over"),
    ("POST", "/conversations/{conversation_id}/reassign"),
}
ADMINISTRATORS = re.compile(r"^/(agents|quotas|teams|rules|money|webhooks|deliveries|audit)\b")


def _code(secret: str) -> str:
    return pyotp.TOTP(secret).at(clock.now())


@pytest.mark.parametrize("role", ["agent", "supervisor"])
def test_every_call_above_a_role_is_refused(at_desk: AtDesk, role: str) -> None:
    client = at_desk("Mona", role=role)
    tried = 0
    for route in api_routes:
        assert isinstance(route, Route)
        path = route.path.removeprefix(API)
        for method in (route.methods or set()) - {"HEAD"}:
            needs = (
                "admin" if ADMINISTRATORS.match(path) else "supervisor" if (method, path) in SUPERVISORS else "agent"
            )
            if needs == "agent" or needs == role:
                continue
            address = re.sub(r"{\w+}", "1", route.path)
            answer = client.request(method, address, json={} if method != "GET" else None)
            assert (answer.status_code, answer.json().get("code")) == (403, "role"), (method, path)
            tried += 1
    assert tried >= 18
    for page in ("agents", "teams", "webhooks", "audit"):
        assert client.get(f"/desk/{page}").status_code == 403


def test_a_colleague_is_invited_and_chooses_a_password(at_desk: AtDesk, visitor: TestClient) -> None:
    huda = at_desk("Huda", role="admin")
    body = {"email": "omar@shop.example", "name": "Omar", "role": "agent", "teams": ["sales"]}
    made = huda.post(f"{API}/agents", json=body)
    assert made.status_code == 201
    assert huda.post(f"{API}/agents", json=body).json()["field"] == "email"
    assert huda.post(f"{API}/agents", json={**body, "teams": ["gone"]}).json()["field"] == "teams"
    token = made.json()["link"].rsplit("/", 1)[1]
    assert visitor.post(f"{API}/session", json={"email": body["email"], "password": "!"}).status_code == 401
    assert "omar@shop.example" in visitor.get(f"/desk/setup/{token}").text
    short = visitor.post(f"{API}/password-link", json={"token": token, "password": "short"})
    assert (short.status_code, short.json()["field"]) == (422, "password")
    assert visitor.post(f"{API}/password-link", json={"token": token, "password": PASSWORD}).status_code == 204
    assert visitor.post(f"{API}/password-link", json={"token": token, "password": PASSWORD}).status_code == 410
    assert visitor.post(f"{API}/session", json={"email": body["email"], "password": PASSWORD}).status_code == 200
    assert (
        visitor.post(
            f"{API}/setup",
            json={"token": token, "name": "x", "email": "x@y.example", "password": PASSWORD, "language": "en"},
        ).status_code
        == 410
    )  # never an administrator
    again = huda.post(f"{API}/agents/{made.json()['id']}/link").json()["link"]
    with clock.moved_by(timedelta(hours=25)):
        late = {"token": again.rsplit("/", 1)[1], "password": PASSWORD}
        assert visitor.post(f"{API}/password-link", json=late).status_code == 410


def test_an_account_is_changed_and_turned_off(at_desk: AtDesk) -> None:
    huda, mona = at_desk("Huda", role="admin"), at_desk("Mona")
    listed = {agent["name"]: agent for agent in huda.get(f"{API}/agents").json()["agents"]}
    changes = {"name": "Mona A.", "capacity": 2, "languages": ["ar"], "teams": ["service"]}
    assert huda.patch(f"{API}/agents/{listed['Mona']['id']}", json=changes).status_code == 204
    assert mona.get(f"{API}/me").json()["agent"]["teams"] == ["service"]
    assert huda.patch(f"{API}/agents/{listed['Mona']['id']}", json={"active": False}).status_code == 204
    assert mona.get(f"{API}/me").status_code == 401
    for last in ({"role": "agent"}, {"active": False}):
        assert huda.patch(f"{API}/agents/{listed['Huda']['id']}", json=last).json()["field"] == "role"
    assert huda.get(f"{API}/me").status_code == 200
    assert huda.patch(f"{API}/agents/999", json={}).status_code == 404
    assert huda.patch(f"{API}/agents/x", json={}).status_code == 404


def test_changing_the_password_ends_other_sessions(at_desk: AtDesk, visitor: TestClient) -> None:
    mona = at_desk("Mona")
    account = {"email": "mona@shop.example", "password": PASSWORD}
    visitor.post(f"{API}/session", json=account)
    wrong = mona.post(f"{API}/me/password", json={"present": "wrong", "wanted": "another good one"})
    assert wrong.json()["field"] == "present"
    changed = {"present": PASSWORD, "wanted": "another good one"}
    assert mona.post(f"{API}/me/password", json=changed).status_code == 204
    assert mona.get(f"{API}/me").status_code == 200
    assert visitor.get(f"{API}/me").status_code == 401
    assert visitor.post(f"{API}/session", json=account).status_code == 401


def test_with_codes_a_password_alone_opens_nothing(at_desk: AtDesk, visitor: TestClient) -> None:
    mona, huda = at_desk("Mona"), at_desk("Huda", role="admin")
    account = {"email": "mona@shop.example", "password": PASSWORD}
    begun = mona.post(f"{API}/me/totp").json()
    assert begun["image"].startswith("data:image/svg+xml")
    assert visitor.post(f"{API}/session", json=account).status_code == 200  # not in force before it is confirmed
    assert mona.put(f"{API}/me/totp", json={"code": "000000"}).status_code == 422
    assert mona.put(f"{API}/me/totp", json={"code": _code(begun["secret"])}).status_code == 204
    assert mona.post(f"{API}/me/totp").status_code == 409

    needed = visitor.post(f"{API}/session", json=account)
    assert (needed.status_code, needed.json()["code"]) == (401, "totp")
    with clock.moved_by(timedelta(seconds=60)):
        code = _code(begun["secret"])
        with clock.moved_by(timedelta(seconds=-60)):
            assert visitor.post(f"{API}/session", json={**account, "code": code}).status_code == 401  # of the future
        assert visitor.post(f"{API}/session", json={**account, "code": code}).status_code == 200
        assert visitor.post(f"{API}/session", json={**account, "code": code}).status_code == 401  # once only
    assert mona.request("DELETE", f"{API}/me/totp", json={"code": "123456"}).status_code == 422
    agents = {agent["name"]: agent for agent in huda.get(f"{API}/agents").json()["agents"]}
    assert agents["Mona"]["two_factor"] and not agents["Huda"]["two_factor"]
    assert huda.delete(f"{API}/agents/{agents['Mona']['id']}/totp").status_code == 204
    assert visitor.post(f"{API}/session", json=account).status_code == 200


def test_guessing_codes_is_slowed_down_like_guessing_passwords(at_desk: AtDesk, visitor: TestClient) -> None:
    mona = at_desk("Mona")
    secret = mona.post(f"{API}/me/totp").json()["secret"]
    mona.put(f"{API}/me/totp", json={"code": _code(secret)})
    account = {"email": "mona@shop.example", "password": PASSWORD}
    tried = 0
    while True:
        visitor.post(f"{API}/session", json=account)  # a right password in between buys no more guesses
        answer = visitor.post(f"{API}/session", json={**account, "code": "000000"})
        tried += 1
        if answer.status_code == 429 or tried > 10:
            break
    assert tried <= throttle.by_account("x").free_tries + 1


def test_a_key_works_like_its_agent_but_not_on_the_account(at_desk: AtDesk, app: object) -> None:
    mona = at_desk("Mona", role="admin")
    token = mona.post(f"{API}/me/tokens", json={"name": "CRM"}).json()["token"]
    with reading() as session:
        assert token not in session.scalars(select(ApiToken.id)).all()
    with TestClient(app, base_url="http://localhost:8000") as system:  # type: ignore[arg-type]
        system.headers["Authorization"] = f"Bearer {token}"
        assert system.get(f"{API}/conversations").status_code == 200
        assert system.patch(f"{API}/me", json={"language": "ar"}).status_code == 200  # no CSRF token: no browser
        for method, path in (("POST", "/me/tokens"), ("POST", "/me/totp"), ("POST", "/agents"), ("DELETE", "/session")):
            assert system.request(method, API + path, json={"name": "x"}).json()["code"] == "token"
        (key,) = mona.get(f"{API}/me/tokens").json()["tokens"]
        assert key["name"] == "CRM" and key["last_used_at"]
        assert mona.delete(f"{API}/me/tokens/{key['id']}").status_code == 204
        assert mona.delete(f"{API}/me/tokens/{key['id']}").status_code == 404
        assert system.get(f"{API}/conversations").status_code == 401
        for wrong in ("", "x", "\u0130", token[:-1]):
            assert system.get(f"{API}/me", headers={"Authorization": f"Bearer {wrong}".encode()}).status_code == 401


def test_a_forged_page_cannot_act_with_the_session(at_desk: AtDesk) -> None:
    mona = at_desk("Mona", role="admin")
    good = mona.headers["X-CSRF-Token"]
    for headers in (
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": good, "Sec-Fetch-Site": "cross-site"},
        {"X-CSRF-Token": good, "Origin": "https://evil.example"},
    ):
        for method, path in (("POST", "/me/tokens"), ("POST", "/teams"), ("PUT", "/presence"), ("POST", "/webhooks")):
            assert mona.request(method, API + path, json={"name": "x"}, headers=headers).status_code == 403


def test_a_session_is_never_one_that_was_known_before(visitor: TestClient, hire: Callable[..., int]) -> None:
    hire("Mona")
    visitor.cookies.set("dukan_desk", "planted-by-an-attacker")
    visitor.post(f"{API}/session", json={"email": "mona@shop.example", "password": PASSWORD})
    fixed = visitor.cookies.get("dukan_desk", domain="localhost.local")
    assert fixed != "planted-by-an-attacker"
    with reading() as session:
        assert len(session.scalars(select(AgentSession.id)).all()) == 1
    assert visitor.get(f"{API}/me", headers={"Cookie": "dukan_desk=planted-by-an-attacker"}).status_code == 401


def test_teams_with_hours_and_what_cannot_be_kept(at_desk: AtDesk) -> None:
    huda = at_desk("Huda", role="admin")
    team = {
        "code": "b2b",
        "name_en": "Business",
        "name_ar": "الأعمال",
        "hours": {"6": [[540, 1020]]},
        "timezone": "Africa/Cairo",
        "holidays": ["2026-12-25"],
        "skills": ["request_quote"],
        "languages": ["en"],
    }
    made = huda.post(f"{API}/teams", json=team)
    assert made.status_code == 201
    assert huda.post(f"{API}/teams", json=team).json()["field"] == "code"
    for field, value in [
        ("code", "No Way"),
        ("timezone", "Mars/Base"),
        ("hours", {"7": [[0, 1]]}),
        ("hours", {"1": [[9, 9]]}),
        ("holidays", ["25.12."]),
        ("name_en", ""),
    ]:
        changed = {**team, "code": "other", "name_ar": "", field: value}
        assert huda.post(f"{API}/teams", json=changed).json().get("field") == field, field
    body = {**team, "accept_seconds": 5}
    assert huda.put(f"{API}/teams/{made.json()['id']}", json=body).status_code == 422
    assert huda.put(f"{API}/teams/{made.json()['id']}", json={"name_en": "B2B"}).status_code == 204
    with reading() as session:
        kept = session.scalars(select(Team).where(Team.code == "b2b")).one()
        assert (kept.name, kept.hours) == ({"en": "B2B"}, {})
    assert "B2B" in huda.get("/desk/teams").text


def test_rules_and_canned_answers_come_and_go(at_desk: AtDesk) -> None:
    huda = at_desk("Huda", role="admin")
    rule = {"kind": "words", "value": "lawyer", "team": "service", "severity": 3}
    made = huda.post(f"{API}/rules", json=rule).json()["id"]
    assert [each["value"] for each in huda.get(f"{API}/rules").json()["rules"]] == ["lawyer"]
    assert huda.post(f"{API}/rules", json={**rule, "team": "gone"}).json()["field"] == "teams"
    assert huda.post(f"{API}/rules", json={**rule, "value": " , "}).json()["field"] == "value"
    assert huda.delete(f"{API}/rules/{made}").status_code == 204
    assert huda.delete(f"{API}/rules/{made}").status_code == 404
    answer = {"code": "bye", "en": "Bye {customer}", "ar": "وداعًا"}
    kept = huda.post(f"{API}/answers", json=answer).json()["id"]
    assert huda.put(f"{API}/answers/{kept}", json={**answer, "en": "{card_number}"}).json()["field"] == "text"
    assert huda.put(f"{API}/answers/{kept}", json={**answer, "code": "Ciao"}).status_code == 204
    assert [each["code"] for each in huda.get(f"{API}/answers").json()["answers"]] == ["ciao"]
    assert huda.delete(f"{API}/answers/{kept}").status_code == 204
    assert staffing.rules() == []


def test_the_log_can_be_read_back_and_narrowed(at_desk: AtDesk) -> None:
    huda = at_desk("Huda", role="admin")
    for _ in range(3):
        huda.patch(f"{API}/me", json={"language": "en"})
    entries = huda.get(f"{API}/audit").json()["entries"]
    assert [entry["action"] for entry in entries] == ["change_me"] * 3 + ["sign_in"]
    assert len(huda.get(f"{API}/audit?before={entries[1]['id']}").json()["entries"]) == 2
    assert huda.get(f"{API}/audit?agent=999").json()["entries"] == []
    assert huda.get("/desk/audit").status_code == 200


def test_the_log_names_what_was_changed(at_desk: AtDesk, customer_waits: Callable[..., str]) -> None:
    huda = at_desk("Huda", role="admin", language="ar")
    made = huda.post(f"{API}/agents", json={"email": "noor@shop.example", "name": "Noor", "role": "agent"}).json()
    huda.patch(f"{API}/agents/{made['id']}", json={"capacity": 3})
    huda.post(f"{API}/answers", json={"code": "bye", "en": "Bye", "ar": "وداعًا"})
    team = huda.get(f"{API}/teams").json()["teams"][0]
    huda.put(f"{API}/quotas/2026-11/{team['code']}", json={"amount": 100})
    rule = huda.post(f"{API}/rules", json={"kind": "words", "value": "lawyer", "team": "service", "severity": 3}).json()
    huda.delete(f"{API}/rules/{rule['id']}")
    conversation_id = customer_waits()
    huda.get(f"{API}/conversations/{conversation_id}")
    page = BeautifulSoup(huda.get("/desk/audit").text, "html.parser")
    told = [[cell.get_text(strip=True) for cell in row.select("td")][2:4] for row in page.select("tbody tr")]
    assert told == [
        ["قراءة محادثة", f"محادثة {conversation_id[:4].upper()}"],
        ["حذف قاعدة", ""],
        ["إضافة قاعدة", ""],
        ["تحديد هدف المبيعات", "المبيعات · 2026-11"],
        ["كتابة رد جاهز", "bye"],
        ["تعديل زميل", "Noor"],
        ["دعوة زميل", "Noor"],
        ["تسجيل الدخول", ""],
    ]


def test_who_read_the_reports_is_written_down(at_desk: AtDesk) -> None:
    huda = at_desk("Huda", role="admin")
    assert huda.get(f"{API}/report").status_code == huda.get(f"{API}/report.csv").status_code == 200
    entries = huda.get(f"{API}/audit").json()["entries"]
    assert [entry["action"] for entry in entries[:2]] == ["read_report_file", "read_report"]
