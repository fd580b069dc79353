"""Files from the chat: to a person of the shop, once, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.channels.web import WebChannel
from bot.conversation import conversations, transcript
from bot.db.models import Conversation
from bot.db.session import writing
from bot.gateway.problems import Problem, answer_problem
from tests.support.samples import conversation
from tests.support.test_photos import SVG, picture
from tests.support.test_uploads import PDF

TALK, OTHER = "c" * 32, "d" * 32
FILES = f"/api/v1/conversations/{TALK}/files"


@pytest.fixture
def chat(database: str) -> Iterator[TestClient]:
    """The customer API, with the token of a conversation."""
    for talk in (TALK, OTHER):
        conversation(talk)
    app = Starlette(routes=WebChannel(lambda *_: None).routes(), exception_handlers={Problem: answer_problem})
    with TestClient(app, headers={"Authorization": f"Bearer {conversations.token_for(TALK)}"}) as client:
        yield client


def _give_to(owner: str) -> None:
    with writing() as session:
        row = session.get(Conversation, TALK)
        assert row is not None
        row.owner = owner


@pytest.mark.parametrize(("owner", "status"), [("bot", 409), ("closed", 409), ("queue", 201), ("agent", 201)])
def test_a_file_needs_a_person_to_look_at_it(chat: TestClient, owner: str, status: int) -> None:
    _give_to(owner)
    assert chat.post(f"{FILES}?client_message_id=1&name=a.pdf", content=PDF).status_code == status
    said = [message["parts"][0]["text"] for message in transcript.read(TALK) if message["author"] == "customer"]
    assert said == (["File sent: a.pdf"] if status == 201 else [])


def test_a_file_sent_again_is_one_message(chat: TestClient) -> None:
    _give_to("agent")
    answers = [chat.post(f"{FILES}?client_message_id=1", content=picture()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert len(transcript.read(TALK)) == 1


def test_only_photos_and_pdfs_of_ones_own_conversation(chat: TestClient) -> None:
    _give_to("agent")
    assert chat.post(f"{FILES}?client_message_id=1&name=a.pdf", content=SVG).status_code == 415
    assert chat.post(f"{FILES}?client_message_id=1", content=b"\0" * (11 * 1024 * 1024)).status_code == 413
    assert chat.post(FILES, content=PDF).status_code == 422
    assert chat.post(f"{FILES.replace(TALK, OTHER)}?client_message_id=1", content=PDF).status_code == 401
    assert transcript.read(TALK) == []
