"""One message is followed through all processes by its id, and its words are in no log; a card number is nowhere."""

from __future__ import annotations

import time

import msgspec

from tests.running import System

CARD = "4111 1111 1111 1111"


def _lines(running: System, message_id: int) -> list[dict[str, object]]:
    end = time.monotonic() + 5
    while True:  # the last line is written after the answer went out
        lines = [msgspec.json.decode(line) for line in list(running.lines) if line.startswith("{")]
        mine = [line for line in lines if line.get("message_id") == message_id]
        if {"reply stored"} <= {line["message"] for line in mine} or time.monotonic() > end:
            return mine
        time.sleep(0.05)


def test_a_message_is_followed_by_its_id(running: System) -> None:
    customer = running.customer("en")
    sent = customer.post("do you have printers for nadia.quill@example.org")
    message_id = sent.json()["message_id"]
    customer.read(wait=30)
    lines = _lines(running, message_id)
    steps = {(line["process"], line["message"]) for line in lines}
    assert steps >= {
        ("gateway", "message stored"),
        ("gateway", "turn asked for"),
        ("rasa", "turn run"),
        ("actions", "action run"),
        ("gateway", "reply stored"),
    }
    assert {line["conversation_id"] for line in lines} == {customer.conversation_id}

    trail = running.command("trail", str(message_id))
    assert trail.returncode == 0, trail.stderr
    entries = [msgspec.json.decode(line) for line in trail.stdout.splitlines()]
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    told = {entry["what"] for entry in entries}
    assert told >= {"message", "understood", "action", "turn stored", "topic opened", "settled: answered"}
    assert entries[0]["text"] == "do you have printers for [email]"
    assert running.command("trail", "0" * 32).returncode == 1
    assert running.leaks() == []


def test_a_card_number_is_stored_nowhere(running: System) -> None:
    customer = running.customer("ar")
    customer.say(f"ابغى ادفع بالبطاقة {CARD}")
    kept = b"".join(path.read_bytes() for path in running.state_dir.glob("dukan.db*"))
    assert CARD.encode() not in kept and CARD.replace(" ", "").encode() not in kept
    assert customer.conversation_id.encode() in kept
    assert not [line for line in running.lines if CARD in line]
