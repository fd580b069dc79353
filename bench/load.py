"""The load generator of the benches: customers who say one thing after another, all in one asyncio process.

It is the same for every system, so that figures of two systems can be set side by side.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, cycle, islice
from typing import Any, Protocol

import aiohttp
import psutil

CUSTOMERS = (1, 16)
EARLY, LATE = 10, 200  # messages of one conversation whose cost is compared
WINDOW = 2  # messages on either side of them that count too


class Talk(Protocol):
    """One conversation of one customer."""

    async def say(self, text: str) -> None:
        """Send a message and return once its whole answer was read."""


class System(Protocol):
    """Something that answers customers."""

    name: str
    visits: int  # kinds of conversations; in a round a customer has one of each
    growing: Sequence[str]  # said over and over in one long conversation; their number divides LATE - EARLY

    def visit(self, number: int) -> Sequence[str]:
        """What a customer says in the n-th conversation."""

    async def open(self, http: aiohttp.ClientSession) -> Talk:
        """Open a conversation."""

    def process_id(self) -> int:
        """The process all others of the system descend from."""


@dataclass
class Tally:
    """What rounds with one number of customers came to."""

    per_second: list[float] = field(default_factory=list)  # messages, a round each
    latencies: list[float] = field(default_factory=list)  # seconds, a message each
    cpu_seconds: float = 0.0  # of all processes of the system

    def figures(self) -> dict[str, Any]:
        """Messages per second (median of the rounds) and latency in milliseconds, from sending to the answer read.

        `cpu_ms` is the processor time of all processes a message: it says what a message costs even
        where other programs share the machine.
        """
        cuts = statistics.quantiles(self.latencies, n=100, method="inclusive")
        return {
            "messages": len(self.latencies),
            "per_second": round(statistics.median(self.per_second), 1),
            "p50_ms": round(cuts[49] * 1000, 1),
            "p95_ms": round(cuts[94] * 1000, 1),
            "cpu_ms": round(self.cpu_seconds / len(self.latencies) * 1000, 1),
        }


def connections() -> aiohttp.ClientSession:
    """Kept connections, as many as there are customers."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60), timeout=aiohttp.ClientTimeout(total=60)
    )


async def converse(system: System, http: aiohttp.ClientSession, texts: Sequence[str]) -> list[float]:
    """Say `texts` in a new conversation, each once the one before is answered; the seconds of each."""
    talk = await system.open(http)
    taken = []
    for text in texts:
        sent = time.perf_counter()
        await talk.say(text)
        taken.append(time.perf_counter() - sent)
    return taken


async def one_round(
    system: System, http: aiohttp.ClientSession, customers: int, numbers: Iterator[int], tally: Tally
) -> None:
    """Every customer has one conversation of each kind, one after the other, all customers at the same time.

    Args:
        numbers: of the conversations to come.
    """
    shares = [[system.visit(next(numbers)) for _ in range(system.visits)] for _ in range(customers)]

    async def customer(share: Sequence[Sequence[str]]) -> list[float]:
        return [seconds for texts in share for seconds in await converse(system, http, texts)]

    worked, began = cpu_of(system), time.perf_counter()
    taken = [seconds for found in await asyncio.gather(*map(customer, shares)) for seconds in found]
    tally.per_second.append(len(taken) / (time.perf_counter() - began))
    tally.cpu_seconds += cpu_of(system) - worked
    tally.latencies += taken


def growth_of(conversations: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Median cost around the 10th and around the 200th message of long conversations, and their ratio."""

    def around(place: int) -> float:
        window = slice(place - 1 - WINDOW, place + WINDOW)
        return statistics.median(seconds for taken in conversations for seconds in taken[window])

    early, late = around(EARLY), around(LATE)
    return {
        f"message_{EARLY}_ms": round(early * 1000, 1),
        f"message_{LATE}_ms": round(late * 1000, 1),
        "ratio": round(late / early, 2),
    }


def family_of(system: System) -> list[psutil.Process]:
    """All processes of a system."""
    parent = psutil.Process(system.process_id())
    return [parent, *parent.children(recursive=True)]


def cpu_of(system: System) -> float:
    """Seconds of processor time that a system's processes used since they started."""
    return sum(sum(process.cpu_times()[:2]) for process in family_of(system))


def memory_of(system: System) -> dict[str, Any]:
    """Memory of all processes of a system in MB.

    `resident` adds up the resident sets, which count what processes share once in each;
    `proportional` divides shared pages among those who share them (Linux's PSS).
    """
    found = [process.memory_full_info() for process in family_of(system)]
    return {
        "processes": len(found),
        "resident_mb": round(sum(info.rss for info in found) / 1e6),
        "proportional_mb": round(sum(info.pss for info in found) / 1e6),
    }


async def measure(systems: Sequence[System], rounds: int, long_conversations: int) -> dict[str, dict[str, Any]]:
    """Load, memory and growth of running systems by their names.

    With several systems every round goes to one after the other, so that whatever else the machine
    does meanwhile falls on all of them alike.
    """
    tallies = {(system.name, customers): Tally() for system in systems for customers in CUSTOMERS}
    long: dict[str, list[list[float]]] = {system.name: [] for system in systems}
    figures: dict[str, dict[str, Any]] = {system.name: {} for system in systems}
    numbers = {system.name: count() for system in systems}
    async with connections() as http:
        for system in systems:
            await one_round(system, http, CUSTOMERS[-1], numbers[system.name], Tally())  # to warm up
        for _ in range(rounds):
            for customers in CUSTOMERS:
                for system in systems:
                    await one_round(system, http, customers, numbers[system.name], tallies[system.name, customers])
        for system in systems:
            figures[system.name] |= {
                f"at_{customers}": tallies[system.name, customers].figures() for customers in CUSTOMERS
            }
            figures[system.name]["memory"] = memory_of(system)
        for place in range(long_conversations):
            for system in systems:
                if not place:
                    await converse(system, http, system.growing)  # none of its sentences is new then
                texts = list(islice(cycle(system.growing), LATE + WINDOW))
                long[system.name].append(await converse(system, http, texts))
        for system in systems:
            if long_conversations:
                figures[system.name]["growth"] = growth_of(long[system.name])
    return figures
