"""Which format a file is in, told by its first characters."""

from __future__ import annotations

from bot.shop.importing.readers import product_list
from bot.shop.importing.report import ImportFileError
from bot.shop.importing.source import Source
from bot.shop.importing.tables import Table

FORMATS = ("shopify", "woocommerce", "google", "list", "json")


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
    table = Table(source)
    columns = table.columns
    if "handle" in columns or "url handle" in columns or "lineitem quantity" in columns:
        return "shopify"
    if {"regular price", "categories", "parent"} & columns.keys() and "name" in columns:
        return "woocommerce"
    if "id" in columns and "title" in columns:
        return "google"
    if product_list.is_list(table):
        return "list"
    raise ImportFileError(
        f"{source.path.name}: the format is not recognised. Known are a Shopify product or order export (CSV), "
        "a WooCommerce product export (CSV), a Google Merchant feed (XML or TSV), a product list of your own (CSV "
        "with the names and prices in columns), and Dukan's JSON"
    )
