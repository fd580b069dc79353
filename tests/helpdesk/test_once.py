"""Every word once and in order, both ways, whatever dies in between: shown by random interleavings with an outside desk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot.conversation import assignment, ownership
from bot.db.models import Agent
from bot.db.session import writing
from bot.helpdesk import case, liaison
from bot.helpdesk.base import Case, HelpDesk, News, Said, Ticket, Unreachable
from tests.helpdesk.conftest import Configure, hand_over, heard, no_pauses, owner, says, ticket


class Desk(HelpDesk):
    """A desk in memory that takes things and then, when told to, says that it did not."""

    name: ClassVar[str] = "chatwoot"
    look_every: ClassVar[float] = 60.0

    def __init__(self) -> None:
        self.heard: list[str] = []  # what the customer said after the handoff, as the desk's people see it
        self.told: list[str] = []
        self.opened: list[str] = []
        self.answers: list[str] = []
        self.fails = 0  # 1: before it takes anything, 2: after

    def _take(self, ticket: Ticket, kept: list[str], thing: str) -> None:
        if self.fails == 1:
            raise Unreachable("before")
        if not (ticket.again and thing in kept):
            kept.append(thing)
        if self.fails == 2:
            raise Unreachable("after")

    async def open(self, ticket: Ticket, case: Case) -> str:
        self._take(ticket, self.opened, str(ticket.id))
        return str(ticket.id)

    async def say(self, ticket: Ticket, said: Said) -> None:
        self._take(ticket, self.heard, said.text)

    async def tell(self, ticket: Ticket, key: str, text: str, *, ends: bool) -> None:
        self._take(ticket, self.told, f"{ticket.id} {key}")

    async def news(self, tickets: Sequence[Ticket]) -> AsyncIterator[News]:
        for one in tickets:
            for number, answer in enumerate(self.answers, 1):
                if number > one.brought_up_to and answer.startswith(f"{one.id}:"):
                    yield News(one.id, str(number), [{"type": "text", "text": answer}], up_to=number)
                    if self.fails:
                        return


class Once(RuleBasedStateMachine):
    """A customer, a desk that fails now and then, processes that die, a supervisor."""

    configure: ClassVar[Configure]

    @initialize()
    def begin(self) -> None:
        with writing() as session:
            agents = [Agent(email=f"{id(self)}@x.example", name="Huda", password_hash="x", role="supervisor")]
            session.add_all(agents)
            session.flush()
            self.supervisor = int(agents[0].id)
        self.desk = Desk()
        self.talk = hand_over("help")
        self.meant: list[str] = []  # for the desk's ears
        self.words = 0

    def _run(self, work: Any) -> Any:
        no_pauses()
        return asyncio.run(work(self.desk))

    def _is_the_desks(self) -> bool:
        return owner(self.talk) == "agent" and ticket(self.talk).state == "open"

    @rule()
    def customer_writes(self) -> None:
        self.words += 1
        text = f"word {self.words}"
        if self._is_the_desks():
            self.meant.append(text)
        says(self.talk, text)

    @rule(fails=st.sampled_from([0, 0, 1, 2]))
    def we_send(self, fails: int) -> None:
        self.desk.fails = fails
        self._run(liaison.send_due)

    @rule(takes=st.booleans())
    def we_die_while_sending(self, takes: bool) -> None:
        no_pauses()
        self.desk.fails = 0
        for row, one in liaison._claim():
            if takes:
                asyncio.run(liaison._hand(self.desk, row, one))

    @rule()
    def desk_answers(self) -> None:
        now = ticket(self.talk)
        if now.reference is not None:
            self.desk.answers.append(f"{now.id}: answer {len(self.desk.answers)}")

    @rule(fails=st.booleans(), rung=st.booleans())
    def we_collect(self, fails: bool, rung: bool) -> None:
        self.desk.fails = int(fails)
        if rung and ticket(self.talk).reference:
            liaison.look_now("chatwoot", ticket(self.talk).reference)
        self._run(liaison.collect)

    @rule(way=st.sampled_from(["resolve", "give_back", "leave", "take_over", "hand_over"]))
    def somebody_acts(self, way: str) -> None:
        outside = int(ticket(self.talk).agent_id)
        if way == "resolve":
            ownership.resolve(self.talk, outside, "solved")
        elif way == "give_back":
            ownership.give_back(self.talk, outside)
        elif way == "leave":
            ownership.leave_queue(self.talk)
        elif way == "take_over":
            ownership.take_over(self.talk, self.supervisor)
        elif owner(self.talk) == "agent":
            ownership.reassign(self.talk, None, 2)
            assignment.sweep()

    @invariant()
    def every_word_once_and_in_order(self) -> None:
        for kept in (self.desk.heard, self.desk.told, self.desk.opened):
            assert len(kept) == len(set(kept))
        assert self.desk.heard == [word for word in self.meant if word in set(self.desk.heard)]
        said = heard(self.talk)
        assert len(said) == len(set(said)) and said == [each for each in self.desk.answers if each in set(said)]

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        self.desk.fails = 0
        while self._run(liaison.send_due):
            pass
        if self._is_the_desks():  # what was meant for it has come, or stands in what it was given to begin with
            transcript = case.of(int(ticket(self.talk).id)).transcript
            assert all(word in transcript for word in self.meant if word not in self.desk.heard)


def test_every_word_once_and_in_order(configure: Configure) -> None:
    configure(
        helpdesk="chatwoot",
        helpdesk_url="http://127.0.0.1:9",
        helpdesk_account=1,
        helpdesk_inbox=1,
        helpdesk_token="t",
        helpdesk_secret="s",
    )
    with pytest.MonkeyPatch.context() as patient:
        patient.setattr(liaison, "OPENED_WITHIN", 10**6)
        patient.setattr(liaison, "PAUSES", liaison.PAUSES * 10**4)
        run_state_machine_as_test(
            Once,
            settings=settings(
                max_examples=10,
                stateful_step_count=30,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
