"""Asks Rasa for a turn; the gateway's only way to it."""

from __future__ import annotations

import asyncio

import aiohttp
import msgspec

from bot.conversation.inbox import Job
from bot.conversation.turns import Result

_to_result = msgspec.msgpack.Decoder(Result).decode
TIMEOUT_SECONDS = 10.0  # half of what a claim lasts
UNREAD_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")  # of calls between our processes


class Unavailable(ConnectionError):
    """Rasa or the action server cannot be reached now; the turn left no trace and may be tried again."""


class TurnFailed(RuntimeError):
    """The turn broke; trying again may or may not help."""


class DialogueClient:
    """A kept connection to the Rasa process.

    Args:
        url: its address.
        token: the secret between the processes.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}"},
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
            connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=30),
            skip_auto_headers=UNREAD_HEADERS,
        )

    async def turn(self, job: Job) -> Result:
        """Run the dialogue turn of one message. Asking twice for the same message answers the same.

        Raises:
            Unavailable: a process is down.
            TurnFailed: the turn broke.
        """
        body = {
            "conversation_id": job.conversation_id,
            "message_id": job.message_id,
            "text": job.text,
            "payload": job.payload,
            "language": job.language,
            "digits": job.digits,
            "other_language": job.other_language,
            "channel": job.channel,
            "catalogue_version": job.catalogue_version,
            "dialogue_version": job.dialogue_version,
        }
        try:
            async with self._session.post(f"{self._url}/turn", data=msgspec.msgpack.encode(body)) as answer:
                if answer.status == 503:
                    raise Unavailable("the dialogue is not ready")
                if answer.status != 200:
                    raise TurnFailed(f"status {answer.status}")
                return _to_result(await answer.read())
        except (aiohttp.ClientConnectionError, asyncio.TimeoutError) as error:
            raise Unavailable(type(error).__name__) from error
        except aiohttp.ClientError as error:
            raise TurnFailed(type(error).__name__) from error

    async def health(self) -> dict[str, str]:
        """State of Rasa and of the action server, `ok` or `down`."""
        try:
            async with self._session.get(f"{self._url}/health", timeout=aiohttp.ClientTimeout(total=2)) as answer:
                parts: dict[str, str] = msgspec.json.decode(await answer.read())
                return parts
        except (aiohttp.ClientError, asyncio.TimeoutError):
            return {"rasa": "down", "actions": "down"}

    async def close(self) -> None:
        """Let the connections go."""
        await self._session.close()
