"""What an import tells its caller: the report, refused rows, warnings, and the errors that stop it."""

from __future__ import annotations

from dataclasses import dataclass, field


class ImportFileError(Exception):
    """The file as a whole cannot be imported; the message is one line that says why and what helps."""


class RowProblem(Exception):
    """One row or record cannot be taken; the message is the reason, in the words of a shop owner.

    Attributes:
        line: where the fault itself stands, when that is not the record's first line.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True)
class RowNote:
    """A remark on one row of the file: its line (from 1), the reason, and the row's own id if it has one."""

    line: int
    reason: str
    row_id: str | None = None

    def __str__(self) -> str:
        return f"line {self.line}{f' ({self.row_id})' if self.row_id else ''}: {self.reason}"


class Refusal(RowNote):
    """A row that was not taken."""


class Warned(RowNote):
    """A row that was taken, with something changed or left out."""


@dataclass
class ImportReport:
    """What an import did, or with `applied` False, what it would have done without the refused rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    seconds: float = 0.0
    applied: bool = False
