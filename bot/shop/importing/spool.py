"""Checked records put aside in a temporary file, so that a large import needs little memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Generic, TypeVar

import msgspec

from bot.shop.importing.records import Record

R = TypeVar("R", bound=Record)


class Spool(Generic[R]):
    """Records of one type, written one by one and read back in batches as often as needed."""

    def __init__(self, kind: type[R]) -> None:
        self._file: Any = tempfile.TemporaryFile(prefix="dukan-import-")  # noqa: SIM115  (closed by __exit__)
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(kind)
        self.count = 0

    def __enter__(self) -> Spool[R]:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, record: R) -> None:
        """Put a record aside."""
        data = self._encoder.encode(record)
        self._file.write(len(data).to_bytes(4, "big"))
        self._file.write(data)
        self.count += 1

    def batches(self, size: int = 500) -> Iterator[list[R]]:
        """All records in order, as lists of at most `size`."""
        self._file.seek(0)
        batch: list[R] = []
        while length := self._file.read(4):
            batch.append(self._decoder.decode(self._file.read(int.from_bytes(length, "big"))))
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch
