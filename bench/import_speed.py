"""How fast a catalogue is imported: makes a Shopify export, imports it twice, prints one line of JSON.

Run as `python -m bench.import_speed [--products 10000]`. The database is a new one in a temporary folder,
or the one that DUKAN_DATABASE_URL names.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

_HEADER = [
    "Handle",
    "Title",
    "Body (HTML)",
    "Vendor",
    "Type",
    "Tags",
    "Published",
    "Option1 Name",
    "Option1 Value",
    "Option2 Name",
    "Option2 Value",
    "Variant SKU",
    "Variant Inventory Tracker",
    "Variant Inventory Qty",
    "Variant Inventory Policy",
    "Variant Price",
    "Variant Compare At Price",
    "Variant Barcode",
    "Image Src",
    "Image Position",
    "Image Alt Text",
    "Battery (product.metafields.custom.battery)",
    "Weight (product.metafields.custom.weight)",
    "Status",
]
_WORDS = [
    "quiet",
    "light",
    "strong",
    "modern",
    "compact",
    "wide",
    "smart",
    "everyday",
    "warm",
    "foldable",
    "solid",
    "bright",
    "fast",
    "silent",
    "tall",
]
_ARABIC = [
    "هادئ",
    "خفيف",
    "متين",
    "عصري",
    "صغير",
    "واسع",
    "ذكي",
    "يومي",
    "دافئ",
    "قابل",
    "للطي",
    "مشرق",
    "سريع",
    "طويل",
    "مريح",
]
_COLOURS = ("Black", "White", "Sand", "Green")


def _body(dice: random.Random, words: list[str]) -> str:
    paragraphs = "".join(f"<p>{' '.join(dice.choices(words, k=45))}.</p>" for _ in range(3))
    facts = "".join(f"<tr><td>Fact {n}</td><td>{dice.randint(1, 90)} cm</td></tr>" for n in range(5))
    points = "".join(f"<li>{dice.choice(words)}: {dice.randint(1, 9)} h</li>" for _ in range(4))
    return f"{paragraphs}<ul>{points}</ul><table><tbody>{facts}</tbody></table>"


def write_export(path: Path, products: int) -> int:
    """A Shopify export of `products` products, every third one in Arabic; the number of its rows."""
    dice = random.Random(7)
    rows = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, _HEADER, restval="", lineterminator="\r\n")
        writer.writeheader()
        for number in range(products):
            words = _ARABIC if number % 3 == 0 else _WORDS
            first = {
                "Title": f"{' '.join(dice.sample(words, 3))} {number}",
                "Body (HTML)": _body(dice, words),
                "Vendor": f"Maker {number % 60}",
                "Type": f"Kind {number % 40}",
                "Tags": ", ".join(dice.sample(words, 4)),
                "Published": "TRUE",
                "Option1 Name": "Color",
                "Option2 Name": "Size",
                "Image Src": f"https://images.example/{number}.jpg",
                "Image Position": "1",
                "Image Alt Text": "Front",
                "Battery (product.metafields.custom.battery)": f"{dice.randint(2, 40)} h",
                "Weight (product.metafields.custom.weight)": f"{dice.randint(1, 40)} kg",
                "Status": "active",
            }
            for place in range(4):
                price = dice.randint(20, 4000)
                variant = {
                    "Handle": f"product-{number}",
                    "Option1 Value": _COLOURS[place % 2],
                    "Option2 Value": "SL"[place // 2],
                    "Variant SKU": f"SKU-{number}-{place}",
                    "Variant Inventory Tracker": "shopify",
                    "Variant Inventory Qty": str(dice.randint(-2, 60)),
                    "Variant Inventory Policy": "deny",
                    "Variant Price": f"{price}.00",
                    "Variant Compare At Price": f"{price + 50}.00",
                }
                writer.writerow({**variant, **(first if place == 0 else {})})
                rows += 1
            image = {"Handle": f"product-{number}", "Image Src": f"https://images.example/{number}-b.jpg"}
            writer.writerow({**image, "Image Position": "2"})
            rows += 1
    return rows


def main() -> int:
    """Make, import, import again, print."""
    parser = argparse.ArgumentParser(description="Measure the speed of an import.")
    parser.add_argument("--products", type=int, default=10_000)
    products = parser.parse_args().products
    with tempfile.TemporaryDirectory(prefix="dukan-bench-") as folder:
        os.environ["DUKAN_STATE_DIR"] = folder
        path = Path(folder, "export.csv")
        rows = write_export(path, products)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        from bot.db import schema
        from bot.shop.importing import import_file

        schema.migrate()
        started = time.process_time()
        first = import_file("products", path)
        work = time.process_time() - started
        again = import_file("products", path)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert first.created == products and again.unchanged == products, (first, again)
        result = {
            "bench": "import_speed",
            "products": products,
            "rows": rows,
            "megabytes": round(path.stat().st_size / 1e6, 1),
            "seconds": round(first.seconds, 2),
            "cpu_seconds": round(work, 2),
            "again_seconds": round(again.seconds, 2),
            "resident_mb": round(peak / 1024),
            "resident_before_mb": round(before / 1024),
        }
        print(json.dumps(result))
    return 0 if first.seconds <= 60 and peak <= 500 * 1024 else 1


if __name__ == "__main__":
    sys.exit(main())
