"""`python -m bot review`: messages that went badly, in groups, with the needs they come nearest to; accepted ones become examples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.prompt import Prompt
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import now
from bot.db.session import reading, writing
from bot.nlu import review
from bot.nlu.parse import Interpreter, load_interpreter
from bot.nlu.review import Unclear, UnknownIntent

NEAREST = 3  # intents shown for a message
Nearest = dict[int, list[dict[str, Any]]]


def run_review(
    days: int,
    accepted: Sequence[str],
    dismissed: Sequence[int],
    *,
    as_json: bool,
    listed: bool,
    out: Console,
    err: Console,
) -> int:
    """Show, or decide what the options say; the exit code.

    Args:
        days: how far back to look.
        accepted: `ID=intent` of messages that become examples.
        dismissed: ids of messages to put aside.
    """
    try:
        with reading() as session:
            unclear = review.collect(session, now() - timedelta(days=days))
    except SQLAlchemyError as error:
        err.print(f"The database cannot be read ({type(error).__name__}). Is it migrated?", style="red")
        return 1
    if accepted or dismissed:
        return _decide({one.message_id: one for one in unclear}, accepted, dismissed, out, err)
    groups = review.clusters(unclear)
    nearest = _nearest(unclear)
    if as_json:
        shown = [[_as_json(one, nearest) for one in group] for group in groups]
        out.out(msgspec.json.format(msgspec.json.encode({"clusters": shown})).decode(), highlight=False)
    elif not groups:
        out.print("Nothing to review.")
    elif listed:
        for group in groups:
            out.print(_table(group, nearest))
    else:
        _ask(groups, nearest, out)
    return 0


def _nearest(unclear: Sequence[Unclear]) -> Nearest:
    """The likeliest intents of each message by the newest model; none without a model."""
    from bot.dialogue.training import newest_model

    model = newest_model()
    if model is None or not unclear:
        return {}
    interpreter: Interpreter = load_interpreter(model)
    parsed = interpreter.parse_many([one.text for one in unclear])
    return {one.message_id: found["ranking"][:NEAREST] for one, found in zip(unclear, parsed)}


def _as_json(one: Unclear, nearest: Nearest) -> dict[str, Any]:
    return {
        "id": one.message_id,
        "text": one.text,
        "language": one.language,
        "intent": one.intent,
        "confidence": round(one.confidence, 3),
        "why": one.why,
        "nearest": [
            {"intent": entry["name"], "confidence": round(float(entry["confidence"]), 3)}
            for entry in nearest.get(one.message_id, [])
        ],
    }


def _table(group: Sequence[Unclear], nearest: Nearest) -> Table:
    table = Table("id", "message", "why", "understood as", "nearest", title_justify="left")
    for one in group:
        likely = ", ".join(f"{entry['name']} {entry['confidence']:.2f}" for entry in nearest.get(one.message_id, []))
        table.add_row(str(one.message_id), escape(one.text), one.why, f"{one.intent} {one.confidence:.2f}", likely)
    return table


def _decide(
    known: dict[int, Unclear], accepted: Sequence[str], dismissed: Sequence[int], out: Console, err: Console
) -> int:
    """Write down what is accepted and put aside what is dismissed; nothing at all when one of them cannot be."""
    intents = review.examples()
    wanted: list[tuple[int, str]] = []
    for pair in accepted:
        number, _, intent = pair.partition("=")
        if not number.isdigit() or int(number) not in known:
            err.print(f"{escape(pair)}: there is no such message to review", style="red")
            return 2
        if intent not in intents:
            err.print(f"{escape(pair)}: there is no such intent", style="red")
            return 2
        wanted.append((int(number), intent))
    if strange := [number for number in dismissed if number not in known]:
        err.print(f"{strange[0]}: there is no such message to review", style="red")
        return 2
    written = 0
    with writing() as session:
        for message_id, intent in wanted:
            written += review.accept(session, message_id, known[message_id].text, intent)
        for message_id in dismissed:
            review.dismiss(session, message_id)
    out.print(f"{written} written to data/nlu, {len(dismissed)} put aside.")
    if written:
        out.print("They are learned at the next: python -m bot train")
    return 0


def _ask(groups: Sequence[Sequence[Unclear]], nearest: Nearest, out: Console) -> None:
    """Go through the groups one by one; every answer is kept at once."""
    intents = sorted(review.examples())
    written = 0
    out.print("For each group: an intent, the number of one shown, s to skip, d to put aside, q to stop.")
    for place, group in enumerate(groups, 1):
        out.print(f"\n{place} of {len(groups)}")
        out.print(_table(group, nearest))
        likely = list(dict.fromkeys(e["name"] for one in group for e in nearest.get(one.message_id, [])))[:9]
        out.print("  ".join(f"{number} {name}" for number, name in enumerate(likely, 1)))
        answer = _answer(intents, likely, out)
        if answer == "q":
            break
        with writing() as session:
            for one in group:
                if answer == "d":
                    review.dismiss(session, one.message_id)
                elif answer != "s":
                    try:
                        written += review.accept(session, one.message_id, one.text, answer)
                    except UnknownIntent:
                        out.print(f"{answer} has no file in data/nlu", style="red")
    out.print(
        f"{written} written to data/nlu." + (" They are learned at the next: python -m bot train" if written else "")
    )


def _answer(intents: Sequence[str], likely: Sequence[str], out: Console) -> str:
    while True:
        said = Prompt.ask("intent", console=out, default="s").strip()
        if said.isdigit() and 1 <= int(said) <= len(likely):
            return likely[int(said) - 1]
        if said in ("s", "d", "q") or said in intents:
            return said
        out.print(f"There is no intent {escape(said)!r}.", style="red")
