"""The desk under load: `python -m bench.desk [--messages 400] [--per-second 15]`.

100 agents and 1,000 customers are connected to one gateway by their live streams, nine in ten customers with an agent
and the others waiting. Measured is the time from a customer's sending of a message until it is in the agent's stream.
Then all agents accept one waiting conversation at the same moment, several times over: exactly one wins each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

AGENTS, CUSTOMERS, WAITING, STORMS = 100, 1000, 100, 5
BOUND_MS = 300.0  # p95, from a customer's sending to the agent's stream
SETTLE_SECONDS = 12.0  # until all streams have told what there was at the start
LATEST_SECONDS = 10.0  # a message that comes later than this is lost
API = "/api/v1/desk"

Held = tuple[str, str]  # id and token of a customer's conversation


@dataclass
class Measured:
    """When each text was sent and when it arrived, by one clock."""

    sent: dict[str, float] = field(default_factory=dict)
    arrived: dict[str, float] = field(default_factory=dict)


def prepare() -> tuple[list[str], list[Held], list[Held]]:
    """Fill a new database: keys of the agents, conversations that agents hold, conversations that wait."""
    from bot.clock import new_id
    from bot.conversation import conversations, handoffs, inbox, ownership
    from bot.conversation.turns import Result
    from bot.db import schema
    from bot.db.models import Agent
    from bot.db.session import writing
    from bot.desk import tokens

    schema.migrate()
    with writing() as session:
        agents = [Agent(email=f"{n}@desk.example", name=f"Agent {n}", password_hash="!") for n in range(AGENTS)]
        session.add_all(agents)
        session.flush()
        ids = [int(agent.id) for agent in agents]
    keys = [str(tokens.create(agent_id, "bench")) for agent_id in ids]
    held, waiting = [], []
    for number in range(CUSTOMERS):
        conversation_id = conversations.create("web", locale="en")
        inbox.receive(conversation_id, new_id(), "a person please")
        job = inbox.next_job(conversation_id)
        assert job is not None
        handoffs.request(conversation_id, job.message_id, "sales", "asked")
        inbox.finish(job, Result(replies=[]))
        customer = (conversation_id, conversations.token_for(conversation_id))
        if number < CUSTOMERS - WAITING:
            ownership.accept(conversation_id, ids[number % AGENTS])
            held.append(customer)
        else:
            waiting.append(customer)
    return keys, held, waiting


async def _listen(response: aiohttp.ClientResponse, arrived: dict[str, float] | None) -> None:
    """Read a stream to its end; note when each text of the bench arrived."""
    async for line in response.content:
        if arrived is not None and line.startswith(b"data: ") and b'"bench ' in line and b'"message"' in line:
            moment = time.perf_counter()
            for part in json.loads(line[6:]).get("message", {}).get("parts", []):
                arrived.setdefault(part.get("text", ""), moment)


async def _connect(
    http: aiohttp.ClientSession, keys: Sequence[str], customers: Sequence[Held], arrived: dict[str, float]
) -> list[asyncio.Task[None]]:
    """Open the streams of all sides."""
    streams: list[tuple[str, str, dict[str, float] | None]] = [
        *((f"{API}/stream", key, arrived) for key in keys),
        *((f"/api/v1/conversations/{each}/stream", token, None) for each, token in customers),
    ]
    listeners = []
    for path, token, seen in streams:
        answer = await http.get(path, headers={"Authorization": f"Bearer {token}"})
        answer.raise_for_status()
        listeners.append(asyncio.create_task(_listen(answer, seen)))
    return listeners


async def _say(http: aiohttp.ClientSession, customer: Held, text: str, sent: dict[str, float]) -> None:
    sent[text] = time.perf_counter()
    body = {"client_message_id": text.replace(" ", "-"), "text": text}
    path, headers = f"/api/v1/conversations/{customer[0]}/messages", {"Authorization": f"Bearer {customer[1]}"}
    async with http.post(path, json=body, headers=headers) as answer:
        answer.raise_for_status()


async def _storm(http: aiohttp.ClientSession, conversation_id: str, keys: Sequence[str]) -> int:
    """All agents accept at once; how many won."""

    async def accept(key: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        async with http.post(f"{API}/conversations/{conversation_id}/accept", headers=headers) as answer:
            return answer.status

    return (await asyncio.gather(*map(accept, keys))).count(200)


async def _run(
    url: str, keys: list[str], held: list[Held], waiting: list[Held], messages: int, per_second: float
) -> dict[str, Any]:
    """Connect everybody, have customers write, have agents storm; what was measured."""
    measured, chosen = Measured(), random.Random(7)  # the same at every run
    timeout = aiohttp.ClientTimeout(total=None, sock_read=None)
    async with AsyncExitStack() as stack:
        connector = aiohttp.TCPConnector(limit=0)
        http = await stack.enter_async_context(aiohttp.ClientSession(url, timeout=timeout, connector=connector))
        listeners = await _connect(http, keys, [*held, *waiting], measured.arrived)
        await asyncio.sleep(SETTLE_SECONDS)
        began, posts = time.perf_counter(), []
        for number in range(messages):
            await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
            text = f"bench {number}"
            posts.append(asyncio.create_task(_say(http, chosen.choice(held), text, measured.sent)))
        await asyncio.gather(*posts)
        last = time.perf_counter() + LATEST_SECONDS
        while len(measured.arrived) < messages and time.perf_counter() < last:
            await asyncio.sleep(0.1)
        winners = [await _storm(http, conversation_id, keys) for conversation_id, _ in waiting[:STORMS]]
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)
    took = sorted(
        (measured.arrived[text] - at) * 1000 for text, at in measured.sent.items() if text in measured.arrived
    )
    return {
        "bench": "desk",
        "agents": len(keys),
        "customers": len(held) + len(waiting),
        "waiting": len(waiting),
        "messages": messages,
        "per_second": per_second,
        "lost": messages - len(took),
        "p50_ms": round(statistics.median(took), 1),
        "p95_ms": round(statistics.quantiles(took, n=20)[18], 1),
        "max_ms": round(took[-1], 1),
        "storm_winners": winners,
    }


def _wait_for(port: int) -> None:
    """Return once the gateway listens."""
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    raise SystemExit("the gateway did not start")


def main() -> int:
    """Prepare, start a gateway of its own, run, print one line of JSON; 1 when a bound is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=400)
    options.add_argument("--per-second", type=float, default=15.0)
    wanted = options.parse_args()
    from bot.supervisor import free_port

    with tempfile.TemporaryDirectory() as state:
        port = free_port()
        here = {"STATE_DIR": state, "PORT": port, "RASA_URL": "http://127.0.0.1:9", "LOG_LEVEL": "ERROR"}
        os.environ.update({f"DUKAN_{name}": str(value) for name, value in here.items()})
        keys, held, waiting = prepare()
        with subprocess.Popen([sys.executable, "-m", "bot", "process", "gateway"]) as gateway:
            try:
                _wait_for(port)
                url = f"http://127.0.0.1:{port}"
                figures = asyncio.run(_run(url, keys, held, waiting, wanted.messages, wanted.per_second))
            finally:
                gateway.terminate()
    figures["gateway_cpu_seconds"] = round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime, 1)
    print(json.dumps(figures))
    fine = figures["p95_ms"] <= BOUND_MS and not figures["lost"] and set(figures["storm_winners"]) == {1}
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
