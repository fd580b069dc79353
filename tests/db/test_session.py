"""Writers take turns, within a process and between processes; readers wait for nobody."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
import time
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from bot.db import session as sessions
from bot.db.models import CatalogueVersion
from bot.db.session import looked_up, reading, writing, written

RAISES = 40


def _raise_version(times: int) -> None:
    for _ in range(times):
        with writing() as session:
            row = session.execute(select(CatalogueVersion).with_for_update()).scalar_one()
            row.version += 1


def _version() -> int:
    with reading() as session:
        return int(session.execute(select(CatalogueVersion.version)).scalar_one())


def test_no_raise_is_lost_among_threads_and_processes(database: str) -> None:
    before = _version()
    workers: list[Any] = [threading.Thread(target=_raise_version, args=(RAISES,)) for _ in range(3)]
    # Started anew: a fork would share connections with this process.
    workers += [multiprocessing.get_context("spawn").Process(target=_raise_version, args=(RAISES,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert _version() == before + RAISES * len(workers)


def test_a_failed_block_changes_nothing_and_lets_the_next_one_through(database: str) -> None:
    before = _version()
    with pytest.raises(ZeroDivisionError), writing() as session:
        session.execute(update(CatalogueVersion).values(version=0))
        raise ZeroDivisionError
    _raise_version(1)
    assert _version() == before + 1


def test_a_writer_does_not_wait_for_ever_and_a_reader_not_at_all(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database.startswith("sqlite"):
        pytest.skip("PostgreSQL has many writers at a time")
    monkeypatch.setattr(sessions, "LONGEST_WAIT", 0.2)
    refused: list[Exception] = []

    def second() -> None:
        try:
            _raise_version(1)
        except OperationalError as error:
            refused.append(error)

    with writing() as session:
        session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))
        thread = threading.Thread(target=second)
        thread.start()
        began = time.monotonic()
        assert isinstance(asyncio.run(looked_up(_version)), int)
        assert time.monotonic() - began < 5
        thread.join(10)
    assert len(refused) == 1


def test_a_short_piece_of_writing_is_done_at_once_or_handed_over_while_another_writes(database: str) -> None:
    before, threads = _version(), set[int]()

    def write() -> None:
        threads.add(threading.get_ident())
        _raise_version(1)

    async def both() -> None:
        await written(write)
        busy, go_on = threading.Event(), threading.Event()

        def hold() -> None:
            with writing() as session:
                session.execute(update(CatalogueVersion).values(version=CatalogueVersion.version + 1))
                busy.set()
                go_on.wait(10)

        holder = threading.Thread(target=hold)
        holder.start()
        await asyncio.to_thread(busy.wait, 10)
        second = asyncio.create_task(written(write))
        await asyncio.sleep(0.1)
        assert not second.done()  # and the loop went on meanwhile
        go_on.set()
        await second
        holder.join(10)

    asyncio.run(both())
    assert _version() == before + 3
    assert (threading.get_ident() in threads) == database.startswith("sqlite")  # the loop's own, for the first
    assert threads != {threading.get_ident()}


def test_what_is_written_inside_a_short_piece_goes_through_the_same_turn(database: str) -> None:
    before = _version()

    def twice() -> int:
        _raise_version(1)
        _raise_version(1)
        return _version()

    assert asyncio.run(written(twice)) == before + 2
    _raise_version(1)  # it came out as often as it went in
    assert _version() == before + 3
