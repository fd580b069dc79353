"""Which format a file is in, told by its first characters."""

from __future__ import annotations

from bot.shop.importing.report import ImportFileError
from bot.shop.importing.source import Source
from bot.shop.importing.tables import Table

FORMATS = ("shopify", "woocommerce", "google", "json")


def format_of(source: Source) -> str:
    """The format of a file, one of `FORMATS`.

    Raises:
        ImportFileError: it is none that is known.
    """
    start = source.start.lstrip()
    if start.startswith("<"):
        return "google"
    if start.startswith(("{", "[")):
        return "json"
    columns = Table(source).columns
    if "handle" in columns or "url handle" in columns or "lineitem quantity" in columns:
        return "shopify"
    if {"regular price", "categories", "parent"} & columns.keys() and "name" in columns:
        return "woocommerce"
    if "id" in columns and "title" in columns:
        return "google"
    raise ImportFileError(
        f"{source.path.name}: the format is not recognised. Known are a Shopify product or order export (CSV), "
        "a WooCommerce product export (CSV), a Google Merchant feed (XML or TSV), and Dukan's JSON"
    )
