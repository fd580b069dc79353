"""Rasa's side of the action server: one kept connection, and only what our actions read.

Rasa's own remote action opens a connection for every call, sends the whole domain with it and
checks the answer against a schema each time.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import msgspec
from rasa.core.actions.action import Action, ActionExecutionRejection, RemoteAction
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet, UserUttered, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.dialogue.client import UNREAD_HEADERS
from bot.dialogue.tracker_store import to_json
from bot.insight import interactions

TIMEOUT_SECONDS = 8.0


class ActionServerUnavailable(ConnectionError):
    """The action server cannot be reached; the turn must be run again later."""


class ActionFailed(RuntimeError):
    """The action server answered with an error."""


class ActionServer(EndpointConfig):
    """The action server, over one kept connection.

    Also given to Rasa as its action endpoint, so that what Rasa calls by itself (a form's
    validation) goes the same way.
    """

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url=url, enable_selective_domain=True)
        self._token = token
        self._session: aiohttp.ClientSession | None = None

    async def request(self, method: str = "post", subpath: str | None = None, **kwargs: Any) -> Any:
        """Send a call and return the decoded answer.

        Raises:
            ActionServerUnavailable: nobody listens.
            ActionFailed: the call broke.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
                connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=30),
                skip_auto_headers=UNREAD_HEADERS,
            )
        try:
            async with self._session.post(self.url, data=to_json(kwargs["json"])) as answer:
                body = await answer.read()
                if answer.status == 400:
                    refused = msgspec.json.decode(body)
                    raise ActionExecutionRejection(refused["action_name"], refused.get("error"))
                if answer.status != 200:
                    raise ActionFailed(f"status {answer.status}")
                return msgspec.json.decode(body)
        except (aiohttp.ClientConnectionError, asyncio.TimeoutError) as error:
            raise ActionServerUnavailable(type(error).__name__) from error

    async def is_up(self) -> bool:
        """Whether it answers."""
        try:
            await self.request(json={"next_action": None, "sender_id": "", "tracker": {}})
        except (ActionServerUnavailable, ActionFailed):
            return False
        return True

    async def close(self) -> None:
        """Let the connections go."""
        if self._session is not None:
            await self._session.close()


class TurnOutput(OutputChannel):
    """What a turn leaves behind beside its events; its replies are taken from the tracker when it is whole."""

    def __init__(self) -> None:
        self.interactions: list[interactions.Record] = []

    @classmethod
    def name(cls) -> str:
        return "dukan"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        return None


class ActionCall(Action):
    """A custom action, run by the action server on the latest message and the slots."""

    def __init__(self, name: str, server: ActionServer) -> None:
        self._name = name
        self._server = server

    def name(self) -> str:
        return self._name

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        """Run it; its replies as bot utterances, then its events. The topics it filed go to the output channel."""
        assert isinstance(output_channel, TurnOutput)
        message = tracker.latest_message or UserUttered.empty()
        answer = await self._server.request(
            json={
                "next_action": self._name,
                "sender_id": tracker.sender_id,
                "tracker": {
                    "sender_id": tracker.sender_id,
                    "slots": tracker.current_slot_values(),
                    "latest_message": message.parse_data | {"metadata": message.metadata},
                    "latest_event_time": None,
                    "events": [],
                    "followup_action": None,
                    "paused": False,
                    "latest_input_channel": None,
                    "active_loop": tracker.active_loop.__dict__ if tracker.active_loop else {},
                    "latest_action": {},
                },
            }
        )
        responses = answer.get("responses", [])
        output_channel.interactions += [
            interactions.from_json(response["interaction"]) for response in responses if "interaction" in response
        ]
        spoken = [response for response in responses if "interaction" not in response]
        said: list[Event] = list(await RemoteAction._utter_responses(spoken, output_channel, nlg, tracker))
        return said + [_event(one) for one in answer.get("events", [])]


def _event(data: dict[str, Any]) -> Event:
    """An event as the action server writes it. Almost all set a slot, and Rasa looks through all its classes for each."""
    if data["event"] == SlotSet.type_name:
        return SlotSet(data["name"], data["value"])
    (event,) = deserialise_events([data])
    return event
