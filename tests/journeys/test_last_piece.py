"""Two customers of the running system after the last piece: one gets it, the other hears of it without asking."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.running import Customer, System, text_of

PRODUCT = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,"
    "Variant Inventory Qty,Variant Price,Status\n"
    "quillon-vase,Quillon Vase,<p>One of a kind.</p>,Quillon,Vases,,TRUE,Title,Default Title,QUI-1,1,90.00,active\n"
)
WAITS = 30.0


def _hears(customer: Customer, after: int) -> list[dict[str, Any]]:
    """What the shop wrote by itself."""
    end = time.monotonic() + WAITS
    while time.monotonic() < end:
        customer.seen = after
        found = [message for message in customer.read() if message["author"] == "system"]
        if found:
            return found
        time.sleep(0.5)
    return []


def test_the_loser_hears_of_it_at_once_in_the_own_language(running: System, tmp_path: Path) -> None:
    path = tmp_path / "vase.csv"
    path.write_text(PRODUCT, encoding="utf-8")
    assert running.command("import", "products", str(path), "--format", "shopify").returncode == 0
    winner, loser = running.customer("en"), running.customer("ar")
    winner.say("put the Quillon Vase in my basket")
    loser.say("ضيف Quillon Vase للسلة")
    said = [winner.say(text) for text in ("checkout", "to Riyadh", "King Road 5", "Sara Ahmed", "0501234567", "cash")]
    seen = loser.seen
    assert "W-" in winner.say("yes"), said
    told = _hears(loser, seen)
    assert len(told) == 1 and "Quillon Vase" in text_of(told) and "آخر قطعة" in text_of(told)
    assert "Quillon" in loser.say("وش في سلتي؟")
